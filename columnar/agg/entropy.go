package agg

import (
	"math"
	"slices"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/types"
	"github.com/freshetdb/freshet/index/bitmap"
)

// buildEntropy is the Shannon entropy, in bits, of the values or tuples of values.
func buildEntropy(c *call) (core, error) {
	if len(c.args) == 0 {
		return core{}, c.argsCountError()
	}
	k := core{result: types.Of(types.Float64), retract: true}
	if len(c.args) == 1 && isNarrow(c.args[0]) {
		k.make = func(bool) States {
			return &entropies[key64]{countedSets[key64]{keys: keysOf64(true)}}
		}
	} else {
		k.make = func(bool) States {
			return &entropies[key128]{countedSets[key128]{keys: new(wideKeyer).of}}
		}
	}
	return k, nil
}

// entropies is the states of entropy: the number of rows of each value, as for
// uniqExact over a changing table. It can be taken back, and sums the terms in
// order of size, so that the answer does not depend on the order of rows.
type entropies[K bitmap.Key] struct{ countedSets[K] }

func (s *entropies[K]) Merge(src States, to []uint32) error {
	return s.countedSets.Merge(&src.(*entropies[K]).countedSets, to)
}

func (s *entropies[K]) Finish(lo, hi int) *batch.Vector {
	out := make([]float64, hi-lo)
	var counts []int64
	for i := range out {
		counts = counts[:0]
		total := 0.0
		s.sets[lo+i].Each(func(_ K, n int64) {
			if n > 0 {
				counts = append(counts, n)
				total += float64(n)
			}
		})
		slices.Sort(counts)
		for _, n := range counts {
			p := float64(n) / total
			out[i] -= p * math.Log2(p)
		}
		out[i] += 0 // of one value: no negative zero
	}
	return batch.NewFixed(types.Of(types.Float64), out, nil)
}
