package expr

import (
	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/chcode"
	"github.com/freshetdb/freshet/columnar/types"
)

// nullFunctions test for NULL and replace it.
func nullFunctions() []*function {
	const cat = "Nullable"
	return []*function{
		{Info: Info{Name: "isNull", CaseInsensitive: true, Syntax: "isNull(x)", Description: "Tells whether x is NULL.", Returns: "UInt8", Category: cat, Example: "isNull(NULL)"}, min: 1, max: 1, traits: ownNulls | ownLowCard | takesSymbols, bind: bindIsNull},
		{Info: Info{Name: "isNotNull", Syntax: "isNotNull(x)", Description: "Tells whether x is not NULL.", Returns: "UInt8", Category: cat, Example: "isNotNull(1)"}, min: 1, max: 1, traits: ownNulls | ownLowCard | takesSymbols, bind: bindIsNull},
		{Info: Info{Name: "isNullable", Syntax: "isNullable(x)", Description: "Tells whether the type of x is Nullable.", Returns: "UInt8", Category: cat, Example: "isNullable(1)"}, min: 1, max: 1, traits: ownNulls | ownLowCard | takesSymbols, bind: bindIsNullable},
		{Info: Info{Name: "ifNull", CaseInsensitive: true, Syntax: "ifNull(x, alt)", Description: "Is x, or alt where x is NULL.", Returns: "the common type", Category: cat, Example: "ifNull(NULL, 7)"}, min: 2, max: 2, traits: ownNulls, bind: bindCoalesce},
		{Info: Info{Name: "coalesce", CaseInsensitive: true, Syntax: "coalesce(x, …)", Description: "Is the first argument that is not NULL.", Returns: "the common type", Category: cat, Example: "coalesce(NULL, 1, 2)"}, min: 1, max: variadic, traits: ownNulls, bind: bindCoalesce},
		{Info: Info{Name: "nullIf", CaseInsensitive: true, Syntax: "nullIf(x, y)", Description: "Is NULL where x equals y, else x.", Returns: "Nullable(type of x)", Category: cat, Example: "nullIf(1, 1)"}, min: 2, max: 2, traits: ownNulls, bind: bindNullIf},
		{Info: Info{Name: "assumeNotNull", Syntax: "assumeNotNull(x)", Description: "Is x as a value that is never NULL; where it is NULL, the default of its type.", Returns: "the type of x without Nullable", Category: cat, Example: "assumeNotNull(toNullable(1))"}, min: 1, max: 1, traits: ownNulls | takesSymbols, bind: bindAssumeNotNull},
		{Info: Info{Name: "toNullable", Syntax: "toNullable(x)", Description: "Is x as a Nullable.", Returns: "Nullable(type of x)", Category: cat, Example: "toNullable(1)"}, min: 1, max: 1, traits: ownNulls | takesSymbols, bind: bindToNullable},
	}
}

func bindIsNull(s *site) (bound, error) {
	not := s.name == "isNotNull"
	return bound{ret: types.Of(types.UInt8), run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
		out := make([]uint8, r.n)
		for i := range out {
			if args[0].IsNull(i) != not {
				out[i] = 1
			}
		}
		return vec(out), nil
	}}, nil
}

func bindIsNullable(s *site) (bound, error) {
	v := uint8(0)
	if s.args[0].Type().Nullable {
		v = 1
	}
	return bound{ret: types.Of(types.UInt8), run: func(r *run, _ []*batch.Vector) (*batch.Vector, error) {
		return constOf(v, r.n), nil
	}}, nil
}

// constOf is one number for n rows.
func constOf[T batch.Fixed](x T, n int) *batch.Vector {
	v := vec([]T{x})
	v.Const, v.Len = true, n
	return v
}

func bindAssumeNotNull(s *site) (bound, error) {
	t := s.types[0]
	if t.Kind == types.Nothing {
		return bound{}, chcode.Errorf(chcode.IllegalColumn, "Cannot create non-empty column with type Nothing")
	}
	t.Nullable = false
	return bound{ret: t, run: func(_ *run, args []*batch.Vector) (*batch.Vector, error) {
		c := *args[0]
		c.Nulls = nil
		return &c, nil
	}}, nil
}

func bindToNullable(s *site) (bound, error) {
	return bound{ret: s.types[0].AsNullable(), run: func(_ *run, args []*batch.Vector) (*batch.Vector, error) {
		return args[0], nil
	}}, nil
}

// bindCoalesce drops NULL literals and what stands behind an argument that can't
// be NULL.
func bindCoalesce(s *site) (bound, error) {
	var args []Expr
	for _, a := range s.args {
		t := a.Type()
		if t.Kind == types.Nothing {
			continue
		}
		args = append(args, a)
		if !t.Nullable {
			break
		}
	}
	if len(args) == 0 {
		return bound{ret: types.Of(types.Nothing).AsNullable(), lazy: func(c *Call, v *env) (*batch.Vector, error) {
			return batch.NewNulls(c.typ, v.rows), nil
		}}, nil
	}
	ts := make([]types.Type, len(args))
	for i, a := range args {
		ts[i] = a.Type()
		ts[i].LowCard, ts[i].Nullable = false, false
	}
	ret, err := Supertype(ts...)
	if err != nil {
		return bound{}, err
	}
	if args[len(args)-1].Type().Nullable {
		ret = ret.AsNullable()
	}
	for i, a := range args {
		t := ret
		if a.Type().Nullable {
			t = ret.AsNullable()
		}
		if args[i], err = castBranch(s.ctx, a, t); err != nil {
			return bound{}, err
		}
	}
	s.args = args
	return bound{ret: ret, lazy: evalCoalesce}, nil
}

// evalCoalesce evaluates each argument for the rows that are still NULL.
func evalCoalesce(c *Call, v *env) (*batch.Vector, error) {
	p := newParts(c.typ, v.rows, 0)
	open := make([]uint32, v.rows)
	for i := range open {
		open[i] = uint32(i)
	}
	for k, a := range c.Args {
		if len(open) == 0 {
			break
		}
		from := v
		if len(open) < v.rows {
			from = v.only(open, a)
		}
		out, err := a.eval(from)
		if err != nil {
			return nil, err
		}
		if k == len(c.Args)-1 {
			p.add(out, open, len(open) == v.rows)
			break
		}
		if k == 0 && out.Nulls == nil {
			res := *plainStrings(out)
			res.Type = c.typ
			return &res, nil
		}
		var taken, rest, at []uint32
		for j, i := range open {
			if out.IsNull(j) {
				rest = append(rest, i)
			} else {
				taken, at = append(taken, i), append(at, uint32(j))
			}
		}
		if len(taken) > 0 {
			p.add(out.Gather(at), taken, false)
		}
		open = rest
	}
	res := p.join()
	if !c.typ.Nullable {
		res.Nulls = nil
	}
	return res, nil
}

// bindNullIf compares by equals(x, y).
func bindNullIf(s *site) (bound, error) {
	t := s.types[0]
	if t.Kind == types.Array || t.Kind == types.Tuple {
		return bound{}, s.illegal(0)
	}
	eq, err := NewCall(s.ctx, "equals", s.args)
	if err != nil {
		return bound{}, err
	}
	return bound{ret: t.AsNullable(), canThrow: CanThrow(eq), lazy: func(c *Call, v *env) (*batch.Vector, error) {
		return evalNullIf(c, eq, v)
	}}, nil
}

func evalNullIf(c *Call, eq Expr, v *env) (*batch.Vector, error) {
	same, err := eq.eval(v)
	if err != nil {
		return nil, err
	}
	x, err := c.Args[0].eval(v)
	if err != nil {
		return nil, err
	}
	out := *plainStrings(x).Expand()
	out.Type = c.typ
	if same.Type.Kind == types.Nothing {
		return &out, nil
	}
	flags, err := conditions(same, v.rows)
	if err != nil {
		return nil, err
	}
	nulls := make([]bool, v.rows)
	for i, f := range flags {
		nulls[i] = f != 0 || x.IsNull(i)
	}
	out.Nulls = nulls
	return &out, nil
}
