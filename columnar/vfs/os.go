package vfs

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"syscall"

	"golang.org/x/sys/unix"
)

// Permissions of what the appliance creates: the owner's alone, since the
// files hold the users' data.
const (
	filePerm fs.FileMode = 0o600
	dirPerm  fs.FileMode = 0o700
)

// OS is the file system of the operating system. The zero value is ready.
type OS struct{}

var _ FS = OS{}

// Create implements Files.
func (OS) Create(name string) (File, error) {
	return openOS(name, os.O_RDWR|os.O_CREATE|os.O_TRUNC)
}

// Open implements Files.
func (OS) Open(name string) (File, error) {
	return openOS(name, os.O_RDONLY)
}

// OpenReadWrite implements Files.
func (OS) OpenReadWrite(name string) (File, error) {
	return openOS(name, os.O_RDWR|os.O_CREATE)
}

func openOS(name string, flag int) (File, error) {
	f, err := os.OpenFile(name, flag, filePerm) //nolint:forbidigo // This is the FS that all others go through.
	if err != nil {
		return nil, err
	}
	return osFile{f}, nil
}

// Rename implements Files.
func (OS) Rename(oldName, newName string) error {
	return os.Rename(oldName, newName) //nolint:forbidigo // This is the FS that all others go through.
}

// Link implements Files.
func (OS) Link(oldName, newName string) error {
	return os.Link(oldName, newName)
}

// Remove implements Files.
func (OS) Remove(name string) error {
	return os.Remove(name) //nolint:forbidigo // This is the FS that all others go through.
}

// Stat implements Files.
func (OS) Stat(name string) (FileInfo, error) {
	info, err := os.Stat(name)
	if err != nil {
		return FileInfo{}, err
	}
	return infoOf(info), nil
}

// Map implements Files with a shared memory map.
func (OS) Map(name string) (Mapping, error) {
	f, err := os.Open(name) //nolint:forbidigo // This is the FS that all others go through.
	if err != nil {
		return nil, err
	}
	m, err := mapFile(f)
	if err != nil {
		err = &fs.PathError{Op: "map", Path: name, Err: err}
	}
	if closeErr := f.Close(); err == nil && closeErr != nil {
		return nil, errors.Join(closeErr, m.Close())
	}
	return m, err
}

func mapFile(f *os.File) (Mapping, error) {
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	size := info.Size()
	if info.IsDir() {
		return nil, syscall.EISDIR
	}
	if size == 0 {
		return &osMapping{}, nil // The system refuses empty maps.
	}
	if int64(int(size)) != size {
		return nil, syscall.EFBIG
	}
	data, err := unix.Mmap(int(f.Fd()), 0, int(size), unix.PROT_READ, unix.MAP_SHARED)
	if err != nil {
		return nil, err
	}
	return &osMapping{data: data}, nil
}

// MkdirAll implements Folders.
func (OS) MkdirAll(dir string) error {
	return os.MkdirAll(dir, dirPerm)
}

// RemoveAll implements Folders.
func (OS) RemoveAll(name string) error {
	return os.RemoveAll(name) //nolint:forbidigo // This is the FS that all others go through.
}

// List implements Folders.
func (OS) List(dir string) ([]string, error) {
	f, err := os.Open(dir) //nolint:forbidigo // This is the FS that all others go through.
	if err != nil {
		return nil, err
	}
	names, err := f.Readdirnames(-1)
	slices.Sort(names)
	return names, errors.Join(err, f.Close())
}

// SyncDir implements Folders.
func (OS) SyncDir(dir string) error {
	f, err := os.Open(dir) //nolint:forbidigo // This is the FS that all others go through.
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// Lock implements Folders with flock.
func (OS) Lock(name string) (io.Closer, error) {
	f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE, filePerm) //nolint:forbidigo // This is the FS that all others go through.
	if err != nil {
		return nil, err
	}
	err = retryInterrupted(func() error { return unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB) })
	if errors.Is(err, unix.EWOULDBLOCK) {
		err = ErrLocked
	}
	if err != nil {
		return nil, fmt.Errorf("lock %s: %w", name, errors.Join(err, f.Close()))
	}
	return f, nil // Closing the file gives the lock back.
}

type osFile struct{ *os.File }

// Preallocate implements File.
func (f osFile) Preallocate(size int64) error {
	have, err := f.Size()
	if err != nil || have >= size {
		return err
	}
	return preallocate(f.File, size)
}

// Size implements File.
func (f osFile) Size() (int64, error) {
	info, err := f.File.Stat()
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

// Stat implements File.
func (f osFile) Stat() (FileInfo, error) {
	info, err := f.File.Stat()
	if err != nil {
		return FileInfo{}, err
	}
	return infoOf(info), nil
}

func infoOf(info fs.FileInfo) FileInfo {
	out := FileInfo{Size: info.Size(), ModTime: info.ModTime(), IsDir: info.IsDir()}
	if st, ok := info.Sys().(*syscall.Stat_t); ok {
		out.Device, out.Inode = uint64(st.Dev), st.Ino //nolint:unconvert // Dev is narrower on other systems.
	}
	return out
}

type osMapping struct{ data []byte }

// Bytes implements Mapping.
func (m *osMapping) Bytes() []byte { return m.data }

// Close implements Mapping; a second call does nothing.
func (m *osMapping) Close() error {
	data := m.data
	m.data = nil
	if len(data) == 0 {
		return nil
	}
	return unix.Munmap(data)
}

// retryInterrupted repeats a system call for as long as a signal cut it short.
func retryInterrupted(call func() error) error {
	for {
		if err := call(); !errors.Is(err, unix.EINTR) {
			return err
		}
	}
}
