package exec

import (
	"context"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/expr"
	"github.com/freshetdb/freshet/columnar/ledger"
)

// NewProject computes columns from the input's, batch by batch.
func NewProject(env *Env, in Operator, exprs []expr.Expr, names []string) Operator {
	return &project{env: env, in: in, exprs: exprs, names: names, share: ledger.ShareOf(env.Budget)}
}

type project struct {
	env   *Env
	in    Operator
	exprs []expr.Expr
	names []string
	share ledger.Share
}

// countedBytes is the size from which computed columns of one batch count as memory of the query: few are large, as
// arrays that arguments ask for are.
const countedBytes = 1 << 20

// Next implements Operator.
func (p *project) Next(ctx context.Context) (*batch.Batch, error) {
	p.share.Release()
	b, err := p.in.Next(ctx)
	if b == nil || err != nil {
		return nil, err
	}
	out := &batch.Batch{Names: p.names, Cols: make([]*batch.Vector, len(p.exprs)), Rows: b.Rows}
	made := int64(0)
	for i, e := range p.exprs {
		if out.Cols[i], err = expr.Eval(p.env.Expr, e, b); err != nil {
			return nil, err
		}
		if _, given := e.(*expr.Column); given {
			continue
		}
		if made += out.Cols[i].SizeBytes(); made >= countedBytes {
			if err := p.share.Set(made); err != nil {
				return nil, err
			}
		}
	}
	return out, nil
}

func (p *project) reuse() { reuse(p.in) }

// Close implements Operator.
func (p *project) Close() error {
	p.share.Release()
	return p.in.Close()
}
