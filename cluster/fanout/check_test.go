package fanout_test

import (
	"fmt"
	"path"
	"slices"
	"strings"
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
	must(t, mem.Remove(dir+"/NODE"))
	if _, err := fanout.Check(mem, dir); err == nil {
		t.Error("a folder without its file passes")
	}
}
