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
	uniteShare = 4
)

// unite is exec.Env.Unite; nil when there is no room for it.
func (q *query) unite(ctx context.Context) func([]batch.Dictionary, int) (batch.WholeDictionary, error) {
	if q.engine.unions.Limit() == 0 {
		return nil
	}
	var known []*table.United
	return func(dicts []batch.Dictionary, rows int) (batch.WholeDictionary, error) {
		for _, u := range known {
			if u.HasParts(dicts) {
				return u, nil
			}
		}
		u, err := table.Unite(ctx, q.engine.unions, dicts, rows)
		if u == nil || err != nil {
			return nil, err
		}
		known = append(known, u)
		return u, nil
	}
}
