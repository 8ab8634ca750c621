package store

import (
	"errors"
	"slices"
	"strconv"

	"github.com/freshetdb/freshet/columnar/manifest"
	"github.com/freshetdb/freshet/columnar/segment"
	"github.com/freshetdb/freshet/columnar/table"
	"github.com/freshetdb/freshet/index/rowset"
)

// manifest describes the shard as of the flush, with the segments written.
func (f *Flush) manifest(meta RaftMeta, dictionaries []manifest.Dictionary) (*manifest.Manifest, error) {
	f.store.mu.Lock()
	nextFile := f.store.nextFile
	f.store.mu.Unlock()
	m := &manifest.Manifest{
		Version: manifest.Version, Index: max(f.index, meta.Index), Term: meta.Term, MapEpoch: meta.MapEpoch,
		Configuration: meta.Configuration, ConfigurationIndex: meta.ConfigurationIndex,
		NextFile: nextFile, Positions: f.positions, Tokens: f.tokens, Dictionaries: dictionaries,
	}
	for _, t := range f.tables {
		def, err := t.view.Def.Encode()
		if err != nil {
			return nil, err
		}
		e := manifest.Table{ID: t.id, Def: def, Horizon: t.horizon, Segments: describe(t.segments, t.rows, "")}
		for _, d := range t.detached {
			e.Detached = append(e.Detached, manifest.Detached{Partition: d.partition, Segments: describe(d.segments, d.rows, "")})
		}
		for _, g := range f.staged {
			if g.table == t {
				txn := strconv.FormatUint(g.txn, 10)
				e.Segments = append(e.Segments, describe(g.segments, g.rows, txn)...)
			}
		}
		if t.rolled != nil {
			e.Rollup = t.rolled.describe()
			for _, g := range t.rolled.written {
				e.Segments = append(e.Segments, manifest.Segment{Meta: g.File.Meta()})
			}
		}
		m.Tables = append(m.Tables, e)
	}
	for _, g := range f.staged {
		m.Staged = append(m.Staged, g.entry)
	}
	return m, nil
}

// describe lists segments that were there and those of a group.
func describe(list []frozenSegment, g *group, txn string) []manifest.Segment {
	var out []manifest.Segment
	for _, x := range list {
		out = append(out, manifest.Segment{Meta: x.segment.File.Meta(), Txn: txn, Deletes: encodeDeletes(x.dead)})
	}
	if g != nil {
		for _, w := range g.written {
			out = append(out, manifest.Segment{Meta: w.file.Meta(), Txn: txn})
		}
	}
	return out
}

// storeManifest writes a manifest. After an error it may or may not be there.
func (s *Store) storeManifest(m *manifest.Manifest) error {
	err := manifest.Store(s.fs, s.dir, m)
	if e := s.settleLogs(m, err == nil); e != nil && err == nil {
		s.note(e) // A dictionary's file stays behind; Open removes it.
	}
	return err
}

// collect deletes what no manifest can name any more, m being the durable one. An
// error costs room until Open deletes the file.
func (s *Store) collect(m *manifest.Manifest) {
	var errs []error
	for _, at := range s.leftovers {
		errs = append(errs, segment.Remove(at))
	}
	s.leftovers = nil
	named := map[string]bool{}
	for x := range m.Segments {
		named[x.Name] = true
	}
	s.mu.Lock()
	for f := range s.awaited {
		named[f.Meta().Name] = true
	}
	var gone []*segment.Segment
	s.garbage = slices.DeleteFunc(s.garbage, func(f *segment.Segment) bool {
		isGone := !named[f.Meta().Name]
		if isGone {
			gone = append(gone, f)
		}
		return isGone
	})
	s.mu.Unlock()
	for _, f := range gone {
		f.Drop()
		errs = append(errs, f.Release())
	}
	s.note(errors.Join(errs...))
}

// awaited gives the segments that rollups are yet to read: they stay, also when
// they are in no table and no manifest any more.
func (s *Store) awaited(yield func(*segment.Segment) bool) {
	for _, t := range s.tables {
		if t.Rolled == nil {
			continue
		}
		for _, p := range t.Rolled.Pending {
			if !yield(p.File) {
				return
			}
		}
		for _, in := range t.Rolled.Inputs {
			if in.File() != nil && !yield(in.File()) {
				return
			}
		}
	}
}

// install puts the segments of a flush, which are in the manifest now, in the
// place of the rows in memory, with the rows that died since as marks.
func (f *Flush) install(m *manifest.Manifest) {
	s := f.store
	s.mu.Lock()
	defer s.mu.Unlock()
	s.durable = m
	for _, t := range f.tables {
		settle(t.segments, true)
		live := s.tables[t.id]
		if live != nil {
			live.DurableVersion = t.view.Def.Schema.Version
		}
		for _, d := range t.detached {
			settle(d.segments, false)
			if d.rows != nil {
				s.place(live, d.rows, false)
			}
		}
		if t.rows != nil {
			s.place(live, t.rows, true)
		}
		if t.rolled != nil {
			s.installRolled(t)
		}
	}
	for _, g := range f.staged {
		settle(g.segments, false)
		if g.rows != nil {
			s.place(s.tables[g.table.id], g.rows, false)
		}
	}
	s.changed, s.regroup = true, true
	s.publish()
}

// settle notes what the manifest says of segments.
func settle(list []frozenSegment, isActive bool) {
	for _, x := range list {
		x.segment.Durable, x.segment.Active = x.dead, isActive
	}
}

// place finds where the rows of a group are now and puts their segments there.
// Rows that are nowhere any more were dropped as a whole.
func (s *Store) place(t *table.Table, g *group, isActive bool) {
	segments := make([]*table.Segment, 0, len(g.written))
	for i := range g.written {
		w := &g.written[i]
		x := &table.Segment{File: w.file, Active: isActive}
		if !w.file.Meta().Mixed {
			x.Key, x.HasKey = w.key, true
		}
		if dead := g.diedSince(w); dead.Len() > 0 {
			x.Kill(dead)
		}
		segments = append(segments, x)
	}
	runs, home := s.home(t, g)
	if home == nil {
		s.retire(segments...)
		return
	}
	t.Moved()
	*runs = slices.DeleteFunc(slices.Clone(*runs), func(r *table.Run) bool { return slices.Contains(g.runs, r) })
	for _, x := range segments {
		if x.Live() == 0 {
			s.retire(x)
			continue
		}
		*home = append(slices.Clip(*home), x)
	}
}

// home finds the lists that hold the runs of a group and their segments. Runs
// that died since are in none; the others are still together.
func (s *Store) home(t *table.Table, g *group) (*[]*table.Run, *[]*table.Segment) {
	if t == nil {
		return nil, nil
	}
	isOurs := func(r *table.Run) bool { return slices.Contains(g.runs, r) }
	if slices.ContainsFunc(t.Runs, isOurs) {
		return &t.Runs, &t.Segments
	}
	for _, d := range t.Detached {
		if slices.ContainsFunc(d.Runs, isOurs) {
			return &d.Runs, &d.Segments
		}
	}
	for _, x := range s.staged {
		if slices.ContainsFunc(x.runs, isOurs) {
			return &x.runs, &x.segments
		}
	}
	return nil, nil
}

// diedSince are the rows of a segment that died in memory after the flush took
// them.
func (g *group) diedSince(w *written) rowset.Set {
	isSame := true
	for i, r := range g.runs {
		isSame = isSame && r.Dead.Count() == g.dead[i].Count()
	}
	if isSame {
		return rowset.Set{}
	}
	var ranges []rowset.Range
	for i, run := range w.runs {
		if g.runs[run].Dead.Contains(int(w.rows[i])) {
			ranges = append(ranges, rowset.Range{Lo: i, Hi: i + 1})
		}
	}
	return rowset.Of(len(w.rows), ranges...)
}
