package exec

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync/atomic"
	"testing"

	"github.com/freshetdb/freshet/columnar/agg"
	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/chcode"
	"github.com/freshetdb/freshet/columnar/expr"
	"github.com/freshetdb/freshet/columnar/ledger"
	"github.com/freshetdb/freshet/columnar/types"
)

// list gives batches that it shares with others.
type list struct {
	batches []*batch.Batch
	next    *atomic.Int64
}

func (l *list) Next(context.Context) (*batch.Batch, error) {
	if i := int(l.next.Add(1)) - 1; i < len(l.batches) {
		return l.batches[i], nil
	}
	return nil, nil
}

func (l *list) Close() error { return nil }

func lists(batches []*batch.Batch, workers int) [][]Operator {
	next := &atomic.Int64{}
	ops := make([]Operator, workers)
	for i := range ops {
		ops[i] = &list{batches: batches, next: next}
	}
	return [][]Operator{ops}
}

// keyMakers make the keys of n rows from their numbers, in other forms by batch.
var keyMakers = map[string]func(ids []uint32, number int) []*batch.Vector{
	"sparse numbers": func(ids []uint32, _ int) []*batch.Vector {
		out := make([]uint64, len(ids))
		for i, id := range ids {
			out[i] = mix(uint64(id) + 1)
		}
		return []*batch.Vector{batch.NewFixed(types.Of(types.UInt64), out, nil)}
	},
	"negative numbers": func(ids []uint32, _ int) []*batch.Vector {
		out := make([]int64, len(ids))
		for i, id := range ids {
			out[i] = -74_369_237_633_705_677 - int64(id)
		}
		return []*batch.Vector{batch.NewFixed(types.Of(types.Int64), out, nil)}
	},
	"text": func(ids []uint32, _ int) []*batch.Vector {
		return []*batch.Vector{batch.NewStrings(types.Of(types.String), textsOf(ids), nil)}
	},
	"symbols and text": func(ids []uint32, number int) []*batch.Vector {
		if number%3 == 1 {
			return []*batch.Vector{batch.NewStrings(types.Of(types.String), textsOf(ids), nil)}
		}
		s := batch.Symbols{Dict: &even}
		for _, id := range ids {
			if id%2 == 0 {
				s.Codes = append(s.Codes, id<<8)
				continue
			}
			s.Codes = append(s.Codes, uint32(s.Overlay.Len())|batch.OverlayBit)
			s.Overlay.AppendString(textOf(id))
		}
		return []*batch.Vector{{Type: types.Of(types.String), Len: len(ids), Data: s}}
	},
	"dense symbols": func(ids []uint32, number int) []*batch.Vector {
		if number > 8 {
			return []*batch.Vector{batch.NewStrings(types.Of(types.String), textsOf(ids), nil)}
		}
		s := batch.Symbols{Dict: &odd}
		for _, id := range ids {
			if id%64 != 0 {
				s.Codes = append(s.Codes, id)
				continue
			}
			s.Codes = append(s.Codes, uint32(s.Overlay.Len())|batch.OverlayBit)
			s.Overlay.AppendString(textOf(id))
		}
		return []*batch.Vector{{Type: types.Of(types.String), Len: len(ids), Data: s}}
	},
	"two columns": func(ids []uint32, _ int) []*batch.Vector {
		wide := batch.NewBuilder(types.MustParse("Nullable(Int64)"), len(ids))
		for _, id := range ids {
			if id%5 == 0 {
				wide.AppendNull()
				continue
			}
			wide.I64 = append(wide.I64, -int64(id/2)<<30)
			wide.NotNull()
		}
		return []*batch.Vector{batch.NewStrings(types.Of(types.String), textsOf(ids), nil), wide.Finish()}
	},
}

func textOf(id uint32) string { return fmt.Sprintf("k%07d", id) }

func textsOf(ids []uint32) batch.Strings {
	var s batch.Strings
	for _, id := range ids {
		s.AppendString(textOf(id))
	}
	return s
}

// most is a dictionary with the symbol id for all texts but each 64th.
type most struct{}

var odd most

func (*most) Len() int                           { return 1 << 20 }
func (*most) Value(sym uint32) []byte            { return []byte(textOf(sym)) }
func (*most) Hash128(sym uint32) (hi, lo uint64) { return mix(uint64(sym)), uint64(sym) }

func (*most) Lookup(v []byte) (uint32, bool) {
	var id uint32
	if _, err := fmt.Sscanf(string(v), "k%d", &id); err != nil || id%64 == 0 {
		return 0, false
	}
	return id, true
}

// evens is a dictionary with a symbol, id<<8, for the text of every even id.
type evens struct{}

var even evens

func (*evens) Len() int                { return 1 << 30 }
func (*evens) Value(sym uint32) []byte { return []byte(textOf(sym >> 8)) }

func (*evens) Lookup(v []byte) (uint32, bool) {
	var id uint32
	if _, err := fmt.Sscanf(string(v), "k%d", &id); err != nil || id%2 == 1 {
		return 0, false
	}
	return id << 8, true
}

func (*evens) Hash128(sym uint32) (hi, lo uint64) { return mix(uint64(sym)), uint64(sym) }

// manyKeys is rows of about 9,000 keys, clustered in the second half: what a
// worker sees at first tells nothing of the rest.
func manyKeys(make1 func([]uint32, int) []*batch.Vector) (batches []*batch.Batch, want map[uint32][2]int64) {
	r := rand.New(rand.NewPCG(3, 4))
	want = map[uint32][2]int64{}
	for number := range 12 {
		n := 1000 + r.IntN(3000)
		ids, vals := make([]uint32, n), make([]int64, n)
		for i := range ids {
			ids[i] = uint32(r.IntN(9_000))
			if number < 4 {
				ids[i] |= 1 // each of them has a symbol, where there are symbols
			}
			if number >= 6 {
				ids[i] = uint32(number*1000 + r.IntN(2000))
			}
			vals[i] = int64(r.IntN(1000)) - 500
			w := want[ids[i]]
			want[ids[i]] = [2]int64{w[0] + 1, w[1] + vals[i]}
		}
		cols := append(make1(ids, number), batch.NewFixed(types.Of(types.Int64), vals, nil),
			batch.NewStrings(types.Of(types.String), textsOf(ids), nil))
		batches = append(batches, batch.New(make([]string, len(cols)), cols, n))
	}
	return batches, want
}

// TestDenseKeys: codes of a dictionary stay dense when there are many groups, also
// when text comes later.
func TestDenseKeys(t *testing.T) {
	batches, want := manyKeys(keyMakers["dense symbols"])
	op := aggregateMany(batches, 1, 1)
	workers, err := op.fillShard(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	if r := workers[0].radix; r == nil || !r.dense {
		t.Fatal("the worker has not many tables of dense keys")
	}
	tables, err := op.mergeShard(t.Context(), workers)
	if err != nil {
		t.Fatal(err)
	}
	if err := op.finish(t.Context(), tables); err != nil {
		t.Fatal(err)
	}
	op.done = true
	checkGroups(t, op, want, 1)
}

func TestManyGroups(t *testing.T) {
	for name, makeKeys := range keyMakers {
		t.Run(name, func(t *testing.T) {
			batches, want := manyKeys(makeKeys)
			for _, workers := range []int{1, 3} {
				for _, shards := range []int{1, 2} {
					checkGroups(t, aggregateMany(batches, workers, shards), want, shards)
				}
			}
		})
	}
}

// aggregateMany groups the batches once for every shard: count, sum, any of the
// key's text, and how many texts a group has.
func aggregateMany(batches []*batch.Batch, workers, shards int) *aggregate {
	b := batches[0]
	last := len(b.Cols) - 2
	var keys []expr.Expr
	for i := range last {
		keys = append(keys, columnOf(b, i))
	}
	funcs := make([]agg.Func, 4)
	for i, name := range []string{"count", "sum", "min", "uniqExact"} {
		ts := [][]types.Type{nil, {types.Of(types.Int64)}, {types.Of(types.String)}, {types.Of(types.String)}}[i]
		funcs[i], _ = agg.New(name, nil, ts)
	}
	text := columnOf(b, last+1)
	var s Streams
	for range shards {
		s.Groups = append(s.Groups, lists(batches, workers)...)
	}
	op := NewAggregate(&Env{Expr: &expr.Ctx{}, Progress: &Progress{}, Workers: workers}, []AggregateInput{{
		Streams: s, Keys: keys, Args: [][]expr.Expr{nil, {columnOf(b, last)}, {text}, {text}},
	}}, funcs, make([]string, last+4)).(*aggregate)
	op.many, op.array = 2000, 0
	return op
}

func checkGroups(t *testing.T, op Operator, want map[uint32][2]int64, shards int) {
	t.Helper()
	groups := 0
	for {
		b, err := op.Next(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if b == nil {
			break
		}
		cols := b.Cols[len(b.Cols)-4:]
		for i := range b.Rows {
			var id uint32
			if _, err := fmt.Sscanf(string(cols[2].Bytes(i)), "k%d", &id); err != nil {
				t.Fatal(err)
			}
			w := want[id]
			count, sum := batch.Values[uint64](cols[0])[i], batch.Values[int64](cols[1])[i]
			if int64(count) != w[0]*int64(shards) || sum != w[1]*int64(shards) || batch.Values[uint64](cols[3])[i] != 1 {
				t.Fatalf("key %d: count %d, sum %d, want %v in %d shards", id, count, sum, w, shards)
			}
		}
		groups += b.Rows
	}
	if groups != len(want) {
		t.Fatalf("%d groups, want %d", groups, len(want))
	}
	if err := op.Close(); err != nil {
		t.Fatal(err)
	}
}

// TestManyGroupsAreBounded: tables of many groups end at the query's budget and
// give back what they took.
func TestManyGroupsAreBounded(t *testing.T) {
	batches, _ := manyKeys(keyMakers["sparse numbers"])
	budget := ledger.New("query", 1<<18, nil)
	op := aggregateMany(batches, 2, 1)
	op.env.Budget, op.hold = budget, ledger.ShareOf(budget)
	if _, err := op.Next(t.Context()); chcode.Of(err) != chcode.MemoryLimitExceeded {
		t.Fatalf("over its budget: %v", err)
	}
	if err := op.Close(); err != nil || budget.Used() != 0 {
		t.Fatalf("%d bytes are held after Close (%v)", budget.Used(), err)
	}
}
