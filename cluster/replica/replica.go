package replica

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
	"github.com/freshetdb/freshet/cluster/raftlog"
	"github.com/freshetdb/freshet/columnar/chcode"
	"github.com/freshetdb/freshet/columnar/entry"
	"github.com/freshetdb/freshet/columnar/ledger"
	"github.com/freshetdb/freshet/columnar/store"
	"github.com/freshetdb/freshet/columnar/table"
	"github.com/freshetdb/freshet/columnar/vfs"
)

// Config describes a shard on this node.
type Config struct {
	Name string // for logs and errors
	FS   vfs.FS
	// Dir is the folder of the shard alone.
	Dir      string
	Store    store.Options
	MapEpoch uint64 // of the slot map that rows are split by
	// Memory is the node's budget; nil has no limit.
	Memory *ledger.Budget
	// FlushBytes is this shard's part of DefaultFlushBytes.
	FlushBytes int64
	// EntryBytes is the most bytes of rows in one entry; zero is DefaultEntryBytes.
	EntryBytes int64
	// Now is the clock of retention.
	Now func() time.Time
	Log *slog.Logger
	// Election and SegmentBytes are the group's; zero for their defaults.
	Election     time.Duration
	SegmentBytes int
	Transport    func() (group.Transport, error)
}

func (c *Config) setDefaults() {
	if c.FlushBytes == 0 {
		c.FlushBytes = DefaultFlushBytes
	}
	if c.EntryBytes == 0 {
		c.EntryBytes = DefaultEntryBytes
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
}

// Replica is a shard on this node. Methods are safe for concurrent use.
type Replica struct {
	cfg    Config
	store  *store.Store
	group  *group.Group
	gather *gatherer
	memory *ledger.Budget // of this shard; a child of the node's

	entries, flushes, merges atomic.Uint64
	logged                   atomic.Int64 // bytes in the log since the last flush

	holding sync.Mutex
	held    int64 // what the store held at the last weighing, in memory

	retaining sync.Mutex // guards retention
	retention

	upkeep
}

// Open opens a shard and returns when all of its log is applied. The caller
// closes it.
func Open(ctx context.Context, cfg Config) (*Replica, error) {
	cfg.setDefaults()
	logDir := path.Join(cfg.Dir, "log")
	first, err := raftlog.First(cfg.FS, logDir)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", cfg.Name, err)
	}
	cfg.Store.LogFirst = first
	s, err := store.Open(cfg.FS, path.Join(cfg.Dir, "store"), cfg.Store)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", cfg.Name, err)
	}
	r := &Replica{cfg: cfg, store: s, memory: ledger.New(cfg.Name, 0, cfg.Memory)}
	r.gather = newGatherer(cfg.MapEpoch, func(ctx context.Context, e *entry.Entry) ([]bool, error) {
		result, err := r.Propose(ctx, e)
		return result.Duplicates, err
	})
	r.dropped = map[uint64]cut{}
	r.begin()
	r.group, err = group.Open(ctx, group.Config{
		Name: cfg.Name, FS: cfg.FS, Dir: logDir,
		Machine:   &machine{store: s, onApplied: r.applied},
		Transport: cfg.Transport, Election: cfg.Election, Log: cfg.Log, SegmentBytes: cfg.SegmentBytes,
	})
	if err != nil {
		r.release()
		return nil, errors.Join(err, s.Close())
	}
	if err := r.dropLeftovers(); err != nil {
		err = errors.Join(err, r.group.Close())
		r.release()
		return nil, errors.Join(err, s.Close())
	}
	r.startUpkeep()
	return r, nil
}

// Close flushes, so that the next start has nothing to replay, and ends the
// shard. Views that are held stay readable until they are released.
func (r *Replica) Close() error {
	r.stopUpkeep()
	if err := r.group.Snapshot(); err != nil {
		r.cfg.Log.Warn("shard not flushed at its end; the log keeps its rows", "shard", r.cfg.Name, "error", err)
	}
	err := errors.Join(r.group.Close(), r.store.Close())
	r.release()
	return err
}

// applied runs after each batch of entries. A flush begins when much is in memory,
// and when much is in the log: entries that leave no rows cost a start as well.
func (r *Replica) applied(logBytes int64) {
	r.weigh()
	logged := r.logged.Add(logBytes)
	if max(logged, r.store.Unflushed()) >= r.cfg.FlushBytes/2 {
		r.wakeFlush()
	}
	wish(r.foldWish)
	wish(r.fillWish)
}

// Rollups describes the rollups of the shard.
func (r *Replica) Rollups() []store.RollupInfo { return r.store.Rollups() }

// View is the newest picture of the shard; the caller releases it.
func (r *Replica) View() *store.View { return r.store.View() }

// Segments describes what the shard has stored, and its rows in memory.
func (r *Replica) Segments() []store.SegmentInfo { return r.store.Segments() }

// Ready waits until the shard takes entries and has applied all before.
func (r *Replica) Ready(ctx context.Context) error { return UserError(r.group.Ready(ctx)) }

// Err is why the shard takes no entries, or nil.
func (r *Replica) Err() error { return UserError(r.group.Err()) }

// Propose writes an entry to the log and returns when it is applied and visible.
// Errors are for users. It does not wait for memory; see Stream.
func (r *Replica) Propose(ctx context.Context, e *entry.Entry) (store.Result, error) {
	if err := ctx.Err(); err != nil {
		return store.Result{}, context.Cause(ctx)
	}
	data := e.Encode(nil)
	if len(data) > entry.MaxBytes {
		return store.Result{}, tooLarge()
	}
	r.memory.Force(int64(len(data)))
	defer r.memory.Force(-int64(len(data)))
	r.entries.Add(1)
	answer, err := r.group.Propose(data)
	if err != nil {
		return store.Result{}, UserError(err)
	}
	result, ok := answer.(store.Result)
	if !ok {
		return store.Result{}, fmt.Errorf("propose to %s: unexpected answer %T", r.cfg.Name, answer)
	}
	if result.Err != nil {
		return store.Result{}, &RejectedError{Err: rejection(e, result.Err)}
	}
	return result, nil
}

// Flush writes the memtables out and shortens the log.
func (r *Replica) Flush() error {
	logged := r.logged.Load()
	err := r.group.Snapshot()
	if err == nil {
		r.flushes.Add(1)
		r.logged.Add(-logged)
		wish(r.fillWish)
	}
	r.weigh()
	return UserError(err)
}

// Definitions are the tables that the shard has.
func (r *Replica) Definitions() []*table.Def {
	v := r.store.View()
	defer v.Release()
	out := make([]*table.Def, 0, len(v.Tables))
	for _, t := range v.Tables {
		out = append(out, t.Def)
	}
	return out
}

// Define creates a table or changes its definition.
func (r *Replica) Define(ctx context.Context, def *table.Def) error {
	body, err := def.Encode()
	if err != nil {
		return err
	}
	_, err = r.Propose(ctx, &entry.Entry{
		Kind: entry.Define, MapEpoch: r.cfg.MapEpoch, Table: def.ID, SchemaVersion: def.Schema.Version, Body: body,
	})
	return err
}

// DropTable removes a table and its rows; a table that is not there is no error.
func (r *Replica) DropTable(ctx context.Context, id uint64) error {
	_, err := r.Propose(ctx, &entry.Entry{Kind: entry.DropTable, MapEpoch: r.cfg.MapEpoch, Table: id})
	if err != nil && chcode.Of(err) == chcode.UnknownTable {
		return nil
	}
	return err
}

// Stats is what a shard has done since it was opened.
type Stats struct {
	Entries   uint64 // written to the log
	Flushes   uint64
	Merges    uint64
	Unflushed int64 // bytes of rows in memory
	Staged    int   // inserts under way, or given up, in parts
}

// Stats gives the figures now.
func (r *Replica) Stats() Stats {
	return Stats{
		Entries: r.entries.Load(), Flushes: r.flushes.Load(), Merges: r.merges.Load(),
		Unflushed: r.store.Unflushed(), Staged: len(r.store.Staged()),
	}
}
