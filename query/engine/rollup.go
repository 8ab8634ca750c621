package engine

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/expr"
	"github.com/freshetdb/freshet/columnar/table"
	"github.com/freshetdb/freshet/columnar/types"
	"github.com/freshetdb/freshet/query/plan"
	"github.com/freshetdb/freshet/query/rewrite"
)

// rewrites is what the rules know of the statement.
func (q *query) rewrites(ctx context.Context) *rewrite.Context {
	rc := &rewrite.Context{Off: q.off(), Expr: q.expr, AllowInexact: q.settings.bool("allow_inexact_rollups"), Beyond: q.beyond()}
	if mode := q.settings.int("use_rollups"); mode > 0 {
		rc.Rollups, rc.AnyCost = rollups{q: q, ctx: ctx}, mode > 1
	}
	return rc
}

// beyond tells whether rollups may answer for what lies behind the horizon of tables.
func (q *query) beyond() bool { return q.settings.bool("rollup_beyond_detail") }

// withinHorizons bounds the scans of tables whose oldest rows have expired by the
// first instant that is fully kept (R16), so that the answer is the same from the
// table and from a rollup that reaches further back. With rollup_beyond_detail it is the
// rule use_rollups that leaves the bound out, where a rollup has what lies behind it;
// scans of rollups are not bounded then.
func (q *query) withinHorizons(ctx context.Context, n plan.Node) (plan.Node, error) {
	ins := n.Inputs()
	if len(ins) > 0 {
		out := make([]plan.Node, len(ins))
		for i, in := range ins {
			var err error
			if out[i], err = q.withinHorizons(ctx, in); err != nil {
				return nil, err
			}
		}
		return n.WithInputs(out), nil
	}
	scan, ok := n.(*plan.Scan)
	if !ok {
		return n, nil
	}
	stored, ok := scan.Table.(storedTable)
	if !ok {
		return n, nil
	}
	since := rewrite.Since
	switch {
	case stored.def.Kind == table.Rollup && !q.beyond():
		since = q.spansSince
	case stored.def.Kind == table.Events:
	default:
		return n, nil
	}
	v, err := q.take(ctx)
	if err != nil {
		return nil, err
	}
	horizon := v.Horizon(stored.def.ID)
	if horizon == 0 {
		return n, nil
	}
	cond, err := since(q.expr, scan, stored.def, horizon)
	if cond == nil || err != nil {
		return n, err
	}
	return &plan.Filter{Input: scan, Conj: []expr.Expr{cond}}, nil
}

// spansSince is the condition that a row of a rollup is of a span that its horizon
// lies in, or of a later one: of earlier ones it has no more than rows that came late,
// which say nothing of them. Nil where no key tells.
func (q *query) spansSince(ctx *expr.Ctx, scan *plan.Scan, d *table.Def, horizon int64) (expr.Expr, error) {
	source := q.engine.backend.Catalog().ByID(d.Derived.From.Table)
	if source == nil {
		return nil, nil //nolint:nilnil // It was dropped meanwhile; reading says so.
	}
	place, first, err := rewrite.SpanAt(ctx, d, source, horizon)
	if err != nil || place < 0 {
		return nil, err
	}
	pos := slices.Index(scan.Columns, place)
	if pos < 0 {
		return nil, nil //nolint:nilnil // nothing to bound by
	}
	c := &d.Schema.Columns[place]
	col := &expr.Column{Pos: pos, Name: c.Name, T: c.Type.NotSimple()}
	return expr.NewCall(ctx, "greaterOrEquals", []expr.Expr{col, expr.NewConst(first)})
}

// bounded calls visit for each table that a plan reads no further back than its horizon.
// What is read beside a rollup is left out: the rule use_rollups tells since when that
// answer has everything.
func (q *query) bounded(ctx context.Context, n plan.Node, visit func(d *table.Def, horizon int64)) {
	if a, ok := n.(*plan.Aggregate); ok && len(a.More) > 0 {
		return
	}
	if d, horizon := q.boundedAt(ctx, n); horizon > 0 {
		visit(d, horizon)
		return
	}
	for _, in := range n.Inputs() {
		q.bounded(ctx, in, visit)
	}
}

// boundedAt is the horizon that a scan, or a filter over one, is bounded by; 0 for none.
func (q *query) boundedAt(ctx context.Context, n plan.Node) (*table.Def, int64) {
	var conj []expr.Expr
	if f, ok := n.(*plan.Filter); ok {
		conj, n = f.Conj, f.Input
	}
	scan, ok := n.(*plan.Scan)
	if !ok {
		return nil, 0
	}
	stored, ok := scan.Table.(storedTable)
	if !ok || stored.def.Kind != table.Events {
		return nil, 0
	}
	v, err := q.take(ctx)
	if err != nil {
		return nil, 0 // reading the table will say why
	}
	horizon := v.Horizon(stored.def.ID)
	if horizon == 0 {
		return nil, 0
	}
	cond, err := rewrite.Since(q.expr, scan, stored.def, horizon)
	is := func(e expr.Expr) bool { return expr.Equal(e, cond) }
	if cond == nil || err != nil || !slices.ContainsFunc(scan.Filter, is) && !slices.ContainsFunc(conj, is) {
		return nil, 0
	}
	return stored.def, horizon
}

// rollups finds the rollups of tables in the statement's views.
type rollups struct {
	q   *query
	ctx context.Context //nolint:containedctx // lives as long as the planning of one statement
}

// Of implements rewrite.Rollups.
func (r rollups) Of(t plan.Table) (list []rewrite.Candidate, src rewrite.Source) {
	stored, ok := t.(storedTable)
	if !ok || stored.def.Kind != table.Events {
		return nil, src
	}
	cat := r.q.engine.backend.Catalog()
	for _, d := range cat.Tables {
		if d.Kind != table.Rollup || d.Derived.From.Table != stored.def.ID {
			continue
		}
		v, err := r.q.take(r.ctx)
		if err != nil {
			return nil, src // reading the table will say why
		}
		size := v.Rollup(d.ID)
		c := rewrite.Candidate{
			Table: storedTable{d}, Def: d, Rows: size.Rows, Bytes: size.Bytes, Horizon: v.Horizon(d.ID), Gaps: size.State.Gaps,
		}
		switch {
		case !size.State.IsComplete():
			c.Refused = fmt.Sprintf("it is being filled: %d of %d rows of the past are in", size.State.FilledRows, size.State.PastRows)
		case size.State.Diverged != "":
			c.Refused = size.State.Diverged + " (ALTER TABLE … MODIFY QUERY builds it anew)"
		case r.q.expr.Zone.Name() != r.q.engine.cfg.Zone.Name():
			c.Refused = "session_timezone is not the zone that it is computed in"
		}
		list = append(list, c)
		src = rewrite.Source{Def: stored.def, Rows: v.Rollup(stored.def.ID).Rows, Horizon: v.Horizon(stored.def.ID), Outside: func(c *types.Column) bool {
			return outside(v, stored.def.ID, c)
		}}
	}
	return list, src
}

// outside tells whether a DateTime64 or Date32 of a table may be no DateTime.
func outside(v Views, tableID uint64, c *types.Column) bool {
	greatest := int64(math.MaxUint32)
	if c.Type.Kind == types.Date32 {
		greatest /= 86400
	}
	for range c.Type.Scale {
		greatest *= 10
	}
	shards, err := v.Parts(tableID)
	for _, parts := range shards {
		for _, p := range parts {
			lo, hi := p.Bounds(c)
			if lo == nil || !within(lo, greatest) || !within(hi, greatest) {
				return true
			}
		}
	}
	return err != nil
}

func within(v *batch.Vector, greatest int64) bool {
	switch d := v.Data.(type) {
	case []int64:
		return !slices.ContainsFunc(d, func(x int64) bool { return x < 0 || x > greatest })
	case []int32:
		return !slices.ContainsFunc(d, func(x int32) bool { return x < 0 || int64(x) > greatest })
	default:
		return false
	}
}
