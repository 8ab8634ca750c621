package vfs

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// preallocate makes the file size bytes long and reserves the room, so that a
// full disk shows here and not at a later write. A file system that cannot
// reserve just gets the length.
func preallocate(f *os.File, size int64) error {
	err := retryInterrupted(func() error { return unix.Fallocate(int(f.Fd()), 0, 0, size) })
	if errors.Is(err, unix.EOPNOTSUPP) || errors.Is(err, unix.ENOSYS) {
		return f.Truncate(size)
	}
	if err != nil {
		return &os.PathError{Op: "preallocate", Path: f.Name(), Err: err}
	}
	return nil
}
