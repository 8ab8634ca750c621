package exec

import (
	"context"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/ledger"
)

// NewLimit passes the rows of a cut. With ties it goes on while rows equal the
// last one passed in these keys, or the first one when it counts from the end; the
// input must be ordered by them.
func NewLimit(env *Env, in Operator, cut Cut, ties []Key) Operator {
	if !cut.isPlain() {
		return &cutter{in: in, cut: cut, ties: ties, hold: ledger.ShareOf(env.Budget)}
	}
	return &limit{in: in, left: cut.Count, skip: cut.Offset, ties: ties}
}

type limit struct {
	in   Operator
	left int64
	skip int64
	ties []Key
	last *batch.Batch // the last row passed, while ties may follow
	done bool
}

// Next implements Operator.
func (l *limit) Next(ctx context.Context) (*batch.Batch, error) {
	for !l.done {
		if l.left == 0 && l.last == nil {
			break
		}
		b, err := l.in.Next(ctx)
		if b == nil || err != nil {
			return nil, err
		}
		if int64(b.Rows) <= l.skip {
			l.skip -= int64(b.Rows)
			continue
		}
		b = b.Slice(int(l.skip), b.Rows)
		l.skip = 0
		if out := l.pass(b); out.Rows > 0 {
			return out, nil
		}
	}
	l.done = true
	return nil, nil
}

func (l *limit) pass(b *batch.Batch) *batch.Batch {
	n := int(min(l.left, int64(b.Rows)))
	l.left -= int64(n)
	if l.left > 0 || l.ties == nil {
		return b.Slice(0, n)
	}
	if n > 0 {
		l.last = b.Slice(n-1, n)
	}
	for n < b.Rows && l.tied(b.Slice(n, n+1)) {
		n++
	}
	if n < b.Rows {
		l.last, l.done = nil, true
	}
	return b.Slice(0, n)
}

func (l *limit) tied(row *batch.Batch) bool {
	both := batch.ConcatBatches(row.Names, row.Types(), []*batch.Batch{l.last, row})
	return compareRows(comparers(both, l.ties), 0, 1) == 0
}

// Close implements Operator.
func (l *limit) Close() error { return l.in.Close() }
