// Package rewrite changes a plan into one that gives the same rows for less
// work: one rule a file, each with a name by which it can be switched off.
package rewrite

import (
	"slices"

	"github.com/freshetdb/freshet/columnar/expr"
	"github.com/freshetdb/freshet/query/plan"
)

// Rule is one rewrite. Apply returns the plan to go on with; it must give the
// same rows, with the same fields at the root.
type Rule struct {
	Name  string
	About string // one sentence for EXPLAIN and the documentation
	Apply func(root plan.Node) plan.Node
}

// Rules are all rules, in the order in which they run.
func Rules() []Rule {
	return []Rule{
		{"push_filters", "conditions move down to the scans and join sides that they speak of", pushFilters},
		{"push_limits", "a limit bounds the sort or the scan below it", pushLimits},
		{"prune_columns", "columns that nothing uses are not read", pruneColumns},
	}
}

// Apply runs all rules but those named in off.
func Apply(root plan.Node, off []string) plan.Node {
	for _, r := range Rules() {
		if !slices.Contains(off, r.Name) {
			root = r.Apply(root)
		}
	}
	return root
}

// bottomUp applies f to every node, inputs first.
func bottomUp(n plan.Node, f func(plan.Node) plan.Node) plan.Node {
	return f(mapInputs(n, func(in plan.Node) plan.Node { return bottomUp(in, f) }))
}

func mapInputs(n plan.Node, f func(plan.Node) plan.Node) plan.Node {
	ins := n.Inputs()
	if len(ins) == 0 {
		return n
	}
	out := make([]plan.Node, len(ins))
	for i, in := range ins {
		out[i] = f(in)
	}
	return n.WithInputs(out)
}

// moveColumns changes the position of every column in e.
func moveColumns(e expr.Expr, to []int) expr.Expr {
	if e == nil {
		return nil
	}
	return expr.Rewrite(e, func(e expr.Expr) expr.Expr {
		c, ok := e.(*expr.Column)
		if !ok || c.Pos < 0 || to[c.Pos] == c.Pos {
			return e
		}
		moved := *c
		moved.Pos = to[c.Pos]
		return &moved
	})
}

func moveAll(exprs []expr.Expr, to []int) []expr.Expr {
	out := make([]expr.Expr, len(exprs))
	for i, e := range exprs {
		out[i] = moveColumns(e, to)
	}
	return out
}
