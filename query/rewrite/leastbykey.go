package rewrite

import (
	"slices"
	"strings"

	"github.com/freshetdb/freshet/columnar/expr"
	"github.com/freshetdb/freshet/columnar/types"
	"github.com/freshetdb/freshet/query/plan"
)

// leastByKey finds the first time of every user by an array over symbols, where
// the users themselves are not asked for: the inner step of a cumulative curve.
func leastByKey(root plan.Node) plan.Node {
	return bottomUp(root, func(n plan.Node) plan.Node {
		outer, ok := n.(*plan.Aggregate)
		if !ok {
			return n
		}
		c, ok := chainOf(outer)
		if !ok {
			return n
		}
		inner, ok := c.base.(*plan.Aggregate)
		if !ok || !isLeastByKey(inner) || readsField(c, 0) {
			return n
		}
		first := inner.Calls[0]
		fields := inner.Fields()
		least := &plan.LeastByKey{
			Input: inner.Input, Key: inner.Keys[0], Arg: first.Args[0], Name: first.Name,
			Else: selected(inner, fields[1:], []int{1}),
		}
		c.each(func(e expr.Expr) expr.Expr { return moveColumns(e, []int{-1, 0}) })
		out := *outer
		out.Input, out.Keys, out.Calls = least, c.keys, slices.Clone(outer.Calls)
		if len(c.filter) > 0 {
			out.Input = &plan.Filter{Input: least, Conj: c.filter}
		}
		for i := range out.Calls {
			out.Calls[i].Args = c.args[i]
		}
		return &out
	})
}

func isLeastByKey(a *plan.Aggregate) bool {
	if a.ByKey || len(a.More) > 0 || len(a.Keys) != 1 || len(a.Calls) != 1 || a.Calls[0].Merge ||
		!strings.EqualFold(a.Calls[0].Func.Name(), "min") {
		return false
	}
	k, t := a.Keys[0].Type(), a.Calls[0].Args[0].Type()
	return k.Kind == types.String && !k.Nullable && t.Kind == types.DateTime && !t.Nullable
}

// readsField tells whether any expression of the chain reads a field of its base.
func readsField(c *chain, pos int) bool {
	reads := func(e expr.Expr) bool { return slices.Contains(expr.Columns(e), pos) }
	return slices.ContainsFunc(c.keys, reads) || slices.ContainsFunc(c.filter, reads) ||
		slices.ContainsFunc(c.args, func(list []expr.Expr) bool { return slices.ContainsFunc(list, reads) })
}
