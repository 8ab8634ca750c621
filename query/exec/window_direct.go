package exec

import (
	"strings"

	"github.com/freshetdb/freshet/columnar/agg"
	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/types"
)

// directBytes is the memory that direct takes for a row.
const directBytes = 24

// direct computes the values of frames without states, where it can.
func (a *windowAgg) direct(s *spans) (v *batch.Vector, ok bool, err error) {
	if err := a.hold.Set(directBytes * int64(a.w.batch.Rows)); err != nil {
		return nil, false, err
	}
	switch name := strings.ToLower(a.f.Name()); name {
	case "count", "sum", "countif", "sumif":
		if isLinear(a.f) {
			return a.linear(a.f, s), true, nil
		}
	case "avg":
		return a.averages(s)
	case "min", "max":
		v, ok = a.extremes(s, a.args[0], name == "max")
	case "argmin", "argmax":
		v, ok = a.extremes(s, a.args[len(a.args)-1], name == "argmax")
	case "any", "any_value", "first_value":
		v, ok = a.pick(s, func(i int) uint32 { return s.lo[i] })
	case "anylast", "last_value":
		v, ok = a.pick(s, func(i int) uint32 { return s.hi[i] - 1 })
	}
	return v, ok, nil
}

// pick is the values of one row of each frame; ok is false where there may be NULLs, and
// where a frame is empty.
func (a *windowAgg) pick(s *spans, row func(i int) uint32) (v *batch.Vector, ok bool) {
	v = a.args[0]
	if v.Nulls != nil || a.f.Result().Nullable || a.f.Result().Kind != v.Type.Kind {
		return nil, false
	}
	rows := make([]uint32, len(s.lo))
	for i := range rows {
		if s.lo[i] == s.hi[i] {
			return nil, false
		}
		rows[i] = row(i)
	}
	return v.Gather(rows).WithType(a.f.Result()), true
}

// isLinear tells whether the value of a frame, of a count or a sum, is the value up to
// its end less the value up to its begin: in wrapping integers.
func isLinear(f agg.Func) bool {
	k := f.Result().Kind
	return !f.Result().Nullable && (k == types.UInt64 || k == types.Int64)
}

// linear computes every row's own value, their running totals, and differences.
func (a *windowAgg) linear(f agg.Func, s *spans) *batch.Vector {
	n := a.w.batch.Rows
	own := f.New()
	own.Grow(n)
	own.Add(counting(n), a.args, n)
	v := own.Finish(0, n)
	if d, ok := v.Data.([]int64); ok {
		return batch.NewFixed(f.Result(), differences(d, s), nil)
	}
	return batch.NewFixed(f.Result(), differences(batch.Values[uint64](v), s), nil)
}

// differences makes running totals of own, in place, and gives those of frames.
func differences[T int64 | uint64](own []T, s *spans) []T {
	total := make([]T, len(own)+1)
	for i, x := range own {
		total[i+1] = total[i] + x
	}
	for i := range own {
		own[i] = total[s.hi[i]] - total[s.lo[i]]
	}
	return own
}

// averages divides the sums of integers by the lengths of frames.
func (a *windowAgg) averages(s *spans) (*batch.Vector, bool, error) {
	t := a.f.Args()[0]
	if !t.IsInteger() || t.Nullable {
		return nil, false, nil
	}
	sum, err := agg.New("sum", nil, []types.Type{t})
	if err != nil || !isLinear(sum) {
		return nil, false, err
	}
	out := make([]float64, a.w.batch.Rows)
	sums := a.linear(sum, s)
	if d, ok := sums.Data.([]int64); ok {
		divide(out, d, s)
	} else {
		divide(out, batch.Values[uint64](sums), s)
	}
	return batch.NewFixed(a.f.Result(), out, nil), true, nil
}

func divide[T int64 | uint64](out []float64, sums []T, s *spans) {
	for i, x := range sums {
		out[i] = float64(x) / float64(s.hi[i]-s.lo[i])
	}
}

// extremes finds the first row with the least, or with the greatest, key of each frame.
// The queue holds the rows that may be it in this frame or in one that follows: each is
// less than those behind it, so the head is the least, and a row that comes makes those
// leave that are greater. ok is false for keys that are no integers, dates or times.
func (a *windowAgg) extremes(s *spans, key *batch.Vector, greatest bool) (v *batch.Vector, ok bool) {
	p := fixedPrefixes(key, Key{Desc: greatest})
	if p == nil || key.Nulls != nil || key.Type.IsFloat() {
		return nil, false
	}
	first, queue, head, end := make([]uint32, len(p)), make([]uint32, 0, len(p)), 0, uint32(0)
	for i := range first {
		for ; end < s.hi[i]; end++ {
			for len(queue) > head && p[queue[len(queue)-1]] > p[end] {
				queue = queue[:len(queue)-1]
			}
			queue = append(queue, end)
		}
		for head < len(queue) && queue[head] < s.lo[i] {
			head++
		}
		if s.lo[i] < s.hi[i] {
			first[i] = queue[head]
		}
	}
	return a.pick(s, func(i int) uint32 { return first[i] })
}
