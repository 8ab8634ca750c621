package agg

import (
	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/types"
	"github.com/freshetdb/freshet/index/bitmap"
)

// keep says which of the values of a group single keeps.
type keep uint8

const (
	keepFirst keep = iota
	keepLast
	keepLeast
	keepGreatest
)

func buildAny(c *call) (core, error)     { return c.buildSingle(keepFirst) }
func buildAnyLast(c *call) (core, error) { return c.buildSingle(keepLast) }

func (c *call) buildSingle(which keep) (core, error) {
	t, err := c.oneArg()
	if err != nil {
		return core{}, err
	}
	return singleCore(t, ClassB, which), nil
}

func singleCore(t types.Type, class Class, which keep) core {
	nulls := nullsGreatest
	if which == keepGreatest {
		nulls = nullsLeast
	}
	return core{result: t, class: class, make: func(bool) States {
		return &single{result: t, keep: which, cells: newCells(t, nulls)}
	}}
}

// single is the states of any, anyLast, and of min and max of what is no number:
// one value a group. Encoded as a flag and, when it is 1, the value.
type single struct {
	rebuilt
	result types.Type
	keep   keep
	cells  cells
	seen   []bool
	tried  struct { // the symbols that one group was offered
		dict  batch.Dictionary
		group uint32
		set   bitmap.Set
	}
}

// triedMax is the size of a dictionary up to which tried is a bitmap from the start.
const triedMax = 8 << 20

func (s *single) Grow(n int) {
	s.cells.grow(n)
	s.seen = grown(s.seen, n)
}

func (s *single) Add(groups []uint32, args []*batch.Vector, _ int) {
	for i, g := range groups {
		s.offer(g, args[0], i)
	}
}

func (s *single) offer(g uint32, v *batch.Vector, i int) {
	if s.seen[g] {
		switch s.keep {
		case keepFirst:
			return
		case keepLeast:
			if s.cells.compare(g, v, i) <= 0 {
				return
			}
		case keepGreatest:
			if s.cells.compare(g, v, i) >= 0 {
				return
			}
		case keepLast:
		}
	}
	s.cells.set(g, v, i)
	s.seen[g] = true
}

func (s *single) AddAll(group uint32, args []*batch.Vector, n int) {
	switch s.keep {
	case keepFirst:
		s.offer(group, args[0], 0)
	case keepLast:
		s.offer(group, args[0], n-1)
	default:
		if d, ok := args[0].Data.(batch.Symbols); ok {
			s.offerSymbols(group, d, args[0])
			return
		}
		for i := range n {
			s.offer(group, args[0], i)
		}
	}
}

// offerSymbols offers each symbol of one dictionary to a group only once.
func (s *single) offerSymbols(group uint32, d batch.Symbols, v *batch.Vector) {
	if s.tried.dict != d.Dict || s.tried.group != group {
		s.tried.dict, s.tried.group, s.tried.set = d.Dict, group, bitmap.Set{}
		if n := d.Dict.Len(); n > 0 && n <= triedMax {
			s.tried.set.Reserve(uint32(n - 1))
		}
	}
	for i, code := range d.Codes {
		if code&batch.OverlayBit != 0 || s.tried.set.Add(code) {
			s.offer(group, v, i)
		}
	}
}

func (s *single) Merge(src States, to []uint32) error {
	o := src.(*single)
	for h, seen := range o.seen {
		g := to[h]
		if !seen || (s.seen[g] && !s.better(g, o.cells, uint32(h))) {
			continue
		}
		s.cells.take(g, o.cells, uint32(h))
		s.seen[g] = true
	}
	return nil
}

// better tells whether src's value of group h should replace that of g.
func (s *single) better(g uint32, src cells, h uint32) bool {
	switch s.keep {
	case keepLast:
		return true
	case keepLeast:
		return s.cells.compareCell(g, src, h) > 0
	case keepGreatest:
		return s.cells.compareCell(g, src, h) < 0
	default:
		return false
	}
}

func (s *single) Encode(dst []byte, group uint32, form Form) []byte {
	dst = appendFlag(dst, s.seen[group])
	if s.seen[group] {
		dst = s.cells.encode(dst, group, form)
	}
	return dst
}

func (s *single) Decode(src []byte, group uint32, form Form) ([]byte, error) {
	r := reader{buf: src}
	if s.seen[group] = r.flag(); s.seen[group] {
		s.cells.decode(&r, group, form)
	}
	return r.end("value")
}

func (s *single) Bind(dicts []batch.Dictionary) { s.cells.bind(dicts[0]) }

func (s *single) Portable() error {
	s.cells.portable()
	return nil
}

func (s *single) Finish(lo, hi int) *batch.Vector {
	b := batch.NewBuilder(s.result, hi-lo)
	for g := lo; g < hi; g++ {
		if s.seen[g] {
			s.cells.appendTo(b, uint32(g))
		} else {
			b.AppendDefault()
		}
	}
	return b.Finish()
}

func (s *single) SizeBytes() int64 {
	return s.cells.size() + int64(cap(s.seen)) + s.tried.set.SizeBytes()
}
