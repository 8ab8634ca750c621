package agg

import (
	"encoding/binary"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/chcode"
	"github.com/freshetdb/freshet/columnar/types"
	"github.com/freshetdb/freshet/index/bitmap"
)

// buildDistinct is the combinator -Distinct: the function sees each value, or
// tuple of values, of its arguments once per group. countDistinct is uniqExact.
func buildDistinct(c *call, base string) (core, error) {
	if d := find(base); d != nil && d.name == "count" && len(c.args) > 0 {
		return build(&call{name: "uniqExact", params: c.params, args: c.args, depth: c.depth + 1})
	}
	if len(c.args) == 0 {
		return core{}, chcode.Errorf(chcode.NumberOfArgumentsDoesntMatch,
			"Incorrect number of arguments for aggregate function with Distinct suffix")
	}
	inner, err := build(&call{name: base, params: c.params, args: c.args, depth: c.depth + 1})
	if err != nil {
		return core{}, err
	}
	k := inner
	k.skipsZero, k.retract = false, false
	k.make = func(bool) States {
		s := &distinctRows{fresh: func() States { return inner.make(false) }}
		for _, t := range c.args {
			s.rows = append(s.rows, batch.NewBuilder(t, 0))
			s.types = append(s.types, t)
		}
		return s
	}
	return k, nil
}

// distinctRows is the states of -Distinct. It keeps the distinct rows themselves,
// in the order in which they came, and runs the function over them when it
// finishes: that is what makes them mergeable. Encoded as a uvarint count and the
// rows by appendValue; it holds no symbols.
type distinctRows struct {
	rebuilt
	fresh  func() States
	types  []types.Type
	rows   []*batch.Builder // the distinct rows of all groups, a column per argument
	owners []uint32         // group of each row
	seen   []bitmap.HashSet[key128]
	keyer  wideKeyer
	order  rowsByGroup
}

func (*distinctRows) Bind([]batch.Dictionary) {}
func (*distinctRows) Portable() error         { return nil }

func (s *distinctRows) Grow(n int) { s.seen = grown(s.seen, n) }

func (s *distinctRows) Add(groups []uint32, args []*batch.Vector, n int) {
	for i, k := range s.keyer.of(args, n) {
		s.add(groups[i], k, args, i)
	}
}

func (s *distinctRows) AddAll(group uint32, args []*batch.Vector, n int) {
	for i, k := range s.keyer.of(args, n) {
		s.add(group, k, args, i)
	}
}

func (s *distinctRows) add(g uint32, k key128, args []*batch.Vector, i int) {
	if !s.seen[g].Add(k) {
		return
	}
	for c, a := range args {
		s.rows[c].AppendRow(a, i)
	}
	s.owners = append(s.owners, g)
}

// columns is the rows as vectors, which share memory with the builders.
func (s *distinctRows) columns() []*batch.Vector {
	out := make([]*batch.Vector, len(s.rows))
	for i, b := range s.rows {
		out[i] = b.Finish()
	}
	return out
}

func (s *distinctRows) Merge(src States, to []uint32) error {
	o := src.(*distinctRows)
	args := o.columns()
	groups := make([]uint32, len(o.owners))
	for i, h := range o.owners {
		groups[i] = to[h]
	}
	if len(groups) > 0 {
		s.Add(groups, args, len(groups))
	}
	return nil
}

func (s *distinctRows) Encode(dst []byte, group uint32, _ Form) []byte {
	args, rows := s.columns(), s.order.of(s.owners, len(s.seen), group)
	dst = binary.AppendUvarint(dst, uint64(len(rows)))
	for _, r := range rows {
		for _, a := range args {
			dst = appendValue(dst, a, int(r))
		}
	}
	return dst
}

func (s *distinctRows) Decode(src []byte, group uint32, _ Form) ([]byte, error) {
	r := reader{buf: src}
	s.drop(group)
	n := r.count(1)
	rows := make([]*batch.Builder, len(s.types))
	for i, t := range s.types {
		rows[i] = batch.NewBuilder(t, 0)
	}
	for ; n > 0 && !r.bad; n-- {
		for _, b := range rows {
			readValue(&r, b)
		}
	}
	rest, err := r.end("distinct rows")
	if err != nil {
		return nil, err
	}
	args := make([]*batch.Vector, len(rows))
	for i, b := range rows {
		args[i] = b.Finish()
	}
	if n := args[0].Len; n > 0 {
		s.AddAll(group, args, n)
	}
	return rest, nil
}

// drop forgets the rows of a group.
func (s *distinctRows) drop(group uint32) {
	if s.seen[group].Len() == 0 {
		return
	}
	args, owners := s.columns(), s.owners
	s.owners, s.order = nil, rowsByGroup{}
	for i, t := range s.types {
		s.rows[i] = batch.NewBuilder(t, 0)
	}
	clear(s.seen)
	for i, k := range s.keyer.of(args, len(owners)) {
		if owners[i] != group {
			s.add(owners[i], k, args, i)
		}
	}
}

func (s *distinctRows) Finish(lo, hi int) *batch.Vector {
	inner := s.fresh()
	inner.Grow(hi - lo)
	var sel, groups []uint32
	for r, g := range s.owners {
		if int(g) >= lo && int(g) < hi {
			sel, groups = append(sel, uint32(r)), append(groups, g-uint32(lo))
		}
	}
	if len(sel) > 0 {
		args := s.columns()
		for i, a := range args {
			args[i] = a.Gather(sel)
		}
		inner.Add(groups, args, len(sel))
	}
	return inner.Finish(0, hi-lo)
}

func (s *distinctRows) SizeBytes() int64 {
	n := int64(cap(s.seen))*hashSetBytes + int64(len(s.owners))*(4+32)
	for _, b := range s.rows {
		n += builderBytes(b)
	}
	return n
}

// builderBytes is about the memory of a builder.
func builderBytes(b *batch.Builder) int64 {
	switch w := b.Type.Phys(); w {
	case types.PhysStrings:
		return int64(cap(b.Str.Bytes)) + 4*int64(cap(b.Str.Offsets))
	case types.PhysLists, types.PhysTuple:
		n := 4 * int64(cap(b.Ends))
		for _, e := range b.Elems {
			n += builderBytes(e)
		}
		return n
	default:
		return int64(b.Len() * max(b.Type.Size(), 1))
	}
}

// rowsByGroup finds the rows of a group among rows of many, by an index that is
// made when it is first asked for and again when rows were added.
type rowsByGroup struct {
	starts []uint32
	rows   []uint32
	made   int // rows that the index covers
}

func (o *rowsByGroup) of(owners []uint32, groups int, g uint32) []uint32 {
	if o.made != len(owners) || len(o.starts) != groups+1 {
		o.build(owners, groups)
	}
	return o.rows[o.starts[g]:o.starts[g+1]]
}

// build sorts the rows by group, keeping their order within each.
func (o *rowsByGroup) build(owners []uint32, groups int) {
	o.starts = make([]uint32, groups+1)
	for _, g := range owners {
		o.starts[g+1]++
	}
	for g := range groups {
		o.starts[g+1] += o.starts[g]
	}
	next := cloned(o.starts)
	o.rows = make([]uint32, len(owners))
	for r, g := range owners {
		o.rows[next[g]] = uint32(r)
		next[g]++
	}
	o.made = len(owners)
}
