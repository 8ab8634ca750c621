package expr

import (
	"slices"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/chcode"
	"github.com/freshetdb/freshet/columnar/kernel"
	"github.com/freshetdb/freshet/columnar/types"
)

// lambdaFunctions apply a lambda to the elements of arrays, or go without one.
func lambdaFunctions() []*function {
	const cat = "Arrays"
	var out []*function
	for _, f := range []struct {
		name, text, returns, example string
		needs                        bool // a lambda
		finish                       func(s *site, a *arrayArgs) (bound, error)
	}{
		{"arrayMap", "Is the results of a function for the elements.", "Array", "arrayMap(x -> plus(x, 1), [1, 2])", true, finishMap},
		{"arrayFilter", "Keeps the elements for which a function is true.", "Array", "arrayFilter(x -> greater(x, 1), [1, 2])", true, finishFilter},
		{"arrayExists", "Tells whether a function is true for an element.", "UInt8", "arrayExists(x -> greater(x, 1), [1, 2])", false, finishExists},
		{"arrayAll", "Tells whether a function is true for all elements.", "UInt8", "arrayAll(x -> greater(x, 1), [1, 2])", false, finishAll},
		{"arrayCount", "Counts the elements for which a function is true.", "UInt32", "arrayCount(x -> greater(x, 1), [1, 2])", false, finishCount},
		{"arrayFirst", "Is the first element for which a function is true, else the default.", "the type of the elements", "arrayFirst(x -> greater(x, 1), [1, 2])", true, finishFirst},
		{"arrayLast", "Is the last element for which a function is true, else the default.", "the type of the elements", "arrayLast(x -> greater(x, 1), [1, 2])", true, finishFirst},
		{"arrayFirstIndex", "Is the place of the first element for which a function is true, else 0.", "UInt32", "arrayFirstIndex(x -> greater(x, 1), [1, 2])", true, finishFirstIndex},
		{"arrayLastIndex", "Is the place of the last element for which a function is true, else 0.", "UInt32", "arrayLastIndex(x -> greater(x, 1), [1, 2])", true, finishFirstIndex},
		{"arraySum", "Is the sum of the elements, or of a function of them.", "a number", "arraySum([1, 2])", false, finishSum},
		{"arrayAvg", "Is the mean of the elements, or of a function of them.", "Float64", "arrayAvg([1, 2])", false, finishSum},
		{"arrayProduct", "Is the product of the elements, or of a function of them.", "Float64", "arrayProduct([2, 3])", false, finishSum},
		{"arrayMin", "Is the least element, or the least result of a function.", "the type of the elements", "arrayMin([1, 2])", false, finishMin},
		{"arrayMax", "Is the greatest element, or the greatest result of a function.", "the type of the elements", "arrayMax([1, 2])", false, finishMin},
		{"arraySort", "Sorts the elements, or by a function of them; NULL and NaN come last.", "Array", "arraySort([2, 1])", false, finishSort},
		{"arrayReverseSort", "Sorts the elements descending, or by a function of them.", "Array", "arrayReverseSort([1, 2])", false, finishSort},
		{"arrayCumSum", "Is the running sums of the elements.", "Array", "arrayCumSum([1, 2, 3])", false, finishCumSum},
		{"arrayDifference", "Is the differences of neighbouring elements.", "Array", "arrayDifference([1, 3, 6])", false, finishDifference},
	} {
		out = append(out, &function{
			Info: Info{Name: f.name, Syntax: f.name + "([lambda, ]array, …)", Description: f.text, Returns: f.returns, Category: cat, Example: f.example},
			min:  1, max: variadic, traits: ownNulls | ownLowCard | costly, bind: func(s *site) (bound, error) {
				a, err := s.arrayArgs(f.needs)
				if err != nil {
					return bound{}, err
				}
				return f.finish(s, a)
			},
		})
	}
	return out
}

// arrayArgs are the arguments of such a function: a lambda or none, and arrays.
type arrayArgs struct {
	name   string
	lambda *Lambda
	elem   types.Type // of the first array
	value  types.Type // of what the function looks at: the lambda's result or the element
}

func (s *site) arrayArgs(needs bool) (*arrayArgs, error) {
	a := &arrayArgs{name: s.name}
	arrays := s.args
	if l, ok := s.args[0].(*Lambda); ok {
		a.lambda, arrays = l, s.args[1:]
	} else if needs {
		return nil, chcode.Errorf(chcode.IllegalTypeOfArgument, "First argument for function %s must be a function", s.name)
	}
	if len(arrays) == 0 || (a.lambda != nil && len(a.lambda.Params) != len(arrays)) || (a.lambda == nil && len(arrays) > 1) {
		return nil, chcode.Errorf(chcode.NumberOfArgumentsDoesntMatch,
			"Number of arguments for function %s doesn't match: %d arrays", s.name, len(arrays))
	}
	for _, e := range arrays {
		if e.Type().Kind != types.Array {
			return nil, chcode.Errorf(chcode.IllegalTypeOfArgument, "Argument of function %s must be array. Found %s instead", s.name, e.Type())
		}
	}
	a.elem = arrays[0].Type().Elem()
	a.value = a.elem
	if a.lambda != nil {
		a.value = a.lambda.Body.Type()
	}
	return a, nil
}

// applied is one evaluation: the arrays and the values of the lambda, or the
// elements, as a column.
type applied struct {
	offsets []uint32
	elems   *batch.Vector
	values  *batch.Vector
	rows    int
}

// apply evaluates the arrays and the lambda for all their elements at once.
func (c *Call) applyLambda(v *env, a *arrayArgs) (*applied, error) {
	args := c.Args
	lambda := a.lambda
	if l, ok := c.Args[0].(*Lambda); ok { // perhaps rewritten since binding
		lambda, args = l, c.Args[1:]
	}
	out := &applied{rows: v.rows}
	columns := make([]*batch.Vector, len(args))
	for k, e := range args {
		col, err := e.eval(v)
		if err != nil {
			return nil, err
		}
		if col, err = v.ctx.expand(c.Name, col); err != nil {
			return nil, err
		}
		l := normalLists(col)
		if k == 0 {
			out.offsets = l.Offsets
		} else if !slices.Equal(l.Offsets, out.offsets) {
			return nil, unequalArrays(c.Name)
		}
		columns[k] = l.Elems
	}
	out.elems = columns[0]
	out.values = columns[0]
	if lambda == nil {
		return out, nil
	}
	values, err := applyTo(lambda, v, columns, out.offsets)
	if err != nil {
		return nil, err
	}
	if out.values, err = v.ctx.expand(c.Name, plainStrings(values)); err != nil {
		return nil, err
	}
	return out, nil
}

// normalLists are arrays whose elements begin at 0 and end with the last array.
func normalLists(v *batch.Vector) batch.Lists {
	l := v.Data.(batch.Lists)
	lo, hi := l.Offsets[0], l.Offsets[v.Len]
	offsets := make([]uint32, v.Len+1)
	for i := range offsets {
		offsets[i] = l.Offsets[i] - lo
	}
	return batch.Lists{Offsets: offsets, Elems: plainStrings(l.Elems.Slice(int(lo), int(hi)).Expand())}
}

// applyTo evaluates a lambda for elements; the columns around it are repeated for
// the elements of each row.
func applyTo(l *Lambda, v *env, columns []*batch.Vector, offsets []uint32) (*batch.Vector, error) {
	count := int(offsets[len(offsets)-1])
	if err := v.ctx.cancelled(); err != nil { // the only loops inside an evaluation
		return nil, err
	}
	if err := v.ctx.elements("lambda", int64(count), 8); err != nil {
		return nil, err
	}
	rows := make([]uint32, 0, count)
	for i := range len(offsets) - 1 {
		for range offsets[i+1] - offsets[i] {
			rows = append(rows, uint32(i))
		}
	}
	for _, pos := range references(l.Body) {
		if at := v.at(pos); at != nil && !at.Const {
			if err := v.ctx.bytes("lambda", gatheredBytes(at, rows), maxTextBytes); err != nil {
				return nil, err
			}
		}
	}
	inner := v.only(rows, l.Body)
	inner.rows = count
	for k, p := range l.Params {
		at := -1 - p.Pos
		for len(inner.params) <= at {
			inner.params = append(inner.params, nil)
		}
		inner.params[at] = columns[k].WithType(p.T)
	}
	return l.Body.eval(inner)
}

// flags are the values as conditions.
func (p *applied) flags() ([]uint8, error) {
	if p.values.Type.Kind == types.Nothing {
		return make([]uint8, p.values.Len), nil
	}
	return conditions(p.values, p.values.Len)
}

func (a *arrayArgs) lazy(f func(c *Call, p *applied) (*batch.Vector, error)) func(*Call, *env) (*batch.Vector, error) {
	return func(c *Call, v *env) (*batch.Vector, error) {
		p, err := c.applyLambda(v, a)
		if err != nil {
			return nil, err
		}
		out, err := f(c, p)
		if err != nil {
			return nil, err
		}
		res := *out
		res.Type, res.Len = c.typ, v.rows
		return &res, nil
	}
}

func (a *arrayArgs) needCondition(s *site) error {
	t := a.value
	if t.IsInteger() || t.IsFloat() || t.Kind == types.Bool || t.Kind == types.Nothing {
		return nil
	}
	return chcode.Errorf(chcode.IllegalTypeOfArgument, "Unexpected type of result of lambda or elements in function %s: %s", s.name, t)
}

func finishMap(_ *site, a *arrayArgs) (bound, error) {
	return bound{ret: types.ArrayOf(a.value), canThrow: true, lazy: a.lazy(func(_ *Call, p *applied) (*batch.Vector, error) {
		return vec(batch.Lists{Offsets: p.offsets, Elems: p.values}), nil
	})}, nil
}

func finishFilter(s *site, a *arrayArgs) (bound, error) {
	return bound{ret: types.ArrayOf(a.elem), canThrow: true, lazy: a.lazy(func(_ *Call, p *applied) (*batch.Vector, error) {
		flags, err := p.flags()
		if err != nil {
			return nil, err
		}
		out := newChooser(p.rows)
		for i := range p.rows {
			for e := p.offsets[i]; e < p.offsets[i+1]; e++ {
				if flags[e] != 0 {
					out.add(e)
				}
			}
			out.end()
		}
		return out.vec(p.elems), nil
	})}, a.needCondition(s)
}

// counting binds a function of how many elements are true.
func counting[T any](s *site, a *arrayArgs, kind types.Kind, f func(hits, size uint32) T) (bound, error) {
	return bound{ret: types.Of(kind), canThrow: true, lazy: a.lazy(func(_ *Call, p *applied) (*batch.Vector, error) {
		flags, err := p.flags()
		if err != nil {
			return nil, err
		}
		out := make([]T, p.rows)
		for i := range out {
			hits := uint32(0)
			for _, f := range flags[p.offsets[i]:p.offsets[i+1]] {
				hits += uint32(f)
			}
			out[i] = f(hits, p.offsets[i+1]-p.offsets[i])
		}
		return vec(out), nil
	})}, a.needCondition(s)
}

func finishExists(s *site, a *arrayArgs) (bound, error) {
	return counting(s, a, types.UInt8, func(hits, _ uint32) uint8 { return truth(hits > 0) })
}

func finishAll(s *site, a *arrayArgs) (bound, error) {
	return counting(s, a, types.UInt8, func(hits, size uint32) uint8 { return truth(hits == size) })
}

func finishCount(s *site, a *arrayArgs) (bound, error) {
	return counting(s, a, types.UInt32, func(hits, _ uint32) uint32 { return hits })
}

// firstHit finds the first or last element that is true; ok is false for none.
func firstHit(flags []uint8, lo, hi uint32, last bool) (at uint32, ok bool) {
	for e := lo; e < hi; e++ {
		if flags[e] != 0 {
			at, ok = e, true
			if !last {
				return at, ok
			}
		}
	}
	return at, ok
}

func finishFirst(s *site, a *arrayArgs) (bound, error) {
	last := a.name == "arrayLast"
	return bound{ret: a.elem, canThrow: true, lazy: a.lazy(func(_ *Call, p *applied) (*batch.Vector, error) {
		flags, err := p.flags()
		if err != nil {
			return nil, err
		}
		elems := withDefault(p.elems)
		perm := make([]uint32, p.rows)
		for i := range perm {
			at, ok := firstHit(flags, p.offsets[i], p.offsets[i+1], last)
			if !ok {
				at = uint32(elems.Len - 1)
			}
			perm[i] = at
		}
		return elems.Gather(perm), nil
	})}, a.needCondition(s)
}

func finishFirstIndex(s *site, a *arrayArgs) (bound, error) {
	last := a.name == "arrayLastIndex"
	return bound{ret: types.Of(types.UInt32), canThrow: true, lazy: a.lazy(func(_ *Call, p *applied) (*batch.Vector, error) {
		flags, err := p.flags()
		if err != nil {
			return nil, err
		}
		out := make([]uint32, p.rows)
		for i := range out {
			if at, ok := firstHit(flags, p.offsets[i], p.offsets[i+1], last); ok {
				out[i] = at - p.offsets[i] + 1
			}
		}
		return vec(out), nil
	})}, a.needCondition(s)
}

// arraySumType is the type in which numbers are summed up.
func arraySumType(t types.Type) types.Type {
	switch {
	case t.Kind == types.Decimal:
		return types.DecimalOf(types.MaxDecimalPrecision, int(t.Scale))
	case t.IsFloat():
		return types.Of(types.Float64)
	case t.IsUnsigned():
		return types.Of(types.UInt64)
	default:
		return types.Of(types.Int64)
	}
}

func finishSum(s *site, a *arrayArgs) (bound, error) {
	t := a.value
	if t.Nullable || (!plainNumber(t) && t.Kind != types.Decimal) {
		return bound{}, chcode.Errorf(chcode.IllegalTypeOfArgument,
			"array aggregation function cannot be performed on type %s", t)
	}
	ret := arraySumType(t)
	if a.name != "arraySum" {
		ret = types.Of(types.Float64)
	}
	return bound{ret: ret, canThrow: true, lazy: a.lazy(func(_ *Call, p *applied) (*batch.Vector, error) {
		switch {
		case a.name == "arrayProduct":
			return foldFloats(p, 1, func(acc, x float64) float64 { return acc * x }, nil), nil
		case a.name == "arrayAvg":
			return foldFloats(p, 0, func(acc, x float64) float64 { return acc + x }, func(acc float64, n int) float64 { return acc / float64(n) }), nil
		case t.Kind == types.Decimal:
			return sumDecimals(p, ret), nil
		case ret.Kind == types.Float64:
			return foldFloats(p, 0, func(acc, x float64) float64 { return acc + x }, nil), nil
		}
		in := ints(p.values)
		out := make([]int64, p.rows)
		for i := range out {
			for _, x := range in[p.offsets[i]:p.offsets[i+1]] {
				out[i] += x
			}
		}
		return vec(kernel.ConvertTo(ret.Phys(), out)), nil
	})}, nil
}

func foldFloats(p *applied, start float64, step func(acc, x float64) float64, finish func(acc float64, n int) float64) *batch.Vector {
	in := floats(p.values)
	out := make([]float64, p.rows)
	for i := range out {
		row := in[p.offsets[i]:p.offsets[i+1]]
		acc := start
		for _, x := range row {
			acc = step(acc, x)
		}
		if finish != nil {
			acc = finish(acc, len(row))
		}
		out[i] = acc
	}
	return vec(out)
}

func sumDecimals(p *applied, ret types.Type) *batch.Vector {
	in := decimals(p.values)
	out := make([]types.Int128, p.rows)
	for i := range out {
		for _, x := range in[p.offsets[i]:p.offsets[i+1]] {
			out[i], _ = out[i].Add(x)
		}
	}
	return vec(decimalData(ret, out))
}

func finishMin(_ *site, a *arrayArgs) (bound, error) {
	t := a.value
	if t.Kind == types.Nothing && !t.Nullable {
		return bound{}, chcode.Errorf(chcode.IllegalTypeOfArgument,
			"array aggregation function cannot be performed on type %s", t)
	}
	sign := 1
	if a.name == "arrayMax" { // NULL and NaN are neither
		sign = -1
	}
	return bound{ret: t, canThrow: true, lazy: a.lazy(func(_ *Call, p *applied) (*batch.Vector, error) {
		values := withDefault(p.values)
		compare := comparatorTo(values, values, sign)
		perm := make([]uint32, p.rows)
		for i := range perm {
			perm[i] = uint32(values.Len - 1)
			for e := p.offsets[i]; e < p.offsets[i+1]; e++ {
				if e == p.offsets[i] || sign*compare(int(e), int(perm[i])) < 0 {
					perm[i] = e
				}
			}
		}
		return values.Gather(perm), nil
	})}, nil
}

func finishSort(_ *site, a *arrayArgs) (bound, error) {
	return bound{ret: types.ArrayOf(a.elem), canThrow: true, lazy: a.lazy(func(_ *Call, p *applied) (*batch.Vector, error) {
		sign := 1
		if a.name == "arrayReverseSort" { // NULL and NaN are last in either direction
			sign = -1
		}
		compare := comparatorTo(p.values, p.values, sign)
		perm := make([]uint32, p.values.Len)
		for e := range perm {
			perm[e] = uint32(e)
		}
		for i := range p.rows {
			slices.SortStableFunc(perm[p.offsets[i]:p.offsets[i+1]], func(x, y uint32) int { return sign * compare(int(x), int(y)) })
		}
		return gathered(p.elems, perm, p.offsets), nil
	})}, nil
}

func finishCumSum(_ *site, a *arrayArgs) (bound, error) {
	t := a.value
	if t.Nullable || (!plainNumber(t) && t.Kind != types.Decimal) {
		return bound{}, chcode.Errorf(chcode.IllegalTypeOfArgument, "arrayCumSum cannot add values of type %s", t)
	}
	elem := arraySumType(t)
	return bound{ret: types.ArrayOf(elem), canThrow: true, lazy: a.lazy(func(_ *Call, p *applied) (*batch.Vector, error) {
		var data any
		switch {
		case t.Kind == types.Decimal:
			data = decimalData(elem, running(p, decimals(p.values), func(a, b types.Int128) types.Int128 { c, _ := a.Add(b); return c }))
		case elem.Kind == types.Float64:
			data = running(p, floats(p.values), func(a, b float64) float64 { return a + b })
		default:
			data = kernel.ConvertTo(elem.Phys(), running(p, ints(p.values), func(a, b int64) int64 { return a + b }))
		}
		return vec(batch.Lists{Offsets: p.offsets, Elems: &batch.Vector{Type: elem, Len: p.values.Len, Data: data}}), nil
	})}, nil
}

func running[T any](p *applied, in []T, add func(a, b T) T) []T {
	out := make([]T, len(in))
	for i := range p.rows {
		for e := p.offsets[i]; e < p.offsets[i+1]; e++ {
			out[e] = in[e]
			if e > p.offsets[i] {
				out[e] = add(out[e-1], in[e])
			}
		}
	}
	return out
}

func finishDifference(_ *site, a *arrayArgs) (bound, error) {
	t := a.value
	if t.Nullable || !plainNumber(t) {
		return bound{}, chcode.Errorf(chcode.IllegalTypeOfArgument, "arrayDifference cannot process values of type %s", t)
	}
	elem := widened(8*t.Size(), true)
	if t.IsFloat() {
		elem = types.Of(types.Float64)
	}
	return bound{ret: types.ArrayOf(elem), canThrow: true, lazy: a.lazy(func(_ *Call, p *applied) (*batch.Vector, error) {
		var data any
		if t.IsFloat() {
			data = differences(p, floats(p.values))
		} else {
			data = kernel.ConvertTo(elem.Phys(), differences(p, ints(p.values)))
		}
		return vec(batch.Lists{Offsets: p.offsets, Elems: &batch.Vector{Type: elem, Len: p.values.Len, Data: data}}), nil
	})}, nil
}

func differences[T kernel.Num](p *applied, in []T) []T {
	out := make([]T, len(in))
	for i := range p.rows {
		for e := p.offsets[i] + 1; e < p.offsets[i+1]; e++ {
			out[e] = in[e] - in[e-1]
		}
	}
	return out
}
