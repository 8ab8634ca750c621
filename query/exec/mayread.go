package exec

import (
	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/chcode"
	"github.com/freshetdb/freshet/columnar/expr"
	"github.com/freshetdb/freshet/columnar/segment"
	"github.com/freshetdb/freshet/columnar/types"
)

// Bounded is rows of which nothing but bounds are known, in Len runs.
type Bounded interface {
	Len() int
	// Bounds gives the least and the greatest value of a column in each run; nil,
	// nil when they are not known.
	Bounds(col *types.Column) (lo, hi *batch.Vector)
}

// MayRead tells whether a scan with a filter over columns might give one of the rows.
// It is how granules are pruned: what would be skipped as a granule is not read.
func MayRead(ctx *expr.Ctx, columns []types.Column, filter []expr.Expr, rows Bounded) (bool, error) {
	if rows.Len() == 0 {
		return false, nil
	}
	keep, err := newPruner(ctx, ScanSpec{Columns: columns, Filter: filter}).prune(boundedPart{rows})
	return !isNone(keep), err
}

// boundedPart is bounds as a part that is pruned and never read: a granule a run.
type boundedPart struct{ Bounded }

func (p boundedPart) Rows() int { return p.Len() * GranuleRows }

func (boundedPart) ReadInto(*types.Column, int, int, *segment.Scratch) (*batch.Vector, error) {
	return nil, chcode.Errorf(chcode.LogicalError, "Rows of which only bounds are known were read")
}

func (boundedPart) MayContain(*types.Column, []byte) []bool { return nil }

func (boundedPart) Dicts(*types.Column) []batch.Dictionary { return nil }

func (boundedPart) Live(int, int) []bool { return nil }
