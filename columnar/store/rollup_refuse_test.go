package store_test

import (
	"strings"
	"testing"

	"github.com/freshetdb/freshet/columnar/entry"
	"github.com/freshetdb/freshet/columnar/store"
	"github.com/freshetdb/freshet/columnar/vfs"
)

// TestRefusedRowsChangeNothing inserts rows that an expression of a view, of a view
// behind it, or of a rollup can't compute.
func TestRefusedRowsChangeNothing(t *testing.T) {
	for _, what := range []string{"view", "chain", "rollup"} {
		t.Run(what, func(t *testing.T) {
			s := open(t, vfs.NewMem())
			d := hits(t)
			s.must(defineEntry(t, d))
			number := callExpr(t, "toInt32", colOf(t, d, "user"))
			switch what {
			case "rollup":
				s.must(defineEntry(t, defineRollup(t, 5, d, nil, []rollupKey{{"day", colOf(t, d, "day")}, {"number", number}},
					aggregate{"c", "SimpleAggregateFunction(sum, UInt64)", "count", nil})))
			default:
				from := d
				for id := uint64(2); id < 4; id++ {
					target := hits(t)
					target.ID = id
					s.must(defineEntry(t, target))
					keys := []rollupKey{{"day", colOf(t, d, "day")}, {"user", colOf(t, d, "user")}, {"n", colOf(t, d, "n")}}
					if what == "view" || id == 3 {
						keys[2].expr = number
					}
					v := defineView(t, "clean", from, target, keys)
					v.ID = id + 10
					s.must(defineEntry(t, v))
					from = target
				}
			}
			bad := insert(t, d, []string{"2024-05-01", "7", "1", "x"}, []string{"2024-05-01", "seven", "2", "x"})
			bad.Inserts = []entry.ClientInsert{{Token: "a", Rows: 2}}
			bad.Positions = []entry.Position{{Source: "src", Key: "k", From: 0, Next: 2}}
			if r := s.propose(bad); r.Err == nil || !strings.Contains(r.Err.Error(), "seven") {
				t.Fatalf("error %v, expected one about seven", r.Err)
			}
			staged := *bad
			staged.Kind, staged.Txn, staged.Inserts, staged.Positions = entry.Stage, 9, nil, nil
			if r := s.propose(&staged); r.Err == nil {
				t.Error("rows that will be refused were staged")
			}
			for id := uint64(1); id < 4; id++ {
				if rows := s.rows(id); s.View().Table(id) != nil && len(rows) > 0 {
					t.Errorf("table %d has rows %q", id, rows)
				}
			}
			if _, ok := s.Position("src", "k"); ok || len(s.Staged()) > 0 {
				t.Error("a position or a transaction was kept")
			}
			good := insert(t, d, []string{"2024-05-01", "7", "1", "x"})
			good.Inserts, good.Positions = []entry.ClientInsert{{Token: "a", Rows: 1}}, bad.Positions
			if r := s.must(good); r.Rows != 1 || r.Duplicates[0] {
				t.Errorf("the token of a refused insert was kept: %+v", r)
			}
			if what != "rollup" {
				if rows := s.rows(3); len(rows) != 1 || rows[0] != "2024-05-01|7|7|NULL|" {
					t.Errorf("rows behind the views: %q", rows)
				}
			}
		})
	}
}

// TestRowsThatCannotBeFolded makes a rollup of a table whose rows it can't compute:
// it says so, and the shard goes on.
func TestRowsThatCannotBeFolded(t *testing.T) {
	s := open(t, vfs.NewMem())
	d := hits(t)
	s.must(defineEntry(t, d))
	s.must(insert(t, d, []string{"2024-05-01", "seven", "1", "x"}))
	s.must(defineEntry(t, defineRollup(t, 2, d, nil,
		[]rollupKey{{"day", colOf(t, d, "day")}, {"number", callExpr(t, "toInt32", colOf(t, d, "user"))}},
		aggregate{"c", "SimpleAggregateFunction(sum, UInt64)", "count", nil})))
	v := s.View()
	if _, err := rolledRows(v, 2); err == nil || !strings.Contains(err.Error(), "seven") {
		t.Errorf("reading gives error %v, expected one about seven", err)
	}
	v.Release()
	s.flush()
	s.must(insert(t, d, []string{"2024-05-01", "7", "1", "x"}))
	check := func() {
		t.Helper()
		wantRolled(t, s, 2, "2024-05-01|7|1|")
		if n := rollupInfo(t, s, 2); !strings.Contains(n.Difference, "seven") {
			t.Errorf("the rollup says %q", n.Difference)
		}
	}
	check()
	s.restart()
	check()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

// TestInsertIntoARollup is refused, also of a transaction.
func TestInsertIntoARollup(t *testing.T) {
	s := open(t, vfs.NewMem())
	d := hits(t)
	s.must(defineEntry(t, d))
	r := defineRollup(t, 2, d, nil, []rollupKey{{"day", colOf(t, d, "day")}, {"user", colOf(t, d, "user")}},
		aggregate{"c", "SimpleAggregateFunction(sum, UInt64)", "count", nil})
	s.must(defineEntry(t, r))
	e := insert(t, r, []string{"2024-05-01", "bob", "1"})
	if x := s.propose(e); x.Err == nil {
		t.Error("rows were inserted into a rollup")
	}
	e.Kind, e.Txn = entry.Stage, 1
	if x := s.propose(e); x.Err == nil {
		t.Error("rows were staged for a rollup")
	}
	if x := s.propose(defineEntry(t, defineRollup(t, 3, r, nil, []rollupKey{{"day", colOf(t, r, "day")}},
		aggregate{"c", "SimpleAggregateFunction(sum, UInt64)", "count", nil}))); x.Err == nil {
		t.Error("a rollup was made of a rollup")
	}
}

// TestDamageOfRollupsIsFound flips a byte of every file of a shard with a rollup that
// is not filled.
func TestDamageOfRollupsIsFound(t *testing.T) {
	mem := vfs.NewMem()
	s := open(t, mem)
	d := hits(t)
	s.must(defineEntry(t, d))
	s.must(insert(t, d, []string{"2024-05-01", "bob", "2", "x"}))
	s.flush()
	s.must(insert(t, d, []string{"2024-05-02", "al", "1", ""}))
	s.flush()
	s.must(defineEntry(t, byDay(t, 2, d)))
	s.must(insert(t, d, []string{"2024-05-02", "al", "1", ""}))
	s.flush()
	if _, err := s.FillOnce(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.must(&entry.Entry{Kind: entry.DropPartition, Table: 1, Body: []byte("2024-05-02")})
	s.flush()
	if n := rollupInfo(t, s, 2); n.PendingSegments != 1 || n.Difference == "" {
		t.Fatalf("the rollup is not as the test wants it: %+v", n)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if problems := store.Check(mem, "shard"); len(problems) > 0 {
		t.Fatalf("problems of a sound shard: %v", problems)
	}
	for _, name := range filesOf(t, mem) {
		data, err := vfs.ReadFile(mem, name)
		if err != nil {
			t.Fatal(err)
		}
		for at := 0; at < len(data); at += 7 {
			if len(store.Check(flipped(t, mem, name, at, data[at]), "shard")) == 0 {
				t.Errorf("a flipped bit at byte %d of %s is not found", at, name)
			}
		}
	}
}

// flipped is a disk with a bit of a file flipped.
func flipped(t *testing.T, mem *vfs.Mem, name string, at int, was byte) *vfs.Mem {
	t.Helper()
	copied := mem.CrashClone()
	f, err := copied.OpenReadWrite(name)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteAt([]byte{was ^ 4}, int64(at)); err != nil {
		t.Fatal(err)
	}
	if err := f.Sync(); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	return copied
}
