package bitmap

import (
	"bytes"
	"encoding/hex"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/freshetdb/freshet/index/roofline"
)

// drawMembers makes members of several densities, so that all forms occur.
func drawMembers(t *rapid.T, label string) []uint32 {
	top := rapid.SampledFrom([]uint32{100, 5000, 1 << 20, 1<<32 - 1}).Draw(t, label+" top")
	n := rapid.SampledFrom([]int{0, 1, 10, sortedMax, sortedMax + 1, 300, 3000}).Draw(t, label+" n")
	r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, label+" seed"), 1))
	out := make([]uint32, n)
	for i := range out {
		out[i] = uint32(r.Uint64N(uint64(top) + 1))
	}
	if n > 0 && rapid.Bool().Draw(t, label+" edge") {
		out[0] = top
	}
	return out
}

type model map[uint32]bool

func (m model) add(xs []uint32) model {
	for _, x := range xs {
		m[x] = true
	}
	return m
}

func checkSet(t *rapid.T, what string, s *Set, m model) {
	t.Helper()
	want := slices.Sorted(maps.Keys(m))
	var got []uint32
	s.Each(func(x uint32) bool { got = append(got, x); return true })
	if s.Len() != len(want) || !slices.Equal(got, want) {
		t.Fatalf("%s: %d members (Len %d), want %d", what, len(got), s.Len(), len(want))
	}
	if len(want) > 0 && s.Max() != want[len(want)-1] {
		t.Fatalf("%s: Max %d, want %d", what, s.Max(), want[len(want)-1])
	}
	for _, cut := range []uint32{0, 63, 64, 1000, 1<<32 - 1} {
		at, _ := slices.BinarySearch(want, cut)
		checkRuns(t, what, s, 0, cut, want[:at])
		if at < len(want) && want[len(want)-1] < 1<<32-1 {
			checkRuns(t, what, s, cut, want[len(want)-1]+1, want[at:])
		}
	}
	for _, x := range want[:min(len(want), 20)] {
		if !s.Contains(x) || (s.Contains(x+1) != m[x+1]) {
			t.Fatalf("%s: Contains near %d", what, x)
		}
	}
	if s.SizeBytes() < int64(len(want))/64 {
		t.Fatalf("%s: SizeBytes %d of %d members", what, s.SizeBytes(), len(want))
	}
}

func checkRuns(t *rapid.T, what string, s *Set, lo, hi uint32, want []uint32) {
	t.Helper()
	var got []uint32
	s.EachRun(lo, hi, func(ids []uint32) { got = append(got, ids...) })
	if !slices.Equal(got, want) {
		t.Fatalf("%s: %d members of [%d, %d), want %d", what, len(got), lo, hi, len(want))
	}
}

// fillSet adds in batches or one by one, in order of arrival.
func fillSet(t *rapid.T, label string, xs []uint32) *Set {
	s := &Set{}
	if top := rapid.SampledFrom([]uint32{0, 0, 0, 7000}).Draw(t, label+" reserve"); top > 0 {
		s.Reserve(top)
	}
	for len(xs) > 0 {
		n := min(len(xs), rapid.SampledFrom([]int{1, 50, 70, 5000}).Draw(t, label+" batch"))
		if n > 1 {
			s.AddMany(xs[:n])
		} else {
			m := s.Contains(xs[0])
			if s.Add(xs[0]) == m {
				t.Fatalf("Add(%d) is new: %v, was in: %v", xs[0], !m, m)
			}
		}
		xs = xs[n:]
	}
	return s
}

func TestSetAgainstMap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		xs, ys := drawMembers(t, "x"), drawMembers(t, "y")
		x, y := fillSet(t, "x", xs), fillSet(t, "y", ys)
		mx, my := model{}.add(xs), model{}.add(ys)
		checkSet(t, "x", x, mx)
		or, and, andNot, xor := model{}.add(xs).add(ys), model{}, model{}, model{}
		for k := range or {
			and[k], andNot[k], xor[k] = mx[k] && my[k], mx[k] && !my[k], mx[k] != my[k]
		}
		for _, op := range []struct {
			name string
			do   func(a, b *Set)
			n    func(a, b *Set) int
			want model
		}{
			{"or", (*Set).Or, (*Set).OrLen, or},
			{"and", (*Set).And, (*Set).AndLen, and},
			{"andNot", (*Set).AndNot, (*Set).AndNotLen, andNot},
			{"xor", (*Set).Xor, (*Set).XorLen, xor},
		} {
			maps.DeleteFunc(op.want, func(_ uint32, in bool) bool { return !in })
			if got := op.n(x, y); got != len(op.want) {
				t.Fatalf("%sLen is %d, want %d", op.name, got, len(op.want))
			}
			c := x.Clone()
			op.do(c, y)
			checkSet(t, op.name, c, op.want)
			checkSet(t, "left operand", x, mx)
			checkSet(t, "right operand", y, my)
			// The result must take more members and encode.
			c.AddMany(ys)
			checkSet(t, op.name+" and y", c, op.want.add(ys))
		}
		if x.Equal(y) != maps.Equal(mx, my) {
			t.Fatalf("Equal is %v", x.Equal(y))
		}
	})
}

// TestSetEncoding: equal sets have equal bytes however they came to be, and
// decode to themselves.
func TestSetEncoding(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		xs := drawMembers(t, "x")
		s := fillSet(t, "x", xs)
		raw := s.AppendBinary([]byte("head"))[4:]
		slices.Sort(xs)
		if other := SetOf(xs...).AppendBinary(nil); !bytes.Equal(raw, other) {
			t.Fatalf("%d members: other bytes in another order", s.Len())
		}
		got, rest, err := DecodeSet(append(raw, "tail"...), 1<<32)
		if err != nil || string(rest) != "tail" {
			t.Fatalf("decode: %v, rest %q", err, rest)
		}
		checkSet(t, "decoded", got, model{}.add(xs))
		if len(xs) > 0 {
			if _, _, err := DecodeSet(raw, int(s.Max())); err == nil {
				t.Fatalf("decoded %d beyond the limit", s.Max())
			}
		}
		checkSet(t, "encoded", s, model{}.add(xs))
	})
}

// TestSetGolden pins the bytes of both forms.
func TestSetGolden(t *testing.T) {
	long := &Set{}
	for i := range uint32(100) {
		long.Add(i * 3)
	}
	long.Add(1 << 20)
	for _, c := range []struct {
		s    *Set
		want string
	}{
		{SetOf(), "0000"},
		{SetOf(7, 5, 300), "000305" + "01" + "a402"},
		{SetOf(1<<32 - 1), "0001ffffffff0f"},
	} {
		if got := hex.EncodeToString(c.s.AppendBinary(nil)); got != c.want {
			t.Errorf("%d members: %s, want %s", c.s.Len(), got, c.want)
		}
	}
	raw := long.AppendBinary(nil)
	const head = "01e2013a300000" // roaring of 226 bytes, cookie 12346 without run containers
	if got := hex.EncodeToString(raw[:len(head)/2]); got != head {
		t.Errorf("roaring: %s, want %s", got, head)
	}
}

func TestHashSetAgainstMap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		draw := func(label string) []key2 {
			n := rapid.SampledFrom([]int{0, 1, listedMax, listedMax + 1, 100, 1000}).Draw(t, label+" n")
			r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, label), 2))
			out := make([]key2, n)
			for i := range out {
				v := r.Uint64N(500)
				out[i] = key2{v * 0x9e3779b97f4a7c15, v % 2}
			}
			return out
		}
		xs, ys := draw("x"), draw("y")
		var x, y HashSet[key2]
		m := map[key2]bool{}
		for _, k := range xs {
			if x.Add(k) == m[k] {
				t.Fatalf("Add(%v) is new: %v", k, !m[k])
			}
			m[k] = true
		}
		for _, k := range ys {
			y.Add(k)
		}
		checkHashes(t, &x, m)
		raw := x.AppendBinary(nil)
		got, rest, err := DecodeHashSet[key2](append(raw, 9))
		if err != nil || len(rest) != 1 {
			t.Fatalf("decode: %v, %d bytes left", err, len(rest))
		}
		checkHashes(t, got, m)
		x.Or(&y)
		for _, k := range ys {
			m[k] = true
		}
		checkHashes(t, &x, m)
	})
}

type key2 = [2]uint64

func checkHashes(t *rapid.T, s *HashSet[key2], m map[key2]bool) {
	t.Helper()
	n := 0
	s.Each(func(k key2) {
		if n++; !m[k] {
			t.Fatalf("%v is no member", k)
		}
	})
	if s.Len() != len(m) || n != len(m) {
		t.Fatalf("%d members, Len %d, want %d", n, s.Len(), len(m))
	}
	for k := range m {
		if !s.Contains(k) || s.Contains(key2{k[0] + 1, 7}) {
			t.Fatalf("Contains near %v", k)
		}
	}
}

func TestCountedAgainstMap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var parts [2]Counted[key2]
		m := map[key2]int64{}
		for range rapid.IntRange(0, 300).Draw(t, "changes") {
			v := rapid.Uint64Range(0, 40).Draw(t, "key")
			k, d := key2{v * 0x9e3779b97f4a7c15, 0}, int64(rapid.IntRange(-1, 1).Draw(t, "change"))
			parts[rapid.IntRange(0, 1).Draw(t, "part")].Add(k, d)
			m[k] += d
		}
		parts[0].Merge(&parts[1])
		got, rest, err := DecodeCounted[key2](append(parts[0].AppendBinary(nil), 1))
		if err != nil || len(rest) != 1 {
			t.Fatalf("decode: %v", err)
		}
		members := 0
		for _, n := range m {
			if n > 0 {
				members++
			}
		}
		for _, c := range []*Counted[key2]{&parts[0], got} {
			if c.Len() != members {
				t.Fatalf("Len is %d, want %d", c.Len(), members)
			}
			c.Each(func(k key2, n int64) {
				if m[k] != n {
					t.Fatalf("count of %v is %d, want %d", k, n, m[k])
				}
			})
		}
	})
}

// TestCountedShrinks: keys whose rows were all taken back do not stay for ever.
func TestCountedShrinks(t *testing.T) {
	var c Counted[[1]uint64]
	for i := range uint64(100000) {
		c.Add([1]uint64{i*0x9e3779b97f4a7c15 + 1}, 1)
		c.Add([1]uint64{i*0x9e3779b97f4a7c15 + 1}, -1)
	}
	if c.Len() != 0 || c.SizeBytes() > 4096 {
		t.Fatalf("%d members in %d bytes", c.Len(), c.SizeBytes())
	}
}

func FuzzDecodeSet(f *testing.F) {
	f.Add(SetOf(1, 2, 3).AppendBinary(nil))
	big := &Set{}
	for i := range uint32(300) {
		big.Add(i * i)
	}
	runs := &Set{}
	for i := range uint32(900) {
		runs.Add(i + 65000)
	}
	f.Add(runs.AppendBinary(nil))
	f.Add(big.AppendBinary(nil))
	f.Fuzz(func(t *testing.T, b []byte) {
		s, rest, err := DecodeSet(b, 1<<20)
		if err != nil {
			return
		}
		if len(rest) > len(b) {
			t.Fatal("more is left than there was")
		}
		raw := s.AppendBinary(nil)
		again, _, err := DecodeSet(raw, 1<<20)
		if err != nil || !again.Equal(s) {
			t.Fatalf("what was decoded does not encode: %v", err)
		}
		s.Add(1 << 31)
		s.Or(again)
	})
}

func FuzzDecodeHashes(f *testing.F) {
	var s HashSet[key2]
	var c Counted[key2]
	for i := range uint64(20) {
		s.Add(key2{i, i})
		c.Add(key2{i, i}, int64(i)-5)
	}
	f.Add(s.AppendBinary(nil))
	f.Add(c.AppendBinary(nil))
	f.Fuzz(func(t *testing.T, b []byte) {
		if s, _, err := DecodeHashSet[key2](b); err == nil {
			again, _, err := DecodeHashSet[key2](s.AppendBinary(nil))
			if err != nil || again.Len() != s.Len() {
				t.Fatalf("hash set: %v", err)
			}
		}
		if c, _, err := DecodeCounted[key2](b); err == nil {
			again, _, err := DecodeCounted[key2](c.AppendBinary(nil))
			if err != nil || again.Len() != c.Len() {
				t.Fatalf("counted: %v", err)
			}
		}
	})
}

func benchIDs(n, universe int) []uint32 {
	r := rand.New(rand.NewPCG(1, 2))
	out := make([]uint32, n)
	for i := range out {
		out[i] = uint32(r.IntN(universe))
	}
	return out
}

func BenchmarkAddMany(b *testing.B) {
	for _, c := range []struct {
		name     string
		universe int
	}{{"1M", 1 << 20}, {"10M", 10 << 20}, {"random", 1<<32 - 1}} {
		ids := benchIDs(1<<17, c.universe)
		b.Run(c.name, func(b *testing.B) {
			for b.Loop() {
				s := &Set{}
				for lo := 0; lo < len(ids); lo += 8192 {
					s.AddMany(ids[lo : lo+8192])
				}
			}
			table := min(c.universe/8, 4*len(ids)) // A bit for each that may be there, or a word for each that is.
			roofline.Report(b, roofline.Work{Rows: len(ids), Read: 4 * len(ids), Gather: len(ids), Table: table, Steps: len(ids)})
		})
	}
}

func BenchmarkHashSetAdd(b *testing.B) {
	ids := benchIDs(1<<20, 1<<18)
	keys := make([][1]uint64, len(ids))
	for i, id := range ids {
		keys[i][0] = uint64(id) * 0x9e3779b97f4a7c15
	}
	for name, add := range map[string]func(s *HashSet[[1]uint64]){
		"one by one": func(s *HashSet[[1]uint64]) {
			for _, k := range keys {
				s.Add(k)
			}
		},
		"all": func(s *HashSet[[1]uint64]) {
			for lo := 0; lo < len(keys); lo += 8192 {
				s.AddAll(keys[lo : lo+8192])
			}
		},
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				var s HashSet[[1]uint64]
				add(&s)
			}
			roofline.Report(b, roofline.Work{Rows: len(keys), Read: 8 * len(keys), Gather: len(keys), Table: 8 << 18, Steps: len(keys)})
		})
	}
}

// What is done with two sets of a million and less: bitmaps, and hash tables.
func BenchmarkAlgebra(b *testing.B) {
	for _, c := range []struct {
		name        string
		n, universe int
	}{{"dense", 1 << 19, 1 << 20}, {"sparse", 1 << 16, 1<<32 - 1}} {
		sets := [2]Set{}
		for i, ids := range [][]uint32{benchIDs(c.n, c.universe), benchIDs(2*c.n, c.universe)[c.n:]} {
			sets[i].AddMany(ids)
		}
		x, y := &sets[0], &sets[1]
		same := x.Clone()
		members := x.Len() + y.Len()
		size := min(c.universe/8, 4*x.Len())
		with := roofline.Work{Rows: members, Read: 2 * size}
		if c.name == "sparse" { // Each of one set is looked for in the other.
			with.Gather, with.Table = x.Len(), size
		}
		changed := with
		changed.Write = size
		for _, op := range []struct {
			name string
			work roofline.Work
			run  func()
		}{
			{"AndLen", with, func() { x.AndLen(y) }},
			{"OrLen", with, func() { x.OrLen(y) }},
			{"Equal", with, func() { x.Equal(same) }},
			{"Or", changed, func() { x.Clone().Or(y) }},
			{"And", changed, func() { x.Clone().And(y) }},
			{"AndNot", changed, func() { x.Clone().AndNot(y) }},
			{"encode", roofline.Work{Rows: x.Len(), Read: size, Write: size}, func() { x.AppendBinary(nil) }},
		} {
			b.Run(c.name+"/"+op.name, func(b *testing.B) {
				for b.Loop() {
					op.run()
				}
				roofline.Report(b, op.work)
			})
		}
	}
}

func TestAppendSorted(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := &Set{}
		for _, x := range rapid.SliceOfN(rapid.Uint32(), 0, 200).Draw(t, "members") {
			s.Add(x)
		}
		var members []uint32
		s.Each(func(x uint32) bool {
			members = append(members, x)
			return true
		})
		if got, want := AppendSorted(nil, members), s.AppendBinary(nil); !bytes.Equal(got, want) {
			t.Fatalf("encoding %x, expected %x", got, want)
		}
	})
}

// Many members at once, the zero key and ones that repeat among them, are those of a map.
func TestHashSetAddMany(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	var s HashSet[key2]
	want := map[key2]bool{}
	for _, n := range []int{0, 3, 20, 1000, 20_000, 70_000, 5} {
		keys := make([]key2, n)
		for i := range keys {
			keys[i] = key2{uint64(r.IntN(50_000)) * 0x9e3779b97f4a7c15, 7 * uint64(r.IntN(2))}
			want[keys[i]] = true
		}
		s.AddMany(keys)
		if s.Len() != len(want) {
			t.Fatalf("%d members after %d more, want %d", s.Len(), n, len(want))
		}
	}
	for k := range want {
		if !s.Contains(k) {
			t.Fatalf("%v is missing", k)
		}
	}
}
