package agg

import (
	"cmp"
	"encoding/binary"
	"math"
	"slices"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/types"
)

// rank is a way to choose a quantile among sorted values.
type rank uint8

const (
	rankPlain     rank = iota // the value at level·n
	rankLow                   // the median is the lower of the two in the middle
	rankHigh                  // the higher
	rankInclusive             // interpolated, Excel's PERCENTILE.INC
	rankExclusive             // interpolated, Excel's PERCENTILE.EXC
)

// exactBuilder makes the builder of quantileExact and its variants.
//
//go:noinline // its closure is large, and would be there once for each function
func exactBuilder(way rank, many bool) func(c *call) (core, error) {
	return func(c *call) (core, error) {
		levels, err := c.levelsOf(many)
		if err != nil {
			return core{}, err
		}
		t, err := c.oneArg()
		if err != nil {
			return core{}, err
		}
		interpolates := way == rankInclusive || way == rankExclusive
		ok := t.IsNumeric() || t.Kind == types.Date || t.IsTime()
		if !ok || (interpolates && (!t.IsNumeric() || t.Kind == types.Decimal)) {
			return core{}, c.typeError(t)
		}
		q := quantileShape{levels: levels, many: many, elem: t}
		if interpolates {
			q.elem = types.Of(types.Float64)
		}
		return core{result: q.result(), make: exactMaker(t, q, way)}, nil
	}
}

func exactMaker(t types.Type, q quantileShape, way rank) func(bool) States {
	switch t.Phys() {
	case types.PhysU8:
		return makeExact(q, way, cmp.Compare[uint8])
	case types.PhysU16:
		return makeExact(q, way, cmp.Compare[uint16])
	case types.PhysU32:
		return makeExact(q, way, cmp.Compare[uint32])
	case types.PhysU64:
		return makeExact(q, way, cmp.Compare[uint64])
	case types.PhysI8:
		return makeExact(q, way, cmp.Compare[int8])
	case types.PhysI16:
		return makeExact(q, way, cmp.Compare[int16])
	case types.PhysI32:
		return makeExact(q, way, cmp.Compare[int32])
	case types.PhysI64:
		return makeExact(q, way, cmp.Compare[int64])
	case types.PhysF32:
		return makeExact(q, way, cmp.Compare[float32])
	case types.PhysF64:
		return makeExact(q, way, cmp.Compare[float64])
	default:
		return makeExact(q, way, types.Int128.Cmp)
	}
}

func makeExact[T batch.Fixed](q quantileShape, way rank, order func(a, b T) int) func(bool) States {
	return func(bool) States { return &allValues[T]{shape: q, way: way, order: order} }
}

// allValues is the states of quantileExact: every value. It is a function of the
// set of rows (class A). Encoded as a uvarint count and the values. NaN is skipped.
type allValues[T batch.Fixed] struct {
	plain
	rebuilt
	shape  quantileShape
	way    rank
	order  func(a, b T) int
	values [][]T
	held   int64 // values for which there is memory
}

func (s *allValues[T]) Grow(n int) { s.values = grown(s.values, n) }

func (s *allValues[T]) Add(groups []uint32, args []*batch.Vector, _ int) {
	values := batch.Values[T](args[0])
	for i, g := range groups {
		s.add(g, values[i])
	}
}

func (s *allValues[T]) add(g uint32, v T) {
	if isNaN(v) {
		return
	}
	was := cap(s.values[g])
	s.values[g] = append(s.values[g], v)
	s.held += int64(cap(s.values[g]) - was)
}

func (s *allValues[T]) AddAll(group uint32, args []*batch.Vector, _ int) {
	for _, v := range batch.Values[T](args[0]) {
		s.add(group, v)
	}
}

func (s *allValues[T]) Merge(src States, to []uint32) error {
	for h, values := range src.(*allValues[T]).values {
		g := to[h]
		was := cap(s.values[g])
		s.values[g] = append(s.values[g], values...)
		s.held += int64(cap(s.values[g]) - was)
	}
	return nil
}

func (s *allValues[T]) Encode(dst []byte, group uint32, _ Form) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(s.values[group])))
	for _, v := range s.values[group] {
		dst = appendFixed(dst, v)
	}
	return dst
}

func (s *allValues[T]) Decode(src []byte, group uint32, _ Form) ([]byte, error) {
	r := reader{buf: src}
	values := make([]T, r.count(fixedWidth[T]()))
	for i := range values {
		values[i] = readFixed[T](&r)
		r.bad = r.bad || isNaN(values[i])
	}
	s.held += int64(len(values))
	s.values[group] = values
	return r.end("values")
}

func (s *allValues[T]) Finish(lo, hi int) *batch.Vector {
	if s.way == rankInclusive || s.way == rankExclusive {
		return s.finishInterpolated(lo, hi)
	}
	out := make([]T, 0, (hi-lo)*len(s.shape.levels))
	for _, values := range s.values[lo:hi] {
		slices.SortFunc(values, s.order) // the order of values is not part of the state
		for _, level := range s.shape.levels {
			switch {
			case len(values) == 0 && s.shape.many:
				var zero T // as in ClickHouse, where one level gives NaN
				out = append(out, zero)
			case len(values) == 0:
				out = append(out, nanOrZero[T]())
			default:
				out = append(out, values[s.way.index(level, len(values))])
			}
		}
	}
	return s.shape.vector(batch.NewFixed(s.shape.elem, out, nil))
}

// nanOrZero is the quantile of no values.
func nanOrZero[T batch.Fixed]() (v T) {
	switch p := any(&v).(type) {
	case *float32:
		*p = float32(math.NaN())
	case *float64:
		*p = math.NaN()
	}
	return v
}

// index is the place of a quantile among n sorted values.
func (w rank) index(level float64, n int) int {
	switch {
	case w == rankLow && level == 0.5:
		return (n - 1) / 2
	case level < 1:
		return int(level * float64(n))
	default:
		return n - 1
	}
}

func (s *allValues[T]) finishInterpolated(lo, hi int) *batch.Vector {
	out := make([]float64, 0, (hi-lo)*len(s.shape.levels))
	var floats []float64
	for _, values := range s.values[lo:hi] {
		slices.SortFunc(values, s.order)
		floats = toFloats(floats, batch.NewFixed(types.Type{}, values, nil), len(values))
		for _, level := range s.shape.levels {
			out = append(out, s.way.interpolate(floats, level))
		}
	}
	return s.shape.vector(batch.NewFixed(s.shape.elem, out, nil))
}

func (w rank) interpolate(sorted []float64, level float64) float64 {
	n := len(sorted)
	if n == 0 {
		return math.NaN()
	}
	h := level*float64(n-1) + 1
	if w == rankExclusive {
		h = level * float64(n+1)
	}
	i := int(h)
	switch {
	case i < 1:
		return sorted[0]
	case i >= n:
		return sorted[n-1]
	default:
		return sorted[i-1] + (h-float64(i))*(sorted[i]-sorted[i-1])
	}
}

func (s *allValues[T]) SizeBytes() int64 {
	return int64(cap(s.values))*24 + s.held*int64(fixedWidth[T]())
}
