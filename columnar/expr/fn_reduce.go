package expr

import (
	"strings"

	"github.com/freshetdb/freshet/columnar/agg"
	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/chcode"
	"github.com/freshetdb/freshet/columnar/types"
)

// reduceFunctions apply aggregate functions, which they take by name, within a row.
func reduceFunctions() []*function {
	const cat = "Aggregate states"
	return []*function{
		{Info: Info{Name: "arrayReduce", Syntax: "arrayReduce('name', array[, ...])", Description: "Applies an aggregate function to the elements of arrays.", Returns: "the function's type", Category: cat, Example: "arrayReduce('max', [1, 2, 3])"}, min: 2, max: variadic, traits: ownNulls, bind: bindArrayReduce},
		{Info: Info{Name: "arrayReduceInRanges", Syntax: "arrayReduceInRanges('name', [(index, length), ...], array[, ...])", Description: "Applies an aggregate function to each of some ranges of arrays.", Returns: "Array", Category: cat, Example: "arrayReduceInRanges('sum', [(1, 2)], [1, 2, 3])"}, min: 3, max: variadic, traits: ownNulls, bind: bindArrayReduceInRanges},
		{Info: Info{Name: "initializeAggregation", Syntax: "initializeAggregation('name', arg[, ...])", Description: "Applies an aggregate function to one row.", Returns: "the function's type", Category: cat, Example: "finalizeAggregation(initializeAggregation('sumState', 1))"}, min: 2, max: variadic, traits: ownNulls, bind: bindInitializeAggregation},
		{Info: Info{Name: "runningAccumulate", Syntax: "runningAccumulate(state)", Description: "Is refused: it depends on how rows are cut into blocks. Write fMerge(state) OVER (ORDER BY ...).", Returns: "nothing", Category: cat, Example: "sumMerge(state) OVER (ORDER BY x)"}, min: 1, max: 2, traits: ownNulls, bind: bindRunningAccumulate},
	}
}

func bindRunningAccumulate(s *site) (bound, error) {
	name := "f"
	if t := s.types[0]; t.Kind == types.AggregateFunction {
		name = t.Func
	}
	return bound{}, chcode.Errorf(chcode.DeprecatedFunction,
		"Function runningAccumulate is not here: its values would depend on how rows are cut into blocks. Write %sMerge(state) OVER (ORDER BY …)", name)
}

// reducer resolves the aggregate function that the first argument names, over types.
func (s *site) reducer(args []types.Type) (agg.Func, error) {
	f, err := s.namedReducer(args)
	if err == nil {
		s.ctx.applies(f)
	}
	return f, err
}

func (s *site) namedReducer(args []types.Type) (agg.Func, error) {
	c := s.constant(0)
	if _, isConst := s.args[0].(*Const); c == nil || !isConst || c.isNull() || !s.types[0].IsString() {
		return agg.Func{}, chcode.Errorf(chcode.IllegalTypeOfArgument,
			"First argument for function %s must be constant string: name of aggregate function", s.name)
	}
	text := string(c.Vec.Bytes(0))
	if text == "" {
		return agg.Func{}, chcode.Errorf(chcode.BadArguments,
			"First argument for function %s (name of aggregate function) cannot be empty", s.name)
	}
	if !strings.HasSuffix(text, ")") {
		return agg.New(text, nil, args)
	}
	t, err := types.Parse("AggregateFunction(" + text + ")")
	if err != nil || t.Kind != types.AggregateFunction || len(t.Elems) > 0 {
		return agg.Func{}, chcode.Errorf(chcode.SyntaxError,
			"Syntax error (parameters of aggregate function in function %s): %s is not of the form name(literal, …)", s.name, types.Quote(text))
	}
	return agg.OfState(types.StateOf(t.Func, t.Params, args))
}

// elementTypes are the types of the elements of the arrays from an argument on.
func (s *site) elementTypes(from int) ([]types.Type, error) {
	var out []types.Type
	for i := from; i < len(s.types); i++ {
		if s.types[i].Kind != types.Array {
			return nil, chcode.Errorf(chcode.IllegalTypeOfArgument, "Argument %d for function %s must be an array but it has type %s",
				i, s.name, s.args[i].Type())
		}
		out = append(out, s.types[i].Elem())
	}
	return out, nil
}

// arraysOf is arrays of equal lengths, row by row.
type arraysOf struct {
	rows   int // 1 when all are constant
	lens   []int
	places [][]uint32 // of each: where the elements of a row begin
	elems  []*batch.Vector
}

func newArraysOf(r *run, args []*batch.Vector) (*arraysOf, error) {
	a := &arraysOf{rows: 1}
	for _, v := range args {
		if !v.Const {
			a.rows = r.n
		}
	}
	a.lens = make([]int, a.rows)
	for k, v := range args {
		l := v.Data.(batch.Lists)
		at := make([]uint32, a.rows)
		for i := range at {
			row := v.Row(i)
			at[i] = l.Offsets[row]
			n := int(l.Offsets[row+1] - l.Offsets[row])
			if k > 0 && n != a.lens[i] {
				return nil, chcode.Errorf(chcode.SizesOfArraysDontMatch, "Lengths of all arrays passed to %s must be equal", r.name)
			}
			a.lens[i] = n
		}
		a.places, a.elems = append(a.places, at), append(a.elems, l.Elems)
	}
	return a, nil
}

// part is elements [lo, hi) of each array of a row.
func (a *arraysOf) part(row, lo, hi int) []*batch.Vector {
	out := make([]*batch.Vector, len(a.elems))
	for k, v := range a.elems {
		at := int(a.places[k][row])
		out[k] = v.Slice(at+lo, at+hi)
	}
	return out
}

// reduced finishes the groups of states, of which there are n.
func reduced(r *run, st agg.States, n int) (*batch.Vector, error) {
	if err := agg.Check(st, 0, n); err != nil {
		return nil, err
	}
	if err := r.ctx.roomFor(st.SizeBytes()); err != nil {
		return nil, err
	}
	return st.Finish(0, n), nil
}

func bindArrayReduce(s *site) (bound, error) {
	elems, err := s.elementTypes(1)
	if err != nil {
		return bound{}, err
	}
	f, err := s.reducer(elems)
	if err != nil {
		return bound{}, err
	}
	return bound{ret: f.Result(), canThrow: true, run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
		a, err := newArraysOf(r, args[1:])
		if err != nil {
			return nil, err
		}
		st := f.New()
		st.Grow(a.rows)
		for i, n := range a.lens {
			if n > 0 {
				st.AddAll(uint32(i), a.part(i, 0, n), n)
			}
		}
		v, err := reduced(r, st, a.rows)
		if err != nil || a.rows == r.n {
			return v, err
		}
		return batch.NewConst(v, r.n), nil
	}}, nil
}

func bindArrayReduceInRanges(s *site) (bound, error) {
	elems, err := s.elementTypes(2)
	if err != nil {
		return bound{}, err
	}
	if err := s.rangesArg(); err != nil {
		return bound{}, err
	}
	f, err := s.reducer(elems)
	if err != nil {
		return bound{}, err
	}
	return bound{ret: types.ArrayOf(f.Result()), canThrow: true, run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
		return reduceRanges(r, f, args[1], args[2:])
	}}, nil
}

// rangesArg checks and converts the argument that has the ranges.
func (s *site) rangesArg() error {
	t := s.types[1]
	if t.Kind != types.Array {
		return s.illegal(1)
	}
	pair := t.Elem()
	if pair.Kind != types.Tuple || len(pair.Elems) != 2 {
		return chcode.Errorf(chcode.IllegalTypeOfArgument,
			"Each array element in the second argument for function %s must be a tuple (index, length)", s.name)
	}
	index, length := pair.Elems[0], pair.Elems[1]
	if !index.IsInteger() || index.Nullable || index.Phys() > types.PhysI64 {
		return chcode.Errorf(chcode.IllegalTypeOfArgument,
			"First tuple member in the second argument for function %s must be ints or uints", s.name)
	}
	if length.Nullable || !isNaturalNumber(length) {
		return chcode.Errorf(chcode.IllegalTypeOfArgument,
			"Second tuple member in the second argument for function %s must be uints", s.name)
	}
	return s.cast(1, types.ArrayOf(types.TupleOf(types.Of(types.Int64), types.Of(types.UInt64))))
}

// rangeElementsMax bounds the elements that the ranges of one block have together:
// each is added once for each range that it is in.
const rangeElementsMax = 1 << 30

func reduceRanges(r *run, f agg.Func, ranges *batch.Vector, arrays []*batch.Vector) (*batch.Vector, error) {
	a, err := newArraysOf(r, arrays)
	if err != nil {
		return nil, err
	}
	l := ranges.Data.(batch.Lists)
	pair := l.Elems.Data.([]*batch.Vector)
	indexes, lengths := batch.Values[int64](pair[0]), batch.Values[uint64](pair[1])
	offsets := make([]uint32, 1, r.n+1)
	total := 0
	for i := range r.n {
		row := ranges.Row(i)
		total += int(l.Offsets[row+1] - l.Offsets[row])
		offsets = append(offsets, uint32(total))
	}
	if err := r.ctx.elements(r.name, int64(total), 64); err != nil {
		return nil, err
	}
	st := f.New()
	st.Grow(total)
	added, g := 0, uint32(0)
	for i := range r.n {
		row, array := ranges.Row(i), min(i, a.rows-1)
		for k := l.Offsets[row]; k < l.Offsets[row+1]; k++ {
			lo, hi := rangeOf(indexes[k], lengths[k], a.lens[array])
			if added += hi - lo; added > rangeElementsMax {
				return nil, chcode.Errorf(chcode.TooLargeArraySize,
					"The ranges of function %s hold more than %d elements for one block of rows", r.name, rangeElementsMax)
			}
			if err := r.ctx.cancelled(); err != nil { // A range may have many elements.
				return nil, err
			}
			if hi > lo {
				st.AddAll(g, a.part(array, lo, hi), hi-lo)
			}
			g++
		}
	}
	v, err := reduced(r, st, total)
	if err != nil {
		return nil, err
	}
	return vec(batch.Lists{Offsets: offsets, Elems: v}), nil
}

// rangeOf is a range of an array of n elements: index counts from 1, or back from the
// end; one that is before the array has no elements.
func rangeOf(index int64, length uint64, n int) (lo, hi int) {
	size := int64(n)
	at := index - 1
	if index < 0 {
		at = size + index
	}
	if index == 0 || at < 0 || at >= size {
		return 0, 0
	}
	return int(at), int(at + int64(min(length, uint64(size-at))))
}

func bindInitializeAggregation(s *site) (bound, error) {
	var list []types.Type
	for _, a := range s.args[1:] {
		list = append(list, a.Type())
	}
	f, err := s.reducer(list)
	if err != nil {
		return bound{}, err
	}
	return bound{ret: f.Result(), canThrow: true, run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
		st := f.New()
		st.Grow(r.n)
		groups := make([]uint32, r.n)
		for i := range groups {
			groups[i] = uint32(i)
		}
		st.Add(groups, args[1:], r.n)
		return reduced(r, st, r.n)
	}}, nil
}
