package store

import (
	"encoding/binary"
	"fmt"

	"github.com/freshetdb/freshet/columnar/chcode"
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
		s.tables[d.ID] = t
		s.changed = true
		return Result{}
	}
	if d.Schema.Version < t.Def.Schema.Version {
		return Result{}
	}
	s.changed = true
	if err := t.SetDef(d); err != nil {
		return failed(err)
	}
	return Result{}
}

func (s *Store) applyDropTable(e *entry.Entry) Result {
	t, err := s.table(e)
	if err != nil {
		return failed(err)
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
	delete(s.tables, e.Table)
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
}

// retire is told of segments that are in no table any more. They stay on disk
// while the manifest names them.
func (s *Store) retire(segments ...*table.Segment) {
	for _, g := range segments {
		s.garbage = append(s.garbage, g.File)
		s.regroup = true
	}
}

// ColumnPlainBody is the body of an entry of kind ColumnPlain.
func ColumnPlainBody(column uint32) []byte { return binary.AppendUvarint(nil, uint64(column)) }

// applyColumnPlain makes a code column take no new symbols (R12). An identity
// column keeps its dictionary.
func (s *Store) applyColumnPlain(e *entry.Entry) Result {
	t, err := s.table(e)
	if err != nil {
		return failed(err)
	}
	id, n := binary.Uvarint(e.Body)
	if n != len(e.Body) || n == 0 {
		return failed(fmt.Errorf("%w: column of ColumnPlain", entry.ErrMalformed))
	}
	c := t.Def.Schema.ByID(uint32(id))
	d := t.Dictionary(uint32(id))
	if c == nil || d == nil {
		return failed(chcode.Errorf(chcode.NoSuchColumnInTable, "Table %s has no column of text with id %d", t.Def.FullName(), id))
	}
	if c.Identity {
		return failed(chcode.Errorf(chcode.BadArguments, "Column %s of %s is an identity column", c.Name, t.Def.FullName()))
	}
	d.Plain = true
	return Result{}
}
