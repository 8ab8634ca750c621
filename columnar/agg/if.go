package agg

import (
	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/chcode"
	"github.com/freshetdb/freshet/columnar/types"
)

// buildIf is the combinator -If: the last argument is a condition, rows in which
// it is zero or NULL are left out.
func buildIf(c *call, base string) (core, error) {
	if len(c.args) == 0 {
		return core{}, chcode.Errorf(chcode.NumberOfArgumentsDoesntMatch,
			"Incorrect number of arguments for aggregate function with If suffix")
	}
	last := len(c.args) - 1
	switch cond := c.args[last]; cond.Kind {
	case types.UInt8, types.Bool, types.Nothing:
	default:
		return core{}, chcode.Errorf(chcode.IllegalTypeOfArgument,
			"Illegal type %s of last argument for aggregate function with If suffix", cond)
	}
	inner, err := build(&call{name: base, params: c.params, args: c.args[:last], depth: c.depth + 1})
	if err != nil {
		return core{}, err
	}
	k := inner
	k.skipsZero = false
	k.make = func(signed bool) States { return &conditional{inner: inner.make(signed)} }
	return k, nil
}

// conditional is the states of -If: those of the inner function, encoded as they are.
type conditional struct {
	inner States
	rows  selection
}

// pick selects the rows whose condition holds, without a branch per row.
func (s *selection) pick(cond *batch.Vector, n int) {
	if cap(s.rows) < n {
		s.rows = make([]uint32, n)
	}
	rows := s.rows[:n]
	k := 0
	data, _ := cond.Data.([]uint8) // Nothing has none: it is never true
	if cond.Nulls == nil {
		for i, v := range data {
			rows[k] = uint32(i)
			if v != 0 {
				k++
			}
		}
	} else {
		for i, v := range data {
			rows[k] = uint32(i)
			if v != 0 && !cond.Nulls[i] {
				k++
			}
		}
	}
	s.rows = rows[:k]
}

// filter keeps the rows that pass; nil when all do, so that nothing is copied.
func (s *conditional) filter(groups []uint32, args []*batch.Vector, n int) ([]uint32, []*batch.Vector, int) {
	last := len(args) - 1
	s.rows.pick(args[last], n)
	k := len(s.rows.rows)
	if k == n || k == 0 {
		return groups, args[:last], k
	}
	s.rows.gather(groups, args[:last])
	return s.rows.groups, s.rows.args, k
}

func (s *conditional) Grow(n int) { s.inner.Grow(n) }

func (s *conditional) Add(groups []uint32, args []*batch.Vector, n int) {
	if c, ok := s.inner.(*counts); ok && len(args) == 1 && args[0].Nulls == nil {
		addConditions(c.n, groups, args[0])
		return
	}
	if groups, args, n = s.filter(groups, args, n); n > 0 {
		s.inner.Add(groups, args, n)
	}
}

// addConditions is countIf: it adds one where the condition is not zero.
func addConditions(acc []int64, groups []uint32, cond *batch.Vector) {
	values, _ := cond.Data.([]uint8)
	for i, v := range values {
		acc[groups[i]] += int64(boolOrder(v != 0))
	}
}

func (s *conditional) AddAll(group uint32, args []*batch.Vector, n int) {
	if _, args, n = s.filter(nil, args, n); n > 0 {
		s.inner.AddAll(group, args, n)
	}
}

func (s *conditional) Retract(groups []uint32, args []*batch.Vector, n int) error {
	if groups, args, n = s.filter(groups, args, n); n > 0 {
		return s.inner.Retract(groups, args, n)
	}
	return nil
}

func (s *conditional) Merge(src States, to []uint32) error {
	return s.inner.Merge(src.(*conditional).inner, to)
}

func (s *conditional) Encode(dst []byte, group uint32, form Form) []byte {
	return s.inner.Encode(dst, group, form)
}

func (s *conditional) Decode(src []byte, group uint32, form Form) ([]byte, error) {
	return s.inner.Decode(src, group, form)
}

// Bind takes the dictionaries with that of the condition or, of states that were
// made without one, without it: the inner function looks at those of its own only.
func (s *conditional) Bind(dicts []batch.Dictionary)    { s.inner.Bind(dicts) }
func (s *conditional) Dictionaries() []batch.Dictionary { return s.inner.Dictionaries() }
func (s *conditional) Portable() error                  { return s.inner.Portable() }

func (s *conditional) Finish(lo, hi int) *batch.Vector { return s.inner.Finish(lo, hi) }
func (s *conditional) check(lo, hi int) error          { return Check(s.inner, lo, hi) }
func (s *conditional) SizeBytes() int64                { return s.inner.SizeBytes() }
