package vfs

import (
	"io"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"
)

// Mem is a file system in memory that remembers what has been made durable:
// see CrashClone. Relative and absolute names mean the same: all begin at the
// one root. Time is a counter, so that runs repeat exactly.
type Mem struct {
	mu        sync.Mutex
	root      *memNode
	inodes    uint64
	clock     time.Duration
	lockHolds map[*memNode]struct{}
}

var _ FS = (*Mem)(nil)

// memNode is a file or a folder; hard links share it.
type memNode struct {
	inode   uint64
	modTime time.Duration
	dir     *memDir // Nil for a file.
	file    *memContent
}

// memDir holds the names of a folder as seen now, as they were at the last
// SyncDir, and the changes in between in their order.
type memDir struct {
	entries map[string]*memNode
	synced  map[string]*memNode
	pending []dirChange
}

// dirChange is what one operation did to one folder: all of it survives a
// crash or none.
type dirChange []dirEntry

type dirEntry struct {
	name string
	node *memNode // Nil: the name was removed.
}

// NewMem returns an empty file system in memory.
func NewMem() *Mem {
	m := &Mem{lockHolds: map[*memNode]struct{}{}}
	m.root = m.newNode(true)
	return m
}

func (m *Mem) newNode(isDir bool) *memNode {
	m.inodes++
	n := &memNode{inode: m.inodes, modTime: m.tick()}
	if isDir {
		n.dir = &memDir{entries: map[string]*memNode{}, synced: map[string]*memNode{}}
	} else {
		n.file = &memContent{}
	}
	return n
}

func (m *Mem) tick() time.Duration {
	m.clock += time.Millisecond
	return m.clock
}

func (d *memDir) apply(c dirChange) {
	applyTo(d.entries, c)
	d.pending = append(d.pending, c)
}

func applyTo(entries map[string]*memNode, c dirChange) {
	for _, e := range c {
		if e.node == nil {
			delete(entries, e.name)
		} else {
			entries[e.name] = e.node
		}
	}
}

// find returns the node of a cleaned name.
func (m *Mem) find(name string) (*memNode, error) {
	n := m.root
	for part := range strings.SplitSeq(cleanName(name), "/") {
		if part == "" {
			continue
		}
		if n.dir == nil {
			return nil, syscall.ENOTDIR
		}
		next := n.dir.entries[part]
		if next == nil {
			return nil, syscall.ENOENT
		}
		n = next
	}
	return n, nil
}

// parent returns the folder that holds name, and the last part of the name.
func (m *Mem) parent(name string) (*memDir, string, error) {
	dir, base := path.Split(cleanName(name))
	if base == "" {
		return nil, "", syscall.EINVAL // The root itself.
	}
	n, err := m.find(dir)
	if err != nil {
		return nil, "", err
	}
	if n.dir == nil {
		return nil, "", syscall.ENOTDIR
	}
	return n.dir, base, nil
}

func cleanName(name string) string { return path.Clean("/" + name) }

// Create implements Files.
func (m *Mem) Create(name string) (File, error) {
	h, err := m.open(name, true)
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: err}
	}
	if err := h.Truncate(0); err != nil {
		return nil, err
	}
	return h, nil
}

// OpenReadWrite implements Files.
func (m *Mem) OpenReadWrite(name string) (File, error) {
	h, err := m.open(name, true)
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: err}
	}
	return h, nil
}

// Open implements Files.
func (m *Mem) Open(name string) (File, error) {
	h, err := m.open(name, false)
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: err}
	}
	return h, nil
}

func (m *Mem) open(name string, writable bool) (*memHandle, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if cleanName(name) == "/" {
		return nil, syscall.EISDIR
	}
	dir, base, err := m.parent(name)
	if err != nil {
		return nil, err
	}
	n := dir.entries[base]
	switch {
	case n == nil && !writable:
		return nil, syscall.ENOENT
	case n == nil:
		n = m.newNode(false)
		dir.apply(dirChange{{base, n}})
	case n.dir != nil:
		return nil, syscall.EISDIR
	}
	return &memHandle{m: m, node: n, name: name, writable: writable}, nil
}

// Rename implements Files.
func (m *Mem) Rename(oldName, newName string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.rename(oldName, newName); err != nil {
		return &fs.PathError{Op: "rename", Path: oldName + " to " + newName, Err: err}
	}
	return nil
}

func (m *Mem) rename(oldName, newName string) error {
	oldDir, oldBase, err := m.parent(oldName)
	if err != nil {
		return err
	}
	newDir, newBase, err := m.parent(newName)
	if err != nil {
		return err
	}
	n := oldDir.entries[oldBase]
	if n == nil {
		return syscall.ENOENT
	}
	there := newDir.entries[newBase]
	switch {
	case there == n:
		return nil
	case there != nil && there.dir != nil:
		return syscall.EEXIST
	case n.dir != nil && strings.HasPrefix(cleanName(newName)+"/", cleanName(oldName)+"/"):
		return syscall.EINVAL
	case there != nil && n.dir != nil:
		return syscall.ENOTDIR
	}
	if oldDir == newDir {
		oldDir.apply(dirChange{{oldBase, nil}, {newBase, n}})
		return nil
	}
	newDir.apply(dirChange{{newBase, n}})
	oldDir.apply(dirChange{{oldBase, nil}})
	return nil
}

// Link implements Files.
func (m *Mem) Link(oldName, newName string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.link(oldName, newName); err != nil {
		return &fs.PathError{Op: "link", Path: oldName + " to " + newName, Err: err}
	}
	return nil
}

func (m *Mem) link(oldName, newName string) error {
	n, err := m.find(oldName)
	if err != nil {
		return err
	}
	dir, base, err := m.parent(newName)
	switch {
	case err != nil:
		return err
	case dir.entries[base] != nil:
		return syscall.EEXIST
	case n.dir != nil:
		return syscall.EPERM
	}
	dir.apply(dirChange{{base, n}})
	return nil
}

// Remove implements Files.
func (m *Mem) Remove(name string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	dir, base, err := m.parent(name)
	if err == nil {
		n := dir.entries[base]
		switch {
		case n == nil:
			err = syscall.ENOENT
		case n.dir != nil && len(n.dir.entries) > 0:
			err = syscall.ENOTEMPTY
		default:
			dir.apply(dirChange{{base, nil}})
		}
	}
	if err != nil {
		return &fs.PathError{Op: "remove", Path: name, Err: err}
	}
	return nil
}

// Stat implements Files.
func (m *Mem) Stat(name string) (FileInfo, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	n, err := m.find(name)
	if err != nil {
		return FileInfo{}, &fs.PathError{Op: "stat", Path: name, Err: err}
	}
	return n.info(), nil
}

func (n *memNode) info() FileInfo {
	info := FileInfo{ModTime: time.Unix(0, 0).UTC().Add(n.modTime), IsDir: n.dir != nil, Inode: n.inode}
	if n.file != nil {
		info.Size = n.file.size
	}
	return info
}

// Map implements Files. The bytes are a copy.
func (m *Mem) Map(name string) (Mapping, error) {
	data, err := ReadFile(m, name)
	if err != nil {
		return nil, err
	}
	return &memMapping{data}, nil
}

type memMapping struct{ data []byte }

// Bytes implements Mapping.
func (m *memMapping) Bytes() []byte { return m.data }

// Close implements Mapping.
func (m *memMapping) Close() error {
	m.data = nil
	return nil
}

// MkdirAll implements Folders.
func (m *Mem) MkdirAll(dir string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	n := m.root
	for part := range strings.SplitSeq(cleanName(dir), "/") {
		if part == "" {
			continue
		}
		next := n.dir.entries[part]
		if next == nil {
			next = m.newNode(true)
			n.dir.apply(dirChange{{part, next}})
		}
		if next.dir == nil {
			return &fs.PathError{Op: "mkdir", Path: dir, Err: syscall.ENOTDIR}
		}
		n = next
	}
	return nil
}

// RemoveAll implements Folders.
func (m *Mem) RemoveAll(name string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	dir, base, err := m.parent(name)
	if err == syscall.ENOENT || err == nil && dir.entries[base] == nil { //nolint:errorlint // Our own, unwrapped.
		return nil
	}
	if err != nil {
		return &fs.PathError{Op: "remove", Path: name, Err: err}
	}
	m.removeTree(dir, base)
	return nil
}

func (m *Mem) removeTree(dir *memDir, base string) {
	if sub := dir.entries[base].dir; sub != nil {
		for _, name := range slices.Sorted(maps.Keys(sub.entries)) {
			m.removeTree(sub, name)
		}
	}
	dir.apply(dirChange{{base, nil}})
}

// List implements Folders.
func (m *Mem) List(dir string) ([]string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	n, err := m.find(dir)
	if err == nil && n.dir == nil {
		err = syscall.ENOTDIR
	}
	if err != nil {
		return nil, &fs.PathError{Op: "list", Path: dir, Err: err}
	}
	return slices.Sorted(maps.Keys(n.dir.entries)), nil
}

// SyncDir implements Folders.
func (m *Mem) SyncDir(dir string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	n, err := m.find(dir)
	if err == nil && n.dir == nil {
		err = syscall.ENOTDIR
	}
	if err != nil {
		return &fs.PathError{Op: "sync", Path: dir, Err: err}
	}
	n.dir.synced = maps.Clone(n.dir.entries)
	n.dir.pending = nil
	return nil
}

// Lock implements Folders. A crash clone holds no locks.
func (m *Mem) Lock(name string) (io.Closer, error) {
	h, err := m.open(name, true)
	if err != nil {
		return nil, &fs.PathError{Op: "lock", Path: name, Err: err}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, held := m.lockHolds[h.node]; held {
		return nil, &fs.PathError{Op: "lock", Path: name, Err: ErrLocked}
	}
	m.lockHolds[h.node] = struct{}{}
	return &memLock{m: m, node: h.node}, nil
}

type memLock struct {
	m    *Mem
	node *memNode
}

// Close gives the lock back.
func (l *memLock) Close() error {
	l.m.mu.Lock()
	defer l.m.mu.Unlock()
	if l.node == nil {
		return fs.ErrClosed
	}
	delete(l.m.lockHolds, l.node)
	l.node = nil
	return nil
}
