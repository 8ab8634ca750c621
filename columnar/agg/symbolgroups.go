package agg

import (
	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/index/bitmap"
)

const (
	// DenseBudget is the memory that dense bitmaps over the whole dictionary may
	// take in one States; while it suffices for all groups, a set becomes one as
	// soon as it has denseMin members (1-2 ns a row instead of 10-40) and one for
	// each denseSymbols of the dictionary: fresh memory for a bitmap costs about as
	// much as adding so many to a table.
	DenseBudget  = 16 << 20
	denseMin     = 64
	denseSymbols = 1024
	// symbolBytes is about the memory of a member: 4 to 12 in a table, up to 4 in a bitmap.
	symbolBytes = 8
	// symbolSetBytes is the memory of an empty set.
	symbolSetBytes = 64
)

// symbolGroups is a set of symbols of one dictionary per group. There is one only
// while dict is set.
type symbolGroups struct {
	dict  batch.Dictionary
	sets  []bitmap.Set
	n     int   // members of all sets
	dense int64 // bytes of sets that were made dense early
}

// grow makes groups; nothing without a dictionary.
func (s *symbolGroups) grow(n int) {
	if s.dict != nil {
		s.sets = grown(s.sets, n)
	}
}

func (s *symbolGroups) denseBytes() int64 { return int64(s.dict.Len())/8 + 8 }

// denseFrom is the number of members from which on a set is a dense bitmap.
func (s *symbolGroups) denseFrom() int { return max(denseMin, s.dict.Len()/denseSymbols) }

// runMin is how many neighbouring rows of one group are added together.
const runMin = 64

// addRows puts symbols into the sets of their groups.
func (s *symbolGroups) addRows(groups, syms []uint32) {
	syms = syms[:len(groups)]
	from := s.denseFrom()
	if len(groups) >= from*len(s.sets) { // Most sets come that far with these rows.
		from = denseMin
		for g := range s.sets {
			if s.sets[g].Len() >= from {
				s.reserve(&s.sets[g])
			}
		}
	}
	for lo := 0; lo < len(groups); {
		g, hi := groups[lo], lo+1
		for hi < len(groups) && groups[hi] == g {
			hi++
		}
		if hi-lo >= runMin {
			s.addMany(g, syms[lo:hi])
		} else {
			s.addFew(&s.sets[g], syms[lo:hi], from)
		}
		lo = hi
	}
}

// add puts a symbol into the set of a group.
func (s *symbolGroups) add(g, sym uint32) {
	set := &s.sets[g]
	if set.Add(sym) {
		s.n++
		if set.Len() == s.denseFrom() {
			s.reserve(set)
		}
	}
}

// addFew puts symbols one by one into a set that becomes dense with from members.
func (s *symbolGroups) addFew(set *bitmap.Set, syms []uint32, from int) {
	for _, sym := range syms {
		if set.Add(sym) {
			s.n++
			if set.Len() == from {
				s.reserve(set)
			}
		}
	}
}

func (s *symbolGroups) reserve(set *bitmap.Set) {
	if b := s.denseBytes(); b*int64(len(s.sets)) <= DenseBudget && set.Reserve(uint32(s.dict.Len()-1)) {
		s.dense += b
	}
}

// addMany puts symbols into the set of a group.
func (s *symbolGroups) addMany(g uint32, syms []uint32) {
	set := &s.sets[g]
	was := set.Len()
	if from := s.denseFrom(); was < from && was+len(syms) >= from {
		s.reserve(set)
	}
	set.AddMany(syms)
	s.n += set.Len() - was
}

// take merges a set into that of a group; it is not used afterwards, so the larger one
// takes the smaller one in.
func (s *symbolGroups) take(g uint32, o *bitmap.Set) {
	set := &s.sets[g]
	s.n -= set.Len()
	if set.Len() < o.Len() {
		*set, *o = *o, *set
		s.dense += max(set.SizeBytes()-symbolBytes*int64(set.Len()), 0)
	}
	set.Or(o)
	s.n += set.Len()
}

// orEncoded merges an encoded set into that of a group and gives what follows it.
func (s *symbolGroups) orEncoded(g uint32, src []byte) (rest []byte, err error) {
	set := &s.sets[g]
	was := set.Len()
	if from := s.denseFrom(); was < from {
		if n, _, err := bitmap.EncodedLen(src); err == nil && was+n >= from {
			s.reserve(set)
		}
	}
	rest, err = set.OrEncoded(src, s.dict.Len())
	s.n += set.Len() - was
	return rest, err
}

// put replaces the set of a group.
func (s *symbolGroups) put(g uint32, set bitmap.Set) {
	s.n += set.Len() - s.sets[g].Len()
	s.sets[g] = set
}

// each calls f with the symbols of a group.
func (s *symbolGroups) each(g int, f func(sym uint32)) {
	if s.dict == nil {
		return
	}
	s.sets[g].Each(func(sym uint32) bool {
		f(sym)
		return true
	})
}

// count is the number of symbols of a group.
func (s *symbolGroups) count(g int) int {
	if s.dict == nil {
		return 0
	}
	return s.sets[g].Len()
}

func (s *symbolGroups) size() int64 {
	return int64(cap(s.sets))*symbolSetBytes + symbolBytes*int64(s.n) + s.dense
}
