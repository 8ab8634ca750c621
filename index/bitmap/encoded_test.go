package bitmap

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// drawContainers makes sets of every container form: scattered, dense and runs.
func drawContainers(t *rapid.T, limit int) []uint32 {
	var out []uint32
	for range rapid.IntRange(0, 5).Draw(t, "pieces") {
		lo := rapid.IntRange(0, limit-1).Draw(t, "lo")
		n := rapid.SampledFrom([]int{1, 3, 70, 5000, 70_000}).Draw(t, "n")
		step := rapid.SampledFrom([]int{1, 2, 3, 17, 1000}).Draw(t, "step")
		for i := range n {
			if x := lo + i*step; x < limit {
				out = append(out, uint32(x))
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func TestOrEncodedIsOr(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		limit := rapid.SampledFrom([]int{50, 1000, 66_000, 200_000, 1_000_000}).Draw(t, "limit")
		a, b := drawContainers(t, limit), drawContainers(t, limit)
		s, o := SetOf(a...), SetOf(b...)
		if rapid.Bool().Draw(t, "dense") {
			s.Reserve(uint32(limit - 1))
		}
		want := s.Clone()
		want.Or(o)
		raw := append(o.AppendBinary(nil), 7, 8)
		if n, rest, err := EncodedLen(raw); err != nil || n != len(b) || len(rest) != 2 {
			t.Fatalf("length %d of %d, %d bytes left: %v", n, len(b), len(rest), err)
		}
		rest, err := s.OrEncoded(raw, limit)
		if err != nil || len(rest) != 2 {
			t.Fatalf("%d bytes left: %v", len(rest), err)
		}
		if !s.Equal(want) || s.Len() != want.Len() {
			t.Fatalf("%d members, want %d", s.Len(), want.Len())
		}
		members, rest, err := AppendMembers([]uint32{7}, raw, limit)
		if err != nil || len(rest) != 2 || !slices.Equal(members, slices.Concat([]uint32{7}, b)) {
			t.Fatalf("members %v, %d bytes left: %v", members, len(rest), err)
		}
	})
}

func FuzzOrEncoded(f *testing.F) {
	f.Add(SetOf(1, 2, 3).AppendBinary(nil))
	many := &Set{}
	for i := range uint32(100_000) {
		many.Add(i * 3 % 150_000)
	}
	f.Add(many.AppendBinary(nil))
	f.Fuzz(func(t *testing.T, src []byte) {
		const limit = 200_000
		s := &Set{}
		s.Reserve(limit - 1)
		_, err := s.OrEncoded(src, limit)
		o, _, errDecode := DecodeSet(src, limit)
		if err == nil && errDecode == nil && !s.Equal(o) {
			t.Fatal("both read the bytes, but not alike")
		}
		if members, _, err := AppendMembers(nil, src, limit); err == nil && errDecode == nil && (len(members) != o.Len() || !SetOf(members...).Equal(o)) {
			t.Fatal("members are not those of the set")
		}
		n := 0
		s.Each(func(uint32) bool { n++; return true })
		if n != s.Len() {
			t.Fatalf("%d members, Len %d", n, s.Len())
		}
	})
}
