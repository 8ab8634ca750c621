// Package rewrite changes a plan into one that gives the same rows for less
// work: one rule a file, each with a name by which it can be switched off.
package rewrite

import (
	"fmt"
	"slices"

	"github.com/freshetdb/freshet/columnar/expr"
	"github.com/freshetdb/freshet/query/plan"
)

// Context is what rules know beside the plan, and what they tell.
type Context struct {
	// Off names the rules that are switched off.
	Off []string
	// Expr is what the query's expressions were bound with.
	Expr *expr.Ctx
	// Rollups finds rollups; nil when none is to be used.
	Rollups Rollups
	// AllowInexact lets rollups answer aggregates that depend on the order of rows.
	AllowInexact bool
	// AnyCost takes a rollup also where the table would be read faster.
	AnyCost bool
	// Beyond lets rollups answer for what lies behind the horizon of their table.
	Beyond bool

	// Used are the rollups that the plan reads instead of their tables.
	Used []Use
	// Explain asks for Notes.
	Explain bool
	// Notes say for each rollup considered whether it is used, and why not.
	Notes []string
}

// Use is a rollup that answers a part of a query.
type Use struct {
	Rollup string
	// Rounding tells that sums of floating point were merged.
	Rounding bool
	// Since is from when on, in Unix seconds, the answer has everything; 0 for all.
	Since int64
}

func (c *Context) note(rollup *Candidate, format string, args ...any) {
	if c.Explain {
		c.Notes = append(c.Notes, fmt.Sprintf("rollup %s: %s", rollup.Def.FullName(), fmt.Sprintf(format, args...)))
	}
}

// Rule is one rewrite. Apply returns the plan to go on with; it must give the
// same rows, with the same fields at the root.
type Rule struct {
	Name  string
	About string // one sentence for EXPLAIN and the documentation
	Apply func(ctx *Context, root plan.Node) plan.Node
}

// plain is a rule that looks at nothing but the plan.
func plain(apply func(plan.Node) plan.Node) func(*Context, plan.Node) plan.Node {
	return func(_ *Context, root plan.Node) plan.Node { return apply(root) }
}

// Rules are all rules, in the order in which they run.
func Rules() []Rule {
	return []Rule{
		{"push_filters", "conditions move down to the scans and join sides that they speak of", plain(pushFilters)},
		{"finish_windows", "a state merged over a window is finished there, when only its value is used", plain(finishWindows)},
		{"group_before_window", "distinct rows of a growing window are computed from states by its keys", plain(groupBeforeWindow)},
		{"first_seen", "new users by span of time come from a rollup that holds the users of each span", firstSeen},
		{"shifted_sums", "sums of x + c are computed from the sum of x and the number of rows", plain(shiftedSums)},
		{"derived_keys", "keys that are functions of other keys are computed after grouping", plain(derivedKeys)},
		{"use_rollups", "aggregations are answered from a managed rollup that gives the same", useRollups},
		{"times_by_key", "the first time of every user is found by symbols, without the users", plain(timesByKey)},
		{"spans_by_key", "users are counted by when they came first and last, where these times are only compared", plain(spansByKey)},
		{"first_minutes", "users are counted by the minute in which they came first, where no more of that time is asked for", firstMinutes},
		{"events_by_key", "funnels and retention of every user are computed by symbols, without the users", plain(eventsByKey)},
		{"merge_states", "rows of a table of states are merged once, by the query's own aggregation", plain(mergeStates)},
		{"push_limits", "a limit bounds the sort or the scan below it", plain(pushLimits)},
		{"prune_columns", "columns that nothing uses are not read", plain(pruneColumns)},
	}
}

// Apply runs all rules but those that are switched off.
func Apply(ctx *Context, root plan.Node) plan.Node {
	for _, r := range Rules() {
		if !slices.Contains(ctx.Off, r.Name) {
			root = r.Apply(ctx, root)
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
	out, isSame := make([]plan.Node, len(ins)), true
	for i, in := range ins {
		out[i] = f(in)
		isSame = isSame && out[i] == in
	}
	if isSame { // Nodes are never changed in place.
		return n
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
