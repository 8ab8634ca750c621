package bitmap

import (
	"math"
	"math/bits"
	"slices"

	"github.com/RoaringBitmap/roaring/v2"
)

// sortedMax is the number of members up to which a Set is a sorted list.
const sortedMax = 64

// denseBitsPerMember bounds the dense form: it is used while it takes no more
// than this many bits a member, which is 4 bytes.
const denseBitsPerMember = 32

// Set is an exact set of uint32, meant for symbols: a sorted list of up to 64; then
// a hash table; a dense bitmap once the members are dense enough. The zero value
// is empty. The form is not part of the value: sets with equal members are equal
// and encode to equal bytes, as a list or a roaring bitmap.
//
// Roaring is the form of the disk and of set algebra only: adding ids one by one
// costs it 60 to 1,400 ns, the table 10 to 40, the dense bitmap 1 to 2.
type Set struct {
	list  []uint32 // sorted; when words and table are nil
	words []uint64
	table []uint32 // a power of two of slots: member+1, or 0 for a free slot
	n     int      // members
	isTop bool     // the largest uint32 is a member, which can't stand in the table
}

// SetOf makes a set of the members.
func SetOf(members ...uint32) *Set {
	s := &Set{}
	for _, m := range members {
		s.Add(m)
	}
	return s
}

// Len is the number of members.
func (s *Set) Len() int { return s.n }

// Add puts x in and tells whether it is new.
func (s *Set) Add(x uint32) bool {
	if w := int(x >> 6); w < len(s.words) {
		old := s.words[w]
		s.words[w] = old | 1<<(x&63)
		fresh := ^old >> (x & 63) & 1
		s.n += int(fresh)
		return fresh != 0
	}
	return s.addSlow(x)
}

func (s *Set) addSlow(x uint32) bool {
	switch {
	case s.table != nil:
		return s.addTabled(x)
	case s.words != nil:
		if denseFits(x, s.n+1) {
			s.growWords(x)
		} else {
			s.setTable(s.n)
		}
		return s.Add(x)
	default:
		return s.addListed(x)
	}
}

func (s *Set) addListed(x uint32) bool {
	at, found := slices.BinarySearch(s.list, x)
	if found {
		return false
	}
	if s.n < sortedMax {
		if s.list == nil {
			s.list = make([]uint32, 0, listedMax)
		}
		s.list = slices.Insert(s.list, at, x)
		s.n++
		return true
	}
	if top := max(x, s.list[s.n-1]); denseFits(top, s.n+1) {
		s.setWords(top)
	} else {
		s.setTable(s.n)
	}
	return s.Add(x)
}

func (s *Set) addTabled(x uint32) bool {
	if x == math.MaxUint32 {
		was := s.isTop
		if !was {
			s.isTop = true
			s.n++
		}
		return !was
	}
	slot := s.find(x)
	if *slot != 0 {
		return false
	}
	*slot = x + 1
	if s.n++; 3*s.n > 2*len(s.table) {
		if top := s.Max(); denseFits(top, s.n) {
			s.setWords(top)
		} else {
			s.setTable(s.n)
		}
	}
	return true
}

// find is the slot of the table where x is, or the free one where it belongs. The
// search begins at the upper bits of a multiplication, which spreads numbers evenly
// whatever their pattern.
func (s *Set) find(x uint32) *uint32 {
	mask := uint32(len(s.table) - 1)
	at := uint32(uint64(x)*0x9e3779b97f4a7c15>>32) & mask
	for ; ; at = (at + 1) & mask {
		if v := s.table[at]; v == 0 || v == x+1 {
			return &s.table[at]
		}
	}
}

// denseFits tells whether n members up to top may be held dense.
func denseFits(top uint32, n int) bool { return int(top) < n*denseBitsPerMember }

// growWords makes the dense form reach x, and somewhat further.
func (s *Set) growWords(x uint32) {
	need := int(x>>6) + 1
	if need > cap(s.words) {
		s.words = slices.Grow(s.words, max(need, min(2*cap(s.words), 1<<26))-len(s.words))
	}
	old := len(s.words)
	s.words = s.words[:need]
	clear(s.words[old:])
}

// setWords goes to the dense form, for members up to top.
func (s *Set) setWords(top uint32) {
	words := make([]uint64, int(top>>6)+1)
	s.each(func(x uint32) { words[x>>6] |= 1 << (x & 63) })
	*s = Set{words: words, n: s.n}
}

// setTable goes to a hash table with room for room members at a load of a quarter
// to a half.
func (s *Set) setTable(room int) {
	room = max(room, sortedMax)
	next := Set{table: make([]uint32, 1<<bits.Len(uint(2*room-1))), n: s.n}
	s.each(func(x uint32) {
		if x == math.MaxUint32 {
			next.isTop = true
		} else {
			*next.find(x) = x + 1
		}
	})
	*s = next
}

// Reserve takes the dense form, for members up to top, however few they are: for
// sets that are few, so that the memory does not matter, and are added to often. It
// tells whether the set was not dense before.
func (s *Set) Reserve(top uint32) bool {
	if s.words != nil {
		if int(top>>6) >= len(s.words) {
			s.growWords(top)
		}
		return false
	}
	if s.n > 0 {
		top = max(top, s.Max())
	}
	s.setWords(top)
	return true
}

// AddMany puts in all of ids, in any order and repeated at will.
func (s *Set) AddMany(ids []uint32) {
	if len(ids) == 0 {
		return
	}
	top := slices.Max(ids)
	if int(top>>6) >= len(s.words) && len(ids) > sortedMax {
		// As many distinct members as there are ids would justify the dense form;
		// should they prove fewer, the repeats bound how much larger it is.
		reach := top
		if s.n > 0 {
			reach = max(top, s.Max())
		}
		if denseFits(reach, s.n+len(ids)) {
			s.Reserve(reach)
		}
	}
	switch {
	case int(top>>6) < len(s.words):
		s.n += orBits(s.words, ids)
	case len(ids) < sortedMax || top == math.MaxUint32 || s.words != nil:
		for _, x := range ids {
			s.Add(x)
		}
	default:
		s.addManyTabled(ids)
	}
}

// tabledFirst is how many ids a table gets room for at first.
const tabledFirst = 256

// addManyTabled puts ids, none of which is the top number, into a table. Room is made
// for some times the members, since ids may repeat, before as many are put in.
func (s *Set) addManyTabled(ids []uint32) {
	for len(ids) > 0 && s.words == nil {
		part := ids[:min(len(ids), max(4*s.n, tabledFirst))]
		ids = ids[len(part):]
		isFull := 3*(s.n+len(part)) > 2*len(s.table)
		if isFull {
			s.setTable(s.n + len(part))
		}
		for _, x := range part {
			slot := s.find(x)
			s.n += int(((*slot - 1) >> 31) & (^*slot >> 31)) // 1 where the slot is free
			*slot = x + 1
		}
		if isFull {
			if top := s.Max(); denseFits(top, s.n) {
				s.setWords(top)
			}
		}
	}
	for _, x := range ids {
		s.Add(x)
	}
}

// orBits sets the bits of ids and counts the new ones, without a branch.
func orBits(words []uint64, ids []uint32) int {
	fresh := uint64(0)
	for _, x := range ids {
		w := words[x>>6]
		fresh += ^w >> (x & 63) & 1
		words[x>>6] = w | 1<<(x&63)
	}
	return int(fresh)
}

// Contains tells whether x is a member.
func (s *Set) Contains(x uint32) bool {
	switch {
	case s.words != nil:
		return int(x>>6) < len(s.words) && s.words[x>>6]>>(x&63)&1 == 1
	case s.table != nil && x == math.MaxUint32:
		return s.isTop
	case s.table != nil:
		return *s.find(x) != 0
	default:
		_, found := slices.BinarySearch(s.list, x)
		return found
	}
}

// Max is the largest member of a set that is not empty.
func (s *Set) Max() uint32 {
	switch {
	case s.words != nil:
		for w, b := range slices.Backward(s.words) {
			if b != 0 {
				return uint32(w<<6 + 63 - bits.LeadingZeros64(b))
			}
		}
		return 0
	case s.isTop:
		return math.MaxUint32
	case s.table != nil:
		return slices.Max(s.table) - 1
	default:
		return s.list[len(s.list)-1]
	}
}

// each calls f with the members in no particular order.
func (s *Set) each(f func(x uint32)) {
	if s.table == nil {
		s.Each(func(x uint32) bool { f(x); return true })
		return
	}
	for _, v := range s.table {
		if v != 0 {
			f(v - 1)
		}
	}
	if s.isTop {
		f(math.MaxUint32)
	}
}

// Each calls f with the members in rising order until it returns false.
func (s *Set) Each(f func(x uint32) bool) {
	if s.words == nil {
		for _, x := range s.sorted() {
			if !f(x) {
				return
			}
		}
		return
	}
	for w, b := range s.words {
		for ; b != 0; b &= b - 1 {
			if !f(uint32(w<<6 + bits.TrailingZeros64(b))) {
				return
			}
		}
	}
}

// EachRun calls f with the members of [lo, hi), up to 4,096 at once, in rising order; f
// must not keep the slice.
func (s *Set) EachRun(lo, hi uint32, f func(ids []uint32)) {
	if s.words == nil {
		all := s.sorted()
		from, _ := slices.BinarySearch(all, lo)
		to, _ := slices.BinarySearch(all, hi)
		if from < to {
			for ids := range slices.Chunk(all[from:to], runMembers) {
				f(ids)
			}
		}
		return
	}
	run := make([]uint32, 0, runMembers+63)
	for w := lo >> 6; w < min(uint32(len(s.words)), hi>>6+1); w++ {
		b := s.words[w]
		if w == lo>>6 {
			b &= math.MaxUint64 << (lo & 63)
		}
		if w == hi>>6 {
			b &= 1<<(hi&63) - 1
		}
		for ; b != 0; b &= b - 1 {
			run = append(run, w<<6+uint32(bits.TrailingZeros64(b)))
		}
		if len(run) >= runMembers {
			f(run)
			run = run[:0]
		}
	}
	if len(run) > 0 {
		f(run)
	}
}

// runMembers is how many members EachRun gives at once, at most but for a word's.
const runMembers = 4096 - 63

// sorted is the members of a list or a table in rising order; the caller must
// not change them.
func (s *Set) sorted() []uint32 {
	if s.table == nil {
		return s.list
	}
	out := make([]uint32, 0, s.n)
	s.each(func(x uint32) { out = append(out, x) })
	return radixSorted(out)
}

// radixSorted sorts ids by three passes of 11 bits; it may use their memory.
func radixSorted(ids []uint32) []uint32 {
	from, to := ids, make([]uint32, len(ids))
	for shift := 0; shift < 32; shift += 11 {
		var starts [2048]uint32
		for _, x := range from {
			starts[x>>shift&2047]++
		}
		sum := uint32(0)
		for i, n := range starts {
			starts[i], sum = sum, sum+n
		}
		for _, x := range from {
			at := &starts[x>>shift&2047]
			to[*at] = x
			*at++
		}
		from, to = to, from
	}
	return from
}

// roaring is a fresh roaring bitmap of the members.
func (s *Set) roaring() *roaring.Bitmap {
	if s.words != nil {
		return roaring.FromDense(s.words, true)
	}
	rb := roaring.New()
	rb.AddMany(s.sorted())
	return rb
}

// become takes over the members of a bitmap and chooses the form.
func (s *Set) become(rb *roaring.Bitmap) {
	n := int(rb.GetCardinality())
	switch {
	case n <= sortedMax:
		*s = Set{list: rb.ToArray(), n: n}
	case denseFits(rb.Maximum(), n):
		words := rb.ToDense()
		*s = Set{words: words[:int(rb.Maximum()>>6)+1], n: n}
	default:
		*s = Set{list: rb.ToArray(), n: n}
		s.setTable(n)
	}
}

// Clone is an independent copy.
func (s *Set) Clone() *Set {
	return &Set{
		list: slices.Clone(s.list), words: slices.Clone(s.words), table: slices.Clone(s.table),
		n: s.n, isTop: s.isTop,
	}
}

// SizeBytes is the memory that the set holds.
func (s *Set) SizeBytes() int64 {
	return int64(cap(s.list)+len(s.table))*4 + int64(cap(s.words))*8
}
