package expr

import (
	"math"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/chcode"
	"github.com/freshetdb/freshet/columnar/kernel"
	"github.com/freshetdb/freshet/columnar/types"
)

func bindFloatModulo(positive bool) bound {
	return bound{ret: types.Of(types.Float64), run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
		out := make([]float64, r.n)
		kernel.Binary(out, floats(args[0]), floats(args[1]), func(a, b float64) float64 {
			m := a - math.Trunc(a/b)*b // not math.Mod: ClickHouse's digits
			if positive && m < 0 {
				m += math.Abs(b)
			}
			return m
		})
		return vec(out), nil
	}}
}

func bindNegate(s *site) (bound, error) {
	t := s.types[0]
	switch {
	case t.Kind == types.Decimal, t.Kind == types.Interval, t.IsFloat():
	case plainNumber(t) && t.IsUnsigned():
		t = widened(8*t.Size(), true)
	case plainNumber(t):
	default:
		return bound{}, s.illegal(0)
	}
	return bound{ret: t, run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
		if d, ok := args[0].Data.([]types.Int128); ok {
			out := make([]types.Int128, len(d))
			kernel.Unary(out, d, types.Int128.Neg)
			return vec(out), nil
		}
		x := kernel.ConvertTo(t.Phys(), args[0].Data)
		return vec(negated(r.n, x)), nil
	}}, nil
}

func negated(n int, x any) any {
	switch x := x.(type) {
	case []int8:
		return negatives(n, x)
	case []int16:
		return negatives(n, x)
	case []int32:
		return negatives(n, x)
	case []int64:
		return negatives(n, x)
	case []float32:
		return negatives(n, x)
	default:
		return negatives(n, x.([]float64))
	}
}

func negatives[T kernel.Num](n int, x []T) []T {
	out := make([]T, n)
	for i, v := range x {
		out[i] = -v
	}
	return out
}

func bindAbs(s *site) (bound, error) {
	t := s.types[0]
	ret := t
	switch {
	case t.Kind == types.Decimal, t.IsFloat():
	case plainNumber(t):
		ret = types.Of(uintOf(8 * t.Size()))
	default:
		return bound{}, s.illegal(0)
	}
	return bound{ret: ret, run: func(_ *run, args []*batch.Vector) (*batch.Vector, error) {
		switch d := args[0].Data.(type) {
		case []types.Int128:
			return vec(absolute128(d)), nil
		case []float32:
			out := make([]float32, len(d))
			kernel.Unary(out, d, func(x float32) float32 { return float32(math.Abs(float64(x))) })
			return vec(out), nil
		case []float64:
			out := make([]float64, len(d))
			kernel.Unary(out, d, math.Abs)
			return vec(out), nil
		}
		if isSigned(t) {
			wide := append([]int64(nil), ints(args[0])...)
			for i, x := range wide {
				wide[i] = max(x, -x)
			}
			return vec(kernel.ConvertTo(ret.Phys(), wide)), nil
		}
		return vec(kernel.ConvertTo(ret.Phys(), args[0].Data)), nil
	}}, nil
}

func absolute128(d []types.Int128) []types.Int128 {
	out := make([]types.Int128, len(d))
	for i, x := range d {
		if x.Sign() < 0 {
			x = x.Neg()
		}
		out[i] = x
	}
	return out
}

func bindSign(s *site) (bound, error) {
	if !s.types[0].IsNumeric() {
		return bound{}, s.illegal(0)
	}
	return bound{ret: types.Of(types.Int8), run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
		out := make([]int8, r.n)
		switch d := args[0].Data.(type) {
		case []types.Int128:
			for i, x := range d {
				out[i] = int8(x.Sign())
			}
		case []uint64:
			for i, x := range d {
				if x > 0 {
					out[i] = 1
				}
			}
		default:
			for i, x := range kernel.ConvertTo(types.PhysF64, args[0].Data).([]float64) {
				switch {
				case x < 0:
					out[i] = -1
				case x != 0:
					out[i] = 1
				}
			}
		}
		return vec(out), nil
	}}, nil
}

func bindGCD(s *site) (bound, error) {
	a, b := s.types[0], s.types[1]
	if !plainNumber(a) || !plainNumber(b) || a.IsFloat() || b.IsFloat() {
		return bound{}, s.illegalAll()
	}
	ret := sumType(a, b)
	lcm := s.name == "lcm"
	return bound{ret: ret, canThrow: true, run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
		x := kernel.ConvertTo(ret.Phys(), args[0].Data)
		y := kernel.ConvertTo(ret.Phys(), args[1].Data)
		xs, ys := kernel.ConvertTo(types.PhysI64, x).([]int64), kernel.ConvertTo(types.PhysI64, y).([]int64)
		out := make([]int64, r.n)
		for i := range out {
			g, err := commonMeasure(pick(xs, i), pick(ys, i), lcm, isSigned(ret))
			if err != nil && !r.skips(i) {
				return nil, err
			}
			out[i] = g
		}
		return vec(kernel.ConvertTo(ret.Phys(), out)), nil
	}}, nil
}

// commonMeasure is the greatest common divisor or the least common multiple.
func commonMeasure(a, b int64, lcm, signed bool) (int64, error) {
	if a == 0 || b == 0 {
		if !lcm && a != b {
			return 0, divError(kernel.DivZero)
		}
		return 0, divError(kernel.DivZero)
	}
	if signed {
		if (a == math.MinInt64 && b == -1) || (b == math.MinInt64 && a == -1) {
			return 0, divError(kernel.DivOverflow)
		}
		a, b = max(a, -a), max(b, -b)
	}
	x, y := uint64(a), uint64(b)
	for y != 0 {
		x, y = y, x%y
	}
	if !lcm {
		return int64(x), nil
	}
	p := types.Int128FromUint64(uint64(a) / x)
	q, over := p.Mul(types.Int128FromUint64(uint64(b)))
	limit := types.Int128FromUint64(math.MaxUint64)
	if signed {
		limit = types.Int128From(math.MaxInt64)
	}
	if over || q.Cmp(limit) > 0 {
		return 0, chcode.Errorf(chcode.DecimalOverflow, "Intermediate result overflow in lcm(%d, %d)", a, b)
	}
	return int64(q.Lo), nil
}
