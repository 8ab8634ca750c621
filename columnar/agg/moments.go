package agg

import (
	"math"
	"strings"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/types"
)

// moment is a function of the sums of powers of one argument.
type moment struct {
	powers int // highest power that is summed
	finish func(m []float64) float64
}

// isStable tells that a function is the careful twin of another, which is Float64 whatever
// its arguments are.
func isStable(name string) bool { return strings.HasSuffix(name, "Stable") }

// momentBuilder makes the builder of varPop, stddevSamp, skewPop, …: Float64, or
// Float32 of Float32.
//
//go:noinline // its closure is large, and would be there once for each function
func momentBuilder(f moment) func(c *call) (core, error) {
	return func(c *call) (core, error) {
		t, err := c.oneArg()
		if err != nil {
			return core{}, err
		}
		if !t.IsNumeric() && !t.IsEnum() {
			return core{}, c.typeError(t)
		}
		result := types.Of(types.Float64)
		finish := f.finish
		if isStable(c.name) {
			finish = func(m []float64) float64 {
				if m[0] == 0 {
					return math.Inf(1)
				}
				return f.finish(m)
			}
		} else if t.Kind == types.Float32 {
			result = t
		}
		return core{result: result, class: Rounding, chains: true, make: func(bool) States {
			return &powerSums{result: result, width: f.powers + 1, fold: addPowers, finish: scalar(finish)}
		}}, nil
	}
}

// pairBuilder makes the builder of covarPop, corr, …, which sum 1, x, y, xy, x², y².
//
//go:noinline // its closure is large, and would be there once for each function
func pairBuilder(finish func(m []float64) float64) func(c *call) (core, error) {
	return func(c *call) (core, error) {
		stable := isStable(c.name)
		if err := c.numericPair(stable); err != nil {
			return core{}, err
		}
		result := types.Of(types.Float64)
		if c.args[0].Kind == types.Float32 && c.args[1].Kind == types.Float32 && !stable {
			result = c.args[0]
		}
		return core{result: result, class: Rounding, chains: true, make: func(bool) States {
			return &powerSums{result: result, width: pairTerms, fold: addPairs, finish: scalar(finish)}
		}}, nil
	}
}

// numericPair checks that there are two numeric arguments.
func (c *call) numericPair(decimals bool) error {
	if len(c.args) != 2 {
		return c.argsError("two arguments")
	}
	for _, t := range c.args {
		if !t.IsNumeric() || (t.Kind == types.Decimal && !decimals) {
			return c.typeError(t)
		}
	}
	return nil
}

// pairTerms is the number of sums that functions of two arguments keep.
const pairTerms = 6

// folder adds rows to the sums of their groups, width sums a group.
type folder func(sums []float64, width int, groups []uint32, x [2][]float64)

// addPowers sums 1, x, x², … up to the width.
func addPowers(sums []float64, width int, groups []uint32, x [2][]float64) {
	values := x[0][:len(groups)]
	for i, g := range groups {
		m := sums[int(g)*width:][:width]
		p := 1.0
		for k := range m {
			m[k] += p
			p *= values[i]
		}
	}
}

// addPairs sums 1, x, y, xy, x², y².
func addPairs(sums []float64, _ int, groups []uint32, x [2][]float64) {
	xs, ys := x[0][:len(groups)], x[1][:len(groups)]
	for i, g := range groups {
		m := sums[int(g)*pairTerms:][:pairTerms]
		x, y := xs[i], ys[i]
		m[0]++
		m[1] += x
		m[2] += y
		m[3] += x * y
		m[4] += x * x
		m[5] += y * y
	}
}

// addWeighted sums x·w and w.
func addWeighted(sums []float64, _ int, groups []uint32, x [2][]float64) {
	xs, ws := x[0][:len(groups)], x[1][:len(groups)]
	for i, g := range groups {
		sums[2*g] += xs[i] * ws[i]
		sums[2*g+1] += ws[i]
	}
}

// scalar makes a finisher of a function with one value.
func scalar(f func(m []float64) float64) func(m, out []float64) {
	return func(m, out []float64) { out[0] = f(m) }
}

// powerSums is the states of functions that need sums of products of their
// arguments, in Float64: width sums a group, encoded as 8 bytes each. The first
// is the number of rows.
type powerSums struct {
	plain
	rebuilt
	result  types.Type
	width   int
	fold    folder
	finish  func(m, out []float64)
	sums    []float64
	columns [2][]float64
	same    []uint32 // scratch: one group for every row
}

func (s *powerSums) Grow(n int) { s.sums = grown(s.sums, n*s.width) }

func (s *powerSums) Add(groups []uint32, args []*batch.Vector, n int) {
	for k, a := range args {
		s.columns[k] = scaled(s.columns[k], a, n)
	}
	s.fold(s.sums, s.width, groups, s.columns)
}

func (s *powerSums) AddAll(group uint32, args []*batch.Vector, n int) {
	s.same = resized(s.same, n)
	for i := range s.same {
		s.same[i] = group
	}
	s.Add(s.same, args, n)
}

func (s *powerSums) Merge(src States, to []uint32) error {
	o := src.(*powerSums)
	for h, g := range to[:len(o.sums)/s.width] {
		from, into := o.sums[h*s.width:][:s.width], s.sums[int(g)*s.width:][:s.width]
		for k, v := range from {
			into[k] += v
		}
	}
	return nil
}

func (s *powerSums) Encode(dst []byte, group uint32, _ Form) []byte {
	return appendF64(dst, s.sums[int(group)*s.width:][:s.width]...)
}

func (s *powerSums) Decode(src []byte, group uint32, _ Form) ([]byte, error) {
	r := reader{buf: src}
	r.f64s(s.sums[int(group)*s.width:][:s.width])
	return r.end("sums")
}

func (s *powerSums) Finish(lo, hi int) *batch.Vector {
	k := max(1, len(s.result.Elems))
	cols := make([][]float64, k)
	for i := range cols {
		cols[i] = make([]float64, hi-lo)
	}
	out := make([]float64, k)
	for g := lo; g < hi; g++ {
		s.finish(s.sums[g*s.width:][:s.width], out)
		for i, v := range out {
			cols[i][g-lo] = v
		}
	}
	if s.result.Kind != types.Tuple {
		return quantileVector(s.result, cols[0])
	}
	parts := make([]*batch.Vector, k)
	for i, c := range cols {
		parts[i] = batch.NewFixed(s.result.Elems[i], c, nil)
	}
	return &batch.Vector{Type: s.result, Len: hi - lo, Data: parts}
}

func (s *powerSums) SizeBytes() int64 { return int64(cap(s.sums)) * 8 }

func varPop(m []float64) float64 {
	if m[0] == 0 {
		return math.NaN()
	}
	return max(0, (m[2]-m[1]*m[1]/m[0])/m[0])
}

func varSamp(m []float64) float64 {
	if m[0] <= 1 {
		return math.NaN()
	}
	return max(0, (m[2]-m[1]*m[1]/m[0])/(m[0]-1))
}

func stddevPop(m []float64) float64  { return math.Sqrt(varPop(m)) }
func stddevSamp(m []float64) float64 { return math.Sqrt(varSamp(m)) }

// thirdMoment is the third central moment.
func thirdMoment(m []float64) float64 {
	if m[0] == 0 {
		return math.NaN()
	}
	n := m[0]
	return (m[3] - (3*m[2]-2*m[1]*m[1]/n)*m[1]/n) / n
}

// fourthMoment is the fourth central moment.
func fourthMoment(m []float64) float64 {
	if m[0] == 0 {
		return math.NaN()
	}
	n := m[0]
	return (m[4] - (4*m[3]-(6*m[2]-3*m[1]*m[1]/n)*m[1]/n)*m[1]/n) / n
}

// standardized divides a central moment by a power of the variance.
func standardized(centre, variance func([]float64) float64, power float64) func(m []float64) float64 {
	return func(m []float64) float64 {
		if v := variance(m); v > 0 {
			return centre(m) / math.Pow(v, power)
		}
		return math.NaN()
	}
}

func covarPop(m []float64) float64 {
	if m[0] == 0 {
		return math.NaN()
	}
	return (m[3] - m[1]*m[2]/m[0]) / m[0]
}

func covarSamp(m []float64) float64 {
	if m[0] <= 1 {
		return math.NaN()
	}
	return (m[3] - m[1]*m[2]/m[0]) / (m[0] - 1)
}

func corr(m []float64) float64 {
	n := m[0]
	return (n*m[3] - m[1]*m[2]) / math.Sqrt((n*m[4]-m[1]*m[1])*(n*m[5]-m[2]*m[2]))
}

// buildRegression is simpleLinearRegression(x, y): the line y = k·x + b.
func buildRegression(c *call) (core, error) {
	if err := c.numericPair(true); err != nil {
		return core{}, err
	}
	f64 := types.Of(types.Float64)
	result := types.Type{Kind: types.Tuple, Elems: []types.Type{f64, f64}, Names: []string{"k", "b"}}
	return core{result: result, class: Rounding, chains: true, make: func(bool) States {
		return &powerSums{result: result, width: pairTerms, fold: addPairs, finish: regression}
	}}, nil
}

func regression(m, out []float64) {
	n, x, y, xy, xx := m[0], m[1], m[2], m[3], m[4]
	k := (xy*n - x*y) / (xx*n - x*x)
	out[0], out[1] = k, (y-k*x)/n
	if n == 0 {
		out[0], out[1] = math.NaN(), math.NaN()
	}
}

// buildAvgWeighted is avgWeighted(x, weight).
func buildAvgWeighted(c *call) (core, error) {
	if err := c.numericPair(false); err != nil {
		return core{}, err
	}
	f64 := types.Of(types.Float64)
	return core{result: f64, class: Rounding, chains: true, make: func(bool) States {
		return &powerSums{
			result: f64, width: 2,
			fold:   addWeighted,
			finish: func(m, out []float64) { out[0] = m[0] / m[1] },
		}
	}}, nil
}
