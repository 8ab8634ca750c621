package group

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/hashicorp/raft"

	"github.com/freshetdb/freshet/cluster/raftlog"
	"github.com/freshetdb/freshet/columnar/vfs"
)

var (
	// ErrClosed is returned after Close.
	ErrClosed = errors.New("group is closed")
	// ErrLogLost says that the log ends before the machine's snapshot, or begins
	// behind it: entries that were acknowledged are gone.
	ErrLogLost = errors.New("raft log is incomplete")
)

// DownError says that a group takes no proposals at the moment, and why.
type DownError struct {
	Group string
	Err   error
}

// Error implements error.
func (e *DownError) Error() string { return fmt.Sprintf("%s is down: %v", e.Group, e.Err) }

// Unwrap is the cause.
func (e *DownError) Unwrap() error { return e.Err }

// Config describes a group.
type Config struct {
	// Name is for logs and errors.
	Name string
	FS   vfs.FS
	// Dir is the folder of the log.
	Dir     string
	Machine Machine
	// ID is this member; Servers are the members that a new group begins with,
	// by default this one alone.
	ID      string
	Servers []raft.Server
	// Transport opens the way to the other members; it is closed with each run.
	// nil is for a group of one.
	Transport func() (Transport, error)
	// Election and WriteTimeout have defaults; see limits.go.
	Election     time.Duration
	WriteTimeout time.Duration
	SegmentBytes int // of the log's files; zero is raftlog's default
	Log          *slog.Logger
}

func (c *Config) setDefaults() {
	if c.ID == "" {
		c.ID = "local"
	}
	if c.Servers == nil {
		c.Servers = []raft.Server{{ID: raft.ServerID(c.ID), Address: raft.ServerAddress(c.ID)}}
	}
	if c.Transport == nil {
		c.Transport = inMemory(c.ID)
	}
	if c.Election == 0 {
		c.Election = DefaultElection
	}
	if c.WriteTimeout == 0 {
		c.WriteTimeout = DefaultWriteTimeout
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
}

// Group is a running Raft group. Methods are safe for concurrent use.
type Group struct {
	cfg    Config
	cancel context.CancelFunc
	done   chan struct{} // closed when the supervisor has ended

	snapping sync.Mutex // held by Snapshot

	mu      sync.Mutex
	run     *run          // nil while the group is down
	down    error         // why run is nil
	isFinal bool          // it will stay so
	changed chan struct{} // closed when run, down or isFinal change
}

// Open starts a group and returns when it leads and its machine has applied all
// of the log. The caller closes it.
func Open(ctx context.Context, cfg Config) (*Group, error) {
	cfg.setDefaults()
	r, err := startRun(&cfg)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", cfg.Name, err)
	}
	if err := r.lead(ctx); err != nil {
		return nil, fmt.Errorf("open %s: %w", cfg.Name, errors.Join(err, r.stop()))
	}
	life, cancel := context.WithCancel(context.Background())
	g := &Group{cfg: cfg, cancel: cancel, done: make(chan struct{}), run: r, changed: make(chan struct{})}
	go g.supervise(life, r)
	return g, nil
}

// Close ends the group: proposals in flight are answered, new ones refused. A
// second call does nothing.
func (g *Group) Close() error {
	g.cancel()
	<-g.done
	r := g.set(nil, ErrClosed, true)
	if r == nil {
		return nil
	}
	return r.stop()
}

// set changes the state and gives the run that there was.
func (g *Group) set(r *run, down error, isFinal bool) (before *run) {
	g.mu.Lock()
	defer g.mu.Unlock()
	before = g.run
	g.run, g.down, g.isFinal = r, down, isFinal
	close(g.changed)
	g.changed = make(chan struct{})
	return before
}

// supervise opens the group again after each failure.
func (g *Group) supervise(ctx context.Context, r *run) {
	defer close(g.done)
	for {
		select {
		case <-ctx.Done():
			return
		case <-r.log.failed:
		}
		cause := r.log.err()
		isFinal := isHopeless(cause)
		g.set(nil, &DownError{Group: g.cfg.Name, Err: cause}, isFinal)
		g.cfg.Log.Error("raft group failed", "group", g.cfg.Name, "error", cause, "reopens", !isFinal)
		if err := r.stop(); err != nil {
			g.cfg.Log.Warn("raft group closed with an error", "group", g.cfg.Name, "error", err)
		}
		if isFinal {
			return
		}
		if r = g.reopen(ctx); r == nil {
			return
		}
		g.cfg.Log.Info("raft group is back", "group", g.cfg.Name)
	}
}

// isHopeless tells whether opening the group again can't help.
func isHopeless(err error) bool {
	stuck := (*StuckError)(nil)
	return errors.Is(err, raftlog.ErrCorrupt) || errors.Is(err, ErrLogLost) || errors.As(err, &stuck)
}

// reopen tries until the group leads again; nil when that is over.
func (g *Group) reopen(ctx context.Context) *run {
	pause := reopenPauseMin
	for {
		timer := time.NewTimer(pause)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return nil
		}
		pause = min(2*pause, reopenPauseMax)
		r, err := startRun(&g.cfg)
		if err == nil {
			if err = r.lead(ctx); err == nil {
				g.set(r, nil, false)
				return r
			}
			err = errors.Join(err, r.stop())
		}
		if ctx.Err() != nil {
			return nil
		}
		isFinal := isHopeless(err)
		g.set(nil, &DownError{Group: g.cfg.Name, Err: err}, isFinal)
		if isFinal {
			g.cfg.Log.Error("raft group stays down", "group", g.cfg.Name, "error", err)
			return nil
		}
	}
}

// enter gives the present run and counts the caller in; it calls
// run.inflight.Done.
func (g *Group) enter() (*run, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.run == nil {
		return nil, g.down
	}
	if err := g.run.log.err(); err != nil {
		return nil, &DownError{Group: g.cfg.Name, Err: err}
	}
	g.run.inflight.Add(1)
	return g.run, nil
}

// Err is why the group is down, or nil.
func (g *Group) Err() error {
	r, err := g.enter()
	if err != nil {
		return err
	}
	r.inflight.Done()
	return nil
}

// Ready waits until the group is up and everything proposed before is applied.
func (g *Group) Ready(ctx context.Context) error {
	for {
		g.mu.Lock()
		isUp, down, isFinal, changed := g.run != nil, g.down, g.isFinal, g.changed
		g.mu.Unlock()
		switch {
		case isUp:
			if r, err := g.enter(); err == nil {
				err = r.barrier()
				r.inflight.Done()
				if err == nil {
					return nil
				}
			}
		case isFinal:
			return down
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return errors.Join(context.Cause(ctx), down)
		}
	}
}

// Propose appends an entry to the log and returns what the machine answers,
// after readers can see it. It does not stop for a context that ends: the
// outcome would be unknown. After an error it is unknown whether the entry will
// be applied, unless the error is ErrTooLarge of raftlog or a DownError that was
// there before. The group keeps data until Propose returns.
func (g *Group) Propose(data []byte) (any, error) {
	if len(data) > raftlog.MaxEntryBytes {
		return nil, raftlog.ErrTooLarge
	}
	r, err := g.enter()
	if err != nil {
		return nil, err
	}
	defer r.inflight.Done()
	response, err := r.propose(data)
	if err != nil {
		return nil, &DownError{Group: g.cfg.Name, Err: err}
	}
	if err, ok := response.(*StuckError); ok {
		return nil, &DownError{Group: g.cfg.Name, Err: err}
	}
	return response, nil
}

// Snapshot makes the state durable and shortens the log. It returns when that is
// done; nothing new to save is no error.
func (g *Group) Snapshot() error {
	g.snapping.Lock()
	defer g.snapping.Unlock()
	g.mu.Lock()
	r, down := g.run, g.down
	g.mu.Unlock()
	if r == nil {
		return down
	}
	// Not counted as in flight: raft answers it when it stops.
	err := r.raft.Snapshot().Error()
	if err == nil || errors.Is(err, raft.ErrNothingNewToSnapshot) {
		return nil
	}
	if cause := r.machine.persistError(); cause != nil {
		err = cause // raft keeps only its text.
	}
	return fmt.Errorf("snapshot of %s: %w", g.cfg.Name, r.why(err))
}
