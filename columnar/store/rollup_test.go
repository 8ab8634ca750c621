package store_test

import (
	"fmt"
	"slices"
	"strconv"
	"testing"

	"github.com/freshetdb/freshet/columnar/entry"
	"github.com/freshetdb/freshet/columnar/store"
	"github.com/freshetdb/freshet/columnar/table"
	"github.com/freshetdb/freshet/columnar/vfs"
)

// hits is a table of events that rollups of tests are made of.
func hits(t tester) *table.Def {
	d := define(t, 1, "day Date", "user String", "n Int32", "city Nullable(String)")
	d.NextColumn = 5
	d.OrderBy = []table.KeyExpr{keyOf(t, d, "user")}
	d.PartitionBy = []table.KeyExpr{keyOf(t, d, "day")}
	d.TTLColumn, d.TTLSeconds = 1, 86_400_000
	return d
}

// byDay is a rollup of hits by day and city.
func byDay(t tester, id uint64, d *table.Def) *table.Def {
	return defineRollup(t, id, d, nil,
		[]rollupKey{{"day", colOf(t, d, "day")}, {"city", colOf(t, d, "city")}},
		aggregate{"c", "SimpleAggregateFunction(sum, UInt64)", "count", nil},
		aggregate{"s", "SimpleAggregateFunction(sum, Int64)", "sum", []string{"n"}},
		aggregate{"least", "SimpleAggregateFunction(min, Int32)", "min", []string{"n"}},
		aggregate{"u", "AggregateFunction(uniqExact, String)", "uniqExact", []string{"user"}},
		aggregate{"a", "AggregateFunction(avg, Int32)", "avg", []string{"n"}},
		aggregate{"who", "AggregateFunction(argMax, String, Int32)", "argMax", []string{"user", "n"}},
	)
}

func wantRolled(t *testing.T, s *shard, id uint64, want ...string) {
	t.Helper()
	if got := s.rolled(id); !slices.Equal(got, want) {
		t.Fatalf("rollup %d has\n\t%q\nexpected\n\t%q", id, got, want)
	}
}

func rollupInfo(t *testing.T, s *shard, id uint64) store.RollupInfo {
	t.Helper()
	return rollupInfoOf(s, id)
}

func rollupInfoOf(s *shard, id uint64) store.RollupInfo {
	s.Helper()
	for _, r := range s.Rollups() {
		if r.Table == id {
			return r
		}
	}
	s.Fatal("no rollup", id)
	return store.RollupInfo{}
}

func TestRollupOfAnEmptyTable(t *testing.T) {
	s := open(t, vfs.NewMem())
	d := hits(t)
	s.must(defineEntry(t, d))
	s.must(defineEntry(t, byDay(t, 2, d)))
	wantRolled(t, s, 2)
	s.must(insert(t, d, []string{"2024-05-01", "bob", "2", "rome"}, []string{"2024-05-01", "al", "5", "rome"}))
	s.must(insert(t, d, []string{"2024-05-01", "bob", "4", "rome"}, []string{"2024-05-02", "bob", "1", nullText}))
	want := []string{"2024-05-01|rome|3|11|2|2|3.6666666666666665|al|", "2024-05-02|NULL|1|1|1|1|1|bob|"}
	check := func() {
		t.Helper()
		wantRolled(t, s, 2, want...)
	}
	check()
	s.restart()
	check()
	s.flush()
	check()
	if n := rollupInfo(t, s, 2); n.UnfoldedRows != 0 || n.Runs != 0 {
		t.Errorf("after a flush: %+v", n)
	}
	s.restart()
	check()
	s.must(insert(t, d, []string{"2024-05-02", "cy", "7", nullText}))
	want[1] = "2024-05-02|NULL|2|8|1|2|4|cy|"
	check()
	s.flush()
	check()
	if err := s.OptimizeTable(t.Context(), 2, ""); err != nil {
		t.Fatal(err)
	}
	check()
	if n := s.segments(2); n != 2 {
		t.Errorf("%d segments after OPTIMIZE, expected 2", n)
	}
	if r := s.propose(insert(t, d, []string{"2024-05-02", "cy", "7", nullText})); r.Err != nil {
		t.Fatal(r.Err)
	}
	if r := s.propose(&entry.Entry{Kind: entry.DropTable, Table: 1}); r.Err == nil {
		t.Error("a table was dropped that a rollup is made of")
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if problems := store.Check(s.fs, "shard"); len(problems) > 0 {
		t.Error(problems)
	}
}

func TestRollupOfALiveTable(t *testing.T) {
	s := open(t, vfs.NewMem())
	d := hits(t)
	s.must(defineEntry(t, d))
	for i := range 10 {
		s.must(insert(t, d, []string{"2024-05-01", "u" + strconv.Itoa(i), strconv.Itoa(i), "rome"}, []string{"2024-05-02", "x", strconv.Itoa(i), "oslo"}))
		if i%3 == 2 {
			s.flush()
		}
	}
	s.must(defineEntry(t, byDay(t, 2, d)))
	if n := rollupInfo(t, s, 2); n.PastRows != 18 || n.FilledRows != 0 || n.PendingSegments != 6 || n.UnfoldedRows != 2 {
		t.Errorf("at the begin: %+v", n)
	}
	if did, err := s.FillOnce(t.Context()); did || err != nil || !s.NeedsFlush() {
		t.Errorf("filled before a flush: %t, error %v", did, err)
	}
	s.must(insert(t, d, []string{"2024-05-01", "u1", "1", "rome"}))
	s.flush()
	if err := s.OptimizeTable(t.Context(), 1, ""); err != nil { // The pending segments leave the table.
		t.Fatal(err)
	}
	if did, err := s.FillOnce(t.Context()); !did || err != nil {
		t.Errorf("not filled: error %v", err)
	}
	s.restart()
	s.must(&entry.Entry{Kind: entry.DropBefore, Table: 1, Body: []byte(dayKey("2024-05-02"))})
	s.fill()
	want := []string{"2024-05-01|rome|11|46|0|10|4.181818181818182|u9|", "2024-05-02|oslo|10|45|0|1|4.5|x|"}
	wantRolled(t, s, 2, want...)
	if n := rollupInfo(t, s, 2); n.PastRows != 18 || n.FilledRows != 18 || n.PendingSegments != 0 || n.Difference != "" {
		t.Errorf("at the end: %+v", n)
	}
	s.flush()
	s.restart()
	wantRolled(t, s, 2, want...)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if problems := store.Check(s.fs, "shard"); len(problems) > 0 {
		t.Error(problems)
	}
}

func TestFoldBeside(t *testing.T) {
	s := open(t, vfs.NewMem())
	d := hits(t)
	s.must(defineEntry(t, d))
	s.must(defineEntry(t, byDay(t, 2, d)))
	for i := range 8 {
		var rows [][]string
		for k := range 3000 {
			rows = append(rows, []string{day(1 + k%3), "u" + strconv.Itoa(k%700+i), strconv.Itoa(k), "c" + strconv.Itoa(k%5)})
		}
		s.must(insert(t, d, rows...))
		before := s.rolled(2)
		s.foldAll()
		if after := s.rolled(2); !slices.Equal(before, after) {
			t.Fatalf("folding changed the rollup from\n\t%q\nto\n\t%q", before, after)
		}
		if n := rollupInfo(t, s, 2); n.UnfoldedRows >= 2*8192 {
			t.Errorf("%d rows are not folded", n.UnfoldedRows)
		}
	}
	if n := rollupInfo(t, s, 2); n.Runs == 0 || n.Runs > 6 {
		t.Errorf("%d runs", n.Runs)
	}
	before := s.rolled(2)
	s.flush()
	if after := s.rolled(2); !slices.Equal(before, after) {
		t.Fatalf("flushing changed the rollup from\n\t%q\nto\n\t%q", before, after)
	}
	fmt.Fprintln(t.Output(), before[0])
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

// TestSwap makes a rollup over another, which takes its place.
func TestSwap(t *testing.T) {
	s := open(t, vfs.NewMem())
	d := define(t, 1, "day Date", "user String", "n Int32", "note Nullable(String)")
	s.must(defineEntry(t, d))
	first := defineTestRollup(t, 2, d)
	s.must(defineEntry(t, first))
	s.must(insert(t, d, []string{"2024-05-01", "bob", "2", "x"}, []string{"2024-05-01", "al", "4", "x"}))
	s.flush()
	s.must(insert(t, d, []string{"2024-05-01", "bob", "3", "x"}))
	next := defineOver(t, 3, d, first)
	s.must(defineEntry(t, next))
	if r := s.propose(&entry.Entry{Kind: entry.DropTable, Table: 2}); r.Err == nil {
		t.Error("a rollup was dropped that another one is being made of")
	}
	s.flush()
	s.fill()
	want := []string{"2024-05-01|x|3|9|2|2|1|3|"}
	wantRolled(t, s, 3, want...)
	done := next.Clone()
	v := *next.Derived
	v.Past, done.Derived = nil, &v
	done.Name = first.Name
	done.Schema.Version++
	s.must(defineEntry(t, done))
	s.must(&entry.Entry{Kind: entry.DropTable, Table: 2})
	wantRolled(t, s, 3, want...)
	s.must(insert(t, d, []string{"2024-05-01", "cy", "1", "x"}))
	want[0] = "2024-05-01|x|4|10|1|3|1|2.5|"
	for range 2 {
		wantRolled(t, s, 3, want...)
		s.flush()
		s.restart()
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if problems := store.Check(s.fs, "shard"); len(problems) > 0 {
		t.Error(problems)
	}
}

// TestFlushMergesStates flushes rows of a summing table: rows with equal keys become
// one, and those that sum to zero go.
func TestFlushMergesStates(t *testing.T) {
	s := open(t, vfs.NewMem())
	d := define(t, 1, "day Date", "user String", "n Int8", "note String")
	d.Kind, d.MergeBy, d.Summing = table.States, []uint32{2}, []uint32{3}
	d.OrderBy = []table.KeyExpr{keyOf(t, d, "user")}
	d.PartitionBy = []table.KeyExpr{keyOf(t, d, "day")} // No function of the key.
	s.must(defineEntry(t, d))
	for i := range 6 {
		s.must(insert(t, d,
			[]string{day(1 + i), "bob", "1", "x"}, []string{day(1 + i), "bob", "2", "y"},
			[]string{day(1 + i), "al", "5", "x"}, []string{day(1 + i), "al", "-5", "x"}))
	}
	s.flush()
	var want []string
	for i := range 6 {
		want = append(want, day(1+i)+"|bob|3|x|")
	}
	for range 2 {
		if got := s.rows(1); !slices.Equal(got, want) {
			t.Fatalf("rows %q, expected %q", got, want)
		}
		if err := s.OptimizeTable(t.Context(), 1, ""); err != nil {
			t.Fatal(err)
		}
		s.restart()
	}
	s.must(insert(t, d, []string{day(1), "bob", "-3", "x"}))
	s.flush()
	if err := s.OptimizeTable(t.Context(), 1, ""); err != nil {
		t.Fatal(err)
	}
	if got := s.rows(1); !slices.Equal(got, want[1:]) {
		t.Fatalf("rows %q, expected %q", got, want[1:])
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}
