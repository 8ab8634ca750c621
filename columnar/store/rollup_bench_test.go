package store_test

import (
	"math/rand/v2"
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

// BenchmarkSteadyIngest is an hour of a table with three rollups, flushed every 30
// seconds and merged as far as merges are worth it after each: how many bytes are
// written for each that a flush wrote of the table, and how many segments are left.
// Run it with -benchtime=1x.
func BenchmarkSteadyIngest(b *testing.B) {
	s, _ := openVideo(b)
	d := videoTable(b)
	minutes := defineRollup(b, 3, d, nil, []rollupKey{{"minute", callExpr(b, "toStartOfMinute", colOf(b, d, "ts"))}},
		aggregate{"c", "SimpleAggregateFunction(sum, UInt64)", "count", nil},
		aggregate{"u", "AggregateFunction(uniqExact, String)", "uniqExact", []string{"device"}})
	contents := defineRollup(b, 4, d, nil, // Every flush has most of the keys.
		[]rollupKey{{"day", callExpr(b, "toDate", colOf(b, d, "ts"))}, {"content", colOf(b, d, "content")}},
		aggregate{"c", "SimpleAggregateFunction(sum, UInt64)", "count", nil},
		aggregate{"u", "AggregateFunction(uniqExact, String)", "uniqExact", []string{"device"}})
	minutes.PartitionBy = nil
	index := uint64(1)
	for _, r := range []*table.Def{videoRollup(b, 2, d), minutes, contents} {
		index++
		if r := s.Apply(index, defineEntry(b, r)); r.Err != nil {
			b.Fatal(r.Err)
		}
	}
	seen := map[string]bool{}
	var flushed, written [5]int64 // by table
	note := func() {
		for _, g := range s.Segments() {
			if g.InMemory || seen[g.Name] {
				continue
			}
			seen[g.Name] = true
			written[g.Table] += g.Bytes
			if g.Level == 0 {
				flushed[g.Table] += g.Bytes
			}
		}
	}
	r := rand.New(rand.NewPCG(1, 2))
	for b.Loop() {
		for half := range 120 {
			for range 2 {
				index++
				if r := s.Apply(index, videoEntry(d, r, half/2)); r.Err != nil {
					b.Fatal(r.Err)
				}
			}
			s.Publish()
			s.flushAt(index)
			note()
			for did := true; did; note() {
				var err error
				if did, err = s.MergeOnce(b.Context()); err != nil {
					b.Fatal(err)
				}
			}
		}
	}
	left := map[uint64]int{}
	for _, g := range s.Segments() {
		left[g.Table]++
	}
	total := int64(0)
	for id, name := range []string{1: "table", 2: "minute-city-action", 3: "minute", 4: "day-content"} {
		if name != "" {
			total += written[id]
			b.ReportMetric(float64(written[id])/float64(flushed[id]), name+"-written/flushed")
			b.ReportMetric(float64(flushed[id])/float64(flushed[1]), name+"-flushed/table")
			b.ReportMetric(float64(left[uint64(id)]), name+"-segments")
		}
	}
	b.ReportMetric(float64(total)/float64(flushed[1]), "written/inserted")
}
