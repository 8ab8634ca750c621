package exec

import (
	"context"

	"github.com/freshetdb/freshet/columnar/agg"
	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/ledger"
	"github.com/freshetdb/freshet/columnar/types"
)

// NewNewMembers counts the members of each row's set, a state of uniqExact in column
// 1, that no row with a lesser key, column 0, has; rows without any are left out. It
// reads all rows and takes them in the order of their keys where they stand: the
// sets are not moved.
func NewNewMembers(env *Env, in Operator, names []string) Operator {
	return &newMembers{in: in, names: names, hold: ledger.ShareOf(env.Budget)}
}

type newMembers struct {
	in     Operator
	names  []string
	hold   ledger.Share
	done   bool
	result *batch.Batch
	pos    int
}

// Next implements Operator.
func (n *newMembers) Next(ctx context.Context) (*batch.Batch, error) {
	if !n.done {
		if err := n.run(ctx); err != nil {
			return nil, err
		}
		n.done = true
	}
	if n.pos >= n.result.Rows {
		return nil, nil
	}
	end := min(n.pos+GranuleRows, n.result.Rows)
	out := n.result.Slice(n.pos, end)
	n.pos = end
	return out, nil
}

// place is where a row stands.
type place struct {
	sets *batch.Vector
	row  int
}

func (n *newMembers) run(ctx context.Context) error {
	var keys []*batch.Vector
	var places []place
	bytes := int64(0)
	for {
		b, err := n.in.Next(ctx)
		if err != nil {
			return err
		}
		if b == nil {
			break
		}
		sets := b.Cols[1].Expand()
		for row := range b.Rows {
			places = append(places, place{sets, row})
		}
		keys = append(keys, b.Cols[0])
		bytes += b.SizeBytes()
		if err := n.hold.Set(bytes); err != nil {
			return err
		}
	}
	if len(keys) == 0 {
		n.result = &batch.Batch{Names: n.names}
		return nil
	}
	key := batch.Concat(keys[0].Type, keys)
	sel, counts, err := n.count(ctx, sortRows(batch.New(n.names[:1], []*batch.Vector{key}, key.Len), []Key{{Col: 0}}), places, bytes)
	if err != nil {
		return err
	}
	n.result = batch.New(n.names, []*batch.Vector{key.Gather(sel), batch.NewFixed(types.Of(types.UInt64), counts, nil)}, len(sel))
	return nil
}

// count merges the sets in order and says which rows brought how many members.
func (n *newMembers) count(ctx context.Context, order []uint32, places []place, bytes int64) (sel []uint32, counts []uint64, err error) {
	fn, err := agg.OfState(places[0].sets.Type)
	if err != nil {
		return nil, nil, err
	}
	all := fn.New()
	all.Grow(1)
	had, group := uint64(0), []uint32{0}
	for i, r := range order {
		p := places[r]
		if err := agg.MergeStates(all, fn, group, p.sets.Slice(p.row, p.row+1), 1); err != nil {
			return nil, nil, err
		}
		now := batch.Values[uint64](all.Finish(0, 1))[0]
		if now > had {
			sel, counts = append(sel, r), append(counts, now-had)
		}
		had = now
		if i%cancelEvery == 0 {
			if err := n.hold.Set(bytes + all.SizeBytes()); err != nil {
				return nil, nil, err
			}
			if err := context.Cause(ctx); err != nil {
				return nil, nil, err
			}
		}
	}
	return sel, counts, nil
}

// Close implements Operator.
func (n *newMembers) Close() error {
	n.result = nil
	n.hold.Release()
	return n.in.Close()
}
