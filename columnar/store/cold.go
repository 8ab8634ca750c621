package store

import (
	"time"

	"github.com/freshetdb/freshet/columnar/segment"
	"github.com/freshetdb/freshet/columnar/table"
	"github.com/freshetdb/freshet/columnar/types"
)

// coldQuiet is for how long a partition must have got no rows before it is cold:
// one that still gets late rows would be unpacked and packed with each flush.
const coldQuiet = time.Hour

// quiet is since when a partition has got no rows, as far as this process knows.
type quiet struct {
	last  uint64 // index of the log that has the newest of its rows
	since time.Time
}

// coldOf tells of the partitions of a table whether no more rows are expected:
// all their times are older than Options.ColdAfter, and nothing came lately. Only
// where partitions are by time, any is; nil stands for none. Merges are this
// replica's own affair, so the clock may be asked (R2).
func (s *Store) coldOf(id uint64, t *table.Table, metas []segment.Meta) func(partition string) bool {
	if s.opts.ColdAfter <= 0 {
		return nil
	}
	stored := segment.Stored(&t.Def.Schema)
	var times []*types.Column
	for _, place := range t.Keys.PartitionColumns() {
		if c := &stored[place]; c.Type.IsDate() || c.Type.IsTime() {
			times = append(times, c)
		}
	}
	if len(times) == 0 {
		return nil
	}
	now := s.opts.Now()
	horizon := now.Add(-s.opts.ColdAfter).Unix()
	cold, last := map[string]bool{}, map[string]uint64{}
	for i := range metas {
		m := &metas[i]
		if m.Mixed {
			continue
		}
		was, known := cold[m.Partition]
		cold[m.Partition] = (was || !known) && newest(m, times) < horizon
		last[m.Partition] = max(last[m.Partition], m.LastIndex)
	}
	before := s.quiet[id]
	s.quiet[id] = make(map[string]quiet, len(last))
	for p, index := range last {
		q := before[p]
		if q.last != index || q.since.IsZero() {
			q = quiet{index, now}
		}
		s.quiet[id][p] = q
		cold[p] = cold[p] && now.Sub(q.since) >= coldQuiet
	}
	return func(partition string) bool { return cold[partition] }
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
