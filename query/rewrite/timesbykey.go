package rewrite

import (
	"slices"
	"strings"

	"github.com/freshetdb/freshet/columnar/expr"
	"github.com/freshetdb/freshet/columnar/types"
	"github.com/freshetdb/freshet/query/plan"
)

// timesByKey finds the first and the last time of every user by symbols, where the
// users themselves are not asked for: the inner step of a cumulative curve, and of new
// and returning users.
func timesByKey(root plan.Node) plan.Node {
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
		if !ok || !isTimesByKey(inner) || readsField(c, 0) {
			return n
		}
		fields, to, moved := inner.Fields(), make([]int, len(inner.Calls)), []int{-1}
		times := &plan.TimesByKey{Input: inner.Input, Key: inner.Keys[0], Arg: inner.Calls[0].Args[0]}
		for i, call := range inner.Calls {
			times.Calls = append(times.Calls, plan.TimeCall{IsGreatest: strings.EqualFold(call.Func.Name(), "max"), Name: call.Name})
			to[i], moved = i+1, append(moved, i)
		}
		times.Else = selected(inner, fields[1:], to)
		c.each(func(e expr.Expr) expr.Expr { return moveColumns(e, moved) })
		out := *outer
		out.Input, out.Keys, out.Calls = times, c.keys, slices.Clone(outer.Calls)
		if len(c.filter) > 0 {
			out.Input = &plan.Filter{Input: times, Conj: c.filter}
		}
		for i := range out.Calls {
			out.Calls[i].Args = c.args[i]
		}
		return &out
	})
}

func isTimesByKey(a *plan.Aggregate) bool {
	if a.ByKey || len(a.More) > 0 || len(a.Keys) != 1 || len(a.Calls) == 0 || len(a.Calls[0].Args) == 0 {
		return false
	}
	names, arg := map[string]bool{}, a.Calls[0].Args[0]
	for _, c := range a.Calls {
		name := strings.ToLower(c.Func.Name())
		if c.Merge || (name != "min" && name != "max") || names[name] ||
			c.Args[0].String() != arg.String() || !slices.Equal(expr.Columns(c.Args[0]), expr.Columns(arg)) {
			return false
		}
		names[name] = true
	}
	k, t := a.Keys[0].Type(), arg.Type()
	return k.Kind == types.String && !k.Nullable && t.Kind == types.DateTime && !t.Nullable &&
		expr.IsDeterministic(arg)
}

// readsField tells whether any expression of the chain reads a field of its base.
func readsField(c *chain, pos int) bool {
	reads := func(e expr.Expr) bool { return slices.Contains(expr.Columns(e), pos) }
	return slices.ContainsFunc(c.keys, reads) || slices.ContainsFunc(c.filter, reads) ||
		slices.ContainsFunc(c.args, func(list []expr.Expr) bool { return slices.ContainsFunc(list, reads) })
}
