package rewrite

import (
	"slices"
	"strings"

	"github.com/freshetdb/freshet/columnar/agg"
	"github.com/freshetdb/freshet/columnar/expr"
	"github.com/freshetdb/freshet/columnar/types"
	"github.com/freshetdb/freshet/query/plan"
)

// timesByKey finds the first and the last time of every user by symbols, where the
// users themselves are not asked for: the inner step of a cumulative curve, and of new
// and returning users.
func timesByKey(root plan.Node) plan.Node {
	return withoutKeys(root, func(inner *plan.Aggregate) (plan.Node, bool) {
		if !isTimesByKey(inner) {
			return nil, false
		}
		times := &plan.TimesByKey{Input: inner.Input, Key: inner.Keys[0], Arg: inner.Calls[0].Args[0], Else: onlyValues(inner)}
		for _, call := range inner.Calls {
			times.Calls = append(times.Calls, plan.TimeCall{IsGreatest: strings.EqualFold(call.Func.Name(), "max"), Name: call.Name})
		}
		return times, true
	})
}

// eventsByKey computes funnels and retention of every user by symbols, where the users
// themselves are not asked for.
func eventsByKey(root plan.Node) plan.Node {
	return withoutKeys(root, func(inner *plan.Aggregate) (plan.Node, bool) {
		if inner.ByKey || len(inner.More) > 0 || len(inner.Keys) != 1 || len(inner.Calls) != 1 || inner.Calls[0].Merge {
			return nil, false
		}
		call := inner.Calls[0]
		events, ok := call.Func.Events()
		if !ok || events.Conditions > agg.PackedConditions || !isPlainString(inner.Keys[0].Type()) {
			return nil, false
		}
		return &plan.EventsByKey{
			Input: inner.Input, Key: inner.Keys[0], Func: call.Func, Args: call.Args, Name: call.Name, Else: onlyValues(inner),
		}, true
	})
}

func isPlainString(t types.Type) bool { return t.Kind == types.String && !t.Nullable }

// onlyValues is an aggregation by one key without the key.
func onlyValues(a *plan.Aggregate) plan.Node {
	to := make([]int, len(a.Calls))
	for i := range to {
		to[i] = i + 1
	}
	return selected(a, a.Fields()[1:], to)
}

// withoutKeys puts what valuesOf gives for an aggregation by one key in its place, where the
// aggregation above does not read the key.
func withoutKeys(root plan.Node, valuesOf func(inner *plan.Aggregate) (plan.Node, bool)) plan.Node {
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
		if !ok || readsField(c, 0) {
			return n
		}
		values, ok := valuesOf(inner)
		if !ok {
			return n
		}
		moved := []int{-1}
		for i := range inner.Calls {
			moved = append(moved, i)
		}
		c.each(func(e expr.Expr) expr.Expr { return moveColumns(e, moved) })
		out := *outer
		out.Input, out.Keys, out.Calls = values, c.keys, slices.Clone(outer.Calls)
		if len(c.filter) > 0 {
			out.Input = &plan.Filter{Input: values, Conj: c.filter}
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
	return isPlainString(k) && t.Kind == types.DateTime && !t.Nullable &&
		expr.IsDeterministic(arg)
}

// readsField tells whether any expression of the chain reads a field of its base.
func readsField(c *chain, pos int) bool {
	reads := func(e expr.Expr) bool { return slices.Contains(expr.Columns(e), pos) }
	return slices.ContainsFunc(c.keys, reads) || slices.ContainsFunc(c.filter, reads) ||
		slices.ContainsFunc(c.args, func(list []expr.Expr) bool { return slices.ContainsFunc(list, reads) })
}
