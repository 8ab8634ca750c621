package store_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"testing"

	"pgregory.net/rapid"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/entry"
	"github.com/freshetdb/freshet/columnar/merge"
	"github.com/freshetdb/freshet/columnar/store"
	"github.com/freshetdb/freshet/columnar/table"
	"github.com/freshetdb/freshet/columnar/types"
	"github.com/freshetdb/freshet/columnar/vfs"
)

// machine drives a shard and its model by random steps.
type machine struct {
	*shard
	model  *model
	defs   map[uint64]*table.Def // as the proposer knows them
	old    []*table.Def          // former versions
	next   uint64                // table id
	states []*table.Def          // tables of states; nil: none
	view   *table.Def            // the first view with TO; nil: none
	flying *store.Flush
	merge  *store.Merge
	fold   *store.Work
	filler *store.Work
	// failDisk makes all writes fail while it is set.
	failDisk bool
}

func newMachine(t *rapid.T, fs vfs.FS) *machine {
	m := &machine{model: newModel(), defs: map[uint64]*table.Def{}, next: 1}
	m.shard = &shard{tester: t, fs: fs, opts: store.Options{Merge: smallMerges(), Defaults: testDefaults}}
	m.reopen()
	return m
}

// smallMerges makes merges and splits happen with the few rows of a test.
func smallMerges() merge.Limits {
	return merge.Limits{Growth: 2, QuietGrowth: 2, SegmentsMax: 2, InputsMax: 4, MixedMax: 2, BytesMax: 1 << 30, BytesFloor: 1}
}

// testDefaults reads defaults that are numbers.
func testDefaults(_ *table.Def, c *types.Column) *batch.Vector {
	if c.Kind != types.DefaultExpr {
		return nil
	}
	n, err := strconv.Atoi(c.Default)
	if err != nil {
		panic(err)
	}
	return batch.NewFixed(c.Type, []int32{int32(n)}, nil)
}

func (m *machine) send(t *rapid.T, p *proposal) {
	want := m.model.apply(p)
	r := m.propose(p.Entry)
	if (r.Err == nil) != want {
		t.Fatalf("entry %+v: error %v, expected one: %t", p.Entry, r.Err, !want)
	}
}

// pick chooses a table; the steps of a machine without tables are skipped.
func (m *machine) pick(t *rapid.T) *table.Def {
	if len(m.defs) == 0 {
		t.Skip("no table")
	}
	return m.defs[rapid.SampledFrom(slices.Sorted(maps.Keys(m.defs))).Draw(t, "table")]
}

// tablesMax keeps the steps of a machine together on few tables.
const tablesMax = 2

func (m *machine) create(t *rapid.T) {
	if len(m.defs) >= tablesMax {
		t.Skip("enough tables")
	}
	d := define(m, m.next, "day Date", "user String", "n Int32", "note Nullable(String)", "tags Array(UInt8)")
	m.next++
	d.Schema.Columns[1].Identity = true
	d.NextColumn = 6
	d.OrderBy = []table.KeyExpr{keyOf(m, d, "user"), keyOf(m, d, "n")}
	d.PartitionBy = []table.KeyExpr{keyOf(m, d, "day")}
	d.TTLColumn, d.TTLSeconds = 1, 86_400_000
	d.Settings = []table.Setting{{Name: "non_replicated_deduplication_window", Value: "3"}}
	m.define(t, d)
}

func (m *machine) define(t *rapid.T, d *table.Def) {
	if before := m.defs[d.ID]; before != nil {
		m.old = append(m.old, before)
	}
	m.defs[d.ID] = d
	m.send(t, &proposal{Entry: defineEntry(m, d), def: d})
}

// alter adds, drops or widens a column.
func (m *machine) alter(t *rapid.T) {
	d := m.pick(t).Clone()
	d.Schema.Version++
	switch what := rapid.IntRange(0, 3).Draw(t, "alter"); {
	case what == 0 && len(d.Schema.Columns) > 5:
		k := rapid.IntRange(5, len(d.Schema.Columns)-1).Draw(t, "column")
		d.Schema.Columns = slices.Delete(d.Schema.Columns, k, k+1)
	case what == 1 && d.Schema.Columns[2].Type.Kind == types.Int32 && !m.model.isNeeded(d.ID):
		d.Schema.Columns[2].TypeName, d.Schema.Columns[2].Type = "Int64", types.Of(types.Int64)
	case what == 2:
		c := types.Column{ID: d.NextColumn, Name: fmt.Sprintf("c%d", d.NextColumn), TypeName: "Int32", Type: types.Of(types.Int32)}
		c.Kind, c.Default = types.DefaultExpr, "7"
		d.NextColumn++
		d.Schema.Columns = append(d.Schema.Columns, c)
	default:
		c := types.Column{ID: d.NextColumn, Name: fmt.Sprintf("c%d", d.NextColumn), TypeName: "String", Type: types.Of(types.String)}
		d.NextColumn++
		d.Schema.Columns = append(d.Schema.Columns, c)
	}
	m.define(t, d)
}

func (m *machine) values(t *rapid.T, d *table.Def) ([]string, modelRow) {
	row, out := modelRow{}, make([]string, len(d.Schema.Columns))
	for i, c := range d.Schema.Columns {
		switch {
		case c.Name == "day":
			out[i] = day(anyDay(t))
		case c.Type.Kind == types.Array:
			out[i] = rapid.SampledFrom([]string{"[]", "[1]", "[1,2,3]"}).Draw(t, "array")
		case c.Type.IsNumeric():
			out[i] = strconv.Itoa(rapid.IntRange(-3, 300).Draw(t, "number"))
		case c.Type.Nullable:
			out[i] = rapid.SampledFrom([]string{nullText, "", "a", "free text", "b"}).Draw(t, "note")
		default:
			out[i] = rapid.SampledFrom([]string{"", "al", "bob", "cy", "00000000000000000000000000000abc"}).Draw(t, "text")
		}
		row[c.ID] = out[i]
	}
	return out, row
}

func day(n int) string { return fmt.Sprintf("2024-05-%02d", n) }

// rowsOf makes a proposal of random rows under the schema of a definition.
func (m *machine) rowsOf(t *rapid.T, d *table.Def, n int) *proposal {
	p := &proposal{def: d}
	var texts [][]string
	for range n {
		text, row := m.values(t, d)
		texts, p.rows = append(texts, text), append(p.rows, row)
	}
	p.Entry = insert(m, d, texts...)
	return p
}

// former is the definition of a table or one that it had before.
func (m *machine) former(t *rapid.T) *table.Def {
	d := m.pick(t)
	if rapid.IntRange(0, 3).Draw(t, "former") > 0 {
		return d
	}
	list := slices.DeleteFunc(slices.Clone(m.old), func(o *table.Def) bool { return o.ID != d.ID })
	if len(list) == 0 {
		return d
	}
	return rapid.SampledFrom(list).Draw(t, "version")
}

// forget drops from rows of an older schema the columns that are gone: the
// store does not keep them.
func (m *machine) forget(p *proposal) *proposal {
	now := m.defs[p.Table]
	for _, r := range p.rows {
		maps.DeleteFunc(r, func(id uint32, _ string) bool { return now.Schema.ByID(id) == nil })
	}
	return p
}

func token(t *rapid.T) string {
	return rapid.SampledFrom([]string{"", "", "t1", "t2", "t3", "t4", "t5"}).Draw(t, "token")
}

func (m *machine) insertRows(t *rapid.T) {
	d := m.former(t)
	sizes := rapid.SliceOfN(rapid.IntRange(0, 4), 1, 3).Draw(t, "inserts")
	total := 0
	for _, n := range sizes {
		total += n
	}
	p := m.forget(m.rowsOf(t, d, total))
	for _, n := range sizes {
		p.Inserts = append(p.Inserts, entry.ClientInsert{Token: token(t), Rows: n})
	}
	if rapid.IntRange(0, 2).Draw(t, "with position") == 0 {
		p.Positions = m.position(t)
	}
	m.send(t, p)
}

// position follows what is there, repeats it, overlaps it or leaves a hole.
func (m *machine) position(t *rapid.T) []entry.Position {
	key := rapid.SampledFrom([]string{"p0", "p1\xff"}).Draw(t, "part of the source")
	from := int(m.model.positions[key]) + rapid.SampledFrom([]int{0, 0, 0, 0, -1, 1}).Draw(t, "offset")
	next := max(from, 0) + rapid.IntRange(0, 3).Draw(t, "length")
	return []entry.Position{{Source: "src", Key: key, From: uint64(max(from, 0)), Next: uint64(next)}}
}

func (m *machine) stage(t *rapid.T) {
	p := m.forget(m.rowsOf(t, m.pick(t), rapid.IntRange(0, 4).Draw(t, "rows")))
	p.Kind, p.Txn, p.Part = entry.Stage, rapid.Uint64Range(1, 3).Draw(t, "txn"), rapid.Uint32Range(0, 2).Draw(t, "part")
	m.send(t, p)
}

func (m *machine) commit(t *rapid.T) {
	e := &entry.Entry{Kind: entry.Commit, Table: m.pick(t).ID, Txn: rapid.Uint64Range(1, 3).Draw(t, "txn")}
	e.Parts = rapid.Uint32Range(1, 3).Draw(t, "parts")
	if x := m.model.txns[e.Txn]; x != nil && rapid.IntRange(0, 3).Draw(t, "right") > 0 {
		e.Table, e.Parts = x.table, uint32(len(x.parts))
	}
	e.Inserts = []entry.ClientInsert{{Token: token(t)}}
	m.send(t, &proposal{Entry: e})
}

// simple is a step that is one entry about a table.
func (m *machine) simple(kind entry.Kind, body func(*rapid.T) []byte) func(*rapid.T) {
	return func(t *rapid.T) {
		d := m.pick(t)
		e := &entry.Entry{Kind: kind, Table: d.ID, Txn: rapid.Uint64Range(1, 3).Draw(t, "txn")}
		if body != nil {
			e.Body = body(t)
		}
		if kind == entry.DropTable && !m.model.isNeeded(d.ID) {
			delete(m.defs, d.ID)
		}
		m.send(t, &proposal{Entry: e})
	}
}

func dayBody(t *rapid.T) []byte { return []byte(day(anyDay(t))) }

// anyDay prefers some days, so that steps meet.
func anyDay(t *rapid.T) int { return rapid.SampledFrom([]int{1, 1, 1, 2, 2, 3, 4, 5}).Draw(t, "day") }

// freeze begins a flush; entries may come until it is persisted.
func (m *machine) freeze(t *rapid.T) {
	if m.flying != nil {
		m.persist(t)
	}
	var err error
	if m.flying, err = m.Snapshot(uint64(len(m.log))); err != nil {
		t.Fatal(err)
	}
}

func (m *machine) persist(t *rapid.T) {
	if m.flying == nil {
		t.Skip("no flush")
	}
	err := m.flying.Persist(m.Context(), store.RaftMeta{Term: 1})
	m.flying.Release()
	m.flying = nil
	if err != nil && !m.failDisk {
		t.Fatal(err)
	}
}

func (m *machine) beginMerge(t *rapid.T) {
	if m.merge != nil {
		m.endMerge(t)
	}
	var err error
	if m.merge, err = m.BeginMerge(m.Context()); err != nil && !m.failDisk {
		t.Fatal(err)
	}
	if m.merge == nil {
		t.Skip("nothing to merge")
	}
}

func (m *machine) endMerge(t *rapid.T) {
	if m.merge == nil || m.flying != nil {
		t.Skip("no merge, or it would wait for a flush")
	}
	if err := m.merge.Commit(); err != nil && !m.failDisk {
		t.Fatal(err)
	}
	m.merge = nil
}

// settle ends what is under way.
func (m *machine) settle(t *rapid.T) {
	if m.flying != nil {
		m.persist(t)
	}
	if m.merge != nil {
		m.endMerge(t)
	}
	for _, w := range []**store.Work{&m.fold, &m.filler} {
		if *w != nil {
			m.end(t, w)
		}
	}
}

// end puts in place what a fold or a step of filling made.
func (m *machine) end(t *rapid.T, w **store.Work) {
	if *w == nil || (m.flying != nil && w == &m.filler) {
		t.Skip("nothing was begun, or it would wait for a flush")
	}
	if err := (*w).Commit(); err != nil && !m.failDisk {
		t.Fatal(err)
	}
	*w = nil
}

// begin folds or fills without putting in place what comes out.
func (m *machine) begin(t *rapid.T, w **store.Work, what func(context.Context) (*store.Work, error)) {
	if *w != nil {
		m.end(t, w)
	}
	var err error
	if *w, err = what(m.Context()); err != nil && !m.failDisk {
		t.Fatal(err)
	}
}

// flushNow flushes without anything in between.
func (m *machine) flushNow(t *rapid.T) {
	m.freeze(t)
	m.persist(t)
}

// mergeNow merges without anything in between.
func (m *machine) mergeNow(t *rapid.T) {
	m.settle(t)
	m.beginMerge(t)
	m.endMerge(t)
}

func (m *machine) optimize(t *rapid.T) {
	m.settle(t)
	if err := m.OptimizeTable(m.Context(), m.pick(t).ID, ""); err != nil && !m.failDisk {
		t.Fatal(err)
	}
}

func (m *machine) restartClean(t *rapid.T) {
	m.settle(t)
	m.restart()
}

func (m *machine) steps() map[string]func(*rapid.T) {
	column := func(t *rapid.T) []byte { return store.ColumnPlainBody(4) }
	return map[string]func(*rapid.T){
		"":         m.check,
		"create":   m.create,
		"alter":    m.alter,
		"insert":   m.insertRows,
		"insert 2": m.insertRows,
		"insert 3": m.insertRows,
		"stage":    m.stage,
		"commit":   m.commit,
		"abort":    m.simple(entry.Abort, nil),
		"advance": func(t *rapid.T) {
			m.send(t, &proposal{Entry: &entry.Entry{Kind: entry.Advance, Positions: m.position(t)}})
		},
		"drop":      m.simple(entry.DropTable, nil),
		"truncate":  m.simple(entry.Truncate, nil),
		"partition": m.simple(entry.DropPartition, dayBody),
		"before":    m.simple(entry.DropBefore, func(t *rapid.T) []byte { return []byte(dayKey(string(dayBody(t)))) }),
		"detach":    m.simple(entry.DetachPartition, dayBody),
		"detach 2":  m.simple(entry.DetachPartition, dayBody),
		"attach":    m.simple(entry.AttachPartition, dayBody),
		"attach 2":  m.simple(entry.AttachPartition, dayBody),
		"plain":     m.simple(entry.ColumnPlain, column),
		"rollup":    m.rollup,
		"rollup 2":  m.rollup,
		"rollup 3":  m.rollup,
		"own":       m.ownPartition,
		"views":     m.addViews,
		"states":    m.statesPartition,
		"states 2":  m.insertStates,
		"modify":    m.modifyView,
		"fold":      m.foldSome,
		"fold 2":    func(t *rapid.T) { m.begin(t, &m.fold, m.BeginFold) },
		"folded":    func(t *rapid.T) { m.end(t, &m.fold) },
		"fill":      m.fillStep,
		"fill 2":    func(t *rapid.T) { m.begin(t, &m.filler, m.BeginFill) },
		"filled":    func(t *rapid.T) { m.end(t, &m.filler) },
		"freeze":    m.freeze,
		"persist":   m.persist,
		"persist 2": m.persist,
		"flush":     m.flushNow,
		"flush 2":   m.flushNow,
		"flush 3":   m.flushNow,
		"merge now": m.mergeNow,
		"merge":     m.beginMerge,
		"merge 2":   m.beginMerge,
		"merged":    m.endMerge,
		"optimize":  m.optimize,
		"restart":   m.restartClean,
	}
}

// rollupsMax keeps the rollups of a machine few.
const rollupsMax = 3

// rollup makes a rollup of a table, or drops one.
func (m *machine) rollup(t *rapid.T) {
	if ids := m.model.sortedRollups(); len(ids) == rollupsMax {
		id := rapid.SampledFrom(ids).Draw(t, "rollup")
		m.send(t, &proposal{Entry: &entry.Entry{Kind: entry.DropTable, Table: id}})
		return
	}
	source := m.pick(t)
	d := defineTestRollup(m, m.next, source)
	for _, id := range m.model.sortedRollups() {
		r := m.model.rollups[id]
		isFree := rollupInfoOf(m.shard, id).PendingSegments == 0 || !r.isCut
		if r.def.Derived.From.Table == source.ID && r.def.Derived.Past == nil && isFree && rapid.Bool().Draw(t, "over") {
			d = defineOver(m, m.next, source, r.def)
		}
	}
	m.next++
	m.send(t, &proposal{Entry: defineEntry(m, d), def: d})
}

// ownPartition does something to a partition of a rollup.
func (m *machine) ownPartition(t *rapid.T) {
	ids := m.model.sortedRollups()
	if len(ids) == 0 {
		t.Skip("no rollup")
	}
	e := &entry.Entry{Table: rapid.SampledFrom(ids).Draw(t, "rollup")}
	e.Kind = rapid.SampledFrom([]entry.Kind{entry.DropPartition, entry.DropBefore, entry.DetachPartition, entry.Truncate}).Draw(t, "kind")
	e.Body = dayBody(t)
	if e.Kind == entry.DropBefore {
		e.Body = []byte(dayKey(string(e.Body)))
	}
	m.send(t, &proposal{Entry: e})
}

func (m *machine) foldSome(t *rapid.T) {
	if _, err := m.FoldAny(m.Context()); err != nil {
		t.Fatal(err)
	}
}

func (m *machine) fillStep(t *rapid.T) {
	if m.flying != nil {
		t.Skip("it would wait for a flush")
	}
	if _, err := m.FillOnce(m.Context()); err != nil && !m.failDisk {
		t.Fatal(err)
	}
}

func (m *machine) check(t *rapid.T) {
	if diff := m.model.diff(m.shard); diff != "" {
		t.Fatal(diff)
	}
}

// TestShardIsItsLog drives a shard by random entries, flushes, merges and
// restarts, also interleaved, against a model that is nothing but rows.
func TestShardIsItsLog(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := newMachine(t, vfs.NewMem())
		m.create(t)
		t.Repeat(m.steps())
		m.restartClean(t)
		m.check(t)
		m.flush()
		m.fill()
		for id := range m.model.rollups {
			if n := rollupInfoOf(m.shard, id); n.PendingSegments > 0 || n.FilledRows != n.PastRows {
				t.Fatalf("rollup %d is not filled: %+v", id, n)
			}
		}
		m.check(t)
		if err := m.Close(); err != nil {
			t.Fatal(err)
		}
	})
}
