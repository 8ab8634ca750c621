package expr

import (
	"strconv"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/kernel"
	"github.com/freshetdb/freshet/columnar/types"
)

// AppendValue prints row i of v as toString does: bare at the top, quoted inside
// arrays and tuples, NULL as NULL. Times without a zone are shown in zone (nil:
// UTC).
func AppendValue(dst []byte, v *batch.Vector, i int, zone *types.Zone) []byte {
	if v.IsNull(i) {
		return append(dst, "NULL"...)
	}
	i = v.Row(i)
	switch d := v.Data.(type) {
	case batch.Strings:
		return append(dst, d.At(i)...)
	case batch.Symbols:
		return append(dst, d.At(i)...)
	case batch.Lists:
		dst = append(dst, '[')
		for e := d.Offsets[i]; e < d.Offsets[i+1]; e++ {
			if e > d.Offsets[i] {
				dst = append(dst, ',')
			}
			dst = appendNested(dst, d.Elems, int(e), zone)
		}
		return append(dst, ']')
	case []*batch.Vector:
		dst = append(dst, '(')
		for k, p := range d {
			if k > 0 {
				dst = append(dst, ',')
			}
			dst = appendNested(dst, p, i, zone)
		}
		return append(dst, ')')
	}
	return appendScalar(dst, v, i, zone)
}

func appendNested(dst []byte, v *batch.Vector, i int, zone *types.Zone) []byte {
	if v.IsNull(i) || v.Type.IsNumeric() || v.Type.Kind == types.Array || v.Type.Kind == types.Tuple ||
		v.Type.Kind == types.Interval {
		return AppendValue(dst, v, i, zone)
	}
	if v.Type.IsString() || v.Type.IsEnum() {
		return types.AppendQuoted(dst, AppendValue(nil, v, i, zone))
	}
	return append(AppendValue(append(dst, '\''), v, i, zone), '\'')
}

func appendScalar(dst []byte, v *batch.Vector, i int, zone *types.Zone) []byte {
	t := v.Type
	if t.Zone != nil {
		zone = t.Zone
	}
	if zone == nil {
		zone = types.UTC
	}
	switch d := v.Data.(type) {
	case []uint8:
		if t.Kind == types.Bool {
			return types.AppendBool(dst, d[i] != 0)
		}
		return strconv.AppendUint(dst, uint64(d[i]), 10)
	case []uint16:
		if t.Kind == types.Date {
			return types.AppendDate(dst, int64(d[i]))
		}
		return strconv.AppendUint(dst, uint64(d[i]), 10)
	case []uint32:
		switch t.Kind {
		case types.DateTime:
			return types.AppendDateTime(dst, d[i], zone, nil)
		case types.IPv4:
			return types.AppendIPv4(dst, d[i])
		default:
			return strconv.AppendUint(dst, uint64(d[i]), 10)
		}
	case []uint64:
		return strconv.AppendUint(dst, d[i], 10)
	case []int8:
		return appendEnumOr(dst, t, int64(d[i]))
	case []int16:
		return appendEnumOr(dst, t, int64(d[i]))
	case []int32:
		if t.Kind == types.Date32 {
			return types.AppendDate(dst, int64(d[i]))
		}
		return strconv.AppendInt(dst, int64(d[i]), 10)
	case []int64:
		switch t.Kind {
		case types.DateTime64:
			return types.AppendDateTime64(dst, d[i], int(t.Scale), zone, nil)
		case types.Decimal:
			return types.AppendDecimal64(dst, d[i], int(t.Scale))
		default:
			return strconv.AppendInt(dst, d[i], 10)
		}
	case []types.Int128:
		return types.AppendDecimal128(dst, d[i], int(t.Scale))
	case []float32:
		return types.AppendFloat32(dst, d[i])
	case []float64:
		return types.AppendFloat64(dst, d[i])
	case []types.Bytes16:
		if t.Kind == types.IPv6 {
			return types.AppendIPv6(dst, d[i])
		}
		return types.AppendUUID(dst, d[i])
	default:
		return append(dst, "NULL"...)
	}
}

func appendEnumOr(dst []byte, t types.Type, v int64) []byte {
	if t.Enum == nil {
		return strconv.AppendInt(dst, v, 10)
	}
	if name, ok := t.Enum.Name(int16(v)); ok {
		return append(dst, name...)
	}
	return strconv.AppendInt(dst, v, 10)
}

// ints is an integer column as int64; UInt64 wraps around.
func ints(v *batch.Vector) []int64 { return kernel.ConvertTo(types.PhysI64, v.Data).([]int64) }

// floats is a number column, Decimal included, as float64.
func floats(v *batch.Vector) []float64 {
	if v.Type.Kind == types.Decimal {
		return decimalFloats(v)
	}
	return kernel.ConvertTo(types.PhysF64, v.Data).([]float64)
}

// intAt is an integer value as int64; UInt64 wraps around.
func intAt(v *batch.Vector, i int) int64 {
	return int64(v.Integer(i))
}

// pick is element i of an operand whose only element stands for all rows.
func pick[T any](s []T, i int) T {
	if len(s) == 1 {
		return s[0]
	}
	return s[i]
}

// stringsOf are the values of a String or FixedString operand and a function
// that gives the value of a row.
func stringsOf(v *batch.Vector) func(i int) []byte {
	s := v.Strings()
	if s.Len() == 1 {
		one := s.At(0)
		return func(int) []byte { return one }
	}
	return s.At
}
