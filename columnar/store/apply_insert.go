package store

import (
	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/entry"
	"github.com/freshetdb/freshet/columnar/table"
)

// applyInsert adds rows: those of client inserts whose token is new, unless the
// positions say that all are there.
func (s *Store) applyInsert(index uint64, e *entry.Entry) Result {
	t, err := s.table(e)
	if err != nil {
		return failed(err)
	}
	r := Result{Duplicates: make([]bool, len(e.Inserts))}
	if r.Covered, err = s.positions.cover(e.Positions); err != nil {
		return failed(err)
	}
	if r.Covered {
		for i := range r.Duplicates {
			r.Duplicates[i] = true
		}
		return r
	}
	rows, err := t.Convert(e)
	if err != nil {
		return failed(err)
	}
	rows = newRows(t, e.Inserts, rows, index, r.Duplicates)
	s.positions.advance(e.Positions)
	r.Rows = rows.Rows
	if rows.Rows > 0 && t.Def.Kind != table.Null {
		s.changed = true
		t.Append(t.Number(rows), index)
	}
	return r
}

// newRows remembers the tokens that are new, marks the inserts whose token is
// known, also from earlier in the same entry, and leaves their rows out.
func newRows(t *table.Table, inserts []entry.ClientInsert, rows *batch.Batch, index uint64, duplicate []bool) *batch.Batch {
	var sel []uint32
	at, some := 0, false
	for i, in := range inserts {
		if duplicate[i] = t.Tokens.Has(in.Token); duplicate[i] {
			some = true
		} else {
			t.Tokens.Add(in.Token, index)
			for row := at; row < at+in.Rows; row++ {
				sel = append(sel, uint32(row))
			}
		}
		at += in.Rows
	}
	if !some {
		return rows
	}
	return rows.Gather(sel)
}
