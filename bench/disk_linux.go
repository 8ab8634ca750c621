package bench

import "syscall"

// freeBytes is the room on the disk of a folder.
func freeBytes(dir string) int64 {
	var s syscall.Statfs_t
	if err := syscall.Statfs(dir, &s); err != nil {
		return 0
	}
	return int64(s.Bavail) * s.Bsize //nolint:gosec // A disk has less than 8 EiB.
}
