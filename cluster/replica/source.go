package replica

import (
	"context"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/entry"
	"github.com/freshetdb/freshet/columnar/store"
	"github.com/freshetdb/freshet/columnar/table"
	"github.com/freshetdb/freshet/columnar/types"
)

// Positions are how far the shard has the parts of a source, by key.
func (r *Replica) Positions(source string) map[string]uint64 { return r.store.Positions(source) }

// Position is how far the shard has one part of a source; false when it has
// nothing of it.
func (r *Replica) Position(source, key string) (uint64, bool) { return r.store.Position(source, key) }

// Demote makes every column that may be (R12) plain from here on, as if it had
// turned out to be free text.
func (r *Replica) Demote(ctx context.Context) error {
	for _, d := range r.Definitions() {
		if d.Kind == table.Rollup || d.Kind == table.ViewTo {
			continue // Their text is numbered with that of their table.
		}
		for _, c := range d.Schema.Columns {
			if c.Type.Kind != types.String || c.Identity || !c.IsStored() {
				continue
			}
			_, err := r.Propose(ctx, &entry.Entry{
				Kind: entry.ColumnPlain, MapEpoch: r.cfg.MapEpoch, Table: d.ID, Body: store.ColumnPlainBody(c.ID),
			})
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// Advance says that the shard has no rows of a range of a source.
func (r *Replica) Advance(ctx context.Context, def *table.Def, p entry.Position) error {
	_, err := r.Propose(ctx, &entry.Entry{
		Kind: entry.Advance, MapEpoch: r.cfg.MapEpoch, Table: def.ID, SchemaVersion: def.Schema.Version,
		Positions: []entry.Position{p},
	})
	return err
}

// Forget drops the positions of parts of a source that will not come again.
func (r *Replica) Forget(ctx context.Context, def *table.Def, source string, keys []string) error {
	e := &entry.Entry{Kind: entry.Forget, MapEpoch: r.cfg.MapEpoch, Table: def.ID, SchemaVersion: def.Schema.Version}
	for _, k := range keys {
		e.Positions = append(e.Positions, entry.Position{Source: source, Key: k})
	}
	_, err := r.Propose(ctx, e)
	return err
}

// Remember keeps the token of a stream without rows here, so that every shard
// knows an insert by it whatever rows a repetition brings (R10).
func (s *Stream) Remember(ctx context.Context) error {
	if s.token == "" {
		return nil
	}
	e := newEntry(entry.Insert, s.replica.cfg.MapEpoch, s.def, []*batch.Batch{emptyRows(s.def)})
	e.Inserts = []entry.ClientInsert{{Token: s.token}}
	_, err := s.replica.Propose(ctx, e)
	return err
}

func emptyRows(def *table.Def) *batch.Batch {
	b := &batch.Batch{}
	for _, c := range storedColumns(def) {
		b.Cols = append(b.Cols, batch.NewBuilder(c.Type, 0).Finish())
	}
	return b
}
