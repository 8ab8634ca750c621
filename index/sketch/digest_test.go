package sketch

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func one[F Float](d *Digest[F], level float64) F {
	var out [1]F
	d.Quantiles([]float64{level}, out[:])
	return out[0]
}

// TestDigestIsClickHouse: SELECT quantileTDigest(…)(number) FROM numbers(100000).
func TestDigestIsClickHouse(t *testing.T) {
	d, squares := NewDigest[float32](0.01), NewDigest[float32](0.01)
	for i := range 100000 {
		d.Add(float32(i), 1)
		squares.Add(float32(uint64(i)*uint64(i)), 1)
	}
	for level, want := range map[float64]float32{0.5: 49999.5, 0.01: 999.5, 0.99: 98999.5, 0.999: 99899.5} {
		if got := one(d, level); got != want {
			t.Errorf("quantile %g is %v, want %v", level, got, want)
		}
	}
	if got := one(squares, 0.5); math.Abs(float64(got)/2500026600-1) > 1e-6 {
		t.Errorf("median of squares is %v", got)
	}
}

func TestDigestSmall(t *testing.T) {
	d := NewDigest[float32](0.01)
	if !math.IsNaN(float64(one(d, 0.5))) {
		t.Error("empty digest has a median")
	}
	d.Add(float32(math.NaN()), 1)
	for _, x := range []float32{1, 2, 3, 10} {
		d.Add(x, 1)
	}
	for level, want := range map[float64]float32{0: 1, 0.25: 1, 1: 10} {
		if got := one(d, level); got != want {
			t.Errorf("quantile %g of 1, 2, 3, 10 is %v, want %v", level, got, want)
		}
	}
}

// TestDigestError: the error of ranks, for distributions, merged in pieces.
func TestDigestError(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for name, draw := range map[string]func() float64{
		"uniform": r.Float64, "exponential": r.ExpFloat64, "normal": r.NormFloat64,
		"steps": func() float64 { return float64(r.IntN(10)) },
		"heavy": func() float64 { return math.Exp(4 * r.NormFloat64()) },
	} {
		const n = 200000
		values := make([]float64, n)
		parts := make([]*Digest[float64], 7)
		for i := range parts {
			parts[i] = NewDigest(0.002)
		}
		for i := range values {
			values[i] = draw()
			if p := parts[i%len(parts)]; i%3 == 0 {
				p.Add(values[i], 1)
			} else {
				p.AddValue(values[i])
			}
		}
		for _, p := range parts[1:] {
			parts[0].Merge(p)
		}
		slices.Sort(values)
		worst := 0.0
		for _, level := range []float64{0.001, 0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99, 0.999} {
			got := one(parts[0], level)
			lo, _ := slices.BinarySearch(values, got)
			hi, _ := slices.BinarySearchFunc(values, got, func(v, x float64) int {
				if v <= x {
					return -1
				}
				return 1
			})
			rank := min(max(level*n, float64(lo)), float64(hi))
			worst = max(worst, math.Abs(rank/n-level))
		}
		t.Logf("%s: rank error at most %.4f %%, %d centroids", name, 100*worst, len(parts[0].centroids))
		if worst > 0.001 && name != "steps" {
			t.Errorf("%s: rank error %g", name, worst)
		}
		if parts[0].Count() != n {
			t.Errorf("%s: weight %v", name, parts[0].Count())
		}
	}
}

// TestDigestCounts holds counted values against all values in order: in rank, in weight,
// merged with digests that count as many, fewer and none, and with values that are not
// counted; and the room that is taken is not more than there is.
func TestDigestCounts(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for name, draw := range map[string]func() float64{
		"durations": func() float64 { return math.Floor(3000 * r.ExpFloat64()) },
		"few":       func() float64 { return float64(r.IntN(10)) },
		"outliers": func() float64 {
			if r.IntN(1000) == 0 {
				return 3e6 * r.NormFloat64()
			}
			return float64(r.IntN(30_000))
		},
	} {
		const n = 400_000
		rooms := []Room{{1 << 24}, {1 << 24}, {1 << 12}, {0}}
		parts := make([]*Digest[float64], len(rooms))
		for i := range parts {
			parts[i] = NewCountingDigest(0.002, &rooms[i])
		}
		values := make([]float64, n)
		for i := range values {
			values[i] = draw()
			parts[min(i%5, 3)].AddValue(values[i])
		}
		if name == "durations" && (parts[0].counted == 0 || parts[3].counts != nil || 4*len(parts[0].counts) != 1<<24-int(rooms[0].Bytes)) {
			t.Errorf("%d values are counted, and without room %d; %d bytes are left", parts[0].counted, parts[3].counted, rooms[0].Bytes)
		}
		for _, order := range [][]int{{0, 1, 2, 3}, {3, 0, 2, 1}, {2, 3, 1, 0}} {
			var sum Digest[float64]
			room := Room{1 << 24}
			sum.epsilon, sum.room = 0.002, &room
			for _, i := range order {
				sum.Merge(parts[i])
			}
			checkRanks(t, name, &sum, values)
			if room.Bytes < 0 {
				t.Errorf("%s: %d bytes too many were taken", name, -room.Bytes)
			}
		}
	}
}

// checkRanks holds quantiles against sorted values.
func checkRanks(t *testing.T, name string, d *Digest[float64], values []float64) {
	t.Helper()
	sorted := slices.Sorted(slices.Values(values))
	n := float64(len(sorted))
	if d.Count() != n {
		t.Errorf("%s: weight %v, want %v", name, d.Count(), n)
	}
	for _, level := range []float64{0.001, 0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99, 0.999} {
		got := one(d, level)
		lo, _ := slices.BinarySearch(sorted, math.Floor(got))
		hi, _ := slices.BinarySearch(sorted, math.Floor(got)+1+1e-9)
		if rank := min(max(level*n, float64(lo)), float64(hi)); math.Abs(rank/n-level) > 0.001 {
			t.Errorf("%s: quantile %g is %g, of rank %g", name, level, got, rank/n)
		}
	}
	if got, _, err := DecodeDigest(d.AppendBinary(nil), 0.002); err != nil || got.Count() != n {
		t.Errorf("%s: after decoding: %v", name, err)
	}
}

func TestDigestEncoding(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := NewDigest(0.01)
		for range rapid.SampledFrom([]int{0, 1, 3, 100, 5000}).Draw(t, "n") {
			d.Add(rapid.Float64Range(-10, 10).Draw(t, "x"), 1)
		}
		got, rest, err := DecodeDigest(append(d.AppendBinary(nil), 7), 0.01)
		if err != nil || len(rest) != 1 {
			t.Fatalf("decode: %v", err)
		}
		for _, level := range []float64{0, 0.3, 0.5, 1} {
			if a, b := one(d, level), one(got, level); a != b && !math.IsNaN(a) {
				t.Fatalf("quantile %g is %v, was %v", level, b, a)
			}
		}
	})
}

func FuzzDecodeDigest(f *testing.F) {
	d := NewDigest[float32](0.01)
	for i := range 5 {
		d.Add(float32(i), 1)
	}
	f.Add(d.AppendBinary(nil))
	f.Fuzz(func(t *testing.T, b []byte) {
		d, _, err := DecodeDigest[float64](b, 0.01)
		if err != nil {
			return
		}
		one(d, 0.5)
		d.Add(1, 1)
		if _, _, err := DecodeDigest(d.AppendBinary(nil), 0.01); err != nil && !math.IsInf(d.Count(), 0) {
			t.Fatalf("what was decoded does not encode: %v", err)
		}
	})
}

func BenchmarkDigestAdd(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 2))
	values := make([]float64, 1<<16)
	for i := range values {
		values[i] = r.Float64()
	}
	whole := make([]float64, len(values))
	for i, v := range values {
		whole[i] = math.Floor(-1000 * math.Log(v))
	}
	for name, values := range map[string][]float64{"fractions": values, "whole": whole} {
		b.Run("Add/"+name, func(b *testing.B) {
			d := NewDigest(0.002)
			for i := 0; b.Loop(); i++ {
				d.Add(values[i&(1<<16-1)], 1)
			}
		})
		b.Run("AddValue/"+name, func(b *testing.B) {
			d := NewCountingDigest(0.002, &Room{Bytes: 1 << 24})
			for i := 0; b.Loop(); i++ {
				d.AddValue(values[i&(1<<16-1)])
			}
		})
	}
}

// The order of numbers is that of the floats they stand for, and sorting gives it.
func TestSortBits(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	special := []float64{0, math.Copysign(0, -1), math.Inf(1), math.Inf(-1), math.MaxFloat64, -math.MaxFloat64, 5e-324, -5e-324, 1, -1}
	for round := range 200 {
		values := make([]float64, r.IntN(valuesMax)+1)
		for i := range values {
			switch round % 4 {
			case 0:
				values[i] = float64(r.IntN(600_000))
			case 1:
				values[i] = r.NormFloat64()
			case 2:
				values[i] = special[r.IntN(len(special))]
			default:
				values[i] = math.Float64frombits(r.Uint64() &^ (1 << 62)) // no NaN
			}
		}
		keys := make([]uint64, len(values))
		for i, v := range values {
			keys[i] = orderedBits(v)
		}
		sortBits(keys)
		slices.Sort(values)
		for i, v := range values {
			if got := floatOf(keys[i]); got != v {
				t.Fatalf("round %d: value %d is %g, want %g", round, i, got, v)
			}
		}
	}
}
