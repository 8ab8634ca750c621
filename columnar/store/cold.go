package store

import (
	"time"

	"github.com/freshetdb/freshet/columnar/merge"
	"github.com/freshetdb/freshet/columnar/segment"
	"github.com/freshetdb/freshet/columnar/table"
	"github.com/freshetdb/freshet/columnar/types"
)

// coldQuiet is for how long a partition must have got no rows before it is cold:
// one that still gets late rows would be unpacked and packed with each flush. A
// shorter Options.ColdAfter bounds it.
// restQuiet is for how long before it is quiet: longer than a few flushes are apart.
const (
	coldQuiet = time.Hour
	restQuiet = 5 * time.Minute
)

// quiet is since when a partition has got no rows, as far as this process knows.
type quiet struct {
	last  uint64 // index of the log that has the newest of its rows
	since time.Time
}

// restOf tells of the partitions of a table how much they still change: quiet are
// those that nothing came to lately, and those of a rollup that was just filled, cold
// those by time of which, besides, all times are older than Options.ColdAfter. Merges are this replica's own affair, so the
// clock may be asked (R2).
func (s *Store) restOf(id uint64, t *table.Table, metas []segment.Meta) func(partition string) merge.Rest {
	now := s.opts.Now()
	last := map[string]uint64{}
	for i := range metas {
		if m := &metas[i]; !m.Mixed {
			last[m.Partition] = max(last[m.Partition], m.LastIndex)
		}
	}
	before := s.quiet[id]
	s.quiet[id] = make(map[string]quiet, len(last))
	old := s.oldPartitions(t, metas, now)
	rest := make(map[string]merge.Rest, len(last))
	for p, index := range last {
		q := before[p]
		if q.last != index || q.since.IsZero() {
			q = quiet{index, now}
		}
		s.quiet[id][p] = q
		switch still := now.Sub(q.since); {
		case old[p] && still >= min(coldQuiet, s.opts.ColdAfter):
			rest[p] = merge.Cold
		case still >= restQuiet, t.Rolled != nil && t.Rolled.IsFresh:
			rest[p] = merge.Quiet
		}
	}
	return func(partition string) merge.Rest { return rest[partition] }
}

// oldPartitions are those by time that have old times only.
func (s *Store) oldPartitions(t *table.Table, metas []segment.Meta, now time.Time) map[string]bool {
	stored := segment.Stored(&t.Def.Schema)
	var times []*types.Column
	for _, place := range t.Keys.PartitionColumns() {
		if c := &stored[place]; c.Type.IsDate() || c.Type.IsTime() {
			times = append(times, c)
		}
	}
	if len(times) == 0 || s.opts.ColdAfter <= 0 {
		return nil
	}
	horizon := now.Add(-s.opts.ColdAfter).Unix()
	old := map[string]bool{}
	for i := range metas {
		m := &metas[i]
		if m.Mixed {
			continue
		}
		was, known := old[m.Partition]
		old[m.Partition] = (was || !known) && newest(m, times) < horizon
	}
	return old
}

// newest is the latest of a segment's times in Unix seconds.
func newest(m *segment.Meta, times []*types.Column) int64 {
	out := int64(0)
	for _, c := range times {
		for _, r := range m.Times {
			if r.Column != c.ID {
				continue
			}
			at := r.Max
			switch {
			case c.Type.IsDate():
				at = at*daySeconds + daySeconds - 1
			case c.Type.Kind == types.DateTime64:
				for range c.Type.Scale {
					at /= 10
				}
			}
			out = max(out, at)
		}
	}
	return out
}

const daySeconds = 86_400
