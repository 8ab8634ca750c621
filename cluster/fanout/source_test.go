package fanout_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"syscall"
	"testing"

	"github.com/freshetdb/freshet/cluster/fanout"
	"github.com/freshetdb/freshet/columnar/entry"
	"github.com/freshetdb/freshet/columnar/store"
	"github.com/freshetdb/freshet/columnar/table"
	"github.com/freshetdb/freshet/columnar/vfs"
)

// feedRows stores the rows [lo, hi) of a source whose positions are ten times the
// id.
func feedRows(c *fanout.Cluster, def *table.Def, lo, hi uint64) error {
	var at []uint64
	for i := lo; i < hi; i++ {
		at = append(at, i*10+3)
	}
	pos := entry.Position{Source: "log", Key: "file", From: lo * 10, Next: hi * 10}
	return c.StoreAt(context.Background(), def, rows(lo, hi), at, pos)
}

// A source that is read again from Positions after each fault and crash, with
// batches cut anew, is stored exactly once.
func TestSourceIsStoredOnce(t *testing.T) {
	for _, shards := range []int{1, 3} {
		for seed := range uint64(6) {
			t.Run(fmt.Sprint(shards, " shards, seed ", seed), func(t *testing.T) { storeOnce(t, shards, seed) })
		}
	}
}

func storeOnce(t *testing.T, shards int, seed uint64) {
	const all = 3000
	rng := rand.New(rand.NewPCG(seed, 5))
	mem := vfs.NewMem()
	for round := 0; ; round++ {
		fault := vfs.FailNth(30+rng.IntN(200), func(op vfs.Op) bool { return op.Kind == vfs.OpSync }, syscall.EIO)
		cfg := config(vfs.NewFault(mem, fault))
		cfg.Shards, cfg.EntryBytes = shards, 8<<10
		c, err := fanout.Open(t.Context(), cfg)
		if err != nil {
			continue // The fault came early.
		}
		if c.Catalog().Find("default", "t") == nil {
			_ = c.Change(t.Context(), &table.Change{Kind: table.CreateTable, Def: events("t")})
		}
		def := c.Catalog().Find("default", "t")
		if def != nil && feed(t, c, def, rng, all) {
			same(t, read(t, c, def), span(0, all), "the source")
			t.Logf("%d rounds", round)
			must(t, c.Close())
			return
		}
		mem = mem.CrashClone()
		_ = c.Close() // The old disk is gone with what it held.
	}
}

// feed reads the source from where it stands until its end, a fault or a whim.
func feed(t *testing.T, c *fanout.Cluster, def *table.Def, rng *rand.Rand, all uint64) (done bool) {
	t.Helper()
	at := c.Positions("log")["file"] / 10
	for at < all {
		if rng.IntN(20) == 0 {
			return false
		}
		hi := min(at+1+rng.Uint64N(200), all)
		if rng.IntN(10) == 0 {
			hi = min(at+600, all) // Staged.
		}
		if err := feedRows(c, def, at, hi); err != nil {
			return false
		}
		at = hi
	}
	return true
}

// A batch that does not follow what a shard was given is refused; one that moves
// the position only is known to all shards.
func TestHolesAreRefused(t *testing.T) {
	cfg := config(vfs.NewMem())
	cfg.Shards = 3
	c := open(t, cfg)
	def := create(t, c, "t")
	must(t, feedRows(c, def, 0, 100))
	hole := (*store.PositionError)(nil)
	if err := feedRows(c, def, 150, 200); !errors.As(err, &hole) || hole.Have != 1000 {
		t.Fatalf("hole: %v", err)
	}
	must(t, feedRows(c, def, 100, 101), feedRows(c, def, 101, 102))
	move := entry.Position{Source: "log", Key: "file", From: 1020, Next: 5000}
	must(t, c.StoreAt(t.Context(), def, nil, nil, move))
	if p := c.Positions("log"); p["file"] != 5000 || len(p) != 1 {
		t.Fatalf("positions %v", p)
	}
	if p := c.Positions("other"); len(p) != 0 {
		t.Fatalf("positions of another source %v", p)
	}
	same(t, read(t, c, def), span(0, 102), "rows")
	must(t, c.Close())
}

// Idle shards hear of a source now and then, so that a restart does not read it
// from the beginning.
func TestIdleShardsAdvance(t *testing.T) {
	cfg := config(vfs.NewMem())
	cfg.Shards = 3
	c := open(t, cfg)
	def := create(t, c, "t")
	for i := range uint64(200) {
		pos := entry.Position{Source: "log", Key: "file", From: i * 970, Next: (i + 1) * 970}
		must(t, c.StoreAt(t.Context(), def, rows(i*97, i*97+1), []uint64{i * 970}, pos)) // All of one user.
	}
	p := c.Positions("log")
	if p["file"] < 100*970 {
		t.Errorf("all shards are at %d of %d", p["file"], 200*970)
	}
	must(t, c.Close())
}
