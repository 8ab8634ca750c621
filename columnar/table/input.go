package table

import (
	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/memtable"
	"github.com/freshetdb/freshet/columnar/rollup"
	"github.com/freshetdb/freshet/columnar/segment"
	"github.com/freshetdb/freshet/columnar/types"
	"github.com/freshetdb/freshet/index/rowset"
)

// Input is rows that a rollup has to fold, as they stood when they became so: rows
// that the source loses later are folded all the same (R16). It is immutable.
type Input struct {
	Rows        int64 // dead ones included
	First, Last uint64
	Epoch       uint64 // see Rolled.Epoch

	chunk *memtable.Chunk // rows [lo, hi) of a chunk, or
	file  *segment.Segment
	run   *Folded // rows of the rollup that the past is read from
	runOf *View   // that rollup
	lo    int
	hi    int
	dead  rowset.Set
}

// File is the segment that an input reads; nil for rows in memory.
func (in *Input) File() *segment.Segment { return in.file }

// isPast tells that the rows are those of Derived.Past.
func (in *Input) isPast() bool { return in.run != nil }

// part gives the rows as a part of the source.
func (in *Input) part(source *View) Part {
	switch {
	case in.chunk != nil:
		return newChunkPart(in.chunk, in.dead, source)
	case in.file != nil:
		return &segmentPart{file: in.file, dead: in.dead, view: source}
	default:
		return &foldedPart{run: in.run, view: in.runOf}
	}
}

// chunkInputs are the rows [from, to) of a memtable.
func chunkInputs(rows *memtable.Snapshot, from, to int64, dead rowset.Set) []*Input {
	var out []*Input
	for _, c := range rows.Chunks {
		lo, hi := max(from, c.FirstRow), min(to, c.FirstRow+int64(c.Rows))
		if lo >= hi {
			continue
		}
		out = append(out, &Input{
			Rows: hi - lo, First: c.FirstIndex, Last: c.LastIndex,
			chunk: c, lo: int(lo - c.FirstRow), hi: int(hi - c.FirstRow), dead: dead,
		})
	}
	return out
}

// segmentInputRows bounds an input: one is folded at a time.
const segmentInputRows = 128 * segment.GranuleRows

// segmentInputs are the rows of a segment.
func segmentInputs(g *Segment) []*Input {
	var out []*Input
	m := g.File.Meta()
	for lo := 0; lo < g.File.Rows(); lo += segmentInputRows {
		hi := min(g.File.Rows(), lo+segmentInputRows)
		out = append(out, &Input{
			Rows: int64(hi - lo), First: m.FirstIndex, Last: m.LastIndex, file: g.File, lo: lo, hi: hi, dead: g.Dead,
		})
	}
	return out
}

// foldBatchRows is how many rows are folded at once. What is folded apart has to be merged
// again: with an eighth of it that was a tenth of all work of an ingest with rollups.
const foldBatchRows = 64 * segment.GranuleRows

// folder feeds rows to a plan in batches.
type folder struct {
	plan  *rollup.Plan
	cols  []types.Column
	parts []*batch.Batch
	rows  int
	emit  func(*batch.Batch) error
}

func newFolder(p *rollup.Plan, emit func(*batch.Batch) error) *folder {
	return &folder{plan: p, cols: p.Needs, emit: emit}
}

// add takes the live rows [lo, hi) of a part.
func (f *folder) add(p Part, signs []int8, lo, hi int) error {
	for lo < hi {
		end := min(hi, lo+foldBatchRows-f.rows)
		b := &batch.Batch{Rows: end - lo}
		for i := range f.cols {
			v, err := p.Read(&f.cols[i], lo, end)
			if err != nil {
				return err
			}
			b.Cols, b.Names = append(b.Cols, v), append(b.Names, f.cols[i].Name)
		}
		if signs != nil {
			b.Signs = signs[lo:end]
		}
		if live := p.Live(lo, end); live != nil {
			b = b.Gather(rowsOf(live))
		}
		f.parts = append(f.parts, b)
		f.rows += end - lo
		lo = end
		if f.rows >= foldBatchRows {
			if err := f.flush(); err != nil {
				return err
			}
		}
	}
	return nil
}

func rowsOf(live []bool) []uint32 {
	var out []uint32
	for i, is := range live {
		if is {
			out = append(out, uint32(i))
		}
	}
	return out
}

// flush folds what was taken.
func (f *folder) flush() error {
	if len(f.parts) == 0 {
		return nil
	}
	b := f.parts[0]
	if len(f.parts) > 1 {
		ts := make([]types.Type, len(f.cols))
		for i := range f.cols {
			ts[i] = f.cols[i].Type
		}
		parts := f.parts
		b = batch.ConcatBatches(b.Names, ts, parts)
		b.Signs = concatSigns(parts, b.Rows)
	}
	f.parts, f.rows = nil, 0
	out, err := f.plan.Fold(b)
	if err != nil || out.Rows == 0 {
		return err
	}
	return f.emit(out)
}

func concatSigns(parts []*batch.Batch, rows int) []int8 {
	some := false
	for _, p := range parts {
		some = some || p.Signs != nil
	}
	if !some {
		return nil
	}
	out := make([]int8, 0, rows)
	for _, p := range parts {
		if p.Signs != nil {
			out = append(out, p.Signs...)
			continue
		}
		for range p.Rows {
			out = append(out, 1)
		}
	}
	return out
}
