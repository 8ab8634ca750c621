package fanout

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"path"
	"sync"
	"time"

	"github.com/freshetdb/freshet/cluster/meta"
	"github.com/freshetdb/freshet/cluster/replica"
	"github.com/freshetdb/freshet/columnar/chcode"
	"github.com/freshetdb/freshet/columnar/ledger"
	"github.com/freshetdb/freshet/columnar/store"
	"github.com/freshetdb/freshet/columnar/table"
	"github.com/freshetdb/freshet/columnar/vfs"
	"github.com/freshetdb/freshet/query/engine"
)

// mapEpoch is the slot map's: shards have never been split yet.
const mapEpoch = 1

// Names in the data folder; see the package comment.
const (
	lockFile   = "LOCK"
	metaFolder = "meta"
)

// Config describes a node.
type Config struct {
	FS vfs.FS
	// Dir is the data folder; it is created.
	Dir string
	// Shards is fixed when the folder is new; 0 stands for what it has, or 1.
	Shards int
	// Memory is the node's budget; nil has no limit.
	Memory *ledger.Budget
	Log    *slog.Logger
	// Now is the clock of retention; nil is time.Now.
	Now func() time.Time
	// Store is passed to every shard.
	Store store.Options
	// FlushBytes is how much may be unflushed on the node; zero is
	// replica.DefaultFlushBytes.
	FlushBytes int64
	// EntryBytes, Election and SegmentBytes are for tests; zero for the defaults of
	// cluster/replica, cluster/group and cluster/raftlog.
	EntryBytes   int64
	Election     time.Duration
	SegmentBytes int
}

// Cluster is the shards of a node. Methods are safe for concurrent use.
type Cluster struct {
	cfg    Config
	lock   io.Closer
	meta   *meta.Meta
	shards []*replica.Replica

	splitMu   sync.Mutex
	splitters map[*table.Def]*splitter // of the definitions in use

	sources sources
}

var _ engine.Backend = (*Cluster)(nil)

// Open opens a data folder, or begins one, and returns when everything that was
// acknowledged is there to be read. The caller closes it. A folder that another
// process has open gives vfs.ErrLocked.
func Open(ctx context.Context, cfg Config) (*Cluster, error) {
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.FlushBytes == 0 {
		cfg.FlushBytes = replica.DefaultFlushBytes
	}
	if err := vfs.MkdirAllSync(cfg.FS, cfg.Dir); err != nil {
		return nil, fmt.Errorf("create data folder: %w", err)
	}
	lock, err := cfg.FS.Lock(path.Join(cfg.Dir, lockFile))
	if err != nil {
		return nil, fmt.Errorf("lock data folder %s: %w", cfg.Dir, err)
	}
	c := &Cluster{cfg: cfg, lock: lock, splitters: map[*table.Def]*splitter{}}
	if err := c.open(ctx); err != nil {
		return nil, errors.Join(err, c.Close())
	}
	return c, nil
}

func (c *Cluster) open(ctx context.Context) error {
	n, err := openNode(c.cfg.FS, c.cfg.Dir, c.cfg.Shards)
	if err != nil {
		return err
	}
	if err := c.openGroups(ctx, n.Shards); err != nil {
		return err
	}
	if err := n.complete(c.cfg.FS, c.cfg.Dir); err != nil {
		return fmt.Errorf("write node file: %w", err)
	}
	shards := make([]meta.Shard, len(c.shards))
	for i, s := range c.shards {
		shards[i] = s
	}
	return c.meta.Attach(ctx, shards)
}

// openGroups opens the catalogue and all shards side by side.
func (c *Cluster) openGroups(ctx context.Context, shards int) error {
	var wg sync.WaitGroup
	errs := make([]error, shards+1)
	opened := make([]*replica.Replica, shards)
	wg.Go(func() {
		c.meta, errs[shards] = meta.Open(ctx, meta.Config{
			FS: c.cfg.FS, Dir: path.Join(c.cfg.Dir, metaFolder), Election: c.cfg.Election,
			Log: c.cfg.Log, SegmentBytes: c.cfg.SegmentBytes,
		})
	})
	for i := range shards {
		wg.Go(func() {
			opened[i], errs[i] = replica.Open(ctx, replica.Config{
				Name: fmt.Sprintf("shard %d", i), FS: c.cfg.FS, Dir: path.Join(c.cfg.Dir, shardFolder(i)),
				Store: c.cfg.Store, MapEpoch: mapEpoch, Memory: c.cfg.Memory,
				FlushBytes: c.cfg.FlushBytes / int64(shards), EntryBytes: c.cfg.EntryBytes, Now: c.cfg.Now, Log: c.cfg.Log,
				Election: c.cfg.Election, SegmentBytes: c.cfg.SegmentBytes,
			})
		})
	}
	wg.Wait()
	for _, r := range opened {
		if r != nil {
			c.shards = append(c.shards, r)
		}
	}
	return errors.Join(errs...)
}

// shardPrefix begins the names of the shards' folders.
const shardPrefix = "shard-"

func shardFolder(i int) string { return fmt.Sprintf("%s%04d", shardPrefix, i) }

// Close ends the node: definitions first, then the shards, then the lock. Views
// that are held stay readable.
func (c *Cluster) Close() error {
	var errs []error
	if c.meta != nil {
		errs = append(errs, c.meta.Close())
	}
	errs = append(errs, c.each(func(_ int, r *replica.Replica) error { return r.Close() }))
	if c.lock != nil {
		errs = append(errs, c.lock.Close())
	}
	return errors.Join(errs...)
}

// Shards is the number of shards.
func (c *Cluster) Shards() int { return len(c.shards) }

// Catalog implements engine.Backend.
func (c *Cluster) Catalog() *table.Catalog { return c.meta.Catalog() }

// Err is why the node can't store anything at the moment, or nil.
func (c *Cluster) Err() error {
	errs := []error{c.meta.Err()}
	for _, r := range c.shards {
		errs = append(errs, r.Err())
	}
	return errors.Join(errs...)
}

// Ready waits until all shards take entries.
func (c *Cluster) Ready(ctx context.Context) error {
	return c.each(func(_ int, r *replica.Replica) error { return r.Ready(ctx) })
}

// each runs do for all shards side by side and joins the errors.
func (c *Cluster) each(do func(i int, r *replica.Replica) error) error {
	if len(c.shards) == 1 { // Fast path: no goroutine.
		return do(0, c.shards[0])
	}
	errs := make([]error, len(c.shards))
	var wg sync.WaitGroup
	for i, r := range c.shards {
		wg.Go(func() { errs[i] = do(i, r) })
	}
	wg.Wait()
	return chcode.Join(errs...)
}

// Stats is what the node has done since it was opened.
type Stats struct {
	Entries uint64 // written to the logs of all shards
	Flushes uint64
	Merges  uint64
	// Unflushed is the bytes of rows that a start would replay.
	Unflushed int64
	Staged    int // inserts under way, or given up, in parts
}

// Stats adds up the figures of all shards.
func (c *Cluster) Stats() Stats {
	var out Stats
	for _, r := range c.shards {
		s := r.Stats()
		out.Entries += s.Entries
		out.Flushes += s.Flushes
		out.Merges += s.Merges
		out.Unflushed += s.Unflushed
		out.Staged += s.Staged
	}
	return out
}
