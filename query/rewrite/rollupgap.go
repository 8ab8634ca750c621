package rewrite

import (
	"cmp"
	"slices"

	"github.com/freshetdb/freshet/columnar/expr"
	"github.com/freshetdb/freshet/columnar/segment"
	"github.com/freshetdb/freshet/columnar/table"
	"github.com/freshetdb/freshet/columnar/types"
)

// anew is what helps where a rollup can't be used as it is.
const anew = " (ALTER TABLE … MODIFY QUERY builds it anew)"

// around makes the table answer the spans in which the rollup holds other rows than
// it: those that a gap of the rollup touches. The reason when that can't be done.
func (q *question) around(r *rollup, a *answer) string {
	if len(r.Gaps) == 0 {
		return ""
	}
	b, key := q.gapTime(r, a)
	if b == nil {
		return r.Gaps[0].Why + ", and it has no key that holds the time of those rows" + anew
	}
	holes := a.holes(b, r.Gaps)
	if len(holes) > 0 && r.Beyond > 0 && (q.def.TTLColumn != uint32(b.col.Pos) || holes[0].lo < ticks(b.col.T, r.Beyond)) {
		return a.gaps[0] + ", and its table has no rows any more of that span" + anew
	}
	for _, h := range holes {
		if asked := a.rangeOf(b); h.lo <= asked.lo && h.hi >= asked.hi {
			return a.gaps[0] + ", and the whole range lies in spans that it holds rows of" + anew
		}
		q.leave(a, b, key, h)
	}
	if b.err != nil {
		return b.err.Error()
	}
	return ""
}

// gapTime is the time of which all gaps know their range and that a key of the rollup
// holds, that which the question bounds if it is one; and the key. Nil when there is
// none.
func (q *question) gapTime(r *rollup, a *answer) (*buckets, *expr.Column) {
	var best *buckets
	var key *expr.Column
	for _, t := range r.Gaps[0].Times {
		col := q.scannedByID(t.Column)
		if col == nil || slices.ContainsFunc(r.Gaps, func(g table.RollupGap) bool { return timesOf(g.Times, t.Column) == nil }) {
			continue
		}
		i, ok := q.holding(r, col.Pos)
		if !ok {
			continue
		}
		if best == nil || (a.reach.col != nil && a.reach.col.Pos == col.Pos) {
			best, key = &buckets{ctx: q.ctx.Expr, expr: r.keys[i], col: col}, r.column(r.places[i])
		}
	}
	return best, key
}

// scannedByID is a column, by id, that the question's scan reads; nil when it does not.
func (q *question) scannedByID(id uint32) *expr.Column {
	for _, place := range q.scan.Columns {
		if c := &q.cols[place]; c.ID == id {
			return &expr.Column{Pos: int(id), Name: c.Name, T: c.Type.NotSimple()}
		}
	}
	return nil
}

// holding finds the key that is a column of time, or holds it by the finest spans.
func (q *question) holding(r *rollup, id int) (key int, ok bool) {
	for i, k := range r.keys {
		if c, is := k.(*expr.Column); is && c.Pos == id {
			return i, true
		}
	}
	return q.bucket(r, id)
}

func timesOf(list []segment.TimeRange, column uint32) *segment.TimeRange {
	for i := range list {
		if list[i].Column == column {
			return &list[i]
		}
	}
	return nil
}

// ticks is an instant in Unix seconds as a number of a column's type.
func ticks(t types.Type, unix int64) int64 {
	switch t.Kind {
	case types.Date, types.Date32:
		return unix / daySeconds
	case types.DateTime64:
		for range t.Scale {
			unix *= 10
		}
	default:
	}
	return unix
}

// rangeOf is what of a time the question asks the rollup for.
func (a *answer) rangeOf(b *buckets) span {
	all := span{lo: b.least(), hi: b.greatest() + 1}
	if a.reach.col == nil || a.reach.col.Pos != b.col.Pos {
		return all
	}
	return span{lo: max(all.lo, a.reach.lo), hi: min(all.hi, a.reach.hi)}
}

// holes are the whole spans that gaps lie in, as far as the question asks for them, in
// order and apart from each other. It notes why they are there.
func (a *answer) holes(b *buckets, gaps []table.RollupGap) []span {
	asked := a.rangeOf(b)
	var list []span
	for i := range gaps {
		t := timesOf(gaps[i].Times, uint32(b.col.Pos))
		h := span{lo: max(b.floor(t.Min), asked.lo), hi: min(b.ceil(t.Max+1), asked.hi)}
		if h.lo >= h.hi {
			continue
		}
		list = append(list, h)
		if why := gaps[i].Why; !slices.Contains(a.gaps, why) {
			a.gaps = append(a.gaps, why)
		}
	}
	slices.SortFunc(list, func(x, y span) int { return cmp.Compare(x.lo, y.lo) })
	var out []span
	for _, h := range list {
		if n := len(out) - 1; n >= 0 && h.lo <= out[n].hi {
			out[n].hi = max(out[n].hi, h.hi)
			continue
		}
		out = append(out, h)
	}
	return out
}

// leave takes a span out of what the rollup answers and lets the table answer it.
func (q *question) leave(a *answer, b *buckets, key *expr.Column, h span) {
	ts := q.scanned(b.col)
	var outside, inside []expr.Expr
	if h.lo > b.least() {
		outside = append(outside, b.cond("less", key, b.at(h.lo)))
		inside = append(inside, b.cond("greaterOrEquals", ts, timeValue(b.col.T, h.lo)))
	}
	if h.hi <= b.greatest() {
		outside = append(outside, b.cond("greaterOrEquals", key, b.at(h.hi)))
		inside = append(inside, b.cond("less", ts, timeValue(b.col.T, h.hi)))
	}
	if w := a.reach; w.col != nil && w.col.Pos != b.col.Pos { // The parts at its ends are read as a whole.
		ts := q.scanned(w.col)
		if w.hasLo {
			inside = append(inside, b.cond("greaterOrEquals", ts, timeValue(w.col.T, w.lo)))
		}
		if w.hasHi {
			inside = append(inside, b.cond("less", ts, timeValue(w.col.T, w.hi)))
		}
	}
	if b.err != nil {
		return
	}
	out := outside[0]
	if len(outside) > 1 {
		var err error
		if out, err = expr.NewCall(b.ctx, "or", outside); err != nil {
			b.err = err
			return
		}
	}
	a.filter, a.edges = append(a.filter, out), append(a.edges, inside)
}
