package segment

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"sync/atomic"

	"github.com/freshetdb/freshet/columnar/types"
	"github.com/freshetdb/freshet/columnar/vfs"
	"github.com/freshetdb/freshet/index/sparse"
)

// Segment is an open segment. It is counted: Open gives the first reference,
// Acquire more, and the last Release unmaps the file, and deletes both files if
// Drop was called. All methods are safe for concurrent use while a reference
// is held.
type Segment struct {
	at      Place
	meta    Meta
	index   *index
	mapping vfs.Mapping
	data    []byte

	refs    atomic.Int64
	dropped atomic.Bool
	checked []atomic.Uint32 // one bit per buffer: its checksum was right
}

// Open maps a segment and verifies its index and the ends of its data. With
// want, the segment must be the one that want describes, as the manifest does.
func Open(at Place, want *Meta) (*Segment, error) {
	src, err := vfs.ReadFile(at.FS, at.indexPath())
	if err != nil {
		return nil, fmt.Errorf("open segment %s: %w", at.Name, err)
	}
	s := &Segment{at: at}
	s.refs.Store(1)
	if s.index, err = decodeIndex(src); err != nil {
		return nil, s.corruptIndex(err.Error())
	}
	s.meta = s.index.meta(at.Name)
	s.meta.IndexBytes, s.meta.IndexCRC = int64(len(src)), binary.LittleEndian.Uint32(src[len(src)-4:])
	if want != nil && (want.IndexCRC != s.meta.IndexCRC || want.IndexBytes != s.meta.IndexBytes) {
		return nil, s.corruptIndex("it is not the index that the manifest names")
	}
	if s.mapping, err = at.FS.Map(at.dataPath()); err != nil {
		return nil, fmt.Errorf("open segment %s: %w", at.Name, err)
	}
	s.data = s.mapping.Bytes()
	if err := s.checkEnds(); err != nil {
		return nil, errors.Join(err, s.mapping.Close())
	}
	s.checked = make([]atomic.Uint32, (len(s.index.batches)*s.index.buffers+31)/32)
	return s, nil
}

func (s *Segment) corruptIndex(what string) error {
	return &CorruptError{File: s.at.indexPath(), Batch: -1, What: what}
}

func (s *Segment) corrupt(column string, batch int, what string) error {
	return &CorruptError{File: s.at.dataPath(), Column: column, Batch: batch, What: what}
}

// checkEnds verifies length, head and tail of the data.
func (s *Segment) checkEnds() error {
	x := s.index
	switch {
	case int64(len(s.data)) != x.dataSize:
		return s.corrupt("", -1, fmt.Sprintf("it has %d bytes, expected %d", len(s.data), x.dataSize))
	case crcOf(s.data[:x.head.size]) != x.head.crc:
		return s.corrupt("", -1, "the checksum of the schema differs")
	case crcOf(s.data[x.dataSize-x.tail.size:]) != x.tail.crc:
		return s.corrupt("", -1, "the checksum of the footer differs")
	default:
		return nil
	}
}

// Meta describes the segment. Do not change what it points to.
func (s *Segment) Meta() Meta { return s.meta }

// Identity tells the segment from all others that the process may open.
func (s *Segment) Identity() string {
	return fmt.Sprintf("%s/%s %08x", s.at.Dir, s.at.Name, s.meta.IndexCRC)
}

// Place is where the segment lies.
func (s *Segment) Place() Place { return s.at }

// Rows is the number of rows.
func (s *Segment) Rows() int { return s.index.rows }

// Granules is the number of granules of GranuleRows rows; the last may have less.
func (s *Segment) Granules() int { return granules(s.index.rows) }

// Marks are the sort keys at the granules; they have no parts when the segment
// was written without a key. KeyTypes are the types of their parts.
func (s *Segment) Marks() *sparse.Marks { return s.index.marks }

// KeyTypes are the types of the parts of the sort key when the segment was
// written; a condition must be encoded for these (AppendKeyPart).
func (s *Segment) KeyTypes() []types.Type { return s.index.keyTypes }

// Columns are the ids of the stored columns, without signs.
func (s *Segment) Columns() []uint32 {
	var ids []uint32
	for i := range s.index.cols {
		if id := s.index.cols[i].id; id != SignsID {
			ids = append(ids, id)
		}
	}
	return ids
}

// ColumnBytes is the bytes of the column in the file; 0 when it is missing.
func (s *Segment) ColumnBytes(id uint32) int64 {
	c := s.find(id)
	if c == nil {
		return 0
	}
	n := int64(0)
	for i := range s.index.batches {
		for _, b := range s.index.batches[i].bufs[c.node.buf:c.node.end()] {
			n += b.size
		}
	}
	return n
}

func (s *Segment) find(id uint32) *indexColumn {
	k := slices.IndexFunc(s.index.cols, func(c indexColumn) bool { return c.id == id })
	if k < 0 {
		return nil
	}
	return &s.index.cols[k]
}

// Acquire takes a reference; the caller must hold one already, or exclude the
// last Release by other means.
func (s *Segment) Acquire() {
	if s.refs.Add(1) <= 1 {
		panic("segment: acquired after its last release: " + s.at.Name)
	}
}

// Release gives a reference back. The last one unmaps the segment: vectors that
// were read from it must not be used any more.
func (s *Segment) Release() error {
	n := s.refs.Add(-1)
	if n > 0 {
		return nil
	}
	if n < 0 {
		panic("segment: released once too often: " + s.at.Name)
	}
	s.data = nil
	err := s.mapping.Close()
	if s.dropped.Load() {
		err = errors.Join(err, Remove(s.at))
	}
	return err
}

// Drop has the files deleted at the last Release.
func (s *Segment) Drop() { s.dropped.Store(true) }

// Remove deletes the files of a segment that nobody has open; that they are not
// there is no error. The deletion is durable only after SyncDir: files that come
// back are orphans that the manifest does not name.
func Remove(at Place) error {
	var errs []error
	for _, p := range []string{at.indexPath(), at.dataPath()} {
		if err := at.FS.Remove(p); err != nil && !errors.Is(err, fs.ErrNotExist) {
			errs = append(errs, fmt.Errorf("remove segment %s: %w", at.Name, err))
		}
	}
	return errors.Join(errs...)
}

// Verify reads all bytes of the data and compares all checksums; the index was
// verified at Open. It returns every damage found.
func (s *Segment) Verify() error {
	errs := []error{s.checkEnds()}
	if errs[0] != nil {
		return errs[0]
	}
	for b := range s.index.batches {
		batch := &s.index.batches[b]
		if crcOf(s.data[batch.offset:batch.offset+batch.message.size]) != batch.message.crc {
			errs = append(errs, s.corrupt("", b, "the checksum of its message differs"))
		}
		for i := range s.index.cols {
			c := &s.index.cols[i]
			for k := c.node.buf; k < c.node.end(); k++ {
				errs = append(errs, s.checkBuffer(c.name, b, k))
			}
		}
	}
	return errors.Join(errs...)
}

// checkBuffer compares the checksum of a buffer.
func (s *Segment) checkBuffer(column string, b, k int) error {
	buf := s.index.batches[b].bufs[k]
	if crcOf(s.data[buf.offset:buf.offset+padded(buf.size)]) != buf.crc {
		return s.corrupt(column, b, "the checksum of its values differs")
	}
	return nil
}

// buffer is a buffer as it stands in the file; its checksum is verified the
// first time.
func (s *Segment) buffer(column string, b, k int) ([]byte, error) {
	at := b*s.index.buffers + k
	word, bit := &s.checked[at/32], uint32(1)<<(at%32)
	if word.Load()&bit == 0 {
		if err := s.checkBuffer(column, b, k); err != nil {
			return nil, err
		}
		word.Or(bit)
	}
	buf := &s.index.batches[b].bufs[k]
	return s.data[buf.offset : buf.offset+buf.size : buf.offset+buf.size], nil
}

// batchOf is the batch that holds a row.
func (s *Segment) batchOf(row int) int {
	bs := s.index.batches
	k, found := slices.BinarySearchFunc(bs, row, func(b indexBatch, row int) int { return b.firstRow - row })
	if !found {
		k--
	}
	return k
}
