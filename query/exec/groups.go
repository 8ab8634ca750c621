package exec

import (
	"math"
	"math/bits"
	"slices"
	"sync"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/types"
)

// Limits of the group table.
const (
	// directMax is how far apart packed keys may be that are looked up by array index:
	// the array's 4 MiB stay inside the second-level cache of two cores.
	directMax = 1 << 20
	// denseMin is how many groups there must be before keys beyond directMax are
	// looked up by array index too, and denseSpread how many places of the array a
	// group may then take: codes of a large dictionary are dense.
	denseMin    = 1 << 15
	denseSpread = 64
	// denseMax bounds that array to 128 MiB.
	denseMax = 1 << 25
	// minSlots is the first size of the open-addressing table.
	minSlots = 1 << 10
	// noGroup stands for a key that is not in the table.
	noGroup = ^uint32(0)
)

// groups numbers the distinct combinations of key values: 0, 1, 2 … in order of
// first arrival. Keys are packed into words of 64 bits: strings as codes of a
// coder, other types by their bits, one bit per nullable column. Packed keys that lie
// close together index an array; others are found by open addressing.
type groups struct {
	cols   []keyCol
	words  int // words of a packed key
	keys   []uint64
	count  int
	direct []uint32 // packed key - base -> group + 1, while keys are close or dense
	base   uint64
	look   int    // number of groups at which to look again whether keys are dense
	mixed  *mixed // several key columns by array index; nil: not
	// mixedFrom is the number of rows from which on that may be tried, of rows so far.
	mixedFrom, rows int

	slots  []uint32 // group + 1
	packed [][]uint64
	codes  []uint32
}

// keyCol says where a column's bits are in the packed key.
type keyCol struct {
	typ      types.Type
	word     int
	shift    uint
	bits     uint
	nullWord int
	nullBit  uint
	coder    *coder // strings, and arrays and tuples by their encoded bytes
}

func newGroups(ts []types.Type) *groups {
	g := &groups{direct: make([]uint32, 0)}
	var used []uint
	place := func(n uint) (word int, shift uint) {
		for w, u := range used {
			if u+n <= 64 {
				used[w] += n
				return w, u
			}
		}
		used = append(used, n)
		return len(used) - 1, 0
	}
	for _, t := range ts {
		c := keyCol{typ: t, bits: keyBits(t)}
		switch {
		case c.bits == 128:
			c.word = len(used)
			used = append(used, 64, 64)
		case c.bits > 0:
			c.word, c.shift = place(c.bits)
		}
		if t.Nullable {
			c.nullWord, c.nullBit = place(1)
		}
		switch t.Phys() {
		case types.PhysStrings, types.PhysLists, types.PhysTuple:
			c.coder = &coder{}
		default:
		}
		g.cols = append(g.cols, c)
	}
	g.words = max(len(used), 1)
	g.packed = make([][]uint64, g.words)
	return g
}

func keyBits(t types.Type) uint {
	switch t.Phys() {
	case types.PhysU8, types.PhysI8:
		return 8
	case types.PhysU16, types.PhysI16:
		return 16
	case types.PhysU64, types.PhysI64, types.PhysF64:
		return 64
	case types.PhysI128, types.PhysB16:
		return 128
	case types.PhysNone:
		return 0
	default:
		return 32
	}
}

// assign writes the group of every row to out, adding new groups.
func (g *groups) assign(keys []*batch.Vector, n int, out []uint32) {
	if n == 0 {
		return
	}
	switch {
	case len(keys) > 1 && g.assignMixed(keys, n, out):
	case len(keys) == 1 && g.direct != nil && !g.cols[0].typ.Nullable && g.assignOne(keys[0], n, out[:n]):
	default:
		g.pack(keys, n, true)
		g.assignPacked(n, out)
	}
	g.rows += n
}

// assignPacked is assign for the keys in g.packed.
func (g *groups) assignPacked(n int, out []uint32) {
	if n == 0 {
		return
	}
	if g.words > 1 {
		g.direct = nil
		g.assignOpen(n, out)
		return
	}
	packed := g.packed[0][:n]
	if g.direct == nil && g.count >= max(g.look, denseMin) {
		g.look = g.count * 2
		g.makeDirect()
	}
	if g.direct != nil {
		if low, top := slices.Min(packed), slices.Max(packed); g.reach(low, top) {
			assignDirectTo(g, packed, out[:n])
			return
		}
		g.direct, g.base = nil, 0
		g.rehash(max(minSlots, nextPow2(g.count*2)))
	}
	g.assignOpen(n, out[:n])
}

// lookedAhead is how many keys are looked up at once: their loads from memory do not
// wait for each other.
const lookedAhead = 256

// assignOpen is assign by open addressing.
func (g *groups) assignOpen(n int, out []uint32) {
	var hashes [lookedAhead]uint64
	for lo := 0; lo < n; lo += lookedAhead {
		hi := min(lo+lookedAhead, n)
		if (g.count+hi-lo)*2 >= len(g.slots) {
			g.rehash(max(minSlots, g.nextSlots()))
		}
		g.hashRows(hashes[:hi-lo], lo)
		ids, slots, mask := out[lo:hi], g.slots, uint64(len(g.slots)-1)
		for i, h := range hashes[:len(ids)] {
			ids[i] = slots[h&mask]
		}
		if g.words == 1 {
			g.settleOne(hashes[:len(ids)], g.packed[0][lo:hi], ids)
		} else {
			g.settleWide(hashes[:len(ids)], lo, ids)
		}
	}
}

// settleOne finds or adds keys of one word, of which ids are what their first slots
// hold.
func (g *groups) settleOne(hashes, keys []uint64, ids []uint32) {
	for i, k := range keys {
		if id := ids[i]; id != 0 && g.keys[id-1] == k {
			ids[i] = id - 1
		} else {
			ids[i] = g.findOrAdd1(hashes[i], k)
		}
	}
}

// settleWide is settleOne for rows from lo on of keys of several words.
func (g *groups) settleWide(hashes []uint64, lo int, ids []uint32) {
	for i, h := range hashes {
		if id := ids[i]; id != 0 && g.equalRow(int(id-1), lo+i) {
			ids[i] = id - 1
		} else {
			ids[i] = g.findOrAddRow(h, lo+i)
		}
	}
}

// hashRows is hashRow of rows from lo on.
func (g *groups) hashRows(dst []uint64, lo int) {
	for i, k := range g.packed[0][lo : lo+len(dst)] {
		dst[i] = mix(k)
	}
	for _, w := range g.packed[1:] {
		for i, k := range w[lo : lo+len(dst)] {
			dst[i] = mix(dst[i] ^ k)
		}
	}
}

// reserve makes room for so many groups.
func (g *groups) reserve(n int) {
	if g.direct != nil || n <= g.count {
		return
	}
	g.keys = slices.Grow(g.keys, (n-g.count)*g.words)
	if size := nextPow2(2*n + 2*lookedAhead); size > len(g.slots) {
		g.rehash(size)
	}
}

// slotsQuartered is up to how many slots there are four times as many the next time.
const slotsQuartered = 1 << 16

func (g *groups) nextSlots() int {
	if len(g.slots) <= slotsQuartered {
		return 4 * len(g.slots)
	}
	return 2 * len(g.slots)
}

// reader is a view of a finished table with scratch memory of its own: several
// may call find side by side.
func (g *groups) reader() *groups {
	r := &groups{words: g.words, keys: g.keys, count: g.count, direct: g.direct, base: g.base, slots: g.slots, mixed: g.mixed}
	r.packed = make([][]uint64, g.words)
	for _, c := range g.cols {
		if c.coder != nil {
			c.coder = &coder{dict: c.coder.dict, ids: c.coder.ids, texts: c.coder.texts}
		}
		r.cols = append(r.cols, c)
	}
	return r
}

// find writes the group of every row to out, noGroup where there is none. A
// NULL key finds nothing.
func (g *groups) find(keys []*batch.Vector, n int, out []uint32) {
	g.pack(keys, n, false)
	unknown := make([]bool, n)
	for i, c := range g.cols {
		for r := range n {
			if keys[i].IsNull(r) {
				unknown[r] = true
			}
		}
		if c.coder != nil {
			for r := range n {
				if uint32(g.packed[c.word][r]>>c.shift) == noCode {
					unknown[r] = true
				}
			}
		}
	}
	for r := range n {
		out[r] = noGroup
		if !unknown[r] {
			out[r] = g.lookup(r)
		}
	}
}

func (g *groups) lookup(row int) uint32 {
	if g.mixed != nil {
		return g.mixed.find(g, row) - 1
	}
	if g.direct != nil {
		k := g.packed[0][row] - g.base
		if g.words == 1 {
			if k < uint64(len(g.direct)) {
				return g.direct[k] - 1
			}
			return noGroup
		}
	}
	if len(g.slots) == 0 {
		return noGroup
	}
	mask := uint64(len(g.slots) - 1)
	for s := g.hashRow(row) & mask; ; s = (s + 1) & mask {
		id := g.slots[s]
		if id == 0 {
			return noGroup
		}
		if g.equalRow(int(id-1), row) {
			return id - 1
		}
	}
}

// isDense tells whether keys that are so far apart are looked up by array index.
func (g *groups) isDense(width uint64) bool {
	return width < directMax || (width < denseMax && g.count >= denseMin && width <= denseSpread*uint64(g.count))
}

// directGrown is from how many keys on the array is made for the whole dictionary at
// once: growing it step by step would copy it as often.
const directGrown = 1 << 16

// directSize is how large to make the array for n keys.
func (g *groups) directSize(n int) int {
	size := nextPow2(n)
	if n > directGrown && g.base == 0 && len(g.cols) == 1 && g.cols[0].coder != nil && g.cols[0].coder.dict != nil {
		if all := g.cols[0].coder.dict.Len(); all >= n {
			return all
		}
	}
	return size
}

// makeDirect moves from open addressing to the array if the keys are dense.
func (g *groups) makeDirect() {
	low, top := slices.Min(g.keys), slices.Max(g.keys)
	if g.isDense(top) {
		low = 0
	}
	if !g.isDense(top - low) {
		return
	}
	g.base, g.slots = low, nil
	g.direct = newDirect(g.directSize(int(top-low) + 1))
	for id, k := range g.keys {
		g.direct[k-g.base] = uint32(id) + 1
	}
}

// reach makes the array hold all keys from low to top, if it may.
func (g *groups) reach(low, top uint64) bool {
	if low >= g.base && top-g.base < uint64(len(g.direct)) && top >= low {
		return true
	}
	base := g.base
	switch {
	case len(g.direct) == 0: // Small keys are looked up as they are: codes, and numbers that begin at 0 or 1.
		if base = 0; !g.isDense(top) {
			base = low
		}
	case low < base: // Room for as many keys below as there are: they may go on coming downwards.
		base -= min(base, max(base-low, uint64(len(g.direct))))
	}
	if n := uint64(len(g.direct)); n > 0 {
		top = max(top, g.base+min(n-1, math.MaxUint64-g.base))
	}
	if !g.isDense(top - base) {
		if base = min(low, g.base); len(g.direct) == 0 || !g.isDense(top-base) {
			return false
		}
	}
	grown := newDirect(g.directSize(int(top-base) + 1))
	if len(g.direct) > 0 {
		copy(grown[g.base-base:], g.direct)
	}
	g.freeDirect()
	g.base, g.direct = base, grown
	return true
}

const (
	// directPooled is from how many places on arrays of any size are left to other
	// queries: fresh memory costs more than using it.
	directPooled = 1 << 16
	// directSmall is from how many places on smaller ones are, whose size is a power of two.
	directSmall = 1 << 10
)

// directPool has arrays of at least directPooled places, *[]uint32, all zero; directPools
// those of smaller ones, by the length of their size in bits.
var (
	directPool  sync.Pool
	directPools [17]sync.Pool
)

// poolOf is where arrays of a size are left; nil for those that are not.
func poolOf(size int) *sync.Pool {
	switch {
	case size >= directPooled:
		return &directPool
	case size >= directSmall && size&(size-1) == 0:
		return &directPools[bits.Len(uint(size))]
	default:
		return nil
	}
}

func newDirect(n int) []uint32 {
	if pool := poolOf(n); pool != nil {
		if pooled, ok := pool.Get().(*[]uint32); ok && cap(*pooled) >= n {
			return (*pooled)[:n]
		}
	}
	return make([]uint32, n)
}

// freeDirect leaves the array to other queries; the groups can't be looked up any more.
func (g *groups) freeDirect() {
	if poolOf(cap(g.direct)) != nil && g.count < len(g.direct)/8 {
		for _, k := range g.keys {
			g.direct[k-g.base] = 0
		}
		freeZeros(g.direct)
	} else {
		freeDirect(g.direct)
	}
	g.direct = nil
}

// freeDirect leaves an array to other queries.
func freeDirect(list []uint32) {
	if poolOf(cap(list)) != nil {
		clear(list)
		freeZeros(list)
	}
}

// freeZeros leaves an array that is all zero to other queries.
func freeZeros(list []uint32) {
	if pool := poolOf(cap(list)); pool != nil {
		list = list[:cap(list)]
		pool.Put(&list)
	}
}

// findOrAdd1 is the group of a key; there is a free slot.
func (g *groups) findOrAdd1(hash, k uint64) uint32 {
	mask := uint64(len(g.slots) - 1)
	for s := hash & mask; ; s = (s + 1) & mask {
		id := g.slots[s]
		if id == 0 {
			g.keys = append(g.keys, k)
			g.count++
			g.slots[s] = uint32(g.count)
			return uint32(g.count) - 1
		}
		if g.keys[id-1] == k {
			return id - 1
		}
	}
}

// findOrAddRow is findOrAdd1 for the packed key of a row.
func (g *groups) findOrAddRow(hash uint64, row int) uint32 {
	mask := uint64(len(g.slots) - 1)
	for s := hash & mask; ; s = (s + 1) & mask {
		id := g.slots[s]
		if id == 0 {
			g.slots[s] = g.appendKey(row)
			return uint32(g.count) - 1
		}
		if g.equalRow(int(id-1), row) {
			return id - 1
		}
	}
}

func (g *groups) hashRow(row int) uint64 {
	h := mix(g.packed[0][row])
	for _, w := range g.packed[1:] {
		h = mix(h ^ w[row])
	}
	return h
}

func (g *groups) equalRow(group, row int) bool {
	for i, w := range g.packed {
		if g.keys[group*g.words+i] != w[row] {
			return false
		}
	}
	return true
}

func (g *groups) rehash(size int) {
	g.slots = make([]uint32, size)
	mask := uint64(size - 1)
	for id := range g.count {
		h := mix(g.keys[id*g.words])
		for _, w := range g.keys[id*g.words+1 : (id+1)*g.words] {
			h = mix(h ^ w)
		}
		s := h & mask
		for g.slots[s] != 0 {
			s = (s + 1) & mask
		}
		g.slots[s] = uint32(id) + 1
	}
}

// mix is the finalizer of splitmix64 (Steele, Lea, Flood 2014).
func mix(x uint64) uint64 {
	x ^= x >> 30
	x *= 0xbf58476d1ce4e5b9
	x ^= x >> 27
	x *= 0x94d049bb133111eb
	return x ^ x>>31
}

func nextPow2(n int) int {
	if n <= 1 {
		return 1
	}
	return 1 << bits.Len(uint(n-1))
}

// pack fills g.packed with the keys of n rows.
func (g *groups) pack(keys []*batch.Vector, n int, add bool) {
	for w := range g.packed {
		if cap(g.packed[w]) < n {
			g.packed[w] = make([]uint64, n)
		}
		g.packed[w] = g.packed[w][:n]
		clear(g.packed[w])
	}
	for i := range g.cols {
		g.cols[i].pack(g, keys[i].Expand(), n, add)
	}
}

func (c *keyCol) pack(g *groups, v *batch.Vector, n int, add bool) {
	dst := g.packed[c.word]
	switch d := batch.Unsigned(v.Data).(type) {
	case []uint8:
		packInts(dst, d[:n], c.shift)
	case []uint16:
		packInts(dst, d[:n], c.shift)
	case []uint32:
		packInts(dst, d[:n], c.shift)
	case []uint64:
		packInts(dst, d[:n], c.shift)
	case []float32:
		for i, f := range d[:n] {
			if f != f { // all NaN are one
				f = float32(math.NaN())
			}
			dst[i] |= uint64(math.Float32bits(f)) << c.shift
		}
	case []float64:
		for i, f := range d[:n] {
			if f != f { // all NaN are one
				f = math.NaN()
			}
			dst[i] |= math.Float64bits(f) << c.shift
		}
	case []types.Int128:
		hi := g.packed[c.word+1]
		for i, x := range d[:n] {
			dst[i], hi[i] = x.Lo, uint64(x.Hi)
		}
	case []types.Bytes16:
		hi := g.packed[c.word+1]
		for i := range d[:n] {
			dst[i], hi[i] = le64(d[i][:8]), le64(d[i][8:])
		}
	case nil:
	default:
		c.packCoded(g, v, n, add)
	}
	if v.Nulls != nil {
		nulls := g.packed[c.nullWord]
		for i, null := range v.Nulls[:n] {
			if null {
				nulls[i] |= 1 << c.nullBit
			}
		}
	}
}

func (c *keyCol) packCoded(g *groups, v *batch.Vector, n int, add bool) {
	if cap(g.codes) < n {
		g.codes = make([]uint32, n)
	}
	codes := g.codes[:n]
	if c.typ.Phys() != types.PhysStrings {
		v = encodeRows(v, n)
	}
	c.coder.encode(v, add, codes)
	packInts(g.packed[c.word], codes, c.shift)
}

func packInts[T keyInt](dst []uint64, src []T, shift uint) {
	dst = dst[:len(src)]
	for i, x := range src {
		dst[i] |= uint64(x) << shift
	}
}

func le64(b []byte) uint64 {
	_ = b[7]
	return uint64(b[0]) | uint64(b[1])<<8 | uint64(b[2])<<16 | uint64(b[3])<<24 |
		uint64(b[4])<<32 | uint64(b[5])<<40 | uint64(b[6])<<48 | uint64(b[7])<<56
}

// sizeBytes is the memory of the table.
func (g *groups) sizeBytes() int64 {
	n := int64(cap(g.keys))*8 + int64(cap(g.slots)+cap(g.direct))*4
	if g.mixed != nil {
		n += 4 * int64(len(g.mixed.ids))
	}
	for _, c := range g.cols {
		if c.coder != nil {
			n += c.coder.bytes
		}
	}
	return n
}
