package expr

import (
	"slices"
	"strings"

	"github.com/freshetdb/freshet/columnar/chcode"
	"github.com/freshetdb/freshet/columnar/types"
)

// Supertype is ClickHouse's least common supertype of types: the type of an
// array of such elements, of if() with such branches, of a column of UNION ALL.
// Where ClickHouse 26.7 would answer with a Variant, the error is NO_COMMON_TYPE.
func Supertype(ts ...types.Type) (types.Type, error) {
	if len(ts) == 0 {
		return types.Of(types.Nothing).AsNullable().NotNull(), nil
	}
	if allEqual(ts) {
		return ts[0], nil
	}
	nullable, lowCard := false, true
	plain := make([]types.Type, 0, len(ts))
	for _, t := range ts {
		nullable = nullable || t.Nullable
		if t.Kind == types.Nothing {
			continue
		}
		lowCard = lowCard && t.LowCard
		plain = append(plain, t.Plain())
	}
	if len(plain) == 0 {
		return types.Of(types.Nothing).AsNullable(), nil
	}
	t, ok := supertypeOf(plain)
	if !ok || (nullable && (t.Kind == types.Array || t.Kind == types.Tuple)) {
		return types.Type{}, noCommonType(ts)
	}
	if nullable {
		t = t.AsNullable()
	}
	t.LowCard = lowCard && canBeLowCard(t)
	return t, nil
}

func noCommonType(ts []types.Type) error {
	names := make([]string, len(ts))
	for i, t := range ts {
		names[i] = t.String()
	}
	return chcode.Errorf(chcode.NoCommonType, "There is no supertype for types %s", strings.Join(names, ", "))
}

func allEqual(ts []types.Type) bool {
	for _, t := range ts[1:] {
		if !t.Equal(ts[0]) {
			return false
		}
	}
	return true
}

// supertypeOf works on types without Nullable and LowCardinality.
func supertypeOf(ts []types.Type) (types.Type, bool) {
	if allEqual(ts) {
		return ts[0], true
	}
	switch {
	case every(ts, func(t types.Type) bool { return t.Kind == types.Array }):
		return arraySupertype(ts)
	case every(ts, func(t types.Type) bool { return t.Kind == types.Tuple }):
		return tupleSupertype(ts)
	case every(ts, func(t types.Type) bool { return t.IsString() || t.IsEnum() }) && some(ts, func(t types.Type) bool { return t.IsString() }):
		return types.Of(types.String), true
	case every(ts, func(t types.Type) bool { return t.IsDate() || t.IsTime() }):
		return timeSupertype(ts), true
	case ts[0].Kind == types.Interval:
		return intervalSupertype(ts)
	case every(ts, func(t types.Type) bool { return t.Kind == types.Bool || t.Kind == types.UInt8 }):
		return ts[0], true
	case some(ts, func(t types.Type) bool { return t.Kind == types.Decimal }):
		return decimalSupertype(ts)
	case every(ts, func(t types.Type) bool { return t.IsNumeric() || t.IsEnum() }):
		return numberSupertype(ts)
	default:
		return types.Type{}, false
	}
}

// intervalSupertype is the interval of the smallest unit; months have no common one with days.
func intervalSupertype(ts []types.Type) (types.Type, bool) {
	least := ts[0]
	for i := range ts {
		if ts[i].Kind != types.Interval || (ts[i].Unit < types.Month) != (least.Unit < types.Month) {
			return least, false
		}
		least.Unit = min(least.Unit, ts[i].Unit)
	}
	return least, true
}

func every(ts []types.Type, is func(types.Type) bool) bool {
	return !some(ts, func(t types.Type) bool { return !is(t) })
}

func some(ts []types.Type, is func(types.Type) bool) bool { return slices.ContainsFunc(ts, is) }

func arraySupertype(ts []types.Type) (types.Type, bool) {
	elems := make([]types.Type, len(ts))
	for i, t := range ts {
		elems[i] = t.Elem()
	}
	e, err := Supertype(elems...)
	return types.ArrayOf(e), err == nil
}

func tupleSupertype(ts []types.Type) (types.Type, bool) {
	n := len(ts[0].Elems)
	out := types.Type{Kind: types.Tuple, Elems: make([]types.Type, n), Names: ts[0].Names}
	for _, t := range ts {
		if len(t.Elems) != n {
			return types.Type{}, false
		}
		if strings.Join(t.Names, ",") != strings.Join(out.Names, ",") {
			out.Names = nil
		}
	}
	for k := range n {
		elems := make([]types.Type, len(ts))
		for i, t := range ts {
			elems[i] = t.Elems[k]
		}
		e, err := Supertype(elems...)
		if err != nil {
			return types.Type{}, false
		}
		out.Elems[k] = e
	}
	return out, true
}

func timeSupertype(ts []types.Type) types.Type {
	var zone *types.Zone
	var scale uint8
	date32, time, time64 := false, false, false
	for _, t := range ts {
		switch t.Kind {
		case types.Date32:
			date32 = true
		case types.DateTime64:
			time64 = true
			scale = max(scale, t.Scale)
		case types.DateTime:
			time = true
		default:
		}
		if t.IsTime() && zone == nil {
			zone = t.Zone
		}
	}
	switch {
	case time64 || (time && date32):
		return types.DateTime64Of(int(scale), zone)
	case time:
		return types.Type{Kind: types.DateTime, Zone: zone}
	default:
		return types.Of(types.Date32)
	}
}

// decimalDigits is how many digits of a Decimal the integers of a kind need.
func decimalDigits(k types.Kind) int {
	switch k {
	case types.Int8, types.UInt8, types.Bool:
		return 3
	case types.Int16, types.UInt16:
		return 5
	case types.Int32, types.UInt32:
		return 10
	case types.Int64:
		return 19
	case types.UInt64:
		return 20
	default:
		return 0
	}
}

// widestDecimal is the largest precision that is stored in the same width.
func widestDecimal(precision int) int {
	switch {
	case precision <= 9:
		return 9
	case precision <= 18:
		return 18
	default:
		return types.MaxDecimalPrecision
	}
}

func decimalSupertype(ts []types.Type) (types.Type, bool) {
	scale, digits, widest := 0, 0, 9
	for _, t := range ts {
		if t.Kind == types.Decimal {
			scale = max(scale, int(t.Scale))
			widest = max(widest, widestDecimal(int(t.Precision)))
			continue
		}
		d := decimalDigits(t.Kind)
		if d == 0 {
			return types.Type{}, false
		}
		if d == 10 || d == 19 { // Int32 fits Decimal32, Int64 Decimal64, when nothing follows the point
			d--
			if scale > 0 {
				d++
			}
		}
		digits = max(digits, d)
	}
	precision := max(widestDecimal(digits+scale), widest)
	if digits+scale > types.MaxDecimalPrecision {
		return types.Type{}, false
	}
	return types.DecimalOf(precision, scale), true
}

// numberSupertype is the narrowest number type that holds all values of all.
func numberSupertype(ts []types.Type) (types.Type, bool) {
	signed, unsigned, float := 0, 0, 0
	for _, t := range ts {
		bits := t.Size() * 8
		switch {
		case t.IsFloat():
			float = max(float, bits)
		case t.IsUnsigned():
			unsigned = max(unsigned, bits)
		default:
			signed = max(signed, bits)
		}
	}
	switch {
	case float > 0:
		widest := max(signed, unsigned)
		switch {
		case widest <= 16 && float == 32:
			return types.Of(types.Float32), true
		case widest <= 32:
			return types.Of(types.Float64), true
		default:
			return types.Type{}, false
		}
	case signed == 0:
		return types.Of(uintOf(unsigned)), true
	case unsigned >= 64:
		return types.Type{}, false
	case unsigned >= signed:
		return types.Of(intOf(unsigned * 2)), true
	default:
		return types.Of(intOf(signed)), true
	}
}

// intOf is the signed integer of a number of bits, at most 64.
func intOf(bits int) types.Kind {
	switch {
	case bits <= 8:
		return types.Int8
	case bits <= 16:
		return types.Int16
	case bits <= 32:
		return types.Int32
	default:
		return types.Int64
	}
}

// uintOf is the unsigned integer of a number of bits, at most 64.
func uintOf(bits int) types.Kind {
	switch {
	case bits <= 8:
		return types.UInt8
	case bits <= 16:
		return types.UInt16
	case bits <= 32:
		return types.UInt32
	default:
		return types.UInt64
	}
}
