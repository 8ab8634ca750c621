package engine

import (
	"context"
	"errors"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/chcode"
	"github.com/freshetdb/freshet/columnar/expr"
	"github.com/freshetdb/freshet/columnar/table"
	"github.com/freshetdb/freshet/columnar/types"
	"github.com/freshetdb/freshet/query/ast"
	"github.com/freshetdb/freshet/query/build"
	"github.com/freshetdb/freshet/query/exec"
	"github.com/freshetdb/freshet/query/plan"
	"github.com/freshetdb/freshet/query/rewrite"
)

func (q *query) selectStatement(ctx context.Context, s *ast.SelectStatement) error {
	if s.Output != nil && s.Output.Outfile != nil {
		return chcode.Errorf(chcode.NotImplemented, "INTO OUTFILE is the client's: the server writes no files")
	}
	if ex, ok := s.Query.(*ast.Explain); ok {
		return q.explain(ctx, ex)
	}
	n, err := q.planFor(ctx, s)
	if err != nil {
		return err
	}
	op, err := q.rows(ctx, n)
	if err != nil {
		return err
	}
	out, err := q.output(s.Output, n.run.Fields())
	if err != nil {
		return errors.Join(err, op.Close())
	}
	out.limited = hasLimit(n.run)
	if err := out.copy(ctx, op); err != nil {
		return errors.Join(err, op.Close())
	}
	if err := op.Close(); err != nil {
		return err
	}
	if n.totals != nil {
		if err := q.printTotals(ctx, out, n.totals); err != nil {
			return err
		}
	}
	return out.end()
}

// rows runs the plan of an answer. Beside totals, which must be those of the same rows,
// no answer of before is taken.
func (q *query) rows(ctx context.Context, n planned) (exec.Operator, error) {
	if n.totals != nil {
		return q.open(ctx, n.run, ofStatement)
	}
	return q.result(ctx, n, ofStatement)
}

// printTotals prints the row of WITH TOTALS.
func (q *query) printTotals(ctx context.Context, out *output, n plan.Node) error {
	op, err := q.open(ctx, n, ofStatement)
	if err != nil {
		return err
	}
	b, err := op.Next(ctx)
	if err == nil && b != nil {
		err = out.total(b)
	}
	return errors.Join(err, op.Close())
}

// open runs a plan. A set is made of symbols that all shards have in common.
func (q *query) open(ctx context.Context, n plan.Node, p purpose) (exec.Operator, error) {
	how := exec.Apart
	if p == ofSubquery {
		how = exec.UniteLarge
	}
	op, err := build.Build(q.env, q.storage(ctx), n, how)
	if err != nil {
		return nil, err
	}
	if err := q.readLimit(q.proc.progress.TotalRows.Load()); err != nil {
		return nil, errors.Join(err, op.Close())
	}
	return op, nil
}

// readLimit refuses to read more than max_rows_to_read.
func (q *query) readLimit(rows int64) error {
	if most := q.settings.int("max_rows_to_read"); most > 0 && rows > most {
		return chcode.Errorf(chcode.TooManyRows, "Limit for rows to read exceeded, max rows: %d, current rows: %d", most, rows)
	}
	return nil
}

// plan binds and rewrites a query.
func (q *query) plan(ctx context.Context, tree ast.Query) (plan.Node, error) {
	n, err := q.bound(ctx, tree)
	if err != nil {
		return nil, err
	}
	return q.rewritten(ctx, n), nil
}

// planFor is plan for the rows that a client gets: formats that do not keep states
// show their values.
func (q *query) planFor(ctx context.Context, s *ast.SelectStatement) (p planned, err error) {
	n, totals, err := q.binder(ctx, q.engine.backend.Catalog()).Answer(s.Query)
	if err != nil {
		return p, err
	}
	if n, err = q.limited(ctx, n); err != nil {
		return p, err
	}
	if totals != nil {
		if totals, err = q.withinHorizons(ctx, totals); err != nil {
			return p, err
		}
	}
	if !keepsStates(q.formatOf(s.Output)) {
		if n, err = q.finished(n); err != nil {
			return p, err
		}
		if totals != nil {
			if totals, err = q.finished(totals); err != nil {
				return p, err
			}
		}
	}
	p = planned{bound: n, run: q.rewritten(ctx, n)}
	if totals != nil {
		p.totals = q.rewritten(ctx, totals)
	}
	return p, nil
}

// planned is a query as it was written, and as it runs; totals is the plan of its row of
// totals, or nil.
type planned struct{ bound, run, totals plan.Node }

// finished puts the values of states in the place of states.
func (q *query) finished(n plan.Node) (plan.Node, error) {
	p := &plan.Project{Input: n}
	some := false
	for i, f := range n.Fields() {
		var e expr.Expr = &expr.Column{Pos: i, Name: f.Name, T: f.Type}
		if f.Type.Kind == types.AggregateFunction {
			some = true
			var err error
			if e, err = expr.NewCall(q.expr, "finalizeAggregation", []expr.Expr{e}); err != nil {
				return nil, err
			}
		}
		p.Exprs, p.Names = append(p.Exprs, e), append(p.Names, f.Name)
	}
	if !some {
		return n, nil
	}
	if in, ok := n.(*plan.Project); ok { // one projection, so that rules see what is used
		for i, e := range p.Exprs {
			p.Exprs[i] = expr.Rewrite(e, func(x expr.Expr) expr.Expr {
				if c, ok := x.(*expr.Column); ok && c.Pos >= 0 {
					return in.Exprs[c.Pos]
				}
				return x
			})
		}
		p.Input = in.Input
	}
	return p, nil
}

// bound is a query's plan as it was written, with the settings limit and offset
// around it.
func (q *query) bound(ctx context.Context, tree ast.Query) (plan.Node, error) {
	n, err := q.binder(ctx, q.engine.backend.Catalog()).Query(tree)
	if err != nil {
		return nil, err
	}
	return q.limited(ctx, n)
}

// limited bounds a plan by the horizons of its tables and by the settings limit and
// offset.
func (q *query) limited(ctx context.Context, n plan.Node) (plan.Node, error) {
	n, err := q.withinHorizons(ctx, n)
	if err != nil {
		return nil, err
	}
	count, offset := q.settings.int("limit"), q.settings.int("offset")
	if count > 0 || offset > 0 {
		l := &plan.Limit{Input: n, Count: plan.AllRows, Offset: offset}
		if count > 0 {
			l.Count = count
		}
		n = l
	}
	return n, nil
}

// rewritten applies the rules to a plan.
func (q *query) rewritten(ctx context.Context, n plan.Node) plan.Node {
	rc := q.rewrites(ctx)
	n = rewrite.Apply(rc, n)
	q.certify(ctx, n)
	for _, name := range q.expr.Applied { // The elements of a row have an order of their own.
		q.certificate.estimate(name)
	}
	q.bounded(ctx, n, func(_ *table.Def, horizon int64) { q.certificate.reach(horizon) })
	for _, u := range rc.Used {
		q.certificate.Rollups = append(q.certificate.Rollups, u.Rollup)
		q.certificate.Rounding = q.certificate.Rounding || u.Rounding
		q.certificate.reach(u.Since)
	}
	return n
}

func hasLimit(n plan.Node) bool {
	switch n := n.(type) {
	case *plan.Limit:
		return n.Count != plan.AllRows
	case *plan.Project:
		return hasLimit(n.Input)
	default:
		return false
	}
}

// storage reads the parts of stored tables from the statement's views.
func (q *query) storage(ctx context.Context) build.Storage { return storage{q: q, ctx: ctx} }

type storage struct {
	q   *query
	ctx context.Context //nolint:containedctx // lives as long as one Build
}

// Parts implements build.Storage.
func (s storage) Parts(t plan.Table) ([][]exec.Part, error) {
	stored, ok := t.(storedTable)
	if !ok {
		return nil, chcode.Errorf(chcode.LogicalError, "Table %s.%s is not stored", t.Database(), t.Name())
	}
	v, err := s.q.take(s.ctx)
	if err != nil {
		return nil, err
	}
	return v.Parts(stored.def.ID)
}

// subqueries runs queries that the binder needs the rows of.
type subqueries struct{ q *query }

// maxSetRows bounds the rows of a subquery that become a set.
const maxSetRows = 100_000_000

// Run implements bind.Runner.
func (s subqueries) Run(ctx context.Context, n plan.Node, maxRows int) (*batch.Batch, error) {
	n, err := s.q.withinHorizons(ctx, n)
	if err != nil {
		return nil, err
	}
	p := planned{bound: n, run: s.q.rewritten(ctx, n)}
	op, err := s.q.result(ctx, p, ofSubquery)
	if err != nil {
		return nil, err
	}
	b, err := s.collect(ctx, op, p.run, maxRows)
	return b, errors.Join(err, op.Close())
}

func (s subqueries) collect(ctx context.Context, op exec.Operator, n plan.Node, maxRows int) (*batch.Batch, error) {
	if maxRows == 0 {
		maxRows = maxSetRows
	}
	var parts []*batch.Batch
	rows := 0
	for {
		b, err := op.Next(ctx)
		if err != nil {
			return nil, err
		}
		if b == nil {
			break
		}
		if err := s.q.proc.memory.Add(b.SizeBytes()); err != nil {
			return nil, err
		}
		rows += b.Rows
		if rows > maxRows {
			return nil, chcode.Errorf(chcode.SetSizeLimitExceeded, "A subquery gave more than %d rows", maxRows)
		}
		parts = append(parts, b)
	}
	fields := n.Fields()
	names, ts := make([]string, len(fields)), make([]types.Type, len(fields))
	for i, f := range fields {
		names[i], ts[i] = f.Name, f.Type
	}
	return batch.ConcatBatches(names, ts, parts), nil
}
