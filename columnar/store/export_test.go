package store

import "context"

// Merge is a merge in two steps, so that tests can do something in between.
type Merge struct {
	s       *Store
	job     *mergeJob
	outputs func() error
}

// BeginMerge picks and runs a merge without putting it in place; nil when there
// is none to do.
func (s *Store) BeginMerge(ctx context.Context) (*Merge, error) {
	j, err := s.pickMerge()
	if j == nil || err != nil {
		return nil, err
	}
	out, err := s.runMerge(ctx, j)
	if err != nil {
		return nil, err
	}
	return &Merge{s: s, job: j, outputs: func() error { return s.commitMerge(j, out) }}, nil
}

// Commit puts the merge in place.
func (m *Merge) Commit() error {
	err := m.outputs()
	for _, g := range m.job.inputs {
		m.s.note(g.File.Release())
	}
	return err
}

// FoldAny is FoldOnce that thinks any row worth it.
func (s *Store) FoldAny(ctx context.Context) (bool, error) {
	s.mu.Lock()
	for _, t := range s.tables {
		if t.Rolled != nil {
			t.Rolled.Source.CaptureAll()
		}
	}
	s.foldMin = 1
	s.mu.Unlock()
	return s.FoldOnce(ctx)
}

// Work is a fold or a step of filling in two steps, as a Merge is.
type Work struct{ commit func() error }

// Commit puts in place what was made.
func (w *Work) Commit() error { return w.commit() }

// BeginFold folds any rows, or combines runs, without putting the run in place; nil
// when there is nothing to do.
func (s *Store) BeginFold(ctx context.Context) (*Work, error) {
	s.mu.Lock()
	for _, t := range s.tables {
		if t.Rolled != nil {
			t.Rolled.Source.CaptureAll()
		}
	}
	s.foldMin = 1
	s.mu.Unlock()
	j, err := s.pickFold()
	if j == nil || err != nil {
		return nil, err
	}
	run, err := j.run(ctx)
	return &Work{func() error {
		s.mu.Lock()
		s.installFold(j, run, err)
		s.mu.Unlock()
		for _, f := range j.files {
			s.note(f.Release())
		}
		return nil
	}}, nil
}

// BeginFill makes the segments of a step of filling without putting them in place;
// nil when there is nothing to do.
func (s *Store) BeginFill(ctx context.Context) (*Work, error) {
	j, err := s.pickFill()
	if j == nil || err != nil {
		return nil, err
	}
	out, err := s.runFill(ctx, j)
	if err != nil {
		s.note(j.pending.File.Release())
		return nil, err
	}
	return &Work{func() error {
		err := s.commitFill(j, out)
		s.note(j.pending.File.Release())
		return err
	}}, nil
}
