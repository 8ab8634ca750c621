package report

import (
	"math"
	"slices"
)

// Spread is a figure with the range that its true median lies in with at least
// 97 % probability: the order statistics of the turns, no assumption made.
type Spread struct {
	Median float64 `json:"median"`
	Low    float64 `json:"low"`
	High   float64 `json:"high"`
}

// NewSpread summarises turns; without any it is zero.
func NewSpread(turns []float64) Spread {
	if len(turns) == 0 {
		return Spread{}
	}
	x := slices.Sorted(slices.Values(turns))
	k := lowRank(len(x))
	return Spread{Median: median(x), Low: x[k], High: x[len(x)-1-k]}
}

func median(sorted []float64) float64 {
	n := len(sorted)
	if n%2 == 1 {
		return sorted[n/2]
	}
	return (sorted[n/2-1] + sorted[n/2]) / 2
}

// lowRank is the largest k for which fewer than k+1 of n turns fall below the
// median with at most 3 % probability (both sides are then at most 6 %). The least
// turn when there are too few.
func lowRank(n int) int {
	below := 0.0 // probability that at most k turns lie below the median
	choose := 1.0
	for k := range n / 2 {
		below += choose / math.Pow(2, float64(n))
		if below > 0.03 {
			return max(k-1, 0)
		}
		choose = choose * float64(n-k) / float64(k+1)
	}
	return max(n/2-1, 0)
}

// GeometricMean of positive figures; 0 without any.
func GeometricMean(x []float64) float64 {
	if len(x) == 0 {
		return 0
	}
	sum := 0.0
	for _, v := range x {
		sum += math.Log(v)
	}
	return math.Exp(sum / float64(len(x)))
}
