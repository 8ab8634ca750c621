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
