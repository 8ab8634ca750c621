package agg

import (
	"math"
	"math/bits"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/chcode"
	"github.com/freshetdb/freshet/columnar/types"
)

// number is the Go types of integers and floats.
type number interface {
	uint8 | uint16 | uint32 | uint64 | int8 | int16 | int32 | int64 | float32 | float64
}

// accumulator is the types that sums are kept in.
type accumulator interface{ uint64 | int64 | float64 }

// buildSum is sum: integers wrap in 64 bits, floats in Float64, Decimals in 38
// digits (Check tells when they do not fit).
func buildSum(c *call) (core, error) {
	t, err := c.oneArg()
	if err != nil {
		return core{}, err
	}
	switch t.Kind {
	case types.Bool, types.UInt8:
		return sumCore(types.UInt64, newSums[uint8, uint64]), nil
	case types.UInt16:
		return sumCore(types.UInt64, newSums[uint16, uint64]), nil
	case types.UInt32:
		return sumCore(types.UInt64, newSums[uint32, uint64]), nil
	case types.UInt64:
		return sumCore(types.UInt64, newSums[uint64, uint64]), nil
	case types.Int8, types.Enum8:
		return sumCore(types.Int64, newSums[int8, int64]), nil
	case types.Int16, types.Enum16:
		return sumCore(types.Int64, newSums[int16, int64]), nil
	case types.Int32:
		return sumCore(types.Int64, newSums[int32, int64]), nil
	case types.Int64:
		return sumCore(types.Int64, newSums[int64, int64]), nil
	case types.Float32:
		return sumCore(types.Float64, newSums[float32, float64]), nil
	case types.Float64:
		return sumCore(types.Float64, newSums[float64, float64]), nil
	case types.Decimal:
		return decimalSumCore(t), nil
	default:
		return core{}, c.typeError(t)
	}
}

//go:noinline // as exactBuilder
func sumCore(kind types.Kind, newStates func(result types.Type) States) core {
	result := types.Of(kind)
	k := core{
		result: result, retract: true, skipsZero: true, chains: true,
		make: func(bool) States { return newStates(result) },
	}
	if result.IsFloat() {
		k.class, k.retract = Rounding, false
	}
	return k
}

func newSums[T number, A accumulator](result types.Type) States {
	return &sums[T, A]{result: result}
}

// sums is the states of sum over numbers: one accumulator a group, encoded in 8
// bytes.
type sums[T number, A accumulator] struct {
	plain
	result types.Type
	acc    []A
}

func (s *sums[T, A]) Grow(n int) { s.acc = grown(s.acc, n) }

func (s *sums[T, A]) Add(groups []uint32, args []*batch.Vector, _ int) {
	addGrouped(s.acc, groups, batch.Values[T](args[0]))
}

func (s *sums[T, A]) AddAll(group uint32, args []*batch.Vector, _ int) {
	s.acc[group] += total[T, A](batch.Values[T](args[0]))
}

// total sums in four strands, so that additions of floats don't wait for each other.
func total[T number, A accumulator](values []T) A {
	var a, b, c, d A
	for len(values) >= 4 {
		a += A(values[0])
		b += A(values[1])
		c += A(values[2])
		d += A(values[3])
		values = values[4:]
	}
	for _, v := range values {
		a += A(v)
	}
	return a + b + (c + d)
}

func (s *sums[T, A]) Retract(groups []uint32, args []*batch.Vector, _ int) error {
	if s.result.IsFloat() {
		return ErrNoRetract
	}
	values := batch.Values[T](args[0])
	for i, g := range groups {
		s.acc[g] -= A(values[i])
	}
	return nil
}

func (s *sums[T, A]) Merge(src States, to []uint32) error {
	for g, v := range src.(*sums[T, A]).acc {
		s.acc[to[g]] += v
	}
	return nil
}

func (s *sums[T, A]) Encode(dst []byte, group uint32, _ Form) []byte {
	return appendAccumulator(dst, s.acc[group])
}

func appendAccumulator[A accumulator](dst []byte, v A) []byte {
	if f, ok := any(v).(float64); ok {
		return appendU64(dst, math.Float64bits(f))
	}
	return appendU64(dst, uint64(v))
}

func (s *sums[T, A]) Decode(src []byte, group uint32, _ Form) ([]byte, error) {
	r := reader{buf: src}
	s.acc[group] = readAccumulator[A](&r)
	return r.end("sum")
}

func readAccumulator[A accumulator](r *reader) A {
	var v A
	if f, ok := any(&v).(*float64); ok {
		*f = r.f64()
		return v
	}
	return A(r.u64())
}

func (s *sums[T, A]) Finish(lo, hi int) *batch.Vector {
	return batch.NewFixed(s.result, cloned(s.acc[lo:hi]), nil)
}

func cloned[T any](s []T) []T { return append(make([]T, 0, len(s)), s...) }

func (s *sums[T, A]) SizeBytes() int64 { return int64(cap(s.acc)) * 8 }

// wide is a 192-bit two's complement sum of Decimals: it can't overflow, so that
// whether a sum fits depends on the rows only, not on their order.
type wide struct {
	lo, mid uint64
	hi      int64
}

func (w wide) add(o wide) wide {
	lo, c := bits.Add64(w.lo, o.lo, 0)
	mid, c := bits.Add64(w.mid, o.mid, c)
	return wide{lo, mid, w.hi + o.hi + int64(c)}
}

func (w wide) sub(o wide) wide {
	lo, b := bits.Sub64(w.lo, o.lo, 0)
	mid, b := bits.Sub64(w.mid, o.mid, b)
	return wide{lo, mid, w.hi - o.hi - int64(b)}
}

// low128 is the sum modulo 2^128.
func (w wide) low128() types.Int128 { return types.Int128{Lo: w.lo, Hi: int64(w.mid)} }

// fits tells whether the sum has at most 38 digits.
func (w wide) fits() bool {
	if w.hi != int64(w.mid)>>63 {
		return false
	}
	v, limit := w.low128(), types.Pow10(types.MaxDecimalPrecision)
	return v.Cmp(limit) < 0 && v.Cmp(limit.Neg()) > 0
}

// decimal is the Go types of Decimals.
type decimal interface{ int64 | types.Int128 }

func widen[T decimal](v T) wide {
	switch x := any(v).(type) {
	case int64:
		return wide{uint64(x), uint64(x >> 63), x >> 63}
	case types.Int128:
		return wide{x.Lo, uint64(x.Hi), x.Hi >> 63}
	}
	return wide{}
}

func decimalSumCore(t types.Type) core {
	result := types.DecimalOf(types.MaxDecimalPrecision, int(t.Scale))
	k := core{result: result, retract: true, skipsZero: true, chains: true}
	if t.Phys() == types.PhysI128 {
		k.make = func(bool) States { return &decimalSums[types.Int128]{result: result} }
	} else {
		k.make = func(bool) States { return &decimalSums[int64]{result: result} }
	}
	return k
}

// decimalSums is the states of sum over Decimals, encoded in 24 bytes.
type decimalSums[T decimal] struct {
	plain
	result types.Type
	acc    []wide
}

func (s *decimalSums[T]) Grow(n int) { s.acc = grown(s.acc, n) }

func (s *decimalSums[T]) Add(groups []uint32, args []*batch.Vector, _ int) {
	if values, ok := args[0].Data.([]int64); ok {
		addDecimals(s.acc, groups, values)
		return
	}
	values := args[0].Data.([]T)
	for i, g := range groups {
		s.acc[g] = s.acc[g].add(widen(values[i]))
	}
}

func (s *decimalSums[T]) AddAll(group uint32, args []*batch.Vector, _ int) {
	if values, ok := args[0].Data.([]int64); ok && areSmall(values) {
		s.acc[group] = s.acc[group].add(widen(total[int64, int64](values)))
		return
	}
	sum := s.acc[group]
	for _, v := range args[0].Data.([]T) {
		sum = sum.add(widen(v))
	}
	s.acc[group] = sum
}

func (s *decimalSums[T]) Retract(groups []uint32, args []*batch.Vector, _ int) error {
	values := args[0].Data.([]T)
	for i, g := range groups {
		s.acc[g] = s.acc[g].sub(widen(values[i]))
	}
	return nil
}

func (s *decimalSums[T]) Merge(src States, to []uint32) error {
	for g, v := range src.(*decimalSums[T]).acc {
		s.acc[to[g]] = s.acc[to[g]].add(v)
	}
	return nil
}

func (s *decimalSums[T]) Encode(dst []byte, group uint32, _ Form) []byte {
	return appendWide(dst, s.acc[group])
}

func appendWide(dst []byte, w wide) []byte {
	return appendU64(appendU64(appendU64(dst, w.lo), w.mid), uint64(w.hi))
}

func readWide(r *reader) wide { return wide{r.u64(), r.u64(), int64(r.u64())} }

func (s *decimalSums[T]) Decode(src []byte, group uint32, _ Form) ([]byte, error) {
	r := reader{buf: src}
	s.acc[group] = readWide(&r)
	return r.end("decimal sum")
}

func (s *decimalSums[T]) Finish(lo, hi int) *batch.Vector {
	out := make([]types.Int128, hi-lo)
	for i, w := range s.acc[lo:hi] {
		out[i] = w.low128()
	}
	return batch.NewFixed(s.result, out, nil)
}

func (s *decimalSums[T]) check(lo, hi int) error {
	for _, w := range s.acc[lo:hi] {
		if !w.fits() {
			return chcode.Errorf(chcode.DecimalOverflow, "sum of Decimals does not fit %s", s.result)
		}
	}
	return nil
}

func (s *decimalSums[T]) SizeBytes() int64 { return int64(cap(s.acc)) * 24 }
