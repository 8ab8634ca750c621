package meta

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/freshetdb/freshet/columnar/chcode"
	"github.com/freshetdb/freshet/columnar/table"
)

// catchUpPause is how long to wait before shards that lag behind are tried again.
const catchUpPause = 100 * time.Millisecond

// Shard is where definitions take effect. Each call returns when its entry is
// applied; doing it again does nothing.
type Shard interface {
	// Ready waits until the shard takes entries and has applied all before.
	Ready(ctx context.Context) error
	// Definitions are the tables that the shard has now.
	Definitions() []*table.Def
	Define(ctx context.Context, def *table.Def) error
	DropTable(ctx context.Context, id uint64) error
}

// Attach names the shards, brings them up to the catalogue, publishes it and
// begins to watch for shards that fall behind. It is called once.
func (m *Meta) Attach(ctx context.Context, shards []Shard) error {
	m.changing.Lock()
	defer m.changing.Unlock()
	m.shards = shards
	if err := m.syncAll(ctx); err != nil {
		return fmt.Errorf("bring shards up to the catalogue: %w", err)
	}
	life, cancel := context.WithCancel(context.Background())
	m.cancel = cancel
	m.done.Go(func() { m.catchUp(life) })
	return nil
}

// each runs do for every shard side by side.
func (m *Meta) each(do func(Shard) error) error {
	if m.shards == nil {
		return errNotAttached
	}
	errs := make([]error, len(m.shards))
	var wg sync.WaitGroup
	for i, s := range m.shards {
		wg.Go(func() { errs[i] = do(s) })
	}
	wg.Wait()
	return chcode.Join(errs...)
}

// carry brings one change to all shards.
func (m *Meta) carry(ctx context.Context, out table.Outcome) error {
	return m.each(func(s Shard) error {
		for _, def := range out.Define { // Before what they no longer depend on goes.
			if !isStored(def) {
				continue
			}
			if err := s.Define(ctx, def); err != nil {
				return err
			}
		}
		for _, id := range out.Drop {
			if err := s.DropTable(ctx, id); err != nil {
				return err
			}
		}
		return nil
	})
}

// isStored tells whether shards keep anything of a table.
func isStored(def *table.Def) bool {
	switch def.Kind {
	case table.Events, table.States, table.Rollup, table.ViewTo, table.Null:
		return true
	default:
		return false
	}
}

// syncAll makes every shard have the committed definitions and no others, and
// publishes them. It holds changing.
func (m *Meta) syncAll(ctx context.Context) error {
	if err := m.group.Ready(ctx); err != nil {
		return err
	}
	catalog := m.machine.now()
	err := m.each(func(s Shard) error {
		if err := s.Ready(ctx); err != nil {
			return err
		}
		return syncShard(ctx, s, catalog)
	})
	if err != nil {
		return err
	}
	m.isBehind = false
	m.published.Store(catalog)
	return nil
}

func syncShard(ctx context.Context, s Shard, catalog *table.Catalog) error {
	has := map[uint64][]byte{}
	var gone []*table.Def
	for _, def := range s.Definitions() {
		if catalog.ByID(def.ID) == nil {
			gone = append(gone, def)
			continue
		}
		b, err := def.Encode()
		if err != nil {
			return err
		}
		has[def.ID] = b
	}
	for _, def := range slices.SortedFunc(slices.Values(catalog.Tables), table.ByDependence) {
		if !isStored(def) {
			continue
		}
		want, err := def.Encode()
		if err != nil {
			return err
		}
		if bytes.Equal(want, has[def.ID]) {
			continue
		}
		if err := s.Define(ctx, def); err != nil {
			return err
		}
	}
	slices.SortFunc(gone, table.ByDependence)
	for _, def := range slices.Backward(gone) {
		if err := s.DropTable(ctx, def.ID); err != nil {
			return err
		}
	}
	return nil
}

// fallBehind notes that shards may lack what is committed. It holds changing.
func (m *Meta) fallBehind() {
	m.isBehind = true
	select {
	case m.wake <- struct{}{}:
	default:
	}
}

// catchUp brings shards up to the catalogue after a change that failed half-way,
// as soon as they are back.
func (m *Meta) catchUp(ctx context.Context) {
	for {
		select {
		case <-m.wake:
		case <-ctx.Done():
			return
		}
		for !m.tryCatchUp(ctx) {
			timer := time.NewTimer(catchUpPause)
			select {
			case <-timer.C:
			case <-ctx.Done():
				timer.Stop()
				return
			}
		}
	}
}

func (m *Meta) tryCatchUp(ctx context.Context) (done bool) {
	// Waiting for groups to come back happens outside the lock.
	if m.group.Ready(ctx) != nil || m.each(func(s Shard) error { return s.Ready(ctx) }) != nil {
		return ctx.Err() != nil
	}
	m.changing.Lock()
	defer m.changing.Unlock()
	if !m.isBehind {
		return true
	}
	if err := m.syncAll(ctx); err != nil {
		m.log.Warn("shards lag behind the catalogue", "error", err)
		return false
	}
	return true
}
