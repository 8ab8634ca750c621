package table

import (
	"context"
	"fmt"
	"slices"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/segment"
	"github.com/freshetdb/freshet/index/rowset"
)

// Cut kills the rows of partitions in segments that are not in the table yet, and
// returns the segments that have no live row left.
func (t *Table) Cut(list []*Segment, match Match) (gone []*Segment, err error) {
	v := t.View()
	for _, g := range list {
		part := &segmentPart{file: g.File, dead: g.Dead, view: v}
		if !g.File.Meta().Mixed {
			p, err := t.partitionOf(g, part)
			if err != nil {
				return gone, err
			}
			if match(p) {
				gone = append(gone, g)
			}
			continue
		}
		ranges, err := t.matching(part, 0, match)
		if err != nil {
			return gone, fmt.Errorf("segment %s: %w", g.Name(), err)
		}
		if len(ranges) > 0 {
			g.Kill(rowset.Of(g.File.Rows(), ranges...))
		}
		if g.Live() == 0 {
			gone = append(gone, g)
		}
	}
	return gone, nil
}

// Without gives the rows of b that are not of partitions that match.
func (k *Keys) Without(b *batch.Batch, match Match) (*batch.Batch, error) {
	list, rows, err := k.Partitions(b)
	if err != nil {
		return nil, err
	}
	var keep []uint32
	for i, p := range rows {
		if !match(list[p]) {
			keep = append(keep, uint32(i))
		}
	}
	if len(keep) == b.Rows {
		return b, nil
	}
	return b.Gather(keep), nil
}

// CutMemory takes the rows of partitions out of what a rollup has in memory, and
// remembers it for rows that are still to come; some tells whether there were any.
func (t *Table) CutMemory(match Match, c Cut) (some bool, err error) {
	r := t.Rolled
	c.Epoch = r.Epoch
	r.Cuts = append(r.Cuts, c)
	if err := t.foldAll(); err != nil {
		return false, err
	}
	v := t.View()
	var kept []*Folded
	for _, run := range r.Runs {
		b, err := t.Keys.Without(v.Bind(run.batch), match)
		if err != nil {
			return false, err
		}
		some = some || b.Rows < run.batch.Rows
		switch b.Rows {
		case run.batch.Rows:
			kept = append(kept, run)
		case 0:
		default:
			kept = append(kept, newFolded(b, run.First, run.Last, run.Epoch))
		}
	}
	t.Touch()
	r.Runs = kept
	return some, nil
}

// foldAll folds everything that is not folded. Rows that can't be folded are left
// out, and the rollup says so.
func (t *Table) foldAll() error {
	r := t.Rolled
	r.Source.capture(r.Source.active.Rows())
	f := t.NewFold()
	for len(r.Inputs) > 0 {
		n := 1
		for n < len(r.Inputs) && r.Inputs[n].Epoch == r.Inputs[0].Epoch {
			n++
		}
		var list []*batch.Batch
		err := f.Inputs(context.Background(), r.Inputs[:n], func(b *batch.Batch) error {
			list = append(list, b)
			return nil
		})
		if err != nil {
			r.Failure = err.Error()
		}
		if len(list) > 0 {
			b, err := f.Combine(list)
			if err != nil {
				return err
			}
			if run := RunOf(b, r.Inputs[:n]); run != nil {
				r.Runs = append(slices.Clip(r.Runs), run)
			}
		}
		r.Inputs = r.Inputs[n:]
		t.Touch()
	}
	return nil
}

// OldestKey is the least partition key of all rows; false when there are none.
func (t *Table) OldestKey() (key string, ok bool, err error) {
	v := t.View()
	offer := func(k string) {
		if !ok || k < key {
			key, ok = k, true
		}
	}
	for _, g := range t.Segments {
		part := &segmentPart{file: g.File, dead: g.Dead, view: v}
		if !g.File.Meta().Mixed {
			p, err := t.partitionOf(g, part)
			if err != nil {
				return "", false, err
			}
			offer(p.Key)
			continue
		}
		if err := t.liveKeys(part, offer); err != nil {
			return "", false, err
		}
	}
	for _, run := range v.runs {
		for _, c := range run.rows.Chunks {
			if err := t.liveKeys(newChunkPart(c, run.dead, v), offer); err != nil {
				return "", false, err
			}
		}
	}
	for _, run := range v.folded {
		list, _, err := t.Keys.Partitions(v.Bind(run.batch))
		if err != nil {
			return "", false, err
		}
		for _, p := range list {
			offer(p.Key)
		}
	}
	return key, ok, nil
}

// liveKeys tells the partition keys of the live rows of a part.
func (t *Table) liveKeys(p Part, offer func(key string)) error {
	for lo := 0; lo < p.Rows(); lo += segment.GranuleRows {
		hi := min(lo+segment.GranuleRows, p.Rows())
		list, rows, err := t.partitions(p, lo, hi)
		if err != nil {
			return err
		}
		live := p.Live(lo, hi)
		for i, k := range rows {
			if live == nil || live[i] {
				offer(list[k].Key)
			}
		}
	}
	return nil
}
