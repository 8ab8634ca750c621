package vfs

import (
	"fmt"
	"io"
	"io/fs"
	"sync"
	"syscall"
)

// OpKind is a kind of operation that a Hook is asked about.
type OpKind uint8

// The operations. Those on an open file come after OpClose.
const (
	OpCreate OpKind = iota
	OpOpen
	OpOpenReadWrite
	OpRename
	OpLink
	OpRemove
	OpStat
	OpMap
	OpMkdirAll
	OpRemoveAll
	OpList
	OpSyncDir
	OpLock
	OpClose
	OpRead
	OpWrite
	OpSync
	OpTruncate
	OpPreallocate
)

// String names the operation as error texts do.
func (k OpKind) String() string {
	switch k {
	case OpCreate:
		return "create"
	case OpOpen:
		return "open"
	case OpOpenReadWrite:
		return "open for writing"
	case OpRename:
		return "rename"
	case OpLink:
		return "link"
	case OpRemove:
		return "remove"
	case OpStat:
		return "stat"
	case OpMap:
		return "map"
	case OpMkdirAll:
		return "mkdir"
	case OpRemoveAll:
		return "remove all"
	case OpList:
		return "list"
	case OpSyncDir:
		return "sync folder"
	case OpLock:
		return "lock"
	case OpClose:
		return "close"
	case OpRead:
		return "read"
	case OpWrite:
		return "write"
	case OpSync:
		return "sync"
	case OpTruncate:
		return "truncate"
	case OpPreallocate:
		return "preallocate"
	}
	return fmt.Sprintf("operation %d", k)
}

// Changes reports whether the operation may change what is on the disk.
func (k OpKind) Changes() bool {
	switch k {
	case OpOpen, OpStat, OpMap, OpList, OpLock, OpClose, OpRead:
		return false
	default:
		return true
	}
}

// Persists reports whether the operation makes something durable or gives a
// name to it: the moments around which a crash is worth trying.
func (k OpKind) Persists() bool {
	return k == OpSync || k == OpSyncDir || k == OpRename
}

// Op is an operation about to be done.
type Op struct {
	Kind OpKind
	// Name is the file; NewName the second name of OpRename and OpLink.
	Name, NewName string
	// Bytes is the length of OpRead, OpWrite, or the new size of OpTruncate
	// and OpPreallocate.
	Bytes int64
}

// Hook is asked before each operation of a Fault; a non-nil error is returned
// in the operation's place. It is called from the goroutine of the operation,
// possibly from several at once, and must not use the Fault itself.
type Hook func(op Op) error

// ShortWriteError is an error of a Hook that lets a write put down its first N
// bytes before it fails with Err, as a full disk does.
type ShortWriteError struct {
	N   int64
	Err error
}

// Error implements error.
func (e *ShortWriteError) Error() string { return fmt.Sprintf("after %d bytes: %v", e.N, e.Err) }

// Unwrap gives the cause.
func (e *ShortWriteError) Unwrap() error { return e.Err }

// FailNth returns a hook that fails the n-th operation (from 1) that match
// accepts with err, and none else.
func FailNth(n int, match func(op Op) bool, err error) Hook {
	var mu sync.Mutex
	return func(op Op) error {
		if !match(op) {
			return nil
		}
		mu.Lock()
		defer mu.Unlock()
		n--
		if n == 0 {
			return err
		}
		return nil
	}
}

// Room is a disk of limited size, for Fault: see Hook. The zero value has no
// room at all.
type Room struct {
	mu   sync.Mutex
	free int64
}

// Add changes the room that is left by n bytes.
func (r *Room) Add(n int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.free += n
}

// Hook takes each written byte from the room and fails what does not fit with
// ENOSPC; a write puts down what fits. Removing files gives nothing back.
func (r *Room) Hook(op Op) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch op.Kind {
	case OpWrite:
		if op.Bytes > r.free {
			fits := r.free
			r.free = 0
			return &ShortWriteError{N: fits, Err: syscall.ENOSPC}
		}
		r.free -= op.Bytes
	case OpPreallocate:
		if op.Bytes > r.free {
			return syscall.ENOSPC
		}
	default: // Takes no room.
	}
	return nil
}

// Fault is an FS that asks a hook before each operation on another FS.
type Fault struct {
	inner FS
	hook  Hook
}

var _ FS = (*Fault)(nil)

// NewFault wraps inner so that hook decides over each operation.
func NewFault(inner FS, hook Hook) *Fault {
	return &Fault{inner: inner, hook: hook}
}

func (f *Fault) ask(op Op) error {
	if err := f.hook(op); err != nil {
		return &fs.PathError{Op: op.Kind.String(), Path: op.Name, Err: err}
	}
	return nil
}

// Create implements Files.
func (f *Fault) Create(name string) (File, error) {
	return f.file(OpCreate, name, f.inner.Create)
}

// Open implements Files.
func (f *Fault) Open(name string) (File, error) {
	return f.file(OpOpen, name, f.inner.Open)
}

// OpenReadWrite implements Files.
func (f *Fault) OpenReadWrite(name string) (File, error) {
	return f.file(OpOpenReadWrite, name, f.inner.OpenReadWrite)
}

func (f *Fault) file(kind OpKind, name string, open func(string) (File, error)) (File, error) {
	if err := f.ask(Op{Kind: kind, Name: name}); err != nil {
		return nil, err
	}
	file, err := open(name)
	if err != nil {
		return nil, err
	}
	return &faultFile{File: file, fault: f, name: name}, nil
}

// Rename implements Files.
func (f *Fault) Rename(oldName, newName string) error {
	if err := f.ask(Op{Kind: OpRename, Name: oldName, NewName: newName}); err != nil {
		return err
	}
	return f.inner.Rename(oldName, newName)
}

// Link implements Files.
func (f *Fault) Link(oldName, newName string) error {
	if err := f.ask(Op{Kind: OpLink, Name: oldName, NewName: newName}); err != nil {
		return err
	}
	return f.inner.Link(oldName, newName)
}

// Remove implements Files.
func (f *Fault) Remove(name string) error {
	if err := f.ask(Op{Kind: OpRemove, Name: name}); err != nil {
		return err
	}
	return f.inner.Remove(name)
}

// Stat implements Files.
func (f *Fault) Stat(name string) (FileInfo, error) {
	if err := f.ask(Op{Kind: OpStat, Name: name}); err != nil {
		return FileInfo{}, err
	}
	return f.inner.Stat(name)
}

// Map implements Files.
func (f *Fault) Map(name string) (Mapping, error) {
	if err := f.ask(Op{Kind: OpMap, Name: name}); err != nil {
		return nil, err
	}
	return f.inner.Map(name)
}

// MkdirAll implements Folders.
func (f *Fault) MkdirAll(dir string) error {
	if err := f.ask(Op{Kind: OpMkdirAll, Name: dir}); err != nil {
		return err
	}
	return f.inner.MkdirAll(dir)
}

// RemoveAll implements Folders.
func (f *Fault) RemoveAll(name string) error {
	if err := f.ask(Op{Kind: OpRemoveAll, Name: name}); err != nil {
		return err
	}
	return f.inner.RemoveAll(name)
}

// List implements Folders.
func (f *Fault) List(dir string) ([]string, error) {
	if err := f.ask(Op{Kind: OpList, Name: dir}); err != nil {
		return nil, err
	}
	return f.inner.List(dir)
}

// SyncDir implements Folders.
func (f *Fault) SyncDir(dir string) error {
	if err := f.ask(Op{Kind: OpSyncDir, Name: dir}); err != nil {
		return err
	}
	return f.inner.SyncDir(dir)
}

// Lock implements Folders.
func (f *Fault) Lock(name string) (io.Closer, error) {
	if err := f.ask(Op{Kind: OpLock, Name: name}); err != nil {
		return nil, err
	}
	return f.inner.Lock(name)
}
