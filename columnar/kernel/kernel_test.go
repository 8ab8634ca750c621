package kernel

import (
	"math"
	"math/big"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/freshetdb/freshet/columnar/types"
)

func TestCompareOfMixedNumbersIsExact(t *testing.T) {
	ints := []int64{math.MinInt64, -1, 0, 1, 1 << 53, 1<<53 + 1, math.MaxInt64}
	floats := []float64{math.Inf(-1), -0x1p63, -1.5, -1, 0, 0.5, 1, 1 << 53, 0x1p63, 0x1p64, math.Inf(1)}
	for _, a := range ints {
		for _, b := range floats {
			want := new(big.Float).SetInt64(a).Cmp(new(big.Float).SetFloat64(b))
			if got, ok := CompareIntFloat(a, b); !ok || got != want {
				t.Errorf("%d and %g: got %d, want %d", a, b, got, want)
			}
			u := uint64(a)
			want = new(big.Float).SetUint64(u).Cmp(new(big.Float).SetFloat64(b))
			if got, ok := CompareUintFloat(u, b); !ok || got != want {
				t.Errorf("%d and %g: got %d, want %d", u, b, got, want)
			}
		}
		if _, ok := CompareIntFloat(a, math.NaN()); ok {
			t.Errorf("%d and NaN are ordered", a)
		}
	}
	if CompareIntUint(-1, 0) != -1 || CompareIntUint(5, 5) != 0 || CompareIntUint(0, math.MaxUint64) != -1 {
		t.Error("signed and unsigned")
	}
}

// TestShapes: one element stands for all rows on either side.
func TestShapes(t *testing.T) {
	a, b := []int64{5, 7, 9}, []int64{5, 8, 1}
	for _, c := range []struct {
		name string
		a, b []int64
	}{{"columns", a, b}, {"left constant", a[:1], b}, {"right constant", a, b[:1]}, {"constants", a[:1], b[:1]}} {
		sum, diff, prod := make([]int64, 3), make([]int64, 3), make([]int64, 3)
		Add(sum, c.a, c.b)
		Sub(diff, c.a, c.b)
		Mul(prod, c.a, c.b)
		for i := range sum {
			x, y := at(c.a, i), at(c.b, i)
			if sum[i] != x+y || diff[i] != x-y || prod[i] != x*y {
				t.Errorf("%s: %v %v %v", c.name, sum, diff, prod)
			}
		}
		for op := EQ; op <= GE; op++ {
			got := make([]uint8, 3)
			Compare(op, got, c.a, c.b)
			for i := range got {
				x, y := at(c.a, i), at(c.b, i)
				want := op.Holds(int(x - y))
				if (got[i] == 1) != want {
					t.Errorf("%s, op %d: %v", c.name, op, got)
				}
			}
		}
	}
}

func TestIntDivFaults(t *testing.T) {
	dst := make([]int8, 2)
	if f := IntDiv(dst, []int8{1, -128}, []int8{0, 1}, nil); f != DivZero {
		t.Error(f)
	}
	if f := IntDiv(dst, []int8{1, -128}, []int8{1, -1}, nil); f != DivOverflow {
		t.Error(f)
	}
	if f := IntDiv(dst, []int8{1, -128}, []int8{1, -1}, []bool{false, true}); f != DivOK {
		t.Error(f)
	}
	if f := Mod(dst, []int8{-7, 7}, []int8{3, -3}, nil); f != DivOK || !slices.Equal(dst, []int8{-1, 1}) {
		t.Error(f, dst)
	}
	wide := make([]uint8, 1)
	if f := IntDiv(wide, []uint8{128}, []uint8{255}, nil); f != DivOK || wide[0] != 0 {
		t.Error(f, wide)
	}
}

func TestThreeValuedLogic(t *testing.T) {
	// The values 0, 1, NULL in all pairs.
	vals, nulls := []uint8{0, 1, 0}, []bool{false, false, true}
	and := [3][3]string{{"0", "0", "0"}, {"0", "1", "N"}, {"0", "N", "N"}}
	or := [3][3]string{{"0", "1", "N"}, {"1", "1", "1"}, {"N", "1", "N"}}
	show := func(v uint8, null bool) string {
		if null {
			return "N"
		}
		return string('0' + rune(v))
	}
	for i := range 3 {
		for j := range 3 {
			dst, n := make([]uint8, 1), make([]bool, 1)
			AndNulls(dst, n, vals[i:i+1], nulls[i:i+1], vals[j:j+1], nulls[j:j+1])
			if got := show(dst[0], n[0]); got != and[i][j] {
				t.Errorf("and of %d and %d: %s", i, j, got)
			}
			OrNulls(dst, n, vals[i:i+1], nulls[i:i+1], vals[j:j+1], nulls[j:j+1])
			if got := show(dst[0], n[0]); got != or[i][j] {
				t.Errorf("or of %d and %d: %s", i, j, got)
			}
		}
	}
}

func TestRows(t *testing.T) {
	got := Rows([]uint32{9}, []uint8{1, 0, 2, 1}, []bool{false, false, false, true})
	if !slices.Equal(got, []uint32{9, 0, 2}) {
		t.Error(got)
	}
	if got := Rows(nil, []uint8{1, 0, 2, 1}, nil); !slices.Equal(got, []uint32{0, 2, 3}) {
		t.Error(got)
	}
}

// TestTruncateLocal compares with the clock, row by row, around changes of offset.
func TestTruncateLocal(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	for _, name := range []string{"UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe"} {
		z, err := types.LoadZone(name)
		if err != nil {
			t.Fatal(err)
		}
		clock := z.Clock()
		src := make([]uint32, 5000)
		for i := range src {
			src[i] = uint32(1_600_000_000 + rng.IntN(200_000_000))
		}
		for _, step := range []int64{60, 300, 900, 3600, secondsPerDay} {
			dst := make([]uint32, len(src))
			TruncateLocal(dst, src, step, clock)
			for i, d := range dst {
				local := clock.Local(int64(d))
				inGap := name == "Australia/Lord_Howe" && step == 3600 // the hour begins where the clock skips half of it
				if d > src[i] || (floorMod(local, step) != 0 && step != secondsPerDay && !inGap) {
					t.Fatalf("%s, step %d: %d became %d", name, step, src[i], d)
				}
				if step == secondsPerDay && FloorDiv(local, step) != FloorDiv(clock.Local(int64(src[i])), step) {
					t.Fatalf("%s: %d became another day's %d", name, src[i], d)
				}
			}
		}
		src[0], src[1], src[2] = 0, 3600, math.MaxUint32
		days := make([]uint16, len(src))
		LocalDays(days, src, clock)
		for i, d := range days {
			if want := max(FloorDiv(clock.Local(int64(src[i])), secondsPerDay), 0); int64(d) != want {
				t.Fatalf("%s: %d is on day %d, want %d", name, src[i], d, want)
			}
		}
		secs := make([]int64, len(src))
		for i, s := range src {
			secs[i] = int64(s)
		}
		ToLocal(secs, clock)
		for i, s := range src {
			if secs[i] != clock.Local(int64(s)) {
				t.Fatalf("%s: local of %d is %d", name, s, secs[i])
			}
		}
		want := make([]int64, len(secs))
		for i, s := range secs {
			want[i] = clock.Unix(s)
		}
		ToUnix(secs, clock)
		if !slices.Equal(secs, want) {
			t.Fatalf("%s: ToUnix differs from the clock", name)
		}
	}
}

// Unix times are cut to multiples of any step, to the last of 32 bits.
func TestTruncateUnix(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 8))
	src := []uint32{0, 1, math.MaxUint32, math.MaxUint32 - 1, 1 << 31}
	for range 5000 {
		src = append(src, rng.Uint32())
	}
	for _, step := range []uint32{1, 2, 3, 7, 60, 64, 300, 3600, 7 * 3600, secondsPerDay} {
		dst := make([]uint32, len(src))
		TruncateUnix(dst, src, step)
		for i, s := range src {
			if dst[i] != s-s%step {
				t.Fatalf("step %d: %d became %d", step, s, dst[i])
			}
		}
	}
}
