package agg

import (
	"fmt"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/types"
	"github.com/freshetdb/freshet/index/bitmap"
)

// countedSets is the states of uniqExact over a changing table: every key has the
// number of its rows, which may be negative for a time. It holds keys, not
// symbols, and is encoded as bitmap.Counted is.
type countedSets[K bitmap.Key] struct {
	plain
	keys  func(args []*batch.Vector, n int) []K
	sets  []bitmap.Counted[K]
	bytes int64
}

func (s *countedSets[K]) Grow(n int) { s.sets = grown(s.sets, n) }

func (s *countedSets[K]) change(g uint32, k K, d int64) {
	set := &s.sets[g]
	was := set.SizeBytes()
	set.Add(k, d)
	s.bytes += set.SizeBytes() - was
}

func (s *countedSets[K]) Add(groups []uint32, args []*batch.Vector, n int) {
	for i, k := range s.keys(args, n) {
		s.change(groups[i], k, 1)
	}
}

func (s *countedSets[K]) AddAll(group uint32, args []*batch.Vector, n int) {
	for _, k := range s.keys(args, n) {
		s.change(group, k, 1)
	}
}

func (s *countedSets[K]) Retract(groups []uint32, args []*batch.Vector, n int) error {
	for i, k := range s.keys(args, n) {
		s.change(groups[i], k, -1)
	}
	return nil
}

func (s *countedSets[K]) Merge(src States, to []uint32) error {
	o := src.(*countedSets[K])
	for h := range o.sets {
		o.sets[h].Each(func(k K, n int64) { s.change(to[h], k, n) })
	}
	return nil
}

func (s *countedSets[K]) Encode(dst []byte, group uint32, _ Form) []byte {
	return s.sets[group].AppendBinary(dst)
}

func (s *countedSets[K]) Decode(src []byte, group uint32, _ Form) ([]byte, error) {
	set, rest, err := bitmap.DecodeCounted[K](src)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrCorrupt, err)
	}
	s.bytes += set.SizeBytes()
	s.sets[group] = *set
	return rest, nil
}

func (s *countedSets[K]) Finish(lo, hi int) *batch.Vector {
	out := make([]uint64, hi-lo)
	for i := range out {
		out[i] = uint64(s.sets[lo+i].Len())
	}
	return batch.NewFixed(types.Of(types.UInt64), out, nil)
}

// countedSetBytes is the memory of an empty set.
const countedSetBytes = 48

func (s *countedSets[K]) SizeBytes() int64 { return int64(cap(s.sets))*countedSetBytes + s.bytes }
