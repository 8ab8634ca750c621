package exec

import (
	"math/bits"

	"github.com/freshetdb/freshet/columnar/agg"
	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/types"
)

// Limits of rows that wait to be added to sets of symbols.
const (
	// setsCached is the bitmaps of all groups that stay in the second-level cache:
	// rows are added to these as they come.
	setsCached = 1 << 20
	// waitingPairs is how many rows wait, and waitingParts into how many ranges of
	// symbols they are put in order. The first waitingFrom rows are added as they come:
	// where there are no more, order gains nothing.
	waitingPairs = 1 << 17
	waitingParts = 64
	waitingFrom  = 1 << 13
)

// waiting is rows of one function whose states are sets of symbols, as bitmaps that
// together are larger than the cache. They are added in order of ranges of symbols, so
// that the same parts of the bitmaps are used one after the other.
type waiting struct {
	dict  batch.Dictionary
	typ   types.Type
	pairs []uint64 // group, symbol
	next  []uint64 // scratch
}

// wait takes n rows of a call, whose groups are in t.ids; false when they are to be
// added at once.
func (t *table) wait(i int, args []*batch.Vector, n int) bool {
	if len(args) != 1 || t.groups == nil || t.groups.rows <= waitingFrom {
		return false
	}
	v := args[0]
	s, ok := v.Data.(batch.Symbols)
	if !ok || v.Const || v.Nulls != nil || s.Overlay.Len() > 0 {
		return false
	}
	if all := t.funcs[i].SymbolBytes(s.Dict) * int64(t.groups.count); all <= setsCached || all > agg.DenseBudget {
		return false
	}
	if t.waits == nil {
		t.waits = make([]waiting, len(t.states))
	}
	w := &t.waits[i]
	if w.dict == nil {
		w.dict, w.typ = s.Dict, v.Type
	}
	if w.dict != s.Dict {
		return false
	}
	for k, code := range s.Codes[:n] {
		w.pairs = append(w.pairs, uint64(t.ids[k])<<32|uint64(code))
	}
	if len(w.pairs) >= waitingPairs {
		t.addWaiting(i)
	}
	return true
}

// addWaiting adds the rows of a call that wait.
func (t *table) addWaiting(i int) {
	w := &t.waits[i]
	n := len(w.pairs)
	if n == 0 {
		return
	}
	w.arrange()
	groups, codes := make([]uint32, n), make([]uint32, n)
	for k, p := range w.next {
		groups[k], codes[k] = uint32(p>>32), uint32(p)
	}
	t.states[i].Grow(t.groups.count)
	v := &batch.Vector{Type: w.typ, Len: n, Data: batch.Symbols{Codes: codes, Dict: w.dict}}
	t.states[i].Add(groups, []*batch.Vector{v}, n)
	w.pairs = w.pairs[:0]
}

// arrange puts the rows in order of ranges of symbols, into next.
func (w *waiting) arrange() {
	shift := max(bits.Len(uint(w.dict.Len())), bits.Len(waitingParts-1)) - bits.Len(waitingParts-1)
	var starts [waitingParts + 1]uint32
	for _, p := range w.pairs {
		starts[uint32(p)>>shift&(waitingParts-1)+1]++
	}
	for k := range waitingParts {
		starts[k+1] += starts[k]
	}
	w.next = sized(w.next, len(w.pairs))
	for _, p := range w.pairs {
		at := &starts[uint32(p)>>shift&(waitingParts-1)]
		w.next[*at] = p
		*at++
	}
}

// addAllWaiting adds the rows of all calls that wait.
func (t *table) addAllWaiting() {
	for i := range t.waits {
		t.addWaiting(i)
	}
}

// waitingBytes is the memory of rows that wait.
func (t *table) waitingBytes() int64 {
	n := int64(0)
	for i := range t.waits {
		n += 8 * int64(cap(t.waits[i].pairs)+cap(t.waits[i].next))
	}
	return n
}
