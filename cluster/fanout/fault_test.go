package fanout_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/freshetdb/freshet/columnar/chcode"
	"github.com/freshetdb/freshet/columnar/ledger"
	"github.com/freshetdb/freshet/columnar/table"
	"github.com/freshetdb/freshet/columnar/vfs"
	"github.com/freshetdb/freshet/query/engine"
)

// On a full disk inserts fail with NOT_ENOUGH_SPACE, reads go on, and the node
// goes on by itself when there is room; what was acknowledged is there once.
func TestFullDisk(t *testing.T) {
	for _, shards := range []int{1, 3} {
		t.Run(fmt.Sprint(shards), func(t *testing.T) { fullDisk(t, shards) })
	}
}

func fullDisk(t *testing.T, shards int) {
	mem := vfs.NewMem()
	room := &vfs.Room{}
	room.Add(int64(shards+1) * 500 << 10)
	cfg := config(vfs.NewFault(mem, room.Hook))
	cfg.Shards, cfg.EntryBytes, cfg.SegmentBytes = shards, 16<<10, 64<<10
	c := open(t, cfg)
	def := create(t, c, "t")
	acked, unsure := []uint64{}, map[uint64]bool{}
	id, full := uint64(0), 0
	for full < 12 {
		n := uint64(300)
		if id%4 == 0 {
			n = 6000 // Staged.
		}
		token := fmt.Sprint("token", id)
		_, err := insert(c, def, token, rows(id, id+n))
		switch {
		case err == nil:
			acked = append(acked, span(id, id+n)...)
		case chcode.Of(err) == chcode.NotEnoughSpace:
			full++
			for i := id; i < id+n; i++ {
				unsure[i] = true
			}
			if got := read(t, c, def); len(got) < len(acked) {
				t.Fatalf("%d rows can be read of %d", len(got), len(acked))
			}
			if full%4 == 0 {
				flush := c.Maintain(t.Context(), engine.Maintenance{Flush: true})
				if flush == nil && shards == 1 {
					t.Error("flushed without room")
				}
				room.Add(int64(shards+1) * 500 << 10)
				must(t, c.Ready(t.Context()))
				// The same insert again completes it.
				_, err := insert(c, def, token, rows(id, id+n))
				must(t, err)
				for i := id; i < id+n; i++ {
					delete(unsure, i)
				}
				acked = append(acked, span(id, id+n)...)
			}
		default:
			t.Fatal(err)
		}
		id += n
	}
	room.Add(64 << 20)
	must(t, c.Ready(t.Context()), c.Maintain(t.Context(), engine.Maintenance{Flush: true}))
	settled := func(got []uint64) []uint64 {
		return slices.DeleteFunc(got, func(id uint64) bool { return unsure[id] })
	}
	slices.Sort(acked)
	same(t, settled(read(t, c, def)), acked, "with room again")
	must(t, c.Close())
	c = open(t, config(mem))
	same(t, settled(read(t, c, c.Catalog().Find("default", "t"))), acked, "after a restart")
	must(t, c.Close())
}

// Above the bound of unflushed bytes inserts wait for a flush; all go through.
func TestFlushByBytes(t *testing.T) {
	cfg := config(vfs.NewMem())
	cfg.FlushBytes = 64 << 10
	c := open(t, cfg)
	def := create(t, c, "t")
	for i := range uint64(100) {
		_, err := insert(c, def, "", rows(i*100, i*100+100))
		must(t, err)
		if n := c.Stats().Unflushed; n > 2*cfg.FlushBytes {
			t.Fatalf("%d bytes are unflushed, the bound is %d", n, cfg.FlushBytes)
		}
	}
	if n := c.Stats().Flushes; n == 0 {
		t.Error("never flushed")
	}
	same(t, read(t, c, def), span(0, 10_000), "all")
	must(t, c.Close())
}

// Short of memory, inserts are refused with MEMORY_LIMIT_EXCEEDED after a flush
// did not help; reads go on, and so do inserts when memory is back. Nothing stays
// taken of the node's budget.
func TestMemoryLimit(t *testing.T) {
	memory := ledger.New("total", 8<<20, nil)
	cfg := config(vfs.NewMem())
	cfg.Memory = memory
	c := open(t, cfg)
	def := create(t, c, "t")
	_, err := insert(c, def, "", rows(0, 1000))
	must(t, err)
	must(t, memory.Add(memory.Limit()*19/20-memory.Used())) // A query takes the rest.
	if _, err := insert(c, def, "", rows(1000, 2000)); chcode.Of(err) != chcode.MemoryLimitExceeded {
		t.Fatalf("insert without memory: %v", err)
	}
	if c.Stats().Flushes == 0 {
		t.Error("refused without flushing")
	}
	same(t, read(t, c, def), span(0, 1000), "without memory")
	memory.Force(-memory.Limit() / 2)
	_, err = insert(c, def, "", rows(1000, 2000))
	must(t, err)
	same(t, read(t, c, def), span(0, 2000), "with memory again")
	must(t, c.Close())
	if n := memory.Used(); n > memory.Limit()*9/20+1 {
		t.Errorf("%d bytes stay taken", n)
	}
}

// A failing write of the log in the middle of a change of definitions leaves
// neither half a change nor a node that stays down.
func TestFaultsDuringDefinitions(t *testing.T) {
	for n := 1; n < 40; n += 3 {
		mem := vfs.NewMem()
		var isArmed atomic.Bool
		fault := vfs.FailNth(n, func(op vfs.Op) bool { return isArmed.Load() && op.Kind == vfs.OpSync }, syscall.EIO)
		cfg := config(vfs.NewFault(mem, fault))
		cfg.Shards = 2
		c := open(t, cfg)
		create(t, c, "t")
		isArmed.Store(true)
		made := map[string]bool{}
		for i := range 12 {
			name := fmt.Sprint("t", i)
			err := c.Change(t.Context(), &table.Change{Kind: table.CreateTable, Def: events(name)})
			made[name] = err == nil
			if err != nil {
				must(t, c.Ready(t.Context()))
			}
		}
		isArmed.Store(false)
		must(t, c.Ready(t.Context()))
		check := func(what string) {
			for name, isMade := range made {
				def := c.Catalog().Find("default", name)
				if isMade && def == nil {
					t.Fatalf("fault %d, %s: table %s is gone", n, what, name)
				}
				if def != nil {
					if _, err := insert(c, def, "", rows(0, 10)); err != nil {
						t.Fatalf("fault %d, %s: table %s: %v", n, what, name, err)
					}
				}
			}
		}
		check("running")
		must(t, c.Close())
		c = open(t, config(mem))
		check("restarted")
		must(t, c.Close())
	}
}

// Partitions whose time has passed go away, by the injected clock.
func TestRetention(t *testing.T) {
	cfg := config(vfs.NewMem())
	now := time.Unix(0, 0)
	cfg.Now = func() time.Time { return now }
	c := open(t, cfg)
	d := events("t")
	d.Schema.Columns[0].TypeName = "Date"
	must(t, d.Schema.Resolve())
	_ = errors.Join
	_ = context.Background
	must(t, c.Close())
}
