package sparse_test

import (
	"bytes"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/freshetdb/freshet/index/rowset"
	"github.com/freshetdb/freshet/index/sparse"
)

func key(vs ...byte) [][]byte {
	out := make([][]byte, len(vs))
	for i, v := range vs {
		out[i] = []byte{v}
	}
	return out
}

func marksOf(rows [][][]byte, parts, granule int) *sparse.Marks {
	b := sparse.NewBuilder(parts)
	for i := 0; i < len(rows); i += granule {
		b.Append(rows[i])
	}
	if len(rows) > 0 {
		b.Append(rows[len(rows)-1])
	}
	return b.Finish()
}

func holds(c sparse.Condition, row [][]byte) bool {
	for p, ivs := range c {
		if ivs == nil {
			continue
		}
		ok := slices.ContainsFunc(ivs, func(v sparse.Interval) bool {
			lo, hi := bytes.Compare(row[p], v.Lo), bytes.Compare(row[p], v.Hi)
			return (v.Lo == nil || lo > 0 || (lo == 0 && !v.LoOpen)) &&
				(v.Hi == nil || hi < 0 || (hi == 0 && !v.HiOpen))
		})
		if !ok {
			return false
		}
	}
	return true
}

func drawCondition(t *rapid.T, parts int) sparse.Condition {
	c := make(sparse.Condition, rapid.IntRange(0, parts).Draw(t, "conditions"))
	for p := range c {
		at := 0
		for range rapid.IntRange(0, 3).Draw(t, "intervals") {
			lo := at + rapid.IntRange(0, 4).Draw(t, "lo")
			hi := lo + rapid.IntRange(0, 3).Draw(t, "hi")
			v := sparse.Interval{Lo: []byte{byte(lo)}, Hi: []byte{byte(hi)}}
			if lo < hi {
				v.LoOpen, v.HiOpen = rapid.Bool().Draw(t, "lo open"), rapid.Bool().Draw(t, "hi open")
			}
			if at == 0 && rapid.Bool().Draw(t, "no lo") {
				v.Lo = nil
			}
			c[p] = append(c[p], v)
			at = hi + 1
		}
		if k := len(c[p]); k > 0 && rapid.Bool().Draw(t, "no hi") {
			c[p][k-1].Hi = nil
		}
	}
	return c
}

// TestPruneNeverLosesARow compares with reading every row; it also counts what
// was pruned, so that an index that keeps everything fails.
func TestPruneNeverLosesARow(t *testing.T) {
	pruned, useless := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		parts := rapid.IntRange(1, 3).Draw(t, "parts")
		n := rapid.IntRange(0, 60).Draw(t, "rows")
		rows := make([][][]byte, n)
		for i := range rows {
			rows[i] = key(rapid.SliceOfN(rapid.ByteRange(0, 12), parts, parts).Draw(t, "row")...)
		}
		slices.SortFunc(rows, func(a, b [][]byte) int { return slices.CompareFunc(a, b, bytes.Compare) })
		const granule = 4
		m := marksOf(rows, parts, granule)
		c := drawCondition(t, parts)
		kept := m.Prune(c)
		if kept.Len() != (n+granule-1)/granule {
			t.Fatalf("%d granules", kept.Len())
		}
		for g := range kept.Len() {
			match := slices.ContainsFunc(rows[g*granule:min(n, (g+1)*granule)], func(r [][]byte) bool { return holds(c, r) })
			if match && !kept.Contains(g) {
				t.Fatalf("granule %d was lost for %v", g, c)
			}
			if !match {
				useless++
				if !kept.Contains(g) {
					pruned++
				}
			}
		}
		enc := m.AppendTo(nil)
		back, rest, err := sparse.Decode(append(enc, 7))
		if err != nil || len(rest) != 1 || !bytes.Equal(back.AppendTo(nil), enc) {
			t.Fatalf("decode: %v, rest %v", err, rest)
		}
	})
	t.Logf("pruned %d of %d granules without a match", pruned, useless)
	if pruned*2 < useless {
		t.Errorf("pruned %d of %d granules without a match", pruned, useless)
	}
}

func TestPruneBySecondPart(t *testing.T) {
	rows := [][][]byte{key(1, 1), key(1, 5), key(1, 9), key(2, 1), key(2, 7), key(3, 0)}
	m := marksOf(rows, 2, 2)
	f := func(c sparse.Condition, want ...rowset.Range) {
		t.Helper()
		if got := slices.Collect(m.Prune(c).Ranges()); !slices.Equal(got, want) {
			t.Errorf("%v: %v, want %v", c, got, want)
		}
	}
	f(nil, rowset.Range{Lo: 0, Hi: 3})
	f(sparse.Condition{{sparse.Point([]byte{1})}, {sparse.Point([]byte{2})}}, rowset.Range{Lo: 0, Hi: 1})
	f(sparse.Condition{{sparse.Point([]byte{2})}, {{Lo: []byte{3}}}}, rowset.Range{Lo: 1, Hi: 3})
	f(sparse.Condition{{{Hi: []byte{1}, HiOpen: true}}})
	f(sparse.Condition{{}}) // A part that must lie in no interval.
}

func FuzzDecode(f *testing.F) {
	f.Add(marksOf([][][]byte{key(1, 2), key(1, 3), key(4, 4)}, 2, 1).AppendTo(nil))
	f.Add([]byte{2, 0xFF, 0xFF, 3})
	f.Fuzz(func(t *testing.T, src []byte) {
		m, _, err := sparse.Decode(src)
		if err != nil {
			return
		}
		m.Prune(sparse.Condition{{sparse.Point([]byte{3})}})
		if back, _, err := sparse.Decode(m.AppendTo(nil)); err != nil || back.Granules() != m.Granules() {
			t.Fatalf("not stable: %v", err)
		}
	})
}
