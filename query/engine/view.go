package engine

import (
	"context"
	"slices"

	"github.com/freshetdb/freshet/columnar/agg"
	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/chcode"
	"github.com/freshetdb/freshet/columnar/table"
	"github.com/freshetdb/freshet/columnar/types"
	"github.com/freshetdb/freshet/query/ast"
)

// createView makes a materialized view. Its query is bound but not rewritten: the
// definition is taken from the plan as it was written.
func (q *query) createView(ctx context.Context, s *ast.CreateView) error {
	env := q.ddl(ctx)
	if s.IfNotExists {
		database := s.Name.Database
		if database == "" {
			database = q.database
		}
		if env.Catalog.Find(database, s.Name.Table) != nil {
			return nil
		}
	}
	if q.expr.Zone.Name() != q.engine.cfg.Zone.Name() {
		return chcode.Errorf(chcode.NotImplemented,
			"A materialized view is computed in the server's time zone (%s): name a zone in its functions rather than in session_timezone",
			q.engine.cfg.Zone.Name())
	}
	n, err := q.binder(ctx, env.Catalog).Query(s.Query)
	if err != nil {
		return err
	}
	d, err := env.View(s, n)
	if err != nil {
		return err
	}
	err = q.change(ctx, &table.Change{Kind: table.CreateTable, Def: d, OrReplace: s.OrReplace || s.Replace}, 0)
	if err != nil {
		if s.IfNotExists && chcode.Of(err) == chcode.TableAlreadyExists {
			return nil
		}
		return err
	}
	q.warn(d.Warnings)
	return nil
}

// alterable refuses changes of what a view's query decides. Partitions and
// retention of a rollup are its own.
func alterable(d *table.Def, s *ast.Alter) error {
	if d.Kind != table.Rollup {
		return nil
	}
	for _, c := range s.Commands {
		switch c.(type) {
		case *ast.PartitionCommand, *ast.ModifyTTL, *ast.ModifyComment, *ast.CommentColumn, *ast.ModifySetting:
		default:
			return chcode.Errorf(chcode.NotImplemented,
				"%s: the columns of the rollup %s are those of its query: use MODIFY QUERY", ast.Format(c), d.FullName())
		}
	}
	return nil
}

// feedsViews tells whether a view reads what is inserted into a table.
func feedsViews(cat *table.Catalog, id uint64) bool {
	return slices.ContainsFunc(cat.Tables, func(d *table.Def) bool {
		return d.Kind == table.ViewTo && d.Derived.From.Table == id
	})
}

// insertableTable refuses tables that rows can't be inserted into.
func insertableTable(d *table.Def) error {
	if d.Kind == table.Rollup {
		return chcode.Errorf(chcode.NotImplemented,
			"%s is a managed rollup, kept from the rows of its table: insert into that table", d.FullName())
	}
	if d.Source != nil {
		return chcode.Errorf(chcode.NotImplemented,
			"INSERT into %s is not supported: the rows of ENGINE = %s are the lines that it reads", d.FullName(), d.Source.Engine)
	}
	return nil
}

// storedStates gives the states of a batch the form in which tables of states
// hold them. States from outside are read once, so that no damaged one gets in.
func storedStates(b *batch.Batch) (*batch.Batch, error) {
	out := b
	for i, c := range b.Cols {
		if c.Type.Kind != types.AggregateFunction {
			continue
		}
		v, err := agg.PortableStates(c)
		if err == nil && c.Dicts == nil {
			_, err = agg.Finalize(c)
		}
		if err != nil {
			return nil, chcode.Errorf(chcode.IncorrectData, "Column %d: a value is no state of %s: %w", i+1, c.Type, err)
		}
		if out == b {
			copied := *b
			copied.Cols = slices.Clone(b.Cols)
			out = &copied
		}
		out.Cols[i] = v
	}
	return out, nil
}
