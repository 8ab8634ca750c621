package agg

import (
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
	return distinctCore(inner, c.args, 0), nil
}

// distinctCore is inner over the distinct rows of the arguments, at most limit of
// them a group if it is not 0.
func distinctCore(inner core, args []types.Type, limit uint64) core {
	k := inner
	k.skipsZero, k.retract, k.chains = false, false, false
	k.make = func(bool) States {
		return &distinctRows{
			fresh: func() States { return inner.make(false) }, limit: limit, store: newRowStore(args...),
		}
	}
	return k
}

// distinctRows is the states of -Distinct. It keeps the distinct rows themselves,
// in the order in which they came, and runs the function over them when it
// finishes: that is what makes them mergeable. Encoded as rowStore is.
type distinctRows struct {
	rebuilt
	fresh   func() States
	limit   uint64
	store   rowStore
	seen    []bitmap.HashSet[key128]
	members int
	keyer   wideKeyer
}

func (s *distinctRows) Bind(dicts []batch.Dictionary) { s.store.bind(dicts) }

func (s *distinctRows) Dictionaries() []batch.Dictionary { return s.store.dictionaries() }

func (s *distinctRows) Portable() error {
	s.store.portable()
	return nil
}

func (s *distinctRows) Grow(n int) {
	s.seen = grown(s.seen, n)
	s.store.grow(n)
}

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
	if s.limit > 0 && uint64(s.seen[g].Len()) >= s.limit {
		return
	}
	if s.seen[g].Add(k) {
		s.members++
		s.store.add(g, args, i)
	}
}

func (s *distinctRows) Merge(src States, to []uint32) error {
	o := src.(*distinctRows)
	if n := len(o.store.owners); n > 0 {
		s.Add(mapped(o.store.owners, to), o.store.columns(), n)
	}
	return nil
}

// mapped gives the groups that owners go to.
func mapped(owners, to []uint32) []uint32 {
	out := make([]uint32, len(owners))
	for i, h := range owners {
		out[i] = to[h]
	}
	return out
}

func (s *distinctRows) Encode(dst []byte, group uint32, form Form) []byte {
	return s.store.encode(dst, group, form)
}

func (s *distinctRows) Decode(src []byte, group uint32, form Form) ([]byte, error) {
	r := reader{buf: src}
	before := len(s.store.owners)
	s.store.decode(&r, group, form)
	if r.bad {
		return r.end("distinct rows")
	}
	cols := s.store.columns()
	for i, c := range cols {
		cols[i] = c.Slice(before, c.Len)
	}
	for _, k := range s.keyer.of(cols, len(s.store.owners)-before) {
		r.bad = r.bad || !s.seen[group].Add(k)
	}
	s.members += s.seen[group].Len()
	return r.end("distinct rows")
}

func (s *distinctRows) Finish(lo, hi int) *batch.Vector {
	inner := s.fresh()
	inner.Grow(hi - lo)
	var sel, groups []uint32
	for r, g := range s.store.owners {
		if int(g) >= lo && int(g) < hi {
			sel, groups = append(sel, uint32(r)), append(groups, g-uint32(lo))
		}
	}
	if len(sel) > 0 {
		args := s.store.columns()
		for i, a := range args {
			args[i] = a.Gather(sel)
		}
		inner.Add(groups, args, len(sel))
	}
	return inner.Finish(0, hi-lo)
}

func (s *distinctRows) SizeBytes() int64 {
	return int64(cap(s.seen))*hashSetBytes + int64(s.members)*32 + s.store.size()
}
