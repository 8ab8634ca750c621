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
// larger than the cache), come between as text, or are too few to wait for others.
func TestDistinctSymbolsThatWait(t *testing.T) {
	dict := &offset{by: 7}
	str, num := types.Of(types.String), types.Of(types.UInt32)
	r := rand.New(rand.NewPCG(1, 2))
	for _, rows := range []int{100, 5_000, 400_000} {
		const groupsOf = 90 // of 16 KiB each
		want := map[uint32]map[uint32]struct{}{}
		var batches []*batch.Batch
		for lo := 0; lo < rows; lo += GranuleRows {
			n := min(GranuleRows, rows-lo)
			keys, ids := make([]uint32, n), make([]uint32, n)
			codes := make([]uint32, n)
			for i := range ids {
				keys[i], ids[i] = 1_764_000_000+60*r.Uint32N(groupsOf), r.Uint32N(1<<17)
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
