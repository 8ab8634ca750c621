package vfs

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
)

// tempSuffix marks a file of WriteFileAtomic that is not yet in place. A crash
// may leave one behind; the next write of the same name replaces it.
const tempSuffix = ".tmp"

// ReadFile returns the whole content of a file.
func ReadFile(fsys FS, name string) ([]byte, error) {
	f, err := fsys.Open(name)
	if err != nil {
		return nil, err
	}
	size, err := f.Size()
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	data := make([]byte, size)
	n, err := f.ReadAt(data, 0)
	if errors.Is(err, io.EOF) {
		err = nil // The file shrank, or it ends exactly here.
	}
	return data[:n], errors.Join(err, f.Close())
}

// WriteFileAtomic replaces the content of name by data, durably: after it
// returned nil the new content is there for ever, and a crash at any moment
// leaves the old content or the new, never a mixture. Two calls for one name
// must not overlap.
func WriteFileAtomic(fsys FS, name string, data []byte) error {
	temp := name + tempSuffix
	if err := writeSynced(fsys, temp, data); err != nil {
		return fmt.Errorf("write %s: %w", name, errors.Join(err, removeIfThere(fsys, temp)))
	}
	if err := fsys.Rename(temp, name); err != nil {
		return fmt.Errorf("write %s: %w", name, errors.Join(err, removeIfThere(fsys, temp)))
	}
	if err := fsys.SyncDir(path.Dir(name)); err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	return nil
}

func writeSynced(fsys FS, name string, data []byte) error {
	f, err := fsys.Create(name)
	if err != nil {
		return err
	}
	if _, err := f.Write(data); err != nil {
		return errors.Join(err, f.Close())
	}
	return errors.Join(f.Sync(), f.Close())
}

func removeIfThere(fsys FS, name string) error {
	if err := fsys.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// MkdirAllSync creates a folder and those above it, and makes each that it
// created durable.
func MkdirAllSync(fsys FS, dir string) error {
	dir = path.Clean(dir)
	info, err := fsys.Stat(dir)
	if err == nil && info.IsDir {
		return nil
	}
	parent := path.Dir(dir)
	if parent != dir {
		if err := MkdirAllSync(fsys, parent); err != nil {
			return err
		}
	}
	if err := fsys.MkdirAll(dir); err != nil {
		return err
	}
	return fsys.SyncDir(parent)
}

// Exists reports whether there is a file or folder of that name.
func Exists(fsys FS, name string) (bool, error) {
	_, err := fsys.Stat(name)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}
