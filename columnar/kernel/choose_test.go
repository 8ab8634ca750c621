package kernel

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

// The rows of one value of a column of codes: one in so many rows has it, alone or in
// runs. To be under 1 ns a row whatever the share.
func BenchmarkChooseEqual(b *testing.B) {
	const rows = 8192
	for _, run := range []int{1, 64} {
		for _, every := range []int{2, 10, 100, 10_000} {
			b.Run(fmt.Sprintf("every=%d/run=%d", every, run), func(b *testing.B) {
				r := rand.New(rand.NewPCG(1, 2))
				a, dst := make([]uint32, rows), make([]uint32, rows)
				for i := 0; i < rows; i += run {
					v := uint32(1 + r.IntN(1000))
					if r.IntN(every) == 0 {
						v = 0
					}
					for k := i; k < min(i+run, rows); k++ {
						a[k] = v
					}
				}
				for b.Loop() {
					chooseAll(EQ, dst, a, 0)
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/rows, "ns/row")
			})
		}
	}
}

// Rows of a value are the same whatever their share and wherever they stand.
func TestChooseEqual(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 200 {
		a := make([]uint32, r.IntN(4000))
		share := r.IntN(100) + 1
		var want []uint32
		for i := range a {
			a[i] = 7
			if v := uint32(r.IntN(share)); (i/500)%2 == 0 || v == 0 {
				a[i] = v
			}
			if a[i] == 0 {
				want = append(want, uint32(i))
			}
		}
		got := Choose(EQ, make([]uint32, len(a)), a, 0, nil)
		if !slices.Equal(got, want) {
			t.Fatalf("%d rows: chosen %v, want %v", len(a), got, want)
		}
	}
}
