package store_test

import (
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/freshetdb/freshet/columnar/segment"
	"github.com/freshetdb/freshet/columnar/vfs"
)

// codecs are the codecs of a table's segments, by partition.
func codecs(s *shard) map[string][]segment.Codec {
	out := map[string][]segment.Codec{}
	for _, g := range s.Segments() {
		out[g.Partition] = append(out[g.Partition], g.Codec)
	}
	return out
}

// TestColdPartitionsAreCompressed lets days pass: a partition is compressed once its rows are old and none came
// lately, alone or with others; late rows make it wait again.
func TestColdPartitionsAreCompressed(t *testing.T) {
	now := time.Date(2024, 5, 2, 12, 0, 0, 0, time.UTC)
	s := &shard{tester: t, fs: vfs.NewMem()}
	s.opts.ColdAfter, s.opts.Now = 72*time.Hour, func() time.Time { return now }
	s.reopen()
	d := events(t)
	s.must(defineEntry(t, d))
	add := func(day string, n int) {
		for i := range n {
			s.must(insert(t, d, []string{day, "user " + strconv.Itoa(i), strconv.Itoa(i), "x"}))
		}
		s.flush()
	}
	merge := func() (merges int) {
		for {
			did, err := s.MergeOnce(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if !did {
				return merges
			}
			merges++
		}
	}
	expect := func(when string, want map[string][]segment.Codec) {
		t.Helper()
		if diff := cmp.Diff(want, codecs(s)); diff != "" {
			t.Errorf("%s: %s", when, diff)
		}
	}
	type m = map[string][]segment.Codec
	add("2024-05-01", 100)
	add("2024-05-02", 100)
	rows := s.rows(1)
	if n := merge(); n != 0 {
		t.Errorf("%d merges of new partitions", n)
	}
	now = now.Add(48 * time.Hour)
	merge()
	expect("two days later", m{"2024-05-01": {segment.None}, "2024-05-02": {segment.None}})
	now = time.Date(2024, 5, 5, 1, 0, 0, 0, time.UTC)
	if n := merge(); n != 1 {
		t.Errorf("%d merges, one partition is cold", n)
	}
	expect("the first is old", m{"2024-05-01": {segment.LZ4}, "2024-05-02": {segment.None}})
	add("2024-05-01", 10)
	if n := merge(); n != 0 {
		t.Errorf("%d merges of a partition that got rows", n)
	}
	expect("late rows", m{"2024-05-01": {segment.LZ4, segment.None}, "2024-05-02": {segment.None}})
	now = now.Add(time.Hour)
	merge()
	expect("an hour later", m{"2024-05-01": {segment.LZ4}, "2024-05-02": {segment.None}})
	now = now.Add(24 * time.Hour)
	s.restart()
	merge()
	expect("a restart is like new rows", m{"2024-05-01": {segment.LZ4}, "2024-05-02": {segment.None}})
	now = now.Add(time.Hour)
	merge()
	expect("both are old", m{"2024-05-01": {segment.LZ4}, "2024-05-02": {segment.LZ4}})
	if got := s.rows(1); len(got) != len(rows)+10 {
		t.Errorf("%d rows, not %d", len(got), len(rows)+10)
	}
	if merge() != 0 {
		t.Error("merging does not end")
	}
}
