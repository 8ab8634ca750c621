package agg

import (
	"encoding/binary"
	"math"
	"math/big"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/types"
)

// buildAvg is avg: a sum kept as that of sum, and a count. Of dates and times it
// is of their own type, rounded to even as ClickHouse does; of all else Float64.
func buildAvg(c *call) (core, error) {
	t, err := c.oneArg()
	if err != nil {
		return core{}, err
	}
	sumArg := t
	switch t.Kind {
	case types.Date, types.DateTime, types.Date32, types.DateTime64, types.Decimal:
		sumArg = types.DecimalOf(types.MaxDecimalPrecision, 0)
		if t.Phys() != types.PhysI128 {
			sumArg = types.DecimalOf(1, 0)
		}
	case types.Enum8, types.Enum16:
		return core{}, c.typeError(t)
	default:
		if !t.IsNumeric() {
			return core{}, c.typeError(t)
		}
	}
	sum, err := buildSum(&call{name: c.name, args: []types.Type{sumArg}})
	if err != nil {
		return core{}, err
	}
	k := core{result: types.Of(types.Float64), class: sum.class, retract: sum.retract, chains: true}
	if t.IsDate() || t.IsTime() {
		k.result = t
	}
	k.make = func(signed bool) States {
		return &averages{arg: t, result: k.result, sum: sum.make(signed)}
	}
	return k, nil
}

// averages is the states of avg: encoded as the count, a signed varint, and the sum.
type averages struct {
	plain
	arg    types.Type
	result types.Type
	sum    States
	n      []int64
	wide   [1]*batch.Vector
}

// widened is dates and times as the numbers that they are summed as.
func (s *averages) widened(args []*batch.Vector) []*batch.Vector {
	v := args[0]
	switch d := v.Data.(type) {
	case []uint16:
		if s.arg.Kind != types.Date {
			return args
		}
		s.wide[0] = &batch.Vector{Type: v.Type, Len: v.Len, Data: toInt64s(d)}
	case []uint32:
		if s.arg.Kind != types.DateTime {
			return args
		}
		s.wide[0] = &batch.Vector{Type: v.Type, Len: v.Len, Data: toInt64s(d)}
	case []int32:
		if s.arg.Kind != types.Date32 {
			return args
		}
		s.wide[0] = &batch.Vector{Type: v.Type, Len: v.Len, Data: toInt64s(d)}
	default:
		return args
	}
	return s.wide[:]
}

func toInt64s[T uint16 | uint32 | int32](in []T) []int64 {
	out := make([]int64, len(in))
	for i, v := range in {
		out[i] = int64(v)
	}
	return out
}

func (s *averages) Grow(n int) {
	s.n = grown(s.n, n)
	s.sum.Grow(n)
}

func (s *averages) Add(groups []uint32, args []*batch.Vector, n int) {
	addOnes(s.n, groups)
	s.sum.Add(groups, s.widened(args), n)
}

func (s *averages) AddAll(group uint32, args []*batch.Vector, n int) {
	s.n[group] += int64(n)
	s.sum.AddAll(group, s.widened(args), n)
}

func (s *averages) Retract(groups []uint32, args []*batch.Vector, n int) error {
	if err := s.sum.Retract(groups, s.widened(args), n); err != nil {
		return err
	}
	for _, g := range groups {
		s.n[g]--
	}
	return nil
}

func (s *averages) Merge(src States, to []uint32) error {
	o := src.(*averages)
	for g, n := range o.n {
		s.n[to[g]] += n
	}
	return s.sum.Merge(o.sum, to)
}

func (s *averages) Encode(dst []byte, group uint32, form Form) []byte {
	return s.sum.Encode(binary.AppendVarint(dst, s.n[group]), group, form)
}

func (s *averages) Decode(src []byte, group uint32, form Form) ([]byte, error) {
	r := reader{buf: src}
	s.n[group] = r.varint()
	rest, err := r.end("avg")
	if err != nil {
		return nil, err
	}
	return s.sum.Decode(rest, group, form)
}

func (s *averages) Finish(lo, hi int) *batch.Vector {
	switch acc := s.sum.(type) {
	case *decimalSums[int64]:
		return s.finishWide(acc.acc, lo, hi)
	case *decimalSums[types.Int128]:
		return s.finishWide(acc.acc, lo, hi)
	}
	out := make([]float64, hi-lo)
	switch d := s.sum.Finish(lo, hi).Data.(type) {
	case []uint64:
		divide(out, d, s.n[lo:hi])
	case []int64:
		divide(out, d, s.n[lo:hi])
	case []float64:
		divide(out, d, s.n[lo:hi])
	}
	return batch.NewFixed(s.result, out, nil)
}

func divide[A accumulator](out []float64, sums []A, counts []int64) {
	for i, n := range counts {
		out[i] = float64(sums[i]) / float64(n)
	}
}

func (s *averages) finishWide(acc []wide, lo, hi int) *batch.Vector {
	if s.result.Kind == types.Float64 {
		scale := math.Pow10(int(s.arg.Scale))
		out := make([]float64, hi-lo)
		for i, w := range acc[lo:hi] {
			out[i] = w.low128().Float64() / scale / float64(s.n[lo+i])
		}
		return batch.NewFixed(s.result, out, nil)
	}
	b := batch.NewBuilder(s.result, hi-lo)
	for g := lo; g < hi; g++ {
		v := roundedQuotient(acc[g], s.n[g])
		switch s.result.Phys() {
		case types.PhysU16:
			b.U16 = append(b.U16, uint16(v))
		case types.PhysU32:
			b.U32 = append(b.U32, uint32(v))
		case types.PhysI32:
			b.I32 = append(b.I32, int32(v))
		default:
			b.I64 = append(b.I64, v)
		}
	}
	return b.Finish()
}

// roundedQuotient is w/n rounded to the nearest, halves to even; 0 of no rows.
func roundedQuotient(w wide, n int64) int64 {
	if n == 0 {
		return 0
	}
	num, den := w.low128().Big(), big.NewInt(n)
	quo, rem := new(big.Int).DivMod(num, den, new(big.Int)) // 0 <= rem < den for n > 0
	twice := rem.Lsh(rem, 1)
	if c := twice.Cmp(den); c > 0 || (c == 0 && quo.Bit(0) == 1) {
		quo.Add(quo, big.NewInt(1))
	}
	return quo.Int64()
}

func (s *averages) check(lo, hi int) error { return Check(s.sum, lo, hi) }

func (s *averages) SizeBytes() int64 { return int64(cap(s.n))*8 + s.sum.SizeBytes() }
