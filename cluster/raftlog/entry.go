package raftlog

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"

	"github.com/hashicorp/raft"
	wal "github.com/hashicorp/raft-wal"
)

// sealLen is the checksum that a stored entry has at the end of its Extensions.
// It stands there and not around Data so that Data need not be copied, and in
// no codec of its own because raft-wal v0.4.2 writes the number of its built-in
// codec into new segments whatever the codec, and then refuses to open them.
const sealLen = 4

// CheckSize says whether an entry with that much Data can be stored. Callers
// ask before they propose: the log fails at an entry that is too large.
func CheckSize(dataBytes int) error {
	if dataBytes > MaxEntryBytes {
		return fmt.Errorf("%w: %d bytes, at most %d", ErrTooLarge, dataBytes, MaxEntryBytes)
	}
	return nil
}

// sealAll returns copies of entries with their checksums. Data is shared.
func sealAll(entries []*raft.Log) ([]*raft.Log, error) {
	copies := make([]raft.Log, len(entries))
	out := make([]*raft.Log, len(entries))
	for i, e := range entries {
		if err := CheckSize(len(e.Data) + len(e.Extensions)); err != nil {
			return nil, fmt.Errorf("store entry %d: %w", e.Index, err)
		}
		copies[i] = *e
		ext := make([]byte, 0, len(e.Extensions)+sealLen)
		ext = append(ext, e.Extensions...)
		copies[i].Extensions = binary.LittleEndian.AppendUint32(ext, checksum(e))
		out[i] = &copies[i]
	}
	return out, nil
}

// checksum covers every field of an entry.
func checksum(e *raft.Log) uint32 {
	var head [37]byte
	binary.LittleEndian.PutUint64(head[0:], e.Index)
	binary.LittleEndian.PutUint64(head[8:], e.Term)
	head[16] = byte(e.Type)
	binary.LittleEndian.PutUint64(head[17:], uint64(e.AppendedAt.Unix()))
	binary.LittleEndian.PutUint32(head[25:], uint32(e.AppendedAt.Nanosecond()))
	binary.LittleEndian.PutUint64(head[29:], uint64(len(e.Extensions)))
	sum := crc32.Update(0, castagnoli(), head[:])
	sum = crc32.Update(sum, castagnoli(), e.Extensions)
	return crc32.Update(sum, castagnoli(), e.Data)
}

func castagnoli() *crc32.Table { return crc32.MakeTable(crc32.Castagnoli) }

// unseal checks an entry as it was read, and takes the checksum off.
func unseal(index uint64, e *raft.Log) error {
	n := len(e.Extensions) - sealLen
	if n < 0 {
		return &CorruptError{Index: index, Reason: "no checksum"}
	}
	want := binary.LittleEndian.Uint32(e.Extensions[n:])
	e.Extensions = e.Extensions[:n:n]
	if n == 0 {
		e.Extensions = nil
	}
	switch {
	case e.Index != index:
		return &CorruptError{Index: index, Reason: fmt.Sprintf("entry %d is in its place", e.Index)}
	case checksum(e) != want:
		return &CorruptError{Index: index, Reason: "checksum"}
	}
	return nil
}

// logReader is what readEntry needs of a WAL.
type logReader interface {
	GetLog(index uint64, entry *raft.Log) error
}

// readEntry reads and checks one entry. That it is not there gives
// raft.ErrLogNotFound unwrapped, which raft compares with.
func readEntry(from logReader, index uint64, entry *raft.Log) error {
	err := getLog(from, index, entry)
	var io *fs.PathError
	switch {
	case err == nil:
		return unseal(index, entry)
	case errors.Is(err, raft.ErrLogNotFound):
		return raft.ErrLogNotFound
	case errors.Is(err, wal.ErrClosed), errors.Is(err, fs.ErrClosed):
		return ErrClosed
	case errors.As(err, &io):
		return fmt.Errorf("read raft log entry %d: %w", index, err)
	default: // What was read makes no sense to raft-wal.
		return &CorruptError{Index: index, Reason: err.Error()}
	}
}

// getLog is GetLog without its panics: the decoder of raft-wal trusts lengths
// and times.
func getLog(from logReader, index uint64, entry *raft.Log) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("entry cannot be decoded: %v", r)
		}
	}()
	return from.GetLog(index, entry)
}
