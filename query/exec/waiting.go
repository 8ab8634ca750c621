package exec

import (
	"context"
	"fmt"
	"math/bits"
	"sync/atomic"

	"github.com/freshetdb/freshet/columnar/agg"
	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/ledger"
	"github.com/freshetdb/freshet/columnar/types"
)

// Limits of rows that wait to be added to sets of symbols.
const (
	// setsCached is the bitmaps of all groups that stay in the second-level cache:
	// rows are added to these as they come.
	setsCached = 1 << 20
	// waitingPairs is how many rows wait until they are added. The first waitingFrom rows
	// are added as they come: where there are no more, waiting gains nothing. Of rows that
	// come in stretches stretchedFrom suffice.
	waitingPairs  = 1 << 17
	waitingFrom   = 1 << 13
	stretchedFrom = 1 << 8
	// countedPairs is how many rows wait to be counted before those that repeat are
	// left out.
	countedPairs = 1 << 22
	// countedBits is the bitmap by which a list is counted, 8 MiB, most of which is
	// never touched.
	countedBits = 26
	// waitingLists is the most lists of a worker, and waitingCodes how many codes a list
	// should be for at most.
	waitingLists = 256
	waitingCodes = 1 << 14
)

// waiting is rows of one function whose states are sets of symbols, as bitmaps that
// together are larger than the cache. They stand in lists of some symbols each, as pairs
// of group and place in the list. Where sets are only counted, which is when a table is
// the whole shard's and all that is asked for is how many members they have, the lists
// are counted at the end, each with a bitmap that is nearly all in the cache; and rows
// whose groups come in stretches stand in these as long as all do. Else they are added
// list by list, so that the same parts of the bitmaps are used one after the other.
type waiting struct {
	dict  batch.Dictionary
	typ   types.Type
	by    sharing
	bits  int // of a place
	lists []chunked[uint32]
	rows  int
	limit int // of rows, from which on something is done about them
	// isCounted is set while the rows are only counted.
	isCounted bool
	more      []moreWaiting
	// stretches are rows that stand in stretches, the own ones first, of other workers in
	// terms of this table; none once isScattered is set.
	stretches   []*stretches
	isScattered bool
}

// moreWaiting is rows of other workers, and which groups theirs are.
type moreWaiting struct {
	lists []chunked[uint32]
	to    []uint32
}

// wait takes n rows of a call, whose groups are in t.ids; false when they are to be
// added at once.
func (t *table) wait(i int, args []*batch.Vector, n int) bool {
	if len(args) != 1 || t.groups == nil || t.groups.rows <= waitingFrom && !t.beginsStretched(i, n) {
		return false
	}
	v := args[0]
	s, ok := v.Data.(batch.Symbols)
	if !ok || v.Const || v.Nulls != nil || s.Overlay.Len() > 0 {
		return false
	}
	all := t.funcs[i].SymbolBytes(s.Dict) * int64(t.groups.count)
	if all <= setsCached || s.Dict.Len() == 0 {
		return false
	}
	w := t.waitingOf(i, v.Type, s.Dict)
	if w.dict != s.Dict {
		return false
	}
	if w.isCounted && t.groups.count > 1<<(countedBits-w.bits) {
		t.countNoMore(i)
	}
	if !w.isCounted && (all > agg.DenseBudget || t.groups.count > 1<<(32-w.bits)) {
		return false
	}
	if w.isCounted && !w.isScattered && comeTogether(t.ids[:n]) {
		w.stretch(t.ids[:n], s.Codes)
		if 4*int64(w.rows) > all {
			w.scatter()
		}
		return true
	}
	w.scatter()
	w.push(t.ids[:n], s.Codes)
	if w.rows += n; w.rows >= w.limit {
		t.shrinkWaiting(i)
	}
	return true
}

// beginsStretched tells whether the first n rows of a call are only counted, and come in
// stretches.
func (t *table) beginsStretched(i, n int) bool {
	return n >= stretchedFrom && t.isShard && t.funcs[i].IsSymbolSet() && comeTogether(t.ids[:n])
}

// waitSets takes sets of symbols that are to be merged into groups, in the place of their
// members, which have numbers in the dictionary of all shards; false when they are to be
// merged at once.
func (t *table) waitSets(i int, groups []uint32, v *batch.Vector) (bool, error) {
	if t.groups == nil || !t.isShard || len(v.Dicts) != 1 || v.Nulls != nil || !t.funcs[i].IsSymbolSet() {
		return false, nil
	}
	p, ok := v.Dicts[0].(*batch.Part)
	if !ok {
		return false, nil
	}
	all := t.funcs[i].SymbolBytes(p.Whole) * int64(t.groups.count)
	if all <= setsCached {
		return false, nil
	}
	w := t.waitingOf(i, t.funcs[i].Args()[0], p.Whole)
	if w.dict != p.Whole || !w.isCounted {
		return false, nil
	}
	if t.groups.count > 1<<(countedBits-w.bits) {
		t.countNoMore(i)
		return false, nil
	}
	states := v.Data.(batch.Strings)
	for k, g := range groups {
		codes, ok, err := agg.AppendPart(t.codes[:0], states.At(k), p)
		t.codes = codes
		if err != nil {
			return false, fmt.Errorf("merge states of %s: %w", t.funcs[i].Name(), err)
		}
		if !ok { // It stays among the sets, which are counted with the others or take them in.
			if err := t.mergeNow(i, groups[k:k+1], v.Slice(k, k+1)); err != nil {
				return false, err
			}
			continue
		}
		w.putSet(g, codes)
		if !w.isScattered && 4*int64(w.rows) > all {
			w.scatter()
		}
		if w.isScattered && w.rows >= w.limit {
			t.shrinkWaiting(i)
			if !w.isCounted {
				return true, t.mergeNow(i, groups[k+1:], v.Slice(k+1, v.Len))
			}
		}
	}
	return true, nil
}

// mergeNow merges states into groups.
func (t *table) mergeNow(i int, groups []uint32, v *batch.Vector) error {
	if len(groups) == 0 {
		return nil
	}
	if err := agg.MergeStates(t.states[i], t.funcs[i], groups, v, len(groups)); err != nil {
		return fmt.Errorf("merge states of %s: %w", t.funcs[i].Name(), err)
	}
	return nil
}

// putSet puts the members of a set, each of which is there once, into a stretch of their
// own, or into lists.
func (w *waiting) putSet(group uint32, codes []uint32) {
	w.rows += len(codes)
	if w.isScattered {
		for _, code := range codes {
			w.lists[w.by.of(code)].push(group<<w.bits | w.by.place(code))
		}
		return
	}
	if len(w.stretches) == 0 {
		w.stretches = []*stretches{newStretches(w.dict.Len())}
	}
	w.stretches[0].addSet(group, codes)
}

// stretch puts rows into stretches.
func (w *waiting) stretch(groups, codes []uint32) {
	if len(w.stretches) == 0 {
		w.stretches = []*stretches{newStretches(w.dict.Len())}
	}
	own := w.stretches[0]
	before := len(own.codes)
	own.add(groups, codes)
	w.rows += len(own.codes) - before
}

// scatter moves rows from stretches to lists, for good.
func (w *waiting) scatter() {
	for _, s := range w.stretches {
		for i, m := range s.marks {
			for _, code := range s.of(i) {
				w.lists[w.by.of(code)].push(m.group<<w.bits | w.by.place(code))
			}
		}
		s.free()
	}
	w.stretches, w.isScattered = nil, true
}

// push puts rows into lists. It is chunked.push, which the compiler does not inline.
func (w *waiting) push(groups, codes []uint32) {
	lists, by, shift := w.lists, w.by, w.bits&31
	codes = codes[:len(groups)]
	for k, code := range codes {
		l := &lists[by.of(code)]
		if l.room == 0 {
			l.grow()
		}
		l.room--
		l.last[l.room&(chunkLen-1)] = groups[k]<<shift | by.place(code)
	}
}

// waitingOf is where the rows of a call wait.
func (t *table) waitingOf(i int, typ types.Type, dict batch.Dictionary) *waiting {
	if t.waits == nil {
		t.waits = make([]waiting, len(t.states))
	}
	w := &t.waits[i]
	if w.dict == nil {
		*w = waiting{dict: dict, typ: typ, by: newSharing(dict.Len(), waitingCodes, waitingLists), limit: waitingPairs}
		w.bits = bits.Len(uint(w.by.places(dict.Len()) - 1))
		w.lists = make([]chunked[uint32], w.by.lists())
		if t.isShard && t.funcs[i].IsSymbolSet() {
			w.isCounted, w.limit = true, countedPairs
		}
	}
	return w
}

// shrinkWaiting adds the rows of a call that wait or, while they are to be counted,
// leaves those out that repeat, unless they would take more than sets.
func (t *table) shrinkWaiting(i int) {
	w := &t.waits[i]
	if w.isCounted {
		c := newCounter(w, t.groups.count)
		defer c.free()
		w.rows = 0
		for p := range w.lists {
			c.reduce(&w.lists[p])
			w.rows += w.lists[p].len()
		}
		if w.limit = max(countedPairs, 2*w.rows); 4*int64(w.limit) <= t.funcs[i].SymbolBytes(w.dict)*int64(t.groups.count) {
			return
		}
		t.countNoMore(i)
		return
	}
	t.addWaiting(i)
}

// countNoMore adds the rows of a call that were to be counted: from now on they wait for
// that.
func (t *table) countNoMore(i int) {
	t.addWaiting(i)
	t.waits[i].isCounted, t.waits[i].limit = false, waitingPairs
}

// addWaiting adds the rows of a call that wait.
func (t *table) addWaiting(i int) {
	w := &t.waits[i]
	if w.dict == nil {
		return
	}
	w.scatter()
	t.addLists(i, w.lists, nil)
	for _, m := range w.more {
		t.addLists(i, m.lists, m.to)
	}
	w.rows, w.more = 0, nil
}

// addLists adds rows to the sets of their groups, or of those that theirs are now.
func (t *table) addLists(i int, lists []chunked[uint32], to []uint32) {
	w := &t.waits[i]
	t.states[i].Grow(t.groups.count)
	groups, codes := make([]uint32, chunkLen), make([]uint32, chunkLen)
	for p := range lists {
		for run := range lists[p].runs() {
			for k, x := range run {
				g := x >> w.bits
				if to != nil {
					g = to[g]
				}
				groups[k], codes[k] = g, w.by.code(uint32(p), x&(1<<w.bits-1))
			}
			v := &batch.Vector{Type: w.typ, Len: len(run), Data: batch.Symbols{Codes: codes[:len(run)], Dict: w.dict}}
			t.states[i].Add(groups[:len(run)], []*batch.Vector{v}, len(run))
		}
		lists[p].free()
	}
}

// addAllWaiting adds the rows of all calls that wait for that.
func (t *table) addAllWaiting() {
	for i := range t.waits {
		if !t.waits[i].isCounted {
			t.addWaiting(i)
		}
	}
}

// toSets adds all rows that wait, also those that were to be counted.
func (t *table) toSets() {
	for i := range t.waits {
		t.countNoMore(i)
	}
}

// takeWaiting takes the rows that wait in o, whose groups are to; what can't wait on is
// added to sets.
func (t *table) takeWaiting(o *table, to []uint32) {
	for i := range o.waits {
		from := &o.waits[i]
		if from.dict == nil {
			continue
		}
		w := t.waitingOf(i, from.typ, from.dict)
		if !w.isCounted || !from.isCounted || w.dict != from.dict || t.groups.count > 1<<(countedBits-w.bits) {
			o.addWaiting(i)
			continue
		}
		if from.isScattered {
			w.scatter()
			w.more = append(w.more, moreWaiting{from.lists, to})
		} else {
			w.takeStretches(from, to)
		}
		w.rows += from.rows
		from.lists, from.rows = nil, 0
	}
}

// takeStretches takes the rows of another worker, whose groups are to.
func (w *waiting) takeStretches(from *waiting, to []uint32) {
	if len(w.stretches) == 0 && !w.isScattered { // The first ones are the own ones.
		w.stretches = []*stretches{newStretches(w.dict.Len())}
	}
	for _, s := range from.stretches {
		s.renumber(to)
	}
	w.stretches, from.stretches = append(w.stretches, from.stretches...), nil
	if w.isScattered {
		w.scatter()
	}
}

// countWaiting counts the sets of calls whose rows still wait, side by side.
func (t *table) countWaiting(ctx context.Context, env *Env) error {
	for i := range t.waits {
		w := &t.waits[i]
		if !w.isCounted {
			continue
		}
		w.isCounted = t.groups.count <= 1<<(countedBits-w.bits) &&
			agg.TakeSymbols(t.states[i], w.dict, w.rows, w.addOne)
		if !w.isCounted {
			t.addWaiting(i)
			continue
		}
		counted, err := w.count(ctx, t.groups.count, env)
		if err != nil {
			return err
		}
		if t.counted == nil {
			t.counted = make([][]uint64, len(t.states))
		}
		t.counted[i] = counted
	}
	return nil
}

// addOne takes a symbol of a group in that was in its set, group by group.
func (w *waiting) addOne(group, code uint32) {
	if w.isScattered {
		w.lists[w.by.of(code)].push(group<<w.bits | w.by.place(code))
		return
	}
	w.stretch([]uint32{group}, []uint32{code})
}

// count counts the symbols of each group.
func (w *waiting) count(ctx context.Context, groups int, env *Env) ([]uint64, error) {
	if !w.isScattered {
		counts, err := countStretches(w.stretches, groups, w.dict.Len(), env.Workers)
		for _, s := range w.stretches {
			s.free()
		}
		w.stretches = nil
		return counts, err
	}
	var next atomic.Int64
	all := make([]*counter, max(env.Workers, 1))
	share := ledger.ShareOf(env.Budget)
	defer share.Release()
	if err := share.Set(int64(len(all)) * (int64(groups)<<w.bits/8 + 4*int64(groups))); err != nil {
		return nil, err
	}
	for i := range all {
		all[i] = newCounter(w, groups)
	}
	err := sideBySide(len(all), len(all), func(i int) error {
		c := all[i]
		defer c.free()
		for {
			p := int(next.Add(1)) - 1
			if p >= len(w.lists) {
				return nil
			}
			if err := context.Cause(ctx); err != nil {
				return err
			}
			c.count(w, p)
		}
	})
	out := make([]uint64, groups)
	for _, c := range all {
		for g, n := range c.counts {
			out[g] += uint64(n)
		}
	}
	return out, err
}

// counter counts the distinct pairs of lists by a bitmap of groups and places.
type counter struct {
	seen   []uint32 // all zero between two lists
	counts []uint32 // by group
	shift  int
}

func newCounter(w *waiting, groups int) *counter {
	return &counter{seen: newDirect(max(groups<<w.bits>>5, 1)), counts: make([]uint32, groups), shift: w.bits}
}

// count counts list p of all workers and frees it.
func (c *counter) count(w *waiting, p int) {
	for run := range w.lists[p].runs() {
		c.add(run)
	}
	for _, m := range w.more {
		for run := range m.lists[p].runs() {
			renumber(run, m.to, w.bits)
			c.add(run)
		}
	}
	c.clear(&w.lists[p])
	for _, m := range w.more {
		c.clear(&m.lists[p])
	}
}

// renumber puts the groups of pairs in terms of another table.
func renumber(pairs, to []uint32, shift int) {
	for k, x := range pairs {
		pairs[k] = to[x>>shift]<<shift | x&(1<<shift-1)
	}
}

func (c *counter) add(pairs []uint32) {
	seen, counts, shift := c.seen, c.counts, c.shift&31
	for _, x := range pairs {
		word := &seen[x>>5]
		old, bit := *word, uint32(1)<<(x&31)
		*word = old | bit
		counts[x>>shift] += ^old >> (x & 31) & 1
	}
}

// clear takes the pairs of a list out of the bitmap and frees it.
func (c *counter) clear(l *chunked[uint32]) {
	for run := range l.runs() {
		for _, x := range run {
			c.seen[x>>5] = 0
		}
	}
	l.free()
}

// reduce leaves each pair of a list once.
func (c *counter) reduce(l *chunked[uint32]) {
	var out chunked[uint32]
	for run := range l.runs() {
		for _, x := range run {
			if word := &c.seen[x>>5]; *word>>(x&31)&1 == 0 {
				*word |= 1 << (x & 31)
				out.push(x)
			}
		}
	}
	c.clear(l)
	*l = out
}

func (c *counter) free() {
	freeZeros(c.seen)
	c.seen = nil
}

// waitingBytes is the memory of rows that wait.
func (t *table) waitingBytes() int64 {
	n := int64(0)
	for i := range t.waits {
		for p := range t.waits[i].lists {
			n += t.waits[i].lists[p].bytes()
		}
		for _, m := range t.waits[i].more {
			for p := range m.lists {
				n += m.lists[p].bytes()
			}
		}
		for _, s := range t.waits[i].stretches {
			n += s.bytes()
		}
	}
	return n
}
