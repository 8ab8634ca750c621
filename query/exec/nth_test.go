package exec

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func TestNthLeast(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := rapid.SliceOfN(rapid.Uint64Range(0, 20), 1, 50).Draw(t, "numbers")
		n := rapid.IntRange(1, len(p)).Draw(t, "n")
		want := slices.Sorted(slices.Values(p))[n-1]
		if got := nthLeast(slices.Clone(p), n); got != want {
			t.Fatalf("%d, want %d", got, want)
		}
		for _, r := range leastRows(p, n) {
			if p[r] > want {
				t.Fatalf("row %d is behind the bound", r)
			}
		}
	})
}
