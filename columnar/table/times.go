package table

import (
	"math"
	"slices"

	"github.com/freshetdb/freshet/columnar/segment"
	"github.com/freshetdb/freshet/columnar/types"
	"github.com/freshetdb/freshet/index/rowset"
)

// times collects the ranges of the columns of dates and times that can't be NULL over
// some rows of a table.
type times struct {
	view *View
	cols []types.Column
	list []segment.TimeRange // of cols; Min > Max: no row yet
}

func (t *Table) newTimes() *times {
	x := &times{view: t.View()}
	stored := segment.Stored(&t.Def.Schema)
	for i := range stored {
		if c := &stored[i]; (c.Type.IsTime() || c.Type.IsDate()) && !c.Type.Nullable {
			x.cols = append(x.cols, *c)
			x.list = append(x.list, segment.TimeRange{Column: c.ID, Min: math.MaxInt64, Max: math.MinInt64})
		}
	}
	return x
}

func (x *times) add(k int, lo, hi int64) {
	x.list[k].Min, x.list[k].Max = min(x.list[k].Min, lo), max(x.list[k].Max, hi)
}

// rows adds rows of a part, of a set over rows of which the part begins with first.
func (x *times) rows(p Part, first int, set rowset.Set) error {
	var rows []uint32
	for lo := 0; lo < p.Rows(); lo += segment.GranuleRows {
		hi := min(lo+segment.GranuleRows, p.Rows())
		if rows = set.AppendRows(rows[:0], first+lo, first+hi); len(rows) == 0 {
			continue
		}
		for k := range x.cols {
			v, err := p.Read(&x.cols[k], lo, hi)
			if err != nil {
				return err
			}
			v = v.Expand()
			for _, i := range rows {
				if least, _, ok := segment.Bounds(v, int(i), int(i)+1); ok {
					at := timeOf(x.cols[k].Type, least)
					x.add(k, at, at)
				}
			}
		}
	}
	return nil
}

// timeOf is the integer of a time, given its segment.Number.
func timeOf(t types.Type, number uint64) int64 {
	if t.Kind == types.Date32 || t.Kind == types.DateTime64 {
		number ^= 1 << 63
	}
	return int64(number)
}

// whole adds all rows of a segment; those that are dead make the ranges wider at most.
func (x *times) whole(g *Segment) error {
	m := g.File.Meta()
	known := 0
	for k := range x.cols {
		if i := slices.IndexFunc(m.Times, func(r segment.TimeRange) bool { return r.Column == x.cols[k].ID }); i >= 0 {
			x.add(k, m.Times[i].Min, m.Times[i].Max)
			known++
		}
	}
	if known == len(x.cols) {
		return nil
	}
	return x.segment(g, rowset.All(g.File.Rows()))
}

func (x *times) segment(g *Segment, set rowset.Set) error {
	return x.rows(&segmentPart{file: g.File, dead: g.Dead, view: x.view}, 0, set)
}

// run adds rows of a run.
func (x *times) run(r *Run, set rowset.Set) error {
	for _, c := range r.Rows.Chunks {
		if err := x.rows(newChunkPart(c, r.Dead, x.view), int(c.FirstRow), set); err != nil {
			return err
		}
	}
	return nil
}

// TimesOf are the ranges of the times of selected rows, of columns that can't be NULL.
func (t *Table) TimesOf(s *Selection) ([]segment.TimeRange, error) {
	x := t.newTimes()
	for i, set := range s.Runs {
		if err := x.run(t.Runs[i], set); err != nil {
			return nil, err
		}
	}
	for i, g := range t.Segments {
		var err error
		if s.Whole[i] {
			err = x.whole(g)
		} else {
			err = x.segment(g, s.Segments[i])
		}
		if err != nil {
			return nil, err
		}
	}
	return x.list, nil
}

// TimesAside are the ranges of the times of rows that are set aside.
func (t *Table) TimesAside(d *Detached) ([]segment.TimeRange, error) {
	x := t.newTimes()
	for _, r := range d.Runs {
		if err := x.run(r, rowset.All(int(r.Rows.Rows))); err != nil {
			return nil, err
		}
	}
	for _, g := range d.Segments {
		if err := x.whole(g); err != nil {
			return nil, err
		}
	}
	return x.list, nil
}
