package table

import (
	"fmt"
	"slices"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/memtable"
	"github.com/freshetdb/freshet/columnar/segment"
	"github.com/freshetdb/freshet/index/rowset"
)

// Match tells whether the rows of a partition are meant.
type Match func(p Partition) bool

// Selection is the live rows of some partitions: of the runs and of the segments
// of a table, in their order. A zero Set selects none; Whole marks segments all
// of whose rows are of such a partition.
type Selection struct {
	Runs     []rowset.Set
	Segments []rowset.Set
	Whole    []bool
}

// IsEmpty tells whether nothing is selected.
func (s *Selection) IsEmpty() bool {
	isEmpty := func(set rowset.Set) bool { return set.IsEmpty() }
	return !slices.Contains(s.Whole, true) &&
		!slices.ContainsFunc(s.Runs, func(r rowset.Set) bool { return !isEmpty(r) }) &&
		!slices.ContainsFunc(s.Segments, func(r rowset.Set) bool { return !isEmpty(r) })
}

// Select finds the rows of partitions. The memtable must be sealed. An error
// means that a segment can't be read, or that its rows have no partition.
func (t *Table) Select(match Match) (*Selection, error) {
	v := t.View()
	s := &Selection{
		Runs: make([]rowset.Set, len(t.Runs)), Segments: make([]rowset.Set, len(t.Segments)), Whole: make([]bool, len(t.Segments)),
	}
	for i, r := range t.Runs {
		var ranges []rowset.Range
		for _, c := range r.Rows.Chunks {
			found, err := t.matching(newChunkPart(c, r.Dead, v), int(c.FirstRow), match)
			if err != nil {
				return nil, err
			}
			ranges = append(ranges, found...)
		}
		s.Runs[i] = rowset.Of(int(r.Rows.Rows), ranges...)
	}
	for i, g := range t.Segments {
		part := &segmentPart{file: g.File, dead: g.Dead, view: v}
		if m := g.File.Meta(); !m.Mixed {
			p, err := t.partitionOf(g, part)
			if err != nil {
				return nil, err
			}
			s.Whole[i] = match(p)
			continue
		}
		ranges, err := t.matching(part, 0, match)
		if err != nil {
			return nil, fmt.Errorf("segment %s: %w", g.Name(), err)
		}
		s.Segments[i] = rowset.Of(g.File.Rows(), ranges...)
	}
	return s, nil
}

// partitionOf is the partition of a segment that is not mixed. Its key is
// computed from the first row, once.
func (t *Table) partitionOf(g *Segment, part Part) (Partition, error) {
	m := g.File.Meta()
	if !g.HasKey {
		list, _, err := t.partitions(part, 0, min(1, part.Rows()))
		if err != nil {
			return Partition{}, fmt.Errorf("segment %s: %w", m.Name, err)
		}
		if len(list) == 1 {
			g.Key, g.HasKey = list[0].Key, true
		}
	}
	return Partition{Name: m.Partition, Key: g.Key}, nil
}

// partitions computes the partitions of rows of a part.
func (t *Table) partitions(p Part, lo, hi int) (list []Partition, rows []uint32, err error) {
	stored := segment.Stored(&t.Def.Schema)
	b := &batch.Batch{Cols: make([]*batch.Vector, len(stored)), Rows: hi - lo}
	for _, place := range t.Keys.PartitionColumns() {
		if b.Cols[place], err = p.Read(&stored[place], lo, hi); err != nil {
			return nil, nil, err
		}
	}
	return t.Keys.Partitions(b)
}

// matching gives the live rows of a part that are in partitions that match, as
// ranges of row numbers that begin at first.
func (t *Table) matching(p Part, first int, match Match) ([]rowset.Range, error) {
	var out []rowset.Range
	for lo := 0; lo < p.Rows(); lo += segment.GranuleRows {
		hi := min(lo+segment.GranuleRows, p.Rows())
		list, rows, err := t.partitions(p, lo, hi)
		if err != nil {
			return nil, err
		}
		wanted := make([]bool, len(list))
		some := false
		for k := range list {
			wanted[k] = match(list[k])
			some = some || wanted[k]
		}
		if !some {
			continue
		}
		live := p.Live(lo, hi)
		for i, k := range rows {
			if !wanted[k] || (live != nil && !live[i]) {
				continue
			}
			at := first + lo + i
			if n := len(out) - 1; n >= 0 && out[n].Hi == at {
				out[n].Hi++
				continue
			}
			out = append(out, rowset.Range{Lo: at, Hi: at + 1})
		}
	}
	return out, nil
}

// Gather copies the selected rows of runs and of mixed segments into a run of
// their own, as rows of an entry; nil when there are none.
func (t *Table) Gather(s *Selection, index uint64) (*Run, error) {
	v := t.View()
	m := memtable.New(&t.Def.Schema)
	for i, set := range s.Runs {
		for _, c := range t.Runs[i].Rows.Chunks {
			rows := set.AppendRows(nil, int(c.FirstRow), int(c.FirstRow)+c.Rows)
			if len(rows) == 0 {
				continue
			}
			b, err := v.Chunk(c)
			if err != nil {
				return nil, err
			}
			m.Append(b.Gather(rows), index)
		}
	}
	for i, set := range s.Segments {
		if set.IsEmpty() {
			continue
		}
		if err := gatherSegment(m, v, t.Segments[i].File, set, index); err != nil {
			return nil, err
		}
	}
	if m.Rows() == 0 {
		return nil, nil //nolint:nilnil // No rows make no run.
	}
	return &Run{Rows: m.Publish(), Bytes: m.SizeBytes()}, nil
}

func gatherSegment(m *memtable.Memtable, v *View, f *segment.Segment, set rowset.Set, index uint64) error {
	r, err := v.Reader(f)
	if err != nil {
		return err
	}
	defer r.Close()
	for lo := 0; lo < r.Rows(); lo += segment.GranuleRows {
		hi := min(lo+segment.GranuleRows, r.Rows())
		rows := set.AppendRows(nil, lo, hi)
		if len(rows) == 0 {
			continue
		}
		b, err := r.Read(lo, hi)
		if err != nil {
			return err
		}
		m.Append(b.Gather(rows), index)
	}
	return nil
}

// TakeOut kills the selected rows and takes out runs and segments that have no
// live row left. It returns the segments: those that were selected whole, and
// those that are dead now.
func (t *Table) TakeOut(s *Selection) (whole, dead []*Segment) {
	t.Touch()
	var runs []*Run
	for i, r := range t.Runs {
		if !s.Runs[i].IsEmpty() {
			r.Kill(s.Runs[i])
		}
		if r.Live() > 0 {
			runs = append(runs, r)
		}
	}
	var segments []*Segment
	for i, g := range t.Segments {
		if !s.Segments[i].IsEmpty() {
			g.Kill(s.Segments[i])
		}
		switch {
		case s.Whole[i]:
			whole = append(whole, g)
		case g.Live() == 0:
			dead = append(dead, g)
		default:
			segments = append(segments, g)
		}
	}
	t.Runs, t.Segments = runs, segments
	return whole, dead
}
