package expr

import (
	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/types"
)

// lambdaFunctions map, filter, test and order arrays by a lambda.
func lambdaFunctions() []*function {
	const cat = "Array"
	higherTraits := ownNulls | ownLowCard | costly
	fn := func(syntax, returns, text, example string, need lambdaNeed, bind higherBind) *function {
		return entry(info(cat, syntax, returns, text, example), 1, anyArgs, withLambda(need, bind), higherTraits)
	}
	return []*function{
		fn("arrayMap(f, array, …)", "Array", "Applies f to the elements.", "arrayMap(x -> x + 1, [1, 2])", lambdaRequired, bindArrayMap),
		fn("arrayFilter(f, array, …)", "Array", "Is the elements of the first array for which f is true.", "arrayFilter(x -> x > 1, [1, 2])", lambdaRequired, bindArrayFilter),
		fn("arrayExists([f, ]array, …)", "UInt8", "Tells whether f is true for an element.", "arrayExists(x -> x > 1, [1, 2])", lambdaOptional, bindArrayTest),
		fn("arrayAll([f, ]array, …)", "UInt8", "Tells whether f is true for all elements.", "arrayAll(x -> x > 1, [1, 2])", lambdaOptional, bindArrayTest),
		fn("arrayCount([f, ]array, …)", "UInt32", "Is the number of elements for which f is true.", "arrayCount(x -> x > 1, [1, 2])", lambdaOptional, bindArrayTest),
		fn("arrayFirst(f, array, …)", "the type of the elements", "Is the first element for which f is true, else the default.", "arrayFirst(x -> x > 1, [1, 2])", lambdaRequired, bindArrayFirst),
		fn("arrayFirstOrNull(f, array, …)", "Nullable", "Is the first element for which f is true, else NULL.", "arrayFirstOrNull(x -> x > 1, [1, 2])", lambdaRequired, bindArrayFirst),
		fn("arrayLast(f, array, …)", "the type of the elements", "Is the last element for which f is true, else the default.", "arrayLast(x -> x > 1, [1, 2])", lambdaRequired, bindArrayFirst),
		fn("arrayLastOrNull(f, array, …)", "Nullable", "Is the last element for which f is true, else NULL.", "arrayLastOrNull(x -> x > 1, [1, 2])", lambdaRequired, bindArrayFirst),
		fn("arrayFirstIndex(f, array, …)", "UInt32", "Is the place, from 1, of the first element for which f is true; 0 if none.", "arrayFirstIndex(x -> x > 1, [1, 2])", lambdaRequired, bindArrayFirstIndex),
		fn("arrayLastIndex(f, array, …)", "UInt32", "Is the place, from 1, of the last element for which f is true; 0 if none.", "arrayLastIndex(x -> x > 1, [1, 2])", lambdaRequired, bindArrayFirstIndex),
		fn("arrayFill(f, array, …)", "Array", "Replaces elements for which f is false by the one before.", "arrayFill(x -> x > 0, [1, 0])", lambdaRequired, bindArrayFill),
		fn("arrayReverseFill(f, array, …)", "Array", "Replaces elements for which f is false by the one behind.", "arrayReverseFill(x -> x > 0, [0, 1])", lambdaRequired, bindArrayFill),
		fn("arraySplit(f, array, …)", "Array(Array)", "Splits an array before elements for which f is true.", "arraySplit(x -> x = 2, [1, 2])", lambdaRequired, bindArraySplit),
		fn("arrayReverseSplit(f, array, …)", "Array(Array)", "Splits an array behind elements for which f is true.", "arrayReverseSplit(x -> x = 1, [1, 2])", lambdaRequired, bindArraySplit),
		fn("arraySort([f, ]array, …)", "Array", "Sorts the elements, by f if there is one.", "arraySort([2, 1])", lambdaOptional, bindArraySort),
		fn("arrayReverseSort([f, ]array, …)", "Array", "Sorts the elements from great to small, by f if there is one.", "arrayReverseSort([1, 2])", lambdaOptional, bindArraySort),
		fn("arrayCompact([f, ]array, …)", "Array", "Leaves out elements that equal the one before, by f if there is one.", "arrayCompact([1, 1, 2])", lambdaOptional, bindArrayCompact),
		entry(info(cat, "arrayFold(f, array, …, start)", "the type of start", "Applies f to an accumulator and each element in turn.", "arrayFold((acc, x) -> acc + x, [1, 2], 0::Int64)"), 3, anyArgs, bindArrayFold, higherTraits),
	}
}

func bindArrayMap(_ *site, elem, mapped types.Type) (types.Type, higherRun, error) {
	if mapped.Kind == types.Nothing && elem.Kind == types.Nothing {
		mapped = elem
	}
	return types.ArrayOf(mapped), func(h *higher) (*batch.Vector, error) { return h.list(h.mapped.WithType(mapped)), nil }, nil
}

// checkFlags checks that the lambda makes conditions.
func checkFlags(s *site, mapped types.Type) error {
	if mapped.IsInteger() && mapped.Size() == 1 || mapped.Kind == types.Bool || mapped.Kind == types.Nothing && len(s.args) > 1 {
		return nil
	}
	return s.illegal(0)
}

// byFlags binds a function by the lambda's values as conditions.
func byFlags(s *site, mapped, ret types.Type, run func(h *higher, flags []uint8) (*batch.Vector, error)) (types.Type, higherRun, error) {
	if err := checkFlags(s, mapped); err != nil {
		return ret, nil, err
	}
	return ret, func(h *higher) (*batch.Vector, error) {
		flags, err := h.flags()
		if err != nil {
			return nil, err
		}
		return run(h, flags)
	}, nil
}

func bindArrayFilter(s *site, elem, mapped types.Type) (types.Type, higherRun, error) {
	return byFlags(s, mapped, types.ArrayOf(elem), func(h *higher, flags []uint8) (*batch.Vector, error) {
		p := newPicks(h.rows)
		for i := range h.rows {
			lo, hi := h.at(i)
			for e := lo; e < hi; e++ {
				if flags[e] != 0 {
					p.perm = append(p.perm, e)
				}
			}
			p.ends = append(p.ends, uint32(len(p.perm)))
		}
		return p.of(h.elems), nil
	})
}

func bindArrayTest(s *site, _, mapped types.Type) (types.Type, higherRun, error) {
	ret := types.Of(types.UInt8)
	if s.name == "arrayCount" {
		ret = types.Of(types.UInt32)
	}
	return byFlags(s, mapped, ret, func(h *higher, flags []uint8) (*batch.Vector, error) {
		counts, tests := make([]uint32, h.rows), make([]uint8, h.rows)
		for i := range counts {
			lo, hi := h.at(i)
			for _, f := range flags[lo:hi] {
				counts[i] += uint32(truth(f != 0))
			}
			tests[i] = truth(counts[i] == hi-lo && s.name == "arrayAll" || counts[i] > 0 && s.name == "arrayExists")
		}
		if s.name == "arrayCount" {
			return vec(counts), nil
		}
		return vec(tests), nil
	})
}

// places finds for each row the first or last element whose flag is set; -1
// where there is none.
func places(h *higher, flags []uint8, last bool) []int64 {
	out := make([]int64, h.rows)
	for i := range out {
		out[i] = -1
		lo, hi := h.at(i)
		for e := lo; e < hi; e++ {
			if flags[e] != 0 {
				out[i] = int64(e)
				if !last {
					break
				}
			}
		}
	}
	return out
}

func bindArrayFirst(s *site, elem, mapped types.Type) (types.Type, higherRun, error) {
	last := s.name == "arrayLast" || s.name == "arrayLastOrNull"
	ret := elem
	if s.name == "arrayFirstOrNull" || s.name == "arrayLastOrNull" {
		ret = elem.AsNullable()
	}
	return byFlags(s, mapped, ret, func(h *higher, flags []uint8) (*batch.Vector, error) {
		elems := withDefault(h.elems.WithType(ret))
		perm := make([]uint32, h.rows)
		for i, e := range places(h, flags, last) {
			perm[i] = uint32(e)
			if e < 0 {
				perm[i] = uint32(h.elems.Len)
			}
		}
		return elems.Gather(perm), nil
	})
}

func bindArrayFirstIndex(s *site, _, mapped types.Type) (types.Type, higherRun, error) {
	return byFlags(s, mapped, types.Of(types.UInt32), func(h *higher, flags []uint8) (*batch.Vector, error) {
		out := make([]uint32, h.rows)
		for i, e := range places(h, flags, s.name == "arrayLastIndex") {
			if e >= 0 {
				lo, _ := h.at(i)
				out[i] = uint32(e) - lo + 1
			}
		}
		return vec(out), nil
	})
}

func bindArrayFill(s *site, elem, mapped types.Type) (types.Type, higherRun, error) {
	back := s.name == "arrayReverseFill"
	return byFlags(s, mapped, types.ArrayOf(elem), func(h *higher, flags []uint8) (*batch.Vector, error) {
		perm := make([]uint32, h.elems.Len)
		for i := range h.rows {
			lo, hi := h.at(i)
			for k := range hi - lo {
				e, before := lo+k, lo+k-1
				if back {
					e, before = hi-1-k, hi-k
				}
				perm[e] = e
				if k > 0 && flags[e] == 0 {
					perm[e] = perm[before]
				}
			}
		}
		return h.list(h.elems.Gather(perm)), nil
	})
}

func bindArraySplit(s *site, elem, mapped types.Type) (types.Type, higherRun, error) {
	behind := uint32(0)
	if s.name == "arrayReverseSplit" {
		behind = 1
	}
	inner := types.ArrayOf(elem)
	return byFlags(s, mapped, types.ArrayOf(inner), func(h *higher, flags []uint8) (*batch.Vector, error) {
		parts := []uint32{0}
		ends := make([]uint32, 1, h.rows+1)
		for i := range h.rows {
			lo, hi := h.at(i)
			for e := lo; e < hi; e++ {
				if cut := e + behind; flags[e] != 0 && cut > lo && cut < hi {
					parts = append(parts, cut)
				}
			}
			if hi > lo {
				parts = append(parts, hi)
			}
			ends = append(ends, uint32(len(parts)-1))
		}
		pieces := &batch.Vector{Type: inner, Len: len(parts) - 1, Data: batch.Lists{Offsets: parts, Elems: h.elems}}
		return vec(batch.Lists{Offsets: ends, Elems: pieces}), nil
	})
}

func bindArraySort(s *site, elem, _ types.Type) (types.Type, higherRun, error) {
	descending := s.name == "arrayReverseSort"
	return types.ArrayOf(elem), func(h *higher) (*batch.Vector, error) {
		perm := appendRange(make([]uint32, 0, h.elems.Len), 0, uint32(h.elems.Len))
		compare := comparator(h.mapped, h.mapped)
		for i := range h.rows {
			lo, hi := h.at(i)
			sortPlaces(perm[lo:hi], h.mapped, compare, descending)
		}
		return h.list(h.elems.Gather(perm)), nil
	}, nil
}

func bindArrayCompact(_ *site, elem, _ types.Type) (types.Type, higherRun, error) {
	return types.ArrayOf(elem), func(h *higher) (*batch.Vector, error) {
		compare := comparator(h.mapped, h.mapped)
		p := newPicks(h.rows)
		for i := range h.rows {
			lo, hi := h.at(i)
			for e := lo; e < hi; e++ {
				if e == lo || compare(int(e-1), int(e)) != 0 {
					p.perm = append(p.perm, e)
				}
			}
			p.ends = append(p.ends, uint32(len(p.perm)))
		}
		return p.of(h.elems), nil
	}, nil
}
