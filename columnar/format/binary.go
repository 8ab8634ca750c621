package format

import (
	"encoding/binary"
	"math"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/chcode"
	"github.com/freshetdb/freshet/columnar/types"
)

// Values of RowBinary: integers, floats, times and decimals little-endian at
// the width of their type; String as a varint length and its bytes; Array as a
// varint count and its elements; Tuple as its elements; a byte before every
// value of a Nullable type, 1 for NULL, which has no value; UUID as two
// little-endian halves; IPv6 in the order in which it is written.

// binaryReader reads values of RowBinary into fields.
type binaryReader struct{}

// short is the error for input that ends inside a value.
func (c *cursor) short(need int) error {
	if !c.final {
		return errMore
	}
	return c.fail(len(c.buf), chcode.CannotReadAllData, "Cannot read all data. Bytes read: %d. Bytes expected: %d",
		len(c.buf)-c.pos, need)
}

// next is the next n bytes.
func (c *cursor) next(n int) ([]byte, error) {
	if n > len(c.buf)-c.pos {
		return nil, c.short(n)
	}
	s := c.buf[c.pos : c.pos+n]
	c.pos += n
	return s, nil
}

func (c *cursor) uvarint() (uint64, error) {
	v, n := binary.Uvarint(c.buf[c.pos:])
	if n == 0 {
		if !c.final {
			return 0, errMore
		}
		return 0, c.fail(c.pos, chcode.AttemptToReadAfterEOF, "Attempt to read after eof")
	}
	if n < 0 {
		return 0, c.fail(c.pos, chcode.IncorrectData, "A length does not fit 64 bits")
	}
	c.pos += n
	return v, nil
}

// value reads a value, or the NULL of a Nullable type.
func (r binaryReader) value(c *cursor, f *field, depth int) error {
	if f.nullable {
		flag, err := c.next(1)
		if err != nil {
			return err
		}
		if flag[0] != 0 {
			f.b.AppendNull()
			return nil
		}
	}
	var err error
	switch f.kind {
	case types.String:
		err = r.str(c, f)
	case types.FixedString:
		var s []byte
		if s, err = c.next(int(f.t.Width)); err == nil {
			f.b.Str.Append(s)
		}
	case types.Array:
		err = r.array(c, f, depth)
	case types.Tuple:
		for _, e := range f.elems {
			if err = r.value(c, e, depth+1); err != nil {
				return err
			}
		}
		f.b.EndTuple()
	case types.Nothing:
		err = c.fail(c.pos, chcode.IncorrectData, "A value of type Nothing is not NULL")
	default:
		err = r.fixed(c, f)
	}
	if err != nil {
		return err
	}
	f.b.NotNull()
	return nil
}

func (r binaryReader) str(c *cursor, f *field) error {
	n, err := c.uvarint()
	if err != nil {
		return err
	}
	if n > math.MaxInt32 {
		return c.fail(c.pos, chcode.TooLargeStringSize, "Too large string size: %d", n)
	}
	s, err := c.next(int(n))
	if err != nil {
		return err
	}
	f.b.Str.Append(s)
	return nil
}

func (r binaryReader) array(c *cursor, f *field, depth int) error {
	if depth >= maxNesting {
		return c.fail(c.pos, chcode.TooDeepRecursion, "Arrays are nested deeper than %d levels", maxNesting)
	}
	n, err := c.uvarint()
	if err != nil {
		return err
	}
	if n > maxArrayElems {
		return c.fail(c.pos, chcode.TooLargeArraySize, "Too large array size: %d. The maximum is: %d", n, maxArrayElems)
	}
	e := f.elems[0]
	if e.kind == types.Tuple && len(e.elems) == 0 && n > 0 {
		return c.fail(c.pos, chcode.TooLargeArraySize, "An array of empty tuples must be empty")
	}
	for range n {
		if err := r.value(c, e, depth+1); err != nil {
			return err
		}
	}
	f.b.EndList()
	return nil
}

// fixed reads a value of fixed width.
func (r binaryReader) fixed(c *cursor, f *field) error {
	start := c.pos
	s, err := c.next(f.t.Size())
	if err != nil {
		return err
	}
	b, le := f.b, binary.LittleEndian
	switch f.kind {
	case types.Bool:
		b.U8 = append(b.U8, boolByte(s[0] != 0))
	case types.UInt8:
		b.U8 = append(b.U8, s[0])
	case types.Int8, types.Enum8:
		b.I8 = append(b.I8, int8(s[0]))
		return r.known(c, f, start, int16(int8(s[0])))
	case types.UInt16, types.Date:
		b.U16 = append(b.U16, le.Uint16(s))
	case types.Int16, types.Enum16:
		b.I16 = append(b.I16, int16(le.Uint16(s)))
		return r.known(c, f, start, int16(le.Uint16(s)))
	case types.UInt32, types.DateTime, types.IPv4:
		b.U32 = append(b.U32, le.Uint32(s))
	case types.Int32, types.Date32:
		b.I32 = append(b.I32, int32(le.Uint32(s)))
	case types.UInt64:
		b.U64 = append(b.U64, le.Uint64(s))
	case types.Int64, types.DateTime64, types.Interval:
		b.I64 = append(b.I64, int64(le.Uint64(s)))
	case types.Float32:
		b.F32 = append(b.F32, math.Float32frombits(le.Uint32(s)))
	case types.Float64:
		b.F64 = append(b.F64, math.Float64frombits(le.Uint64(s)))
	case types.UUID:
		b.B16 = append(b.B16, swapUUID(types.Bytes16(s)))
	case types.IPv6:
		b.B16 = append(b.B16, types.Bytes16(s))
	case types.Decimal:
		return r.decimal(c, f, start, s)
	default:
		return c.fail(start, chcode.NotImplemented, "Type %s can't be read from RowBinary", f.t)
	}
	return nil
}

// known refuses a number that names no element of an enum.
func (r binaryReader) known(c *cursor, f *field, start int, v int16) error {
	if f.t.Enum == nil {
		return nil
	}
	if _, ok := f.t.Enum.Name(v); !ok {
		return c.fail(start, chcode.UnknownElementOfEnum, "Unexpected value %d in enum", v)
	}
	return nil
}

func (r binaryReader) decimal(c *cursor, f *field, start int, s []byte) error {
	le := binary.LittleEndian
	var v types.Int128
	switch len(s) {
	case 4:
		v = types.Int128From(int64(int32(le.Uint32(s))))
	case 8:
		v = types.Int128From(int64(le.Uint64(s)))
	default:
		v = types.Int128{Lo: le.Uint64(s), Hi: int64(le.Uint64(s[8:]))}
	}
	if v.Cmp(f.most) >= 0 || v.Cmp(f.most.Neg()) <= 0 {
		return c.fail(start, chcode.ArgumentOutOfBound, "Decimal %s has more than %d digits", v, f.t.Precision)
	}
	if f.wide {
		f.b.I128 = append(f.b.I128, v)
	} else {
		f.b.I64 = append(f.b.I64, int64(v.Lo))
	}
	return nil
}

// swapUUID turns each half of a UUID around: from the order in which it is
// written to ClickHouse's in memory and back.
func swapUUID(v types.Bytes16) types.Bytes16 {
	for i := range 4 {
		v[i], v[7-i] = v[7-i], v[i]
		v[8+i], v[15-i] = v[15-i], v[8+i]
	}
	return v
}

// binaryCell prints values of v in RowBinary.
func binaryCell(v *batch.Vector) cell {
	c := binaryValue(v)
	if v.Const {
		inner := c
		c = func(dst []byte, _ int) []byte { return inner(dst, 0) }
	}
	switch {
	case v.Type.Kind == types.Nothing:
		return func(dst []byte, _ int) []byte { return append(dst, 1) }
	case v.Type.Nullable:
		return func(dst []byte, i int) []byte {
			if v.IsNull(i) {
				return append(dst, 1)
			}
			return c(append(dst, 0), i)
		}
	default:
		return c
	}
}

func binaryValue(v *batch.Vector) cell {
	le := binary.LittleEndian
	switch d := v.Data.(type) {
	case []uint8:
		return func(dst []byte, i int) []byte { return append(dst, d[i]) }
	case []int8:
		return func(dst []byte, i int) []byte { return append(dst, byte(d[i])) }
	case []uint16:
		return func(dst []byte, i int) []byte { return le.AppendUint16(dst, d[i]) }
	case []int16:
		return func(dst []byte, i int) []byte { return le.AppendUint16(dst, uint16(d[i])) }
	case []uint32:
		return func(dst []byte, i int) []byte { return le.AppendUint32(dst, d[i]) }
	case []int32:
		return func(dst []byte, i int) []byte { return le.AppendUint32(dst, uint32(d[i])) }
	case []uint64:
		return func(dst []byte, i int) []byte { return le.AppendUint64(dst, d[i]) }
	case []int64:
		if v.Type.Size() == 4 { // Decimal of at most 9 digits
			return func(dst []byte, i int) []byte { return le.AppendUint32(dst, uint32(d[i])) }
		}
		return func(dst []byte, i int) []byte { return le.AppendUint64(dst, uint64(d[i])) }
	case []float32:
		return func(dst []byte, i int) []byte { return le.AppendUint32(dst, math.Float32bits(d[i])) }
	case []float64:
		return func(dst []byte, i int) []byte { return le.AppendUint64(dst, math.Float64bits(d[i])) }
	case []types.Int128:
		return func(dst []byte, i int) []byte {
			return le.AppendUint64(le.AppendUint64(dst, d[i].Lo), uint64(d[i].Hi))
		}
	case []types.Bytes16:
		if v.Type.Kind == types.UUID {
			return func(dst []byte, i int) []byte {
				u := swapUUID(d[i])
				return append(dst, u[:]...)
			}
		}
		return func(dst []byte, i int) []byte { return append(dst, d[i][:]...) }
	default:
		return binaryVariable(v)
	}
}

// binaryVariable prints strings, arrays and tuples.
func binaryVariable(v *batch.Vector) cell {
	switch d := v.Data.(type) {
	case batch.Lists:
		element := binaryCell(d.Elems)
		return func(dst []byte, i int) []byte {
			dst = binary.AppendUvarint(dst, uint64(d.Offsets[i+1]-d.Offsets[i]))
			for e := d.Offsets[i]; e < d.Offsets[i+1]; e++ {
				dst = element(dst, int(e))
			}
			return dst
		}
	case []*batch.Vector:
		cells := make([]cell, len(d))
		for i, p := range d {
			cells[i] = binaryCell(p)
		}
		return func(dst []byte, i int) []byte {
			for _, c := range cells {
				dst = c(dst, i)
			}
			return dst
		}
	case nil:
		return func(dst []byte, _ int) []byte { return dst }
	default:
		at := bytesOf(v)
		if v.Type.Kind == types.FixedString {
			return func(dst []byte, i int) []byte { return append(dst, at(i)...) }
		}
		return func(dst []byte, i int) []byte {
			s := at(i)
			return append(binary.AppendUvarint(dst, uint64(len(s))), s...)
		}
	}
}
