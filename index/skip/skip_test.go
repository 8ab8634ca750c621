package skip_test

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/freshetdb/freshet/index/skip"
)

type granule struct {
	values []uint64
	nulls  int
	codes  []uint32
	hashes []uint64
}

func addKeys(b *skip.Builder, codes []uint32, hashes []uint64, rows int) {
	b.AddCodes(codes)
	for _, h := range hashes {
		b.AddHash(h)
	}
	b.EndKeys(rows)
}

func drawColumn(t *rapid.T) ([]granule, *skip.Column) {
	gs := make([]granule, rapid.IntRange(0, 9).Draw(t, "granules"))
	b := skip.NewBuilder(true, true)
	span := rapid.SampledFrom([]uint32{4, 200, 1 << 20}).Draw(t, "span")
	for i := range gs {
		g := &gs[i]
		g.values = rapid.SliceOfN(rapid.Uint64Range(0, 40), 0, 4).Draw(t, "values")
		g.nulls = rapid.IntRange(0, 2).Draw(t, "nulls")
		g.codes = rapid.SliceOfN(rapid.Uint32Range(0, span), 0, 90).Draw(t, "codes")
		g.hashes = rapid.SliceOfN(rapid.Uint64(), 0, 3).Draw(t, "hashes")
		lo, hi := uint64(1), uint64(0)
		if len(g.values) > 0 {
			lo, hi = slices.Min(g.values), slices.Max(g.values)
		}
		b.EndBounds(lo, hi, g.nulls)
		addKeys(b, g.codes, g.hashes, 400)
	}
	return gs, b.Finish(len(gs))
}

func TestPruneNeverLosesAGranule(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		gs, c := drawColumn(t)
		enc := c.AppendTo(nil)
		back, rest, err := skip.Decode(append(enc, 9))
		if err != nil || len(rest) != 1 || !bytes.Equal(back.AppendTo(nil), enc) {
			t.Fatalf("decode: %v, rest %v", err, rest)
		}
		c = back
		var ivs []skip.Interval
		for at := uint64(0); at < 40 && rapid.Bool().Draw(t, "more"); {
			lo := at + rapid.Uint64Range(0, 9).Draw(t, "lo")
			hi := lo + rapid.Uint64Range(0, 9).Draw(t, "hi")
			ivs = append(ivs, skip.Interval{Lo: lo, Hi: hi})
			at = hi + 1
		}
		kept, nulls, values := c.PruneValues(ivs), c.PruneNulls(), c.PruneNotNulls()
		for i, g := range gs {
			inside := slices.ContainsFunc(ivs, func(v skip.Interval) bool {
				return len(g.values) > 0 && v.Lo <= slices.Max(g.values) && v.Hi >= slices.Min(g.values)
			})
			if kept.Contains(i) != inside {
				t.Fatalf("granule %d %v kept %v for %v", i, g.values, !inside, ivs)
			}
			if nulls.Contains(i) != (g.nulls > 0) || values.Contains(i) != (len(g.values) > 0) {
				t.Fatalf("granule %d: nulls %v, values %v", i, nulls.Contains(i), values.Contains(i))
			}
			for _, code := range g.codes {
				if !c.PruneCodes([]uint32{code}, nil).Contains(i) {
					t.Fatalf("granule %d lost code %d", i, code)
				}
			}
			for _, h := range g.hashes {
				if !c.PruneCodes(nil, []uint64{h}).Contains(i) || !c.PruneHashes([]uint64{h}).Contains(i) {
					t.Fatalf("granule %d lost hash %d", i, h)
				}
			}
		}
	})
}

func TestCodeSetsAreExact(t *testing.T) {
	b := skip.NewBuilder(false, true)
	addKeys(b, []uint32{1, 1, 2, 500}, nil, 8192)
	addKeys(b, []uint32{3}, []uint64{77}, 8192)
	c := b.Finish(2)
	f := func(want []bool, codes []uint32, hashes []uint64) {
		t.Helper()
		got := c.PruneCodes(codes, hashes)
		for g, w := range want {
			if got.Contains(g) != w {
				t.Errorf("codes %v hashes %v: granule %d is %v", codes, hashes, g, !w)
			}
		}
	}
	f([]bool{true, false}, []uint32{500}, nil)
	f([]bool{false, true}, []uint32{3}, nil)
	f([]bool{false, false}, []uint32{4}, nil)
	f([]bool{false, true}, nil, []uint64{77})
	f([]bool{false, false}, nil, []uint64{78 << 32})
}

func TestBloomFalseAnswers(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	b := &skip.Bloom{}
	keys := make([]uint64, 2000)
	for i := range keys {
		keys[i] = rng.Uint64()
	}
	b.Append(nil)
	b.Append(keys)
	wrong := 0
	for range 100_000 {
		if b.MayHold(1, rng.Uint64()) {
			wrong++
		}
		if b.MayHold(0, rng.Uint64()) {
			t.Fatal("an empty granule may hold a key")
		}
	}
	if wrong > 2000 {
		t.Errorf("%d of 100,000 false answers", wrong)
	}
	t.Logf("%d of 100,000 false answers", wrong)
}

// TestHopelessColumn checks that a column with a new code in every row keeps no
// memory and no index, and that one with few does.
func TestHopelessColumn(t *testing.T) {
	b := skip.NewBuilder(false, true)
	codes := make([]uint32, 20_000)
	for g := range 70 {
		for i := range codes {
			codes[i] = uint32(g*len(codes) + i)
		}
		addKeys(b, codes, nil, len(codes))
	}
	if b.WantsKeys() || b.Finish(70) != nil {
		t.Error("a column of ids has an index")
	}
	b = skip.NewBuilder(false, true)
	for g := range 70 {
		for i := range codes {
			codes[i] = uint32(g*1000 + i%1000)
		}
		addKeys(b, codes, nil, len(codes))
	}
	c := b.Finish(70)
	if c == nil || c.Bloom == nil || c.Codes != nil {
		t.Fatalf("index %+v", c)
	}
	if n := c.PruneCodes([]uint32{31_500}, nil).Count(); n > 8 {
		t.Errorf("code of one granule left %d", n)
	}
}

func FuzzDecode(f *testing.F) {
	b := skip.NewBuilder(true, true)
	b.EndBounds(3, 9, 1)
	addKeys(b, []uint32{1, 2}, []uint64{5}, 8192)
	f.Add(b.Finish(1).AppendTo(nil))
	f.Add([]byte{0xFF, 0xFF, 3, 7})
	f.Fuzz(func(t *testing.T, src []byte) {
		c, _, err := skip.Decode(src)
		if err != nil {
			return
		}
		c.PruneValues([]skip.Interval{{Lo: 1, Hi: 4}})
		c.PruneNulls()
		c.PruneCodes([]uint32{1}, []uint64{3})
		enc := c.AppendTo(nil)
		back, _, err := skip.Decode(enc)
		if err != nil || !bytes.Equal(back.AppendTo(nil), enc) {
			t.Fatalf("not stable: %v", err)
		}
	})
}
