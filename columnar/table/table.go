package table

import (
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/entry"
	"github.com/freshetdb/freshet/columnar/memtable"
	"github.com/freshetdb/freshet/columnar/rollup"
	"github.com/freshetdb/freshet/columnar/segment"
)

// ErrUnknownSchema says that an entry was made for a schema that the shard does
// not know, or whose columns it can't convert. The proposer makes it again.
var ErrUnknownSchema = errors.New("entry of an unknown schema")

// Table is one table on one shard as it stands after the entries applied so far.
// It takes no lock: the store that holds it lets one goroutine at a time in.
type Table struct {
	Def      *Def
	Keys     *Keys
	Runs     []*Run     // closed, in the order of the log
	Segments []*Segment // live
	Detached []*Detached
	Tokens   *Tokens
	Horizon  int64 // first instant that is fully kept, in Unix seconds; 0: all (R16)
	// DurableVersion is the schema's version in the manifest.
	DurableVersion uint32
	// Merging is how rows with equal keys become one; nil when they stay apart.
	Merging *rollup.Plan
	// Rolled is set for a Rollup.
	Rolled *Rolled

	env     *Env
	dicts   []*Dictionary // by column id
	active  *memtable.Memtable
	fed     int64    // rows of active that are inputs of rollups
	rollups []*Table // that are made of this table's rows
	view    *View    // nil when something changed since
	changes Changes
	of      *View // of a rollup: the source's View that view was made with
}

// Detached is a partition that was set aside.
type Detached struct {
	Partition string
	Runs      []*Run
	Segments  []*Segment
}

// New makes an empty table.
func New(d *Def, env *Env) (*Table, error) {
	t := &Table{env: env, Tokens: NewTokens(d, nil)}
	return t, t.SetDef(d)
}

// SetDef puts a definition in force. Rows that come later are of its schema.
func (t *Table) SetDef(d *Def) error {
	keys, err := NewKeys(d)
	if err != nil {
		return err
	}
	t.view = nil
	t.changes.SetSchema(&d.Schema)
	t.Def, t.Keys = d, keys
	t.Tokens.SetDef(d)
	old := t.dicts
	t.dicts = nil
	for i := range d.Schema.Columns {
		c := &d.Schema.Columns[i]
		if !d.HasDictionaries() || !HasDictionary(c) {
			continue
		}
		k := slices.IndexFunc(old, func(o *Dictionary) bool { return o.Column == c.ID })
		if k < 0 {
			t.dicts = append(t.dicts, NewDictionary(c.ID))
			continue
		}
		t.dicts = append(t.dicts, old[k])
	}
	slices.SortFunc(t.dicts, func(a, b *Dictionary) int { return int(int64(a.Column) - int64(b.Column)) })
	if t.active == nil {
		t.active = memtable.New(&d.Schema)
	} else {
		t.active.SetSchema(&d.Schema)
	}
	if t.Merging, err = MergePlan(d, keys); err != nil || d.Kind != Rollup {
		return err
	}
	return t.setRolled()
}

// NumberDefaults gives symbols to the values that older rows have in columns that
// were added. Merges write them, and what has no symbol then would stand as text
// when it gets one.
func (t *Table) NumberDefaults() {
	for i := range t.Def.Schema.Columns {
		c := &t.Def.Schema.Columns[i]
		if d := t.Dictionary(c.ID); d != nil {
			d.Encode(t.env.fill(t.Def, c, 1).Expand())
		}
	}
}

// Touch says that something was changed, so that the next View is a new one, with
// other rows than the one before.
func (t *Table) Touch() {
	t.view = nil
	t.changes.Rewrite()
}

// Moved is Touch when the rows are the same, and only lie elsewhere.
func (t *Table) Moved() { t.view = nil }

// Dictionaries are the dictionaries of the columns, by column id.
func (t *Table) Dictionaries() []*Dictionary { return t.dicts }

// Dictionary is the dictionary of a column; nil when it has none.
func (t *Table) Dictionary(column uint32) *Dictionary {
	k := slices.IndexFunc(t.dicts, func(d *Dictionary) bool { return d.Column == column })
	if k < 0 {
		return nil
	}
	return t.dicts[k]
}

// Convert gives the rows of an entry with the stored columns of the table's
// schema, by column id; text is not numbered yet. Columns that the entry does not
// have get their default. It changes nothing.
func (t *Table) Convert(e *entry.Entry) (*batch.Batch, error) {
	if e.SchemaVersion > t.Def.Schema.Version {
		return nil, fmt.Errorf("%w: version %d of %s, known is %d", ErrUnknownSchema, e.SchemaVersion, t.Def.FullName(), t.Def.Schema.Version)
	}
	stored := segment.Stored(&t.Def.Schema)
	b := &batch.Batch{Rows: e.Rows, Signs: e.Signs}
	for i := range stored {
		c := &stored[i]
		b.Names = append(b.Names, c.Name)
		k := slices.IndexFunc(e.Columns, func(in entry.Column) bool { return in.ID == c.ID })
		if k < 0 {
			b.Cols = append(b.Cols, t.env.fill(t.Def, c, e.Rows))
			continue
		}
		in := e.Columns[k].Vector
		if !in.Type.Equal(c.Type) && !segment.CanWiden(in.Type, c.Type) {
			return nil, fmt.Errorf("%w: column %s has type %s, the entry's is %s", ErrUnknownSchema, c.Name, c.Type, in.Type)
		}
		v, err := convert(in, c.Type)
		if err != nil {
			return nil, err
		}
		b.Cols = append(b.Cols, v)
	}
	return b, t.Keys.Check(b)
}

// parallelRows is from how many rows on it pays to number columns side by side.
const parallelRows = 1024

// Number gives the rows of Convert with their text as symbols; new values get
// the next numbers. Columns are numbered side by side: what numbers a column
// gives does not depend on the others.
func (t *Table) Number(b *batch.Batch) *batch.Batch {
	out := *b
	out.Cols = slices.Clone(b.Cols)
	stored := segment.Stored(&t.Def.Schema)
	var wg sync.WaitGroup
	for i := range stored {
		d := t.Dictionary(stored[i].ID)
		switch {
		case d == nil:
		case b.Rows < parallelRows || b.Cols[i].Const:
			out.Cols[i] = d.Encode(b.Cols[i])
		default:
			wg.Go(func() { out.Cols[i] = d.Encode(b.Cols[i]) })
		}
	}
	wg.Wait()
	return &out
}

// Append adds rows of Number to the memtable.
func (t *Table) Append(b *batch.Batch, index uint64) {
	if b.Rows == 0 || t.Def.Kind == Null {
		return
	}
	t.view = nil
	t.changes.Append(b)
	t.active.Append(b, index)
}

// Seal closes the memtable's rows into a run; later rows begin another.
func (t *Table) Seal() {
	if t.active.Rows() == 0 {
		return
	}
	t.Moved()
	t.capture(t.active.Rows())
	t.Runs = append(t.Runs, &Run{Rows: t.active.Publish(), Bytes: t.active.SizeBytes()})
	t.active, t.fed = memtable.New(&t.Def.Schema), 0
}

// MemoryBytes is the size of the rows in memory.
func (t *Table) MemoryBytes() int64 {
	n := int64(0)
	if t.active.Rows() > 0 {
		n = t.active.SizeBytes()
	}
	for _, r := range t.Runs {
		n += r.Bytes
	}
	for _, d := range t.Detached {
		for _, r := range d.Runs {
			n += r.Bytes
		}
	}
	if t.Rolled != nil {
		n += t.Rolled.Bytes()
	}
	return n
}

// DictionaryBytes is the memory of all dictionaries.
func (t *Table) DictionaryBytes() int64 {
	n := int64(0)
	for _, d := range t.dicts {
		n += d.Dict.SizeBytes()
	}
	return n
}

// View is the table now; the same pointer while nothing changes.
func (t *Table) View() *View {
	if t.Rolled != nil {
		return t.rolledView()
	}
	if t.view != nil {
		return t.view
	}
	v := &View{
		Def: t.Def, Horizon: t.Horizon, Merging: t.Merging, Version: t.changes.Version(), env: t.env, dicts: t.symbols(),
	}
	for _, r := range t.Runs {
		v.runs = append(v.runs, runView{rows: r.Rows, dead: r.Dead})
	}
	if t.active.Rows() > 0 {
		v.runs = append(v.runs, runView{rows: t.active.Publish()})
	}
	for _, s := range t.Segments {
		v.segments = append(v.segments, segmentView{file: s.File, dead: s.Dead})
	}
	t.view = v
	return v
}

// symbols are the dictionaries now.
func (t *Table) symbols() map[uint32]*Symbols {
	out := make(map[uint32]*Symbols, len(t.dicts))
	for _, d := range t.dicts {
		out[d.Column] = d.View()
	}
	return out
}

// SetDictionary puts a dictionary that was read from disk in the place of a
// column's empty one; false when the column has none.
func (t *Table) SetDictionary(d *Dictionary) bool {
	k := slices.IndexFunc(t.dicts, func(o *Dictionary) bool { return o.Column == d.Column })
	if k < 0 {
		return false
	}
	t.Touch()
	t.dicts[k] = d
	return true
}

// MemoryRuns are the rows in memory, those of the memtable as a run of its own.
func (t *Table) MemoryRuns() []*Run {
	if t.active.Rows() == 0 {
		return t.Runs
	}
	return append(slices.Clip(t.Runs), &Run{Rows: t.active.Publish(), Bytes: t.active.SizeBytes()})
}
