package engine

import (
	"context"
	"fmt"
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
	rc := &rewrite.Context{Off: q.off(), Expr: q.expr, AllowInexact: q.settings.bool("allow_inexact_rollups")}
	if mode := q.settings.int("use_rollups"); mode > 0 {
		rc.Rollups, rc.AnyCost = rollups{q: q, ctx: ctx}, mode > 1
	}
	return rc
}

// withinHorizons bounds the scans of tables whose oldest rows have expired by the
// first instant that is fully kept (R16), so that the answer is the same from the
// table and from a rollup that reaches further back.
func (q *query) withinHorizons(ctx context.Context, n plan.Node) (plan.Node, error) {
	if q.settings.bool("rollup_beyond_detail") {
		return n, nil
	}
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
	var since func(*plan.Scan, *table.Def, int64) (expr.Expr, error)
	switch {
	case stored.def.Kind == table.Rollup:
		since = q.spansSince
	case stored.def.Kind == table.Events && stored.def.TTLColumn != 0:
		since = q.since
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
	cond, err := since(scan, stored.def, horizon)
	if cond == nil || err != nil {
		return n, err
	}
	q.certificate.reach(horizon) // also of what a rollup answers, which may hold more
	return &plan.Filter{Input: scan, Conj: []expr.Expr{cond}}, nil
}

// spansSince is the condition that a row of a rollup is of a span that its horizon
// lies in, or of a later one: of earlier ones it has no more than rows that came late,
// which say nothing of them. Nil where no key tells.
func (q *query) spansSince(scan *plan.Scan, d *table.Def, horizon int64) (expr.Expr, error) {
	source := q.engine.backend.Catalog().ByID(d.Derived.From.Table)
	if source == nil {
		return nil, nil //nolint:nilnil // It was dropped meanwhile; reading says so.
	}
	place, first, err := rewrite.SpanAt(q.expr, d, source, horizon)
	if err != nil || place < 0 {
		return nil, err
	}
	pos := slices.Index(scan.Columns, place)
	if pos < 0 {
		return nil, nil //nolint:nilnil // nothing to bound by
	}
	c := &d.Schema.Columns[place]
	col := &expr.Column{Pos: pos, Name: c.Name, T: c.Type.NotSimple()}
	return expr.NewCall(q.expr, "greaterOrEquals", []expr.Expr{col, expr.NewConst(first)})
}

// since is the condition that the column of a table's TTL is not before an instant
// in Unix seconds; nil where the scan does not read the column.
func (q *query) since(scan *plan.Scan, d *table.Def, horizon int64) (expr.Expr, error) {
	for pos, place := range scan.Columns {
		c := &d.Schema.Columns[place]
		if c.ID != d.TTLColumn {
			continue
		}
		at := expr.NewConst(batch.NewFixed(types.Of(types.DateTime), []uint32{uint32(horizon)}, nil))
		cast, err := expr.NewCast(q.expr, at, c.Type.NotSimple(), expr.CastInternal)
		if err != nil {
			return nil, err
		}
		folded, err := expr.Fold(q.expr, cast)
		if err != nil {
			return nil, err
		}
		col := &expr.Column{Pos: pos, Name: c.Name, T: c.Type.NotSimple()}
		return expr.NewCall(q.expr, "greaterOrEquals", []expr.Expr{col, folded})
	}
	return nil, nil //nolint:nilnil // nothing to bound by
}

// rollups finds the rollups of tables in the statement's views.
type rollups struct {
	q   *query
	ctx context.Context //nolint:containedctx // lives as long as the planning of one statement
}

// Of implements rewrite.Rollups.
func (r rollups) Of(t plan.Table) (list []rewrite.Candidate, rows int64, def *table.Def) {
	stored, ok := t.(storedTable)
	if !ok || stored.def.Kind != table.Events {
		return nil, 0, nil
	}
	cat := r.q.engine.backend.Catalog()
	for _, d := range cat.Tables {
		if d.Kind != table.Rollup || d.Derived.From.Table != stored.def.ID {
			continue
		}
		v, err := r.q.take(r.ctx)
		if err != nil {
			return nil, 0, nil // reading the table will say why
		}
		size := v.Rollup(d.ID)
		c := rewrite.Candidate{
			Table: storedTable{d}, Def: d, Rows: size.Rows, Bytes: size.Bytes, Horizon: v.Horizon(d.ID), Gaps: size.State.Gaps,
		}
		if r.q.settings.bool("rollup_beyond_detail") {
			c.Beyond = v.Horizon(stored.def.ID)
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
		rows = v.Rollup(stored.def.ID).Rows
	}
	return list, rows, stored.def
}
