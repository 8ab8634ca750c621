package engine

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/freshetdb/freshet/columnar/chcode"
	"github.com/freshetdb/freshet/columnar/table"
	"github.com/freshetdb/freshet/query/ast"
	"github.com/freshetdb/freshet/query/parse"
)

// fillPoll is how often ALTER … MODIFY QUERY looks whether the new rollup is filled.
const fillPoll = 20 * time.Millisecond

// modifyQuery gives a rollup another query: the new one is built beside the old one,
// which goes on answering, and takes its place in one step when all of the past is
// in. A statement that is cancelled leaves the old one as it was.
func (q *query) modifyQuery(ctx context.Context, old *table.Def, m *ast.ModifyQuery) error {
	next, err := q.rebuiltView(ctx, old, m)
	if err != nil {
		return err
	}
	if err := q.change(ctx, &table.Change{Kind: table.CreateTable, Def: next}, 0); err != nil {
		return err
	}
	made := q.engine.backend.Catalog().Find(next.Database, next.Name)
	if made == nil {
		return chcode.Errorf(chcode.UnknownTable, "The new form of %s was dropped meanwhile", old.FullName())
	}
	err = q.filled(ctx, made)
	if err == nil {
		err = q.change(ctx, &table.Change{Kind: table.SwapRollup, Old: old.ID, New: made.ID}, 0)
	}
	if err != nil {
		drop := &table.Change{Kind: table.RemoveTable, Def: &table.Def{Database: made.Database, Name: made.Name}}
		return errors.Join(err, q.engine.backend.Change(context.WithoutCancel(ctx), drop))
	}
	q.warn(next.Warnings)
	return nil
}

// rebuiltView is the definition of a rollup with another query, under a name of its
// own until it takes the old one's.
func (q *query) rebuiltView(ctx context.Context, old *table.Def, m *ast.ModifyQuery) (*table.Def, error) {
	stmt, _, err := parse.Statement(old.CreateSQL(), parse.DefaultLimits())
	if err != nil {
		return nil, fmt.Errorf("read the definition of %s: %w", old.FullName(), err)
	}
	s, ok := stmt.(*ast.CreateView)
	if !ok {
		return nil, chcode.Errorf(chcode.LogicalError, "%s is defined by %T", old.FullName(), stmt)
	}
	s.Query = m.Query
	s.Name = &ast.TableName{Database: old.Database, Table: ".new." + old.Name + "." + NewUUID()[:8]}
	env := q.ddl(ctx)
	n, err := q.binder(ctx, env.Catalog).Query(m.Query)
	if err != nil {
		return nil, err
	}
	return env.View(s, n)
}

// filled waits until a rollup holds all of the past.
func (q *query) filled(ctx context.Context, d *table.Def) error {
	tick := time.NewTicker(fillPoll)
	defer tick.Stop()
	for {
		v, err := q.engine.backend.Views(ctx)
		if err != nil {
			return err
		}
		state := v.Rollup(d.ID).State
		v.Release()
		if state.IsComplete() {
			return nil
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-tick.C:
		}
	}
}
