package exec

import (
	"context"
	"slices"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/kernel"
	"github.com/freshetdb/freshet/columnar/ledger"
	"github.com/freshetdb/freshet/columnar/types"
)

// NewSort orders the rows of all streams; with limit > 0 only the first limit
// rows are kept, by every worker and at the end. Equal rows keep the order in
// which their stream gave them.
func NewSort(env *Env, in Streams, keys []Key, limit int64, names []string, ts []types.Type) Operator {
	return &sorter{env: env, in: portable(in), keys: keys, limit: limit, names: names, types: ts, hold: ledger.ShareOf(env.Budget)}
}

type sorter struct {
	env    *Env
	in     Streams
	keys   []Key
	limit  int64
	names  []string
	types  []types.Type
	hold   ledger.Share
	done   bool
	result *batch.Batch
	pos    int
}

// Next implements Operator.
func (s *sorter) Next(ctx context.Context) (*batch.Batch, error) {
	if !s.done {
		if err := s.run(ctx); err != nil {
			return nil, err
		}
		s.done = true
	}
	if s.pos >= s.result.Rows {
		return nil, nil
	}
	end := min(s.pos+s.env.batchRows(), s.result.Rows)
	out := s.result.Slice(s.pos, end)
	s.pos = end
	return out, nil
}

// Close implements Operator.
func (s *sorter) Close() error {
	s.result = nil
	s.hold.Release()
	return s.in.Close()
}

func (s *sorter) run(ctx context.Context) error {
	var all []*batch.Batch
	for _, ops := range s.in.Groups {
		parts := make([]*batch.Batch, len(ops))
		err := runGroup(ctx, ops, func(ctx context.Context, i int, op Operator) error {
			b, err := s.collect(ctx, op)
			parts[i] = b
			return err
		})
		if err != nil {
			return err
		}
		all = append(all, parts...)
	}
	rows := batch.ConcatBatches(s.names, s.types, all)
	if err := s.hold.Set(rows.SizeBytes() + sortBytes*int64(rows.Rows)); err != nil {
		return err
	}
	sorted, err := s.cut(ctx, rows)
	if err != nil {
		return err
	}
	s.result = sorted
	return s.hold.Set(s.result.SizeBytes())
}

// collect reads a stream to its end and keeps what may be part of the result. Once
// there are enough rows, those behind the last of them are left out as they come.
func (s *sorter) collect(ctx context.Context, op Operator) (*batch.Batch, error) {
	share := ledger.ShareOf(s.env.Budget)
	defer share.Release()
	var kept []*batch.Batch
	var last *batch.Batch // of the first limit rows
	var known behind
	rows, bytes := 0, int64(0)
	for {
		if err := context.Cause(ctx); err != nil {
			return nil, err
		}
		b, err := op.Next(ctx)
		if err != nil {
			return nil, err
		}
		if b == nil {
			break
		}
		if last != nil {
			if sel := known.before(b, last, s.keys); len(sel) < b.Rows {
				b = b.Gather(sel)
			}
			if b.Rows == 0 {
				continue
			}
		}
		kept = append(kept, b)
		rows += b.Rows
		bytes += b.SizeBytes()
		if s.limit > 0 && rows > int(s.limit)+s.slack() {
			top, err := s.cut(ctx, batch.ConcatBatches(s.names, s.types, kept))
			if err != nil {
				return nil, err
			}
			kept = []*batch.Batch{top}
			rows, bytes = top.Rows, top.SizeBytes()
			if len(s.keys) > 0 {
				last = top.Slice(top.Rows-1, top.Rows)
			}
		}
		if err := share.Set(bytes); err != nil {
			return nil, err
		}
	}
	out := batch.ConcatBatches(s.names, s.types, kept)
	if s.limit > 0 {
		return s.cut(ctx, out)
	}
	return out, nil
}

// slack is how many rows a bounded sort collects before it cuts them to the limit
// again: as many as cost no more to sort than those it keeps.
func (s *sorter) slack() int { return max(s.env.batchRows(), int(s.limit)) }

// cut sorts b and keeps the first limit rows. Rows whose first key alone puts them
// behind the last of these are left out before anything is compared by further keys.
func (s *sorter) cut(ctx context.Context, b *batch.Batch) (*batch.Batch, error) {
	if s.limit > 0 && int64(b.Rows) > s.limit && len(s.keys) > 0 {
		first := s.keys[0]
		if p := fixedPrefixes(b.Cols[first.Col], first); p != nil {
			if sel := leastRows(p, int(s.limit)); len(sel) < b.Rows {
				b = b.Gather(sel)
			}
		}
	}
	order, err := sortRows(ctx, b, s.keys)
	if err != nil {
		return nil, err
	}
	if s.limit > 0 && int64(len(order)) > s.limit {
		order = order[:s.limit]
	}
	if len(order) == b.Rows && slices.IsSorted(order) { // as they came
		return b, nil
	}
	return b.Gather(order), nil
}

// leastRows are the rows, as they stand, whose number is not above the n-th least.
func leastRows(p []uint64, n int) []uint32 {
	least := slices.Clone(p)
	kernel.SelectRank(least, n-1)
	bound := least[n-1]
	var sel []uint32
	for i, x := range p {
		if x <= bound {
			sel = append(sel, uint32(i))
		}
	}
	return sel
}
