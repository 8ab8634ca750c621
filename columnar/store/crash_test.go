package store_test

import (
	"errors"
	"maps"
	"slices"
	"sync/atomic"
	"syscall"
	"testing"

	"pgregory.net/rapid"

	"github.com/freshetdb/freshet/columnar/entry"
	"github.com/freshetdb/freshet/columnar/store"
	"github.com/freshetdb/freshet/columnar/vfs"
)

// frail is a machine on a disk that loses power and fills up.
type frail struct {
	*machine
	mem    *vfs.Mem
	clones []*vfs.Mem
	seed   uint64
	// left is how many changes of the disk succeed; negative: all.
	left atomic.Int64
}

func newFrail(t *rapid.T) *frail {
	f := &frail{mem: vfs.NewMem()}
	f.left.Store(-1)
	f.machine = newMachine(t, vfs.NewFault(f.mem, f.hook))
	return f
}

// hook takes what a loss of power would leave at each moment that makes
// something durable, and fails changes of a full disk.
func (f *frail) hook(op vfs.Op) error {
	if op.Kind.Persists() {
		f.seed++
		f.clones = append(f.clones, f.mem.CrashClone(), f.mem.CrashCloneTorn(f.seed))
	}
	if f.left.Load() < 0 || !op.Kind.Changes() || op.Kind == vfs.OpRemove || op.Kind == vfs.OpRemoveAll {
		return nil
	}
	if f.left.Load() > 0 {
		f.left.Add(-1)
		return nil
	}
	if op.Kind == vfs.OpWrite {
		return &vfs.ShortWriteError{N: op.Bytes / 2, Err: syscall.ENOSPC}
	}
	return syscall.ENOSPC
}

// crashes opens every clone and compares it with the model.
func (f *frail) crashes(t *rapid.T) {
	clones := slices.Concat(f.clones, []*vfs.Mem{f.mem.CrashClone()})
	f.clones = nil
	for i, mem := range clones {
		s := &shard{tester: t, fs: mem, opts: f.opts, log: f.log}
		s.reopen()
		if diff := f.model.diff(s); diff != "" {
			t.Fatalf("after a loss of power at moment %d of %d: %s", i, len(clones), diff)
		}
		if problems := store.Check(mem, "shard"); len(problems) > 0 {
			t.Fatalf("after a loss of power at moment %d of %d: %v", i, len(clones), problems)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// crash goes on with what a loss of power left.
func (f *frail) crash(t *rapid.T) {
	f.heal(t)
	f.flying, f.merge, f.fold, f.filler = nil, nil, nil, nil
	f.mem = f.mem.CrashClone()
	f.fs = vfs.NewFault(f.mem, f.hook)
	f.reopen()
}

// fill lets the disk take a few more changes.
func (f *frail) fill(t *rapid.T) {
	f.failDisk = true
	f.left.Store(rapid.Int64Range(0, 70).Draw(t, "changes left"))
}

// heal makes room on the disk.
func (f *frail) heal(*rapid.T) {
	f.failDisk = false
	f.left.Store(-1)
}

func (f *frail) steps() map[string]func(*rapid.T) {
	steps := maps.Clone(f.machine.steps())
	restart := steps["restart"]
	steps["restart"] = func(t *rapid.T) { f.heal(t); restart(t) }
	steps["crash"], steps["fill"], steps["heal"] = f.crash, f.fill, f.heal
	steps[""] = func(t *rapid.T) {
		f.check(t)
		f.crashes(t)
	}
	return steps
}

// TestShardSurvivesPowerLossAndFullDisk cuts the power at every moment that
// makes something durable, and lets the disk fill up in the middle of flushes
// and merges.
func TestShardSurvivesPowerLossAndFullDisk(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := newFrail(t)
		f.create(t)
		t.Repeat(f.steps())
		f.heal(t)
		f.settle(t)
		f.flush()
		if n := f.Unflushed(); n > 0 {
			t.Fatalf("%d bytes are left in memory by a flush", n)
		}
		f.check(t)
		f.shard.fill()
		f.check(t)
		f.flush() // What a partition of a rollup that was dropped brought in goes.
		f.orphans(t)
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
	})
}

// orphans fails when files are left that the manifest does not name.
func (f *frail) orphans(t *rapid.T) {
	names, err := f.mem.List("shard/segments")
	if err != nil {
		t.Fatal(err)
	}
	want := 0
	for _, s := range f.Segments() {
		if !s.InMemory {
			want += 2
		}
	}
	for range f.Staged() {
		return // Their segments are not among those of tables.
	}
	if len(names) != want {
		t.Fatalf("%d files of segments, expected %d: %v", len(names), want, names)
	}
}

// TestDamageIsFound flips a byte of every file.
func TestDamageIsFound(t *testing.T) {
	mem := vfs.NewMem()
	s := open(t, mem)
	d := events(t)
	s.must(defineEntry(t, d))
	s.must(insert(t, d, []string{"2024-05-01", "bob", "2", "x"}, []string{"2024-05-02", "al", "1", ""}))
	s.flush()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if problems := store.Check(mem, "shard"); len(problems) > 0 {
		t.Fatalf("problems of a sound shard: %v", problems)
	}
	for _, name := range filesOf(t, mem) {
		data, err := vfs.ReadFile(mem, name)
		if err != nil {
			t.Fatal(err)
		}
		for at := range data {
			copied := mem.CrashClone()
			f, err := copied.OpenReadWrite(name)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := f.WriteAt([]byte{data[at] ^ 4}, int64(at)); err != nil {
				t.Fatal(err)
			}
			if err := errors.Join(f.Sync(), f.Close()); err != nil {
				t.Fatal(err)
			}
			if len(store.Check(copied, "shard")) == 0 {
				t.Errorf("a flipped bit at byte %d of %s is not found", at, name)
			}
		}
	}
}

func filesOf(t *testing.T, mem *vfs.Mem) []string {
	var out []string
	for _, dir := range []string{"shard", "shard/segments", "shard/dictionaries"} {
		names, err := mem.List(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range names {
			if info, err := mem.Stat(dir + "/" + n); err == nil && !info.IsDir {
				out = append(out, dir+"/"+n)
			}
		}
	}
	slices.Sort(out)
	return out
}

// TestOpenSettlesTheManifest has a flush fail after its manifest was renamed and
// before the name was durable: Open must not delete what only the manifest before
// names, until the power can't bring that one back.
func TestOpenSettlesTheManifest(t *testing.T) {
	mem := vfs.NewMem()
	isFailing := false
	s := open(t, vfs.NewFault(mem, func(op vfs.Op) error {
		if isFailing && op.Kind == vfs.OpSyncDir && op.Name == "shard" {
			return syscall.EIO
		}
		return nil
	}))
	d := events(t)
	s.must(defineEntry(t, d))
	s.must(insert(t, d, []string{"2024-05-01", "bob", "2", "x"}))
	s.flush()
	s.must(&entry.Entry{Kind: entry.Truncate, Table: 1})
	isFailing = true
	f, err := s.Snapshot(uint64(len(s.log)))
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Persist(t.Context(), store.RaftMeta{}); !errors.Is(err, syscall.EIO) {
		t.Fatalf("flush: error %v, expected EIO", err)
	}
	f.Release()
	isFailing = false
	s.restart()
	for seed := range uint64(64) {
		again := &shard{tester: t, fs: mem.CrashCloneTorn(seed), log: s.log}
		again.reopen()
		if rows := again.rows(1); len(rows) != 0 {
			t.Errorf("rows %v after TRUNCATE", rows)
		}
		if err := again.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}
