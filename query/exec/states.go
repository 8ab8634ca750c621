package exec

import (
	"context"

	"github.com/freshetdb/freshet/columnar/agg"
	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/types"
)

// portable gives the states of several shards' streams the portable form, so that
// their batches may be put together (R11). Streams of one group are left alone.
func portable(s Streams) Streams {
	if len(s.Groups) < 2 {
		return s
	}
	return s.Map(portableOne)
}

func portableOne(op Operator) Operator { return &portableStates{in: op} }

type portableStates struct{ in Operator }

// Next implements Operator.
func (p *portableStates) Next(ctx context.Context) (*batch.Batch, error) {
	b, err := p.in.Next(ctx)
	if b == nil || err != nil {
		return nil, err
	}
	out := b
	for i, c := range b.Cols {
		if c.Type.Kind != types.AggregateFunction || c.Dicts == nil {
			continue
		}
		v, err := agg.PortableStates(c)
		if err != nil {
			return nil, err
		}
		if out == b {
			copied := *b
			copied.Cols = append([]*batch.Vector(nil), b.Cols...)
			out = &copied
		}
		out.Cols[i] = v
	}
	return out, nil
}

// Close implements Operator.
func (p *portableStates) Close() error { return p.in.Close() }
