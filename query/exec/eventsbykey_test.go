package exec

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"

	"github.com/freshetdb/freshet/columnar/agg"
	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/expr"
	"github.com/freshetdb/freshet/columnar/ledger"
	"github.com/freshetdb/freshet/columnar/types"
)

// Funnels and retention by symbols, of one dictionary or of two, by text, or by any of
// them, are those of states that are grouped by key.
func TestEventsByKey(t *testing.T) {
	window := batch.NewFixed(types.Of(types.UInt16), []uint16{300}, nil)
	mode := func(m string) *batch.Vector { return batch.NewStrings(types.Of(types.String), textOfBytes(m), nil) }
	u8, at := types.Of(types.UInt8), types.Of(types.DateTime)
	for _, c := range []struct {
		name   string
		params []*batch.Vector
		args   []types.Type
	}{
		{"windowFunnel", []*batch.Vector{window}, []types.Type{at, u8, u8, u8}},
		{"windowFunnel", []*batch.Vector{window, mode("strict_order")}, []types.Type{at, u8, u8, u8}},
		{"windowFunnel", []*batch.Vector{window, mode("strict_once")}, []types.Type{at, u8, u8, u8}},
		{"retention", nil, []types.Type{u8, u8, u8}},
	} {
		f, err := agg.New(c.name, c.params, c.args)
		if err != nil {
			t.Fatal(err)
		}
		for name, keys := range keysOfKinds() {
			for _, workers := range []int{1, 3} {
				for _, rows := range []int{1, 12} {
					t.Run(fmt.Sprintf("%s/%s/%d/%d", f.StateType(), name, workers, rows), func(t *testing.T) {
						checkEventsByKey(t, f, keys, workers, rows)
					})
				}
			}
		}
	}
}

func textOfBytes(s string) batch.Strings {
	var out batch.Strings
	out.Append([]byte(s))
	return out
}

func checkEventsByKey(t *testing.T, f agg.Func, keys func(ids []uint32, number int) []*batch.Vector, workers, count int) {
	r := rand.New(rand.NewPCG(15, 16))
	states := f.New()
	groups := map[uint32]uint32{}
	var batches []*batch.Batch
	for number := range count {
		n := 1 + r.IntN(3000)
		ids, times, owners := make([]uint32, n), make([]uint32, n), make([]uint32, n)
		conds := [3][]uint8{make([]uint8, n), make([]uint8, n), make([]uint8, n)}
		for i := range ids {
			ids[i], times[i] = r.Uint32N(2000), 1_764_000_000+r.Uint32N(2000)
			for k := range conds {
				conds[k][i] = uint8(r.IntN(3) / 2 * (1 + r.IntN(2))) // 0, or 1 or 2
			}
			if _, known := groups[ids[i]]; !known {
				groups[ids[i]] = uint32(len(groups))
			}
			owners[i] = groups[ids[i]]
		}
		cols := []*batch.Vector{keys(ids, number)[0], batch.NewFixed(types.Of(types.DateTime), times, nil)}
		for _, c := range conds {
			cols = append(cols, batch.NewFixed(types.Of(types.UInt8), c, nil))
		}
		states.Grow(len(groups))
		states.Add(owners, cols[len(cols)-len(f.Args()):], n)
		batches = append(batches, batch.New([]string{"k", "at", "a", "b", "c"}, cols, n))
	}
	env := &Env{Expr: &expr.Ctx{}, Budget: ledger.New("query", 1<<30, nil), Progress: &Progress{}, Workers: workers}
	var args []expr.Expr
	for i, a := range f.Args() {
		args = append(args, &expr.Column{Pos: 5 - len(f.Args()) + i, T: a})
	}
	events, ok := f.Events()
	if !ok {
		t.Fatal("not a function of events")
	}
	out := NewEventsByKey(env, Streams{Groups: lists(batches, workers)}, events, &expr.Column{Pos: 0, T: types.Of(types.String)}, args, "v")
	var got []string
	for _, op := range out.Groups[0] {
		for {
			b, err := op.Next(context.Background())
			if err != nil {
				t.Fatal(err)
			}
			if b == nil {
				break
			}
			got = append(got, valuesOf(b.Cols[0])...)
		}
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
	want := valuesOf(states.Finish(0, len(groups)))
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Fatalf("%d values, want %d; the last are %v, want %v", len(got), len(want), got[max(0, len(got)-5):], want[len(want)-5:])
	}
	if used := env.Budget.Used(); used != 0 {
		t.Errorf("%d bytes are held after the end", used)
	}
}

// valuesOf prints the rows of a vector of numbers or of lists of them.
func valuesOf(v *batch.Vector) []string {
	var out []string
	for i := range v.Len {
		if l, ok := v.Data.(batch.Lists); ok {
			out = append(out, fmt.Sprintf("%v", batch.Values[uint8](l.Elems)[l.Offsets[i]:l.Offsets[i+1]]))
			continue
		}
		out = append(out, strconv.Itoa(int(batch.Values[uint8](v)[i])))
	}
	return out
}
