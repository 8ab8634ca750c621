package store

import (
	"maps"
	"slices"

	"github.com/freshetdb/freshet/columnar/segment"
	"github.com/freshetdb/freshet/columnar/table"
)

// SegmentInfo describes a segment, or, with InMemory, rows that are not flushed.
type SegmentInfo struct {
	Table     uint64
	Name      string
	Partition string // "" when Mixed
	Mixed     bool
	Rows      int64 // that are not deleted
	Bytes     int64
	Codec     segment.Codec
	Level     int
	// FirstIndex and LastIndex are the entries of the log that the rows are from.
	FirstIndex, LastIndex uint64
	Times                 []segment.TimeRange
	Active                bool // false: set aside by DETACH PARTITION
	InMemory              bool
	Columns               []ColumnSize
}

// ColumnSize is the bytes of a column in a segment.
type ColumnSize struct {
	ID    uint32
	Bytes int64
}

// Segments describes all segments and the rows in memory, by table.
func (s *Store) Segments() []SegmentInfo {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []SegmentInfo
	for _, id := range slices.Sorted(maps.Keys(s.tables)) {
		t := s.tables[id]
		for _, g := range t.Segments {
			out = append(out, describeSegment(id, g, true))
		}
		for _, r := range t.MemoryRuns() {
			if i := describeRun(id, r); i.Rows > 0 {
				out = append(out, i)
			}
		}
		if t.Rolled != nil && len(t.Rolled.Runs) > 0 {
			out = append(out, describeFolded(id, t.Rolled.Runs))
		}
		for _, d := range t.Detached {
			for _, g := range d.Segments {
				out = append(out, describeSegment(id, g, false))
			}
			for _, r := range d.Runs {
				i := describeRun(id, r)
				i.Partition, i.Active = d.Partition, false
				out = append(out, i)
			}
		}
	}
	return out
}

func describeSegment(id uint64, g *table.Segment, isActive bool) SegmentInfo {
	m := g.File.Meta()
	out := SegmentInfo{
		Table: id, Name: m.Name, Partition: m.Partition, Mixed: m.Mixed, Rows: g.Live(), Bytes: m.Bytes + m.IndexBytes,
		Codec: m.Codec, Level: m.Level, FirstIndex: m.FirstIndex, LastIndex: m.LastIndex, Times: m.Times, Active: isActive,
	}
	for _, c := range g.File.Columns() {
		out.Columns = append(out.Columns, ColumnSize{ID: c, Bytes: g.File.ColumnBytes(c)})
	}
	return out
}

func describeRun(id uint64, r *table.Run) SegmentInfo {
	out := SegmentInfo{Table: id, Name: "memory", Mixed: true, Rows: r.Live(), Bytes: r.Bytes, Active: true, InMemory: true}
	for i, c := range r.Rows.Chunks {
		if i == 0 {
			out.FirstIndex = c.FirstIndex
		}
		out.LastIndex = c.LastIndex
	}
	return out
}

// describeFolded describes the rows of a rollup that are in memory.
func describeFolded(id uint64, runs []*table.Folded) SegmentInfo {
	out := SegmentInfo{Table: id, Name: "memory", Mixed: true, Active: true, InMemory: true, FirstIndex: runs[0].First}
	for _, r := range runs {
		out.Rows += r.Rows
		out.Bytes += r.Bytes
		out.FirstIndex, out.LastIndex = min(out.FirstIndex, r.First), max(out.LastIndex, r.Last)
	}
	return out
}
