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
	"github.com/freshetdb/freshet/index/sketch"
)

// offset is a dictionary with the symbol id + by for every text.
type offset struct{ by uint32 }

func (d *offset) Len() int                           { return 1<<17 + int(d.by) }
func (d *offset) Value(sym uint32) []byte            { return []byte(textOf(sym - d.by)) }
func (d *offset) Hash128(sym uint32) (hi, lo uint64) { return sketch.Hash128(d.Value(sym)) }

func (d *offset) Lookup(v []byte) (uint32, bool) {
	var id uint32
	_, err := fmt.Sscanf(string(v), "k%d", &id)
	return id + d.by, err == nil
}

// Keys as symbols of one dictionary or of two, as text, or as any of them: every key's
// least time is given once, however many workers there are, and whether or not the
// pairs were reduced between.
func TestTimesByKey(t *testing.T) {
	makers := maps.Clone(keyMakers)
	two := [2]*offset{{by: 0}, {by: 5}}
	makers["symbols of two dictionaries"] = func(ids []uint32, number int) []*batch.Vector {
		if number%3 == 2 {
			return []*batch.Vector{batch.NewStrings(types.Of(types.String), textsOf(ids), nil)}
		}
		d := two[number%2]
		s := batch.Symbols{Dict: d}
		for _, id := range ids {
			s.Codes = append(s.Codes, id+d.by)
		}
		return []*batch.Vector{{Type: types.Of(types.String), Len: len(ids), Data: s}}
	}
	for _, name := range []string{"text", "dense symbols", "symbols of two dictionaries"} {
		for _, workers := range []int{1, 3} {
			t.Run(fmt.Sprintf("%s/%d", name, workers), func(t *testing.T) {
				least, greatest := TimeCall{Name: "first"}, TimeCall{IsGreatest: true, Name: "last"}
				for _, calls := range [][]TimeCall{{least}, {greatest}, {least, greatest}, {greatest, least}} {
					checkTimesByKey(t, makers[name], workers, calls)
				}
			})
		}
	}
}

func checkTimesByKey(t *testing.T, keys func(ids []uint32, number int) []*batch.Vector, workers int, calls []TimeCall) {
	r := rand.New(rand.NewPCG(5, 6))
	least, greatest := map[uint32]uint32{}, map[uint32]uint32{}
	var batches []*batch.Batch
	for number := range 12 {
		ids, times := make([]uint32, 1+r.IntN(3000)), []uint32(nil)
		for i := range ids {
			ids[i] = r.Uint32N(2000)
			at := r.Uint32N(1000)
			switch r.IntN(50) {
			case 0:
				at = math.MaxUint32
			case 1:
				at = 0
			}
			times = append(times, at)
			if old, known := least[ids[i]]; !known || at < old {
				least[ids[i]] = at
			}
			greatest[ids[i]] = max(greatest[ids[i]], at)
		}
		key := keys(ids, number)[0]
		batches = append(batches, batch.New([]string{"k", "at"},
			[]*batch.Vector{key, batch.NewFixed(types.Of(types.DateTime), times, nil)}, len(ids)))
	}
	env := &Env{Expr: &expr.Ctx{}, Budget: ledger.New("query", 1<<30, nil), Progress: &Progress{}, Workers: workers}
	key := &expr.Column{Pos: 0, T: types.Of(types.String)}
	at := &expr.Column{Pos: 1, T: types.Of(types.DateTime)}
	out := NewTimesByKey(env, Streams{Groups: lists(batches, workers)}, key, at, calls)
	var got [][2]uint32
	for _, op := range out.Groups[0] {
		for {
			b, err := op.Next(context.Background())
			if err != nil {
				t.Fatal(err)
			}
			if b == nil {
				break
			}
			for i := range b.Rows {
				var row [2]uint32
				for c, call := range calls {
					row[boolToInt(call.IsGreatest)] = batch.Values[uint32](b.Cols[c])[i]
				}
				got = append(got, row)
			}
		}
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
	var want [][2]uint32
	for id := range least {
		var row [2]uint32
		for _, call := range calls {
			row[boolToInt(call.IsGreatest)] = [2]map[uint32]uint32{least, greatest}[boolToInt(call.IsGreatest)][id]
		}
		want = append(want, row)
	}
	byTimes := func(a, b [2]uint32) int { return slices.Compare(a[:], b[:]) }
	slices.SortFunc(want, byTimes)
	slices.SortFunc(got, byTimes)
	if !slices.Equal(got, want) {
		t.Fatalf("%v: %d times, want %d; the first are %v, want %v", calls, len(got), len(want), got[:min(9, len(got))], want[:min(9, len(want))])
	}
	if used := env.Budget.Used(); used != 0 {
		t.Errorf("%d bytes are held after the end", used)
	}
}

func boolToInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

// Reducing leaves a pair for each key and time that is asked for.
func TestReducePairs(t *testing.T) {
	for _, slots := range []timeSlots{{hasLeast: true}, {hasGreatest: true}, {hasLeast: true, hasGreatest: true}} {
		table := &timesTable{limit: 1000, slots: slots}
		r := rand.New(rand.NewPCG(7, 8))
		least, greatest := map[uint32]uint32{}, map[uint32]uint32{}
		for range 20 {
			codes, times := make([]uint32, 400), make([]uint32, 400)
			for i := range codes {
				codes[i], times[i] = r.Uint32N(700), r.Uint32()
				if old, known := least[codes[i]]; !known || times[i] < old {
					least[codes[i]] = times[i]
				}
				greatest[codes[i]] = max(greatest[codes[i]], times[i])
			}
			key := &batch.Vector{Type: types.Of(types.String), Len: 400, Data: batch.Symbols{Dict: &odd, Codes: codes}}
			table.add(key, batch.NewFixed(types.Of(types.DateTime), times, nil), 400)
			table.reduce()
		}
		want := map[pair]struct{}{}
		for code := range least {
			if slots.hasLeast {
				want[pair(code)<<32|pair(least[code])] = struct{}{}
			}
			if slots.hasGreatest {
				want[pair(code)<<32|pair(greatest[code])] = struct{}{}
			}
		}
		if table.count != len(want) {
			t.Fatalf("%d pairs are left, want %d", table.count, len(want))
		}
		for _, list := range table.lists {
			for _, p := range list {
				if _, ok := want[p]; !ok {
					t.Fatalf("key %d has %d, its times are %d to %d", p>>32, uint32(p), least[uint32(p>>32)], greatest[uint32(p>>32)])
				}
			}
		}
	}
}
