package exec

import (
	"context"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/expr"
)

// NewSlide gives every batch once for each of ends, with that expression over it
// in the place of column col.
func NewSlide(env *Env, in Operator, col int, ends []expr.Expr) Operator {
	return &slide{env: env, in: in, col: col, ends: ends, next: len(ends)}
}

type slide struct {
	env  *Env
	in   Operator
	col  int
	ends []expr.Expr
	cur  *batch.Batch
	next int // of ends, for the current batch
}

// Next implements Operator.
func (s *slide) Next(ctx context.Context) (*batch.Batch, error) {
	if s.next == len(s.ends) {
		b, err := s.in.Next(ctx)
		if b == nil || err != nil {
			return nil, err
		}
		s.cur, s.next = b, 0
	}
	v, err := expr.Eval(s.env.Expr, s.ends[s.next], s.cur)
	if err != nil {
		return nil, err
	}
	s.next++
	out := *s.cur
	out.Cols = append([]*batch.Vector(nil), s.cur.Cols...)
	out.Cols[s.col] = v
	return &out, nil
}

// Close implements Operator.
func (s *slide) Close() error { return s.in.Close() }
