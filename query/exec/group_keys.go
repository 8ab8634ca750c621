package exec

import (
	"encoding/binary"
	"math"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/types"
)

// vectors are the key values of all groups, one column per key.
func (g *groups) vectors() []*batch.Vector {
	out := make([]*batch.Vector, len(g.cols))
	for i := range g.cols {
		out[i] = g.cols[i].vector(g)
	}
	return out
}

func (c *keyCol) vector(g *groups) *batch.Vector {
	v := &batch.Vector{Type: c.typ, Len: g.count}
	switch c.typ.Phys() {
	case types.PhysU8:
		v.Data = unpack[uint8](c, g)
	case types.PhysU16:
		v.Data = unpack[uint16](c, g)
	case types.PhysU32:
		v.Data = unpack[uint32](c, g)
	case types.PhysU64:
		v.Data = unpack[uint64](c, g)
	case types.PhysI8:
		v.Data = unpack[int8](c, g)
	case types.PhysI16:
		v.Data = unpack[int16](c, g)
	case types.PhysI32:
		v.Data = unpack[int32](c, g)
	case types.PhysI64:
		v.Data = unpack[int64](c, g)
	case types.PhysF32:
		out := make([]float32, g.count)
		for i, b := range unpack[uint32](c, g) {
			out[i] = math.Float32frombits(b)
		}
		v.Data = out
	case types.PhysF64:
		out := make([]float64, g.count)
		for i, b := range unpack[uint64](c, g) {
			out[i] = math.Float64frombits(b)
		}
		v.Data = out
	case types.PhysI128:
		out := make([]types.Int128, g.count)
		for i := range out {
			out[i] = types.Int128{Lo: g.keys[i*g.words+c.word], Hi: int64(g.keys[i*g.words+c.word+1])}
		}
		v.Data = out
	case types.PhysB16:
		out := make([]types.Bytes16, g.count)
		for i := range out {
			binary.LittleEndian.PutUint64(out[i][:8], g.keys[i*g.words+c.word])
			binary.LittleEndian.PutUint64(out[i][8:], g.keys[i*g.words+c.word+1])
		}
		v.Data = out
	case types.PhysStrings:
		v.Data = c.coder.symbols(unpack[uint32](c, g))
	case types.PhysLists, types.PhysTuple:
		v = decodeRows(c.typ, c.coder, unpack[uint32](c, g))
	case types.PhysNone:
	}
	c.unpackNulls(g, v)
	return v
}

func (c *keyCol) unpackNulls(g *groups, v *batch.Vector) {
	if !c.typ.Nullable {
		return
	}
	nulls := make([]bool, g.count)
	has := false
	for i := range nulls {
		nulls[i] = g.keys[i*g.words+c.nullWord]>>c.nullBit&1 == 1
		has = has || nulls[i]
	}
	if has {
		v.Nulls = nulls
	}
}

func unpack[T uint8 | uint16 | uint32 | uint64 | int8 | int16 | int32 | int64](c *keyCol, g *groups) []T {
	out := make([]T, g.count)
	for i := range out {
		out[i] = T(g.keys[i*g.words+c.word] >> c.shift)
	}
	return out
}

// encodeRows turns arrays and tuples into byte strings that are equal when the
// rows are: how they take part in keys.
func encodeRows(v *batch.Vector, n int) *batch.Vector {
	var s batch.Strings
	var buf []byte
	for i := range n {
		buf = appendKey(buf[:0], v, i)
		s.Append(buf)
	}
	return batch.NewStrings(types.Of(types.String), s, nil)
}

// appendKey writes row i of v: a null byte where the type is Nullable, then
// fixed widths little-endian, strings and arrays with their length first.
func appendKey(dst []byte, v *batch.Vector, i int) []byte {
	if v.Type.Nullable {
		if v.IsNull(i) {
			return append(dst, 1)
		}
		dst = append(dst, 0)
	}
	i = v.Row(i)
	switch d := v.Data.(type) {
	case []uint8:
		return append(dst, d[i])
	case []int8:
		return append(dst, byte(d[i]))
	case []uint16:
		return binary.LittleEndian.AppendUint16(dst, d[i])
	case []int16:
		return binary.LittleEndian.AppendUint16(dst, uint16(d[i]))
	case []uint32:
		return binary.LittleEndian.AppendUint32(dst, d[i])
	case []int32:
		return binary.LittleEndian.AppendUint32(dst, uint32(d[i]))
	case []float32:
		return binary.LittleEndian.AppendUint32(dst, math.Float32bits(d[i]))
	case []uint64:
		return binary.LittleEndian.AppendUint64(dst, d[i])
	case []int64:
		return binary.LittleEndian.AppendUint64(dst, uint64(d[i]))
	case []float64:
		return binary.LittleEndian.AppendUint64(dst, math.Float64bits(d[i]))
	case []types.Int128:
		return binary.LittleEndian.AppendUint64(binary.LittleEndian.AppendUint64(dst, d[i].Lo), uint64(d[i].Hi))
	case []types.Bytes16:
		return append(dst, d[i][:]...)
	case batch.Lists:
		lo, hi := d.Offsets[i], d.Offsets[i+1]
		dst = binary.AppendUvarint(dst, uint64(hi-lo))
		for e := lo; e < hi; e++ {
			dst = appendKey(dst, d.Elems, int(e))
		}
		return dst
	case []*batch.Vector:
		for _, p := range d {
			dst = appendKey(dst, p, i)
		}
		return dst
	case nil:
		return dst
	default:
		b := v.Bytes(i)
		dst = binary.AppendUvarint(dst, uint64(len(b)))
		return append(dst, b...)
	}
}

// decodeRows is the inverse of encodeRows for the codes of a coder.
func decodeRows(t types.Type, c *coder, codes []uint32) *batch.Vector {
	b := batch.NewBuilder(t, len(codes))
	for _, code := range codes {
		readKey(b, c.texts.At(int(code&^batch.OverlayBit)))
	}
	return b.Finish()
}

// readKey appends what appendKey wrote and returns the rest.
func readKey(b *batch.Builder, src []byte) []byte {
	if b.Type.Nullable {
		null := src[0] == 1
		src = src[1:]
		if null {
			b.AppendNull()
			return src
		}
	}
	src = readKeyValue(b, src)
	b.NotNull()
	return src
}

func readKeyValue(b *batch.Builder, src []byte) []byte {
	le := binary.LittleEndian
	switch b.Type.Phys() {
	case types.PhysU8:
		b.U8 = append(b.U8, src[0])
		return src[1:]
	case types.PhysI8:
		b.I8 = append(b.I8, int8(src[0]))
		return src[1:]
	case types.PhysU16:
		b.U16 = append(b.U16, le.Uint16(src))
		return src[2:]
	case types.PhysI16:
		b.I16 = append(b.I16, int16(le.Uint16(src)))
		return src[2:]
	case types.PhysU32:
		b.U32 = append(b.U32, le.Uint32(src))
		return src[4:]
	case types.PhysI32:
		b.I32 = append(b.I32, int32(le.Uint32(src)))
		return src[4:]
	case types.PhysF32:
		b.F32 = append(b.F32, math.Float32frombits(le.Uint32(src)))
		return src[4:]
	case types.PhysU64:
		b.U64 = append(b.U64, le.Uint64(src))
		return src[8:]
	case types.PhysI64:
		b.I64 = append(b.I64, int64(le.Uint64(src)))
		return src[8:]
	case types.PhysF64:
		b.F64 = append(b.F64, math.Float64frombits(le.Uint64(src)))
		return src[8:]
	case types.PhysI128:
		b.I128 = append(b.I128, types.Int128{Lo: le.Uint64(src), Hi: int64(le.Uint64(src[8:]))})
		return src[16:]
	case types.PhysB16:
		b.B16 = append(b.B16, types.Bytes16(src[:16]))
		return src[16:]
	case types.PhysLists:
		n, w := binary.Uvarint(src)
		src = src[w:]
		for range n {
			src = readKey(b.Elems[0], src)
		}
		b.EndList()
		return src
	case types.PhysTuple:
		for _, e := range b.Elems {
			src = readKey(e, src)
		}
		b.EndTuple()
		return src
	case types.PhysStrings:
		n, w := binary.Uvarint(src)
		b.Str.Append(src[w : w+int(n)])
		return src[w+int(n):]
	default:
		b.AppendDefault()
		return src
	}
}
