package expr

import (
	"math"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/chcode"
	"github.com/freshetdb/freshet/columnar/kernel"
	"github.com/freshetdb/freshet/columnar/types"
)

// arithFunctions are the four operations and integer division.
func arithFunctions() []*function {
	const cat = "Arithmetic"
	return []*function{
		{Info: Info{Name: "plus", Syntax: "plus(a, b)", Description: "Adds two numbers, a date and an interval, or a date and a number of days or seconds.", Returns: "a number wide enough for most sums, or a date", Category: cat, Example: "plus(1, 2)"}, min: 2, max: 2, bind: bindPlus},
		{Info: Info{Name: "minus", Syntax: "minus(a, b)", Description: "Subtracts b from a: numbers, dates, or an interval from a date.", Returns: "a signed number, or a date", Category: cat, Example: "minus(5, 7)"}, min: 2, max: 2, bind: bindMinus},
		{Info: Info{Name: "multiply", Syntax: "multiply(a, b)", Description: "Multiplies two numbers.", Returns: "a number wide enough for most products", Category: cat, Example: "multiply(6, 7)"}, min: 2, max: 2, bind: bindMultiply},
		{Info: Info{Name: "divide", Syntax: "divide(a, b)", Description: "Divides a by b in floating point, or as decimals.", Returns: "Float64 or Decimal", Category: cat, Example: "divide(1, 4)"}, min: 2, max: 2, bind: bindDivide},
		{Info: Info{Name: "intDiv", Syntax: "intDiv(a, b)", Description: "Divides integers, rounding toward zero; division by zero is an error.", Returns: "an integer as wide as a", Category: cat, Example: "intDiv(7, 2)"}, min: 2, max: 2, bind: bindIntDiv},
		{Info: Info{Name: "intDivOrZero", Syntax: "intDivOrZero(a, b)", Description: "As intDiv, but zero where there is no result.", Returns: "an integer as wide as a", Category: cat, Example: "intDivOrZero(7, 0)"}, min: 2, max: 2, bind: bindIntDiv},
		{Info: Info{Name: "modulo", Aliases: []string{"mod"}, CaseInsensitive: true, Syntax: "modulo(a, b)", Description: "Is the remainder of a divided by b, with the sign of a.", Returns: "an integer as wide as b, or Float64", Category: cat, Example: "modulo(7, 3)"}, min: 2, max: 2, bind: bindModulo},
		{Info: Info{Name: "moduloOrZero", Syntax: "moduloOrZero(a, b)", Description: "As modulo, but zero where b is zero.", Returns: "an integer as wide as b, or Float64", Category: cat, Example: "moduloOrZero(7, 0)"}, min: 2, max: 2, bind: bindModulo},
		{Info: Info{Name: "positiveModulo", Aliases: []string{"positive_modulo", "pmod"}, CaseInsensitive: true, Syntax: "positiveModulo(a, b)", Description: "Is the remainder of a divided by b, never negative.", Returns: "an unsigned integer as wide as b, or Float64", Category: cat, Example: "positiveModulo(-7, 3)"}, min: 2, max: 2, bind: bindModulo},
		{Info: Info{Name: "negate", Syntax: "negate(x)", Description: "Changes the sign of a number.", Returns: "a signed number", Category: cat, Example: "negate(5)"}, min: 1, max: 1, bind: bindNegate},
		{Info: Info{Name: "abs", CaseInsensitive: true, Syntax: "abs(x)", Description: "Is the absolute value.", Returns: "an unsigned number of the same width, Float or Decimal", Category: cat, Example: "abs(-5)"}, min: 1, max: 1, bind: bindAbs},
		{Info: Info{Name: "sign", CaseInsensitive: true, Syntax: "sign(x)", Description: "Is -1, 0 or 1 for negative numbers, zero and positive numbers.", Returns: "Int8", Category: cat, Example: "sign(-5)"}, min: 1, max: 1, bind: bindSign},
		{Info: Info{Name: "gcd", Syntax: "gcd(a, b)", Description: "Is the greatest common divisor.", Returns: "an integer", Category: cat, Example: "gcd(12, 18)"}, min: 2, max: 2, bind: bindGCD},
		{Info: Info{Name: "lcm", Syntax: "lcm(a, b)", Description: "Is the least common multiple.", Returns: "an integer", Category: cat, Example: "lcm(4, 6)"}, min: 2, max: 2, bind: bindGCD},
	}
}

// plain is a number that is neither Decimal nor a date: what the integer and
// float rules apply to.
func plainNumber(t types.Type) bool { return t.IsInteger() || t.IsFloat() || t.Kind == types.Bool }

func isSigned(t types.Type) bool { return !t.IsUnsigned() }

// widened is the integer with twice the bits, at most 64.
func widened(bits int, signed bool) types.Type {
	bits = min(bits*2, 64)
	if signed {
		return types.Of(intOf(bits))
	}
	return types.Of(uintOf(bits))
}

// sumType is the type of a sum or product of numbers.
func sumType(a, b types.Type) types.Type {
	if a.IsFloat() || b.IsFloat() {
		return types.Of(types.Float64)
	}
	return widened(8*max(a.Size(), b.Size()), isSigned(a) || isSigned(b))
}

type arithmetic uint8

const (
	opAdd arithmetic = iota
	opSub
	opMul
)

func bindPlus(s *site) (bound, error) {
	if b, ok, err := bindTimeSum(s, 1); ok || err != nil {
		return b, err
	}
	return bindArithmetic(s, opAdd)
}

func bindMinus(s *site) (bound, error) {
	if b, ok, err := bindTimeSum(s, -1); ok || err != nil {
		return b, err
	}
	if b, ok := bindTimeDifference(s); ok {
		return b, nil
	}
	return bindArithmetic(s, opSub)
}

func bindMultiply(s *site) (bound, error) { return bindArithmetic(s, opMul) }

func bindArithmetic(s *site, op arithmetic) (bound, error) {
	a, b := s.types[0], s.types[1]
	switch {
	case decimalOperands(a, b):
		return bindDecimal(s, op)
	case !plainNumber(a) || !plainNumber(b):
		return bound{}, s.illegalAll()
	}
	ret := sumType(a, b)
	if op == opSub && !ret.IsFloat() {
		ret = widened(8*max(a.Size(), b.Size()), true)
	}
	phys := ret.Phys()
	return bound{ret: ret, run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
		x, y := kernel.ConvertTo(phys, args[0].Data), kernel.ConvertTo(phys, args[1].Data)
		return vec(arithAny(op, r.n, x, y)), nil
	}}, nil
}

// arithAny runs the loop for operands that have the result's form.
func arithAny(op arithmetic, n int, a, b any) any {
	switch a := a.(type) {
	case []uint8:
		return arith(op, n, a, b.([]uint8))
	case []uint16:
		return arith(op, n, a, b.([]uint16))
	case []uint32:
		return arith(op, n, a, b.([]uint32))
	case []uint64:
		return arith(op, n, a, b.([]uint64))
	case []int8:
		return arith(op, n, a, b.([]int8))
	case []int16:
		return arith(op, n, a, b.([]int16))
	case []int32:
		return arith(op, n, a, b.([]int32))
	case []int64:
		return arith(op, n, a, b.([]int64))
	case []float32:
		return arith(op, n, a, b.([]float32))
	default:
		return arith(op, n, a.([]float64), b.([]float64))
	}
}

func arith[T kernel.Num](op arithmetic, n int, a, b []T) []T {
	out := make([]T, n)
	switch op {
	case opAdd:
		kernel.Add(out, a, b)
	case opSub:
		kernel.Sub(out, a, b)
	case opMul:
		kernel.Mul(out, a, b)
	}
	return out
}

func bindDivide(s *site) (bound, error) {
	a, b := s.types[0], s.types[1]
	switch {
	case decimalOperands(a, b):
		return bindDecimalDivide(s)
	case !plainNumber(a) || !plainNumber(b):
		return bound{}, s.illegalAll()
	}
	return bound{ret: types.Of(types.Float64), run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
		out := make([]float64, r.n)
		kernel.Div(out, floats(args[0]), floats(args[1]))
		return vec(out), nil
	}}, nil
}

func divError(f kernel.DivFault) error {
	if f == kernel.DivZero {
		return chcode.Errorf(chcode.IllegalDivision, "Division by zero")
	}
	return chcode.Errorf(chcode.IllegalDivision, "Division of minimal signed number by minus one")
}

func bindIntDiv(s *site) (bound, error) {
	a, b := s.types[0], s.types[1]
	orZero := s.name == "intDivOrZero"
	switch {
	case decimalOperands(a, b):
		return bindDecimalIntDiv(s, orZero)
	case !plainNumber(a) || !plainNumber(b):
		return bound{}, s.illegalAll()
	}
	bits := 8 * a.Size()
	ret := types.Of(uintOf(bits))
	if isSigned(a) || isSigned(b) {
		ret = types.Of(intOf(bits))
	}
	d := &division{a: a, b: b, ret: ret, orZero: orZero, quotient: true}
	return bound{ret: ret, canThrow: !orZero, run: d.run}, nil
}

func bindModulo(s *site) (bound, error) {
	a, b := s.types[0], s.types[1]
	orZero := s.name == "moduloOrZero"
	positive := s.name == "positiveModulo"
	switch {
	case decimalOperands(a, b):
		return bindDecimalModulo(s, orZero, positive)
	case a.IsDate() || a.Kind == types.DateTime:
		if !b.IsInteger() {
			return bound{}, s.illegalAll()
		}
		a = types.Of(types.UInt32)
	case !plainNumber(a) || !plainNumber(b):
		return bound{}, s.illegalAll()
	}
	if a.IsFloat() || b.IsFloat() {
		return bindFloatModulo(positive), nil
	}
	bits := 8 * b.Size()
	ret := types.Of(uintOf(bits))
	if isSigned(a) && !positive {
		ret = widened(bits, true)
		if bits == 64 {
			ret = types.Of(types.Int64)
		}
	}
	d := &division{a: a, b: b, ret: ret, orZero: orZero, positive: positive}
	return bound{ret: ret, canThrow: !orZero, run: d.run}, nil
}

// division is intDiv or modulo of two integer types.
type division struct {
	a, b, ret types.Type
	orZero    bool
	quotient  bool
	positive  bool
}

func (d *division) run(r *run, args []*batch.Vector) (*batch.Vector, error) {
	switch {
	case d.a.IsFloat() || d.b.IsFloat():
		return d.floats(r, args)
	case d.a.IsUnsigned() && d.b.IsUnsigned():
		out, err := divide(d, r, asUint(args[0]), asUint(args[1]))
		if err != nil {
			return nil, err
		}
		return vec(kernel.ConvertTo(d.ret.Phys(), out)), nil
	}
	if bits := d.promotedUnsigned(); bits > 0 && !d.quotient {
		out, err := divide(d, r, promoted(args[0], bits), promoted(args[1], bits))
		if err != nil {
			return nil, err
		}
		return vec(kernel.ConvertTo(d.ret.Phys(), out)), nil
	}
	x, y := ints(args[0]), ints(args[1])
	if d.quotient {
		x, y = signedInts(args[0], d.a), signedInts(args[1], d.b)
		if d.a.Size() > d.b.Size() {
			y = signedInts(args[1], d.a)
		}
	}
	if err := d.checkLeast(r, x, y); err != nil {
		return nil, err
	}
	out, err := divide(d, r, x, y)
	if err != nil {
		return nil, err
	}
	if d.positive {
		makePositive(out, y)
	}
	if d.orZero && d.quotient {
		least := int64(-1) << (8*d.a.Size() - 1)
		for i := range out {
			if pick(y, i) == -1 && pick(x, i) == least {
				out[i] = 0
			}
		}
	}
	return vec(kernel.ConvertTo(d.ret.Phys(), out)), nil
}

// promotedUnsigned is the width in which C++, and so ClickHouse, computes the
// remainder of a signed and an unsigned number without a sign; 0: with one.
func (d *division) promotedUnsigned() int {
	unsigned, signed := d.a, d.b
	if isSigned(unsigned) {
		unsigned, signed = d.b, d.a
	}
	if isSigned(unsigned) || unsigned.Size() < 4 || unsigned.Size() < signed.Size() {
		return 0
	}
	return 8 * unsigned.Size()
}

func promoted(v *batch.Vector, bits int) []uint64 {
	wide := types.Of(uintOf(bits))
	return asUint(&batch.Vector{Data: kernel.ConvertTo(wide.Phys(), v.Data)})
}

// signedInts are integers read as signed ones of the same width: what ClickHouse
// divides when one operand has a sign.
func signedInts(v *batch.Vector, t types.Type) []int64 {
	wide := types.Of(intOf(8 * t.Size()))
	return toInts(kernel.ConvertTo(wide.Phys(), v.Data))
}

// floats divides where one operand is a float; the quotient is truncated.
func (d *division) floats(r *run, args []*batch.Vector) (*batch.Vector, error) {
	x, y := floats(args[0]), floats(args[1])
	narrow := d.a.Size() <= 4 && d.b.Size() <= 4 && (d.a.Kind == types.Float32 || d.b.Kind == types.Float32) &&
		d.a.Kind != types.Float64 && d.b.Kind != types.Float64
	lo, hi := intBounds(d.ret)
	out := make([]int64, r.n)
	for i := range out {
		q := pick(x, i) / pick(y, i)
		if narrow {
			q = float64(float32(pick(x, i)) / float32(pick(y, i)))
		}
		if pick(y, i) == 0 || math.IsNaN(q) || q >= hi || q <= lo-1 {
			if !d.orZero && !r.skips(i) {
				return nil, chcode.Errorf(chcode.IllegalDivision,
					"Cannot perform integer division, because it will produce infinite or too large number")
			}
			continue
		}
		out[i] = truncated(q, d.ret.Kind == types.UInt64)
	}
	return vec(kernel.ConvertTo(d.ret.Phys(), out)), nil
}

func asUint(v *batch.Vector) []uint64 { return kernel.ConvertTo(types.PhysU64, v.Data).([]uint64) }

func divide[T kernel.Int](d *division, r *run, x, y []T) ([]T, error) {
	out := make([]T, r.n)
	if !d.orZero {
		loop := kernel.Mod[T]
		if d.quotient {
			loop = kernel.IntDiv[T]
		}
		if f := loop(out, x, y, r.skip); f != kernel.DivOK {
			return nil, divError(f)
		}
		return out, nil
	}
	for i := range out {
		a, b := pick(x, i), pick(y, i)
		switch minusOne := T(0) - 1; {
		case b == 0, minusOne < 0 && b == minusOne && a == -a:
		case d.quotient:
			out[i] = a / b
		default:
			out[i] = a % b
		}
	}
	return out, nil
}

// checkLeast finds the least number of a narrow type divided by -1, which
// ClickHouse refuses although the wide loop could do it.
func (d *division) checkLeast(r *run, x, y []int64) error {
	if d.orZero {
		return nil
	}
	least := int64(-1) << (8*d.a.Size() - 1)
	for i := range r.n {
		if pick(y, i) == -1 && pick(x, i) == least && !r.skips(i) {
			return divError(kernel.DivOverflow)
		}
	}
	return nil
}

func makePositive(out, y []int64) {
	for i, m := range out {
		if m < 0 {
			out[i] = m + max(pick(y, i), -pick(y, i))
		}
	}
}
