package table

import (
	"slices"
	"strings"
)

// Gap is a partition of the source in which a rollup may hold other rows than it.
type Gap struct {
	Partition string  `json:"partition"`
	Kind      GapKind `json:"kind"`
	Key       []byte  `json:"key,omitempty"` // of the partition; nil: not known
}

// GapKind says how a gap came about.
type GapKind string

// The kinds of gaps. The names are part of the manifest's format.
const (
	// GapDropped: the source's rows were dropped by hand.
	GapDropped GapKind = "dropped"
	// GapDetached: they were set aside. Attaching them closes the gap.
	GapDetached GapKind = "detached"
	// GapAside: rows were set aside before the rollup was made. That is no
	// difference until they are attached.
	GapAside GapKind = "aside"
	// GapAttached: such rows were attached; the rollup lacks them.
	GapAttached GapKind = "attached"
	// GapOwn: rows of the rollup itself were dropped by hand.
	GapOwn GapKind = "own"
)

func (r *Rolled) hasGap(partition string, kind GapKind) bool {
	return slices.ContainsFunc(r.Gaps, func(g Gap) bool { return g.Partition == partition && g.Kind == kind })
}

// AddGap notes a gap in a partition.
func (r *Rolled) AddGap(p Partition, kind GapKind) {
	if !r.hasGap(p.Name, kind) {
		r.Gaps = append(slices.Clip(r.Gaps), Gap{Partition: p.Name, Kind: kind, Key: []byte(p.Key)})
	}
}

// SourceAttached notes that rows of the source that were set aside were brought back.
func (r *Rolled) SourceAttached(partition string) {
	wasAside := r.hasGap(partition, GapAside)
	r.Gaps = slices.DeleteFunc(slices.Clone(r.Gaps), func(g Gap) bool {
		return g.Partition == partition && (g.Kind == GapDetached || g.Kind == GapAside)
	})
	if wasAside {
		r.Gaps = append(r.Gaps, Gap{Partition: partition, Kind: GapAttached})
	}
}

// CloseGaps forgets the gaps of a kind in partitions before a key, which the horizon
// has passed: no query reads them any more.
func (r *Rolled) CloseGaps(kind GapKind, key string) {
	r.Gaps = slices.DeleteFunc(slices.Clone(r.Gaps), func(g Gap) bool {
		return g.Kind == kind && g.Key != nil && string(g.Key) < key
	})
}

// diverged says how the rollup differs from its source; "" when it does not.
func (r *Rolled) diverged() string {
	var all []string
	if r.Failure != "" {
		all = append(all, "rows could not be folded: "+r.Failure)
	}
	for _, g := range r.Gaps {
		switch g.Kind {
		case GapDropped:
			all = append(all, "partition "+g.Partition+" of the table was dropped")
		case GapDetached:
			all = append(all, "partition "+g.Partition+" of the table is detached")
		case GapAttached:
			all = append(all, "partition "+g.Partition+" of the table was attached and had been detached before the rollup was made")
		case GapOwn:
			all = append(all, "partition "+g.Partition+" of the rollup was dropped")
		case GapAside:
		}
	}
	return strings.Join(all, "; ")
}

// Cut is partitions of a rollup that were dropped: one by its name, or all before a
// key. Rows that were not in then, but were of the past or in a flush that was under
// way, are left out when they come.
type Cut struct {
	Partition string `json:"partition,omitempty"`
	Before    []byte `json:"before,omitempty"` // a key; nil: Partition
	Epoch     uint64 `json:"-"`                // Rolled.Epoch when it was made
}

// matches tells whether the rows of a partition were cut.
func (c *Cut) matches(p Partition) bool {
	if c.Before != nil {
		return p.Key < string(c.Before)
	}
	return p.Name == c.Partition
}

// CutAway tells which partitions are cut by one of a list.
func CutAway(cuts []Cut) Match {
	return func(p Partition) bool {
		return slices.ContainsFunc(cuts, func(c Cut) bool { return c.matches(p) })
	}
}
