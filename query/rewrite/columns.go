package rewrite

import (
	"slices"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/expr"
	"github.com/freshetdb/freshet/query/plan"
)

// pruneColumns leaves out the columns that nothing above uses, from the root
// down to the scans.
func pruneColumns(root plan.Node) plan.Node {
	fields := root.Fields()
	all := make([]bool, len(fields))
	for i := range all {
		all[i] = true
	}
	n, to := prune(root, all)
	for i, t := range to {
		if t != i || len(n.Fields()) != len(fields) {
			return selected(n, fields, to)
		}
	}
	return n
}

// selected projects n to the given fields, whose places are in to.
func selected(n plan.Node, fields []plan.Field, to []int) plan.Node {
	p := &plan.Project{Input: n}
	for i, f := range fields {
		p.Exprs = append(p.Exprs, &expr.Column{Pos: to[i], Name: f.Name, T: f.Type})
		p.Names = append(p.Names, f.Name)
	}
	return p
}

// use marks the columns of the expressions.
func use(need []bool, exprs ...expr.Expr) []bool {
	for _, e := range exprs {
		if e == nil {
			continue
		}
		for _, c := range expr.Columns(e) {
			need[c] = true
		}
	}
	return need
}

func clone(need []bool) []bool { return append([]bool(nil), need...) }

// identity is the mapping of a node that is left as it is.
func identity(n int) []int {
	to := make([]int, n)
	for i := range to {
		to[i] = i
	}
	return to
}

// compact numbers the columns that are kept.
func compact(keep []bool) []int {
	to := make([]int, len(keep))
	next := 0
	for i, k := range keep {
		to[i] = -1
		if k {
			to[i] = next
			next++
		}
	}
	return to
}

// prune rebuilds n with at least the fields marked in need and says where each
// old field is now, -1 for those left out.
func prune(n plan.Node, need []bool) (plan.Node, []int) {
	switch n := n.(type) {
	case *plan.Scan:
		return pruneScan(n, need)
	case *plan.Rows:
		return pruneRows(n, need)
	case *plan.Filter:
		in, to := prune(n.Input, use(clone(need), n.Conj...))
		return &plan.Filter{Input: in, Conj: moveAll(n.Conj, to)}, to
	case *plan.Project:
		return pruneProject(n, need)
	case *plan.Aggregate:
		return pruneAggregate(n, need)
	case *plan.Sort:
		in, to := prune(n.Input, useKeys(clone(need), n.Keys))
		return &plan.Sort{Input: in, Keys: moveKeys(n.Keys, to), Limit: n.Limit}, to
	case *plan.Limit:
		in, to := prune(n.Input, useKeys(clone(need), n.Ties))
		out := *n
		out.Input, out.Ties = in, moveKeys(n.Ties, to)
		return &out, to
	case *plan.LimitBy:
		in, to := prune(n.Input, useCols(clone(need), n.Cols))
		return &plan.LimitBy{Input: in, Count: n.Count, Offset: n.Offset, Cols: moveCols(n.Cols, to)}, to
	case *plan.Distinct:
		return pruneDistinct(n, need)
	case *plan.Window:
		return pruneWindow(n, need)
	case *plan.Spread:
		return pruneSpread(n, need)
	case *plan.Join:
		return pruneJoin(n, need)
	case *plan.Union:
		return pruneUnion(n, need)
	case *plan.TimesByKey:
		return pruneTimesByKey(n), identity(len(need))
	case *plan.SpansByKey:
		return pruneSpansByKey(n), identity(len(need))
	case *plan.FirstMinutes:
		return pruneFirstMinutes(n), identity(len(need))
	case *plan.EventsByKey:
		return pruneEventsByKey(n), identity(len(need))
	case *plan.NewMembers:
		in, to := prune(n.Input, []bool{true, true})
		return &plan.NewMembers{Input: selected(in, n.Input.Fields(), to), Name: n.Name}, []int{0, 1}
	default:
		return n, identity(len(need))
	}
}

func useKeys(need []bool, keys []plan.SortKey) []bool {
	for _, k := range keys {
		need[k.Col] = true
	}
	return need
}

func moveKeys(keys []plan.SortKey, to []int) []plan.SortKey {
	if keys == nil {
		return nil
	}
	out := make([]plan.SortKey, len(keys))
	for i, k := range keys {
		k.Col = to[k.Col]
		out[i] = k
	}
	return out
}

func useCols(need []bool, cols []int) []bool {
	for _, c := range cols {
		need[c] = true
	}
	return need
}

func moveCols(cols, to []int) []int {
	out := make([]int, len(cols))
	for i, c := range cols {
		out[i] = to[c]
	}
	return out
}

// pruneScan puts the columns that only the filter reads behind those that are needed.
func pruneScan(n *plan.Scan, need []bool) (plan.Node, []int) {
	out := &plan.Scan{Table: n.Table, Limit: n.Limit}
	all := compact(make([]bool, len(n.Columns)))
	keep := func(which []bool) {
		for i, k := range which {
			if k {
				all[i] = len(out.Columns)
				out.Columns, out.Names = append(out.Columns, n.Columns[i]), append(out.Names, n.Names[i])
			}
		}
	}
	keep(need)
	given := len(out.Columns)
	filtered := use(make([]bool, len(n.Columns)), n.Filter...)
	for i := range need {
		filtered[i] = filtered[i] && !need[i]
	}
	keep(filtered)
	out.Hidden = len(out.Columns) - given
	out.Filter = moveAll(n.Filter, all)
	return out, compact(need)
}

func pruneRows(n *plan.Rows, need []bool) (plan.Node, []int) {
	b := &batch.Batch{Rows: n.Batch.Rows}
	for i, k := range need {
		if k {
			b.Names = append(b.Names, n.Batch.Names[i])
			b.Cols = append(b.Cols, n.Batch.Cols[i])
		}
	}
	return &plan.Rows{Batch: b}, compact(need)
}

func pruneProject(n *plan.Project, need []bool) (plan.Node, []int) {
	out := &plan.Project{}
	below := make([]bool, len(n.Input.Fields()))
	for i, k := range need {
		if k {
			out.Exprs = append(out.Exprs, n.Exprs[i])
			out.Names = append(out.Names, n.Names[i])
			use(below, n.Exprs[i])
		}
	}
	in, to := prune(n.Input, below)
	out.Input = in
	out.Exprs = moveAll(out.Exprs, to)
	return out, compact(need)
}

func pruneAggregate(n *plan.Aggregate, need []bool) (plan.Node, []int) {
	keep := clone(need)
	below := use(make([]bool, len(n.Input.Fields())), n.Keys...)
	for i := range n.Keys {
		keep[i] = true
	}
	var calls []plan.AggCall
	var kept []int
	for i, c := range n.Calls {
		if keep[len(n.Keys)+i] {
			use(below, c.Args...)
			calls, kept = append(calls, c), append(kept, i)
		}
	}
	in, to := prune(n.Input, below)
	for i := range calls {
		calls[i].Args = moveAll(calls[i].Args, to)
	}
	out := *n
	out.Input, out.Keys, out.Calls = in, moveAll(n.Keys, to), calls
	out.More = nil
	for _, m := range n.More {
		out.More = append(out.More, pruneMore(m, kept))
	}
	return &out, compact(keep)
}

// pruneMore prunes a further input of an aggregate of which the calls kept stay.
func pruneMore(m plan.AggregateInput, kept []int) plan.AggregateInput {
	below := use(make([]bool, len(m.Input.Fields())), m.Keys...)
	args := make([][]expr.Expr, len(kept))
	for i, k := range kept {
		args[i] = m.Args[k]
		use(below, args[i]...)
	}
	in, to := prune(m.Input, below)
	for i := range args {
		args[i] = moveAll(args[i], to)
	}
	return plan.AggregateInput{Input: in, Keys: moveAll(m.Keys, to), Args: args}
}

func pruneSpread(n *plan.Spread, need []bool) (plan.Node, []int) {
	in, to := prune(n.Input, use(useCols(clone(need), n.Cols), slices.Concat(n.Variants...)...))
	out := &plan.Spread{Input: in, Cols: moveCols(n.Cols, to), Always: n.Always}
	for _, v := range n.Variants {
		out.Variants = append(out.Variants, moveAll(v, to))
	}
	return out, to
}

// pruneWindow leaves out functions that nothing uses, and the step with the last
// of them: it neither adds rows nor takes any away.
func pruneWindow(n *plan.Window, need []bool) (plan.Node, []int) {
	width := len(n.Input.Fields())
	below := clone(need[:width])
	out := &plan.Window{}
	for i, c := range n.Calls {
		if need[width+i] {
			useCols(below, c.Args)
			out.Calls = append(out.Calls, c)
		}
	}
	if len(out.Calls) == 0 {
		in, to := prune(n.Input, below)
		for range n.Calls {
			to = append(to, -1)
		}
		return in, to
	}
	useCols(below, n.Partition)
	in, to := prune(n.Input, useKeys(below, n.Order))
	out.Input, out.Partition, out.Order = in, moveCols(n.Partition, to), moveKeys(n.Order, to)
	next := len(in.Fields())
	for i := range n.Calls {
		if !need[width+i] {
			to = append(to, -1)
			continue
		}
		to = append(to, next)
		next++
	}
	for i := range out.Calls {
		out.Calls[i].Args = moveCols(out.Calls[i].Args, to)
	}
	return out, to
}

// pruneByKey prunes the inputs of a node that gives something for each key.
func pruneByKey(n, in, other plan.Node, read ...expr.Expr) (newIn plan.Node, to []int, newOther plan.Node) {
	newIn, to = prune(in, use(make([]bool, len(in.Fields())), read...))
	all := make([]bool, len(n.Fields()))
	for i := range all {
		all[i] = true
	}
	newOther, back := prune(other, all)
	return newIn, to, selected(newOther, n.Fields(), back)
}

func pruneTimesByKey(n *plan.TimesByKey) plan.Node {
	out := *n
	var to []int
	out.Input, to, out.Else = pruneByKey(n, n.Input, n.Else, n.Key, n.Arg)
	out.Key, out.Arg = moveColumns(n.Key, to), moveColumns(n.Arg, to)
	return &out
}

func pruneSpansByKey(n *plan.SpansByKey) plan.Node {
	out := *n
	var to []int
	out.Input, to, out.Else = pruneByKey(n, n.Input, n.Else, n.Key, n.Arg)
	out.Key, out.Arg = moveColumns(n.Key, to), moveColumns(n.Arg, to)
	return &out
}

func pruneFirstMinutes(n *plan.FirstMinutes) plan.Node {
	out := *n
	var to []int
	out.Input, to, out.Else = pruneByKey(n, n.Input, n.Else, n.Key, n.Arg)
	out.Key, out.Arg = moveColumns(n.Key, to), moveColumns(n.Arg, to)
	return &out
}

func pruneEventsByKey(n *plan.EventsByKey) plan.Node {
	out := *n
	var to []int
	out.Input, to, out.Else = pruneByKey(n, n.Input, n.Else, append([]expr.Expr{n.Key}, n.Args...)...)
	out.Key, out.Args = moveColumns(n.Key, to), moveAll(n.Args, to)
	return &out
}

func pruneDistinct(n *plan.Distinct, need []bool) (plan.Node, []int) {
	cols := n.Cols
	if cols == nil {
		for i := range need {
			cols = append(cols, i)
		}
	}
	in, to := prune(n.Input, useCols(clone(need), cols))
	return &plan.Distinct{Input: in, Cols: moveCols(cols, to)}, to
}

func pruneJoin(n *plan.Join, need []bool) (plan.Node, []int) {
	width := len(n.Left.Fields())
	keep := clone(need)
	if n.Residual != nil {
		use(keep, n.Residual)
	}
	left, toLeft := prune(n.Left, use(clone(keep[:width]), n.LeftKeys...))
	right, toRight := prune(n.Right, use(clone(keep[width:]), n.RightKeys...))
	to := append([]int(nil), toLeft...)
	newWidth := len(left.Fields())
	for _, t := range toRight {
		if t >= 0 {
			t += newWidth
		}
		to = append(to, t)
	}
	out := *n
	out.Left, out.Right = left, right
	out.LeftKeys, out.RightKeys = moveAll(n.LeftKeys, toLeft), moveAll(n.RightKeys, toRight)
	out.Residual = moveColumns(n.Residual, to)
	return &out, to
}

func pruneUnion(n *plan.Union, need []bool) (plan.Node, []int) {
	out := &plan.Union{}
	var fields []plan.Field
	for i, f := range n.Fields() {
		if need[i] {
			fields = append(fields, f)
		}
	}
	for _, b := range n.Branches {
		in, to := prune(b, clone(need))
		var places []int
		for i, k := range need {
			if k {
				places = append(places, to[i])
			}
		}
		out.Branches = append(out.Branches, selected(in, fields, places))
	}
	return out, compact(need)
}
