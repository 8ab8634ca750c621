package symbol_test

import (
	"bytes"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/freshetdb/freshet/index/roofline"
	"github.com/freshetdb/freshet/index/symbol"
)

func unlimited(int64) error { return nil }

func alive() error { return nil }

// TestUnionEqualsModel lets dictionaries grow and be united in any order: equal values
// have one number, different ones have different numbers, and these never change.
func TestUnionEqualsModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		dicts := make([]*symbol.Dict, rapid.IntRange(1, 4).Draw(t, "dictionaries"))
		values := make([][]string, len(dicts))
		for i := range dicts {
			dicts[i] = symbol.New()
		}
		numbers := map[string]symbol.Symbol{}
		var last *symbol.UnionView
		for range rapid.IntRange(1, 5).Draw(t, "rounds") {
			var views []symbol.View
			var of []int
			for i, d := range dicts {
				for _, v := range rapid.SliceOfN(aValue(), 0, 100).Draw(t, "values") {
					out := make([]symbol.Symbol, 1)
					added, err := d.Encode(column(v), out)
					if err != nil {
						t.Fatal(err)
					}
					if added > 0 {
						values[i] = append(values[i], v)
					}
				}
				if i == 0 || rapid.Bool().Draw(t, "is united") {
					view := d.View()
					views, of = append(views, view.Prefix(uint32(rapid.IntRange(0, int(view.Len())).Draw(t, "length")))), append(of, i)
				}
			}
			u := symbol.UnionOf(dicts[0].View(), unlimited)
			all, err := u.Extend(views, alive)
			if err != nil {
				t.Fatal(err)
			}
			if n := u.Missing(views); n != 0 {
				t.Fatalf("%d symbols are missing after Extend", n)
			}
			if last != nil && all.Len() < last.Len() {
				t.Fatal("the union became smaller")
			}
			last = all
			compareUnion(t, all, views, of, values, numbers)
		}
	})
}

func compareUnion(t *rapid.T, all *symbol.UnionView, views []symbol.View, of []int, values [][]string, numbers map[string]symbol.Symbol) {
	taken := map[symbol.Symbol]string{}
	for v, n := range numbers {
		taken[n] = v
	}
	for k, view := range views {
		codes := all.Codes(k)
		for sym := range view.Len() {
			v, n := values[of[k]][sym], codes[sym]
			if was, ok := numbers[v]; ok && was != n {
				t.Fatalf("%q has number %d, and %d before", v, n, was)
			}
			if other, ok := taken[n]; ok && other != v {
				t.Fatalf("%q and %q have number %d", v, other, n)
			}
			numbers[v], taken[n] = n, v
			if got, ok := all.Lookup([]byte(v)); !ok || got != n {
				t.Fatalf("Lookup of %q is %d, %v; want %d", v, got, ok, n)
			}
			if got := string(all.AppendValue(nil, n)); got != v {
				t.Fatalf("value of %d is %q, want %q", n, got, v)
			}
			if all.Hash(n) != symbol.HashOf([]byte(v)) {
				t.Fatalf("hash of %q is wrong", v)
			}
		}
	}
	every := make([]symbol.Symbol, all.Len())
	for i := range every {
		every[i] = symbol.Symbol(i)
	}
	var texts symbol.Strings
	all.Decode(every, &texts)
	lows := all.AppendLowHashes(nil, every)
	seen := map[string]bool{}
	for i := range every {
		v := texts.At(i)
		if seen[string(v)] || symbol.HashOf(v).Lo != lows[i] {
			t.Fatalf("%q stands twice, or has another hash", v)
		}
		seen[string(v)] = true
	}
	if _, ok := all.Lookup([]byte("is in no dictionary at all")); ok {
		t.Fatal("a value that is nowhere has a number")
	}
}

func TestUnionEndsWhenAskedTo(t *testing.T) {
	a, b := symbol.New(), symbol.New()
	for i := range 200_000 {
		encode(t, a, fmt.Sprint("a", i))
		encode(t, b, fmt.Sprint("b", i))
	}
	views := []symbol.View{a.View(), b.View()}
	noRoom, ended := errors.New("no room"), errors.New("ended")
	isFull := atomic.Bool{}
	isFull.Store(true)
	u := symbol.UnionOf(a.View(), func(n int64) error {
		if n > 0 && isFull.Load() {
			return noRoom
		}
		return nil
	})
	if _, err := u.Extend(views, alive); !errors.Is(err, noRoom) || u.Missing(views) != 400_000 {
		t.Fatalf("without room: %v, %d missing", err, u.Missing(views))
	}
	isFull.Store(false)
	calls := 0
	_, err := u.Extend(views, func() error {
		if calls++; calls == 3 {
			return ended
		}
		return nil
	})
	if missing := u.Missing(views); !errors.Is(err, ended) || missing == 0 || missing == 400_000 {
		t.Fatalf("ended: %v, %d missing", err, missing)
	}
	all, err := u.Extend(views, alive)
	if err != nil || all.Len() != 400_000 {
		t.Fatalf("after it: %v, %d values", err, all.Len())
	}
	if got, ok := all.Lookup([]byte("b199999")); !ok || string(all.AppendValue(nil, got)) != "b199999" {
		t.Fatal("the last value is not found")
	}
}

// TestUnionGivesMemoryBack says all that was reserved is given back once nobody has the
// dictionary any more.
func TestUnionGivesMemoryBack(t *testing.T) {
	var held atomic.Int64
	func() {
		a, b := symbol.New(), symbol.New()
		for i := range 5000 {
			encode(t, a, strconv.Itoa(i))
			encode(t, b, strconv.Itoa(2*i))
		}
		u := symbol.UnionOf(a.View(), func(n int64) error { held.Add(n); return nil })
		for n := 1000; n <= 5000; n += 1000 {
			if _, err := u.Extend([]symbol.View{a.View().Prefix(uint32(n)), b.View().Prefix(uint32(n))}, alive); err != nil {
				t.Fatal(err)
			}
		}
		if n := held.Load(); n < 5000*4 || n > 10_000*48+1<<16 {
			t.Fatalf("%d bytes are held", n)
		}
	}()
	for held.Load() != 0 {
		runtime.GC()
		time.Sleep(time.Millisecond)
	}
}

// TestUnionBesideWriter extends and reads from several goroutines while dictionaries grow.
func TestUnionBesideWriter(t *testing.T) {
	dicts := []*symbol.Dict{symbol.New(), symbol.New(), symbol.New()}
	for _, d := range dicts {
		encode(t, d, "x")
	}
	var wg sync.WaitGroup
	var done atomic.Bool
	for i, d := range dicts {
		wg.Go(func() {
			out := make([]symbol.Symbol, 1)
			for n := range 3000 {
				if _, err := d.Encode(column(strconv.Itoa(n*(i+1))), out); err != nil {
					t.Error(err)
				}
			}
			done.Store(true)
		})
	}
	for range 3 {
		wg.Go(func() {
			for !done.Load() {
				var views []symbol.View
				for _, d := range dicts {
					views = append(views, d.View())
				}
				all, err := symbol.UnionOf(views[0], unlimited).Extend(views, alive)
				if err != nil {
					t.Error(err)
					return
				}
				for k, v := range views {
					last := v.Len() - 1
					if got := all.AppendValue(nil, all.Codes(k)[last]); !bytes.Equal(got, v.AppendValue(nil, last)) {
						t.Errorf("symbol %d of dictionary %d is %q", last, k, got)
						return
					}
				}
			}
		})
	}
	wg.Wait()
}

// BenchmarkUnion unites eight dictionaries of which each value is in three.
func BenchmarkUnion(b *testing.B) {
	for _, set := range benchSets() {
		b.Run(set.name, func(b *testing.B) {
			const shards = 8
			parts := make([]symbol.Strings, shards)
			n := set.values.Len() / 4
			for i := range n {
				for k := range 3 {
					parts[(i*7+k*3)%shards].Append(set.values.At(i))
				}
			}
			for b.Loop() {
				b.StopTimer()
				views := make([]symbol.View, shards)
				for i := range parts {
					views[i] = build(b, parts[i]).View()
				}
				b.StartTimer()
				all, err := symbol.UnionOf(views[0], unlimited).Extend(views, alive)
				if err != nil || all.Len() != n {
					b.Fatal(err, all.Len())
				}
			}
			w := looked(set.values, n)
			w.Rows, w.Read, w.Write, w.Gather, w.Steps = 3*n, w.Read/4*3, 4*3*n, 2*3*n, 3*n
			roofline.Report(b, w)
		})
	}
}

// BenchmarkUnionCodes is what the symbols of a column cost as numbers of a union.
func BenchmarkUnionCodes(b *testing.B) {
	const n = 1 << 20
	codes, out := make([]symbol.Symbol, n), make([]symbol.Symbol, 8192)
	syms := make([]symbol.Symbol, 8192)
	for i := range codes {
		codes[i] = symbol.Symbol(i*7) % n
	}
	for i := range syms {
		syms[i] = symbol.Symbol(i*2654435761) % n
	}
	for b.Loop() {
		for i, s := range syms {
			out[i] = codes[s]
		}
	}
	roofline.Report(b, roofline.Work{Rows: 8192, Read: 4 * 8192, Write: 4 * 8192, Gather: 8192, Table: 64 * 8192, Steps: 8192}) // The lines of these symbols alone.
	if !slices.Contains(out, codes[syms[5]]) {
		b.Fatal("lost")
	}
}
