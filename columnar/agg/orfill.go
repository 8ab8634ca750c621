package agg

import (
	"encoding/binary"
	"strings"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/types"
)

// buildOrFill is the combinators -OrNull and -OrDefault: a group without rows is
// NULL, or the default of the result type, whatever the function itself says of
// no rows. Over -If it goes inside, so that rows that fail the condition don't count.
func buildOrFill(c *call, base, suffix string) (core, error) {
	if before, ok := strings.CutSuffix(base, "If"); ok && find(base) == nil {
		return buildIf(c, before+suffix)
	}
	inner, err := build(&call{name: base, params: c.params, args: c.args, depth: c.depth + 1})
	if err != nil {
		return core{}, err
	}
	k := inner
	k.skipsZero = false
	if suffix == "OrNull" {
		k.result = inner.result.AsNullable()
	}
	k.make = func(signed bool) States { return &filled{inner: inner.make(signed), result: k.result} }
	return k, nil
}

// filled is the states of -OrNull and -OrDefault: the number of rows without a
// NULL of each group, a signed varint before the encoded inner state.
type filled struct {
	inner  States
	result types.Type
	n      []int64
	rows   selection
}

func (s *filled) Grow(n int) {
	s.inner.Grow(n)
	s.n = grown(s.n, n)
}

func (s *filled) Add(groups []uint32, args []*batch.Vector, n int) {
	s.count(func(i int) uint32 { return groups[i] }, args, n, 1)
	s.inner.Add(groups, args, n)
}

func (s *filled) AddAll(group uint32, args []*batch.Vector, n int) {
	s.count(func(int) uint32 { return group }, args, n, 1)
	s.inner.AddAll(group, args, n)
}

// count adds d to the number of rows of the groups of all rows without a NULL.
func (s *filled) count(group func(i int) uint32, args []*batch.Vector, n int, d int64) {
	if !hasNulls(args) {
		for i := range n {
			s.n[group(i)] += d
		}
		return
	}
	s.rows.pickNotNull(args, n)
	for _, r := range s.rows.rows {
		s.n[group(int(r))] += d
	}
}

func (s *filled) Retract(groups []uint32, args []*batch.Vector, n int) error {
	if err := s.inner.Retract(groups, args, n); err != nil {
		return err
	}
	s.count(func(i int) uint32 { return groups[i] }, args, n, -1)
	return nil
}

func (s *filled) Merge(src States, to []uint32) error {
	o := src.(*filled)
	for g, n := range o.n {
		s.n[to[g]] += n
	}
	return s.inner.Merge(o.inner, to)
}

func (s *filled) Encode(dst []byte, group uint32, form Form) []byte {
	return s.inner.Encode(binary.AppendVarint(dst, s.n[group]), group, form)
}

func (s *filled) Decode(src []byte, group uint32, form Form) ([]byte, error) {
	r := reader{buf: src}
	s.n[group] = r.varint()
	rest, err := r.end("count of rows")
	if err != nil {
		return nil, err
	}
	return s.inner.Decode(rest, group, form)
}

func (s *filled) Bind(dicts []batch.Dictionary)    { s.inner.Bind(dicts) }
func (s *filled) Dictionaries() []batch.Dictionary { return s.inner.Dictionaries() }
func (s *filled) Portable() error                  { return s.inner.Portable() }

func (s *filled) Finish(lo, hi int) *batch.Vector {
	v := s.inner.Finish(lo, hi)
	b := batch.NewBuilder(s.result, hi-lo)
	for i, n := range s.n[lo:hi] {
		if n > 0 {
			b.AppendRow(v, i)
		} else {
			b.AppendDefault()
		}
	}
	return b.Finish()
}

func (s *filled) check(lo, hi int) error { return Check(s.inner, lo, hi) }

func (s *filled) SizeBytes() int64 { return s.inner.SizeBytes() + int64(cap(s.n))*8 }
