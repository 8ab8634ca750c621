package exec

import (
	"context"
	"math"
	"slices"
	"sync"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/expr"
	"github.com/freshetdb/freshet/columnar/ledger"
	"github.com/freshetdb/freshet/columnar/types"
)

// FirstSpec says what [NewFirstMinutes] counts.
type FirstSpec struct {
	Key         expr.Expr // a String
	Arg         expr.Expr // a DateTime
	Name, Count string    // of the columns
}

// NewFirstMinutes counts distinct keys by the minute of their first time: it gives the
// beginning of each minute that has any, and how many. in must be of one shard.
//
// Rows of a table in the order of time come in few runs of rising minutes. In such a run a
// key counts where a bitmap has it not yet, and only its code is kept; at the end the runs
// of all workers are gone through together, minute by minute, with one more bitmap. A
// worker whose rows are in no order has an array of the first minute of each code.
func NewFirstMinutes(env *Env, in Streams, spec FirstSpec) Streams {
	return One(&firstMinutes{spec: spec, byKey: byKey[*firstTable]{
		env: env, in: in, key: spec.Key, args: []expr.Expr{spec.Arg}, merge: mergeFirst, hold: ledger.ShareOf(env.Budget), open: 1,
		fresh: func() *firstTable { return &firstTable{} },
	}})
}

const (
	minuteSeconds = 60
	// firstRuns is the most runs of a worker, and firstShare how many codes they have at
	// most for each of the dictionary: beyond that the array is smaller, or faster.
	firstRuns  = 64
	firstShare = 2
)

// firstTable is what one worker has read.
type firstTable struct {
	coder coder
	codes []uint32 // scratch
	fresh []uint32 // scratch
	runs  []firstRun
	count int      // of codes in runs
	seen  []uint32 // a bit for each code of the last run
	lo    uint32   // where the last run's last minute begins, in seconds
	// first is, once isArray is set, the complement of the first minute of each code, and 0
	// for none; text the same of text without a symbol, by its number in the coder.
	isArray bool
	first   []uint32
	text    []uint32
}

// firstRun is codes that come in rising minutes, each once.
type firstRun struct {
	codes []uint32
	marks []firstMark
}

// firstMark is where the codes of a minute begin.
type firstMark struct {
	minute uint32
	from   int
}

// add takes n rows in.
func (t *firstTable) add(key *batch.Vector, args []*batch.Vector, n int) {
	times := batch.Values[uint32](args[0].Expand())[:n]
	codes, hasText := t.coder.codes(key, n, &t.codes)
	if hasText {
		t.toArray()
		for i, c := range codes {
			t.put(c, times[i]/minuteSeconds)
		}
		return
	}
	done := 0
	if !t.isArray {
		done = t.addRun(codes, times)
	}
	if done < n {
		addFirst(t.first, codes[done:], times[done:])
	}
}

// addRun takes rows in as runs, up to the first one that can't be, and gives how many they
// are.
func (t *firstTable) addRun(codes, times []uint32) int {
	if t.seen == nil {
		t.seen = newDirect((t.coder.len() + 31) / 32)
	}
	t.fresh = sized(t.fresh, GranuleRows)
	fresh := t.fresh
	for done := 0; done < len(codes); {
		if len(t.runs) == 0 || times[done]-t.lo >= minuteSeconds {
			if !t.begin(times[done]) {
				return done
			}
		}
		some := min(len(fresh), len(codes)-done)
		read, n := firstOfMinute(fresh[:some], codes[done:done+some], times[done:done+some], t.lo, t.seen)
		r := &t.runs[len(t.runs)-1]
		if cap(r.codes) == 0 {
			r.codes = pooledCodes()
		}
		r.codes = append(r.codes, fresh[:n]...)
		t.count += n
		done += read
	}
	return len(codes)
}

// firstOfMinute writes the codes that are not seen yet to dst, up to the first row that is
// not of the minute from lo on, and gives how many it read and wrote.
func firstOfMinute(dst, codes, times []uint32, lo uint32, seen []uint32) (read, n int) {
	times = times[:len(codes)]
	for i, c := range codes {
		if times[i]-lo >= minuteSeconds {
			return i, n
		}
		word := &seen[c/32]
		dst[n] = c
		n += int(^*word >> (c % 32) & 1) // A branch could not be foretold.
		*word |= 1 << (c % 32)
	}
	return len(codes), n
}

// begin begins the minute of a time, in a run of its own where it is before the last one;
// false where the table has gone to its array.
func (t *firstTable) begin(at uint32) bool {
	if at > math.MaxUint32-minuteSeconds { // Times behind that minute would be the first ones.
		t.toArray()
		return false
	}
	if len(t.runs) == 0 || at < t.lo {
		if len(t.runs) == firstRuns || t.count > firstShare*t.coder.len() {
			t.toArray()
			return false
		}
		if len(t.runs) > 0 {
			clear(t.seen)
		}
		t.runs = append(t.runs, firstRun{})
	}
	r := &t.runs[len(t.runs)-1]
	t.lo = at - at%minuteSeconds
	r.marks = append(r.marks, firstMark{at / minuteSeconds, len(r.codes)})
	return true
}

// toArray goes to the array of first minutes, for good.
func (t *firstTable) toArray() {
	if t.isArray && len(t.first) >= t.coder.len() {
		return
	}
	t.isArray = true
	t.first = grownSlots(t.first, t.coder.len())
	for _, r := range t.runs {
		for minute, codes := range r.minutes {
			for _, c := range codes {
				t.first[c] = max(t.first[c], ^minute)
			}
		}
	}
	t.freeRuns()
}

// minutes gives the codes of each minute.
func (r *firstRun) minutes(yield func(minute uint32, codes []uint32) bool) {
	for i := range r.marks {
		if !yield(r.marks[i].minute, r.of(i)) {
			return
		}
	}
}

// of is the codes of the i-th minute.
func (r *firstRun) of(i int) []uint32 {
	end := len(r.codes)
	if i+1 < len(r.marks) {
		end = r.marks[i+1].from
	}
	return r.codes[r.marks[i].from:end]
}

func addFirst(first, codes, times []uint32) {
	times = times[:len(codes)]
	for i, c := range codes {
		first[c] = max(first[c], ^(times[i] / minuteSeconds))
	}
}

// put takes the minute of one code in, which may be of text; the table has its array.
func (t *firstTable) put(code, minute uint32) {
	if code&batch.OverlayBit == 0 {
		t.first[code] = max(t.first[code], ^minute)
		return
	}
	i := int(code &^ batch.OverlayBit)
	if i >= len(t.text) {
		t.text = append(t.text, make([]uint32, i+1-len(t.text))...)
	}
	t.text[i] = max(t.text[i], ^minute)
}

// mergeFirst puts the tables of all workers together.
func mergeFirst(tables []*firstTable) *firstTable {
	total := tables[0]
	for _, t := range tables[1:] {
		total = total.merge(t)
	}
	return total
}

// merge puts two tables together; neither is used afterwards by itself.
func (t *firstTable) merge(o *firstTable) *firstTable {
	if t.coder.dict == nil && (t.coder.ids == nil || o.coder.dict != nil) {
		t, o = o, t
	}
	if o.coder.dict == nil && o.coder.ids == nil {
		return t // It has read nothing.
	}
	isSame := t.coder.dict == o.coder.dict
	if isSame && !t.isArray && !o.isArray {
		t.runs, o.runs = append(t.runs, o.runs...), nil
		t.count += o.count
		o.free()
		return t
	}
	t.toArray()
	o.toArray()
	for i, x := range o.text {
		if x != 0 {
			t.put(t.coder.text(o.coder.texts.At(i), true), ^x)
		}
	}
	if isSame {
		maxInto(t.first[:len(o.first)], o.first)
		o.free()
		return t
	}
	for c, x := range o.first {
		if x != 0 {
			t.put(t.coder.text(o.coder.dict.Value(uint32(c)), true), ^x)
		}
	}
	o.free()
	return t
}

func (t *firstTable) bytes() int64 {
	n := cap(t.codes) + cap(t.fresh) + cap(t.seen) + cap(t.first) + cap(t.text)
	for _, r := range t.runs {
		n += cap(r.codes) + 4*cap(r.marks)
	}
	return 4*int64(n) + t.coder.bytes
}

func (t *firstTable) freeRuns() {
	for _, r := range t.runs {
		if cap(r.codes) > 0 {
			r.codes = r.codes[:0]
			codesPool.Put(&r.codes)
		}
	}
	t.runs, t.count = nil, 0
	freeDirect(t.seen)
	t.seen = nil
}

// free leaves the memory of the table to other queries.
func (t *firstTable) free() {
	t.freeRuns()
	freeDirect(t.first)
	t.first, t.text = nil, nil
}

// codesPool has lists of codes of earlier queries, *[]uint32: fresh memory costs more than
// filling it.
var codesPool sync.Pool

func pooledCodes() []uint32 {
	if p, ok := codesPool.Get().(*[]uint32); ok {
		return *p
	}
	return make([]uint32, 0, GranuleRows)
}

// firstMinutes gives the numbers of keys.
type firstMinutes struct {
	byKey[*firstTable]
	spec     FirstSpec
	result   *batch.Batch
	pos      int
	isClosed bool
}

// Next implements Operator.
func (f *firstMinutes) Next(ctx context.Context) (*batch.Batch, error) {
	if err := f.run(ctx); err != nil {
		return nil, err
	}
	if f.result == nil {
		if err := f.finish(ctx); err != nil {
			return nil, err
		}
	}
	if f.pos >= f.result.Rows {
		return nil, nil
	}
	end := min(f.pos+f.env.batchRows(), f.result.Rows)
	out := f.result.Slice(f.pos, end)
	f.pos = end
	return out, nil
}

func (f *firstMinutes) finish(ctx context.Context) error {
	var minutes []uint32
	var counts []uint64
	var err error
	if f.total.isArray {
		minutes, counts = f.total.ofArrays()
	} else {
		minutes, counts, err = f.total.ofRuns(ctx)
	}
	if err != nil {
		return err
	}
	for i := range minutes {
		minutes[i] *= minuteSeconds
	}
	f.result = batch.New([]string{f.spec.Name, f.spec.Count},
		[]*batch.Vector{batch.NewFixed(f.spec.Arg.Type(), minutes, nil), batch.NewFixed(types.Of(types.UInt64), counts, nil)}, len(minutes))
	return f.hold.Set(f.total.bytes() + f.result.SizeBytes())
}

// ofRuns counts keys by the first minute of all runs.
func (t *firstTable) ofRuns(ctx context.Context) (minutes []uint32, counts []uint64, err error) {
	seen := newDirect((t.coder.len() + 31) / 32)
	defer freeDirect(seen)
	next := make([]int, len(t.runs)) // mark of each run
	for {
		minute, ok := t.least(next)
		if !ok {
			return minutes, counts, nil
		}
		if err := context.Cause(ctx); err != nil {
			return nil, nil, err
		}
		n := 0
		for i := range t.runs {
			r := &t.runs[i]
			if next[i] == len(r.marks) || r.marks[next[i]].minute != minute {
				continue
			}
			for _, c := range r.of(next[i]) {
				word := &seen[c/32]
				n += int(^*word >> (c % 32) & 1)
				*word |= 1 << (c % 32)
			}
			next[i]++
		}
		if n > 0 {
			minutes, counts = append(minutes, minute), append(counts, uint64(n))
		}
	}
}

// least is the least minute that is next in a run.
func (t *firstTable) least(next []int) (minute uint32, ok bool) {
	minute = math.MaxUint32
	for i, r := range t.runs {
		if next[i] < len(r.marks) {
			minute, ok = min(minute, r.marks[next[i]].minute), true
		}
	}
	return minute, ok
}

// ofArrays counts keys by their first minutes.
func (t *firstTable) ofArrays() (minutes []uint32, counts []uint64) {
	low, top := uint32(math.MaxUint32), uint32(0)
	for _, list := range [][]uint32{t.first, t.text} {
		for _, x := range list {
			if x != 0 {
				low, top = min(low, ^x), max(top, ^x)
			}
		}
	}
	if low > top {
		return nil, nil
	}
	if top-low > firstDense {
		return t.ofFarMinutes()
	}
	keys := make([]uint64, top-low+1)
	for _, list := range [][]uint32{t.first, t.text} {
		for _, x := range list {
			if x != 0 {
				keys[^x-low]++
			}
		}
	}
	for i, n := range keys {
		if n > 0 {
			minutes, counts = append(minutes, low+uint32(i)), append(counts, n)
		}
	}
	return minutes, counts
}

// firstDense is how far apart minutes are at most, eight years, to be counted by an array.
const firstDense = 1 << 22

func (t *firstTable) ofFarMinutes() (minutes []uint32, counts []uint64) {
	all := make([]uint32, 0, len(t.text))
	for _, list := range [][]uint32{t.first, t.text} {
		for _, x := range list {
			if x != 0 {
				all = append(all, ^x)
			}
		}
	}
	slices.Sort(all)
	for i, m := range all {
		if i == 0 || m != all[i-1] {
			minutes, counts = append(minutes, m), append(counts, 0)
		}
		counts[len(counts)-1]++
	}
	return minutes, counts
}

// Close implements Operator.
func (f *firstMinutes) Close() error {
	if f.isClosed {
		return nil
	}
	f.isClosed, f.result = true, nil
	return f.close()
}
