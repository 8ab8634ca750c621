package raftlog

import (
	"fmt"
	"io/fs"
	"path"
	"sync/atomic"

	"github.com/hashicorp/raft-wal/types"

	"github.com/freshetdb/freshet/columnar/vfs"
)

// walFS gives raft-wal its files out of a vfs.FS.
type walFS struct {
	fsys vfs.FS
	// fail is told of each error of writing; raft-wal only logs those that
	// happen while it begins a new segment.
	fail func(error) error
	// begun is told of each segment whose name and first entries are durable, before
	// anything is acknowledged.
	begun func(file string) error
}

var _ types.VFS = walFS{}

// ListDir implements types.VFS. Folders are listed too; they are no segments.
func (w walFS) ListDir(dir string) ([]string, error) {
	return w.fsys.List(dir)
}

// Create implements types.VFS.
func (w walFS) Create(dir, name string, size uint64) (types.WritableFile, error) {
	full := path.Join(dir, name)
	there, err := vfs.Exists(w.fsys, full)
	if err == nil && there {
		err = &fs.PathError{Op: "create", Path: full, Err: fs.ErrExist}
	}
	if err != nil {
		return nil, w.fail(err)
	}
	f, err := w.fsys.Create(full)
	if err != nil {
		return nil, w.fail(err)
	}
	if err := f.Preallocate(int64(size)); err != nil {
		_ = f.Close() // The first error tells more.
		return nil, w.fail(err)
	}
	return &walFile{File: f, fs: w, dir: dir, name: name}, nil
}

// Delete implements types.VFS. An error leaves a file that the next Open
// deletes.
func (w walFS) Delete(dir, name string) error {
	if err := w.fsys.Remove(path.Join(dir, name)); err != nil {
		return err
	}
	return w.fsys.SyncDir(dir)
}

// OpenReader implements types.VFS.
func (w walFS) OpenReader(dir, name string) (types.ReadableFile, error) {
	full := path.Join(dir, name)
	info, err := w.fsys.Stat(full)
	if err == nil && info.Size < segHeaderLen {
		err = fmt.Errorf("%w: %s is cut short", ErrCorrupt, full) // raft-wal does not name it.
	}
	if err != nil {
		return nil, err
	}
	return w.fsys.Open(full)
}

// OpenWriter implements types.VFS.
func (w walFS) OpenWriter(dir, name string) (types.WritableFile, error) {
	full := path.Join(dir, name)
	if _, err := w.fsys.Stat(full); err != nil {
		return nil, err // OpenReadWrite would create it.
	}
	f, err := w.fsys.OpenReadWrite(full)
	if err != nil {
		return nil, err
	}
	return &walFile{File: f, fs: w, dir: dir, name: name}, nil
}

// walFile is a segment being written. Its first Sync also makes its name
// durable, whether this process created it or one that died before it could.
type walFile struct {
	vfs.File

	fs    walFS
	dir   string
	name  string
	named atomic.Bool
}

// Sync implements types.WritableFile.
func (f *walFile) Sync() error {
	if err := f.File.Sync(); err != nil {
		return err
	}
	if f.named.Load() {
		return nil
	}
	if err := f.fs.fsys.SyncDir(f.dir); err != nil {
		return err
	}
	if err := f.fs.begun(f.name); err != nil {
		return err
	}
	f.named.Store(true)
	return nil
}
