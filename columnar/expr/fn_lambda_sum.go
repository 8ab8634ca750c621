package expr

import (
	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/kernel"
	"github.com/freshetdb/freshet/columnar/types"
)

// lambdaSumFunctions sum arrays up, or what a lambda makes of their elements.
func lambdaSumFunctions() []*function {
	const cat = "Array"
	fn := func(name, returns, text string, bind higherBind) *function {
		return entry(info(cat, name+"([f, ]array, …)", returns, text, name+"([1, 2])"), 1, anyArgs,
			withLambda(lambdaOptional, bind), ownNulls|ownLowCard|costly)
	}
	return []*function{
		fn("arraySum", "Int64, UInt64, Float64 or Decimal", "Is the sum.", bindArraySum),
		fn("arrayAvg", "Float64", "Is the mean.", bindArraySum),
		fn("arrayProduct", "Float64", "Is the product.", bindArraySum),
		fn("arrayMin", "the type of the elements", "Is the least element.", bindArrayMin),
		fn("arrayMax", "the type of the elements", "Is the greatest element.", bindArrayMin),
		fn("arrayCumSum", "Array", "Is the sums up to each element.", bindArrayCumSum),
		fn("arrayCumSumNonNegative", "Array", "Is the sums up to each element, 0 instead of negative ones.", bindArrayCumSum),
		fn("arrayDifference", "Array", "Is the differences of each element and the one before; 0 for the first.", bindArrayDifference),
	}
}

// totalType is the type of a sum of values of t.
func totalType(s *site, t types.Type) (types.Type, error) {
	switch {
	case t.Nullable:
	case t.Kind == types.Decimal:
		return types.DecimalOf(38, int(t.Scale)), nil
	case t.IsFloat():
		return types.Of(types.Float64), nil
	case t.Kind == types.Bool || t.IsInteger() && t.IsUnsigned():
		return types.Of(types.UInt64), nil
	case t.IsInteger():
		return types.Of(types.Int64), nil
	}
	return t, s.illegal(0)
}

func bindArraySum(s *site, _, mapped types.Type) (types.Type, higherRun, error) {
	ret, err := totalType(s, mapped)
	if err != nil {
		return ret, nil, err
	}
	if s.name == "arraySum" {
		return ret, func(h *higher) (*batch.Vector, error) { return vec(totals(h, ret)), nil }, nil
	}
	product := s.name == "arrayProduct"
	return types.Of(types.Float64), func(h *higher) (*batch.Vector, error) {
		x, out := floats(h.mapped), make([]float64, h.rows)
		sums := out
		if !product {
			sums = floats(&batch.Vector{Type: ret, Len: h.rows, Data: totals(h, ret)})
		}
		for i := range out {
			lo, hi := h.at(i)
			if !product {
				out[i] = sums[i] / float64(hi-lo)
				continue
			}
			out[i] = 1
			for _, f := range x[lo:hi] {
				out[i] *= f
			}
		}
		return vec(out), nil
	}, nil
}

// totals are the sums of the rows in the form of type t.
func totals(h *higher, t types.Type) any {
	switch t.Kind {
	case types.Decimal:
		return totalsOf(h, decimals(h.mapped), types.Int128{}, wrappedSum)
	case types.Float64:
		return totalsOf(h, floats(h.mapped), 0, sumOf[float64])
	case types.UInt64:
		return totalsOf(h, asUint(h.mapped), 0, sumOf[uint64])
	default:
		return totalsOf(h, ints(h.mapped), 0, sumOf[int64])
	}
}

// wrappedSum wraps around.
func wrappedSum(a, b types.Int128) types.Int128 {
	sum, _ := a.Add(b)
	return sum
}

func sumOf[T kernel.Num](a, b T) T { return a + b }

func totalsOf[T any](h *higher, x []T, zero T, add func(a, b T) T) []T {
	out := make([]T, h.rows)
	for i := range out {
		sum := zero
		lo, hi := h.at(i)
		for _, v := range x[lo:hi] {
			sum = add(sum, v)
		}
		out[i] = sum
	}
	return out
}

func bindArrayMin(s *site, _, mapped types.Type) (types.Type, higherRun, error) {
	if mapped.Kind == types.Nothing {
		return mapped, nil, s.illegal(0)
	}
	sign := -1
	if s.name == "arrayMax" {
		sign = 1
	}
	return mapped, func(h *higher) (*batch.Vector, error) {
		compare := comparator(h.mapped, h.mapped)
		values, none := withDefault(h.mapped), uint32(h.mapped.Len)
		perm := make([]uint32, h.rows)
		for i := range perm {
			lo, hi := h.at(i)
			best := none
			for e := lo; e < hi; e++ {
				if h.mapped.IsNull(int(e)) {
					continue
				}
				if best == none || compare(int(e), int(best))*sign > 0 {
					best = e
				}
			}
			perm[i] = best
		}
		return values.Gather(perm), nil
	}, nil
}

func bindArrayCumSum(s *site, _, mapped types.Type) (types.Type, higherRun, error) {
	t, err := totalType(s, mapped)
	if err != nil {
		return t, nil, err
	}
	positive := s.name == "arrayCumSumNonNegative"
	return types.ArrayOf(t), func(h *higher) (*batch.Vector, error) {
		var data any
		switch t.Kind {
		case types.Decimal:
			data = runningOf(h, decimals(h.mapped), func(a, b types.Int128) types.Int128 {
				if sum := wrappedSum(a, b); !positive || sum.Sign() > 0 {
					return sum
				}
				return types.Int128{}
			})
		case types.Float64:
			data = runningOf(h, floats(h.mapped), runningSum[float64](positive))
		case types.UInt64:
			data = runningOf(h, asUint(h.mapped), sumOf[uint64])
		default:
			data = runningOf(h, ints(h.mapped), runningSum[int64](positive))
		}
		return h.list(&batch.Vector{Type: t, Len: h.mapped.Len, Data: data}), nil
	}, nil
}

func runningSum[T int64 | float64](positive bool) func(a, b T) T {
	if !positive {
		return sumOf[T]
	}
	return func(a, b T) T { return max(a+b, 0) }
}

func runningOf[T any](h *higher, x []T, add func(a, b T) T) []T {
	out := make([]T, len(x))
	for i := range h.rows {
		lo, hi := h.at(i)
		var sum T
		for e := lo; e < hi; e++ {
			sum = add(sum, x[e])
			out[e] = sum
		}
	}
	return out
}

func bindArrayDifference(s *site, _, mapped types.Type) (types.Type, higherRun, error) {
	t := types.Of(types.Int64)
	switch {
	case mapped.Nullable:
		return t, nil, s.illegal(0)
	case mapped.Kind == types.Decimal:
		t = mapped
	case mapped.IsFloat():
		t = types.Of(types.Float64)
	case mapped.IsInteger():
		t = types.Of(intOf(min(16*mapped.Size(), 64)))
	case !mapped.IsDate() && mapped.Kind != types.DateTime && mapped.Kind != types.Bool:
		return t, nil, s.illegal(0)
	case mapped.IsDate() || mapped.Kind == types.DateTime:
		t = types.Of(types.Int32)
	}
	return types.ArrayOf(t), func(h *higher) (*batch.Vector, error) {
		var data any
		switch {
		case t.Kind == types.Decimal:
			data = decimalData(t, differences(h, decimals(h.mapped), func(a, b types.Int128) types.Int128 { return wrappedSum(a, b.Neg()) }))
		case t.IsFloat():
			data = differences(h, floats(h.mapped), func(a, b float64) float64 { return a - b })
		default:
			data = kernel.ConvertTo(t.Phys(), differences(h, ints(h.mapped), func(a, b int64) int64 { return a - b }))
		}
		return h.list(&batch.Vector{Type: t, Len: h.mapped.Len, Data: data}), nil
	}, nil
}

func differences[T any](h *higher, x []T, sub func(a, b T) T) []T {
	out := make([]T, len(x))
	for i := range h.rows {
		lo, hi := h.at(i)
		for e := lo + 1; e < hi; e++ {
			out[e] = sub(x[e], x[e-1])
		}
	}
	return out
}
