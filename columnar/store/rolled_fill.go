package store

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/manifest"
	"github.com/freshetdb/freshet/columnar/segment"
	"github.com/freshetdb/freshet/columnar/table"
)

// fillRows is how many rows of the past one step brings in: what is lost when the
// node goes down, and what a rollup's segments are made of at least.
const fillRows = 4 << 20

// fillJob is rows of the past of a rollup that are about to become its own.
type fillJob struct {
	table   *table.Table
	view    *table.View
	keys    *table.Keys
	fold    *table.Fold
	pending *table.Pending // as it was; its file is held
	of      *table.View    // the table that it is of
	cuts    []table.Cut
	hi      int
}

// FillOnce brings the next rows of the past into a rollup that was made when its
// table had rows already; did tells whether there was something to do. A rollup that
// no manifest has yet must wait for a flush: see NeedsFlush. It may be called from
// any goroutine.
func (s *Store) FillOnce(ctx context.Context) (did bool, err error) {
	s.fillMu.Lock()
	defer s.fillMu.Unlock()
	j, err := s.pickFill()
	if j == nil || err != nil {
		return false, err
	}
	defer func() { s.note(j.pending.File.Release()) }()
	outputs, err := s.runFill(ctx, j)
	if err == nil {
		err = s.commitFill(j, outputs)
	}
	if err != nil {
		return false, fmt.Errorf("fill rollup %s: %w", j.view.Def.FullName(), err)
	}
	return true, nil
}

// NeedsFlush tells whether some rollup can't be filled before the next flush.
func (s *Store) NeedsFlush() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for id, t := range s.tables {
		if t.Rolled != nil && len(t.Rolled.Pending) > 0 && s.durable.Table(id) == nil {
			return true
		}
	}
	return false
}

// pickFill takes the oldest rollup that is not filled.
func (s *Store) pickFill() (*fillJob, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.usable(); err != nil {
		return nil, err
	}
	for _, id := range slices.Sorted(maps.Keys(s.tables)) {
		t := s.tables[id]
		if t.Rolled == nil || len(t.Rolled.Pending) == 0 || s.durablePending(t) == nil {
			continue
		}
		p := *t.Rolled.Pending[0]
		of := s.tables[p.Table]
		if of == nil {
			return nil, fmt.Errorf("fill rollup %s: table %d is gone", t.Def.FullName(), p.Table)
		}
		p.File.Acquire()
		return &fillJob{
			table: t, view: t.View(), keys: t.Keys, fold: t.NewFold(), pending: &p, of: of.View(),
			cuts: t.Rolled.Cuts, hi: min(p.From+fillRows, p.File.Rows()),
		}, nil
	}
	return nil, nil //nolint:nilnil // Nothing to do is no error.
}

// durablePending is the first pending segment of a rollup in the manifest, if it is
// the one that is first now.
func (s *Store) durablePending(t *table.Table) *manifest.Pending {
	e := s.durable.Table(t.Def.ID)
	if e == nil || e.Rollup == nil || len(e.Rollup.Pending) == 0 {
		return nil
	}
	if p := &e.Rollup.Pending[0]; p.Name == t.Rolled.Pending[0].File.Meta().Name && p.From == t.Rolled.Pending[0].From {
		return p
	}
	return nil
}

// runFill folds the rows and writes them.
func (s *Store) runFill(ctx context.Context, j *fillJob) ([]*table.Segment, error) {
	m := j.pending.File.Meta()
	w := &rolledWriter{store: s, id: j.table.Def.ID, view: j.view, keys: j.keys, fold: j.fold}
	err := j.fold.Segment(ctx, j.of, j.pending, j.hi, func(b *batch.Batch) error {
		if len(j.cuts) > 0 { // Those that the manifest has are not replayed: it must not have the rows.
			var err error
			if b, err = j.keys.Without(j.view.Bind(b), table.CutAway(j.cuts)); err != nil || b.Rows == 0 {
				return err
			}
		}
		w.add(b, m.FirstIndex, m.LastIndex)
		return w.writeFull(ctx)
	})
	if err == nil {
		err = w.write(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, w.discard())
	}
	return w.written, nil
}

// commitFill makes the outputs durable together with how far the past is in, at the
// index that the manifest has, and then live. When the rollup is not as it was, the
// outputs are dropped, and a later step makes them again if need be.
func (s *Store) commitFill(j *fillJob, outputs []*table.Segment) error {
	return s.commitOutputs(outputs, func() (*manifest.Manifest, error) { return s.swapFill(j, outputs) })
}

// swapFill holds mu while the manifest is written; it gives nil when the step is
// void.
func (s *Store) swapFill(j *fillJob, outputs []*table.Segment) (*manifest.Manifest, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := j.table
	if s.isClosed || s.tables[t.Def.ID] != t || len(t.Rolled.Pending) == 0 {
		return nil, nil //nolint:nilnil // The step is void.
	}
	p := t.Rolled.Pending[0]
	if p.File != j.pending.File || p.From != j.pending.From || s.durablePending(t) == nil {
		return nil, nil //nolint:nilnil // The step is void.
	}
	if len(t.Rolled.Cuts) != len(j.cuts) {
		return nil, nil //nolint:nilnil // The manifest may have a cut whose rows the outputs have: it is made again.
	}
	m := filled(s.durable, j, outputs)
	m.NextFile = s.nextFile
	if err := s.storeManifest(m); err != nil {
		return nil, err
	}
	s.durable = m
	s.touch(t)
	r := t.Rolled
	r.Filled += int64(j.hi - p.From)
	rest := *p
	rest.From = j.hi
	r.Pending = r.Pending[1:]
	if rest.Rows() > 0 {
		r.Pending = slices.Insert(slices.Clone(r.Pending), 0, &rest)
	}
	r.IsFresh = len(r.Pending) == 0
	for _, g := range outputs {
		g.Active = true
	}
	t.Segments = append(slices.Clip(t.Segments), outputs...)
	s.regroup = true
	s.publish()
	return m, nil
}

// filled is a manifest in which a step of filling is done.
func filled(m *manifest.Manifest, j *fillJob, outputs []*table.Segment) *manifest.Manifest {
	c := *m
	c.Tables = slices.Clone(m.Tables)
	e := c.Table(j.table.Def.ID)
	e.Segments = slices.Clone(e.Segments)
	for _, g := range outputs {
		e.Segments = append(e.Segments, manifest.Segment{Meta: g.File.Meta()})
	}
	r := *e.Rollup
	r.Filled += int64(j.hi - j.pending.From)
	r.Pending = slices.Clone(r.Pending)
	r.Pending[0].From = j.hi
	if j.hi == j.pending.File.Rows() {
		r.Pending = r.Pending[1:]
	}
	e.Rollup = &r
	return &c
}

// findSegment finds a segment that some table has open, by its name.
func (s *Store) findSegment(name string) *segment.Segment {
	for _, f := range s.allSegments() {
		if f.Meta().Name == name {
			return f
		}
	}
	return nil
}
