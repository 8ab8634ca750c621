package agg

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"fmt"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/types"
)

// appendValue appends the canonical bytes of a row: what values of more than 64
// bits are hashed by and how arrays and tuples stand in encoded states.
//
//	Nullable: a byte 0, or 1 for NULL and nothing more
//	fixed width: little-endian; UUID and IPv6 in the order of their text
//	strings: uvarint length, bytes;  Array: uvarint length, elements;  Tuple: elements
func appendValue(dst []byte, v *batch.Vector, i int) []byte {
	if v.Type.Nullable {
		dst = appendFlag(dst, v.IsNull(i))
		if v.IsNull(i) {
			return dst
		}
	}
	i = v.Row(i)
	switch d := v.Data.(type) {
	case batch.Strings:
		return appendText(dst, d.At(i))
	case batch.Symbols:
		return appendText(dst, d.At(i))
	case batch.Lists:
		lo, hi := d.Offsets[i], d.Offsets[i+1]
		dst = binary.AppendUvarint(dst, uint64(hi-lo))
		for e := lo; e < hi; e++ {
			dst = appendValue(dst, d.Elems, int(e))
		}
		return dst
	case []*batch.Vector:
		for _, p := range d {
			dst = appendValue(dst, p, i)
		}
		return dst
	case []types.Bytes16:
		return append(dst, d[i][:]...)
	case []types.Int128:
		return appendFixed(dst, d[i])
	default:
		return appendScalar(dst, v.Data, i)
	}
}

func appendText(dst, text []byte) []byte {
	return append(binary.AppendUvarint(dst, uint64(len(text))), text...)
}

func appendScalar(dst []byte, data any, i int) []byte {
	switch d := data.(type) {
	case []uint8:
		return append(dst, d[i])
	case []uint16:
		return appendFixed(dst, d[i])
	case []uint32:
		return appendFixed(dst, d[i])
	case []uint64:
		return appendFixed(dst, d[i])
	case []int8:
		return appendFixed(dst, d[i])
	case []int16:
		return appendFixed(dst, d[i])
	case []int32:
		return appendFixed(dst, d[i])
	case []int64:
		return appendFixed(dst, d[i])
	case []float32:
		return appendFixed(dst, d[i])
	case []float64:
		return appendFixed(dst, d[i])
	case nil:
		return dst
	default:
		panic(fmt.Sprintf("agg: value of %T", data))
	}
}

// readValue reads what appendValue wrote into a builder of the same type.
func readValue(r *reader, b *batch.Builder) {
	if b.Type.Nullable && r.flag() {
		b.AppendNull()
		return
	}
	switch b.Type.Phys() {
	case types.PhysStrings:
		text := r.take(r.count(1))
		if w := int(b.Type.Width); w != 0 && len(text) != w {
			r.bad = true
		}
		b.Str.Append(text)
	case types.PhysLists:
		// An element of an empty tuple or of Nothing may take no bytes at all, so
		// the count is bounded by the bytes left whatever the elements need.
		for n := r.count(1); n > 0 && !r.bad; n-- {
			readValue(r, b.Elems[0])
		}
		b.EndList()
	case types.PhysTuple:
		for _, e := range b.Elems {
			readValue(r, e)
		}
		b.EndTuple()
	default:
		readScalar(r, b)
	}
	b.NotNull()
}

func readScalar(r *reader, b *batch.Builder) {
	switch b.Type.Phys() {
	case types.PhysU8:
		b.U8 = append(b.U8, r.byte())
	case types.PhysU16:
		b.U16 = append(b.U16, readFixed[uint16](r))
	case types.PhysU32:
		b.U32 = append(b.U32, readFixed[uint32](r))
	case types.PhysU64:
		b.U64 = append(b.U64, r.u64())
	case types.PhysI8:
		b.I8 = append(b.I8, readFixed[int8](r))
	case types.PhysI16:
		b.I16 = append(b.I16, readFixed[int16](r))
	case types.PhysI32:
		b.I32 = append(b.I32, readFixed[int32](r))
	case types.PhysI64:
		b.I64 = append(b.I64, readFixed[int64](r))
	case types.PhysI128:
		b.I128 = append(b.I128, readFixed[types.Int128](r))
	case types.PhysB16:
		b.B16 = append(b.B16, readFixed[types.Bytes16](r))
	case types.PhysF32:
		b.F32 = append(b.F32, readFixed[float32](r))
	case types.PhysF64:
		b.F64 = append(b.F64, r.f64())
	default:
		r.bad = true // Nothing: it is always NULL
	}
}

// nullOrder says where NULL and NaN inside arrays and tuples stand.
type nullOrder int

const (
	nullsLeast    nullOrder = -1 // for max, where they lose
	nullsGreatest nullOrder = 1  // for min and for sorting
)

// compareRows orders two values of one type.
func compareRows(a *batch.Vector, i int, b *batch.Vector, j int, nulls nullOrder) int {
	if an, bn := a.IsNull(i), b.IsNull(j); an || bn {
		return (boolOrder(an) - boolOrder(bn)) * int(nulls)
	}
	i, j = a.Row(i), b.Row(j)
	switch x := a.Data.(type) {
	case batch.Strings, batch.Symbols:
		return bytes.Compare(a.Bytes(i), b.Bytes(j))
	case batch.Lists:
		return compareLists(x, i, b.Data.(batch.Lists), j, nulls)
	case []*batch.Vector:
		for k, p := range x {
			if c := compareRows(p, i, b.Data.([]*batch.Vector)[k], j, nulls); c != 0 {
				return c
			}
		}
		return 0
	case []types.Int128:
		return x[i].Cmp(b.Data.([]types.Int128)[j])
	case []types.Bytes16:
		if a.Type.Kind == types.UUID {
			return compareUUID(x[i], b.Data.([]types.Bytes16)[j])
		}
		return compareBytes16(x[i], b.Data.([]types.Bytes16)[j])
	case []float32:
		return compareFloats(x[i], b.Data.([]float32)[j], nulls)
	case []float64:
		return compareFloats(x[i], b.Data.([]float64)[j], nulls)
	default:
		return compareScalars(a.Data, i, b.Data, j)
	}
}

func boolOrder(b bool) int {
	if b {
		return 1
	}
	return 0
}

func compareLists(a batch.Lists, i int, b batch.Lists, j int, nulls nullOrder) int {
	m, n := a.Offsets[i+1]-a.Offsets[i], b.Offsets[j+1]-b.Offsets[j]
	for k := range min(m, n) {
		if c := compareRows(a.Elems, int(a.Offsets[i]+k), b.Elems, int(b.Offsets[j]+k), nulls); c != 0 {
			return c
		}
	}
	return cmp.Compare(m, n)
}

func compareScalars(a any, i int, b any, j int) int {
	switch x := a.(type) {
	case []uint8:
		return cmp.Compare(x[i], b.([]uint8)[j])
	case []uint16:
		return cmp.Compare(x[i], b.([]uint16)[j])
	case []uint32:
		return cmp.Compare(x[i], b.([]uint32)[j])
	case []uint64:
		return cmp.Compare(x[i], b.([]uint64)[j])
	case []int8:
		return cmp.Compare(x[i], b.([]int8)[j])
	case []int16:
		return cmp.Compare(x[i], b.([]int16)[j])
	case []int32:
		return cmp.Compare(x[i], b.([]int32)[j])
	case []int64:
		return cmp.Compare(x[i], b.([]int64)[j])
	default:
		return 0
	}
}

// compareFloats is cmp.Compare with NaN where NULL is.
func compareFloats[T float32 | float64](a, b T, nulls nullOrder) int {
	if aNaN, bNaN := isNaN(a), isNaN(b); aNaN || bNaN {
		return (boolOrder(aNaN) - boolOrder(bNaN)) * int(nulls)
	}
	return cmp.Compare(a, b)
}
