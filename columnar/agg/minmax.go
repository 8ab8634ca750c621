package agg

import (
	"math"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/types"
)

// extreme says which end min and max look for.
type extreme bool

const (
	least    extreme = false
	greatest extreme = true
)

func buildMin(c *call) (core, error) { return c.buildExtreme(least) }
func buildMax(c *call) (core, error) { return c.buildExtreme(greatest) }

// buildExtreme is min and max: numbers in arrays, other types as cells that are
// compared by value.
func (c *call) buildExtreme(end extreme) (core, error) {
	t, err := c.oneArg()
	if err != nil {
		return core{}, err
	}
	if t.Kind == types.AggregateFunction {
		return core{}, c.typeError(t)
	}
	switch t.Phys() {
	case types.PhysU8:
		return extremeCore(t, end, newExtremes[uint8]), nil
	case types.PhysU16:
		return extremeCore(t, end, newExtremes[uint16]), nil
	case types.PhysU32:
		return extremeCore(t, end, newExtremes[uint32]), nil
	case types.PhysU64:
		return extremeCore(t, end, newExtremes[uint64]), nil
	case types.PhysI8:
		return extremeCore(t, end, newExtremes[int8]), nil
	case types.PhysI16:
		return extremeCore(t, end, newExtremes[int16]), nil
	case types.PhysI32:
		return extremeCore(t, end, newExtremes[int32]), nil
	case types.PhysI64:
		return extremeCore(t, end, newExtremes[int64]), nil
	case types.PhysF32:
		return extremeCore(t, end, newExtremes[float32]), nil
	case types.PhysF64:
		return extremeCore(t, end, newExtremes[float64]), nil
	default:
		keep := keepLeast
		if end == greatest {
			keep = keepGreatest
		}
		return singleCore(t, ClassA, keep), nil
	}
}

//go:noinline // as exactBuilder
func extremeCore(t types.Type, end extreme, newStates func(types.Type, extreme) States) core {
	return core{result: t, chains: true, make: func(bool) States { return newStates(t, end) }}
}

func newExtremes[T number](t types.Type, end extreme) States {
	return &extremes[T]{result: t, end: end}
}

// extremes is the states of min or max over numbers. NaN gives way to any other
// value; zeros of both signs are one value and come out positive, so that the
// answer does not depend on order. Encoded as a flag and, when it is 1, the value.
type extremes[T number] struct {
	plain
	rebuilt
	result types.Type
	end    extreme
	acc    []T
	seen   []bool
}

func (s *extremes[T]) Grow(n int) { s.acc, s.seen = grown(s.acc, n), grown(s.seen, n) }

func (s *extremes[T]) Add(groups []uint32, args []*batch.Vector, _ int) {
	if s.end == least {
		minGrouped(s.acc, s.seen, groups, batch.Values[T](args[0]))
	} else {
		maxGrouped(s.acc, s.seen, groups, batch.Values[T](args[0]))
	}
}

func minGrouped[T number](acc []T, seen []bool, groups []uint32, values []T) {
	values = values[:len(groups)]
	for i, g := range groups {
		v, a := values[i], acc[g]
		if v < a || !seen[g] || a != a { //nolint:gocritic // a != a is NaN, for floats
			acc[g], seen[g] = v, true
		}
	}
}

func maxGrouped[T number](acc []T, seen []bool, groups []uint32, values []T) {
	values = values[:len(groups)]
	for i, g := range groups {
		v, a := values[i], acc[g]
		if v > a || !seen[g] || a != a { //nolint:gocritic // a != a is NaN, for floats
			acc[g], seen[g] = v, true
		}
	}
}

func (s *extremes[T]) AddAll(group uint32, args []*batch.Vector, _ int) {
	values := batch.Values[T](args[0])
	s.offer(group, extremeOf(values, s.end))
}

// extremeOf is the extreme of values, of which there is at least one.
func extremeOf[T number](values []T, end extreme) T {
	a := values[0]
	if end == least {
		for _, v := range values {
			if v < a || a != a { //nolint:gocritic // NaN
				a = v
			}
		}
		return a
	}
	for _, v := range values {
		if v > a || a != a { //nolint:gocritic // NaN
			a = v
		}
	}
	return a
}

func (s *extremes[T]) offer(group uint32, v T) {
	a := s.acc[group]
	better := v < a
	if s.end == greatest {
		better = v > a
	}
	if better || !s.seen[group] || a != a { //nolint:gocritic // NaN
		s.acc[group], s.seen[group] = v, true
	}
}

func (s *extremes[T]) Merge(src States, to []uint32) error {
	o := src.(*extremes[T])
	for g, seen := range o.seen {
		if seen {
			s.offer(to[g], o.acc[g])
		}
	}
	return nil
}

func (s *extremes[T]) Encode(dst []byte, group uint32, _ Form) []byte {
	dst = appendFlag(dst, s.seen[group])
	if s.seen[group] {
		dst = appendFixed(dst, positiveZero(s.acc[group]))
	}
	return dst
}

// positiveZero turns a negative zero into a positive one.
func positiveZero[T number](v T) T { return v + 0 }

func (s *extremes[T]) Decode(src []byte, group uint32, _ Form) ([]byte, error) {
	r := reader{buf: src}
	s.acc[group] = 0
	if s.seen[group] = r.flag(); s.seen[group] {
		s.acc[group] = readFixed[T](&r)
	}
	return r.end("min or max")
}

func (s *extremes[T]) Finish(lo, hi int) *batch.Vector {
	out := make([]T, hi-lo)
	for i, v := range s.acc[lo:hi] {
		out[i] = positiveZero(v)
	}
	if d := enumDefault(s.result); d != 0 {
		for i, seen := range s.seen[lo:hi] {
			if !seen {
				out[i] = T(d)
			}
		}
	}
	return batch.NewFixed(s.result, out, nil)
}

// enumDefault is the value of no rows where it is not zero.
func enumDefault(t types.Type) int16 {
	if t.Enum == nil {
		return 0
	}
	return t.Enum.Default()
}

func (s *extremes[T]) SizeBytes() int64 {
	return int64(cap(s.acc))*int64(fixedWidth[T]()) + int64(cap(s.seen))
}

// isNaN tells whether v is a float that is not a number.
func isNaN[T batch.Fixed](v T) bool {
	switch x := any(v).(type) {
	case float64:
		return math.IsNaN(x)
	case float32:
		return x != x
	default:
		return false
	}
}
