package vfs_test

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/freshetdb/freshet/columnar/vfs"
)

func must(t *testing.T, errs ...error) {
	t.Helper()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
}

func create(t *testing.T, fsys vfs.FS, name, content string) vfs.File {
	t.Helper()
	f, err := fsys.Create(name)
	must(t, err)
	_, err = f.Write([]byte(content))
	must(t, err)
	return f
}

func TestCrashKeepsWhatWasSynced(t *testing.T) {
	for _, c := range []struct {
		name string
		do   func(t *testing.T, m *vfs.Mem)
		want string
	}{
		{"nothing synced", func(t *testing.T, m *vfs.Mem) {
			create(t, m, "a", "x")
		}, ""},
		{"content without name", func(t *testing.T, m *vfs.Mem) {
			must(t, create(t, m, "a", "x").Sync())
		}, ""},
		{"name without content", func(t *testing.T, m *vfs.Mem) {
			create(t, m, "a", "x")
			must(t, m.SyncDir("/"))
		}, "a 0 \n"},
		{"both", func(t *testing.T, m *vfs.Mem) {
			must(t, create(t, m, "a", "x").Sync(), m.SyncDir("/"))
		}, "a 1 78\n"},
		{"content up to the last sync", func(t *testing.T, m *vfs.Mem) {
			f := create(t, m, "a", "x")
			must(t, f.Sync(), m.SyncDir("/"))
			_, err := f.WriteAt([]byte("yy"), 0)
			must(t, err)
		}, "a 1 78\n"},
		{"truncation unsynced", func(t *testing.T, m *vfs.Mem) {
			f := create(t, m, "a", "xyz")
			must(t, f.Sync(), m.SyncDir("/"), f.Truncate(1))
		}, "a 3 78797a\n"},
		{"truncation synced", func(t *testing.T, m *vfs.Mem) {
			f := create(t, m, "a", "xyz")
			must(t, f.Sync(), m.SyncDir("/"), f.Truncate(1), f.Truncate(2), f.Sync())
		}, "a 2 7800\n"},
		{"rename unsynced", func(t *testing.T, m *vfs.Mem) {
			must(t, create(t, m, "a", "x").Sync(), m.SyncDir("/"), m.Rename("a", "b"))
		}, "a 1 78\n"},
		{"rename synced", func(t *testing.T, m *vfs.Mem) {
			must(t, create(t, m, "a", "x").Sync(), m.Rename("a", "b"), m.SyncDir("/"))
		}, "b 1 78\n"},
		{"remove unsynced", func(t *testing.T, m *vfs.Mem) {
			must(t, create(t, m, "a", "x").Sync(), m.SyncDir("/"), m.Remove("a"))
		}, "a 1 78\n"},
		{"remove synced", func(t *testing.T, m *vfs.Mem) {
			must(t, create(t, m, "a", "x").Sync(), m.SyncDir("/"), m.Remove("a"), m.SyncDir("/"))
		}, ""},
		{"link shares content", func(t *testing.T, m *vfs.Mem) {
			f := create(t, m, "a", "x")
			must(t, m.Link("a", "b"), m.SyncDir("/"), f.Sync())
		}, "a 1 78\nb 1 78\n"},
		{"folder without its name", func(t *testing.T, m *vfs.Mem) {
			must(t, m.MkdirAll("d"), create(t, m, "d/a", "x").Sync(), m.SyncDir("d"))
		}, ""},
		{"folder with its name", func(t *testing.T, m *vfs.Mem) {
			must(t, vfs.MkdirAllSync(m, "d/e"), create(t, m, "d/e/a", "x").Sync(), m.SyncDir("d/e"))
		}, "d/\nd/e/\nd/e/a 1 78\n"},
		{"move between folders, target synced", func(t *testing.T, m *vfs.Mem) {
			must(t, vfs.MkdirAllSync(m, "d"), create(t, m, "a", "x").Sync(), m.SyncDir("/"))
			must(t, m.Rename("a", "d/a"), m.SyncDir("d"))
		}, "a 1 78\nd/\nd/a 1 78\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := vfs.NewMem()
			c.do(t, m)
			if got := tree(t, m.CrashClone(), "/"); got != c.want {
				t.Errorf("after a crash:\n%swant:\n%s", got, c.want)
			}
		})
	}
}

func TestCrashCloneSharesNothing(t *testing.T) {
	m := vfs.NewMem()
	f := create(t, m, "a", "before")
	must(t, f.Sync(), m.SyncDir("/"))
	clone := m.CrashClone()
	_, err := f.WriteAt([]byte("after!"), 0)
	must(t, err, f.Sync())
	g, err := clone.OpenReadWrite("a")
	must(t, err)
	_, err = g.WriteAt([]byte("B"), 0)
	must(t, err)
	for fsys, want := range map[vfs.FS]string{m: "after!", clone: "Before"} {
		got, err := vfs.ReadFile(fsys, "a")
		must(t, err)
		if string(got) != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// A torn crash must be able to keep and to lose each kind of unsynced change,
// and must never invent bytes or lose synced ones.
func TestTornCrashKeepsSome(t *testing.T) {
	m := vfs.NewMem()
	f := create(t, m, "a", strings.Repeat("o", 10_000))
	must(t, f.Sync(), m.SyncDir("/"))
	_, err := f.WriteAt(bytes.Repeat([]byte("n"), 10_000), 4096)
	must(t, err, create(t, m, "b", "x").Sync())
	must(t, m.Rename("a", "c"))
	seen := map[string]bool{}
	for seed := range uint64(200) {
		clone := m.CrashCloneTorn(seed)
		if tree(t, clone, "/") != tree(t, m.CrashCloneTorn(seed), "/") {
			t.Fatal("the same seed gives different clones")
		}
		names, err := clone.List("/")
		must(t, err)
		seen[fmt.Sprint(names)] = true
		name := "a"
		if ok, _ := vfs.Exists(clone, "c"); ok {
			name = "c"
		}
		data, err := vfs.ReadFile(clone, name)
		must(t, err)
		seen[strconv.Itoa(len(data))] = true
		if string(data[:4096]) != strings.Repeat("o", 4096) {
			t.Fatal("synced bytes that nobody touched were lost")
		}
		for i := 4096; i < len(data); i += 512 {
			sector := data[i:min(i+512, len(data))]
			if c := sector[0]; i < 9728 && (c != 'o' && c != 'n' || bytes.Count(sector, []byte{c}) != len(sector)) {
				t.Fatalf("sector at %d is neither old nor new: %q", i, sector)
			}
			seen["sector "+string(sector[0])] = true
		}
	}
	for _, want := range []string{"[a]", "[c]", "[a b]", "[b c]", "10000", "14096", "sector o", "sector n", "sector \x00"} {
		if !seen[want] {
			t.Errorf("never seen: %s (saw %v)", want, seen)
		}
	}
}

// WriteFileAtomic must leave the old or the new content whatever happens, and
// the new one once it returned.
func TestWriteFileAtomicSurvivesCrashes(t *testing.T) {
	check := func(point string, clone *vfs.Mem, allowed ...string) {
		got, err := vfs.ReadFile(clone, "/d/f")
		must(t, err)
		if !slices.Contains(allowed, string(got)) {
			t.Errorf("%s: %d bytes starting %.10q", point, len(got), got)
		}
	}
	old, fresh := strings.Repeat("old", 5000), strings.Repeat("fresh", 9000)
	m := vfs.NewMem()
	must(t, vfs.MkdirAllSync(m, "/d"), vfs.WriteFileAtomic(m, "/d/f", []byte(old)))
	points := 0
	f := vfs.NewFault(m, func(op vfs.Op) error {
		if op.Kind.Changes() {
			points++
			check("strict before "+op.Kind.String(), m.CrashClone(), old, fresh)
			for seed := range uint64(20) {
				check("torn before "+op.Kind.String(), m.CrashCloneTorn(seed), old, fresh)
			}
		}
		return nil
	})
	must(t, vfs.WriteFileAtomic(f, "/d/f", []byte(fresh)))
	if points != 5 {
		t.Errorf("%d points, want create, write, sync, rename, sync folder", points)
	}
	check("end", m.CrashClone(), fresh)
}

func TestWriteFileAtomicFailsCleanly(t *testing.T) {
	boom := errors.New("boom")
	for n := 1; ; n++ {
		m := vfs.NewMem()
		must(t, vfs.WriteFileAtomic(m, "f", []byte("old")))
		failed := false
		f := vfs.NewFault(m, vfs.FailNth(n, func(op vfs.Op) bool { failed = failed || op.Kind.Changes(); return true }, boom))
		err := vfs.WriteFileAtomic(f, "f", []byte("new"))
		if err == nil {
			if n < 6 {
				t.Fatalf("operation %d failed unnoticed", n)
			}
			return
		}
		if !errors.Is(err, boom) {
			t.Fatal(err)
		}
		got, err := vfs.ReadFile(m, "f")
		must(t, err)
		if s := string(got); s != "old" && s != "new" {
			t.Fatalf("after failure %d: %q", n, s)
		}
		must(t, vfs.WriteFileAtomic(m, "f", []byte("again")))
	}
}

func TestRoomEnds(t *testing.T) {
	var room vfs.Room
	room.Add(10)
	m := vfs.NewMem()
	f, err := vfs.NewFault(m, room.Hook).Create("a")
	must(t, err)
	if n, err := f.Write([]byte("1234567")); n != 7 || err != nil {
		t.Fatal(n, err)
	}
	if n, err := f.WriteAt([]byte("1234567"), 7); n != 3 || !errors.Is(err, syscall.ENOSPC) {
		t.Fatal(n, err)
	}
	if err := f.Preallocate(100); !errors.Is(err, syscall.ENOSPC) {
		t.Fatal(err)
	}
	room.Add(100)
	if n, err := f.WriteAt([]byte("890"), 10); n != 3 || err != nil {
		t.Fatal(n, err)
	}
	got, err := vfs.ReadFile(m, "a")
	must(t, err)
	if string(got) != "1234567123890" {
		t.Fatalf("%q", got)
	}
}

func TestFaultAsksBeforeEachOperation(t *testing.T) {
	var asked []string
	fsys := vfs.NewFault(vfs.NewMem(), func(op vfs.Op) error {
		asked = append(asked, fmt.Sprint(op.Kind))
		return nil
	})
	must(t, fsys.MkdirAll("d"))
	f := create(t, fsys, "d/a", "xyz")
	_, err := f.ReadAt(make([]byte, 1), 0)
	must(t, err, f.Truncate(1), f.Preallocate(9), f.Sync(), f.Close())
	must(t, fsys.Link("d/a", "d/b"), fsys.Rename("d/b", "d/c"), fsys.Remove("d/c"), fsys.SyncDir("d"))
	_, err = fsys.Stat("d/a")
	must(t, err)
	_, err = fsys.List("d")
	must(t, err)
	m, err := fsys.Map("d/a")
	must(t, err, m.Close())
	l, err := fsys.Lock("L")
	must(t, err, l.Close(), fsys.RemoveAll("d"))
	want := "[mkdir create write read truncate preallocate sync close link rename remove sync folder stat list map lock remove all]"
	if got := fmt.Sprint(asked); got != want {
		t.Errorf("asked %s\nwant  %s", got, want)
	}
}
