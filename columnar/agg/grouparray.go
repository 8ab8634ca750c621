package agg

import (
	"slices"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/chcode"
	"github.com/freshetdb/freshet/columnar/types"
)

// order says which values groupArray keeps and how it gives them out.
type order uint8

const (
	orderArrival order = iota // the first ones
	orderLast                 // the last ones
	orderSorted               // the least ones, rising
)

func buildGroupArray(c *call) (core, error) {
	limit, err := c.optionalSize()
	if err != nil {
		return core{}, err
	}
	return c.buildArrayOf(limit, orderArrival)
}

func buildGroupArrayLast(c *call) (core, error) {
	if len(c.params) == 0 {
		return core{}, chcode.Errorf(chcode.BadArguments,
			"groupArrayLast make sense only with max_elems (groupArrayLast(max_elems)())")
	}
	limit, err := c.optionalSize()
	if err != nil {
		return core{}, err
	}
	return c.buildArrayOf(limit, orderLast)
}

func buildGroupArraySorted(c *call) (core, error) {
	if len(c.params) == 0 {
		return core{}, chcode.Errorf(chcode.BadArguments,
			"Parameter for aggregate function %s should have limit argument", c.name)
	}
	limit, err := c.optionalSize()
	if err != nil {
		return core{}, err
	}
	return c.buildArrayOf(limit, orderSorted)
}

func (c *call) buildArrayOf(limit uint64, by order) (core, error) {
	t, err := c.oneArg()
	if err != nil {
		return core{}, err
	}
	k := core{result: types.ArrayOf(t), class: ClassB, make: func(bool) States {
		return &arrays{result: types.ArrayOf(t), limit: limit, order: by, store: newRowStore(t)}
	}}
	if by == orderSorted {
		k.class = ClassA
	}
	return k, nil
}

// buildGroupUniqArray is the distinct values in the order in which they were first seen.
func buildGroupUniqArray(c *call) (core, error) {
	limit, err := c.optionalSize()
	if err != nil {
		return core{}, err
	}
	inner, err := c.buildArrayOf(0, orderArrival)
	if err != nil {
		return core{}, err
	}
	return distinctCore(inner, c.args, limit), nil
}

// arrays is the states of groupArray, groupArrayLast and groupArraySorted: values
// in order of arrival, encoded as rowStore is. Where a limit drops earlier values
// the rows above it are dropped from time to time.
type arrays struct {
	rebuilt
	result types.Type
	limit  uint64 // 0 is none
	order  order
	store  rowStore
	same   []uint32 // scratch: one group for every row
}

// pruneFrom is the number of rows above the limits at which they are dropped.
const pruneFrom = 8192

func (s *arrays) Grow(n int) { s.store.grow(n) }

func (s *arrays) Add(groups []uint32, args []*batch.Vector, _ int) {
	if s.order != orderArrival || s.limit == 0 {
		s.store.addAll(groups, args)
		s.prune()
		return
	}
	for i, g := range groups {
		if uint64(s.store.counts[g]) < s.limit {
			s.store.add(g, args, i)
		}
	}
}

func (s *arrays) AddAll(group uint32, args []*batch.Vector, n int) {
	s.same = resized(s.same, n)
	for i := range s.same {
		s.same[i] = group
	}
	s.Add(s.same, args, n)
}

// prune drops rows that no answer can show, once they are more than half.
func (s *arrays) prune() {
	if s.order == orderArrival {
		return
	}
	kept := uint64(0)
	if len(s.store.owners) < pruneFrom {
		return
	}
	for _, n := range s.store.counts {
		kept += min(uint64(n), s.limit)
	}
	if uint64(len(s.store.owners)) < 2*kept+pruneFrom {
		return
	}
	keep := make([]bool, len(s.store.owners))
	values := s.store.columns()[0]
	for g := range s.store.counts {
		for _, r := range s.chosen(uint32(g), values) {
			keep[r] = true
		}
	}
	s.store.filter(func(r int) bool { return keep[r] })
}

// chosen is the rows of a group that its value has, in order.
func (s *arrays) chosen(g uint32, values *batch.Vector) []uint32 {
	rows := s.store.rows(g)
	switch s.order {
	case orderLast:
		if n := uint64(len(rows)); n > s.limit {
			rows = rows[n-s.limit:]
		}
	case orderSorted:
		rows = slices.Clone(rows)
		slices.SortStableFunc(rows, func(a, b uint32) int {
			return compareRows(values, int(a), values, int(b), nullsGreatest)
		})
		rows = rows[:min(uint64(len(rows)), s.limit)]
	case orderArrival:
	}
	return rows
}

func (s *arrays) Merge(src States, to []uint32) error {
	o := src.(*arrays)
	if n := len(o.store.owners); n > 0 {
		s.Add(mapped(o.store.owners, to), o.store.columns(), n)
	}
	return nil
}

func (s *arrays) Encode(dst []byte, group uint32, form Form) []byte {
	return s.store.encode(dst, group, form)
}

func (s *arrays) Decode(src []byte, group uint32, form Form) ([]byte, error) {
	r := reader{buf: src}
	s.store.decode(&r, group, form)
	return r.end("array")
}

func (s *arrays) Bind(dicts []batch.Dictionary) { s.store.bind(dicts) }

func (s *arrays) Dictionaries() []batch.Dictionary { return s.store.dictionaries() }

func (s *arrays) Portable() error {
	s.store.portable()
	return nil
}

func (s *arrays) Finish(lo, hi int) *batch.Vector {
	values := s.store.columns()[0]
	var sel []uint32
	offsets := make([]uint32, 1, hi-lo+1)
	for g := lo; g < hi; g++ {
		sel = append(sel, s.chosen(uint32(g), values)...)
		offsets = append(offsets, uint32(len(sel)))
	}
	return listOf(s.result, offsets, values.Gather(sel))
}

// listOf makes a column of arrays; elements that are symbols become strings.
func listOf(t types.Type, offsets []uint32, elems *batch.Vector) *batch.Vector {
	if d, ok := elems.Data.(batch.Symbols); ok {
		elems = &batch.Vector{Type: elems.Type, Len: elems.Len, Nulls: elems.Nulls, Data: d.Decode()}
	}
	return &batch.Vector{Type: t, Len: len(offsets) - 1, Data: batch.Lists{Offsets: offsets, Elems: elems}}
}

func (s *arrays) SizeBytes() int64 { return s.store.size() }
