package bitmap

import (
	"math/bits"

	"github.com/RoaringBitmap/roaring/v2"
)

// Or adds all members of o to s; o is not changed.
func (s *Set) Or(o *Set) {
	switch {
	case o.n == 0:
	case s.n == 0:
		*s = *o.Clone()
	case s.words != nil && o.words != nil:
		if len(o.words) > len(s.words) {
			s.growWords(uint32(len(o.words)<<6 - 1))
		}
		for i, w := range o.words {
			s.n += bits.OnesCount64(w &^ s.words[i])
			s.words[i] |= w
		}
	case s.n < o.n:
		small := *s
		*s = *o.Clone()
		small.each(func(x uint32) { s.Add(x) })
	default:
		o.each(func(x uint32) { s.Add(x) })
	}
}

// And keeps the members that are in o as well.
func (s *Set) And(o *Set) { s.become(roaring.And(s.roaring(), o.roaring())) }

// AndNot removes the members of o.
func (s *Set) AndNot(o *Set) { s.become(roaring.AndNot(s.roaring(), o.roaring())) }

// Xor keeps the members that are in exactly one of s and o.
func (s *Set) Xor(o *Set) { s.become(roaring.Xor(s.roaring(), o.roaring())) }

// OrLen is the number of members of the union, without making it.
func (s *Set) OrLen(o *Set) int {
	return s.n + o.n - s.AndLen(o)
}

// AndLen is the number of members of the intersection, without making it.
func (s *Set) AndLen(o *Set) int {
	if s.words != nil && o.words != nil {
		n := 0
		for i := range min(len(s.words), len(o.words)) {
			n += bits.OnesCount64(s.words[i] & o.words[i])
		}
		return n
	}
	if s.n > o.n {
		s, o = o, s
	}
	n := 0
	s.each(func(x uint32) {
		if o.Contains(x) {
			n++
		}
	})
	return n
}

// AndNotLen is the number of members that are not in o.
func (s *Set) AndNotLen(o *Set) int { return s.n - s.AndLen(o) }

// XorLen is the number of members of exactly one of both.
func (s *Set) XorLen(o *Set) int { return s.n + o.n - 2*s.AndLen(o) }

// Equal tells whether both have the same members.
func (s *Set) Equal(o *Set) bool { return s.n == o.n && s.AndLen(o) == s.n }
