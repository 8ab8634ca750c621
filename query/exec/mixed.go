package exec

import (
	"math/bits"

	"github.com/freshetdb/freshet/columnar/batch"
)

// Limits of looking combinations of keys up by array index.
const (
	// mixedBits bounds the array to 32 MiB, most of which is never touched.
	mixedBits = 23
	// mixedFirst is the array that is made whatever the rows, and mixedPerRow how much
	// larger a later one may be than the rows so far.
	mixedFirst  = 1 << 16
	mixedPerRow = 16
	// wholeDictionary is the largest dictionary whose symbols are all taken to occur.
	wholeDictionary = 1 << 12
)

// mixed looks combinations of several columns up by array index, while the values of
// each lie close together: codes of small dictionaries, enums, hours of some days.
type mixed struct {
	cols []mixedCol
	ids  []uint32 // group + 1
	// places is scratch.
	places []uint32
}

// mixedCol is the bits of a column in the index: its value less base, shifted.
type mixedCol struct {
	base        uint64
	bits, shift uint
}

// span is the least and the greatest value of a key column, as they are packed.
type span struct{ low, top uint64 }

func (s span) with(o span) span { return span{min(s.low, o.low), max(s.top, o.top)} }

// assignMixed is assign by the array; false when the keys are not of that kind, now or
// any more.
func (g *groups) assignMixed(keys []*batch.Vector, n int, out []uint32) bool {
	if g.mixed == nil && g.rows < g.mixedFrom {
		return false
	}
	spans, ok := g.spans(keys, n)
	if !ok || (!g.mixed.holds(spans) && !g.makeMixed(spans)) {
		g.leaveMixed(!ok)
		return false
	}
	index := g.mixed.index(keys, n)
	ids, isPacked := g.mixed.ids, false
	for i, x := range index {
		id := ids[x]
		if id == 0 {
			if !isPacked {
				g.pack(keys, n, true)
				isPacked = true
			}
			id = g.appendKey(i)
			ids[x] = id
		}
		out[i] = id - 1
	}
	return true
}

// appendKey makes a new group of the packed key of a row, and gives its number + 1.
func (g *groups) appendKey(row int) uint32 {
	for _, w := range g.packed {
		g.keys = append(g.keys, w[row])
	}
	g.count++
	return uint32(g.count)
}

// spans are those of all key columns; false when one has values that are not small
// numbers: NULLs, text, fractions.
func (g *groups) spans(keys []*batch.Vector, n int) ([]span, bool) {
	out := make([]span, len(keys))
	for i, v := range keys {
		s, ok := g.cols[i].span(v, n)
		if !ok {
			return nil, false
		}
		out[i] = s
	}
	return out, true
}

func (c *keyCol) span(v *batch.Vector, n int) (span, bool) {
	if v.Nulls != nil || n == 0 {
		return span{}, false
	}
	if v.Const {
		n = 1
	}
	switch d := batch.Unsigned(v.Data).(type) {
	case batch.Symbols:
		if c.coder.dict == nil && c.coder.ids == nil {
			c.coder.dict = d.Dict
		}
		if d.Dict != c.coder.dict || d.Overlay.Len() > 0 {
			return span{}, false
		}
		if all := d.Dict.Len(); all <= wholeDictionary {
			return span{0, uint64(max(all, 1) - 1)}, true
		}
		return spanOf(d.Codes[:n]), true
	case []uint8:
		return spanOf(d[:n]), true
	case []uint16:
		return spanOf(d[:n]), true
	case []uint32:
		return spanOf(d[:n]), true
	case []uint64:
		return spanOf(d[:n]), true
	default:
		return span{}, false
	}
}

// keyInt is the types of keys that are numbers; signed ones are looked at by their bits,
// as they are packed.
type keyInt interface {
	uint8 | uint16 | uint32 | uint64
}

func spanOf[T keyInt](values []T) span {
	low, top := values[0], values[0]
	for _, x := range values {
		low, top = min(low, x), max(top, x)
	}
	return span{uint64(low), uint64(top)}
}

// holds tells whether all values of the spans have a place in the array.
func (m *mixed) holds(spans []span) bool {
	if m == nil {
		return false
	}
	for i, c := range m.cols {
		if spans[i].low < c.base || (spans[i].top-c.base)>>c.bits != 0 {
			return false
		}
	}
	return true
}

// makeMixed makes the array for the keys so far and those of the spans, if it may.
func (g *groups) makeMixed(spans []span) bool {
	for id := range g.count {
		for i := range g.cols {
			k, isNull := g.cols[i].packedKey(g, id)
			if isNull {
				g.mixedFrom = never
				return false
			}
			spans[i] = spans[i].with(span{k, k})
		}
	}
	m := &mixed{cols: make([]mixedCol, len(spans))}
	total := uint(0)
	for i, s := range spans {
		m.cols[i] = mixedCol{base: s.low, bits: uint(bits.Len64(s.top - s.low)), shift: total}
		total += m.cols[i].bits
	}
	if total > mixedBits {
		g.mixedFrom = never
		return false
	}
	size := 1 << total
	if size > mixedFirst && size > mixedPerRow*g.rows {
		g.mixedFrom = size / mixedPerRow
		return false
	}
	m.ids = make([]uint32, size)
	for id := range g.count {
		m.ids[m.place(g, func(w int) uint64 { return g.keys[id*g.words+w] })] = uint32(id) + 1
	}
	g.mixed, g.direct, g.slots = m, nil, nil
	return true
}

// never is more rows than there are.
const never = int(^uint(0) >> 1)

// packedKey is the value of a key column in a group, as it is packed.
func (c *keyCol) packedKey(g *groups, id int) (k uint64, isNull bool) {
	keys := g.keys[id*g.words : (id+1)*g.words]
	if c.typ.Nullable && keys[c.nullWord]>>c.nullBit&1 == 1 {
		return 0, true
	}
	return c.of(keys[c.word]), false
}

// of is the column's part of a word.
func (c *keyCol) of(word uint64) uint64 { return word >> c.shift & (1<<c.bits - 1) }

// place is the index of a packed key, whose words word gives.
func (m *mixed) place(g *groups, word func(w int) uint64) uint64 {
	x := uint64(0)
	for i, c := range m.cols {
		x |= (g.cols[i].of(word(g.cols[i].word)) - c.base) << c.shift
	}
	return x
}

// find is the group + 1 of the packed key of a row, 0 where there is none.
func (m *mixed) find(g *groups, row int) uint32 {
	for i, c := range m.cols {
		key := &g.cols[i]
		k := key.of(g.packed[key.word][row])
		isNull := key.typ.Nullable && g.packed[key.nullWord][row]>>key.nullBit&1 == 1
		if isNull || k < c.base || (k-c.base)>>c.bits != 0 {
			return 0
		}
	}
	return m.ids[m.place(g, func(w int) uint64 { return g.packed[w][row] })]
}

// leaveMixed goes back to open addressing, for good or until there are more rows.
func (g *groups) leaveMixed(forGood bool) {
	if forGood {
		g.mixedFrom = never
	}
	if g.mixed == nil {
		return
	}
	g.mixed = nil
	g.rehash(max(minSlots, nextPow2(g.count*2)))
}

// index is the places of n rows, all of which the array holds.
func (m *mixed) index(keys []*batch.Vector, n int) []uint32 {
	m.places = sized(m.places, n)
	clear(m.places)
	for i, v := range keys {
		c := m.cols[i]
		switch d := batch.Unsigned(v.Expand().Data).(type) {
		case batch.Symbols:
			addPlaces(m.places, d.Codes, c)
		case []uint8:
			addPlaces(m.places, d, c)
		case []uint16:
			addPlaces(m.places, d, c)
		case []uint32:
			addPlaces(m.places, d, c)
		case []uint64:
			addPlaces(m.places, d, c)
		}
	}
	return m.places
}

func addPlaces[T keyInt](index []uint32, values []T, c mixedCol) {
	values = values[:len(index)]
	for i, x := range values {
		index[i] |= uint32(uint64(x)-c.base) << (c.shift & 31)
	}
}

// assignOne is assign for one key column that is looked up by array index without
// packing it; false when it is not of that kind.
func (g *groups) assignOne(v *batch.Vector, n int, out []uint32) bool {
	if v.Const {
		return false
	}
	switch d := batch.Unsigned(v.Data).(type) {
	case batch.Symbols:
		return assignDirect(g, v, d.Codes, n, out)
	case []uint8:
		return assignDirect(g, v, d, n, out)
	case []uint16:
		return assignDirect(g, v, d, n, out)
	case []uint32:
		return assignDirect(g, v, d, n, out)
	case []uint64:
		return assignDirect(g, v, d, n, out)
	default:
		return false
	}
}

// assignDirect is assignOne of the values of v. Mostly the array holds all of them, so
// that is tried before they are looked at.
func assignDirect[T keyInt](g *groups, v *batch.Vector, keys []T, n int, out []uint32) bool {
	done := 0
	if s, isText := v.Data.(batch.Symbols); v.Nulls == nil && (!isText || (s.Dict == g.cols[0].coder.dict && s.Overlay.Len() == 0)) {
		if done = assignDirectTo(g, keys[:n], out); done == n {
			return true
		}
	}
	s, ok := g.cols[0].span(v, n)
	if !ok || !g.reach(s.low, s.top) {
		return false
	}
	assignDirectTo(g, keys[done:n], out[done:])
	return true
}

// assignDirectTo finds or makes the groups of keys, up to the first one that the array
// does not reach, and gives how many they are.
func assignDirectTo[T keyInt](g *groups, keys []T, out []uint32) int {
	direct, base := g.direct, g.base
	out = out[:len(keys)]
	for i, x := range keys {
		place := uint64(x) - base
		if place >= uint64(len(direct)) {
			return i
		}
		id := direct[place]
		if id == 0 {
			g.keys = append(g.keys, uint64(x))
			g.count++
			id = uint32(g.count)
			direct[place] = id
		}
		out[i] = id - 1
	}
	return len(keys)
}
