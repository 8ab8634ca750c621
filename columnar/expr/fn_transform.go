package expr

import (
	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/types"
)

// transformFunctions map values by tables.
func transformFunctions() []*function {
	return []*function{
		{Info: Info{Name: "transform", Syntax: "transform(x, from, to[, default])", Description: "Is the element of to that stands where x stands in from, else the default, or x.", Returns: "the common type", Category: "Other", Example: "transform(2, [1, 2], ['a', 'b'], 'c')"}, min: 3, max: 4, traits: ownNulls, bind: bindTransform},
	}
}

func bindTransform(s *site) (bound, error) {
	for i := 1; i <= 2; i++ {
		if err := s.checkArray(i); err != nil {
			return bound{}, err
		}
		if s.constant(i) == nil {
			return bound{}, s.mustBeConst(i)
		}
	}
	x := s.types[0]
	key, err := Supertype(x, s.types[1].Elem())
	if err != nil {
		return bound{}, err
	}
	other := s.args[0]
	if len(s.args) == 4 {
		other = s.args[3]
	}
	ot := other.Type()
	ot.LowCard = false
	ret, err := Supertype(s.types[2].Elem(), ot)
	if err != nil {
		return bound{}, err
	}
	args := make([]Expr, 4)
	for i, c := range []struct {
		e Expr
		t types.Type
	}{{s.args[0], key}, {s.args[1], types.ArrayOf(key)}, {s.args[2], types.ArrayOf(ret)}, {other, ret}} {
		if args[i], err = castBranch(s.ctx, c.e, c.t); err != nil {
			return bound{}, err
		}
	}
	s.args = args
	return bound{ret: ret, run: runTransform(ret)}, nil
}

func runTransform(ret types.Type) func(r *run, args []*batch.Vector) (*batch.Vector, error) {
	return func(r *run, args []*batch.Vector) (*batch.Vector, error) {
		from, to := listsOf(args[1]), listsOf(args[2])
		places := map[string]uint32{}
		lo, hi := from.bounds(0)
		first, end := to.bounds(0)
		if hi-lo != end-first {
			return nil, unequalArrays("transform")
		}
		var key []byte
		for k := range hi - lo {
			key = appendNullableKey(key[:0], from.lists.Elems, int(lo+k))
			if _, dup := places[string(key)]; !dup {
				places[string(key)] = first + k
			}
		}
		other := plainStrings(args[3])
		if other.Const {
			other = firstRows([]*batch.Vector{other})[0]
		}
		all := concat(ret, []*batch.Vector{to.lists.Elems, other})
		base := uint32(to.lists.Elems.Len)
		x := args[0]
		perm := make([]uint32, r.n)
		for i := range perm {
			key = appendNullableKey(key[:0], x, i)
			at, ok := places[string(key)]
			if !ok {
				at = base
				if other.Len > 1 {
					at += uint32(i)
				}
			}
			perm[i] = at
		}
		return all.Gather(perm), nil
	}
}
