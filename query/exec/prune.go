package exec

import (
	"bytes"
	"math"
	"slices"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/expr"
	"github.com/freshetdb/freshet/columnar/types"
)

// pruner finds out what can be said of the granules of parts, one part after the other,
// without reading them.
type pruner struct {
	ctx      *expr.Ctx
	spec     ScanSpec
	part     Part
	granules int
	compared []comparison
	sel      []uint32 // scratch
}

// comparison is a call that compares a column of bounds with a constant.
type comparison struct {
	op string
	c  *expr.Const
	t  types.Type
	e  expr.Expr // nil where the types do not compare
}

func newPruner(ctx *expr.Ctx, spec ScanSpec) *pruner { return &pruner{ctx: ctx, spec: spec} }

func (p *pruner) of(part Part) {
	p.part, p.granules = part, (part.Rows()+GranuleRows-1)/GranuleRows
}

// prune tells for each granule of a part whether a row of it may pass the
// filter; nil when nothing is known. It never evaluates an expression that can
// throw.
func (p *pruner) prune(part Part) ([]bool, error) {
	p.of(part)
	var keep []bool
	for _, conj := range p.spec.Filter {
		m, err := p.may(conj)
		if err != nil {
			return nil, err
		}
		keep = intersect(keep, m)
		if isNone(keep) {
			break
		}
	}
	return keep, nil
}

// isNone tells that a part has no granule to read.
func isNone(keep []bool) bool { return keep != nil && !slices.Contains(keep, true) }

// sure tells for each condition of the filter and each granule of a part whether
// all rows pass, so that it need not be evaluated; nil for a condition of which
// nothing is known.
func (p *pruner) sure(part Part) ([][]bool, error) {
	p.of(part)
	out := make([][]bool, len(p.spec.Filter))
	some := false
	for i, conj := range p.spec.Filter {
		var err error
		if out[i], err = p.all(conj); err != nil {
			return nil, err
		}
		some = some || out[i] != nil
	}
	if !some {
		return nil, nil
	}
	return out, nil
}

// all is sure for one condition: a comparison of a column without NULLs, or of a
// monotonic function of one, with a constant.
func (p *pruner) all(e expr.Expr) ([]bool, error) {
	c, ok := e.(*expr.Call)
	if !ok || len(c.Args) != 2 || flipped[c.Name] == "" {
		return nil, nil
	}
	op, left, right := c.Name, c.Args[0], c.Args[1]
	if _, ok := left.(*expr.Const); ok {
		left, right, op = right, left, flipped[op]
	}
	k, ok := right.(*expr.Const)
	cols := expr.Columns(left)
	if !ok || k.Vec.IsNull(0) || len(cols) != 1 || p.spec.Columns[cols[0]].Type.Nullable || !monotonic(left) {
		return nil, nil
	}
	least, greatest, err := p.images(left, cols[0])
	if least == nil || err != nil {
		return nil, err
	}
	var keep []bool
	switch op {
	case "less", "lessOrEquals":
		keep, err = p.holds(op, greatest, k)
	case "greater", "greaterOrEquals":
		keep, err = p.holds(op, least, k)
	default:
		keep, err = p.equals(least, greatest, k)
	}
	if keep == nil || err != nil || !left.Type().Kind.IsFloat() {
		return keep, err
	}
	numbers, err := p.holds("less", greatest, infinity) // NaN, which passes no comparison, is infinity in bounds
	return intersect(keep, numbers), err
}

// infinity is what a bound is taken for where NaN is among the values.
var infinity = expr.NewConst(batch.NewFixed(types.Of(types.Float64), []float64{math.Inf(1)}, nil))

// equals tells in which granules the least and the greatest value are both k.
func (p *pruner) equals(least, greatest *batch.Vector, k *expr.Const) ([]bool, error) {
	below, err := p.holds("equals", least, k)
	if err != nil {
		return nil, err
	}
	above, err := p.holds("equals", greatest, k)
	return intersect(below, above), err
}

func intersect(a, b []bool) []bool {
	switch {
	case a == nil:
		return b
	case b == nil:
		return a
	}
	for i := range a {
		a[i] = a[i] && b[i]
	}
	return a
}

// may is prune for one condition; nil stands for all granules.
func (p *pruner) may(e expr.Expr) ([]bool, error) {
	switch e := e.(type) {
	case *expr.Call:
		switch e.Name {
		case "and":
			return p.and(e.Args)
		case "or":
			return p.or(e.Args)
		case "equals", "less", "lessOrEquals", "greater", "greaterOrEquals":
			return p.compare(e.Name, e.Args[0], e.Args[1])
		}
	case *expr.In:
		return p.in(e)
	}
	return nil, nil
}

func (p *pruner) and(args []expr.Expr) ([]bool, error) {
	var keep []bool
	for _, a := range args {
		m, err := p.may(a)
		if err != nil {
			return nil, err
		}
		keep = intersect(keep, m)
	}
	return keep, nil
}

func (p *pruner) or(args []expr.Expr) ([]bool, error) {
	keep := make([]bool, p.granules)
	for _, a := range args {
		m, err := p.may(a)
		if err != nil || m == nil {
			return nil, err
		}
		for i := range keep {
			keep[i] = keep[i] || m[i]
		}
	}
	return keep, nil
}

var flipped = map[string]string{
	"equals": "equals", "less": "greater", "lessOrEquals": "greaterOrEquals",
	"greater": "less", "greaterOrEquals": "lessOrEquals",
}

func (p *pruner) compare(op string, left, right expr.Expr) ([]bool, error) {
	if _, ok := left.(*expr.Const); ok {
		left, right, op = right, left, flipped[op]
	}
	c, ok := right.(*expr.Const)
	if !ok || c.Vec.IsNull(0) {
		return nil, nil
	}
	if col, ok := left.(*expr.Column); ok && op == "equals" && c.Type().Kind.IsString() && col.Type().Kind.IsString() {
		return p.equalText(col, c.Type(), [][]byte{c.Vec.Bytes(0)}), nil
	}
	return p.ranges(op, left, c)
}

// equalText finds the granules that may have one of the values, which are of type t;
// nil where that is not known. Values that a FixedString is compared with are padded to
// its width, as its own are; a FixedString equals a String with any zeros at its end.
func (p *pruner) equalText(col *expr.Column, t types.Type, values [][]byte) []bool {
	switch {
	case col.Type().Kind == types.FixedString:
		width := int(col.Type().Width)
		var padded [][]byte
		for _, v := range values {
			if v = bytes.TrimRight(v, "\x00"); len(v) <= width {
				padded = append(padded, append(slices.Clone(v), make([]byte, width-len(v))...))
			}
		}
		values = padded
	case t.Kind == types.FixedString:
		return nil
	}
	keep := make([]bool, p.granules)
	for _, v := range values {
		may := p.part.MayContain(&p.spec.Columns[col.Pos], v)
		if may == nil {
			return nil
		}
		for g := range keep {
			keep[g] = keep[g] || may[g]
		}
	}
	return keep
}

// ranges prunes f(column) op constant for a monotonic f: the condition is
// evaluated on f of the granules' least and greatest values.
func (p *pruner) ranges(op string, left expr.Expr, c *expr.Const) ([]bool, error) {
	cols := expr.Columns(left)
	if len(cols) != 1 || !monotonic(left) {
		return nil, nil
	}
	least, greatest, err := p.images(left, cols[0])
	if least == nil || err != nil {
		return nil, err
	}
	switch op {
	case "less", "lessOrEquals":
		return p.holds(op, least, c)
	case "greater", "greaterOrEquals":
		return p.holds(op, greatest, c)
	}
	below, err := p.holds("lessOrEquals", least, c)
	if err != nil {
		return nil, err
	}
	above, err := p.holds("greaterOrEquals", greatest, c)
	return intersect(below, above), err
}

// images are the least and the greatest value of a monotonic expression in each
// granule, or values beyond them; nil when they are not known.
func (p *pruner) images(left expr.Expr, col int) (least, greatest *batch.Vector, err error) {
	lo, hi := p.part.Bounds(&p.spec.Columns[col])
	if lo == nil {
		return nil, nil, nil
	}
	if _, bare := left.(*expr.Column); !bare && isTime(lo.Type) {
		if !isNarrow(lo) || !isNarrow(hi) {
			return nil, nil, nil
		}
		lo, hi = widen(lo, false), widen(hi, true)
	}
	if least, err = p.image(left, col, lo); err != nil {
		return nil, nil, err
	}
	greatest, err = p.image(left, col, hi)
	return least, greatest, err
}

func (p *pruner) image(e expr.Expr, col int, v *batch.Vector) (*batch.Vector, error) {
	b := &batch.Batch{Cols: make([]*batch.Vector, len(p.spec.Columns)), Rows: v.Len}
	b.Cols[col] = v
	return expr.Eval(p.ctx, e, b)
}

// holds evaluates v op c row by row.
func (p *pruner) holds(op string, v *batch.Vector, c *expr.Const) ([]bool, error) {
	e := p.comparison(op, v.Type, c)
	if e == nil {
		return nil, nil
	}
	if cap(p.sel) < v.Len {
		p.sel = make([]uint32, v.Len)
	}
	sel, err := expr.FilterInto(p.ctx, e, &batch.Batch{Cols: []*batch.Vector{v}, Rows: v.Len}, nil, p.sel)
	if err != nil {
		return nil, err
	}
	keep := make([]bool, p.granules)
	for _, g := range sel {
		keep[g] = true
	}
	return keep, nil
}

// comparison compares a column 0 with a constant; nil where types that don't compare
// can't prune. The same is asked of all parts.
func (p *pruner) comparison(op string, t types.Type, c *expr.Const) expr.Expr {
	for _, k := range p.compared {
		if k.op == op && k.c == c && k.t.Equal(t) {
			return k.e
		}
	}
	k := comparison{op: op, c: c, t: t}
	if e, err := expr.NewCall(p.ctx, op, []expr.Expr{&expr.Column{Pos: 0, T: t}, c}); err == nil {
		k.e = e
	}
	if len(p.compared) < maxPrunedSet {
		p.compared = append(p.compared, k)
	}
	return k.e
}

// maxPrunedSet bounds the values of an IN that are compared with granules.
const maxPrunedSet = 256

func (p *pruner) in(e *expr.In) ([]bool, error) {
	if e.Negate || e.Set.Len() > maxPrunedSet || len(e.Set.Keys()) != 1 {
		return nil, nil
	}
	values := e.Set.Rows().Cols[0]
	if col, ok := e.Arg.(*expr.Column); ok && col.Type().Kind.IsString() && values.Type.IsString() {
		texts := make([][]byte, values.Len)
		for i := range texts {
			texts[i] = values.Bytes(i)
		}
		return p.equalText(col, values.Type, texts), nil
	}
	keep := make([]bool, p.granules)
	for i := range values.Len {
		m, err := p.ranges("equals", e.Arg, expr.NewConst(values.Slice(i, i+1)))
		if err != nil || m == nil {
			return nil, err
		}
		for g := range keep {
			keep[g] = keep[g] || m[g]
		}
	}
	return keep, nil
}
