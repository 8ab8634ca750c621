package expr

import (
	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/types"
)

// arrayFunctions work on arrays without lambdas.
func arrayFunctions() []*function {
	const cat = "Arrays"
	return []*function{
		{Info: Info{Name: "array", Syntax: "array(x, …)", Description: "Makes an array of its arguments.", Returns: "Array(common type)", Category: cat, Example: "array(1, 2)"}, min: 0, max: variadic, traits: ownNulls | ownLowCard, bind: bindArray},
		{Info: Info{Name: "arrayElement", Syntax: "arrayElement(array, n)", Description: "Is element n of an array, from 1, or from the end when negative; the default where there is none.", Returns: "the type of the elements", Category: cat, Example: "arrayElement([10, 20], 2)"}, min: 2, max: 2, bind: bindArrayElement},
		{Info: Info{Name: "has", Syntax: "has(array, x)", Description: "Tells whether an array has an element.", Returns: "UInt8", Category: cat, Example: "has([1, 2], 2)"}, min: 2, max: 2, traits: ownNulls | ownLowCard, bind: bindHas},
		{Info: Info{Name: "indexOf", Syntax: "indexOf(array, x)", Description: "Is the place of the first such element, from 1; 0 when there is none.", Returns: "UInt64", Category: cat, Example: "indexOf([1, 2], 2)"}, min: 2, max: 2, traits: ownNulls | ownLowCard, bind: bindHas},
		{Info: Info{Name: "countEqual", Syntax: "countEqual(array, x)", Description: "Counts the elements that equal x.", Returns: "UInt64", Category: cat, Example: "countEqual([1, 2, 2], 2)"}, min: 2, max: 2, traits: ownNulls | ownLowCard, bind: bindHas},
		{Info: Info{Name: "hasAny", Syntax: "hasAny(a, b)", Description: "Tells whether two arrays have an element in common.", Returns: "UInt8", Category: cat, Example: "hasAny([1, 2], [2, 3])"}, min: 2, max: 2, bind: bindHasAll},
		{Info: Info{Name: "hasAll", Syntax: "hasAll(a, b)", Description: "Tells whether an array has all elements of another.", Returns: "UInt8", Category: cat, Example: "hasAll([1, 2], [2])"}, min: 2, max: 2, bind: bindHasAll},
		{Info: Info{Name: "arrayConcat", Syntax: "arrayConcat(a, …)", Description: "Puts arrays behind each other.", Returns: "Array", Category: cat, Example: "arrayConcat([1], [2, 3])"}, min: 1, max: variadic, bind: bindArrayConcat},
		{Info: Info{Name: "arraySlice", Syntax: "arraySlice(array, start[, length])", Description: "Cuts a piece out of an array.", Returns: "Array", Category: cat, Example: "arraySlice([1, 2, 3], 2, 1)"}, min: 2, max: 3, traits: ownNulls, bind: bindArraySlice},
		{Info: Info{Name: "arrayReverse", Syntax: "arrayReverse(array)", Description: "Reverses the order of the elements.", Returns: "Array", Category: cat, Example: "arrayReverse([1, 2])"}, min: 1, max: 1, bind: bindArrayReverse},
		{Info: Info{Name: "arrayDistinct", Syntax: "arrayDistinct(array)", Description: "Keeps the first of equal elements; NULLs are left out.", Returns: "Array", Category: cat, Example: "arrayDistinct([1, 1, 2])"}, min: 1, max: 1, bind: bindArrayDistinct},
		{Info: Info{Name: "arrayUniq", Syntax: "arrayUniq(array, …)", Description: "Counts the different elements.", Returns: "UInt32", Category: cat, Example: "arrayUniq([1, 1, 2])"}, min: 1, max: variadic, bind: bindArrayUniq},
		{Info: Info{Name: "range", CaseInsensitive: false, Syntax: "range([start, ]end[, step])", Description: "Is the numbers from start (0) up to, not including, end.", Returns: "Array", Category: cat, Example: "range(3)"}, min: 1, max: 3, bind: bindRange},
		{Info: Info{Name: "arrayEnumerate", Syntax: "arrayEnumerate(array)", Description: "Is the numbers from 1 to the length of the array.", Returns: "Array(UInt32)", Category: cat, Example: "arrayEnumerate(['a', 'b'])"}, min: 1, max: 1, bind: bindEnumerate},
		{Info: Info{Name: "arrayPushBack", Syntax: "arrayPushBack(array, x)", Description: "Adds an element at the end.", Returns: "Array", Category: cat, Example: "arrayPushBack([1], 2)"}, min: 2, max: 2, traits: ownNulls | ownLowCard, bind: bindPush},
		{Info: Info{Name: "arrayPushFront", Syntax: "arrayPushFront(array, x)", Description: "Adds an element at the front.", Returns: "Array", Category: cat, Example: "arrayPushFront([1], 2)"}, min: 2, max: 2, traits: ownNulls | ownLowCard, bind: bindPush},
		{Info: Info{Name: "arrayPopBack", Syntax: "arrayPopBack(array)", Description: "Drops the last element.", Returns: "Array", Category: cat, Example: "arrayPopBack([1, 2])"}, min: 1, max: 1, bind: bindPop},
		{Info: Info{Name: "arrayPopFront", Syntax: "arrayPopFront(array)", Description: "Drops the first element.", Returns: "Array", Category: cat, Example: "arrayPopFront([1, 2])"}, min: 1, max: 1, bind: bindPop},
		{Info: Info{Name: "arrayFlatten", Aliases: []string{"flatten"}, CaseInsensitive: true, Syntax: "arrayFlatten(array)", Description: "Makes one array of an array of arrays.", Returns: "Array", Category: cat, Example: "arrayFlatten([[1], [2, 3]])"}, min: 1, max: 1, bind: bindFlatten},
		{Info: Info{Name: "arrayCompact", Syntax: "arrayCompact(array)", Description: "Keeps one of equal elements that stand side by side.", Returns: "Array", Category: cat, Example: "arrayCompact([1, 1, 2, 1])"}, min: 1, max: 1, bind: bindArrayCompact},
		{Info: Info{Name: "arrayResize", Syntax: "arrayResize(array, n[, filler])", Description: "Cuts an array or fills it up to n elements.", Returns: "Array", Category: cat, Example: "arrayResize([1], 3, 0)"}, min: 2, max: 3, traits: ownLowCard, bind: bindArrayResize},
	}
}

func bindArray(s *site) (bound, error) {
	ts := make([]types.Type, len(s.args))
	for i, a := range s.args {
		ts[i] = a.Type()
	}
	elem := types.Of(types.Nothing)
	if len(ts) > 0 {
		var err error
		if elem, err = Supertype(ts...); err != nil {
			return bound{}, err
		}
	}
	args := make([]Expr, len(s.args))
	for i, a := range s.args {
		var err error
		if args[i], err = castBranch(s.ctx, a, elem); err != nil {
			return bound{}, err
		}
	}
	s.args = args
	return bound{ret: types.ArrayOf(elem), run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
		return vec(interleave(elem, args, r.n)), nil
	}}, nil
}

// interleave makes of k columns of n rows arrays of k elements.
func interleave(elem types.Type, cols []*batch.Vector, n int) batch.Lists {
	k := len(cols)
	out := batch.Lists{Offsets: make([]uint32, n+1)}
	for i := range out.Offsets {
		out.Offsets[i] = uint32(i * k)
	}
	if n*k == 0 {
		out.Elems = emptyVector(elem)
		return out
	}
	pieces := make([]*batch.Vector, k)
	bases := make([]uint32, k)
	base := 0
	for j, c := range cols {
		if c.Const {
			c = firstRows([]*batch.Vector{c})[0]
		}
		pieces[j] = plainStrings(c)
		bases[j] = uint32(base)
		base += c.Len
	}
	all := concat(elem, pieces)
	perm := make([]uint32, 0, n*k)
	for i := range n {
		for j, p := range pieces {
			at := bases[j]
			if p.Len > 1 {
				at += uint32(i)
			}
			perm = append(perm, at)
		}
	}
	out.Elems = all.Gather(perm)
	return out
}
