package raftlog

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/hashicorp/raft-wal/segment"
	"github.com/hashicorp/raft-wal/types"

	"github.com/freshetdb/freshet/columnar/vfs"
)

// Two small files stand beside the segments. Each is replaced whole:
//
//	file   = magic(4) version(1) zero(3) payload crc32c(4, of all before)
//	META   = next segment id(8) count(4) segment*
//	segment= id(8) base index(8) min index(8) max index(8) codec(8)
//	         index start(8) created(8) sealed(8) size limit(4)
//	STABLE = count(4) (key length(4) key value length(4) value)*
//
// All numbers are little-endian, times nanoseconds since 1970 with zero for
// none, keys in ascending order.
const (
	metaName      = "META"
	stableName    = "STABLE"
	metaMagic     = "FRLM"
	stableMagic   = "FRLS"
	metaVersion   = 1
	fileHeaderLen = 8
	segmentSuffix = ".wal"
	segmentInfo   = 8*8 + 4
	// begunKey is the key in STABLE of the name of the newest segment file that
	// has had an entry.
	begunKey = "begun"
)

// metaStore keeps the list of segments and the votes.
type metaStore struct {
	fsys vfs.FS
	dir  string
	fail func(error) error

	mu     sync.Mutex // Guards the fields below and the files.
	state  types.PersistentState
	stable map[string][]byte
}

var _ types.MetaStore = (*metaStore)(nil)

// openMeta loads both files, or begins them where there is no log yet.
func openMeta(fsys vfs.FS, dir string, fail func(error) error) (*metaStore, error) {
	m := &metaStore{fsys: fsys, dir: dir, fail: fail, stable: map[string][]byte{}}
	hasMeta, err := vfs.Exists(fsys, path.Join(dir, metaName))
	if err != nil {
		return nil, err
	}
	if !hasMeta {
		return m, m.begin()
	}
	payload, err := readChecked(fsys, path.Join(dir, metaName), metaMagic)
	if err != nil {
		return nil, err
	}
	if m.state, err = decodeState(payload); err != nil {
		return nil, err
	}
	if payload, err = readChecked(fsys, path.Join(dir, stableName), stableMagic); err != nil {
		return nil, err
	}
	m.stable, err = decodeStable(payload)
	return m, err
}

// begin writes the files of a new log: META last, so that where it is STABLE
// is too. A folder with segments but no META is no new log.
func (m *metaStore) begin() error {
	names, err := m.fsys.List(m.dir)
	if err != nil {
		return err
	}
	for _, name := range names {
		if strings.HasSuffix(name, segmentSuffix) {
			return fmt.Errorf("%w: there are segments (%s) but no %s", ErrCorrupt, name, metaName)
		}
	}
	if err := m.writeStable(m.stable); err != nil {
		return err
	}
	return m.writeState(m.state)
}

// Load implements types.MetaStore.
func (m *metaStore) Load(string) (types.PersistentState, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.state, nil
}

// CommitState implements types.MetaStore.
func (m *metaStore) CommitState(state types.PersistentState) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.writeState(state); err != nil {
		return m.fail(err)
	}
	m.state = state
	return nil
}

// GetStable implements types.MetaStore.
func (m *metaStore) GetStable(key []byte) ([]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return bytes.Clone(m.stable[string(key)]), nil
}

// SetStable implements types.MetaStore.
func (m *metaStore) SetStable(key, value []byte) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	next := maps.Clone(m.stable)
	next[string(key)] = bytes.Clone(value)
	if err := m.writeStable(next); err != nil {
		return m.fail(err)
	}
	m.stable = next
	return nil
}

// begun notes that a segment file is there to stay. The list alone can't tell a
// file that was lost from one that a crash kept from being made.
func (m *metaStore) begun(file string) error {
	have, err := m.GetStable([]byte(begunKey))
	if err != nil || string(have) == file {
		return err
	}
	return m.SetStable([]byte(begunKey), []byte(file))
}

// hasBegun tells whether a segment, the last one, has ever had an entry.
func (m *metaStore) hasBegun(si types.SegmentInfo) bool {
	return string(m.stable[begunKey]) == segment.FileName(si)
}

// Close implements types.MetaStore. No file is open.
func (m *metaStore) Close() error { return nil }

func (m *metaStore) writeState(state types.PersistentState) error {
	return writeChecked(m.fsys, path.Join(m.dir, metaName), metaMagic, encodeState(state))
}

func (m *metaStore) writeStable(stable map[string][]byte) error {
	return writeChecked(m.fsys, path.Join(m.dir, stableName), stableMagic, encodeStable(stable))
}

func writeChecked(fsys vfs.FS, name, magic string, payload []byte) error {
	data := make([]byte, 0, fileHeaderLen+len(payload)+crc32.Size)
	data = append(data, magic...)
	data = append(data, metaVersion, 0, 0, 0)
	data = append(data, payload...)
	data = binary.LittleEndian.AppendUint32(data, crc32.Checksum(data, castagnoli()))
	return vfs.WriteFileAtomic(fsys, name, data)
}

func readChecked(fsys vfs.FS, name, magic string) ([]byte, error) {
	data, err := vfs.ReadFile(fsys, name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w: %s is missing", ErrCorrupt, name)
	}
	if err != nil {
		return nil, err
	}
	end := len(data) - crc32.Size
	if end < fileHeaderLen || string(data[:4]) != magic ||
		binary.LittleEndian.Uint32(data[end:]) != crc32.Checksum(data[:end], castagnoli()) {
		return nil, fmt.Errorf("%w: checksum of %s", ErrCorrupt, name)
	}
	if data[4] != metaVersion {
		return nil, fmt.Errorf("%s has version %d; this program knows %d", name, data[4], metaVersion)
	}
	return data[fileHeaderLen:end], nil
}

func encodeState(s types.PersistentState) []byte {
	le := binary.LittleEndian
	b := le.AppendUint64(nil, s.NextSegmentID)
	b = le.AppendUint32(b, uint32(len(s.Segments)))
	for i := range s.Segments {
		si := &s.Segments[i]
		for _, v := range []uint64{
			si.ID, si.BaseIndex, si.MinIndex, si.MaxIndex, si.Codec, si.IndexStart,
			nanos(si.CreateTime), nanos(si.SealTime),
		} {
			b = le.AppendUint64(b, v)
		}
		b = le.AppendUint32(b, si.SizeLimit)
	}
	return b
}

func decodeState(b []byte) (types.PersistentState, error) {
	le := binary.LittleEndian
	if len(b) < 12 || len(b) != 12+segmentInfo*int(le.Uint32(b[8:])) {
		return types.PersistentState{}, fmt.Errorf("%w: length of %s", ErrCorrupt, metaName)
	}
	s := types.PersistentState{NextSegmentID: le.Uint64(b)}
	for b = b[12:]; len(b) > 0; b = b[segmentInfo:] {
		s.Segments = append(s.Segments, types.SegmentInfo{
			ID: le.Uint64(b), BaseIndex: le.Uint64(b[8:]), MinIndex: le.Uint64(b[16:]), MaxIndex: le.Uint64(b[24:]),
			Codec: le.Uint64(b[32:]), IndexStart: le.Uint64(b[40:]),
			CreateTime: fromNanos(le.Uint64(b[48:])), SealTime: fromNanos(le.Uint64(b[56:])),
			SizeLimit: le.Uint32(b[64:]),
		})
	}
	return s, nil
}

func nanos(t time.Time) uint64 {
	if t.IsZero() {
		return 0
	}
	return uint64(t.UnixNano())
}

func fromNanos(n uint64) time.Time {
	if n == 0 {
		return time.Time{}
	}
	return time.Unix(0, int64(n)).UTC()
}

func encodeStable(stable map[string][]byte) []byte {
	le := binary.LittleEndian
	b := le.AppendUint32(nil, uint32(len(stable)))
	for _, key := range slices.Sorted(maps.Keys(stable)) {
		b = le.AppendUint32(b, uint32(len(key)))
		b = append(b, key...)
		b = le.AppendUint32(b, uint32(len(stable[key])))
		b = append(b, stable[key]...)
	}
	return b
}

func decodeStable(b []byte) (map[string][]byte, error) {
	bad := fmt.Errorf("%w: length of %s", ErrCorrupt, stableName)
	if len(b) < 4 {
		return nil, bad
	}
	count := binary.LittleEndian.Uint32(b)
	b = b[4:]
	out := map[string][]byte{}
	for range count {
		var key, value []byte
		var ok bool
		if key, b, ok = cutField(b); !ok {
			return nil, bad
		}
		if value, b, ok = cutField(b); !ok {
			return nil, bad
		}
		out[string(key)] = bytes.Clone(value)
	}
	if len(b) > 0 {
		return nil, bad
	}
	return out, nil
}

// cutField takes a length and so many bytes off b.
func cutField(b []byte) (field, rest []byte, ok bool) {
	if len(b) < 4 || uint64(binary.LittleEndian.Uint32(b)) > uint64(len(b)-4) {
		return nil, nil, false
	}
	n := binary.LittleEndian.Uint32(b)
	return b[4 : 4+n], b[4+n:], true
}
