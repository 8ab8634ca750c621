package rewrite

import (
	"math"
	"slices"
	"sort"
	"strings"
	"time"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/expr"
	"github.com/freshetdb/freshet/columnar/segment"
	"github.com/freshetdb/freshet/columnar/table"
	"github.com/freshetdb/freshet/columnar/types"
)

// holesMax bounds the spans that are taken out of what a rollup answers: each is a scan
// of the table and a condition on every row of the rollup.
const holesMax = 16

// anew is what helps where a rollup can't be used as it is.
const anew = " (ALTER TABLE … MODIFY QUERY builds it anew)"

// around makes the table answer the spans in which the rollup holds other rows than
// it: those that a gap of the rollup touches. The reason when that can't be done.
func (q *question) around(r *rollup, a *answer) string {
	gaps, why := q.gaps(r)
	if len(gaps) == 0 {
		return why
	}
	b, key := q.gapTime(r, a, gaps)
	if b == nil {
		return gaps[0].Why + ", and it has no key that holds the time of those rows" + anew
	}
	holes := a.holes(b, gaps)
	if len(holes) > 0 && q.beyond > 0 && (q.def.TTLColumn != uint32(b.col.Pos) || holes[0].lo < ticks(b.col.T, q.beyond)) {
		return a.gaps[0] + ", and its table has no rows any more of that span" + anew
	}
	asked := a.asked(b)
	for _, h := range holes {
		if h.lo <= asked.lo && h.hi >= asked.hi {
			return strings.Join(a.gaps, "; ") + ", and no span of the range is free of that" + anew
		}
		q.leave(a, b, key, h)
	}
	if b.err != nil {
		return b.err.Error()
	}
	return ""
}

// gaps are those of the rollup, and what lies before its horizon, where the table may
// have rows; the reason when nobody knows where that is.
func (q *question) gaps(r *rollup) (list []table.RollupGap, why string) {
	if r.Horizon <= q.beyond { // Before it the table has no rows either.
		return r.Gaps, ""
	}
	why = "it has no rows before " + time.Unix(r.Horizon, 0).UTC().Format(time.DateTime) + " UTC any more"
	before := segment.TimeRange{Column: q.def.TTLColumn, Min: math.MinInt64}
	if i := slices.Index(r.Def.Derived.Keys, r.Def.TTLColumn); r.Def.TTLColumn > 0 && i >= 0 {
		c, ok := timeOfKey(r.keys[i])
		if !ok {
			return nil, why
		}
		// What went is spans that begin before the horizon, wherever they end.
		b := &buckets{ctx: q.ctx.Expr, expr: r.keys[i], col: c}
		before.Column, before.Max = uint32(c.Pos), b.ceil(ticks(c.T, r.Horizon))-1
		if b.err != nil {
			return nil, b.err.Error()
		}
	} else if c := q.scannedByID(before.Column); c != nil {
		before.Max = ticks(c.T, r.Horizon) - 1
	} else {
		return nil, why
	}
	return append(slices.Clip(r.Gaps), table.RollupGap{Why: why, Times: []segment.TimeRange{before}}), ""
}

// SpanAt gives the key of a rollup, by its place in the schema, that holds the time by
// which rows expire, its own or its source's, and the key's value at an instant in Unix
// seconds; -1 when there is none.
func SpanAt(ctx *expr.Ctx, d, source *table.Def, unix int64) (place int, value *batch.Vector, err error) {
	r, err := decode(&Candidate{Def: d})
	if err != nil {
		return -1, nil, err
	}
	key := -1
	if i := slices.Index(d.Derived.Keys, d.TTLColumn); d.TTLColumn > 0 && i >= 0 {
		key = i
	} else if source.TTLColumn > 0 {
		q := &question{ctx: &Context{Expr: ctx}}
		if i, ok := q.holding(r, int(source.TTLColumn)); ok {
			key = i
		}
	}
	if key < 0 {
		return -1, nil, nil
	}
	c, ok := timeOfKey(r.keys[key])
	if !ok {
		return -1, nil, nil
	}
	b := &buckets{ctx: ctx, expr: r.keys[key], col: c}
	value = b.at(ticks(c.T, unix))
	return r.places[key], value, b.err
}

// GapKeys gives the least and the greatest value that keys of a rollup have in a gap, by
// their place in the schema: of those that are, or hold by spans, a time of the gap.
func GapKeys(ctx *expr.Ctx, d *table.Def, gap *table.RollupGap) (map[int][2]*batch.Vector, error) {
	r, err := decode(&Candidate{Def: d})
	if err != nil {
		return nil, err
	}
	q := &question{ctx: &Context{Expr: ctx}}
	out := map[int][2]*batch.Vector{}
	for _, t := range gap.Times {
		key, ok := q.holding(r, int(t.Column))
		if !ok {
			continue
		}
		if c, ok := timeOfKey(r.keys[key]); ok {
			b := &buckets{ctx: ctx, expr: r.keys[key], col: c}
			out[r.places[key]] = [2]*batch.Vector{b.at(t.Min), b.at(t.Max)}
			if b.err != nil {
				return nil, b.err
			}
		}
	}
	return out, nil
}

// timeOfKey is the column of time that a key is, or puts into spans.
func timeOfKey(key expr.Expr) (*expr.Column, bool) {
	if t, ok := timeCallOf(key); ok {
		return t.col, t.floors
	}
	c, ok := key.(*expr.Column)
	return c, ok && (c.T.IsTime() || c.T.IsDate())
}

// gapTime is the time of which all gaps know their range and that a key of the rollup
// holds, that which the question bounds if it is one; and the key. Nil when there is
// none.
func (q *question) gapTime(r *rollup, a *answer, gaps []table.RollupGap) (*buckets, *expr.Column) {
	var best *buckets
	var key *expr.Column
	for _, t := range gaps[0].Times {
		col := q.scannedByID(t.Column)
		if col == nil || slices.ContainsFunc(gaps, func(g table.RollupGap) bool { return timesOf(g.Times, t.Column) == nil }) {
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

// asked is what of a time the question asks the rollup for.
func (a *answer) asked(b *buckets) span {
	all := span{lo: b.least(), hi: b.greatest() + 1}
	if a.reach.col == nil || a.reach.col.Pos != b.col.Pos {
		return all
	}
	return span{lo: max(all.lo, a.reach.lo), hi: min(all.hi, a.reach.hi)}
}

// holes are the whole spans that gaps lie in, as far as the question asks for them, in
// order and apart from each other. It notes why they are there.
func (a *answer) holes(b *buckets, gaps []table.RollupGap) []span {
	asked := a.asked(b)
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
	sort.Slice(list, func(i, j int) bool { return list[i].lo < list[j].lo })
	var out []span
	for _, h := range list {
		if n := len(out) - 1; n >= 0 && h.lo <= out[n].hi {
			out[n].hi = max(out[n].hi, h.hi)
			continue
		}
		out = append(out, h)
	}
	return fewer(out, holesMax)
}

// fewer unites spans that are close to each other until there are no more than most.
func fewer(list []span, most int) []span {
	for len(list) > most {
		closest := 0
		for i := 1; i+1 < len(list); i++ {
			if list[i+1].lo-list[i].hi < list[closest+1].lo-list[closest].hi {
				closest = i
			}
		}
		list[closest].hi = list[closest+1].hi
		list = slices.Delete(list, closest+1, closest+2)
	}
	return list
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
