package exec

import (
	"context"
	"errors"

	"github.com/freshetdb/freshet/columnar/batch"
)

// NewRows gives the rows of a batch.
func NewRows(env *Env, b *batch.Batch) Operator { return &rows{env: env, batch: b} }

type rows struct {
	env   *Env
	batch *batch.Batch
	pos   int
}

// Next implements Operator.
func (r *rows) Next(context.Context) (*batch.Batch, error) {
	if r.pos >= r.batch.Rows {
		return nil, nil
	}
	end := min(r.pos+r.env.batchRows(), r.batch.Rows)
	out := r.batch.Slice(r.pos, end)
	r.pos = end
	return out, nil
}

// Close implements Operator.
func (r *rows) Close() error { return nil }

// NewGenerate gives the batches of a function that open returns.
func NewGenerate(env *Env, open func() (func() (*batch.Batch, error), error)) Operator {
	return &generate{env: env, open: open}
}

type generate struct {
	env  *Env
	open func() (func() (*batch.Batch, error), error)
	next func() (*batch.Batch, error)
	rest rows // of the batch in hand
}

// Next implements Operator.
func (g *generate) Next(ctx context.Context) (*batch.Batch, error) {
	if err := context.Cause(ctx); err != nil {
		return nil, err
	}
	if g.next == nil {
		next, err := g.open()
		if err != nil {
			return nil, err
		}
		g.next = next
	}
	for {
		if g.rest.batch != nil && g.rest.pos < g.rest.batch.Rows {
			return g.rest.Next(ctx)
		}
		b, err := g.next()
		if b == nil || err != nil {
			return nil, err
		}
		g.env.Progress.ReadRows.Add(int64(b.Rows))
		g.env.Progress.ReadBytes.Add(b.SizeBytes())
		g.rest = rows{env: g.env, batch: b}
	}
}

// Close implements Operator.
func (g *generate) Close() error { return nil }

// NewUnion gives the rows of all inputs, one after another.
func NewUnion(ins []Operator, names []string) Operator {
	for i := range ins {
		ins[i] = portableOne(ins[i])
	}
	return &union{ins: ins, names: names}
}

type union struct {
	ins   []Operator
	names []string
	pos   int
}

// Next implements Operator.
func (u *union) Next(ctx context.Context) (*batch.Batch, error) {
	for u.pos < len(u.ins) {
		b, err := u.ins[u.pos].Next(ctx)
		if err != nil {
			return nil, err
		}
		if b != nil {
			out := *b
			out.Names = u.names
			return &out, nil
		}
		u.pos++
	}
	return nil, nil
}

// Close implements Operator.
func (u *union) Close() error {
	var errs []error
	for _, in := range u.ins {
		errs = append(errs, in.Close())
	}
	return errors.Join(errs...)
}
