package group

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/hashicorp/raft"

	"github.com/freshetdb/freshet/cluster/raftlog"
)

// run is raft and its log from one opening to the next.
type run struct {
	raft     *raft.Raft
	log      *guard
	machine  *fsm
	inflight sync.WaitGroup
	cancel   context.CancelFunc
}

// startRun opens the log and raft. The caller calls stop.
func startRun(cfg *Config) (*run, error) {
	l, err := raftlog.Open(raftlog.Config{FS: cfg.FS, Dir: cfg.Dir, SegmentBytes: cfg.SegmentBytes})
	if err != nil {
		return nil, err
	}
	r := &run{log: newGuard(l, cfg.WriteTimeout)}
	ctx, cancel := context.WithCancel(context.Background())
	r.cancel = cancel
	if err := r.start(ctx, cfg); err != nil {
		cancel()
		return nil, errors.Join(err, l.Close())
	}
	return r, nil
}

func (r *run) start(ctx context.Context, cfg *Config) error {
	if err := r.prepareLog(cfg); err != nil {
		return err
	}
	transport, err := cfg.Transport()
	if err != nil {
		return fmt.Errorf("open transport: %w", err)
	}
	r.machine = &fsm{machine: cfg.Machine, ctx: ctx, fail: r.log.fail}
	r.raft, err = newRaft(raftConfig(cfg), r.machine, r.log, &snapshots{machine: cfg.Machine}, mainLoop{transport})
	if err != nil {
		return errors.Join(err, transport.Close())
	}
	return nil
}

// newRaft is raft.NewRaft on a goroutine of its own, which the guard can end: the
// loops of raft run before NewRaft returns.
func newRaft(cfg *raft.Config, f raft.FSM, l *guard, s raft.SnapshotStore, t raft.Transport) (r *raft.Raft, err error) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		r, err = raft.NewRaft(cfg, f, l, l, s, t)
	}()
	<-done
	if r == nil && err == nil {
		err = l.err()
	}
	return r, err
}

func raftConfig(cfg *Config) *raft.Config {
	c := raft.DefaultConfig()
	c.LocalID = raft.ServerID(cfg.ID)
	c.HeartbeatTimeout, c.ElectionTimeout, c.LeaderLeaseTimeout = cfg.Election, cfg.Election, cfg.Election
	c.CommitTimeout = cfg.Election
	c.MaxAppendEntries = maxAppendEntries
	c.TrailingLogs = trailingLogs
	c.SnapshotThreshold, c.SnapshotInterval = snapshotThreshold, snapshotInterval
	c.NoSnapshotRestoreOnStart = true
	c.NoLegacyTelemetry = true
	c.Logger = newLogger(cfg.Log)
	return c
}

// prepareLog begins a new group's log with the entry that names its members,
// and finds a log that does not reach to the machine's snapshot, or begins behind it.
func (r *run) prepareLog(cfg *Config) error {
	last, err := r.log.LastIndex()
	if err != nil {
		return err
	}
	meta, hasSnapshot := cfg.Machine.Stored()
	if hasSnapshot && last < meta.Index {
		return fmt.Errorf("%w: it ends at entry %d, the snapshot at %d", ErrLogLost, last, meta.Index)
	}
	first, err := r.log.FirstIndex()
	if err != nil {
		return err
	}
	if first > meta.Index+1 { // raft would panic.
		return fmt.Errorf("%w: it begins at entry %d, the snapshot ends at %d", ErrLogLost, first, meta.Index)
	}
	if last > 0 {
		return nil
	}
	// As raft.BootstrapCluster does, which refuses a group whose bootstrap a
	// crash cut in two.
	term, err := r.log.GetUint64([]byte(keyCurrentTerm))
	if err != nil {
		return err
	}
	if err := r.log.Log.SetUint64([]byte(keyCurrentTerm), max(term, 1)); err != nil {
		return err
	}
	return r.log.StoreLog(&raft.Log{
		Index: 1, Term: 1, Type: raft.LogConfiguration,
		Data: raft.EncodeConfiguration(raft.Configuration{Servers: cfg.Servers}),
	})
}

// lead waits until this member is the leader and has applied all of the log.
func (r *run) lead(ctx context.Context) error {
	for isLeader := false; !isLeader; {
		select {
		case isLeader = <-r.raft.LeaderCh():
		case <-r.log.failed:
			return r.log.err()
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	return r.barrier()
}

// barrier waits until all that was proposed before is applied.
func (r *run) barrier() error {
	if err := r.submit(func() raft.Future { return r.raft.Barrier(enqueueTimeout) }); err != nil {
		return r.why(err)
	}
	return r.log.err() // The machine may be stuck.
}

// propose gives an entry to raft and waits for the machine's answer.
func (r *run) propose(data []byte) (any, error) {
	var future raft.ApplyFuture
	err := r.submit(func() raft.Future {
		future = r.raft.Apply(data, enqueueTimeout)
		return future
	})
	if err != nil {
		return nil, r.why(err)
	}
	return future.Response(), nil
}

// submit tries until raft's main loop takes a request, or is gone for good.
func (r *run) submit(try func() raft.Future) error {
	for {
		err := try().Error()
		if !errors.Is(err, raft.ErrEnqueueTimeout) || r.log.err() != nil {
			return err
		}
	}
}

// why prefers the reason for which the run failed to raft's view of it.
func (r *run) why(err error) error {
	if cause := r.log.err(); cause != nil {
		return cause
	}
	return err
}

// stop ends raft and closes the log. No proposal may start any more; those in
// flight get their answers first, because raft forgets some when it stops.
func (r *run) stop() error {
	r.inflight.Wait()
	r.cancel()
	err := r.raft.Shutdown().Error()
	return errors.Join(err, r.log.Close())
}
