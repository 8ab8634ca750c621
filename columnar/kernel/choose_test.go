package kernel

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"unsafe"

	"github.com/freshetdb/freshet/index/roofline"
)

// The rows of one value of a column of codes: one in so many rows has it, alone or in
// runs. To be under 1 ns a row whatever the share.
func BenchmarkChooseEqual(b *testing.B) {
	b.Run("uint8", benchmarkChooseEqual[uint8])
	b.Run("uint32", benchmarkChooseEqual[uint32])
}

func benchmarkChooseEqual[T uint8 | uint32](b *testing.B) {
	const rows = 8192
	for _, run := range []int{1, 64} {
		for _, every := range []int{2, 4, 10, 30, 100, 10_000} {
			b.Run(fmt.Sprintf("every=%d/run=%d", every, run), func(b *testing.B) {
				r := rand.New(rand.NewPCG(1, 2))
				a, dst := make([]T, rows), make([]uint32, rows)
				for i := 0; i < rows; i += run {
					v := T(1 + r.IntN(100))
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
				chosen := len(chooseAll(EQ, dst, a, 0))
				read := rows * int(unsafe.Sizeof(a[0]))
				roofline.Report(b, roofline.Work{Rows: rows, Read: read, Write: 4 * chosen, Steps: min(read/8+chosen, rows)}) // One a word, and one a row of those chosen.
			})
		}
	}
}

// Rows of a value are the same whatever its type, its share and where it stands.
func TestChooseEqual(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 100 {
		checkChooseEqual[uint8](t, r)
		checkChooseEqual[int8](t, r)
		checkChooseEqual[uint16](t, r)
		checkChooseEqual[int16](t, r)
		checkChooseEqual[uint32](t, r)
		checkChooseEqual[int32](t, r)
		checkChooseEqual[int64](t, r)
		checkChooseEqual[float64](t, r)
	}
}

func checkChooseEqual[T Num](t *testing.T, r *rand.Rand) {
	a := make([]T, r.IntN(9000))
	share, y := r.IntN(100)+1, T(r.IntN(256))
	var want []uint32
	for i := range a {
		a[i] = y - T(1)
		switch {
		case (i/500)%2 == 0:
			a[i] = T(r.IntN(256))
		case r.IntN(share) == 0:
			a[i] = y
		case r.IntN(100) == 0:
			a[i] = y + T(1)
		}
		if a[i] == y {
			want = append(want, uint32(i))
		}
	}
	if got := Choose(EQ, make([]uint32, len(a)), a, y, nil); !slices.Equal(got, want) {
		t.Fatalf("%T, %d rows: chosen %v, want %v", y, len(a), got, want)
	}
}
