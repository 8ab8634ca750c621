package store_test

import (
	"fmt"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/freshetdb/freshet/columnar/entry"
	"github.com/freshetdb/freshet/columnar/segment"
	"github.com/freshetdb/freshet/columnar/table"
	"github.com/freshetdb/freshet/columnar/vfs"
)

// gapsOf is what a rollup says of where it differs from its source.
func gapsOf(s *shard, id uint64) []table.RollupGap {
	v := s.View()
	defer v.Release()
	return v.Table(id).Rollup.Gaps
}

// TestGapsKnowTheirTimes drops a partition whose rows lie in memory, in a segment of
// its own, in a mixed one, or in all of them, and by a key that is no function of time.
func TestGapsKnowTheirTimes(t *testing.T) {
	for _, where := range []string{"memory", "segment", "mixed", "all"} {
		t.Run(where, func(t *testing.T) {
			s := open(t, vfs.NewMem())
			d := define(t, 1, "shop String", "at DateTime64(3)", "old Date32", "maybe Nullable(DateTime)", "day Date")
			d.OrderBy = []table.KeyExpr{keyOf(t, d, "at")}
			d.PartitionBy = []table.KeyExpr{keyOf(t, d, "shop")}
			s.must(defineEntry(t, d))
			r := defineRollup(t, 2, d, nil, []rollupKey{{"day", colOf(t, d, "day")}},
				aggregate{"c", "SimpleAggregateFunction(sum, UInt64)", "count", nil})
			s.must(defineEntry(t, r))
			row := func(shop, at, old, day string) []string { return []string{shop, at, old, nullText, day} }
			add := func() {
				s.must(insert(t, d, row("a", "2024-05-01 10:00:00.001", "1960-01-02", "2024-05-01"), row("b", "2020-05-01 10:00:00", "1950-01-02", "2020-05-01"),
					row("a", "1969-12-31 23:59:59.250", "1970-01-02", "2024-05-03"), row("b", "2030-05-01 10:00:00", "2050-01-02", "2030-05-01")))
			}
			others := func() {
				for i := range 5 {
					for range 5 {
						s.must(insert(t, d, row("other "+strconv.Itoa(i), "2011-05-01 10:00:00", "2011-01-02", "2011-05-01")))
					}
				}
			}
			switch where {
			case "segment":
				add()
				s.flush()
			case "mixed":
				others() // Larger ones have segments of their own.
				add()
				s.flush()
			case "all":
				add()
				s.flush()
				others()
				add()
				s.flush()
				add()
			default:
				add()
			}
			s.must(&entry.Entry{Kind: entry.DropPartition, Table: 1, Body: []byte("a")})
			want := []table.RollupGap{{
				Why: "partition a of the table was dropped",
				Times: []segment.TimeRange{
					{Column: 2, Min: -750, Max: 1_714_557_600_001}, {Column: 3, Min: -3652, Max: 1}, {Column: 5, Min: 19_844, Max: 19_846},
				},
			}}
			for range 2 {
				if diff := cmp.Diff(want, gapsOf(s, 2)); diff != "" {
					t.Fatal(diff)
				}
				s.flush()
				s.restart()
			}
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
		})
	}
}

// TestEmptiedRollupsLackWhatIsAside truncates a table with rows that are set aside.
func TestEmptiedRollupsLackWhatIsAside(t *testing.T) {
	s := open(t, vfs.NewMem())
	d := hits(t)
	s.must(defineEntry(t, d))
	s.must(defineEntry(t, byDay(t, 2, d)))
	s.must(insert(t, d, []string{"2024-05-01", "bob", "1", "rome"}))
	s.must(&entry.Entry{Kind: entry.DetachPartition, Table: 1, Body: []byte("2024-05-01")})
	s.must(&entry.Entry{Kind: entry.Truncate, Table: 1})
	wantRolled(t, s, 2)
	if gaps := gapsOf(s, 2); len(gaps) > 0 {
		t.Errorf("an empty rollup of an empty table has gaps %v", gaps)
	}
	s.must(&entry.Entry{Kind: entry.AttachPartition, Table: 1, Body: []byte("2024-05-01")})
	if got := fmt.Sprint(gapsOf(s, 2)); got != "[{partition 2024-05-01 of the table was attached and had been detached before the rollup was made or emptied [{1 19844 19844}]}]" {
		t.Errorf("gaps %s", got)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}
