package exec

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/expr"
	"github.com/freshetdb/freshet/columnar/ledger"
	"github.com/freshetdb/freshet/columnar/types"
)

// Keys as symbols of one dictionary or of two, as text, or as any of them, in batches of
// one span and of many: each key is counted once, by the spans of its first and last time.
func TestSpansByKey(t *testing.T) {
	for name, keys := range keysOfKinds() {
		for _, workers := range []int{1, 3} {
			for _, cuts := range [][]uint32{{500}, {0}, {math.MaxUint32}, {0, 1, 2, 500, 501, 900, math.MaxUint32}} {
				t.Run(fmt.Sprintf("%s/%d/%d", name, workers, len(cuts)), func(t *testing.T) { checkSpansByKey(t, keys, workers, cuts) })
			}
		}
	}
}

func checkSpansByKey(t *testing.T, keys func(ids []uint32, number int) []*batch.Vector, workers int, cuts []uint32) {
	r := rand.New(rand.NewPCG(9, 6))
	least, greatest := map[uint32]uint32{}, map[uint32]uint32{}
	var batches []*batch.Batch
	for number := range 20 {
		ids, times := make([]uint32, 1+r.IntN(300)), []uint32(nil)
		for i := range ids {
			ids[i] = r.Uint32N(2000)
			at := r.Uint32N(1000)
			switch {
			case number%2 == 0: // one span, mostly
				at = 510 + at%50
			case i%50 == 0:
				at = math.MaxUint32
			}
			times = append(times, at)
			if old, known := least[ids[i]]; !known || at < old {
				least[ids[i]] = at
			}
			greatest[ids[i]] = max(greatest[ids[i]], at)
		}
		batches = append(batches, batch.New([]string{"k", "at"},
			[]*batch.Vector{keys(ids, number)[0], batch.NewFixed(types.Of(types.DateTime), times, nil)}, len(ids)))
	}
	env := &Env{Expr: &expr.Ctx{}, Budget: ledger.New("query", 1<<30, nil), Progress: &Progress{}, Workers: workers}
	op := NewSpansByKey(env, Streams{Groups: lists(batches, workers)}, SpanSpec{
		Key: &expr.Column{Pos: 0, T: types.Of(types.String)}, Arg: &expr.Column{Pos: 1, T: types.Of(types.DateTime)},
		Cuts: cuts, Calls: []TimeCall{{IsGreatest: true, Name: "last"}, {Name: "first"}}, Count: "n",
	}).Groups[0][0]
	spanOf := func(at uint32) int { return (&spansTable{cuts: cuts}).span(at) }
	got := map[[2]int]uint64{}
	for {
		b, err := op.Next(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		if b == nil {
			break
		}
		for i := range b.Rows {
			pair := [2]int{spanOf(batch.Values[uint32](b.Cols[1])[i]), spanOf(batch.Values[uint32](b.Cols[0])[i])}
			if got[pair] > 0 {
				t.Errorf("spans %v come twice", pair)
			}
			got[pair] = batch.Values[uint64](b.Cols[2])[i]
		}
	}
	for range 2 {
		if err := op.Close(); err != nil {
			t.Fatal(err)
		}
	}
	want := map[[2]int]uint64{}
	for id := range least {
		want[[2]int{spanOf(least[id]), spanOf(greatest[id])}]++
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%v, want %v", got, want)
	}
	if used := env.Budget.Used(); used != 0 {
		t.Errorf("%d bytes are held after the end", used)
	}
}
