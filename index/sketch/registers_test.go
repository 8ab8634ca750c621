package sketch

import (
	"bytes"
	"encoding/hex"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/axiomhq/hyperloglog"
	"pgregory.net/rapid"

	"github.com/freshetdb/freshet/index/roofline"
)

// TestHashGolden pins the hashes: stored states hold them.
func TestHashGolden(t *testing.T) {
	for v, want := range map[uint64]uint64{
		0: 0xe220a8397b1dcdaf, 1: 0x910a2dec89025cc1, 42: 0xbdd732262feb6e95, math.MaxUint64: 0xe4d971771b652c20,
	} {
		if got := HashUint64(v); got != want {
			t.Errorf("HashUint64(%d) = %#x, want %#x", v, got, want)
		}
	}
	for text, want := range map[string][2]uint64{
		"":                      {0x99aa06d3014798d8, 0x6001c324468d497f},
		"a":                     {0xa96faf705af16834, 0xe6c632b61e964e1f},
		"user-0123456789abcdef": {0xbd3d9e862e829c1e, 0xae8014bd913017e7},
		"видео":                 {0x1f8d3b3c247e70f8, 0x7882283091ba0d32},
	} {
		if hi, lo := Hash128([]byte(text)); hi != want[0] || lo != want[1] {
			t.Errorf("Hash128(%q) = %#x, %#x, want %#x", text, hi, lo, want)
		}
	}
}

// hashes are n distinct hashes of a seed.
func hashes(seed, n int) []uint64 {
	out := make([]uint64, n)
	for i := range out {
		out[i] = HashUint64(uint64(seed)<<40 + uint64(i))
	}
	return out
}

func filled(hs []uint64) Registers {
	r := NewRegisters()
	for _, h := range hs {
		r.Add(h)
	}
	return r
}

func library(hs []uint64, sparse bool) *hyperloglog.Sketch {
	sk, _ := hyperloglog.NewSketch(Precision, sparse)
	for _, h := range hs {
		sk.InsertHash(h)
	}
	return sk
}

// TestEqualsLibrary holds registers, encoding and estimate against
// axiomhq/hyperloglog, dense and sparse.
func TestEqualsLibrary(t *testing.T) {
	for _, n := range []int{0, 1, 10, 1000, 5000, 20000, 100000, 1000000} {
		hs := hashes(n, n)
		r := filled(hs)
		dense := library(hs, false)
		want, err := dense.MarshalBinary()
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(r.AppendBinary(nil), want) {
			t.Fatalf("%d values: other bytes than the library's", n)
		}
		if got, want := r.Estimate(), dense.Estimate(); got != want {
			t.Errorf("%d values: estimate %d, library's %d", n, got, want)
		}
		for _, sparse := range []bool{false, true} {
			raw, err := library(hs, sparse).MarshalBinary()
			if err != nil {
				t.Fatal(err)
			}
			got, err := DecodeRegisters(raw)
			if err != nil || !bytes.Equal(got, r) {
				t.Errorf("%d values, sparse %v: decoded other registers (%v)", n, sparse, err)
			}
		}
	}
}

func TestMergeIsUnion(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		hs := hashes(1, rapid.IntRange(0, 3000).Draw(t, "n"))
		parts := rapid.IntRange(1, 5).Draw(t, "parts")
		sketches := make([]Registers, parts)
		for i := range sketches {
			sketches[i] = NewRegisters()
		}
		for i, h := range hs {
			sketches[i*i%parts].Add(h)
			sketches[i%parts].Add(h)
		}
		all := NewRegisters()
		for _, i := range rand.Perm(parts) {
			all.Merge(sketches[i])
		}
		if !bytes.Equal(all, filled(hs)) {
			t.Fatalf("%d hashes in %d parts: merge is not the sketch of the union", len(hs), parts)
		}
	})
}

// TestError measures the relative error over seeds; -v prints it. The bounds are
// those of the theory (standard error 0.81 %) with room for chance, which is
// none, as the seeds are fixed.
func TestError(t *testing.T) {
	for _, c := range []struct{ n, trials int }{{1000, 100}, {10000, 100}, {70000, 100}, {100000, 200}, {1000000, 30}} {
		var errs []float64
		bias := 0.0
		for seed := range c.trials {
			r := NewRegisters()
			for i := range c.n {
				r.Add(HashUint64(uint64(seed+1)<<40 + uint64(i)))
			}
			e := float64(r.Estimate())/float64(c.n) - 1
			bias += e / float64(c.trials)
			errs = append(errs, math.Abs(e))
		}
		slices.Sort(errs)
		mean := 0.0
		for _, e := range errs {
			mean += e / float64(len(errs))
		}
		p99 := errs[len(errs)*99/100]
		t.Logf("n=%d trials=%d mean %.3f %% p99 %.3f %% max %.3f %% bias %+.3f %%", c.n, c.trials,
			100*mean, 100*p99, 100*errs[len(errs)-1], 100*bias)
		if mean > 0.009 || p99 > 0.03 || math.Abs(bias) > 0.004 {
			t.Errorf("n=%d: mean %.4f p99 %.4f bias %.4f", c.n, mean, p99, bias)
		}
	}
}

func TestDecodeRefuses(t *testing.T) {
	good := filled(hashes(1, 100)).AppendBinary(nil)
	for name, change := range map[string]func(b []byte) []byte{
		"empty":          func([]byte) []byte { return nil },
		"version":        func(b []byte) []byte { b[0] = 1; return b },
		"precision":      func(b []byte) []byte { b[1] = 15; return b },
		"form":           func(b []byte) []byte { b[3] = 2; return b },
		"truncated":      func(b []byte) []byte { return b[:len(b)-1] },
		"trailing":       func(b []byte) []byte { return append(b, 0) },
		"large register": func(b []byte) []byte { b[9] = rhoMax + 1; return b },
		"sparse count":   func(b []byte) []byte { b[3], b[4] = 1, 255; return b[:40] },
	} {
		if _, err := DecodeRegisters(change(slices.Clone(good))); err == nil {
			t.Errorf("%s: decoded", name)
		}
	}
}

func FuzzDecodeRegisters(f *testing.F) {
	sparse, _ := library(hashes(2, 50), true).MarshalBinary()
	f.Add(sparse)
	f.Add(filled(hashes(2, 50)).AppendBinary(nil))
	short, _ := hex.DecodeString("020e00010000000000000000000000000000000000")
	f.Add(short)
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := DecodeRegisters(b)
		if err != nil {
			return
		}
		again, err := DecodeRegisters(r.AppendBinary(nil))
		if err != nil || !bytes.Equal(again, r) {
			t.Fatalf("decoded registers do not encode: %v", err)
		}
		r.Estimate()
	})
}

func BenchmarkAdd(b *testing.B) {
	r, hs := NewRegisters(), hashes(1, 1<<16)
	for b.Loop() {
		for _, h := range hs {
			r.Add(h)
		}
	}
	roofline.Report(b, roofline.Work{Rows: len(hs), Read: 8 * len(hs), Gather: len(hs), Table: len(r), Steps: len(hs)})
}

func BenchmarkMerge(b *testing.B) {
	r, o := filled(hashes(1, 100000)), filled(hashes(2, 100000))
	for b.Loop() {
		r.Merge(o)
	}
	roofline.Report(b, roofline.Work{Rows: len(r), Read: 2 * len(r), Write: len(r)})
}

func BenchmarkEstimate(b *testing.B) {
	r := filled(hashes(1, 100000))
	for b.Loop() {
		r.Estimate()
	}
	roofline.Report(b, roofline.Work{Rows: len(r), Read: len(r)})
}
