package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/manifest"
	"github.com/freshetdb/freshet/columnar/segment"
	"github.com/freshetdb/freshet/columnar/table"
)

// frozenRolled is the rows in memory of a rollup as of the flush: runs, and what is
// to be folded.
type frozenRolled struct {
	fold       *table.Fold
	runs       []*table.Folded
	inputs     []*table.Input
	epoch      uint64
	generation uint64
	pending    []table.Pending
	about      manifest.Rollup // without Pending
	written    []*table.Segment
}

// freezeRolled takes a rollup as it stands; its source is sealed.
func freezeRolled(t *table.Table) (*frozenRolled, error) {
	r := t.Rolled
	if len(r.Pending) == 0 {
		r.Cuts = nil // Nothing will come that they could cut.
	}
	f := &frozenRolled{
		fold: t.NewFold(), runs: r.Runs, inputs: r.Inputs, epoch: r.Epoch, generation: r.Generation,
		about: manifest.Rollup{Filled: r.Filled, Past: r.PastRows, Failure: r.Failure},
	}
	for _, p := range r.Pending {
		f.pending = append(f.pending, *p)
	}
	r.Epoch++
	var err error
	if f.about.Gaps, err = encodeList(r.Gaps); err != nil {
		return nil, err
	}
	f.about.Cuts, err = encodeList(r.Cuts)
	return f, err
}

func encodeList[T any](list []T) (json.RawMessage, error) {
	if len(list) == 0 {
		return nil, nil
	}
	b, err := json.Marshal(list)
	if err != nil {
		return nil, fmt.Errorf("encode state of a rollup: %w", err)
	}
	return b, nil
}

// describe is the rollup as the manifest has it.
func (f *frozenRolled) describe() *manifest.Rollup {
	out := f.about
	for i := range f.pending {
		out.Pending = append(out.Pending, describePending(&f.pending[i]))
	}
	return &out
}

func describePending(p *table.Pending) manifest.Pending {
	return manifest.Pending{
		Segment: manifest.Segment{Meta: p.File.Meta(), Deletes: encodeDeletes(p.Dead)}, Table: p.Table, From: p.From,
	}
}

// writeRolled writes the rows of a rollup as segments: what is not folded is folded,
// and rows with equal keys become one. Rows that can't be folded are left out, and
// the rollup says so from then on: they must not keep the shard from being flushed.
func (s *Store) writeRolled(ctx context.Context, t *frozenTable) error {
	f := t.rolled
	w := &rolledWriter{store: s, id: t.id, view: t.view, keys: t.keys, fold: f.fold}
	for _, r := range f.runs {
		w.add(r.Batch(), r.First, r.Last)
	}
	for _, in := range f.inputs {
		err := f.fold.Inputs(ctx, []*table.Input{in}, func(b *batch.Batch) error {
			w.add(b, in.First, in.Last)
			return w.writeFull(ctx)
		})
		switch {
		case ctx.Err() != nil, errors.Is(err, errWrite):
			return errors.Join(err, w.discard())
		case err != nil:
			f.about.Failure = err.Error()
		}
	}
	if err := w.write(ctx); err != nil {
		return errors.Join(err, w.discard())
	}
	f.written = w.written
	return nil
}

// errWrite marks errors of files among those of folding.
var errWrite = errors.New("write rollup")

// rolledWriter collects folded rows and writes them as segments.
type rolledWriter struct {
	store       *Store
	id          uint64
	view        *table.View
	keys        *table.Keys
	fold        *table.Fold
	list        []*batch.Batch
	bytes       int64
	first, last uint64
	written     []*table.Segment
}

func (w *rolledWriter) add(b *batch.Batch, first, last uint64) {
	if len(w.list) == 0 {
		w.first = math.MaxUint64
		w.last = 0
	}
	w.list = append(w.list, w.view.Bind(b))
	w.bytes += b.SizeBytes()
	w.first, w.last = min(w.first, first), max(w.last, last)
}

// rolledBatchesMax bounds what is merged at once: each batch is an input.
const rolledBatchesMax = 64

// writeFull writes when much has come together.
func (w *rolledWriter) writeFull(ctx context.Context) error {
	if len(w.list) >= rolledBatchesMax {
		b, err := w.fold.Combine(w.list)
		if err != nil {
			return err
		}
		w.list, w.bytes = []*batch.Batch{w.view.Bind(b)}, b.SizeBytes()
	}
	if w.bytes < pieceBytes {
		return nil
	}
	return w.write(ctx)
}

// write makes one run of what was collected and writes it, split by partition. It is
// in memory anyway: merging it as segments are would read it twice, row by row.
func (w *rolledWriter) write(ctx context.Context) error {
	if len(w.list) == 0 {
		return nil
	}
	b, err := w.fold.Combine(w.list)
	if err != nil {
		return err
	}
	list, rows, err := w.keys.Partitions(b)
	if err != nil {
		return err
	}
	var g group
	for _, o := range g.outputs(list, rows) {
		if err := ctx.Err(); err != nil {
			return err
		}
		part := b
		if o.sel != nil {
			part = b.Gather(o.sel)
		}
		at := w.store.segment(w.id, w.store.file())
		meta, err := segment.Write(at, &w.view.Def.Schema, []*batch.Batch{part}, segment.Options{
			Key:  w.keys.Sort,
			Tags: segment.Tags{Partition: o.partition.Name, Mixed: o.mixed, FirstIndex: w.first, LastIndex: w.last},
		})
		if err != nil {
			return fmt.Errorf("%w: %w", errWrite, err)
		}
		out, err := w.store.openAll([]segment.Meta{meta})
		if err != nil {
			return fmt.Errorf("%w: %w", errWrite, err)
		}
		w.written = append(w.written, out...)
	}
	w.list, w.bytes = nil, 0
	return nil
}

func (w *rolledWriter) discard() error {
	list := w.written
	w.written = nil
	return discard(list)
}

// installRolled puts the segments of a flush in the place of the rows in memory.
func (s *Store) installRolled(t *frozenTable) {
	f := t.rolled
	live := s.tables[t.id]
	if live == nil || live.Rolled == nil || live.Rolled.Generation != f.generation {
		s.retire(f.written...)
		return
	}
	r := live.Rolled
	live.Moved()
	r.Inputs = slices.DeleteFunc(slices.Clone(r.Inputs), func(in *table.Input) bool { return in.Epoch <= f.epoch })
	r.Runs = slices.DeleteFunc(slices.Clone(r.Runs), func(x *table.Folded) bool { return x.Epoch <= f.epoch })
	if f.about.Failure != "" && r.Failure == "" {
		r.Failure = f.about.Failure
		live.Touch()
	}
	for _, g := range f.written {
		g.Active = true
	}
	since := slices.DeleteFunc(slices.Clone(r.Cuts), func(c table.Cut) bool { return c.Epoch <= f.epoch })
	s.addCut(live, f.written, since)
}

// addCut adds segments to a rollup without the rows that were cut meanwhile.
func (s *Store) addCut(t *table.Table, list []*table.Segment, cuts []table.Cut) {
	if len(cuts) > 0 {
		gone, err := t.Cut(list, table.CutAway(cuts))
		if err != nil {
			s.broken = fmt.Errorf("%w: rollup %s: %w", ErrBroken, t.Def.FullName(), err)
			s.note(s.broken)
		}
		s.retire(gone...)
		list = slices.DeleteFunc(slices.Clone(list), func(g *table.Segment) bool { return slices.Contains(gone, g) })
	}
	t.Segments = append(slices.Clip(t.Segments), list...)
	t.Moved()
	s.regroup = true
}
