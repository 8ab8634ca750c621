package exec

import (
	"context"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/ledger"
	"github.com/freshetdb/freshet/columnar/types"
)

// NewLimitBy passes, for each combination of values of cols, count rows (all
// when count < 0) after skipping offset, in the input's order.
func NewLimitBy(env *Env, in Operator, count, offset int64, cols []int, ts []types.Type) Operator {
	return &limitBy{in: in, count: count, offset: offset, cols: cols, groups: groupsOf(cols, ts), hold: ledger.ShareOf(env.Budget)}
}

// NewDistinct passes the first row of each combination of values of cols.
func NewDistinct(env *Env, in Operator, cols []int, ts []types.Type) Operator {
	return NewLimitBy(env, in, 1, 0, cols, ts)
}

func groupsOf(cols []int, ts []types.Type) *groups {
	keyTypes := make([]types.Type, len(cols))
	for i, c := range cols {
		keyTypes[i] = ts[c]
	}
	return newGroups(keyTypes)
}

type limitBy struct {
	in     Operator
	count  int64
	offset int64
	cols   []int
	groups *groups
	seen   []int64
	hold   ledger.Share
}

// Next implements Operator.
func (l *limitBy) Next(ctx context.Context) (*batch.Batch, error) {
	for {
		b, err := l.in.Next(ctx)
		if b == nil || err != nil {
			return nil, err
		}
		keys := make([]*batch.Vector, len(l.cols))
		for i, c := range l.cols {
			keys[i] = b.Cols[c]
		}
		ids := make([]uint32, b.Rows)
		l.groups.assign(keys, b.Rows, ids)
		if grow := l.groups.count - len(l.seen); grow > 0 {
			l.seen = append(l.seen, make([]int64, grow)...)
		}
		sel := make([]uint32, 0, b.Rows)
		for r, id := range ids {
			n := l.seen[id]
			l.seen[id]++
			if n >= l.offset && (l.count < 0 || n < l.offset+l.count) {
				sel = append(sel, uint32(r))
			}
		}
		if err := l.hold.Set(l.groups.sizeBytes() + int64(len(l.seen))*8); err != nil {
			return nil, err
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

// Close implements Operator.
func (l *limitBy) Close() error {
	l.hold.Release()
	return l.in.Close()
}
