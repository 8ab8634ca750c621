package rollup_test

import (
	"math/rand/v2"
	"testing"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/segment"
	"github.com/freshetdb/freshet/columnar/types"
	"github.com/freshetdb/freshet/columnar/vfs"
)

// TestBytesOfADayOfNewUsers folds a day of ten million users, each of whom comes in one
// minute only, into exact sets by minute, and bounds what these take in a segment and in
// memory. Users are numbered as they come, or, as on a day that is not the first, have
// any number. See docs/accuracy.md.
func TestBytesOfADayOfNewUsers(t *testing.T) {
	if testing.Short() {
		t.Skip("ten million users")
	}
	const (
		users, minutes = 10_000_000, 1440
		most           = 32 << 20
	)
	numbers := make([]uint32, users)
	for i := range numbers {
		numbers[i] = uint32(i)
	}
	for _, order := range []string{"as they come", "at random"} {
		if order == "at random" {
			rand.New(rand.NewPCG(1, 2)).Shuffle(users, func(i, k int) { numbers[i], numbers[k] = numbers[k], numbers[i] })
		}
		p := plan(t, nil, true)
		var list []*batch.Batch
		for m := range minutes {
			folded, err := p.Fold(newUsers(t, p.Needs, numbers[users*m/minutes:users*(m+1)/minutes], m))
			if err != nil {
				t.Fatal(err)
			}
			list = append(list, folded)
		}
		day := batch.ConcatBatches(list[0].Names, list[0].Types(), list)
		schema := types.Schema{Version: 1}
		for i, typ := range day.Types() {
			schema.Columns = append(schema.Columns, types.Column{ID: uint32(i + 1), Name: day.Names[i], Type: typ})
		}
		at := segment.Place{FS: vfs.NewMem(), Name: "day"}
		meta, err := segment.Write(at, &schema, []*batch.Batch{day}, segment.Options{Key: segment.KeyOfColumns(&schema, 0)})
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("users numbered %s: %d rows, segment %.1f MB, memory %.1f MB: %.2f and %.2f bytes per user and minute", order, day.Rows,
			float64(meta.Bytes)/1e6, float64(day.SizeBytes())/1e6, float64(meta.Bytes)/users, float64(day.SizeBytes())/users)
		if day.Rows != minutes || meta.Bytes > most || day.SizeBytes() > most {
			t.Errorf("users numbered %s: %d rows, %d bytes in a segment, %d in memory, expected %d rows and at most %d bytes",
				order, day.Rows, meta.Bytes, day.SizeBytes(), minutes, most)
		}
	}
}

// newUsers is a row of each of some users in one minute.
func newUsers(tb tester, needs []types.Column, numbers []uint32, minute int) *batch.Batch {
	b := &batch.Batch{Rows: len(numbers)}
	for _, c := range needs {
		var v *batch.Vector
		switch c.ID {
		case ts:
			at := make([]uint32, b.Rows)
			for i := range at {
				at[i] = uint32(1_700_006_400 + 60*minute + i%60)
			}
			v = batch.NewFixed(types.Of(types.DateTime), at, nil)
		case user:
			v = &batch.Vector{Type: types.Of(types.String), Len: b.Rows, Data: batch.Symbols{Codes: numbers, Dict: dictionary(10_000_000)}}
		case amount:
			v = batch.NewFixed(types.Of(types.Int32), make([]int32, b.Rows), nil)
		default:
			tb.Fatal("no column", c.ID)
		}
		b.Names, b.Cols = append(b.Names, c.Name), append(b.Cols, v)
	}
	return b
}
