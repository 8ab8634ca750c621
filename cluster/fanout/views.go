package fanout

import (
	"context"

	"github.com/freshetdb/freshet/columnar/chcode"
	"github.com/freshetdb/freshet/columnar/store"
	"github.com/freshetdb/freshet/query/engine"
	"github.com/freshetdb/freshet/query/exec"
	"github.com/freshetdb/freshet/query/system"
)

// views is one picture of every shard.
type views struct{ shards []*store.View }

var _ engine.Views = (*views)(nil)

// Views implements engine.Backend.
func (c *Cluster) Views(ctx context.Context) (engine.Views, error) {
	if err := ctx.Err(); err != nil {
		return nil, context.Cause(ctx)
	}
	v := &views{shards: make([]*store.View, len(c.shards))}
	for i, r := range c.shards {
		v.shards[i] = r.View()
	}
	return v, nil
}

// Parts implements engine.Views.
func (v *views) Parts(tableID uint64) ([][]exec.Part, error) {
	out := make([][]exec.Part, len(v.shards))
	for i, s := range v.shards {
		t := s.Table(tableID)
		if t == nil {
			return nil, chcode.Errorf(chcode.UnknownTable, "Table with id %d was dropped meanwhile", tableID)
		}
		parts := t.Parts()
		out[i] = make([]exec.Part, len(parts))
		for k, p := range parts {
			out[i][k] = p
		}
	}
	return out, nil
}

// Segments implements engine.Views.
func (v *views) Segments() []system.Segment {
	var out []system.Segment
	for i, s := range v.shards {
		out = append(out, segmentsOf(i, s)...)
	}
	return out
}

// Horizon implements engine.Views: the latest of all shards.
func (v *views) Horizon(tableID uint64) int64 {
	var horizon int64
	for _, s := range v.shards {
		if t := s.Table(tableID); t != nil {
			horizon = max(horizon, t.Horizon)
		}
	}
	return horizon
}

// Release implements engine.Views.
func (v *views) Release() {
	for _, s := range v.shards {
		s.Release()
	}
}

func segmentsOf(int, *store.View) []system.Segment { return nil }
