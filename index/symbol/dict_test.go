package symbol_test

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"github.com/freshetdb/freshet/index/symbol"
)

func column(values ...string) symbol.Strings {
	var s symbol.Strings
	for _, v := range values {
		s.Append([]byte(v))
	}
	return s
}

func encode(t *testing.T, d *symbol.Dict, values ...string) []symbol.Symbol {
	t.Helper()
	out := make([]symbol.Symbol, len(values))
	if _, err := d.Encode(column(values...), out); err != nil {
		t.Fatal(err)
	}
	return out
}

// aValue draws values that are close to what a dictionary treats specially:
// 32 hexadecimal digits and almost that, empty and long ones, and repeats.
func aValue() *rapid.Generator[string] {
	digits := rapid.StringOfN(rapid.RuneFrom([]rune("0123456789abcdef")), 32, 32, 32)
	return rapid.OneOf(
		rapid.SampledFrom([]string{"", "a", "b", "view", "\x00", "\x00\x00", strings.Repeat("0", 32), strings.Repeat("F", 32), strings.Repeat("g", 32)}),
		digits,
		rapid.Map(digits, strings.ToUpper),
		rapid.Map(digits, func(s string) string { return s[1:] }),
		rapid.StringOfN(rapid.RuneFrom([]rune("0123456789abcdefoOG/:`@\x80")), 32, 32, 32),
		rapid.Custom(func(t *rapid.T) string { return fmt.Sprint("u", rapid.IntRange(0, 50).Draw(t, "u")) }),
		rapid.Custom(func(t *rapid.T) string { return string(rapid.SliceOfN(rapid.Byte(), 0, 200).Draw(t, "bytes")) }),
	)
}

// model is a dictionary as a Go map has it.
type model struct {
	symbols map[string]symbol.Symbol
	values  []string
}

func (m *model) encode(v string) symbol.Symbol {
	sym, ok := m.symbols[v]
	if !ok {
		sym = symbol.Symbol(len(m.values))
		m.symbols[v] = sym
		m.values = append(m.values, v)
	}
	return sym
}

// compare checks all that a view of the first n values can tell.
func (m *model) compare(t fataler, v symbol.View, n int) {
	t.Helper()
	if int(v.Len()) != n {
		t.Fatalf("view of %d values, want %d", v.Len(), n)
	}
	all := column(m.values...)
	got := make([]symbol.Symbol, all.Len())
	v.LookupBatch(all, got)
	var total int64
	for i, want := range m.values {
		sym, ok := v.Lookup([]byte(want))
		if i >= n {
			if ok || got[i] != symbol.None {
				t.Fatalf("%q is visible beyond the view", want)
			}
			continue
		}
		if !ok || int(sym) != i || int(got[i]) != i {
			t.Fatalf("%q is %d, %v and %d, want %d", want, sym, ok, got[i], i)
		}
		if v.Value(sym) != want || v.ValueLen(sym) != len(want) {
			t.Fatalf("symbol %d is %q, %d bytes, want %q", i, v.Value(sym), v.ValueLen(sym), want)
		}
		if lo := v.AppendLowHashes(nil, []symbol.Symbol{sym, 0, sym}); lo[2] != v.Hash(sym).Lo || lo[1] != v.Hash(0).Lo {
			t.Fatalf("low hashes of %q: %d", want, lo)
		}
		if v.Hash(sym) != symbol.HashOf([]byte(want)) {
			t.Fatalf("hash of %q", want)
		}
		total += int64(len(want))
	}
	if n == len(m.values) && v.Bytes() != total {
		t.Fatalf("%d bytes, want %d", v.Bytes(), total)
	}
}

func (m *model) compareRank(t fataler, r *symbol.Rank, n int) {
	t.Helper()
	if len(r.Sorted) != len(r.Of) || len(r.Sorted) < n {
		t.Fatalf("rank of %d and %d symbols, want %d", len(r.Sorted), len(r.Of), n)
	}
	for i, sym := range r.Sorted {
		if i > 0 && m.values[r.Sorted[i-1]] >= m.values[sym] {
			t.Fatalf("%q before %q", m.values[r.Sorted[i-1]], m.values[sym])
		}
		if int(r.Of[sym]) != i {
			t.Fatalf("rank of %d is %d, want %d", sym, r.Of[sym], i)
		}
	}
}

type fataler interface {
	Helper()
	Fatal(args ...any)
	Fatalf(format string, args ...any)
}

func TestDictIsLikeAMap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d, m := symbol.New(), &model{symbols: map[string]symbol.Symbol{}}
		type kept struct {
			view symbol.View
			n    int
		}
		var views []kept
		for range rapid.IntRange(0, 6).Draw(t, "batches") {
			values := rapid.SliceOfN(aValue(), 0, 300).Draw(t, "values")
			out := make([]symbol.Symbol, len(values))
			before := len(m.values)
			var added int
			var err error
			if rapid.Bool().Draw(t, "looked up before") {
				d.LookupBatch(column(values...), out)
				added, err = d.EncodeUnknown(column(values...), out)
			} else {
				added, err = d.Encode(column(values...), out)
			}
			if err != nil {
				t.Fatal(err)
			}
			for i, v := range values {
				if want := m.encode(v); out[i] != want {
					t.Fatalf("%q is %d, want %d", v, out[i], want)
				}
			}
			if added != len(m.values)-before {
				t.Fatalf("%d added, want %d", added, len(m.values)-before)
			}
			views = append(views, kept{d.View(), len(m.values)})
			if rapid.Bool().Draw(t, "rank") {
				m.compareRank(t, d.View().Rank(), len(m.values))
			}
		}
		for _, k := range views {
			m.compare(t, k.view, k.n)
			m.compare(t, d.View().Prefix(uint32(k.n)), k.n)
		}
		m.compareRank(t, d.View().Rank(), len(m.values))
	})
}

// Pages, tables and packed pages that get another value late are only reached
// by more values than rapid draws.
func TestManyValues(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	d, m := symbol.New(), &model{symbols: map[string]symbol.Symbol{}}
	for batch := range 40 {
		var values symbol.Strings
		for i := range 1000 {
			switch {
			case batch < 20 || i%100 != 7:
				values.Append(hexID(rng))
			case i%200 == 7:
				values.Append(fmt.Appendf(nil, "content-%d", rng.Uint32()))
			default:
				values.Append([]byte(m.values[rng.IntN(len(m.values))]))
			}
		}
		out := make([]symbol.Symbol, values.Len())
		if _, err := d.Encode(values, out); err != nil {
			t.Fatal(err)
		}
		for i := range out {
			if want := m.encode(string(values.At(i))); out[i] != want {
				t.Fatalf("batch %d value %d: %d, want %d", batch, i, out[i], want)
			}
		}
	}
	m.compare(t, d.View(), len(m.values))
	m.compare(t, d.View().Prefix(777), 777)
	m.compareRank(t, d.View().Rank(), len(m.values))
}

func hexID(rng *rand.Rand) []byte {
	var raw [16]byte
	for i := range raw {
		raw[i] = byte(rng.Uint32())
	}
	return hex.AppendEncode(nil, raw[:])
}

// Readers with views of all ages run beside the writer; under -race this also
// proves that they share no memory unguarded.
func TestReadersBesideTheWriter(t *testing.T) {
	d := symbol.New()
	valueOf := func(i uint32) []byte {
		if i%3 == 0 {
			return fmt.Appendf(nil, "%032x", i)
		}
		return fmt.Appendf(nil, "value-%d", i)
	}
	var wg sync.WaitGroup
	stop := make(chan struct{})
	for r := range 3 {
		wg.Go(func() {
			rng := rand.New(rand.NewPCG(uint64(r), 1))
			for v := d.View(); ; {
				select {
				case <-stop:
					return
				default:
				}
				if rng.IntN(4) == 0 {
					v = d.View()
				}
				for i := uint32(rng.IntN(50)); i < v.Len(); i += 1 + uint32(rng.IntN(200)) {
					want := valueOf(i)
					if sym, ok := v.Lookup(want); !ok || sym != i || v.Value(i) != string(want) {
						t.Errorf("%s: %d %v", want, sym, ok)
						return
					}
					if _, ok := v.Lookup(valueOf(v.Len() + i)); ok {
						t.Error("sees beyond its prefix")
						return
					}
				}
				if rng.IntN(20) == 0 {
					v.Rank()
				}
			}
		})
	}
	for n := uint32(0); n < 60_000; n += 100 {
		var values symbol.Strings
		for i := range uint32(100) {
			values.Append(valueOf(n + i))
		}
		if _, err := d.Encode(values, make([]symbol.Symbol, 100)); err != nil {
			t.Error(err)
		}
	}
	close(stop)
	wg.Wait()
}

func TestHashIsFixed(t *testing.T) {
	for value, want := range map[string]string{
		"":                                 "99aa06d3014798d86001c324468d497f",
		"view":                             "3811317c420ca174785a825ab406fa16",
		"00000000000000000000000000000000": "cd9729efc13f916882ede5a54daaecab",
		"0123456789abcdef0123456789abcdef": "395fb122065843a611c100cd552f585c",
		"0123456789ABCDEF0123456789ABCDEF": "00a5b11e351aa3d5adae8074bbcd6ceb",
	} {
		h := symbol.HashOf([]byte(value))
		if got := fmt.Sprintf("%016x%016x", h.Hi, h.Lo); got != want {
			t.Errorf("hash of %q is %s, want %s", value, got, want)
		}
	}
}

func TestTooLongValueIsRefused(t *testing.T) {
	d := symbol.New()
	long := strings.Repeat("x", symbol.MaxValueBytes)
	out := []symbol.Symbol{9, 9, 9}
	if added, err := d.Encode(column("a", long+"x", "b"), out); !errors.Is(err, symbol.ErrTooLong) || added != 1 {
		t.Fatalf("added %d, %v", added, err)
	}
	if got := encode(t, d, "b", long, "a"); !slices.Equal(got, []symbol.Symbol{1, 2, 0}) {
		t.Fatal(got)
	}
	if v := d.View(); v.Value(2) != long {
		t.Fatal("the longest value came back wrong")
	}
}

func TestSizeIsCounted(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	d := symbol.New()
	before := d.SizeBytes()
	var values symbol.Strings
	for range 100_000 {
		values.Append(hexID(rng))
	}
	if _, err := d.Encode(values, make([]symbol.Symbol, values.Len())); err != nil {
		t.Fatal(err)
	}
	perID := float64(d.SizeBytes()-before) / 100_000
	if perID < 26 || perID > 33 {
		t.Errorf("%.1f bytes an id", perID)
	}
	d.View().Rank()
	if got := float64(d.SizeBytes()-before)/100_000 - perID; got != 8 {
		t.Errorf("rank: %.1f bytes an id", got)
	}
}

func TestStringsDecode(t *testing.T) {
	d := symbol.New()
	encode(t, d, "a", "", strings.Repeat("ab", 16))
	var out symbol.Strings
	d.View().Decode([]symbol.Symbol{2, 0, 1, 2}, &out)
	if out.Len() != 4 || !bytes.Equal(out.Bytes, []byte(strings.Repeat("ab", 16)+"a"+strings.Repeat("ab", 16))) || len(out.At(2)) != 0 {
		t.Fatalf("%+v", out)
	}
}
