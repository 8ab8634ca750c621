package symbol_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/freshetdb/freshet/index/roofline"
	"github.com/freshetdb/freshet/index/symbol"
)

const (
	benchValues = 4_000_000
	benchBatch  = 8192
)

type benchSet struct {
	name   string
	values symbol.Strings
}

func benchSets() []benchSet {
	rng := rand.New(rand.NewPCG(5, 6))
	ids, short := symbol.Strings{}, symbol.Strings{}
	for i := range benchValues {
		ids.Append(hexID(rng))
		short.Append(fmt.Appendf(nil, "content-%08d", i))
	}
	return []benchSet{{"hex32", ids}, {"short16", short}}
}

func batches(s symbol.Strings) []symbol.Strings {
	var out []symbol.Strings
	for from := 0; from < s.Len(); from += benchBatch {
		to := min(from+benchBatch, s.Len())
		out = append(out, symbol.Strings{Offsets: s.Offsets[from : to+1], Bytes: s.Bytes})
	}
	return out
}

func build(b *testing.B, s symbol.Strings) *symbol.Dict {
	b.Helper()
	d := symbol.New()
	out := make([]symbol.Symbol, benchBatch)
	for _, batch := range batches(s) {
		if _, err := d.Encode(batch, out); err != nil {
			b.Fatal(err)
		}
	}
	return d
}

// looked is what it takes at the least to look up values, or to put them in: each is read, one of so many places is
// found, and the value there is looked at.
func looked(values symbol.Strings, places int) roofline.Work {
	n := values.Len()
	text := len(values.Bytes) / n
	return roofline.Work{Rows: n, Read: n * (4 + text), Write: 4 * n, Gather: 2 * n, Table: places * (4 + text), Steps: n}
}

func BenchmarkInsert(b *testing.B) {
	for _, set := range benchSets() {
		b.Run(set.name, func(b *testing.B) {
			var d *symbol.Dict
			for b.Loop() {
				d = build(b, set.values)
			}
			w := looked(set.values, benchValues)
			w.Gather, w.Table = benchValues, 4*benchValues // Values that are new are added, and not looked at.
			w.Write = w.Read
			roofline.Report(b, w)
			b.ReportMetric(float64(d.SizeBytes())/benchValues, "B/value")
		})
	}
}

func BenchmarkLookup(b *testing.B) {
	rng := rand.New(rand.NewPCG(7, 8))
	for _, set := range benchSets() {
		d := build(b, set.values)
		for _, hot := range []int{100, 200_000, benchValues} {
			var asked symbol.Strings
			for range 1_000_000 {
				asked.Append(set.values.At(rng.IntN(hot)))
			}
			b.Run(fmt.Sprint(set.name, "/of", hot), func(b *testing.B) {
				out := make([]symbol.Symbol, benchBatch)
				all := batches(asked)
				for b.Loop() {
					for _, batch := range all {
						d.LookupBatch(batch, out)
					}
				}
				roofline.Report(b, looked(asked, hot))
			})
		}
	}
}

func BenchmarkLoad(b *testing.B) {
	for _, set := range benchSets() {
		log, pos := writeLog(b, set.values)
		b.Run(set.name, func(b *testing.B) {
			for b.Loop() {
				if _, err := symbol.Load(log, pos); err != nil {
					b.Fatal(err)
				}
			}
			w := looked(set.values, benchValues)
			w.Gather, w.Table, w.Write = benchValues, 4*benchValues, int(pos.Bytes)
			w.Read = w.Write
			roofline.Report(b, w)
			b.ReportMetric(float64(pos.Bytes)/benchValues, "diskB/value")
		})
	}
}

func BenchmarkRank(b *testing.B) {
	for _, set := range benchSets() {
		d := build(b, set.values)
		log := &memLog{}
		w, err := symbol.NewWriter(log, symbol.Position{})
		if err != nil {
			b.Fatal(err)
		}
		pos, err := w.Append(d.View())
		if err != nil {
			b.Fatal(err)
		}
		b.Run(set.name, func(b *testing.B) {
			for b.Loop() {
				b.StopTimer()
				fresh, err := symbol.Load(log, pos)
				if err != nil {
					b.Fatal(err)
				}
				b.StartTimer()
				fresh.View().Rank()
			}
			w := looked(set.values, benchValues)
			w.Gather = benchValues // Each symbol is put into its place.
			w.Table = 4 * benchValues
			roofline.Report(b, w)
		})
	}
}
