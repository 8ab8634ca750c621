package rewrite

import (
	"slices"
	"strings"

	"github.com/freshetdb/freshet/columnar/agg"
	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/expr"
	"github.com/freshetdb/freshet/columnar/types"
	"github.com/freshetdb/freshet/query/plan"
)

// shiftedSums computes sum(x + c) of integers from sum(x) and count(). Both sides are
// the same number modulo 2^64, which is what sums of integers are kept in: the type of
// x + c holds it exactly, or has 64 bits and wraps too.
func shiftedSums(root plan.Node) plan.Node {
	return bottomUp(root, func(n plan.Node) plan.Node {
		a, ok := n.(*plan.Aggregate)
		if !ok || a.ByKey || len(a.More) > 0 {
			return n
		}
		return newShifts(a).plan()
	})
}

// shifts is an aggregation while its sums are looked at.
type shifts struct {
	a     *plan.Aggregate
	out   *plan.Aggregate
	given []expr.Expr // of each call, over the fields of out
}

// shift is an argument x + by.
type shift struct {
	x  expr.Expr
	by uint64 // modulo 2^64
}

func newShifts(a *plan.Aggregate) *shifts {
	out := *a
	out.Calls = nil
	return &shifts{a: a, out: &out}
}

// plan is the aggregation with fewer calls, or as it was.
func (s *shifts) plan() plan.Node {
	for i := range s.a.Calls {
		c := &s.a.Calls[i]
		e, ok := s.shifted(c)
		if !ok {
			e = s.call(*c)
		}
		s.given = append(s.given, e)
	}
	if len(s.out.Calls) >= len(s.a.Calls) {
		return s.a
	}
	p := &plan.Project{Input: s.out}
	for i, f := range s.a.Fields() {
		e := expr.Expr(&expr.Column{Pos: i, Name: f.Name, T: f.Type})
		if i >= len(s.a.Keys) {
			e = s.given[i-len(s.a.Keys)]
		}
		p.Exprs, p.Names = append(p.Exprs, e), append(p.Names, f.Name)
	}
	return p
}

// call is the field of a call, which is added unless it is there.
func (s *shifts) call(c plan.AggCall) expr.Expr {
	at := slices.IndexFunc(s.out.Calls, func(o plan.AggCall) bool {
		return isPlainSum(&o) == isPlainSum(&c) && isCount(&o) == isCount(&c) && (isPlainSum(&c) || isCount(&c)) &&
			slices.EqualFunc(o.Args, c.Args, expr.Equal)
	})
	if at < 0 {
		at = len(s.out.Calls)
		s.out.Calls = append(s.out.Calls, c)
	}
	return &expr.Column{Pos: len(s.a.Keys) + at, Name: c.Name, T: c.Func.Result()}
}

func isPlainSum(c *plan.AggCall) bool {
	return !c.Merge && strings.EqualFold(c.Func.Name(), "sum") && len(c.Args) == 1
}

func isCount(c *plan.AggCall) bool {
	return !c.Merge && strings.EqualFold(c.Func.Name(), "count") && len(c.Args) == 0
}

// shifted is the sum of a shifted argument from the sum of the argument and the number
// of rows.
func (s *shifts) shifted(c *plan.AggCall) (expr.Expr, bool) {
	if !isPlainSum(c) {
		return nil, false
	}
	arg, ok := shiftOf(c.Args[0])
	if !ok {
		return nil, false
	}
	sum, err := agg.New("sum", nil, []types.Type{arg.x.Type()})
	if err != nil {
		return nil, false
	}
	count, err := agg.New("count", nil, nil)
	if err != nil {
		return nil, false
	}
	total := s.call(plan.AggCall{Func: sum, Args: []expr.Expr{arg.x}, Name: "sum(" + arg.x.String() + ")"})
	rows := s.call(plan.AggCall{Func: count, Name: "count()"})
	return shiftedSum(total, rows, arg.by, c.Func.Result())
}

// shiftedSum is total + by * rows in 64 bits, as a type of 64 bits.
func shiftedSum(total, rows expr.Expr, by uint64, t types.Type) (expr.Expr, bool) {
	var err error
	call := func(name string, args ...expr.Expr) (e expr.Expr) {
		if err == nil {
			e, err = expr.NewCall(expr.Background(), name, args)
		}
		return e
	}
	unsigned := expr.NewConst(batch.NewFixed(types.Of(types.UInt64), []uint64{by}, nil))
	e := call("plus", call("reinterpretAsUInt64", total), call("multiply", rows, unsigned))
	if t.Kind == types.Int64 {
		e = call("reinterpretAsInt64", e)
	}
	return e, err == nil && e.Type().Equal(t)
}

// shiftOf takes x + c, c + x and x - c of integers apart.
func shiftOf(e expr.Expr) (shift, bool) {
	c, ok := e.(*expr.Call)
	if !ok || (c.Name != "plus" && c.Name != "minus") || len(c.Args) != 2 || !isWhole(c.Type()) {
		return shift{}, false
	}
	x, by := c.Args[0], c.Args[1]
	if _, isConst := x.(*expr.Const); isConst && c.Name == "plus" {
		x, by = by, x
	}
	n, ok := by.(*expr.Const)
	if _, isConst := x.(*expr.Const); !ok || isConst || !isWhole(x.Type()) || !isWhole(n.Type()) {
		return shift{}, false
	}
	value := n.Vec.Integer(0)
	if c.Name == "minus" {
		value = -value
	}
	return shift{x, value}, true
}

// isWhole tells whether a type is an integer of at most 64 bits, which may not be NULL.
func isWhole(t types.Type) bool { return t.IsInteger() && !t.Nullable }
