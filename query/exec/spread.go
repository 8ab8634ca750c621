package exec

import (
	"context"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/expr"
	"github.com/freshetdb/freshet/columnar/types"
)

// NewSpread gives every batch once for each of variants, with those expressions over
// it in the place of columns cols. At the end each of the variants always gets a row of
// defaults, of types ts.
func NewSpread(env *Env, in Operator, cols []int, variants [][]expr.Expr, ts []types.Type, always []int) Operator {
	return &spread{env: env, in: in, cols: cols, variants: variants, next: len(variants), types: ts, always: always}
}

type spread struct {
	env      *Env
	in       Operator
	cols     []int
	variants [][]expr.Expr
	cur      *batch.Batch
	next     int // of variants, for the current batch
	types    []types.Type
	always   []int // those that are still to come
}

// Next implements Operator.
func (s *spread) Next(ctx context.Context) (*batch.Batch, error) {
	if s.next == len(s.variants) {
		b, err := s.in.Next(ctx)
		if err != nil {
			return nil, err
		}
		if b == nil {
			return s.last()
		}
		s.cur, s.next = b, 0
	}
	s.next++
	return s.variant(s.cur, s.next-1)
}

func (s *spread) variant(b *batch.Batch, k int) (*batch.Batch, error) {
	out := *b
	out.Cols = append([]*batch.Vector(nil), b.Cols...)
	for i, e := range s.variants[k] {
		v, err := expr.Eval(s.env.Expr, e, b)
		if err != nil {
			return nil, err
		}
		out.Cols[s.cols[i]] = v.Expand()
	}
	return &out, nil
}

// last gives the next row of defaults.
func (s *spread) last() (*batch.Batch, error) {
	if len(s.always) == 0 {
		return nil, nil
	}
	k := s.always[0]
	s.always = s.always[1:]
	b := &batch.Batch{Rows: 1}
	for _, t := range s.types {
		d := batch.NewBuilder(t, 1)
		d.AppendDefault()
		b.Names, b.Cols = append(b.Names, ""), append(b.Cols, d.Finish())
	}
	return s.variant(b, k)
}

// Close implements Operator.
func (s *spread) Close() error { return s.in.Close() }
