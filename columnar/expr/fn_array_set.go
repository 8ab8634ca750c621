package expr

import (
	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/chcode"
	"github.com/freshetdb/freshet/columnar/types"
)

// arraySetFunctions combine arrays as sets and rows.
func arraySetFunctions() []*function {
	const cat = "Arrays"
	return []*function{
		{Info: Info{Name: "arrayIntersect", Syntax: "arrayIntersect(a, …)", Description: "Is the elements that all arrays have.", Returns: "Array", Category: cat, Example: "arrayIntersect([1, 2], [2, 3])"}, min: 1, max: variadic, bind: bindIntersect},
		{Info: Info{Name: "arrayZip", Syntax: "arrayZip(a, …)", Description: "Makes tuples of the elements that stand at one place.", Returns: "Array(Tuple)", Category: cat, Example: "arrayZip([1, 2], ['a', 'b'])"}, min: 0, max: variadic, bind: bindZip},
		{Info: Info{Name: "arrayWithConstant", Syntax: "arrayWithConstant(n, x)", Description: "Is n times x.", Returns: "Array", Category: cat, Example: "arrayWithConstant(3, 'a')"}, min: 2, max: 2, traits: ownNulls | ownLowCard, bind: bindWithConstant},
		{Info: Info{Name: "arrayEnumerateUniq", Syntax: "arrayEnumerateUniq(a)", Description: "Is for every element how often it has occurred up to there.", Returns: "Array(UInt32)", Category: cat, Example: "arrayEnumerateUniq([10, 20, 10])"}, min: 1, max: 1, bind: bindEnumerateUniq},
	}
}

func bindIntersect(s *site) (bound, error) {
	t, err := s.alignArrays()
	if err != nil {
		return bound{}, err
	}
	return bound{ret: t, run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
		in := make([]lister, len(args))
		for k, a := range args {
			in[k] = listsOf(a)
		}
		out := newChooser(r.n)
		var key []byte
		for i := range r.n {
			sets := make([]map[string]struct{}, len(in)-1)
			for k := range sets {
				sets[k] = elementSet(in[k+1], i)
			}
			seen := map[string]struct{}{}
			lo, hi := in[0].bounds(i)
			for e := lo; e < hi; e++ {
				key = appendNullableKey(key[:0], in[0].lists.Elems, int(e))
				if _, dup := seen[string(key)]; !dup && inAll(sets, key) {
					seen[string(key)] = struct{}{}
					out.add(e)
				}
			}
			out.end()
		}
		return out.vec(in[0].lists.Elems), nil
	}}, nil
}

func inAll(sets []map[string]struct{}, key []byte) bool {
	for _, s := range sets {
		if _, ok := s[string(key)]; !ok {
			return false
		}
	}
	return true
}

func bindZip(s *site) (bound, error) {
	elem := types.Type{Kind: types.Tuple}
	for i, t := range s.types {
		if err := s.checkArray(i); err != nil {
			return bound{}, err
		}
		elem.Elems = append(elem.Elems, t.Elem())
	}
	if len(s.args) == 0 {
		return bound{}, chcode.Errorf(chcode.TooFewArgumentsForFunction, "Function arrayZip needs at least one argument")
	}
	return bound{ret: types.ArrayOf(elem), canThrow: len(s.args) > 1, run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
		parts := make([]*batch.Vector, len(args))
		var offsets []uint32
		for k, a := range args {
			if a.Const {
				all := *a
				all.Len = r.n
				var err error
				if a, err = r.ctx.expand(r.name, &all); err != nil {
					return nil, err
				}
			}
			l := normalLists(a)
			if offsets == nil {
				offsets = l.Offsets
			}
			for i := range l.Offsets {
				if l.Offsets[i] != offsets[i] {
					return nil, unequalArrays("arrayZip")
				}
			}
			parts[k] = l.Elems
		}
		elems := &batch.Vector{Type: elem, Len: int(offsets[len(offsets)-1]), Data: parts}
		return vec(batch.Lists{Offsets: offsets, Elems: elems}), nil
	}}, nil
}

func bindWithConstant(s *site) (bound, error) {
	if err := s.checkIntegers(0, 1); err != nil {
		return bound{}, err
	}
	elem := s.args[1].Type()
	return bound{ret: types.ArrayOf(elem), canThrow: true, run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
		count, x := ints(args[0]), plainStrings(args[1])
		if x.Const {
			x = firstRows([]*batch.Vector{x})[0]
		}
		out := newChooser(r.n)
		for i := range r.n {
			n := pick(count, i)
			if n < 0 {
				return nil, chcode.Errorf(chcode.TooLargeArraySize, "Array size %d must be positive", n)
			}
			if err := r.ctx.elements(r.name, int64(len(out.perm))+n, 8); err != nil {
				return nil, err
			}
			at := uint32(0)
			if x.Len > 1 {
				at = uint32(i)
			}
			for range n {
				out.add(at)
			}
			out.end()
		}
		return out.repeated(r, x)
	}}, nil
}

func bindEnumerateUniq(s *site) (bound, error) {
	if err := s.checkArray(0); err != nil {
		return bound{}, err
	}
	return bound{ret: types.ArrayOf(types.Of(types.UInt32)), run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
		l := listsOf(args[0])
		offsets := make([]uint32, 1, r.n+1)
		var out []uint32
		var key []byte
		for i := range r.n {
			seen := map[string]uint32{}
			lo, hi := l.bounds(i)
			for e := lo; e < hi; e++ {
				key = appendNullableKey(key[:0], l.lists.Elems, int(e))
				seen[string(key)]++
				out = append(out, seen[string(key)])
			}
			offsets = append(offsets, uint32(len(out)))
		}
		return vec(batch.Lists{Offsets: offsets, Elems: batch.NewFixed(types.Of(types.UInt32), out, nil)}), nil
	}}, nil
}
