package agg

import (
	"slices"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/chcode"
	"github.com/freshetdb/freshet/columnar/types"
	"github.com/freshetdb/freshet/index/bitmap"
	"github.com/freshetdb/freshet/index/sketch"
)

// SetOp is an operation on two sets.
type SetOp uint8

// The operations.
const (
	SetAnd SetOp = iota
	SetOr
	SetXor
	SetAndNot
)

// exactSets is states that are exact sets: of uniqExact and groupBitmap.
type exactSets interface {
	States
	// lenOf is the size of a group's set.
	lenOf(g uint32) int
	// align brings both to one form; both come from one function.
	align(o exactSets)
	// andLen is the size of the intersection with a set of o, after align.
	andLen(g uint32, o exactSets, h uint32) int
	// combine changes the set of a group, after align.
	combine(op SetOp, g uint32, o exactSets, h uint32)
}

// IsSet tells whether states of a type are exact sets.
func IsSet(t types.Type) bool {
	f, err := OfState(t)
	if err != nil {
		return false
	}
	_, ok := setsOf(f.New())
	return ok
}

// setsOf finds the sets below wrappers that add nothing to them.
func setsOf(s States) (exactSets, bool) {
	for {
		switch w := s.(type) {
		case *entry:
			s = w.inner
		case *conditional:
			s = w.inner
		case *nullable:
			if w.counted {
				return nil, false
			}
			s = w.inner
		case *cutSums:
			s = w.States
		case exactSets:
			return w, true
		default:
			return nil, false
		}
	}
}

// readSets decodes a vector of states of exact sets.
func readSets(v *batch.Vector) (Func, States, exactSets, error) {
	f, err := OfState(v.Type)
	if err != nil {
		return f, nil, nil, err
	}
	s := f.New()
	sets, ok := setsOf(s)
	if !ok {
		return f, nil, nil, chcode.Errorf(chcode.IllegalTypeOfArgument,
			"Type %s is no exact set: take states of uniqExact or groupBitmap", v.Type)
	}
	n := v.Len
	if v.Const {
		n = 1
	}
	return f, s, sets, decodeAll(s, v, n)
}

// SetLens gives the sizes of n sets.
func SetLens(v *batch.Vector, n int) ([]uint64, error) {
	_, _, sets, err := readSets(v)
	if err != nil {
		return nil, err
	}
	out := make([]uint64, n)
	for i := range out {
		out[i] = uint64(sets.lenOf(uint32(v.Row(i))))
	}
	return out, nil
}

// CombineSets combines n sets of a with those of b, row by row. Both have the same
// type.
func CombineSets(op SetOp, a, b *batch.Vector, n int) (*batch.Vector, error) {
	a = batch.NewConst(a, n).Expand()
	if a.Const = false; a.Len != n {
		a = a.Slice(0, n)
	}
	_, s, left, err := readSets(a)
	if err != nil {
		return nil, err
	}
	_, _, right, err := readSets(b)
	if err != nil {
		return nil, err
	}
	left.align(right)
	for i := range n {
		left.combine(op, uint32(i), right, uint32(b.Row(i)))
	}
	dicts := a.Dicts
	if dicts == nil {
		dicts = b.Dicts
	}
	if a.Dicts == nil || b.Dicts == nil || !slices.Equal(a.Dicts, b.Dicts) {
		dicts = nil
	}
	return EncodeStates(a.Type, s, 0, n, dicts), nil
}

// SetOpLens gives the sizes of the combinations of n sets, without making them.
func SetOpLens(op SetOp, a, b *batch.Vector, n int) ([]uint64, error) {
	_, _, left, err := readSets(a)
	if err != nil {
		return nil, err
	}
	_, _, right, err := readSets(b)
	if err != nil {
		return nil, err
	}
	left.align(right)
	out := make([]uint64, n)
	for i := range out {
		g, h := uint32(a.Row(i)), uint32(b.Row(i))
		both := left.andLen(g, right, h)
		x, y := left.lenOf(g), right.lenOf(h)
		switch op {
		case SetAnd:
			out[i] = uint64(both)
		case SetOr:
			out[i] = uint64(x + y - both)
		case SetXor:
			out[i] = uint64(x + y - 2*both)
		case SetAndNot:
			out[i] = uint64(x - both)
		}
	}
	return out, nil
}

// SetMembers gives the members of n sets as arrays, ascending. It can for numbers of
// up to 64 bits, and for text as long as the states are local.
func SetMembers(v *batch.Vector, n int) (*batch.Vector, error) {
	f, _, sets, err := readSets(v)
	if err != nil {
		return nil, err
	}
	elem := f.Args()[0].NotNull()
	elem.LowCard = false
	b := batch.NewBuilder(types.ArrayOf(elem), n)
	for i := range n {
		switch s := sets.(type) {
		case *hashSets[key64]:
			if elem.IsFloat() {
				return nil, chcode.Errorf(chcode.NotImplemented, "The members of a set of %s can't be listed", elem)
			}
			appendNumbers(b.Elems[0], membersOf(elem, &s.sets[v.Row(i)]))
		case *symbolSets:
			if err := s.appendValues(b.Elems[0], uint32(v.Row(i))); err != nil {
				return nil, err
			}
		default:
			return nil, chcode.Errorf(chcode.NotImplemented, "The members of a set of %s can't be listed", elem)
		}
		b.EndList()
	}
	return b.Finish(), nil
}

// ChangeSets changes n sets of integers: change gets the members of row i, ascending
// and extended to 64 bits, which it may write to, and gives those of the result in any
// order. They are cut to the type of the members.
func ChangeSets(v *batch.Vector, n int, change func(i int, members []uint64) []uint64) (*batch.Vector, error) {
	f, _, sets, err := readSets(v)
	if err != nil {
		return nil, err
	}
	numbers, ok := sets.(*hashSets[key64])
	if !ok {
		return nil, chcode.Errorf(chcode.NotImplemented, "The members of a set of type %s can't be listed", v.Type)
	}
	elem := f.Args()[0].NotNull()
	elem.LowCard = false
	b := batch.NewBuilder(elem, n)
	var groups []uint32
	for i := range n {
		list := change(i, membersOf(elem, &numbers.sets[v.Row(i)]))
		appendNumbers(b, list)
		for range list {
			groups = append(groups, uint32(i))
		}
	}
	out := f.New()
	out.Grow(n)
	out.Add(groups, []*batch.Vector{b.Finish()}, len(groups))
	return EncodeStates(v.Type, out, 0, n, nil), nil
}

// membersOf lists a set of numbers of a type, ascending: their hashes can be undone.
func membersOf(t types.Type, set *bitmap.HashSet[key64]) []uint64 {
	var values []uint64
	set.Each(func(k key64) { values = append(values, sketch.UnhashUint64(k[0])) })
	slices.Sort(values)
	if t.IsUnsigned() {
		return values
	}
	negative, _ := slices.BinarySearch(values, 1<<63) // the last ones; they belong first
	return slices.Concat(values[negative:], values[:negative])
}

// appendNumbers appends numbers, cut to the builder's type.
func appendNumbers(b *batch.Builder, values []uint64) {
	for _, x := range values {
		switch b.Type.Phys() {
		case types.PhysU8:
			b.U8 = append(b.U8, uint8(x))
		case types.PhysU16:
			b.U16 = append(b.U16, uint16(x))
		case types.PhysU32:
			b.U32 = append(b.U32, uint32(x))
		case types.PhysU64:
			b.U64 = append(b.U64, x)
		case types.PhysI8:
			b.I8 = append(b.I8, int8(x))
		case types.PhysI16:
			b.I16 = append(b.I16, int16(x))
		case types.PhysI32:
			b.I32 = append(b.I32, int32(x))
		default:
			b.I64 = append(b.I64, int64(x))
		}
		b.NotNull()
	}
}

func (s *symbolSets) appendValues(b *batch.Builder, g uint32) error {
	s.unpack(g)
	if s.texts.sets[g].Len() > 0 {
		return chcode.Errorf(chcode.NotImplemented, "The members of this set can't be listed: it holds hashes of text")
	}
	var values []string
	s.syms.each(int(g), func(sym uint32) { values = append(values, string(s.syms.dict.Value(sym))) })
	slices.Sort(values)
	for _, x := range values {
		b.Str.AppendString(x)
		b.NotNull()
	}
	return nil
}

func (s *hashSets[K]) lenOf(g uint32) int { return s.sets[g].Len() }
func (s *hashSets[K]) align(exactSets)    {}

func (s *hashSets[K]) andLen(g uint32, o exactSets, h uint32) int {
	return hashAndLen(&s.sets[g], &o.(*hashSets[K]).sets[h])
}

func hashAndLen[K bitmap.Key](a, b *bitmap.HashSet[K]) int {
	if a.Len() > b.Len() {
		a, b = b, a
	}
	n := 0
	a.Each(func(k K) {
		if b.Contains(k) {
			n++
		}
	})
	return n
}

func (s *hashSets[K]) combine(op SetOp, g uint32, o exactSets, h uint32) {
	s.members -= s.sets[g].Len()
	hashCombine(op, &s.sets[g], &o.(*hashSets[K]).sets[h])
	s.members += s.sets[g].Len()
}

func hashCombine[K bitmap.Key](op SetOp, a, b *bitmap.HashSet[K]) {
	if op == SetOr {
		a.Or(b)
		return
	}
	var out bitmap.HashSet[K]
	a.Each(func(k K) {
		if b.Contains(k) == (op == SetAnd) {
			out.Add(k)
		}
	})
	if op == SetXor {
		b.Each(func(k K) {
			if !a.Contains(k) {
				out.Add(k)
			}
		})
	}
	*a = out
}

func (s *symbolSets) lenOf(g uint32) int {
	return s.texts.sets[g].Len() + s.syms.count(int(g)) + s.alone.count(g)
}

func (s *symbolSets) align(other exactSets) {
	o := other.(*symbolSets)
	s.unpackAll()
	o.unpackAll()
	if s.syms.dict != o.syms.dict || s.isFree || o.isFree {
		s.toHashes()
		o.toHashes()
	}
}

func (s *symbolSets) andLen(g uint32, other exactSets, h uint32) int {
	o := other.(*symbolSets)
	n := hashAndLen(&s.texts.sets[g], &o.texts.sets[h])
	if s.syms.dict != nil {
		n += s.syms.sets[g].AndLen(&o.syms.sets[h])
	}
	return n
}

func (s *symbolSets) combine(op SetOp, g uint32, other exactSets, h uint32) {
	o := other.(*symbolSets)
	s.texts.combine(op, g, &o.texts, h)
	if s.syms.dict == nil {
		return
	}
	set, by := &s.syms.sets[g], &o.syms.sets[h]
	s.syms.n -= set.Len()
	switch op {
	case SetAnd:
		set.And(by)
	case SetOr:
		set.Or(by)
	case SetXor:
		set.Xor(by)
	case SetAndNot:
		set.AndNot(by)
	}
	s.syms.n += set.Len()
}
