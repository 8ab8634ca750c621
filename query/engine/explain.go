package engine

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/freshetdb/freshet/columnar/chcode"
	"github.com/freshetdb/freshet/columnar/table"
	"github.com/freshetdb/freshet/query/ast"
	"github.com/freshetdb/freshet/query/build"
	"github.com/freshetdb/freshet/query/exec"
	"github.com/freshetdb/freshet/query/plan"
	"github.com/freshetdb/freshet/query/rewrite"
)

// explain shows the plan of a query, its syntax, or an estimate of what it reads.
func (q *query) explain(ctx context.Context, s *ast.Explain) error {
	sel, ok := s.Statement.(*ast.SelectStatement)
	if !ok {
		return chcode.Errorf(chcode.NotImplemented, "EXPLAIN is for SELECT only")
	}
	var lines []string
	switch s.Kind {
	case ast.ExplainSyntax:
		lines = []string{ast.Format(sel.Query)}
	case ast.ExplainPlan, ast.ExplainPipeline, ast.ExplainQueryTree:
		n, totals, err := q.binder(ctx, q.engine.backend.Catalog()).Answer(sel.Query)
		if err != nil {
			return err
		}
		if n, err = q.withinHorizons(ctx, n); err != nil {
			return err
		}
		lines = q.explainPlan(ctx, n)
		if totals != nil {
			if totals, err = q.withinHorizons(ctx, totals); err != nil {
				return err
			}
			lines = append(append(lines, "Totals"), q.explainPlan(ctx, totals)...)
		}
	case ast.ExplainEstimate:
		n, err := q.plan(ctx, sel.Query)
		if err != nil {
			return err
		}
		if lines, err = q.estimate(ctx, n); err != nil {
			return err
		}
	default:
		return chcode.Errorf(chcode.NotImplemented, "EXPLAIN %s is not supported", s.Kind)
	}
	return q.lines(s.Output, "explain", lines)
}

// explainPlan prints the plan after the rewrites, which of them changed it or are
// switched off, and for each rollup of a table whether it is used, and why not.
func (q *query) explainPlan(ctx context.Context, n plan.Node) []string {
	rc := q.rewrites(ctx)
	rc.Explain = true
	var applied []string
	for _, r := range rewrite.Rules() {
		if slices.Contains(rc.Off, r.Name) {
			applied = append(applied, "Rewrite "+r.Name+": switched off")
			continue
		}
		before := strings.Join(plan.Explain(n), "\n")
		if n = r.Apply(rc, n); strings.Join(plan.Explain(n), "\n") != before {
			applied = append(applied, "Rewrite "+r.Name+": applied")
		}
	}
	lines := slices.Concat(plan.Explain(n), applied, rc.Notes)
	if rc.Beyond {
		q.bounded(ctx, n, func(d *table.Def, horizon int64) {
			lines = with(lines, fmt.Sprintf("table %s: read from its horizon %s UTC on", d.FullName(), time.Unix(horizon, 0).UTC().Format(time.DateTime)))
		})
	}
	return lines
}

// estimate opens the scans, which prunes their granules, without reading rows.
func (q *query) estimate(ctx context.Context, n plan.Node) ([]string, error) {
	env := *q.env
	env.Unite = nil // It would be work.
	op, err := build.Build(&env, q.storage(ctx), n, exec.Apart)
	if err != nil {
		return nil, err
	}
	p := q.proc.progress
	lines := []string{fmt.Sprintf("granules to read: %d, granules skipped: %d, rows to read: %d",
		p.Granules.Load(), p.GranulesSkip.Load(), p.TotalRows.Load())}
	return lines, op.Close()
}
