package store_test

import (
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/freshetdb/freshet/columnar/merge"
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

// TestQuietRollupsAreMerged leaves one segment of a rollup when nothing came to it for a
// while, or when it was just filled; what came late waits, if it is little.
func TestQuietRollupsAreMerged(t *testing.T) {
	now := time.Date(2024, 5, 2, 12, 0, 0, 0, time.UTC)
	s := &shard{tester: t, fs: vfs.NewMem()}
	s.opts.Now = func() time.Time { return now }
	s.opts.Merge = merge.DefaultLimits()
	s.opts.Merge.BytesFloor = 1
	s.reopen()
	d := hits(t)
	d.PartitionBy = nil
	s.must(defineEntry(t, d))
	s.must(defineEntry(t, byDay(t, 2, d)))
	add := func(rows int) {
		var list [][]string
		for i := range rows {
			list = append(list, []string{"2024-05-01", "user " + strconv.Itoa(i), strconv.Itoa(i), "city " + strconv.Itoa(i%1000)})
		}
		s.must(insert(t, d, list...))
		s.flush()
	}
	settle := func(id uint64) int {
		for did := true; did; {
			var err error
			if did, err = s.MergeOnce(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		return s.segments(id)
	}
	add(8000)
	add(3000) // Together less than twice the first.
	if n := settle(2); n != 2 {
		t.Fatalf("%d segments of a rollup that gets rows", n)
	}
	now = now.Add(5 * time.Minute)
	if n := settle(2); n != 1 {
		t.Errorf("%d segments of a quiet rollup", n)
	}
	if n := settle(1); n != 2 {
		t.Errorf("%d segments of a quiet table of rows", n)
	}
	s.must(defineEntry(t, byDay(t, 3, d)))
	s.flush()
	s.fill()
	if n := settle(3); n != 1 {
		t.Errorf("%d segments of a rollup that was just filled", n)
	}
	add(20)
	now = now.Add(time.Hour)
	settle(2)
	now = now.Add(time.Hour)
	if n := settle(2); n != 2 {
		t.Errorf("%d segments: a large one was rewritten for a few rows", n)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

// TestColdCodec compresses by the codec that is asked for, and waits no longer for late rows than a partition's rows
// have to be old.
func TestColdCodec(t *testing.T) {
	now := time.Date(2024, 6, 1, 0, 0, 0, 0, time.UTC)
	s := &shard{tester: t, fs: vfs.NewMem()}
	s.opts.ColdAfter, s.opts.ColdCodec, s.opts.Now = time.Second, segment.ZSTD, func() time.Time { return now }
	s.reopen()
	d := events(t)
	s.must(defineEntry(t, d))
	for i := range 100 {
		s.must(insert(t, d, []string{"2024-05-01", "user " + strconv.Itoa(i), strconv.Itoa(i), "x"}))
	}
	s.flush()
	rows := s.rows(1)
	for _, step := range []struct {
		after time.Duration
		want  segment.Codec
	}{{0, segment.None}, {time.Second, segment.ZSTD}} {
		now = now.Add(step.after)
		if _, err := s.MergeOnce(t.Context()); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(map[string][]segment.Codec{"2024-05-01": {step.want}}, codecs(s)); diff != "" {
			t.Errorf("after %v: %s", step.after, diff)
		}
	}
	if diff := cmp.Diff(rows, s.rows(1)); diff != "" {
		t.Errorf("rows changed: %s", diff)
	}
}
