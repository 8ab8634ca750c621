package vfs_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strconv"
	"testing"

	"pgregory.net/rapid"

	"github.com/freshetdb/freshet/columnar/vfs"
)

// pair is the same file system twice: in memory, and the operating system's as
// the oracle. Every operation goes to both and must end alike.
type pair struct {
	t       *rapid.T
	mem     *vfs.Mem
	dir     string // Of the operating system's.
	handles []handlePair
}

type handlePair struct{ mem, real vfs.File }

func (p *pair) real(name string) string { return path.Join(p.dir, name) }

// sameKind reports whether two errors are of one class.
func sameKind(a, b error) bool {
	if (a == nil) != (b == nil) {
		return false
	}
	for _, class := range []error{fs.ErrNotExist, fs.ErrExist, fs.ErrClosed, io.EOF, vfs.ErrLocked} {
		if errors.Is(a, class) != errors.Is(b, class) {
			return false
		}
	}
	return true
}

func (p *pair) check(what string, mem, system error) {
	if !sameKind(mem, system) {
		p.t.Fatalf("%s: mem says %v, the system %v", what, mem, system)
	}
}

func (p *pair) step() {
	name := rapid.SampledFrom([]string{"a", "b", "c", "d/a", "d/b", "d/e/a"})
	dir := rapid.SampledFrom([]string{"d", "d/e", "f"})
	one, two := name.Draw(p.t, "one"), name.Draw(p.t, "two")
	folder := dir.Draw(p.t, "folder")
	osFS := vfs.OS{}
	switch op := rapid.IntRange(0, 9).Draw(p.t, "op"); op {
	case 0:
		p.open("create", one, p.mem.Create, osFS.Create)
	case 1:
		p.open("open", one, p.mem.Open, osFS.Open)
	case 2:
		p.open("open rw", one, p.mem.OpenReadWrite, osFS.OpenReadWrite)
	case 3:
		p.check("rename "+one+" "+two, p.mem.Rename(one, two), osFS.Rename(p.real(one), p.real(two)))
	case 4:
		p.check("link "+one+" "+two, p.mem.Link(one, two), osFS.Link(p.real(one), p.real(two)))
	case 5:
		p.check("remove "+one, p.mem.Remove(one), osFS.Remove(p.real(one)))
	case 6:
		p.check("mkdir "+folder, p.mem.MkdirAll(folder), osFS.MkdirAll(p.real(folder)))
	case 7:
		p.check("remove all "+folder, p.mem.RemoveAll(folder), osFS.RemoveAll(p.real(folder)))
	case 8:
		p.check("sync dir "+folder, p.mem.SyncDir(folder), osFS.SyncDir(p.real(folder)))
	case 9:
		p.check("rename "+folder+" g", p.mem.Rename(folder, "g"), osFS.Rename(p.real(folder), p.real("g")))
		p.check("rename g f", p.mem.Rename("g", "f"), osFS.Rename(p.real("g"), p.real("f")))
	}
}

func (p *pair) open(what, name string, mem, system func(string) (vfs.File, error)) {
	m, memErr := mem(name)
	r, realErr := system(p.real(name))
	p.check(what+" "+name, memErr, realErr)
	if memErr == nil {
		p.handles = append(p.handles, handlePair{m, r})
	}
}

// onHandle does one operation on an open file.
func (p *pair) onHandle() {
	if len(p.handles) == 0 {
		return
	}
	i := rapid.IntRange(0, len(p.handles)-1).Draw(p.t, "handle")
	h := p.handles[i]
	off := rapid.Int64Range(0, 12_000).Draw(p.t, "off")
	data := bytes.Repeat([]byte{byte(off)}, rapid.IntRange(0, 9_000).Draw(p.t, "len"))
	switch rapid.IntRange(0, 7).Draw(p.t, "file op") {
	case 0:
		n1, e1 := h.mem.Write(data)
		n2, e2 := h.real.Write(data)
		p.checkCount("write", n1, n2, e1, e2)
	case 1, 2:
		n1, e1 := h.mem.WriteAt(data, off)
		n2, e2 := h.real.WriteAt(data, off)
		p.checkCount("write at", n1, n2, e1, e2)
	case 3:
		a, b := make([]byte, len(data)), make([]byte, len(data))
		n1, e1 := h.mem.Read(a)
		n2, e2 := h.real.Read(b)
		p.checkCount("read", n1, n2, e1, e2)
		if !bytes.Equal(a, b) {
			p.t.Fatal("read: other bytes")
		}
	case 4:
		a, b := make([]byte, len(data)), make([]byte, len(data))
		n1, e1 := h.mem.ReadAt(a, off)
		n2, e2 := h.real.ReadAt(b, off)
		p.checkCount("read at", n1, n2, e1, e2)
		if !bytes.Equal(a, b) {
			p.t.Fatal("read at: other bytes")
		}
	case 5:
		p.check("truncate", h.mem.Truncate(off), h.real.Truncate(off))
	case 6:
		p.check("preallocate", h.mem.Preallocate(off), h.real.Preallocate(off))
	case 7:
		p.check("sync", h.mem.Sync(), h.real.Sync())
		p.check("close", h.mem.Close(), h.real.Close())
		p.check("close twice", h.mem.Close(), h.real.Close())
		p.handles = append(p.handles[:i], p.handles[i+1:]...)
	}
}

func (p *pair) checkCount(what string, n1, n2 int, e1, e2 error) {
	p.check(what, e1, e2)
	if n1 != n2 {
		p.t.Fatalf("%s: mem did %d bytes, the system %d", what, n1, n2)
	}
}

func (p *pair) compareTrees() {
	mem, system := tree(p.t, p.mem, "."), tree(p.t, vfs.OS{}, p.dir)
	if mem != system {
		p.t.Fatalf("trees differ: mem\n%s\nthe system\n%s", mem, system)
	}
}

type fataler interface {
	Helper()
	Fatal(args ...any)
}

// tree prints all names and contents below dir.
func tree(t fataler, fsys vfs.FS, dir string) string {
	t.Helper()
	var out bytes.Buffer
	var walk func(rel string)
	walk = func(rel string) {
		names, err := fsys.List(path.Join(dir, rel))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			full := path.Join(dir, rel, name)
			info, err := fsys.Stat(full)
			if err != nil {
				t.Fatal(err)
			}
			if info.IsDir {
				fmt.Fprintf(&out, "%s/\n", path.Join(rel, name))
				walk(path.Join(rel, name))
				continue
			}
			m, err := fsys.Map(full)
			if err != nil {
				t.Fatal(err)
			}
			if int64(len(m.Bytes())) != info.Size {
				t.Fatal("map and stat disagree on the size of " + full)
			}
			fmt.Fprintf(&out, "%s %d %x\n", path.Join(rel, name), info.Size, m.Bytes())
			if err := m.Close(); err != nil {
				t.Fatal(err)
			}
		}
	}
	walk(".")
	return out.String()
}

func TestMemIsLikeTheSystem(t *testing.T) {
	base := t.TempDir()
	run := 0
	rapid.Check(t, func(rt *rapid.T) {
		run++
		p := &pair{t: rt, mem: vfs.NewMem(), dir: path.Join(base, strconv.Itoa(run))}
		if err := (vfs.OS{}).MkdirAll(p.dir); err != nil {
			rt.Fatal(err)
		}
		for range rapid.IntRange(1, 40).Draw(rt, "steps") {
			if rapid.Bool().Draw(rt, "names") {
				p.step()
			} else {
				p.onHandle()
			}
		}
		p.compareTrees()
		for _, h := range p.handles {
			if err := errors.Join(h.mem.Close(), h.real.Close()); err != nil {
				rt.Fatal(err)
			}
		}
		if err := (vfs.OS{}).RemoveAll(p.dir); err != nil {
			rt.Fatal(err)
		}
	})
}

// each runs a test on both implementations in an empty folder.
func each(t *testing.T, test func(t *testing.T, fsys vfs.FS, dir string)) {
	t.Run("mem", func(t *testing.T) {
		m := vfs.NewMem()
		if err := m.MkdirAll("/data"); err != nil {
			t.Fatal(err)
		}
		test(t, m, "/data")
	})
	t.Run("os", func(t *testing.T) { test(t, vfs.OS{}, t.TempDir()) })
}

func TestLockIsExclusive(t *testing.T) {
	each(t, func(t *testing.T, fsys vfs.FS, dir string) {
		name := path.Join(dir, "LOCK")
		first, err := fsys.Lock(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := fsys.Lock(name); !errors.Is(err, vfs.ErrLocked) {
			t.Fatalf("second lock: %v", err)
		}
		if err := first.Close(); err != nil {
			t.Fatal(err)
		}
		second, err := fsys.Lock(name)
		if err != nil {
			t.Fatal(err)
		}
		if err := second.Close(); err != nil {
			t.Fatal(err)
		}
	})
}

func TestWriteFileAtomicReplaces(t *testing.T) {
	each(t, func(t *testing.T, fsys vfs.FS, dir string) {
		name := path.Join(dir, "MANIFEST")
		for _, content := range []string{"a long first content", "short", ""} {
			if err := vfs.WriteFileAtomic(fsys, name, []byte(content)); err != nil {
				t.Fatal(err)
			}
			got, err := vfs.ReadFile(fsys, name)
			if err != nil || string(got) != content {
				t.Fatalf("got %q, %v", got, err)
			}
		}
		names, err := fsys.List(dir)
		if err != nil || len(names) != 1 {
			t.Fatalf("left behind: %v, %v", names, err)
		}
	})
}

func TestMkdirAllSyncTwice(t *testing.T) {
	each(t, func(t *testing.T, fsys vfs.FS, dir string) {
		for range 2 {
			if err := vfs.MkdirAllSync(fsys, path.Join(dir, "a/b/c")); err != nil {
				t.Fatal(err)
			}
		}
		for name, want := range map[string]bool{"a/b/c": true, "a/x": false} {
			got, err := vfs.Exists(fsys, path.Join(dir, name))
			if err != nil || got != want {
				t.Fatalf("%s: %v, %v", name, got, err)
			}
		}
	})
}

func TestStatTellsARotatedFileFromItsSuccessor(t *testing.T) {
	each(t, func(t *testing.T, fsys vfs.FS, dir string) {
		name := path.Join(dir, "log")
		f, err := fsys.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if err := fsys.Rename(name, name+".1"); err != nil {
			t.Fatal(err)
		}
		next, err := fsys.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		defer next.Close()
		opened, err := f.Stat()
		if err != nil {
			t.Fatal(err)
		}
		rotated, err := fsys.Stat(name + ".1")
		if err != nil {
			t.Fatal(err)
		}
		current, err := fsys.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		if opened.Inode != rotated.Inode || opened.Device != rotated.Device || opened.Inode == current.Inode {
			t.Fatalf("opened %+v, rotated %+v, current %+v", opened, rotated, current)
		}
	})
}
