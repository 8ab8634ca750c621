package expr

import (
	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/chcode"
	"github.com/freshetdb/freshet/columnar/kernel"
	"github.com/freshetdb/freshet/columnar/types"
)

// logicFunctions are and, or, xor, not.
func logicFunctions() []*function {
	const cat = "Logical"
	return []*function{
		{Info: Info{Name: "and", Syntax: "and(a, b, …)", Description: "Is true if all conditions are; a condition is evaluated for the rows that the ones before left open.", Returns: "UInt8 or Bool", Category: cat, Example: "and(1, 0)"}, min: 2, max: variadic, traits: ownNulls | ownLowCard, bind: bindAndOr},
		{Info: Info{Name: "or", Syntax: "or(a, b, …)", Description: "Is true if one condition is; a condition is evaluated for the rows that the ones before left open.", Returns: "UInt8 or Bool", Category: cat, Example: "or(1, 0)"}, min: 2, max: variadic, traits: ownNulls | ownLowCard, bind: bindAndOr},
		{Info: Info{Name: "xor", Syntax: "xor(a, b, …)", Description: "Is true if an odd number of conditions is.", Returns: "UInt8 or Bool", Category: cat, Example: "xor(1, 0)"}, min: 2, max: variadic, bind: bindXor},
		{Info: Info{Name: "not", Syntax: "not(a)", Description: "Is true if the condition is not.", Returns: "UInt8 or Bool", Category: cat, Example: "not(1)"}, min: 1, max: 1, bind: bindNot},
	}
}

// logicType checks the conditions and is Bool when one of them is, but for a Nullable
// one, as ClickHouse has it.
func logicType(s *site) (types.Type, error) {
	isBool := false
	for i, t := range s.types {
		switch {
		case t.Kind == types.Bool:
			isBool = isBool || !t.Nullable
		case t.IsInteger(), t.IsFloat(), t.Kind == types.Nothing:
		default:
			return types.Type{}, chcode.Errorf(chcode.IllegalTypeOfArgument, "Illegal type (%s) of %d argument of function %s",
				s.args[i].Type(), i+1, s.name)
		}
	}
	if isBool {
		return types.Of(types.Bool), nil
	}
	return types.Of(types.UInt8), nil
}

func bindNot(s *site) (bound, error) {
	t, err := logicType(s)
	if err != nil {
		return bound{}, err
	}
	return bound{ret: t, run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
		flags, err := truthOf(args[0])
		if err != nil {
			return nil, err
		}
		out := make([]uint8, r.n)
		kernel.Not(out, flags)
		return vec(out), nil
	}}, nil
}

func bindXor(s *site) (bound, error) {
	t, err := logicType(s)
	if err != nil {
		return bound{}, err
	}
	return bound{ret: t, run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
		out := make([]uint8, r.n)
		for _, a := range args {
			flags, err := conditions(a, r.n)
			if err != nil {
				return nil, err
			}
			kernel.Xor(out, out, flags)
		}
		return vec(out), nil
	}}, nil
}

// conditions are values as 0 and 1, one for each of n rows; NULL is 0.
func conditions(v *batch.Vector, n int) ([]uint8, error) {
	flags, err := truthOf(v)
	if err != nil {
		return nil, err
	}
	out := make([]uint8, n)
	if v.Const {
		if flags[0] != 0 && !v.IsNull(0) {
			for i := range out {
				out[i] = 1
			}
		}
		return out, nil
	}
	kernel.True(out, flags)
	for i, null := range v.Nulls {
		if null {
			out[i] = 0
		}
	}
	return out, nil
}

func bindAndOr(s *site) (bound, error) {
	t, err := logicType(s)
	if err != nil {
		return bound{}, err
	}
	nothing := true
	for _, a := range s.types {
		if a.Nullable {
			t = t.AsNullable()
		}
		nothing = nothing && a.Kind == types.Nothing
	}
	if nothing {
		t = types.Of(types.UInt8).AsNullable()
	}
	return bound{ret: t, lazy: evalAndOr}, nil
}

// evalAndOr evaluates the arguments in order; one that can throw or is costly,
// only for the rows whose answer is still open.
func evalAndOr(c *Call, v *env) (*batch.Vector, error) {
	isAnd := c.Name == "and"
	var acc *batch.Vector
	for _, a := range c.Args {
		next, err := evalOpen(c, v, a, acc, isAnd)
		if err != nil {
			return nil, err
		}
		if acc == nil {
			acc = next
			continue
		}
		acc = combineLogic(c.typ, acc, next, isAnd)
	}
	return acc, nil
}

// evalOpen evaluates a condition; rows that acc decides get false for and, or
// false for or, when the condition is spared for them.
func evalOpen(c *Call, v *env, a Expr, acc *batch.Vector, isAnd bool) (*batch.Vector, error) {
	cost := costOf(a)
	if acc == nil || (!cost.throws && !cost.costly) {
		out, err := a.eval(v)
		if err != nil {
			return nil, err
		}
		return logicVector(c.typ, out, v.rows)
	}
	flags := acc.Data.([]uint8)
	open := make([]uint32, 0, v.rows)
	for i, f := range flags {
		null := acc.Nulls != nil && acc.Nulls[i]
		if null || (f != 0) == isAnd {
			open = append(open, uint32(i))
		}
	}
	full := &batch.Vector{Type: c.typ, Len: v.rows, Data: make([]uint8, v.rows)}
	if len(open) == 0 {
		return full, nil
	}
	sub := v
	if len(open) < v.rows {
		sub = v.only(open, a)
	}
	out, err := a.eval(sub)
	if err != nil {
		return nil, err
	}
	part, err := logicVector(c.typ, out, sub.rows)
	if err != nil || len(open) == v.rows {
		return part, err
	}
	data, got := full.Data.([]uint8), part.Data.([]uint8)
	if part.Nulls != nil {
		full.Nulls = make([]bool, v.rows)
	}
	for k, i := range open {
		data[i] = got[k]
		if part.Nulls != nil {
			full.Nulls[i] = part.Nulls[k]
		}
	}
	return full, nil
}

// logicVector is a condition as 0 and 1 for each of n rows, with its NULLs.
func logicVector(t types.Type, v *batch.Vector, n int) (*batch.Vector, error) {
	out := &batch.Vector{Type: t, Len: n}
	if v.Type.Kind == types.Nothing {
		out.Data, out.Nulls = make([]uint8, n), make([]bool, n)
		for i := range out.Nulls {
			out.Nulls[i] = true
		}
		return out, nil
	}
	flags, err := conditions(v, n)
	if err != nil {
		return nil, err
	}
	out.Data = flags
	if v.Nulls != nil {
		out.Nulls = v.Nulls
		if v.Const {
			out.Nulls = make([]bool, n)
			for i := range out.Nulls {
				out.Nulls[i] = v.Nulls[0]
			}
		}
	}
	return out, nil
}

func combineLogic(t types.Type, a, b *batch.Vector, isAnd bool) *batch.Vector {
	out := make([]uint8, a.Len)
	x, y := a.Data.([]uint8), b.Data.([]uint8)
	res := &batch.Vector{Type: t, Len: a.Len, Data: out}
	switch {
	case a.Nulls == nil && b.Nulls == nil && isAnd:
		kernel.And(out, x, y)
	case a.Nulls == nil && b.Nulls == nil:
		kernel.Or(out, x, y)
	case isAnd:
		res.Nulls = make([]bool, a.Len)
		kernel.AndNulls(out, res.Nulls, x, a.Nulls, y, b.Nulls)
	default:
		res.Nulls = make([]bool, a.Len)
		kernel.OrNulls(out, res.Nulls, x, a.Nulls, y, b.Nulls)
	}
	return res
}
