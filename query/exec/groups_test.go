package exec

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/types"
)

// Whatever the keys are and in which order they come, close together, dense or far
// apart: the same key has the same group, others have others, and all are found.
func TestGroupsAreAMap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		typ := types.Of(types.UInt64)
		g := newGroups([]types.Type{typ})
		want := map[uint64]uint32{}
		var keys []uint64
		for range rapid.IntRange(1, 12).Draw(t, "batches") {
			base := rapid.SampledFrom([]uint64{0, 1 << 15, directMax - 100, 1_764_000_000, 1 << 40, ^uint64(0) - 1<<21}).Draw(t, "base")
			width := rapid.SampledFrom([]uint64{1, 100, 70_000, directMax, 2 * directMax}).Draw(t, "width")
			down := rapid.Bool().Draw(t, "down")
			batchKeys := make([]uint64, rapid.IntRange(0, 300).Draw(t, "rows"))
			for i := range batchKeys {
				batchKeys[i] = base + rapid.Uint64Range(0, width-1).Draw(t, "key")
				if down && i > 0 && batchKeys[i-1] > 0 {
					batchKeys[i] = batchKeys[i-1] - 1
				}
			}
			keys = append(keys, batchKeys...)
			out := make([]uint32, len(batchKeys))
			g.assign([]*batch.Vector{batch.NewFixed(typ, batchKeys, nil)}, len(batchKeys), out)
			for i, k := range batchKeys {
				id, known := want[k]
				if !known {
					id = uint32(len(want))
					want[k] = id
				}
				if out[i] != id {
					t.Fatalf("key %d has group %d, want %d", k, out[i], id)
				}
			}
		}
		asked := slices.Concat(keys, []uint64{0, 5, 1 << 63})
		out := make([]uint32, len(asked))
		g.reader().find([]*batch.Vector{batch.NewFixed(typ, asked, nil)}, len(asked), out)
		for i, k := range asked {
			if id, known := want[k]; known != (out[i] != noGroup) || known && out[i] != id {
				t.Fatalf("find %d: group %d, want %d (%t)", k, out[i], id, known)
			}
		}
	})
}
