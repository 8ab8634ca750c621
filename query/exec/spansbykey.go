package exec

import (
	"context"
	"math/bits"
	"slices"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/expr"
	"github.com/freshetdb/freshet/columnar/ledger"
	"github.com/freshetdb/freshet/columnar/types"
)

// SpanSpec says what [NewSpansByKey] counts.
type SpanSpec struct {
	Key   expr.Expr // a String
	Arg   expr.Expr // a DateTime
	Cuts  []uint32  // at most seven, rising
	Calls []TimeCall
	Count string // name of the number of keys
}

// NewSpansByKey counts distinct keys by the spans of time between cuts in which the least
// and the greatest of their times lie. It gives a time of the span for each of the calls,
// then the number of keys. in must be of one shard. Every worker has a byte for each code
// of the dictionary: a bit for each span in which the key came.
func NewSpansByKey(env *Env, in Streams, spec SpanSpec) Streams {
	return One(&spansByKey{spec: spec, byKey: byKey[*spansTable]{
		env: env, in: in, key: spec.Key, args: []expr.Expr{spec.Arg}, merge: mergeSpans, hold: ledger.ShareOf(env.Budget), open: 1,
		fresh: func() *spansTable { return &spansTable{cuts: spec.Cuts} },
	}})
}

// spansTable is the spans in which the keys of one worker came, a bit each.
type spansTable struct {
	cuts  []uint32
	coder coder
	codes []uint32 // scratch
	met   []uint8  // of symbols
	text  []uint8  // of text without a symbol, by its number in the coder
}

// add takes n rows in.
func (t *spansTable) add(key *batch.Vector, args []*batch.Vector, n int) {
	times := batch.Values[uint32](args[0].Expand())[:n]
	codes, hasText := t.coder.codes(key, n, &t.codes)
	if t.met == nil && t.coder.dict != nil {
		t.met = make([]uint8, t.coder.dict.Len())
	}
	switch low, top := t.span(slices.Min(times)), t.span(slices.Max(times)); {
	case hasText:
		for i, c := range codes {
			t.put(c, 1<<t.span(times[i]))
		}
	case low == top: // Fast path: rows lie in the order of time, mostly.
		met, bit := t.met, uint8(1)<<low
		for _, c := range codes {
			met[c] |= bit
		}
	default:
		met, times := t.met, times[:len(codes)]
		for i, c := range codes {
			met[c] |= 1 << (t.span(times[i]) & 7)
		}
	}
}

// span is the place of a time among the cuts.
func (t *spansTable) span(at uint32) int {
	n := 0
	for _, c := range t.cuts {
		if at >= c {
			n++
		}
	}
	return n
}

func (t *spansTable) put(code uint32, met uint8) {
	if code&batch.OverlayBit == 0 {
		t.met[code] |= met
		return
	}
	i := int(code &^ batch.OverlayBit)
	if i >= len(t.text) {
		t.text = append(t.text, make([]uint8, i+1-len(t.text))...)
	}
	t.text[i] |= met
}

// mergeSpans puts the tables of all workers together.
func mergeSpans(tables []*spansTable) *spansTable {
	total := tables[0]
	for _, t := range tables[1:] {
		total = total.merge(t)
	}
	return total
}

// merge puts two tables together; neither is used afterwards by itself.
func (t *spansTable) merge(o *spansTable) *spansTable {
	if t.coder.dict == nil && (t.coder.ids == nil || o.coder.dict != nil) {
		t, o = o, t
	}
	for i, m := range o.text {
		t.put(t.coder.text(o.coder.texts.At(i), true), m)
	}
	if t.coder.dict == o.coder.dict {
		met := t.met[:len(o.met)]
		for i, m := range o.met {
			met[i] |= m
		}
		return t
	}
	for i, m := range o.met {
		if m != 0 {
			t.put(t.coder.text(o.coder.dict.Value(uint32(i)), true), m)
		}
	}
	return t
}

func (t *spansTable) bytes() int64 {
	return int64(cap(t.met)+cap(t.text)) + 4*int64(cap(t.codes)) + t.coder.bytes
}

func (t *spansTable) free() { t.met, t.text = nil, nil }

// spansByKey gives the numbers of keys, all in one batch.
type spansByKey struct {
	byKey[*spansTable]
	spec     SpanSpec
	done     bool
	isClosed bool
}

// Next implements Operator.
func (s *spansByKey) Next(ctx context.Context) (*batch.Batch, error) {
	if err := s.run(ctx); err != nil || s.done {
		return nil, err
	}
	s.done = true
	var keys [1 << 8]uint64 // by the spans in which they came
	for _, list := range [][]uint8{s.total.met, s.total.text} {
		for _, m := range list {
			keys[m]++
		}
	}
	pairs := map[[2]int]uint64{} // of the first span and the last one
	for m, n := range keys {
		if m != 0 && n > 0 {
			pairs[[2]int{bits.TrailingZeros(uint(m)), bits.Len(uint(m)) - 1}] += n
		}
	}
	return s.batch(pairs), nil
}

func (s *spansByKey) batch(pairs map[[2]int]uint64) *batch.Batch {
	starts := append([]uint32{0}, s.spec.Cuts...) // a time of each span
	times := make([][]uint32, len(s.spec.Calls))
	var counts []uint64
	for pair, n := range pairs {
		for i, c := range s.spec.Calls {
			span := pair[0]
			if c.IsGreatest {
				span = pair[1]
			}
			times[i] = append(times[i], starts[span])
		}
		counts = append(counts, n)
	}
	var names []string
	var cols []*batch.Vector
	for i, c := range s.spec.Calls {
		names = append(names, c.Name)
		cols = append(cols, batch.NewFixed(s.args[0].Type(), times[i], nil))
	}
	cols = append(cols, batch.NewFixed(types.Of(types.UInt64), counts, nil))
	return batch.New(append(names, s.spec.Count), cols, len(counts))
}

// Close implements Operator.
func (s *spansByKey) Close() error {
	if s.isClosed {
		return nil
	}
	s.isClosed = true
	return s.close()
}
