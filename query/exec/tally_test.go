package exec

import (
	"context"
	"maps"
	"math"
	"strconv"
	"testing"

	"pgregory.net/rapid"

	"github.com/freshetdb/freshet/columnar/agg"
	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/expr"
	"github.com/freshetdb/freshet/columnar/types"
)

// lookedUp is numbered, and finds its values.
type lookedUp struct{ numbered }

func (d *lookedUp) Lookup(v []byte) (uint32, bool) {
	n, err := strconv.ParseUint(string(v[1:]), 10, 32)
	return uint32(n), err == nil && int(n) < d.Len()
}

// given gives batches one after another.
type given struct{ left []*batch.Batch }

func (g *given) Next(context.Context) (*batch.Batch, error) {
	if len(g.left) == 0 {
		return nil, nil
	}
	b := g.left[0]
	g.left = g.left[1:]
	return b, nil
}

func (g *given) Close() error { return nil }

// spanSteps are functions that round times down, and to what.
var spanSteps = map[string]uint32{"toStartOfMinute": 60, "toStartOfFiveMinutes": 300, "toStartOfHour": 3600}

// tallyKey draws a batch of keys of a kind, and gives the text of what each is grouped by.
func tallyKey(t *rapid.T, kind string, dicts []batch.Dictionary) (v *batch.Vector, texts []string) {
	n := rapid.IntRange(1, 40).Draw(t, "rows")
	low := rapid.SampledFrom([]uint64{0, 1, 59, 1000, 1_780_000_000, 1<<32 - 4000, 1<<32 - 1<<17, 1<<64 - 3, 1<<64 - 300, 1<<64 - 3000}).Draw(t, "low")
	width := rapid.SampledFrom([]uint64{1, 3, 500, 3999, 130_000, 300_000, 20_000_000}).Draw(t, "width")
	draw := func() uint64 { return low + min(rapid.Uint64Range(0, width-1).Draw(t, "key"), math.MaxUint64-low) }
	switch kind {
	case "time", "toStartOfMinute", "toStartOfFiveMinutes", "toStartOfHour":
		keys := make([]uint32, n)
		for i := range keys {
			keys[i] = uint32(draw())
			k := keys[i]
			if kind != "time" {
				k -= k % spanSteps[kind]
			}
			texts = append(texts, strconv.FormatUint(uint64(k), 10))
		}
		return batch.NewFixed(types.MustParse("DateTime('UTC')"), keys, nil), texts
	case "int":
		keys := make([]int64, n)
		for i := range keys {
			keys[i] = int64(draw()) - rapid.SampledFrom([]int64{0, 0, 0, 2000}).Draw(t, "below")
			texts = append(texts, strconv.FormatInt(keys[i], 10))
		}
		return batch.NewFixed(types.Of(types.Int64), keys, nil), texts
	case "byte":
		keys := make([]uint8, n)
		for i := range keys {
			keys[i] = uint8(draw())
			texts = append(texts, strconv.FormatUint(uint64(keys[i]), 10))
		}
		return batch.NewFixed(types.Of(types.UInt8), keys, nil), texts
	default:
		d := rapid.SampledFrom(dicts).Draw(t, "dictionary")
		codes := make([]uint32, n)
		for i := range codes {
			codes[i] = uint32(draw() % uint64(d.Len()))
			texts = append(texts, string(d.Value(codes[i])))
		}
		return &batch.Vector{Type: types.Of(types.String), Len: n, Data: batch.Symbols{Codes: codes, Dict: d}}, texts
	}
}

// Rows that are counted by array have the same groups and numbers as in a map, whatever
// the keys, however many workers, and also when some batches need groups.
func TestRowsAreCountedByKey(t *testing.T) {
	count, err := agg.New("count", nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	small, large := lookedUp{20}, lookedUp{9000}
	rapid.Check(t, func(t *rapid.T) {
		kind := rapid.SampledFrom([]string{"time", "toStartOfMinute", "toStartOfFiveMinutes", "toStartOfHour", "int", "byte", "text"}).Draw(t, "kind")
		dicts := []batch.Dictionary{&large}
		if rapid.Bool().Draw(t, "two dictionaries") {
			dicts = append(dicts, &small)
		}
		want := map[string]uint64{}
		var ops []Operator
		var typ types.Type
		total := 0
		for range rapid.IntRange(1, 3).Draw(t, "workers") {
			g := &given{}
			for range rapid.IntRange(0, 4).Draw(t, "batches") {
				v, texts := tallyKey(t, kind, dicts)
				typ = v.Type
				for _, x := range texts {
					want[x]++
				}
				total += v.Len
				g.left = append(g.left, batch.New([]string{"k"}, []*batch.Vector{v}, v.Len))
			}
			ops = append(ops, g)
		}
		if total == 0 {
			return
		}
		var key expr.Expr = &expr.Column{Name: "k", T: typ}
		if spanSteps[kind] > 0 {
			if key, err = expr.NewCall(&expr.Ctx{}, kind, []expr.Expr{key}); err != nil {
				t.Fatal(err)
			}
		}
		env := &Env{Workers: len(ops), Expr: &expr.Ctx{}, Progress: &Progress{}}
		env.Progress.TotalRows.Store(int64(total) * rapid.SampledFrom([]int64{1, 1000}).Draw(t, "of all rows")) // the array may be larger
		env.Progress.ReadRows.Store(int64(total))
		funcs := []agg.Func{count, count}[:rapid.IntRange(1, 2).Draw(t, "counts")]
		in := AggregateInput{Streams: Streams{Groups: [][]Operator{ops}}, Keys: []expr.Expr{key}, Args: make([][]expr.Expr, len(funcs))}
		op := NewAggregate(env, []AggregateInput{in}, funcs, []string{"k", "n", "m"}[:1+len(funcs)])
		got := map[string]uint64{}
		for {
			b, err := op.Next(context.Background())
			if err != nil {
				t.Fatal(err)
			}
			if b == nil {
				break
			}
			for i := range b.Rows {
				k := tallyText(b.Cols[0], i)
				if _, twice := got[k]; twice {
					t.Fatalf("%s is there twice", k)
				}
				got[k] = b.Cols[1].Data.([]uint64)[i]
				if n := b.Cols[len(funcs)].Data.([]uint64)[i]; n != got[k] {
					t.Fatalf("%s: %d and %d", k, got[k], n)
				}
			}
		}
		if !maps.Equal(got, want) {
			t.Fatalf("counted %v, want %v", got, want)
		}
		if err := op.Close(); err != nil {
			t.Fatal(err)
		}
		for _, pool := range []int{directSmall, 2 * pairPlaces, directPooled} {
			for i, x := range newDirect(pool)[:pool] {
				if x != 0 {
					t.Fatalf("place %d of an array that was left has %d", i, x)
				}
			}
		}
	})
}

func tallyText(v *batch.Vector, i int) string {
	switch d := v.Data.(type) {
	case batch.Symbols:
		return string(d.At(i))
	case batch.Strings:
		return string(d.At(i))
	case []uint32:
		return strconv.FormatUint(uint64(d[i]), 10)
	case []int64:
		return strconv.FormatInt(d[i], 10)
	default:
		return strconv.FormatUint(uint64(v.Data.([]uint8)[i]), 10)
	}
}
