package expr

import (
	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/chcode"
	"github.com/freshetdb/freshet/columnar/types"
)

// miscFunctions are those that fit nowhere else.
func miscFunctions() []*function {
	const cat = "Other"
	return []*function{
		{Info: Info{Name: "toTypeName", Syntax: "toTypeName(x)", Description: "Is the name of the type of x.", Returns: "String", Category: cat, Example: "toTypeName(1)"}, min: 1, max: 1, traits: ownNulls | ownLowCard | takesSymbols, bind: bindToTypeName},
		{Info: Info{Name: "toString", Syntax: "toString(x[, zone])", Description: "Prints x as text.", Returns: "String", Category: "Type conversion", Example: "toString(1)"}, min: 1, max: 2, bind: bindToString},
		{Info: Info{Name: "materialize", Syntax: "materialize(x)", Description: "Is x, as a column even when it is a constant.", Returns: "the type of x", Category: cat, Example: "materialize(1)"}, min: 1, max: 1, traits: ownNulls | noFold | takesSymbols, bind: bindMaterialize},
		{Info: Info{Name: "identity", Syntax: "identity(x)", Description: "Is x.", Returns: "the type of x", Category: cat, Example: "identity(1)"}, min: 1, max: 1, traits: ownNulls | takesSymbols, bind: bindIdentity},
		{Info: Info{Name: "ignore", Syntax: "ignore(…)", Description: "Is always 0, whatever its arguments.", Returns: "UInt8", Category: cat, Example: "ignore(1, 2)"}, min: 0, max: variadic, traits: ownNulls | ownLowCard | takesSymbols, bind: bindIgnore},
		{Info: Info{Name: "throwIf", Syntax: "throwIf(x[, message])", Description: "Is an error where x is not zero.", Returns: "UInt8", Category: cat, Example: "throwIf(0)"}, min: 1, max: 2, bind: bindThrowIf},
		{Info: Info{Name: "toLowCardinality", Syntax: "toLowCardinality(x)", Description: "Is x as LowCardinality.", Returns: "LowCardinality(type of x)", Category: "Type conversion", Example: "toLowCardinality('a')"}, min: 1, max: 1, traits: ownNulls | ownLowCard | takesSymbols, bind: bindToLowCardinality},
	}
}

func bindToTypeName(s *site) (bound, error) {
	name := s.args[0].Type().String()
	return bound{ret: types.Of(types.String), run: func(r *run, _ []*batch.Vector) (*batch.Vector, error) {
		return constText(name, r.n), nil
	}}, nil
}

// constText is one string for n rows.
func constText(text string, n int) *batch.Vector {
	var s batch.Strings
	s.AppendString(text)
	return &batch.Vector{Const: true, Len: n, Data: s}
}

func bindToString(s *site) (bound, error) {
	ctx, from := s.ctx, s.types[0]
	if len(s.args) == 2 {
		z, err := s.zoneArg(1)
		if err != nil {
			return bound{}, err
		}
		if !from.IsTime() {
			return bound{}, s.illegal(0)
		}
		from.Zone = z
	}
	f, err := bindValues(ctx, from, types.Of(types.String), castRules{})
	if err != nil {
		return bound{}, err
	}
	return bound{ret: types.Of(types.String), run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
		return f(r, args[0])
	}}, nil
}

func bindMaterialize(s *site) (bound, error) {
	return bound{ret: s.types[0], run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
		return r.ctx.expand(r.name, args[0])
	}}, nil
}

func bindIdentity(s *site) (bound, error) {
	return bound{ret: s.types[0], run: func(_ *run, args []*batch.Vector) (*batch.Vector, error) { return args[0], nil }}, nil
}

func bindToLowCardinality(s *site) (bound, error) {
	t := s.types[0]
	if !canBeLowCard(t) {
		return bound{}, s.illegal(0)
	}
	t.LowCard = true
	return bound{ret: t, run: func(_ *run, args []*batch.Vector) (*batch.Vector, error) { return args[0], nil }}, nil
}

func bindIgnore(*site) (bound, error) {
	return bound{ret: types.Of(types.UInt8), run: func(r *run, _ []*batch.Vector) (*batch.Vector, error) {
		return constOf(uint8(0), r.n), nil
	}}, nil
}

func bindThrowIf(s *site) (bound, error) {
	if !s.types[0].IsNumeric() {
		return bound{}, s.illegal(0)
	}
	message, err := s.optConstString(1, "Value passed to 'throwIf' function is non-zero")
	if err != nil {
		return bound{}, err
	}
	return bound{ret: types.Of(types.UInt8), canThrow: true, run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
		flags, err := truthOf(args[0])
		if err != nil {
			return nil, err
		}
		for i, f := range flags {
			if f != 0 && !r.skips(i) {
				return nil, chcode.Errorf(chcode.FunctionThrowIfValueIsNonZero, "%s", message)
			}
		}
		return vec(make([]uint8, r.n)), nil
	}}, nil
}
