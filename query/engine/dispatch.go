package engine

import (
	"context"

	"github.com/freshetdb/freshet/columnar/chcode"
	"github.com/freshetdb/freshet/query/ast"
)

// dispatch runs the parsed statement.
func (q *query) dispatch(ctx context.Context) error {
	switch s := q.stmt.(type) {
	case *ast.SelectStatement:
		q.proc.kind = "Select"
		q.engine.metrics.Selects.Add(1)
		return q.selectStatement(ctx, s)
	case *ast.Insert:
		q.proc.kind = "Insert"
		q.engine.metrics.Inserts.Add(1)
		return q.insert(ctx, s)
	case *ast.Explain:
		q.proc.kind = "Explain"
		return q.explain(ctx, s)
	case *ast.Set:
		return q.set(s)
	case *ast.Use:
		return q.use(s)
	case *ast.Show, *ast.ShowCreate, *ast.Describe, *ast.Existence:
		q.proc.kind = "Show"
		return q.show(ctx)
	case *ast.Kill:
		q.proc.kind = "KillQuery"
		return q.kill(ctx, s)
	default:
		return q.define(ctx)
	}
}

// define runs statements that change definitions or maintain tables.
func (q *query) define(ctx context.Context) error {
	switch s := q.stmt.(type) {
	case *ast.CreateTable:
		q.proc.kind = "Create"
		return q.createTable(ctx, s)
	case *ast.CreateView:
		q.proc.kind = "Create"
		return q.createView(ctx, s)
	case *ast.CreateDatabase:
		q.proc.kind = "Create"
		return q.createDatabase(ctx, s)
	case *ast.Alter:
		q.proc.kind = "Alter"
		return q.alter(ctx, s)
	case *ast.Drop:
		q.proc.kind = "Drop"
		return q.drop(ctx, s)
	case *ast.Rename:
		q.proc.kind = "Rename"
		return q.rename(ctx, s)
	case *ast.Optimize:
		q.proc.kind = "Optimize"
		return q.optimize(ctx, s)
	case *ast.System:
		q.proc.kind = "System"
		return q.systemCommand(s)
	default:
		return chcode.Errorf(chcode.NotImplemented, "This statement is not supported: %s", clip(ast.Format(s)))
	}
}

func (q *query) set(s *ast.Set) error {
	next := q.req.Session.Settings()
	for _, x := range s.Settings { // all or none
		if err := setTo(next, x); err != nil {
			return err
		}
	}
	for _, x := range s.Settings {
		if x.IsDefault {
			q.req.Session.reset(x.Name)
			continue
		}
		if err := q.req.Session.Set(x.Name, settingValue(x.Value)); err != nil {
			return err
		}
	}
	return nil
}

func (q *query) use(s *ast.Use) error {
	if err := q.hasDatabase(s.Database); err != nil {
		return err
	}
	q.req.Session.Use(s.Database)
	return nil
}
