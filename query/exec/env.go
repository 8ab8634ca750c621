package exec

import (
	"sync/atomic"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/expr"
	"github.com/freshetdb/freshet/columnar/ledger"
)

// Env is what the operators of one query share.
type Env struct {
	Expr     *expr.Ctx
	Budget   *ledger.Budget
	Progress *Progress
	Workers  int // streams per shard, at least 1
	// BatchRows is the rows of a batch; 0 means GranuleRows, which is also the most.
	BatchRows int
	// Keeper keeps the groups of parts for other queries; nil: none are.
	Keeper Keeper
	// KeptRows is the rows of a part from which on it is asked; 0: KeptRowsMin.
	KeptRows int
	// Unite gives dictionaries of one column, of several shards, as one; nil where that
	// does not pay for so many rows. It gives the same for the same dictionaries, or some
	// of them. nil: it never does.
	Unite func(dicts []batch.Dictionary, rows int) (batch.WholeDictionary, error)
}

func (e *Env) batchRows() int {
	if e.BatchRows <= 0 {
		return GranuleRows
	}
	return min(e.BatchRows, GranuleRows)
}

// Progress counts what a query has done; safe for concurrent use.
type Progress struct {
	ReadRows     atomic.Int64
	ReadBytes    atomic.Int64
	TotalRows    atomic.Int64 // rows of granules that survived pruning
	Granules     atomic.Int64 // granules to read
	GranulesSkip atomic.Int64 // granules pruned
}

// Share is the part of the rows to be read that were read; 0 while none were.
func (p *Progress) Share() float64 {
	return float64(p.ReadRows.Load()) / float64(max(p.TotalRows.Load(), 1))
}
