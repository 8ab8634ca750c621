// Package skip tells which granules of one column cannot hold a value that is
// looked for, by three small indexes: the least and greatest value of each
// granule, the set of codes in each granule when the column has few codes, and
// a Bloom filter for each granule when it has many and they are spread thinly.
//
// The package never learns what values mean: it knows them as uint64 numbers in
// their order (several values may share a number; a greater value never has a
// smaller one), as codes, or as 64-bit hashes.
package skip

import (
	"slices"

	"github.com/freshetdb/freshet/index/rowset"
)

// Column is what is known of the granules of one column. Any part may be
// missing; a missing part prunes nothing. A Column is immutable.
type Column struct {
	Granules int
	Bounds   *Bounds
	Codes    *Codes
	Bloom    *Bloom
}

// Bounds holds, for each granule, the least and greatest value that is not NULL
// and the number of NULLs. A granule without values has Min > Max.
type Bounds struct {
	Min, Max []uint64
	Nulls    []uint32
}

// Interval is the numbers from Lo to Hi, both included.
type Interval struct{ Lo, Hi uint64 }

// PruneValues gives the granules that may hold a value of one of the intervals,
// which must be ascending and disjoint.
func (c *Column) PruneValues(intervals []Interval) rowset.Set {
	if c.Bounds == nil {
		return rowset.All(c.Granules)
	}
	return c.where(func(g int) bool {
		lo, hi := c.Bounds.Min[g], c.Bounds.Max[g]
		k, _ := slices.BinarySearchFunc(intervals, lo, func(v Interval, lo uint64) int {
			if v.Hi < lo {
				return -1
			}
			return 1
		})
		return lo <= hi && k < len(intervals) && intervals[k].Lo <= hi
	})
}

// PruneNulls gives the granules that hold a NULL.
func (c *Column) PruneNulls() rowset.Set {
	if c.Bounds == nil {
		return rowset.All(c.Granules)
	}
	return c.where(func(g int) bool { return c.Bounds.Nulls[g] > 0 })
}

// PruneNotNulls gives the granules that hold a value.
func (c *Column) PruneNotNulls() rowset.Set {
	if c.Bounds == nil {
		return rowset.All(c.Granules)
	}
	return c.where(func(g int) bool { return c.Bounds.Min[g] <= c.Bounds.Max[g] })
}

// PruneCodes gives the granules that may hold one of the codes or, when hashes
// is not nil, a text outside the dictionary with one of the hashes; with hashes
// nil, text outside the dictionary is not looked for.
func (c *Column) PruneCodes(codes []uint32, hashes []uint64) rowset.Set {
	out := rowset.All(c.Granules)
	if c.Codes != nil {
		mask, other := c.Codes.mask(codes), len(hashes) > 0
		out = c.where(func(g int) bool { return c.Codes.meets(g, mask, other) })
	}
	if c.Bloom != nil {
		all := make([]uint64, 0, len(codes)+len(hashes))
		for _, code := range codes {
			all = append(all, HashCode(code))
		}
		out = out.And(c.Bloom.prune(append(all, hashes...)))
	}
	return out
}

// PruneHashes gives the granules that may hold a text with one of the hashes,
// for a column without codes.
func (c *Column) PruneHashes(hashes []uint64) rowset.Set {
	if c.Bloom == nil {
		return rowset.All(c.Granules)
	}
	return c.Bloom.prune(hashes)
}

func (c *Column) where(may func(g int) bool) rowset.Set {
	words := make([]uint64, (c.Granules+63)/64)
	for g := range c.Granules {
		if may(g) {
			words[g/64] |= 1 << (g % 64)
		}
	}
	return rowset.OfWords(c.Granules, words)
}

// CodesMax is how many different codes a column may have for its granules to
// keep sets of them: 32 bytes a granule at most.
const CodesMax = 256

// Codes holds the set of codes of each granule as a bitmap over the codes of
// the column. Other tells that a granule holds text that has no code.
type Codes struct {
	List  []uint32 // ascending
	Words []uint64 // (len(List)+63)/64 words a granule
	Other []bool
}

func (c *Codes) width() int { return (len(c.List) + 63) / 64 }

func (c *Codes) mask(codes []uint32) []uint64 {
	mask := make([]uint64, c.width())
	for _, code := range codes {
		if k, ok := slices.BinarySearch(c.List, code); ok {
			mask[k/64] |= 1 << (k % 64)
		}
	}
	return mask
}

func (c *Codes) meets(g int, mask []uint64, other bool) bool {
	if other && c.Other[g] {
		return true
	}
	for i, w := range c.Words[g*len(mask) : (g+1)*len(mask)] {
		if w&mask[i] != 0 {
			return true
		}
	}
	return false
}
