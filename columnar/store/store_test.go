package store_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/freshetdb/freshet/columnar/table"
	"github.com/freshetdb/freshet/columnar/vfs"
)

func events(tb testing.TB) *table.Def {
	d := define(tb, 1, "day Date", "user String", "n Int32", "note Nullable(String)")
	d.OrderBy = []table.KeyExpr{keyOf(tb, d, "user"), keyOf(tb, d, "n")}
	d.PartitionBy = []table.KeyExpr{keyOf(tb, d, "day")}
	return d
}

func TestRowsSurviveFlushAndRestart(t *testing.T) {
	s := open(t, vfs.NewMem())
	d := events(t)
	s.must(defineEntry(t, d))
	s.must(insert(t, d, []string{"2024-05-01", "bob", "2", "x"}, []string{"2024-05-02", "al", "1", ""}))
	want := []string{"2024-05-01|bob|2|x|", "2024-05-02|al|1||"}
	check := func(what string) {
		t.Helper()
		if diff := cmp.Diff(want, s.rows(1)); diff != "" {
			t.Errorf("%s: %s", what, diff)
		}
	}
	check("inserted")
	s.restart()
	check("replayed")
	s.flush()
	check("flushed")
	if n := s.Unflushed(); n != 0 {
		t.Errorf("%d bytes are left in memory after a flush", n)
	}
	s.must(insert(t, d, []string{"2024-05-01", "cy", "3", "bob"}))
	want = []string{"2024-05-01|bob|2|x|", "2024-05-01|cy|3|bob|", "2024-05-02|al|1||"}
	check("inserted behind the flush")
	s.restart()
	check("opened and replayed")
	s.flush()
	s.restart()
	check("opened without replay")
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}
