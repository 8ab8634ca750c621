package exec

import (
	"context"
	"math/rand/v2"
	"testing"

	"github.com/freshetdb/freshet/columnar/agg"
	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/expr"
	"github.com/freshetdb/freshet/columnar/ledger"
	"github.com/freshetdb/freshet/columnar/types"
)

// Distinct symbols of groups are those of maps, whether rows wait (their bitmaps are
// larger than the cache), come between as text, are too few to wait for others, or of
// more groups than are counted; and whether the rows of a group come together, always, at
// first, at last or never.
func TestDistinctSymbolsThatWait(t *testing.T) {
	for _, groups := range []uint32{90, 6000} { // of 16 KiB each
		for name, together := range map[string]func(row int) bool{
			"never":    func(int) bool { return false },
			"always":   func(int) bool { return true },
			"at first": func(row int) bool { return row < 100_000 },
			"at last":  func(row int) bool { return row > 100_000 },
		} {
			t.Run(name, func(t *testing.T) { distinctSymbolsThatWait(t, groups, together) })
		}
	}
}

func distinctSymbolsThatWait(t *testing.T, groupsOf uint32, together func(row int) bool) {
	dict := &offset{by: 7}
	str, num := types.Of(types.String), types.Of(types.UInt32)
	r := rand.New(rand.NewPCG(1, 2))
	for _, rows := range []int{100, 5_000, 400_000} {
		want := map[uint32]map[uint32]struct{}{}
		var batches []*batch.Batch
		for lo := 0; lo < rows; lo += GranuleRows {
			n := min(GranuleRows, rows-lo)
			keys, ids := make([]uint32, n), make([]uint32, n)
			codes := make([]uint32, n)
			for i := range ids {
				keys[i], ids[i] = 1_764_000_000+60*r.Uint32N(groupsOf), r.Uint32N(1<<17)
				if together(lo + i) { // in stretches of 700 rows; each group comes again
					keys[i], ids[i] = 1_764_000_000+60*(uint32(lo+i)/700%min(groupsOf, 150)), r.Uint32N(1<<10)
				}
				codes[i] = ids[i] + dict.by
				if want[keys[i]] == nil {
					want[keys[i]] = map[uint32]struct{}{}
				}
				want[keys[i]][ids[i]] = struct{}{}
			}
			v := &batch.Vector{Type: str, Len: n, Data: batch.Symbols{Codes: codes, Dict: dict}}
			if r.IntN(7) == 0 {
				v = batch.NewStrings(str, textsOf(ids), nil)
			}
			batches = append(batches, batch.New([]string{"k", "s"}, []*batch.Vector{batch.NewFixed(num, keys, nil), v}, n))
		}
		var funcs []agg.Func
		for _, name := range []string{"uniqExact", "uniq"} {
			f, err := agg.New(name, nil, []types.Type{str})
			if err != nil {
				t.Fatal(err)
			}
			funcs = append(funcs, f)
		}
		env := &Env{Expr: &expr.Ctx{}, Budget: ledger.New("query", 1<<30, nil), Progress: &Progress{}, Workers: 3}
		key, arg := &expr.Column{Pos: 0, T: num}, &expr.Column{Pos: 1, T: str}
		in := AggregateInput{
			Streams: Streams{Groups: lists(batches, 3)}, Keys: []expr.Expr{key},
			Args: [][]expr.Expr{{arg}, {arg}}, Merge: make([]bool, 2),
		}
		op := NewAggregate(env, []AggregateInput{in}, funcs, []string{"k", "exact", "uniq"})
		found := 0
		for {
			b, err := op.Next(context.Background())
			if err != nil {
				t.Fatal(err)
			}
			if b == nil {
				break
			}
			for i := range b.Rows {
				k := batch.Values[uint32](b.Cols[0])[i]
				n := uint64(len(want[k]))
				if exact, uniq := batch.Values[uint64](b.Cols[1])[i], batch.Values[uint64](b.Cols[2])[i]; exact != n || uniq != n {
					t.Fatalf("%d rows, group %d: %d and %d values, want %d", rows, k, exact, uniq, n)
				}
				found++
			}
		}
		if found != len(want) {
			t.Fatalf("%d rows: %d groups, want %d", rows, found, len(want))
		}
		if err := op.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// Rows that repeat are left out while they wait to be counted, and are added to sets
// once these take less; either way the number of symbols is that of a map.
func TestShrinkWaiting(t *testing.T) {
	dict := &offset{}
	for _, symbols := range []uint32{40, 1 << 17} {
		f, err := agg.New("uniqExact", nil, []types.Type{types.Of(types.String)})
		if err != nil {
			t.Fatal(err)
		}
		table := newTable([]expr.Expr{&expr.Column{T: types.Of(types.UInt32)}}, []agg.Func{f})
		table.isShard = true
		r := rand.New(rand.NewPCG(9, uint64(symbols)))
		const groups = 100
		want := map[[2]uint32]struct{}{}
		for range 30 {
			keys, codes := make([]uint32, GranuleRows), make([]uint32, GranuleRows)
			for i := range keys {
				keys[i], codes[i] = r.Uint32N(groups), r.Uint32N(symbols)
				want[[2]uint32{keys[i], codes[i]}] = struct{}{}
			}
			table.assign([]*batch.Vector{batch.NewFixed(types.Of(types.UInt32), keys, nil)}, GranuleRows)
			v := &batch.Vector{Type: types.Of(types.String), Len: GranuleRows, Data: batch.Symbols{Codes: codes, Dict: dict}}
			if !table.wait(0, []*batch.Vector{v}, GranuleRows) {
				table.addCall(0, []*batch.Vector{v}, GranuleRows)
			}
			if table.waits != nil {
				table.shrinkWaiting(0)
			}
		}
		if w := &table.waits[0]; w.isCounted && w.rows > len(want) {
			t.Errorf("%d rows wait, of %d that differ", w.rows, len(want))
		}
		env := &Env{Budget: ledger.New("query", 1<<30, nil), Workers: 2}
		if err := table.countWaiting(context.Background(), env); err != nil {
			t.Fatal(err)
		}
		b, err := table.finish(context.Background(), []string{"k", "n"}, 1)
		if err != nil {
			t.Fatal(err)
		}
		total := uint64(0)
		for _, n := range batch.Values[uint64](b.Cols[1]) {
			total += n
		}
		if total != uint64(len(want)) {
			t.Errorf("%d symbols, want %d", total, len(want))
		}
	}
}

// Rows that two workers counted are added to sets after all where one of them has text
// without a symbol, and to the groups that they have in the merged table.
func TestCountedRowsBesideText(t *testing.T) {
	dict := &offset{}
	str, num := types.Of(types.String), types.Of(types.UInt32)
	f, err := agg.New("uniqExact", nil, []types.Type{str})
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(11, 12))
	const groups = 100
	var want [groups]map[string]struct{}
	for g := range want {
		want[g] = map[string]struct{}{}
	}
	add := func(table *table, keys []uint32, v *batch.Vector) {
		for i, k := range keys {
			want[k][string(v.Bytes(i))] = struct{}{}
		}
		table.assign([]*batch.Vector{batch.NewFixed(num, keys, nil)}, len(keys))
		if !table.wait(0, []*batch.Vector{v}, len(keys)) {
			table.addCall(0, []*batch.Vector{v}, len(keys))
		}
	}
	var tables [2]*table
	for i := range tables {
		tables[i] = newTable([]expr.Expr{&expr.Column{T: num}}, []agg.Func{f})
		tables[i].isShard = true
		for range 5 {
			keys, codes := make([]uint32, GranuleRows), make([]uint32, GranuleRows)
			for k := range keys {
				keys[k], codes[k] = r.Uint32N(groups), r.Uint32N(3000)
			}
			add(tables[i], keys, &batch.Vector{Type: str, Len: GranuleRows, Data: batch.Symbols{Codes: codes, Dict: dict}})
		}
	}
	add(tables[0], []uint32{7, 8}, batch.NewStrings(str, textOfBytes("no symbol"), nil).Gather([]uint32{0, 0}))
	if !tables[0].waits[0].isCounted || tables[1].waits[0].rows == 0 {
		t.Fatal("no rows wait to be counted")
	}
	if err := tables[0].merge(context.Background(), tables[1], 2); err != nil {
		t.Fatal(err)
	}
	if err := tables[0].countWaiting(context.Background(), &Env{Budget: ledger.New("query", 1<<30, nil), Workers: 2}); err != nil {
		t.Fatal(err)
	}
	b, err := tables[0].finish(context.Background(), []string{"k", "n"}, 1)
	if err != nil {
		t.Fatal(err)
	}
	for i, k := range batch.Values[uint32](b.Cols[0]) {
		if n := batch.Values[uint64](b.Cols[1])[i]; n != uint64(len(want[k])) {
			t.Errorf("group %d: %d values, want %d", k, n, len(want[k]))
		}
	}
}

// permuted is a dictionary with the values of another under other symbols.
type permuted struct {
	offset
	codes []uint32
}

func (d *permuted) Len() int                           { return len(d.codes) }
func (d *permuted) Value(sym uint32) []byte            { return d.offset.Value(d.codes[sym]) }
func (d *permuted) Hash128(sym uint32) (hi, lo uint64) { return d.offset.Hash128(d.codes[sym]) }

// Sets of a part's symbols are counted by their members in the whole dictionary: few and
// many, of groups that come again, beside rows, text and sets with text, of two workers.
func TestSetsThatWait(t *testing.T) {
	whole := &offset{}
	str, num := types.Of(types.String), types.Of(types.UInt32)
	f, err := agg.New("uniqExact", nil, []types.Type{str})
	if err != nil {
		t.Fatal(err)
	}
	for seed := range uint64(12) {
		r := rand.New(rand.NewPCG(21, seed))
		groups := []uint32{3, 90}[r.IntN(2)] // of 16 KiB each
		want := make([]map[uint32]struct{}, groups)
		for g := range want {
			want[g] = map[uint32]struct{}{}
		}
		part := &batch.Part{Whole: whole, Codes: make([]uint32, 1<<17)}
		part.Dictionary = &permuted{offset{}, part.Codes}
		for i, code := range r.Perm(1 << 17) {
			part.Codes[i] = uint32(code)
		}
		members := []int{5, 60, 3000, 30_000}[r.IntN(4)]
		some := &someRows{part, want, members, seed%3 == 0}
		var tables [2]*table
		for i := range tables {
			tables[i] = newTable([]expr.Expr{&expr.Column{T: num}}, []agg.Func{f})
			tables[i].isShard = true
			keys := make([]uint32, groups)
			for g := range keys {
				keys[g] = uint32(g)
			}
			tables[i].assign([]*batch.Vector{batch.NewFixed(num, keys, nil)}, len(keys)) // all are there
			for range 4 {
				some.wait(t, r, tables[i])
			}
		}
		ctx := context.Background()
		if err := tables[0].merge(ctx, tables[1], 2); err != nil {
			t.Fatal(err)
		}
		if err := tables[0].countWaiting(ctx, &Env{Budget: ledger.New("query", 1<<30, nil), Workers: 2}); err != nil {
			t.Fatal(err)
		}
		b, err := tables[0].finish(ctx, []string{"k", "n"}, 1)
		if err != nil {
			t.Fatal(err)
		}
		for i, k := range batch.Values[uint32](b.Cols[0]) {
			if n := batch.Values[uint64](b.Cols[1])[i]; n != uint64(len(want[k])) {
				t.Fatalf("seed %d, %d groups, sets of %d: group %d has %d values, want %d", seed, groups, members, k, n, len(want[k]))
			}
		}
	}
}

// someRows draws what tables get, and keeps which values each group has.
type someRows struct {
	part    *batch.Part
	want    []map[uint32]struct{}
	members int // of a set
	hasText bool
}

// wait gives a table rows of symbols or of text, or sets of a part's symbols.
func (o *someRows) wait(t *testing.T, r *rand.Rand, table *table) {
	t.Helper()
	str, num := types.Of(types.String), types.Of(types.UInt32)
	n := 1 + r.IntN(50)
	keys, codes := make([]uint32, n), make([]uint32, n)
	for i := range keys {
		keys[i], codes[i] = r.Uint32N(uint32(len(o.want))), r.Uint32N(1<<17)
	}
	table.assign([]*batch.Vector{batch.NewFixed(num, keys, nil)}, n)
	switch kind := r.IntN(4); kind {
	case 0, 1:
		v := &batch.Vector{Type: str, Len: n, Data: batch.Symbols{Codes: codes, Dict: o.part.Whole}}
		if o.hasText && kind == 1 && r.IntN(3) == 0 {
			v = batch.NewStrings(str, textOfBytes("no symbol"), nil).Gather(make([]uint32, n))
			for i := range codes {
				codes[i] = 1 << 20 // stands for it
			}
		}
		for i, k := range keys {
			o.want[k][codes[i]] = struct{}{}
		}
		if !table.wait(0, []*batch.Vector{v}, n) {
			table.addCall(0, []*batch.Vector{v}, n)
		}
	default:
		var states batch.Strings
		for _, k := range keys {
			set := make([]uint32, 0, o.members)
			for sym := r.Uint32N(10); len(set) < o.members && sym < 1<<17; sym += 1 + r.Uint32N(3) {
				set = append(set, sym)
				o.want[k][o.part.Codes[sym]] = struct{}{}
			}
			if !o.hasText || r.IntN(40) > 0 {
				states.Append(agg.AppendSymbolSet(nil, set))
				continue
			}
			own := table.funcs[0].New()
			own.Grow(1)
			own.Add([]uint32{0}, []*batch.Vector{batch.NewStrings(str, textOfBytes("no symbol"), nil)}, 1)
			symbols := &batch.Vector{Type: str, Len: len(set), Data: batch.Symbols{Codes: set, Dict: o.part.Dictionary}}
			own.AddAll(0, []*batch.Vector{symbols}, len(set))
			states.Append(own.Encode(nil, 0, agg.Local))
			o.want[k][1<<20] = struct{}{}
		}
		v := batch.NewStrings(str, states, nil)
		v.Dicts = []batch.Dictionary{o.part}
		if err := table.mergeCall(0, []*batch.Vector{v}, n); err != nil {
			t.Fatal(err)
		}
	}
}
