package exec

import (
	"context"

	"github.com/freshetdb/freshet/columnar/agg"
	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/ledger"
	"github.com/freshetdb/freshet/columnar/types"
)

// NewNewMembers counts the members of each row's set, a state of uniqExact in column
// 1, that no row before it has; rows without any are left out. Column 0 is passed
// on.
func NewNewMembers(env *Env, in Operator, names []string) Operator {
	return &newMembers{in: in, names: names, hold: ledger.ShareOf(env.Budget)}
}

type newMembers struct {
	in    Operator
	names []string
	hold  ledger.Share
	fn    agg.Func
	all   agg.States // one group: all members so far
	count uint64
}

// Next implements Operator.
func (n *newMembers) Next(ctx context.Context) (*batch.Batch, error) {
	for {
		b, err := n.in.Next(ctx)
		if b == nil || err != nil {
			return nil, err
		}
		out, err := n.step(b)
		if err != nil {
			return nil, err
		}
		if out.Rows > 0 {
			return out, nil
		}
	}
}

func (n *newMembers) step(b *batch.Batch) (*batch.Batch, error) {
	sets := b.Cols[1].Expand()
	if n.all == nil {
		fn, err := agg.OfState(sets.Type)
		if err != nil {
			return nil, err
		}
		n.fn, n.all = fn, fn.New()
		n.all.Grow(1)
	}
	var sel []uint32
	var counts []uint64
	group := []uint32{0}
	for i := range b.Rows {
		if err := agg.MergeStates(n.all, n.fn, group, sets.Slice(i, i+1), 1); err != nil {
			return nil, err
		}
		now := batch.Values[uint64](n.all.Finish(0, 1))[0]
		if now > n.count {
			sel, counts = append(sel, uint32(i)), append(counts, now-n.count)
		}
		n.count = now
	}
	if err := n.hold.Set(n.all.SizeBytes()); err != nil {
		return nil, err
	}
	cols := []*batch.Vector{b.Cols[0].Gather(sel), batch.NewFixed(types.Of(types.UInt64), counts, nil)}
	return batch.New(n.names, cols, len(sel)), nil
}

// Close implements Operator.
func (n *newMembers) Close() error {
	n.all = nil
	n.hold.Release()
	return n.in.Close()
}
