package raftlog

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"path"

	"github.com/hashicorp/raft"
	wal "github.com/hashicorp/raft-wal"
	"github.com/hashicorp/raft-wal/segment"
	"github.com/hashicorp/raft-wal/types"

	"github.com/freshetdb/freshet/columnar/vfs"
)

// Summary is what Check found.
type Summary struct {
	Segments int
	// First and Last are the entries that are there; zero if there are none.
	First, Last uint64
	// Cut says that the last append was cut short by a crash; Open repairs it.
	Cut bool
}

// Check reads a whole log, changes nothing, and returns all damage joined. No
// process may have the log open.
func Check(fsys vfs.FS, dir string) (Summary, error) {
	var sum Summary
	payload, err := readChecked(fsys, path.Join(dir, metaName), metaMagic)
	if err != nil {
		return sum, err
	}
	state, err := decodeState(payload)
	if err != nil {
		return sum, err
	}
	m := &metaStore{}
	if payload, err = readChecked(fsys, path.Join(dir, stableName), stableMagic); err == nil {
		m.stable, err = decodeStable(payload)
	}
	errs := []error{err}
	for _, si := range state.Segments {
		errs = append(errs, sum.segment(fsys, dir, si, m.hasBegun(si)))
	}
	return sum, errors.Join(errs...)
}

// First is the first entry that a log has or will have: more than 1 once the log
// was cut behind a snapshot, and 0 when there is no log yet.
func First(fsys vfs.FS, dir string) (uint64, error) {
	name := path.Join(dir, metaName)
	if ok, err := vfs.Exists(fsys, name); err != nil || !ok {
		return 0, err
	}
	payload, err := readChecked(fsys, name, metaMagic)
	if err != nil {
		return 0, err
	}
	state, err := decodeState(payload)
	if err != nil || len(state.Segments) == 0 {
		return 0, err
	}
	return state.Segments[0].MinIndex, nil
}

// segment checks one segment and adds it to the summary.
func (sum *Summary) segment(fsys vfs.FS, dir string, si types.SegmentInfo, hasBegun bool) error {
	name := path.Join(dir, segment.FileName(si))
	isTail := si.SealTime.IsZero()
	m, err := fsys.Map(name)
	if errors.Is(err, fs.ErrNotExist) && isTail && !hasBegun {
		return nil // Never written to.
	}
	if errors.Is(err, fs.ErrNotExist) {
		return &CorruptError{Index: si.MinIndex, File: name, Reason: "the file is missing"}
	}
	if err != nil {
		return err
	}
	sum.Segments++
	data := m.Bytes()
	s := scan(data)
	last := si.MaxIndex
	if isTail {
		last = si.BaseIndex + uint64(len(s.entries)) - 1
	}
	why := damaged(data, s)
	switch {
	case why != "":
	case isTail && hasBegun && len(s.entries) == 0:
		err = lostTail(name, si)
	case isTail:
		sum.Cut = !isZero(data[s.end:])
	case uint64(s.indexStart) != si.IndexStart || uint64(len(s.entries)) <= last-si.BaseIndex:
		why = "not all of a sealed segment is readable"
	case !isZero(data[s.end:]):
		why = "bytes behind the end of a sealed segment"
	}
	if why != "" {
		err = &CorruptError{Index: si.BaseIndex + uint64(len(s.entries)), File: name, Reason: why}
	}
	if last >= si.MinIndex {
		if sum.First == 0 {
			sum.First = si.MinIndex
		}
		sum.Last = last
	}
	return errors.Join(err, checkIndex(data, s, si, name), checkEntries(data, s, si, name), m.Close())
}

// checkIndex compares the index of a sealed segment with its entries.
func checkIndex(data []byte, s scanned, si types.SegmentInfo, name string) error {
	if s.indexStart == 0 || s.indexStart+4*len(s.entries) > s.end {
		return nil // Not sealed, or reported as damage.
	}
	for i, at := range s.entries {
		if int(binary.LittleEndian.Uint32(data[s.indexStart+4*i:])) != at-frameLen {
			return &CorruptError{Index: si.BaseIndex + uint64(i), File: name, Reason: "the index points elsewhere"}
		}
	}
	return nil
}

// checkEntries decodes every entry and checks its own checksum.
func checkEntries(data []byte, s scanned, si types.SegmentInfo, name string) error {
	for i, at := range s.entries {
		index := si.BaseIndex + uint64(i)
		var entry raft.Log
		if err := readEntry(rawEntry(data[at:at+s.lengths[i]]), index, &entry); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

// rawEntry is the encoded form of an entry.
type rawEntry []byte

// GetLog implements logReader.
func (r rawEntry) GetLog(_ uint64, entry *raft.Log) error {
	return (&wal.BinaryCodec{}).Decode(r, entry)
}
