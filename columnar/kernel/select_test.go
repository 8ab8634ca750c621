package kernel

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// TestSelectRank holds a value's place against sorting.
func TestSelectRank(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := rapid.SliceOfN(rapid.Uint64Range(0, rapid.SampledFrom([]uint64{1, 9, 1 << 60}).Draw(t, "most")), 1, 200).Draw(t, "values")
		if rapid.Bool().Draw(t, "nearly sorted") {
			slices.Sort(p[:len(p)-1])
		}
		sorted := slices.Sorted(slices.Values(p))
		k := rapid.IntRange(0, len(p)-1).Draw(t, "rank")
		SelectRank(p, k)
		if p[k] != sorted[k] || slices.Max(p[:k+1]) != p[k] || slices.Min(p[k:]) != p[k] {
			t.Fatalf("rank %d of %v: %v", k, sorted, p)
		}
		slices.Sort(p)
		if !slices.Equal(p, sorted) {
			t.Fatalf("%v became %v", sorted, p)
		}
	})
}
