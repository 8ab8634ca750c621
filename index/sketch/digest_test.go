package sketch

import (
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"sort"
	"testing"

	"pgregory.net/rapid"

	"github.com/freshetdb/freshet/index/roofline"
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

// testColumn is values of which quantiles are asked.
type testColumn struct {
	name    string
	isExact bool // few distinct values, of which quantiles are exact
	draw    func(r *rand.Rand, row int) float64
}

var testColumns = []testColumn{
	{"uniform", false, func(r *rand.Rand, _ int) float64 { return r.Float64() }},
	{"exponential", false, func(r *rand.Rand, _ int) float64 { return r.ExpFloat64() }},
	{"normal", false, func(r *rand.Rand, _ int) float64 { return r.NormFloat64() }},
	{"heavy", false, func(r *rand.Rand, _ int) float64 { return math.Exp(4 * r.NormFloat64()) }},
	{"heaviest", false, func(r *rand.Rand, _ int) float64 { return math.Exp(40 * r.NormFloat64()) }},
	{"thousands", false, func(r *rand.Rand, _ int) float64 { return float64(r.IntN(3000)) / 7 }},
	{"myriads", false, func(r *rand.Rand, _ int) float64 { return float64(r.IntN(20_000)) / 7 }},
	{"squares", false, func(r *rand.Rand, _ int) float64 { return math.Pow(float64(r.IntN(2000)), 2) / 3 }},
	{"prices", false, func(r *rand.Rand, _ int) float64 { return math.Floor(300*math.Exp(r.NormFloat64()))/100 + 0.99 }},
	{"often rare", false, func(r *rand.Rand, _ int) float64 { return math.Floor(1 / (r.Float64() + 1e-6)) }},
	{"mostly one", false, func(r *rand.Rand, _ int) float64 { return max(0, 30*r.NormFloat64()) }},
	{"ties and not", false, func(r *rand.Rand, _ int) float64 {
		if r.IntN(3) == 0 {
			return r.NormFloat64()
		}
		return math.Round(4*r.NormFloat64()) / 4
	}},
	{"rises with ties", false, func(r *rand.Rand, row int) float64 { return float64(row/150) * float64(r.IntN(2)) }},
	{"rises", true, func(_ *rand.Rand, row int) float64 { return float64(row / 1000) }},
	{"hundreds", true, func(r *rand.Rand, _ int) float64 { return float64(r.IntN(700)) / 7 }},
	{"one", true, func(*rand.Rand, int) float64 { return 3.5 }},
	{"bits", true, func(_ *rand.Rand, row int) float64 { return float64(row % 2) }},
	{"steps", true, func(r *rand.Rand, _ int) float64 { return float64(r.IntN(10)) }},
	{"halves", true, func(r *rand.Rand, _ int) float64 { return float64(r.IntN(16)) / 2 }},
	{"signed", true, func(r *rand.Rand, _ int) float64 { return float64(r.IntN(5)) - 2.25 }},
	{"by turns", true, func(_ *rand.Rand, row int) float64 { return float64(row/37000) / 3 }},
	{"falls", true, func(_ *rand.Rand, row int) float64 { return -float64(row/7000) / 3 }},
	{"infinite", true, func(r *rand.Rand, _ int) float64 { return math.Log(float64(r.IntN(4))) }},
}

// TestDigestError: the error of ranks, for columns, from 1, 2 and 7 parts by turns and in
// a row, which are encoded or not before they are merged.
func TestDigestError(t *testing.T) {
	const n = 200000
	levels := make([]float64, 0, 1010)
	for i := range 1001 {
		levels = append(levels, float64(i)/1000)
	}
	levels = append(levels, 0.0001, 0.9999, 0.39999, 0.40001, 1./3)
	out := make([]float64, len(levels))
	for seed, column := range testColumns {
		name, r := column.name, rand.New(rand.NewPCG(uint64(seed), 2))
		values := make([]float64, n)
		for i := range values {
			values[i] = column.draw(r, i)
		}
		sorted := slices.Sorted(slices.Values(values))
		for shape, parts := range map[string]int{"one part": 1, "two": 2, "seven": 7, "in a row": -5, "encoded": 8} {
			d := digestOf(t, values, parts, shape == "encoded")
			d.Quantiles(levels, out)
			worst := 0.0
			for i, level := range levels {
				worst = max(worst, rankError(sorted, level, out[i]))
				if want := exactQuantile(sorted, level); column.isExact && math.Abs(out[i]-want) > 1e-9 {
					t.Fatalf("%s, %s: quantile %g is %g, want %g", name, shape, level, out[i], want)
				}
			}
			t.Logf("%s, %s: rank error at most %.4f %%, %d centroids", name, shape, 100*worst, len(d.centroids))
			if worst >= 0.0006 {
				t.Errorf("%s, %s: rank error %g", name, shape, worst)
			}
			if d.Count() != n {
				t.Errorf("%s, %s: weight %v", name, shape, d.Count())
			}
		}
	}
}

// digestOf puts values into digests, by turns or, of a negative number, row after row,
// and merges them.
func digestOf(t *testing.T, values []float64, parts int, isEncoded bool) *Digest[float64] {
	digests := make([]*Digest[float64], max(parts, -parts))
	for i := range digests {
		digests[i] = NewCountingDigest(0.0016, &Room{Bytes: int64(i%2) << 24})
	}
	for i, v := range values {
		at := i % len(digests)
		if parts < 0 {
			at = i * len(digests) / len(values)
		}
		digests[at].AddValue(v)
	}
	for i, d := range digests {
		if isEncoded {
			var err error
			if d, _, err = DecodeCountingDigest(d.AppendBinary(nil), 0.0016); err != nil {
				t.Fatal(err)
			}
		}
		if i == 0 {
			digests[0] = d
		} else {
			digests[0].Merge(d)
		}
	}
	return digests[0]
}

// rankError is how far a quantile is from its place among sorted values.
func rankError(sorted []float64, level, got float64) float64 {
	at, n := level*float64(len(sorted)-1), float64(len(sorted))
	lo, _ := slices.BinarySearch(sorted, got)
	hi := lo + sort.Search(len(sorted)-lo, func(i int) bool { return sorted[lo+i] > got })
	return max(0, float64(lo-1)-at, at-float64(hi)) / n
}

// exactQuantile is ClickHouse's quantile of values that it keeps all.
func exactQuantile(sorted []float64, level float64) float64 {
	at := level * float64(len(sorted)-1)
	left := int(at)
	if left+1 == len(sorted) || sorted[left] == sorted[left+1] {
		return sorted[left]
	}
	return between(float64(left), sorted[left], float64(left+1), sorted[left+1], at)
}

// States of before digests told equal values are read: those of values that weigh more
// than may be joined are of one.
func TestOldDigest(t *testing.T) {
	old := NewDigest(0.002)
	for i := range 100 {
		old.Add(float64(i%4), 5000)
	}
	for i := range 2000 {
		old.Add(10+float64(i)/100, 1)
	}
	d, _, err := DecodeOldDigest(old.AppendBinary(nil), 0.002, 0.0016)
	if err != nil {
		t.Fatal(err)
	}
	d.Add(2, 500_000)
	for level, want := range map[float64]float64{0: 0, 0.12: 0, 0.2: 1, 0.3: 2, 0.85: 2, 0.9: 3, 0.99: 3, 1: 29.99} {
		if got := one(d, level); got != want {
			t.Errorf("quantile %g is %g, want %g", level, got, want)
		}
	}
	if got, want := one(d, 1-1000./d.Count()), 20.0; math.Abs(got-want) > 0.02 {
		t.Errorf("quantile among those that come once is %g, want %g", got, want)
	}
	again := d.AppendBinary(nil)
	if _, _, err := DecodeDigest(again, 0.002); !errors.Is(err, ErrCorrupt) {
		t.Errorf("a digest that tells no values apart has negative weights: %v", err)
	}
	if _, _, err := DecodeOldDigest(again, 0.002, 0.0016); !errors.Is(err, ErrCorrupt) {
		t.Errorf("an old state has negative weights: %v", err)
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
			parts[i] = NewCountingDigest(0.0016, &rooms[i])
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
			room := Room{1 << 24}
			sum := NewCountingDigest(0.0016, &room)
			for _, i := range order {
				sum.Merge(parts[i])
			}
			checkRanks(t, name, sum, values)
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
	if got, _, err := DecodeCountingDigest(d.AppendBinary(nil), 0.0016); err != nil || got.Count() != n {
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
	w := roofline.Work{Rows: len(values), Read: 8 * len(values), Steps: len(values)}
	for name, values := range map[string][]float64{"fractions": values, "whole": whole} {
		b.Run("Add/"+name, func(b *testing.B) {
			d := NewDigest(0.002)
			for b.Loop() {
				for _, v := range values {
					d.Add(v, 1)
				}
			}
			roofline.Report(b, w)
		})
		b.Run("AddValue/"+name, func(b *testing.B) {
			d := NewCountingDigest(0.0016, &Room{Bytes: 1 << 24})
			for b.Loop() {
				for _, v := range values {
					d.AddValue(v)
				}
			}
			roofline.Report(b, w)
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
