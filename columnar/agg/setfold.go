package agg

import (
	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/types"
)

// setFolder builds groupBitmapAnd, groupBitmapOr and groupBitmapXor: the argument is
// states that are exact sets, which are combined to one. -State gives a set of the
// argument's type, so that the algebra of sets goes on.
//
//go:noinline // its closure is large, and would be there once for each function
func setFolder(op SetOp) func(c *call) (core, error) {
	return func(c *call) (core, error) {
		t, err := c.oneArg()
		if err != nil {
			return core{}, err
		}
		if t.Kind != types.AggregateFunction || !IsSet(t) {
			return core{}, c.typeError(t)
		}
		f, err := OfState(t)
		if err != nil {
			return core{}, err
		}
		k := core{result: f.result, class: ClassA, empty: true}
		k.make = func(bool) States {
			s := &foldedSets{op: op, typ: t, inner: f.make(false), make: f.make}
			s.sets, _ = setsOf(s.inner)
			return s
		}
		return k, nil
	}
}

// FoldsSets tells whether the function, or the one below its combinators, is one of
// those of setFolder.
func (f Func) FoldsSets() bool {
	name := f.name
	for range combinatorsMax {
		if d := find(name); d != nil {
			return d.seesStates
		}
		if _, name = splitCombinator(name); name == "" {
			return false
		}
	}
	return false
}

// foldedSets is sets that were combined.
//
//	byte 0  1 when a set was seen; then that of the function whose states are combined
type foldedSets struct {
	rebuilt
	op    SetOp
	typ   types.Type // of the argument
	inner States
	sets  exactSets // of inner
	make  func(signed bool) States
	// seen tells which groups have a set: the first one of SetAnd is taken as it is.
	seen []bool
	err  error // a state that can't be read
	to   []uint32
}

func (s *foldedSets) Grow(n int) {
	s.inner.Grow(n)
	for len(s.seen) < n {
		s.seen = append(s.seen, false)
	}
}

func (s *foldedSets) Add(groups []uint32, args []*batch.Vector, n int) {
	if s.err != nil || n == 0 {
		return
	}
	v := args[0]
	if v.Dicts != nil {
		s.inner.Bind(v.Dicts)
	}
	size := n
	if v.Const {
		size = 1
	}
	from := s.make(false)
	if s.err = decodeAll(from, v, size); s.err != nil {
		return
	}
	sets, _ := setsOf(from)
	s.sets.align(sets)
	for i, g := range groups[:n] {
		s.combine(g, sets, uint32(v.Row(i)))
	}
}

func (s *foldedSets) combine(g uint32, from exactSets, h uint32) {
	op := s.op
	if !s.seen[g] {
		op, s.seen[g] = SetOr, true
	}
	s.sets.combine(op, g, from, h)
}

func (s *foldedSets) AddAll(group uint32, args []*batch.Vector, n int) {
	s.to = resized(s.to, n)
	for i := range s.to {
		s.to[i] = group
	}
	s.Add(s.to, args, n)
}

func (s *foldedSets) Merge(src States, to []uint32) error {
	o := src.(*foldedSets)
	if o.err != nil {
		return o.err
	}
	s.sets.align(o.sets)
	for h, g := range to {
		if o.seen[h] {
			s.combine(g, o.sets, uint32(h))
		}
	}
	return nil
}

func (s *foldedSets) Encode(dst []byte, group uint32, form Form) []byte {
	flag := byte(0)
	if s.seen[group] {
		flag = 1
	}
	return s.inner.Encode(append(dst, flag), group, form)
}

func (s *foldedSets) Decode(src []byte, group uint32, form Form) ([]byte, error) {
	if len(src) == 0 || src[0] > 1 {
		return nil, ErrCorrupt
	}
	s.seen[group] = src[0] == 1
	return s.inner.Decode(src[1:], group, form)
}

func (s *foldedSets) Bind(dicts []batch.Dictionary)    { s.inner.Bind(dicts) }
func (s *foldedSets) Dictionaries() []batch.Dictionary { return s.inner.Dictionaries() }
func (s *foldedSets) Portable() error                  { return s.inner.Portable() }
func (s *foldedSets) Finish(lo, hi int) *batch.Vector  { return s.inner.Finish(lo, hi) }
func (s *foldedSets) SizeBytes() int64                 { return s.inner.SizeBytes() + int64(cap(s.seen)) }

func (s *foldedSets) check(lo, hi int) error {
	if s.err != nil {
		return s.err
	}
	return Check(s.inner, lo, hi)
}
