package fanout_test

import (
	"context"
	"runtime"
	"strconv"
	"testing"

	"github.com/freshetdb/freshet/cluster/fanout"
	"github.com/freshetdb/freshet/columnar/agg"
	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/expr"
	"github.com/freshetdb/freshet/columnar/segment"
	"github.com/freshetdb/freshet/columnar/table"
	"github.com/freshetdb/freshet/columnar/types"
	"github.com/freshetdb/freshet/columnar/vfs"
	"github.com/freshetdb/freshet/query/engine"
)

// rollupOf is a rollup of a table of events by day: rows, and users.
func rollupOf(name string, source *table.Def) *table.Def {
	d := &table.Def{Database: "default", Name: name, Kind: table.Rollup, Engine: "AggregatingMergeTree", NextColumn: 4}
	d.Schema.Version = 1
	for i, c := range []struct{ name, kind string }{
		{"day", "UInt8"}, {"c", "SimpleAggregateFunction(sum, UInt64)"}, {"u", "AggregateFunction(uniqExact, String)"},
	} {
		d.Schema.Columns = append(d.Schema.Columns, types.Column{ID: uint32(i + 1), Name: c.name, TypeName: c.kind, Type: types.MustParse(c.kind)})
	}
	column := func(d *table.Def, i int) []byte {
		c := d.Schema.Columns[i]
		return expr.Encode(&expr.Column{Pos: int(c.ID), Name: c.Name, T: c.Type})
	}
	d.OrderBy = []table.KeyExpr{{SQL: "day", Expr: column(d, 0)}}
	d.Derived = &table.Derived{
		From: table.DerivedInput{
			Table: source.ID, Keys: [][]byte{column(source, 0)}, Args: [][][]byte{{}, {column(source, 2)}},
		},
		Grouped: true, Keys: []uint32{1},
		States: []table.DerivedState{{Column: 2, Func: "count"}, {Column: 3, Func: "uniqExact"}},
	}
	return d
}

// rolledUp is the rows of a rollup over all shards, and whether it is complete.
func rolledUp(t fataler, c *fanout.Cluster, def *table.Def) (counts, users map[uint8]uint64, isComplete bool) {
	isComplete = true
	for _, s := range c.Rollups() { // Before the picture is taken.
		isComplete = isComplete && (s.Table != def.ID || (s.FilledRows == s.PastRows && s.PendingSegments == 0))
	}
	v, err := c.Views(context.Background())
	must(t, err)
	defer v.Release()
	shards, err := v.Parts(def.ID)
	must(t, err)
	counts, users = map[uint8]uint64{}, map[uint8]uint64{}
	f, err := agg.New("uniqExact", nil, []types.Type{types.Of(types.String)})
	must(t, err)
	all := f.New()
	all.Grow(256)
	for _, parts := range shards {
		for _, p := range parts {
			var cols [3]*batch.Vector
			for i := range cols {
				cols[i], err = p.ReadInto(&def.Schema.Columns[i], 0, p.Rows(), &segment.Scratch{})
				must(t, err)
				cols[i] = cols[i].Expand()
			}
			days := batch.Values[uint8](cols[0])
			groups := make([]uint32, len(days))
			for i, day := range days {
				counts[day] += batch.Values[uint64](cols[1])[i]
				groups[i] = uint32(day)
			}
			states, err := agg.PortableStates(cols[2])
			must(t, err, agg.MergeStates(all, f, groups, states, len(days)))
		}
	}
	n := batch.Values[uint64](all.Finish(0, 256))
	for day := range counts {
		users[day] = n[day]
	}
	return counts, users, isComplete
}

// A rollup that is made of a table with rows holds all of them after a while, and
// every row that is acknowledged at once, also after crashes and with rows that come
// in parts.
func TestRollupsFollow(t *testing.T) {
	for _, shards := range []int{1, 3} {
		t.Run(strconv.Itoa(shards), func(t *testing.T) {
			mem := vfs.NewMem()
			cfg := config(mem)
			cfg.Shards, cfg.EntryBytes = shards, 64<<10
			c := open(t, cfg)
			def := create(t, c, "t")
			_, err := insert(c, def, "", rows(0, 2000))
			must(t, err, c.Maintain(t.Context(), engine.Maintenance{Flush: true}))
			_, err = insert(c, def, "", rows(2000, 2500))
			must(t, err)
			must(t, c.Change(t.Context(), &table.Change{Kind: table.CreateTable, Def: rollupOf("r", def)}))
			r := c.Catalog().Find("default", "r")
			last := uint64(2500)
			check := func(c *fanout.Cluster, what string) {
				t.Helper()
				counts, users, isComplete := rolledUp(t, c, r)
				for !isComplete {
					runtime.Gosched()
					counts, users, isComplete = rolledUp(t, c, r)
				}
				for day := range uint8(5) {
					if counts[day] != last/5 || users[day] != 97 {
						t.Fatalf("%s: day %d has %d rows, %d users, expected %d rows", what, day, counts[day], users[day], last/5)
					}
				}
			}
			check(c, "filled")
			_, err = insert(c, def, "once", rows(2500, 30_000)) // In parts.
			must(t, err)
			_, err = insert(c, def, "once", rows(2500, 30_000))
			must(t, err)
			last = 30_000
			check(c, "inserted in parts")
			crashed := mem.CrashClone()
			again := open(t, config(crashed))
			check(again, "after a crash")
			must(t, again.Maintain(t.Context(), engine.Maintenance{Flush: true}), again.Maintain(t.Context(), engine.Maintenance{Merge: true}))
			check(again, "merged")
			must(t, again.Close(), c.Close())
			again = open(t, config(mem))
			check(again, "after a restart")
			must(t, again.Change(t.Context(), &table.Change{Kind: table.DropDatabase, Database: &table.Database{Name: "default"}}))
			must(t, again.Close())
			problems, err := fanout.Check(mem, dir)
			must(t, err)
			if len(problems) > 0 {
				t.Error(problems)
			}
		})
	}
}

// Filling writes segments that have the same keys; soon after it there are few, though
// nothing is inserted or flushed any more.
func TestFilledRollupsAreMerged(t *testing.T) {
	c := open(t, config(vfs.NewMem()))
	def := create(t, c, "t")
	for i := range uint64(12) {
		_, err := insert(c, def, "", rows(i*500, i*500+500))
		must(t, err, c.Maintain(t.Context(), engine.Maintenance{Flush: true}))
	}
	must(t, c.Change(t.Context(), &table.Change{Kind: table.CreateTable, Def: rollupOf("r", def)}))
	r := c.Catalog().Find("default", "r")
	counts, _, isComplete := rolledUp(t, c, r)
	for ; !isComplete; counts, _, isComplete = rolledUp(t, c, r) {
		runtime.Gosched()
	}
	segments := func() (n int) {
		v, err := c.Views(t.Context())
		must(t, err)
		defer v.Release()
		for _, g := range v.Segments() {
			if g.Table == r.ID {
				n++
			}
		}
		return n
	}
	filled := segments()
	for segments() > 1 {
		runtime.Gosched()
	}
	t.Logf("%d segments when the rollup was filled", filled)
	if merged, _, _ := rolledUp(t, c, r); merged[1] != counts[1] || merged[1] != 1200 {
		t.Errorf("a day has %d rows, and %d before merging, not 1200", merged[1], counts[1])
	}
	must(t, c.Close())
}
