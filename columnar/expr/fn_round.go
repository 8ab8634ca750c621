package expr

import (
	"math"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/chcode"
	"github.com/freshetdb/freshet/columnar/kernel"
	"github.com/freshetdb/freshet/columnar/types"
)

// roundFunctions round numbers to digits.
func roundFunctions() []*function {
	const cat = "Rounding"
	make1 := func(name, text string, mode rounding, aliases ...string) *function {
		return &function{
			Info: Info{Name: name, Aliases: aliases, CaseInsensitive: name != "roundBankers", Syntax: name + "(x[, digits])", Description: text, Returns: "the type of x", Category: cat, Example: name + "(123.456, 1)"},
			min:  1, max: 2, bind: func(s *site) (bound, error) { return bindRound(s, mode) },
		}
	}
	return []*function{
		make1("round", "Rounds to digits behind the point; negative digits round before it.", roundHalf),
		make1("roundBankers", "Rounds to digits, halves to even.", roundEven),
		make1("floor", "Rounds down.", roundDown), make1("ceil", "Rounds up.", roundUp, "ceiling"), make1("trunc", "Rounds toward zero.", roundZero, "truncate"),
	}
}

type rounding uint8

const (
	roundHalf rounding = iota // halves away from zero; of floats, to even
	roundEven
	roundDown
	roundUp
	roundZero
)

func bindRound(s *site, mode rounding) (bound, error) {
	t := s.types[0]
	if !t.IsNumeric() {
		return bound{}, s.illegal(0)
	}
	if len(s.args) == 2 && !isWhole(s.types[1]) {
		return bound{}, s.illegal(1)
	}
	throws := len(s.args) == 2 && s.constant(1) == nil
	return bound{ret: t, canThrow: throws, run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
		digits := []int64{0}
		if len(args) == 2 {
			digits = ints(args[1])
		}
		for _, d := range digits {
			if d != int64(int16(d)) {
				return nil, chcode.Errorf(chcode.ArgumentOutOfBound, "Scale argument for rounding function is too large")
			}
		}
		switch d := args[0].Data.(type) {
		case []float64:
			return buildEach(r, func(i int) float64 { return roundFloat(pick(d, i), pick(digits, i), mode) }), nil
		case []float32:
			return buildEach(r, func(i int) float32 { return roundFloat32(pick(d, i), pick(digits, i), mode) }), nil
		}
		in, w := decimals(args[0]), widthOf(&t)
		out := make([]types.Int128, r.n)
		for i := range out {
			out[i] = w.round(pick(in, i), int64(t.Scale)-pick(digits, i), mode)
		}
		if t.Kind == types.Decimal {
			return vec(decimalData(t, out)), nil
		}
		narrow := make([]int64, r.n)
		for i, x := range out {
			narrow[i] = int64(x.Lo)
		}
		return vec(kernel.ConvertTo(t.Phys(), narrow)), nil
	}}, nil
}

// powerOrMost is 10**n, and the greatest uint64 where that is more.
func powerOrMost(n int64) uint64 {
	if n > 19 {
		return math.MaxUint64
	}
	p := uint64(1)
	for range n {
		p *= 10
	}
	return p
}

func roundFloat(x float64, digits int64, mode rounding) float64 {
	if digits >= 0 {
		scale := float64(powerOrMost(digits))
		return mode.float(x*scale) / scale
	}
	scale := float64(powerOrMost(-digits))
	return mode.float(x/scale) * scale
}

func roundFloat32(x float32, digits int64, mode rounding) float32 {
	if digits >= 0 {
		scale := float32(powerOrMost(digits))
		return float32(mode.float(float64(x*scale))) / scale
	}
	scale := float32(powerOrMost(-digits))
	return float32(mode.float(float64(x/scale))) * scale
}

// integerWidth is how many bits an integer and its sums have, the greatest one, and what a power of ten beyond it is:
// that, or one that leaves nothing.
type integerWidth struct {
	value, sum uint
	unsigned   bool
	most       types.Int128
	saturates  bool
}

func widthOf(t *types.Type) integerWidth {
	w := integerWidth{value: uint(t.Size()) * 8, unsigned: t.IsUnsigned(), saturates: t.Kind == types.Decimal || t.Kind == types.UInt64}
	w.sum = max(w.value, 32)
	switch {
	case w.value > 64:
		w.most = types.Pow10(types.MaxDecimalPrecision)
	case w.unsigned:
		w.most.Lo = math.MaxUint64 >> (64 - w.value)
	default:
		w.most.Lo = math.MaxInt64 >> (64 - w.value)
	}
	return w
}

// wrapped is what fits into so many bits.
func (w *integerWidth) wrapped(x types.Int128, bits uint) types.Int128 {
	switch lost := 64 - bits; {
	case bits > 64:
		return x
	case w.unsigned:
		return types.Int128{Lo: x.Lo << lost >> lost}
	default:
		return types.Int128From(int64(x.Lo<<lost) >> lost)
	}
}

// round rounds off the last digits of an integer, in the integer's own arithmetic: what goes beyond it wraps around
// before it is rounded off.
func (w *integerWidth) round(x types.Int128, drop int64, mode rounding) types.Int128 {
	if drop <= 0 {
		return x
	}
	unit := types.Pow10(int(min(drop, types.MaxDecimalPrecision)))
	if unit.Cmp(w.most) > 0 || drop > types.MaxDecimalPrecision {
		if !w.saturates || w.value > 64 {
			return types.Int128{}
		}
		unit = w.most
	}
	bits, negative := w.value, x.Sign() < 0
	var shift types.Int128 // toward what x is rounded to
	switch {
	case mode == roundDown && negative, mode == roundUp && !negative:
		shift, _ = unit.Sub(types.Int128From(1))
	case mode == roundHalf || mode == roundEven:
		bits = w.sum
		shift, _ = unit.DivMod(types.Int128From(2))
		if negative {
			x, _ = x.Sub(unit)
			x = w.wrapped(x, w.value)
		}
	}
	if mode == roundDown {
		shift = shift.Neg()
	}
	x, _ = x.Add(shift)
	x = w.wrapped(x, bits)
	quo, rem := x.DivMod(unit)
	if mode == roundEven && rem.Sign() == 0 {
		if negative {
			quo, _ = quo.Add(types.Int128From(1))
		}
		quo.Lo &^= 1
	}
	out, _ := quo.Mul(unit)
	return out
}

func (m rounding) float(x float64) float64 {
	switch m {
	case roundDown:
		return math.Floor(x)
	case roundUp:
		return math.Ceil(x)
	case roundZero:
		return math.Trunc(x)
	default:
		return math.RoundToEven(x)
	}
}
