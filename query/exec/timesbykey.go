package exec

import (
	"context"
	"math"
	"slices"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/expr"
	"github.com/freshetdb/freshet/columnar/ledger"
)

// TimeCall is one column of [NewTimesByKey].
type TimeCall struct {
	IsGreatest bool // else the least
	Name       string
}

// NewTimesByKey gives the least and the greatest values of arg, a DateTime, for each
// distinct key, a String, one row a key, without the keys; calls has each of the two at
// most once. in must be of one shard. Every worker puts its first rows, as pairs of code
// and time, into lists by some bits of the code; the lists of all workers for the same
// bits are then reduced together, with an array that stays in the cache. A worker with so
// many rows that most codes occur has an array of the whole dictionary instead.
func NewTimesByKey(env *Env, in Streams, key, arg expr.Expr, calls []TimeCall) Streams {
	n := len(in.Groups[0])
	s := &timesShared{calls: calls, byKey: byKey[*timesTable]{
		env: env, in: in, key: key, args: []expr.Expr{arg}, merge: mergeTimes, hold: ledger.ShareOf(env.Budget), open: n,
	}}
	s.fresh = func() *timesTable { return &timesTable{whole: s.newSlots(), text: s.newSlots()} }
	ops := make([]Operator, n)
	for i := range ops {
		ops[i] = &timesByKey{shared: s, slots: s.newSlots(), hold: ledger.ShareOf(env.Budget)}
	}
	return Streams{Groups: [][]Operator{ops}}
}

const (
	// timesLists is the most lists of a worker, and timesCodes how many codes a list
	// should be for at most: their times are 128 KiB.
	timesLists = 256
	timesCodes = 1 << 15
	// timesPart is the part of a dictionary that a worker has pairs for at most: then it
	// has an array of the whole of it.
	timesPart = 8
	// timesRange is how many places of the arrays are given out at once.
	timesRange = 1 << 16
)

// pair is a code, and under it a time.
type pair = uint64

type timesShared struct {
	byKey[*timesTable]
	calls []TimeCall
}

// timesTable is the pairs of one worker.
type timesTable struct {
	coder coder
	by    sharing
	lists []chunked[pair] // of symbols
	count int             // of pairs in lists
	whole timeSlots       // of all symbols, in the place of lists
	text  timeSlots       // of text without a symbol, by its number in the coder
	odd   []uint32        // codes with the time that slots have no word for, more than once
	same  []*timesTable   // of other workers with the same dictionary
	codes []uint32        // scratch
}

// mergeTimes puts the tables of all workers together.
func mergeTimes(tables []*timesTable) *timesTable {
	total := tables[0]
	for _, t := range tables[1:] {
		total = total.merge(t)
	}
	total.settle()
	return total
}

// add takes n rows in.
func (t *timesTable) add(key *batch.Vector, args []*batch.Vector, n int) {
	times := batch.Values[uint32](args[0].Expand())[:n]
	codes, hasText := t.coder.codes(key, n, &t.codes)
	t.begin()
	if odd, ok := t.whole.odd(); ok && slices.Contains(times, odd) {
		for i, at := range times {
			if at == odd {
				t.odd = append(t.odd, codes[i])
			}
		}
	}
	switch {
	case hasText:
		for i, c := range codes {
			t.put(c, times[i])
		}
	case t.whole.len() > 0:
		t.whole.add(codes, times)
	default:
		for i, c := range codes {
			t.lists[t.by.of(c)].push(pair(c)<<32 | pair(times[i]))
		}
		t.count += n
	}
	if t.count > t.coder.len()/timesPart {
		t.toWhole()
	}
}

// begin makes the lists once the dictionary is known.
func (t *timesTable) begin() {
	if t.lists != nil || t.coder.dict == nil {
		return
	}
	t.by = newSharing(t.coder.dict.Len(), timesCodes, timesLists)
	t.lists = make([]chunked[pair], t.by.lists())
}

// toWhole moves the pairs to the array of all symbols.
func (t *timesTable) toWhole() {
	if t.whole.len() == 0 {
		t.whole.grow(t.coder.len())
	}
	for i := range t.lists {
		for run := range t.lists[i].runs() {
			t.whole.addPairs(run)
		}
		t.lists[i].free()
	}
	t.count = 0
}

// settle gives the tables of all workers one form: lists, or arrays.
func (t *timesTable) settle() {
	all := append([]*timesTable{t}, t.same...)
	if !slices.ContainsFunc(all, func(o *timesTable) bool { return o.whole.len() > 0 || len(o.odd) > 0 }) {
		return
	}
	for _, o := range all {
		if o.coder.dict != nil {
			o.toWhole()
		}
	}
}

// put takes one row in.
func (t *timesTable) put(code, at uint32) {
	if code&batch.OverlayBit != 0 {
		code &^= batch.OverlayBit
		if int(code) >= t.text.len() {
			t.text.grow(max(nextPow2(int(code)+1), GranuleRows))
		}
		t.text.add([]uint32{code}, []uint32{at})
		return
	}
	if t.whole.len() > 0 {
		t.whole.add([]uint32{code}, []uint32{at})
		return
	}
	t.lists[t.by.of(code)].push(pair(code)<<32 | pair(at))
	t.count++
}

// merge puts two tables together; neither is used afterwards by itself.
func (t *timesTable) merge(o *timesTable) *timesTable {
	if t.coder.dict == nil && (t.coder.ids == nil || o.coder.dict != nil) {
		t, o = o, t
	}
	code := func(text uint32) uint32 { return t.coder.text(o.coder.texts.At(int(text)), true) }
	o.text.each(o.coder.texts.Len(), func(text, at uint32) { t.put(code(text), at) })
	o.text.free()
	isSame := t.coder.dict == o.coder.dict
	odd := o.odd
	o.odd = nil
	for _, c := range odd {
		switch {
		case c&batch.OverlayBit != 0:
			c = code(c &^ batch.OverlayBit)
		case !isSame:
			c = t.coder.text(o.coder.dict.Value(c), true)
		default:
		}
		t.odd = append(t.odd, c)
	}
	switch {
	case isSame && o.coder.dict != nil:
		t.same = append(t.same, o)
	case o.coder.dict != nil:
		o.toWhole()
		o.whole.each(o.coder.len(), func(c, at uint32) { t.put(t.coder.text(o.coder.dict.Value(c), true), at) })
		o.free()
	default:
	}
	return t
}

// free leaves the memory of the table to other queries.
func (t *timesTable) free() {
	for _, o := range t.same {
		o.free()
	}
	for i := range t.lists {
		t.lists[i].free()
	}
	t.whole.free()
	t.text.free()
}

func (t *timesTable) bytes() int64 {
	n := 4*int64(t.whole.size()+t.text.size()+cap(t.codes)+cap(t.odd)) + t.coder.bytes
	for i := range t.lists {
		n += t.lists[i].bytes()
	}
	for _, o := range t.same {
		n += o.bytes()
	}
	return n
}

// timeSlots is the least and the greatest times of codes, as far as they are asked for.
// 0 stands for none, in one that is alone also for [timeSlots.odd].
type timeSlots struct {
	hasLeast, hasGreatest bool
	least                 []uint32 // the complement of the time
	greatest              []uint32 // the time
}

// newSlots makes the slots that the calls need.
func (s *timesShared) newSlots() timeSlots {
	var out timeSlots
	for _, c := range s.calls {
		out.hasGreatest = out.hasGreatest || c.IsGreatest
		out.hasLeast = out.hasLeast || !c.IsGreatest
	}
	return out
}

// odd is the time that can't be told from none, if there is one: of both slots of a code
// one has a word for it.
func (s *timeSlots) odd() (at uint32, ok bool) {
	switch {
	case s.hasLeast && s.hasGreatest:
		return 0, false
	case s.hasLeast:
		return math.MaxUint32, true
	default:
		return 0, true
	}
}

func (s *timeSlots) len() int  { return max(len(s.least), len(s.greatest)) }
func (s *timeSlots) size() int { return cap(s.least) + cap(s.greatest) }

// grow makes places for codes below n.
func (s *timeSlots) grow(n int) {
	if s.hasLeast {
		s.least = grownSlots(s.least, n)
	}
	if s.hasGreatest {
		s.greatest = grownSlots(s.greatest, n)
	}
}

func grownSlots(old []uint32, n int) []uint32 {
	if n <= len(old) {
		return old
	}
	out := newDirect(n)
	copy(out, old)
	return out
}

// free leaves the memory to other queries.
func (s *timeSlots) free() {
	freeDirect(s.least)
	freeDirect(s.greatest)
	s.least, s.greatest = nil, nil
}

// add takes rows in, of codes for which there are places.
func (s *timeSlots) add(codes, times []uint32) {
	times = times[:len(codes)]
	if s.hasLeast {
		slots := s.least
		for i, c := range codes {
			slots[c] = max(slots[c], ^times[i])
		}
	}
	if s.hasGreatest {
		slots := s.greatest
		for i, c := range codes {
			slots[c] = max(slots[c], times[i])
		}
	}
}

// addPairs takes pairs in.
func (s *timeSlots) addPairs(list []pair) {
	for _, p := range list {
		if s.hasLeast {
			slot := &s.least[p>>32]
			*slot = max(*slot, ^uint32(p))
		}
		if s.hasGreatest {
			slot := &s.greatest[p>>32]
			*slot = max(*slot, uint32(p))
		}
	}
}

// addList takes pairs of one list in, by their places in it.
func (s *timeSlots) addList(list []pair, by sharing) {
	if s.hasLeast {
		slots := s.least
		for _, p := range list {
			slot := &slots[by.place(uint32(p>>32))]
			*slot = max(*slot, ^uint32(p))
		}
	}
	if s.hasGreatest {
		slots := s.greatest
		for _, p := range list {
			slot := &slots[by.place(uint32(p>>32))]
			*slot = max(*slot, uint32(p))
		}
	}
}

// each calls f with the times of codes below n.
func (s *timeSlots) each(n int, f func(code, at uint32)) {
	for c := range min(n, s.len()) {
		var least, greatest uint32
		if s.hasLeast {
			least = s.least[c]
		}
		if s.hasGreatest {
			greatest = s.greatest[c]
		}
		if least|greatest == 0 {
			continue
		}
		if s.hasLeast {
			f(uint32(c), ^least)
		}
		if s.hasGreatest {
			f(uint32(c), greatest)
		}
	}
}

// times is the least and the greatest times of some keys, as far as they are asked for.
type times struct{ least, greatest []uint32 }

func (t *times) len() int { return max(len(t.least), len(t.greatest)) }

// reserve makes room for n more.
func (t *times) reserve(n int, s *timeSlots) {
	if s.hasLeast {
		t.least = slices.Grow(t.least, n)
	}
	if s.hasGreatest {
		t.greatest = slices.Grow(t.greatest, n)
	}
}

// take appends the times of each key of a list and clears its slots.
func (t *times) take(s *timeSlots, list []pair, by sharing) {
	n := t.len()
	t.reserve(len(list), s)
	switch {
	case s.hasLeast && s.hasGreatest:
		l, g := t.least[:n+len(list)], t.greatest[:n+len(list)]
		for _, p := range list {
			at := by.place(uint32(p >> 32))
			x, y := &s.least[at], &s.greatest[at]
			l[n], g[n] = ^*x, *y
			if *x|*y != 0 {
				n++
			}
			*x, *y = 0, 0
		}
		t.least, t.greatest = l[:n], g[:n]
	case s.hasLeast:
		l := t.least[:n+len(list)]
		for _, p := range list {
			x := &s.least[by.place(uint32(p>>32))]
			l[n] = ^*x
			if *x != 0 {
				n++
			}
			*x = 0
		}
		t.least = l[:n]
	default:
		g := t.greatest[:n+len(list)]
		for _, p := range list {
			y := &s.greatest[by.place(uint32(p>>32))]
			g[n] = *y
			if *y != 0 {
				n++
			}
			*y = 0
		}
		t.greatest = g[:n]
	}
}

// pack appends the times of all keys of slots.
func (t *times) pack(s *timeSlots) {
	n := t.len()
	t.reserve(s.len(), s)
	switch {
	case s.hasLeast && s.hasGreatest:
		l, g, greatest := t.least[:n+s.len()], t.greatest[:n+s.len()], s.greatest[:len(s.least)]
		for i, x := range s.least {
			l[n], g[n] = ^x, greatest[i]
			if x|greatest[i] != 0 {
				n++
			}
		}
		t.least, t.greatest = l[:n], g[:n]
	case s.hasLeast:
		l := t.least[:n+s.len()]
		for _, x := range s.least {
			l[n] = ^x
			if x != 0 {
				n++
			}
		}
		t.least = l[:n]
	default:
		g := t.greatest[:n+s.len()]
		for _, x := range s.greatest {
			g[n] = x
			if x != 0 {
				n++
			}
		}
		t.greatest = g[:n]
	}
}

// timesByKey gives out the times that other streams have not taken.
type timesByKey struct {
	shared   *timesShared
	slots    timeSlots // scratch: of a list, or of a range of codes
	found    times
	pos      int  // of those given
	reused   bool // see reuser
	hold     ledger.Share
	isClosed bool
}

func (l *timesByKey) reuse() { l.reused = true }

// Next implements Operator.
func (l *timesByKey) Next(ctx context.Context) (*batch.Batch, error) {
	if err := l.shared.run(ctx); err != nil {
		return nil, err
	}
	for l.pos == l.found.len() {
		if err := context.Cause(ctx); err != nil {
			return nil, err
		}
		if more, err := l.take(); !more || err != nil {
			return nil, err
		}
	}
	n := min(l.found.len()-l.pos, l.shared.env.batchRows())
	var names []string
	var cols []*batch.Vector
	for _, c := range l.shared.calls {
		at := l.found.least
		if c.IsGreatest {
			at = l.found.greatest
		}
		names = append(names, c.Name)
		cols = append(cols, batch.NewFixed(l.shared.args[0].Type(), at[l.pos:l.pos+n:l.pos+n], nil))
	}
	l.pos += n
	return batch.New(names, cols, n), nil
}

// take finds times that nobody has taken until they give a batch; false at the end.
func (l *timesByKey) take() (bool, error) {
	if l.pos = 0; l.reused {
		l.found.least, l.found.greatest = l.found.least[:0], l.found.greatest[:0]
	} else {
		l.found = times{}
	}
	for l.found.len() < GranuleRows {
		if !l.takeNext(int(l.shared.next.Add(1)) - 1) {
			return l.found.len() > 0, nil
		}
		if err := l.hold.Set(4 * int64(l.slots.size()+cap(l.found.least)+cap(l.found.greatest))); err != nil {
			return false, err
		}
	}
	return true, nil
}

// takeNext finds the times of the i-th list or range; false at the end. The text comes
// first, with what has no word in the slots.
func (l *timesByKey) takeNext(i int) bool {
	t := l.shared.total
	if i == 0 {
		l.found.pack(&t.text)
		l.takeOdd()
		return true
	}
	if t.whole.len() > 0 {
		return l.takeRange((i - 1) * timesRange)
	}
	if i > len(t.lists) {
		return false
	}
	l.slots.grow(t.by.places(t.coder.len()))
	all := append([]*timesTable{t}, t.same...)
	for _, o := range all {
		for run := range o.lists[i-1].runs() {
			l.slots.addList(run, t.by)
		}
	}
	for _, o := range all {
		for run := range o.lists[i-1].runs() {
			l.found.take(&l.slots, run, t.by)
		}
	}
	return true
}

// takeRange finds the times of the codes from lo on.
func (l *timesByKey) takeRange(lo int) bool {
	t := l.shared.total
	if lo >= t.whole.len() {
		return false
	}
	hi := min(lo+timesRange, t.whole.len())
	part := t.whole.slice(lo, hi)
	if len(t.same) > 0 {
		l.slots.grow(timesRange)
		own := l.slots.slice(0, hi-lo)
		copy(own.least, part.least)
		copy(own.greatest, part.greatest)
		for _, o := range t.same {
			other := o.whole.slice(lo, hi)
			maxInto(own.least, other.least)
			maxInto(own.greatest, other.greatest)
		}
		part = own
	}
	l.found.pack(&part)
	return true
}

// slice is the slots of codes from lo to hi.
func (s *timeSlots) slice(lo, hi int) timeSlots {
	out := timeSlots{hasLeast: s.hasLeast, hasGreatest: s.hasGreatest}
	if s.hasLeast {
		out.least = s.least[lo:hi]
	}
	if s.hasGreatest {
		out.greatest = s.greatest[lo:hi]
	}
	return out
}

func maxInto(dst, src []uint32) {
	src = src[:len(dst)]
	for i, x := range src {
		dst[i] = max(dst[i], x)
	}
}

// takeOdd finds the keys that have no other time than the one without a word.
func (l *timesByKey) takeOdd() {
	t := l.shared.total
	at, _ := t.whole.odd()
	slices.Sort(t.odd)
	for _, c := range slices.Compact(t.odd) {
		if t.has(c) {
			continue
		}
		if t.whole.hasLeast {
			l.found.least = append(l.found.least, at)
		} else {
			l.found.greatest = append(l.found.greatest, at)
		}
	}
}

// has tells whether a code has a time in the slots of any worker.
func (t *timesTable) has(code uint32) bool {
	if code&batch.OverlayBit != 0 {
		i := int(code &^ batch.OverlayBit)
		return (i < len(t.text.least) && t.text.least[i] != 0) || (i < len(t.text.greatest) && t.text.greatest[i] != 0)
	}
	if (t.whole.hasLeast && t.whole.least[code] != 0) || (t.whole.hasGreatest && t.whole.greatest[code] != 0) {
		return true
	}
	return slices.ContainsFunc(t.same, func(o *timesTable) bool { return o.has(code) })
}

// Close implements Operator.
func (l *timesByKey) Close() error {
	if l.isClosed {
		return nil
	}
	l.isClosed = true
	l.slots.free()
	l.hold.Release()
	return l.shared.close()
}
