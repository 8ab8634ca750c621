package rewrite

import (
	"slices"

	"github.com/freshetdb/freshet/columnar/expr"
	"github.com/freshetdb/freshet/columnar/types"
	"github.com/freshetdb/freshet/query/plan"
)

// pushFilters moves the conditions of every Filter as far down as they mean the
// same. Conditions that can throw stay behind those that stood before them (R14):
// the order of a conjunction is kept, and a condition moves only with all before
// it or when it can't throw.
func pushFilters(root plan.Node) plan.Node {
	return mapInputs(pushHere(root), pushFilters)
}

func pushHere(n plan.Node) plan.Node {
	f, ok := n.(*plan.Filter)
	if !ok {
		return n
	}
	switch in := f.Input.(type) {
	case *plan.Filter:
		return pushHere(&plan.Filter{Input: in.Input, Conj: append(append([]expr.Expr(nil), in.Conj...), f.Conj...)})
	case *plan.Scan:
		if in.Limit > 0 {
			return n
		}
		s := *in
		s.Filter = append(append([]expr.Expr(nil), in.Filter...), f.Conj...)
		return &s
	case *plan.Project:
		return throughProject(f, in)
	case *plan.Join:
		return throughJoin(f, in)
	case *plan.Union:
		u := &plan.Union{}
		for _, b := range in.Branches {
			u.Branches = append(u.Branches, pushHere(&plan.Filter{Input: b, Conj: f.Conj}))
		}
		return u
	case *plan.Window:
		return throughWindow(f, in)
	case *plan.Aggregate:
		return throughAggregate(f, in)
	case *plan.Sort:
		if in.Limit > 0 {
			return n
		}
		return &plan.Sort{Input: pushHere(&plan.Filter{Input: in.Input, Conj: f.Conj}), Keys: in.Keys}
	default:
		return n
	}
}

// rebuild puts what could not move back over n.
func rebuild(n plan.Node, kept []expr.Expr) plan.Node {
	if len(kept) == 0 {
		return n
	}
	return &plan.Filter{Input: n, Conj: kept}
}

// throughProject puts the projected expressions into the conditions. Costly or
// throwing expressions are not evaluated twice.
func throughProject(f *plan.Filter, p *plan.Project) plan.Node {
	var down, kept []expr.Expr
	for _, c := range f.Conj {
		if len(kept) > 0 || !cheap(c, p) {
			kept = append(kept, c)
			continue
		}
		down = append(down, expr.Rewrite(c, func(e expr.Expr) expr.Expr {
			if col, ok := e.(*expr.Column); ok && col.Pos >= 0 {
				return p.Exprs[col.Pos]
			}
			return e
		}))
	}
	if len(down) == 0 {
		return f
	}
	below := *p
	below.Input = pushHere(&plan.Filter{Input: p.Input, Conj: down})
	return rebuild(&below, kept)
}

// throughWindow moves conditions on partition keys below the window: they keep or
// drop whole partitions. Others would change the frames.
func throughWindow(f *plan.Filter, w *plan.Window) plan.Node {
	var down, kept []expr.Expr
	for _, c := range f.Conj {
		cols := expr.Columns(c)
		onKeys := len(cols) > 0 && !expr.CanThrow(c) && expr.IsDeterministic(c)
		for _, col := range cols {
			onKeys = onKeys && slices.Contains(w.Partition, col)
		}
		if onKeys {
			down = append(down, c)
		} else {
			kept = append(kept, c)
		}
	}
	if len(down) == 0 {
		return f
	}
	below := *w
	below.Input = pushHere(&plan.Filter{Input: w.Input, Conj: down})
	return rebuild(&below, kept)
}

// throughAggregate moves conditions on keys below the aggregation, and below the merging
// of rows with equal keys: they keep or drop whole groups. Floats are left alone, since
// one group has the zeros of both signs.
func throughAggregate(f *plan.Filter, a *plan.Aggregate) plan.Node {
	if len(a.More) > 0 {
		return f
	}
	var down, kept []expr.Expr
	for _, c := range f.Conj {
		if !isOfKeys(c, a) {
			kept = append(kept, c)
			continue
		}
		down = append(down, expr.Rewrite(c, func(e expr.Expr) expr.Expr {
			if col, ok := e.(*expr.Column); ok && col.Pos >= 0 && col.Pos < len(a.Keys) {
				return a.Keys[col.Pos]
			}
			return e
		}))
	}
	if len(down) == 0 {
		return f
	}
	below := *a
	below.Input = pushHere(&plan.Filter{Input: a.Input, Conj: down})
	return rebuild(&below, kept)
}

// isOfKeys tells whether a condition over groups is one over their keys that can be
// asked of rows.
func isOfKeys(c expr.Expr, a *plan.Aggregate) bool {
	cols := expr.Columns(c)
	if len(cols) == 0 || expr.CanThrow(c) || !expr.IsDeterministic(c) {
		return false
	}
	for _, pos := range cols {
		if pos >= len(a.Keys) {
			return false
		}
		k := a.Keys[pos]
		if expr.CanThrow(k) || !expr.IsDeterministic(k) || k.Type().Kind.IsFloat() || k.Type().Kind == types.Array || k.Type().Kind == types.Tuple {
			return false
		}
	}
	return true
}

func cheap(c expr.Expr, p *plan.Project) bool {
	for _, pos := range expr.Columns(c) {
		e := p.Exprs[pos]
		if expr.CanThrow(e) || !expr.IsDeterministic(e) {
			return false
		}
	}
	return true
}

// throughJoin moves conditions on one side of a join into that side, where
// unmatched rows of the other side can't be lost or made by it.
func throughJoin(f *plan.Filter, j *plan.Join) plan.Node {
	width := len(j.Left.Fields())
	var left, right, kept []expr.Expr
	for _, c := range f.Conj {
		if expr.CanThrow(c) || !expr.IsDeterministic(c) {
			kept = append(kept, c)
			continue
		}
		onLeft, onRight := sides(c, width)
		switch {
		case onLeft && !onRight && j.Kind != plan.Full:
			left = append(left, c)
		case onRight && !onLeft && (j.Kind == plan.Inner || j.Kind == plan.Cross) && j.Strictness == plan.All:
			to := make([]int, width+len(j.Right.Fields()))
			for i := range to {
				to[i] = i - width
			}
			right = append(right, moveColumns(c, to))
		default:
			kept = append(kept, c)
		}
	}
	if len(left)+len(right) == 0 {
		return f
	}
	below := *j
	if len(left) > 0 {
		below.Left = pushHere(&plan.Filter{Input: j.Left, Conj: left})
	}
	if len(right) > 0 {
		below.Right = pushHere(&plan.Filter{Input: j.Right, Conj: right})
	}
	return rebuild(&below, kept)
}

func sides(e expr.Expr, width int) (left, right bool) {
	for _, c := range expr.Columns(e) {
		if c < width {
			left = true
		} else {
			right = true
		}
	}
	return left, right
}
