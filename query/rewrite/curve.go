package rewrite

import (
	"slices"
	"strings"

	"github.com/freshetdb/freshet/columnar/agg"
	"github.com/freshetdb/freshet/columnar/expr"
	"github.com/freshetdb/freshet/columnar/types"
	"github.com/freshetdb/freshet/query/plan"
)

// The cumulative curve of a day is asked for in three ways. States that are merged
// over a growing frame are one pass as they stand; the other two become that here.

// finishWindows takes the value of a state that is merged over a window instead of
// the state: finalizeAggregation(uniqExactMergeState(s) OVER …) makes no state for
// every row.
func finishWindows(root plan.Node) plan.Node {
	return bottomUp(root, func(n plan.Node) plan.Node {
		p, ok := n.(*plan.Project)
		if !ok {
			return n
		}
		w, ok := p.Input.(*plan.Window)
		if !ok {
			return n
		}
		out := *w
		out.Calls = slices.Clone(w.Calls)
		width := len(w.Input.Fields())
		to := map[int]*expr.Column{}
		for i := range out.Calls {
			c := &out.Calls[i]
			base, isState := strings.CutSuffix(c.Agg.Name(), "State")
			if c.Func != "" || !isState || c.Result.Kind != types.AggregateFunction || !onlyFinished(p.Exprs, width+i) {
				continue
			}
			f, err := agg.New(base, c.Agg.Params(), c.Agg.Args())
			if err != nil {
				continue
			}
			c.Agg, c.Result = f, f.Result()
			to[width+i] = &expr.Column{Pos: width + i, Name: c.Name, T: c.Result}
		}
		if len(to) == 0 {
			return n
		}
		next := *p
		next.Input = &out
		next.Exprs = changed(p.Exprs, func(e expr.Expr) expr.Expr {
			return expr.Rewrite(e, func(x expr.Expr) expr.Expr {
				if pos, ok := finishedColumn(x); ok && to[pos] != nil && to[pos].T.Equal(x.Type()) {
					return to[pos]
				}
				return x
			})
		})
		return &next
	})
}

// finishedColumn is the column of finalizeAggregation(column).
func finishedColumn(e expr.Expr) (int, bool) {
	c, ok := e.(*expr.Call)
	if !ok || c.Name != "finalizeAggregation" {
		return 0, false
	}
	col, ok := c.Args[0].(*expr.Column)
	if !ok || col.Pos < 0 {
		return 0, false
	}
	return col.Pos, true
}

// onlyFinished tells whether a column is used, and only by finalizeAggregation.
func onlyFinished(exprs []expr.Expr, pos int) bool {
	used, finished := 0, 0
	for _, e := range exprs {
		expr.Walk(e, func(x expr.Expr) bool {
			if c, ok := x.(*expr.Column); ok && c.Pos == pos {
				used++
			}
			if p, ok := finishedColumn(x); ok && p == pos {
				finished++
			}
			return true
		})
	}
	return used > 0 && used == finished
}

// groupBeforeWindow aggregates rows to states before a window, where only distinct
// rows of what the window is ordered by are asked for:
// SELECT DISTINCT minute, uniqExact(user) OVER (ORDER BY minute). Peers have one
// answer, that of the states of all of them.
func groupBeforeWindow(root plan.Node) plan.Node {
	return bottomUp(root, func(n plan.Node) plan.Node {
		d, ok := n.(*plan.Distinct)
		if !ok {
			return n
		}
		var projects []*plan.Project
		in := d.Input
		for {
			p, ok := in.(*plan.Project)
			if !ok {
				break
			}
			projects, in = append(projects, p), p.Input
		}
		w, ok := in.(*plan.Window)
		if !ok {
			return n
		}
		next, to := groupedWindow(w)
		if next == nil {
			return n
		}
		for _, p := range slices.Backward(projects) {
			out := *p
			out.Input, out.Exprs = next, slices.Clone(p.Exprs)
			if to != nil { // the lowest one reads the window's columns
				for i, e := range out.Exprs {
					e = overKeys(e, w, to)
					if slices.ContainsFunc(expr.Columns(e), func(pos int) bool { return to[pos] < 0 }) {
						return n
					}
					out.Exprs[i] = moveColumns(e, to)
				}
				to = nil
			}
			next = &out
		}
		if to != nil {
			return n // the rows themselves are asked for
		}
		return &plan.Distinct{Input: next, Cols: d.Cols}
	})
}

// overKeys makes an expression over a window's columns read those that stay (to is not
// negative): toStartOfMinute(ts), which the window's input has as a column to order by,
// is that column.
func overKeys(e expr.Expr, w *plan.Window, to []int) expr.Expr {
	in, ok := w.Input.(*plan.Project)
	if !ok {
		return e
	}
	return expr.Rewrite(e, func(x expr.Expr) expr.Expr {
		if _, isCall := x.(*expr.Call); !isCall || !within(x, len(in.Exprs)) {
			return x
		}
		below := substitute(x, in.Exprs)
		for pos, key := range in.Exprs {
			if to[pos] >= 0 && expr.Equal(below, key) {
				return &expr.Column{Pos: pos, Name: in.Names[pos], T: x.Type()}
			}
		}
		return x
	})
}

// groupedWindow is a window over its input grouped by the window's keys, and where
// its columns are; nil when that is not the same for distinct rows.
func groupedWindow(w *plan.Window) (plan.Node, []int) {
	if _, nested := w.Input.(*plan.Window); nested || len(w.Order) == 0 {
		return nil, nil
	}
	fields := w.Input.Fields()
	a := &plan.Aggregate{Input: w.Input}
	to := make([]int, len(fields)+len(w.Calls))
	for i := range to {
		to[i] = -1
	}
	key := func(col int) int {
		if to[col] < 0 {
			to[col] = len(a.Keys)
			a.Keys = append(a.Keys, &expr.Column{Pos: col, Name: fields[col].Name, T: fields[col].Type})
			a.KeyNames = append(a.KeyNames, fields[col].Name)
		}
		return to[col]
	}
	out := &plan.Window{Input: a}
	for _, c := range w.Partition {
		out.Partition = append(out.Partition, key(c))
	}
	for _, k := range w.Order {
		k.Col = key(k.Col)
		out.Order = append(out.Order, k)
	}
	for i, c := range w.Calls {
		if c.Func != "" || c.Agg.Class() != agg.ClassA || c.Frame.Rows || c.Frame.Start.Kind != plan.Unbounded ||
			c.Frame.End.Kind != plan.CurrentRow {
			return nil, nil
		}
		state, err := agg.New(c.Agg.Name()+"State", c.Agg.Params(), c.Agg.Args())
		if err != nil {
			return nil, nil
		}
		merge, err := agg.New(c.Agg.Name()+"Merge", c.Agg.Params(), []types.Type{state.Result()})
		if err != nil || !merge.Result().Equal(c.Result) {
			return nil, nil
		}
		call := plan.AggCall{Func: state, Name: c.Name}
		for _, pos := range c.Args {
			call.Args = append(call.Args, &expr.Column{Pos: pos, Name: fields[pos].Name, T: fields[pos].Type})
		}
		a.Calls = append(a.Calls, call)
		c.Agg, c.Args = merge, []int{i} // the states' places are known below
		out.Calls = append(out.Calls, c)
	}
	for i := range out.Calls {
		out.Calls[i].Args[0] += len(a.Keys)
		to[len(fields)+i] = len(a.Keys) + len(a.Calls) + i
	}
	return out, to
}

// firstSeen answers how many users came first in each span of time,
// SELECT m, count() FROM (SELECT toStartOfMinute(min(ts)) AS m … GROUP BY user)
// GROUP BY m, from a rollup that holds the users of each span: those that none
// before it holds.
func firstSeen(ctx *Context, root plan.Node) plan.Node {
	if ctx.Rollups == nil {
		return root
	}
	return bottomUp(root, func(n plan.Node) plan.Node {
		outer, ok := n.(*plan.Aggregate)
		if !ok {
			return n
		}
		if next := ctx.newMembers(outer); next != nil {
			return next
		}
		return n
	})
}

func (ctx *Context) newMembers(outer *plan.Aggregate) plan.Node {
	c, ok := chainOf(outer)
	if !ok || len(c.keys) != 1 || len(c.filter) > 0 || len(outer.Calls) != 1 || len(c.args[0]) > 0 ||
		!strings.EqualFold(outer.Calls[0].Func.Name(), "count") {
		return nil
	}
	inner, ok := c.base.(*plan.Aggregate)
	if !ok || inner.ByKey || len(inner.More) > 0 || len(inner.Keys) == 0 || len(inner.Calls) != 1 {
		return nil
	}
	span, users := spanOfFirst(c.keys[0], inner)
	if span == nil {
		return nil
	}
	state, err := agg.New("uniqExactState", nil, users)
	if err != nil {
		return nil
	}
	grouped := &plan.Aggregate{
		Input: inner.Input, Keys: []expr.Expr{span}, KeyNames: []string{outer.KeyNames[0]},
		Calls: []plan.AggCall{{Func: state, Args: inner.Keys, Name: "uniqExactState"}},
	}
	gc, ok := chainOf(grouped)
	if !ok {
		return nil
	}
	scan, ok := gc.base.(*plan.Scan)
	if !ok || scan.Limit > 0 {
		return nil
	}
	from := ctx.fromRollup(gc, scan)
	if from == plan.Node(grouped) {
		return nil
	}
	return &plan.NewMembers{Input: from, Name: outer.Calls[0].Name}
}

// spanOfFirst is the span of time of a row, where key is that of a user's first
// row; and the types of what users are told apart by. Nil when it is not of that
// form: the function must grow with time, or it would not be that of the least.
func spanOfFirst(key expr.Expr, inner *plan.Aggregate) (expr.Expr, []types.Type) {
	first := inner.Calls[0]
	if !strings.EqualFold(first.Func.Name(), "min") || len(first.Args) != 1 {
		return nil, nil
	}
	at := len(inner.Keys)
	var span expr.Expr
	switch k := key.(type) {
	case *expr.Column:
		if t, ok := timeCallOf(first.Args[0]); k.Pos != at || !ok || !t.floors {
			return nil, nil
		}
		span = first.Args[0]
	default:
		t, ok := timeCallOf(key)
		if !ok || !t.floors || t.col.Pos != at {
			return nil, nil
		}
		over, err := t.call.Over(first.Args[0])
		if err != nil || !over.Type().Equal(key.Type()) {
			return nil, nil
		}
		span = over
	}
	var users []types.Type
	for _, k := range inner.Keys {
		if k.Type().Nullable {
			return nil, nil // NULL is a user of GROUP BY, but not of uniqExact
		}
		users = append(users, k.Type())
	}
	return span, users
}
