package store_test

import (
	"testing"

	"github.com/freshetdb/freshet/columnar/table"
	"github.com/freshetdb/freshet/columnar/vfs"
)

// videoRollup is a rollup of videoTable by minute and two dimensions.
func videoRollup(b *testing.B, id uint64, d *table.Def) *table.Def {
	out := defineRollup(b, id, d, nil,
		[]rollupKey{
			{"minute", callExpr(b, "toStartOfMinute", colOf(b, d, "ts"))}, {"city", colOf(b, d, "city")}, {"action", colOf(b, d, "action")},
		},
		aggregate{"c", "SimpleAggregateFunction(sum, UInt64)", "count", nil},
		aggregate{"s", "SimpleAggregateFunction(sum, UInt64)", "sum", []string{"duration"}},
		aggregate{"u", "AggregateFunction(uniqExact, String)", "uniqExact", []string{"device"}})
	out.PartitionBy = []table.KeyExpr{callOf(b, out, "toDate", "minute")}
	return out
}

// BenchmarkFoldBeside folds what was applied, until no more is worth it: runs and
// their combination.
func BenchmarkFoldBeside(b *testing.B) {
	s, entries := openVideo(b)
	d := videoTable(b)
	if r := s.Apply(2, defineEntry(b, videoRollup(b, 2, d))); r.Err != nil {
		b.Fatal(r.Err)
	}
	index := uint64(2)
	for b.Loop() {
		b.StopTimer()
		for range 8 {
			index++
			if r := s.Apply(index, entries[index%64]); r.Err != nil {
				b.Fatal(r.Err)
			}
		}
		s.Publish()
		b.StartTimer()
		s.foldAll()
		if index%256 < 8 {
			b.StopTimer()
			s.flushAt(index)
			b.StartTimer()
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*8*entryRows), "ns/row")
}

// BenchmarkFill fills a rollup from segments.
func BenchmarkFill(b *testing.B) {
	s, entries := openVideo(b)
	d := videoTable(b)
	index := uint64(1)
	for range 64 {
		index++
		if r := s.Apply(index, entries[index%64]); r.Err != nil {
			b.Fatal(r.Err)
		}
	}
	s.flushAt(index)
	id := uint64(2)
	for b.Loop() {
		b.StopTimer()
		index++
		if r := s.Apply(index, defineEntry(b, videoRollup(b, id, d))); r.Err != nil {
			b.Fatal(r.Err)
		}
		id++
		s.flushAt(index)
		b.StartTimer()
		s.fill()
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*64*entryRows), "ns/row")
}

// BenchmarkTail folds what a View has to when a query first asks for it: less than
// two granules.
func BenchmarkTail(b *testing.B) {
	s, entries := openVideo(b)
	d := videoTable(b)
	if r := s.Apply(2, defineEntry(b, videoRollup(b, 2, d))); r.Err != nil {
		b.Fatal(r.Err)
	}
	index := uint64(2)
	for b.Loop() {
		b.StopTimer()
		index++
		if r := s.Apply(index, entries[index%64]); r.Err != nil {
			b.Fatal(r.Err)
		}
		s.Publish()
		v := s.View()
		b.StartTimer()
		_ = v.Table(2).Parts()
		b.StopTimer()
		v.Release()
		s.flushAt(index)
		b.StartTimer()
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*entryRows), "ns/row")
}

// BenchmarkPublishRollups publishes a View of a table and ten rollups of it.
func BenchmarkPublishRollups(b *testing.B) {
	s := open(b, vfs.NewMem())
	d := hits(b)
	s.must(defineEntry(b, d))
	for id := range uint64(10) {
		s.must(defineEntry(b, byDay(b, id+2, d)))
	}
	e := insert(b, d, []string{"2024-05-01", "bob", "1", "rome"})
	index := uint64(len(s.log))
	b.ReportAllocs()
	for b.Loop() {
		index++
		s.Apply(index, e)
		s.Publish()
	}
}
