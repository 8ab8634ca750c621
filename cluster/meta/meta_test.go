package meta_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/freshetdb/freshet/cluster/meta"
	"github.com/freshetdb/freshet/columnar/chcode"
	"github.com/freshetdb/freshet/columnar/table"
	"github.com/freshetdb/freshet/columnar/types"
	"github.com/freshetdb/freshet/columnar/vfs"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	dir  = "node/meta"
	soon = 5 * time.Millisecond
)

// shard is a shard that remembers its definitions, and fails while down.
type shard struct {
	mu      sync.Mutex
	defs    map[uint64]*table.Def
	down    error
	back    chan struct{} // closed when down ends
	defines int
}

func newShard() *shard { return &shard{defs: map[uint64]*table.Def{}} }

func (s *shard) fail(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.down, s.back = err, make(chan struct{})
}

func (s *shard) recover() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.down = nil
	close(s.back)
}

func (s *shard) Ready(ctx context.Context) error {
	s.mu.Lock()
	down, back := s.down, s.back
	s.mu.Unlock()
	if down == nil {
		return nil
	}
	select {
	case <-back:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (s *shard) Definitions() []*table.Def {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []*table.Def
	for _, d := range s.defs {
		out = append(out, d)
	}
	return out
}

func (s *shard) Define(_ context.Context, def *table.Def) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.down != nil {
		return s.down
	}
	s.defines++
	s.defs[def.ID] = def
	return nil
}

func (s *shard) DropTable(_ context.Context, id uint64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.down != nil {
		return s.down
	}
	delete(s.defs, id)
	return nil
}

func (s *shard) names() string {
	var names []string
	for _, d := range s.Definitions() {
		names = append(names, d.Name)
	}
	slices.Sort(names)
	return strings.Join(names, " ")
}

func open(t *testing.T, fsys vfs.FS, shards ...meta.Shard) *meta.Meta {
	t.Helper()
	m, err := meta.Open(t.Context(), meta.Config{FS: fsys, Dir: dir, Election: soon, SegmentBytes: 64 << 10})
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Attach(t.Context(), shards); err != nil {
		t.Fatal(err)
	}
	return m
}

func create(name string) *table.Change {
	def := &table.Def{Database: "default", Name: name, Kind: table.Events, Engine: "MergeTree"}
	def.Schema.Columns = []types.Column{{ID: 1, Name: "x", TypeName: "UInt8"}}
	return &table.Change{Kind: table.CreateTable, Def: def}
}

func drop(name string) *table.Change {
	return &table.Change{Kind: table.RemoveTable, Def: &table.Def{Database: "default", Name: name}}
}

func must(t *testing.T, errs ...error) {
	t.Helper()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
}

// Definitions survive crashes, with and without a snapshot, and shards that
// know nothing or too much are brought up to them.
func TestRestarts(t *testing.T) {
	mem := vfs.NewMem()
	a, b := newShard(), newShard()
	m := open(t, mem, a, b)
	ctx := t.Context()
	must(t, m.Change(ctx, create("t1")), m.Change(ctx, create("t2")), m.Save(), m.Change(ctx, create("t3")), m.Change(ctx, drop("t1")))
	if err := m.Change(ctx, create("t2")); chcode.Of(err) != chcode.TableAlreadyExists {
		t.Fatalf("second CREATE: %v", err)
	}
	version := m.Catalog().Version
	if a.names() != "t2 t3" || b.names() != "t2 t3" {
		t.Fatalf("shards have %q and %q", a.names(), b.names())
	}
	fresh, stale := newShard(), newShard()
	must(t, stale.Define(ctx, &table.Def{ID: 77, Name: "gone"}))
	again := open(t, mem.CrashClone(), a, fresh, stale)
	if again.Catalog().Version != version || again.Catalog().Find("default", "t3").Schema.Columns[0].Type.Kind != types.UInt8 {
		t.Fatalf("version %d after the crash, want %d", again.Catalog().Version, version)
	}
	if fresh.names() != "t2 t3" || stale.names() != "t2 t3" || a.defines != 3 {
		t.Fatalf("shards have %q and %q; %d definitions", fresh.names(), stale.names(), a.defines)
	}
	must(t, m.Close(), again.Close())
}

// A change that fails half-way is refused to nobody for ever: it is carried out
// when the shard is back, and published only then.
func TestShardDownDuringChange(t *testing.T) {
	mem := vfs.NewMem()
	a, b := newShard(), newShard()
	m := open(t, mem, a, b)
	must(t, m.Change(t.Context(), create("t1")))
	b.fail(errors.New("no room"))
	if err := m.Change(t.Context(), create("t2")); err == nil || !strings.Contains(err.Error(), "no room") {
		t.Fatalf("change with a shard down: %v", err)
	}
	if m.Catalog().Find("default", "t2") != nil {
		t.Fatal("published before all shards have it")
	}
	if err := m.Change(t.Context(), create("t3")); !errors.Is(err, meta.ErrBehind) {
		t.Fatalf("change behind a half one: %v", err)
	}
	b.recover()
	for m.Change(t.Context(), create("t3")) != nil {
		if t.Context().Err() != nil {
			t.Fatal("never caught up")
		}
	}
	if b.names() != "t1 t2 t3" || m.Catalog().Find("default", "t2") == nil {
		t.Fatalf("shard has %q", b.names())
	}
	must(t, m.Close())
}

// Changes side by side reach every shard in the catalogue's order.
func TestConcurrentChanges(t *testing.T) {
	a, b := newShard(), newShard()
	m := open(t, vfs.NewMem(), a, b)
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for k := range 25 {
				name := fmt.Sprint("t", i, "_", k)
				if err := m.Change(t.Context(), create(name)); err != nil {
					t.Error(err)
				}
				if k%2 == 0 {
					if err := m.Change(t.Context(), drop(name)); err != nil {
						t.Error(err)
					}
				}
			}
		})
	}
	wg.Wait()
	if len(m.Catalog().Tables) != 8*12 || len(a.defs) != 8*12 || len(b.defs) != 8*12 {
		t.Errorf("%d tables; shards have %d and %d", len(m.Catalog().Tables), len(a.defs), len(b.defs))
	}
	must(t, m.Close())
}

func TestFlippedBitsAreFound(t *testing.T) {
	mem := vfs.NewMem()
	m := open(t, mem, newShard())
	must(t, m.Change(t.Context(), create("t1")), m.Save(), m.Close())
	good, err := vfs.ReadFile(mem, dir+"/CATALOG")
	must(t, err)
	for at := range good {
		bad := slices.Clone(good)
		bad[at] ^= 4
		must(t, vfs.WriteFileAtomic(mem, dir+"/CATALOG", bad))
		if _, err := meta.Open(t.Context(), meta.Config{FS: mem, Dir: dir}); !errors.Is(err, meta.ErrCorrupt) {
			t.Fatalf("byte %d flipped: %v", at, err)
		}
	}
}
