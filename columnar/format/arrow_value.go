package format

import (
	"math"
	"math/big"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/freshetdb/freshet/columnar/chcode"
	"github.com/freshetdb/freshet/columnar/types"
)

// arrowPut makes a function that adds the value of a at a row, which is not
// NULL, to f.
func arrowPut(a arrow.Array, f *field) (func(int) error, error) {
	put, err := arrowSource(a, f)
	if err != nil {
		return nil, err
	}
	return func(i int) error {
		if err := put(i); err != nil {
			return err
		}
		f.b.NotNull()
		return nil
	}, nil
}

// arrowSource chooses how values of a's type become values of f's.
func arrowSource(arr arrow.Array, f *field) (func(int) error, error) {
	switch a := arr.(type) {
	case *array.Dictionary:
		put, err := arrowSource(a.Dictionary(), f)
		if err != nil {
			return nil, err
		}
		values := a.Dictionary()
		return func(i int) error {
			k := a.GetValueIndex(i)
			if values.IsNull(k) {
				return chcode.Errorf(chcode.CannotInsertNullInOrdinaryColumn, "A dictionary of Arrow holds NULL")
			}
			return put(k)
		}, nil
	case array.ExtensionArray:
		return arrowSource(a.Storage(), f)
	case *array.Null:
		return func(int) error { f.b.AppendDefault(); return nil }, nil
	case *array.List, *array.LargeList, *array.FixedSizeList:
		return arrowList(arr.(array.ListLike), f) //nolint:forcetypeassert // all three are
	case *array.Struct:
		return arrowStruct(a, f)
	case *array.Uint64:
		return arrowUint(func(i int) uint64 { return a.Value(i) }, f)
	case *array.Timestamp:
		unit := a.DataType().(*arrow.TimestampType).Unit //nolint:forcetypeassert // the type of the array
		return arrowTime(func(i int) int64 { return int64(a.Value(i)) }, unitScale(unit), f)
	case *array.Date32:
		return arrowDays(func(i int) int64 { return int64(a.Value(i)) }, f)
	case *array.Date64:
		return arrowDays(func(i int) int64 { return int64(a.Value(i)) / msPerDay }, f)
	case *array.Decimal128:
		scale := a.DataType().(*arrow.Decimal128Type).Scale //nolint:forcetypeassert // the type of the array
		return arrowDecimal(func(i int) (types.Int128, bool) {
			x := a.Value(i)
			return types.Int128{Lo: x.LowBits(), Hi: x.HighBits()}, true
		}, int(scale), f)
	case *array.Decimal256:
		scale := a.DataType().(*arrow.Decimal256Type).Scale //nolint:forcetypeassert // the type of the array
		return arrowDecimal(func(i int) (types.Int128, bool) { return types.Int128FromBig(a.Value(i).BigInt()) }, int(scale), f)
	}
	if ints := arrowInts(arr); ints != nil {
		return arrowInt(ints, f)
	}
	if floats := arrowFloats(arr); floats != nil {
		return arrowFloat(floats, f)
	}
	if texts := arrowBytes(arr); texts != nil {
		return arrowText(texts, arr.DataType(), f)
	}
	return nil, noCast(arr.DataType().String(), f)
}

const msPerDay = 86_400_000

func noCast(from string, f *field) error {
	return chcode.Errorf(chcode.TypeMismatch, "Arrow's type %s can't be read into a column of type %s", from, f.t)
}

func arrowInts(arr arrow.Array) func(int) int64 {
	switch a := arr.(type) {
	case *array.Boolean:
		return func(i int) int64 { return int64(boolByte(a.Value(i))) }
	case *array.Int8:
		return func(i int) int64 { return int64(a.Value(i)) }
	case *array.Int16:
		return func(i int) int64 { return int64(a.Value(i)) }
	case *array.Int32:
		return func(i int) int64 { return int64(a.Value(i)) }
	case *array.Int64:
		return a.Value
	case *array.Uint8:
		return func(i int) int64 { return int64(a.Value(i)) }
	case *array.Uint16:
		return func(i int) int64 { return int64(a.Value(i)) }
	case *array.Uint32:
		return func(i int) int64 { return int64(a.Value(i)) }
	case *array.Time32:
		return func(i int) int64 { return int64(a.Value(i)) }
	case *array.Time64:
		return func(i int) int64 { return int64(a.Value(i)) }
	case *array.Duration:
		return func(i int) int64 { return int64(a.Value(i)) }
	default:
		return nil
	}
}

func arrowFloats(arr arrow.Array) func(int) float64 {
	switch a := arr.(type) {
	case *array.Float16:
		return func(i int) float64 { return float64(a.Value(i).Float32()) }
	case *array.Float32:
		return func(i int) float64 { return float64(a.Value(i)) }
	case *array.Float64:
		return a.Value
	default:
		return nil
	}
}

func arrowBytes(arr arrow.Array) func(int) []byte {
	switch a := arr.(type) {
	case *array.String:
		return func(i int) []byte { return viewBytes(a.Value(i)) }
	case *array.LargeString:
		return func(i int) []byte { return viewBytes(a.Value(i)) }
	case *array.StringView:
		return func(i int) []byte { return viewBytes(a.Value(i)) }
	case *array.Binary:
		return a.Value
	case *array.LargeBinary:
		return a.Value
	case *array.BinaryView:
		return a.Value
	case *array.FixedSizeBinary:
		return a.Value
	default:
		return nil
	}
}

// arrowInt adds whole numbers; those that f can't hold are refused.
func arrowInt(v func(int) int64, f *field) (func(int) error, error) {
	var put func(int64) bool
	switch f.kind {
	case types.Float32:
		put = func(x int64) bool { f.b.F32 = append(f.b.F32, float32(x)); return true }
	case types.Float64:
		put = func(x int64) bool { f.b.F64 = append(f.b.F64, float64(x)); return true }
	case types.Bool:
		put = func(x int64) bool { f.b.U8 = append(f.b.U8, boolByte(x != 0)); return true }
	case types.Date, types.Date32, types.DateTime:
		put = f.ticks
	case types.DateTime64:
		return arrowTime(v, 0, f)
	case types.IPv4:
		put = func(x int64) bool { f.b.U32 = append(f.b.U32, uint32(x)); return x >= 0 && x <= math.MaxUint32 }
	case types.Enum8:
		put = func(x int64) bool { f.b.I8 = append(f.b.I8, int8(x)); return f.inEnum(x) }
	case types.Enum16:
		put = func(x int64) bool { f.b.I16 = append(f.b.I16, int16(x)); return f.inEnum(x) }
	case types.Decimal:
		return arrowDecimal(func(i int) (types.Int128, bool) { return types.Int128From(v(i)), true }, 0, f)
	default:
		if !f.t.IsInteger() && f.kind != types.Interval {
			return nil, noCast("integer", f)
		}
		put = f.putInt
	}
	return func(i int) error {
		if x := v(i); !put(x) {
			return chcode.Errorf(chcode.ValueIsOutOfRangeOfDataType, "Value %d is outside the range of %s", x, f.t)
		}
		return nil
	}, nil
}

func (f *field) inEnum(x int64) bool {
	if int64(int16(x)) != x {
		return false
	}
	_, ok := f.t.Enum.Name(int16(x))
	return ok
}

// arrowUint is arrowInt for numbers that may not fit an int64.
func arrowUint(v func(int) uint64, f *field) (func(int) error, error) {
	if f.kind == types.UInt64 {
		return func(i int) error { f.b.U64 = append(f.b.U64, v(i)); return nil }, nil
	}
	put, err := arrowInt(func(i int) int64 { return int64(v(i)) }, f)
	if err != nil {
		return nil, err
	}
	return func(i int) error {
		x := v(i)
		switch {
		case x <= math.MaxInt64:
			return put(i)
		case f.kind == types.Float64:
			f.b.F64 = append(f.b.F64, float64(x))
			return nil
		case f.kind == types.Float32:
			f.b.F32 = append(f.b.F32, float32(x))
			return nil
		default:
			return chcode.Errorf(chcode.ValueIsOutOfRangeOfDataType, "Value %d is outside the range of %s", x, f.t)
		}
	}, nil
}

// arrowFloat adds floats; to other numbers only those that are exactly one.
func arrowFloat(v func(int) float64, f *field) (func(int) error, error) {
	switch {
	case f.kind == types.Float64:
		return func(i int) error { f.b.F64 = append(f.b.F64, v(i)); return nil }, nil
	case f.kind == types.Float32:
		return func(i int) error { f.b.F32 = append(f.b.F32, float32(v(i))); return nil }, nil
	case f.t.IsInteger() || f.kind == types.Decimal:
		var text []byte
		return func(i int) error {
			text = types.AppendFloat64(text[:0], v(i))
			return f.exact(text)
		}, nil
	default:
		return nil, noCast("float", f)
	}
}

// exact adds a number from the text of a float.
func (f *field) exact(text []byte) error {
	if f.kind == types.Decimal {
		return types.TextError(f.decimal(text), text, *f.t)
	}
	x, ok := new(big.Rat).SetString(string(text))
	if !ok || !x.IsInt() || (!x.Num().IsInt64() && f.kind != types.UInt64) || (f.kind == types.UInt64 && !x.Num().IsUint64()) {
		return chcode.Errorf(chcode.ValueIsOutOfRangeOfDataType, "Value %s is not a whole number of type %s", text, f.t)
	}
	if f.kind == types.UInt64 {
		f.b.U64 = append(f.b.U64, x.Num().Uint64())
		return nil
	}
	if !f.putInt(x.Num().Int64()) {
		return chcode.Errorf(chcode.ValueIsOutOfRangeOfDataType, "Value %s is outside the range of %s", text, f.t)
	}
	return nil
}

// arrowText adds bytes: the 16 of a UUID or IPv6 address, a string, or the text
// of another value.
func arrowText(v func(int) []byte, from arrow.DataType, f *field) (func(int) error, error) {
	fixed, ok := from.(*arrow.FixedSizeBinaryType)
	switch {
	case f.kind == types.String:
		return func(i int) error { f.b.Str.Append(v(i)); return nil }, nil
	case ok && fixed.ByteWidth == 16 && (f.kind == types.UUID || f.kind == types.IPv6):
		return func(i int) error { f.b.B16 = append(f.b.B16, types.Bytes16(v(i))); return nil }, nil
	case f.kind == types.Array || f.kind == types.Tuple || f.kind == types.Nothing:
		return nil, noCast(from.String(), f)
	}
	return func(i int) error {
		s := v(i)
		return types.TextError(f.scalar(s), s, *f.t)
	}, nil
}

func unitScale(u arrow.TimeUnit) int {
	switch u {
	case arrow.Second:
		return 0
	case arrow.Millisecond:
		return 3
	case arrow.Microsecond:
		return 6
	default:
		return 9
	}
}

// arrowTime adds times of 10**-scale seconds; parts of a second that the column
// does not hold are cut off.
func arrowTime(v func(int) int64, scale int, f *field) (func(int) error, error) {
	to := 0
	switch f.kind {
	case types.DateTime64:
		to = int(f.t.Scale)
	case types.DateTime, types.Date, types.Date32:
	default:
		return nil, noCast("timestamp", f)
	}
	unit := int64(1)
	for range max(scale-to, to-scale) {
		unit *= 10
	}
	return func(i int) error {
		x := v(i)
		if to < scale {
			x = floorDivide(x, unit)
		} else if x > math.MaxInt64/unit || x < math.MinInt64/unit {
			return chcode.Errorf(chcode.ValueIsOutOfRangeOfDataType, "Time %d is outside the range of %s", x, f.t)
		} else {
			x *= unit
		}
		if f.t.IsDate() {
			x = floorDivide(f.times.Zone.Clock().Local(x), 86400)
		}
		if !f.ticks(x) {
			return chcode.Errorf(chcode.ValueIsOutOfRangeOfDataType, "Time %d is outside the range of %s", v(i), f.t)
		}
		return nil
	}, nil
}

func floorDivide(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

// arrowDays adds days since 1970-01-01.
func arrowDays(v func(int) int64, f *field) (func(int) error, error) {
	if !f.t.IsDate() {
		return nil, noCast("date", f)
	}
	return func(i int) error {
		if x := v(i); !f.ticks(x) {
			return chcode.Errorf(chcode.ValueIsOutOfRangeOfDataType, "Day %d is outside the range of %s", x, f.t)
		}
		return nil
	}, nil
}

// arrowDecimal adds decimals; digits behind the column's scale must be zero. v
// tells whether the value fits 128 bits.
func arrowDecimal(v func(int) (types.Int128, bool), scale int, f *field) (func(int) error, error) {
	if f.kind != types.Decimal {
		return nil, noCast("decimal", f)
	}
	diff := int(f.t.Scale) - scale
	if diff > types.MaxDecimalPrecision || diff < -types.MaxDecimalPrecision {
		return nil, noCast("decimal", f)
	}
	factor := types.Pow10(max(diff, -diff))
	return func(i int) error {
		x, fits := v(i)
		switch {
		case diff > 0:
			var over bool
			x, over = x.Mul(factor)
			fits = fits && !over
		case diff < 0:
			var rest types.Int128
			x, rest = x.DivMod(factor)
			fits = fits && rest.Sign() == 0
		}
		if !fits || x.Cmp(f.most) >= 0 || x.Cmp(f.most.Neg()) <= 0 {
			x, _ = v(i)
			return chcode.Errorf(chcode.ArgumentOutOfBound, "Decimal %se-%d does not fit %s", x, scale, f.t)
		}
		if f.wide {
			f.b.I128 = append(f.b.I128, x)
		} else {
			f.b.I64 = append(f.b.I64, int64(x.Lo))
		}
		return nil
	}, nil
}

func arrowList(a array.ListLike, f *field) (func(int) error, error) {
	if f.kind != types.Array {
		return nil, noCast(a.DataType().String(), f)
	}
	values, e := a.ListValues(), f.elems[0]
	put, err := arrowPut(values, e)
	if err != nil {
		return nil, err
	}
	return func(i int) error {
		from, to := a.ValueOffsets(i)
		for k := from; k < to; k++ {
			if err := arrowElement(values, int(k), e, put); err != nil {
				return err
			}
		}
		f.b.EndList()
		return nil
	}, nil
}

// arrowElement adds an element of a list or struct, which may be NULL.
func arrowElement(a arrow.Array, i int, e *field, put func(int) error) error {
	if !a.IsNull(i) {
		return put(i)
	}
	if !e.null() {
		return chcode.Errorf(chcode.CannotInsertNullInOrdinaryColumn, "Cannot insert NULL into an element of type %s", e.t)
	}
	return nil
}

// arrowStruct adds tuples: elements by name where both have names, else in order.
func arrowStruct(a *array.Struct, f *field) (func(int) error, error) {
	if f.kind != types.Tuple || a.NumField() != len(f.elems) {
		return nil, noCast(a.DataType().String(), f)
	}
	st := a.DataType().(*arrow.StructType) //nolint:forcetypeassert // the type of the array
	parts, puts := make([]arrow.Array, len(f.elems)), make([]func(int) error, len(f.elems))
	for i, e := range f.elems {
		at := i
		if f.t.Names != nil {
			if k, ok := st.FieldIdx(f.t.Names[i]); ok {
				at = k
			}
		}
		parts[i] = a.Field(at)
		var err error
		if puts[i], err = arrowPut(parts[i], e); err != nil {
			return nil, err
		}
	}
	return func(i int) error {
		for k, put := range puts {
			if err := arrowElement(parts[k], i, f.elems[k], put); err != nil {
				return err
			}
		}
		f.b.EndTuple()
		return nil
	}, nil
}
