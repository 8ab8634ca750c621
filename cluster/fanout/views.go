package fanout

import (
	"context"

	"github.com/freshetdb/freshet/cluster/replica"
	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/chcode"
	"github.com/freshetdb/freshet/columnar/store"
	"github.com/freshetdb/freshet/columnar/table"
	"github.com/freshetdb/freshet/columnar/types"
	"github.com/freshetdb/freshet/query/engine"
	"github.com/freshetdb/freshet/query/exec"
	"github.com/freshetdb/freshet/query/system"
)

// views is one picture of every shard.
type views struct {
	cluster *Cluster
	catalog *table.Catalog
	shards  []*store.View
}

var _ engine.Views = (*views)(nil)

// Views implements engine.Backend.
func (c *Cluster) Views(ctx context.Context) (engine.Views, error) {
	if err := ctx.Err(); err != nil {
		return nil, context.Cause(ctx)
	}
	v := &views{cluster: c, catalog: c.Catalog(), shards: make([]*store.View, len(c.shards))}
	for i, r := range c.shards {
		v.shards[i] = r.View()
	}
	return v, nil
}

// Parts implements engine.Views.
func (v *views) Parts(tableID uint64) ([][]exec.Part, error) {
	out := make([][]exec.Part, len(v.shards))
	if d := v.catalog.ByID(tableID); d != nil && !d.Kind.HoldsRows() {
		return out, nil // Nothing is kept of it.
	}
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

// Segments implements engine.Views: those that there are now, which a merge may
// have changed since the picture was taken.
func (v *views) Segments() []system.Segment {
	var out []system.Segment
	for i, r := range v.cluster.shards {
		out = append(out, segmentsOf(i, r)...)
	}
	return out
}

// Rollups describes the rollups of all shards, shard by shard.
func (c *Cluster) Rollups() []store.RollupInfo {
	var out []store.RollupInfo
	for _, r := range c.shards {
		out = append(out, r.Rollups()...)
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

// Indexes implements engine.Views.
func (v *views) Indexes() []uint64 {
	out := make([]uint64, len(v.shards))
	for i, s := range v.shards {
		out[i] = s.Index
	}
	return out
}

// Newest implements engine.Views, by the bounds of granules.
func (v *views) Newest(tableID uint64, col *types.Column) int64 {
	newest := int64(0)
	for _, s := range v.shards {
		t := s.Table(tableID)
		if t == nil {
			continue
		}
		for _, p := range t.Parts() {
			if _, hi := p.Bounds(col); hi != nil {
				newest = max(newest, newestOf(hi))
			}
		}
	}
	return newest
}

// newestOf is the greatest of times, in Unix seconds.
func newestOf(hi *batch.Vector) int64 {
	most := int64(0)
	switch d := hi.Data.(type) {
	case []uint32:
		for _, x := range d {
			most = max(most, int64(x))
		}
	case []int64:
		for _, x := range d {
			most = max(most, x)
		}
		for range hi.Type.Scale {
			most /= 10
		}
	}
	return most
}

// Versions implements engine.Views.
func (v *views) Versions(tableID uint64) []table.Version {
	out := make([]table.Version, len(v.shards))
	for i, s := range v.shards {
		t := s.Table(tableID)
		if t == nil {
			return nil
		}
		out[i] = t.Version
	}
	return out
}

// Rollup implements engine.Views.
func (v *views) Rollup(tableID uint64) engine.RollupView {
	var out engine.RollupView
	for _, s := range v.shards {
		t := s.Table(tableID)
		if t == nil {
			continue
		}
		out.Rows += t.Rows()
		out.Bytes += t.Bytes()
		if r := t.Rollup; r != nil {
			out.State.FilledRows += r.FilledRows
			out.State.PastRows += r.PastRows
			if r.Diverged != "" {
				out.State.Diverged = r.Diverged
			}
			out.State.Gaps = append(out.State.Gaps, r.Gaps...)
		}
	}
	return out
}

// Release implements engine.Views.
func (v *views) Release() {
	for _, s := range v.shards {
		s.Release()
	}
}

func segmentsOf(shard int, r *replica.Replica) []system.Segment {
	list := r.Segments()
	out := make([]system.Segment, len(list))
	for i := range list {
		g := &list[i]
		out[i] = system.Segment{
			Shard: shard, Table: g.Table, Name: g.Name, Partition: g.Partition, Rows: g.Rows, Bytes: g.Bytes,
			Level: g.Level, FirstIndex: g.FirstIndex, LastIndex: g.LastIndex, Active: g.Active, InMemory: g.InMemory,
		}
		for _, c := range g.Columns {
			out[i].Columns = append(out[i].Columns, system.ColumnSize{ID: c.ID, Bytes: c.Bytes})
		}
	}
	return out
}
