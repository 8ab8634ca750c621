package bitmap

import (
	"math/bits"
	"slices"
	"unsafe"
)

// Key is a member of a [HashSet] or [Counted]: a hash, whose first word must be
// well mixed, as it chooses the slot.
type Key interface{ [1]uint64 | [2]uint64 }

// listedMax is the number of members up to which a HashSet is an unordered list
// that is searched from its begin.
const listedMax = 8

// HashSet is a set of hashes: a list up to eight, then open addressing with
// linear probing at a load of at most 2/3. The zero value is empty.
type HashSet[K Key] struct {
	slots   []K // list, or table with a power of two slots; the zero key marks a free one
	n       int // members in slots
	isTable bool
	hasZero bool // the zero key, which can't stand in the table
}

// Len is the number of members.
func (s *HashSet[K]) Len() int {
	if s.hasZero {
		return s.n + 1
	}
	return s.n
}

// Add puts k in and tells whether it is new.
func (s *HashSet[K]) Add(k K) bool {
	var zero K
	if k == zero {
		was := s.hasZero
		s.hasZero = true
		return !was
	}
	if !s.isTable {
		if slices.Contains(s.slots, k) {
			return false
		}
		if s.n < listedMax {
			s.slots = append(s.slots, k)
			s.n++
			return true
		}
		s.rehash(4 * listedMax)
	}
	if 3*(s.n+1) > 2*len(s.slots) {
		s.rehash(2 * len(s.slots))
	}
	return s.place(k)
}

// place adds k, which is not zero, to the table.
func (s *HashSet[K]) place(k K) bool {
	var zero K
	mask := uint64(len(s.slots) - 1)
	for i := k[0] & mask; ; i = (i + 1) & mask {
		switch s.slots[i] {
		case zero:
			s.slots[i] = k
			s.n++
			return true
		case k:
			return false
		}
	}
}

func (s *HashSet[K]) rehash(size int) {
	var zero K
	slots, mask := make([]K, size), uint64(size-1)
	for _, k := range s.slots {
		if k == zero {
			continue
		}
		i := k[0] & mask
		for slots[i] != zero { // All keys differ.
			i = (i + 1) & mask
		}
		slots[i] = k
	}
	s.slots, s.isTable = slots, true
}

// Reserve makes room for n members without further growth.
func (s *HashSet[K]) Reserve(n int) {
	if n <= listedMax {
		return
	}
	size := max(4*listedMax, len(s.slots))
	for 2*size < 3*(n+1) {
		size *= 2
	}
	if !s.isTable || size > len(s.slots) {
		s.rehash(size)
	}
}

// Limits of adding many members in the order of their slots.
const (
	// orderedFrom is how many members there must be: fewer stay in the cache anyway.
	orderedFrom = 1 << 14
	// orderedParts is into how many ranges of slots they are put in order.
	orderedParts = 256
)

// AddMany puts all keys in; many of them in about the order of their slots, so that the
// same part of the table is used for one after the other.
func (s *HashSet[K]) AddMany(keys []K) {
	if len(keys) < orderedFrom {
		s.AddAll(keys)
		return
	}
	s.Reserve(s.n + len(keys))
	shift := bits.TrailingZeros(uint(len(s.slots) / orderedParts))
	var starts [orderedParts + 1]int
	for _, k := range keys {
		starts[k[0]>>shift%orderedParts+1]++
	}
	for i := range orderedParts {
		starts[i+1] += starts[i]
	}
	ordered := make([]K, len(keys))
	for _, k := range keys {
		at := &starts[k[0]>>shift%orderedParts]
		ordered[*at] = k
		*at++
	}
	s.AddAll(ordered)
}

const (
	// lookedAhead is how many keys are looked up at once: their loads from memory do not
	// wait for each other.
	lookedAhead = 64
	// slotsQuartered is up to how many slots there are four times as many the next time.
	slotsQuartered = 1 << 16
)

// AddAll puts all keys in, in the order in which they come.
func (s *HashSet[K]) AddAll(keys []K) {
	for !s.isTable && len(keys) > 0 {
		s.Add(keys[0])
		keys = keys[1:]
	}
	var zero K
	var first [lookedAhead]K // what is in the first slot of each
	for len(keys) > 0 {
		some := keys[:min(lookedAhead, len(keys))]
		keys = keys[len(some):]
		for 3*(s.n+len(some)) > 2*len(s.slots) {
			if len(s.slots) < slotsQuartered {
				s.rehash(4 * len(s.slots))
			} else {
				s.rehash(2 * len(s.slots))
			}
		}
		slots, mask := s.slots, uint64(len(s.slots)-1)
		for i, k := range some {
			first[i] = slots[k[0]&mask]
		}
		for i, k := range some {
			switch {
			case first[i] == k && k != zero:
			case k == zero:
				s.hasZero = true
			default:
				s.place(k)
			}
		}
	}
}

// Contains tells whether k is a member.
func (s *HashSet[K]) Contains(k K) bool {
	var zero K
	if k == zero {
		return s.hasZero
	}
	if !s.isTable {
		return slices.Contains(s.slots, k)
	}
	mask := uint64(len(s.slots) - 1)
	for i := k[0] & mask; ; i = (i + 1) & mask {
		switch s.slots[i] {
		case zero:
			return false
		case k:
			return true
		}
	}
}

// Each calls f with every member, in no particular order.
func (s *HashSet[K]) Each(f func(K)) {
	var zero K
	if s.hasZero {
		f(zero)
	}
	for _, k := range s.slots {
		if k != zero {
			f(k)
		}
	}
}

// Or adds all members of o.
func (s *HashSet[K]) Or(o *HashSet[K]) {
	if s.Len() == 0 {
		s.slots = append(s.slots[:0:0], o.slots...)
		s.n, s.isTable, s.hasZero = o.n, o.isTable, o.hasZero
		return
	}
	// Keys come in the order of their slots: without room for all of them the first
	// part of the table would fill up long before the rest, and probes grow with it.
	s.Reserve(s.n + o.n)
	o.Each(func(k K) { s.Add(k) })
}

// SizeBytes is the memory of the slots.
func (s *HashSet[K]) SizeBytes() int64 {
	var zero K
	return int64(cap(s.slots)) * int64(unsafe.Sizeof(zero))
}
