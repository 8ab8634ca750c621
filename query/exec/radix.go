package exec

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/zeebo/xxh3"

	"github.com/freshetdb/freshet/columnar/agg"
	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/expr"
	"github.com/freshetdb/freshet/columnar/types"
)

// Limits of grouping by many keys.
const (
	// manyGroups is how many groups one open-addressing table may have: beyond,
	// every look-up misses the cache and merging the tables of workers takes as
	// long as filling them.
	manyGroups = 100_000
	// manySoon is from how many groups on it is foreseen that there will be many.
	manySoon = 16_000
	// radixBits is the bits of the hash that choose a table: each of 64 tables of
	// two million groups fits the second-level cache.
	radixBits   = 6
	radixTables = 1 << radixBits
	// waitingRows is how many rows wait before they are added: enough that a table
	// that is brought into the cache is used for many of them.
	waitingRows  = 1 << 20
	waitingBytes = 64 << 20
)

// radix is the groups of one worker in many tables, chosen by the hash of the
// key, so that the same table of all workers can be merged beside the others.
// Keys are packed once, for all tables. Rows are put in order of tables and wait
// until there are many, so that each table's are added in one go.
//
// Dense keys (codes of a dictionary) are spread by their low bits instead, and
// stand in their table without them: what is left is looked up by array index.
type radix struct {
	dense   bool
	packer  *groups // its coders are those of all tables
	tables  [radixTables]*table
	hashes  [][]uint64 // per key column: of the texts of its coder
	waiting []*scattered
	fresh   float64 // groups a row at the split
	rows    int     // that wait
	bytes   int64   // of them
	which   []uint8
	ids     []uint32
}

// scattered is the rows of a batch in order of tables.
type scattered struct {
	sel    []uint32                // rows of the batch
	starts [radixTables + 1]uint32 // where each table's rows begin
	words  [][]uint64              // packed keys
	in     *AggregateInput
	args   [][]*batch.Vector // of each function
}

// agreement is the dictionaries that the workers of one shard pack their keys
// by: the same key must have the same hash everywhere.
type agreement struct {
	once  sync.Once
	dicts []batch.Dictionary
	dense bool
}

// areMany tells whether there are so many groups, or will be by far when as many more
// are made of the rows that are left: then fewer have to be moved. share is the part of
// the rows that were read; 0: it is not known.
func (g *groups) areMany(many int, share float64) bool {
	return g.count >= many || (g.count >= manySoon && 2*g.count >= g.rows && share > 0 && float64(g.count) >= 2*float64(many)*share)
}

// by is the agreement of the first table that asks.
func (a *agreement) by(g *groups) *agreement {
	a.once.Do(func() {
		a.dense = g.direct != nil && len(g.cols) == 1 && !g.cols[0].typ.Nullable
		a.dicts = make([]batch.Dictionary, len(g.cols))
		for i, c := range g.cols {
			if c.coder != nil {
				a.dicts[i] = c.coder.dict
			}
		}
	})
	return a
}

func newRadix(keys []types.Type, funcs []agg.Func, a *agreement) *radix {
	r := &radix{dense: a.dense, packer: newGroups(keys), hashes: make([][]uint64, len(keys))}
	for i, c := range r.packer.cols {
		if c.coder != nil {
			c.coder.dict = a.dicts[i]
			if a.dicts[i] == nil { // it stays text, also where a later batch has symbols
				c.coder.ids = map[string]uint32{}
			}
		}
	}
	for p := range r.tables {
		t := &table{funcs: funcs}
		t.groups = &groups{cols: r.packer.cols, words: r.packer.words, packed: make([][]uint64, r.packer.words)}
		if r.dense {
			t.groups.direct = []uint32{}
		}
		for _, f := range funcs {
			t.states = append(t.states, f.New())
		}
		r.tables[p] = t
	}
	return r
}

// split moves the groups of a table to many.
func (t *table) split(a *agreement) (*radix, error) {
	t.toSets()
	t.makeGroups(false)
	ts := make([]types.Type, len(t.groups.cols))
	for i, c := range t.groups.cols {
		ts[i] = c.typ
	}
	r := newRadix(ts, t.funcs, a.by(t.groups))
	r.fresh = float64(t.groups.count) / float64(max(t.groups.rows, t.groups.count, 1))
	for _, o := range r.tables {
		for i, s := range t.states {
			agg.BindLike(o.states[i], s)
		}
	}
	keys := t.groups.vectors()
	for lo := 0; lo < t.groups.count; lo += GranuleRows {
		hi := min(lo+GranuleRows, t.groups.count)
		part := make([]*batch.Vector, len(keys))
		for i, k := range keys {
			part[i] = k.Slice(lo, hi)
		}
		rows := r.scatter(part, hi-lo)
		for p, o := range r.tables {
			if err := o.copyStates(t, r.assign(rows, p), rows.of(p), uint32(lo)); err != nil {
				return nil, err
			}
		}
	}
	return r, nil
}

// copyStates copies the states of groups of src, numbered from base, into new
// groups.
func (t *table) copyStates(src *table, to, groups []uint32, base uint32) error {
	var buf []byte
	for i, s := range t.states {
		s.Grow(t.groups.count)
		for k, g := range groups {
			buf = src.states[i].Encode(buf[:0], base+g, agg.Local)
			if _, err := s.Decode(buf, to[k], agg.Local); err != nil {
				return fmt.Errorf("split the states of %s: %w", t.funcs[i].Name(), err)
			}
		}
	}
	return nil
}

// of are the rows of a table.
func (s *scattered) of(p int) []uint32 { return s.sel[s.starts[p]:s.starts[p+1]] }

// add adds a batch, now or later.
func (r *radix) add(ctx *expr.Ctx, in *AggregateInput, b *batch.Batch) error {
	keys, err := evalAll(ctx, in.Keys, b)
	if err != nil {
		return err
	}
	rows := r.scatter(keys, b.Rows)
	rows.in = in
	moved := reordered{sel: rows.sel}
	for _, exprs := range in.Args {
		args, err := evalAll(ctx, exprs, b)
		if err != nil {
			return err
		}
		for k, v := range args {
			args[k] = moved.of(v)
		}
		rows.args = append(rows.args, args)
	}
	r.waiting = append(r.waiting, rows)
	r.rows += b.Rows
	r.bytes += moved.bytes + int64(4+8*len(rows.words))*int64(b.Rows)
	if r.rows >= waitingRows || r.bytes >= waitingBytes {
		return r.flush()
	}
	return nil
}

// flush adds the rows that wait, table by table.
func (r *radix) flush() error {
	for p, t := range r.tables {
		r.reserve(p)
		for _, rows := range r.waiting {
			lo, hi := int(rows.starts[p]), int(rows.starts[p+1])
			if lo == hi {
				continue
			}
			t.ids = r.assign(rows, p)
			for i, args := range rows.args {
				part := make([]*batch.Vector, len(args))
				for k, v := range args {
					part[k] = v.Slice(lo, hi)
				}
				if err := t.addOrMerge(i, rows.in, part, hi-lo); err != nil {
					return err
				}
			}
		}
		t.addAllWaiting()
	}
	r.waiting, r.rows, r.bytes = r.waiting[:0], 0, 0
	return nil
}

// manyFresh is from how many groups a row on room is made for those of rows that wait:
// the number falls as rows go on.
const manyFresh = 0.5

// reserve makes room in a table for the groups of the rows that wait.
func (r *radix) reserve(p int) {
	if r.fresh < manyFresh {
		return
	}
	n := 0
	for _, rows := range r.waiting {
		n += int(rows.starts[p+1] - rows.starts[p])
	}
	g := r.tables[p].groups
	g.reserve(g.count + int(float64(n)*r.fresh/2))
}

// assign finds the groups of a table's rows; valid until the next call.
func (r *radix) assign(rows *scattered, p int) []uint32 {
	t, lo, hi := r.tables[p], rows.starts[p], rows.starts[p+1]
	for w := range rows.words {
		t.groups.packed[w] = rows.words[w][lo:hi]
	}
	r.ids = sized(r.ids, int(hi-lo))
	t.groups.assignPacked(len(r.ids), r.ids)
	return r.ids
}

// sized is s with n elements, whatever they are.
func sized[T any](s []T, n int) []T {
	if cap(s) < n {
		s = make([]T, max(n, GranuleRows))
	}
	return s[:n]
}

// reordered brings the vectors of a batch into an order, each once.
type reordered struct {
	sel      []uint32
	from, to []*batch.Vector
	bytes    int64
}

func (o *reordered) of(v *batch.Vector) *batch.Vector {
	for i, f := range o.from {
		if f == v {
			return o.to[i]
		}
	}
	out := v.Gather(o.sel)
	o.from, o.to = append(o.from, v), append(o.to, out)
	o.bytes += out.SizeBytes()
	return out
}

// scatter packs the keys of n rows and puts them in order of tables.
func (r *radix) scatter(keys []*batch.Vector, n int) *scattered {
	r.packer.pack(keys, n, true)
	r.choose(n)
	out := &scattered{sel: make([]uint32, n), words: make([][]uint64, r.packer.words)}
	for _, p := range r.which {
		out.starts[p+1]++
	}
	next := [radixTables]uint32{}
	for p := range radixTables {
		out.starts[p+1] += out.starts[p]
		next[p] = out.starts[p]
	}
	for row, p := range r.which {
		out.sel[next[p]] = uint32(row)
		next[p]++
	}
	for w, packed := range r.packer.packed {
		out.words[w] = make([]uint64, n)
		for k, row := range out.sel {
			out.words[w][k] = packed[row]
		}
	}
	if r.dense {
		r.shorten(out.words[0])
	}
	return out
}

// wholeKey marks a key of a dense table that stands as it is, as text does.
const wholeKey = 1 << 40

// shorten takes the bits that chose the table off dense keys.
func (r *radix) shorten(keys []uint64) {
	isText := r.packer.cols[0].coder != nil
	for i, k := range keys {
		if isText && k&batch.OverlayBit != 0 {
			keys[i] = k | wholeKey
		} else {
			keys[i] = k >> radixBits
		}
	}
}

// restore makes the keys of table p whole again; nothing can be looked up in it
// afterwards.
func (r *radix) restore(p int) {
	if !r.dense {
		return
	}
	g, isText := r.tables[p].groups, r.packer.cols[0].coder != nil
	g.direct, g.slots = nil, nil
	for i, k := range g.keys {
		if isText && k&wholeKey != 0 {
			g.keys[i] = k &^ wholeKey
		} else {
			g.keys[i] = k<<radixBits | uint64(p)
		}
	}
}

// choose computes the table of every packed row.
func (r *radix) choose(n int) {
	r.which = sized(r.which, n)
	switch {
	case r.hasText():
		for row := range r.which {
			if k := r.packer.packed[0][row]; r.dense && k&batch.OverlayBit == 0 {
				r.which[row] = uint8(k % radixTables)
			} else {
				r.which[row] = uint8(r.hashText(row) >> (64 - radixBits))
			}
		}
	case r.dense:
		for row, k := range r.packer.packed[0][:n] {
			r.which[row] = uint8(k % radixTables)
		}
	case r.packer.words == 1:
		for row, k := range r.packer.packed[0][:n] {
			r.which[row] = uint8(mix(k) >> (64 - radixBits))
		}
	default:
		for row := range r.which {
			r.which[row] = uint8(r.packer.hashRow(row) >> (64 - radixBits))
		}
	}
}

// hasText tells whether a key column has text without a symbol, whose codes are
// the worker's own; it hashes what is new of it.
func (r *radix) hasText() bool {
	has := false
	for i, c := range r.packer.cols {
		if c.coder == nil {
			continue
		}
		for k := len(r.hashes[i]); k < c.coder.texts.Len(); k++ {
			r.hashes[i] = append(r.hashes[i], xxh3.Hash(c.coder.texts.At(k)))
		}
		has = has || len(r.hashes[i]) > 0
	}
	return has
}

// hashText is hashRow with the hashes of texts in the place of their codes, and
// the same where there is none.
func (r *radix) hashText(row int) uint64 {
	h := uint64(0)
	for w, packed := range r.packer.packed {
		word, text := packed[row], uint64(0)
		for i, c := range r.packer.cols {
			if code := uint32(word >> c.shift); c.coder != nil && c.word == w && code&batch.OverlayBit != 0 {
				word &^= 0xffffffff << c.shift
				text = mix(text ^ r.hashes[i][code&^batch.OverlayBit])
			}
		}
		h = mix(h ^ word ^ text)
	}
	return h
}

func (r *radix) sizeBytes() int64 {
	n := r.bytes
	for _, c := range r.packer.cols {
		if c.coder != nil {
			n += c.coder.bytes
		}
	}
	for _, t := range r.tables {
		n += int64(cap(t.groups.keys))*8 + int64(cap(t.groups.slots)+cap(t.groups.direct))*4
		for _, s := range t.states {
			n += s.SizeBytes()
		}
	}
	return n
}

// mergeRadix merges the tables of all workers into those of the first. run calls
// a function for 0 … n-1, several at a time.
func mergeRadix(ctx context.Context, workers []*radix, run func(n int, f func(i int) error) error) error {
	first := workers[0]
	codes := make([][][]uint32, len(workers))
	for i, o := range workers[1:] {
		codes[i+1] = first.adopt(o)
	}
	return run(radixTables, func(p int) error {
		for i, o := range workers[1:] {
			if err := first.tables[p].absorb(ctx, o.tables[p], codes[i+1]); err != nil {
				return err
			}
		}
		first.restore(p)
		return nil
	})
}

// adopt gives the texts of o codes of r: per key column, by o's code without the
// overlay bit.
func (r *radix) adopt(o *radix) [][]uint32 {
	codes := make([][]uint32, len(o.packer.cols))
	for i, c := range o.packer.cols {
		if c.coder == nil {
			continue
		}
		for k := range c.coder.texts.Len() {
			codes[i] = append(codes[i], r.packer.cols[i].coder.text(c.coder.texts.At(k), true))
		}
	}
	return codes
}

// absorb adds the groups and states of o, the same table of another worker, which
// is not used afterwards.
func (t *table) absorb(ctx context.Context, o *table, codes [][]uint32) error {
	n := o.groups.count
	if n == 0 {
		return nil
	}
	for w := range t.groups.packed {
		packed := make([]uint64, n)
		for i := range packed {
			packed[i] = o.groups.keys[i*o.groups.words+w]
		}
		for i, c := range t.groups.cols {
			if c.coder != nil && c.word == w && len(codes[i]) > 0 {
				recode(packed, c.shift, codes[i])
			}
		}
		t.groups.packed[w] = packed
	}
	to := make([]uint32, n)
	t.groups.assignPacked(n, to)
	return t.mergeStates(ctx, o, to, 1)
}

// recode puts other codes in the place of those of the overlay.
func recode(packed []uint64, shift uint, codes []uint32) {
	for i, word := range packed {
		if code := uint32(word >> shift); code&batch.OverlayBit != 0 {
			packed[i] = word&^(0xffffffff<<shift) | uint64(codes[code&^batch.OverlayBit])<<shift
		}
	}
}

// sideBySide calls f for 0 … n-1 on so many goroutines and gives the first error.
func sideBySide(workers, n int, f func(i int) error) error {
	if workers <= 1 || n <= 1 {
		for i := range n {
			if err := safely(func() error { return f(i) }); err != nil {
				return err
			}
		}
		return nil
	}
	var next atomic.Int64
	var failed atomic.Pointer[error]
	var wg sync.WaitGroup
	for range min(max(workers, 1), n) {
		wg.Go(func() {
			for failed.Load() == nil {
				i := int(next.Add(1)) - 1
				if i >= n {
					return
				}
				if err := safely(func() error { return f(i) }); err != nil {
					failed.CompareAndSwap(nil, &err)
				}
			}
		})
	}
	wg.Wait()
	if err := failed.Load(); err != nil {
		return *err
	}
	return nil
}
