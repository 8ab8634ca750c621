package bind

import (
	"github.com/freshetdb/freshet/columnar/chcode"
	"github.com/freshetdb/freshet/columnar/expr"
	"github.com/freshetdb/freshet/columnar/types"
	"github.com/freshetdb/freshet/query/ast"
	"github.com/freshetdb/freshet/query/plan"
)

// setQuery binds UNION [ALL | DISTINCT]; branches are cast to common types and
// take the names of the first.
func (b *Binder) setQuery(q *ast.SetQuery, outer *scope) (plan.Node, error) {
	if q.Op != ast.Union {
		return nil, chcode.Errorf(chcode.NotImplemented, "%s is not supported", q.Op)
	}
	distinct := q.Quantifier == ast.QuantifierDistinct
	if q.Quantifier == ast.QuantifierNone {
		if b.opts.UnionUnspecified {
			return nil, chcode.Errorf(chcode.ExpectedAllOrDistinct,
				"Expected ALL or DISTINCT in SelectWithUnion query; because setting (union_default_mode) is empty")
		}
		distinct = b.opts.UnionDistinct
	}
	inputs, err := b.withOfFirst(q.Inputs, outer)
	if err != nil {
		return nil, err
	}
	branches, err := b.align(inputs)
	if err != nil {
		return nil, err
	}
	var n plan.Node = &plan.Union{Branches: branches}
	if distinct {
		n = &plan.Distinct{Input: n}
	}
	return n, nil
}

// withOfFirst binds the branches; the WITH of the first holds for all.
func (b *Binder) withOfFirst(queries []ast.Query, outer *scope) ([]plan.Node, error) {
	scopeOf := outer
	if first, ok := queries[0].(*ast.Select); ok && first.With != nil {
		scopeOf = newScope(outer)
		if err := b.with(first.With, scopeOf); err != nil {
			return nil, err
		}
	}
	out := make([]plan.Node, len(queries))
	for i, in := range queries {
		s := outer
		if i > 0 {
			s = scopeOf
		}
		var err error
		if out[i], err = b.query(in, s); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// align casts the columns of all branches to their common types.
func (b *Binder) align(inputs []plan.Node) ([]plan.Node, error) {
	first := inputs[0].Fields()
	ts := make([]types.Type, len(first))
	for i, f := range first {
		ts[i] = f.Type
	}
	for _, in := range inputs[1:] {
		fields := in.Fields()
		if len(fields) != len(ts) {
			return nil, chcode.Errorf(chcode.UnionAllResultStructuresMismatch,
				"UNION different number of columns in queries: %d and %d", len(ts), len(fields))
		}
		for i, f := range fields {
			var err error
			if ts[i], err = expr.Supertype(ts[i], f.Type); err != nil {
				return nil, err
			}
		}
	}
	out := make([]plan.Node, len(inputs))
	for k, in := range inputs {
		p := &plan.Project{Input: in}
		same := true
		for i, f := range in.Fields() {
			e, err := b.castTo(column(i, f), ts[i])
			if err != nil {
				return nil, err
			}
			same = same && f.Type.Equal(ts[i])
			p.Exprs = append(p.Exprs, e)
			p.Names = append(p.Names, first[i].Name)
		}
		out[k] = p
		if same {
			out[k] = in
		}
	}
	return out, nil
}
