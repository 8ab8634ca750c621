package store

import (
	"fmt"
	"maps"
	"slices"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/chcode"
	"github.com/freshetdb/freshet/columnar/entry"
	"github.com/freshetdb/freshet/columnar/rollup"
	"github.com/freshetdb/freshet/columnar/segment"
	"github.com/freshetdb/freshet/columnar/table"
)

// viewsMax bounds the tables that a row passes through; the catalogue refuses
// cycles, so that only a chain this long can meet it.
const viewsMax = 64

// flow is rows that an entry adds to a table.
type flow struct {
	to   *table.Table
	rows *batch.Batch // with the stored columns of to; text is not numbered
}

// view compiles a view with TO for the definitions in force.
func (s *Store) view(d *table.Def) (*compiledView, error) {
	source, _, err := s.sources(d)
	if err != nil {
		return nil, err
	}
	target := s.tables[d.Derived.Target]
	if target == nil || target.Rolled != nil || target.Def.Kind == table.ViewTo {
		return nil, chcode.Errorf(chcode.UnknownTable, "The table with id %d, which view %s feeds, does not exist on this shard",
			d.Derived.Target, d.FullName())
	}
	plan, err := table.ViewPlan(d, target.Def)
	if err != nil {
		return nil, err
	}
	return &compiledView{def: d, plan: plan, target: target, grouped: d.Derived.Grouped, source: source.Def, of: target.Def}, nil
}

// compiledView is a view with TO as of its definition and two others.
type compiledView struct {
	def        *table.Def
	plan       *rollup.Plan
	target     *table.Table
	grouped    bool
	source, of *table.Def
}

// viewsOf are the views that a table's rows pass through, by id.
func (s *Store) viewsOf(t *table.Table) ([]*compiledView, error) {
	var out []*compiledView
	for _, id := range s.viewIDs {
		d := s.tables[id].Def
		if d.Derived.From.Table != t.Def.ID {
			continue
		}
		v := s.compiled[id]
		if v == nil || v.def != d || v.source != t.Def || v.of != s.tables[d.Derived.Target].Def {
			var err error
			if v, err = s.view(d); err != nil {
				return nil, err
			}
			s.compiled[id] = v
		}
		out = append(out, v)
	}
	return out, nil
}

// noteViews finds the views among the tables.
func (s *Store) noteViews() {
	s.viewIDs, s.compiled = nil, map[uint64]*compiledView{}
	for _, id := range slices.Sorted(maps.Keys(s.tables)) {
		if s.tables[id].Def.Kind == table.ViewTo {
			s.viewIDs = append(s.viewIDs, id)
		}
	}
}

// flows gives what rows that are new in a table add, to it and through its views to
// others, in the order in which they are appended. An error, which is for users,
// comes before anything is changed: of an expression of a view, of a key of its
// target, or of a rollup that could not fold the rows.
func (s *Store) flows(t *table.Table, rows *batch.Batch, depth int) ([]flow, error) {
	out := []flow{{t, rows}}
	if rows.Rows == 0 {
		return out, nil
	}
	if depth > viewsMax {
		return nil, chcode.Errorf(chcode.TooDeepRecursion, "Views of %s feed each other more than %d deep", t.Def.FullName(), viewsMax)
	}
	for _, r := range t.Rollups() {
		if err := r.Rolled.Check(r.Def, rows, t.Def); err != nil {
			return nil, err
		}
	}
	views, err := s.viewsOf(t)
	if err != nil {
		return nil, err
	}
	for _, v := range views {
		through, err := v.transform(rows)
		if err != nil {
			return nil, err
		}
		more, err := s.flows(v.target, through, depth+1)
		if err != nil {
			return nil, err
		}
		out = append(out, more...)
	}
	return out, nil
}

// transform gives the rows of the target that rows of the source make.
func (v *compiledView) transform(rows *batch.Batch) (*batch.Batch, error) {
	in, err := table.Pick(rows, v.source, v.plan.Needs)
	if err != nil {
		return nil, err
	}
	out, err := v.plan.Through(in, v.grouped)
	if err == nil {
		out, err = v.target.Complete(out)
	}
	if err != nil {
		return nil, fmt.Errorf("materialized view %s into %s: %w", v.def.FullName(), v.of.FullName(), err)
	}
	return out, nil
}

// appendFlows adds what flows found.
func (s *Store) appendFlows(list []flow, index uint64) {
	for _, f := range list {
		if f.rows.Rows > 0 && f.to.Def.Kind != table.Null {
			s.changed = true
			f.to.Append(f.to.Number(f.rows), index)
		}
	}
}

// stagedFlows is flows for the rows of a transaction, in memory and in segments:
// what passes through views only, since the rows themselves are there already.
func (s *Store) stagedFlows(t *table.Table, g *staged) ([]flow, error) {
	views, err := s.viewsOf(t)
	if err != nil || len(views) == 0 {
		return nil, err
	}
	var out []flow
	through := func(b *batch.Batch) error {
		list, err := s.flows(t, b, 0)
		if err == nil {
			out = append(out, list[1:]...)
		}
		return err
	}
	v := t.View()
	for _, r := range g.runs {
		for _, c := range r.Rows.Chunks {
			b, err := v.Chunk(c)
			if err != nil {
				return nil, err
			}
			if err := through(b); err != nil {
				return nil, err
			}
		}
	}
	for _, x := range g.segments {
		if err := stagedSegment(v, x.File, through); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// stagedSegment reads a segment of a transaction. That it can't be read is no error
// of the entry's.
func stagedSegment(v *table.View, f *segment.Segment, visit func(*batch.Batch) error) error {
	r, err := v.Reader(f)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrBroken, err)
	}
	defer r.Close()
	for lo := 0; lo < r.Rows(); lo += segment.GranuleRows {
		b, err := r.Read(lo, min(lo+segment.GranuleRows, r.Rows()))
		if err != nil {
			return fmt.Errorf("%w: %w", ErrBroken, err)
		}
		if err := visit(b); err != nil {
			return err
		}
	}
	return nil
}

// refuseInsert refuses rows for tables that nobody inserts into.
func refuseInsert(t *table.Table, e *entry.Entry) error {
	if t.Rolled == nil && t.Def.Kind != table.ViewTo {
		return nil
	}
	return chcode.Errorf(chcode.NotImplemented, "Table %s is kept from the rows of another one: insert into that (entry of kind %d)",
		t.Def.FullName(), e.Kind)
}
