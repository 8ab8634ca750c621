package raftlog_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/hashicorp/raft"

	"github.com/freshetdb/freshet/cluster/raftlog"
	"github.com/freshetdb/freshet/columnar/vfs"
)

// readAll opens a log and reads all of it; want entries must come back as they
// were stored.
func readAll(fsys vfs.FS, want uint64) error {
	l, err := raftlog.Open(raftlog.Config{FS: fsys, Dir: dir, SegmentBytes: smallSegments})
	if err != nil {
		return err
	}
	defer l.Close()
	first, err1 := l.FirstIndex()
	last, err2 := l.LastIndex()
	if err := errors.Join(err1, err2); err != nil {
		return err
	}
	if first != 1 || last != want {
		return fmt.Errorf("entries %d to %d", first, last)
	}
	for i := first; i <= last; i++ {
		var e raft.Log
		if err := l.GetLog(i, &e); err != nil {
			return err
		}
		if w := entry(i, 1, flipSize(i)); !bytes.Equal(e.Data, w.Data) || e.Term != 1 || !bytes.Equal(e.Extensions, w.Extensions) {
			return fmt.Errorf("entry %d has other bytes", i)
		}
	}
	if term, err := l.GetUint64([]byte("CurrentTerm")); err != nil || term != 7 {
		return fmt.Errorf("term %d, %w", term, err)
	}
	return nil
}

func flipSize(i uint64) int { return int(i * 61 % 400) }

// Whatever bit is flipped, in whatever file: the log comes back whole, or the
// error says that it is corrupt. Check finds it too.
func TestEveryFlippedBitIsFound(t *testing.T) {
	const count = 30
	mem := vfs.NewMem()
	l := open(t, mem)
	for i := uint64(1); i <= count; i += 2 {
		must(t, l.StoreLogs(entries(i, 1, flipSize(i), flipSize(i+1))))
	}
	must(t, l.SetUint64([]byte("CurrentTerm"), 7), l.Close(), readAll(mem, count))
	names, err := mem.List(dir)
	must(t, err)
	flips, found, segments := 0, 0, 0
	for _, name := range names {
		full := dir + "/" + name
		data, err := vfs.ReadFile(mem, full)
		must(t, err)
		if strings.HasSuffix(name, ".wal") {
			segments++
		}
		for bit := 0; bit < 8*len(data); bit += 1 + bit%5 {
			flips++
			data[bit/8] ^= 1 << (bit % 8)
			must(t, writeFile(mem, full, data))
			_, checkErr := raftlog.Check(mem, dir)
			clone := copyOf(t, mem) // Opening may repair.
			err := readAll(clone, count)
			data[bit/8] ^= 1 << (bit % 8)
			must(t, writeFile(mem, full, data))
			if err == nil && data[bit/8] == 0 && checkErr == nil {
				continue // In the zeros behind the end.
			}
			found++
			if err != nil && !errors.Is(err, raftlog.ErrCorrupt) || !errors.Is(checkErr, raftlog.ErrCorrupt) {
				t.Fatalf("%s byte %d bit %d: reading gives %v, check %v", name, bit/8, bit%8, err, checkErr)
			}
		}
	}
	t.Logf("%d bits flipped, %d found, the rest behind the end; %d segments", flips, found, segments)
	if segments < 2 || found < flips/2 {
		t.Error("too little was tried")
	}
}

func writeFile(fsys vfs.FS, name string, data []byte) error {
	f, err := fsys.OpenReadWrite(name)
	if err != nil {
		return err
	}
	_, err = f.WriteAt(data, 0)
	return errors.Join(err, f.Sync(), f.Close())
}

func copyOf(t *testing.T, mem *vfs.Mem) *vfs.Mem {
	t.Helper()
	must(t, mem.SyncDir(dir))
	return mem.CrashClone()
}

// The error names the entry that is lost.
func TestCorruptEntryIsNamed(t *testing.T) {
	mem := vfs.NewMem()
	l := open(t, mem)
	for i := uint64(1); i <= 9; i++ {
		must(t, l.StoreLogs(entries(i, 1, 100)))
	}
	names, err := mem.List(dir)
	must(t, err)
	f, err := mem.OpenReadWrite(dir + "/" + names[0])
	must(t, err)
	data, err := vfs.ReadFile(mem, dir+"/"+names[0])
	must(t, err)
	at := int64(bytes.Index(data, entry(4, 1, 100).Data))
	_, err = f.WriteAt([]byte{0xff}, at+50)
	must(t, err)
	var e raft.Log
	var corrupt *raftlog.CorruptError
	if err := l.GetLog(4, &e); !errors.As(err, &corrupt) || corrupt.Index != 4 {
		t.Fatal(err)
	}
	must(t, l.GetLog(3, &e), l.GetLog(5, &e), l.Close())
	_, err = raftlog.Open(raftlog.Config{FS: mem, Dir: dir, SegmentBytes: smallSegments})
	if !errors.As(err, &corrupt) || corrupt.Index != 4 || corrupt.File == "" {
		t.Fatal(err)
	}
}
