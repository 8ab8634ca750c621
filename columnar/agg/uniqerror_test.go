package agg

import (
	"math"
	"os"
	"slices"
	"testing"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/types"
)

// TestErrorOfUniq measures the error of uniq over many seeds: the table of
// docs/accuracy.md. The short form has fewer and smaller sets; FRESHET_LONG=1 runs
// all of it.
func TestErrorOfUniq(t *testing.T) {
	sizes, seeds := []int{100, 1000, 10_000, 65_536, 65_537, 100_000, 1_000_000}, 10
	if os.Getenv("FRESHET_LONG") != "" {
		sizes, seeds = append(sizes, 10_000_000), 100
	}
	for _, n := range sizes {
		var errs []float64
		bias := 0.0
		for seed := range seeds {
			e := float64(uniqOf(t, seed, n))/float64(n) - 1
			bias += e / float64(seeds)
			errs = append(errs, math.Abs(e))
		}
		slices.Sort(errs)
		mean := 0.0
		for _, e := range errs {
			mean += e / float64(seeds)
		}
		p99 := errs[min(len(errs)-1, len(errs)*99/100)]
		t.Logf("| %d | %d | %.2f %% | %.2f %% | %+.2f %% |", n, seeds, mean*100, p99*100, bias*100)
		switch {
		case n <= uniqExactMax && p99 != 0:
			t.Errorf("%d values are not counted exactly: %.4f %%", n, p99*100)
		case p99 > 0.0325 || math.Abs(bias) > 0.01: // four standard errors of 0.81 %
			t.Errorf("%d values: p99 %.2f %%, bias %.2f %%", n, p99*100, bias*100)
		}
	}
}

// uniqOf is uniq of n distinct numbers.
func uniqOf(t *testing.T, seed, n int) uint64 {
	t.Helper()
	f, err := New("uniq", nil, []types.Type{types.Of(types.UInt64)})
	if err != nil {
		t.Fatal(err)
	}
	s := f.New()
	s.Grow(1)
	buf := make([]uint64, 0, 8192)
	for i := range n {
		if buf = append(buf, uint64(seed)<<40|uint64(i)); len(buf) == cap(buf) || i == n-1 {
			s.AddAll(0, []*batch.Vector{batch.NewFixed(types.Of(types.UInt64), buf, nil)}, len(buf))
			buf = buf[:0]
		}
	}
	return batch.Values[uint64](s.Finish(0, 1))[0]
}
