package segment_test

import (
	"errors"
	"slices"
	"sync"
	"testing"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/segment"
	"github.com/freshetdb/freshet/columnar/types"
	"github.com/freshetdb/freshet/columnar/vfs"
)

func TestLastReleaseDeletesADroppedSegment(t *testing.T) {
	tab := wideTable()
	at := newPlace(t)
	if _, err := segment.Write(at, tab.schema, []*batch.Batch{tab.batch(20, false)}, segment.Options{}); err != nil {
		t.Fatal(err)
	}
	s, err := segment.Open(at, nil)
	if err != nil {
		t.Fatal(err)
	}
	files := func() int {
		names, err := at.FS.List("dir")
		if err != nil {
			t.Fatal(err)
		}
		return len(names)
	}
	s.Acquire()
	s.Drop()
	if err := s.Release(); err != nil || files() != 2 {
		t.Fatalf("%v; %d files", err, files())
	}
	c, err := s.Column(1, tab.schema.Columns[0].Type, nil)
	if err != nil {
		t.Fatal(err)
	}
	var scratch segment.Scratch
	if _, err := c.Read(0, 20, &scratch); err != nil {
		t.Fatal(err)
	}
	if err := s.Release(); err != nil || files() != 0 {
		t.Fatalf("%v; %d files", err, files())
	}
	defer func() {
		if recover() == nil {
			t.Error("a second last release went unnoticed")
		}
	}()
	_ = s.Release()
}

// TestConcurrentReaders reads one segment from several goroutines, which verify
// its checksums at the same time; it is of use under the race detector.
func TestConcurrentReaders(t *testing.T) {
	tab := wideTable()
	at := newPlace(t)
	rows := []*batch.Batch{tab.batch(2000, true)}
	if _, err := segment.Write(at, tab.schema, rows, segment.Options{BatchRows: 128, Codec: segment.LZ4}); err != nil {
		t.Fatal(err)
	}
	s, err := segment.Open(at, nil)
	if err != nil {
		t.Fatal(err)
	}
	want := byColumn(tab, rows)
	var readers sync.WaitGroup
	for g := range 4 {
		readers.Go(func() {
			s.Acquire()
			for i, c := range tab.schema.Columns {
				col, err := s.Column(c.ID, c.Type, tab.dict(i))
				if err != nil {
					t.Error(err)
					return
				}
				var scratch segment.Scratch
				for lo := 100 * g; lo < 1900; lo += 100 {
					v, err := col.Read(lo, lo+100, &scratch)
					if err != nil || row(v, 99) != want[i][lo+99] {
						t.Errorf("row %d: %v", lo+99, err)
						return
					}
				}
			}
			if err := s.Release(); err != nil {
				t.Error(err)
			}
		})
	}
	readers.Wait()
	if err := s.Release(); err != nil {
		t.Error(err)
	}
}

// TestFinishedSegmentSurvivesACrash loses power right after Finish, and at every
// operation before, where nothing may look like a whole segment.
func TestFinishedSegmentSurvivesACrash(t *testing.T) {
	tab := wideTable()
	rows := []*batch.Batch{tab.batch(300, true)}
	mem := vfs.NewMem()
	if err := vfs.MkdirAllSync(mem, "dir"); err != nil {
		t.Fatal(err)
	}
	at := segment.Place{FS: mem, Dir: "dir", Name: "s"}
	meta, err := segment.Write(at, tab.schema, rows, segment.Options{BatchRows: 64})
	if err != nil {
		t.Fatal(err)
	}
	for seed := range uint64(20) {
		after := at
		after.FS = mem.CrashCloneTorn(seed)
		s, err := segment.Open(after, &meta)
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		if err := s.Verify(); err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
	}
}

// TestWriteErrorsLeaveNothing has each operation fail in turn.
func TestWriteErrorsLeaveNothing(t *testing.T) {
	tab := wideTable()
	rows := []*batch.Batch{tab.batch(300, true)}
	for _, codec := range []segment.Codec{segment.None, segment.ZSTD} {
		for n := 0; ; n++ {
			mem := vfs.NewMem()
			if err := mem.MkdirAll("dir"); err != nil {
				t.Fatal(err)
			}
			errDisk := errors.New("disk full")
			calls := 0
			fs := failingChanges(mem, func() error {
				calls++
				if calls-1 == n {
					return errDisk
				}
				return nil
			})
			_, err := segment.Write(segment.Place{FS: fs, Dir: "dir", Name: "s"}, tab.schema, rows, segment.Options{Codec: codec})
			if calls <= n {
				if err != nil || n < 6 {
					t.Fatalf("after %d operations: %v", n, err)
				}
				break
			}
			names, _ := mem.List("dir")
			if !errors.Is(err, errDisk) || len(names) > 0 {
				t.Errorf("operation %d failed: %v; files %v", n, err, names)
			}
		}
	}
}

// TestIndexesNeverLoseARow prunes by key and by every column, for each value.
func TestIndexesNeverLoseARow(t *testing.T) {
	tab := eventTable()
	const rows = 5*segment.GranuleRows + 77
	all := tab.batch(rows, false)
	key := segment.KeyOfColumns(tab.schema, 3, 0)
	parts, _ := key.Eval(all)
	all = all.Gather(segment.Order(parts, rows))
	at := newPlace(t)
	if _, err := segment.Write(at, tab.schema, []*batch.Batch{all}, segment.Options{Key: key}); err != nil {
		t.Fatal(err)
	}
	s, err := segment.Open(at, nil)
	if err != nil {
		t.Fatal(err)
	}
	if s.Granules() != 6 || s.Marks().Granules() != 6 || !slices.EqualFunc(s.KeyTypes(), key.Types, types.Type.Equal) {
		t.Fatalf("%d granules", s.Granules())
	}
	parts, _ = key.Eval(all)
	kept := 0
	for i := 0; i < rows; i += 97 {
		g := i / segment.GranuleRows
		marks := s.Marks().Prune(pointOf(parts, i))
		if !marks.Contains(g) {
			t.Fatalf("marks lost row %d", i)
		}
		kept += marks.Count()
		for k, c := range tab.schema.Columns {
			col, err := s.Column(c.ID, c.Type, tab.dict(k))
			if err != nil {
				t.Fatal(err)
			}
			if !keeps(col, all.Cols[k], i, g) {
				t.Fatalf("column %s lost row %d", c.Name, i)
			}
		}
	}
	if n := (rows + 96) / 97; kept > 2*n {
		t.Errorf("a point of the key leaves %.1f granules", float64(kept)/float64(n))
	}
	if col, _ := s.Column(4, tab.schema.Columns[3].Type, nil); col.Skip().PruneCodes([]uint32{3}, nil).Count() > 2 {
		t.Error("a city lies in more than two granules")
	}
}
