package agg

import (
	"math"
	"math/rand/v2"
	"testing"
)

// Sums by strands are those of one addition after the other.
func TestSumsIntoFewGroups(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		n := []int{1, 2, 7, fewGroups, fewGroups + 1}[r.IntN(5)]
		rows := r.IntN(9000)
		large := r.IntN(3) == 0
		groups, values := make([]uint32, rows), make([]int64, rows)
		ones, sums, wides := make([]int64, n), make([]int64, n), make([]wide, n)
		for i := range groups {
			groups[i], values[i] = r.Uint32N(uint32(n)), int64(r.IntN(2_000_000))-1_000_000
			if large {
				values[i] = r.Int64() - math.MaxInt64/2
			}
			ones[groups[i]]++
			sums[groups[i]] += values[i]
			wides[groups[i]] = wides[groups[i]].add(widen(values[i]))
		}
		gotOnes, gotSums, gotWides := make([]int64, n), make([]int64, n), make([]wide, n)
		addOnes(gotOnes, groups)
		addGrouped(gotSums, groups, values)
		addDecimals(gotWides, groups, values)
		all := wide{}
		for _, w := range wides {
			all = all.add(w)
		}
		if areSmall(values) && widen(total[int64, int64](values)) != all {
			t.Fatalf("%d rows: all are %d, want %v", rows, total[int64, int64](values), all)
		}
		for g := range n {
			if gotOnes[g] != ones[g] || gotSums[g] != sums[g] || gotWides[g] != wides[g] {
				t.Fatalf("%d groups, %d rows, group %d: %d, %d, %v; want %d, %d, %v", n, rows, g,
					gotOnes[g], gotSums[g], gotWides[g], ones[g], sums[g], wides[g])
			}
		}
	}
}
