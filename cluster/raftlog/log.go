package raftlog

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/raft"
	wal "github.com/hashicorp/raft-wal"
	"github.com/hashicorp/raft-wal/segment"

	"github.com/freshetdb/freshet/columnar/vfs"
)

const (
	// MaxEntryBytes is the longest Data of an entry: 16 MiB of rows, and room
	// for the header around them. raft-wal takes entries to 64 MiB.
	MaxEntryBytes = 16<<20 + 64<<10
	// DefaultSegmentBytes is the length at which a segment file is sealed and
	// the next begun. So much disk is taken even by an empty log.
	DefaultSegmentBytes = 8 << 20
)

var (
	// ErrTooLarge is returned for an entry longer than MaxEntryBytes.
	ErrTooLarge = errors.New("raft log entry is too large")
	// ErrCorrupt is matched by each error about bytes that are not what was
	// written; most are a CorruptError.
	ErrCorrupt = errors.New("raft log is corrupt")
	// ErrClosed is returned after Close.
	ErrClosed = errors.New("raft log is closed")
)

// CorruptError says which entry of the log is lost.
type CorruptError struct {
	// Index is the entry, or the first of those that may be damaged.
	Index uint64
	// File is where it is, if known.
	File string
	// Reason is what does not fit.
	Reason string
}

// Error implements error.
func (e *CorruptError) Error() string {
	if e.File == "" {
		return fmt.Sprintf("%v at entry %d: %s", ErrCorrupt, e.Index, e.Reason)
	}
	return fmt.Sprintf("%v at entry %d in %s: %s", ErrCorrupt, e.Index, e.File, e.Reason)
}

// Is makes errors.Is find ErrCorrupt.
func (*CorruptError) Is(target error) bool { return target == ErrCorrupt }

// Config says where a log lives.
type Config struct {
	FS vfs.FS
	// Dir is the folder of this log alone. It is created.
	Dir string
	// SegmentBytes is the length of a segment file; zero stands for
	// DefaultSegmentBytes.
	SegmentBytes int
	// Logger gets the rare remarks of raft-wal; nil drops them. Errors are
	// returned, not logged.
	Logger hclog.Logger
}

// Log is the log and the stable store of one Raft group. Entries may be read
// by any goroutine; StoreLogs, DeleteRange and Close take turns.
type Log struct {
	wal  *wal.WAL
	meta *metaStore
	mu   sync.Mutex // Held while writing.
	// failed is the error that ended the log, or ErrClosed.
	failed atomic.Pointer[error]
}

var (
	_ raft.LogStore          = (*Log)(nil)
	_ raft.StableStore       = (*Log)(nil)
	_ raft.MonotonicLogStore = (*Log)(nil)
)

// Open opens a log, or begins one. It checks the end of the log and cuts off
// what was never acknowledged; damage gives an error that matches ErrCorrupt.
// The caller makes sure that no other process has the folder open, and calls
// Close.
func Open(cfg Config) (*Log, error) {
	if cfg.SegmentBytes == 0 {
		cfg.SegmentBytes = DefaultSegmentBytes
	}
	if cfg.Logger == nil {
		cfg.Logger = hclog.NewNullLogger()
	}
	l, err := open(cfg)
	if err != nil {
		return nil, fmt.Errorf("open raft log %s: %w", cfg.Dir, err)
	}
	return l, nil
}

func open(cfg Config) (*Log, error) {
	if err := vfs.MkdirAllSync(cfg.FS, cfg.Dir); err != nil {
		return nil, err
	}
	l := &Log{}
	meta, err := openMeta(cfg.FS, cfg.Dir, l.fail)
	if err != nil {
		return nil, err
	}
	if err := repairTail(cfg, meta); err != nil {
		return nil, err
	}
	l.meta = meta
	l.wal, err = wal.Open(cfg.Dir,
		wal.WithMetaStore(meta),
		wal.WithSegmentFiler(segment.NewFiler(cfg.Dir, walFS{fsys: cfg.FS, fail: l.fail, begun: meta.begun})),
		wal.WithSegmentSize(cfg.SegmentBytes),
		wal.WithLogger(cfg.Logger))
	if err != nil {
		return nil, asCorrupt(err)
	}
	return l, nil
}

// asCorrupt makes raft-wal's error for damaged files match ours.
func asCorrupt(err error) error {
	if errors.Is(err, wal.ErrCorrupt) {
		return fmt.Errorf("%w: %w", ErrCorrupt, err)
	}
	return err
}

// fail ends the log: from now on every call returns err. The first error
// stays. It returns the error that holds.
func (l *Log) fail(err error) error {
	if l.failed.CompareAndSwap(nil, &err) {
		return err
	}
	return *l.failed.Load()
}

// Err returns the error that ended the log, or nil.
func (l *Log) Err() error {
	if err := l.failed.Load(); err != nil {
		return *err
	}
	return nil
}

// Close closes the files. Calls in progress end first; a second call does
// nothing.
func (l *Log) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.failed.CompareAndSwap(nil, &errClosed)
	return l.wal.Close() // Does nothing the second time.
}

var errClosed = ErrClosed

// FirstIndex implements raft.LogStore.
func (l *Log) FirstIndex() (uint64, error) {
	if err := l.Err(); err != nil {
		return 0, err
	}
	return l.wal.FirstIndex()
}

// LastIndex implements raft.LogStore.
func (l *Log) LastIndex() (uint64, error) {
	if err := l.Err(); err != nil {
		return 0, err
	}
	return l.wal.LastIndex()
}

// GetLog implements raft.LogStore. An entry that is not what was stored gives
// a CorruptError.
func (l *Log) GetLog(index uint64, entry *raft.Log) error {
	if err := l.Err(); err != nil {
		return err
	}
	return readEntry(l.wal, index, entry)
}

// StoreLog implements raft.LogStore.
func (l *Log) StoreLog(entry *raft.Log) error {
	return l.StoreLogs([]*raft.Log{entry})
}

// StoreLogs implements raft.LogStore: the entries are on disk when it returns
// nil. After an error it is unknown which are, and the log has failed.
func (l *Log) StoreLogs(entries []*raft.Log) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.Err(); err != nil {
		return err
	}
	sealed, err := sealAll(entries)
	if err != nil {
		return l.fail(err)
	}
	if err := l.wal.StoreLogs(sealed); err != nil {
		return l.fail(fmt.Errorf("store raft log entries: %w", err))
	}
	return nil
}

// DeleteRange implements raft.LogStore for a range at the begin or the end of
// the log. After an error the log has failed.
func (l *Log) DeleteRange(first, last uint64) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.Err(); err != nil {
		return err
	}
	if err := l.wal.DeleteRange(first, last); err != nil {
		return l.fail(fmt.Errorf("delete raft log entries %d to %d: %w", first, last, err))
	}
	return nil
}

// IsMonotonic implements raft.MonotonicLogStore: there is never a gap.
func (l *Log) IsMonotonic() bool { return true }

// Set implements raft.StableStore. After an error the log has failed.
func (l *Log) Set(key, value []byte) error {
	if err := l.Err(); err != nil {
		return err
	}
	return l.wal.Set(key, value)
}

// Get implements raft.StableStore; a key that was never set gives nothing.
func (l *Log) Get(key []byte) ([]byte, error) {
	if err := l.Err(); err != nil {
		return nil, err
	}
	return l.wal.Get(key)
}

// SetUint64 implements raft.StableStore. After an error the log has failed.
func (l *Log) SetUint64(key []byte, value uint64) error {
	if err := l.Err(); err != nil {
		return err
	}
	return l.wal.SetUint64(key, value)
}

// GetUint64 implements raft.StableStore; a key that was never set gives zero.
func (l *Log) GetUint64(key []byte) (uint64, error) {
	if err := l.Err(); err != nil {
		return 0, err
	}
	return l.wal.GetUint64(key)
}
