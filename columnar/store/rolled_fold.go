package store

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/segment"
	"github.com/freshetdb/freshet/columnar/table"
)

const (
	// foldRowsMin is from how many rows on it pays to fold them beside everything
	// else; fewer are folded by the query that asks for them.
	foldRowsMin = segment.GranuleRows
	// foldRowsMax bounds what one turn folds.
	foldRowsMax = 1 << 20
	// foldInputsMax bounds the pieces that a query has to fold.
	foldInputsMax = 16
)

// foldJob is inputs of a rollup that are about to become a run, or runs that are
// about to become one.
type foldJob struct {
	table  *table.Table
	fold   *table.Fold
	inputs []*table.Input
	runs   []*table.Folded
	files  []*segment.Segment // held
}

// FoldOnce folds new rows of the rollup that has most of them, or puts runs
// together; did tells whether there was something to do. It may be called from any
// goroutine.
func (s *Store) FoldOnce(ctx context.Context) (did bool, err error) {
	s.foldMu.Lock()
	defer s.foldMu.Unlock()
	j, err := s.pickFold()
	if j == nil || err != nil {
		return false, err
	}
	defer func() {
		for _, f := range j.files {
			s.note(f.Release())
		}
	}()
	run, err := j.run(ctx)
	if ctx.Err() != nil {
		return false, context.Cause(ctx)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.installFold(j, run, err)
	return true, nil
}

// pickFold takes the rollup with most rows to fold; nil when none is worth it.
func (s *Store) pickFold() (*foldJob, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.usable(); err != nil {
		return nil, err
	}
	var best *table.Table
	most := int64(0)
	for _, id := range slices.Sorted(maps.Keys(s.tables)) {
		t := s.tables[id]
		if t.Rolled == nil {
			continue
		}
		if j := pickCombine(t); j != nil {
			return j, nil
		}
		n := t.Unfolded()
		if len(t.Rolled.Inputs) > foldInputsMax {
			n = max(n, s.foldMin)
		}
		if n >= s.foldMin && n > most {
			best, most = t, n
		}
	}
	if best == nil {
		return nil, nil //nolint:nilnil // Nothing to do is no error.
	}
	best.Rolled.Source.CaptureGranules()
	r := best.Rolled
	if len(r.Inputs) == 0 {
		return nil, nil //nolint:nilnil // Less than a granule of each.
	}
	n, rows := 0, int64(0)
	for n < len(r.Inputs) && r.Inputs[n].Epoch == r.Inputs[0].Epoch && rows < foldRowsMax {
		rows += r.Inputs[n].Rows
		n++
	}
	j := &foldJob{table: best, fold: best.NewFold(), inputs: r.Inputs[:n:n]}
	for _, in := range j.inputs {
		if f := in.File(); f != nil {
			f.Acquire()
			j.files = append(j.files, f)
		}
	}
	return j, nil
}

// pickCombine puts a run together with the one before when that is less than twice
// as large: then there are few of them, and each row is copied seldom.
func pickCombine(t *table.Table) *foldJob {
	runs := t.Rolled.Runs
	for i := len(runs) - 1; i > 0; i-- {
		a, b := runs[i-1], runs[i]
		if a.Epoch == b.Epoch && a.Bytes < 2*b.Bytes {
			return &foldJob{table: t, fold: t.NewFold(), runs: runs[i-1 : i+1 : i+1]}
		}
	}
	return nil
}

// run folds or combines; it takes no lock.
func (j *foldJob) run(ctx context.Context) (*table.Folded, error) {
	var list []*batch.Batch
	if len(j.runs) > 0 {
		for _, r := range j.runs {
			list = append(list, r.Batch())
		}
		b, err := j.fold.Combine(list)
		if err != nil {
			return nil, err
		}
		return table.RunOfRuns(b, j.runs), nil
	}
	err := j.fold.Inputs(ctx, j.inputs, func(b *batch.Batch) error {
		list = append(list, b)
		return nil
	})
	if len(list) == 0 {
		return nil, err
	}
	b, combineErr := j.fold.Combine(list)
	if combineErr != nil {
		return nil, combineErr
	}
	return table.RunOf(b, j.inputs), err
}

// installFold puts a run in the place of what it was made of, unless that is gone.
// Rows that could not be folded are left out, and the rollup says so.
func (s *Store) installFold(j *foldJob, run *table.Folded, failed error) {
	t := j.table
	r := t.Rolled
	if s.isClosed || s.tables[t.Def.ID] != t {
		return
	}
	if len(j.runs) > 0 {
		at := slices.Index(r.Runs, j.runs[0])
		if failed != nil {
			s.note(fmt.Errorf("rollup %s: %w", t.Def.FullName(), failed))
		}
		if at < 0 || run == nil || at+1 >= len(r.Runs) || r.Runs[at+1] != j.runs[1] {
			return
		}
		s.moved(t)
		r.Runs = slices.Concat(r.Runs[:at], []*table.Folded{run}, r.Runs[at+2:])
		s.publish()
		return
	}
	for _, in := range j.inputs {
		if !slices.Contains(r.Inputs, in) {
			return // A flush has taken them, or all rows are gone.
		}
	}
	s.moved(t)
	if failed != nil {
		r.Failure = failed.Error()
		s.note(fmt.Errorf("rollup %s: rows are left out: %w", t.Def.FullName(), failed))
		s.touch(t)
	}
	r.Inputs = slices.DeleteFunc(slices.Clone(r.Inputs), func(in *table.Input) bool { return slices.Contains(j.inputs, in) })
	if run != nil {
		r.Runs = append(slices.Clip(r.Runs), run)
	}
	s.regroup = s.regroup || len(j.files) > 0
	s.publish()
}
