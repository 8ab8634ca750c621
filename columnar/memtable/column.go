package memtable

import (
	"fmt"
	"slices"
	"unsafe"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/types"
)

// column is one column of a chunk, or the elements of an array column, being
// filled. What was published is a prefix of its slices; growing moves to new
// memory and leaves the old to readers.
type column struct {
	typ   types.Type
	rows  int
	nulls []bool // nil while no row is NULL
	data  values // nil until the first row
}

// values is the data of a column by its physical form.
type values interface {
	// append adds rows [lo, hi) of a vector that is not Const.
	append(v *batch.Vector, lo, hi int)
	// takes tells whether a vector has the form of the data.
	takes(v *batch.Vector) bool
	// publish gives the data so far as batch.Vector.Data.
	publish() any
	bytes() int64
}

// takes tells whether a vector can be appended to what is there.
func (c *column) takes(v *batch.Vector) bool {
	return c.data == nil || c.data.takes(v)
}

func (c *column) append(v *batch.Vector, lo, hi int) {
	if c.data == nil {
		c.data = newValues(c.typ, v)
	}
	c.data.append(v, lo, hi)
	switch {
	case v.Nulls != nil:
		if c.nulls == nil {
			c.nulls = make([]bool, c.rows, max(c.rows+hi-lo, columnRowsMin))
		}
		c.nulls = append(c.nulls, v.Nulls[lo:hi]...)
	case c.nulls != nil:
		c.nulls = append(c.nulls, make([]bool, hi-lo)...)
	}
	c.rows += hi - lo
}

func (c *column) publish() *batch.Vector {
	v := &batch.Vector{Type: c.typ, Len: c.rows, Nulls: slices.Clip(c.nulls)}
	if c.data == nil {
		c.data = newValues(c.typ, nil)
	}
	v.Data = c.data.publish()
	return v
}

func (c *column) bytes() int64 {
	n := int64(cap(c.nulls))
	if c.data != nil {
		n += c.data.bytes()
	}
	return n
}

// columnRowsMin is the room a column begins with.
const columnRowsMin = 256

// newValues makes the data for a type; first, when it is not nil, tells in
// which form text comes.
func newValues(t types.Type, first *batch.Vector) values {
	switch t.Phys() {
	case types.PhysU8:
		return &fixed[uint8]{}
	case types.PhysU16:
		return &fixed[uint16]{}
	case types.PhysU32:
		return &fixed[uint32]{}
	case types.PhysU64:
		return &fixed[uint64]{}
	case types.PhysI8:
		return &fixed[int8]{}
	case types.PhysI16:
		return &fixed[int16]{}
	case types.PhysI32:
		return &fixed[int32]{}
	case types.PhysI64:
		return &fixed[int64]{}
	case types.PhysF32:
		return &fixed[float32]{}
	case types.PhysF64:
		return &fixed[float64]{}
	case types.PhysI128:
		return &fixed[types.Int128]{}
	case types.PhysB16:
		return &fixed[types.Bytes16]{}
	case types.PhysLists:
		return &lists{ends: []uint32{0}, elems: column{typ: t.Elem()}}
	case types.PhysStrings:
		if first != nil {
			if _, ok := first.Data.(batch.Symbols); ok {
				return &symbols{}
			}
		}
		return &text{}
	default:
		panic("memtable: a column of " + t.String() + " can't be stored")
	}
}

// fixed is values of one width.
type fixed[T batch.Fixed] struct{ values []T }

func (f *fixed[T]) append(v *batch.Vector, lo, hi int) {
	d, ok := v.Data.([]T)
	if !ok {
		panic(fmt.Sprintf("memtable: %T for a column of %s", v.Data, v.Type))
	}
	if f.values == nil {
		f.values = make([]T, 0, max(hi-lo, columnRowsMin))
	}
	f.values = append(f.values, d[lo:hi]...)
}

func (f *fixed[T]) takes(*batch.Vector) bool { return true }

func (f *fixed[T]) publish() any { return slices.Clip(f.values) }

func (f *fixed[T]) bytes() int64 {
	var zero T
	return int64(cap(f.values)) * int64(unsafe.Sizeof(zero))
}

// text is byte strings.
type text struct{ s batch.Strings }

func (t *text) append(v *batch.Vector, lo, hi int) {
	d := v.Data.(batch.Strings)
	if len(t.s.Offsets) == 0 {
		t.s.Offsets = append(t.s.Offsets, 0)
	}
	from, to := d.Offsets[lo], d.Offsets[hi]
	delta := uint32(len(t.s.Bytes)) - from
	for _, o := range d.Offsets[lo+1 : hi+1] {
		t.s.Offsets = append(t.s.Offsets, o+delta)
	}
	t.s.Bytes = append(t.s.Bytes, d.Bytes[from:to]...)
}

func (t *text) takes(v *batch.Vector) bool {
	_, ok := v.Data.(batch.Strings)
	return ok && len(t.s.Bytes) < chunkTextMax
}

func (t *text) publish() any {
	if len(t.s.Offsets) == 0 {
		return batch.Strings{Offsets: []uint32{0}}
	}
	return batch.Strings{Offsets: slices.Clip(t.s.Offsets), Bytes: slices.Clip(t.s.Bytes)}
}

func (t *text) bytes() int64 { return int64(cap(t.s.Bytes)) + 4*int64(cap(t.s.Offsets)) }

// symbols is codes, and the text of those that have none.
type symbols struct {
	codes   []uint32
	overlay text
}

func (s *symbols) append(v *batch.Vector, lo, hi int) {
	d, ok := v.Data.(batch.Symbols)
	if !ok {
		s.appendNulls(hi - lo)
		return
	}
	at := len(s.codes)
	s.codes = append(s.codes, d.Codes[lo:hi]...)
	if d.Overlay.Len() == 0 {
		return // Fast path: no code can be text.
	}
	for i, c := range s.codes[at:] {
		if c&batch.OverlayBit != 0 {
			s.codes[at+i] = batch.OverlayBit | uint32(s.overlay.s.Len())
			s.overlay.s.Append(d.Of(c))
		}
	}
}

// appendNulls adds rows that are all NULL, whose text came in another form:
// their slots hold the empty text.
func (s *symbols) appendNulls(rows int) {
	code := batch.OverlayBit | uint32(s.overlay.s.Len())
	s.overlay.s.Append(nil)
	for range rows {
		s.codes = append(s.codes, code)
	}
}

func (s *symbols) takes(v *batch.Vector) bool {
	_, ok := v.Data.(batch.Symbols)
	return (ok || isAllNull(v)) && len(s.overlay.s.Bytes) < chunkTextMax
}

func isAllNull(v *batch.Vector) bool { return v.Nulls != nil && !slices.Contains(v.Nulls, false) }

func (s *symbols) publish() any {
	out := batch.Symbols{Codes: slices.Clip(s.codes)}
	if s.overlay.s.Len() > 0 {
		out.Overlay = s.overlay.publish().(batch.Strings)
	}
	return out
}

func (s *symbols) bytes() int64 { return 4*int64(cap(s.codes)) + s.overlay.bytes() }

// lists is arrays.
type lists struct {
	ends  []uint32
	elems column
}

func (l *lists) append(v *batch.Vector, lo, hi int) {
	d := v.Data.(batch.Lists)
	from, to := d.Offsets[lo], d.Offsets[hi]
	delta := uint32(l.elems.rows) - from
	for _, o := range d.Offsets[lo+1 : hi+1] {
		l.ends = append(l.ends, o+delta)
	}
	if from == to {
		return
	}
	elems := d.Elems
	if elems.Const {
		elems = elems.Slice(int(from), int(to)).Expand()
		from, to = 0, to-from
	}
	l.elems.append(elems, int(from), int(to))
}

// takes tells whether the elements have the form of those that are there; the
// elements of an empty column have none.
func (l *lists) takes(v *batch.Vector) bool {
	d, ok := v.Data.(batch.Lists)
	return ok && (d.Elems.Len == 0 || l.elems.takes(d.Elems)) && l.elems.rows < chunkTextMax
}

func (l *lists) publish() any {
	return batch.Lists{Offsets: slices.Clip(l.ends), Elems: l.elems.publish()}
}

func (l *lists) bytes() int64 { return 4*int64(cap(l.ends)) + l.elems.bytes() }
