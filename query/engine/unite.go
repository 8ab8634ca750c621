package engine

import (
	"context"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/table"
)

const (
	// uniteBytes bounds the numbers that symbols of several shards have together.
	uniteBytes = 1 << 30
	// uniteShare is the part of the node's memory that they take at most.
	uniteShare = 8
)

// uniter gives dictionaries of several shards as one, the same for the whole query, so
// that codes can be compared. It is used by one goroutine.
type uniter struct {
	q     *query
	ctx   context.Context //nolint:containedctx // lives as long as the query
	known map[batch.Dictionary]unitedMember
}

type unitedMember struct {
	all   *table.United
	codes []uint32
}

// unite is exec.Env.Unite; nil when there is no room for it.
func (q *query) unite(ctx context.Context) func([]batch.Dictionary, int) (batch.Dictionary, [][]uint32, error) {
	if q.engine.unions.Limit() == 0 {
		return nil
	}
	u := &uniter{q: q, ctx: ctx, known: map[batch.Dictionary]unitedMember{}}
	return u.unite
}

func (u *uniter) unite(dicts []batch.Dictionary, rows int) (batch.Dictionary, [][]uint32, error) {
	if all, codes, ok := u.find(dicts); ok {
		return all, codes, nil
	}
	all, codes, err := table.Unite(u.ctx, u.q.engine.unions, dicts, rows)
	if all == nil || err != nil {
		return nil, nil, err
	}
	for i, d := range dicts {
		u.known[d] = unitedMember{all, codes[i]}
	}
	return all, codes, nil
}

// find gives dictionaries that were united before, with others or not.
func (u *uniter) find(dicts []batch.Dictionary) (all *table.United, codes [][]uint32, ok bool) {
	for _, d := range dicts {
		m, isKnown := u.known[d]
		if !isKnown || (all != nil && m.all != all) {
			return nil, nil, false
		}
		all, codes = m.all, append(codes, m.codes)
	}
	return all, codes, all != nil
}
