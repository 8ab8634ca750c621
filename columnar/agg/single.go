package agg

import (
	"bytes"

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
	return core{result: t, class: class, chains: which == keepLeast || which == keepGreatest, make: func(bool) States {
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
	offered offered
}

// offered is the group that each symbol was offered to last: a value does not become
// the least or the greatest of a group by being offered again.
type offered struct {
	dict   batch.Dictionary
	groups []uint32 // group + 1 by symbol
	rows   int      // of the dictionary so far

	fresh, codes []uint32 // scratch: rows that are not repeated
	texts        batch.Strings
}

// offeredPerRow is how large a dictionary may be, in symbols for each row so far, for
// its symbols to be noted: there are many States where there are many groups.
const offeredPerRow = 2

// triedMax is the size of a dictionary up to which tried is a bitmap from the start.
const triedMax = 8 << 20

func (s *single) Grow(n int) {
	s.cells.grow(n)
	s.seen = grown(s.seen, n)
}

func (s *single) Add(groups []uint32, args []*batch.Vector, _ int) {
	if d, ok := args[0].Data.(batch.Symbols); ok && (s.keep == keepLeast || s.keep == keepGreatest) && s.addSymbols(groups, d, args[0]) {
		return
	}
	for i, g := range groups {
		s.offer(g, args[0], i)
	}
}

// addSymbols offers each row whose symbol was not offered to the same group before;
// false when rows are to be offered one by one.
func (s *single) addSymbols(groups []uint32, d batch.Symbols, v *batch.Vector) bool {
	o := &s.offered
	if o.dict != d.Dict {
		*o = offered{dict: d.Dict}
	}
	if d.Overlay.Len() > 0 || v.Const {
		return false
	}
	cells, ok := s.cells.(*stringCells)
	if !ok || !cells.accept(d.Dict) {
		return false
	}
	o.choose(groups, d)
	o.texts = batch.Strings{Offsets: o.texts.Offsets[:0], Bytes: o.texts.Bytes[:0]}
	o.texts.AppendSymbols(d.Dict, o.codes)
	for k, i := range o.fresh {
		g := groups[i]
		if s.seen[g] {
			if c := bytes.Compare(cells.shownText(g), o.texts.At(k)); c == 0 || (c < 0) == (s.keep == keepLeast) {
				continue
			}
		}
		cells.set(g, v, int(i))
		s.seen[g] = true
	}
	return true
}

// choose finds the rows that are to be offered, and their symbols.
func (o *offered) choose(groups []uint32, d batch.Symbols) {
	o.rows += len(groups)
	if o.groups == nil && o.rows*offeredPerRow >= d.Dict.Len() {
		o.groups = make([]uint32, d.Dict.Len())
	}
	o.fresh, o.codes = o.fresh[:0], o.codes[:0]
	for i, code := range d.Codes[:len(groups)] {
		if o.groups != nil {
			if o.groups[code] == groups[i]+1 {
				continue
			}
			o.groups[code] = groups[i] + 1
		}
		o.fresh, o.codes = append(o.fresh, uint32(i)), append(o.codes, code)
	}
}

func (o *offered) size() int64 {
	return 4*int64(cap(o.groups)+cap(o.fresh)+cap(o.codes)+cap(o.texts.Offsets)) + int64(cap(o.texts.Bytes))
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
	s.offered = offered{} // the value may be another one
	if s.seen[group] = r.flag(); s.seen[group] {
		s.cells.decode(&r, group, form)
	}
	return r.end("value")
}

func (s *single) Bind(dicts []batch.Dictionary) { s.cells.bind(dicts[0]) }

func (s *single) Dictionaries() []batch.Dictionary { return dictionaries(s.cells.dictionary()) }

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
	return s.cells.size() + int64(cap(s.seen)) + s.tried.set.SizeBytes() + s.offered.size()
}
