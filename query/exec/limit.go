package exec

import (
	"context"

	"github.com/freshetdb/freshet/columnar/batch"
)

// NewLimit passes count rows (all when count < 0) after skipping offset. With
// ties it goes on while rows equal the last one passed in these keys; the input
// must be ordered by them.
func NewLimit(in Operator, count, offset int64, ties []Key) Operator {
	return &limit{in: in, left: count, skip: offset, all: count < 0, ties: ties}
}

type limit struct {
	in   Operator
	left int64
	skip int64
	all  bool
	ties []Key
	last *batch.Batch // the last row passed, while ties may follow
	done bool
}

// Next implements Operator.
func (l *limit) Next(ctx context.Context) (*batch.Batch, error) {
	for !l.done {
		if !l.all && l.left == 0 && l.last == nil {
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
	if l.all {
		return b
	}
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
