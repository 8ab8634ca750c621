package exec

import (
	"context"
	"fmt"
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

// keysOfKinds makes keys of numbers: text, symbols, symbols of two dictionaries and text.
func keysOfKinds() map[string]func(ids []uint32, number int) []*batch.Vector {
	makers := map[string]func(ids []uint32, number int) []*batch.Vector{
		"text": keyMakers["text"], "dense symbols": keyMakers["dense symbols"],
	}
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
	return makers
}

// Keys as symbols of one dictionary or of two, as text, or as any of them: every key's
// least and greatest times are given once, however many workers there are, whether they
// are found by lists or by arrays, and also the two times that a slot may have no word for.
func TestTimesByKey(t *testing.T) {
	for name, keys := range keysOfKinds() {
		for _, workers := range []int{1, 3} {
			t.Run(fmt.Sprintf("%s/%d", name, workers), func(t *testing.T) {
				least, greatest := TimeCall{Name: "first"}, TimeCall{IsGreatest: true, Name: "last"}
				for _, calls := range [][]TimeCall{{least}, {greatest}, {least, greatest}, {greatest, least}} {
					for _, input := range []timesInput{{12, false}, {12, true}, {60, false}, {60, true}} {
						checkTimesByKey(t, keys, workers, calls, input)
					}
				}
			})
		}
	}
}

// timesInput is how many batches there are, the many of which are found by arrays, and
// whether some times are the least and the greatest that there are.
type timesInput struct {
	batches     int
	hasExtremes bool
}

func checkTimesByKey(t *testing.T, keys func(ids []uint32, number int) []*batch.Vector, workers int, calls []TimeCall, input timesInput) {
	r := rand.New(rand.NewPCG(5, 6))
	least, greatest := map[uint32]uint32{}, map[uint32]uint32{}
	var batches []*batch.Batch
	for number := range input.batches {
		ids, times := make([]uint32, 1+r.IntN(3000)), []uint32(nil)
		for i := range ids {
			ids[i] = r.Uint32N(2000)
			at := 1 + r.Uint32N(1000)
			switch r.IntN(50) {
			case 0:
				if input.hasExtremes {
					at = math.MaxUint32
				}
			case 1:
				if input.hasExtremes {
					at = 0
				}
			default:
				if ids[i] < 3 && input.hasExtremes { // no other time
					at = math.MaxUint32 * (ids[i] & 1)
				}
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
		t.Fatalf("%v, %v: %d times, want %d; the first are %v, want %v", calls, input, len(got), len(want), got[:min(9, len(got))], want[:min(9, len(want))])
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
