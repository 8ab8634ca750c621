// Package manifest is the list of what a shard consists of at one index of its
// log: the segments that are live, and everything else that a restart needs
// before it replays the rest (R5).
//
// There is one file, [FileName], replaced as a whole at every flush and merge:
// a line of JSON, and a line with the CRC32C of the first. A crash leaves the
// old one or the new. Files of segments that it does not name are garbage of
// crashed flushes and merges; see [Orphans].
package manifest

import (
	"encoding/json"

	"github.com/freshetdb/freshet/columnar/segment"
	"github.com/freshetdb/freshet/columnar/types"
)

// Version is the format that this package writes and the only one it reads.
const Version = 1

// Manifest is a shard at one index of its log. Slices are kept in the order in
// which the caller has them, so that equal states give equal bytes.
type Manifest struct {
	Version int `json:"version"`
	// Index and Term are those of the last entry whose effects are in the files.
	Index uint64 `json:"index"`
	Term  uint64 `json:"term"`
	// Configuration is the Raft membership as of ConfigurationIndex, opaque.
	Configuration      []byte `json:"configuration,omitempty"`
	ConfigurationIndex uint64 `json:"configuration_index,omitempty"`
	MapEpoch           uint64 `json:"map_epoch,omitempty"`
	// NextFile numbers files: no file with this number or above was ever used
	// by what the manifest names.
	NextFile uint64 `json:"next_file"`
	// Positions has, for each source, how far its rows are in, opaque (R8).
	Positions map[string][]byte `json:"positions,omitempty"`
	// Tokens is the window of deduplication tokens, oldest first (R10).
	Tokens       []Token      `json:"tokens,omitempty"`
	Dictionaries []Dictionary `json:"dictionaries,omitempty"`
	Tables       []Table      `json:"tables,omitempty"`
	Staged       []Staged     `json:"staged,omitempty"`
}

// Token is a deduplication token and the entry that brought it.
type Token struct {
	Token []byte `json:"token"`
	Table uint64 `json:"table"`
	Index uint64 `json:"index"`
}

// Dictionary is how much of a dictionary's log belongs to the manifest; what is
// behind it is cut off at a restart, and numbered again by the replay.
type Dictionary struct {
	Table      uint64 `json:"table"`
	Column     uint32 `json:"column"`
	Generation uint32 `json:"generation,omitempty"`
	Entries    uint32 `json:"entries"`
	Bytes      int64  `json:"bytes"`
	// Plain tells that the column was demoted: values without a symbol stay
	// text (R12).
	Plain bool `json:"plain,omitempty"`
}

// Table is one table's part of the shard.
type Table struct {
	ID uint64 `json:"id"`
	// Definition identifies the definition in force (R6); Def is the definition
	// itself, JSON of the table's own.
	Definition uint64          `json:"definition"`
	Def        json.RawMessage `json:"def,omitempty"`
	// Schemas are the versions that segments or entries may still refer to,
	// ascending; the last is in force.
	Schemas  []types.Schema `json:"schemas"`
	Segments []Segment      `json:"segments,omitempty"`
	// Dropped are partitions dropped by DropBefore or DROP PARTITION whose rows
	// may still come from older entries; Horizon is the first instant that is
	// fully kept, in seconds, 0 for all (R16).
	Dropped  []Drop     `json:"dropped,omitempty"`
	Horizon  int64      `json:"horizon,omitempty"`
	Detached []Detached `json:"detached,omitempty"`
	// Rollup is set for a rollup.
	Rollup *Rollup `json:"rollup,omitempty"`
}

// Rollup is what a rollup has beside its segments.
type Rollup struct {
	// Filled of Past rows of what was there before the rollup are in its segments;
	// Pending are the others.
	Filled  int64     `json:"filled,omitempty"`
	Past    int64     `json:"past,omitempty"`
	Pending []Pending `json:"pending,omitempty"`
	// Gaps are partitions in which it differs from its source, Cuts partitions of its
	// own whose rows are to be left out of the past; both are the table's own JSON.
	Gaps json.RawMessage `json:"gaps,omitempty"`
	Cuts json.RawMessage `json:"cuts,omitempty"`
	// Failure says why rows could not be folded.
	Failure string `json:"failure,omitempty"`
}

// Pending is a segment that a rollup is yet to be filled with, from a row on. Its
// delete marks are those as of the rollup's creation. Table is what the segment is,
// or was, of.
type Pending struct {
	Segment
	Table uint64 `json:"table"`
	From  int    `json:"from,omitempty"`
}

// Segment is a live segment.
type Segment struct {
	segment.Meta
	// Txn is the transaction whose staged rows it holds; "" once published.
	Txn     string   `json:"txn,omitempty"`
	Deletes *Deletes `json:"deletes,omitempty"`
}

// Deletes marks rows of a segment as deleted, as of the manifest's index. The
// encoding is the table's. A small set stands here, a large one in a file
// beside the segment, whose name and CRC32C are given.
type Deletes struct {
	Rows uint64 `json:"rows"`
	Set  []byte `json:"set,omitempty"`
	File string `json:"file,omitempty"`
	CRC  uint32 `json:"crc,omitempty"`
}

// Drop is a partition that was dropped by an entry.
type Drop struct {
	Partition string `json:"partition"`
	Index     uint64 `json:"index"`
}

// Detached is a partition whose segments were set aside by DETACH PARTITION.
type Detached struct {
	Partition string    `json:"partition"`
	Segments  []Segment `json:"segments"`
}

// Staged is a block or transaction that comes in parts and is not committed
// (R3). Its rows are in segments that carry Txn.
type Staged struct {
	Txn        string   `json:"txn"`
	Table      uint64   `json:"table"`
	Parts      uint32   `json:"parts"`
	Have       []uint32 `json:"have,omitempty"` // the parts that are there, ascending
	Rows       uint64   `json:"rows"`
	FirstIndex uint64   `json:"first_index"`
	LastIndex  uint64   `json:"last_index"`
}

// Table finds a table by id; nil when there is none.
func (m *Manifest) Table(id uint64) *Table {
	for i := range m.Tables {
		if m.Tables[i].ID == id {
			return &m.Tables[i]
		}
	}
	return nil
}

// Segments gives every segment that the manifest names; one that is named several
// times is given as often.
func (m *Manifest) Segments(yield func(*Segment) bool) {
	for t := range m.Tables {
		for s := range m.Tables[t].Segments {
			if !yield(&m.Tables[t].Segments[s]) {
				return
			}
		}
		for d := range m.Tables[t].Detached {
			for s := range m.Tables[t].Detached[d].Segments {
				if !yield(&m.Tables[t].Detached[d].Segments[s]) {
					return
				}
			}
		}
		if r := m.Tables[t].Rollup; r != nil {
			for p := range r.Pending {
				if !yield(&r.Pending[p].Segment) {
					return
				}
			}
		}
	}
}
