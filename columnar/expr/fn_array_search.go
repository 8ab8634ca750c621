package expr

import (
	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/types"
)

// arraySearchFunctions look for elements in arrays.
func arraySearchFunctions() []*function {
	const cat = "Array"
	return []*function{
		entry(info(cat, "has(array, x)", "UInt8", "Tells whether x is in the array.", "has([1, 2], 2)"), 2, 2, bindHas, ownNulls|ownLowCard),
		entry(info(cat, "indexOf(array, x)", "UInt64", "Is the place of x in the array, from 1; 0 when it is not there.", "indexOf([1, 2], 2)"), 2, 2, bindHas, ownNulls|ownLowCard),
		entry(info(cat, "countEqual(array, x)", "UInt64", "Is how often x is in the array.", "countEqual([1, 2, 2], 2)"), 2, 2, bindHas, ownNulls|ownLowCard),
		entry(info(cat, "hasAny(a, b)", "UInt8", "Tells whether the arrays have an element in common.", "hasAny([1, 2], [2, 3])"), 2, 2, bindHasMany),
		entry(info(cat, "hasAll(a, b)", "UInt8", "Tells whether all elements of b are in a.", "hasAll([1, 2], [2])"), 2, 2, bindHasMany),
		entry(info(cat, "hasSubstr(a, b)", "UInt8", "Tells whether the elements of b are in a one after the other.", "hasSubstr([1, 2, 3], [2, 3])"), 2, 2, bindHasMany),
	}
}

func bindHas(s *site) (bound, error) {
	if err := s.takesArrays(0); err != nil {
		return bound{}, err
	}
	elem, err := Supertype(s.types[0].Elem(), s.args[1].Type())
	if err != nil {
		return bound{}, err
	}
	elem.LowCard = false
	if err := s.cast(0, types.ArrayOf(elem)); err != nil {
		return bound{}, err
	}
	if err := s.castTo(1, elem); err != nil {
		return bound{}, err
	}
	ret := types.Of(types.UInt64)
	if s.name == "has" {
		ret = types.Of(types.UInt8)
	}
	return bound{ret: ret, run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
		l, x, at := listsOf(args[0]), shortest(args[1]), rowOf(args[1])
		equal := equalElems(l.elems, x)
		out := make([]uint64, r.n)
		for i := range out {
			lo, hi := l.at(i)
			want := int(at(i))
			if s.name == "countEqual" {
				for e := lo; e < hi; e++ {
					out[i] += uint64(truth(equal(int(e), want)))
				}
				continue
			}
			for e := lo; e < hi; e++ {
				if equal(int(e), want) {
					out[i] = uint64(e-lo) + 1
					break
				}
			}
		}
		if s.name == "has" {
			return vec(found(out)), nil
		}
		return vec(out), nil
	}}, nil
}

// found tells which numbers are not 0.
func found(x []uint64) []uint8 {
	out := make([]uint8, len(x))
	for i, v := range x {
		out[i] = truth(v != 0)
	}
	return out
}

// equalElems compares an element of a with one of b; NULL equals NULL, NaN no
// number.
func equalElems(a, b *batch.Vector) func(i, j int) bool {
	compare := comparator(a, b)
	switch x := a.Data.(type) {
	case []float64:
		return func(i, j int) bool { return compare(i, j) == 0 && (x[i] == x[i] || a.IsNull(i)) } //nolint:gocritic // NaN differs from itself
	case []float32:
		return func(i, j int) bool { return compare(i, j) == 0 && (x[i] == x[i] || a.IsNull(i)) } //nolint:gocritic // NaN differs from itself
	default:
		return func(i, j int) bool { return compare(i, j) == 0 }
	}
}

func bindHasMany(s *site) (bound, error) {
	if _, err := s.castArrays(0, 1); err != nil {
		return bound{}, err
	}
	return bound{ret: types.Of(types.UInt8), run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
		a, b := listsOf(args[0]), listsOf(args[1])
		m := matcher{a: a, b: b, equal: equalElems(a.elems, b.elems)}
		test := m.any
		switch s.name {
		case "hasAll":
			test = m.all
		case "hasSubstr":
			test = m.run
		}
		out := make([]uint8, r.n)
		for i := range out {
			out[i] = truth(test(i))
		}
		return vec(out), nil
	}}, nil
}

// maxPairs is up to how many pairs of elements are compared one by one.
const maxPairs = 256

// matcher compares the elements of two arrays of a row.
type matcher struct {
	a, b  *lists
	equal func(i, j int) bool
	key   []byte
}

// in gives a test for elements of b to be in the array of a.
func (m *matcher) in(i int) func(e uint32) bool {
	lo, hi := m.a.at(i)
	if m.a.size(i)*m.b.size(i) <= maxPairs {
		return func(e uint32) bool {
			for k := lo; k < hi; k++ {
				if m.equal(int(k), int(e)) {
					return true
				}
			}
			return false
		}
	}
	set := make(map[string]struct{}, hi-lo)
	for k := lo; k < hi; k++ {
		m.key = appendNullableKey(m.key[:0], m.a.elems, int(k))
		set[string(m.key)] = struct{}{}
	}
	return func(e uint32) bool {
		m.key = appendNullableKey(m.key[:0], m.b.elems, int(e))
		_, ok := set[string(m.key)]
		return ok
	}
}

func (m *matcher) any(i int) bool {
	lo, hi := m.b.at(i)
	in := m.in(i)
	for e := lo; e < hi; e++ {
		if in(e) {
			return true
		}
	}
	return false
}

func (m *matcher) all(i int) bool {
	lo, hi := m.b.at(i)
	in := m.in(i)
	for e := lo; e < hi; e++ {
		if !in(e) {
			return false
		}
	}
	return true
}

func (m *matcher) run(i int) bool {
	lo, hi := m.a.at(i)
	from, to := m.b.at(i)
	for ; lo+to-from <= hi; lo++ {
		k := uint32(0)
		for k < to-from && m.equal(int(lo+k), int(from+k)) {
			k++
		}
		if k == to-from {
			return true
		}
	}
	return false
}

func bindArrayStartsWith(s *site) (bound, error) {
	if _, err := s.castArrays(0, 1); err != nil {
		return bound{}, err
	}
	atEnd := s.name == "endsWith"
	return bound{ret: types.Of(types.UInt8), run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
		a, b := listsOf(args[0]), listsOf(args[1])
		equal := equalElems(a.elems, b.elems)
		out := make([]uint8, r.n)
		for i := range out {
			lo, hi := a.at(i)
			from, to := b.at(i)
			if hi-lo < to-from {
				continue
			}
			if atEnd {
				lo = hi - (to - from)
			}
			k := uint32(0)
			for k < to-from && equal(int(lo+k), int(from+k)) {
				k++
			}
			out[i] = truth(k == to-from)
		}
		return vec(out), nil
	}}, nil
}
