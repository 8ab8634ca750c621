package fanout_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/freshetdb/freshet/cluster/fanout"
	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/chcode"
	"github.com/freshetdb/freshet/columnar/segment"
	"github.com/freshetdb/freshet/columnar/table"
	"github.com/freshetdb/freshet/columnar/vfs"
	"github.com/freshetdb/freshet/query/engine"
)

// What is acknowledged is visible, and there after a restart and after a crash,
// with one shard as with three.
func TestInsertRestartCrash(t *testing.T) {
	for _, shards := range []int{1, 3} {
		t.Run(strconv.Itoa(shards), func(t *testing.T) {
			mem := vfs.NewMem()
			cfg := config(mem)
			cfg.Shards = shards
			c := open(t, cfg)
			def := create(t, c, "t")
			done, err := insert(c, def, "", rows(0, 1000), rows(1000, 1500))
			must(t, err)
			if done.Rows != 1500 || done.Duplicate {
				t.Fatalf("%+v", done)
			}
			same(t, read(t, c, def), span(0, 1500), "after the insert")
			crashed := mem.CrashClone()
			must(t, c.Maintain(t.Context(), engine.Maintenance{Flush: true}))
			_, err = insert(c, def, "", rows(1500, 1600))
			must(t, err, c.Close())
			for what, fsys := range map[string]vfs.FS{"restart": mem, "crash after close": mem.CrashClone()} {
				again := open(t, config(fsys))
				same(t, read(t, again, again.Catalog().Find("default", "t")), span(0, 1600), what)
				must(t, again.Close())
			}
			again := open(t, config(crashed))
			same(t, read(t, again, again.Catalog().Find("default", "t")), span(0, 1500), "crash")
			if again.Shards() != shards {
				t.Fatalf("%d shards", again.Shards())
			}
			must(t, again.Close())
		})
	}
}

// The same inserts give the same rows on one shard as on three, and each user's
// rows are on one shard.
func TestShardsHoldTheSameRows(t *testing.T) {
	var all [][]uint64
	for _, shards := range []int{1, 3, 7} {
		cfg := config(vfs.NewMem())
		cfg.Shards = shards
		c := open(t, cfg)
		def := create(t, c, "t")
		for i := range uint64(20) {
			_, err := insert(c, def, "", rows(i*100, i*100+100))
			must(t, err)
		}
		all = append(all, read(t, c, def))
		home := map[string]int{}
		v, err := c.Views(t.Context())
		must(t, err)
		parts, err := v.Parts(def.ID)
		must(t, err)
		for shard, list := range parts {
			rows := 0
			for _, p := range list {
				users, err := p.ReadInto(&def.Schema.Columns[2], 0, p.Rows(), &segment.Scratch{})
				must(t, err)
				for i := range p.Rows() {
					user := string(users.Bytes(i))
					if had, ok := home[user]; ok && had != shard {
						t.Fatalf("%s is on shards %d and %d", user, had, shard)
					}
					home[user] = shard
				}
				rows += p.Rows()
			}
			if rows == 0 {
				t.Errorf("shard %d of %d is empty", shard, shards)
			}
		}
		v.Release()
		must(t, c.Close())
	}
	same(t, all[1], all[0], "3 shards")
	same(t, all[2], all[0], "7 shards")
}

func TestNumberOfShardsIsFixed(t *testing.T) {
	mem := vfs.NewMem()
	cfg := config(mem)
	cfg.Shards = 2
	must(t, open(t, cfg).Close())
	for shards, want := range map[int]string{3: "made with 2 shards", -1: "1 to 1024", 5000: "1 to 1024"} {
		cfg.Shards = shards
		if _, err := fanout.Open(t.Context(), cfg); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%d shards: %v", shards, err)
		}
	}
	cfg.Shards = 2
	must(t, open(t, cfg).Close())
	good, err := vfs.ReadFile(mem, dir+"/NODE")
	must(t, err)
	for at := range good {
		bad := slices.Clone(good)
		bad[at] ^= 1
		must(t, vfs.WriteFileAtomic(mem, dir+"/NODE", bad))
		if _, err := fanout.Open(t.Context(), cfg); !errors.Is(err, fanout.ErrCorruptNode) {
			t.Fatalf("byte %d flipped: %v", at, err)
		}
	}
}

func TestFolderIsLocked(t *testing.T) {
	mem := vfs.NewMem()
	c := open(t, config(mem))
	if _, err := fanout.Open(t.Context(), config(mem)); !errors.Is(err, vfs.ErrLocked) {
		t.Fatalf("second open: %v", err)
	}
	must(t, c.Close())
	must(t, open(t, config(mem)).Close())
}

// A token makes a repeated insert do nothing, also after a crash, and for small
// inserts as for staged ones.
func TestTokens(t *testing.T) {
	mem := vfs.NewMem()
	cfg := config(mem)
	cfg.Shards = 3
	c := open(t, cfg)
	def := create(t, c, "t")
	must(t, c.Change(t.Context(), &table.Change{Kind: table.CreateTable, Def: padded("wide")}))
	wide := c.Catalog().Find("default", "wide")
	large := func() *batch.Batch { return big(wide, 0, 2000, 20<<20) }
	for _, round := range []struct{ isKnown bool }{{false}, {true}, {true}} {
		for token, b := range map[string]*batch.Batch{"a": rows(0, 10), "b": rows(10, 20)} {
			done, err := insert(c, def, token, b)
			must(t, err)
			if done.Duplicate != round.isKnown {
				t.Fatalf("token %s: duplicate %v, want %v", token, done.Duplicate, round.isKnown)
			}
		}
		done, err := insert(c, wide, "large", large())
		must(t, err)
		if done.Duplicate != round.isKnown {
			t.Fatalf("large: duplicate %v, want %v", done.Duplicate, round.isKnown)
		}
		same(t, read(t, c, def), span(0, 20), "small inserts")
		same(t, read(t, c, wide), span(0, 2000), "large insert")
		crashed := mem.CrashClone()
		must(t, c.Close())
		mem = crashed
		c = open(t, config(mem))
		def, wide = c.Catalog().Find("default", "t"), c.Catalog().Find("default", "wide")
	}
	// Without a token equal rows are different rows (R10).
	_, err := insert(c, def, "", rows(0, 10))
	must(t, err)
	if n := len(read(t, c, def)); n != 30 {
		t.Fatalf("%d rows", n)
	}
	must(t, c.Close())
}

// An insert whose source fails, or whose client leaves, stores nothing, however
// much of it was staged, and leaves no parts behind; a crash in its middle leaves
// none either.
func TestHalfInsertsAreNotThere(t *testing.T) {
	mem := vfs.NewMem()
	cfg := config(mem)
	cfg.EntryBytes = 64 << 10
	c := open(t, cfg)
	def := create(t, c, "t")
	var crashed *vfs.Mem
	wrong, left := errors.New("row 7 is malformed"), errors.New("client left")
	for _, want := range []error{wrong, left} {
		ctx, cancel := context.WithCancelCause(t.Context())
		n := uint64(0)
		_, err := c.Insert(ctx, engine.Insert{Table: def, Next: func(context.Context) (*batch.Batch, error) {
			if n++; n > 20 {
				if c.Stats().Staged != 1 {
					t.Error("nothing was staged")
				}
				crashed = mem.CrashClone()
				cancel(left)
				if !errors.Is(left, want) {
					return nil, want
				}
			}
			return rows(n*1000, n*1000+1000), nil
		}})
		if !errors.Is(err, want) {
			t.Fatalf("%v, want %v", err, want)
		}
		if got := read(t, c, def); len(got) > 0 || c.Stats().Staged > 0 {
			t.Fatalf("%d rows of half inserts, %d staged", len(got), c.Stats().Staged)
		}
	}
	must(t, c.Close())
	cfg.FS = crashed
	c = open(t, cfg)
	if got := read(t, c, def); len(got) > 0 || c.Stats().Staged > 0 {
		t.Fatalf("after a crash %d rows of half inserts, %d staged", len(got), c.Stats().Staged)
	}
	must(t, c.Close())
}

// A thousand clients of single rows share entries, and each gets its own answer.
func TestClientsAreGathered(t *testing.T) {
	const clients = 1000
	var wg, begun sync.WaitGroup
	var isSlow atomic.Bool
	c := open(t, config(vfs.NewFault(vfs.NewMem(), func(op vfs.Op) error {
		if op.Kind == vfs.OpSync && isSlow.Load() {
			begun.Wait() // The disk is slower than all clients.
		}
		return nil
	})))
	def := create(t, c, "t")
	before := c.Stats()
	begun.Add(clients)
	isSlow.Store(true)
	for i := range uint64(clients) {
		wg.Go(func() {
			begun.Done()
			id := i / 2 // Each row is sent twice, with its token.
			if _, err := insert(c, def, fmt.Sprint("token", id), rows(id, id+1)); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	same(t, read(t, c, def), span(0, clients/2), "all clients")
	entries := c.Stats().Entries - before.Entries
	t.Logf("%d inserts in %d entries", clients, entries)
	if entries > clients/5 {
		t.Errorf("%d inserts took %d entries", clients, entries)
	}
	must(t, c.Close())
}

// Changes of definitions race inserts: no acknowledged row is lost, none is there
// twice, and inserts into a table that is dropped say so.
func TestDefinitionsRaceInserts(t *testing.T) {
	mem := vfs.NewMem()
	cfg := config(mem)
	cfg.Shards = 2
	c := open(t, cfg)
	create(t, c, "t")
	var wg sync.WaitGroup
	var mu sync.Mutex
	var acked []uint64
	for w := range uint64(8) {
		wg.Go(func() {
			for i := range uint64(40) {
				id := w*1000 + i*10
				def := c.Catalog().Find("default", "t")
				b := rows(id, id+10)
				for k := 3; k < len(def.Schema.Columns); k++ {
					b.Cols = append(b.Cols, batch.NewFixed(def.Schema.Columns[k].Type, make([]uint32, 10), nil))
				}
				if _, err := insert(c, def, "", b); err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				acked = append(acked, span(id, id+10)...)
				mu.Unlock()
			}
		})
	}
	wg.Go(func() {
		for i := range 15 {
			must(t, c.Change(t.Context(), addColumn(c.Catalog().Find("default", "t"), fmt.Sprint("c", i))))
			name := fmt.Sprint("other", i)
			other := create(t, c, name)
			_, err := insert(c, other, "", rows(0, 5))
			must(t, err)
			must(t, c.Change(t.Context(), &table.Change{Kind: table.RemoveTable, Def: other}))
			if _, err := insert(c, other, "", rows(0, 5)); chcode.Of(err) != chcode.UnknownTable {
				t.Errorf("insert into a dropped table: %v", err)
			}
		}
	})
	wg.Wait()
	slices.Sort(acked)
	def := c.Catalog().Find("default", "t")
	if len(def.Schema.Columns) != 18 {
		t.Fatalf("%d columns", len(def.Schema.Columns))
	}
	same(t, read(t, c, def), acked, "after the race")
	must(t, c.Close())
	c = open(t, config(mem.CrashClone()))
	same(t, read(t, c, c.Catalog().Find("default", "t")), acked, "after the restart")
	must(t, c.Close())
}

// addColumn is ALTER TABLE … ADD COLUMN name UInt32.
func addColumn(def *table.Def, name string) *table.Change {
	next := def.Clone()
	next.Schema.Version++
	col := padded("").Schema.Columns[0]
	col.ID, col.Name, col.TypeName = next.NextColumn, name, "UInt32"
	next.NextColumn++
	next.Schema.Columns = append(next.Schema.Columns, col)
	must(panicker{}, next.Schema.Resolve())
	return &table.Change{Kind: table.AlterTable, Def: next, FromVersion: def.Schema.Version}
}

type panicker struct{}

func (panicker) Helper()           {}
func (panicker) Fatal(args ...any) { panic(fmt.Sprint(args...)) }
