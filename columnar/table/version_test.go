package table

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/types"
)

// TestVersions compares what a Version tells of the appends since an older one with
// the list of all appends: the ranges must cover those that came, and, as long as
// few came, be them.
func TestVersions(t *testing.T) {
	schema := &types.Schema{Columns: []types.Column{
		{ID: 1, Name: "x", Type: types.MustParse("UInt64")},
		{ID: 2, Name: "ts", Type: types.MustParse("DateTime('UTC')")},
		{ID: 3, Name: "at", Type: types.MustParse("DateTime64(3)")},
		{ID: 4, Name: "late", Type: types.MustParse("Nullable(DateTime)")},
	}}
	rapid.Check(t, func(t *rapid.T) {
		var c Changes
		c.SetSchema(schema)
		var appends [][2]uint32 // least and greatest ts
		type old struct {
			v       Version
			epoch   int
			appends int
		}
		epoch := 0
		olds := []old{{c.Version(), 0, 0}}
		for range rapid.IntRange(1, 40).Draw(t, "steps") {
			switch rapid.IntRange(0, 9).Draw(t, "step") {
			case 0:
				c.Rewrite()
				epoch++
			case 1:
				olds = append(olds, old{c.Version(), epoch, len(appends)})
			default:
				for range rapid.SampledFrom([]int{1, 1, 5, 300}).Draw(t, "appends") {
					a, b := rapid.Uint32().Draw(t, "a"), rapid.Uint32().Draw(t, "b")
					c.Append(rowsAt(a, b))
					appends = append(appends, [2]uint32{min(a, b), max(a, b)})
				}
			}
			now := c.Version()
			for _, o := range olds {
				rows, ok := now.Since(&o.v)
				if ok != (o.epoch == epoch) {
					t.Fatalf("epoch %d of %d: %v", o.epoch, epoch, ok)
				}
				if back, okBack := o.v.Since(&now); okBack != ok || back.Len() != rows.Len() {
					t.Fatalf("the older one tells of %d appends between it and the newer, %t; the newer of %d, %t", back.Len(), okBack, rows.Len(), ok)
				}
				if ok {
					checkAppends(t, rows, &schema.Columns[1], appends[o.appends:])
				}
			}
		}
	})
}

func rowsAt(a, b uint32) *batch.Batch {
	return batch.New(nil, []*batch.Vector{
		batch.NewFixed(types.Of(types.UInt64), []uint64{1, 2}, nil), batch.NewFixed(types.Of(types.DateTime), []uint32{a, b}, nil),
		batch.NewFixed(types.MustParse("DateTime64(3)"), []int64{int64(a) * 1000, int64(b) * 1000}, nil),
		batch.NewFixed(types.MustParse("Nullable(DateTime)"), []uint32{0, 0}, []bool{true, true}),
	}, 2)
}

func checkAppends(t *rapid.T, rows Appended, col *types.Column, want [][2]uint32) {
	if len(want) == 0 != (rows.Len() == 0) || rows.Len() > appendsMax {
		t.Fatalf("%d ranges for %d appends", rows.Len(), len(want))
	}
	if len(want) == 0 {
		return
	}
	lo, hi := rows.Bounds(col)
	if lo == nil {
		t.Fatal("the bounds are not known")
	}
	los, his := batch.Values[uint32](lo), batch.Values[uint32](hi)
	for i, w := range want {
		covered := false
		for k := range los {
			covered = covered || los[k] <= w[0] && his[k] >= w[1]
		}
		if !covered {
			t.Fatalf("append %d of %v is in no range", i, w)
		}
	}
	if newest := len(want) - 1; los[len(los)-1] != want[newest][0] || his[len(his)-1] != want[newest][1] {
		t.Fatalf("the newest append is [%d, %d], want %v", los[len(los)-1], his[len(his)-1], want[newest])
	}
	for _, id := range []uint32{1, 4} {
		if lo, _ := rows.Bounds(&types.Column{ID: id, Type: types.MustParse("UInt64")}); lo != nil {
			t.Fatalf("column %d has bounds", id)
		}
	}
}
