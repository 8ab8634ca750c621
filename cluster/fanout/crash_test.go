package fanout_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"sync"
	"testing"

	"github.com/freshetdb/freshet/cluster/fanout"
	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/route"
	"github.com/freshetdb/freshet/columnar/table"
	"github.com/freshetdb/freshet/columnar/vfs"
	"github.com/freshetdb/freshet/query/engine"
)

// crashWorkers is how many crashes are looked at side by side: most of the time
// they wait for elections.
const crashWorkers = 8

// unit is rows that come or go together: on each shard all of them are there, or
// none.
type unit struct {
	table string
	ids   []uint64
}

// history says what a crash may leave.
type history struct {
	live   map[string][]uint64 // rows that must be there, of tables that must
	units  map[int]unit        // under way
	making string              // a table that is being created
	going  string              // a table that is being dropped
}

func (h *history) clone() history {
	c := *h
	c.live = maps.Clone(h.live) // Lists are replaced, never changed.
	c.units = maps.Clone(h.units)
	return c
}

func shardOf(id uint64, shards int) int {
	return route.Shard(route.Slot(route.HashString(fmt.Append(nil, "user", id%97))), shards)
}

// thrower makes a Fatal a panic that verify turns into an error.
type thrower struct{}

func (thrower) Helper()           {}
func (thrower) Fatal(args ...any) { panic(errors.New(fmt.Sprint(args...))) }

// verify opens what a crash left and compares it with what h allows. Then it
// goes on writing, crashes again, and looks once more.
func (h history) verify(mem *vfs.Mem, cfg fanout.Config) (err error) {
	cfg.FS = mem
	c, err := fanout.Open(context.Background(), cfg)
	if err != nil {
		return fmt.Errorf("open: %w", err)
	}
	defer func() {
		if p := recover(); p != nil {
			err = p.(error)
		}
		err = errors.Join(err, c.Close())
	}()
	found := map[string][]uint64{}
	for _, def := range c.Catalog().Tables {
		if _, ok := h.live[def.Name]; !ok && def.Name != h.making {
			return fmt.Errorf("table %s should not be there", def.Name)
		}
		found[def.Name] = read(thrower{}, c, def)
		if err := h.check(def.Name, found[def.Name], c.Shards()); err != nil {
			return fmt.Errorf("table %s: %w", def.Name, err)
		}
	}
	for name := range h.live {
		if _, ok := found[name]; !ok && name != h.going {
			return fmt.Errorf("table %s is gone", name)
		}
	}
	return goOn(mem, c, cfg, found)
}

// goOn writes a row into each table and finds it after one more crash.
func goOn(mem *vfs.Mem, c *fanout.Cluster, cfg fanout.Config, found map[string][]uint64) error {
	const fresh = 1 << 40
	for _, def := range c.Catalog().Tables {
		if _, err := insert(c, def, "", widen(def, rows(fresh, fresh+3))); err != nil {
			return fmt.Errorf("insert after the crash: %w", err)
		}
	}
	cfg.FS = mem.CrashClone()
	again, err := fanout.Open(context.Background(), cfg)
	if err != nil {
		return fmt.Errorf("open after a second crash: %w", err)
	}
	for _, def := range again.Catalog().Tables {
		want := append(slices.Clone(found[def.Name]), span(fresh, fresh+3)...)
		same(thrower{}, read(thrower{}, again, def), want, "second crash: "+def.Name)
	}
	return again.Close()
}

// check compares the rows of one table.
func (h *history) check(name string, got []uint64, shards int) error {
	there := make(map[uint64]bool, len(got))
	for _, id := range got {
		if there[id] {
			return fmt.Errorf("row %d is there twice", id)
		}
		there[id] = true
	}
	for _, id := range h.live[name] {
		if !there[id] {
			return fmt.Errorf("acknowledged row %d is gone", id)
		}
		delete(there, id)
	}
	for _, u := range h.units {
		if u.table != name {
			continue
		}
		have, all := make([]int, shards), make([]int, shards)
		for _, id := range u.ids {
			shard := shardOf(id, shards)
			all[shard]++
			if there[id] {
				have[shard]++
				delete(there, id)
			}
		}
		for i := range have {
			if have[i] != 0 && have[i] != all[i] {
				return fmt.Errorf("shard %d has %d of %d rows of one change that was not acknowledged", i, have[i], all[i])
			}
		}
	}
	for id := range there {
		return fmt.Errorf("row %d should not be there", id)
	}
	return nil
}

// widen adds the columns that a definition has beyond those of rows.
func widen(def *table.Def, b *batch.Batch) *batch.Batch {
	for k := len(b.Cols); k < len(def.Schema.Columns); k++ {
		v := batch.NewBuilder(def.Schema.Columns[k].Type, 1)
		v.AppendDefault()
		b.Cols = append(b.Cols, batch.NewConst(v.Finish(), b.Rows))
	}
	return b
}

// crasher runs a workload on a disk that is copied, as a crash would leave it,
// before every operation that makes something durable.
type crasher struct {
	t    *testing.T
	cfg  fanout.Config
	mem  *vfs.Mem
	rng  *rand.Rand // of the workload
	work chan crashed
	done sync.WaitGroup
	c    *fanout.Cluster
	next uint64 // id of the next row

	mu     sync.Mutex // guards what follows, and makes a copy fit its history
	h      history
	torn   *rand.Rand
	points int
	number int // of the next unit
}

// crashed is a disk after a crash, with what it may hold.
type crashed struct {
	what string
	mem  *vfs.Mem
	h    history
}

func newCrasher(t *testing.T, seed uint64, shards int) *crasher {
	x := &crasher{
		t: t, mem: vfs.NewMem(), rng: rand.New(rand.NewPCG(seed, 1)), torn: rand.New(rand.NewPCG(seed, 2)),
		work: make(chan crashed, crashWorkers), h: history{live: map[string][]uint64{}, units: map[int]unit{}},
	}
	x.cfg = config(vfs.NewFault(x.mem, x.hook))
	x.cfg.Shards, x.cfg.EntryBytes = shards, 8<<10
	for range crashWorkers {
		x.done.Go(func() {
			for w := range x.work {
				if t.Failed() {
					continue
				}
				if err := w.h.verify(w.mem, x.cfg); err != nil {
					t.Errorf("seed %d, %d shards, %s: %v", seed, shards, w.what, err)
				}
			}
		})
	}
	return x
}

func (x *crasher) hook(op vfs.Op) error {
	if !op.Kind.Persists() || x.t.Failed() {
		return nil
	}
	x.mu.Lock()
	x.points++
	what := fmt.Sprintf("point %d, before %s %s", x.points, op.Kind, op.Name)
	list := []crashed{{what: what, mem: x.mem.CrashClone(), h: x.h.clone()}}
	if s := x.torn.Uint64(); s%2 == 0 {
		list = append(list, crashed{what: what + ", torn", mem: x.mem.CrashCloneTorn(s), h: x.h.clone()})
		x.points++
	}
	x.mu.Unlock()
	for _, w := range list {
		x.work <- w
	}
	return nil
}

// update changes what is allowed.
func (x *crasher) update(change func(h *history)) {
	x.mu.Lock()
	defer x.mu.Unlock()
	change(&x.h)
}

func (x *crasher) open() {
	c, err := fanout.Open(context.Background(), x.cfg)
	must(x.t, err)
	x.c = c
}

// begin notes that rows come or go, and gives the unit's number.
func (x *crasher) begin(table string, ids []uint64) int {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.number++
	x.h.units[x.number] = unit{table, ids}
	x.h.live[table] = slices.DeleteFunc(slices.Clone(x.h.live[table]), func(id uint64) bool { return slices.Contains(ids, id) })
	return x.number
}

// end notes that the rows of a unit must be there now, or that they must not.
func (x *crasher) end(number int, there bool) {
	x.update(func(h *history) {
		u := h.units[number]
		delete(h.units, number)
		if there {
			h.live[u.table] = append(slices.Clone(h.live[u.table]), u.ids...)
		}
	})
}

// put inserts rows.
func (x *crasher) put(def *table.Def, n uint64, token string) {
	x.mu.Lock()
	lo := x.next
	x.next += n
	x.mu.Unlock()
	u := x.begin(def.Name, span(lo, lo+n))
	b := widen(def, rows(lo, lo+n))
	done, err := insert(x.c, def, token, b)
	if err != nil || done.Duplicate {
		x.t.Errorf("insert: %v %v", done, err)
	}
	x.end(u, true)
	if token != "" {
		if done, err := insert(x.c, def, token, b); err != nil || !done.Duplicate {
			x.t.Errorf("repeated insert: %v %v", done, err)
		}
	}
}

func (x *crasher) find(name string) *table.Def { return x.c.Catalog().Find("default", name) }

// partition does something to a partition; ids are its rows, which are there
// afterwards or not.
func (x *crasher) partition(verb engine.PartitionVerb, def *table.Def, day int, ids []uint64) {
	u := x.begin(def.Name, ids)
	must(x.t, x.c.Partition(context.Background(), engine.PartitionOp{Verb: verb, Table: def.ID, Partition: strconv.Itoa(day)}))
	x.end(u, verb == engine.AttachPartition)
}

// ofDay gives the rows of a partition that must be there.
func (x *crasher) ofDay(name string, day int) []uint64 {
	x.mu.Lock()
	defer x.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(x.h.live[name]), func(id uint64) bool { return int(id%5) != day })
}

// step does one random thing.
func (x *crasher) step(i int) {
	ctx := context.Background()
	def := x.find("t")
	switch n := x.rng.IntN(21); {
	case n < 6:
		x.put(def, 1+x.rng.Uint64N(50), "")
	case n < 9:
		x.put(def, 1+x.rng.Uint64N(50), fmt.Sprint("token", i))
	case n < 11: // Clients side by side.
		var wg sync.WaitGroup
		for k := range 5 {
			size := 1 + x.rng.Uint64N(5)
			wg.Go(func() { x.put(def, size, fmt.Sprint("token", i, "_", k)) })
		}
		wg.Wait()
	case n < 13: // Larger than an entry.
		x.put(def, 1500+x.rng.Uint64N(1000), fmt.Sprint("token", i))
	case n < 15:
		must(x.t, x.c.Maintain(ctx, engine.Maintenance{Flush: true}))
	case n == 15:
		must(x.t, x.c.Maintain(ctx, engine.Maintenance{Merge: true, Table: def.ID}))
	case n == 16:
		day := x.rng.IntN(5)
		x.partition(engine.DropPartition, def, day, x.ofDay("t", day))
	case n == 17:
		day := x.rng.IntN(5)
		ids := x.ofDay("t", day)
		x.partition(engine.DetachPartition, def, day, ids)
		if i%2 == 0 {
			must(x.t, x.c.Maintain(ctx, engine.Maintenance{Flush: true}))
		}
		x.put(def, 10, "")
		x.partition(engine.AttachPartition, def, day, ids)
	case n == 18:
		must(x.t, x.c.Change(ctx, addColumn(def, fmt.Sprint("c", i))))
	case n == 19:
		x.otherTable(fmt.Sprint("other", i))
	default:
		must(x.t, x.c.Close())
		x.open()
	}
}

// otherTable makes a table, fills it and drops it.
func (x *crasher) otherTable(name string) {
	x.update(func(h *history) { h.making = name })
	def := create(x.t, x.c, name)
	x.update(func(h *history) { h.making, h.live[name] = "", nil })
	x.put(def, 10, "")
	must(x.t, x.c.Maintain(context.Background(), engine.Maintenance{Flush: true}))
	x.mu.Lock()
	ids := x.h.live[name]
	x.mu.Unlock()
	x.update(func(h *history) { h.going = name })
	u := x.begin(name, ids)
	must(x.t, x.c.Change(context.Background(), &table.Change{Kind: table.RemoveTable, Def: def}))
	x.end(u, false)
	x.update(func(h *history) {
		h.going = ""
		delete(h.live, name)
	})
}

func (x *crasher) run(steps int) {
	x.open()
	x.update(func(h *history) { h.making = "t" })
	create(x.t, x.c, "t")
	x.update(func(h *history) { h.making, h.live["t"] = "", nil })
	for i := range steps {
		if x.t.Failed() {
			break
		}
		x.step(i)
	}
	must(x.t, x.c.Close())
	close(x.work)
	x.done.Wait()
}

// At every crash each acknowledged row is there exactly once, and no insert is
// half there within a shard.
func TestCrashes(t *testing.T) {
	seeds, steps, least := uint64(2), 8, 150
	if os.Getenv("FRESHET_FAULT") == "long" {
		seeds, steps, least = 8, 25, 1000
	}
	points := 0
	for seed := range seeds {
		x := newCrasher(t, seed, 1+2*int(seed%2))
		x.run(steps)
		points += x.points
		if t.Failed() {
			break
		}
	}
	t.Logf("%d crashes", points)
	if points < least {
		t.Errorf("only %d crashes", points)
	}
}
