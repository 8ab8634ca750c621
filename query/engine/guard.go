package engine

import (
	"context"
	"slices"

	"github.com/freshetdb/freshet/columnar/expr"
	"github.com/freshetdb/freshet/columnar/table"
	"github.com/freshetdb/freshet/columnar/types"
	"github.com/freshetdb/freshet/query/exec"
	"github.com/freshetdb/freshet/query/plan"
)

// guard is what one scan of a plan reads: an answer stays right as long as no rows of
// the table change, and none are appended that would pass the filter.
type guard struct {
	table uint64
	name  string
	read  versions
	// columns are those of the table that rows are appended to, which is of a rollup
	// its source; filter has the conditions on its times, over all columns.
	columns []types.Column
	filter  []expr.Expr
}

// guards are those of all scans of a plan, in order; ok is false when the rows of a
// table can't be watched, or when there is no table.
func (q *query) guards(ctx context.Context, n plan.Node) (list []guard, ok bool) {
	ok = true
	var visit func(n plan.Node)
	visit = func(n plan.Node) {
		for _, in := range n.Inputs() {
			visit(in)
		}
		scan, isScan := n.(*plan.Scan)
		if !isScan {
			return
		}
		stored, isStored := scan.Table.(storedTable)
		if !isStored {
			ok = false
			return
		}
		v, err := q.take(ctx)
		if err != nil {
			ok = false // running the plan will say why
			return
		}
		g := guard{table: stored.def.ID, name: stored.def.FullName(), read: v.Versions(stored.def.ID)}
		ok = ok && g.read != nil
		g.columns, g.filter = q.watched(stored.def, scan)
		g.filter = slices.DeleteFunc(g.filter, func(e expr.Expr) bool { return !isOfTime(e, g.columns) })
		list = append(list, g)
	}
	visit(n)
	return list, ok && len(list) > 0
}

// watched is the filter of a scan over all columns of the table that its rows come
// from.
func (q *query) watched(d *table.Def, scan *plan.Scan) ([]types.Column, []expr.Expr) {
	if d.Kind == table.Rollup {
		return q.watchedSource(d, scan)
	}
	var filter []expr.Expr
	for _, e := range scan.Filter {
		filter = append(filter, expr.Remap(e, func(pos int) int { return scan.Columns[pos] }))
	}
	return d.Schema.Columns, filter
}

// watchedSource is watched for a rollup: what its filter says of the rows of its
// source, whose values its keys are computed from. Conditions on states say nothing
// of them.
func (q *query) watchedSource(d *table.Def, scan *plan.Scan) ([]types.Column, []expr.Expr) {
	source := q.engine.backend.Catalog().ByID(d.Derived.From.Table)
	if source == nil {
		return nil, nil
	}
	cols := source.Schema.Columns
	keys := sourceKeys(d, cols)
	var filter []expr.Expr
	for _, e := range scan.Filter {
		if slices.ContainsFunc(expr.Columns(e), func(pos int) bool { return keys[scan.Columns[pos]] == nil }) {
			continue
		}
		filter = append(filter, expr.Rewrite(e, func(x expr.Expr) expr.Expr {
			if c, ok := x.(*expr.Column); ok && c.Pos >= 0 {
				return keys[scan.Columns[c.Pos]]
			}
			return x
		}))
	}
	return cols, filter
}

// sourceKeys are the keys of a rollup, by their place in its schema, as expressions
// over the columns of its source: those whose columns are as they were when the
// rollup was made.
func sourceKeys(d *table.Def, cols []types.Column) map[int]expr.Expr {
	keys := map[int]expr.Expr{}
	for i, b := range d.Derived.From.Keys {
		e, err := expr.Decode(b)
		if err != nil {
			continue
		}
		isSame := true
		expr.Walk(e, func(x expr.Expr) bool {
			if c, ok := x.(*expr.Column); ok && c.Pos >= 0 {
				isSame = isSame && slices.ContainsFunc(cols, func(o types.Column) bool {
					return int(o.ID) == c.Pos && o.Type.NotSimple().Equal(c.T)
				})
			}
			return true
		})
		place := slices.IndexFunc(d.Schema.Columns, func(c types.Column) bool { return c.ID == d.Derived.Keys[i] })
		if !isSame || place < 0 || !e.Type().Equal(d.Schema.Columns[place].Type.NotSimple()) {
			continue
		}
		keys[place] = expr.Remap(e, func(id int) int {
			return slices.IndexFunc(cols, func(c types.Column) bool { return int(c.ID) == id })
		})
	}
	return keys
}

// holds tells whether an answer over an older version of the rows is one over those
// of the guard.
func (g *guard) holds(ctx *expr.Ctx, old versions) bool { return g.isRight(ctx, old, g.read) }

// isRight tells whether an answer over older versions is one over newer ones.
func (g *guard) isRight(ctx *expr.Ctx, old, now versions) bool {
	if len(old) != len(now) {
		return false
	}
	for i := range old {
		rows, ok := now[i].Since(&old[i])
		if !ok {
			return false
		}
		some, err := exec.MayRead(ctx, g.columns, g.filter, rows)
		if some || err != nil {
			return false
		}
	}
	return true
}

// ranges are the conditions by which appended rows are told apart.
func (g *guard) ranges() []string {
	var out []string
	for _, e := range g.filter {
		out = append(out, e.String())
	}
	return out
}

// watchedSetMax bounds the sets that are kept with an answer; pruning does nothing
// with larger ones.
const watchedSetMax = 256

// isOfTime tells conditions on times: of appended rows nothing else is known.
func isOfTime(e expr.Expr, columns []types.Column) bool {
	isSmall := true
	expr.Walk(e, func(x expr.Expr) bool {
		in, ok := x.(*expr.In)
		isSmall = isSmall && (!ok || in.Set.Len() <= watchedSetMax)
		return isSmall
	})
	return isSmall && slices.ContainsFunc(expr.Columns(e), func(pos int) bool {
		t := columns[pos].Type
		return t.IsTime() || t.IsDate()
	})
}

// describeGuards is what system.query_cache tells of guards.
func describeGuards(list []guard) (tables, ranges []string) {
	for i := range list {
		tables = append(tables, list[i].name)
		ranges = append(ranges, list[i].ranges()...)
	}
	slices.Sort(tables)
	slices.Sort(ranges)
	return slices.Compact(tables), slices.Compact(ranges)
}
