package store

import (
	"sync/atomic"

	"github.com/freshetdb/freshet/columnar/segment"
	"github.com/freshetdb/freshet/columnar/table"
)

// View is an immutable picture of the shard after the entry Index (R15). It is
// counted: whoever took it releases it, once.
type View struct {
	Index  uint64
	Tables map[uint64]*table.View // by id; not to be changed

	set  *segmentSet
	refs atomic.Int64
}

// Table is the picture of a table; nil when there is none of that id.
func (v *View) Table(id uint64) *table.View { return v.Tables[id] }

// acquire takes a reference unless the last one is gone.
func (v *View) acquire() bool {
	for {
		n := v.refs.Load()
		if n == 0 {
			return false
		}
		if v.refs.CompareAndSwap(n, n+1) {
			return true
		}
	}
}

// Release gives the picture back; nothing read from it may be used any more.
func (v *View) Release() {
	switch n := v.refs.Add(-1); {
	case n == 0:
		v.set.release()
	case n < 0:
		panic("store: view released once too often")
	}
}

// segmentSet is the segments of Views, counted as one so that a View costs no
// more for having many segments.
type segmentSet struct {
	files  []*segment.Segment
	refs   atomic.Int64
	failed func(error)
}

// newSegmentSet takes a reference to each segment.
func newSegmentSet(files []*segment.Segment, failed func(error)) *segmentSet {
	s := &segmentSet{files: files, failed: failed}
	s.refs.Store(1)
	for _, f := range files {
		f.Acquire()
	}
	return s
}

func (s *segmentSet) acquire() { s.refs.Add(1) }

func (s *segmentSet) release() {
	if s.refs.Add(-1) > 0 {
		return
	}
	for _, f := range s.files {
		s.failed(f.Release())
	}
}

// View takes the picture published last. After Close it is empty.
func (s *Store) View() *View {
	for {
		v := s.current.Load()
		if v.acquire() {
			return v
		}
	}
}

// Publish makes what was applied visible (R15).
func (s *Store) Publish() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.publish()
}

// publish is Publish for a caller that holds mu.
func (s *Store) publish() {
	old := s.current.Load()
	if old != nil && old.Index == s.applied && !s.changed {
		return
	}
	s.changed = false
	if s.regroup || s.set == nil {
		var files []*segment.Segment
		for _, t := range s.tables {
			for _, g := range t.Segments {
				files = append(files, g.File)
			}
			if t.Rolled == nil {
				continue
			}
			for _, in := range t.Rolled.Inputs { // Its table may have lost it since.
				if in.File() != nil {
					files = append(files, in.File())
				}
			}
		}
		if s.set != nil {
			s.set.release()
		}
		s.set, s.regroup = newSegmentSet(files, s.note), false
	}
	v := &View{Index: s.applied, set: s.set, Tables: make(map[uint64]*table.View, len(s.tables))}
	for id, t := range s.tables {
		v.Tables[id] = t.View()
	}
	v.refs.Store(1)
	s.set.acquire()
	s.current.Store(v)
	if old != nil {
		old.Release()
	}
}
