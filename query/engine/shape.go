package engine

import (
	"context"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/ledger"
	"github.com/freshetdb/freshet/columnar/table"
)

// Shape makes the stored columns of a table from rows of the named columns, as an
// INSERT would: for sources that read by themselves. missing marks, per column,
// rows without a value.
func (e *Engine) Shape(ctx context.Context, d *table.Def, names []string, b *batch.Batch, missing [][]bool) (*batch.Batch, error) {
	q, err := e.begin(&Request{Session: NewSession(d.Source.Engine), Database: d.Database}, nil)
	if err != nil {
		return nil, err
	}
	q.proc.memory = ledger.New("source", 0, e.cfg.Memory)
	defer q.proc.memory.Close()
	if err := q.prepare(ctx); err != nil {
		return nil, err
	}
	s, err := q.shaper(ctx, d, names)
	if err != nil {
		return nil, err
	}
	return s.shape(b, missing)
}
