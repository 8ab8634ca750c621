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
	case o.rb != nil || s.rb != nil:
		s.toRoaring()
		s.rb.Or(o.roaring())
		s.n = int(s.rb.GetCardinality())
		if top := s.rb.Maximum(); denseFits(top, s.n) {
			s.setWords(top)
		}
	default:
		o.Each(func(x uint32) bool { s.Add(x); return true })
	}
}

// And keeps the members that are in o as well.
func (s *Set) And(o *Set) { s.become(roaring.And(s.roaring(), o.roaring())) }

// AndNot removes the members of o.
func (s *Set) AndNot(o *Set) { s.become(roaring.AndNot(s.roaring(), o.roaring())) }

// Xor keeps the members that are in exactly one of s and o.
func (s *Set) Xor(o *Set) { s.become(roaring.Xor(s.roaring(), o.roaring())) }

// become takes over a fresh bitmap and chooses the form.
func (s *Set) become(rb *roaring.Bitmap) {
	n := int(rb.GetCardinality())
	*s = Set{rb: rb, n: n}
	switch {
	case n <= sortedMax:
		s.list, s.rb = rb.ToArray(), nil
	case denseFits(rb.Maximum(), n):
		s.setWords(rb.Maximum())
	}
}

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
	if s.n <= sortedMax {
		n := 0
		s.Each(func(x uint32) bool {
			if o.Contains(x) {
				n++
			}
			return true
		})
		return n
	}
	return int(s.roaring().AndCardinality(o.roaring()))
}

// AndNotLen is the number of members that are not in o.
func (s *Set) AndNotLen(o *Set) int { return s.n - s.AndLen(o) }

// XorLen is the number of members of exactly one of both.
func (s *Set) XorLen(o *Set) int { return s.n + o.n - 2*s.AndLen(o) }

// Equal tells whether both have the same members.
func (s *Set) Equal(o *Set) bool { return s.n == o.n && s.AndLen(o) == s.n }
