package bitmap

import (
	"math/bits"
	"slices"

	"github.com/RoaringBitmap/roaring/v2"
)

// sortedMax is the number of members up to which a Set is a sorted list.
const sortedMax = 64

// denseBitsPerMember bounds the dense form: it is used while it takes no more
// than this many bits a member (4 bytes; roaring takes up to 2, but building it
// id by id is 60-80 ns against 1-2 ns for a dense bit).
const denseBitsPerMember = 32

// Set is an exact set of uint32, meant for symbols: a sorted list of up to 64,
// then a dense bitmap while the members are dense enough, else a roaring bitmap.
// The zero value is empty. The form is not part of the value: sets with equal
// members are equal and encode to equal bytes.
type Set struct {
	list  []uint32 // when words and rb are nil
	words []uint64
	rb    *roaring.Bitmap
	n     int // members
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
		bit := uint64(1) << (x & 63)
		if s.words[w]&bit != 0 {
			return false
		}
		s.words[w] |= bit
		s.n++
		return true
	}
	return s.addSlow(x)
}

func (s *Set) addSlow(x uint32) bool {
	switch {
	case s.rb != nil:
		if !s.rb.CheckedAdd(x) {
			return false
		}
		s.n++
		// Looked at only when n is a power of two: the form may change seldom.
		if s.n&(s.n-1) == 0 && denseFits(s.rb.Maximum(), s.n) {
			s.setWords(s.rb.Maximum())
		}
		return true
	case s.words != nil:
		if denseFits(x, s.n+1) {
			s.growWords(x)
		} else {
			s.toRoaring()
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
		s.list = slices.Insert(s.list, at, x)
		s.n++
		return true
	}
	if top := max(x, s.list[s.n-1]); denseFits(top, s.n+1) {
		s.setWords(top)
	} else {
		s.toRoaring()
	}
	return s.Add(x)
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

// setWords turns a list or a roaring bitmap with members up to top into the dense form.
func (s *Set) setWords(top uint32) {
	words := make([]uint64, int(top>>6)+1)
	s.Each(func(x uint32) bool {
		words[x>>6] |= 1 << (x & 63)
		return true
	})
	s.words, s.list, s.rb = words, nil, nil
}

// toRoaring turns a list or the dense form into a roaring bitmap.
func (s *Set) toRoaring() {
	s.rb = s.roaring()
	s.list, s.words = nil, nil
}

// roaring is the set as a roaring bitmap, which may be the set's own.
func (s *Set) roaring() *roaring.Bitmap {
	switch {
	case s.rb != nil:
		return s.rb
	case s.words != nil:
		return roaring.FromDense(s.words, true)
	default:
		return roaring.BitmapOf(s.list...)
	}
}

// Reserve takes the dense form, for members up to top, however few they are: for
// sets that are few, so that the memory does not matter, and are added to often.
func (s *Set) Reserve(top uint32) {
	switch {
	case s.words == nil:
		if s.n > 0 {
			top = max(top, s.Max())
		}
		s.setWords(top)
	case int(top>>6) >= len(s.words):
		s.growWords(top)
	}
}

// AddMany puts in all of ids, in any order and repeated at will.
func (s *Set) AddMany(ids []uint32) {
	if len(ids) == 0 {
		return
	}
	if s.rb == nil && len(ids) > sortedMax {
		s.preferDense(ids)
	}
	if s.words != nil && int(slices.Max(ids)>>6) < len(s.words) {
		s.n += orBits(s.words, ids)
		return
	}
	if s.rb != nil && len(ids) >= sortFrom {
		s.rb.AddMany(sorted(ids))
		s.n = int(s.rb.GetCardinality())
		if top := s.rb.Maximum(); denseFits(top, s.n) {
			s.setWords(top)
		}
		return
	}
	for _, x := range ids {
		s.Add(x)
	}
}

// sortFrom is the number of ids from which sorting them first pays: roaring takes
// sorted ids at 4 to 60 ns each, unsorted ones at 80 to 1,400.
const sortFrom = 256

// sorted is a sorted copy of ids, by a radix sort of three passes of 11 bits.
func sorted(ids []uint32) []uint32 {
	from, to := slices.Clone(ids), make([]uint32, len(ids))
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

// preferDense goes to the dense form at once when as many distinct members as
// there are ids would justify it; should they prove fewer, the set is merely
// larger than need be by a factor that the repeats bound.
func (s *Set) preferDense(ids []uint32) {
	top := slices.Max(ids)
	if s.n > 0 {
		top = max(top, s.Max())
	}
	if !denseFits(top, s.n+len(ids)) {
		return
	}
	if s.words == nil {
		s.setWords(top)
	} else if int(top>>6) >= len(s.words) {
		s.growWords(top)
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
	case s.rb != nil:
		return s.rb.Contains(x)
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
	case s.rb != nil:
		return s.rb.Maximum()
	default:
		return s.list[len(s.list)-1]
	}
}

// Each calls f with the members in rising order until it returns false.
func (s *Set) Each(f func(x uint32) bool) {
	switch {
	case s.words != nil:
		for w, b := range s.words {
			for ; b != 0; b &= b - 1 {
				if !f(uint32(w<<6 + bits.TrailingZeros64(b))) {
					return
				}
			}
		}
	case s.rb != nil:
		for it := s.rb.Iterator(); it.HasNext(); {
			if !f(it.Next()) {
				return
			}
		}
	default:
		for _, x := range s.list {
			if !f(x) {
				return
			}
		}
	}
}

// Clone is an independent copy.
func (s *Set) Clone() *Set {
	c := &Set{list: slices.Clone(s.list), words: slices.Clone(s.words), n: s.n}
	if s.rb != nil {
		c.rb = s.rb.Clone()
	}
	return c
}

// roaringContainerBytes is the overhead of one roaring container, which covers 65,536 ids.
const roaringContainerBytes = 64

// SizeBytes is about the memory that the set holds; it costs no walk.
func (s *Set) SizeBytes() int64 {
	n := int64(cap(s.list))*4 + int64(cap(s.words))*8
	if s.rb != nil {
		containers := int64(s.rb.Maximum()>>16) + 1
		n += min(2*int64(s.n), containers*8192) + min(containers, int64(s.n))*roaringContainerBytes
	}
	return n
}
