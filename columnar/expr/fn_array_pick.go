package expr

import (
	"math"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/chcode"
	"github.com/freshetdb/freshet/columnar/kernel"
	"github.com/freshetdb/freshet/columnar/types"
)

// lister gives the elements of the array in a row as a range of one column.
type lister struct {
	lists batch.Lists
	one   bool
}

func listsOf(v *batch.Vector) lister {
	l := v.Data.(batch.Lists)
	return lister{lists: batch.Lists{Offsets: l.Offsets, Elems: plainStrings(l.Elems).Expand()}, one: len(l.Offsets) == 2}
}

func (l lister) bounds(i int) (lo, hi uint32) {
	if l.one {
		i = 0
	}
	return l.lists.Offsets[i], l.lists.Offsets[i+1]
}

// gathered is arrays of elements chosen from a column: those at perm, ends telling
// where each row's end.
func gathered(elems *batch.Vector, perm, offsets []uint32) *batch.Vector {
	return vec(batch.Lists{Offsets: offsets, Elems: elems.Gather(perm)})
}

// chooser builds arrays out of elements of one column.
type chooser struct {
	perm    []uint32
	offsets []uint32
}

func newChooser(n int) *chooser { return &chooser{offsets: make([]uint32, 1, n+1)} }

func (c *chooser) add(elem uint32) { c.perm = append(c.perm, elem) }

func (c *chooser) end() { c.offsets = append(c.offsets, uint32(len(c.perm))) }

// repeated is vec where elements may be there many times.
func (c *chooser) repeated(r *run, elems *batch.Vector) (*batch.Vector, error) {
	if err := r.ctx.bytes(r.name, gatheredBytes(elems, c.perm), max(maxMadeBytes, maxMadeElements*8)); err != nil {
		return nil, err
	}
	return c.vec(elems), nil
}

func (c *chooser) vec(elems *batch.Vector) *batch.Vector { return gathered(elems, c.perm, c.offsets) }

func (s *site) checkArray(i int) error {
	if s.types[i].Kind != types.Array {
		return s.illegal(i)
	}
	return nil
}

// withDefault is a column with one more row behind it: the type's default.
func withDefault(v *batch.Vector) *batch.Vector {
	b := batch.NewBuilder(v.Type, 1)
	b.AppendDefault()
	return concat(v.Type, []*batch.Vector{v, b.Finish()})
}

// checkIndex refuses the constant 0 as a place, which is counted from 1, in what
// is no constant itself, as ClickHouse does.
func (s *site) checkIndex(i int) error {
	c := s.constant(i)
	if c == nil || c.isNull() || s.constant(0) != nil || intAt(c.Vec, 0) != 0 {
		return nil
	}
	return chcode.Errorf(chcode.ZeroArrayOrTupleIndex, "Indices of function %s are counted from 1", s.name)
}

func bindArrayElement(s *site) (bound, error) {
	if err := s.checkArray(0); err != nil {
		return bound{}, err
	}
	if err := s.checkIntegers(1, 2); err != nil {
		return bound{}, err
	}
	if err := s.checkIndex(1); err != nil {
		return bound{}, err
	}
	elem := s.types[0].Elem()
	if elem.Kind == types.Nothing && !elem.Nullable {
		return bound{}, s.illegal(0)
	}
	return bound{ret: elem, run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
		l, at := listsOf(args[0]), ints(args[1])
		elems := withDefault(l.lists.Elems)
		none := uint32(elems.Len - 1)
		perm := make([]uint32, r.n)
		for i := range perm {
			lo, hi := l.bounds(i)
			size, n := int64(hi-lo), pick(at, i)
			switch {
			case n > 0 && n <= size:
				perm[i] = lo + uint32(n-1)
			case n < 0 && -n <= size:
				perm[i] = uint32(int64(hi) + n)
			default:
				perm[i] = none
			}
		}
		out := elems.Gather(perm)
		if !elem.Nullable {
			out.Nulls = nil
		}
		return out, nil
	}}, nil
}

// alignElement converts the elements of array argument 0 and argument 1 to their
// common type.
func (s *site) alignElement() (types.Type, error) {
	if err := s.checkArray(0); err != nil {
		return types.Type{}, err
	}
	elem, x := s.types[0].Elem(), s.types[1]
	x.LowCard = false
	t, err := Supertype(elem, x)
	if err != nil {
		return types.Type{}, err
	}
	t.LowCard = false
	args := []Expr{s.args[0], s.args[1]}
	if args[0], err = castBranch(s.ctx, args[0], types.ArrayOf(t)); err != nil {
		return types.Type{}, err
	}
	if args[1], err = castBranch(s.ctx, args[1], t); err != nil {
		return types.Type{}, err
	}
	s.args = args
	return t, nil
}

// bindHas binds has, indexOf and countEqual. Numbers without a common type are equal by
// value; what can only be NULL is equal to no array or tuple.
func bindHas(s *site) (bound, error) {
	byValue, err := s.alignHas()
	if err != nil {
		return bound{}, err
	}
	ret := types.Of(types.UInt64)
	if s.name == "has" {
		ret = types.Of(types.UInt8)
	}
	name := s.name
	return bound{ret: ret, run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
		l, x := listsOf(args[0]), args[1]
		out := make([]uint64, r.n)
		compare := func(int, int) int { return 1 }
		switch elems := l.lists.Elems; {
		case byValue:
			compare = numberComparator(elems, x)
		case elems.Type.Kind == x.Type.Kind:
			compare = comparator(elems, x)
		}
		nan := nanAt(x)
		for i := range out {
			lo, hi := l.bounds(i)
			for e := lo; e < hi; e++ {
				if compare(int(e), x.Row(i)) != 0 || nan(x.Row(i)) && !x.IsNull(i) {
					continue
				}
				out[i]++
				if name != "countEqual" {
					out[i] = uint64(e-lo) + 1
					break
				}
			}
			if name == "has" {
				out[i] = min(out[i], 1)
			}
		}
		return vec(kernel.ConvertTo(ret.Phys(), out)), nil
	}}, nil
}

// alignHas converts an array and an element to their common type, where there is one.
//
//go:noinline
func (s *site) alignHas() (byValue bool, err error) {
	_, err = s.alignElement()
	if err == nil || s.types[0].Kind != types.Array {
		return false, err
	}
	elem, x := s.types[0].Elem().Kind, s.types[1].Kind
	switch {
	case isPlainKind(elem) && isPlainKind(x):
		return true, nil
	case elem == types.Nothing || x == types.Nothing:
		return false, nil
	default:
		return false, err
	}
}

func isPlainKind(k types.Kind) bool { return k >= types.Bool && k <= types.Float64 }

// wholeNumber is a number as an integer modulo 2^64, f if it is a float.
//
//go:noinline
func wholeNumber(v *batch.Vector, i int, f float64) uint64 {
	switch k := v.Type.Kind; {
	case k != types.Float32 && k != types.Float64:
		return v.Integer(i)
	case f < 0:
		return uint64(int64(f))
	default:
		return uint64(f)
	}
}

// numberComparator is zero for numbers that are the same, of types without a common one.
func numberComparator(a, b *batch.Vector) func(i, j int) int {
	x, y := floats(a), floats(b)
	return func(i, j int) int {
		null := a.IsNull(i)
		if null != b.IsNull(j) || !null && (x[i] != y[j] || wholeNumber(a, i, x[i]) != wholeNumber(b, j, y[j])) {
			return 1
		}
		return 0
	}
}

// alignArrays converts all array arguments to their common type.
func (s *site) alignArrays() (types.Type, error) {
	ts := make([]types.Type, len(s.args))
	for i := range s.args {
		if err := s.checkArray(i); err != nil {
			return types.Type{}, err
		}
		ts[i] = s.types[i]
	}
	t, err := Supertype(ts...)
	if err != nil {
		return types.Type{}, err
	}
	args := make([]Expr, len(s.args))
	for i, a := range s.args {
		if args[i], err = castBranch(s.ctx, a, t); err != nil {
			return types.Type{}, err
		}
	}
	s.args = args
	return t, nil
}

func bindHasAll(s *site) (bound, error) {
	if _, err := s.alignArrays(); err != nil {
		return bound{}, err
	}
	all := s.name == "hasAll"
	return bound{ret: types.Of(types.UInt8), run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
		a, b := listsOf(args[0]), listsOf(args[1])
		return buildEach(r, func(i int) uint8 {
			set := elementSet(a, i)
			lo, hi := b.bounds(i)
			var key []byte
			for e := lo; e < hi; e++ {
				key = appendNullableKey(key[:0], b.lists.Elems, int(e))
				if _, ok := set[string(key)]; ok != all {
					return truth(!all)
				}
			}
			return truth(all)
		}), nil
	}}, nil
}

func elementSet(l lister, i int) map[string]struct{} {
	lo, hi := l.bounds(i)
	set := make(map[string]struct{}, hi-lo)
	var key []byte
	for e := lo; e < hi; e++ {
		key = appendNullableKey(key[:0], l.lists.Elems, int(e))
		set[string(key)] = struct{}{}
	}
	return set
}

func bindArrayConcat(s *site) (bound, error) {
	t, err := s.alignArrays()
	if err != nil {
		return bound{}, err
	}
	return bound{ret: t, run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
		in := make([]lister, len(args))
		pieces := make([]*batch.Vector, len(args))
		bases := make([]uint32, len(args))
		base := 0
		for k, a := range args {
			in[k] = listsOf(a)
			pieces[k] = in[k].lists.Elems
			bases[k] = uint32(base)
			base += pieces[k].Len
		}
		out := newChooser(r.n)
		for i := range r.n {
			for k, l := range in {
				lo, hi := l.bounds(i)
				for e := lo; e < hi; e++ {
					out.add(bases[k] + e)
				}
			}
			out.end()
		}
		return out.vec(concat(t.Elem(), pieces)), nil
	}}, nil
}

// choose binds a function that keeps some elements of its array, in some order.
func choose(s *site, rows func(l lister, out *chooser, n int)) (bound, error) {
	if err := s.checkArray(0); err != nil {
		return bound{}, err
	}
	return bound{ret: s.types[0], run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
		l := listsOf(args[0])
		out := newChooser(r.n)
		rows(l, out, r.n)
		return out.vec(l.lists.Elems), nil
	}}, nil
}

// bindArraySlice takes NULL for the first element, and for no length.
func bindArraySlice(s *site) (bound, error) {
	if s.types[0].Kind == types.Nothing {
		return bound{ret: s.types[0]}, nil
	}
	if err := s.checkArray(0); err != nil {
		return bound{}, err
	}
	for i := 1; i < len(s.args); i++ {
		if s.types[i].Kind == types.Nothing {
			if err := s.cast(i, types.Of(types.Int64)); err != nil {
				return bound{}, err
			}
		}
	}
	if err := s.checkIntegers(1, 3); err != nil {
		return bound{}, err
	}
	return bound{ret: s.types[0], run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
		l, start := listsOf(args[0]), ints(args[1])
		length := []int64{0}
		if len(args) == 3 {
			length = ints(args[2])
		}
		out := newChooser(r.n)
		for i := range r.n {
			lo, hi := l.bounds(i)
			first := pick(start, i)
			if args[1].IsNull(i) {
				first = 1
			}
			from, to := sliceBounds(int64(hi-lo), first, pick(length, i), len(args) == 3 && !args[2].IsNull(i))
			for e := lo + uint32(from); e < lo+uint32(to); e++ {
				out.add(e)
			}
			out.end()
		}
		return out.vec(l.lists.Elems), nil
	}}, nil
}

func bindArrayReverse(s *site) (bound, error) {
	return choose(s, func(l lister, out *chooser, n int) {
		for i := range n {
			lo, hi := l.bounds(i)
			for e := hi; e > lo; e-- {
				out.add(e - 1)
			}
			out.end()
		}
	})
}

func bindPop(s *site) (bound, error) {
	front := s.name == "arrayPopFront"
	return choose(s, func(l lister, out *chooser, n int) {
		for i := range n {
			lo, hi := l.bounds(i)
			switch {
			case lo == hi:
			case front:
				lo++
			default:
				hi--
			}
			for e := lo; e < hi; e++ {
				out.add(e)
			}
			out.end()
		}
	})
}

func bindArrayDistinct(s *site) (bound, error) {
	b, err := choose(s, func(l lister, out *chooser, n int) {
		var key []byte
		for i := range n {
			lo, hi := l.bounds(i)
			seen := make(map[string]struct{}, hi-lo)
			for e := lo; e < hi; e++ {
				if l.lists.Elems.IsNull(int(e)) {
					continue
				}
				key = appendKey(key[:0], l.lists.Elems, int(e))
				if _, dup := seen[string(key)]; !dup {
					seen[string(key)] = struct{}{}
					out.add(e)
				}
			}
			out.end()
		}
	})
	if err == nil {
		b.ret = types.ArrayOf(s.types[0].Elem().NotNull())
		if s.types[0].Elem().Kind == types.Nothing {
			b.ret = s.types[0]
		}
		run := b.run
		b.run = elementsOfType(run, b.ret.Elem())
	}
	return b, err
}

// elementsOfType gives the elements of resulting arrays another type of the same
// form.
func elementsOfType(f func(*run, []*batch.Vector) (*batch.Vector, error), t types.Type) func(*run, []*batch.Vector) (*batch.Vector, error) {
	return func(r *run, args []*batch.Vector) (*batch.Vector, error) {
		out, err := f(r, args)
		if err != nil {
			return nil, err
		}
		l := out.Data.(batch.Lists)
		elems := *l.Elems
		elems.Type = t
		if !t.Nullable {
			elems.Nulls = nil
		}
		return vec(batch.Lists{Offsets: l.Offsets, Elems: &elems}), nil
	}
}

func bindArrayCompact(s *site) (bound, error) {
	return choose(s, func(l lister, out *chooser, n int) {
		same := comparator(l.lists.Elems, l.lists.Elems)
		for i := range n {
			lo, hi := l.bounds(i)
			for e := lo; e < hi; e++ {
				if e == lo || same(int(e-1), int(e)) != 0 {
					out.add(e)
				}
			}
			out.end()
		}
	})
}

func bindArrayUniq(s *site) (bound, error) {
	for i := range s.args {
		if err := s.checkArray(i); err != nil {
			return bound{}, err
		}
	}
	return bound{ret: types.Of(types.UInt32), canThrow: len(s.args) > 1, run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
		in := make([]lister, len(args))
		for k, a := range args {
			in[k] = listsOf(a)
		}
		out := make([]uint32, r.n)
		var key []byte
		for i := range out {
			lo, hi := in[0].bounds(i)
			seen := make(map[string]struct{}, hi-lo)
			for e := range hi - lo {
				key = key[:0]
				for _, l := range in {
					from, to := l.bounds(i)
					if to-from != hi-lo {
						return nil, unequalArrays("arrayUniq")
					}
					key = appendNullableKey(key, l.lists.Elems, int(from+e))
				}
				seen[string(key)] = struct{}{}
			}
			out[i] = uint32(len(seen))
		}
		return vec(out), nil
	}}, nil
}

func unequalArrays(name string) error {
	return chcode.Errorf(chcode.SizesOfArraysDontMatch, "Lengths of all arrays passed to %s must be equal", name)
}

func bindRange(s *site) (bound, error) {
	if err := s.checkIntegers(0, 3); err != nil {
		return bound{}, err
	}
	ts := append([]types.Type(nil), s.types...)
	for i, t := range ts {
		if t.Kind == types.Bool {
			ts[i] = types.Of(types.UInt8)
		}
	}
	elem, err := Supertype(ts...)
	if err != nil {
		return bound{}, err
	}
	return bound{ret: types.ArrayOf(elem), canThrow: true, run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
		start, end, step := []int64{0}, ints(args[0]), []int64{1}
		if len(args) > 1 {
			start, end = end, ints(args[1])
		}
		if len(args) > 2 {
			step = ints(args[2])
		}
		total, unsigned := uint64(0), elem.Kind == types.UInt64
		for i := range r.n {
			if r.skips(i) {
				continue
			}
			if len(args) == 1 && !unsigned && pick(end, i) < 0 {
				return nil, chcode.Errorf(chcode.ArgumentOutOfBound, "A call to function range overflows, only support positive values when only end is provided")
			}
			n, err := rangeSize(pick(start, i), pick(end, i), pick(step, i), unsigned)
			if total += n; err == nil && total > maxMadeElements {
				err = tooLongRange(total)
			}
			if err != nil {
				return nil, err
			}
		}
		if err := r.ctx.elements(r.name, int64(total), 16); err != nil {
			return nil, err
		}
		out := make([]int64, 0, total)
		offsets := make([]uint32, 1, r.n+1)
		for i := range r.n {
			if !r.skips(i) {
				out = appendRange(out, pick(start, i), pick(end, i), pick(step, i), unsigned)
			}
			offsets = append(offsets, uint32(len(out)))
		}
		data := kernel.ConvertTo(elem.Phys(), out)
		return vec(batch.Lists{Offsets: offsets, Elems: &batch.Vector{Type: elem, Len: len(out), Data: data}}), nil
	}}, nil
}

// rangeSize is the number of elements of one array; it may be too large by far, but does not overflow.
func rangeSize(start, end, step int64, unsigned bool) (uint64, error) {
	switch {
	case unsigned && step != 0:
		if uint64(start) >= uint64(end) {
			return 0, nil
		}
		return min((uint64(end)-uint64(start)-1)/uint64(step)+1, math.MaxUint32), nil
	case step == 0:
		return 0, chcode.Errorf(chcode.ArgumentOutOfBound, "A call to function range overflows, the 3rd argument step can't be zero")
	case step > 0 && start < end:
		return min((uint64(end)-uint64(start)-1)/uint64(step)+1, math.MaxUint32), nil
	case step < 0 && start > end:
		return min((uint64(start)-uint64(end)-1)/-uint64(step)+1, math.MaxUint32), nil
	default:
		return 0, nil
	}
}

func tooLongRange(n uint64) error {
	return chcode.Errorf(chcode.ArgumentOutOfBound, "A call to function range would produce %d or more array elements for one "+
		"block of rows, which is greater than the allowed maximum of %d. Use the table function numbers for long sequences", n, maxMadeElements)
}

func appendRange(out []int64, start, end, step int64, unsigned bool) []int64 {
	n, _ := rangeSize(start, end, step, unsigned) // checked before
	for x := start; n > 0; n-- {
		out = append(out, x)
		x += step // it may wrap behind the last element
	}
	return out
}

func bindEnumerate(s *site) (bound, error) {
	if err := s.checkArray(0); err != nil {
		return bound{}, err
	}
	return bound{ret: types.ArrayOf(types.Of(types.UInt32)), run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
		l := listsOf(args[0])
		offsets := make([]uint32, 1, r.n+1)
		var out []uint32
		for i := range r.n {
			lo, hi := l.bounds(i)
			for e := range hi - lo {
				out = append(out, e+1)
			}
			offsets = append(offsets, uint32(len(out)))
		}
		return vec(batch.Lists{Offsets: offsets, Elems: batch.NewFixed(types.Of(types.UInt32), out, nil)}), nil
	}}, nil
}

func bindPush(s *site) (bound, error) {
	elem, err := s.alignElement()
	if err != nil {
		return bound{}, err
	}
	front := s.name == "arrayPushFront"
	return bound{ret: types.ArrayOf(elem), run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
		l, x := listsOf(args[0]), plainStrings(args[1])
		if x.Const {
			x = firstRows([]*batch.Vector{x})[0]
		}
		elems := concat(elem, []*batch.Vector{l.lists.Elems, x})
		base := uint32(l.lists.Elems.Len)
		out := newChooser(r.n)
		for i := range r.n {
			lo, hi := l.bounds(i)
			added := base
			if x.Len > 1 {
				added += uint32(i)
			}
			if front {
				out.add(added)
			}
			for e := lo; e < hi; e++ {
				out.add(e)
			}
			if !front {
				out.add(added)
			}
			out.end()
		}
		return out.vec(elems), nil
	}}, nil
}

func bindFlatten(s *site) (bound, error) {
	if err := s.checkArray(0); err != nil {
		return bound{}, err
	}
	t := s.types[0]
	levels := 0
	for t.Elem().Kind == types.Array {
		t = t.Elem()
		levels++
	}
	return bound{ret: t, run: func(_ *run, args []*batch.Vector) (*batch.Vector, error) {
		l := args[0].Data.(batch.Lists)
		for range levels {
			inner := l.Elems.Expand().Data.(batch.Lists)
			offsets := make([]uint32, len(l.Offsets))
			for i, o := range l.Offsets {
				offsets[i] = inner.Offsets[o]
			}
			l = batch.Lists{Offsets: offsets, Elems: inner.Elems}
		}
		return vec(l), nil
	}}, nil
}

func bindArrayResize(s *site) (bound, error) {
	if err := s.checkArray(0); err != nil {
		return bound{}, err
	}
	if err := s.checkIntegers(1, 2); err != nil {
		return bound{}, err
	}
	elem := s.types[0].Elem()
	if len(s.args) == 3 {
		t, err := Supertype(elem, s.types[2])
		if err != nil {
			return bound{}, err
		}
		args := append([]Expr(nil), s.args...)
		if args[0], err = castBranch(s.ctx, args[0], types.ArrayOf(t)); err != nil {
			return bound{}, err
		}
		if args[2], err = castBranch(s.ctx, args[2], t); err != nil {
			return bound{}, err
		}
		s.args, elem = args, t
	}
	return bound{ret: types.ArrayOf(elem), canThrow: true, run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
		l, want := listsOf(args[0]), ints(args[1])
		elems := withDefault(l.lists.Elems)
		if len(args) == 3 {
			f := plainStrings(args[2])
			if f.Const {
				f = firstRows([]*batch.Vector{f})[0]
			}
			elems = concat(elem, []*batch.Vector{l.lists.Elems, f})
		}
		base := uint32(l.lists.Elems.Len)
		out := newChooser(r.n)
		for i := range r.n {
			lo, hi := l.bounds(i)
			n, filler := pick(want, i), base
			if len(args) == 3 && elems.Len > int(base)+1 {
				filler += uint32(i)
			}
			size := n
			if n < 0 {
				size = -n // which may overflow, and is refused then
			}
			if err := r.ctx.elements(r.name, int64(len(out.perm))+size, 8); err != nil {
				return nil, err
			}
			if n < 0 {
				for k := int64(hi-lo) + n; k < int64(hi-lo); k++ {
					out.add(pickOr(lo, k, filler))
				}
			}
			for k := range max(n, 0) {
				if k < int64(hi-lo) {
					out.add(lo + uint32(k))
				} else {
					out.add(filler)
				}
			}
			out.end()
		}
		return out.repeated(r, elems)
	}}, nil
}

func pickOr(lo uint32, k int64, filler uint32) uint32 {
	if k < 0 {
		return filler
	}
	return lo + uint32(k)
}
