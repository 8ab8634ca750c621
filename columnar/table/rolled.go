package table

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/memtable"
	"github.com/freshetdb/freshet/columnar/rollup"
	"github.com/freshetdb/freshet/columnar/segment"
	"github.com/freshetdb/freshet/index/rowset"
)

// Rolled is what a table of kind Rollup has beside its segments: runs of folded
// rows in memory, and the rows that are not folded yet. Its rows are always the fold
// of all rows that its source ever got since the rollup was made, and of the past as
// far as that is in.
type Rolled struct {
	Source *Table
	Past   *Table // what Derived.Past reads; nil
	// Inputs are rows to fold, in the order of the log. The source's memtable may
	// hold more: see Table.capture.
	Inputs []*Input
	Runs   []*Folded
	// Epoch grows with every flush: what it takes has the epoch of then or less, and
	// runs of different epochs are not put together, so that a flush can tell what
	// is its own.
	Epoch uint64
	// Generation grows when all rows go.
	Generation uint64
	// Pending is what the rollup must yet be filled with: segments as they stood when
	// the rollup was made.
	Pending          []*Pending
	Filled, PastRows int64
	// IsFresh tells that the rollup was filled to the end and not merged since: many
	// of its segments have equal keys.
	IsFresh bool
	// Gaps are partitions in which the rollup holds other rows than its source.
	Gaps []Gap
	// Failure says why rows could not be folded; "" when all could.
	Failure string
	// Cuts are the partitions of its own that were dropped since the last flush, or
	// while it was not filled.
	Cuts []Cut

	from, past, merging *rollup.Plan
	local               []rollup.StateSource // columns of states
	canThrow            bool                 // from may refuse rows
	tail                *tail
}

// Pending is a segment of the past that is not in, from a row on.
type Pending struct {
	File  *segment.Segment
	Dead  rowset.Set // as of the rollup's creation
	From  int
	Table uint64 // that the segment is of: the source or the past
}

// Rows is how many rows are left.
func (p *Pending) Rows() int64 { return int64(p.File.Rows() - p.From) }

// setRolled compiles the plans of a rollup.
func (t *Table) setRolled() error {
	if t.Rolled == nil {
		t.Rolled = &Rolled{}
	}
	r, v := t.Rolled, t.Def.Derived
	var err error
	if r.from, err = FoldPlan(t.Def, t.Keys, &v.From, false); err != nil {
		return err
	}
	if v.Past == nil {
		r.Past = nil // It is in, and may be dropped.
	} else if r.past, err = FoldPlan(t.Def, t.Keys, v.Past, true); err != nil {
		return err
	}
	r.merging, r.canThrow, r.local = t.Merging, r.from.CanThrow(), r.from.StateSources()
	return nil
}

// Connect tells a rollup its source, and, unless it is nil, the rollup that its past
// is read from. From here on it folds what the source gets.
func (t *Table) Connect(source, past *Table) {
	source.capture(source.active.Rows())
	t.Rolled.Source, t.Rolled.Past = source, past
	source.rollups = append(source.rollups, t)
	t.Touch()
}

// Disconnect is Connect taken back.
func (t *Table) Disconnect() {
	if s := t.Rolled.Source; s != nil {
		s.rollups = slices.DeleteFunc(s.rollups, func(o *Table) bool { return o == t })
	}
}

// Rollups are the rollups of a table, in the order in which they were made.
func (t *Table) Rollups() []*Table { return t.rollups }

// Begin makes the source's rows as they stand the past of a rollup: those in memory
// are folded like new ones, segments are pending.
func (t *Table) Begin() {
	r := t.Rolled
	src := r.Source
	src.Seal()
	r.Inputs = nil // Seal may have given it rows of its own.
	if r.Past != nil {
		t.Horizon = r.Past.Horizon
		r.beginPast()
		t.Touch()
		return
	}
	t.Horizon = src.Horizon
	r.noteAside()
	for _, run := range src.Runs {
		r.add(chunkInputs(run.Rows, 0, run.Rows.Rows, run.Dead))
	}
	for _, g := range src.Segments {
		r.pend(&Pending{File: g.File, Dead: g.Dead, Table: src.Def.ID})
	}
	t.Touch()
}

// beginPast takes everything that another rollup is made of.
func (r *Rolled) beginPast() {
	p := r.Past.Rolled
	view := r.Past.View()
	for _, run := range p.Runs {
		r.add([]*Input{{Rows: run.Rows, First: run.First, Last: run.Last, run: run, runOf: view, hi: int(run.Rows)}})
	}
	for _, in := range p.Inputs {
		c := *in
		r.add([]*Input{&c})
	}
	for _, g := range r.Past.Segments {
		r.pend(&Pending{File: g.File, Dead: g.Dead, Table: r.Past.Def.ID})
	}
	for _, x := range p.Pending {
		c := *x
		r.pend(&c)
	}
	r.Gaps = append(r.Gaps, p.Gaps...)
	r.Failure = p.Failure
}

func (r *Rolled) pend(p *Pending) {
	r.Pending = append(r.Pending, p)
	r.PastRows += p.Rows()
}

// add appends inputs, which get the epoch of now.
func (r *Rolled) add(list []*Input) {
	for _, in := range list {
		in.Epoch = r.Epoch
		r.Inputs = append(slices.Clip(r.Inputs), in)
	}
}

// feed gives rows to all rollups of a table.
func (t *Table) feed(inputs func() []*Input) {
	for _, o := range t.rollups {
		o.Rolled.add(inputs())
		o.Moved()
	}
}

// capture makes the rows of the memtable before a row inputs of the rollups.
func (t *Table) capture(upTo int64) {
	if len(t.rollups) > 0 && t.fed < upTo {
		rows := t.active.Publish()
		t.feed(func() []*Input { return chunkInputs(rows, t.fed, upTo, rowset.Set{}) })
	}
	t.fed = max(t.fed, upTo)
}

// CaptureGranules makes whole granules of new rows inputs of the rollups.
func (t *Table) CaptureGranules() {
	if n := (t.active.Rows() - t.fed) / segment.GranuleRows * segment.GranuleRows; n > 0 {
		t.capture(t.fed + n)
	}
}

// CaptureAll makes all new rows inputs of the rollups.
func (t *Table) CaptureAll() { t.capture(t.active.Rows()) }

// AddStaged makes what was staged rows of the table.
func (t *Table) AddStaged(runs []*Run, segments []*Segment) {
	t.Moved()
	t.capture(t.active.Rows())
	t.noteStaged(runs, segments)
	for _, r := range runs {
		t.feed(func() []*Input { return chunkInputs(r.Rows, 0, r.Rows.Rows, r.Dead) })
	}
	for _, g := range segments {
		t.feed(func() []*Input { return segmentInputs(g) })
	}
	t.Runs = append(t.Runs, runs...)
	t.Segments = append(t.Segments, segments...)
}

// noteStaged notes rows that were staged as new ones.
func (t *Table) noteStaged(runs []*Run, segments []*Segment) {
	v := t.View()
	for _, r := range runs {
		for _, c := range r.Rows.Chunks {
			t.changes.AppendPart(newChunkPart(c, r.Dead, v))
		}
	}
	for _, g := range segments {
		t.changes.AppendPart(&segmentPart{file: g.File, dead: g.Dead, view: v})
	}
	t.Moved()
}

// noteAside notes what the source has set aside: the rollup does not have it.
func (r *Rolled) noteAside() {
	for _, d := range r.Source.Detached {
		r.Gaps = append(r.Gaps, Gap{Partition: d.Partition, Kind: GapAside})
	}
}

// Clear takes all rows out of a rollup, but its segments: also those that it was yet
// to be filled with. What its source has set aside may come back without them.
func (r *Rolled) Clear() {
	r.Generation++
	r.Inputs, r.Runs, r.Pending, r.Cuts, r.Gaps = nil, nil, nil, nil, nil
	r.Filled, r.PastRows, r.Failure = 0, 0, ""
	r.noteAside()
}

// Unfolded is how many rows are not folded.
func (t *Table) Unfolded() int64 {
	n := t.Rolled.Source.active.Rows() - t.Rolled.Source.fed
	for _, in := range t.Rolled.Inputs {
		n += in.Rows
	}
	return n
}

// unfolded are all inputs, those in the source's memtable included.
func (r *Rolled) unfolded() []*Input {
	src := r.Source
	rest := chunkInputs(src.active.Publish(), src.fed, src.active.Rows(), rowset.Set{})
	return append(slices.Clip(r.Inputs), rest...)
}

// Bytes is the memory of the runs.
func (r *Rolled) Bytes() int64 {
	n := int64(0)
	for _, x := range r.Runs {
		n += x.Bytes
	}
	return n
}

// Fold is a fold that may run beside everything else.
type Fold struct {
	from, past, merging *rollup.Plan
	source, own         *View
}

// NewFold takes what folding needs.
func (t *Table) NewFold() *Fold {
	r := t.Rolled
	return &Fold{from: r.from, past: r.past, merging: r.merging, source: r.Source.View(), own: t.View()}
}

// Inputs folds inputs, in batches that it hands on.
func (f *Fold) Inputs(ctx context.Context, inputs []*Input, emit func(b *batch.Batch) error) error {
	return foldInputs(ctx, f.from, f.past, f.source, inputs, emit)
}

func foldInputs(ctx context.Context, from, past *rollup.Plan, source *View, inputs []*Input, emit func(b *batch.Batch) error) error {
	var open *folder
	for _, in := range inputs {
		plan := from
		if in.isPast() {
			plan = past
		}
		if open != nil && open.plan != plan {
			if err := open.flush(); err != nil {
				return err
			}
			open = nil
		}
		if open == nil {
			open = newFolder(plan, emit)
		}
		var signs []int8
		if in.chunk != nil && len(in.chunk.Signs) > 0 {
			signs = in.chunk.Signs
		}
		part := in.part(source)
		for lo := in.lo; lo < in.hi; lo += foldBatchRows {
			if err := ctx.Err(); err != nil {
				return err
			}
			if err := open.add(part, signs, lo, min(in.hi, lo+foldBatchRows)); err != nil {
				return err
			}
		}
		if in.isPast() { // Symbols of the next one may be of another View.
			if err := open.flush(); err != nil {
				return err
			}
		}
	}
	if open == nil {
		return nil
	}
	return open.flush()
}

// Combine makes one run of the rows of several, in the order of the log.
func (f *Fold) Combine(list []*batch.Batch) (*batch.Batch, error) {
	if len(list) == 1 {
		return list[0], nil
	}
	bound := make([]*batch.Batch, len(list))
	for i, b := range list {
		bound[i] = f.own.Bind(b)
	}
	out, err := f.merging.Fold(batch.ConcatBatches(bound[0].Names, bound[0].Types(), bound))
	if err != nil {
		return nil, fmt.Errorf("combine runs: %w", err)
	}
	return out, nil
}

// Bind gives rows of a rollup the dictionaries of its View.
func (v *View) Bind(b *batch.Batch) *batch.Batch {
	stored := segment.Stored(&v.Def.Schema)
	p := &foldedPart{run: &Folded{batch: b}, view: v}
	out := &batch.Batch{Names: b.Names, Rows: b.Rows, Signs: b.Signs}
	for i := range stored {
		c, err := p.Read(&stored[i], 0, b.Rows)
		if err != nil { // Rows in memory are there.
			panic("table: read of folded rows: " + err.Error())
		}
		out.Cols = append(out.Cols, c)
	}
	return out
}

// RunOf makes a run of what was folded from inputs; nil when no row came out.
func RunOf(b *batch.Batch, inputs []*Input) *Folded {
	if b == nil || b.Rows == 0 {
		return nil
	}
	f := newFolded(b, inputs[0].First, 0, 0)
	for _, in := range inputs {
		f.First, f.Last, f.Epoch = min(f.First, in.First), max(f.Last, in.Last), max(f.Epoch, in.Epoch)
	}
	return f
}

// RunOfRuns makes a run of what was combined from runs.
func RunOfRuns(b *batch.Batch, runs []*Folded) *Folded {
	f := newFolded(b, runs[0].First, 0, 0)
	for _, r := range runs {
		f.First, f.Last, f.Epoch = min(f.First, r.First), max(f.Last, r.Last), max(f.Epoch, r.Epoch)
	}
	return f
}

// Batch is the rows of a run; not to be changed.
func (f *Folded) Batch() *batch.Batch { return f.batch }

// rolledView is View of a rollup: it changes with its source's.
func (t *Table) rolledView() *View {
	r := t.Rolled
	source := r.Source.View()
	if t.view != nil && t.of == source {
		return t.view
	}
	v := &View{
		Def: t.Def, Horizon: t.Horizon, Merging: t.Merging, env: t.env, dicts: map[uint32]*Symbols{},
		folded: r.Runs, Rollup: r.State(), Version: t.changes.fed(&source.Version),
	}
	for _, s := range t.Segments {
		v.segments = append(v.segments, segmentView{file: s.File, dead: s.Dead})
	}
	r.bindView(v, source)
	v.tail = r.newTail(source)
	t.view, t.of = v, source
	return v
}

// bindView gives the View of a rollup the dictionaries of its source's.
func (r *Rolled) bindView(v, source *View) {
	for i, id := range v.Def.Derived.Keys {
		if d := source.dicts[r.from.KeySources[i]]; d != nil {
			v.dicts[id] = d
		}
	}
	v.states = stateDicts(r.local, func(id uint32) *Symbols { return source.dicts[id] })
}

// stateDicts are the dictionaries of the states of a rollup's columns.
func stateDicts(columns []rollup.StateSource, source func(column uint32) *Symbols) map[uint32][]batch.Dictionary {
	out := make(map[uint32][]batch.Dictionary, len(columns))
	for _, c := range columns {
		dicts := make([]batch.Dictionary, len(c.Sources))
		for i, id := range c.Sources {
			if s := source(id); s != nil {
				dicts[i] = s
			}
		}
		out[c.Column] = dicts
	}
	return out
}

// RolledDicts are the dictionaries of the keys and of the states of a rollup, given
// those of its source.
func RolledDicts(d *Def, keys *Keys, source func(column uint32) *Symbols) (
	dict func(column uint32) *Symbols, states map[uint32][]batch.Dictionary, err error,
) {
	plan, err := FoldPlan(d, keys, &d.Derived.From, false)
	if err != nil {
		return nil, nil, err
	}
	dict = func(id uint32) *Symbols {
		k := slices.Index(d.Derived.Keys, id)
		if k < 0 {
			return nil
		}
		return source(plan.KeySources[k])
	}
	return dict, stateDicts(plan.StateSources(), source), nil
}

// newTail is the rows that are not folded now; the tail before, which may be folded
// already, when they are the same.
func (r *Rolled) newTail(source *View) *tail {
	rows := r.Source.active.Rows()
	inputs := r.unfolded()
	if len(inputs) == 0 {
		r.tail = nil
		return nil
	}
	old := r.tail
	if old != nil && old.active == r.Source.active && old.rows == rows && slices.Equal(old.of, r.Inputs) {
		return old
	}
	r.tail = &tail{
		active: r.Source.active, rows: rows, of: r.Inputs, inputs: inputs,
		fold: &Fold{from: r.from, past: r.past, merging: r.merging, source: source},
	}
	return r.tail
}

// tail is the rows of a rollup that were not folded when a View was made. They are
// folded when a query first asks for them, once.
type tail struct {
	active *memtable.Memtable // the source's
	rows   int64              // that it had
	of     []*Input           // Rolled.Inputs
	inputs []*Input           // all of them
	fold   *Fold

	once sync.Once
	runs []*Folded
	err  error
}

func (x *tail) folded() ([]*Folded, error) {
	x.once.Do(func() {
		x.err = x.fold.Inputs(context.Background(), x.inputs, func(b *batch.Batch) error {
			x.runs = append(x.runs, newFolded(b, 0, 0, 0))
			return nil
		})
	})
	return x.runs, x.err
}

// Segment folds rows of a segment of the past, up to row hi; of is the table that
// the segment is, or was, of.
func (f *Fold) Segment(ctx context.Context, of *View, p *Pending, hi int, emit func(b *batch.Batch) error) error {
	plan := f.from
	if of.Def.Kind == Rollup {
		plan = f.past
	}
	open := newFolder(plan, emit)
	part := &segmentPart{file: p.File, dead: p.Dead, view: of}
	for lo := p.From; lo < hi; lo += foldBatchRows {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := open.add(part, nil, lo, min(hi, lo+foldBatchRows)); err != nil {
			return err
		}
	}
	return open.flush()
}
