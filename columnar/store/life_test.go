package store_test

import (
	"errors"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/freshetdb/freshet/columnar/chcode"
	"github.com/freshetdb/freshet/columnar/entry"
	"github.com/freshetdb/freshet/columnar/store"
	"github.com/freshetdb/freshet/columnar/table"
	"github.com/freshetdb/freshet/columnar/vfs"
)

// TestViewOutlivesItsSegments reads a picture whose table was dropped and whose
// files are gone from the manifest; they are deleted with the picture.
func TestViewOutlivesItsSegments(t *testing.T) {
	s := open(t, vfs.NewMem())
	d := events(t)
	s.must(defineEntry(t, d))
	s.must(insert(t, d, []string{"2024-05-01", "bob", "2", "x"}))
	s.flush()
	s.must(insert(t, d, []string{"2024-05-02", "al", "1", nullText}))
	v := s.View()
	s.must(&entry.Entry{Kind: entry.DropTable, Table: 1})
	s.flush()
	files := func() int {
		names, err := s.fs.List("shard/segments")
		if err != nil {
			t.Fatal(err)
		}
		return len(names)
	}
	if n := files(); n != 2 {
		t.Errorf("%d files while a picture has the segment, expected 2", n)
	}
	rows, err := readAll(v, 1)
	if diff := cmp.Diff([]string{"2024-05-01|bob|2|x|", "2024-05-02|al|1|NULL|"}, rows); err != nil || diff != "" {
		t.Errorf("error %v, rows %s", err, diff)
	}
	v.Release()
	if n := files(); n != 0 {
		t.Errorf("%d files after the last picture is released, expected none", n)
	}
	if names, err := s.fs.List("shard/dictionaries"); err != nil || len(names) != 0 {
		t.Errorf("dictionaries %v, error %v: expected none", names, err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

// TestCloseLeavesViews reads a picture after Close.
func TestCloseLeavesViews(t *testing.T) {
	s := open(t, vfs.NewMem())
	d := events(t)
	s.must(defineEntry(t, d))
	s.must(insert(t, d, []string{"2024-05-01", "bob", "2", "x"}))
	s.flush()
	v := s.View()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if rows, err := readAll(v, 1); err != nil || len(rows) != 1 {
		t.Errorf("rows %v, error %v", rows, err)
	}
	v.Release()
	empty := s.View()
	if len(empty.Tables) != 0 {
		t.Error("a closed store shows tables")
	}
	empty.Release()
	if err := s.Close(); err != nil {
		t.Error("closed again: ", err)
	}
	if _, err := s.Snapshot(10); !errors.Is(err, store.ErrClosed) {
		t.Errorf("flush of a closed store: error %v", err)
	}
	if r := s.Apply(10, insert(t, d)); !errors.Is(r.Err, store.ErrClosed) {
		t.Errorf("entry for a closed store: error %v", r.Err)
	}
}

// TestRefusals gives the errors that a proposer acts upon.
func TestRefusals(t *testing.T) {
	s := open(t, vfs.NewMem())
	d := events(t)
	var user *chcode.Error
	if r := s.propose(insert(t, d)); !errors.As(r.Err, &user) || user.Code != chcode.UnknownTable {
		t.Errorf("insert into no table: error %v", r.Err)
	}
	s.must(defineEntry(t, d))
	newer := insert(t, d, []string{"2024-05-01", "bob", "2", "x"})
	newer.SchemaVersion = 2
	if r := s.propose(newer); !errors.Is(r.Err, table.ErrUnknownSchema) {
		t.Errorf("insert of an unknown schema: error %v", r.Err)
	}
	e := insert(t, d, []string{"2024-05-01", "bob", "2", "x"})
	e.Positions = []entry.Position{{Source: "log", Key: "a", From: 5, Next: 9}}
	s.must(e)
	if r := s.must(e); !r.Covered || r.Rows != 0 {
		t.Errorf("the same positions again: %+v", r)
	}
	hole := *e
	hole.Positions = []entry.Position{{Source: "log", Key: "a", From: 12, Next: 15}}
	var at *store.PositionError
	if r := s.propose(&hole); !errors.As(r.Err, &at) || at.Have != 9 {
		t.Errorf("a hole in the positions: error %v", r.Err)
	}
	if next, ok := s.Position("log", "a"); !ok || next != 9 {
		t.Errorf("position %d (%t), expected 9", next, ok)
	}
	if diff := cmp.Diff(map[string]uint64{"a": 9}, s.Positions("log")); diff != "" {
		t.Error(diff)
	}
	if n := len(s.rows(1)); n != 1 {
		t.Errorf("%d rows, expected the one that was not refused", n)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

// TestForgottenPositions drops positions one by one, and those of a table with it; restarts bring none back.
func TestForgottenPositions(t *testing.T) {
	s := open(t, vfs.NewMem())
	d := events(t)
	d.UUID = "5cb3"
	s.must(defineEntry(t, d))
	for _, at := range []entry.Position{
		{Source: "logfile:5cb3", Key: "a", Next: 9}, {Source: "logfile:5cb3", Key: "b", Next: 5}, {Source: "logfile:77", Key: "a", Next: 3},
	} {
		e := insert(t, d, []string{"2024-05-01", "bob", "2", "x"})
		e.Positions = []entry.Position{at}
		s.must(e)
	}
	expect := func(when string, ours map[string]uint64) {
		t.Helper()
		for range 3 {
			if diff := cmp.Diff(ours, s.Positions("logfile:5cb3")); diff != "" {
				t.Errorf("%s: %s", when, diff)
			}
			if _, ok := s.Position("logfile:77", "a"); !ok {
				t.Errorf("%s: the position of another table is gone", when)
			}
			s.restart()
			s.flush()
		}
	}
	expect("at first", map[string]uint64{"a": 9, "b": 5})
	s.must(&entry.Entry{Kind: entry.Forget, Table: 1, Positions: []entry.Position{{Source: "logfile:5cb3", Key: "a"}, {Source: "none", Key: "x"}}})
	expect("forgotten", map[string]uint64{"b": 5})
	s.must(&entry.Entry{Kind: entry.DropTable, Table: 1})
	expect("dropped", map[string]uint64{})
}

// TestNullTableForgetsRows, but neither tokens nor positions.
func TestNullTableForgetsRows(t *testing.T) {
	s := open(t, vfs.NewMem())
	d := events(t)
	d.Kind = table.Null
	s.must(defineEntry(t, d))
	e := insert(t, d, []string{"2024-05-01", "bob", "2", "x"})
	e.Inserts = []entry.ClientInsert{{Token: "t", Rows: 1}}
	if r := s.must(e); r.Duplicates[0] {
		t.Error("the first insert is a duplicate")
	}
	if r := s.must(e); !r.Duplicates[0] {
		t.Error("the second insert is none")
	}
	if n := len(s.rows(1)); n != 0 || s.Unflushed() != 0 {
		t.Errorf("%d rows, %d bytes", n, s.Unflushed())
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

// TestFreeTextIsFound among the code columns, after a million rows.
func TestFreeTextIsFound(t *testing.T) {
	s := open(t, vfs.NewMem())
	d := define(t, 1, "text String", "id String", "city String")
	d.Schema.Columns[1].Identity = true
	s.must(defineEntry(t, d))
	const rows, entries = 125_000, 8
	for e := range entries {
		var list [][]string
		for i := range rows {
			n := strconv.Itoa(e*rows + i)
			list = append(list, []string{"text " + n, "id " + n, "city " + n[len(n)-1:]})
		}
		if got := s.PlainCandidates(); len(got) > 0 {
			t.Errorf("%v after %d rows", got, e*rows)
		}
		if r := s.Apply(uint64(e+2), insert(t, d, list...)); r.Err != nil {
			t.Fatal(r.Err)
		}
	}
	want := []store.TextColumn{{Table: 1, Column: 1}}
	if diff := cmp.Diff(want, s.PlainCandidates()); diff != "" {
		t.Error(diff)
	}
	if r := s.Apply(entries+2, &entry.Entry{Kind: entry.ColumnPlain, Table: 1, Body: store.ColumnPlainBody(1)}); r.Err != nil {
		t.Fatal(r.Err)
	}
	if got := s.PlainCandidates(); len(got) > 0 {
		t.Errorf("%v although the column is plain", got)
	}
	if r := s.Apply(entries+3, &entry.Entry{Kind: entry.ColumnPlain, Table: 1, Body: store.ColumnPlainBody(2)}); r.Err == nil {
		t.Error("an identity column was made plain")
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

// TestStagedRowsSurviveFlush shows a transaction whose parts were flushed before
// its commit.
func TestStagedRowsSurviveFlush(t *testing.T) {
	s := open(t, vfs.NewMem())
	d := events(t)
	s.must(defineEntry(t, d))
	for part := range uint32(3) {
		e := insert(t, d, []string{day(int(part) + 1), "bob", strconv.Itoa(int(part)), "x"})
		e.Kind, e.Txn, e.Part = entry.Stage, 7, part
		s.must(e)
		s.must(e) // Its proposer did not see the answer.
		s.flush()
		s.restart()
	}
	if diff := cmp.Diff([]store.Transaction{{Table: 1, Txn: 7}}, s.Staged()); diff != "" {
		t.Error(diff)
	}
	if n := len(s.rows(1)); n != 0 {
		t.Errorf("%d rows are visible before the commit", n)
	}
	commit := &entry.Entry{Kind: entry.Commit, Table: 1, Txn: 7, Parts: 4, Inserts: []entry.ClientInsert{{Token: "once"}}}
	if r := s.propose(commit); r.Err == nil {
		t.Error("a commit with a part missing is no error")
	}
	right := *commit
	right.Parts = 3
	if r := s.must(&right); r.Rows != 3 {
		t.Errorf("%d rows of the transaction, expected 3", r.Rows)
	}
	s.flush()
	s.restart()
	if n := len(s.rows(1)); n != 3 || len(s.Staged()) != 0 {
		t.Errorf("%d rows and %v after the commit", n, s.Staged())
	}
	if m, ok := s.RaftMeta(); !ok || m.Index != uint64(len(s.log)) || m.Term != 1 {
		t.Errorf("raft meta %+v", m)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}
