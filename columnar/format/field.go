package format

import (
	"unsafe"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/chcode"
	"github.com/freshetdb/freshet/columnar/types"
)

// field is where the values of a column, or of the elements of one, go. It
// holds what the hot paths ask of the type, so that they need not copy it.
type field struct {
	b        *batch.Builder
	t        *types.Type
	kind     types.Kind
	nullable bool
	wide     bool         // Decimal in 128 bits
	limit    int64        // Decimal in 64 bits: 10**precision
	most     types.Int128 // Decimal: 10**precision
	times    *types.TimeReader
	elems    []*field // Array: one; Tuple: one per element
	nulls    bool     // NULL for a type that is not Nullable becomes its default
}

// column is a field of a row.
type column struct {
	field

	Column
	missing []bool // nil while no row of the batch misses it
	seen    int64  // the number of the attempt at a row that last had it
}

// fieldEnv is what all fields of a reader share.
type fieldEnv struct {
	o *ReadOptions
}

func (e fieldEnv) init(f *field, t types.Type) {
	f.t, f.kind, f.nullable = &t, t.Kind, t.Nullable
	f.wide = t.Kind == types.Decimal && t.Phys() == types.PhysI128
	if t.Kind == types.Decimal {
		f.most = types.Pow10(int(t.Precision))
		f.limit = int64(f.most.Lo)
	}
	f.nulls = !e.o.KeepNulls
	if t.IsTime() || t.IsDate() {
		zone := t.Zone
		if zone == nil {
			zone = e.o.Zone
		}
		f.times = &types.TimeReader{Zone: zone, Now: e.o.Now, Basic: e.o.BasicDateTime}
	}
	if t.Kind == types.Array || t.Kind == types.Tuple {
		f.elems = make([]*field, len(t.Elems))
		for i := range t.Elems {
			f.elems[i] = &field{}
			e.init(f.elems[i], t.Elems[i])
		}
	}
}

// bind points the field to the builder of a new batch.
func (f *field) bind(b *batch.Builder) {
	f.b = b
	for i, e := range f.elems {
		e.bind(b.Elems[i])
	}
}

// null adds a NULL, or the default where the type holds none and o allows it.
// ok is false when NULL is refused.
func (f *field) null() (ok bool) {
	if f.nullable {
		f.b.AppendNull()
		return true
	}
	f.b.AppendDefault()
	return f.nulls
}

// text adds a value from its whole text, without quotes and escapes. Errors are
// *chcode.Error or a types.TextFault.
func (f *field) text(s []byte) error {
	if err := f.scalar(s); err != nil {
		return err
	}
	f.b.NotNull()
	return nil
}

// scalar is text without the mark that the value is not NULL.
func (f *field) scalar(s []byte) error {
	b := f.b
	switch f.kind {
	case types.String:
		b.Str.Append(s)
	case types.Int8:
		v, err := parseInt(s, 8)
		if err != nil {
			return err
		}
		b.I8 = append(b.I8, int8(v))
	case types.Int16:
		v, err := parseInt(s, 16)
		if err != nil {
			return err
		}
		b.I16 = append(b.I16, int16(v))
	case types.Int32:
		v, err := parseInt(s, 32)
		if err != nil {
			return err
		}
		b.I32 = append(b.I32, int32(v))
	case types.Int64, types.Interval:
		v, err := parseInt(s, 64)
		if err != nil {
			return err
		}
		b.I64 = append(b.I64, v)
	case types.UInt8:
		v, err := parseUint(s, 8)
		if err != nil {
			return err
		}
		b.U8 = append(b.U8, uint8(v))
	case types.UInt16:
		v, err := parseUint(s, 16)
		if err != nil {
			return err
		}
		b.U16 = append(b.U16, uint16(v))
	case types.UInt32:
		v, err := parseUint(s, 32)
		if err != nil {
			return err
		}
		b.U32 = append(b.U32, uint32(v))
	case types.UInt64:
		v, err := parseUint(s, 64)
		if err != nil {
			return err
		}
		b.U64 = append(b.U64, v)
	case types.Float32:
		v, err := types.ParseFloat32(s)
		if err != nil {
			return err
		}
		b.F32 = append(b.F32, v)
	case types.Float64:
		v, err := types.ParseFloat64(s)
		if err != nil {
			return err
		}
		b.F64 = append(b.F64, v)
	case types.Decimal:
		return f.decimal(s)
	default:
		return f.special(s)
	}
	return nil
}

func (f *field) decimal(s []byte) error {
	if len(s) == 0 {
		s = zeroText
	}
	if f.wide {
		v, err := types.ParseDecimal128(s, int(f.t.Precision), int(f.t.Scale))
		if err != nil {
			return err
		}
		f.b.I128 = append(f.b.I128, v)
		return nil
	}
	v, err := types.ParseDecimal64(s, int(f.t.Precision), int(f.t.Scale))
	if err != nil {
		return err
	}
	f.b.I64 = append(f.b.I64, v)
	return nil
}

var zeroText = []byte("0")

// special adds a value of the kinds that are less common in hot rows.
func (f *field) special(s []byte) error {
	b := f.b
	switch f.kind {
	case types.Date, types.Date32, types.DateTime, types.DateTime64:
		return f.time(s)
	case types.Bool:
		v, err := types.ParseBool(s)
		if err != nil {
			return err
		}
		b.U8 = append(b.U8, boolByte(v))
	case types.FixedString:
		if len(s) > int(f.t.Width) {
			return chcode.Errorf(chcode.TooLargeStringSize, "Too large value for FixedString(%d): %d bytes",
				f.t.Width, len(s))
		}
		f.fixed(s)
	case types.Enum8:
		v, err := f.enum(s)
		if err != nil {
			return err
		}
		b.I8 = append(b.I8, int8(v))
	case types.Enum16:
		v, err := f.enum(s)
		if err != nil {
			return err
		}
		b.I16 = append(b.I16, v)
	case types.UUID:
		v, err := types.ParseUUID(s)
		if err != nil {
			return err
		}
		b.B16 = append(b.B16, v)
	case types.IPv4:
		v, err := types.ParseIPv4(s)
		if err != nil {
			return err
		}
		b.U32 = append(b.U32, v)
	case types.IPv6:
		v, err := types.ParseIPv6(s)
		if err != nil {
			return err
		}
		b.B16 = append(b.B16, v)
	default:
		return chcode.Errorf(chcode.NotImplemented, "Values of type %s can't be read from text", f.t)
	}
	return nil
}

func (f *field) enum(s []byte) (int16, error) {
	v, ok := f.t.Enum.Value(view(s))
	if ok {
		return v, nil
	}
	return types.ParseEnum(s, f.t.Enum)
}

func (f *field) fixed(s []byte) {
	b := f.b
	b.Str.Bytes = append(b.Str.Bytes, s...)
	for range int(f.t.Width) - len(s) {
		b.Str.Bytes = append(b.Str.Bytes, 0)
	}
	b.Str.Offsets = append(b.Str.Offsets, uint32(len(b.Str.Bytes)))
}

func boolByte(v bool) uint8 {
	if v {
		return 1
	}
	return 0
}

// view is b as a string that shares its memory: only for calls that don't keep it.
func view(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

// viewBytes is s as bytes that share its memory: only for calls that neither
// change nor keep it.
func viewBytes(s string) []byte { return unsafe.Slice(unsafe.StringData(s), len(s)) }
