package exec

import (
	"context"
	"math/bits"
	"sync"
	"sync/atomic"

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
// most once. in must be of one shard. Every worker puts its rows, as pairs of code and
// time, into lists by the low bits of the code; the lists of all workers for the same
// bits are then reduced together, with an array that stays in the cache.
func NewTimesByKey(env *Env, in Streams, key, arg expr.Expr, calls []TimeCall) Streams {
	s := &timesShared{env: env, in: in, key: key, arg: arg, calls: calls, hold: ledger.ShareOf(env.Budget)}
	n := len(in.Groups[0])
	ops := make([]Operator, n)
	for i := range ops {
		ops[i] = &timesByKey{shared: s, slots: s.newSlots(), hold: ledger.ShareOf(env.Budget)}
	}
	s.open = n
	return Streams{Groups: [][]Operator{ops}}
}

const (
	// timesLists is the most lists of a worker, and timesCodes how many codes a list
	// should be for at most: their times are 256 KiB.
	timesLists = 256
	timesCodes = 1 << 15
	// timesPairs is how many pairs a worker keeps at least before it reduces them to
	// one for each key.
	timesPairs = 1 << 20
	// timesPooled is how many pairs the lists that are left to other queries may have
	// room for.
	timesPooled = 1 << 19
)

// timesPool has lists of earlier queries, *[][]pair: to make them grow anew takes
// longer than to fill them.
var timesPool sync.Pool

// pair is a code, and under it a time.
type pair = uint64

type timesShared struct {
	env   *Env
	in    Streams
	key   expr.Expr
	arg   expr.Expr
	calls []TimeCall
	hold  ledger.Share

	once  sync.Once
	err   error
	total *timesTable
	next  atomic.Int64 // list that is given out next

	mu   sync.Mutex
	open int // streams that are not closed
}

// timesTable is the pairs of one worker.
type timesTable struct {
	coder coder
	bits  int        // of a code that choose its list
	lists [][]pair   // of symbols, by the low bits of their codes
	same  [][][]pair // the lists of other workers with the same dictionary
	text  []pair     // of text without a symbol, by its number in the coder
	count int        // of pairs
	limit int        // of count, from which on pairs are reduced
	codes []uint32   // scratch
	slots timeSlots
	spare []pair // scratch of reduce
}

// run reads all of the input, once, for all streams.
func (s *timesShared) run(ctx context.Context) error {
	s.once.Do(func() {
		tables := make([]*timesTable, len(s.in.Groups[0]))
		s.err = runGroup(ctx, s.in.Groups[0], func(ctx context.Context, i int, op Operator) error {
			tables[i] = &timesTable{limit: timesPairs, slots: s.newSlots()}
			return s.fill(ctx, tables[i], op)
		})
		if s.err != nil {
			return
		}
		s.total = tables[0]
		for _, t := range tables[1:] {
			s.total.merge(t)
		}
		s.err = s.hold.Set(s.total.bytes())
	})
	return s.err
}

func (s *timesShared) fill(ctx context.Context, t *timesTable, op Operator) error {
	share := ledger.ShareOf(s.env.Budget)
	defer share.Release()
	reuse(op)
	for {
		b, err := op.Next(ctx)
		if b == nil || err != nil {
			return err
		}
		key, err := expr.Eval(s.env.Expr, s.key, b)
		if err != nil {
			return err
		}
		arg, err := expr.Eval(s.env.Expr, s.arg, b)
		if err != nil {
			return err
		}
		t.add(key.Expand(), arg.Expand(), b.Rows)
		if err := share.Set(t.bytes()); err != nil {
			return err
		}
	}
}

// add takes n rows in.
func (t *timesTable) add(key, arg *batch.Vector, n int) {
	times := batch.Values[uint32](arg)[:n]
	codes, hasText := t.encode(key, n)
	t.begin()
	if hasText {
		for i, c := range codes {
			t.put(c, times[i])
		}
	} else {
		scatterPairs(t.lists, codes, times)
	}
	t.count += n
	if t.count >= t.limitOf() {
		t.reduce()
	}
}

// begin makes the lists once the dictionary is known.
func (t *timesTable) begin() {
	if t.lists != nil || t.coder.dict == nil {
		return
	}
	n := min(nextPow2((t.coder.dict.Len()+timesCodes-1)/timesCodes), timesLists)
	t.bits = bits.TrailingZeros(uint(n))
	if pooled, ok := timesPool.Get().(*[][]pair); ok && len(*pooled) == n {
		t.lists = *pooled
		return
	}
	t.lists = make([][]pair, n)
}

// limitOf is from how many pairs on they are reduced: as many as surely repeat.
func (t *timesTable) limitOf() int {
	if t.coder.dict == nil {
		return t.limit
	}
	return max(t.limit, 2*t.coder.dict.Len())
}

// free leaves the lists to other queries.
func (t *timesTable) free() {
	for _, lists := range append(t.same, t.lists) {
		room := 0
		for i, l := range lists {
			room += cap(l)
			lists[i] = l[:0]
		}
		if room > 0 && room <= timesPooled {
			timesPool.Put(&lists)
		}
	}
}

// scatterPairs puts rows into the lists of their codes.
func scatterPairs(lists [][]pair, codes, times []uint32) {
	times = times[:len(codes)]
	mask := uint32(len(lists) - 1)
	for i, c := range codes {
		l := &lists[c&mask]
		*l = append(*l, pair(c)<<32|pair(times[i]))
	}
}

// encode gives the codes of n keys; hasText tells that some may be of text without
// a symbol.
func (t *timesTable) encode(key *batch.Vector, n int) (codes []uint32, hasText bool) {
	if d, ok := key.Data.(batch.Symbols); ok && d.Overlay.Len() == 0 && (t.coder.dict == d.Dict || (t.coder.dict == nil && t.coder.ids == nil)) {
		t.coder.dict = d.Dict
		return d.Codes[:n], false
	}
	t.codes = sized(t.codes, n)
	t.coder.encode(key, true, t.codes)
	return t.codes, true
}

// put takes one row in.
func (t *timesTable) put(code, at uint32) {
	list := &t.text
	if code&batch.OverlayBit == 0 {
		list = &t.lists[code&uint32(len(t.lists)-1)]
	}
	*list = append(*list, pair(code&^batch.OverlayBit)<<32|pair(at))
}

// reduce leaves a pair for each key and call.
func (t *timesTable) reduce() {
	t.count = 0
	for i, list := range t.lists {
		t.slots.add(list, t.bits, t.width())
		t.spare = t.slots.takePairs(t.spare[:0], list, t.bits)
		t.lists[i] = append(list[:0], t.spare...)
		t.count += len(t.lists[i])
	}
	t.slots.add(t.text, 0, t.coder.texts.Len())
	t.spare = t.slots.takePairs(t.spare[:0], t.text, 0)
	t.text = append(t.text[:0], t.spare...)
	t.count += len(t.text)
	t.limit = max(timesPairs, 2*t.count)
}

// width is how many codes a list is for.
func (t *timesTable) width() int {
	return t.coder.dict.Len()>>t.bits + 1
}

// merge takes the pairs of o in.
func (t *timesTable) merge(o *timesTable) {
	if t.coder.dict == nil && t.coder.ids == nil || t.lists == nil && o.lists != nil {
		*t, *o = *o, *t
	}
	if t.coder.dict == o.coder.dict {
		if o.lists != nil {
			t.same = append(t.same, o.lists)
		}
	} else {
		for _, list := range o.lists {
			for _, p := range list {
				t.put(t.coder.text(o.coder.dict.Value(uint32(p>>32)), true), uint32(p))
			}
		}
	}
	for _, p := range o.text {
		t.put(t.coder.text(o.coder.texts.At(int(p>>32)), true), uint32(p))
	}
}

func (t *timesTable) bytes() int64 {
	n := cap(t.text) + cap(t.spare) + t.slots.size()
	for _, lists := range append(t.same, t.lists) {
		for _, l := range lists {
			n += cap(l)
		}
	}
	return 8*int64(n) + 4*int64(cap(t.codes)) + t.coder.bytes
}

// timeSlots is the least and the greatest times of the codes of one list, as far as they
// are asked for; 0 stands for none. All are zero between two lists.
type timeSlots struct {
	hasLeast, hasGreatest bool
	least                 []uint64 // 1<<32 less the time
	greatest              []uint64 // the time + 1
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

func (s *timeSlots) size() int { return cap(s.least) + cap(s.greatest) }

// add takes in pairs of codes below width << shift.
func (s *timeSlots) add(list []pair, shift, width int) {
	if s.hasLeast {
		if len(s.least) < width {
			s.least = make([]uint64, width)
		}
		slots := s.least
		for _, p := range list {
			slot := &slots[p>>32>>shift]
			*slot = max(*slot, 1<<32-p&0xffffffff)
		}
	}
	if s.hasGreatest {
		if len(s.greatest) < width {
			s.greatest = make([]uint64, width)
		}
		slots := s.greatest
		for _, p := range list {
			slot := &slots[p>>32>>shift]
			*slot = max(*slot, p&0xffffffff+1)
		}
	}
}

// takePairs appends a pair for each key of the list and time to dst, and clears the
// slots.
func (s *timeSlots) takePairs(dst, list []pair, shift int) []pair {
	for _, p := range list {
		i, code := p>>32>>shift, p&^0xffffffff
		var least, greatest uint64
		if s.hasLeast {
			if least = s.least[i]; least != 0 {
				dst = append(dst, code|(1<<32-least)&0xffffffff)
			}
			s.least[i] = 0
		}
		if s.hasGreatest {
			if greatest = s.greatest[i]; greatest != 0 && least+greatest != 1<<32+1 { // else the same time
				dst = append(dst, code|(greatest-1))
			}
			s.greatest[i] = 0
		}
	}
	return dst
}

// takeTimes appends the times of each key of the list, the least to one and the greatest
// to the other, and clears the slots. There must be room for the whole list in both that
// are asked for.
func (s *timeSlots) takeTimes(least, greatest []uint32, list []pair, shift int) (l, g []uint32) {
	switch {
	case s.hasLeast && s.hasGreatest:
		n := len(least)
		l, g = least[:n+len(list)], greatest[:n+len(list)]
		for _, p := range list {
			x, y := &s.least[p>>32>>shift], &s.greatest[p>>32>>shift]
			l[n], g[n] = uint32(1<<32-*x), uint32(*y-1)
			if *x != 0 {
				n++
			}
			*x, *y = 0, 0
		}
		return l[:n], g[:n]
	case s.hasLeast:
		n := len(least)
		l = least[:n+len(list)]
		for _, p := range list {
			x := &s.least[p>>32>>shift]
			l[n] = uint32(1<<32 - *x)
			if *x != 0 {
				n++
			}
			*x = 0
		}
		return l[:n], nil
	default:
		n := len(greatest)
		g = greatest[:n+len(list)]
		for _, p := range list {
			y := &s.greatest[p>>32>>shift]
			g[n] = uint32(*y - 1)
			if *y != 0 {
				n++
			}
			*y = 0
		}
		return nil, g[:n]
	}
}

// timesByKey gives out the lists that other streams have not taken.
type timesByKey struct {
	shared   *timesShared
	slots    timeSlots
	least    []uint32 // found
	greatest []uint32
	pos      int // of those given
	hold     ledger.Share
	isClosed bool
}

func (l *timesByKey) found() int { return max(len(l.least), len(l.greatest)) }

// Next implements Operator.
func (l *timesByKey) Next(ctx context.Context) (*batch.Batch, error) {
	if err := l.shared.run(ctx); err != nil {
		return nil, err
	}
	for l.pos == l.found() {
		if err := context.Cause(ctx); err != nil {
			return nil, err
		}
		if more, err := l.take(); !more || err != nil {
			return nil, err
		}
	}
	n := min(l.found()-l.pos, l.shared.env.batchRows())
	var names []string
	var cols []*batch.Vector
	for _, c := range l.shared.calls {
		times := l.least
		if c.IsGreatest {
			times = l.greatest
		}
		names = append(names, c.Name)
		cols = append(cols, batch.NewFixed(l.shared.arg.Type(), times[l.pos:l.pos+n:l.pos+n], nil))
	}
	l.pos += n
	return batch.New(names, cols, n), nil
}

// take reduces lists that nobody has taken until they give a batch; false at the end.
func (l *timesByKey) take() (bool, error) {
	t := l.shared.total
	l.least, l.greatest, l.pos = nil, nil, 0 // the batches of the last ones may be held
	for l.found() < GranuleRows {
		lists, shift, width, ok := t.listsOf(int(l.shared.next.Add(1)) - 1)
		if !ok {
			return l.found() > 0, nil
		}
		need := l.found()
		for _, list := range lists {
			need += len(list)
			l.slots.add(list, shift, width)
		}
		if l.slots.hasLeast {
			l.least = roomForTimes(l.least, need)
		}
		if l.slots.hasGreatest {
			l.greatest = roomForTimes(l.greatest, need)
		}
		for _, list := range lists {
			l.least, l.greatest = l.slots.takeTimes(l.least, l.greatest, list, shift)
		}
		if err := l.hold.Set(8*int64(l.slots.size()) + 4*int64(cap(l.least)+cap(l.greatest))); err != nil {
			return false, err
		}
	}
	return true, nil
}

// roomForTimes is list with room for need times, and more.
func roomForTimes(list []uint32, need int) []uint32 {
	if need <= cap(list) {
		return list
	}
	return append(make([]uint32, 0, max(need, 2*GranuleRows)), list...)
}

// listsOf are the i-th lists of all workers, the text coming last.
func (t *timesTable) listsOf(i int) (lists [][]pair, shift, width int, ok bool) {
	if i == len(t.lists) {
		return [][]pair{t.text}, 0, t.coder.texts.Len(), true
	}
	if i > len(t.lists) {
		return nil, 0, 0, false
	}
	lists = append(lists, t.lists[i])
	for _, o := range t.same {
		lists = append(lists, o[i])
	}
	return lists, t.bits, t.width(), true
}

// Close implements Operator: the last stream closes the input.
func (l *timesByKey) Close() error {
	s := l.shared
	s.mu.Lock()
	defer s.mu.Unlock()
	if l.isClosed {
		return nil
	}
	l.isClosed = true
	l.hold.Release()
	if s.open--; s.open > 0 {
		return nil
	}
	if s.total != nil {
		s.total.free()
		s.total = nil
	}
	s.hold.Release()
	return s.in.Close()
}
