package agg

import (
	"encoding/binary"
	"math"

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
	form := keyFormOf(t.Phys())
	switch form.width {
	case 8:
		return makeExact[uint64](q, way, form)
	case 16:
		return makeExact[types.Int128](q, way, form)
	default:
		return makeExact[uint32](q, way, form)
	}
}

func makeExact[K exactKey](q quantileShape, way rank, form keyForm) func(bool) States {
	return func(bool) States { return &allValues[K]{shape: q, way: way, form: form} }
}

// allValues is the states of quantileExact: the keys of all values. It is a function of
// the set of rows (class A). Encoded as a uvarint count and the values. NaN is skipped.
type allValues[K exactKey] struct {
	plain
	rebuilt
	shape  quantileShape
	way    rank
	form   keyForm
	values [][]K
	added  []K   // of the rows that are being added
	held   int64 // keys for which there is memory
}

func (s *allValues[K]) Grow(n int) { s.values = grown(s.values, n) }

func (s *allValues[K]) Add(groups []uint32, args []*batch.Vector, _ int) {
	for i, k := range s.keysOf(args[0], len(groups)) {
		s.add(groups[i], k)
	}
}

// keysOf is the keys of the first n rows, until the next call.
func (s *allValues[K]) keysOf(v *batch.Vector, n int) []K {
	s.added = resized(s.added, n)
	s.form.fill(&s.added, v)
	return s.added
}

func (s *allValues[K]) add(g uint32, k K) {
	var nan K
	if s.form.float && k == nan {
		return
	}
	was := cap(s.values[g])
	s.values[g] = append(s.values[g], k)
	s.held += int64(cap(s.values[g]) - was)
}

func (s *allValues[K]) AddAll(group uint32, args []*batch.Vector, n int) {
	for _, k := range s.keysOf(args[0], n) {
		s.add(group, k)
	}
}

func (s *allValues[K]) Merge(src States, to []uint32) error {
	for h, values := range src.(*allValues[K]).values {
		g := to[h]
		was := cap(s.values[g])
		s.values[g] = append(s.values[g], values...)
		s.held += int64(cap(s.values[g]) - was)
	}
	return nil
}

func (s *allValues[K]) Encode(dst []byte, group uint32, _ Form) []byte {
	values := s.values[group]
	return s.form.append(binary.AppendUvarint(dst, uint64(len(values))), &values)
}

func (s *allValues[K]) Decode(src []byte, group uint32, _ Form) ([]byte, error) {
	r := reader{buf: src}
	values := make([]K, r.count(s.form.width))
	s.form.read(&r, &values)
	s.held += int64(len(values))
	s.values[group] = values
	return r.end("values")
}

func (s *allValues[K]) Finish(lo, hi int) *batch.Vector {
	if s.way == rankInclusive || s.way == rankExclusive {
		return s.finishInterpolated(lo, hi)
	}
	out := make([]K, 0, (hi-lo)*len(s.shape.levels))
	for g := range s.values[lo:hi] {
		values := s.values[lo+g]
		sortKeys(&values) // the order of values is not part of the state
		for _, level := range s.shape.levels {
			if len(values) == 0 {
				out = append(out, s.none())
				continue
			}
			out = append(out, values[s.way.index(level, len(values))])
		}
	}
	return s.shape.vector(s.form.vector(s.shape.elem, &out))
}

// none is the key of the quantile of no values: NaN, or zero where there is none. Of
// many levels it is zero also for floats, as in ClickHouse.
func (s *allValues[K]) none() (k K) {
	if s.form.float && !s.shape.many {
		return k
	}
	switch p := any(&k).(type) {
	case *uint32:
		*p = uint32(s.form.zero)
	case *uint64:
		*p = s.form.zero
	}
	return k
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

func (s *allValues[K]) finishInterpolated(lo, hi int) *batch.Vector {
	out := make([]float64, 0, (hi-lo)*len(s.shape.levels))
	var floats []float64
	for g := range s.values[lo:hi] {
		values := s.values[lo+g]
		sortKeys(&values)
		floats = toFloats(floats, s.form.vector(types.Type{}, &values), len(values))
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

func (s *allValues[K]) SizeBytes() int64 {
	return int64(cap(s.values))*24 + (s.held+int64(cap(s.added)))*int64(fixedWidth[K]())
}
