package raftlog_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/raft"

	"github.com/freshetdb/freshet/cluster/raftlog"
	"github.com/freshetdb/freshet/columnar/vfs"
)

const dir = "/data/shard-0/raft"

// smallSegments makes a log turn over its segments after a few entries.
const smallSegments = 4096

func open(t testing.TB, fsys vfs.FS) *raftlog.Log {
	t.Helper()
	l, err := raftlog.Open(raftlog.Config{FS: fsys, Dir: dir, SegmentBytes: smallSegments})
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func must(t testing.TB, errs ...error) {
	t.Helper()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
}

// entry makes an entry whose content follows from its index and term.
func entry(index, term uint64, size int) *raft.Log {
	e := &raft.Log{
		Index: index, Term: term, Type: raft.LogCommand,
		Data:       bytes.Repeat([]byte{byte(index), byte(term), 0xa5, byte(index >> 8)}, size/4+1)[:size],
		AppendedAt: time.Unix(1_700_000_000, int64(index)).UTC(),
	}
	if index%3 == 0 {
		e.Extensions = []byte{byte(index), 1, 2}
	}
	return e
}

func entries(first, term uint64, sizes ...int) []*raft.Log {
	var out []*raft.Log
	for i, size := range sizes {
		out = append(out, entry(first+uint64(i), term, size))
	}
	return out
}

func get(t testing.TB, l *raftlog.Log, index uint64) *raft.Log {
	t.Helper()
	var e raft.Log
	if err := l.GetLog(index, &e); err != nil {
		t.Fatal(err)
	}
	return &e
}

func bounds(t testing.TB, l *raftlog.Log) (first, last uint64) {
	t.Helper()
	first, err := l.FirstIndex()
	must(t, err)
	last, err = l.LastIndex()
	must(t, err)
	return first, last
}

func TestEntriesComeBack(t *testing.T) {
	fsys := vfs.NewMem()
	l := open(t, fsys)
	var want []*raft.Log
	for i := uint64(1); i <= 60; i += 3 {
		batch := entries(i, i/7, 100, 0, 900)
		before := fmt.Sprint(*batch[2])
		must(t, l.StoreLogs(batch))
		if fmt.Sprint(*batch[2]) != before {
			t.Fatal("storing changed the caller's entry")
		}
		want = append(want, batch...)
	}
	must(t, l.DeleteRange(1, 9), l.DeleteRange(58, 60), l.SetUint64([]byte("term"), 7), l.Set([]byte("vote"), []byte("n1")))
	check := func(l *raftlog.Log) {
		t.Helper()
		if first, last := bounds(t, l); first != 10 || last != 57 {
			t.Fatalf("entries %d to %d", first, last)
		}
		for _, e := range want[9:57] {
			if diff := cmp.Diff(e, get(t, l, e.Index), cmp.Comparer(bytes.Equal)); diff != "" {
				t.Fatal(diff)
			}
		}
		for _, gone := range []uint64{0, 9, 58, 100} {
			var e raft.Log
			if err := l.GetLog(gone, &e); err != raft.ErrLogNotFound { //nolint:errorlint // raft compares so.
				t.Fatalf("entry %d: %v", gone, err)
			}
		}
		term, err := l.GetUint64([]byte("term"))
		must(t, err)
		vote, err := l.Get([]byte("vote"))
		must(t, err)
		none, err := l.Get([]byte("none"))
		must(t, err)
		if term != 7 || string(vote) != "n1" || none != nil {
			t.Fatal(term, vote, none)
		}
	}
	check(l)
	must(t, l.Close(), l.Close())
	l = open(t, fsys)
	check(l)
	must(t, l.StoreLogs(entries(58, 9, 10)))
	must(t, l.Close())
	sum, err := raftlog.Check(fsys, dir)
	must(t, err)
	if sum.First != 10 || sum.Last != 58 || sum.Segments < 3 || sum.Cut {
		t.Fatalf("%+v", sum)
	}
}

func TestLogBeginsAnywhere(t *testing.T) {
	fsys := vfs.NewMem()
	l := open(t, fsys)
	must(t, l.StoreLogs(entries(1000, 3, 10, 10)), l.DeleteRange(1000, 1001), l.StoreLogs(entries(5000, 4, 10)), l.Close())
	l = open(t, fsys)
	defer l.Close()
	if first, last := bounds(t, l); first != 5000 || last != 5000 {
		t.Fatal(first, last)
	}
}

func TestOnTheRealDisk(t *testing.T) {
	folder := t.TempDir()
	cfg := raftlog.Config{FS: vfs.OS{}, Dir: folder + "/raft"}
	for round := range uint64(3) {
		l, err := raftlog.Open(cfg)
		must(t, err)
		must(t, l.StoreLogs(entries(round*10+1, 1, 100, 100_000, 0, 1, 2, 3, 4, 5, 6, 7)))
		first, last := bounds(t, l)
		if first != 1 || last != round*10+10 {
			t.Fatal(first, last)
		}
		for i := first; i <= last; i++ {
			get(t, l, i)
		}
		must(t, l.Close())
	}
}

func TestLargeEntries(t *testing.T) {
	fsys := vfs.NewMem()
	l, err := raftlog.Open(raftlog.Config{FS: fsys, Dir: dir})
	must(t, err)
	big := entry(1, 1, raftlog.MaxEntryBytes)
	must(t, raftlog.CheckSize(len(big.Data)), l.StoreLog(big), l.StoreLog(entry(2, 1, 5)), l.Close())
	l = open(t, fsys)
	if !bytes.Equal(get(t, l, 1).Data, big.Data) || len(get(t, l, 2).Data) != 5 {
		t.Fatal("other bytes")
	}
	if err := raftlog.CheckSize(raftlog.MaxEntryBytes + 1); !errors.Is(err, raftlog.ErrTooLarge) {
		t.Fatal(err)
	}
	if err := l.StoreLog(entry(3, 1, raftlog.MaxEntryBytes+1)); !errors.Is(err, raftlog.ErrTooLarge) {
		t.Fatal(err)
	}
	must(t, l.Close())
}

// After an error of writing nothing works any more, and after opening again
// all that was acknowledged is there.
func TestErrorsStick(t *testing.T) {
	boom := errors.New("boom")
	for n := 1; ; n++ {
		mem := vfs.NewMem()
		must(t, open(t, mem).Close())
		armed := false
		hook := vfs.FailNth(n, func(op vfs.Op) bool { return armed && op.Kind.Changes() }, boom)
		l, err := raftlog.Open(raftlog.Config{FS: vfs.NewFault(mem, hook), Dir: dir, SegmentBytes: smallSegments})
		must(t, err)
		armed = true
		acked := uint64(0)
		var failure error
		for i := uint64(1); i <= 12 && failure == nil; i++ {
			if failure = l.StoreLogs(entries(i, 1, 1000)); failure == nil {
				acked = i
			}
			if i == 6 && failure == nil {
				failure = l.SetUint64([]byte("term"), 1)
			}
		}
		if failure == nil {
			must(t, l.Close())
			if n < 20 {
				t.Fatalf("operation %d failed unnoticed", n)
			}
			return
		}
		if !errors.Is(failure, boom) {
			t.Fatalf("failure %d: %v", n, failure)
		}
		var e raft.Log
		_, firstErr := l.FirstIndex()
		_, lastErr := l.LastIndex()
		_, getErr := l.Get([]byte("term"))
		_, get64Err := l.GetUint64([]byte("term"))
		for i, err := range []error{
			l.StoreLogs(entries(acked+1, 1, 1)), l.StoreLog(entry(acked+1, 1, 1)), l.GetLog(1, &e),
			l.DeleteRange(1, 1), l.Set([]byte("k"), nil), l.SetUint64([]byte("k"), 1),
			firstErr, lastErr, getErr, get64Err, l.Err(),
		} {
			if !errors.Is(err, boom) {
				t.Fatalf("failure %d, call %d: %v", n, i, err)
			}
		}
		must(t, l.Close())
		for _, fsys := range []vfs.FS{mem, mem.CrashClone()} {
			l := open(t, fsys)
			if first, last := bounds(t, l); last < acked || acked > 0 && first != 1 {
				t.Fatalf("failure %d: entries %d to %d, acknowledged %d", n, first, last, acked)
			}
			for i := uint64(1); i <= acked; i++ {
				get(t, l, i)
			}
			must(t, l.Close())
		}
	}
}

func TestFullDisk(t *testing.T) {
	mem := vfs.NewMem()
	var room vfs.Room
	room.Add(20_000)
	fsys := vfs.NewFault(mem, room.Hook)
	l := open(t, fsys)
	acked := uint64(0)
	var err error
	for err == nil {
		if err = l.StoreLogs(entries(acked+1, 1, 700)); err == nil {
			acked++
		}
	}
	if !errors.Is(err, syscall.ENOSPC) || acked < 5 {
		t.Fatalf("after %d entries: %v", acked, err)
	}
	must(t, l.Close())
	room.Add(1 << 20)
	l = open(t, fsys)
	if _, last := bounds(t, l); last < acked {
		t.Fatalf("%d entries, %d acknowledged", last, acked)
	}
	_, last := bounds(t, l)
	must(t, l.StoreLogs(entries(last+1, 1, 700)), l.Close())
}

func TestClosedLogSaysSo(t *testing.T) {
	l := open(t, vfs.NewMem())
	must(t, l.Close())
	var e raft.Log
	for _, err := range []error{l.StoreLogs(entries(1, 1, 1)), l.GetLog(1, &e), l.Set(nil, nil)} {
		if !errors.Is(err, raftlog.ErrClosed) {
			t.Fatal(err)
		}
	}
}

func TestMissingFilesAreFound(t *testing.T) {
	for _, name := range []string{"META", "STABLE"} {
		fsys := vfs.NewMem()
		l := open(t, fsys)
		must(t, l.StoreLogs(entries(1, 1, 1)), l.Close(), fsys.Remove(dir+"/"+name))
		if _, err := raftlog.Open(raftlog.Config{FS: fsys, Dir: dir}); !errors.Is(err, raftlog.ErrCorrupt) || !strings.Contains(err.Error(), name) {
			t.Errorf("without %s: %v", name, err)
		}
	}
}

// A last segment that had entries is missed, emptied or not, also behind others; one
// that a crash kept from being written is not.
func TestLostTailIsFound(t *testing.T) {
	for _, count := range []uint64{1, 20} {
		fsys := vfs.NewMem()
		l := open(t, fsys)
		for i := uint64(1); i <= count; i++ {
			must(t, l.StoreLogs(entries(i, 1, 500)))
		}
		must(t, l.Close())
		tail := lastSegment(t, fsys)
		for _, lose := range []func(*vfs.Mem) error{
			func(m *vfs.Mem) error { return m.Remove(tail) },
			func(m *vfs.Mem) error { return vfs.WriteFileAtomic(m, tail, nil) },
			func(m *vfs.Mem) error { return vfs.WriteFileAtomic(m, tail, make([]byte, smallSegments)) },
		} {
			lost := copyOf(t, fsys)
			must(t, lose(lost))
			_, checkErr := raftlog.Check(lost, dir)
			_, err := raftlog.Open(raftlog.Config{FS: lost, Dir: dir, SegmentBytes: smallSegments})
			for _, err := range []error{checkErr, err} {
				if !errors.Is(err, raftlog.ErrCorrupt) || !strings.Contains(err.Error(), tail) {
					t.Errorf("%d entries, without %s: %v", count, tail, err)
				}
			}
		}
	}
	fsys := vfs.NewMem()
	must(t, open(t, fsys).Close())
	must(t, fsys.Remove(lastSegment(t, fsys)))
	if _, err := raftlog.Check(fsys, dir); err != nil {
		t.Error(err)
	}
	must(t, open(t, fsys).Close())
}

func lastSegment(t *testing.T, fsys vfs.FS) (last string) {
	t.Helper()
	names, err := fsys.List(dir)
	must(t, err)
	for _, name := range names {
		if strings.HasSuffix(name, ".wal") {
			last = dir + "/" + name
		}
	}
	return last
}
