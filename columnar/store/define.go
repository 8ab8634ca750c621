package store

import (
	"github.com/freshetdb/freshet/columnar/entry"
	"github.com/freshetdb/freshet/columnar/table"
)

// applyDefine makes a table, or puts a newer definition in its place. A
// definition that is older than the one in force changes nothing.
func (s *Store) applyDefine(e *entry.Entry) Result {
	d, err := table.DecodeDef(e.Body)
	if err != nil {
		return failed(err)
	}
	t := s.tables[d.ID]
	if t == nil {
		if t, err = table.New(d, &s.env); err != nil {
			return failed(err)
		}
		if err := s.connect(t); err != nil {
			return failed(err)
		}
		s.tables[d.ID] = t
		s.noteViews()
		s.changed = true
		return Result{}
	}
	if d.Schema.Version < t.Def.Schema.Version {
		return Result{}
	}
	if d.Kind == table.ViewTo { // Its query is new: rows flow by it from here on.
		if _, err := s.view(d); err != nil {
			return failed(err)
		}
	}
	s.changed = true
	if err := t.SetDef(d); err != nil {
		return failed(err)
	}
	t.NumberDefaults()
	return Result{}
}

// connect tells a new table of those that it is derived from.
func (s *Store) connect(t *table.Table) error {
	switch t.Def.Kind {
	case table.Rollup:
		return s.connectRolled(t)
	case table.ViewTo:
		_, err := s.view(t.Def)
		return err
	default:
		return nil
	}
}

func (s *Store) applyDropTable(e *entry.Entry) Result {
	t, err := s.table(e)
	if err != nil {
		return failed(err)
	}
	if list := s.dependents(e.Table); len(list) > 0 {
		return failed(table.HasDependents(t.Def, table.Dropped, list[0]))
	}
	for txn, g := range s.staged {
		if g.table == e.Table {
			s.dropStaged(txn)
		}
	}
	s.clear(t)
	for _, d := range t.Detached {
		s.retire(d.Segments...)
	}
	if t.Rolled != nil {
		t.Disconnect()
	}
	s.positions.forgetTable(t.Def.UUID)
	delete(s.tables, e.Table)
	s.noteViews()
	s.changed = true
	return Result{}
}

// clear takes all visible rows out of a table.
func (s *Store) clear(t *table.Table) {
	s.touch(t)
	t.Seal()
	t.Runs = nil
	s.retire(t.Segments...)
	t.Segments = nil
	if t.Rolled != nil {
		t.Rolled.Clear()
		s.regroup = true
	}
}

// retire is told of segments that are in no table any more. They stay on disk
// while the manifest names them.
func (s *Store) retire(segments ...*table.Segment) {
	for _, g := range segments {
		s.garbage = append(s.garbage, g.File)
		s.regroup = true
	}
}
