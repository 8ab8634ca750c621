package vfs

import (
	"io"
	"io/fs"
	"slices"
	"syscall"
)

// memPageSize is the unit in which Mem keeps content and shares it with crash
// clones.
const memPageSize = 4096

// memPage is a piece of a file. A frozen page is shared with the durable
// content or with a clone and is copied before a write.
type memPage struct {
	data   [memPageSize]byte
	frozen bool
}

// memContent is the content of a file as seen now, and as of the last Sync.
// A nil page is all zeros; bytes of the last page beyond size are zeros.
type memContent struct {
	pages       []*memPage
	size        int64
	syncedPages []*memPage
	syncedSize  int64
}

// writablePage returns page i for writing.
func (c *memContent) writablePage(i int) *memPage {
	for len(c.pages) <= i {
		c.pages = append(c.pages, nil)
	}
	p := c.pages[i]
	if p == nil || p.frozen {
		fresh := &memPage{}
		if p != nil {
			fresh.data = p.data
		}
		c.pages[i] = fresh
		p = fresh
	}
	return p
}

func (c *memContent) writeAt(b []byte, off int64) {
	if len(b) == 0 {
		return // Nothing is written, also not zeros up to off.
	}
	for rest := b; len(rest) > 0; {
		p := c.writablePage(int(off / memPageSize))
		n := copy(p.data[off%memPageSize:], rest)
		rest = rest[n:]
		off += int64(n)
	}
	c.size = max(c.size, off)
}

func (c *memContent) readAt(b []byte, off int64) int {
	if off >= c.size {
		return 0
	}
	b = b[:min(int64(len(b)), c.size-off)]
	for rest := b; len(rest) > 0; {
		i, from := int(off/memPageSize), int(off%memPageSize)
		n := min(len(rest), memPageSize-from)
		if i < len(c.pages) && c.pages[i] != nil {
			copy(rest[:n], c.pages[i].data[from:])
		} else {
			clear(rest[:n])
		}
		rest = rest[n:]
		off += int64(n)
	}
	return len(b)
}

func (c *memContent) truncate(size int64) {
	if size < c.size {
		keep := int((size + memPageSize - 1) / memPageSize)
		if keep < len(c.pages) {
			c.pages = slices.Clone(c.pages[:keep])
		}
		if from := size % memPageSize; from != 0 && keep <= len(c.pages) && c.pages[keep-1] != nil {
			clear(c.writablePage(keep - 1).data[from:])
		}
	}
	c.size = size
}

func (c *memContent) sync() {
	for _, p := range c.pages {
		if p != nil && !p.frozen {
			p.frozen = true
		}
	}
	c.syncedPages = slices.Clone(c.pages)
	c.syncedSize = c.size
}

// memHandle is an open file of Mem.
type memHandle struct {
	m        *Mem
	node     *memNode
	name     string
	pos      int64
	writable bool
	closed   bool
}

// begin locks the file system and checks that the handle may do op.
func (h *memHandle) begin(op string, writes bool) (unlock func(), err error) {
	h.m.mu.Lock()
	switch {
	case h.closed:
		err = fs.ErrClosed
	case writes && !h.writable:
		err = syscall.EBADF
	default:
		return h.m.mu.Unlock, nil
	}
	h.m.mu.Unlock()
	return nil, &fs.PathError{Op: op, Path: h.name, Err: err}
}

// Read implements io.Reader.
func (h *memHandle) Read(b []byte) (int, error) {
	unlock, err := h.begin("read", false)
	if err != nil {
		return 0, err
	}
	defer unlock()
	n := h.node.file.readAt(b, h.pos)
	h.pos += int64(n)
	if n == 0 && len(b) > 0 {
		return 0, io.EOF
	}
	return n, nil
}

// ReadAt implements io.ReaderAt.
func (h *memHandle) ReadAt(b []byte, off int64) (int, error) {
	unlock, err := h.begin("read", false)
	if err != nil {
		return 0, err
	}
	defer unlock()
	if off < 0 {
		return 0, &fs.PathError{Op: "read", Path: h.name, Err: syscall.EINVAL}
	}
	n := h.node.file.readAt(b, off)
	if n < len(b) {
		return n, io.EOF
	}
	return n, nil
}

// Write implements io.Writer.
func (h *memHandle) Write(b []byte) (int, error) {
	unlock, err := h.begin("write", true)
	if err != nil {
		return 0, err
	}
	defer unlock()
	h.node.file.writeAt(b, h.pos)
	h.node.modTime = h.m.tick()
	h.pos += int64(len(b))
	return len(b), nil
}

// WriteAt implements io.WriterAt.
func (h *memHandle) WriteAt(b []byte, off int64) (int, error) {
	unlock, err := h.begin("write", len(b) > 0)
	if err != nil {
		return 0, err
	}
	defer unlock()
	if off < 0 {
		return 0, &fs.PathError{Op: "write", Path: h.name, Err: syscall.EINVAL}
	}
	h.node.file.writeAt(b, off)
	h.node.modTime = h.m.tick()
	return len(b), nil
}

// Truncate implements File.
func (h *memHandle) Truncate(size int64) error {
	unlock, err := h.begin("truncate", true)
	if err != nil {
		return err
	}
	defer unlock()
	if size < 0 {
		return &fs.PathError{Op: "truncate", Path: h.name, Err: syscall.EINVAL}
	}
	h.node.file.truncate(size)
	h.node.modTime = h.m.tick()
	return nil
}

// Preallocate implements File.
func (h *memHandle) Preallocate(size int64) error {
	have, err := h.Size()
	if err != nil || have >= size {
		return err
	}
	return h.Truncate(size)
}

// Sync implements File.
func (h *memHandle) Sync() error {
	unlock, err := h.begin("sync", false)
	if err != nil {
		return err
	}
	defer unlock()
	h.node.file.sync()
	return nil
}

// Size implements File.
func (h *memHandle) Size() (int64, error) {
	info, err := h.Stat()
	return info.Size, err
}

// Stat implements File.
func (h *memHandle) Stat() (FileInfo, error) {
	unlock, err := h.begin("stat", false)
	if err != nil {
		return FileInfo{}, err
	}
	defer unlock()
	return h.node.info(), nil
}

// Close implements io.Closer.
func (h *memHandle) Close() error {
	unlock, err := h.begin("close", false)
	if err != nil {
		return err
	}
	defer unlock()
	h.closed = true
	return nil
}
