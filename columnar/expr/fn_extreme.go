package expr

import (
	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/types"
)

// extremeFunctions are least and greatest.
func extremeFunctions() []*function {
	return []*function{
		{Info: Info{Name: "least", CaseInsensitive: true, Syntax: "least(a, b, …)", Description: "Is the least of its arguments; NULLs do not count.", Returns: "the common type", Category: "Conditional", Example: "least(1, 2)"}, min: 1, max: variadic, traits: ownNulls, bind: bindExtreme},
		{Info: Info{Name: "greatest", CaseInsensitive: true, Syntax: "greatest(a, b, …)", Description: "Is the greatest of its arguments; NULLs do not count.", Returns: "the common type", Category: "Conditional", Example: "greatest(1, 2)"}, min: 1, max: variadic, traits: ownNulls, bind: bindExtreme},
	}
}

func bindExtreme(s *site) (bound, error) {
	ret, err := Supertype(s.types...)
	pair, mixed := numberPair(s.types)
	if mixed {
		ret, err = types.Of(types.Float64), nil
	}
	if err != nil {
		return bound{}, err
	}
	for _, t := range s.types {
		if t.Kind == types.Bool && ret.Kind == types.Bool {
			ret.Kind = types.UInt8
		}
	}
	args := make([]Expr, len(s.args))
	for i, a := range s.args {
		t := ret
		if !a.Type().Nullable && ret.Nullable && a.Type().Kind != types.Nothing {
			t = ret.NotNull()
		}
		if args[i], err = castBranch(s.ctx, a, t); err != nil {
			return bound{}, err
		}
	}
	s.args = args
	sign := 1
	if s.name == "greatest" {
		sign = -1
	}
	return bound{ret: ret, run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
		return extreme(r, ret, args, sign, pair), nil
	}}, nil
}

// numberPair tells of two numbers that are not Nullable, and that one is a float and the other a Decimal.
//
//go:noinline
func numberPair(ts []types.Type) (pair, mixed bool) {
	if len(ts) != 2 {
		return false, false
	}
	a, b := ts[0].Kind, ts[1].Kind
	if a > b {
		a, b = b, a
	}
	pair = a >= types.Bool && b <= types.Decimal && !ts[0].Nullable && !ts[1].Nullable
	return pair, pair && (a == types.Float32 || a == types.Float64) && b == types.Decimal
}

// extreme picks for every row the argument that is least (sign 1) or greatest (-1). NaN is
// neither, but of a pair of numbers with NaN it is the second.
func extreme(r *run, ret types.Type, args []*batch.Vector, sign int, pair bool) *batch.Vector {
	pieces := make([]*batch.Vector, len(args))
	bases := make([]uint32, len(args))
	base := 0
	for k, a := range args {
		if a.Const {
			a = firstRows([]*batch.Vector{a})[0]
		}
		pieces[k] = plainStrings(a)
		bases[k] = uint32(base)
		base += a.Len
	}
	all := concat(ret, pieces)
	compare := comparatorTo(all, all, sign)
	nan := nanAt(all)
	perm := make([]uint32, r.n)
	for i := range perm {
		best := -1
		for k, p := range pieces {
			at := int(bases[k])
			if p.Len > 1 {
				at += i
			}
			switch {
			case best < 0 || all.IsNull(best):
				best = at
			case all.IsNull(at):
			case sign*compare(at, best) < 0, pair && (nan(at) || nan(best)):
				best = at
			}
		}
		perm[i] = uint32(best)
	}
	return all.Gather(perm)
}

// nanAt tells which values are NaN.
func nanAt(v *batch.Vector) func(i int) bool {
	switch d := v.Data.(type) {
	case []float32:
		return func(i int) bool { return d[i] != d[i] }
	case []float64:
		return func(i int) bool { return d[i] != d[i] }
	default:
		return func(int) bool { return false }
	}
}
