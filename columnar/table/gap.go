package table

import (
	"slices"
	"strings"

	"github.com/freshetdb/freshet/columnar/segment"
)

// Gap is a partition of the source in which a rollup may hold other rows than it.
type Gap struct {
	Partition string  `json:"partition"`
	Kind      GapKind `json:"kind"`
	Key       []byte  `json:"key,omitempty"` // of the partition; nil: not known
	// Times are where the rows lie that make the difference: for each column of the
	// source that holds dates or times and can't be NULL, the range that they are in.
	// Empty when that is not known.
	Times []segment.TimeRange `json:"times,omitempty"`
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

func (r *Rolled) gapAt(partition string, kind GapKind) int {
	return slices.IndexFunc(r.Gaps, func(g Gap) bool { return g.Partition == partition && g.Kind == kind })
}

// AddGap notes a gap in a partition, or that one that is there became wider.
func (r *Rolled) AddGap(p Partition, kind GapKind, times []segment.TimeRange) {
	k := r.gapAt(p.Name, kind)
	if k < 0 {
		r.Gaps = append(r.Gaps, Gap{Partition: p.Name, Kind: kind, Key: []byte(p.Key), Times: times})
		return
	}
	r.Gaps[k].Times = spanned(r.Gaps[k].Times, times)
}

// spanned are the ranges that hold two lists of them, of the columns that both have.
func spanned(a, b []segment.TimeRange) []segment.TimeRange {
	var out []segment.TimeRange
	for _, x := range a {
		k := slices.IndexFunc(b, func(y segment.TimeRange) bool { return y.Column == x.Column })
		if k >= 0 {
			x.Min, x.Max = min(x.Min, b[k].Min), max(x.Max, b[k].Max)
			out = append(out, x)
		}
	}
	return out
}

// SourceAttached notes that rows of the source that were set aside were brought back;
// times are where they lie.
func (r *Rolled) SourceAttached(partition string, times []segment.TimeRange) {
	k := r.gapAt(partition, GapAside)
	var aside Gap
	if k >= 0 {
		aside = r.Gaps[k]
	}
	r.Gaps = slices.DeleteFunc(slices.Clone(r.Gaps), func(g Gap) bool {
		return g.Partition == partition && (g.Kind == GapDetached || g.Kind == GapAside)
	})
	if k >= 0 {
		r.AddGap(Partition{Name: partition, Key: string(aside.Key)}, GapAttached, times)
	}
}

// CloseGaps forgets the gaps of a kind in partitions before a key, which the horizon
// has passed: no query reads them any more.
func (r *Rolled) CloseGaps(kind GapKind, key string) {
	r.Gaps = slices.DeleteFunc(slices.Clone(r.Gaps), func(g Gap) bool {
		return g.Kind == kind && g.Key != nil && string(g.Key) < key
	})
}

// why says what made the gap; "" where it makes no difference.
func (g *Gap) why() string {
	switch g.Kind {
	case GapDropped:
		return "partition " + g.Partition + " of the table was dropped"
	case GapDetached:
		return "partition " + g.Partition + " of the table is detached"
	case GapAttached:
		return "partition " + g.Partition + " of the table was attached and had been detached before the rollup was made or emptied"
	case GapOwn:
		return "partition " + g.Partition + " of the rollup was dropped"
	case GapAside:
	}
	return ""
}

// State is what Views tell.
func (r *Rolled) State() *RollupState {
	out := &RollupState{FilledRows: r.Filled, PastRows: r.PastRows}
	var all []string
	if r.Failure != "" {
		all = append(all, "rows could not be folded: "+r.Failure)
	}
	for i := range r.Gaps {
		g := &r.Gaps[i]
		switch why := g.why(); {
		case why == "":
		case len(g.Times) > 0:
			out.Gaps = append(out.Gaps, RollupGap{Why: why, Times: g.Times})
		default:
			all = append(all, why)
		}
	}
	out.Diverged = strings.Join(all, "; ")
	return out
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
