package agg

import (
	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/types"
)

// buildSumWithOverflow is a sum in the type of the argument, which wraps.
func buildSumWithOverflow(c *call) (core, error) {
	t, err := c.oneArg()
	if err != nil {
		return core{}, err
	}
	if t.Kind == types.Bool {
		t = types.Of(types.UInt8)
	}
	k, err := buildSum(c)
	switch {
	case err != nil:
		return core{}, err
	case t.IsEnum():
		return core{}, c.typeError(t)
	case k.result.Equal(t):
		return k, nil
	default:
		return narrowed(k, t), nil
	}
}

// narrowed is a sum that is given out in a narrower type, cut to its low bits.
func narrowed(k core, t types.Type) core {
	wide := k.make
	k.result = t
	k.make = func(signed bool) States { return &cutSums{States: wide(signed), result: t} }
	return k
}

// cutSums is the states of sumWithOverflow and groupBitmap: those of sum and
// uniqExact, finished in another type.
type cutSums struct {
	States
	result types.Type
}

func (s *cutSums) Merge(src States, to []uint32) error {
	return s.States.Merge(src.(*cutSums).States, to)
}

func (s *cutSums) Finish(lo, hi int) *batch.Vector {
	switch d := s.States.Finish(lo, hi).Data.(type) {
	case []uint64:
		return cutIntegers(s.result, d)
	case []int64:
		return cutIntegers(s.result, d)
	case []float64:
		return quantileVector(s.result, d)
	case []types.Int128:
		if s.result.Phys() == types.PhysI128 {
			return batch.NewFixed(s.result, d, nil)
		}
		out := make([]int64, len(d))
		for i, v := range d {
			out[i] = int64(v.Lo)
			if s.result.Size() == 4 {
				out[i] = int64(int32(v.Lo))
			}
		}
		return batch.NewFixed(s.result, out, nil)
	default:
		panic("agg: unreachable")
	}
}

func cutIntegers[A uint64 | int64](t types.Type, sums []A) *batch.Vector {
	switch t.Phys() {
	case types.PhysU8:
		return batch.NewFixed(t, cut[uint8](sums), nil)
	case types.PhysU16:
		return batch.NewFixed(t, cut[uint16](sums), nil)
	case types.PhysU32:
		return batch.NewFixed(t, cut[uint32](sums), nil)
	case types.PhysI8:
		return batch.NewFixed(t, cut[int8](sums), nil)
	case types.PhysI16:
		return batch.NewFixed(t, cut[int16](sums), nil)
	case types.PhysI64:
		return batch.NewFixed(t, cut[int64](sums), nil)
	default:
		return batch.NewFixed(t, cut[int32](sums), nil)
	}
}

func cut[T integer, A uint64 | int64](sums []A) []T {
	out := make([]T, len(sums))
	for i, v := range sums {
		out[i] = T(v)
	}
	return out
}

// buildSumKahan is a compensated sum of floats in Float64; of integers and
// Decimals the exact sum, as Float64 and Decimal.
func buildSumKahan(c *call) (core, error) {
	t, err := c.oneArg()
	if err != nil {
		return core{}, err
	}
	switch {
	case t.Kind == types.Decimal:
		return buildSum(c)
	case !t.IsNumeric():
		return core{}, c.typeError(t)
	}
	return core{
		result: types.Of(types.Float64), class: Rounding, skipsZero: true,
		make: func(bool) States { return &kahanSums{} },
	}, nil
}

// kahan is a sum and what rounding has taken from it.
type kahan struct{ sum, lost float64 }

func (k *kahan) add(v float64) {
	y := v - k.lost
	t := k.sum + y
	k.lost = (t - k.sum) - y
	k.sum = t
}

// kahanSums is the states of sumKahan, encoded as two float64.
type kahanSums struct {
	plain
	rebuilt
	acc    []kahan
	values []float64
}

func (s *kahanSums) Grow(n int) { s.acc = grown(s.acc, n) }

func (s *kahanSums) Add(groups []uint32, args []*batch.Vector, n int) {
	s.values = toFloats(s.values, args[0], n)
	for i, g := range groups {
		s.acc[g].add(s.values[i])
	}
}

func (s *kahanSums) AddAll(group uint32, args []*batch.Vector, n int) {
	s.values = toFloats(s.values, args[0], n)
	acc := s.acc[group]
	for _, v := range s.values {
		acc.add(v)
	}
	s.acc[group] = acc
}

func (s *kahanSums) Merge(src States, to []uint32) error {
	for h, o := range src.(*kahanSums).acc {
		acc := &s.acc[to[h]]
		acc.add(o.sum)
		acc.add(-o.lost)
	}
	return nil
}

func (s *kahanSums) Encode(dst []byte, group uint32, _ Form) []byte {
	return appendF64(dst, s.acc[group].sum, s.acc[group].lost)
}

func (s *kahanSums) Decode(src []byte, group uint32, _ Form) ([]byte, error) {
	r := reader{buf: src}
	s.acc[group] = kahan{r.f64(), r.f64()}
	return r.end("sum")
}

func (s *kahanSums) Finish(lo, hi int) *batch.Vector {
	out := make([]float64, hi-lo)
	for i, k := range s.acc[lo:hi] {
		out[i] = k.sum
	}
	return batch.NewFixed(types.Of(types.Float64), out, nil)
}

func (s *kahanSums) SizeBytes() int64 { return int64(cap(s.acc)) * 16 }
