package store

import (
	"fmt"
	"maps"
	"slices"

	"github.com/freshetdb/freshet/columnar/chcode"
	"github.com/freshetdb/freshet/columnar/entry"
	"github.com/freshetdb/freshet/columnar/memtable"
	"github.com/freshetdb/freshet/columnar/table"
)

// staged is the parts of a transaction that is not committed (R3). Nobody sees
// them.
type staged struct {
	table    uint64
	parts    []uint32 // ascending
	rows     int64
	first    uint64 // entries
	last     uint64
	runs     []*table.Run
	segments []*table.Segment
}

// Transaction is parts that are staged.
type Transaction struct{ Table, Txn uint64 }

// Staged are the transactions that are neither committed nor aborted.
func (s *Store) Staged() []Transaction {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []Transaction
	for _, txn := range slices.Sorted(maps.Keys(s.staged)) {
		out = append(out, Transaction{Table: s.staged[txn].table, Txn: txn})
	}
	return out
}

// has tells whether a part is there.
func (g *staged) has(part uint32) bool {
	_, ok := slices.BinarySearch(g.parts, part)
	return ok
}

func (g *staged) bytes() int64 {
	n := int64(0)
	for _, r := range g.runs {
		n += r.Bytes
	}
	return n
}

// applyStage keeps a part aside. A part that is there already is skipped: its
// proposer did not see the answer.
func (s *Store) applyStage(index uint64, e *entry.Entry) Result {
	t, err := s.table(e)
	if err != nil {
		return failed(err)
	}
	g := s.staged[e.Txn]
	if g != nil && g.table != e.Table {
		return failed(fmt.Errorf("transaction %d is one of table %d, not of %d", e.Txn, g.table, e.Table))
	}
	if g != nil && g.has(e.Part) {
		return Result{}
	}
	if err := refuseInsert(t, e); err != nil {
		return failed(err)
	}
	rows, err := t.Convert(e)
	if err == nil {
		_, err = s.flows(t, rows, 0) // What views refuse is refused before the commit.
	}
	if err != nil {
		return failed(err)
	}
	if g == nil {
		g = &staged{table: e.Table, first: index}
		s.staged[e.Txn] = g
	}
	at, _ := slices.BinarySearch(g.parts, e.Part)
	g.parts = slices.Insert(g.parts, at, e.Part)
	g.rows += int64(rows.Rows)
	g.last = index
	if rows.Rows > 0 && t.Def.Kind != table.Null {
		m := memtable.New(&t.Def.Schema)
		m.Append(t.Number(rows), index)
		g.runs = append(g.runs, &table.Run{Rows: m.Publish(), Bytes: m.SizeBytes()})
		t.Moved() // The rows have symbols that its last View has not.
	}
	return Result{}
}

// applyCommit shows all parts of a transaction at once, unless its token or its
// positions say that its rows are there: then they are dropped.
func (s *Store) applyCommit(index uint64, e *entry.Entry) Result {
	t, err := s.table(e)
	if err != nil {
		return failed(err)
	}
	g := s.staged[e.Txn]
	if g == nil && e.Parts > 0 {
		return failed(chcode.Errorf(chcode.LogicalError, "Transaction %d is not known on this shard", e.Txn))
	}
	if g != nil && (len(g.parts) != int(e.Parts) || g.table != e.Table) {
		return failed(chcode.Errorf(chcode.LogicalError, "Transaction %d has %d of %d parts on this shard", e.Txn, len(g.parts), e.Parts))
	}
	r := Result{Duplicates: make([]bool, len(e.Inserts))}
	if r.Covered, err = s.positions.cover(e.Positions); err != nil {
		return failed(err)
	}
	isKnown := r.Covered
	for i, in := range e.Inserts {
		r.Duplicates[i] = r.Covered || t.Tokens.Has(in.Token)
		isKnown = isKnown || r.Duplicates[i]
	}
	if isKnown {
		s.dropStaged(e.Txn)
		return r
	}
	var flows []flow
	if g != nil {
		if flows, err = s.stagedFlows(t, g); err != nil {
			return failed(err)
		}
	}
	for _, in := range e.Inserts {
		t.Tokens.Add(in.Token, index)
	}
	s.positions.advance(e.Positions)
	if g == nil {
		return r
	}
	s.moved(t)
	t.AddStaged(g.runs, g.segments)
	s.regroup = s.regroup || len(g.segments) > 0
	delete(s.staged, e.Txn)
	r.Rows = int(g.rows)
	s.appendFlows(flows, index)
	return r
}

func (s *Store) applyAbort(e *entry.Entry) Result {
	s.dropStaged(e.Txn)
	return Result{}
}

// dropStaged forgets the parts of a transaction.
func (s *Store) dropStaged(txn uint64) {
	if g := s.staged[txn]; g != nil {
		s.retire(g.segments...)
		delete(s.staged, txn)
	}
}
