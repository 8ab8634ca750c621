package table_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/freshetdb/freshet/columnar/segment"
	"github.com/freshetdb/freshet/columnar/table"
)

// A gap that comes again is as wide as both. One whose times are not known, as in the
// manifests of older versions, is a difference that nobody knows the place of.
func TestGaps(t *testing.T) {
	var r table.Rolled
	p := table.Partition{Name: "x", Key: "x"}
	r.AddGap(p, table.GapDropped, []segment.TimeRange{{Column: 1, Min: 5, Max: 7}, {Column: 2, Min: 1, Max: 2}})
	r.AddGap(p, table.GapDropped, []segment.TimeRange{{Column: 3, Min: 5, Max: 7}, {Column: 1, Min: 6, Max: 9}})
	r.AddGap(table.Partition{Name: "y"}, table.GapDetached, nil)
	got := r.State()
	want := &table.RollupState{
		Diverged: "partition y of the table is detached",
		Gaps:     []table.RollupGap{{Why: "partition x of the table was dropped", Times: []segment.TimeRange{{Column: 1, Min: 5, Max: 9}}}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if s := got.Difference(); s != "partition y of the table is detached; partition x of the table was dropped" {
		t.Errorf("difference %q", s)
	}
}
