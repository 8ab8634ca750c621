package symbol

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"slices"
)

// Rank is the order by value of the symbols of a view: symbols themselves are
// in order of arrival. Two symbols compare as their values do, byte by byte.
type Rank struct {
	// Sorted holds the symbols in the order of their values.
	Sorted []Symbol
	// Of holds for each symbol its place in Sorted.
	Of []uint32
}

// rankEntry is a symbol with the first eight bytes of its value, which decide
// most comparisons.
type rankEntry struct {
	prefix uint64
	sym    Symbol
}

// Rank returns an order that covers at least the symbols of the view. It is
// computed at the first call and kept by the dictionary; a later view sorts
// only what is new. The result must not be changed. It may be called by any
// goroutine; callers of one dictionary wait for each other.
func (v View) Rank() *Rank {
	d := v.dict
	d.rankMu.Lock()
	defer d.rankMu.Unlock()
	old := d.rank
	if old == nil {
		old = &Rank{}
	}
	if len(old.Sorted) >= int(v.n) {
		return old
	}
	d.rank = v.extend(old)
	d.size.Add(8 * int64(len(d.rank.Sorted)-len(old.Sorted)))
	return d.rank
}

// extend returns the rank of all symbols of v, given that of the first ones.
func (v View) extend(old *Rank) *Rank {
	from := uint32(len(old.Sorted))
	fresh := make([]rankEntry, 0, v.n-from)
	var buf []byte
	for sym := from; sym < v.n; sym++ {
		buf = v.AppendValue(buf[:0], sym)
		fresh = append(fresh, rankEntry{prefix: prefixOf(buf), sym: sym})
	}
	var left, right []byte
	slices.SortFunc(fresh, func(a, b rankEntry) int {
		if c := cmp.Compare(a.prefix, b.prefix); c != 0 {
			return c
		}
		left, right = v.AppendValue(left[:0], a.sym), v.AppendValue(right[:0], b.sym)
		return bytes.Compare(left, right)
	})
	r := &Rank{Sorted: v.mergeSorted(old.Sorted, fresh), Of: make([]uint32, v.n)}
	for place, sym := range r.Sorted {
		r.Of[sym] = uint32(place)
	}
	return r
}

// prefixOf returns the first eight bytes of a value as a number that compares
// as they do. A shorter value is filled up with zeros.
func prefixOf(value []byte) uint64 {
	if len(value) >= 8 {
		return binary.BigEndian.Uint64(value)
	}
	var word [8]byte
	copy(word[:], value)
	return binary.BigEndian.Uint64(word[:])
}

func (v View) mergeSorted(old []Symbol, fresh []rankEntry) []Symbol {
	out := make([]Symbol, 0, len(old)+len(fresh))
	var left, right []byte
	for _, f := range fresh {
		right = v.AppendValue(right[:0], f.sym)
		// The new ones are few against the old: search, then copy a run.
		n, _ := slices.BinarySearchFunc(old, right, func(sym Symbol, value []byte) int {
			left = v.AppendValue(left[:0], sym)
			return bytes.Compare(left, value)
		})
		out = append(out, old[:n]...)
		out = append(out, f.sym)
		old = old[n:]
	}
	return append(out, old...)
}
