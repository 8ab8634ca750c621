package rowset_test

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/freshetdb/freshet/index/rowset"
)

// model is the set as one bool a row.
type model []bool

func drawSet(t *rapid.T, n int) (rowset.Set, model) {
	m := make(model, n)
	if rapid.Bool().Draw(t, "words") {
		words := make([]uint64, (n+63)/64)
		for i := range words {
			words[i] = rapid.SampledFrom([]uint64{0, ^uint64(0), 0xF0F0, 1 << 63, 5}).Draw(t, "word")
		}
		for i := range m {
			m[i] = words[i/64]>>(i%64)&1 == 1
		}
		return rowset.OfWords(n, words), m
	}
	var rs []rowset.Range
	for range rapid.IntRange(0, 9).Draw(t, "ranges") {
		lo := rapid.IntRange(-3, n+3).Draw(t, "lo")
		r := rowset.Range{Lo: lo, Hi: lo + rapid.IntRange(0, 80).Draw(t, "len")}
		rs = append(rs, r)
		for i := max(r.Lo, 0); i < min(r.Hi, n); i++ {
			m[i] = true
		}
	}
	return rowset.Of(n, rs...), m
}

func check(t *rapid.T, what string, s rowset.Set, m model) {
	t.Helper()
	count, rows := 0, []uint32(nil)
	for i, want := range m {
		if s.Contains(i) != want {
			t.Fatalf("%s: row %d is %v", what, i, !want)
		}
		if want {
			count++
			rows = append(rows, uint32(i))
		}
	}
	if s.Len() != len(m) || s.Count() != count || s.IsEmpty() != (count == 0) || s.IsAll() != (count == len(m)) {
		t.Fatalf("%s: %d of %d rows, want %d", what, s.Count(), s.Len(), count)
	}
	var fromRanges []uint32
	end := -1
	for r := range s.Ranges() {
		if r.Lo <= end || r.Lo >= r.Hi {
			t.Fatalf("%s: range %v after %d", what, r, end)
		}
		end = r.Hi
		for i := r.Lo; i < r.Hi; i++ {
			fromRanges = append(fromRanges, uint32(i))
		}
	}
	if !slices.Equal(fromRanges, rows) || !slices.Equal(s.AppendRows(nil, 0, len(m)), rows) {
		t.Fatalf("%s: rows %v and %v, want %v", what, fromRanges, s.AppendRows(nil, 0, len(m)), rows)
	}
}

func TestSetIsItsModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, 700).Draw(t, "n")
		a, ma := drawSet(t, n)
		b, mb := drawSet(t, n)
		check(t, "a", a, ma)
		and, or, not := make(model, n), make(model, n), make(model, n)
		for i := range ma {
			and[i], or[i], not[i] = ma[i] && mb[i], ma[i] || mb[i], !ma[i]
		}
		check(t, "and", a.And(b), and)
		check(t, "or", a.Or(b), or)
		check(t, "not", a.Not(), not)
		size := rapid.IntRange(1, 5).Draw(t, "size")
		rows := max(0, n*size-rapid.IntRange(0, size-1).Draw(t, "short"))
		grown := make(model, rows)
		for i := range grown {
			grown[i] = ma[i/size]
		}
		check(t, "expand", a.Expand(size, rows), grown)
		lo := rapid.IntRange(0, n).Draw(t, "lo")
		hi := rapid.IntRange(lo, n).Draw(t, "hi")
		var want []uint32
		for i := lo; i < hi; i++ {
			if ma[i] {
				want = append(want, uint32(i-lo))
			}
		}
		if got := a.AppendRows(nil, lo, hi); !slices.Equal(got, want) {
			t.Fatalf("rows of [%d, %d): %v, want %v", lo, hi, got, want)
		}
	})
}
