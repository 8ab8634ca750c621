package fanout_test

import (
	"fmt"
	"slices"
	"strconv"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/chcode"
	"github.com/freshetdb/freshet/columnar/expr"
	"github.com/freshetdb/freshet/columnar/ledger"
	"github.com/freshetdb/freshet/columnar/segment"
	"github.com/freshetdb/freshet/columnar/table"
	"github.com/freshetdb/freshet/columnar/types"
	"github.com/freshetdb/freshet/columnar/vfs"
	"github.com/freshetdb/freshet/query/engine"
)

// On a full disk inserts fail with NOT_ENOUGH_SPACE, reads go on, and the node
// goes on by itself when there is room; what was acknowledged is there once.
func TestFullDisk(t *testing.T) {
	for _, shards := range []int{1, 3} {
		t.Run(strconv.Itoa(shards), func(t *testing.T) { fullDisk(t, shards) })
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
	for full < 8 {
		n := uint64(300)
		if id%4 == 0 {
			n = 3000 // Staged.
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

// Partitions whose time has passed go away by the injected clock, in memory and
// on disk, and stay away after a restart.
func TestRetention(t *testing.T) {
	const day = 86_400
	mem := vfs.NewMem()
	now := time.Unix(100*day, 0)
	cfg := config(mem)
	cfg.Shards, cfg.Now = 2, func() time.Time { return now }
	c := open(t, cfg)
	d := &table.Def{Database: "default", Name: "t", Kind: table.Events, Engine: "MergeTree", NextColumn: 2}
	date := types.Of(types.Date)
	d.Schema = types.Schema{Version: 1, Columns: []types.Column{{ID: 1, Name: "d", TypeName: "Date", Type: date}}}
	key := table.KeyExpr{SQL: "d", Expr: expr.Encode(&expr.Column{Pos: 1, Name: "d", T: date})}
	d.PartitionBy, d.OrderBy, d.RouteBy = []table.KeyExpr{key}, []table.KeyExpr{key}, []table.KeyExpr{key}
	d.TTLColumn, d.TTLSeconds = 1, 7*day
	must(t, c.Change(t.Context(), &table.Change{Kind: table.CreateTable, Def: d}))
	def := c.Catalog().Find("default", "t")
	put := func(from, to uint16) {
		t.Helper()
		var days []uint16
		for n := from; n < to; n++ {
			days = append(days, n, n)
		}
		_, err := insert(c, def, "", &batch.Batch{Cols: []*batch.Vector{batch.NewFixed(date, days, nil)}, Rows: len(days)})
		must(t, err)
	}
	least := func(what string, first uint16, rows int) {
		t.Helper()
		v, err := c.Views(t.Context())
		must(t, err)
		defer v.Release()
		shards, err := v.Parts(def.ID)
		must(t, err)
		got := 0
		for _, parts := range shards {
			for _, p := range parts {
				days, err := p.ReadInto(&def.Schema.Columns[0], 0, p.Rows(), &segment.Scratch{})
				must(t, err)
				live := p.Live(0, p.Rows())
				for i, n := range batch.Values[uint16](days.Expand()) {
					if live != nil && !live[i] {
						continue
					}
					if got++; n < first {
						t.Fatalf("%s: a row of day %d is there, the first is %d", what, n, first)
					}
				}
			}
		}
		if got != rows {
			t.Fatalf("%s: %d rows, want %d", what, got, rows)
		}
		if h := v.Horizon(def.ID); h != int64(first)*day {
			t.Errorf("%s: horizon %d, want day %d", what, h, first)
		}
	}
	put(90, 95)
	must(t, c.Maintain(t.Context(), engine.Maintenance{Flush: true}))
	put(95, 100)
	before := c.Stats().Entries
	must(t, c.Retain(t.Context()), c.Retain(t.Context()))
	if n := c.Stats().Entries - before; n != 2 {
		t.Errorf("%d entries for one cut on two shards", n)
	}
	least("at day 100", 93, 14)
	now = now.Add(2 * day * time.Second)
	must(t, c.Retain(t.Context()))
	least("at day 102", 95, 10)
	crashed := mem.CrashClone()
	must(t, c.Close())
	cfg.FS = crashed
	c = open(t, cfg)
	least("after a crash", 95, 10)
	must(t, c.Close())
}
