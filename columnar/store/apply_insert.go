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
	if err := refuseInsert(t, e); err != nil {
		return failed(err)
	}
	rows, err := t.Convert(e)
	if err != nil {
		return failed(err)
	}
	rows = newRows(t, e.Inserts, rows, r.Duplicates)
	flows, err := s.flows(t, rows, 0)
	if err != nil {
		return failed(err)
	}
	for i, in := range e.Inserts {
		if !r.Duplicates[i] {
			t.Tokens.Add(in.Token, index)
		}
	}
	s.positions.advance(e.Positions)
	r.Rows = rows.Rows
	s.appendFlows(flows, index)
	return r
}

// newRows marks the inserts whose token is known, also from earlier in the same
// entry, and leaves their rows out.
func newRows(t *table.Table, inserts []entry.ClientInsert, rows *batch.Batch, duplicate []bool) *batch.Batch {
	tokens := make([]string, len(inserts))
	for i, in := range inserts {
		tokens[i] = in.Token
	}
	var sel []uint32
	at, some := 0, false
	for i, isKnown := range t.Tokens.Known(tokens) {
		if duplicate[i] = isKnown; isKnown {
			some = true
		} else {
			for row := at; row < at+inserts[i].Rows; row++ {
				sel = append(sel, uint32(row))
			}
		}
		at += inserts[i].Rows
	}
	if !some {
		return rows
	}
	return rows.Gather(sel)
}
