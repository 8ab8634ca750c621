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
		drop := func(i int) int64 { return int64(t.Scale) - pick(digits, i) }
		if t.Phys() == types.PhysI128 {
			in := args[0].Data.([]types.Int128)
			return buildEach(r, func(i int) types.Int128 { return roundDecimal(pick(in, i), drop(i), mode) }), nil
		}
		w := integerWidth{value: uint(t.Size()) * 8, sum: 64, saturates: t.Kind == types.Decimal}
		if w.value < 64 {
			w.sum = 32
		}
		if t.IsUnsigned() {
			in := kernel.ConvertTo(types.PhysU64, args[0].Data).([]uint64)
			out := make([]uint64, r.n)
			for i := range out {
				out[i] = roundInteger(pick(in, i), drop(i), math.MaxUint64>>(64-w.value), w, mode)
			}
			return vec(kernel.ConvertTo(t.Phys(), out)), nil
		}
		in := ints(args[0])
		out := make([]int64, r.n)
		for i := range out {
			out[i] = roundInteger(pick(in, i), drop(i), math.MaxInt64>>(64-w.value), w, mode)
		}
		return vec(kernel.ConvertTo(t.Phys(), out)), nil
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

// integerWidth is how many bits integers and their sums have, and what a power of ten beyond them is: the greatest
// integer, or one that leaves nothing.
type integerWidth struct {
	value, sum uint
	saturates  bool
}

// roundInteger rounds off the last digits of an integer, in the integer's own arithmetic: what goes beyond it wraps
// around before it is rounded off.
func roundInteger[T int64 | uint64](x T, drop int64, most T, w integerWidth, mode rounding) T {
	if drop <= 0 {
		return x
	}
	power := powerOrMost(drop)
	if power > uint64(most) && !w.saturates {
		return 0
	}
	unit := T(min(power, uint64(most)))
	wrapped := func(x T, bits uint) T { return x << (64 - bits) >> (64 - bits) }
	switch {
	case mode == roundDown && x < 0:
		x = wrapped(x-unit+1, w.value)
	case mode == roundUp && x >= 0:
		x = wrapped(x+unit-1, w.value)
	case mode == roundHalf || mode == roundEven:
		if x < 0 {
			x = wrapped(x-unit, w.value)
		}
		sum := wrapped(x+unit/2, w.sum)
		quo := sum / unit
		if mode == roundEven && quo*unit == sum {
			if x < 0 {
				quo++
			}
			quo &^= 1
		}
		return quo * unit
	}
	return x / unit * unit
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

// roundDecimal rounds off the last digits of an integer.
func roundDecimal(x types.Int128, drop int64, mode rounding) types.Int128 {
	switch {
	case drop <= 0:
		return x
	case drop > types.MaxDecimalPrecision:
		return types.Int128{}
	}
	unit := types.Pow10(int(drop))
	quo, rem := x.DivMod(unit)
	one := types.Int128From(1)
	switch {
	case rem.Sign() == 0:
	case mode == roundDown && x.Sign() < 0:
		quo, _ = quo.Sub(one)
	case mode == roundUp && x.Sign() > 0:
		quo, _ = quo.Add(one)
	case mode == roundHalf || mode == roundEven:
		twice, _ := rem.Add(rem)
		if twice.Sign() < 0 {
			twice = twice.Neg()
		}
		c := twice.Cmp(unit)
		up := c > 0 || (c == 0 && (mode == roundHalf || quo.Lo&1 == 1))
		if up && x.Sign() < 0 {
			quo, _ = quo.Sub(one)
		} else if up {
			quo, _ = quo.Add(one)
		}
	}
	out, _ := quo.Mul(unit)
	return out
}
