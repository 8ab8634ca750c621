package expr

import (
	"bytes"
	"cmp"
	"slices"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/chcode"
	"github.com/freshetdb/freshet/columnar/kernel"
	"github.com/freshetdb/freshet/columnar/types"
)

// comparisonFunctions are =, !=, <, <=, >, >=.
func comparisonFunctions() []*function {
	list := []struct {
		name, text string
		op         kernel.Op
	}{
		{"equals", "Tells whether a equals b.", kernel.EQ},
		{"notEquals", "Tells whether a differs from b.", kernel.NE},
		{"less", "Tells whether a is less than b.", kernel.LT},
		{"lessOrEquals", "Tells whether a is less than or equal to b.", kernel.LE},
		{"greater", "Tells whether a is greater than b.", kernel.GT},
		{"greaterOrEquals", "Tells whether a is greater than or equal to b.", kernel.GE},
	}
	var out []*function
	for _, c := range list {
		out = append(out, &function{
			Info: Info{
				Name: c.name, Syntax: c.name + "(a, b)", Description: c.text, Returns: "UInt8",
				Category: "Comparison", Example: c.name + "(1, 2)",
			},
			min: 2, max: 2, bind: func(s *site) (bound, error) { return bindComparison(s, c.op) },
		})
	}
	return out
}

func bindComparison(s *site, op kernel.Op) (bound, error) {
	if err := alignComparison(s, op); err != nil {
		if _, never := err.(neverEqualError); never { //nolint:errorlint // made by alignComparison itself
			return constantComparison(op == kernel.NE), nil
		}
		return bound{}, err
	}
	a, b := s.types[0], s.types[1]
	ret := types.Of(types.UInt8)
	switch {
	case a.IsString() && b.IsString():
		fixed := a.Kind == types.FixedString || b.Kind == types.FixedString
		return bound{ret: ret, run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
			return compareText(op, r, args, fixed), nil
		}}, nil
	case a.Kind == types.Tuple && b.Kind == types.Tuple:
		return bindTupleComparison(s, op)
	case a.Kind == types.Array && b.Kind == types.Array:
		return bound{ret: ret, run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
			return compareRows(op, r, args), nil
		}}, nil
	case a.Kind == types.Decimal || b.Kind == types.Decimal || a.Kind == types.DateTime64 || b.Kind == types.DateTime64:
		return bindScaledComparison(a, b, op), nil
	case a.Phys() == types.PhysB16 && a.Kind == b.Kind:
		return bound{ret: ret, run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
			out := make([]uint8, r.n)
			kernel.CompareBy(op, out, args[0].Data.([]types.Bytes16), args[1].Data.([]types.Bytes16), compareBytes16)
			return vec(out), nil
		}}, nil
	default:
		return bound{ret: ret, run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
			return vec(compareNumbers(op, r.n, args[0].Data, args[1].Data)), nil
		}}, nil
	}
}

// neverEqualError says that an enum has no such name, or an integer type no such value.
type neverEqualError struct{}

func (neverEqualError) Error() string { return "never equal" }

// constantComparison is the answer when the values can't be equal.
func constantComparison(is bool) bound {
	return bound{ret: types.Of(types.UInt8), run: func(r *run, _ []*batch.Vector) (*batch.Vector, error) {
		out := make([]uint8, r.n)
		for i := range out {
			out[i] = truth(is)
		}
		return vec(out), nil
	}}
}

// alignComparison converts the arguments to types that can be compared.
func alignComparison(s *site, op kernel.Op) error {
	a, b := s.types[0], s.types[1]
	switch {
	case a.Kind == b.Kind && a.Kind != types.Array && a.Unit == b.Unit:
		return nil
	case a.IsString() && b.IsString(), comparableNumbers(a, b):
		return nil
	case a.IsString():
		return alignText(s, op, 0, 1)
	case b.IsString():
		return alignText(s, op, 1, 0)
	case a.Kind == types.Array && b.Kind == types.Array, a.Kind == types.Interval && b.Kind == types.Interval,
		(a.IsDate() || a.IsTime()) && (b.IsDate() || b.IsTime()):
		t, err := Supertype(a, b)
		if err != nil {
			return err
		}
		if t.Kind == types.DateTime && (a.IsDate() || b.IsDate()) {
			t = types.DateTime64Of(0, t.Zone) // days that no DateTime has still compare
		}
		return castBoth(s, t)
	case (a.IsTime() || a.Kind == types.Interval) && plainNumber(b), (b.IsTime() || b.Kind == types.Interval) && plainNumber(a):
		return nil
	case isIP(a) && isIP(b):
		return castBoth(s, types.Of(types.IPv6))
	case a.Kind == types.IPv4 && b.IsInteger(), b.Kind == types.IPv4 && a.IsInteger():
		return nil
	default:
		return s.illegalAll()
	}
}

func isIP(t types.Type) bool { return t.Kind == types.IPv4 || t.Kind == types.IPv6 }

func castBoth(s *site, t types.Type) error {
	if err := s.cast(0, t); err != nil {
		return err
	}
	return s.cast(1, t)
}

// comparableNumbers tells whether both are numbers of some kind; dates are none.
func comparableNumbers(a, b types.Type) bool {
	return (a.IsNumeric() || a.IsEnum()) && (b.IsNumeric() || b.IsEnum())
}

// alignText makes a string constant a value of the other argument's type; an
// enum that is compared with a column of strings is printed instead.
func alignText(s *site, op kernel.Op, text, other int) error {
	t := s.types[other]
	c := s.constant(text)
	switch {
	case c == nil && t.IsEnum():
		return s.cast(other, types.Of(types.String))
	case c == nil:
		return chcode.Errorf(chcode.NoCommonType, "There is no supertype for types %s, %s", s.args[0].Type(), s.args[1].Type())
	case c.isNull():
		null := t
		null.Nullable = true
		s.replace(text, NewConst(batch.NewNulls(null, 1)))
		s.types[text] = t
		return nil
	}
	v, err := ReadText(s.ctx, c.Vec.Slice(0, 1).Expand(), t)
	switch {
	case err != nil && t.IsEnum() && op == kernel.EQ:
		return neverEqualError{}
	case err != nil:
		return err
	case t.IsInteger() || t.Kind == types.Decimal:
		e, err := NewCast(s.ctx, NewConst(v), t, CastAccurateOrNull)
		if err != nil {
			return err
		}
		narrow, err := e.eval(&env{ctx: s.ctx, rows: 1})
		switch {
		case err != nil:
			return err
		case !narrow.IsNull(0):
			v = narrow.WithType(t)
			v.Nulls = nil
		case t.IsInteger():
			return neverEqualError{}
		}
	}
	value := NewConst(v)
	value.Name = c.String()
	s.replace(text, value)
	s.types[text] = v.Type
	return nil
}

// ReadText reads constant texts that stand beside values of type t. Integers and Decimals
// come in the largest type of their kind: what is beyond t is no fault. Integers wrap
// around at 64 bits, as in ClickHouse.
func ReadText(ctx *Ctx, texts *batch.Vector, t types.Type) (*batch.Vector, error) {
	wide := t
	switch {
	case t.Kind == types.Decimal:
		wide = types.DecimalOf(types.MaxDecimalPrecision, int(t.Scale))
	case t.Kind >= types.UInt8 && t.IsInteger():
		wide = types.Of(types.UInt64)
	case t.IsInteger():
		wide = types.Of(types.Int64)
	}
	wide.Nullable = texts.Type.Nullable
	e, err := NewCast(ctx, &Column{T: texts.Type}, wide, CastInternal)
	if err != nil {
		return nil, err
	}
	v, err := Eval(ctx, e, batch.New(nil, []*batch.Vector{texts}, texts.Len))
	for i := 0; i < texts.Len && err == nil && t.IsDate(); i++ {
		if b := texts.Bytes(i); !texts.IsNull(i) && bytes.ContainsAny(b, " T") { // a cast would drop the time of day
			err = types.TextError(types.FaultTrailing, b, t)
		}
	}
	switch code := chcode.Of(err); {
	case err != nil && (code == chcode.CannotParseText || (code == chcode.CannotParseNumber && !t.IsFloat())):
		return nil, chcode.Errorf(chcode.TypeMismatch, "Type mismatch: %w", err)
	case err != nil:
		return nil, err
	}
	return v.Expand(), nil
}

// replace puts an argument in the place of another.
func (s *site) replace(i int, e Expr) {
	s.args = slices.Clone(s.args)
	s.args[i] = e
}

// compareText compares strings; zero bytes that pad a FixedString do not count.
func compareText(op kernel.Op, r *run, args []*batch.Vector, fixed bool) *batch.Vector {
	out := make([]uint8, r.n)
	a, b := args[0].Strings(), args[1].Strings()
	if !fixed {
		kernel.CompareStrings(op, out, a, b)
		return vec(out)
	}
	x, y := stringsOf(args[0]), stringsOf(args[1])
	for i := range out {
		if op.Holds(bytes.Compare(trimmed(x(i)), trimmed(y(i)))) {
			out[i] = 1
		}
	}
	return vec(out)
}

func compareBytes16(a, b types.Bytes16) int { return bytes.Compare(a[:], b[:]) }

// compareNumbers compares plain number columns of any two forms by value.
func compareNumbers(op kernel.Op, n int, a, b any) []uint8 {
	out := make([]uint8, n)
	if x, ok := sameForm(a, b); ok {
		compareSame(op, out, a, x)
		return out
	}
	if x, ok := sameForm(b, a); ok {
		compareSame(op, out, x, b)
		return out
	}
	switch {
	case isFloats(a) && isFloats(b), smallInts(a) && isFloats(b), isFloats(a) && smallInts(b):
		kernel.Compare(op, out, toFloats(a), toFloats(b))
	case isFloats(b):
		compareWithFloat(op, out, a, toFloats(b))
	case isFloats(a):
		compareWithFloat(op.Swap(), out, b, toFloats(a))
	case isUint64(a):
		kernel.CompareBy(op.Swap(), out, toInts(b), a.([]uint64), kernel.CompareIntUint)
	case isUint64(b):
		kernel.CompareBy(op, out, toInts(a), b.([]uint64), kernel.CompareIntUint)
	default:
		kernel.Compare(op, out, toInts(a), toInts(b))
	}
	return out
}

func toInts(d any) []int64     { return kernel.ConvertTo(types.PhysI64, d).([]int64) }
func toFloats(d any) []float64 { return kernel.ConvertTo(types.PhysF64, d).([]float64) }

func isFloats(d any) bool {
	switch d.(type) {
	case []float32, []float64:
		return true
	default:
		return false
	}
}

func isUint64(d any) bool { _, ok := d.([]uint64); return ok }

// smallInts tells whether every value is exact as a float64.
func smallInts(d any) bool {
	switch d.(type) {
	case []uint64, []int64, []float32, []float64:
		return false
	default:
		return true
	}
}

// sameForm is b in the form of a: as it is, or converted when it is one integer
// that fits.
func sameForm(a, b any) (any, bool) {
	pa, pb := formOf(a), formOf(b)
	if pa == pb {
		return b, true
	}
	if isFloats(a) || isFloats(b) || lengthOf(b) != 1 {
		return nil, false
	}
	x := kernel.ConvertTo(pa, b)
	fits := toInts(x)[0] == toInts(b)[0] && (toInts(b)[0] >= 0 || (pa != types.PhysU64 && pb != types.PhysU64))
	return x, fits
}

func lengthOf(d any) int {
	switch d := d.(type) {
	case []uint8:
		return len(d)
	case []uint16:
		return len(d)
	case []uint32:
		return len(d)
	case []uint64:
		return len(d)
	case []int8:
		return len(d)
	case []int16:
		return len(d)
	case []int32:
		return len(d)
	case []int64:
		return len(d)
	default:
		return -1
	}
}

func formOf(d any) types.Phys {
	switch d.(type) {
	case []uint8:
		return types.PhysU8
	case []uint16:
		return types.PhysU16
	case []uint32:
		return types.PhysU32
	case []uint64:
		return types.PhysU64
	case []int8:
		return types.PhysI8
	case []int16:
		return types.PhysI16
	case []int32:
		return types.PhysI32
	case []int64:
		return types.PhysI64
	case []float32:
		return types.PhysF32
	default:
		return types.PhysF64
	}
}

func compareSame(op kernel.Op, out []uint8, a, b any) {
	switch a := a.(type) {
	case []uint8:
		kernel.Compare(op, out, a, b.([]uint8))
	case []uint16:
		kernel.Compare(op, out, a, b.([]uint16))
	case []uint32:
		kernel.Compare(op, out, a, b.([]uint32))
	case []uint64:
		kernel.Compare(op, out, a, b.([]uint64))
	case []int8:
		kernel.Compare(op, out, a, b.([]int8))
	case []int16:
		kernel.Compare(op, out, a, b.([]int16))
	case []int32:
		kernel.Compare(op, out, a, b.([]int32))
	case []int64:
		kernel.Compare(op, out, a, b.([]int64))
	case []float32:
		kernel.Compare(op, out, a, b.([]float32))
	default:
		kernel.Compare(op, out, a.([]float64), b.([]float64))
	}
}

// compareWithFloat compares 64-bit integers with floats exactly.
func compareWithFloat(op kernel.Op, out []uint8, a any, b []float64) {
	if u, ok := a.([]uint64); ok {
		for i := range out {
			c, ordered := kernel.CompareUintFloat(pick(u, i), pick(b, i))
			out[i] = holds(op, c, ordered)
		}
		return
	}
	ints := toInts(a)
	for i := range out {
		c, ordered := kernel.CompareIntFloat(pick(ints, i), pick(b, i))
		out[i] = holds(op, c, ordered)
	}
}

func holds(op kernel.Op, c int, ordered bool) uint8 {
	if (ordered && op.Holds(c)) || (!ordered && op == kernel.NE) {
		return 1
	}
	return 0
}

// bindScaledComparison compares where one side is a Decimal or DateTime64.
func bindScaledComparison(a, b types.Type, op kernel.Op) bound {
	ret := types.Of(types.UInt8)
	if a.IsFloat() || b.IsFloat() {
		return bound{ret: ret, run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
			out := make([]uint8, r.n)
			kernel.Compare(op, out, scaledFloats(args[0], a), scaledFloats(args[1], b))
			return vec(out), nil
		}}
	}
	scale := max(a.Scale, b.Scale)
	shiftA, shiftB := int(scale-a.Scale), int(scale-b.Scale)
	if shiftA == 0 && shiftB == 0 && a.Phys() == types.PhysI64 && b.Phys() == types.PhysI64 {
		return bound{ret: ret, run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
			out := make([]uint8, r.n)
			kernel.Compare(op, out, args[0].Data.([]int64), args[1].Data.([]int64))
			return vec(out), nil
		}}
	}
	return bound{ret: ret, run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
		out := make([]uint8, r.n)
		kernel.CompareBy(op, out, decimals(args[0]), decimals(args[1]), func(x, y types.Int128) int {
			return compareScaled(x, shiftA, y, shiftB)
		})
		return vec(out), nil
	}}
}

// compareScaled orders x*10**shiftX and y*10**shiftY; one shift is zero.
func compareScaled(x types.Int128, shiftX int, y types.Int128, shiftY int) int {
	p, okP := rescaled(x, shiftX)
	q, okQ := rescaled(y, shiftY)
	switch {
	case !okP:
		return x.Sign()
	case !okQ:
		return -y.Sign()
	default:
		return p.Cmp(q)
	}
}

func scaledFloats(v *batch.Vector, t types.Type) []float64 {
	if t.Kind == types.DateTime64 {
		return decimalFloats(v.WithType(types.DecimalOf(18, int(t.Scale))))
	}
	return floats(v)
}

// compareRows compares arrays element by element.
func compareRows(op kernel.Op, r *run, args []*batch.Vector) *batch.Vector {
	out := make([]uint8, r.n)
	compare := comparator(args[0], args[1])
	for i := range out {
		if op.Holds(compare(args[0].Row(i), args[1].Row(i))) {
			out[i] = 1
		}
	}
	return vec(out)
}

// comparator orders an element of a and one of b, columns of the same type, by
// their indexes in Data. NULL is greater than all values; NaN too.
func comparator(a, b *batch.Vector) func(i, j int) int { return comparatorTo(a, b, 1) }

// comparatorTo is comparator with NULL and NaN, also inside of arrays and tuples, greater
// (end 1) or less (-1) than all values.
func comparatorTo(a, b *batch.Vector, end int) func(i, j int) int {
	values := valueComparator(a, b, end)
	if a.Nulls == nil && b.Nulls == nil {
		return values
	}
	return func(i, j int) int {
		x, y := a.Nulls != nil && a.Nulls[i], b.Nulls != nil && b.Nulls[j]
		switch {
		case x && y:
			return 0
		case x:
			return end
		case y:
			return -end
		default:
			return values(i, j)
		}
	}
}

func valueComparator(a, b *batch.Vector, end int) func(i, j int) int {
	switch x := a.Data.(type) {
	case []uint8:
		return ordered(x, b.Data)
	case []uint16:
		return ordered(x, b.Data)
	case []uint32:
		return ordered(x, b.Data)
	case []uint64:
		return ordered(x, b.Data)
	case []int8:
		return ordered(x, b.Data)
	case []int16:
		return ordered(x, b.Data)
	case []int32:
		return ordered(x, b.Data)
	case []int64:
		return ordered(x, b.Data)
	case []float32:
		return orderedFloats(x, b.Data.([]float32), end)
	case []float64:
		return orderedFloats(x, b.Data.([]float64), end)
	case []types.Int128:
		y := b.Data.([]types.Int128)
		return func(i, j int) int { return x[i].Cmp(y[j]) }
	case []types.Bytes16:
		y := b.Data.([]types.Bytes16)
		return func(i, j int) int { return compareBytes16(x[i], y[j]) }
	case batch.Strings, batch.Symbols:
		p, q := a.Strings(), b.Strings()
		return func(i, j int) int { return bytes.Compare(p.At(i), q.At(j)) }
	case batch.Lists:
		return orderedLists(x, b.Data.(batch.Lists), end)
	case []*batch.Vector:
		return orderedTuples(x, b.Data.([]*batch.Vector), end)
	default:
		return func(int, int) int { return 0 }
	}
}

func ordered[T kernel.Int](x []T, other any) func(i, j int) int {
	y := other.([]T)
	return func(i, j int) int { return cmp.Compare(x[i], y[j]) }
}

func orderedFloats[T kernel.Float](x, y []T, end int) func(i, j int) int {
	return func(i, j int) int {
		p, q := x[i], y[j]
		switch {
		case p < q:
			return -1
		case p > q:
			return 1
		case p == q:
			return 0
		case p == p: //nolint:gocritic // p is a number, q is NaN
			return -end
		case q == q: //nolint:gocritic // q is a number, p is NaN
			return end
		default:
			return 0
		}
	}
}

func orderedLists(x, y batch.Lists, end int) func(i, j int) int {
	elems := comparatorTo(x.Elems, y.Elems, end)
	return func(i, j int) int {
		p, q := x.Offsets[i], y.Offsets[j]
		for p < x.Offsets[i+1] && q < y.Offsets[j+1] {
			if c := elems(x.Elems.Row(int(p)), y.Elems.Row(int(q))); c != 0 {
				return c
			}
			p, q = p+1, q+1
		}
		return cmp.Compare(x.Offsets[i+1]-p, y.Offsets[j+1]-q)
	}
}

func orderedTuples(x, y []*batch.Vector, end int) func(i, j int) int {
	parts := make([]func(i, j int) int, len(x))
	for k := range x {
		parts[k] = comparatorTo(x[k], y[k], end)
	}
	return func(i, j int) int {
		for k, part := range parts {
			if c := part(x[k].Row(i), y[k].Row(j)); c != 0 {
				return c
			}
		}
		return 0
	}
}

// bindTupleComparison compares element by element with the comparisons of the
// elements' types, so that NULL elements give NULL.
func bindTupleComparison(s *site, op kernel.Op) (bound, error) {
	a, b := s.types[0], s.types[1]
	n := len(a.Elems)
	if n != len(b.Elems) {
		return bound{}, s.illegalAll()
	}
	e, err := tupleExpr(s.ctx, op, tupleElements(s, 0), tupleElements(s, 1))
	if err != nil {
		return bound{}, err
	}
	return bound{ret: e.Type(), canThrow: CanThrow(e), run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
		sub := &env{ctx: r.ctx, rows: r.n}
		for _, arg := range args {
			for _, p := range arg.Data.([]*batch.Vector) {
				if arg.Const && r.n != 1 {
					one := *p
					p = batch.NewConst(&one, r.n)
				}
				sub.cols = append(sub.cols, p)
			}
		}
		return e.eval(sub)
	}}, nil
}

// tupleElements are the elements of a tuple that is argument i of two: columns,
// those of the second behind those of the first, or constants, so that text is
// read as what it is compared with.
func tupleElements(s *site, i int) []Expr {
	elems := s.types[i].Elems
	out := make([]Expr, len(elems))
	c := s.constant(i)
	for k, t := range elems {
		if c != nil {
			out[k] = NewConst(c.Vec.Data.([]*batch.Vector)[k].Slice(0, 1).Expand())
			continue
		}
		out[k] = &Column{Pos: i*len(elems) + k, Name: string('a' + rune(i)), T: t}
	}
	return out
}

// tupleExpr compares tuples element by element.
func tupleExpr(ctx *Ctx, op kernel.Op, a, b []Expr) (Expr, error) {
	if len(a) == 0 {
		v := []uint8{0}
		if op.Holds(0) {
			v[0] = 1
		}
		return NewConst(batch.NewFixed(types.Of(types.UInt8), v, nil)), nil
	}
	x, y := a[0], b[0]
	call := func(name string, args ...Expr) (Expr, error) { return NewCall(ctx, name, args) }
	name := [...]string{"equals", "notEquals", "less", "lessOrEquals", "greater", "greaterOrEquals"}[op]
	head, err := call(name, x, y)
	if err != nil || len(a) == 1 {
		return head, err
	}
	rest, err := tupleExpr(ctx, op, a[1:], b[1:])
	if err != nil {
		return nil, err
	}
	switch op {
	case kernel.EQ:
		return call("and", head, rest)
	case kernel.NE:
		return call("or", head, rest)
	case kernel.LT, kernel.LE:
		head, err = call("less", x, y)
	default:
		head, err = call("greater", x, y)
	}
	if err != nil {
		return nil, err
	}
	same, err := call("equals", x, y)
	if err != nil {
		return nil, err
	}
	tie, err := call("and", same, rest)
	if err != nil {
		return nil, err
	}
	return call("or", head, tie)
}
