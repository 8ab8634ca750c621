// Package sparse is the sparse primary index: the sort key at the first row of
// each granule, and which granules a condition on the key can still match.
//
// A key is a tuple of parts, each an opaque byte string whose order as bytes is
// the order of the values. The package never learns what they mean.
//
// Encoded form, little-endian, uvarints unless said:
//
//	parts, keys (granules + 1; 0 when there are none)
//	per key and part: length of the prefix shared with the same part of the key
//	before, length of the rest, the rest
package sparse

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/freshetdb/freshet/index/rowset"
)

// Limits of the encoded form, so that a damaged one cannot ask for memory.
const (
	partsMax = 64      // ClickHouse users have keys of about ten parts
	keysMax  = 1 << 24 // 137 G rows a segment
)

// ErrCorrupt is what Decode returns for bytes that no encoder wrote.
var ErrCorrupt = errors.New("sparse index is damaged")

// Marks are the keys of a sorted segment: at the first row of every granule,
// and at the last row of all. They are immutable.
type Marks struct {
	parts int
	ends  []uint32 // end of part p of key k in bytes is ends[k*parts+p]
	bytes []byte
}

// Builder collects marks in row order.
type Builder struct{ m Marks }

// NewBuilder starts marks of keys with parts parts.
func NewBuilder(parts int) *Builder { return &Builder{Marks{parts: parts}} }

// Append adds the key of a granule's first row; after the last granule, the key
// of the last row. Keys are ascending. The parts are copied.
func (b *Builder) Append(key [][]byte) {
	for _, p := range key {
		b.m.bytes = append(b.m.bytes, p...)
		b.m.ends = append(b.m.ends, uint32(len(b.m.bytes)))
	}
}

// Finish hands the marks over.
func (b *Builder) Finish() *Marks { return &b.m }

// Parts is the number of parts of a key.
func (m *Marks) Parts() int { return m.parts }

func (m *Marks) keys() int {
	if m.parts == 0 {
		return 0
	}
	return len(m.ends) / m.parts
}

// Granules is the number of granules.
func (m *Marks) Granules() int { return max(m.keys()-1, 0) }

// Part is part p of the key at the first row of granule g, or of the last row
// when g is Granules(). It shares memory with the marks.
func (m *Marks) Part(g, p int) []byte {
	k := g*m.parts + p
	lo := uint32(0)
	if k > 0 {
		lo = m.ends[k-1]
	}
	return m.bytes[lo:m.ends[k]]
}

// Interval is the values from Lo to Hi. A nil bound is no bound; an open bound
// is not part of the interval.
type Interval struct {
	Lo, Hi         []byte
	LoOpen, HiOpen bool
}

// Point is the interval of one value.
func Point(v []byte) Interval { return Interval{Lo: v, Hi: v} }

// meets tells whether the interval has a value in common with o, taking values
// as dense.
func (v Interval) meets(o Interval) bool { return !before(v, o) && !before(o, v) }

// before tells whether all of a is below all of b.
func before(a, b Interval) bool {
	if a.Hi == nil || b.Lo == nil {
		return false
	}
	c := bytes.Compare(a.Hi, b.Lo)
	return c < 0 || (c == 0 && (a.HiOpen || b.LoOpen))
}

// Condition is a conjunction: for each part of the key, in order, the intervals
// of which its value must lie in one, ascending and disjoint. Nil is no
// condition on that part; there may be fewer entries than parts.
type Condition [][]Interval

// allows tells whether the condition on part p leaves something of v.
func (c Condition) allows(p int, v Interval) bool {
	if p >= len(c) || c[p] == nil {
		return true
	}
	// Only the first interval that does not end before v can meet it.
	lo, hi := 0, len(c[p])
	for lo < hi {
		mid := int(uint(lo+hi) >> 1)
		if before(c[p][mid], v) {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return lo < len(c[p]) && c[p][lo].meets(v)
}

// Prune gives the granules that may hold a row for which the condition is true.
// Like ClickHouse's primary index it bisects, and reads a stretch of granules as
// the boxes that the keys from its first to its last mark fill.
func (m *Marks) Prune(c Condition) rowset.Set {
	g := m.Granules()
	var out []rowset.Range
	m.prune(c, 0, g, &out)
	return rowset.Of(g, out...)
}

func (m *Marks) prune(c Condition, lo, hi int, out *[]rowset.Range) {
	if lo >= hi || !m.mayMatch(c, lo, hi) {
		return
	}
	if hi-lo == 1 {
		*out = append(*out, rowset.Range{Lo: lo, Hi: hi})
		return
	}
	mid := int(uint(lo+hi) >> 1)
	m.prune(c, lo, mid, out)
	m.prune(c, mid, hi, out)
}

// mayMatch tells whether a key from that of mark lo to that of mark hi, both
// included, can satisfy the condition.
func (m *Marks) mayMatch(c Condition, lo, hi int) bool {
	n := min(len(c), m.parts)
	p := 0
	for ; p < n; p++ {
		a, b := m.Part(lo, p), m.Part(hi, p)
		if !bytes.Equal(a, b) {
			break
		}
		if !c.allows(p, Point(a)) {
			return false
		}
	}
	if p == n {
		return true
	}
	a, b := m.Part(lo, p), m.Part(hi, p)
	if c.allows(p, Interval{Lo: a, Hi: b, LoOpen: true, HiOpen: true}) {
		return true
	}
	return (c.allows(p, Point(a)) && m.edge(c, lo, p+1, n, false)) ||
		(c.allows(p, Point(b)) && m.edge(c, hi, p+1, n, true))
}

// edge tells whether keys that share the parts before p with mark k, and are
// not below it (not above it when upper), can satisfy the condition.
func (m *Marks) edge(c Condition, k, p, n int, upper bool) bool {
	for ; p < n; p++ {
		v := m.Part(k, p)
		beyond := Interval{Lo: v, LoOpen: true}
		if upper {
			beyond = Interval{Hi: v, HiOpen: true}
		}
		if c.allows(p, beyond) {
			return true
		}
		if !c.allows(p, Point(v)) {
			return false
		}
	}
	return true
}

// AppendTo adds the encoded form to dst.
func (m *Marks) AppendTo(dst []byte) []byte {
	dst = binary.AppendUvarint(dst, uint64(m.parts))
	dst = binary.AppendUvarint(dst, uint64(m.keys()))
	for k := range m.keys() {
		for p := range m.parts {
			v, shared := m.Part(k, p), 0
			if k > 0 {
				shared = sharedPrefix(m.Part(k-1, p), v)
			}
			dst = binary.AppendUvarint(dst, uint64(shared))
			dst = binary.AppendUvarint(dst, uint64(len(v)-shared))
			dst = append(dst, v[shared:]...)
		}
	}
	return dst
}

func sharedPrefix(a, b []byte) int {
	n := min(len(a), len(b))
	for i := range n {
		if a[i] != b[i] {
			return i
		}
	}
	return n
}

// Decode reads marks from the beginning of src and returns what follows them.
func Decode(src []byte) (m *Marks, rest []byte, err error) {
	d := decoder{src: src}
	parts, keys := d.count(partsMax), d.count(keysMax)
	m = &Marks{parts: parts}
	if parts == 0 && keys > 0 {
		return nil, nil, fmt.Errorf("%w: keys without parts", ErrCorrupt)
	}
	for k := range keys {
		for p := range parts {
			shared, n := d.count(len(src)), d.count(len(src))
			var prefix []byte
			if k > 0 && d.err == nil {
				prefix = m.Part(k-1, p)
			}
			if shared > len(prefix) || n > len(d.src) {
				d.fail()
			}
			if d.err != nil {
				return nil, nil, d.err
			}
			if len(m.bytes)+shared+n > 1<<32-1 {
				return nil, nil, fmt.Errorf("%w: more than 4 GiB of keys", ErrCorrupt)
			}
			m.bytes = append(append(m.bytes, prefix[:shared]...), d.src[:n]...)
			m.ends = append(m.ends, uint32(len(m.bytes)))
			d.src = d.src[n:]
		}
	}
	return m, d.src, d.err
}

type decoder struct {
	src []byte
	err error
}

func (d *decoder) fail() { d.err = fmt.Errorf("%w: cut short or out of bounds", ErrCorrupt) }

func (d *decoder) count(limit int) int {
	v, n := binary.Uvarint(d.src)
	if n <= 0 || v > uint64(limit) {
		d.fail()
		d.src = nil
		return 0
	}
	d.src = d.src[n:]
	return int(v)
}
