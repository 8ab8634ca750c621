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

// NewLeastByKey gives the least value of arg, a DateTime, for each distinct key, a
// String, one row a key, without the keys. in must be of one shard. Every worker
// puts its rows, as pairs of code and time, into lists by the low bits of the code;
// the lists of all workers for the same bits are then reduced together, with an
// array that stays in the cache.
func NewLeastByKey(env *Env, in Streams, key, arg expr.Expr, name string) Streams {
	s := &leastShared{env: env, in: in, key: key, arg: arg, hold: ledger.ShareOf(env.Budget)}
	n := len(in.Groups[0])
	ops := make([]Operator, n)
	for i := range ops {
		ops[i] = &leastByKey{shared: s, names: []string{name}, hold: ledger.ShareOf(env.Budget)}
	}
	s.open = n
	return Streams{Groups: [][]Operator{ops}}
}

const (
	// leastLists is the most lists of a worker, and leastCodes how many codes a list
	// should be for at most: their times are 256 KiB.
	leastLists = 256
	leastCodes = 1 << 15
	// leastPairs is how many pairs a worker keeps before it reduces them to one for
	// each key.
	leastPairs = 1 << 20
	// leastPooled is how many pairs the lists that are left to other queries may have
	// room for.
	leastPooled = 1 << 19
)

// leastPool has lists of earlier queries, *[][]pair: to make them grow anew takes
// longer than to fill them.
var leastPool sync.Pool

// pair is a code, and under it a time.
type pair = uint64

type leastShared struct {
	env  *Env
	in   Streams
	key  expr.Expr
	arg  expr.Expr
	hold ledger.Share

	once  sync.Once
	err   error
	total *leastTable
	next  atomic.Int64 // list that is given out next

	mu   sync.Mutex
	open int // streams that are not closed
}

// leastTable is the pairs of one worker.
type leastTable struct {
	coder coder
	bits  int        // of a code that choose its list
	lists [][]pair   // of symbols, by the low bits of their codes
	same  [][][]pair // the lists of other workers with the same dictionary
	text  []pair     // of text without a symbol, by its number in the coder
	count int        // of pairs
	limit int        // of count, from which on pairs are reduced
	codes []uint32   // scratch
	slots leastSlots
}

// run reads all of the input, once, for all streams.
func (s *leastShared) run(ctx context.Context) error {
	s.once.Do(func() {
		tables := make([]*leastTable, len(s.in.Groups[0]))
		s.err = runGroup(ctx, s.in.Groups[0], func(ctx context.Context, i int, op Operator) error {
			tables[i] = &leastTable{limit: leastPairs}
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

func (s *leastShared) fill(ctx context.Context, t *leastTable, op Operator) error {
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
func (t *leastTable) add(key, arg *batch.Vector, n int) {
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
	if t.count >= t.limit {
		t.reduce()
	}
}

// begin makes the lists once the dictionary is known.
func (t *leastTable) begin() {
	if t.lists != nil || t.coder.dict == nil {
		return
	}
	n := min(nextPow2((t.coder.dict.Len()+leastCodes-1)/leastCodes), leastLists)
	t.bits = bits.TrailingZeros(uint(n))
	if pooled, ok := leastPool.Get().(*[][]pair); ok && len(*pooled) == n {
		t.lists = *pooled
		return
	}
	t.lists = make([][]pair, n)
}

// free leaves the lists to other queries.
func (t *leastTable) free() {
	for _, lists := range append(t.same, t.lists) {
		room := 0
		for i, l := range lists {
			room += cap(l)
			lists[i] = l[:0]
		}
		if room > 0 && room <= leastPooled {
			leastPool.Put(&lists)
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
func (t *leastTable) encode(key *batch.Vector, n int) (codes []uint32, hasText bool) {
	if d, ok := key.Data.(batch.Symbols); ok && d.Overlay.Len() == 0 && (t.coder.dict == d.Dict || (t.coder.dict == nil && t.coder.ids == nil)) {
		t.coder.dict = d.Dict
		return d.Codes[:n], false
	}
	t.codes = sized(t.codes, n)
	t.coder.encode(key, true, t.codes)
	return t.codes, true
}

// put takes one row in.
func (t *leastTable) put(code, at uint32) {
	list := &t.text
	if code&batch.OverlayBit == 0 {
		list = &t.lists[code&uint32(len(t.lists)-1)]
	}
	*list = append(*list, pair(code&^batch.OverlayBit)<<32|pair(at))
}

// reduce leaves one pair for each key.
func (t *leastTable) reduce() {
	t.count = 0
	for i, list := range t.lists {
		t.slots.add(list, t.bits, t.width())
		t.lists[i] = t.slots.takePairs(list, t.bits)
		t.count += len(t.lists[i])
	}
	t.slots.add(t.text, 0, t.coder.texts.Len())
	t.text = t.slots.takePairs(t.text, 0)
	t.count += len(t.text)
	t.limit = max(leastPairs, 2*t.count)
}

// width is how many codes a list is for.
func (t *leastTable) width() int {
	return t.coder.dict.Len()>>t.bits + 1
}

// merge takes the pairs of o in.
func (t *leastTable) merge(o *leastTable) {
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

func (t *leastTable) bytes() int64 {
	n := cap(t.text) + cap(t.slots)
	for _, lists := range append(t.same, t.lists) {
		for _, l := range lists {
			n += cap(l)
		}
	}
	return 8*int64(n) + 4*int64(cap(t.codes)) + t.coder.bytes
}

// leastSlots is the least times of the codes of one list: 1<<32 less the time, so
// that 0 stands for none. It is all zero between two lists.
type leastSlots []uint64

// add takes in pairs of codes below width << shift.
func (s *leastSlots) add(list []pair, shift, width int) {
	if len(*s) < width {
		*s = make([]uint64, width)
	}
	slots := *s
	for _, p := range list {
		slot := &slots[p>>32>>shift]
		*slot = max(*slot, 1<<32-p&0xffffffff)
	}
}

// takePairs gives one pair for each key of the list, in its place, and clears the
// slots.
func (s leastSlots) takePairs(list []pair, shift int) []pair {
	n := 0
	for _, p := range list {
		slot := &s[p>>32>>shift]
		list[n] = p&^0xffffffff | (1<<32-*slot)&0xffffffff
		if *slot != 0 {
			n++
		}
		*slot = 0
	}
	return list[:n]
}

// takeTimes appends one time for each key of the list and clears the slots. out must
// have room for the whole list.
func (s leastSlots) takeTimes(out []uint32, list []pair, shift int) []uint32 {
	n := len(out)
	out = out[:n+len(list)]
	for _, p := range list {
		slot := &s[p>>32>>shift]
		out[n] = uint32(1<<32 - *slot)
		if *slot != 0 {
			n++
		}
		*slot = 0
	}
	return out[:n]
}

// leastByKey gives out the lists that other streams have not taken.
type leastByKey struct {
	shared   *leastShared
	names    []string
	slots    leastSlots
	times    []uint32 // found
	pos      int      // of those given
	hold     ledger.Share
	isClosed bool
}

// Next implements Operator.
func (l *leastByKey) Next(ctx context.Context) (*batch.Batch, error) {
	if err := l.shared.run(ctx); err != nil {
		return nil, err
	}
	for l.pos == len(l.times) {
		if err := context.Cause(ctx); err != nil {
			return nil, err
		}
		if more, err := l.take(); !more || err != nil {
			return nil, err
		}
	}
	n := min(len(l.times)-l.pos, l.shared.env.batchRows())
	out := l.times[l.pos : l.pos+n : l.pos+n]
	l.pos += n
	return batch.New(l.names, []*batch.Vector{batch.NewFixed(l.shared.arg.Type(), out, nil)}, n), nil
}

// take reduces lists that nobody has taken until they give a batch; false at the end.
func (l *leastByKey) take() (bool, error) {
	t := l.shared.total
	l.times, l.pos = nil, 0 // the batches of the last one may be held
	for len(l.times) < GranuleRows {
		lists, shift, width, ok := t.listsOf(int(l.shared.next.Add(1)) - 1)
		if !ok {
			return len(l.times) > 0, nil
		}
		need := len(l.times)
		for _, list := range lists {
			need += len(list)
			l.slots.add(list, shift, width)
		}
		if need > cap(l.times) {
			l.times = append(make([]uint32, 0, max(need, 2*GranuleRows)), l.times...)
		}
		for _, list := range lists {
			l.times = l.slots.takeTimes(l.times, list, shift)
		}
		if err := l.hold.Set(8*int64(cap(l.slots)) + 4*int64(cap(l.times))); err != nil {
			return false, err
		}
	}
	return true, nil
}

// listsOf are the i-th lists of all workers, the text coming last.
func (t *leastTable) listsOf(i int) (lists [][]pair, shift, width int, ok bool) {
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
func (l *leastByKey) Close() error {
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
