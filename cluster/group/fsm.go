package group

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync/atomic"

	"github.com/hashicorp/raft"
)

// ErrNoTransfer is returned where a snapshot would have to move between nodes.
var ErrNoTransfer = errors.New("snapshots can't be sent to another node yet")

// fsm is a Machine as raft wants it.
type fsm struct {
	machine Machine
	ctx     context.Context //nolint:containedctx // raft's interface has none; it ends with the run
	fail    func(error)
	// broken is set when the machine can't go on.
	broken error
	// persisted is the error of the last Persist.
	persisted atomic.Pointer[error]
}

var _ raft.BatchingFSM = (*fsm)(nil)

// Apply implements raft.FSM.
func (f *fsm) Apply(l *raft.Log) any { return f.ApplyBatch([]*raft.Log{l})[0] }

// ApplyBatch implements raft.BatchingFSM.
func (f *fsm) ApplyBatch(logs []*raft.Log) []any {
	out := make([]any, len(logs))
	records := make([]Record, 0, len(logs))
	places := make([]int, 0, len(logs))
	applied := f.machine.Applied()
	for i, l := range logs {
		if l.Type == raft.LogCommand && l.Index > applied {
			records = append(records, Record{Index: l.Index, Data: l.Data})
			places = append(places, i)
		}
	}
	if len(records) == 0 {
		return out
	}
	var results []any
	if f.broken == nil {
		if results, f.broken = f.machine.Apply(records); f.broken != nil {
			f.broken = &StuckError{Index: records[0].Index, Err: f.broken}
			f.fail(f.broken)
		}
	}
	for i, place := range places {
		if f.broken != nil {
			out[place] = f.broken
			continue
		}
		out[place] = results[i]
	}
	return out
}

// Snapshot implements raft.FSM.
func (f *fsm) Snapshot() (raft.FSMSnapshot, error) {
	if f.broken != nil {
		return nil, f.broken
	}
	s, err := f.machine.Freeze()
	if err != nil {
		return nil, err
	}
	return &fsmSnapshot{fsm: f, frozen: s}, nil
}

// persistError is why the last snapshot was not saved, or nil.
func (f *fsm) persistError() error {
	if err := f.persisted.Load(); err != nil {
		return *err
	}
	return nil
}

// Restore implements raft.FSM.
func (*fsm) Restore(io.ReadCloser) error { return ErrNoTransfer }

type fsmSnapshot struct {
	fsm    *fsm
	frozen Snapshot
}

// Persist implements raft.FSMSnapshot.
func (s *fsmSnapshot) Persist(out raft.SnapshotSink) error {
	to, ok := out.(*sink)
	if !ok {
		return fmt.Errorf("persist snapshot: %w", ErrNoTransfer)
	}
	err := s.frozen.Persist(s.fsm.ctx, to.meta)
	s.fsm.persisted.Store(&err)
	return err
}

// Release implements raft.FSMSnapshot.
func (s *fsmSnapshot) Release() { s.frozen.Release() }

// StuckError says that a machine could not apply a committed entry: its state
// can't follow the log any more.
type StuckError struct {
	Index uint64 // the entry, or the first of a batch
	Err   error
}

// Error implements error.
func (e *StuckError) Error() string {
	return fmt.Sprintf("can't apply committed entries from %d on: %v", e.Index, e.Err)
}

// Unwrap is the cause.
func (e *StuckError) Unwrap() error { return e.Err }
