package expr

import (
	"math"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/chcode"
	"github.com/freshetdb/freshet/columnar/kernel"
	"github.com/freshetdb/freshet/columnar/types"
)

// number converts integers, floats, enums, Bool and intervals to each other.
func (s *castSite) number() (convert, error) {
	if !numberLike(s.from) || !numberLike(s.to) {
		return nil, s.impossible()
	}
	to := s.to.Phys()
	switch {
	case s.to.Kind == types.Bool:
		return func(_ *run, v *batch.Vector) (*batch.Vector, error) {
			flags, err := truthOf(v)
			if err != nil {
				return nil, err
			}
			return vec(normalBools(flags)), nil
		}, nil
	case s.from.IsFloat() && !s.to.IsFloat():
		return s.floatToInt, nil
	case s.rules.accurate && s.from.Kind == types.Float64 && s.to.Kind == types.Float32:
		return s.checkedNarrow, nil
	case s.rules.accurate && !s.to.IsFloat():
		return s.checkedInt, nil
	case s.rules.accurate && !s.from.IsFloat():
		return s.checkedFloat, nil
	default:
		return func(_ *run, v *batch.Vector) (*batch.Vector, error) { return vec(kernel.ConvertTo(to, v.Data)), nil }, nil
	}
}

func numberLike(t types.Type) bool {
	return t.IsInteger() || t.IsFloat() || t.IsEnum() || t.Kind == types.Bool || t.Kind == types.Interval
}

// normalBools is flags with every truth as 1.
func normalBools(flags []uint8) []uint8 {
	out := make([]uint8, len(flags))
	kernel.True(out, flags)
	return out
}

// floatToInt truncates; infinities and NaN have no integer.
func (s *castSite) floatToInt(r *run, v *batch.Vector) (*batch.Vector, error) {
	in := floats(v)
	f := &faults{r: r, rules: s.rules}
	lo, hi := intBounds(s.to)
	by32 := s.to.Kind == types.Int32 || s.to.Size() < 4 // converted by a 32-bit instruction
	wide := make([]int64, len(in))
	for i, x := range in {
		bad := math.IsNaN(x) || math.IsInf(x, 0)
		if s.rules.accurate {
			bad = bad || x < lo || x >= hi || x != math.Trunc(x)
		}
		if bad {
			if err := f.at(i, func() error {
				if s.rules.accurate {
					return s.lossy(v, i)
				}
				return chcode.Errorf(chcode.CannotConvertType, "Unexpected inf or nan to integer conversion")
			}); err != nil {
				return nil, err
			}
			continue
		}
		wide[i] = truncated(x, s.to.Kind == types.UInt64)
		if (x >= 0x1p31 || x < -0x1p31) && by32 {
			wide[i] = math.MinInt32
		}
	}
	return f.vec(kernel.ConvertTo(s.to.Phys(), wide)), nil
}

// truncated is the integer part of a finite x; beyond 64 bits it is what the
// processor's conversion gives.
func truncated(x float64, unsigned bool) int64 {
	if unsigned && x >= 0x1p63 {
		if x >= 0x1p64 {
			return math.MinInt64
		}
		return int64(uint64(x-0x1p63) ^ 1<<63)
	}
	if x >= 0x1p63 || x < -0x1p63 {
		return math.MinInt64
	}
	return int64(x)
}

// intBounds are the least value of an integer type and the first beyond its
// greatest, as floats.
func intBounds(t types.Type) (lo, hi float64) {
	bits := float64(t.Size() * 8)
	if t.IsUnsigned() {
		return 0, math.Exp2(bits)
	}
	return -math.Exp2(bits - 1), math.Exp2(bits - 1)
}

func (s *castSite) lossy(v *batch.Vector, i int) error {
	return chcode.Errorf(chcode.CannotConvertType, "Value %s cannot be safely converted into type %s",
		AppendValue(nil, v.WithType(s.from), i, nil), s.to)
}

// checkedInt converts integers that fit.
func (s *castSite) checkedInt(r *run, v *batch.Vector) (*batch.Vector, error) {
	wide := ints(v)
	f := &faults{r: r, rules: s.rules}
	out := kernel.ConvertTo(s.to.Phys(), v.Data)
	back := kernel.ConvertTo(types.PhysI64, out).([]int64)
	fromU64, toU64 := s.from.Kind == types.UInt64, s.to.Kind == types.UInt64
	for i, x := range wide {
		signs := x < 0 && fromU64 != toU64
		if back[i] == x && !signs {
			continue
		}
		if err := f.at(i, func() error { return s.lossy(v, i) }); err != nil {
			return nil, err
		}
	}
	return f.vec(out), nil
}

// checkedFloat converts integers that a float holds exactly.
func (s *castSite) checkedFloat(r *run, v *batch.Vector) (*batch.Vector, error) {
	out := kernel.ConvertTo(s.to.Phys(), v.Data)
	wide, back := ints(v), kernel.ConvertTo(types.PhysF64, out).([]float64)
	f := &faults{r: r, rules: s.rules}
	for i, x := range wide {
		c, ok := kernel.CompareIntFloat(x, back[i])
		if s.from.Kind == types.UInt64 {
			c, ok = kernel.CompareUintFloat(uint64(x), back[i])
		}
		if ok && c == 0 {
			continue
		}
		if err := f.at(i, func() error { return s.lossy(v, i) }); err != nil {
			return nil, err
		}
	}
	return f.vec(out), nil
}

// checkedNarrow converts floats that a Float32 holds exactly.
func (s *castSite) checkedNarrow(r *run, v *batch.Vector) (*batch.Vector, error) {
	in := v.Data.([]float64)
	out := make([]float32, len(in))
	f := &faults{r: r, rules: s.rules}
	for i, x := range in {
		out[i] = float32(x)
		if float64(out[i]) == x || math.IsNaN(x) {
			continue
		}
		if err := f.at(i, func() error { return s.lossy(v, i) }); err != nil {
			return nil, err
		}
	}
	return f.vec(out), nil
}

// toEnum converts numbers that are values of the enum.
func (s *castSite) toEnum() (convert, error) {
	if !numberLike(s.from) || s.from.Kind == types.Interval {
		return nil, s.impossible()
	}
	if s.from.IsEnum() {
		for _, name := range s.from.Enum.Names() {
			a, _ := s.from.Enum.Value(name)
			if b, ok := s.to.Enum.Value(name); ok && a != b {
				return nil, chcode.Errorf(chcode.CannotConvertType,
					"Enum conversion changes value for element '%s' from %d to %d", name, a, b)
			}
		}
	}
	to := s.to.Phys()
	bits := 8 * s.to.Size()
	return func(r *run, v *batch.Vector) (*batch.Vector, error) {
		f := &faults{r: r, rules: s.rules}
		for i, x := range ints(v) {
			narrow := x << (64 - bits) >> (64 - bits)
			if _, ok := s.to.Enum.Name(int16(x)); ok && x == narrow {
				continue
			}
			if err := f.at(i, func() error {
				if x != narrow {
					return s.lossy(v, i)
				}
				return chcode.Errorf(chcode.UnknownElementOfEnum, "Unexpected value %d in enum", x)
			}); err != nil {
				return nil, err
			}
		}
		return f.vec(kernel.ConvertTo(to, v.Data)), nil
	}, nil
}

// decimals is a Decimal or integer column as 128-bit integers, unscaled.
func decimals(v *batch.Vector) []types.Int128 {
	switch d := v.Data.(type) {
	case []types.Int128:
		return d
	case []uint64:
		out := make([]types.Int128, len(d))
		kernel.Unary(out, d, types.Int128FromUint64)
		return out
	default:
		in := ints(v)
		out := make([]types.Int128, len(in))
		kernel.Unary(out, in, types.Int128From)
		return out
	}
}

// decimalFloats is a Decimal column as floats.
func decimalFloats(v *batch.Vector) []float64 {
	div := math.Pow10(int(v.Type.Scale))
	if d, ok := v.Data.([]int64); ok {
		out := make([]float64, len(d))
		for i, x := range d {
			out[i] = float64(x) / div
		}
		return out
	}
	d := v.Data.([]types.Int128)
	out := make([]float64, len(d))
	for i, x := range d {
		out[i] = x.Float64() / div
	}
	return out
}

// decimalData stores 128-bit integers in the form of a Decimal type.
func decimalData(t types.Type, d []types.Int128) any {
	if t.Phys() == types.PhysI128 {
		return d
	}
	out := make([]int64, len(d))
	for i, x := range d {
		out[i] = int64(x.Lo)
	}
	return out
}

// fitsDecimal tells whether x fits the width in which a Decimal is stored, which
// is what ClickHouse checks, not the precision.
func fitsDecimal(t types.Type, x types.Int128) bool {
	switch t.Size() {
	case 4:
		v, ok := x.Int64()
		return ok && v == int64(int32(v))
	case 8:
		_, ok := x.Int64()
		return ok
	default:
		return true
	}
}

// rescaled is x * 10**shift, truncated toward zero.
func rescaled(x types.Int128, shift int) (types.Int128, bool) {
	switch {
	case shift == 0:
		return x, true
	case shift > types.MaxDecimalPrecision:
		return types.Int128{}, x.Sign() == 0
	case shift > 0:
		v, over := x.Mul(types.Pow10(shift))
		return v, !over
	default:
		q, _ := x.DivMod(types.Pow10(-shift))
		return q, true
	}
}

func (s *castSite) decimalOverflow() error {
	return chcode.Errorf(chcode.DecimalOverflow, "Convert overflow: value does not fit %s", s.to)
}

// toDecimal converts numbers to a Decimal.
func (s *castSite) toDecimal() (convert, error) {
	switch {
	case s.from.IsFloat():
		return s.floatToDecimal, nil
	case s.from.Kind == types.Decimal || s.from.IsInteger() || s.from.Kind == types.Bool:
		return s.rescale, nil
	default:
		return nil, s.impossible()
	}
}

func (s *castSite) rescale(r *run, v *batch.Vector) (*batch.Vector, error) {
	shift := int(s.to.Scale) - int(s.from.Scale)
	in := decimals(v)
	out := make([]types.Int128, len(in))
	f := &faults{r: r, rules: s.rules}
	for i, x := range in {
		y, ok := rescaled(x, shift)
		if !ok || !fitsDecimal(s.to, y) {
			if err := f.at(i, s.decimalOverflow); err != nil {
				return nil, err
			}
			continue
		}
		out[i] = y
	}
	return f.vec(decimalData(s.to, out)), nil
}

func (s *castSite) floatToDecimal(r *run, v *batch.Vector) (*batch.Vector, error) {
	in := floats(v)
	out := make([]types.Int128, len(in))
	f := &faults{r: r, rules: s.rules}
	factor := math.Pow10(int(s.to.Scale))
	limit := math.Exp2(float64(s.to.Size()*8 - 1))
	for i, x := range in {
		y := x * factor
		if s.from.Kind == types.Float32 {
			y = float64(float32(x) * float32(factor))
		}
		if math.IsNaN(y) || y <= -limit || y >= limit {
			if err := f.at(i, s.decimalOverflow); err != nil {
				return nil, err
			}
			continue
		}
		out[i] = int128FromFloat(y)
	}
	return f.vec(decimalData(s.to, out)), nil
}

// int128FromFloat truncates a float of less than 127 bits.
func int128FromFloat(x float64) types.Int128 {
	if x > -0x1p63 && x < 0x1p63 {
		return types.Int128From(int64(x))
	}
	neg := x < 0
	x = math.Trunc(math.Abs(x))
	hi := math.Floor(x / 0x1p64)
	v := types.Int128{Hi: int64(hi), Lo: uint64(x - hi*0x1p64)}
	if neg {
		v = v.Neg()
	}
	return v
}

// fromDecimal converts a Decimal to integers, floats, Bool.
func (s *castSite) fromDecimal() (convert, error) {
	switch {
	case s.to.IsFloat():
		to := s.to.Phys()
		return func(_ *run, v *batch.Vector) (*batch.Vector, error) {
			return vec(kernel.ConvertTo(to, decimalFloats(v.WithType(s.from)))), nil
		}, nil
	case s.to.Kind == types.Bool:
		return func(_ *run, v *batch.Vector) (*batch.Vector, error) {
			flags, err := truthOf(v)
			if err != nil {
				return nil, err
			}
			return vec(normalBools(flags)), nil
		}, nil
	case s.to.IsInteger():
		return s.decimalToInt, nil
	default:
		return nil, s.impossible()
	}
}

func (s *castSite) decimalToInt(r *run, v *batch.Vector) (*batch.Vector, error) {
	in := decimals(v)
	wide := make([]int64, len(in))
	f := &faults{r: r, rules: s.rules}
	lo, hi := exactBounds(s.to)
	for i, x := range in {
		q, _ := rescaled(x, -int(s.from.Scale))
		if q.Cmp(lo) < 0 || q.Cmp(hi) > 0 {
			if err := f.at(i, s.decimalOverflow); err != nil {
				return nil, err
			}
			continue
		}
		wide[i] = int64(q.Lo)
	}
	return f.vec(kernel.ConvertTo(s.to.Phys(), wide)), nil
}

// exactBounds are the least and greatest value of an integer type.
func exactBounds(t types.Type) (lo, hi types.Int128) {
	bits := t.Size() * 8
	if t.IsUnsigned() {
		return types.Int128{}, types.Int128FromUint64(^uint64(0) >> (64 - bits))
	}
	top := int64(^uint64(0) >> (65 - bits))
	return types.Int128From(-top - 1), types.Int128From(top)
}
