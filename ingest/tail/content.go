package tail

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/freshetdb/freshet/columnar/vfs"
)

// content is a file's text, unpacked where it is gzipped. Reads go forward.
type content struct {
	file     vfs.File
	isZipped bool
	unzip    *gzip.Reader // nil while there is no header yet
	offset   int64        // of unpacked text
}

const gzipSuffix = ".gz"

func isGzip(path string) bool { return strings.HasSuffix(path, gzipSuffix) }

// openContent opens a file for reading from an offset of its text.
func openContent(fsys vfs.FS, path string, offset int64) (*content, error) {
	f, err := fsys.Open(path)
	if err != nil {
		return nil, err
	}
	c := &content{file: f, isZipped: isGzip(path), offset: offset}
	if !c.isZipped {
		return c, nil
	}
	if c.unzip, err = gzip.NewReader(f); err == nil {
		_, err = io.CopyN(io.Discard, c.unzip, offset)
	}
	if isShort(err) {
		err = nil // It is shorter, or being written: there is nothing to read yet.
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("unpack %s: %w", path, err), f.Close())
	}
	return c, nil
}

func isShort(err error) bool { return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) }

// read fills buf as far as there is text; a short count without an error means
// that there is no more now.
func (c *content) read(buf []byte) (int, error) {
	var n int
	var err error
	switch {
	case !c.isZipped:
		n, err = c.file.ReadAt(buf, c.offset)
	case c.unzip != nil:
		n, err = io.ReadFull(c.unzip, buf)
	}
	if isShort(err) {
		err = nil
	}
	c.offset += int64(n)
	return n, err
}

func (c *content) close() error { return c.file.Close() }

// firstLine is the first whole line of a file with its end; nil when there is
// none yet.
func firstLine(fsys vfs.FS, path string) ([]byte, error) {
	head, err := prefix(fsys, path, firstLineMax)
	if err != nil {
		return nil, err
	}
	end := bytes.IndexByte(head, '\n')
	switch {
	case end >= 0:
		return head[:end+1], nil
	case len(head) == firstLineMax:
		return head, nil
	default:
		return nil, nil
	}
}

// prefix is the first bytes of a file's text, n at most.
func prefix(fsys vfs.FS, path string, n int) ([]byte, error) {
	c, err := openContent(fsys, path, 0)
	if err != nil {
		return nil, err
	}
	buf := make([]byte, n)
	got, err := c.read(buf)
	return buf[:got], errors.Join(err, c.close())
}

// gzipSize is the length of the text of a gzipped file of so many bytes, as its last
// four bytes give it.
func gzipSize(fsys vfs.FS, path string, bytes int64) (int64, error) {
	f, err := fsys.Open(path)
	if err != nil {
		return 0, err
	}
	var end [4]byte
	_, err = f.ReadAt(end[:], max(bytes-int64(len(end)), 0))
	return int64(binary.LittleEndian.Uint32(end[:])), errors.Join(err, f.Close())
}
