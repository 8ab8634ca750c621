package rewrite

import (
	"math"
	"slices"
	"strings"

	"github.com/freshetdb/freshet/columnar/agg"
	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/expr"
	"github.com/freshetdb/freshet/columnar/types"
	"github.com/freshetdb/freshet/query/plan"
)

// spansByKey counts users by when they came first and last, where both times are only
// compared with constants: new and returning users, those who stay away. A byte for each
// user tells the spans between the constants in which it came.
func spansByKey(root plan.Node) plan.Node {
	return countedByKey(root, func(c *chain, times *plan.TimesByKey) (plan.Node, bool) {
		cuts, ok := cutsOf(c)
		return &plan.SpansByKey{
			Input: times.Input, Key: times.Key, Arg: times.Arg, Cuts: cuts, Calls: times.Calls, Count: keysCount, Else: counted(times),
		}, ok
	})
}

// firstMinutes counts users by the minute in which they came first, where nothing asks for
// more of that time: the cumulative curve of a day.
func firstMinutes(ctx *Context, root plan.Node) plan.Node {
	return countedByKey(root, func(c *chain, times *plan.TimesByKey) (plan.Node, bool) {
		if len(times.Calls) != 1 || times.Calls[0].IsGreatest || !areOfMinutes(ctx, c) {
			return nil, false
		}
		return &plan.FirstMinutes{
			Input: times.Input, Key: times.Key, Arg: times.Arg, Name: times.Calls[0].Name, Count: keysCount, Else: counted(times),
		}, true
	})
}

// areOfMinutes tells whether all expressions of the chain have one value for all times of
// a minute.
func areOfMinutes(ctx *Context, c *chain) bool {
	ok := true
	visit := func(e expr.Expr) bool {
		if t, isTimeCall := timeCallOf(e); isTimeCall {
			zone, err := zoneOf(ctx, t)
			ok = ok && err == nil && isAligned(zone, granularity{seconds: minuteSeconds}) &&
				(t.grain.seconds == 0 || t.grain.seconds%minuteSeconds == 0)
			return false
		}
		if at, width, isCut := cutAt(e); isCut {
			ok = ok && width < 2 && (width == 0 || at%minuteSeconds == 0)
			return false
		}
		_, isColumn := e.(*expr.Column)
		ok = ok && !isColumn
		return true
	}
	for _, e := range c.all() {
		ok = ok && expr.IsDeterministic(e)
		expr.Walk(e, visit)
	}
	return ok
}

const minuteSeconds = 60

// countedByKey puts what find gives, rows that count keys, in the place of the times of
// every key below an aggregation that only counts.
func countedByKey(root plan.Node, find func(c *chain, times *plan.TimesByKey) (plan.Node, bool)) plan.Node {
	return bottomUp(root, func(n plan.Node) plan.Node {
		outer, ok := n.(*plan.Aggregate)
		if !ok {
			return n
		}
		c, ok := chainOf(outer)
		if !ok {
			return n
		}
		times, ok := c.base.(*plan.TimesByKey)
		if !ok {
			return n
		}
		calls, ok := weighed(c, &expr.Column{Pos: len(times.Calls), Name: keysCount, T: types.Of(types.UInt64)})
		if !ok {
			return n
		}
		keys, ok := find(c, times)
		if !ok {
			return n
		}
		out := *outer
		out.Input = keys
		if len(c.filter) > 0 {
			out.Input = &plan.Filter{Input: out.Input, Conj: c.filter}
		}
		out.Keys, out.Calls = c.keys, calls
		return &out
	})
}

const keysCount = "keys"

// counted is the rows of times, each of which is one key.
func counted(times *plan.TimesByKey) plan.Node {
	p := &plan.Project{Input: times, Names: []string{keysCount}}
	for i, f := range times.Fields() {
		p.Exprs = append(p.Exprs, &expr.Column{Pos: i, Name: f.Name, T: f.Type})
		p.Names = slices.Insert(p.Names, i, f.Name)
	}
	p.Exprs = append(p.Exprs, expr.NewConst(batch.NewFixed(types.Of(types.UInt64), []uint64{1}, nil)))
	return p
}

// cutsOf are the times, rising, between which no condition tells times apart; false where
// one does, or there are too many.
func cutsOf(c *chain) ([]uint32, bool) {
	var cuts []uint32
	ok := true
	visit := func(e expr.Expr) bool {
		if _, isColumn := e.(*expr.Column); isColumn {
			ok = false // It is not compared.
		}
		at, width, isCut := cutAt(e)
		for i := range width {
			if at <= math.MaxUint32-i {
				cuts = append(cuts, at+i)
			}
		}
		return !isCut
	}
	for _, e := range c.all() {
		ok = ok && expr.IsDeterministic(e)
		expr.Walk(e, visit)
	}
	slices.Sort(cuts)
	cuts = slices.Compact(cuts)
	return cuts, ok && len(cuts) > 0 && len(cuts) <= plan.MaxCuts
}

// cutAt tells of the comparison of a column with a constant of time where times begin to
// compare in another way: at, and where width is 2 also a second later, at and at+1.
// Comparisons like > begin a second later only.
func cutAt(e expr.Expr) (at, width uint32, ok bool) {
	c, isCall := e.(*expr.Call)
	if !isCall || len(c.Args) != 2 {
		return 0, 0, false
	}
	name, left, right := c.Name, c.Args[0], c.Args[1]
	if _, isConst := left.(*expr.Const); isConst {
		left, right = right, left
		switch name {
		case "less":
			name = "greater"
		case "greater":
			name = "less"
		case "lessOrEquals":
			name = "greaterOrEquals"
		case "greaterOrEquals":
			name = "lessOrEquals"
		}
	}
	_, isColumn := left.(*expr.Column)
	k, isConst := right.(*expr.Const)
	if !isColumn || !isConst || k.Type().Kind != types.DateTime || k.Type().Nullable {
		return 0, 0, false
	}
	at = batch.Values[uint32](k.Vec)[0]
	switch name {
	case "less", "greaterOrEquals":
		return at, 1, true
	case "greater", "lessOrEquals":
		if at == math.MaxUint32 {
			return at, 0, true
		}
		return at + 1, 1, true
	case "equals", "notEquals":
		return at, 2, true
	default:
		return 0, 0, false
	}
}

// weighed are the calls of the chain over rows of which each stands for n; false where a
// function can't be computed so.
func weighed(c *chain, n expr.Expr) ([]plan.AggCall, bool) {
	calls := slices.Clone(c.agg.Calls)
	for i := range calls {
		name, args := calls[i].Func.Name(), c.args[i]
		base, hasCondition := strings.CutSuffix(name, "If")
		first := n
		switch {
		case strings.EqualFold(base, "count") && len(args) == boolToInt(hasCondition):
		case strings.EqualFold(base, "sum") && len(args) == 1+boolToInt(hasCondition) && isWhole(args[0].Type()):
			e, err := expr.NewCall(expr.Background(), "multiply", []expr.Expr{args[0], n})
			if err != nil {
				return nil, false
			}
			first, args = e, args[1:]
		default:
			return nil, false
		}
		sum := "sum"
		if hasCondition {
			sum = "sumIf"
		}
		args = append([]expr.Expr{first}, args...)
		ts := make([]types.Type, len(args))
		for k, a := range args {
			ts[k] = a.Type()
		}
		f, err := agg.New(sum, nil, ts)
		if err != nil || !f.Result().Equal(calls[i].Func.Result()) {
			return nil, false
		}
		calls[i].Func, calls[i].Args = f, args
	}
	return calls, true
}

func boolToInt(b bool) int {
	if b {
		return 1
	}
	return 0
}
