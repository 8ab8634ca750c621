package replica

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/freshetdb/freshet/cluster/group"
	"github.com/freshetdb/freshet/columnar/entry"
	"github.com/freshetdb/freshet/columnar/store"
)

// machine is a store as a group's state.
type machine struct {
	store *store.Store
	// onApplied is told of each batch, on the apply goroutine: the bytes that it
	// takes in the log.
	onApplied func(logBytes int64)
}

var _ group.Machine = (*machine)(nil)

// Applied implements group.Machine.
func (m *machine) Applied() uint64 { return m.store.AppliedIndex() }

// Apply implements group.Machine: decode side by side, apply in order, publish
// one View.
func (m *machine) Apply(records []group.Record) ([]any, error) {
	entries, err := decodeAll(records)
	if err != nil {
		return nil, err
	}
	out := make([]any, len(records))
	logBytes := int64(0)
	for i, r := range records {
		logBytes += int64(len(r.Data)) + entryOverhead
		result := m.store.Apply(r.Index, entries[i])
		if errors.Is(result.Err, store.ErrBroken) {
			return nil, result.Err
		}
		out[i] = result
	}
	m.store.Publish()
	m.onApplied(logBytes)
	return out, nil
}

// decodeAll decodes entries with a few goroutines: a start has many to do.
func decodeAll(records []group.Record) ([]*entry.Entry, error) {
	out := make([]*entry.Entry, len(records))
	errs := make([]error, len(records))
	decode := func(i int) {
		if out[i], errs[i] = entry.Decode(records[i].Data); errs[i] != nil {
			errs[i] = fmt.Errorf("entry %d: %w", records[i].Index, errs[i])
		}
	}
	if len(records) == 1 { // Fast path: no goroutine for a lone insert.
		decode(0)
		return out, errs[0]
	}
	var wg sync.WaitGroup
	for w := range min(decodeWorkers, len(records)) {
		wg.Go(func() {
			for i := w; i < len(records); i += decodeWorkers {
				decode(i)
			}
		})
	}
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

// Freeze implements group.Machine.
func (m *machine) Freeze() (group.Snapshot, error) {
	f, err := m.store.Snapshot(m.store.AppliedIndex())
	if err != nil {
		return nil, err
	}
	return frozen{f}, nil
}

// Stored implements group.Machine.
func (m *machine) Stored() (group.Meta, bool) {
	raft, ok := m.store.RaftMeta()
	return group.Meta{
		Index: raft.Index, Term: raft.Term,
		Configuration: raft.Configuration, ConfigurationIndex: raft.ConfigurationIndex,
	}, ok
}

// frozen is a flush as a group's snapshot.
type frozen struct{ flush *store.Flush }

// Persist implements group.Snapshot.
func (f frozen) Persist(ctx context.Context, meta group.Meta) error {
	return f.flush.Persist(ctx, store.RaftMeta{
		Index: meta.Index, Term: meta.Term,
		Configuration: meta.Configuration, ConfigurationIndex: meta.ConfigurationIndex,
	})
}

// Release implements group.Snapshot.
func (f frozen) Release() { f.flush.Release() }
