package store_test

import (
	"fmt"
	"sort"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/freshetdb/freshet/columnar/table"
	"github.com/freshetdb/freshet/columnar/vfs"
)

func events(tb tester) *table.Def {
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

func TestMergesKeepRows(t *testing.T) {
	s := open(t, vfs.NewMem())
	d := events(t)
	s.must(defineEntry(t, d))
	var want []string
	for i := range 40 {
		day, user, n := fmt.Sprintf("2024-05-%02d", 1+i%7), fmt.Sprintf("u%d", i%5), strconv.Itoa(i)
		s.must(insert(t, d, []string{day, user, n, "x" + n}))
		want = append(want, day+"|"+user+"|"+n+"|x"+n+"|")
		if i%3 == 0 {
			s.flush()
		}
	}
	sort.Strings(want)
	s.flush()
	check := func(what string) {
		t.Helper()
		if diff := cmp.Diff(want, s.rows(1)); diff != "" {
			t.Errorf("%s: %s", what, diff)
		}
	}
	before := s.segments(1)
	for {
		did, err := s.MergeOnce(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if !did {
			break
		}
		check("merged")
	}
	if err := s.OptimizeTable(t.Context(), 1, ""); err != nil {
		t.Fatal(err)
	}
	check("optimized")
	if n := s.segments(1); n != 7 || before <= 7 {
		t.Errorf("%d segments before and %d after OPTIMIZE, expected 7 for 7 partitions", before, n)
	}
	names, err := s.fs.List("shard/segments")
	if err != nil || len(names) != 14 {
		t.Errorf("files %v, error %v: expected the 14 of 7 segments", names, err)
	}
	s.restart()
	check("reopened")
}
