package engine

import (
	"context"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/chcode"
	"github.com/freshetdb/freshet/columnar/expr"
	"github.com/freshetdb/freshet/columnar/table"
	"github.com/freshetdb/freshet/columnar/types"
	"github.com/freshetdb/freshet/query/parse"
	"github.com/freshetdb/freshet/query/plan"
)

// shaper turns the columns that an insert gives into all stored columns of the
// table: defaults for what is left out, MATERIALIZED columns computed.
type shaper struct {
	q     *query
	cols  []types.Column
	given []int       // place in the insert's columns, -1 when not given
	exprs []expr.Expr // default over all columns by position; nil: the type's default
	names []string    // of the stored columns
	keep  []int       // positions of the stored columns
}

// shaper plans an insert of the named columns.
func (q *query) shaper(ctx context.Context, d *table.Def, names []string) (*shaper, error) {
	s := &shaper{q: q, cols: d.Schema.Columns}
	fields := make([]plan.Field, len(s.cols))
	for i, c := range s.cols {
		fields[i] = plan.Field{Name: c.Name, Type: c.Type}
		s.given = append(s.given, -1)
	}
	for k, n := range names {
		i := d.Schema.Index(n)
		if i < 0 {
			return nil, chcode.Errorf(chcode.NoSuchColumnInTable, "No such column %s in table %s", n, d.FullName())
		}
		if s.cols[i].Kind == types.Alias {
			return nil, chcode.Errorf(chcode.NoSuchColumnInTable, "No such column %s in table %s: it is an ALIAS", n, d.FullName())
		}
		if s.cols[i].Kind == types.Materialized {
			return nil, chcode.Errorf(chcode.IllegalColumn, "Cannot insert column %s, because it is MATERIALIZED column", n)
		}
		if s.given[i] >= 0 {
			return nil, chcode.Errorf(chcode.DuplicateColumn, "Column %s is specified more than once", n)
		}
		s.given[i] = k
	}
	b := q.binder(ctx, q.engine.backend.Catalog())
	s.exprs = make([]expr.Expr, len(s.cols))
	for i, c := range s.cols {
		if c.IsStored() {
			s.keep = append(s.keep, i)
			s.names = append(s.names, c.Name)
		}
		if c.Default == "" {
			continue
		}
		tree, err := parse.Expr(c.Default)
		if err != nil {
			return nil, err
		}
		e, err := b.Over(tree, fields)
		if err != nil {
			return nil, err
		}
		if s.exprs[i], err = convert(q.expr, e, c.Type); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// convert casts as an INSERT does.
func convert(ctx *expr.Ctx, e expr.Expr, t types.Type) (expr.Expr, error) {
	if e.Type().Equal(t) {
		return e, nil
	}
	return expr.NewCast(ctx, e, t, expr.CastInternal)
}

// shape makes the stored columns of rows. missing marks, per given column, rows
// without a value; it may be nil.
func (s *shaper) shape(b *batch.Batch, missing [][]bool) (*batch.Batch, error) {
	all := &batch.Batch{Cols: make([]*batch.Vector, len(s.cols)), Rows: b.Rows}
	done := make([]bool, len(s.cols))
	for i := range s.cols {
		if err := s.fill(all, i, b, missing, done); err != nil {
			return nil, err
		}
	}
	out := &batch.Batch{Names: s.names, Rows: b.Rows}
	for _, i := range s.keep {
		out.Cols = append(out.Cols, all.Cols[i])
	}
	return out, nil
}

// fill computes column i and those that its default needs first.
func (s *shaper) fill(all *batch.Batch, i int, b *batch.Batch, missing [][]bool, done []bool) error {
	if done[i] {
		if all.Cols[i] == nil {
			return chcode.Errorf(chcode.BadArguments, "The defaults of column %s depend on each other", s.cols[i].Name)
		}
		return nil
	}
	done[i] = true
	var absent []bool
	if k := s.given[i]; k >= 0 {
		all.Cols[i] = b.Cols[k]
		if missing != nil {
			absent = missing[k]
		}
		if absent == nil || s.exprs[i] == nil {
			return nil
		}
	}
	if s.exprs[i] == nil {
		if s.cols[i].Kind != types.Alias {
			all.Cols[i] = defaultOf(s.cols[i].Type, all.Rows)
		}
		return nil
	}
	given := all.Cols[i]
	all.Cols[i] = nil
	for _, c := range expr.Columns(s.exprs[i]) {
		if err := s.fill(all, c, b, missing, done); err != nil {
			return err
		}
	}
	v, err := expr.Eval(s.q.expr, s.exprs[i], all)
	if err != nil {
		return err
	}
	all.Cols[i] = v
	if given != nil {
		all.Cols[i] = merge(given, v, absent)
	}
	return nil
}

// defaultOf is n rows of a type's default.
func defaultOf(t types.Type, n int) *batch.Vector {
	b := batch.NewBuilder(t, 1)
	b.AppendDefault()
	return batch.NewConst(b.Finish(), n)
}

// merge takes v where absent is set, given elsewhere.
func merge(given, v *batch.Vector, absent []bool) *batch.Vector {
	out := batch.NewBuilder(given.Type, given.Len)
	for i := range given.Len {
		if absent[i] {
			out.AppendRow(v, i)
			continue
		}
		out.AppendRow(given, i)
	}
	return out.Finish()
}
