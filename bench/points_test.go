package bench

import (
	"testing"

	"github.com/freshetdb/freshet/bench/report"
)

// TestPointSummary says nothing of clients where none asked.
func TestPointSummary(t *testing.T) {
	for want, p := range map[string]report.Point{
		"p50 0.50 p99 2.00 ms":                             {P50: 0.5, P99: 2},
		"p50 0.50 p99 2.00 ms, 8 clients 90/s p99 4.00 ms": {P50: 0.5, P99: 2, Clients: 8, QPS: 90, P99All: 4},
		"void: gone": {Void: "gone"},
	} {
		if got := (&pointer{Point: p}).summary(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
