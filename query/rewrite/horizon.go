package rewrite

import (
	"slices"
	"time"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/expr"
	"github.com/freshetdb/freshet/columnar/table"
	"github.com/freshetdb/freshet/columnar/types"
	"github.com/freshetdb/freshet/query/plan"
)

// A table's scans are bounded by its horizon: what lies before it is no more than rows
// that came late. A query that may reach behind it (Context.Beyond) is asked of the
// rollups without that bound. Of what lies before the horizon a rollup answers whole
// spans only, as the table can't add the parts of spans; a range that begins in a span
// is answered from the next one on. Where no rollup can, the bound stays.

// Since is the condition that the column of a table's TTL is not before an instant in
// Unix seconds, over a scan's fields; nil where the scan does not read the column.
func Since(ctx *expr.Ctx, scan *plan.Scan, d *table.Def, horizon int64) (expr.Expr, error) {
	for pos, place := range scan.Columns {
		c := &d.Schema.Columns[place]
		if d.TTLColumn == 0 || c.ID != d.TTLColumn {
			continue
		}
		at := expr.NewConst(batch.NewFixed(types.Of(types.DateTime), []uint32{uint32(horizon)}, nil))
		cast, err := expr.NewCast(ctx, at, c.Type.NotSimple(), expr.CastInternal)
		if err != nil {
			return nil, err
		}
		folded, err := expr.Fold(ctx, cast)
		if err != nil {
			return nil, err
		}
		col := &expr.Column{Pos: pos, Name: c.Name, T: c.Type.NotSimple()}
		return expr.NewCall(ctx, "greaterOrEquals", []expr.Expr{col, folded})
	}
	return nil, nil //nolint:nilnil // nothing to bound by
}

// behindHorizon is the question without the bound of its table's horizon; nil when it
// has none, or may not reach behind it.
func (q *question) behindHorizon() *question {
	if !q.ctx.Beyond || q.horizon == 0 {
		return nil
	}
	bound, err := Since(q.ctx.Expr, q.scan, q.def, q.horizon)
	if bound == nil || err != nil {
		return nil
	}
	scan, c := *q.scan, *q.c
	var inScan, inChain bool
	if scan.Filter, inScan = without(scan.Filter, bound); !inScan {
		if c.filter, inChain = without(c.filter, bound); !inChain {
			return nil
		}
	}
	out := newQuestion(q.ctx, &c, &scan, Source{Def: q.def, Horizon: q.horizon, Outside: q.outside})
	out.beyond = q.horizon
	return out
}

// without is a list with one of the conditions that equal e left out.
func without(list []expr.Expr, e expr.Expr) (rest []expr.Expr, found bool) {
	i := slices.IndexFunc(list, func(x expr.Expr) bool { return expr.Equal(x, e) })
	if i < 0 {
		return list, false
	}
	return slices.Delete(slices.Clone(list), i, i+1), true
}

const (
	noFurther = "it reaches no further back than its table"
	notBehind = "the range does not reach behind it"
	noParts   = "its table has no rows any more of the part of a span at an end of the range"
)

// behind fits a range of a time to what is there of it before the table's horizon, where
// lo and hi are the ends of its whole spans: it begins with them. The reason when the
// rollup can't answer it.
func (q *question) behind(s *span, c *expr.Column, lo, hi int64) string {
	if q.beyond == 0 {
		return ""
	}
	if q.def.TTLColumn != uint32(c.Pos) {
		if s.hasLo && s.lo < lo || s.hasHi && hi < s.hi {
			return noParts
		}
		return ""
	}
	from := ticks(c.T, q.beyond)
	switch {
	case s.hasLo && s.lo >= from:
		return notBehind
	case s.hasLo && lo >= from:
		return noFurther
	case s.hasHi && hi < min(s.hi, from):
		return noParts
	case s.hasLo:
		s.lo = lo
	}
	return ""
}

// sinceOf finds from when on an answer from behind its table's horizon has everything,
// and leaves out what the rollup has of before: where the range begins, and the first
// whole span behind the rollup's own horizon. The reason when the rollup can't answer.
func (q *question) sinceOf(r *rollup, a *answer) string {
	if a.since = q.horizon; q.beyond == 0 {
		return ""
	}
	a.since = 0
	if w := a.reach; w.col != nil && w.hasLo && q.def.TTLColumn == uint32(w.col.Pos) {
		a.since = unixOf(w.col.T, w.lo)
	}
	if r.Horizon == 0 {
		return ""
	}
	key, ok := q.holding(r, int(q.def.TTLColumn))
	if !ok {
		return "it was made when rows of its table had expired, and has no key that holds their time"
	}
	c, ok := timeOfKey(r.keys[key])
	if !ok {
		return noFurther
	}
	b := &buckets{ctx: q.ctx.Expr, expr: r.keys[key], col: c}
	first := b.ceil(ticks(c.T, r.Horizon))
	if b.err == nil && first >= ticks(c.T, q.beyond) {
		return noFurther
	}
	a.filter = append(a.filter, b.cond("greaterOrEquals", r.column(r.places[key]), b.at(first)))
	a.since = max(a.since, unixOf(c.T, first))
	if b.err != nil {
		return b.err.Error()
	}
	return ""
}

// unixOf is the first whole second that is not before a number of a column's type.
func unixOf(t types.Type, at int64) int64 {
	switch t.Kind {
	case types.Date, types.Date32:
		return at * daySeconds
	case types.DateTime64:
		unit := int64(1)
		for range t.Scale {
			unit *= 10
		}
		return -floorDiv(-at, unit)
	default:
		return at
	}
}

func floorDiv(a, b int64) int64 {
	d := a / b
	if a%b < 0 {
		d--
	}
	return d
}

// horizonNote says in words how far an answer from behind the horizon reaches.
func (a *answer) horizonNote() string {
	switch {
	case a.q.beyond == 0:
		return ""
	case a.since == 0:
		return ", also for what lies behind the horizon of " + a.q.scan.Table.Name()
	default:
		return ", behind the horizon of " + a.q.scan.Table.Name() + " back to " + time.Unix(a.since, 0).UTC().Format(time.DateTime) + " UTC"
	}
}
