package agg

import (
	"encoding/binary"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/types"
)

// counts is the states of count: one number a group. Encoded as a signed varint,
// as a row may be taken back before it came.
type counts struct {
	plain
	n []int64
}

func buildCount(c *call) (core, error) {
	if len(c.args) > 1 {
		return core{}, c.argsError("zero or one argument")
	}
	if len(c.args) == 1 && c.args[0].Kind == types.Nothing {
		return nothingCore(true), nil
	}
	return core{
		result: types.Of(types.UInt64), retract: true, empty: true, chains: true,
		make: func(bool) States { return &counts{} },
	}, nil
}

func (s *counts) Grow(n int) { s.n = grown(s.n, n) }

func (s *counts) Add(groups []uint32, args []*batch.Vector, _ int) {
	switch {
	case len(args) == 0 || args[0].Nulls == nil:
		addOnes(s.n, groups)
	default:
		addNotNulls(s.n, groups, args[0].Nulls)
	}
}

func (s *counts) AddAll(group uint32, args []*batch.Vector, n int) {
	if len(args) > 0 {
		n -= countNulls(args[0].Nulls)
	}
	s.n[group] += int64(n)
}

func (s *counts) Retract(groups []uint32, args []*batch.Vector, _ int) error {
	for i, g := range groups {
		if len(args) == 0 || args[0].Nulls == nil || !args[0].Nulls[i] {
			s.n[g]--
		}
	}
	return nil
}

// CountsRows tells whether the function is count(), which asks nothing of a row.
func (f Func) CountsRows() bool {
	_, ok := f.make(false).(*counts)
	return ok && len(f.args) == 0
}

// AddCounts adds n[i] rows to groups[i], or to group i when groups is nil, of states of
// a function that [Func.CountsRows].
func AddCounts(s States, groups, n []uint32) {
	acc := s.(*entry).inner.(*counts).n
	for i, x := range n {
		g := uint32(i)
		if groups != nil {
			g = groups[i]
		}
		acc[g] += int64(x)
	}
}

func (s *counts) Merge(src States, to []uint32) error {
	for g, n := range src.(*counts).n {
		s.n[to[g]] += n
	}
	return nil
}

func (s *counts) Encode(dst []byte, group uint32, _ Form) []byte {
	return binary.AppendVarint(dst, s.n[group])
}

func (s *counts) Decode(src []byte, group uint32, _ Form) ([]byte, error) {
	r := reader{buf: src}
	s.n[group] = r.varint()
	return r.end("count")
}

func (s *counts) Finish(lo, hi int) *batch.Vector {
	out := make([]uint64, hi-lo)
	for i, n := range s.n[lo:hi] {
		out[i] = uint64(n)
	}
	return batch.NewFixed(types.Of(types.UInt64), out, nil)
}

func (s *counts) SizeBytes() int64 { return int64(cap(s.n)) * 8 }

// grown is s with at least n elements, new ones zero.
func grown[T any](s []T, n int) []T {
	if n <= len(s) {
		return s
	}
	if n <= cap(s) {
		return s[:n]
	}
	next := make([]T, n, max(n, len(s)+len(s)/2))
	copy(next, s)
	return next
}
