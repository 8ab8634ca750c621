package expr

import (
	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/chcode"
	"github.com/freshetdb/freshet/columnar/types"
)

// arrayPartFunctions take arrays apart and put them together.
func arrayPartFunctions() []*function {
	const cat = "Array"
	return append(emptyArrayFunctions(), []*function{
		entry(info(cat, "arrayElement(array, n)", "the type of the elements", "Is element n of an array, from 1, or from -1 at its end; the default where there is none.", "arrayElement([1, 2], 2)"), 2, 2, bindArrayElement),
		entry(info(cat, "arrayElementOrNull(array, n)", "Nullable", "Is element n of an array, from 1, or from -1 at its end; NULL where there is none.", "arrayElementOrNull([1, 2], 3)"), 2, 2, bindArrayElement),
		entry(info(cat, "arrayConcat(array, …)", "Array", "Puts arrays together.", "arrayConcat([1], [2])"), 1, anyArgs, bindArrayConcat),
		entry(info(cat, "arraySlice(array, offset[, length])", "Array", "Is the part of an array from offset (from 1; negative: from the end) on.", "arraySlice([1, 2, 3], 2)"), 2, 3, bindArraySlice, ownNulls),
		entry(info(cat, "arrayReverse(array)", "Array", "Turns the elements round.", "arrayReverse([1, 2])"), 1, 1, bindArrayReverse),
		entry(info(cat, "arrayPushBack(array, x)", "Array", "Appends an element.", "arrayPushBack([1], 2)"), 2, 2, bindArrayPush, ownNulls),
		entry(info(cat, "arrayPushFront(array, x)", "Array", "Puts an element at the front.", "arrayPushFront([1], 2)"), 2, 2, bindArrayPush, ownNulls),
		entry(info(cat, "arrayPopBack(array)", "Array", "Is the array without its last element.", "arrayPopBack([1, 2])"), 1, 1, bindArrayPop),
		entry(info(cat, "arrayPopFront(array)", "Array", "Is the array without its first element.", "arrayPopFront([1, 2])"), 1, 1, bindArrayPop),
		entry(info(cat, "arrayResize(array, size[, fill])", "Array", "Cuts an array or fills it up to a size (negative: on the left).", "arrayResize([1], 2)"), 2, 3, bindArrayResize, ownNulls),
		entry(info(cat, "arrayFlatten(array)", "Array", "Makes one array of nested ones.", "arrayFlatten([[1], [2]])").also("flatten"), 1, 1, bindArrayFlatten),
		entry(info(cat, "arrayZip(array, …)", "Array(Tuple)", "Makes tuples of the elements in the same places.", "arrayZip([1, 2], ['a', 'b'])"), 1, anyArgs, bindArrayZip),
		entry(info(cat, "arrayWithConstant(size, x)", "Array", "Is an array of x as often as size says.", "arrayWithConstant(2, 'a')"), 2, 2, bindArrayWithConstant, ownNulls),
		entry(info(cat, "range([start, ]end[, step])", "Array of integers", "Is the numbers from start (or 0) below end.", "range(3)"), 1, 3, bindRange),
		entry(info(cat, "arrayEnumerate(array)", "Array(UInt32)", "Is 1, 2, … as many as the array has elements.", "arrayEnumerate(['a', 'b'])"), 1, 1, bindArrayEnumerate),
	}...)
}

// emptyArrayFunctions are emptyArrayUInt8 and its kin.
func emptyArrayFunctions() []*function {
	var out []*function
	for _, k := range []types.Kind{
		types.UInt8, types.UInt16, types.UInt32, types.UInt64, types.Int8, types.Int16, types.Int32, types.Int64,
		types.Float32, types.Float64, types.String, types.Date, types.DateTime,
	} {
		t := types.ArrayOf(types.Of(k))
		name := "emptyArray" + types.Of(k).String()
		out = append(out, entry(info("Array", name+"()", t.String(), "Is an empty array.", name+"()"), 0, 0,
			func(*site) (bound, error) {
				return bound{ret: t, run: func(r *run, _ []*batch.Vector) (*batch.Vector, error) {
					return batch.NewConst(firstRows([]*batch.Vector{emptyList(t)})[0], r.n), nil
				}}, nil
			}))
	}
	return out
}

// emptyList is a column of one empty array.
func emptyList(t types.Type) *batch.Vector {
	b := batch.NewBuilder(t, 1)
	b.EndList()
	return b.Finish()
}

func bindArrayElement(s *site) (bound, error) {
	if err := s.takesArrays(0); err != nil {
		return bound{}, err
	}
	if err := s.takesInts(1); err != nil {
		return bound{}, err
	}
	if err := s.checkFirst(); err != nil {
		return bound{}, err
	}
	ret := s.types[0].Elem()
	if ret.Kind == types.Nothing && !ret.Nullable {
		return bound{}, s.illegal(0)
	}
	orNull := s.name == "arrayElementOrNull"
	if orNull {
		ret = ret.AsNullable()
	}
	return bound{ret: ret, run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
		l, at := listsOf(args[0]), intsOf(args[1])
		if orNull {
			l.elems = l.elems.WithType(ret)
		}
		perm := make([]uint32, r.n)
		none, missing := uint32(l.elems.Len), false
		for i := range perm {
			lo, hi := l.at(i)
			k, n := at(i), int64(hi-lo)
			if k < 0 {
				k += n + 1
			}
			if k < 1 || k > n {
				perm[i], missing = none, true
			} else {
				perm[i] = lo + uint32(k-1)
			}
		}
		if missing {
			l.elems = withDefault(l.elems)
		}
		return l.elems.Gather(perm), nil
	}}, nil
}

func bindArrayConcat(s *site) (bound, error) {
	elem, err := s.castArrays(s.allIndexes()...)
	if err != nil {
		return bound{}, err
	}
	return bound{ret: types.ArrayOf(elem), run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
		ls, elems, bases := joined(elem, args)
		return pickRows(r, elems, func(perm []uint32, i int) []uint32 {
			for k, l := range ls {
				lo, hi := l.at(i)
				perm = appendRange(perm, bases[k]+lo, bases[k]+hi)
			}
			return perm
		})
	}}, nil
}

// joined puts the elements of several columns of arrays into one; bases are
// where those of each begin.
func joined(elem types.Type, args []*batch.Vector) (ls []*lists, elems *batch.Vector, bases []uint32) {
	pieces := make([]*batch.Vector, len(args))
	base := uint32(0)
	for k, a := range args {
		l := listsOf(a)
		ls, bases, pieces[k] = append(ls, l), append(bases, base), l.elems
		base += uint32(l.elems.Len)
	}
	return ls, concat(elem, pieces), bases
}

func appendRange(perm []uint32, lo, hi uint32) []uint32 {
	for e := lo; e < hi; e++ {
		perm = append(perm, e)
	}
	return perm
}

func bindArraySlice(s *site) (bound, error) {
	if err := s.takesArrays(0); err != nil {
		return bound{}, err
	}
	for _, i := range []int{1, 2} {
		if i < len(s.types) && !s.types[i].IsInteger() && s.types[i].Kind != types.Nothing {
			return bound{}, s.illegal(i)
		}
	}
	return bound{ret: s.types[0], run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
		l := listsOf(args[0])
		offset := boundOf(args[1])
		length := func(int) (int64, bool) { return 0, false }
		if len(args) > 2 {
			length = boundOf(args[2])
		}
		return pickRows(r, l.elems, func(perm []uint32, i int) []uint32 {
			lo, hi := l.at(i)
			from, ok := offset(i)
			if !ok {
				from = 1
			}
			n, bounded := length(i)
			a, b := span(int64(hi-lo), from, n, bounded)
			return appendRange(perm, lo+uint32(a), lo+uint32(b))
		})
	}}, nil
}

// boundOf gives a number at a row; ok is false where it is NULL.
func boundOf(v *batch.Vector) func(i int) (x int64, ok bool) {
	if v.Type.Kind == types.Nothing {
		return func(int) (int64, bool) { return 0, false }
	}
	at := intsOf(v)
	return func(i int) (int64, bool) { return at(i), !v.IsNull(i) }
}

func bindArrayReverse(s *site) (bound, error) {
	if err := s.takesArrays(0); err != nil {
		return bound{}, err
	}
	return bound{ret: s.types[0], run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
		l := listsOf(args[0])
		return pickRows(r, l.elems, func(perm []uint32, i int) []uint32 {
			lo, hi := l.at(i)
			for e := hi; e > lo; e-- {
				perm = append(perm, e-1)
			}
			return perm
		})
	}}, nil
}

func bindArrayPush(s *site) (bound, error) {
	if err := s.takesArrays(0); err != nil {
		return bound{}, err
	}
	elem, err := Supertype(s.types[0].Elem(), s.args[1].Type())
	if err != nil {
		return bound{}, err
	}
	if err := s.cast(0, types.ArrayOf(elem)); err != nil {
		return bound{}, err
	}
	if err := s.castTo(1, elem); err != nil {
		return bound{}, err
	}
	front := s.name == "arrayPushFront"
	return bound{ret: types.ArrayOf(elem), run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
		l, at := listsOf(args[0]), rowOf(args[1])
		base := uint32(l.elems.Len)
		elems := concat(elem, []*batch.Vector{l.elems, shortest(args[1])})
		return pickRows(r, elems, func(perm []uint32, i int) []uint32 {
			lo, hi := l.at(i)
			if front {
				perm = append(perm, base+at(i))
			}
			perm = appendRange(perm, lo, hi)
			if !front {
				perm = append(perm, base+at(i))
			}
			return perm
		})
	}}, nil
}

// castTo replaces argument i by a conversion of it to exactly t.
func (s *site) castTo(i int, t types.Type) error {
	e, err := castBranch(s.ctx, s.args[i], t)
	if err != nil {
		return err
	}
	args := append([]Expr(nil), s.args...)
	args[i], s.args = e, args
	s.types[i] = t
	return nil
}

// shortest is a column without symbols in which a constant stands once.
func shortest(v *batch.Vector) *batch.Vector {
	if v.Const {
		v = firstRows([]*batch.Vector{v})[0]
	}
	return plainStrings(v)
}

// rowOf maps rows to the elements of [shortest].
func rowOf(v *batch.Vector) func(i int) uint32 {
	if v.Const {
		return func(int) uint32 { return 0 }
	}
	return func(i int) uint32 { return uint32(i) }
}

func bindArrayPop(s *site) (bound, error) {
	if err := s.takesArrays(0); err != nil {
		return bound{}, err
	}
	front := s.name == "arrayPopFront"
	return bound{ret: s.types[0], run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
		l := listsOf(args[0])
		return pickRows(r, l.elems, func(perm []uint32, i int) []uint32 {
			lo, hi := l.at(i)
			switch {
			case lo == hi:
			case front:
				lo++
			default:
				hi--
			}
			return appendRange(perm, lo, hi)
		})
	}}, nil
}

func bindArrayResize(s *site) (bound, error) {
	if err := s.takesArrays(0); err != nil {
		return bound{}, err
	}
	if err := s.takesInts(1); err != nil {
		return bound{}, err
	}
	elem := s.types[0].Elem()
	if len(s.args) == 3 {
		var err error
		if elem, err = Supertype(elem, s.args[2].Type()); err != nil {
			return bound{}, err
		}
		if err := s.cast(0, types.ArrayOf(elem)); err != nil {
			return bound{}, err
		}
		if err := s.castTo(2, elem); err != nil {
			return bound{}, err
		}
	}
	return bound{ret: types.ArrayOf(elem), canThrow: true, run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
		return resized(r, elem, args)
	}}, nil
}

func resized(r *run, elem types.Type, args []*batch.Vector) (*batch.Vector, error) {
	l, size := listsOf(args[0]), intsOf(args[1])
	base, at := uint32(l.elems.Len), func(int) uint32 { return 0 }
	elems := l.elems
	if len(args) == 3 {
		at = rowOf(args[2])
		elems = concat(elem, []*batch.Vector{elems, shortest(args[2])})
	} else {
		elems = withDefault(elems)
	}
	p := newPicks(r.n)
	for i := range r.n {
		lo, hi := l.at(i)
		n := size(i)
		left := n < 0
		if left {
			n = -n
		}
		if n < 0 || n > maxListElems {
			return nil, chcode.Errorf(chcode.TooLargeArraySize, "Array size %d is too large", n)
		}
		have := min(int64(hi-lo), n)
		if left {
			lo = hi - uint32(have)
			for range n - have {
				p.perm = append(p.perm, base+at(i))
			}
		}
		p.perm = appendRange(p.perm, lo, lo+uint32(have))
		if !left {
			for range n - have {
				p.perm = append(p.perm, base+at(i))
			}
		}
		if err := p.end(); err != nil {
			return nil, err
		}
	}
	return p.of(elems), nil
}

func bindArrayFlatten(s *site) (bound, error) {
	if err := s.takesArrays(0); err != nil {
		return bound{}, err
	}
	depth, t := 0, s.types[0]
	for t.Elem().Kind == types.Array {
		depth++
		t = t.Elem()
	}
	return bound{ret: t, run: func(_ *run, args []*batch.Vector) (*batch.Vector, error) {
		l := args[0].Data.(batch.Lists)
		offsets := append([]uint32(nil), l.Offsets...)
		for range depth {
			inner := l.Elems.Expand().Data.(batch.Lists)
			for i, o := range offsets {
				offsets[i] = inner.Offsets[o]
			}
			l = inner
		}
		return &batch.Vector{Const: args[0].Const, Data: batch.Lists{Offsets: offsets, Elems: l.Elems}}, nil
	}}, nil
}

func sizesDiffer(name string) error {
	return chcode.Errorf(chcode.SizesOfArraysDontMatch, "Arrays passed to %s must have equal size", name)
}

func bindArrayZip(s *site) (bound, error) {
	if err := s.takesArrays(s.allIndexes()...); err != nil {
		return bound{}, err
	}
	t := types.Type{Kind: types.Tuple}
	for _, a := range s.types {
		t.Elems = append(t.Elems, a.Elem())
	}
	return bound{ret: types.ArrayOf(t), canThrow: true, run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
		parts := make([]*batch.Vector, len(args))
		var ends []uint32
		for k, a := range args {
			l := listsOf(a)
			out, err := pickRows(r, l.elems, func(perm []uint32, i int) []uint32 {
				lo, hi := l.at(i)
				return appendRange(perm, lo, hi)
			})
			if err != nil {
				return nil, err
			}
			piece := out.Data.(batch.Lists)
			for i, end := range piece.Offsets {
				if k > 0 && ends[i] != end {
					return nil, sizesDiffer(s.name)
				}
			}
			ends, parts[k] = piece.Offsets, piece.Elems
		}
		return vec(batch.Lists{Offsets: ends, Elems: &batch.Vector{Type: t, Len: parts[0].Len, Data: parts}}), nil
	}}, nil
}

func bindArrayWithConstant(s *site) (bound, error) {
	if err := s.takesInts(0); err != nil {
		return bound{}, err
	}
	elem := s.args[1].Type()
	return bound{ret: types.ArrayOf(elem), canThrow: true, run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
		size, at := intsOf(args[0]), rowOf(args[1])
		p := newPicks(r.n)
		for i := range r.n {
			n := size(i)
			if n < 0 || n > maxListElems || int64(len(p.perm))+n > maxListElems {
				return nil, chcode.Errorf(chcode.TooLargeArraySize, "Array size %d is too large", n)
			}
			for range n {
				p.perm = append(p.perm, at(i))
			}
			if err := p.end(); err != nil {
				return nil, err
			}
		}
		return p.of(shortest(args[1])), nil
	}}, nil
}

// maxRangeElems is function_range_max_elements_in_block.
const maxRangeElems = 500_000_000

func bindRange(s *site) (bound, error) {
	if err := s.takesInts(s.allIndexes()...); err != nil {
		return bound{}, err
	}
	ret, err := Supertype(s.types...)
	if err != nil {
		return bound{}, err
	}
	return bound{ret: types.ArrayOf(ret), canThrow: true, run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
		first, last, step := constInts(0), intsOf(args[0]), constInts(1)
		if len(args) > 1 {
			first, last = last, intsOf(args[1])
		}
		if len(args) > 2 {
			step = intsOf(args[2])
		}
		var out []int64
		ends := make([]uint32, 1, r.n+1)
		for i := range r.n {
			if !r.skips(i) {
				if len(args) == 1 && last(i) < 0 {
					return nil, chcode.Errorf(chcode.ArgumentOutOfBound, "A call to function range overflows, the argument is negative")
				}
				var err error
				if out, err = appendSteps(out, first(i), last(i), step(i)); err != nil {
					return nil, err
				}
			}
			ends = append(ends, uint32(len(out)))
		}
		return vec(batch.Lists{Offsets: ends, Elems: intElems(ret, out)}), nil
	}}, nil
}

func appendSteps(out []int64, first, last, step int64) ([]int64, error) {
	if step == 0 {
		return nil, chcode.Errorf(chcode.ArgumentOutOfBound, "A call to function range overflows, the 3rd argument step can't be zero")
	}
	if (step > 0 && first >= last) || (step < 0 && first <= last) {
		return out, nil
	}
	var n uint64
	if step > 0 {
		n = (uint64(last)-uint64(first)-1)/uint64(step) + 1
	} else {
		n = (uint64(first)-uint64(last)-1)/-uint64(step) + 1
	}
	if n > maxRangeElems || uint64(len(out))+n > maxListElems {
		return nil, chcode.Errorf(chcode.ArgumentOutOfBound,
			"A call to function range would produce %d array elements, which is greater than the allowed maximum of %d", n, maxRangeElems)
	}
	for x := first; n > 0; n-- {
		out = append(out, x)
		x += step
	}
	return out, nil
}

func bindArrayEnumerate(s *site) (bound, error) {
	if err := s.takesArrays(0); err != nil {
		return bound{}, err
	}
	t := types.Of(types.UInt32)
	return bound{ret: types.ArrayOf(t), run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
		l := listsOf(args[0])
		var out []uint32
		ends := make([]uint32, 1, r.n+1)
		for i := range r.n {
			for k := range l.size(i) {
				out = append(out, uint32(k+1))
			}
			ends = append(ends, uint32(len(out)))
		}
		return vec(batch.Lists{Offsets: ends, Elems: batch.NewFixed(t, out, nil)}), nil
	}}, nil
}
