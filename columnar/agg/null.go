package agg

import (
	"encoding/binary"
	"slices"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/types"
)

// skipNulls wraps a function of plain arguments into one of Nullable ones: rows
// with a NULL are left out, and a group without other rows is NULL where the
// result type can hold it.
func skipNulls(inner core) core {
	k := inner
	k.skipsZero = false
	if !inner.empty {
		k.result = inner.result.AsNullable()
	}
	k.make = func(signed bool) States {
		return &nullable{
			inner: inner.make(signed), result: k.result, counted: k.result.Nullable && !inner.empty,
			skipsZero: inner.skipsZero,
		}
	}
	return k
}

// nullable is the states of a function with Nullable arguments: the inner states
// and, where the result may be NULL, the number of rows of each group, a signed
// varint before the encoded inner state.
type nullable struct {
	inner     States
	result    types.Type
	counted   bool
	skipsZero bool
	n         []int64
	rows      selection
}

// selection is scratch for leaving rows out of a batch.
type selection struct {
	rows   []uint32
	groups []uint32
	args   []*batch.Vector
	plain  []*batch.Vector
}

// gather keeps the selected rows of groups (which may be nil) and args.
func (s *selection) gather(groups []uint32, args []*batch.Vector) {
	s.groups, s.args = s.groups[:0], s.args[:0]
	if groups != nil {
		for _, r := range s.rows {
			s.groups = append(s.groups, groups[r])
		}
	}
	for _, a := range args {
		s.args = append(s.args, a.Gather(s.rows))
	}
}

// notNull is args, which have no NULLs, with types that have none either: keys of
// values must not depend on it.
func (s *selection) notNull(args []*batch.Vector) []*batch.Vector {
	s.plain = s.plain[:0]
	for _, a := range args {
		v := *a
		v.Type, v.Nulls = a.Type.NotNull(), nil
		s.plain = append(s.plain, &v)
	}
	return s.plain
}

// hasNulls tells whether a row of any of the arguments is NULL.
func hasNulls(args []*batch.Vector) bool {
	for _, a := range args {
		for _, null := range a.Nulls {
			if null {
				return true
			}
		}
	}
	return false
}

// pickNotNull selects the rows in which no argument is NULL.
func (s *selection) pickNotNull(args []*batch.Vector, n int) {
	s.rows = s.rows[:0]
	for i := range n {
		null := false
		for _, a := range args {
			null = null || (a.Nulls != nil && a.Nulls[i])
		}
		if !null {
			s.rows = append(s.rows, uint32(i))
		}
	}
}

func (s *nullable) Grow(n int) {
	s.inner.Grow(n)
	if s.counted {
		s.n = grown(s.n, n)
	}
}

func (s *nullable) Add(groups []uint32, args []*batch.Vector, n int) {
	if !hasNulls(args) {
		if s.counted {
			addOnes(s.n, groups)
		}
		s.inner.Add(groups, s.rows.notNull(args), n)
		return
	}
	if s.skipsZero && len(args) == 1 {
		if s.counted {
			addNotNulls(s.n, groups, args[0].Nulls)
		}
		s.inner.Add(groups, args, n)
		return
	}
	s.rows.pickNotNull(args, n)
	if len(s.rows.rows) == 0 {
		return
	}
	s.rows.gather(groups, args)
	if s.counted {
		addOnes(s.n, s.rows.groups)
	}
	s.inner.Add(s.rows.groups, s.rows.notNull(s.rows.args), len(s.rows.rows))
}

func addNotNulls(acc []int64, groups []uint32, nulls []bool) {
	for i, g := range groups {
		acc[g] += int64(1 - boolOrder(nulls[i]))
	}
}

func (s *nullable) AddAll(group uint32, args []*batch.Vector, n int) {
	if s.skipsZero && len(args) == 1 && args[0].Nulls != nil {
		if s.counted {
			s.n[group] += int64(n - countNulls(args[0].Nulls))
		}
		s.inner.AddAll(group, args, n)
		return
	}
	if hasNulls(args) {
		s.rows.pickNotNull(args, n)
		if n = len(s.rows.rows); n == 0 {
			return
		}
		s.rows.gather(nil, args)
		args = s.rows.args
	}
	if s.counted {
		s.n[group] += int64(n)
	}
	s.inner.AddAll(group, s.rows.notNull(args), n)
}

// countNulls counts without a branch per row.
func countNulls(nulls []bool) int {
	k := 0
	for _, null := range nulls {
		k += boolOrder(null)
	}
	return k
}

func (s *nullable) Retract(groups []uint32, args []*batch.Vector, n int) error {
	if hasNulls(args) {
		s.rows.pickNotNull(args, n)
		if n = len(s.rows.rows); n == 0 {
			return nil
		}
		s.rows.gather(groups, args)
		groups, args = s.rows.groups, s.rows.args
	}
	if err := s.inner.Retract(groups, s.rows.notNull(args), n); err != nil {
		return err
	}
	if s.counted {
		for _, g := range groups {
			s.n[g]--
		}
	}
	return nil
}

func (s *nullable) Merge(src States, to []uint32) error {
	o := src.(*nullable)
	for g, n := range o.n {
		s.n[to[g]] += n
	}
	return s.inner.Merge(o.inner, to)
}

func (s *nullable) Encode(dst []byte, group uint32, form Form) []byte {
	if s.counted {
		dst = binary.AppendVarint(dst, s.n[group])
	}
	return s.inner.Encode(dst, group, form)
}

func (s *nullable) Decode(src []byte, group uint32, form Form) ([]byte, error) {
	if s.counted {
		r := reader{buf: src}
		s.n[group] = r.varint()
		rest, err := r.end("count of rows")
		if err != nil {
			return nil, err
		}
		src = rest
	}
	return s.inner.Decode(src, group, form)
}

func (s *nullable) Bind(dicts []batch.Dictionary)    { s.inner.Bind(dicts) }
func (s *nullable) Dictionaries() []batch.Dictionary { return s.inner.Dictionaries() }
func (s *nullable) Portable() error                  { return s.inner.Portable() }

func (s *nullable) Finish(lo, hi int) *batch.Vector {
	v := s.inner.Finish(lo, hi)
	if !s.counted {
		return v
	}
	return withNulls(v, s.result, s.n[lo:hi])
}

// withNulls is v as a column of the Nullable type t: NULL, and the type's default
// as the value, where a count is not positive.
func withNulls(v *batch.Vector, t types.Type, counts []int64) *batch.Vector {
	if !slices.ContainsFunc(counts, func(n int64) bool { return n <= 0 }) {
		return v.WithType(t)
	}
	b := batch.NewBuilder(t, v.Len)
	for i, n := range counts {
		if n <= 0 {
			b.AppendNull()
		} else {
			b.AppendRow(v, i)
		}
	}
	return b.Finish()
}

func (s *nullable) check(lo, hi int) error { return Check(s.inner, lo, hi) }

func (s *nullable) SizeBytes() int64 { return s.inner.SizeBytes() + int64(cap(s.n))*8 }
