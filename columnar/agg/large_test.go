package agg

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"

	"pgregory.net/rapid"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/chcode"
	"github.com/freshetdb/freshet/columnar/types"
)

// The properties of states_test.go stay small; here are the sizes at which states
// change their form.

// users is n distinct strings from a dictionary, in batches, in a shuffled order
// with repeats.
func users(n int) (*memDict, []data) {
	dict := newDict()
	codes := make([]uint32, 0, n+n/4)
	for i := range n {
		codes = append(codes, dict.code(fmt.Sprintf("user-%07d", i)))
	}
	r := rand.New(rand.NewPCG(1, 2))
	for range n / 4 {
		codes = append(codes, uint32(r.IntN(n)))
	}
	r.Shuffle(len(codes), func(i, j int) { codes[i], codes[j] = codes[j], codes[i] })
	var out []data
	for part := range slices.Chunk(codes, 8192) {
		v := &batch.Vector{Type: types.Of(types.String), Len: len(part), Data: batch.Symbols{Codes: part, Dict: dict}}
		out = append(out, data{n: len(part), groups: make([]uint32, len(part)), args: []*batch.Vector{v}})
	}
	return dict, out
}

func asText(d data) data {
	s := d.args[0].Data.(batch.Symbols).Decode()
	return data{n: d.n, groups: d.groups, args: []*batch.Vector{batch.NewStrings(types.Of(types.String), s, nil)}}
}

// TestUniqForms: however the values came, the answer is the same, exact to
// 65,536 values and within 3 % beyond.
func TestUniqForms(t *testing.T) {
	for _, n := range []int{1000, uniqExactMax, uniqExactMax + 1, 200000} {
		dict, ds := users(n)
		f, _ := New("uniq", nil, []types.Type{types.Of(types.String)})
		fresh := func() States {
			s := f.New()
			s.Bind([]batch.Dictionary{dict})
			s.Grow(1)
			return s
		}
		feed := func(s States, ds []data, text func(i int) bool, all bool) States {
			for i, d := range ds {
				if text(i) {
					d = asText(d)
				}
				if all {
					s.AddAll(0, d.args, d.n)
				} else {
					s.Add(d.groups, d.args, d.n)
				}
			}
			return s
		}
		never, always := func(int) bool { return false }, func(int) bool { return true }
		merged := func(a, b States) States {
			if err := a.Merge(b, []uint32{0}); err != nil {
				t.Fatal(err)
			}
			return a
		}
		decoded := func(s States, form Form) States {
			again := fresh()
			if rest, err := again.Decode(s.Encode(nil, 0, form), 0, form); err != nil || len(rest) != 0 {
				t.Fatalf("decode: %v, %d bytes left", err, len(rest))
			}
			return again
		}
		settled := func(s States) States {
			err := Settle(s, 0, 1, func(n int, f func(i int) error) error {
				var errs []error
				for i := n - 1; i >= 0; i-- { // any order will do
					errs = append(errs, f(i))
				}
				return errors.Join(errs...)
			})
			if err != nil {
				t.Fatal(err)
			}
			return s
		}
		half := len(ds) / 2
		forms := map[string]States{
			"symbols":          feed(fresh(), ds, never, false),
			"symbols at once":  feed(fresh(), ds, never, true),
			"settled":          settled(feed(fresh(), ds, never, true)),
			"settled mixed":    settled(feed(fresh(), ds, func(i int) bool { return i > half }, true)),
			"text":             feed(fresh(), ds, always, false),
			"mixed":            feed(fresh(), ds, func(i int) bool { return i > half }, false),
			"mixed at once":    feed(fresh(), ds, func(i int) bool { return i > half }, true),
			"merged symbols":   merged(feed(fresh(), ds[half:], never, true), feed(fresh(), ds, never, false)),
			"merged text":      merged(feed(fresh(), ds[half:], always, true), feed(fresh(), ds, never, false)),
			"merged into text": merged(feed(fresh(), ds[half:], never, true), feed(fresh(), ds, always, false)),
			"local":            decoded(feed(fresh(), ds, never, true), Local),
			"portable":         decoded(feed(fresh(), ds, never, true), Portable),
			"merged decoded":   merged(decoded(feed(fresh(), ds[:half], never, true), Local), decoded(feed(fresh(), ds, always, true), Portable)),
		}
		want := render(forms["text"], 0, 1)[0]
		for name, s := range forms {
			if got := render(s, 0, 1)[0]; got != want {
				t.Errorf("%d values, %s: %s, want %s", n, name, got, want)
			}
		}
		var got float64
		_, _ = fmt.Sscan(want, &got)
		if n <= uniqExactMax && want != strconv.Itoa(n) {
			t.Errorf("%d values: %s", n, want)
		}
		if math.Abs(got/float64(n)-1) > 0.03 {
			t.Errorf("%d values: %s", n, want)
		}
	}
}

func TestUniqExactForms(t *testing.T) {
	for _, n := range []int{50, 5000, 300000} {
		dict, ds := users(n)
		f, _ := New("uniqExact", nil, []types.Type{types.Of(types.String)})
		whole, parts := f.New(), []States{f.New(), f.New(), f.New()}
		whole.Grow(1)
		for i, d := range ds {
			whole.AddAll(0, d.args, d.n)
			p := parts[i%3]
			p.Grow(1)
			if i%3 == 1 {
				d = asText(d)
			}
			p.Add(d.groups, d.args, d.n)
		}
		for _, p := range parts {
			p.Grow(1)
			raw := p.Encode(nil, 0, Local)
			again := f.New()
			again.Bind([]batch.Dictionary{dict})
			again.Grow(1)
			if _, err := again.Decode(raw, 0, Local); err != nil {
				t.Fatal(err)
			}
			if err := parts[0].Merge(again, []uint32{0}); err != nil {
				t.Fatal(err)
			}
		}
		for what, s := range map[string]States{"whole": whole, "merged": parts[0]} {
			if got := render(s, 0, 1)[0]; got != strconv.Itoa(n) {
				t.Errorf("%s: %s, want %d", what, got, n)
			}
		}
		if size := whole.SizeBytes(); size < int64(n)/8 || size > int64(n)*16+1<<12 {
			t.Errorf("%d values take %d bytes", n, size)
		}
	}
}

// TestQuantileBeyondSamples: above 8,192 values the rank is within 0.1 %.
func TestQuantileBeyondSamples(t *testing.T) {
	const n = 100000
	r := rand.New(rand.NewPCG(5, 6))
	values := make([]float64, n)
	for i := range values {
		values[i] = r.ExpFloat64()
	}
	f, err := New("quantiles", []*batch.Vector{constOf("Float64", 1), constOf("Float64", 50), constOf("Float64", 99)},
		[]types.Type{types.Of(types.Float64)})
	if err != nil {
		t.Fatal(err)
	}
	var total States
	for part := range slices.Chunk(values, 13000) {
		s := f.New()
		s.Grow(1)
		s.AddAll(0, []*batch.Vector{batch.NewFixed(types.Of(types.Float64), part, nil)}, len(part))
		if total == nil {
			total = s
		} else if err := total.Merge(s, []uint32{0}); err != nil {
			t.Fatal(err)
		}
	}
	again := f.New()
	again.Grow(1)
	if _, err := again.Decode(total.Encode(nil, 0, Portable), 0, Portable); err != nil {
		t.Fatal(err)
	}
	check(t, "decoded", render(again, 0, 1), render(total, 0, 1))
	slices.Sort(values)
	got := total.Finish(0, 1).Data.(batch.Lists).Elems
	for i, level := range []float64{0.01, 0.5, 0.99} {
		rank, _ := slices.BinarySearch(values, batch.Values[float64](got)[i])
		if e := math.Abs(float64(rank)/n - level); e > 0.001 {
			t.Errorf("quantile %g: rank error %g", level, e)
		}
	}
}

// TestTopKBeyondCounters: space-saving never misses a value with more than
// total/counters rows, and a count is at most its error too high.
func TestTopKBeyondCounters(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	zipf := rand.NewZipf(r, 1.3, 1, 5000)
	truth := map[uint64]uint64{}
	f, err := New("topK", []*batch.Vector{constOf("UInt64", 10), constOf("UInt64", 10), constOf("String", 0)},
		[]types.Type{types.Of(types.UInt64)})
	if err != nil {
		t.Fatal(err)
	}
	const n, counters = 60000, 100
	var total States
	for range 4 {
		values := make([]uint64, n/4)
		for i := range values {
			values[i] = zipf.Uint64()
			truth[values[i]]++
		}
		s := f.New()
		s.Grow(1)
		s.AddAll(0, []*batch.Vector{batch.NewFixed(types.Of(types.UInt64), values, nil)}, len(values))
		if total == nil {
			total = s
		} else if err := total.Merge(s, []uint32{0}); err != nil {
			t.Fatal(err)
		}
	}
	top := total.Finish(0, 1).Data.(batch.Lists).Elems.Data.([]*batch.Vector)
	items, counts, errs := batch.Values[uint64](top[0]), batch.Values[uint64](top[1]), batch.Values[uint64](top[2])
	for i, item := range items {
		if has := truth[item]; counts[i] < has || counts[i]-errs[i] > has {
			t.Errorf("%d: count %d, error %d, has %d rows", item, counts[i], errs[i], has)
		}
	}
	for item, has := range truth {
		if has > 10*n/counters && !slices.Contains(items, item) {
			t.Errorf("%d has %d rows and is missing", item, has)
		}
	}
}

// TestArraysPrune: dropped rows do not stay for ever.
func TestArraysPrune(t *testing.T) {
	for name, want := range map[string]string{"groupArraySorted": "[0,1,2]", "groupArrayLast": "[2,1,0]"} {
		f, err := New(name, []*batch.Vector{constOf("UInt64", 3)}, []types.Type{types.Of(types.UInt64)})
		if err != nil {
			t.Fatal(err)
		}
		s := f.New()
		s.Grow(1)
		for hi := uint64(1 << 18); hi > 0; hi -= 1 << 10 {
			values := make([]uint64, 1<<10)
			for i := range values {
				values[i] = hi - 1 - uint64(i)
			}
			s.AddAll(0, []*batch.Vector{batch.NewFixed(types.Of(types.UInt64), values, nil)}, len(values))
		}
		if got := render(s, 0, 1)[0]; got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
		if size := s.SizeBytes(); size > 1<<20 {
			t.Errorf("%s holds %d bytes", name, size)
		}
	}
}

// TestDecimalOverflow: a sum that does not fit is an error whatever the order,
// one that fits is none although it overflowed on the way.
func TestDecimalOverflow(t *testing.T) {
	typ := types.MustParse("Decimal(38,0)")
	f, _ := New("sum", nil, []types.Type{typ})
	big, _ := types.Pow10(38).Sub(types.Int128From(1))
	sum := func(values ...types.Int128) (States, error) {
		s := f.New()
		s.Grow(1)
		s.AddAll(0, []*batch.Vector{batch.NewFixed(typ, values, nil)}, len(values))
		return s, Check(s, 0, 1)
	}
	if _, err := sum(big, big, big); chcode.Of(err) != chcode.DecimalOverflow {
		t.Errorf("three times the largest: %v", err)
	}
	s, err := sum(big, big, big, big.Neg(), big.Neg())
	if err != nil || render(s, 0, 1)[0] != big.String() {
		t.Errorf("sum is %s, %v", render(s, 0, 1)[0], err)
	}
	if _, err := sum(big, types.Int128From(1)); err == nil {
		t.Error("10^38 fits 38 digits")
	}
}

// TestSizeGrows: the size of every state follows its content.
func TestSizeGrows(t *testing.T) {
	for _, s := range specs() {
		f := s.bind(t)
		st := f.New()
		st.Grow(1)
		before := st.SizeBytes()
		st.Grow(10000)
		if len(s.args) > 0 && f.Args()[0].Kind != types.Nothing && st.SizeBytes() < before+9999 {
			t.Errorf("%s: 10,000 groups take %d bytes", s, st.SizeBytes()-before)
		}
	}
	f, _ := New("groupArray", nil, []types.Type{types.Of(types.String)})
	st := f.New()
	st.Grow(1)
	text := batch.Strings{}
	for range 1000 {
		text.AppendString("0123456789")
	}
	st.AddAll(0, []*batch.Vector{batch.NewStrings(types.Of(types.String), text, nil)}, 1000)
	if size := st.SizeBytes(); size < 10000 || size > 100000 {
		t.Errorf("10,000 bytes of text take %d bytes", size)
	}
}

// TestRetractRefused: min and its like say so, and change nothing.
func TestRetractRefused(t *testing.T) {
	f, _ := New("min", nil, []types.Type{types.Of(types.Int64)})
	s := f.NewSigned()
	s.Grow(1)
	v := []*batch.Vector{batch.NewFixed(types.Of(types.Int64), []int64{5}, nil)}
	s.AddAll(0, v, 1)
	if err := s.Retract([]uint32{0}, v, 1); !errors.Is(err, ErrNoRetract) || render(s, 0, 1)[0] != "5" {
		t.Errorf("%v, %s", err, render(s, 0, 1)[0])
	}
}

// TestTopKTies: while there is a counter for each value, rows give one answer in any order,
// and in any number of parts: of equal counts the least value is first.
func TestTopKTies(t *testing.T) {
	for _, name := range []string{"topK", "topKWeighted", "approx_top_k", "approx_top_sum"} {
		args := []types.Type{types.Of(types.Int32)}
		if name == "topKWeighted" || name == "approx_top_sum" {
			args = append(args, types.Of(types.UInt8))
		}
		f, err := New(name, []*batch.Vector{constOf("UInt64", 4), constOf("UInt64", 10)}, args)
		if err != nil {
			t.Fatal(err)
		}
		rapid.Check(t, func(t *rapid.T) {
			counts := rapid.SliceOfN(rapid.IntRange(0, 3), 8, 10).Draw(t, "counts")
			var rows, best []int32
			for v, n := range counts {
				for range n {
					rows = append(rows, int32(v)-4)
				}
			}
			for n := 3; n > 0; n-- {
				for v, c := range counts {
					if c == n {
						best = append(best, int32(v)-4)
					}
				}
			}
			best = best[:min(len(best), 4)]
			rows = rapid.Permutation(rows).Draw(t, "rows")
			total := f.New()
			total.Grow(1)
			for len(rows) > 0 {
				n := rapid.IntRange(1, len(rows)).Draw(t, "part")
				in := []*batch.Vector{batch.NewFixed(args[0], rows[:n], nil)}
				if len(args) == 2 {
					in = append(in, batch.NewConst(batch.NewFixed(args[1], []uint8{2}, nil), n))
				}
				s := f.New()
				s.Grow(1)
				s.AddAll(0, in, n)
				if err := total.Merge(s, []uint32{0}); err != nil {
					t.Fatal(err)
				}
				rows = rows[n:]
			}
			elems := total.Finish(0, 1).Data.(batch.Lists).Elems
			if parts, ok := elems.Data.([]*batch.Vector); ok {
				elems = parts[0]
			}
			if got := batch.Values[int32](elems); !slices.Equal(got, best) {
				t.Fatalf("%s is %v, want %v", name, got, best)
			}
		})
	}
}
