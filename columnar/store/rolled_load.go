package store

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/freshetdb/freshet/columnar/chcode"
	"github.com/freshetdb/freshet/columnar/manifest"
	"github.com/freshetdb/freshet/columnar/segment"
	"github.com/freshetdb/freshet/columnar/table"
)

// sources finds what a definition is derived from.
func (s *Store) sources(d *table.Def) (source, past *table.Table, err error) {
	if source = s.tables[d.Derived.From.Table]; source == nil || source.Rolled != nil {
		return nil, nil, chcode.Errorf(chcode.UnknownTable, "The table with id %d, which %s is made of, does not exist on this shard",
			d.Derived.From.Table, d.FullName())
	}
	if d.Derived.Past == nil {
		return source, nil, nil
	}
	if past = s.tables[d.Derived.Past.Table]; past == nil || past.Rolled == nil {
		return nil, nil, chcode.Errorf(chcode.UnknownTable, "The rollup with id %d, which %s is made of, does not exist on this shard",
			d.Derived.Past.Table, d.FullName())
	}
	return source, past, nil
}

// connectRolled makes a new rollup follow its source, whose rows are its past.
func (s *Store) connectRolled(t *table.Table) error {
	source, past, err := s.sources(t.Def)
	if err != nil {
		return err
	}
	t.Connect(source, past)
	t.Begin()
	s.regroup = true
	return nil
}

// dependents are the tables that can't be without a table, by id.
func (s *Store) dependents(id uint64) []*table.Def {
	var out []*table.Def
	for _, k := range slices.Sorted(maps.Keys(s.tables)) {
		if d := s.tables[k].Def; d.DependsOn(id) {
			out = append(out, d)
		}
	}
	return out
}

// loadRolled makes the state of rollups that a manifest describes; their tables are
// loaded.
func (s *Store) loadRolled(m *manifest.Manifest) error {
	s.noteViews()
	for i := range m.Tables {
		e := &m.Tables[i]
		t := s.tables[e.ID]
		if t.Rolled == nil {
			continue
		}
		source, past, err := s.sources(t.Def)
		if err != nil {
			return err
		}
		t.Connect(source, past)
		if e.Rollup == nil {
			return fmt.Errorf("table %d: the manifest does not say how far the rollup is filled", e.ID)
		}
		if err := s.loadRollup(t, e.Rollup); err != nil {
			return fmt.Errorf("table %d: %w", e.ID, err)
		}
	}
	return nil
}

func (s *Store) loadRollup(t *table.Table, e *manifest.Rollup) error {
	r := t.Rolled
	r.Filled, r.PastRows, r.Failure = e.Filled, e.Past, e.Failure
	if err := decodeList(e.Gaps, &r.Gaps); err != nil {
		return err
	}
	if err := decodeList(e.Cuts, &r.Cuts); err != nil {
		return err
	}
	for i := range e.Pending {
		x := &e.Pending[i]
		f := s.findSegment(x.Name)
		if f == nil {
			var err error
			if f, err = segment.Open(s.named(x.Name), &x.Meta); err != nil {
				return err
			}
			s.garbage = append(s.garbage, f) // It is in no table any more.
		}
		dead, err := decodeDeletes(x.Deletes, f.Rows())
		if err != nil {
			return fmt.Errorf("segment %s: %w", x.Name, err)
		}
		if x.From < 0 || x.From > f.Rows() {
			return fmt.Errorf("segment %s is filled up to row %d of %d", x.Name, x.From, f.Rows())
		}
		r.Pending = append(r.Pending, &table.Pending{File: f, Dead: dead, From: x.From, Table: x.Table})
	}
	return nil
}

func decodeList[T any](raw json.RawMessage, to *[]T) error {
	if len(raw) == 0 {
		return nil
	}
	if err := json.Unmarshal(raw, to); err != nil {
		return fmt.Errorf("state of a rollup: %w", err)
	}
	return nil
}

// RollupInfo describes a rollup.
type RollupInfo struct {
	Table, Source uint64
	// FilledRows of PastRows rows that were there before the rollup are in;
	// PendingSegments are what the others lie in.
	FilledRows, PastRows int64
	PendingSegments      int
	// UnfoldedRows are rows of the source that the next query folds, Runs and Bytes
	// what is folded and in memory.
	UnfoldedRows int64
	Runs         int
	Bytes        int64
	// Difference says how it differs from its source, see table.RollupState.
	Difference string
}

// Rollups describes all rollups, by table.
func (s *Store) Rollups() []RollupInfo {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []RollupInfo
	for _, id := range slices.Sorted(maps.Keys(s.tables)) {
		t := s.tables[id]
		if t.Rolled == nil {
			continue
		}
		r := t.Rolled
		state := r.State()
		out = append(out, RollupInfo{
			Table: id, Source: r.Source.Def.ID, FilledRows: r.Filled, PastRows: r.PastRows, PendingSegments: len(r.Pending),
			UnfoldedRows: t.Unfolded(), Runs: len(r.Runs), Bytes: r.Bytes(), Difference: state.Difference(),
		})
	}
	return out
}
