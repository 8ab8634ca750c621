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
