package format

import (
	"unsafe"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/types"
)

// dataOut is n rows of a vector as Arrow has them: the buffers of its type. Arrow's
// builders take value by value, and link those of all types.
func dataOut(t arrow.DataType, v *batch.Vector, n int) arrow.ArrayData {
	if v.Const {
		v = batch.NewConst(v, n).Expand()
	}
	if v.Type.Kind == types.Nothing {
		return array.NewData(t, n, []*memory.Buffer{nil}, nil, n, 0)
	}
	valid, nulls := validOut(v, n)
	with := func(children []arrow.ArrayData, raw ...[]byte) arrow.ArrayData {
		buffers := []*memory.Buffer{valid}
		for _, b := range raw {
			buffers = append(buffers, memory.NewBufferBytes(b))
		}
		return array.NewData(t, n, buffers, children, nulls, 0)
	}
	switch t := t.(type) {
	case *arrow.BooleanType:
		return with(nil, bitsOut(batch.Values[uint8](v)[:n]))
	case *arrow.Date32Type:
		return with(nil, daysOut(v, n))
	case *arrow.TimestampType:
		return with(nil, memoryOf(ticksOut(v, n)))
	case *arrow.Decimal128Type:
		return with(nil, memoryOf(decimalsOut(v, n)))
	case *arrow.StringType:
		offsets, text := textsOut(v, n)
		return with(nil, memoryOf(offsets), text)
	case *arrow.FixedSizeBinaryType:
		if d, ok := v.Data.([]types.Bytes16); ok {
			return with(nil, memoryOf(d[:n]))
		}
		_, text := textsOut(v, n)
		return with(nil, text)
	case *arrow.ListType:
		l := v.Data.(batch.Lists) //nolint:forcetypeassert // the form of Array
		elems := l.Elems.Slice(int(l.Offsets[0]), int(l.Offsets[n]))
		child := dataOut(t.Elem(), elems, elems.Len)
		defer child.Release()
		return with([]arrow.ArrayData{child}, memoryOf(offsetsOut(l, n)))
	case *arrow.StructType:
		parts := v.Data.([]*batch.Vector) //nolint:forcetypeassert // the form of Tuple
		children := make([]arrow.ArrayData, len(parts))
		for i, p := range parts {
			children[i] = dataOut(t.Field(i).Type, p, n)
			defer children[i].Release()
		}
		return with(children)
	default:
		return with(nil, numbersOut(v, n))
	}
}

// validOut is the bitmap of the rows that are not NULL, nil when none is, and how many
// are.
func validOut(v *batch.Vector, n int) (valid *memory.Buffer, nulls int) {
	if v.Nulls == nil {
		return nil, 0
	}
	bits := make([]byte, (n+7)/8)
	for i, isNull := range v.Nulls[:n] {
		if isNull {
			nulls++
		} else {
			bits[i/8] |= 1 << (i % 8)
		}
	}
	return memory.NewBufferBytes(bits), nulls
}

// bitsOut is truth values, a bit each.
func bitsOut(values []uint8) []byte {
	bits := make([]byte, (len(values)+7)/8)
	for i, x := range values {
		if x != 0 {
			bits[i/8] |= 1 << (i % 8)
		}
	}
	return bits
}

// memoryOf is the memory of values; all supported machines are little-endian, as Arrow
// is.
func memoryOf[T any](values []T) []byte {
	if len(values) == 0 {
		return nil
	}
	return unsafe.Slice((*byte)(unsafe.Pointer(&values[0])), len(values)*int(unsafe.Sizeof(values[0])))
}

// daysOut is the days of Date and Date32.
func daysOut(v *batch.Vector, n int) []byte {
	d, isDate := v.Data.([]uint16)
	if !isDate {
		return memoryOf(batch.Values[int32](v)[:n])
	}
	out := make([]int32, n)
	for i, day := range d[:n] {
		out[i] = int32(day)
	}
	return memoryOf(out)
}

// numbersOut is the memory of numbers that Arrow keeps as we do.
func numbersOut(v *batch.Vector, n int) []byte {
	switch d := v.Data.(type) {
	case []uint8:
		return d[:n]
	case []int8:
		return memoryOf(d[:n])
	case []uint16:
		return memoryOf(d[:n])
	case []int16:
		return memoryOf(d[:n])
	case []uint32:
		return memoryOf(d[:n])
	case []int32:
		return memoryOf(d[:n])
	case []uint64:
		return memoryOf(d[:n])
	case []int64:
		return memoryOf(d[:n])
	case []float32:
		return memoryOf(d[:n])
	default:
		return memoryOf(batch.Values[float64](v)[:n])
	}
}

// ticksOut widens ticks of any scale to seconds, milli-, micro- or nanoseconds.
func ticksOut(v *batch.Vector, n int) []int64 {
	unit := int64(1)
	for range (3 - v.Type.Scale%3) % 3 {
		unit *= 10
	}
	out := make([]int64, n)
	for i, x := range batch.Values[int64](v)[:n] {
		out[i] = x * unit
	}
	return out
}

// decimalsOut is numbers of 128 bits, the low word first.
func decimalsOut(v *batch.Vector, n int) [][2]uint64 {
	out := make([][2]uint64, n)
	if d, ok := v.Data.([]types.Int128); ok {
		for i, x := range d[:n] {
			out[i] = [2]uint64{x.Lo, uint64(x.Hi)}
		}
		return out
	}
	for i, x := range batch.Values[int64](v)[:n] {
		out[i] = [2]uint64{uint64(x), uint64(x >> 63)}
	}
	return out
}

// textsOut is where each text begins, and the last one ends, and all of them.
func textsOut(v *batch.Vector, n int) (offsets []int32, text []byte) {
	at := bytesOf(v)
	offsets = make([]int32, n+1)
	for i := range n {
		text = append(text, at(i)...)
		offsets[i+1] = int32(len(text))
	}
	return offsets, text
}

// offsetsOut is where each array begins, counted from the first one, and the last one ends.
func offsetsOut(l batch.Lists, n int) []int32 {
	out := make([]int32, n+1)
	for i := range out {
		out[i] = int32(l.Offsets[i] - l.Offsets[0])
	}
	return out
}
