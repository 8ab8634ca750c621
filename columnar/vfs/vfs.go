// Package vfs is the only way to the disk: every file of the appliance is
// reached through an FS, so that a test can put memory, faults and crashes in
// the disk's place.
//
// Three implementations exist. OS is the operating system. Mem lives in memory
// and knows what would be left of it after a loss of power: CrashClone gives
// the file system that a restart would find. Fault wraps another FS and asks a
// hook before each operation.
//
// # What is durable
//
// A file's bytes are durable after File.Sync. A name (created, renamed, linked
// or removed) is durable after SyncDir of its folder, and only then: Sync of
// the file does not save its name. Mem holds callers to exactly this.
package vfs

import (
	"errors"
	"io"
	"time"
)

// ErrLocked is returned by Lock when somebody else holds the lock.
var ErrLocked = errors.New("locked by another process")

// FS is a file system. Names are slash-separated paths. All methods may be
// called from several goroutines. Errors wrap io/fs.ErrNotExist, ErrExist and
// ErrInvalid where they apply, and name the file.
type FS interface {
	Files
	Folders
}

// Files is the part of FS that works on single files.
type Files interface {
	// Create opens a file for reading and writing and empties it if it exists.
	Create(name string) (File, error)
	// Open opens an existing file for reading.
	Open(name string) (File, error)
	// OpenReadWrite opens a file for reading and writing, and creates an empty
	// one if there is none.
	OpenReadWrite(name string) (File, error)
	// Rename gives a file or folder a new name. A file replaces one that had
	// the name; a folder is never replaced.
	Rename(oldName, newName string) error
	// Link gives an existing file a second name; the second name must be free.
	Link(oldName, newName string) error
	// Remove deletes a file or an empty folder.
	Remove(name string) error
	// Stat describes a file or folder.
	Stat(name string) (FileInfo, error)
	// Map gives the bytes of a file for reading, without copying where the
	// system can. See Mapping.
	Map(name string) (Mapping, error)
}

// Folders is the part of FS that works on folders.
type Folders interface {
	// MkdirAll creates a folder and those above it; an existing folder is fine.
	// See MkdirAllSync for one that survives a crash.
	MkdirAll(dir string) error
	// RemoveAll deletes a file or a folder with all that is in it. That nothing
	// is there is no error.
	RemoveAll(name string) error
	// List gives the names in a folder, sorted.
	List(dir string) ([]string, error)
	// SyncDir makes the names in a folder durable.
	SyncDir(dir string) error
	// Lock takes the exclusive lock that the file stands for and creates the
	// file if needed. It fails at once with ErrLocked when the lock is held,
	// also by this process. Close gives the lock back; so does the death of the
	// process.
	Lock(name string) (io.Closer, error)
}

// File is an open file. Read and Write move one common place; ReadAt and
// WriteAt do not, and may be called from several goroutines.
type File interface {
	io.Reader
	io.Writer
	io.ReaderAt
	io.WriterAt
	io.Closer
	// Sync makes the content durable (not the name: see Folders.SyncDir). After
	// an error the content is unknown and the file must be read anew.
	Sync() error
	// Truncate sets the size; a file that grows gets zeros.
	Truncate(size int64) error
	// Preallocate asks for room up to size and makes the file at least that
	// long; new bytes are zeros.
	Preallocate(size int64) error
	// Size is the current length in bytes.
	Size() (int64, error)
	// Stat describes the open file, whatever its name is by now.
	Stat() (FileInfo, error)
}

// FileInfo describes a file or folder.
type FileInfo struct {
	Size    int64
	ModTime time.Time
	IsDir   bool
	// Device and Inode tell a file from another that later got its name.
	Device, Inode uint64
}

// Mapping is the content of a file as bytes, for reading only: a write to the
// bytes ends the process. The bytes must not be used after Close. The file
// must not shrink while it is mapped. The mapping outlives the file's name.
type Mapping interface {
	Bytes() []byte
	io.Closer
}
