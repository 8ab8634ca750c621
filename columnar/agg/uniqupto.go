package agg

import (
	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/chcode"
	"github.com/freshetdb/freshet/columnar/types"
	"github.com/freshetdb/freshet/index/bitmap"
)

const (
	// upToDefault is the limit of uniqUpTo without parameters.
	upToDefault = 5
	// upToMax is the greatest limit, as in ClickHouse.
	upToMax = 100
)

// buildUniqUpTo is the exact number of distinct values up to a limit, beyond it the
// limit plus one.
func buildUniqUpTo(c *call) (core, error) {
	limit := upToDefault
	switch len(c.params) {
	case 0:
	case 1:
		f, err := c.paramFloat(0)
		if err != nil {
			return core{}, err
		}
		if !(f >= 0 && f < upToMax+1) { // NaN must fail too
			return core{}, chcode.Errorf(chcode.ArgumentOutOfBound, "Too large parameter for aggregate function %s. Maximum: %d", c.name, upToMax)
		}
		limit = int(f)
	default:
		return core{}, chcode.Errorf(chcode.NumberOfArgumentsDoesntMatch, "Aggregate function %s requires one parameter or less", c.name)
	}
	if len(c.args) == 0 {
		return core{}, c.argsCountError()
	}
	isNarrowArg := len(c.args) == 1 && isNarrow(c.args[0])
	return core{result: types.Of(types.UInt64), empty: true, make: func(bool) States {
		return &cappedSets{hashSets: hashSets[key64]{keys: keysOf64(isNarrowArg)}, limit: limit}
	}}, nil
}

// cappedSets is the states of uniqUpTo: sets of hashes that take in no more once they
// have more members than the limit. The answer is a function of the set of rows (class
// A), which members a full set has is not. Encoded as hashSets are.
type cappedSets struct {
	hashSets[key64]
	limit int
}

func (s *cappedSets) add(g uint32, k key64) {
	if set := &s.sets[g]; set.Len() <= s.limit && set.Add(k) {
		s.members++
	}
}

// Add implements States.
func (s *cappedSets) Add(groups []uint32, args []*batch.Vector, n int) {
	for i, k := range s.keys(args, n) {
		s.add(groups[i], k)
	}
}

// AddAll implements States.
func (s *cappedSets) AddAll(group uint32, args []*batch.Vector, n int) {
	for _, k := range s.keys(args, n) {
		s.add(group, k)
	}
}

// Merge implements States. A full set takes nothing in, so that none has more than twice
// the limit.
func (s *cappedSets) Merge(src States, to []uint32) error {
	o := src.(*cappedSets)
	for h := range o.sets {
		if s.sets[to[h]].Len() > s.limit {
			o.sets[h] = bitmap.HashSet[key64]{}
		}
	}
	return s.hashSets.Merge(&o.hashSets, to)
}

// Finish implements States.
func (s *cappedSets) Finish(lo, hi int) *batch.Vector {
	out := s.hashSets.Finish(lo, hi)
	for i, n := range batch.Values[uint64](out) {
		batch.Values[uint64](out)[i] = min(n, uint64(s.limit)+1)
	}
	return out
}
