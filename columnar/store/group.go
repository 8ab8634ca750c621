package store

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/memtable"
	"github.com/freshetdb/freshet/columnar/segment"
	"github.com/freshetdb/freshet/columnar/table"
	"github.com/freshetdb/freshet/columnar/types"
	"github.com/freshetdb/freshet/index/rowset"
)

const (
	// activePartitions is how many partitions of a flush get segments of their own;
	// the rows of all others make one mixed segment.
	activePartitions = 3
	// pieceBytes bounds the rows that are sorted at once: a flush holds them twice.
	pieceBytes = 256 << 20
)

// group is rows in memory that become segments together. While a flush runs they
// stay together: they are rows of the table, set aside, staged, or gone.
type group struct {
	runs      []*table.Run
	dead      []rowset.Set // of each run, as of the flush
	mixed     bool         // all rows make one mixed segment
	partition *string      // all rows are of this partition
	written   []written
}

// written is a segment that a flush wrote.
type written struct {
	file *segment.Segment
	key  string // partition, unless mixed
	// runs and rows tell for each row of the segment which it was in memory.
	runs, rows []uint32
}

// newGroup takes runs as they stand; nil when there are none.
func newGroup(runs []*table.Run) *group {
	if len(runs) == 0 {
		return nil
	}
	g := &group{runs: slices.Clone(runs)}
	for _, r := range runs {
		g.dead = append(g.dead, r.Dead)
	}
	return g
}

// piece is rows that are sorted together.
type piece struct {
	rows        *batch.Batch
	runs        []uint32
	at          []uint32
	first, last uint64
}

// writeGroup writes the live rows of a group as segments and opens them.
func (s *Store) writeGroup(ctx context.Context, t *frozenTable, g *group) error {
	var p collector
	for i, r := range g.runs {
		for _, c := range r.Rows.Chunks {
			if err := ctx.Err(); err != nil {
				return err
			}
			if err := p.add(t.view, c, uint32(i), g.dead[i]); err != nil {
				return err
			}
			if p.bytes >= pieceBytes {
				if err := s.writePiece(t, g, p.take()); err != nil {
					return err
				}
			}
		}
	}
	return s.writePiece(t, g, p.take())
}

// collector gathers the live rows of chunks.
type collector struct {
	batches []*batch.Batch
	piece   piece
	bytes   int64
}

func (p *collector) add(v *table.View, c *memtable.Chunk, run uint32, dead rowset.Set) error {
	b, err := v.Chunk(c)
	if err != nil {
		return err
	}
	lo := int(c.FirstRow)
	live := table.LiveRows(dead, lo, lo+c.Rows)
	if live != nil {
		b = b.Gather(live)
	}
	if b.Rows == 0 {
		return nil
	}
	if len(p.batches) == 0 {
		p.piece.first = math.MaxUint64
	}
	for i := range b.Rows {
		row := uint32(i)
		if live != nil {
			row = live[i]
		}
		p.piece.runs, p.piece.at = append(p.piece.runs, run), append(p.piece.at, uint32(lo)+row)
	}
	p.batches = append(p.batches, b)
	p.piece.first, p.piece.last = min(p.piece.first, c.FirstIndex), max(p.piece.last, c.LastIndex)
	p.bytes += b.SizeBytes()
	return nil
}

// take hands over the rows; nil when there are none.
func (p *collector) take() *piece {
	if len(p.batches) == 0 {
		return nil
	}
	out := p.piece
	first := p.batches[0]
	out.rows = batch.ConcatBatches(first.Names, first.Types(), p.batches)
	out.rows.Signs = concatSigns(p.batches, out.rows.Rows)
	*p = collector{}
	return &out
}

func concatSigns(batches []*batch.Batch, rows int) []int8 {
	if !slices.ContainsFunc(batches, func(b *batch.Batch) bool { return b.Signs != nil }) {
		return nil
	}
	out := make([]int8, 0, rows)
	for _, b := range batches {
		if b.Signs != nil {
			out = append(out, b.Signs...)
			continue
		}
		for range b.Rows {
			out = append(out, 1)
		}
	}
	return out
}

// writePiece splits rows by partition, sorts and writes them.
func (s *Store) writePiece(t *frozenTable, g *group, p *piece) error {
	if p == nil {
		return nil
	}
	list, rows, err := t.keys.Partitions(p.rows)
	if err != nil {
		return err
	}
	key, err := t.keys.Sort.Eval(p.rows)
	if err != nil {
		return fmt.Errorf("compute sort key: %w", err)
	}
	for _, o := range g.outputs(list, rows) {
		sel := sorted(key, o.sel, p.rows.Rows)
		b := p.rows
		of := rows
		w := written{key: o.partition.Key, runs: p.runs, rows: p.at}
		if sel != nil {
			b, of = b.Gather(sel), pick(rows, sel)
			w.runs, w.rows = pick(p.runs, sel), pick(p.at, sel)
		}
		if t.view.Merging != nil {
			if b, err = w.merge(t.view, b, of); err != nil {
				return err
			}
			if b.Rows == 0 {
				continue
			}
		}
		tags := segment.Tags{Partition: o.partition.Name, Mixed: o.mixed, FirstIndex: p.first, LastIndex: p.last}
		at := s.segment(t.id, s.file())
		meta, err := segment.Write(at, &t.view.Def.Schema, []*batch.Batch{b}, segment.Options{Key: t.keys.Sort, Tags: tags})
		if err != nil {
			return err
		}
		if w.file, err = segment.Open(at, &meta); err != nil {
			return errors.Join(err, segment.Remove(at))
		}
		g.written = append(g.written, w)
	}
	return nil
}

// merge makes rows with equal keys, and of one partition, one. The row that comes out
// stands for all of them: they can die together only.
func (w *written) merge(v *table.View, b *batch.Batch, partitions []uint32) (*batch.Batch, error) {
	out, first, err := v.Merging.FoldBy(b, batch.NewFixed(types.Of(types.UInt32), partitions, nil))
	if err != nil {
		return nil, fmt.Errorf("merge rows of %s: %w", v.Def.FullName(), err)
	}
	w.runs, w.rows = pick(w.runs, first), pick(w.rows, first)
	return out, nil
}

func pick(list, sel []uint32) []uint32 {
	out := make([]uint32, len(sel))
	for i, r := range sel {
		out[i] = list[r]
	}
	return out
}

// sorted is the rows of sel, nil for all, in the order of the key; nil when that
// is the order of all rows as they stand.
func sorted(key []*batch.Vector, sel []uint32, rows int) []uint32 {
	if sel == nil {
		return segment.Order(key, rows)
	}
	parts := make([]*batch.Vector, len(key))
	for i, v := range key {
		parts[i] = v.Gather(sel)
	}
	perm := segment.Order(parts, len(sel))
	if perm == nil {
		return sel
	}
	return pick(sel, perm)
}

// output is rows that become one segment; sel is nil for all.
type output struct {
	partition table.Partition
	mixed     bool
	sel       []uint32
}

// outputs chooses the segments for rows of partitions: one for each of the most
// frequent ones, and a mixed one for the rest.
func (g *group) outputs(list []table.Partition, rows []uint32) []output {
	switch {
	case g.partition != nil && len(list) == 1:
		return []output{{partition: table.Partition{Name: *g.partition, Key: list[0].Key}}}
	case len(list) == 1:
		return []output{{partition: list[0]}}
	case g.mixed:
		return []output{{mixed: true}}
	}
	counts := make([]int, len(list))
	for _, p := range rows {
		counts[p]++
	}
	order := make([]uint32, len(list))
	for i := range order {
		order[i] = uint32(i)
	}
	slices.SortStableFunc(order, func(a, b uint32) int { return counts[b] - counts[a] })
	var out []output
	place := make([]int, len(list)) // of each partition in out
	for i, p := range order {
		switch {
		case i < activePartitions || len(list) == activePartitions+1:
			place[p] = len(out)
			out = append(out, output{partition: list[p]})
		case i == activePartitions:
			out = append(out, output{mixed: true})
			fallthrough
		default:
			place[p] = len(out) - 1
		}
	}
	for i, p := range rows {
		o := &out[place[p]]
		o.sel = append(o.sel, uint32(i))
	}
	return out
}
