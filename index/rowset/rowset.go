// Package rowset holds selections of rows: what an index leaves to be read, and
// what a filter let through.
//
// A [Set] is over the rows 0 … n-1 of something. It is a list of ranges while
// there are few of them and a bitmap when there are many; the two forms are
// invisible from outside. Sets are immutable.
package rowset

import (
	"iter"
	"math/bits"
	"slices"
	"sort"
)

// Range is the rows [Lo, Hi).
type Range struct{ Lo, Hi int }

// Len is the number of rows of the range.
func (r Range) Len() int { return r.Hi - r.Lo }

// rowsPerRangeMin is how many rows there are at least for each range; beyond, a
// bitmap is smaller (a range is 16 bytes, 128 rows of bitmap).
const rowsPerRangeMin = 128

// Set is a selection of the rows 0 … Len()-1. The zero value is over no rows.
type Set struct {
	n      int
	ranges []Range  // sorted, disjoint, not adjacent, not empty; unless words is set
	words  []uint64 // bitmap; bits from n on are zero
}

// All selects all of n rows.
func All(n int) Set {
	if n == 0 {
		return Set{}
	}
	return Set{n: n, ranges: []Range{{0, n}}}
}

// None selects none of n rows.
func None(n int) Set { return Set{n: n} }

// Of selects the ranges, which may overlap and come in any order; they are cut
// to [0, n).
func Of(n int, ranges ...Range) Set {
	sorted := make([]Range, 0, len(ranges))
	for _, r := range ranges {
		r.Lo, r.Hi = max(r.Lo, 0), min(r.Hi, n)
		if r.Lo < r.Hi {
			sorted = append(sorted, r)
		}
	}
	sort.Slice(sorted, func(i, j int) bool { return sorted[i].Lo < sorted[j].Lo })
	out := sorted[:0]
	for _, r := range sorted {
		if k := len(out) - 1; k >= 0 && r.Lo <= out[k].Hi {
			out[k].Hi = max(out[k].Hi, r.Hi)
			continue
		}
		out = append(out, r)
	}
	return Set{n: n, ranges: out}.settle()
}

// OfWords selects the rows whose bit is set: row i is bit i%64 of words[i/64].
// The set keeps words.
func OfWords(n int, words []uint64) Set {
	words = words[:wordsOf(n)]
	if n%64 != 0 {
		words[len(words)-1] &= 1<<(n%64) - 1
	}
	return Set{n: n, words: words}
}

func wordsOf(n int) int { return (n + 63) / 64 }

// settle turns many ranges into a bitmap.
func (s Set) settle() Set {
	if s.words != nil || len(s.ranges) <= max(1, s.n/rowsPerRangeMin) {
		return s
	}
	return Set{n: s.n, words: s.bitmap()}
}

// bitmap is the set as words, which the caller must not change.
func (s Set) bitmap() []uint64 {
	if s.words != nil {
		return s.words
	}
	words := make([]uint64, wordsOf(s.n))
	for _, r := range s.ranges {
		setBits(words, r.Lo, r.Hi)
	}
	return words
}

func setBits(words []uint64, lo, hi int) {
	first, last := lo/64, (hi-1)/64
	head, tail := ^uint64(0)<<(lo%64), ^uint64(0)>>(63-(hi-1)%64)
	if first == last {
		words[first] |= head & tail
		return
	}
	words[first] |= head
	for w := first + 1; w < last; w++ {
		words[w] = ^uint64(0)
	}
	words[last] |= tail
}

// Len is the number of rows that the set is over.
func (s Set) Len() int { return s.n }

// Count is the number of selected rows.
func (s Set) Count() int {
	c := 0
	for _, w := range s.words {
		c += bits.OnesCount64(w)
	}
	for _, r := range s.ranges {
		c += r.Len()
	}
	return c
}

// IsEmpty tells whether no row is selected.
func (s Set) IsEmpty() bool {
	return len(s.ranges) == 0 && !slices.ContainsFunc(s.words, func(w uint64) bool { return w != 0 })
}

// IsAll tells whether all rows are selected.
func (s Set) IsAll() bool { return s.Count() == s.n }

// Contains tells whether row i is selected.
func (s Set) Contains(i int) bool {
	if i < 0 || i >= s.n {
		return false
	}
	if s.words != nil {
		return s.words[i/64]>>(i%64)&1 == 1
	}
	k, found := slices.BinarySearchFunc(s.ranges, i, func(r Range, i int) int { return r.Lo - i })
	return found || (k > 0 && i < s.ranges[k-1].Hi)
}

// And selects what both select; both must be over the same rows.
func (s Set) And(o Set) Set {
	if s.words != nil || o.words != nil {
		a, b := s.bitmap(), o.bitmap()
		out := make([]uint64, len(a))
		for i := range out {
			out[i] = a[i] & b[i]
		}
		return Set{n: s.n, words: out}
	}
	var out []Range
	for i, j := 0, 0; i < len(s.ranges) && j < len(o.ranges); {
		a, b := s.ranges[i], o.ranges[j]
		if lo, hi := max(a.Lo, b.Lo), min(a.Hi, b.Hi); lo < hi {
			out = append(out, Range{lo, hi})
		}
		if a.Hi < b.Hi {
			i++
		} else {
			j++
		}
	}
	return Set{n: s.n, ranges: out}.settle()
}

// Or selects what either selects; both must be over the same rows.
func (s Set) Or(o Set) Set {
	if s.words != nil || o.words != nil {
		a, b := s.bitmap(), o.bitmap()
		out := make([]uint64, len(a))
		for i := range out {
			out[i] = a[i] | b[i]
		}
		return Set{n: s.n, words: out}
	}
	return Of(s.n, slices.Concat(s.ranges, o.ranges)...)
}

// Not selects what s does not.
func (s Set) Not() Set {
	if s.words != nil {
		out := make([]uint64, len(s.words))
		for i, w := range s.words {
			out[i] = ^w
		}
		return OfWords(s.n, out)
	}
	var out []Range
	at := 0
	for _, r := range s.ranges {
		if at < r.Lo {
			out = append(out, Range{at, r.Lo})
		}
		at = r.Hi
	}
	if at < s.n {
		out = append(out, Range{at, s.n})
	}
	return Set{n: s.n, ranges: out}.settle()
}

// Expand reads s as a set of blocks of size rows and gives the rows of the
// selected blocks; the last block is cut at n rows.
func (s Set) Expand(size, n int) Set {
	var out []Range
	for r := range s.Ranges() {
		out = append(out, Range{r.Lo * size, min(r.Hi*size, n)})
	}
	return Of(n, out...)
}

// Ranges gives the selected rows as ascending, disjoint, maximal ranges.
func (s Set) Ranges() iter.Seq[Range] {
	return func(yield func(Range) bool) {
		if s.words == nil {
			for _, r := range s.ranges {
				if !yield(r) {
					return
				}
			}
			return
		}
		for lo := nextBit(s.words, 0, s.n, 0); lo < s.n; {
			hi := nextBit(s.words, lo, s.n, ^uint64(0))
			if !yield(Range{lo, hi}) {
				return
			}
			lo = nextBit(s.words, hi, s.n, 0)
		}
	}
}

// nextBit is the first row from i on whose bit differs from flip's, or n.
func nextBit(words []uint64, i, n int, flip uint64) int {
	for i < n {
		w := (words[i/64] ^ flip) >> (i % 64)
		if w != 0 {
			return min(i+bits.TrailingZeros64(w), n)
		}
		i = (i/64 + 1) * 64
	}
	return n
}

// AppendRows adds the selected rows of [lo, hi) to dst, counted from lo: the
// selection vector of a granule.
func (s Set) AppendRows(dst []uint32, lo, hi int) []uint32 {
	hi = min(hi, s.n)
	if s.words == nil {
		k, _ := slices.BinarySearchFunc(s.ranges, lo, func(r Range, lo int) int {
			if r.Hi <= lo {
				return -1
			}
			return 1
		})
		for ; k < len(s.ranges) && s.ranges[k].Lo < hi; k++ {
			for i := max(lo, s.ranges[k].Lo); i < min(hi, s.ranges[k].Hi); i++ {
				dst = append(dst, uint32(i-lo))
			}
		}
		return dst
	}
	for i := nextBit(s.words, lo, hi, 0); i < hi; i = nextBit(s.words, i+1, hi, 0) {
		dst = append(dst, uint32(i-lo))
	}
	return dst
}
