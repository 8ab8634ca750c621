package exec

import (
	"context"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/expr"
)

// NewProject computes columns from the input's, batch by batch.
func NewProject(env *Env, in Operator, exprs []expr.Expr, names []string) Operator {
	return &project{env: env, in: in, exprs: exprs, names: names}
}

type project struct {
	env   *Env
	in    Operator
	exprs []expr.Expr
	names []string
}

// Next implements Operator.
func (p *project) Next(ctx context.Context) (*batch.Batch, error) {
	b, err := p.in.Next(ctx)
	if b == nil || err != nil {
		return nil, err
	}
	out := &batch.Batch{Names: p.names, Cols: make([]*batch.Vector, len(p.exprs)), Rows: b.Rows}
	for i, e := range p.exprs {
		if out.Cols[i], err = expr.Eval(p.env.Expr, e, b); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (p *project) reuse() { reuse(p.in) }

// Close implements Operator.
func (p *project) Close() error { return p.in.Close() }
