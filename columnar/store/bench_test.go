package store_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/entry"
	"github.com/freshetdb/freshet/columnar/store"
	"github.com/freshetdb/freshet/columnar/table"
	"github.com/freshetdb/freshet/columnar/types"
	"github.com/freshetdb/freshet/columnar/vfs"
)

// entryRows is about what gathers into an entry of 512 KB.
const entryRows = 8192

// videoTable is like a table of video events.
func videoTable(b *testing.B) *table.Def {
	d := define(b, 1, "ts DateTime", "content String", "device String", "city LowCardinality(String)", "action LowCardinality(String)", "duration UInt32")
	d.OrderBy = []table.KeyExpr{keyOf(b, d, "content"), keyOf(b, d, "ts")}
	d.PartitionBy = []table.KeyExpr{callOf(b, d, "toDate", "ts")}
	return d
}

// videoEntry makes rows of one minute.
func videoEntry(d *table.Def, r *rand.Rand, minute int) *entry.Entry {
	text := func(format string, n int) *batch.Vector {
		s := batch.Strings{Offsets: make([]uint32, 1, entryRows+1)}
		for range entryRows {
			s.AppendString(fmt.Sprintf(format, r.IntN(n)))
		}
		return batch.NewStrings(types.Of(types.String), s, nil)
	}
	ts, duration := make([]uint32, entryRows), make([]uint32, entryRows)
	for i := range ts {
		ts[i] = uint32(1_700_000_000 + 60*minute + r.IntN(60))
		duration[i] = uint32(r.IntN(60_000))
	}
	e := &entry.Entry{Kind: entry.Insert, Table: d.ID, SchemaVersion: 1, Rows: entryRows}
	for i, v := range []*batch.Vector{
		batch.NewFixed(types.Of(types.DateTime), ts, nil), text("content-%06d", 100_000), text("%032x", 1_000_000),
		text("city-%d", 300).WithType(d.Schema.Columns[3].Type), text("action-%d", 5).WithType(d.Schema.Columns[4].Type),
		batch.NewFixed(types.Of(types.UInt32), duration, nil),
	} {
		e.Columns = append(e.Columns, entry.Column{ID: uint32(i + 1), Vector: v})
	}
	return e
}

func openVideo(b *testing.B) (*shard, []*entry.Entry) {
	s := &shard{tester: b, fs: vfs.OS{}}
	var err error
	if s.Store, err = store.Open(s.fs, b.TempDir(), s.opts); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := s.Close(); err != nil {
			b.Error(err)
		}
	})
	d := videoTable(b)
	r := rand.New(rand.NewPCG(1, 2))
	var entries []*entry.Entry
	for i := range 64 {
		entries = append(entries, videoEntry(d, r, i))
	}
	if r := s.Apply(1, defineEntry(b, d)); r.Err != nil {
		b.Fatal(r.Err)
	}
	return s, entries
}

// BenchmarkApply applies and publishes entries, flushing now and then.
func BenchmarkApply(b *testing.B) {
	s, entries := openVideo(b)
	index := uint64(1)
	for b.Loop() {
		index++
		if r := s.Apply(index, entries[index%64]); r.Err != nil {
			b.Fatal(r.Err)
		}
		s.Publish()
		if index%256 == 0 {
			b.StopTimer()
			s.flushAt(index)
			b.StartTimer()
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*entryRows), "ns/row")
}

func (s *shard) flushAt(index uint64) {
	s.Helper()
	f, err := s.Snapshot(index)
	if err != nil {
		s.Fatal(err)
	}
	defer f.Release()
	if err := f.Persist(s.Context(), store.RaftMeta{Term: 1}); err != nil {
		s.Fatal(err)
	}
}

// BenchmarkFlush writes half a million rows.
func BenchmarkFlush(b *testing.B) {
	s, entries := openVideo(b)
	index := uint64(1)
	for b.Loop() {
		b.StopTimer()
		for _, e := range entries {
			index++
			if r := s.Apply(index, e); r.Err != nil {
				b.Fatal(r.Err)
			}
		}
		s.Publish()
		b.StartTimer()
		s.flushAt(index)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*entryRows*64), "ns/row")
}

// BenchmarkPublish publishes a View of many tables after a change to one.
func BenchmarkPublish(b *testing.B) {
	for _, tables := range []int{1, 100, 1000} {
		b.Run(fmt.Sprint(tables), func(b *testing.B) {
			s := open(b, vfs.NewMem())
			for id := range tables {
				if r := s.Apply(uint64(id+1), defineEntry(b, define(b, uint64(id+1), "n Int32", "s String"))); r.Err != nil {
					b.Fatal(r.Err)
				}
			}
			d := define(b, 1, "n Int32", "s String")
			index := uint64(tables)
			e := insert(b, d, []string{"1", "x"})
			for b.Loop() {
				index++
				s.Apply(index, e)
				s.Publish()
			}
		})
	}
}
