package table

import (
	"slices"
	"strings"

	"github.com/freshetdb/freshet/columnar/segment"
	"github.com/freshetdb/freshet/columnar/types"
)

// Further kinds of tables.
const (
	// Rollup is a managed rollup: derived from the rows of one table, kept by the
	// store, never inserted into. CREATE MATERIALIZED VIEW without TO.
	Rollup Kind = "rollup"
	// States is a table of states: rows with equal ORDER BY become one.
	// ENGINE = AggregatingMergeTree, SummingMergeTree.
	States Kind = "states"
	// ViewTo is a materialized view with TO: rows of the source that come from its
	// creation on are transformed and appended to the target. It holds no rows.
	ViewTo Kind = "view_to"
)

// TakesRows tells whether rows can be inserted into tables of the kind. Those of a
// Null table go to the views that read it.
func (k Kind) TakesRows() bool { return k == Events || k == States || k == Null }

// HoldsRows tells whether tables of the kind keep rows.
func (k Kind) HoldsRows() bool { return k == Events || k == Rollup || k == States }

// Derived says how the rows of a Rollup or of a ViewTo follow from those of a
// source. All expressions are the stable encoding of columnar/expr over column
// ids, as KeyExpr.Expr is.
type Derived struct {
	// Query is the SELECT as SQL, for SHOW CREATE and system.rollups.
	Query string `json:"query"`
	// From is the source: a table of rows, never a rollup. A rollup over a rollup
	// is composed by DDL into one over that rollup's own source.
	From DerivedInput `json:"from"`
	// Past is where a Rollup's past is read from when it is created, unless it is
	// From: the rollup that it was written over, whose states are merged. Its rows
	// may reach further back than the source's.
	Past *DerivedInput `json:"past,omitempty"`
	// Grouped tells of a ViewTo that its query has GROUP BY or aggregates. A Rollup
	// always has.
	Grouped bool `json:"grouped,omitempty"`
	// Keys are the columns that rows are grouped by: of the Rollup itself, or of the
	// ViewTo's target. Without Grouped they are all columns that the query gives.
	Keys []uint32 `json:"keys"`
	// Added is how many keys at the end of a Rollup's ORDER BY nobody wrote: they are
	// there because the query groups by them. 0 also where it was not noted.
	Added int `json:"added,omitempty"`
	// States are the aggregates.
	States []DerivedState `json:"states,omitempty"`
	// Target is the table that a ViewTo appends to.
	Target uint64 `json:"target,omitempty"`
	// TargetName is its name when the view was made, for SHOW CREATE.
	TargetName string `json:"target_name,omitempty"`
}

// DerivedInput is what a row of an input gives.
type DerivedInput struct {
	Table  uint64 `json:"table"`
	Filter []byte `json:"filter,omitempty"` // nil: all rows
	// Keys has one expression for each of Derived.Keys.
	Keys [][]byte `json:"keys"`
	// Args has the arguments for each of Derived.States. In Past they are one
	// expression, a state or a finished partial value, which is merged.
	Args [][][]byte `json:"args,omitempty"`
}

// DerivedState is one aggregate. Its column has the type AggregateFunction(Func,
// …), or a type with Simple set; then the finished value of Func is stored, and
// rows are merged by the function Simple (count is stored as Simple = sum).
type DerivedState struct {
	Column uint32   `json:"column"`
	Func   string   `json:"func"`             // with combinators: uniqExactIf
	Params []string `json:"params,omitempty"` // SQL literals
}

// DependsOn tells whether the table can't be without another: one that its rows come
// from, or go to.
func (d *Def) DependsOn(id uint64) bool {
	v := d.Derived
	return v != nil && (v.From.Table == id || v.Target == id || (v.Past != nil && v.Past.Table == id))
}

// Merging is how rows of a table with equal keys become one.
type Merging struct {
	Keys    []int // places in Schema.Columns that are equal
	Columns []MergeColumn
}

// MergeColumn is one column of Merging that is no key.
type MergeColumn struct {
	Place int // in Schema.Columns
	// Func merges values of the column: sum, min, max, any, …. It is "" for a column
	// of type AggregateFunction, whose states are merged by their own function.
	Func string
}

// Merging tells how rows with equal keys become one; ok is false for tables that
// keep every row. The keys of a Rollup are its Derived.Keys, those of a States
// table the bare columns of ORDER BY.
func (d *Def) Merging() (m Merging, ok bool) {
	var keys []uint32
	switch d.Kind {
	case Rollup:
		keys = d.Derived.Keys
	case States:
		keys = d.MergeBy
	default:
		return m, false
	}
	for i := range d.Schema.Columns {
		c := &d.Schema.Columns[i]
		switch {
		case slices.Contains(keys, c.ID):
			m.Keys = append(m.Keys, i)
		case !c.IsStored():
		case c.Type.Kind == types.AggregateFunction:
			m.Columns = append(m.Columns, MergeColumn{Place: i})
		case c.Type.Simple != "":
			m.Columns = append(m.Columns, MergeColumn{Place: i, Func: c.Type.Simple})
		case slices.Contains(d.Summing, c.ID):
			m.Columns = append(m.Columns, MergeColumn{Place: i, Func: "sum"})
		default:
			m.Columns = append(m.Columns, MergeColumn{Place: i, Func: "any"})
		}
	}
	return m, true
}

// RollupState is what a View knows of a rollup beside its rows.
type RollupState struct {
	// FilledRows of PastRows rows of the past are in; equal when it is complete.
	FilledRows, PastRows int64
	// Diverged says why the rollup holds other rows than its source, other than
	// those before the source's horizon, and nobody knows where: rows that could not be
	// folded, a partition of its own that was dropped by hand. Empty when it does not.
	Diverged string
	// Gaps are where else it holds other rows.
	Gaps []RollupGap
}

// RollupGap is ranges of the source's times outside of which a rollup holds the same
// rows as its source: all differences lie in each of them.
type RollupGap struct {
	Why   string
	Times []segment.TimeRange // each of another column; Max is in it
}

// Difference says in words how the rollup differs from its source; "" when it does
// not.
func (s *RollupState) Difference() string {
	var all []string
	if s.Diverged != "" {
		all = append(all, s.Diverged)
	}
	for _, g := range s.Gaps {
		if !slices.Contains(all, g.Why) { // Shards have their own.
			all = append(all, g.Why)
		}
	}
	return strings.Join(all, "; ")
}

// IsComplete tells whether all of the past is in.
func (s *RollupState) IsComplete() bool { return s.FilledRows == s.PastRows }
