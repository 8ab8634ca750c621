package expr

import (
	"slices"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/types"
)

// arraySetFunctions treat arrays as sets: equal elements count once.
func arraySetFunctions() []*function {
	const cat = "Array"
	return []*function{
		entry(info(cat, "arrayDistinct(array)", "Array", "Is the elements that are not NULL, each once.", "arrayDistinct([1, 1, 2])"), 1, 1, bindArrayDistinct),
		entry(info(cat, "arrayUniq(array, …)", "UInt32", "Is the number of distinct elements.", "arrayUniq([1, 1, 2])"), 1, anyArgs, bindArrayUniq),
		entry(info(cat, "arrayEnumerateUniq(array, …)", "Array(UInt32)", "Is for each element how often it has occurred up to there.", "arrayEnumerateUniq([1, 1, 2])"), 1, anyArgs, bindArrayEnumerateUniq),
		entry(info(cat, "arrayEnumerateDense(array, …)", "Array(UInt32)", "Is for each element its number among the distinct ones.", "arrayEnumerateDense([7, 7, 8])"), 1, anyArgs, bindArrayEnumerateUniq),
		entry(info(cat, "arrayIntersect(array, …)", "Array", "Is the elements that are in all arrays, each once.", "arrayIntersect([1, 2], [2, 3])"), 1, anyArgs, bindArrayIntersect),
		entry(info(cat, "arrayUnion(array, …)", "Array", "Is the elements that are in any of the arrays, each once.", "arrayUnion([1, 2], [2, 3])"), 1, anyArgs, bindArrayUnion),
	}
}

func bindArrayDistinct(s *site) (bound, error) {
	if err := s.takesArrays(0); err != nil {
		return bound{}, err
	}
	t := s.types[0].Elem().NotNull()
	if t.Kind == types.Nothing {
		t = s.types[0].Elem()
	}
	return bound{ret: types.ArrayOf(t), run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
		l := listsOf(args[0])
		seen := map[string]struct{}{}
		var key []byte
		out, err := pickRows(r, l.elems, func(perm []uint32, i int) []uint32 {
			lo, hi := l.at(i)
			clear(seen)
			for e := lo; e < hi; e++ {
				if l.elems.IsNull(int(e)) {
					continue
				}
				key = appendKey(key[:0], l.elems, int(e))
				if _, dup := seen[string(key)]; !dup {
					seen[string(key)] = struct{}{}
					perm = append(perm, e)
				}
			}
			return perm
		})
		if err != nil {
			return nil, err
		}
		return withElemType(out, t), nil
	}}, nil
}

// withElemType says that the elements of a result are of a type; without NULLs
// when that is not Nullable.
func withElemType(v *batch.Vector, t types.Type) *batch.Vector {
	l := v.Data.(batch.Lists)
	l.Elems = l.Elems.WithType(t)
	if !t.Nullable {
		l.Elems.Nulls = nil
	}
	v.Data = l
	return v
}

// aligned are arrays of a row whose elements in the same places belong together.
type aligned struct {
	lists []*lists
	key   []byte
}

func alignedLists(r *run, name string, args []*batch.Vector) (*aligned, error) {
	a := &aligned{}
	for _, v := range args {
		a.lists = append(a.lists, listsOf(v))
	}
	for i := range r.n {
		for _, l := range a.lists[1:] {
			if l.size(i) != a.lists[0].size(i) && !r.skips(i) {
				return nil, sizesDiffer(name)
			}
		}
	}
	return a, nil
}

// keyAt is the encoded elements in place k of row i; it lives until the next call.
func (a *aligned) keyAt(i, k int) []byte {
	a.key = a.key[:0]
	for _, l := range a.lists {
		lo, _ := l.at(i)
		a.key = appendNullableKey(a.key, l.elems, int(lo)+k)
	}
	return a.key
}

func bindArrayUniq(s *site) (bound, error) {
	if err := s.takesArrays(s.allIndexes()...); err != nil {
		return bound{}, err
	}
	return bound{ret: types.Of(types.UInt32), canThrow: true, run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
		a, err := alignedLists(r, s.name, args)
		if err != nil {
			return nil, err
		}
		out := make([]uint32, r.n)
		seen := map[string]struct{}{}
		for i := range out {
			clear(seen)
			for k := range a.lists[0].size(i) {
				if key := a.keyAt(i, k); !isIn(seen, key) {
					seen[string(key)] = struct{}{}
				}
			}
			out[i] = uint32(len(seen))
		}
		return vec(out), nil
	}}, nil
}

func isIn(set map[string]struct{}, key []byte) bool {
	_, ok := set[string(key)]
	return ok
}

func bindArrayEnumerateUniq(s *site) (bound, error) {
	if err := s.takesArrays(s.allIndexes()...); err != nil {
		return bound{}, err
	}
	dense, t := s.name == "arrayEnumerateDense", types.Of(types.UInt32)
	return bound{ret: types.ArrayOf(t), canThrow: true, run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
		a, err := alignedLists(r, s.name, args)
		if err != nil {
			return nil, err
		}
		var out []uint32
		ends := make([]uint32, 1, r.n+1)
		counts := map[string]uint32{}
		for i := range r.n {
			clear(counts)
			for k := range a.lists[0].size(i) {
				key := a.keyAt(i, k)
				n := counts[string(key)]
				switch {
				case !dense:
					n++
				case n == 0:
					n = uint32(len(counts)) + 1
				}
				counts[string(key)] = n
				out = append(out, n)
			}
			ends = append(ends, uint32(len(out)))
		}
		return vec(batch.Lists{Offsets: ends, Elems: batch.NewFixed(t, out, nil)}), nil
	}}, nil
}

func bindArrayIntersect(s *site) (bound, error) {
	elem, err := s.castArrays(s.allIndexes()...)
	if err != nil {
		return bound{}, err
	}
	return bound{ret: types.ArrayOf(elem), run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
		ls, elems, bases := joined(elem, args)
		counts := map[string]int{}
		var key []byte
		return pickRows(r, elems, func(perm []uint32, i int) []uint32 {
			clear(counts)
			for k, l := range ls {
				lo, hi := l.at(i)
				for e := lo + bases[k]; e < hi+bases[k]; e++ {
					key = appendNullableKey(key[:0], elems, int(e))
					if counts[string(key)] == k {
						counts[string(key)] = k + 1
					}
				}
			}
			lo, hi := ls[0].at(i)
			for e := lo; e < hi; e++ {
				key = appendNullableKey(key[:0], elems, int(e))
				if counts[string(key)] == len(ls) {
					counts[string(key)] = 0
					perm = append(perm, e)
				}
			}
			return perm
		})
	}}, nil
}

func bindArrayUnion(s *site) (bound, error) {
	elem, err := s.castArrays(s.allIndexes()...)
	if err != nil {
		return bound{}, err
	}
	return bound{ret: types.ArrayOf(elem), run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
		ls, elems, bases := joined(elem, args)
		seen := map[string]struct{}{}
		var key []byte
		return pickRows(r, elems, func(perm []uint32, i int) []uint32 {
			clear(seen)
			for k, l := range ls {
				lo, hi := l.at(i)
				for e := lo + bases[k]; e < hi+bases[k]; e++ {
					if key = appendNullableKey(key[:0], elems, int(e)); !isIn(seen, key) {
						seen[string(key)] = struct{}{}
						perm = append(perm, e)
					}
				}
			}
			return perm
		})
	}}, nil
}

// sortPlaces sorts the places of elements; elements that are NULL or NaN stand
// at the end in either direction.
func sortPlaces(perm []uint32, keys *batch.Vector, compare func(i, j int) int, descending bool) {
	last := func(i int) bool { return keys.IsNull(i) || isNaNAt(keys.Data, i) }
	slices.SortStableFunc(perm, func(a, b uint32) int {
		i, j := int(a), int(b)
		if descending && !last(i) && !last(j) {
			return compare(j, i)
		}
		return compare(i, j)
	})
}

func isNaNAt(data any, i int) bool {
	switch d := data.(type) {
	case []float64:
		return d[i] != d[i] //nolint:gocritic // NaN
	case []float32:
		return d[i] != d[i] //nolint:gocritic // NaN
	default:
		return false
	}
}
