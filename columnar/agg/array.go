package agg

import (
	"cmp"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/chcode"
	"github.com/freshetdb/freshet/columnar/types"
)

// buildArray is the combinator -Array: every argument is an array, and each
// position of the arrays of a row counts as one row of the function.
func buildArray(c *call, base string) (core, error) {
	if len(c.args) == 0 {
		return core{}, chcode.Errorf(chcode.TooFewArgumentsForFunction,
			"Array aggregate functions require at least one argument")
	}
	elems := make([]types.Type, len(c.args))
	for i, t := range c.args {
		if t.Kind != types.Array {
			return core{}, chcode.Errorf(chcode.IllegalTypeOfArgument,
				"Illegal type %s of argument for aggregate function with Array suffix. Must be array", t)
		}
		elems[i] = t.Elem()
		elems[i].LowCard = false
	}
	inner, err := build(&call{name: base, params: c.params, args: elems, depth: c.depth + 1})
	if err != nil {
		return core{}, err
	}
	k := inner
	k.skipsZero = false
	k.make = func(signed bool) States { return &unnested{inner: inner.make(signed)} }
	return k, nil
}

// unnested is the states of -Array: those of the inner function, encoded as they
// are. Arrays of one row must be equally long: where they are not, they are cut to
// the shortest and Check tells.
type unnested struct {
	inner  States
	err    error
	groups []uint32
	args   []*batch.Vector
}

// flatten gives the elements of n rows as vectors, and how many rows each has.
func (s *unnested) flatten(args []*batch.Vector, n int) (elems []*batch.Vector, total int, counts func(i int) int) {
	s.args = s.args[:0]
	lists := args[0].Data.(batch.Lists)
	if len(args) == 1 {
		lo, hi := lists.Offsets[0], lists.Offsets[n]
		s.args = append(s.args, lists.Elems.Slice(int(lo), int(hi)))
		return s.args, int(hi - lo), func(i int) int { return int(lists.Offsets[i+1] - lists.Offsets[i]) }
	}
	shortest := make([]int, n)
	for i := range n {
		shortest[i] = int(lists.Offsets[i+1] - lists.Offsets[i])
		for _, a := range args[1:] {
			o := a.Data.(batch.Lists).Offsets
			if length := int(o[i+1] - o[i]); length != shortest[i] {
				s.err = chcode.Errorf(chcode.SizesOfArraysDontMatch, "All arrays must have equal sizes: %d and %d", shortest[i], length)
				shortest[i] = min(shortest[i], length)
			}
		}
		total += shortest[i]
	}
	for _, a := range args {
		l := a.Data.(batch.Lists)
		sel := make([]uint32, 0, total)
		for i, k := range shortest {
			for e := range uint32(k) {
				sel = append(sel, l.Offsets[i]+e)
			}
		}
		s.args = append(s.args, l.Elems.Gather(sel))
	}
	return s.args, total, func(i int) int { return shortest[i] }
}

// spread repeats the group of each row for its elements.
func (s *unnested) spread(groups []uint32, counts func(i int) int) []uint32 {
	s.groups = s.groups[:0]
	for i, g := range groups {
		for range counts(i) {
			s.groups = append(s.groups, g)
		}
	}
	return s.groups
}

func (s *unnested) Grow(n int) { s.inner.Grow(n) }

func (s *unnested) Add(groups []uint32, args []*batch.Vector, n int) {
	elems, total, counts := s.flatten(args, n)
	if total > 0 {
		s.inner.Add(s.spread(groups, counts), elems, total)
	}
}

func (s *unnested) AddAll(group uint32, args []*batch.Vector, n int) {
	if elems, total, _ := s.flatten(args, n); total > 0 {
		s.inner.AddAll(group, elems, total)
	}
}

func (s *unnested) Retract(groups []uint32, args []*batch.Vector, n int) error {
	elems, total, counts := s.flatten(args, n)
	if total == 0 {
		return nil
	}
	return s.inner.Retract(s.spread(groups, counts), elems, total)
}

func (s *unnested) Merge(src States, to []uint32) error {
	o := src.(*unnested)
	s.err = cmp.Or(s.err, o.err)
	return s.inner.Merge(o.inner, to)
}

func (s *unnested) Encode(dst []byte, group uint32, form Form) []byte {
	return s.inner.Encode(dst, group, form)
}

func (s *unnested) Decode(src []byte, group uint32, form Form) ([]byte, error) {
	return s.inner.Decode(src, group, form)
}

func (s *unnested) Bind(dicts []batch.Dictionary)    { s.inner.Bind(dicts) }
func (s *unnested) Dictionaries() []batch.Dictionary { return s.inner.Dictionaries() }
func (s *unnested) Portable() error                  { return s.inner.Portable() }

func (s *unnested) Finish(lo, hi int) *batch.Vector { return s.inner.Finish(lo, hi) }
func (s *unnested) SizeBytes() int64                { return s.inner.SizeBytes() }

func (s *unnested) check(lo, hi int) error {
	if s.err != nil {
		return s.err
	}
	return Check(s.inner, lo, hi)
}
