package expr

import (
	"strings"

	"github.com/freshetdb/freshet/columnar/agg"
	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/chcode"
	"github.com/freshetdb/freshet/columnar/types"
)

// stateFunctions compute with states of aggregate functions: their value, and the
// algebra of exact sets. ClickHouse has the latter for groupBitmap; here they take
// states of uniqExact as well.
func stateFunctions() []*function {
	const cat = "Aggregate states"
	return []*function{
		{Info: Info{Name: "finalizeAggregation", Syntax: "finalizeAggregation(state)", Description: "Is the value of a state of an aggregate function.", Returns: "the type of the value", Category: cat, Example: "finalizeAggregation(bitmapBuild([1, 2]))"}, min: 1, max: 1, traits: ownNulls, bind: bindFinalize},
		{Info: Info{Name: "bitmapBuild", Syntax: "bitmapBuild(array)", Description: "Makes a set of integers of an array.", Returns: "AggregateFunction(groupBitmap, T)", Category: cat, Example: "bitmapCardinality(bitmapBuild([1, 2, 2]))"}, min: 1, max: 1, traits: ownNulls, bind: bindBitmapBuild},
		{Info: Info{Name: "bitmapContains", Syntax: "bitmapContains(set, x)", Description: "Tells whether a set of integers holds a value.", Returns: "UInt8", Category: cat, Example: "bitmapContains(bitmapBuild([1, 2]), 2)"}, min: 2, max: 2, traits: ownNulls, bind: bindBitmapContains},
		setFunction("bitmapCardinality", "Counts the members of a set.", "UInt64", bindBitmapLen, 1),
		setFunction("bitmapToArray", "Lists the members of a set, ascending.", "Array", bindBitmapArray, 1),
		setFunction("bitmapMin", "Is the least member of a set of integers.", "UInt64", bindBitmapEnd, 1),
		setFunction("bitmapMax", "Is the greatest member of a set of integers.", "UInt64", bindBitmapEnd, 1),
		setFunction("bitmapAnd", "Is the members of both sets.", "a set", bindBitmapOp(agg.SetAnd), 2),
		setFunction("bitmapOr", "Is the members of any of both sets.", "a set", bindBitmapOp(agg.SetOr), 2),
		setFunction("bitmapXor", "Is the members of exactly one of both sets.", "a set", bindBitmapOp(agg.SetXor), 2),
		setFunction("bitmapAndnot", "Is the members of the first set that are not in the second.", "a set", bindBitmapOp(agg.SetAndNot), 2),
		setFunction("bitmapAndCardinality", "Counts the members of both sets.", "UInt64", bindBitmapOpLen(agg.SetAnd), 2),
		setFunction("bitmapOrCardinality", "Counts the members of any of both sets.", "UInt64", bindBitmapOpLen(agg.SetOr), 2),
		setFunction("bitmapXorCardinality", "Counts the members of exactly one of both sets.", "UInt64", bindBitmapOpLen(agg.SetXor), 2),
		setFunction("bitmapAndnotCardinality", "Counts the members of the first set that are not in the second.", "UInt64", bindBitmapOpLen(agg.SetAndNot), 2),
		bitmapPick("bitmapSubsetInRange", "from, to", "Is the members of a set of integers that are at least from and less than to.", pickRange),
		bitmapPick("bitmapSubsetLimit", "from, size", "Is the first size members of a set of integers that are at least from.", pickLimit),
		bitmapPick("subBitmap", "offset, size", "Is size members of a set of integers behind the first offset ones.", pickPart),
		{Info: Info{Name: "bitmapTransform", Syntax: "bitmapTransform(set, from, to)", Description: "Replaces members of a set of integers: from[1] by to[1], then from[2] by to[2], and so on.", Returns: "a set", Category: cat, Example: "bitmapTransform(bitmapBuild([1, 2]), [2], [7])"}, min: 3, max: 3, traits: ownNulls, bind: bindBitmapTransform},
		setFunction("bitmapHasAny", "Tells whether two sets have a member in common.", "UInt8", bindBitmapHas, 2),
		setFunction("bitmapHasAll", "Tells whether the first set holds all members of the second.", "UInt8", bindBitmapHas, 2),
	}
}

// setFunction is a function of n sets.
//
//go:noinline
func setFunction(name, about, returns string, bind func(*site) (bound, error), n int) *function {
	args := "set"
	if n == 2 {
		args = "a, b"
	}
	return &function{Info: Info{
		Name: name, Syntax: name + "(" + args + ")", Description: about, Returns: returns, Category: "Aggregate states",
		Example: name + "(" + strings.ReplaceAll(args, "set", "bitmapBuild([1, 2])") + ")",
	}, min: n, max: n, traits: ownNulls, bind: bind}
}

func bindFinalize(s *site) (bound, error) {
	f, err := agg.OfState(s.types[0])
	if err != nil {
		return bound{}, chcode.Errorf(chcode.IllegalTypeOfArgument,
			"Illegal type %s of argument of function %s, expected AggregateFunction", s.types[0], s.name)
	}
	s.ctx.applies(f)
	return bound{ret: f.Result(), canThrow: true, run: func(_ *run, args []*batch.Vector) (*batch.Vector, error) {
		return agg.Finalize(args[0])
	}}, nil
}

// bitmapArgs refuses arguments that are no exact sets of one type.
func (s *site) bitmapArgs() error {
	for i, t := range s.types {
		if t.Kind != types.AggregateFunction || !agg.IsSet(t) {
			return chcode.Errorf(chcode.IllegalTypeOfArgument,
				"Illegal type %s of argument %d of function %s: it takes states of groupBitmap or uniqExact", s.args[i].Type(), i+1, s.name)
		}
		if i > 0 && !t.Equal(s.types[0]) {
			return chcode.Errorf(chcode.IllegalTypeOfArgument,
				"The second argument of function %s has type %s, the first %s", s.name, t, s.types[0])
		}
	}
	return nil
}

func bindBitmapBuild(s *site) (bound, error) {
	t := s.types[0]
	if t.Kind != types.Array || !t.Elems[0].IsInteger() || t.Elem().Nullable {
		return bound{}, chcode.Errorf(chcode.IllegalTypeOfArgument, "Illegal type %s of argument of function %s, expected an array of integers", t, s.name)
	}
	f, err := agg.New("groupBitmap", nil, []types.Type{t.Elem()})
	if err != nil {
		return bound{}, err
	}
	return bound{ret: f.StateType(), run: func(_ *run, args []*batch.Vector) (*batch.Vector, error) {
		v := args[0].Expand()
		l := v.Data.(batch.Lists)
		st := f.New()
		st.Grow(v.Len)
		var groups []uint32
		for i := range v.Len {
			for range l.Offsets[i+1] - l.Offsets[i] {
				groups = append(groups, uint32(i))
			}
		}
		elems := l.Elems.Slice(int(l.Offsets[0]), int(l.Offsets[v.Len]))
		st.Add(groups, []*batch.Vector{elems}, len(groups))
		return agg.EncodeStates(f.StateType(), st, 0, v.Len, nil), nil
	}}, nil
}

func bindBitmapLen(s *site) (bound, error) {
	if err := s.bitmapArgs(); err != nil {
		return bound{}, err
	}
	return bound{ret: types.Of(types.UInt64), canThrow: true, run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
		n, err := agg.SetLens(args[0], r.n)
		return batch.NewFixed(types.Of(types.UInt64), n, nil), err
	}}, nil
}

func bindBitmapArray(s *site) (bound, error) {
	if err := s.bitmapArgs(); err != nil {
		return bound{}, err
	}
	elem := s.types[0].Elems[0].NotNull()
	elem.LowCard = false
	return bound{ret: types.ArrayOf(elem), canThrow: true, run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
		return agg.SetMembers(args[0], r.n)
	}}, nil
}

func bindBitmapEnd(s *site) (bound, error) {
	if err := s.bitmapArgs(); err != nil {
		return bound{}, err
	}
	if !s.types[0].Elems[0].IsInteger() {
		return bound{}, chcode.Errorf(chcode.IllegalTypeOfArgument, "Function %s takes sets of integers", s.name)
	}
	isMin := s.name == "bitmapMin"
	array, err := NewCall(s.ctx, "bitmapToArray", s.args)
	if err != nil {
		return bound{}, err
	}
	return bound{ret: types.Of(types.UInt64), canThrow: true, run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
		v, err := agg.SetMembers(args[0], r.n)
		if err != nil {
			return nil, err
		}
		l := v.Data.(batch.Lists)
		wide, err := NewCast(s.ctx, &Column{T: array.Type().Elem()}, types.Of(types.UInt64), CastPlain)
		if err != nil {
			return nil, err
		}
		elems, err := Eval(s.ctx, wide, &batch.Batch{Cols: []*batch.Vector{l.Elems}, Rows: l.Elems.Len})
		if err != nil {
			return nil, err
		}
		out := make([]uint64, v.Len)
		values := batch.Values[uint64](elems)
		for i := range out {
			lo, hi := l.Offsets[i], l.Offsets[i+1]
			switch {
			case lo == hi && isMin:
				out[i] = 1<<32 - 1 // as ClickHouse answers for the empty set
			case lo == hi:
			case isMin:
				out[i] = values[lo]
			default:
				out[i] = values[hi-1]
			}
		}
		return batch.NewFixed(types.Of(types.UInt64), out, nil), nil
	}}, nil
}

//go:noinline
func bindBitmapOp(op agg.SetOp) func(*site) (bound, error) {
	return func(s *site) (bound, error) {
		if err := s.bitmapArgs(); err != nil {
			return bound{}, err
		}
		return bound{ret: s.types[0], canThrow: true, run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
			return agg.CombineSets(op, args[0], args[1], r.n)
		}}, nil
	}
}

//go:noinline
func bindBitmapOpLen(op agg.SetOp) func(*site) (bound, error) {
	return func(s *site) (bound, error) {
		if err := s.bitmapArgs(); err != nil {
			return bound{}, err
		}
		return bound{ret: types.Of(types.UInt64), canThrow: true, run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
			n, err := agg.SetOpLens(op, args[0], args[1], r.n)
			return batch.NewFixed(types.Of(types.UInt64), n, nil), err
		}}, nil
	}
}

func bindBitmapHas(s *site) (bound, error) {
	if err := s.bitmapArgs(); err != nil {
		return bound{}, err
	}
	isAll := s.name == "bitmapHasAll"
	return bound{ret: types.Of(types.UInt8), canThrow: true, run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
		a, b := args[0], args[1]
		op := agg.SetAnd
		if isAll { // nothing of the second is missing in the first
			a, b, op = b, a, agg.SetAndNot
		}
		n, err := agg.SetOpLens(op, a, b, r.n)
		if err != nil {
			return nil, err
		}
		out := make([]uint8, len(n))
		for i, x := range n {
			out[i] = truth((x == 0) == isAll)
		}
		return batch.NewFixed(types.Of(types.UInt8), out, nil), nil
	}}, nil
}

func bindBitmapContains(s *site) (bound, error) {
	t := s.types[0]
	if s.types[1].Kind == types.Nothing {
		return alwaysNull(), s.integerSet()
	}
	if t.Kind != types.AggregateFunction || !agg.IsSet(t) || !t.Elems[0].IsInteger() || !s.types[1].IsInteger() {
		return bound{}, chcode.Errorf(chcode.IllegalTypeOfArgument,
			"Illegal types %s and %s of arguments of function %s: it takes a set of integers and an integer", t, s.types[1], s.name)
	}
	elem := t.Elems[0].NotNull()
	cast, err := NewCast(s.ctx, s.args[1], elem, CastAccurateOrNull)
	if err != nil {
		return bound{}, err
	}
	f, err := agg.OfState(t)
	if err != nil {
		return bound{}, err
	}
	s.args[1] = cast
	return bound{ret: types.Of(types.UInt8), canThrow: true, run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
		n := r.n
		one := f.New()
		one.Grow(n)
		values := batch.NewConst(args[1], n).Expand()
		if !args[1].Const {
			values = args[1]
		}
		groups := make([]uint32, n)
		for i := range groups {
			groups[i] = uint32(i)
		}
		plain := *values
		plain.Type, plain.Nulls = elem, nil
		one.Add(groups, []*batch.Vector{&plain}, n)
		found, err := agg.SetOpLens(agg.SetAnd, args[0], agg.EncodeStates(t, one, 0, n, nil), n)
		if err != nil {
			return nil, err
		}
		out := make([]uint8, n)
		for i, x := range found {
			out[i] = truth(x > 0 && !values.IsNull(i))
		}
		return batch.NewFixed(types.Of(types.UInt8), out, nil), nil
	}}, nil
}
