//go:build !linux

package vfs

import "os"

// preallocate makes the file size bytes long; room is not reserved here.
func preallocate(f *os.File, size int64) error {
	return f.Truncate(size)
}
