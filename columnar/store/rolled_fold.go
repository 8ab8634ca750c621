package store

import (
	"context"
	"fmt"
	"maps"
	"math/bits"
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

// combineRuns is how many runs of a class become one: of each class there are fewer.
const combineRuns = 4

// classOf is the class of a run by its size: a class is four times as large as the
// one below.
func classOf(r *table.Folded) int { return bits.Len64(uint64(r.Bytes)>>16) / 2 }

// pickCombine puts the newest runs together when there are several that are no larger
// than the last of them: then there are few runs, and each row is copied seldom.
func pickCombine(t *table.Table) *foldJob {
	runs := t.Rolled.Runs
	if len(runs) < combineRuns {
		return nil
	}
	last := runs[len(runs)-1]
	n, class := 1, classOf(last)
	for n < len(runs) {
		r := runs[len(runs)-1-n]
		if r.Epoch != last.Epoch || classOf(r) > class {
			break
		}
		n++
	}
	if n < combineRuns {
		return nil
	}
	return &foldJob{table: t, fold: t.NewFold(), runs: slices.Clone(runs[len(runs)-n:])}
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
		s.installRun(j, run, failed)
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

// installRun puts a run in the place of those that it was made of, which follow each
// other, if all are there still.
func (s *Store) installRun(j *foldJob, run *table.Folded, failed error) {
	t := j.table
	if failed != nil {
		s.note(fmt.Errorf("rollup %s: %w", t.Def.FullName(), failed))
	}
	runs := t.Rolled.Runs
	at := slices.Index(runs, j.runs[0])
	end := at + len(j.runs)
	if at < 0 || run == nil || end > len(runs) || !slices.Equal(runs[at:end], j.runs) {
		return
	}
	s.moved(t)
	t.Rolled.Runs = slices.Concat(runs[:at], []*table.Folded{run}, runs[end:])
	s.publish()
}
