package exec

import (
	"context"
	"math"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/ledger"
	"github.com/freshetdb/freshet/columnar/types"
)

// NewLimitBy passes, for each combination of values of cols, the rows of a cut
// without shares, in the input's order.
func NewLimitBy(env *Env, in Operator, cut Cut, cols []int, ts []types.Type) Operator {
	return &limitBy{in: in, cut: cut, cols: cols, groups: groupsOf(cols, ts), hold: ledger.ShareOf(env.Budget)}
}

// NewDistinct passes the first row of each combination of values of cols.
func NewDistinct(env *Env, in Operator, cols []int, ts []types.Type) Operator {
	return NewLimitBy(env, in, Cut{Count: 1}, cols, ts)
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
	cut    Cut
	cols   []int
	groups *groups
	seen   []int64 // rows of each group so far
	total  []int64 // rows of each group, where the cut asks for them
	held   []labelled
	size   int64 // of what is held
	hold   ledger.Share
}

// labelled is rows and their groups.
type labelled struct {
	rows *batch.Batch
	ids  []uint32
}

// Next implements Operator.
func (l *limitBy) Next(ctx context.Context) (*batch.Batch, error) {
	if !l.cut.isPlain() && l.total == nil {
		if err := l.count(ctx); err != nil {
			return nil, err
		}
	}
	from, to, _, _ := l.cut.span(math.MaxInt64)
	for {
		b, err := l.next(ctx)
		if b.rows == nil || err != nil {
			return nil, err
		}
		sel := make([]uint32, 0, b.rows.Rows)
		for r, id := range b.ids {
			if l.total != nil {
				from, to, _, _ = l.cut.span(l.total[id])
			}
			n := l.seen[id]
			l.seen[id]++
			if n >= from && n < to {
				sel = append(sel, uint32(r))
			}
		}
		switch len(sel) {
		case 0:
		case b.rows.Rows:
			return b.rows, nil
		default:
			return b.rows.Gather(sel), nil
		}
	}
}

// next is the next rows, of those that are held or of the input.
func (l *limitBy) next(ctx context.Context) (labelled, error) {
	if l.total != nil {
		if len(l.held) == 0 {
			return labelled{}, nil
		}
		b := l.held[0]
		l.held = l.held[1:]
		return b, nil
	}
	b, err := l.in.Next(ctx)
	if b == nil || err != nil {
		return labelled{}, err
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
	return labelled{b, ids}, l.hold.Set(l.size + l.groups.sizeBytes() + int64(len(l.seen))*8)
}

// count holds all rows and counts those of each group.
func (l *limitBy) count(ctx context.Context) error {
	for {
		b, err := l.next(ctx)
		if err != nil {
			return err
		}
		if b.rows == nil {
			break
		}
		for _, id := range b.ids {
			l.seen[id]++
		}
		l.held = append(l.held, b)
		l.size += b.rows.SizeBytes() + int64(len(b.ids))*4
	}
	l.total = append([]int64{}, l.seen...)
	clear(l.seen)
	return nil
}

// Close implements Operator.
func (l *limitBy) Close() error {
	l.hold.Release()
	return l.in.Close()
}
