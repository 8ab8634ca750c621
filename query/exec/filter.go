package exec

import (
	"context"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/expr"
)

// NewFilter keeps the rows for which every expression is true, tried in order.
func NewFilter(env *Env, in Operator, conj []expr.Expr) Operator {
	return &filter{env: env, in: in, conj: conj}
}

type filter struct {
	env  *Env
	in   Operator
	conj []expr.Expr
}

// Next implements Operator.
func (f *filter) Next(ctx context.Context) (*batch.Batch, error) {
	for {
		b, err := f.in.Next(ctx)
		if b == nil || err != nil {
			return nil, err
		}
		var sel []uint32 // nil: all rows
		for _, e := range f.conj {
			if sel, err = expr.FilterInto(f.env.Expr, e, b, sel, nil); err != nil {
				return nil, err
			}
			if len(sel) == 0 {
				break
			}
		}
		switch len(sel) {
		case 0:
		case b.Rows:
			return b, nil
		default:
			return b.Gather(sel), nil
		}
	}
}

func (f *filter) reuse() { reuse(f.in) }

// Close implements Operator.
func (f *filter) Close() error { return f.in.Close() }
