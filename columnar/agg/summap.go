package agg

import (
	"cmp"
	"encoding/binary"
	"slices"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/chcode"
	"github.com/freshetdb/freshet/columnar/types"
)

// mapBuilder makes the builder of sumMap, minMap and maxMap over arrays: of a key
// array and one or more value arrays, or a tuple of them, the named function of the
// values of each key. It gives a tuple of arrays, sorted by key.
//
//go:noinline // its closure is large, and would be there once for each function
func mapBuilder(inner string, dropZeros bool) func(c *call) (core, error) {
	return func(c *call) (core, error) {
		args, isTuple := c.args, false
		if len(args) == 1 && args[0].Kind == types.Tuple {
			args, isTuple = args[0].Elems, true
		}
		if len(args) < 2 {
			return core{}, chcode.Errorf(chcode.IllegalTypeOfArgument, "Aggregate function %s requires at least two arrays", c.name)
		}
		k := core{retract: true}
		shape := mapShape{isTuple: isTuple, dropZeros: dropZeros}
		for i, t := range args {
			if t.Kind != types.Array {
				return core{}, chcode.Errorf(chcode.IllegalTypeOfArgument,
					"Aggregate function %s requires arrays as arguments, not %s", c.name, t)
			}
			elem := t.Elem()
			elem.LowCard = false
			if i == 0 {
				shape.key = elem
				k.result = types.TupleOf(types.ArrayOf(elem))
				continue
			}
			value, err := buildMapValue(c, inner, elem.NotNull())
			if err != nil {
				return core{}, err
			}
			k.class, k.retract = max(k.class, value.class), k.retract && value.retract
			shape.values = append(shape.values, value)
			k.result.Elems = append(k.result.Elems, types.ArrayOf(value.result))
		}
		shape.result = k.result
		k.make = func(signed bool) States { return newMaps(shape, signed) }
		return k, nil
	}
}

// buildMapValue is the function of the values: Decimals keep their type in sums.
func buildMapValue(c *call, inner string, t types.Type) (core, error) {
	name := inner
	if inner == "sum" && t.Kind == types.Decimal {
		name = "sumWithOverflow"
	}
	return build(&call{name: name, args: []types.Type{t}, depth: c.depth + 1})
}

type mapShape struct {
	key       types.Type
	values    []core
	result    types.Type
	isTuple   bool
	dropZeros bool // keys whose values are all zero are left out, as sumMap does
}

// maps is the states of sumMap, minMap and maxMap. Each key of a group has a slot,
// which is a group of the inner states. Pairs with a NULL are skipped; keys without
// a value are too, and Check tells. Encoded as
// a uvarint count of keys and of each the key and the inner states.
type maps struct {
	shape mapShape
	slots map[mapKey]uint32
	keys  rowStore // one row a slot
	inner []States
	keyer wideKeyer
	rows  selection
	err   error
}

type mapKey struct {
	group uint32
	key   key128
}

func newMaps(shape mapShape, signed bool) *maps {
	s := &maps{shape: shape, slots: map[mapKey]uint32{}, keys: newRowStore(shape.key.NotNull())}
	for _, v := range shape.values {
		s.inner = append(s.inner, v.make(signed))
	}
	return s
}

func (s *maps) Grow(n int) { s.keys.grow(n) }

// pairs flattens the arrays of n rows: keys, values and groups of equal length.
func (s *maps) pairs(group func(i int) uint32, args []*batch.Vector, n int) ([]uint32, []*batch.Vector) {
	if s.shape.isTuple {
		args = args[0].Data.([]*batch.Vector)
	}
	first := args[0].Data.(batch.Lists)
	var groups []uint32
	sels := make([][]uint32, len(args))
	for i := range n {
		length := first.Offsets[i+1] - first.Offsets[i]
		for _, a := range args[1:] {
			l := a.Data.(batch.Lists)
			if k := l.Offsets[i+1] - l.Offsets[i]; k != length {
				s.err = chcode.Errorf(chcode.BadArguments, "Sizes of keys and values arrays do not match: %d and %d", length, k)
				length = min(length, k)
			}
		}
		for e := range length {
			null := false
			for _, a := range args {
				l := a.Data.(batch.Lists)
				null = null || l.Elems.IsNull(int(l.Offsets[i]+e))
			}
			if null {
				continue
			}
			groups = append(groups, group(i))
			for k, a := range args {
				sels[k] = append(sels[k], a.Data.(batch.Lists).Offsets[i]+e)
			}
		}
	}
	out := make([]*batch.Vector, len(args))
	for k, a := range args {
		out[k] = a.Data.(batch.Lists).Elems.Gather(sels[k])
	}
	return groups, s.rows.notNull(out)
}

// slotsOf finds or makes the slots of keys.
func (s *maps) slotsOf(groups []uint32, keys *batch.Vector) []uint32 {
	out := make([]uint32, len(groups))
	for i, k := range s.keyer.of([]*batch.Vector{keys}, len(groups)) {
		at := mapKey{groups[i], k}
		slot, ok := s.slots[at]
		if !ok {
			slot = uint32(len(s.keys.owners))
			s.slots[at] = slot
			s.keys.add(groups[i], []*batch.Vector{keys}, i)
		}
		out[i] = slot
	}
	for _, in := range s.inner {
		in.Grow(len(s.keys.owners))
	}
	return out
}

func (s *maps) Add(groups []uint32, args []*batch.Vector, n int) {
	s.addPairs(s.pairs(func(i int) uint32 { return groups[i] }, args, n))
}

func (s *maps) AddAll(group uint32, args []*batch.Vector, n int) {
	s.addPairs(s.pairs(func(int) uint32 { return group }, args, n))
}

func (s *maps) addPairs(groups []uint32, cols []*batch.Vector) {
	if len(groups) == 0 {
		return
	}
	slots := s.slotsOf(groups, cols[0])
	for k, in := range s.inner {
		in.Add(slots, cols[k+1:k+2], len(slots))
	}
}

func (s *maps) Retract(groups []uint32, args []*batch.Vector, n int) error {
	for _, v := range s.shape.values {
		if !v.retract {
			return ErrNoRetract
		}
	}
	groups, cols := s.pairs(func(i int) uint32 { return groups[i] }, args, n)
	if len(groups) == 0 {
		return nil
	}
	slots := s.slotsOf(groups, cols[0])
	for k, in := range s.inner {
		if err := in.Retract(slots, cols[k+1:k+2], len(slots)); err != nil {
			return err
		}
	}
	return nil
}

func (s *maps) Merge(src States, to []uint32) error {
	o := src.(*maps)
	s.err = cmp.Or(s.err, o.err)
	if len(o.keys.owners) == 0 {
		return nil
	}
	slots := s.slotsOf(mapped(o.keys.owners, to), o.keys.columns()[0])
	for k, in := range s.inner {
		if err := in.Merge(o.inner[k], slots); err != nil {
			return err
		}
	}
	return nil
}

func (s *maps) Encode(dst []byte, group uint32, form Form) []byte {
	if s.shape.isTuple {
		form = Portable // The one argument has no place for dictionaries of several.
	}
	keys, rows := s.keys.columns()[0], s.keys.rows(group)
	dst = binary.AppendUvarint(dst, uint64(len(rows)))
	for _, slot := range rows {
		dst = s.keys.cols[0].appendRow(dst, keys, int(slot), form)
		for _, in := range s.inner {
			dst = in.Encode(dst, slot, form)
		}
	}
	return dst
}

func (s *maps) Decode(src []byte, group uint32, form Form) ([]byte, error) {
	r := reader{buf: src}
	for n := r.count(1); n > 0 && !r.bad; n-- {
		slot := uint32(len(s.keys.owners))
		s.keys.cols[0].readRow(&r, form)
		s.keys.own(group)
		for _, in := range s.inner {
			in.Grow(int(slot) + 1)
			rest, err := in.Decode(r.buf, slot, form)
			if err != nil {
				return nil, err
			}
			r.buf = rest
		}
		keys := s.keys.columns()[0]
		at := mapKey{group, s.keyer.of([]*batch.Vector{keys.Slice(int(slot), int(slot)+1)}, 1)[0]}
		if _, twice := s.slots[at]; twice {
			r.bad = true
		}
		s.slots[at] = slot
	}
	return r.end("map")
}

func (s *maps) Bind(dicts []batch.Dictionary) {
	if !s.shape.isTuple {
		s.keys.bind(dicts[:1])
		for k, in := range s.inner {
			in.Bind(dicts[k+1 : k+2])
		}
	}
}

func (s *maps) Dictionaries() []batch.Dictionary {
	if s.shape.isTuple {
		return nil
	}
	out := []batch.Dictionary{s.keys.cols[0].syms.Dict}
	for _, in := range s.inner {
		out = append(out, nil)
		copy(out[len(out)-1:], in.Dictionaries())
	}
	return dictionaries(out...)
}

func (s *maps) Portable() error {
	s.keys.portable()
	for _, in := range s.inner {
		if err := in.Portable(); err != nil {
			return err
		}
	}
	return nil
}

func (s *maps) Finish(lo, hi int) *batch.Vector {
	keys := s.keys.columns()[0]
	values := make([]*batch.Vector, len(s.inner))
	for k, in := range s.inner {
		values[k] = in.Finish(0, len(s.keys.owners))
	}
	var sel []uint32
	offsets := make([]uint32, 1, hi-lo+1)
	for g := lo; g < hi; g++ {
		from := len(sel)
		for _, slot := range s.keys.rows(uint32(g)) {
			if !s.shape.dropZeros || !allZero(values, int(slot)) {
				sel = append(sel, slot)
			}
		}
		slices.SortFunc(sel[from:], func(a, b uint32) int { return compareRows(keys, int(a), keys, int(b), nullsGreatest) })
		offsets = append(offsets, uint32(len(sel)))
	}
	parts := []*batch.Vector{listOf(s.shape.result.Elems[0], offsets, keys.Gather(sel).WithType(s.shape.key))}
	for k, v := range values {
		parts = append(parts, listOf(s.shape.result.Elems[k+1], offsets, v.Gather(sel)))
	}
	return &batch.Vector{Type: s.shape.result, Len: hi - lo, Data: parts}
}

// allZero tells whether the values of a slot are all zero.
func allZero(values []*batch.Vector, slot int) bool {
	for _, v := range values {
		switch d := v.Data.(type) {
		case []uint64:
			if d[slot] != 0 {
				return false
			}
		case []int64:
			if d[slot] != 0 {
				return false
			}
		case []float64:
			if d[slot] != 0 {
				return false
			}
		case []types.Int128:
			if d[slot].Sign() != 0 {
				return false
			}
		default:
			if toFloats(nil, v.Slice(slot, slot+1), 1)[0] != 0 {
				return false
			}
		}
	}
	return true
}

func (s *maps) check(int, int) error { return s.err }

// mapSlotBytes is the memory of a slot in the table.
const mapSlotBytes = 48

func (s *maps) SizeBytes() int64 {
	n := s.keys.size() + int64(len(s.slots))*mapSlotBytes
	for _, in := range s.inner {
		n += in.SizeBytes()
	}
	return n
}
