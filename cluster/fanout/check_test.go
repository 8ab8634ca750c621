package fanout_test

import (
	"fmt"
	"path"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/freshetdb/freshet/cluster/fanout"
	"github.com/freshetdb/freshet/columnar/segment"
	"github.com/freshetdb/freshet/columnar/vfs"
	"github.com/freshetdb/freshet/query/engine"
)

// filesOf gives all files under a folder.
func filesOf(t *testing.T, fsys vfs.FS, dir string) []string {
	t.Helper()
	var out []string
	names, err := fsys.List(dir)
	must(t, err)
	for _, name := range names {
		full := path.Join(dir, name)
		info, err := fsys.Stat(full)
		must(t, err)
		if info.IsDir {
			out = append(out, filesOf(t, fsys, full)...)
		} else {
			out = append(out, full)
		}
	}
	return out
}

// A sound folder has no problem; a flipped bit in any file is found, named, and
// never served: what can be read after it is right or nothing.
func TestFlippedBitsAreFound(t *testing.T) {
	mem := vfs.NewMem()
	cfg := config(mem)
	cfg.Shards, cfg.SegmentBytes = 2, 64<<10
	c := open(t, cfg)
	def := create(t, c, "t")
	_, err := insert(c, def, "", rows(0, 3000))
	must(t, err, c.Maintain(t.Context(), engine.Maintenance{Flush: true}))
	_, err = insert(c, def, "", rows(3000, 4000))
	must(t, err)
	folder := mem.CrashClone() // With a log to replay.
	must(t, c.Close())
	problems, err := fanout.Check(folder, dir)
	if err != nil || len(problems) > 0 {
		t.Fatalf("sound folder: %v %v", problems, err)
	}
	for _, name := range filesOf(t, folder, dir) {
		data, err := vfs.ReadFile(folder, name)
		must(t, err)
		end := len(strings.TrimRight(string(data), "\x00"))
		for k := range 6 {
			if end == 0 {
				break
			}
			bad := slices.Clone(data)
			at := (k*end + end/2) / 6
			bad[at] ^= 1 << (k % 8)
			flipped := folder.CrashClone()
			must(t, vfs.WriteFileAtomic(flipped, name, bad))
			what := fmt.Sprintf("%s, byte %d of %d", name, at, end)
			checkFlip(t, flipped, name, what)
		}
	}
}

func checkFlip(t *testing.T, fsys *vfs.Mem, name, what string) {
	t.Helper()
	problems, err := fanout.Check(fsys, dir)
	must(t, err)
	if len(problems) == 0 && !strings.Contains(name, "STABLE") {
		t.Errorf("%s: not found", what)
	}
	c, err := fanout.Open(t.Context(), config(fsys))
	if err != nil {
		return
	}
	defer c.Close()
	v, err := c.Views(t.Context())
	must(t, err)
	defer v.Release()
	def := c.Catalog().Find("default", "t")
	if def == nil {
		t.Errorf("%s: the table is gone", what)
		return
	}
	shards, err := v.Parts(def.ID)
	must(t, err)
	seen := map[uint64]bool{}
	for _, parts := range shards {
		for _, p := range parts {
			ids, err := p.ReadInto(&def.Schema.Columns[1], 0, p.Rows(), &segment.Scratch{})
			if err != nil {
				return // Named and not served.
			}
			users, err := p.ReadInto(&def.Schema.Columns[2], 0, p.Rows(), &segment.Scratch{})
			if err != nil {
				return
			}
			for i := range p.Rows() {
				id := ids.Data.([]uint64)[i]
				if user := string(users.Bytes(i)); user != fmt.Sprint("user", id%97) || seen[id] || id >= 4000 {
					t.Fatalf("%s: served row %d of %s", what, id, user)
				}
				seen[id] = true
			}
		}
	}
	if len(seen) != 4000 {
		t.Errorf("%s: opened with %d rows", what, len(seen))
	}
}

func TestCheckWantsADataFolder(t *testing.T) {
	mem := vfs.NewMem()
	if _, err := fanout.Check(mem, dir); err == nil {
		t.Error("an empty disk passes")
	}
	c := open(t, config(mem))
	if _, err := fanout.Check(mem, dir); err == nil || !strings.Contains(err.Error(), vfs.ErrLocked.Error()) {
		t.Errorf("a folder in use: %v", err)
	}
	must(t, c.Close())
	if p, err := fanout.Check(mem, dir); err != nil || len(p) > 0 {
		t.Errorf("%v %v", p, err)
	}
}

// lived makes a folder of two shards that has flushed, cut its logs, and has rows
// in the logs alone, too.
func lived(t *testing.T) *vfs.Mem {
	t.Helper()
	mem := vfs.NewMem()
	cfg := config(mem)
	cfg.Shards, cfg.SegmentBytes = 2, 64<<10
	c := open(t, cfg)
	def := create(t, c, "t")
	for i := range uint64(100) { // More than raft keeps behind a snapshot.
		_, err := insert(c, def, "", rows(100*i, 100*i+100))
		must(t, err)
	}
	must(t, c.Maintain(t.Context(), engine.Maintenance{Flush: true}))
	for i := range uint64(70) {
		create(t, c, fmt.Sprint("other", i)) // The catalogue is saved after some.
	}
	_, err := insert(c, def, "", rows(10000, 10100))
	must(t, err)
	folder := mem.CrashClone()
	must(t, c.Close())
	return folder
}

// Whatever part of a folder is lost or emptied, a start is refused by an error that
// names it, removes nothing of what is left, and check finds it too.
func TestLostPartsAreFound(t *testing.T) {
	whole := lived(t)
	var parts []string
	for _, name := range []string{"meta", "meta/log", "shard-0000", "shard-0001", "shard-0001/log", "shard-0001/store", "shard-0000/store/segments"} {
		parts = append(parts, path.Join(dir, name))
	}
	files := filesOf(t, whole, dir)
	for _, part := range append(parts, files...) {
		for _, isEmptied := range []bool{false, true} {
			if part == path.Join(dir, "LOCK") || isEmptied && !slices.Contains(files, part) {
				continue
			}
			fsys := whole.CrashClone()
			if isEmptied {
				must(t, vfs.WriteFileAtomic(fsys, part, nil))
			} else {
				must(t, fsys.RemoveAll(part))
			}
			checkLost(t, fsys, part)
		}
	}
}

func checkLost(t *testing.T, fsys *vfs.Mem, part string) {
	t.Helper()
	problems, err := fanout.Check(fsys, dir)
	must(t, err)
	before := filesOf(t, fsys, dir)
	c, err := fanout.Open(t.Context(), config(fsys))
	if err == nil {
		must(t, c.Close())
		t.Errorf("%s lost: started", part)
		return
	}
	if len(problems) == 0 {
		t.Errorf("%s lost: check found nothing", part)
	}
	if !strings.Contains(err.Error(), path.Base(part)) {
		t.Errorf("%s lost: not named: %v", part, err)
	}
	for _, name := range before {
		if ok, err := vfs.Exists(fsys, name); err != nil || !ok {
			t.Errorf("%s lost: then %s went too", part, name)
		}
	}
}

// A crash may end the first start anywhere: check finds nothing wrong with what it
// leaves, and the next start goes on.
func TestFirstStartThatCrashes(t *testing.T) {
	mem := vfs.NewMem()
	var mu sync.Mutex
	var left []*vfs.Mem
	cfg := config(vfs.NewFault(mem, func(op vfs.Op) error {
		if op.Kind.Persists() {
			mu.Lock()
			defer mu.Unlock()
			left = append(left, mem.CrashClone(), mem.CrashCloneTorn(uint64(len(left))))
		}
		return nil
	}))
	cfg.Shards = 3
	must(t, open(t, cfg).Close())
	for i, fsys := range left {
		if ok, err := vfs.Exists(fsys, dir+"/NODE"); err != nil || ok {
			problems, err := fanout.Check(fsys, dir)
			must(t, err)
			if len(problems) > 0 {
				t.Errorf("crash %d: %v", i, problems)
			}
		}
		cfg.FS = fsys
		c := open(t, cfg)
		create(t, c, "t")
		must(t, c.Close())
	}
}
