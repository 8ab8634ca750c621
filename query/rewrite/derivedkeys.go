package rewrite

import (
	"slices"

	"github.com/freshetdb/freshet/columnar/expr"
	"github.com/freshetdb/freshet/columnar/types"
	"github.com/freshetdb/freshet/query/plan"
)

// derivedKeys leaves keys out that are functions of other keys: they make no more
// groups, and are computed for each group instead of each row.
func derivedKeys(root plan.Node) plan.Node {
	return bottomUp(root, func(n plan.Node) plan.Node {
		a, ok := n.(*plan.Aggregate)
		if !ok || a.ByKey || len(a.More) > 0 || len(a.Keys) < 2 {
			return n
		}
		return withoutDerived(a)
	})
}

func withoutDerived(a *plan.Aggregate) plan.Node {
	base := identity(len(a.Keys)) // the keys that are left
	for i, k := range a.Keys {
		others := slices.DeleteFunc(slices.Clone(base), func(b int) bool { return b == i })
		if _, ok := byOtherKeys(k, a, others); ok && len(others) > 0 {
			base = others
		}
	}
	if len(base) == len(a.Keys) {
		return a
	}
	grouped := *a
	grouped.Keys, grouped.KeyNames = nil, nil
	for _, b := range base {
		grouped.Keys, grouped.KeyNames = append(grouped.Keys, a.Keys[b]), append(grouped.KeyNames, a.KeyNames[b])
	}
	out := &plan.Project{Input: &grouped}
	for i, f := range a.Fields() {
		out.Names = append(out.Names, f.Name)
		if i >= len(a.Keys) {
			out.Exprs = append(out.Exprs, &expr.Column{Pos: i - len(a.Keys) + len(base), Name: f.Name, T: f.Type})
			continue
		}
		if at := slices.Index(base, i); at >= 0 {
			out.Exprs = append(out.Exprs, &expr.Column{Pos: at, Name: f.Name, T: f.Type})
			continue
		}
		e, ok := byOtherKeys(a.Keys[i], a, base)
		if !ok {
			return a
		}
		out.Exprs = append(out.Exprs, e)
	}
	return out
}

// byOtherKeys is an expression over rows as one over groups by some of the keys, which
// is the same for all rows of a group.
func byOtherKeys(e expr.Expr, a *plan.Aggregate, keys []int) (expr.Expr, bool) {
	if expr.CanThrow(e) || !expr.IsDeterministic(e) {
		return nil, false
	}
	fields := len(a.Input.Fields()) // beyond them are the keys, until all are found
	over := expr.Rewrite(e, func(e expr.Expr) expr.Expr {
		for at, k := range keys {
			if isExact(a.Keys[k].Type()) && expr.Equal(e, a.Keys[k]) && e.Type().Equal(a.Keys[k].Type()) {
				return &expr.Column{Pos: fields + at, Name: a.KeyNames[k], T: e.Type()}
			}
		}
		return e
	})
	if slices.ContainsFunc(expr.Columns(over), func(pos int) bool { return pos < fields }) {
		return nil, false
	}
	return expr.Remap(over, func(pos int) int { return pos - fields }), true
}

// isExact tells whether values of a type that fall into one group can't be told apart:
// there are zeros of both signs, and many NaN.
func isExact(t types.Type) bool {
	return !t.IsFloat() && t.Kind != types.Array && t.Kind != types.Tuple && t.Kind != types.AggregateFunction
}
