package exec

import (
	"context"
	"math/bits"

	"github.com/freshetdb/freshet/columnar/agg"
	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/expr"
	"github.com/freshetdb/freshet/columnar/ledger"
)

const (
	// eventLists is the most lists of a worker, and eventCodes how many codes a list
	// should be for at most: a few events of each stay in the second-level cache.
	eventLists = 256
	eventCodes = 1 << 13
	// metSeen marks a key that has occurred in a byte of the conditions that it met.
	metSeen = 1 << agg.PackedConditions
	// metRange is how many of these bytes are given out at once.
	metRange = 1 << 14
)

// NewEventsByKey gives the value of a function of events, of at most
// [agg.PackedConditions], for each distinct key, a String,
// one row a key, without the keys. in must be of one shard. Every worker puts its events,
// with the place of the key's code, into lists by some bits of the code; the lists of all
// workers for the same bits are then put in order of keys together, inside of the cache.
// Where times do not count, a byte for each code of the dictionary has the conditions that
// it met.
func NewEventsByKey(env *Env, in Streams, f *agg.Events, key expr.Expr, args []expr.Expr, name string) Streams {
	n := len(in.Groups[0])
	s := &eventsShared{name: name, byKey: byKey[*eventsTable]{
		env: env, in: in, key: key, args: args, merge: mergeEvents, hold: ledger.ShareOf(env.Budget), open: n,
		fresh: func() *eventsTable { return &eventsTable{f: f.New()} },
	}}
	ops := make([]Operator, n)
	for i := range ops {
		ops[i] = &eventsByKey{shared: s, f: f.New(), hold: ledger.ShareOf(env.Budget)}
	}
	return Streams{Groups: [][]Operator{ops}}
}

type eventsShared struct {
	byKey[*eventsTable]
	name string
}

// eventsTable is the events of one worker.
type eventsTable struct {
	f     *agg.Events
	coder coder
	by    sharing
	bits  int               // of a place
	lists []chunked[uint64] // of symbols: time, conditions, place
	met   []uint8           // of symbols, where times do not count
	// texts are events of text without a symbol: its number in the coder, then the event.
	texts []textEvent
	same  []*eventsTable // of other workers with the same dictionary
	codes []uint32       // scratch
	words []uint64       // scratch
}

type textEvent struct {
	text uint32
	word uint64
}

// mergeEvents puts the tables of all workers together.
func mergeEvents(tables []*eventsTable) *eventsTable {
	total := tables[0]
	for _, t := range tables[1:] {
		total = total.merge(t)
	}
	return total
}

// add takes n rows in.
func (t *eventsTable) add(key *batch.Vector, args []*batch.Vector, n int) {
	t.words = sized(t.words, n)
	t.f.Pack(t.words, args, n)
	codes, hasText := t.coder.codes(key, n, &t.codes)
	t.begin()
	switch {
	case hasText:
		for i, c := range codes {
			t.put(c, t.words[i])
		}
	case t.met != nil:
		met, words := t.met, t.words[:len(codes)]
		for i, c := range codes {
			met[c] |= uint8(words[i]) | metSeen
		}
	default:
		t.push(codes)
	}
}

// push puts t.words into the lists of their codes. It is chunked.push, which the compiler
// does not inline.
func (t *eventsTable) push(codes []uint32) {
	lists, by, shift, words := t.lists, t.by, t.bits&31, t.words[:len(codes)]
	for i, c := range codes {
		l := &lists[by.of(c)]
		if l.room == 0 {
			l.grow()
		}
		l.room--
		w := words[i]
		l.last[l.room&(chunkLen-1)] = w&^(1<<32-1) | w<<shift&(1<<32-1) | uint64(by.place(c))
	}
}

// begin makes room for symbols once the dictionary is known.
func (t *eventsTable) begin() {
	if t.lists != nil || t.met != nil || t.coder.dict == nil {
		return
	}
	n := t.coder.dict.Len()
	if !t.f.HasTime {
		t.met = make([]uint8, n)
		return
	}
	t.by = newSharing(n, eventCodes, eventLists)
	t.bits = bits.Len(uint(t.by.places(n) - 1))
	t.lists = make([]chunked[uint64], t.by.lists())
}

// put takes one event in.
func (t *eventsTable) put(code uint32, word uint64) {
	switch {
	case code&batch.OverlayBit != 0:
		t.texts = append(t.texts, textEvent{code &^ batch.OverlayBit, word})
	case t.met != nil:
		t.met[code] |= uint8(word) | metSeen
	default:
		t.lists[t.by.of(code)].push(word&^(1<<32-1) | word<<t.bits&(1<<32-1) | uint64(t.by.place(code)))
	}
}

// merge puts two tables together; neither is used afterwards by itself.
func (t *eventsTable) merge(o *eventsTable) *eventsTable {
	if t.coder.dict == nil && (t.coder.ids == nil || o.coder.dict != nil) {
		t, o = o, t
	}
	for _, e := range o.texts {
		t.put(t.coder.text(o.coder.texts.At(int(e.text)), true), e.word)
	}
	o.texts = nil
	if o.coder.dict == nil {
		return t
	}
	if o.coder.dict == t.coder.dict {
		t.same = append(t.same, o)
		return t
	}
	o.each(func(code uint32, word uint64) { t.put(t.coder.text(o.coder.dict.Value(code), true), word) })
	o.free()
	return t
}

// each calls f with all events of symbols.
func (t *eventsTable) each(f func(code uint32, word uint64)) {
	for c, m := range t.met {
		if m != 0 {
			f(uint32(c), uint64(m&^metSeen))
		}
	}
	for p := range t.lists {
		for run := range t.lists[p].runs() {
			for _, x := range run {
				place := uint32(x) & (1<<t.bits - 1)
				f(t.by.code(uint32(p), place), x&^(1<<32-1)|x&(1<<32-1)>>t.bits)
			}
		}
	}
}

// free leaves the memory of the lists to other queries.
func (t *eventsTable) free() {
	for _, o := range t.same {
		o.free()
	}
	for i := range t.lists {
		t.lists[i].free()
	}
	t.met = nil
}

func (t *eventsTable) bytes() int64 {
	n := int64(cap(t.met)) + 16*int64(cap(t.texts)) + 4*int64(cap(t.codes)) + 8*int64(cap(t.words)) + t.coder.bytes
	for i := range t.lists {
		n += t.lists[i].bytes()
	}
	for _, o := range t.same {
		n += o.bytes()
	}
	return n
}

// eventsByKey gives out the values of keys that other streams have not taken.
type eventsByKey struct {
	shared   *eventsShared
	f        *agg.Events
	found    *batch.Vector
	pos      int // of those given
	counts   []uint32
	starts   []uint32
	words    []uint64
	hold     ledger.Share
	isClosed bool
}

// Next implements Operator.
func (l *eventsByKey) Next(ctx context.Context) (*batch.Batch, error) {
	if err := l.shared.run(ctx); err != nil {
		return nil, err
	}
	for l.found == nil || l.pos == l.found.Len {
		if err := context.Cause(ctx); err != nil {
			return nil, err
		}
		l.pos = 0
		if more, err := l.take(int(l.shared.next.Add(1)) - 1); !more || err != nil {
			return nil, err
		}
	}
	n := min(l.found.Len-l.pos, l.shared.env.batchRows())
	b := batch.New([]string{l.shared.name}, []*batch.Vector{l.found}, l.found.Len).Slice(l.pos, l.pos+n)
	l.pos += n
	return b, nil
}

// take finds the values of the i-th list or range of keys, the text coming first; false
// at the end.
func (l *eventsByKey) take(i int) (bool, error) {
	t := l.shared.total
	switch {
	case i == 0:
		l.arrangeTexts(t)
	case t.met != nil:
		lo := (i - 1) * metRange
		if lo >= len(t.met) {
			return false, nil
		}
		l.arrangeMet(t, lo, min(lo+metRange, len(t.met)))
	case i > len(t.lists):
		return false, nil
	default:
		l.arrangeList(t, i-1)
	}
	var err error
	if l.found, err = l.f.Finish(l.starts, l.words); err != nil {
		return false, err
	}
	return true, l.hold.Set(8*int64(cap(l.words)) + 4*int64(cap(l.starts)+cap(l.counts)) + l.found.SizeBytes())
}

// seenPlace marks a place of the counts that occurs at all, also if all of its events
// are left out.
const seenPlace = 1 << 31

// arrangeList brings the events of a list in order of its keys: into l.words and l.starts.
func (l *eventsByKey) arrangeList(t *eventsTable, p int) {
	mask := uint32(1)<<t.bits - 1
	l.begin(t.by.places(t.coder.len()))
	all := append([]*eventsTable{t}, t.same...)
	for _, o := range all {
		for run := range o.lists[p].runs() {
			for _, x := range run {
				l.count(uint32(x)&mask, uint32(x)>>t.bits != 0)
			}
		}
	}
	l.place()
	for _, o := range all {
		for run := range o.lists[p].runs() {
			for _, x := range run {
				if m := uint32(x) >> t.bits; m != 0 || l.f.KeepsAll {
					at := &l.counts[uint32(x)&mask]
					l.words[*at] = x&^(1<<32-1) | uint64(m)
					*at++
				}
			}
		}
		o.lists[p].free()
	}
}

func (l *eventsByKey) arrangeTexts(t *eventsTable) {
	l.begin(t.coder.texts.Len())
	for _, e := range t.texts {
		l.count(e.text, uint32(e.word) != 0)
	}
	l.place()
	for _, e := range t.texts {
		if uint32(e.word) != 0 || l.f.KeepsAll {
			at := &l.counts[e.text]
			l.words[*at] = e.word
			*at++
		}
	}
}

// begin makes all counts zero.
func (l *eventsByKey) begin(places int) {
	l.counts = sized(l.counts, places)
	clear(l.counts)
}

func (l *eventsByKey) count(place uint32, hasMet bool) {
	n := uint32(seenPlace)
	if hasMet || l.f.KeepsAll {
		n++
	}
	c := &l.counts[place]
	*c = (*c + n) | seenPlace
}

// place makes the counts the places of the events to come, and l.starts those of the keys
// that occur.
func (l *eventsByKey) place() {
	l.starts = append(l.starts[:0], 0)
	sum := uint32(0)
	for i, c := range l.counts {
		if c&seenPlace == 0 {
			continue
		}
		l.counts[i] = sum
		sum += c &^ seenPlace
		l.starts = append(l.starts, sum)
	}
	l.words = sized(l.words, int(sum))
}

// arrangeMet gives each of some keys one event, of all conditions that it met.
func (l *eventsByKey) arrangeMet(t *eventsTable, lo, hi int) {
	l.starts, l.words = append(l.starts[:0], 0), l.words[:0]
	for c := lo; c < hi; c++ {
		m := t.met[c]
		for _, o := range t.same {
			m |= o.met[c]
		}
		if m != 0 {
			l.words = append(l.words, uint64(m&^metSeen))
			l.starts = append(l.starts, uint32(len(l.words)))
		}
	}
}

// Close implements Operator.
func (l *eventsByKey) Close() error {
	if l.isClosed {
		return nil
	}
	l.isClosed = true
	l.hold.Release()
	return l.shared.close()
}
