package report

import (
	"math"
	"strings"
	"testing"
)

// TestGrowth finds the power of a curve, and where clients stop helping.
func TestGrowth(t *testing.T) {
	r := &Report{Machine: Machine{Cores: 2}}
	for _, n := range []float64{5e7, 1e6, 1e7} { // in whatever order
		r.Growth = append(r.Growth, Growth{Of: "q, ms", By: "rows", At: n, Value: 3 * math.Pow(n, 0.8)})
	}
	for i, n := range []float64{1, 2, 4, 8} {
		r.Growth = append(r.Growth,
			Growth{Of: "a second", By: "clients", At: n, Value: []float64{100, 105, 195, 190}[i]},
			Growth{Of: AtP99 + "a second", By: "clients", At: n, Value: n},
			Growth{Of: ServerCores + "a second", By: "clients", At: n, Value: []float64{0.8, 0.9, 1.6, 1.6}[i]},
			Growth{Of: ClientCores + "a second", By: "clients", At: n, Value: 0.4})
	}
	all, last, ok := r.curves("rows")[0].exponent()
	if !ok || math.Abs(all-0.8) > 1e-9 || math.Abs(last-0.8) > 1e-9 {
		t.Errorf("exponents %v and %v, want 0.8", all, last)
	}
	got := r.scaling()
	if len(got) != 1 || !strings.Contains(got[0], "with 4 clients") || !strings.Contains(got[0], "all busy") {
		t.Errorf("scaling: %q", got)
	}
	var b strings.Builder
	if err := r.Markdown(&b); err != nil || !strings.Contains(b.String(), "| 0.80 | 0.80 |") {
		t.Errorf("%v\n%s", err, b.String())
	}
}

// TestExponentNeedsTwoSizes gives none from one size.
func TestExponentNeedsTwoSizes(t *testing.T) {
	s := &series{at: []float64{1e6}, values: []float64{5}}
	if _, _, ok := s.exponent(); ok {
		t.Error("an exponent from one size")
	}
}
