package exec

import (
	"context"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/expr"
	"github.com/freshetdb/freshet/columnar/ledger"
	"github.com/freshetdb/freshet/columnar/types"
)

// Keys as symbols of one dictionary or of two, as text, or as any of them, of rows in the
// order of time, in a few such runs, in none, or far apart: each key is counted once, in
// the minute of its first time.
func TestFirstMinutes(t *testing.T) {
	orders := map[string]func(r *rand.Rand, number, i int) uint32{
		"rising":     func(r *rand.Rand, number, i int) uint32 { return uint32(number*1000+i)/60*60 + r.Uint32N(60) },
		"seven runs": func(_ *rand.Rand, number, i int) uint32 { return uint32(number%20*1000 + i*3) },
		"none":       func(r *rand.Rand, _, _ int) uint32 { return r.Uint32N(100_000) },
		"far":        func(r *rand.Rand, _, _ int) uint32 { return r.Uint32() },
		"ends":       func(r *rand.Rand, _, _ int) uint32 { return r.Uint32N(2) * math.MaxUint32 },
	}
	for name, keys := range keysOfKinds() {
		for order, at := range orders {
			for _, workers := range []int{1, 3} {
				t.Run(fmt.Sprintf("%s/%s/%d", name, order, workers), func(t *testing.T) { checkFirstMinutes(t, keys, workers, at) })
			}
		}
	}
}

func checkFirstMinutes(t *testing.T, keys func(ids []uint32, number int) []*batch.Vector, workers int, at func(r *rand.Rand, number, i int) uint32) {
	r := rand.New(rand.NewPCG(9, 6))
	least := map[uint32]uint32{}
	var batches []*batch.Batch
	for number := range 140 {
		ids, times := make([]uint32, 1+r.IntN(300)), []uint32(nil)
		for i := range ids {
			ids[i] = r.Uint32N(9000)
			x := at(r, number, i)
			times = append(times, x)
			if old, known := least[ids[i]]; !known || x < old {
				least[ids[i]] = x
			}
		}
		batches = append(batches, batch.New([]string{"k", "at"},
			[]*batch.Vector{keys(ids, number)[0], batch.NewFixed(types.Of(types.DateTime), times, nil)}, len(ids)))
	}
	env := &Env{Expr: &expr.Ctx{}, Budget: ledger.New("query", 1<<30, nil), Progress: &Progress{}, Workers: workers, BatchRows: 100}
	op := NewFirstMinutes(env, Streams{Groups: lists(batches, workers)}, FirstSpec{
		Key: &expr.Column{Pos: 0, T: types.Of(types.String)}, Arg: &expr.Column{Pos: 1, T: types.Of(types.DateTime)}, Name: "m", Count: "n",
	}).Groups[0][0]
	got := map[uint32]uint64{}
	for {
		b, err := op.Next(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		if b == nil {
			break
		}
		for i, m := range batch.Values[uint32](b.Cols[0]) {
			if _, twice := got[m]; twice {
				t.Errorf("minute %d comes twice", m)
			}
			got[m] = batch.Values[uint64](b.Cols[1])[i]
		}
	}
	for range 2 {
		if err := op.Close(); err != nil {
			t.Fatal(err)
		}
	}
	want := map[uint32]uint64{}
	for _, x := range least {
		want[x/60*60]++
	}
	if !maps.Equal(got, want) {
		t.Errorf("%d minutes, want %d; the first are %v, want %v", len(got), len(want), first(got), first(want))
	}
	if used := env.Budget.Used(); used != 0 {
		t.Errorf("%d bytes are held after the end", used)
	}
}

// first are some minutes of a count, the least ones first.
func first(counts map[uint32]uint64) []string {
	var out []string
	for _, m := range slices.Sorted(maps.Keys(counts))[:min(5, len(counts))] {
		out = append(out, fmt.Sprintf("%d: %d", m, counts[m]))
	}
	return out
}
