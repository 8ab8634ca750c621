package meta

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path"
	"sync"
	"sync/atomic"
	"time"

	"github.com/freshetdb/freshet/cluster/group"
	"github.com/freshetdb/freshet/columnar/table"
	"github.com/freshetdb/freshet/columnar/vfs"
)

// changesPerSnapshot is how many changes stay in the log at most: a start
// replays them.
const changesPerSnapshot = 64

// logSegmentBytes is the size of the log's files: changes are small.
const logSegmentBytes = 1 << 20

var (
	// ErrBehind is returned while a change before is not on all shards yet.
	ErrBehind = errors.New("a change of the catalogue before this one is not on all shards yet; try again")
	// errNotAttached guards the order of calls.
	errNotAttached = errors.New("catalogue has no shards yet")
)

// Config describes the catalogue of a node.
type Config struct {
	FS vfs.FS
	// Dir is the folder of the catalogue alone.
	Dir      string
	Election time.Duration // zero: group.DefaultElection
	Log      *slog.Logger
	// SegmentBytes is the size of the log's files; zero is a megabyte.
	SegmentBytes int
}

// Meta is the catalogue of the node. Methods are safe for concurrent use.
type Meta struct {
	group     *group.Group
	machine   *machine
	log       *slog.Logger
	published atomic.Pointer[table.Catalog]

	// changing is held from the decision over a change until all shards have it,
	// so that they see changes in the order of the catalogue.
	changing sync.Mutex
	shards   []Shard
	isBehind bool // some shard lacks what is committed
	unsaved  int  // changes since the last snapshot

	cancel context.CancelFunc
	wake   chan struct{} // there may be shards that lag behind
	done   sync.WaitGroup
}

// Open starts group 0. Attach comes next, then Catalog and Change.
func Open(ctx context.Context, cfg Config) (*Meta, error) {
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.SegmentBytes == 0 {
		cfg.SegmentBytes = logSegmentBytes
	}
	if err := vfs.MkdirAllSync(cfg.FS, cfg.Dir); err != nil {
		return nil, fmt.Errorf("open catalogue: %w", err)
	}
	m, err := openMachine(cfg.FS, path.Join(cfg.Dir, FileName))
	if err != nil {
		return nil, err
	}
	logDir := path.Join(cfg.Dir, "log")
	if err := m.reaches(cfg.FS, logDir); err != nil {
		return nil, err
	}
	g, err := group.Open(ctx, group.Config{
		Name: "catalogue", FS: cfg.FS, Dir: logDir, Machine: m,
		Election: cfg.Election, Log: cfg.Log, SegmentBytes: cfg.SegmentBytes,
	})
	if err != nil {
		return nil, err
	}
	return &Meta{
		group: g, machine: m, log: cfg.Log, cancel: func() {}, wake: make(chan struct{}, 1),
	}, nil
}

// Close ends the group; it waits for what is under way.
func (m *Meta) Close() error {
	m.cancel()
	m.done.Wait()
	return m.group.Close()
}

// Catalog is the definitions that every shard has. The result is immutable.
func (m *Meta) Catalog() *table.Catalog { return m.published.Load() }

// Change decides over a change and returns when every shard has applied it. The
// error is for users. When a shard is down the change may be decided without
// being in effect yet; it is then carried out as soon as the shard is back.
func (m *Meta) Change(ctx context.Context, ch *table.Change) error {
	data, err := ch.Encode()
	if err != nil {
		return err
	}
	m.changing.Lock()
	defer m.changing.Unlock()
	if m.isBehind {
		return ErrBehind
	}
	result, err := m.group.Propose(data)
	if err != nil {
		// Unknown whether it is decided; finding out needs the group back.
		m.fallBehind()
		return fmt.Errorf("change the catalogue: %w", err)
	}
	d, ok := result.(decided)
	if !ok {
		return fmt.Errorf("change the catalogue: unexpected result %T", result)
	}
	if d.err != nil {
		return d.err
	}
	// From here on the client's leaving must not stop half-way.
	if err := m.carry(context.WithoutCancel(ctx), d.outcome); err != nil {
		m.fallBehind()
		return fmt.Errorf("the change is decided and will take effect when all shards are back: %w", err)
	}
	m.published.Store(d.catalog)
	m.save()
	return nil
}

// save takes a snapshot now and then.
func (m *Meta) save() {
	if m.unsaved++; m.unsaved < changesPerSnapshot {
		return
	}
	if err := m.group.Snapshot(); err != nil {
		m.log.Warn("catalogue not saved; its log keeps it", "error", err)
		return
	}
	m.unsaved = 0
}

// Save writes the catalogue out and shortens its log.
func (m *Meta) Save() error { return m.group.Snapshot() }

// Err is why the catalogue takes no changes, or nil.
func (m *Meta) Err() error { return m.group.Err() }
