package exec_test

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/expr"
	"github.com/freshetdb/freshet/columnar/segment"
	"github.com/freshetdb/freshet/columnar/table"
	"github.com/freshetdb/freshet/columnar/types"
	"github.com/freshetdb/freshet/query/exec"
)

// floatsOfGranules makes values of a few granules, each of few different ones.
func floatsOfGranules(t *rapid.T, some []float64) []float64 {
	var out []float64
	for n := rapid.IntRange(1, 4).Draw(t, "granules"); n > 0; n-- {
		in := rapid.SliceOfN(rapid.SampledFrom(some), 1, 3).Draw(t, "values")
		rows := exec.GranuleRows
		if n == 1 {
			rows = rapid.IntRange(1, exec.GranuleRows).Draw(t, "rows")
		}
		for i := range rows {
			out = append(out, in[min(i, len(in)-1)])
		}
	}
	return out
}

// TestFloatsPassByBounds compares conditions on floats, which granules may pass or fail
// by their bounds as a whole, with the same row by row: NaN passes none of them.
func TestFloatsPassByBounds(t *testing.T) {
	some := []float64{math.NaN(), math.Inf(-1), -1.5, math.Copysign(0, -1), 0, 2, 2.5, math.Inf(1)}
	compare := map[string]func(a, b float64) bool{
		"less": func(a, b float64) bool { return a < b }, "lessOrEquals": func(a, b float64) bool { return a <= b },
		"greater": func(a, b float64) bool { return a > b }, "greaterOrEquals": func(a, b float64) bool { return a >= b },
		"equals": func(a, b float64) bool { return a == b },
	}
	rapid.Check(t, func(t2 *rapid.T) {
		values := floatsOfGranules(t2, some)
		d := &table.Def{ID: 1, Database: "default", Name: "t", Kind: table.Events}
		v := batch.NewFixed(types.Of(types.Float64), values, nil)
		if rapid.Bool().Draw(t2, "short") {
			short := make([]float32, len(values))
			for i, x := range values {
				short[i] = float32(x)
			}
			v = batch.NewFixed(types.Of(types.Float32), short, nil)
		}
		d.Schema.Columns = []types.Column{{ID: 1, Name: "f", TypeName: v.Type.String(), Type: v.Type}}
		tab, err := table.New(d, &table.Env{})
		if err != nil {
			t2.Fatal(err)
		}
		part := segmentOf(t, tab, segment.LZ4, []*batch.Vector{v})
		for op, passes := range compare {
			for _, x := range some {
				c := expr.NewConst(batch.NewFixed(types.Of(types.Float64), []float64{x}, nil))
				env := newEnv(0)
				want, got := 0, 0
				for _, y := range values {
					if passes(y, x) {
						want++
					}
				}
				in := newScan(t, env, d, part, call(t, op, column(d, 0), c))
				for _, ops := range in.Groups {
					for _, o := range ops {
						got += countRows(t, o)
					}
				}
				if got != want {
					t2.Fatalf("f %s %v: %d rows, want %d", op, x, got, want)
				}
			}
		}
	})
}

func countRows(tb testing.TB, op exec.Operator) (rows int) {
	tb.Helper()
	for {
		b, err := op.Next(tb.Context())
		if err != nil {
			tb.Fatal(err)
		}
		if b == nil {
			return rows
		}
		rows += b.Rows
	}
}
