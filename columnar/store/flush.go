package store

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/freshetdb/freshet/columnar/manifest"
	"github.com/freshetdb/freshet/columnar/table"
	"github.com/freshetdb/freshet/index/rowset"
	"github.com/freshetdb/freshet/index/symbol"
)

// RaftMeta is what the manifest keeps for the log.
type RaftMeta struct {
	// Index and Term are of the last entry of the log that the snapshot covers.
	// Behind the flush's index there may be entries of raft's own, which the
	// store never sees.
	Index, Term        uint64
	Configuration      []byte
	ConfigurationIndex uint64
	MapEpoch           uint64
}

// RaftMeta is what the last flush was given; false when there was none.
func (s *Store) RaftMeta() (RaftMeta, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	m := s.durable
	return RaftMeta{
		Index: m.Index, Term: m.Term, Configuration: m.Configuration, ConfigurationIndex: m.ConfigurationIndex,
		MapEpoch: m.MapEpoch,
	}, m.Index > 0
}

// Flush is the shard at one index of its log, about to be made durable.
// Persist, then Release; a Flush is Released also without Persist.
type Flush struct {
	store        *Store
	index        uint64
	tables       []*frozenTable
	staged       []*frozenStaged
	positions    map[string][]byte
	tokens       []manifest.Token
	dictionaries []frozenDictionary
	isDone       bool
}

// frozenTable is a table as of the flush.
type frozenTable struct {
	id       uint64
	view     *table.View
	keys     *table.Keys
	horizon  int64
	segments []frozenSegment
	rows     *group // nil: none
	detached []frozenDetached
	rolled   *frozenRolled // of a rollup
}

// frozenSegment is a live segment and its dead rows as of the flush.
type frozenSegment struct {
	segment *table.Segment
	dead    rowset.Set
}

type frozenDetached struct {
	partition string
	segments  []frozenSegment
	rows      *group // nil: none
}

// frozenStaged is a transaction as of the flush.
type frozenStaged struct {
	txn      uint64
	entry    manifest.Staged
	segments []frozenSegment
	rows     *group // nil: none
	table    *frozenTable
}

type frozenDictionary struct {
	key   dictionaryKey
	view  symbol.View
	plain bool
}

// Snapshot takes the shard as it stands, to be made durable as of an index of the
// log, at least that of the entry applied last. It is cheap, but waits for a
// merge that is being put into the manifest. The goroutine that applies the log
// calls it, and goes on when it returns; there is one Flush at a time.
func (s *Store) Snapshot(index uint64) (*Flush, error) {
	s.durableMu.Lock()
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.usable(); err != nil {
		s.durableMu.Unlock()
		return nil, err
	}
	s.applied = max(s.applied, index)
	f := &Flush{store: s, index: s.applied, positions: s.positions.encode()}
	byID := map[uint64]*frozenTable{}
	for _, t := range s.tables {
		t.Seal() // Sources before their rollups.
	}
	for _, id := range slices.Sorted(maps.Keys(s.tables)) {
		t, err := s.freeze(id, s.tables[id])
		if err != nil {
			s.durableMu.Unlock()
			return nil, err
		}
		byID[id] = t
		f.tables = append(f.tables, t)
		for _, k := range s.tables[id].Tokens.List() {
			f.tokens = append(f.tokens, manifest.Token{Token: []byte(k.Text), Table: id, Index: k.Index})
		}
		for _, d := range s.tables[id].Dictionaries() {
			f.dictionaries = append(f.dictionaries, frozenDictionary{dictionaryKey{id, d.Column}, d.Dict.View(), d.Plain})
		}
	}
	for _, txn := range slices.Sorted(maps.Keys(s.staged)) {
		g := s.staged[txn]
		f.staged = append(f.staged, &frozenStaged{
			txn: txn, table: byID[g.table], segments: frozenSegments(g.segments), rows: newGroup(g.runs),
			entry: manifest.Staged{
				Txn: strconv.FormatUint(txn, 10), Table: g.table, Parts: uint32(len(g.parts)), Have: slices.Clone(g.parts),
				Rows: uint64(g.rows), FirstIndex: g.first, LastIndex: g.last,
			},
		})
	}
	return f, nil
}

// freeze takes a table as it stands. Its memtable is closed.
func (s *Store) freeze(id uint64, t *table.Table) (f *frozenTable, err error) {
	f = &frozenTable{
		id: id, view: t.View(), keys: t.Keys, horizon: t.Horizon,
		segments: frozenSegments(t.Segments), rows: newGroup(t.Runs),
	}
	for _, d := range t.Detached {
		f.detached = append(f.detached, frozenDetached{d.Partition, frozenSegments(d.Segments), newGroup(d.Runs)})
	}
	if t.Rolled != nil {
		f.rolled, err = freezeRolled(t)
	}
	return f, err
}

func frozenSegments(list []*table.Segment) []frozenSegment {
	var out []frozenSegment
	for _, g := range list {
		out = append(out, frozenSegment{g, g.Dead})
	}
	return out
}

// groups are all rows that are to be written.
func (f *Flush) groups(yield func(*frozenTable, *group) bool) {
	for _, t := range f.tables {
		if t.rows != nil && !yield(t, t.rows) {
			return
		}
		for _, d := range t.detached {
			if d.rows != nil && !yield(t, d.rows) {
				return
			}
		}
	}
	for _, g := range f.staged {
		if g.rows != nil && !yield(g.table, g.rows) {
			return
		}
	}
}

// Persist makes the shard as of the flush durable: the new values of
// dictionaries, the rows as segments, and then the manifest that names them. The
// segments take the place of the rows in memory. After an error the rows stay in
// memory, readable, and the next flush writes them too; what is on disk is the
// shard as of an earlier flush.
func (f *Flush) Persist(ctx context.Context, meta RaftMeta) error {
	if f.isDone {
		return errors.New("flush is released")
	}
	if err := f.persist(ctx, meta); err != nil {
		return fmt.Errorf("flush at index %d: %w", f.index, err)
	}
	return nil
}

func (f *Flush) persist(ctx context.Context, meta RaftMeta) error {
	s := f.store
	for _, g := range f.staged {
		if g.rows != nil {
			g.rows.mixed = true
		}
	}
	for _, t := range f.tables {
		for _, d := range t.detached {
			if d.rows != nil {
				d.rows.partition = &d.partition
			}
		}
	}
	dictionaries, err := s.appendDictionaries(f.dictionaries)
	if err != nil {
		return err
	}
	for t, g := range f.groups {
		if err := s.writeGroup(ctx, t, g); err != nil {
			return errors.Join(err, f.discard())
		}
	}
	for _, t := range f.tables {
		if t.rolled == nil {
			continue
		}
		if err := s.writeRolled(ctx, t); err != nil {
			return errors.Join(err, f.discard())
		}
	}
	m, err := f.manifest(meta, dictionaries)
	if err != nil {
		return errors.Join(err, f.discard())
	}
	if err := s.storeManifest(m); err != nil {
		f.leave()
		return err
	}
	f.install(m)
	s.collect(m)
	return nil
}

// discard removes the segments that were written.
func (f *Flush) discard() error {
	var errs []error
	for _, g := range f.groups {
		for _, w := range g.written {
			w.file.Drop()
			errs = append(errs, w.file.Release())
		}
		g.written = nil
	}
	for _, t := range f.tables {
		if t.rolled != nil {
			errs = append(errs, discard(t.rolled.written))
			t.rolled.written = nil
		}
	}
	return errors.Join(errs...)
}

// leave keeps the files of segments that a manifest may name although writing it
// failed, until the next manifest is there.
func (f *Flush) leave() {
	s := f.store
	for _, g := range f.groups {
		for _, w := range g.written {
			s.leftovers = append(s.leftovers, w.file.Place())
			s.note(w.file.Release())
		}
		g.written = nil
	}
	for _, t := range f.tables {
		if t.rolled != nil {
			s.leaveBehind(t.rolled.written)
			t.rolled.written = nil
		}
	}
}

// leaveBehind is leave for segments.
func (s *Store) leaveBehind(list []*table.Segment) {
	for _, g := range list {
		s.leftovers = append(s.leftovers, g.File.Place())
		s.note(g.File.Release())
	}
}

// Release ends the flush.
func (f *Flush) Release() {
	if !f.isDone {
		f.isDone = true
		f.store.durableMu.Unlock()
	}
}
