package exec

import (
	"math/bits"
	"slices"
	"unsafe"

	"github.com/freshetdb/freshet/columnar/agg"
	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/expr"
	"github.com/freshetdb/freshet/columnar/types"
)

// Limits of counting by array.
const (
	// tallyAlways is the places that an array may have whatever the rows, tallyPerRow how
	// many for each row that is expected: clearing and reading them is to be little of the
	// work. tallyMax bounds it to 128 MiB.
	tallyAlways = 1 << 12
	tallyPerRow = 4
	tallyMax    = 1 << 25
	// tallyRows is how many rows are counted before the counters are emptied, so that
	// none overflows.
	tallyRows = 1 << 31
	// strandPlaces is up to how many places there are several counters for each: equal
	// keys that follow each other do not wait for each other's sum.
	strandPlaces = 1 << 11
	strands      = 4
	// pairPlaces is how many counters each half of a word of two times has, pairShift the
	// bits below a place in its product with a step's inverse.
	pairPlaces = 1 << 12
	pairShift  = 40
)

// tally counts rows by one key where nothing but count() is asked for. Keys that lie
// close together, and symbols, are the index of a counter: no row gets a group, these are
// made in the end. A time that is rounded down is not computed: a place is a whole span.
type tally struct {
	counts []uint32 // strands of places, one after another
	places int
	base   uint64 // the least key
	limit  uint64 // how far behind it keys have a place
	step   uint64
	pairs  bool           // limit is a power of two, and times are counted by pairs
	rows   int            // counted
	seen   int            // rows that were asked about, counted or not
	from   int            // seen rows from which on an array may be tried again
	share  func() float64 // of all rows that were read
}

// newTally is nil where rows can't be counted by one key alone.
func newTally(ts []types.Type, funcs []agg.Func) *tally {
	if len(ts) != 1 || ts[0].Nullable || slices.ContainsFunc(funcs, func(f agg.Func) bool { return !f.CountsRows() }) {
		return nil
	}
	return &tally{step: 1}
}

// countRows counts the rows of a batch; false when they need groups.
func (t *table) countRows(ctx *expr.Ctx, in *AggregateInput, b *batch.Batch) (bool, error) {
	y := t.tally
	if y == nil || y.seen < y.from || len(t.funcs) == 0 || slices.Contains(in.Merge, true) || b.Rows == 0 {
		if y != nil {
			y.seen += b.Rows
		}
		return false, nil
	}
	key, step := expr.Steps(in.Keys[0])
	if step != y.step || y.rows+b.Rows > tallyRows {
		t.makeGroups(false)
		y.step = step
	}
	keys, err := t.evalKeys(ctx, []expr.Expr{key}, b)
	if err != nil {
		return false, err
	}
	v := keys[0]
	y.seen += b.Rows
	if v.Const || v.Nulls != nil || !y.countKeys(&t.groups.cols[0], v, b.Rows) {
		y.from = 2 * y.seen
		return false, nil
	}
	y.rows += b.Rows
	t.groups.rows += b.Rows
	return true, nil
}

// countKeys counts n keys.
func (y *tally) countKeys(c *keyCol, v *batch.Vector, n int) bool {
	switch d := batch.Unsigned(v.Data).(type) {
	case batch.Symbols:
		if c.coder.dict == nil && c.coder.ids == nil {
			c.coder.dict = d.Dict
		}
		return d.Dict == c.coder.dict && d.Overlay.Len() == 0 && y.reach(0, uint64(max(d.Dict.Len(), 1)-1)) && countAll(y, d.Codes[:n], countKeys)
	case []uint8:
		return countAll(y, d[:n], countKeys)
	case []uint16:
		return countAll(y, d[:n], countKeys)
	case []uint32:
		if y.step > 1 {
			return countAll(y, d[:n], countSpans)
		}
		return countAll(y, d[:n], countKeys)
	case []uint64:
		return countAll(y, d[:n], countKeys)
	default:
		return false
	}
}

// countAll counts all keys, or none. Mostly the array holds them, so that is tried before
// they are looked at: what was counted until one is found that it does not hold is taken
// back. count adds n for each key up to the first one without a place, and gives how many
// there were.
func countAll[T keyInt](y *tally, keys []T, count func(y *tally, keys []T, n uint32) int) bool {
	done := count(y, keys, 1)
	if done == len(keys) {
		return true
	}
	if s := spanOf(keys[done:]); y.reach(s.low, s.top) {
		return count(y, keys[done:], 1) == len(keys)-done
	}
	count(y, keys[:done], ^uint32(0))
	return false
}

func countKeys[T keyInt](y *tally, keys []T, n uint32) int {
	i, base, counts := 0, y.base, y.strand(0)
	if len(y.counts) > y.places {
		b, c, d := y.strand(1)[:len(counts)], y.strand(2)[:len(counts)], y.strand(3)[:len(counts)]
		for ; i+strands <= len(keys); i += strands {
			four := keys[i : i+strands : i+strands]
			p, q, r, s := uint64(four[0])-base, uint64(four[1])-base, uint64(four[2])-base, uint64(four[3])-base
			if max(p, q, r, s) >= uint64(len(counts)) {
				break
			}
			counts[p] += n
			b[q] += n
			c[r] += n
			d[s] += n
		}
	}
	for ; i < len(keys); i++ {
		place := uint64(keys[i]) - base
		if place >= uint64(len(counts)) {
			break
		}
		counts[place] += n
	}
	return i
}

// countSpans is countKeys of times that are rounded down to whole steps.
func countSpans(y *tally, keys []uint32, n uint32) int {
	i := 0
	if y.pairs {
		i = y.countPairs(keys, n)
	}
	base, limit, counts := y.base, y.limit, y.strand(0)
	by := ^uint64(0)/y.step + 1 // as in kernel.TruncateUnix
	for ; i < len(keys); i++ {
		d := uint64(keys[i]) - base
		if d >= limit {
			break
		}
		place, _ := bits.Mul64(d, by)
		counts[place] += n
	}
	return i
}

// countPairs counts two times of a word at once, each by counters of its own. It ends
// before the first word with a time that has no place. The place of a time d is
// d*inverse >> pairShift, exactly, as d * step < 1 << pairShift (Granlund and Montgomery,
// Division by Invariant Integers using Multiplication, 1994).
func (y *tally) countPairs(keys []uint32, n uint32) int {
	words := unsafe.Slice((*uint64)(unsafe.Pointer(unsafe.SliceData(keys))), len(keys)/2)
	const both = 1<<32 | 1
	base, beyond := y.base*both, (1<<32-y.limit)*both
	inverse := uint64(1)<<pairShift/y.step + 1
	low, high := (*[pairPlaces]uint32)(y.strand(0)), (*[pairPlaces]uint32)(y.strand(1))
	for i, w := range words {
		d := w - base
		if d&beyond != 0 { // A lower half before base is beyond limit as well.
			return 2 * i
		}
		low[uint64(uint32(d))*inverse>>pairShift%pairPlaces] += n
		high[d>>32*inverse>>pairShift%pairPlaces] += n
	}
	return 2 * len(words)
}

// strand is one counter of each place.
func (y *tally) strand(i int) []uint32 {
	if len(y.counts) == y.places {
		i = 0
	}
	return y.counts[i*y.places : (i+1)*y.places]
}

// reach makes the array hold keys from low to top, if it may be so large.
func (y *tally) reach(low, top uint64) bool {
	low -= low % y.step
	if y.places > 0 {
		if low >= y.base && top-y.base < y.limit {
			return true
		}
		low, top = min(low, y.base), max(top, y.last())
	}
	if (top-low)/y.step >= y.most() {
		return false
	}
	if more := y.last() + y.limit; more > top && (more-low)/y.step < y.most() && low == y.base && y.places > 0 { // keys go on upwards
		top = more
	}
	y.lay(low, top)
	return true
}

// last is the greatest key that has a place.
func (y *tally) last() uint64 { return y.base + y.limit - 1 }

// most is how many places there may be for the rows that are expected.
func (y *tally) most() uint64 {
	rows := float64(y.seen)
	if share := y.share(); share > 0 {
		rows /= min(share, 1)
	}
	return uint64(max(min(tallyPerRow*rows, tallyMax), tallyAlways))
}

// lay makes an array for the keys from base to top, and moves the counters there.
func (y *tally) lay(base, top uint64) {
	old := *y
	y.base = base
	if width := bits.Len64(top - base); y.fitsPairs(width) {
		y.pairs, y.limit, y.places = true, 1<<width, pairPlaces
		y.counts = newDirect(2 * pairPlaces)
	} else {
		places, each := int((top-base)/y.step)+1, 1
		if places <= strandPlaces {
			each = strands
		}
		size := places * each
		if size < directPooled {
			size = nextPow2(size)
			places = size / each
		}
		if base > 0 { // Further places would be those of keys that went round.
			places = int(min(uint64(places), -base/y.step))
		}
		y.pairs, y.limit, y.places = false, uint64(places)*y.step, places
		y.counts = newDirect(size)[:places*each]
	}
	if old.places > 0 {
		y.addCounts(&old)
		freeDirect(old.counts)
	}
}

// fitsPairs tells whether the times from base on that differ in so many bits can be
// counted by pairs: they go round neither in their half of a word nor in an array.
func (y *tally) fitsPairs(width int) bool {
	return y.step > 1 && width < 32 && y.base+1<<width <= 1<<32 && (1<<width-1)/y.step < pairPlaces && width+bits.Len64(y.step) <= pairShift
}

// addCounts adds the counters of o, all of whose places there are.
func (y *tally) addCounts(o *tally) {
	to := y.counts[(o.base-y.base)/y.step:]
	for at := 0; at < len(o.counts); at += o.places {
		for i, n := range o.counts[at:min(at+o.places, len(o.counts))] {
			if n != 0 {
				to[i] += n
			}
		}
	}
}

// take adds what another worker's table counted by the same keys; false, and nothing is
// changed, when the arrays do not fit.
func (t *table) take(o *table) bool {
	y, z := t.tally, o.tally
	c, d := t.groups.cols[0].coder, o.groups.cols[0].coder
	if c != nil && y.rows == 0 && c.dict == nil && c.ids == nil {
		c.dict = d.dict
	}
	if c != nil && c.dict != d.dict || y.rows > 0 && y.step != z.step || y.rows+z.rows > tallyRows {
		return false
	}
	if y.rows == 0 {
		t.tally, o.tally = z, y
	} else {
		y.seen += z.seen
		if !y.reach(z.base, z.last()) {
			return false
		}
		y.addCounts(z)
		y.rows += z.rows
		z.leave()
	}
	t.groups.rows += o.groups.rows
	return true
}

// leave leaves the array to other queries.
func (y *tally) leave() {
	freeDirect(y.counts)
	y.counts, y.places, y.limit, y.pairs, y.rows = nil, 0, 0, false, 0
}

// makeGroups makes groups of what was counted. Nobody looks for them afterwards where
// these are the last rows of a table.
func (t *table) makeGroups(last bool) {
	y := t.tally
	if y == nil || y.places == 0 {
		return
	}
	for i := 1; i < len(y.counts)/y.places; i++ {
		for p, n := range y.strand(i) {
			y.counts[p] += n
		}
	}
	g := t.groups
	last = last && g.count == 0
	room := GranuleRows
	if last {
		room = min(y.rows, y.places)
	}
	keys, counts := make([]uint64, 0, room), make([]uint32, 0, room)
	var ids []uint32
	put := func() {
		if last {
			g.keys, g.count = keys, len(keys)
			g.direct, g.slots = nil, nil
		} else {
			g.packed[0] = append(g.packed[0][:0], keys...)
			ids = sized(ids, len(keys))
			g.assignPacked(len(keys), ids)
		}
		for _, s := range t.states {
			s.Grow(g.count)
			agg.AddCounts(s, ids, counts)
		}
		keys, counts = keys[:0], counts[:0]
	}
	for p, n := range y.counts[:y.places] {
		if n == 0 {
			continue
		}
		keys, counts = append(keys, y.base+uint64(p)*y.step), append(counts, n)
		if !last && len(keys) == GranuleRows {
			put()
		}
	}
	put()
	y.leave()
}
