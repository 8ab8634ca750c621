package store

import (
	"encoding/binary"
	"fmt"
	"maps"
	"slices"

	"github.com/freshetdb/freshet/columnar/chcode"
	"github.com/freshetdb/freshet/columnar/entry"
)

// A code column is free text when, over this many rows at least, more than nine
// in ten values were new: the first rows of any column look like that (R12).
const (
	plainRows  = 1_000_000
	plainTenth = 9
)

// TextColumn names a column of a table.
type TextColumn struct {
	Table  uint64
	Column uint32
}

// PlainCandidates are the code columns that turned out to be free text, judged by
// the rows since the store was opened. To make one plain is up to an entry.
func (s *Store) PlainCandidates() []TextColumn {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []TextColumn
	for _, id := range slices.Sorted(maps.Keys(s.tables)) {
		t := s.tables[id]
		for _, d := range t.Dictionaries() {
			if d.Plain || d.Rows < plainRows || d.New <= d.Rows/10*plainTenth {
				continue
			}
			if c := t.Def.Schema.ByID(d.Column); c != nil && !c.Identity {
				out = append(out, TextColumn{Table: id, Column: d.Column})
			}
		}
	}
	return out
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
