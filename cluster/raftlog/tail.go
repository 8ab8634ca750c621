package raftlog

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"path"

	wal "github.com/hashicorp/raft-wal"
	"github.com/hashicorp/raft-wal/segment"
	"github.com/hashicorp/raft-wal/types"

	"github.com/freshetdb/freshet/columnar/vfs"
)

// A segment file of raft-wal is a header of 32 bytes and then batches, one for
// each append. A batch is frames: an entry each, perhaps the index that seals
// the segment, and a commit with the CRC32C of the batch (the first batch
// includes the file's header). A frame is eight bytes of header, type(1)
// zero(3) and length or checksum(4), then the payload filled up to a multiple
// of eight. Behind the last batch are the zeros of the preallocation.
const (
	segHeaderLen = 32
	frameLen     = 8
	frameEntry   = 1
	frameIndex   = 2
	frameCommit  = 3
	// sectorLen is what a disk writes whole or not at all.
	sectorLen = 512
)

// scanned is what is in a segment file.
type scanned struct {
	end        int   // Behind the last good batch.
	entries    []int // Where the payload of each committed entry begins...
	lengths    []int // ...and how long it is.
	indexStart int   // Where the index is, if the segment is sealed.
}

// scan reads the good batches of a segment.
func scan(data []byte) scanned {
	var s scanned
	for s.indexStart == 0 {
		from := s.end
		if from == 0 {
			from = segHeaderLen
		}
		b, ok := readBatch(data, s.end, from)
		if !ok {
			break
		}
		s.end = b.end
		s.entries = append(s.entries, b.entries...)
		s.lengths = append(s.lengths, b.lengths...)
		s.indexStart = b.indexStart
	}
	return s
}

// readBatch reads the batch whose frames begin at from and whose checksum
// begins at sumFrom.
func readBatch(data []byte, sumFrom, from int) (b scanned, ok bool) {
	for pos := from; pos+frameLen <= len(data); {
		kind, value := frame(data, pos)
		switch kind {
		case frameCommit:
			b.end = pos + frameLen
			sum := crc32.Checksum(data[sumFrom:pos], castagnoli())
			return b, pos > from && sum == value
		case frameEntry, frameIndex:
			length := int(value)
			next := pos + frameLen + (length+frameLen-1)/frameLen*frameLen
			if length > segment.MaxEntrySize || next > len(data) {
				return b, false
			}
			if kind == frameEntry {
				b.entries = append(b.entries, pos+frameLen)
				b.lengths = append(b.lengths, length)
			} else {
				b.indexStart = pos + frameLen
			}
			pos = next
		default:
			return b, false
		}
	}
	return b, false
}

// frame returns the type of the frame at pos, or zero if its header cannot be
// one, and its length or checksum.
func frame(data []byte, pos int) (kind, value uint32) {
	kind = binary.LittleEndian.Uint32(data[pos:])
	if kind > frameCommit {
		kind = 0
	}
	return kind, binary.LittleEndian.Uint32(data[pos+4:])
}

// damaged says why what follows the last good batch cannot be an append that a
// power failure cut short, or "" if it can. Such an append is the last of the
// file, it was never acknowledged, and sectors of it that did not reach the
// disk read as the zeros of the preallocation. So it is damage if a good batch
// comes later, or if no sector is missing.
func damaged(data []byte, s scanned) string {
	rest := data[s.end:]
	for len(rest) > 0 && rest[len(rest)-1] == 0 {
		rest = rest[:len(rest)-1]
	}
	if len(rest) == 0 {
		return ""
	}
	end := min(len(data), s.end+(len(rest)+frameLen-1)/frameLen*frameLen)
	from := s.end
	if from == 0 {
		from = segHeaderLen
	}
	for pos := from + frameLen; pos+frameLen < end; pos += frameLen {
		if _, ok := readBatch(data, pos, pos); ok {
			return "a damaged batch with good ones behind it"
		}
	}
	switch {
	case end < from+frameLen || binary.LittleEndian.Uint64(data[from:]) == 0:
		return "" // The begin is missing.
	case missesSector(data, s.end, end):
		return ""
	case !isComplete(data, s.end, from, end):
		return "" // The end is missing.
	}
	return "a complete batch with a wrong checksum"
}

// missesSector reports whether the part of any sector that lies in the range
// is all zeros.
func missesSector(data []byte, from, end int) bool {
	for from < end {
		next := min((from/sectorLen+1)*sectorLen, end)
		if isZero(data[from:next]) {
			return true
		}
		from = next
	}
	return false
}

func isZero(b []byte) bool {
	for _, c := range b {
		if c != 0 {
			return false
		}
	}
	return true
}

// isComplete reports whether the last eight bytes are those of the commit of
// the batch whose frames begin at from, for a batch of which something is
// damaged and whose checksum begins at sumFrom.
func isComplete(data []byte, sumFrom, from, end int) bool {
	last := end - frameLen
	for pos := from; pos < last; {
		kind, value := frame(data, pos)
		if kind != frameEntry && kind != frameIndex {
			break
		}
		pos += frameLen + (int(value)+frameLen-1)/frameLen*frameLen
		if pos == last {
			// The frames lead here: this is a commit unless it is the header of
			// a frame whose payload is missing. A commit whose type is what is
			// damaged still has the right checksum.
			kind, value = frame(data, last)
			return kind == frameCommit || value == crc32.Checksum(data[sumFrom:last], castagnoli())
		}
	}
	kind, value := frame(data, last)
	return kind == frameCommit && value != 0
}

// repairTail brings the last segment into the state that raft-wal expects of
// it, or returns a CorruptError.
func repairTail(cfg Config, meta *metaStore) error {
	state := meta.state
	if len(state.Segments) == 0 {
		return nil
	}
	tail := state.Segments[len(state.Segments)-1]
	if !tail.SealTime.IsZero() {
		return nil
	}
	name := path.Join(cfg.Dir, segment.FileName(tail))
	s, size, err := scanTail(cfg.FS, name, tail)
	if errors.Is(err, fs.ErrNotExist) && !meta.hasBegun(tail) {
		return nil // It was never written to; raft-wal creates it.
	}
	if errors.Is(err, fs.ErrNotExist) || err == nil && len(s.entries) == 0 && meta.hasBegun(tail) {
		return lostTail(name, tail)
	}
	if err != nil {
		return err
	}
	if s.indexStart != 0 {
		return sealTail(cfg, meta, s)
	}
	return cutTail(cfg.FS, name, s.end, size)
}

// lostTail is the error for a last segment that had entries and has none.
func lostTail(name string, tail types.SegmentInfo) error {
	return &CorruptError{Index: tail.BaseIndex, File: name, Reason: "the file is missing or empty, and had entries"}
}

// scanTail reads the last segment and judges what follows the good part. size
// is how much of the file is not zeros.
func scanTail(fsys vfs.FS, name string, tail types.SegmentInfo) (s scanned, size int, err error) {
	m, err := fsys.Map(name)
	if err != nil {
		return s, 0, err
	}
	data := m.Bytes()
	s = scan(data)
	if why := damaged(data, s); why != "" {
		err = &CorruptError{Index: tail.BaseIndex + uint64(len(s.entries)), File: name, Reason: why}
	}
	for size = len(data); size > 0 && data[size-1] == 0; size-- {
	}
	return s, size, errors.Join(err, m.Close())
}

// cutTail cuts off what follows the good part, unless it is zeros anyhow.
func cutTail(fsys vfs.FS, name string, end, size int) error {
	if size <= end {
		return nil
	}
	f, err := fsys.OpenReadWrite(name)
	if err != nil {
		return err
	}
	full, err := f.Size()
	if err == nil {
		err = f.Truncate(int64(end))
	}
	if err == nil {
		err = f.Sync() // Before anything new is written behind the cut.
	}
	if err == nil {
		_ = f.Preallocate(full) // A full disk must not keep the log from being read.
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("cut %s after byte %d: %w", name, end, err)
	}
	return nil
}

// sealTail notes in META that the last segment is sealed, and the next one.
func sealTail(cfg Config, meta *metaStore, s scanned) error {
	state := meta.state
	segments := append([]types.SegmentInfo(nil), state.Segments...)
	tail := &segments[len(segments)-1]
	tail.SealTime = tail.CreateTime
	tail.MaxIndex = tail.BaseIndex + uint64(len(s.entries)) - 1
	tail.IndexStart = uint64(s.indexStart)
	next := types.SegmentInfo{
		ID:         state.NextSegmentID,
		BaseIndex:  tail.MaxIndex + 1,
		MinIndex:   tail.MaxIndex + 1,
		Codec:      wal.CodecBinaryV1,
		CreateTime: tail.CreateTime,
		SizeLimit:  uint32(cfg.SegmentBytes),
	}
	return meta.CommitState(types.PersistentState{
		NextSegmentID: state.NextSegmentID + 1,
		Segments:      append(segments, next),
	})
}
