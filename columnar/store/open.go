package store

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/freshetdb/freshet/columnar/manifest"
	"github.com/freshetdb/freshet/columnar/merge"
	"github.com/freshetdb/freshet/columnar/segment"
	"github.com/freshetdb/freshet/columnar/table"
	"github.com/freshetdb/freshet/columnar/vfs"
	"github.com/freshetdb/freshet/index/symbol"
)

// Open opens the shard in a folder, or makes an empty one. It stands at the index
// of the last flush; the entries behind it are to be applied again. Files that a
// crash left are removed.
func Open(fsys vfs.FS, dir string, opts Options) (*Store, error) {
	s := &Store{
		layout: layout{fsys, dir}, opts: opts, env: table.Env{Default: opts.Defaults},
		logs: map[dictionaryKey]*dictionaryLog{}, tables: map[uint64]*table.Table{}, quiet: map[uint64]map[string]quiet{}, staged: map[uint64]*staged{},
		positions: positions{}, nextFile: 1, foldMin: foldRowsMin, durable: &manifest.Manifest{Version: manifest.Version, NextFile: 1},
	}
	if s.opts.Now == nil {
		s.opts.Now = time.Now
	}
	if s.opts.Merge == (merge.Limits{}) {
		s.opts.Merge = merge.DefaultLimits()
	}
	if err := s.open(); err != nil {
		return nil, fmt.Errorf("open shard %s: %w", dir, errors.Join(err, s.abandon()))
	}
	s.changed = true
	s.Publish()
	return s, nil
}

func (s *Store) open() error {
	if err := s.create(); err != nil {
		return err
	}
	m, err := manifest.Load(s.fs, s.dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		m = s.durable
	case err != nil:
		return err
	}
	if err := manifest.Reaches(s.dir, m.Index, s.opts.LogFirst); err != nil {
		return err // Before the segments count as left by a crash.
	}
	// The rename that put the manifest in place may not be durable, when the last
	// flush failed behind it: what it does not name must not go before it stays.
	if err := s.fs.SyncDir(s.dir); err != nil {
		return err
	}
	s.durable, s.applied, s.nextFile = m, m.Index, max(m.NextFile, 1)
	if err := s.load(m); err != nil {
		return err
	}
	return s.removeOrphans(m)
}

// abandon gives back what a failed open took.
func (s *Store) abandon() error {
	var errs []error
	for _, l := range s.logs {
		errs = append(errs, l.close())
	}
	for _, f := range s.allSegments() {
		errs = append(errs, f.Release())
	}
	return errors.Join(errs...)
}

// load makes the live state that a manifest describes.
func (s *Store) load(m *manifest.Manifest) error {
	var err error
	if s.positions, err = decodePositions(m.Positions); err != nil {
		return err
	}
	for i := range m.Staged {
		if err := s.loadStaged(&m.Staged[i]); err != nil {
			return err
		}
	}
	tokens := map[uint64][]table.Token{}
	for _, k := range m.Tokens {
		tokens[k.Table] = append(tokens[k.Table], table.Token{Text: string(k.Token), Index: k.Index})
	}
	for i := range m.Tables {
		e := &m.Tables[i]
		if err := s.loadTable(e, tokens[e.ID]); err != nil {
			return fmt.Errorf("table %d: %w", e.ID, err)
		}
	}
	for _, d := range m.Dictionaries {
		if err := s.loadDictionary(d); err != nil {
			return err
		}
	}
	return s.loadRolled(m)
}

func (s *Store) loadTable(e *manifest.Table, tokens []table.Token) error {
	d, err := table.DecodeDef(e.Def)
	if err != nil {
		return err
	}
	t, err := table.New(d, &s.env)
	if err != nil {
		return err
	}
	t.Tokens = table.NewTokens(d, tokens)
	t.Horizon, t.DurableVersion = e.Horizon, d.Schema.Version
	s.tables[e.ID] = t
	for i := range e.Segments {
		home := &t.Segments
		if txn := e.Segments[i].Txn; txn != "" {
			g, err := s.stagedOf(txn)
			if err != nil {
				return err
			}
			home = &g.segments
		}
		if err := s.loadSegment(&e.Segments[i], home); err != nil {
			return err
		}
		(*home)[len(*home)-1].Active = e.Segments[i].Txn == ""
	}
	for i := range e.Detached {
		x := &table.Detached{Partition: e.Detached[i].Partition}
		t.Detached = append(t.Detached, x)
		for k := range e.Detached[i].Segments {
			if err := s.loadSegment(&e.Detached[i].Segments[k], &x.Segments); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *Store) stagedOf(txn string) (*staged, error) {
	id, err := strconv.ParseUint(txn, 10, 64)
	if err != nil {
		return nil, fmt.Errorf("transaction %q: %w", txn, err)
	}
	g := s.staged[id]
	if g == nil {
		return nil, fmt.Errorf("transaction %q has segments and no parts", txn)
	}
	return g, nil
}

// loadSegment opens a segment into a list.
func (s *Store) loadSegment(e *manifest.Segment, home *[]*table.Segment) error {
	f, err := segment.Open(s.named(e.Name), &e.Meta)
	if err != nil {
		return err
	}
	x := &table.Segment{File: f}
	*home = append(*home, x)
	if x.Dead, err = decodeDeletes(e.Deletes, f.Rows()); err != nil {
		return fmt.Errorf("segment %s: %w", e.Name, err)
	}
	x.Durable = x.Dead
	return nil
}

func (s *Store) loadStaged(e *manifest.Staged) error {
	id, err := strconv.ParseUint(e.Txn, 10, 64)
	if err != nil {
		return fmt.Errorf("transaction %q: %w", e.Txn, err)
	}
	s.staged[id] = &staged{
		table: e.Table, parts: slices.Clone(e.Have), rows: int64(e.Rows), first: e.FirstIndex, last: e.LastIndex,
	}
	return nil
}

// loadDictionary reads a dictionary up to the length that the manifest names.
func (s *Store) loadDictionary(e manifest.Dictionary) error {
	k := dictionaryKey{e.Table, e.Column}
	t := s.tables[e.Table]
	if t == nil {
		return fmt.Errorf("dictionary %s: the manifest has no such table", k.file())
	}
	file, err := s.openLog(k)
	if err != nil {
		return err
	}
	l := &dictionaryLog{file: file, floor: symbol.Position{Values: e.Entries, Bytes: e.Bytes}}
	s.logs[k] = l
	dict, w, err := symbol.Open(file, l.floor)
	if err != nil {
		return fmt.Errorf("load dictionary %s: %w", k.file(), err)
	}
	l.writer = w
	if !t.SetDictionary(&table.Dictionary{Column: e.Column, Dict: dict, Plain: e.Plain}) {
		return fmt.Errorf("dictionary %s: the table has no such column", k.file())
	}
	return nil
}

// removeOrphans deletes the files that a manifest does not name.
func (s *Store) removeOrphans(m *manifest.Manifest) error {
	names, err := manifest.Orphans(s.fs, s.segments(), m)
	if err != nil {
		return err
	}
	var errs []error
	for _, name := range names {
		errs = append(errs, s.fs.Remove(s.segments()+"/"+name))
	}
	files, err := s.fs.List(s.dictionaries())
	if err != nil {
		return errors.Join(append(errs, err)...)
	}
	known := map[string]bool{}
	for k := range s.logs {
		known[k.file()] = true
	}
	for _, name := range files {
		if strings.HasSuffix(name, dictionarySuffix) && !known[name] {
			errs = append(errs, s.fs.Remove(s.dictionaries()+"/"+name))
		}
	}
	return errors.Join(errs...)
}
