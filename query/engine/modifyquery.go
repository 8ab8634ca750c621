package engine

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/freshetdb/freshet/columnar/chcode"
	"github.com/freshetdb/freshet/columnar/table"
	"github.com/freshetdb/freshet/columnar/types"
	"github.com/freshetdb/freshet/query/ast"
	"github.com/freshetdb/freshet/query/parse"
	"github.com/freshetdb/freshet/query/plan"
)

// fillPoll is how often ALTER … MODIFY QUERY looks whether the new rollup is filled.
const fillPoll = 20 * time.Millisecond

// modifyQuery gives a rollup another query: the new one is built beside the old one,
// which goes on answering, and takes its place in one step when all of the past is
// in. A statement that is cancelled leaves the old one as it was.
func (q *query) modifyQuery(ctx context.Context, old *table.Def, m *ast.ModifyQuery) error {
	if v := q.engine.backend.Catalog().Dependent(old.ID); v != nil {
		return table.HasDependents(old, table.Rebuilt, v)
	}
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
	if s.Storage.OrderBy, err = keptOrder(old, n.Fields()); err != nil {
		return nil, err
	}
	return env.View(s, n)
}

// keptOrder is the ORDER BY of a rollup that gets a query with these columns: the keys
// that somebody wrote. Those that were added follow from the query; nil when all were.
func keptOrder(old *table.Def, columns []plan.Field) (ast.Expr, error) {
	written := old.OrderBy[:len(old.OrderBy)-old.Derived.Added]
	if len(written) == 0 {
		return nil, nil
	}
	has := map[string]bool{}
	for _, f := range columns {
		has[types.QuoteColumn(f.Name)] = true
	}
	out := &ast.Tuple{}
	for _, k := range written {
		if !has[k.SQL] {
			return nil, chcode.Errorf(chcode.BadArguments,
				"The query has no column %s, by which %s is ordered (ORDER BY %s): keep it, or drop the view and create it with another ORDER BY",
				k.SQL, old.FullName(), table.KeyList(written))
		}
		e, err := parse.Expr(k.SQL)
		if err != nil {
			return nil, err
		}
		out.Items = append(out.Items, e)
	}
	return out, nil
}

// viewTo is the view with TO of a name; nil when the name is of something else.
func (q *query) viewTo(cat *table.Catalog, n *ast.TableName) *table.Def {
	database := n.Database
	if database == "" {
		database = q.database
	}
	if d := cat.Find(database, n.Table); d != nil && d.Kind == table.ViewTo {
		return d
	}
	return nil
}

// alterView gives a view with TO another query, by which rows flow from one entry of
// the log on. There is nothing else about it to alter.
func (q *query) alterView(ctx context.Context, old *table.Def, s *ast.Alter) error {
	env := q.ddl(ctx)
	target := env.Catalog.ByID(old.Derived.Target)
	m, ok := s.Commands[0].(*ast.ModifyQuery)
	if !ok || len(s.Commands) > 1 {
		return chcode.Errorf(chcode.NotImplemented, "ALTER of the view %s can be MODIFY QUERY only: for all else alter %s, which it feeds",
			old.FullName(), target.FullName())
	}
	n, err := q.binder(ctx, env.Catalog).Query(m.Query)
	if err != nil {
		return err
	}
	next, err := env.View(&ast.CreateView{
		Create: ast.Create{Name: &ast.TableName{Database: old.Database, Table: old.Name}}, Kind: ast.MaterializedView,
		To: &ast.TableName{Database: target.Database, Table: target.Name}, Query: m.Query, Comment: old.Comment,
	}, n)
	if err != nil {
		return err
	}
	next.ID, next.UUID, next.Created, next.Warnings = old.ID, old.UUID, old.Created, old.Warnings
	next.Schema.Version = old.Schema.Version + 1
	return q.change(ctx, &table.Change{Kind: table.AlterTable, Def: next, FromVersion: old.Schema.Version}, 0)
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
