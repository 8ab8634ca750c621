package batch

import (
	"fmt"

	"github.com/freshetdb/freshet/columnar/types"
)

// Fixed is the element types of vectors of fixed width.
type Fixed interface {
	uint8 | uint16 | uint32 | uint64 | int8 | int16 | int32 | int64 | float32 | float64 |
		types.Int128 | types.Bytes16
}

// Vector is one column of Len rows. When Const is set, Data and Nulls hold one
// value that stands for all rows (Len may then be anything, also 0). Nulls is nil
// when no row is NULL; a NULL row has the type's default in Data.
type Vector struct {
	Type  types.Type
	Len   int
	Const bool
	Nulls []bool
	Data  any
	// Dicts is for states of aggregate functions (type AggregateFunction), whose
	// Data is Strings of encoded states; an empty string is the empty state. With
	// Dicts, one per argument of the function (nil where an argument has none), all
	// of them are in the local form; with nil all are portable (R11).
	Dicts []Dictionary
}

// NewFixed makes a vector of the values; len(values) rows.
func NewFixed[T Fixed](t types.Type, values []T, nulls []bool) *Vector {
	return newVector(t, len(values), nulls, values)
}

// newVector is not inlined: it copies a Type, which is large, and is called in hundreds of places, once a batch.
//
//go:noinline
func newVector(t types.Type, n int, nulls []bool, data any) *Vector {
	return &Vector{Type: t, Len: n, Nulls: nulls, Data: data}
}

// NewStrings makes a vector of byte strings.
func NewStrings(t types.Type, values Strings, nulls []bool) *Vector {
	return newVector(t, values.Len(), nulls, values)
}

// NewConst makes v, which must have one row, stand for n rows.
func NewConst(v *Vector, n int) *Vector {
	return &Vector{Type: v.Type, Len: n, Const: true, Nulls: v.Nulls, Data: v.Data, Dicts: v.Dicts}
}

// NewNulls makes n rows of NULL of type t, which must be Nullable.
func NewNulls(t types.Type, n int) *Vector {
	b := NewBuilder(t, 1)
	b.AppendNull()
	return NewConst(b.Finish(), n)
}

// Values are the elements of a vector of fixed width; T must be the Go type of
// its physical form. A Const vector gives one element.
func Values[T Fixed](v *Vector) []T { return v.Data.([]T) }

// IsNull tells whether row i is NULL.
func (v *Vector) IsNull(i int) bool {
	if v.Nulls == nil {
		return false
	}
	if v.Const {
		i = 0
	}
	return v.Nulls[i]
}

// Row maps a row to the index of its element in Data and Nulls.
func (v *Vector) Row(i int) int {
	if v.Const {
		return 0
	}
	return i
}

// Integer is the number at row i of a vector of integers of at most 64 bits, modulo 2^64.
func (v *Vector) Integer(i int) uint64 {
	i = v.Row(i)
	switch d := v.Data.(type) {
	case []uint8:
		return uint64(d[i])
	case []uint16:
		return uint64(d[i])
	case []uint32:
		return uint64(d[i])
	case []uint64:
		return d[i]
	case []int8:
		return uint64(d[i])
	case []int16:
		return uint64(d[i])
	case []int32:
		return uint64(d[i])
	case []int64:
		return uint64(d[i])
	default:
		panic(fmt.Sprintf("batch: Integer of a vector of %s", v.Type))
	}
}

// Bytes is the byte string at row i of a String or FixedString vector.
func (v *Vector) Bytes(i int) []byte {
	switch d := v.Data.(type) {
	case Strings:
		return d.At(v.Row(i))
	case Symbols:
		return d.At(v.Row(i))
	default:
		panic(fmt.Sprintf("batch: Bytes of a vector of %s", v.Type))
	}
}

// Strings are the values of a String or FixedString vector, decoded from
// symbols where need be. A Const vector gives one value.
func (v *Vector) Strings() Strings {
	if s, ok := v.Data.(Symbols); ok {
		return s.Decode()
	}
	return v.Data.(Strings)
}

// WithType is v seen as another type of the same physical form.
func (v *Vector) WithType(t types.Type) *Vector {
	c := *v
	c.Type = t
	return &c
}

// Slice is rows [lo, hi); it shares memory with v.
func (v *Vector) Slice(lo, hi int) *Vector {
	if lo == 0 && hi == v.Len {
		return v
	}
	c := *v
	c.Len = hi - lo
	if v.Const {
		return &c
	}
	if v.Nulls != nil {
		c.Nulls = v.Nulls[lo:hi]
	}
	switch d := v.Data.(type) {
	case Strings:
		c.Data = d.Slice(lo, hi)
	case Symbols:
		c.Data = Symbols{Codes: d.Codes[lo:hi], Dict: d.Dict, Overlay: d.Overlay}
	case Lists:
		c.Data = Lists{Offsets: d.Offsets[lo : hi+1], Elems: d.Elems}
	case []*Vector:
		parts := make([]*Vector, len(d))
		for i, p := range d {
			parts[i] = p.Slice(lo, hi)
		}
		c.Data = parts
	case nil:
	default:
		c.Data = sliceFixed(d, lo, hi)
	}
	return &c
}

func sliceFixed(data any, lo, hi int) any {
	switch d := data.(type) {
	case []uint8:
		return d[lo:hi]
	case []uint16:
		return d[lo:hi]
	case []uint32:
		return d[lo:hi]
	case []uint64:
		return d[lo:hi]
	case []int8:
		return d[lo:hi]
	case []int16:
		return d[lo:hi]
	case []int32:
		return d[lo:hi]
	case []int64:
		return d[lo:hi]
	case []float32:
		return d[lo:hi]
	case []float64:
		return d[lo:hi]
	case []types.Int128:
		return d[lo:hi]
	case []types.Bytes16:
		return d[lo:hi]
	default:
		panic(fmt.Sprintf("batch: slice of %T", data))
	}
}

// Gather is the rows named by sel, in that order; new memory, never Const
// unless v is.
func (v *Vector) Gather(sel []uint32) *Vector {
	c := *v
	c.Len = len(sel)
	if v.Const {
		return &c
	}
	if v.Nulls != nil {
		c.Nulls = gather(v.Nulls, sel)
	}
	switch d := v.Data.(type) {
	case Strings:
		c.Data = gatherStrings(d, sel)
	case Symbols:
		c.Data = Symbols{Codes: gather(d.Codes, sel), Dict: d.Dict, Overlay: d.Overlay}
	case Lists:
		c.Data = gatherLists(d, sel)
	case []*Vector:
		parts := make([]*Vector, len(d))
		for i, p := range d {
			parts[i] = p.Gather(sel)
		}
		c.Data = parts
	case nil:
	default:
		c.Data = gatherFixed(d, sel)
	}
	return &c
}

func gather[T any](src []T, sel []uint32) []T {
	out := make([]T, len(sel))
	for i, r := range sel {
		out[i] = src[r]
	}
	return out
}

func gatherFixed(data any, sel []uint32) any {
	switch d := data.(type) {
	case []uint8:
		return gather(d, sel)
	case []uint16:
		return gather(d, sel)
	case []uint32:
		return gather(d, sel)
	case []uint64:
		return gather(d, sel)
	case []int8:
		return gather(d, sel)
	case []int16:
		return gather(d, sel)
	case []int32:
		return gather(d, sel)
	case []int64:
		return gather(d, sel)
	case []float32:
		return gather(d, sel)
	case []float64:
		return gather(d, sel)
	case []types.Int128:
		return gather(d, sel)
	case []types.Bytes16:
		return gather(d, sel)
	default:
		panic(fmt.Sprintf("batch: gather of %T", data))
	}
}

func gatherStrings(s Strings, sel []uint32) Strings {
	total := 0
	for _, r := range sel {
		total += int(s.Offsets[r+1] - s.Offsets[r])
	}
	out := Strings{Offsets: make([]uint32, 1, len(sel)+1), Bytes: make([]byte, 0, total)}
	for _, r := range sel {
		out.Bytes = append(out.Bytes, s.Bytes[s.Offsets[r]:s.Offsets[r+1]]...)
		out.Offsets = append(out.Offsets, uint32(len(out.Bytes)))
	}
	return out
}

func gatherLists(l Lists, sel []uint32) Lists {
	out := Lists{Offsets: make([]uint32, 1, len(sel)+1)}
	var elems []uint32
	for _, r := range sel {
		for e := l.Offsets[r]; e < l.Offsets[r+1]; e++ {
			elems = append(elems, e)
		}
		out.Offsets = append(out.Offsets, uint32(len(elems)))
	}
	out.Elems = l.Elems.Gather(elems)
	return out
}

// Expand is v without Const: every row has its own element.
func (v *Vector) Expand() *Vector {
	if !v.Const {
		return v
	}
	one := *v
	one.Const, one.Len = false, 1
	return one.Gather(make([]uint32, v.Len))
}

// SizeBytes is the memory that the vector's slices hold, dictionaries not counted.
func (v *Vector) SizeBytes() int64 {
	n := int64(len(v.Nulls))
	switch d := v.Data.(type) {
	case Strings:
		n += int64(len(d.Offsets))*4 + int64(len(d.Bytes))
	case Symbols:
		n += int64(len(d.Codes))*4 + int64(len(d.Overlay.Bytes)) + int64(len(d.Overlay.Offsets))*4
	case Lists:
		n += int64(len(d.Offsets))*4 + d.Elems.SizeBytes()
	case []*Vector:
		for _, p := range d {
			n += p.SizeBytes()
		}
	case []types.Int128:
		n += int64(len(d)) * 16
	case []types.Bytes16:
		n += int64(len(d)) * 16
	case []uint64:
		n += int64(len(d)) * 8
	case []int64:
		n += int64(len(d)) * 8
	case []float64:
		n += int64(len(d)) * 8
	case []uint32:
		n += int64(len(d)) * 4
	case []int32:
		n += int64(len(d)) * 4
	case []float32:
		n += int64(len(d)) * 4
	case []uint16:
		n += int64(len(d)) * 2
	case []int16:
		n += int64(len(d)) * 2
	case []uint8:
		n += int64(len(d))
	case []int8:
		n += int64(len(d))
	}
	return n
}
