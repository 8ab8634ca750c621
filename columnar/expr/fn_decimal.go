package expr

import (
	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/chcode"
	"github.com/freshetdb/freshet/columnar/kernel"
	"github.com/freshetdb/freshet/columnar/types"
)

// decimalOperands tells whether an operation is one of decimals: one operand is
// a Decimal, the other one as well or a number.
func decimalOperands(a, b types.Type) bool {
	return (a.Kind == types.Decimal && b.IsNumeric()) || (b.Kind == types.Decimal && a.IsNumeric())
}

// decimalResult is the type of a result with a scale: as wide as the wider
// operand; beside an integer a Decimal keeps its precision.
func decimalResult(s *site, scale int) (types.Type, error) {
	a, b := s.types[0], s.types[1]
	precision := 0
	switch {
	case a.Kind != types.Decimal:
		precision = int(b.Precision)
	case b.Kind != types.Decimal:
		precision = int(a.Precision)
	default:
		precision = widestDecimal(max(int(a.Precision), int(b.Precision)))
	}
	if scale > precision {
		return types.Type{}, chcode.Errorf(chcode.ArgumentOutOfBound, "Scale %d is out of bounds (max scale: %d)",
			scale, precision)
	}
	return types.DecimalOf(precision, scale), nil
}

func decimalMathOverflow() error {
	return chcode.Errorf(chcode.DecimalOverflow, "Decimal math overflow")
}

func bindDecimal(s *site, op arithmetic) (bound, error) {
	a, b := s.types[0], s.types[1]
	if a.IsFloat() || b.IsFloat() {
		return bound{ret: types.Of(types.Float64), run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
			return vec(arith(op, r.n, floats(args[0]), floats(args[1]))), nil
		}}, nil
	}
	sa, sb := int(a.Scale), int(b.Scale)
	scale := max(sa, sb)
	shiftA, shiftB := scale-sa, scale-sb
	if op == opMul {
		scale, shiftA, shiftB = sa+sb, 0, 0
	}
	ret, err := decimalResult(s, scale)
	if err != nil {
		return bound{}, err
	}
	narrow := op != opMul && shiftA == 0 && shiftB == 0 && ret.Size() == 8 && a.Phys() == types.PhysI64 && b.Phys() == types.PhysI64
	return bound{ret: ret, canThrow: true, run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
		if narrow {
			return sumDecimal64(r, op, args[0].Data.([]int64), args[1].Data.([]int64))
		}
		return decimalLoop(r, ret, args, func(x, y types.Int128) (types.Int128, error) {
			x, okX := rescaled(x, shiftA)
			y, okY := rescaled(y, shiftB)
			var z types.Int128
			var over bool
			switch op {
			case opAdd:
				z, over = x.Add(y)
			case opSub:
				z, over = x.Sub(y)
			case opMul:
				z, over = x.Mul(y)
			}
			if !okX || !okY || over {
				return z, decimalMathOverflow()
			}
			return z, nil
		})
	}}, nil
}

// sumDecimal64 adds or subtracts decimals of one scale in 64 bits.
func sumDecimal64(r *run, op arithmetic, x, y []int64) (*batch.Vector, error) {
	out := arith(op, r.n, x, y)
	for i, z := range out {
		a, b := pick(x, i), pick(y, i)
		if op == opSub {
			b = ^b // of the other sign than b
		}
		if (a^z)&(b^z) < 0 && !r.skips(i) {
			return nil, decimalMathOverflow()
		}
	}
	return vec(out), nil
}

// decimalLoop applies op to unscaled values and checks that the results fit.
func decimalLoop(
	r *run, ret types.Type, args []*batch.Vector, op func(x, y types.Int128) (types.Int128, error),
) (*batch.Vector, error) {
	x, y := nativeDecimals(args[0], ret), nativeDecimals(args[1], ret)
	out := make([]types.Int128, r.n)
	for i := range out {
		if r.skips(i) {
			continue
		}
		z, err := op(pick(x, i), pick(y, i))
		if err != nil {
			return nil, err
		}
		if !fitsDecimal(ret, z) {
			return nil, decimalMathOverflow()
		}
		out[i] = z
	}
	return vec(decimalData(ret, out)), nil
}

// nativeDecimals are the unscaled values of an operand. An integer is first cut
// to the width of the result, as in ClickHouse.
func nativeDecimals(v *batch.Vector, ret types.Type) []types.Int128 {
	if v.Type.Kind == types.Decimal || ret.Size() == 16 {
		return decimals(v)
	}
	whole := types.Of(intOf(8 * ret.Size()))
	narrow := kernel.ConvertTo(whole.Phys(), v.Data)
	return decimals(&batch.Vector{Data: narrow})
}

func bindDecimalDivide(s *site) (bound, error) {
	a, b := s.types[0], s.types[1]
	if a.IsFloat() || b.IsFloat() {
		return bound{ret: types.Of(types.Float64), run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
			out := make([]float64, r.n)
			kernel.Div(out, floats(args[0]), floats(args[1]))
			return vec(out), nil
		}}, nil
	}
	// The scale of a dividend that is an integer is that of the divisor.
	scale, shift := int(a.Scale), int(b.Scale)
	if err := checkDivisorScale(a, b); err != nil {
		return bound{}, err
	}
	if a.Kind != types.Decimal {
		scale, shift = int(b.Scale), 2*int(b.Scale)
	}
	ret, err := decimalResult(s, scale)
	if err != nil {
		return bound{}, err
	}
	return bound{ret: ret, canThrow: true, run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
		return decimalLoop(r, ret, args, func(x, y types.Int128) (types.Int128, error) {
			if y.Sign() == 0 {
				return y, divError(kernel.DivZero)
			}
			x, ok := rescaled(x, shift)
			if !ok || !fitsDecimal(ret, x) {
				return x, decimalMathOverflow()
			}
			q, _ := x.DivMod(y)
			return q, nil
		})
	}}, nil
}

// checkDivisorScale refuses a divisor with more digits behind the point than the
// dividend, which ClickHouse has no type for.
func checkDivisorScale(a, b types.Type) error {
	if a.Kind == types.Decimal && a.Scale < b.Scale {
		return chcode.Errorf(chcode.ArgumentOutOfBound, "Decimal result's scale is less than argument's one")
	}
	return nil
}

func bindDecimalIntDiv(s *site, orZero bool) (bound, error) {
	a, b := s.types[0], s.types[1]
	ret := types.Of(intOf(8 * a.Size()))
	if a.IsFloat() || b.IsFloat() {
		d := &division{a: types.Of(types.Float64), b: types.Of(types.Float64), ret: ret, orZero: orZero, quotient: true}
		return bound{ret: ret, canThrow: !orZero, run: d.floats}, nil
	}
	if err := checkDivisorScale(a, b); err != nil {
		return bound{}, err
	}
	native := types.DecimalOf(18, 0) // the width in which ClickHouse scales the dividend
	if a.Size() == 16 || b.Size() == 16 {
		native = types.DecimalOf(38, 0)
	} else if a.Size() <= 4 && b.Size() <= 4 {
		native = types.DecimalOf(9, 0)
	}
	return bound{ret: ret, canThrow: true, run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
		x, y := nativeDecimals(args[0], native), nativeDecimals(args[1], native)
		lo, hi := exactBounds(ret)
		out := make([]int64, r.n)
		for i := range out {
			if r.skips(i) {
				continue
			}
			p, ok := rescaled(pick(x, i), int(b.Scale))
			q := pick(y, i)
			if q.Sign() == 0 {
				if !orZero {
					return nil, divError(kernel.DivZero)
				}
				continue
			}
			quo, _ := p.DivMod(q)
			quo, _ = rescaled(quo, -int(a.Scale))
			if !ok || !fitsDecimal(native, p) || quo.Cmp(lo) < 0 || quo.Cmp(hi) > 0 {
				return nil, decimalMathOverflow()
			}
			out[i] = int64(quo.Lo)
		}
		return vec(kernel.ConvertTo(ret.Phys(), out)), nil
	}}, nil
}

// bindDecimalModulo takes the remainder of the unscaled values, whatever their
// scales: so does ClickHouse.
func bindDecimalModulo(s *site, orZero, positive bool) (bound, error) {
	a, b := s.types[0], s.types[1]
	if a.IsFloat() || b.IsFloat() {
		return bindFloatModulo(positive), nil
	}
	if err := checkDivisorScale(a, b); err != nil {
		return bound{}, err
	}
	ret, err := decimalResult(s, int(max(a.Scale, b.Scale)))
	if err != nil {
		return bound{}, err
	}
	return bound{ret: ret, canThrow: !orZero, run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
		return decimalLoop(r, ret, args, func(x, y types.Int128) (types.Int128, error) {
			switch {
			case y.Sign() == 0 && orZero:
				return types.Int128{}, nil
			case y.Sign() == 0:
				return y, divError(kernel.DivZero)
			}
			_, rem := x.DivMod(y)
			if positive && rem.Sign() < 0 {
				if y.Sign() < 0 {
					y = y.Neg()
				}
				rem, _ = rem.Add(y)
			}
			return rem, nil
		})
	}}, nil
}
