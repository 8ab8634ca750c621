package bind

import (
	"slices"
	"strconv"
	"strings"

	"github.com/freshetdb/freshet/columnar/agg"
	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/chcode"
	"github.com/freshetdb/freshet/columnar/expr"
	"github.com/freshetdb/freshet/columnar/types"
	"github.com/freshetdb/freshet/query/ast"
	"github.com/freshetdb/freshet/query/plan"
)

// timeWindow binds tumble, hop and their ends, which are short for sums of
// toStartOfInterval and intervals, and slide; ok is false for other names.
//
// They are put together here rather than being functions of expr, so that rules
// of rewrite find the toStartOfInterval in them.
func (b *Binder) timeWindow(e *ast.FuncCall, s *scope) (out expr.Expr, ok bool, err error) {
	if !slices.Contains([]string{"tumble", "tumbleStart", "tumbleEnd", "hop", "hopStart", "hopEnd", "slide"}, e.Name) {
		return nil, false, nil
	}
	args := make([]expr.Expr, len(e.Args))
	for i, a := range e.Args {
		if args[i], err = b.expression(a, s); err != nil {
			return nil, true, err
		}
	}
	switch e.Name {
	case "slide":
		out, err = b.slide(args, s)
	case "tumble", "tumbleStart", "tumbleEnd":
		out, err = b.tumble(e.Name, args)
	default:
		out, err = b.hop(e.Name, args)
	}
	return out, true, err
}

// tumble is the window of one interval that a time falls into.
func (b *Binder) tumble(name string, args []expr.Expr) (expr.Expr, error) {
	if len(args) == 1 && name != "tumble" && args[0].Type().Kind == types.Tuple {
		return b.endOf(name, args[0])
	}
	if len(args) != 2 && len(args) != 3 {
		return nil, chcode.Errorf(chcode.NumberOfArgumentsDoesntMatch,
			"An incorrect number of arguments was specified for function '%s'", name)
	}
	if err := windowArgs(name, args, 1); err != nil {
		return nil, err
	}
	start, err := expr.NewCall(b.expr, "toStartOfInterval", args)
	if err != nil || name == "tumbleStart" {
		return start, err
	}
	end, err := expr.NewCall(b.expr, "plus", []expr.Expr{start, args[1]})
	if err != nil || name == "tumbleEnd" {
		return end, err
	}
	return expr.NewCall(b.expr, "tuple", []expr.Expr{start, end})
}

// hop is the first of the overlapping windows that a time falls into: it ends
// with the hop that the time is in.
func (b *Binder) hop(name string, args []expr.Expr) (expr.Expr, error) {
	if len(args) == 1 && name != "hop" && args[0].Type().Kind == types.Tuple {
		return b.endOf(name, args[0])
	}
	if len(args) != 3 && len(args) != 4 {
		return nil, chcode.Errorf(chcode.NumberOfArgumentsDoesntMatch,
			"An incorrect number of arguments was specified for function '%s'", name)
	}
	if err := windowArgs(name, args, 2); err != nil {
		return nil, err
	}
	if args[1].Type().Unit != args[2].Type().Unit {
		return nil, chcode.Errorf(chcode.IllegalColumn, "Illegal type of window and hop column of function %s, must be same", name)
	}
	if intervalOf(args[1]) > intervalOf(args[2]) {
		return nil, chcode.Errorf(chcode.ArgumentOutOfBound,
			"Value for hop interval of function %s must not larger than window interval", name)
	}
	bucket, err := expr.NewCall(b.expr, "toStartOfInterval", append([]expr.Expr{args[0], args[1]}, args[3:]...))
	if err != nil {
		return nil, err
	}
	end, err := expr.NewCall(b.expr, "plus", []expr.Expr{bucket, args[1]})
	if err != nil || name == "hopEnd" {
		return end, err
	}
	start, err := expr.NewCall(b.expr, "minus", []expr.Expr{end, args[2]})
	if err != nil || name == "hopStart" {
		return start, err
	}
	return expr.NewCall(b.expr, "tuple", []expr.Expr{start, end})
}

// endOf is the start or the end of a window that was made before.
func (b *Binder) endOf(name string, window expr.Expr) (expr.Expr, error) {
	at := uint64(1)
	if name == "tumbleEnd" || name == "hopEnd" {
		at = 2
	}
	return expr.NewCall(b.expr, "tupleElement", []expr.Expr{window, constant(unsigned(at))})
}

// windowArgs checks a time and, behind it, so many intervals that are constant
// and positive.
func windowArgs(name string, args []expr.Expr, intervals int) error {
	if t := args[0].Type(); t.Kind != types.DateTime || t.Nullable {
		return chcode.Errorf(chcode.IllegalTypeOfArgument,
			"A value of illegal type was provided as 1st argument to function '%s'. Expected: DateTime, got: %s", name, t)
	}
	for _, a := range args[1 : 1+intervals] {
		if a.Type().Kind != types.Interval {
			return chcode.Errorf(chcode.IllegalTypeOfArgument,
				"A value of illegal type was provided to function '%s'. Expected: Interval, got: %s", name, a.Type())
		}
		if intervalOf(a) <= 0 {
			return chcode.Errorf(chcode.ArgumentOutOfBound, "An interval of function %s must be a constant that is positive", name)
		}
	}
	return nil
}

// intervalOf is the number of units of a constant interval; 0 of other expressions.
func intervalOf(e expr.Expr) int64 {
	c, ok := e.(*expr.Const)
	if !ok || c.Vec.IsNull(0) {
		return 0
	}
	return batch.Values[int64](c.Vec)[0]
}

// slideColumn marks the column that stands for slide(…) until the groups are put
// together: it is below aggBase, as it is no result of a group.
const slideColumn = aggBase - 1

// slideMax bounds the windows that one row falls into.
const slideMax = 10_000

// sliding is the slide of one SELECT: rows are grouped by bucket, and each group
// falls into the windows that end with ends, over the bucket as column 0.
type sliding struct {
	key    string // of the call
	bucket expr.Expr
	ends   []expr.Expr
}

// slide binds slide(time, step, width), which stands only for a key of GROUP BY.
func (b *Binder) slide(args []expr.Expr, s *scope) (expr.Expr, error) {
	if s.aggs == nil || s.inAgg {
		return nil, misplacedSlide()
	}
	if len(args) != 3 && len(args) != 4 {
		return nil, chcode.Errorf(chcode.NumberOfArgumentsDoesntMatch, "Function slide takes a time, a step, a width and, if need be, a zone")
	}
	if err := windowArgs("slide", args, 2); err != nil {
		return nil, err
	}
	windows, err := slideWindows(args[1], args[2])
	if err != nil {
		return nil, err
	}
	out := &sliding{}
	for _, a := range args {
		out.key += "\x00" + fingerprint(a)
	}
	out.bucket, err = expr.NewCall(b.expr, "toStartOfInterval", append([]expr.Expr{args[0], args[1]}, args[3:]...))
	if err != nil {
		return nil, err
	}
	col := &expr.Column{Pos: 0, Name: "slide", T: out.bucket.Type()}
	step := args[1].(*expr.Const)
	for k := int64(1); k <= windows; k++ {
		by := expr.NewConst(batch.NewFixed(step.Vec.Type, []int64{k * intervalOf(step)}, nil))
		end, err := expr.NewCall(b.expr, "plus", []expr.Expr{col, by})
		if err != nil {
			return nil, err
		}
		out.ends = append(out.ends, end)
	}
	if s.aggs.slide != nil && s.aggs.slide.key != out.key {
		return nil, chcode.Errorf(chcode.NotImplemented, "Only one slide(…) may stand in a query")
	}
	s.aggs.slide = out
	return &expr.Column{Pos: slideColumn, Name: "slide(" + args[0].String() + ")", T: out.bucket.Type()}, nil
}

func misplacedSlide() error {
	return chcode.Errorf(chcode.BadArguments, "slide(time, step, width) may stand only for a key of GROUP BY: a row falls into several of its windows")
}

// slideWindows is how many windows a row falls into.
func slideWindows(step, width expr.Expr) (int64, error) {
	stepUnit, stepBase := unitLength(step.Type().Unit)
	widthUnit, widthBase := unitLength(width.Type().Unit)
	a, w := intervalOf(step)*stepUnit, intervalOf(width)*widthUnit
	if stepBase != widthBase || w%a != 0 {
		return 0, chcode.Errorf(chcode.BadArguments, "The width of slide(time, step, width) must be a multiple of the step")
	}
	if w/a > slideMax {
		return 0, chcode.Errorf(chcode.BadArguments,
			"A row would fall into %s windows of slide(time, step, width), more than %d", strconv.FormatInt(w/a, 10), slideMax)
	}
	return w / a, nil
}

// unitLength is a unit in seconds, or in months; those below a second have none.
func unitLength(u types.Unit) (n int64, base string) {
	switch u {
	case types.Second:
		return 1, "second"
	case types.Minute:
		return 60, "second"
	case types.Hour:
		return 3600, "second"
	case types.Day:
		return 86400, "second"
	case types.Week:
		return 7 * 86400, "second"
	case types.Month:
		return 1, "month"
	case types.Quarter:
		return 3, "month"
	case types.Year:
		return 12, "month"
	default:
		return 1, "fraction"
	}
}

// ofParts is the function that makes the value of rows of the values of their
// parts; false where there is none, so that states are needed.
func ofParts(f agg.Func) (agg.Func, bool) {
	name := strings.ToLower(f.Name())
	switch name {
	case "count", "countif", "sumif":
		name = "sum"
	case "sum", "min", "max":
	default:
		return agg.Func{}, false
	}
	g, err := agg.New(name, nil, []types.Type{f.Result()})
	return g, err == nil && g.Result().Equal(f.Result())
}

// slideGroups puts the groups of n, one of whose keys stands for slide, together
// in two steps: by bucket into states, and each state into the windows that the
// bucket is part of. What a row adds is computed once.
func (b *Binder) slideGroups(n *plan.Aggregate, slide *sliding) (*plan.Aggregate, error) {
	at := slices.IndexFunc(n.Keys, isSlide)
	if at < 0 || slices.ContainsFunc(n.Keys, func(e expr.Expr) bool {
		return !isSlide(e) && slices.Contains(expr.Columns(e), slideColumn)
	}) {
		return nil, misplacedSlide()
	}
	inner := partial(n, false)
	inner.Keys[at] = slide.bucket
	s := &plan.Spread{Input: inner, Cols: []int{at}}
	for _, e := range slide.ends {
		s.Variants = append(s.Variants, []expr.Expr{expr.Rewrite(e, func(e expr.Expr) expr.Expr {
			if c, ok := e.(*expr.Column); ok {
				return &expr.Column{Pos: at, Name: c.Name, T: c.T}
			}
			return e
		})})
	}
	return mergedParts(n, s), nil
}

// partial is n with what gives its results from those of parts: values where a
// function makes them of values of parts, else states. withEmpty tells that a part may
// have no rows: the least value of none is no value.
func partial(n *plan.Aggregate, withEmpty bool) *plan.Aggregate {
	out := &plan.Aggregate{Input: n.Input, Keys: slices.Clone(n.Keys), KeyNames: slices.Clone(n.KeyNames)}
	for _, c := range n.Calls {
		if f, ok := ofParts(c.Func); ok && (!withEmpty || f.Name() == "sum") {
			out.Calls = append(out.Calls, c)
			continue
		}
		out.Calls = append(out.Calls, plan.AggCall{Func: c.Func.State(), Args: c.Args, Name: c.Name})
	}
	return out
}

// mergedParts puts the parts that partial(n) gave, spread by s, together by its keys.
func mergedParts(n *plan.Aggregate, s *plan.Spread) *plan.Aggregate {
	fields := s.Fields()
	outer := &plan.Aggregate{Input: s, KeyNames: n.KeyNames}
	for i := range n.Keys {
		outer.Keys = append(outer.Keys, column(i, fields[i]))
	}
	for i, c := range n.Calls {
		k := len(n.Keys) + i
		outer.Calls = append(outer.Calls, mergedPart(c, column(k, fields[k])))
	}
	return outer
}

// mergedPart makes the result of a call of its parts, values or states.
func mergedPart(c plan.AggCall, part *expr.Column) plan.AggCall {
	call := plan.AggCall{Func: c.Func, Args: []expr.Expr{part}, Name: c.Name, Merge: true}
	if f, ok := ofParts(c.Func); ok && part.T.Equal(c.Func.Result()) {
		call.Func, call.Merge = f, false
	}
	return call
}

func isSlide(e expr.Expr) bool {
	c, ok := e.(*expr.Column)
	return ok && c.Pos == slideColumn
}
