package rewrite

import (
	"slices"

	"github.com/freshetdb/freshet/columnar/expr"
	"github.com/freshetdb/freshet/query/plan"
)

// chain is an aggregation and what stands between it and the node that it reads,
// with all expressions over that node's fields.
type chain struct {
	agg    *plan.Aggregate
	keys   []expr.Expr
	args   [][]expr.Expr
	filter []expr.Expr
	base   plan.Node // the first node that is neither a projection nor a filter
}

// chainOf takes the projections and filters below an aggregation together; false
// where an expression would be computed twice that may not be.
func chainOf(a *plan.Aggregate) (*chain, bool) {
	if len(a.More) > 0 || a.ByKey || slices.ContainsFunc(a.Calls, func(c plan.AggCall) bool { return c.Merge }) {
		return nil, false
	}
	c := &chain{agg: a, keys: a.Keys, base: a.Input}
	for _, call := range a.Calls {
		c.args = append(c.args, call.Args)
	}
	for {
		switch n := c.base.(type) {
		case *plan.Filter:
			c.filter = append(append([]expr.Expr(nil), n.Conj...), c.filter...)
			c.base = n.Input
		case *plan.Project:
			if slices.ContainsFunc(n.Exprs, func(e expr.Expr) bool { return !expr.IsDeterministic(e) }) {
				return nil, false
			}
			c.each(func(e expr.Expr) expr.Expr { return substitute(e, n.Exprs) })
			c.base = n.Input
		default:
			return c, true
		}
	}
}

func (c *chain) each(change func(expr.Expr) expr.Expr) {
	c.keys, c.filter = changed(c.keys, change), changed(c.filter, change)
	args := make([][]expr.Expr, len(c.args))
	for i, list := range c.args {
		args[i] = changed(list, change)
	}
	c.args = args
}

// all are the expressions of the chain.
func (c *chain) all() []expr.Expr {
	return slices.Concat(append(slices.Clone(c.args), c.keys, c.filter)...)
}

func changed(list []expr.Expr, change func(expr.Expr) expr.Expr) []expr.Expr {
	out := make([]expr.Expr, len(list))
	for i, e := range list {
		out[i] = change(e)
	}
	return out
}

// substitute puts exprs in the place of the columns of e.
func substitute(e expr.Expr, exprs []expr.Expr) expr.Expr {
	return expr.Rewrite(e, func(x expr.Expr) expr.Expr {
		if c, ok := x.(*expr.Column); ok && c.Pos >= 0 {
			return exprs[c.Pos]
		}
		return x
	})
}

// within tells whether e reads only the fields below width.
func within(e expr.Expr, width int) bool {
	return !slices.ContainsFunc(expr.Columns(e), func(pos int) bool { return pos >= width })
}
