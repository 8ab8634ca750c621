package replica

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/freshetdb/freshet/columnar/entry"
	"github.com/freshetdb/freshet/columnar/table"
)

// retention remembers what was dropped last, so that an idle table costs no
// entries.
type retention struct {
	dropped map[uint64]cut // by table; of one goroutine at a time
}

// cut is a DropBefore that was proposed.
type cut struct {
	key string
	at  time.Time
}

// lateRowsEvery is how often the same DropBefore is proposed again: rows that are
// older than the horizon may have come since.
const lateRowsEvery = time.Hour

// Retain proposes DropBefore for every table that has partitions which are older
// than its TTL (R16). The clock is Config.Now; what is dropped stands in the
// entry. It runs by itself every minute.
func (r *Replica) Retain(ctx context.Context) error {
	r.retaining.Lock()
	defer r.retaining.Unlock()
	now := r.cfg.Now()
	var errs []error
	for _, def := range r.Definitions() {
		if def.TTLSeconds <= 0 {
			continue
		}
		if err := r.retainTable(ctx, def, now); err != nil {
			errs = append(errs, fmt.Errorf("retention of %s: %w", def.FullName(), err))
		}
	}
	return errors.Join(errs...)
}

func (r *Replica) retainTable(ctx context.Context, def *table.Def, now time.Time) error {
	keys, err := table.NewKeys(def)
	if err != nil {
		return err
	}
	first, ok := keys.ExpiredBefore(now.Unix())
	if !ok {
		return nil
	}
	last, had := r.dropped[def.ID]
	if had && last.key == first.Key && now.Sub(last.at) < lateRowsEvery {
		return nil
	}
	_, err = r.Propose(ctx, &entry.Entry{
		Kind: entry.DropBefore, MapEpoch: r.cfg.MapEpoch, Table: def.ID, SchemaVersion: def.Schema.Version,
		Body: []byte(first.Key),
	})
	if err == nil {
		r.dropped[def.ID] = cut{key: first.Key, at: now}
	}
	return err
}
