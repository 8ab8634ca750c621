package rewrite

import (
	"slices"
	"strings"

	"github.com/freshetdb/freshet/columnar/expr"
	"github.com/freshetdb/freshet/columnar/types"
	"github.com/freshetdb/freshet/query/plan"
)

// mergeStates aggregates the rows of a table of states as they are stored, where
// the aggregation gives the same whether rows of equal keys were merged before it:
// sums of sums, merges of states, grouped and filtered by the table's keys.
func mergeStates(root plan.Node) plan.Node {
	return bottomUp(root, func(n plan.Node) plan.Node {
		a, ok := n.(*plan.Aggregate)
		if !ok {
			return n
		}
		c, ok := chainOf(a)
		if !ok {
			return n
		}
		inner, ok := c.base.(*plan.Aggregate)
		if !ok || !inner.ByKey || !c.mergesAlike(inner) {
			return n
		}
		// The fields of inner, as they stand in the rows that it reads.
		below := append([]expr.Expr(nil), inner.Keys...)
		for _, call := range inner.Calls {
			below = append(below, call.Args[0])
		}
		c.each(func(e expr.Expr) expr.Expr { return substitute(e, below) })
		out := *a
		out.Input, out.Keys, out.Calls = inner.Input, c.keys, slices.Clone(a.Calls)
		if len(c.filter) > 0 {
			out.Input = pushHere(&plan.Filter{Input: inner.Input, Conj: c.filter})
		}
		for i := range out.Calls {
			out.Calls[i].Args = c.args[i]
		}
		return &out
	})
}

// mergesAlike tells whether the aggregation gives the same over rows that inner did
// not merge.
func (c *chain) mergesAlike(inner *plan.Aggregate) bool {
	width := len(inner.Keys)
	isKeys := func(e expr.Expr) bool { return within(e, width) }
	if slices.ContainsFunc(c.keys, func(e expr.Expr) bool { return !isKeys(e) }) ||
		slices.ContainsFunc(c.filter, func(e expr.Expr) bool { return !isKeys(e) || expr.CanThrow(e) }) {
		return false
	}
	for i, call := range c.agg.Calls {
		args := c.args[i]
		name := call.Func.Name()
		if base, ok := strings.CutSuffix(name, "If"); ok && len(args) == 2 && isKeys(args[1]) {
			name, args = base, args[:1]
		}
		if len(args) != 1 {
			return false
		}
		col, ok := args[0].(*expr.Column)
		if !ok || col.Pos < width {
			return false
		}
		if !sameMerge(name, inner.Calls[col.Pos-width]) {
			return false
		}
	}
	return true
}

// sameMerge tells whether the function name over the rows of a column gives the
// same as over the rows that merging has made of them.
func sameMerge(name string, merging plan.AggCall) bool {
	t := merging.Args[0].Type()
	if t.Kind == types.AggregateFunction {
		return strings.HasSuffix(name, "Merge") || strings.HasSuffix(name, "MergeState")
	}
	return name == merging.Func.Name() && merging.Func.Result().Equal(t.NotSimple())
}
