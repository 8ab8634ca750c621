package store

import (
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/manifest"
	"github.com/freshetdb/freshet/columnar/merge"
	"github.com/freshetdb/freshet/columnar/segment"
	"github.com/freshetdb/freshet/columnar/table"
	"github.com/freshetdb/freshet/columnar/types"
)

// ErrClosed is returned by what was called, or still waited, when the store was
// closed.
var ErrClosed = errors.New("store is closed")

// Options say how a store works. All replicas of a shard have the same Defaults.
type Options struct {
	// Defaults gives the value, one row, of a stored column in rows from before
	// the column was added; nil stands for the type's default. It must be a pure
	// function, safe for concurrent use. May be nil.
	Defaults func(d *table.Def, c *types.Column) *batch.Vector
	// Merge bounds what merges do; the zero value stands for merge.DefaultLimits.
	Merge merge.Limits
	// ColdAfter is the age of the newest time in a partition by time from which on
	// merges compress it; 0: they never do.
	ColdAfter time.Duration
	// ColdCodec is what they compress it with; segment.None stands for LZ4. What is compressed stays as it is.
	ColdCodec segment.Codec
	// Now is the clock for it; nil is time.Now.
	Now func() time.Time
	// LogFirst is the first entry that can still be applied; 0 when there is no log
	// yet. A manifest that stands before it is refused.
	LogFirst uint64
	// Log is told of what goes on; nil is slog.Default.
	Log *slog.Logger
}

// Store is all tables of one shard. See the package comment for who may call
// what.
type Store struct {
	layout
	opts Options
	env  table.Env

	// durableMu is held while the durable state changes: from Snapshot to the end
	// of Persist, and while a merge is put into the manifest. It is taken before mu.
	durableMu sync.Mutex
	durable   *manifest.Manifest // as on disk; replaced, under mu as well, never changed
	logs      map[dictionaryKey]*dictionaryLog
	newLogs   bool            // the names of some of them may not be durable
	leftovers []segment.Place // written for a manifest that may or may not be there

	// mergeMu is held by a merge, fillMu while a rollup is filled; they are taken
	// before durableMu. foldMu is held while rows are folded.
	mergeMu, fillMu, foldMu sync.Mutex
	foldMin                 int64 // foldRowsMin, or what a test wants

	mu        sync.Mutex // guards what follows: the live state
	applied   uint64
	tables    map[uint64]*table.Table
	viewIDs   []uint64                 // of tables that are views with TO
	compiled  map[uint64]*compiledView // of those, as far as they were used
	staged    map[uint64]*staged       // by transaction
	positions positions
	nextFile  uint64
	garbage   []*segment.Segment // in no table; deleted once the manifest does not name them
	quiet     map[uint64]map[string]quiet
	changed   bool // something that a View shows changed since it was published
	regroup   bool // some table has other segments than set
	set       *segmentSet
	broken    error // set by the first ErrBroken
	isClosed  bool

	current atomic.Pointer[View]
}

// AppliedIndex is the index of the entry applied last.
func (s *Store) AppliedIndex() uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.applied
}

// Position is the next position that the shard wants of a part of a source;
// false when it has nothing of it.
func (s *Store) Position(source, key string) (next uint64, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	next, ok = s.positions[positionKey{source, key}]
	return next, ok
}

// Positions are the next positions of all parts of a source, by key.
func (s *Store) Positions(source string) map[string]uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := map[string]uint64{}
	for k, next := range s.positions {
		if k.source == source {
			out[k.key] = next
		}
	}
	return out
}

// Unflushed is the bytes of rows in memory, staged ones included: what a flush
// would write.
func (s *Store) Unflushed() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := int64(0)
	for _, t := range s.tables {
		n += t.MemoryBytes()
	}
	for _, g := range s.staged {
		n += g.bytes()
	}
	return n
}

// SizeBytes is the memory that the store holds: rows, dictionaries and what is
// staged.
func (s *Store) SizeBytes() int64 {
	n := s.Unflushed()
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, t := range s.tables {
		n += t.DictionaryBytes()
	}
	return n
}

// usable is why the store can't go on.
func (s *Store) usable() error {
	if s.isClosed {
		return ErrClosed
	}
	return s.broken
}

// note reports an error that its finder can't return to anybody. It may be called
// with or without mu.
func (s *Store) note(err error) {
	if err == nil {
		return
	}
	s.log().Error("store", "dir", s.dir, "error", err)
}

func (s *Store) log() *slog.Logger {
	if s.opts.Log != nil {
		return s.opts.Log
	}
	return slog.Default()
}

// file takes the number of a new file.
func (s *Store) file() uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := s.nextFile
	s.nextFile++
	return n
}

// Close waits for a flush, a merge, a fold and a step of filling that are running and gives everything back
// but what Views still hold. No other method but View may be called afterwards.
func (s *Store) Close() error {
	for _, m := range []*sync.Mutex{&s.foldMu, &s.fillMu, &s.mergeMu, &s.durableMu, &s.mu} {
		m.Lock()
		defer m.Unlock()
	}
	if s.isClosed {
		return nil
	}
	s.isClosed = true
	var errs []error
	for _, l := range s.logs {
		errs = append(errs, l.close())
	}
	empty := &View{Index: s.applied, set: newSegmentSet(nil, s.note)}
	empty.refs.Store(1)
	if old := s.current.Swap(empty); old != nil {
		old.Release()
	}
	if s.set != nil {
		s.set.release()
		s.set = nil
	}
	for _, f := range s.allSegments() {
		errs = append(errs, f.Release())
	}
	return errors.Join(errs...)
}

// allSegments are all segments that the store holds a reference to.
func (s *Store) allSegments() []*segment.Segment {
	out := append([]*segment.Segment(nil), s.garbage...)
	add := func(list []*table.Segment) {
		for _, g := range list {
			out = append(out, g.File)
		}
	}
	for _, t := range s.tables {
		add(t.Segments)
		for _, d := range t.Detached {
			add(d.Segments)
		}
	}
	for _, g := range s.staged {
		add(g.segments)
	}
	return out
}
