package table

import (
	"slices"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/segment"
	"github.com/freshetdb/freshet/columnar/types"
	"github.com/freshetdb/freshet/index/skip"
)

const (
	// timesMax bounds the columns of time whose bounds are kept for appended rows:
	// a table has an event's time and, often, its day.
	timesMax = 4
	// appendsMax bounds the appends that are told apart. Beyond it older ones are put
	// together in pairs: nothing is forgotten, only the bounds get wider.
	appendsMax = 256
)

// epoch is equal to itself only. It takes room, so that no two have one address.
type epoch struct{ _ byte }

// Changes follows how the rows of a table change, so that an answer over them can be
// known to be still right: rows that are appended are told by the bounds of their
// times, everything else that changes rows begins a new epoch. Flushes, merges and
// folds change no rows. It belongs to whoever changes the table.
type Changes struct {
	now   Version
	place []int // of the times among the stored columns
}

// Version is the rows of a table at one moment. It is immutable.
type Version struct {
	epoch *epoch
	times []types.Column
	// count is the appends so far; list has the bounds of those after floor.
	count, floor uint64
	list         []appended
}

// appended is one append, or several neighbours.
type appended struct {
	last  uint64 // number of the newest
	spans [timesMax]span
}

// span is the least and the greatest [segment.Bounds] of a column; not known when
// it is open.
type span struct {
	least, greatest uint64
	isOpen          bool
}

func (s span) union(o span) span {
	return span{min(s.least, o.least), max(s.greatest, o.greatest), s.isOpen || o.isOpen}
}

// SetSchema begins an epoch with the columns of a schema.
func (c *Changes) SetSchema(s *types.Schema) {
	c.now.times, c.place = nil, nil
	stored := segment.Stored(s)
	for i := range stored {
		t := stored[i].Type
		if (t.IsTime() || t.IsDate()) && !t.Nullable && len(c.place) < timesMax {
			c.now.times, c.place = append(c.now.times, stored[i]), append(c.place, i)
		}
	}
	c.now.list, c.now.floor = nil, c.now.count
	c.Rewrite()
}

// Rewrite begins an epoch: rows changed otherwise than by new ones.
func (c *Changes) Rewrite() { c.now.epoch = nil }

// Append notes new rows, with all stored columns.
func (c *Changes) Append(b *batch.Batch) {
	var e appended
	for k, place := range c.place {
		v := b.Cols[place]
		rows := b.Rows
		if v.Const {
			rows = min(rows, 1)
		}
		least, greatest, ok := segment.Bounds(v, 0, rows)
		e.spans[k] = span{least, greatest, !ok}
	}
	c.add(e)
}

// AppendPart notes new rows that are a part already.
func (c *Changes) AppendPart(p Part) {
	var e appended
	for k := range c.now.times {
		e.spans[k] = spanOf(p, &c.now.times[k])
	}
	c.add(e)
}

func spanOf(p Part, col *types.Column) span {
	lo, hi := p.Bounds(col)
	if lo == nil {
		return span{isOpen: true}
	}
	least, _, ok := segment.Bounds(lo, 0, lo.Len)
	_, greatest, _ := segment.Bounds(hi, 0, hi.Len)
	return span{least, greatest, !ok}
}

func (c *Changes) add(e appended) {
	c.now.count++
	e.last = c.now.count
	if len(c.now.list) == appendsMax {
		c.now.list = paired(c.now.list)
	}
	c.now.list = append(c.now.list, e)
}

// paired puts the older half of a list together in pairs, in memory of its own:
// Versions have prefixes of the old one.
func paired(list []appended) []appended {
	out := make([]appended, 0, appendsMax)
	half := len(list) / 2
	for i := 0; i+1 < half; i += 2 {
		a, b := list[i], list[i+1]
		for k := range b.spans {
			b.spans[k] = b.spans[k].union(a.spans[k])
		}
		out = append(out, b)
	}
	return append(out, list[half:]...)
}

// Version is the rows now.
func (c *Changes) Version() Version {
	if c.now.epoch == nil {
		c.now.epoch = &epoch{}
	}
	return c.now
}

// fed is the rows of what is derived from a source's rows: changes of its own, and
// what the source gets.
func (c *Changes) fed(source *Version) Version {
	v := *source
	v.epoch = c.Version().epoch
	return v
}

// Since gives what was appended after an older Version of the same table; ok is
// false when other things happened, too. Of a rollup it is the rows that its source
// got, which are folded into it. Of an older Version that turns out to be the newer one
// it is what that one has more: an answer over it is none over this one either.
func (v *Version) Since(old *Version) (a Appended, ok bool) {
	if v.epoch == nil || v.epoch != old.epoch {
		return Appended{}, false
	}
	if old.count == v.count {
		return Appended{}, true
	}
	if old.count > v.count {
		v, old = old, v
	}
	if old.count < v.floor {
		return Appended{}, false
	}
	at, _ := slices.BinarySearchFunc(v.list, old.count+1, func(e appended, n uint64) int { return int(int64(e.last) - int64(n)) })
	return Appended{times: v.times, list: v.list[at:]}, true
}

// Appended is rows of which nothing but the bounds of their times is known, append
// by append.
type Appended struct {
	times []types.Column
	list  []appended
}

// Len is the number of appends, where some may stand for several.
func (a Appended) Len() int { return len(a.list) }

// Bounds gives the least and the greatest value of a column in each append; nil, nil
// when they are not known.
func (a Appended) Bounds(col *types.Column) (lo, hi *batch.Vector) {
	k := slices.IndexFunc(a.times, func(c types.Column) bool { return c.ID == col.ID && c.Type.Equal(col.Type) })
	if k < 0 {
		return nil, nil
	}
	b := &skip.Bounds{}
	for i := range a.list {
		s := &a.list[i].spans[k]
		if s.isOpen {
			return nil, nil
		}
		b.Min, b.Max = append(b.Min, s.least), append(b.Max, s.greatest)
	}
	return boundVectors(col.Type, &skip.Column{Granules: len(a.list), Bounds: b})
}
