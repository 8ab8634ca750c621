package agg

import (
	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/types"
)

func buildArgMin(c *call) (core, error) { return c.buildArgExtreme(least) }
func buildArgMax(c *call) (core, error) { return c.buildArgExtreme(greatest) }

func (c *call) buildArgExtreme(end extreme) (core, error) {
	if len(c.args) != 2 {
		return core{}, c.argsError("two arguments")
	}
	arg, key := c.args[0], c.args[1]
	nulls := nullsGreatest
	if end == greatest {
		nulls = nullsLeast
	}
	return core{result: arg, class: ClassB, make: func(bool) States {
		s := &argExtremes{result: arg, end: end, arg: newCells(arg, nulls), key: newCells(key, nulls)}
		s.scan = newKeyScan(key.Phys(), end)
		return s
	}}, nil
}

// argExtremes is the states of argMin and argMax: the argument at the least or
// greatest key; of equal keys the first seen stays. Encoded as a flag and, when it
// is 1, the key and the argument.
type argExtremes struct {
	rebuilt
	result types.Type
	end    extreme
	arg    cells
	key    cells
	seen   []bool
	scan   keyScan
}

// keyScan finds, for keys that are numbers, the row of the extreme key without
// a call per row.
type keyScan func(v *batch.Vector) int

func newKeyScan(p types.Phys, end extreme) keyScan {
	switch p {
	case types.PhysU8:
		return scanOf[uint8](end)
	case types.PhysU16:
		return scanOf[uint16](end)
	case types.PhysU32:
		return scanOf[uint32](end)
	case types.PhysU64:
		return scanOf[uint64](end)
	case types.PhysI8:
		return scanOf[int8](end)
	case types.PhysI16:
		return scanOf[int16](end)
	case types.PhysI32:
		return scanOf[int32](end)
	case types.PhysI64:
		return scanOf[int64](end)
	default:
		return nil
	}
}

func scanOf[T number](end extreme) keyScan {
	return func(v *batch.Vector) int {
		values := v.Data.([]T)
		at := 0
		for i, x := range values {
			if (end == least && x < values[at]) || (end == greatest && x > values[at]) {
				at = i
			}
		}
		return at
	}
}

func (s *argExtremes) Grow(n int) {
	s.arg.grow(n)
	s.key.grow(n)
	s.seen = grown(s.seen, n)
}

func (s *argExtremes) Add(groups []uint32, args []*batch.Vector, _ int) {
	for i, g := range groups {
		s.offer(g, args, i)
	}
}

func (s *argExtremes) offer(g uint32, args []*batch.Vector, i int) {
	if s.seen[g] && !s.wins(s.key.compare(g, args[1], i), isNaNAt(args[1], i), g) {
		return
	}
	s.key.set(g, args[1], i)
	s.arg.set(g, args[0], i)
	s.seen[g] = true
}

// wins tells whether a key that compares so with that of group g replaces it. NaN
// never replaces and always gives way.
func (s *argExtremes) wins(order int, nan bool, g uint32) bool {
	if nan {
		return false
	}
	if cellIsNaN(s.key, g) {
		return true
	}
	if s.end == least {
		return order > 0
	}
	return order < 0
}

func isNaNAt(v *batch.Vector, i int) bool {
	switch d := v.Data.(type) {
	case []float64:
		return isNaN(d[i])
	case []float32:
		return isNaN(d[i])
	default:
		return false
	}
}

func cellIsNaN(c cells, g uint32) bool {
	switch k := c.(type) {
	case *fixedCells[float64]:
		return isNaN(k.values[g])
	case *fixedCells[float32]:
		return isNaN(k.values[g])
	default:
		return false
	}
}

func (s *argExtremes) AddAll(group uint32, args []*batch.Vector, n int) {
	if s.scan != nil {
		s.offer(group, args, s.scan(args[1]))
		return
	}
	for i := range n {
		s.offer(group, args, i)
	}
}

func (s *argExtremes) Merge(src States, to []uint32) error {
	o := src.(*argExtremes)
	for h, seen := range o.seen {
		g := to[h]
		if !seen {
			continue
		}
		if s.seen[g] && !s.wins(s.key.compareCell(g, o.key, uint32(h)), cellIsNaN(o.key, uint32(h)), g) {
			continue
		}
		s.key.take(g, o.key, uint32(h))
		s.arg.take(g, o.arg, uint32(h))
		s.seen[g] = true
	}
	return nil
}

func (s *argExtremes) Encode(dst []byte, group uint32, form Form) []byte {
	dst = appendFlag(dst, s.seen[group])
	if s.seen[group] {
		dst = s.arg.encode(s.key.encode(dst, group, form), group, form)
	}
	return dst
}

func (s *argExtremes) Decode(src []byte, group uint32, form Form) ([]byte, error) {
	r := reader{buf: src}
	if s.seen[group] = r.flag(); s.seen[group] {
		s.key.decode(&r, group, form)
		s.arg.decode(&r, group, form)
	}
	return r.end("argument and key")
}

func (s *argExtremes) Bind(dicts []batch.Dictionary) {
	s.arg.bind(dicts[0])
	s.key.bind(dicts[1])
}

func (s *argExtremes) Dictionaries() []batch.Dictionary {
	return dictionaries(s.arg.dictionary(), s.key.dictionary())
}

func (s *argExtremes) Portable() error {
	s.arg.portable()
	s.key.portable()
	return nil
}

func (s *argExtremes) Finish(lo, hi int) *batch.Vector {
	b := batch.NewBuilder(s.result, hi-lo)
	for g := lo; g < hi; g++ {
		if s.seen[g] {
			s.arg.appendTo(b, uint32(g))
		} else {
			b.AppendDefault()
		}
	}
	return b.Finish()
}

func (s *argExtremes) SizeBytes() int64 {
	return s.arg.size() + s.key.size() + int64(cap(s.seen))
}
