package group

import (
	"errors"
	"fmt"
	"runtime"
	"sync"
	"time"

	"github.com/hashicorp/raft"

	"github.com/freshetdb/freshet/cluster/raftlog"
)

// keyCurrentTerm is raft's name of the term in the stable store.
const keyCurrentTerm = "CurrentTerm"

// errWriteTimeout is the cause when the log took too long.
var errWriteTimeout = errors.New("write to the raft log timed out")

// guard stands between raft and its log. It notices the first error and closes
// failed, and it keeps errors from raft where raft would panic: it ends the
// goroutine, which is always one of raft's. Its deferred calls answer what is in
// flight, as at raft's own end of a loop, and raft waits for it as ever.
type guard struct {
	*raftlog.Log
	timeout time.Duration
	once    sync.Once
	cause   error
	failed  chan struct{}
}

func newGuard(l *raftlog.Log, timeout time.Duration) *guard {
	return &guard{Log: l, timeout: timeout, failed: make(chan struct{})}
}

// fail ends the run with the first error that it gets.
func (g *guard) fail(err error) {
	g.once.Do(func() {
		g.cause = err
		close(g.failed)
	})
}

// err is why the run has failed, or nil.
func (g *guard) err() error {
	select {
	case <-g.failed:
		return g.cause
	default:
		return nil
	}
}

// abandon ends the goroutine: raft would panic.
func (g *guard) abandon(err error) {
	g.fail(err)
	runtime.Goexit()
}

// GetLog implements raft.LogStore.
func (g *guard) GetLog(index uint64, entry *raft.Log) error {
	err := g.Log.GetLog(index, entry)
	if err == nil || errors.Is(err, raft.ErrLogNotFound) {
		return err
	}
	g.abandon(fmt.Errorf("read raft log: %w", err))
	return err
}

// StoreLog implements raft.LogStore.
func (g *guard) StoreLog(entry *raft.Log) error { return g.StoreLogs([]*raft.Log{entry}) }

// StoreLogs implements raft.LogStore. A write that takes longer than the timeout
// counts as failed; closing the log waits for its end.
func (g *guard) StoreLogs(entries []*raft.Log) error {
	if err := g.err(); err != nil {
		return err
	}
	done := make(chan error, 1)
	go func() { done <- g.Log.StoreLogs(entries) }()
	timer := time.NewTimer(g.timeout)
	defer timer.Stop()
	var err error
	select {
	case err = <-done:
	case <-timer.C:
		err = errWriteTimeout
	}
	if err != nil {
		g.fail(err)
	}
	return err
}

// DeleteRange implements raft.LogStore.
func (g *guard) DeleteRange(first, last uint64) error {
	if err := g.err(); err != nil {
		return err
	}
	err := g.Log.DeleteRange(first, last)
	if err != nil {
		g.fail(err)
	}
	return err
}

// Set implements raft.StableStore.
func (g *guard) Set(key, value []byte) error {
	err := g.Log.Set(key, value)
	if err != nil {
		g.fail(err)
	}
	return err
}

// SetUint64 implements raft.StableStore.
func (g *guard) SetUint64(key []byte, value uint64) error {
	err := g.Log.SetUint64(key, value)
	if err == nil {
		return nil
	}
	if string(key) == keyCurrentTerm {
		g.abandon(err)
	}
	g.fail(err)
	return err
}
