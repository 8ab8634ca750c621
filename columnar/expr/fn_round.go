package expr

import (
	"math"

	"github.com/freshetdb/freshet/columnar/batch"
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
	return bound{ret: t, run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
		digits := []int64{0}
		if len(args) == 2 {
			digits = ints(args[1])
		}
		switch d := args[0].Data.(type) {
		case []float64:
			return buildEach(r, func(i int) float64 { return roundFloat(pick(d, i), pick(digits, i), mode) }), nil
		case []float32:
			return buildEach(r, func(i int) float32 { return roundFloat32(pick(d, i), pick(digits, i), mode) }), nil
		}
		if t.Kind == types.Decimal {
			in := decimals(args[0])
			out := make([]types.Int128, r.n)
			for i := range out {
				out[i] = roundDecimal(pick(in, i), int64(t.Scale)-pick(digits, i), mode)
			}
			return vec(decimalData(t, out)), nil
		}
		in := decimals(args[0])
		out := make([]int64, r.n)
		for i := range out {
			out[i] = int64(roundDecimal(pick(in, i), -pick(digits, i), mode).Lo)
		}
		return vec(kernel.ConvertTo(t.Phys(), out)), nil
	}}, nil
}

// maxFloatDigits is from how many digits on rounding a float changes nothing.
const maxFloatDigits = 300

func roundFloat(x float64, digits int64, mode rounding) float64 {
	switch {
	case digits > maxFloatDigits || math.IsNaN(x) || math.IsInf(x, 0):
		return x
	case digits < -maxFloatDigits:
		return 0
	case digits == 0:
		return mode.float(x)
	case digits > 0:
		scale := math.Pow10(int(digits))
		return mode.float(x*scale) / scale
	default:
		scale := math.Pow10(int(-digits))
		return mode.float(x/scale) * scale
	}
}

func roundFloat32(x float32, digits int64, mode rounding) float32 {
	if digits == 0 {
		return float32(mode.float(float64(x)))
	}
	const most = 38
	switch {
	case digits > most || x != x: // NaN
		return x
	case digits < -most:
		return 0
	case digits > 0:
		scale := float32(math.Pow10(int(digits)))
		return float32(mode.float(float64(x*scale))) / scale
	default:
		scale := float32(math.Pow10(int(-digits)))
		return float32(mode.float(float64(x/scale))) * scale
	}
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
