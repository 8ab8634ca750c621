package segment

import (
	"path"

	"github.com/freshetdb/freshet/columnar/types"
	"github.com/freshetdb/freshet/columnar/vfs"
)

// Place is where a segment lies: Dir/Name.arrow and Dir/Name.idx.
type Place struct {
	FS   vfs.FS
	Dir  string
	Name string
}

// DataSuffix and IndexSuffix end the names of a segment's two files.
const (
	DataSuffix  = ".arrow"
	IndexSuffix = ".idx"
)

func (p Place) dataPath() string  { return path.Join(p.Dir, p.Name+DataSuffix) }
func (p Place) indexPath() string { return path.Join(p.Dir, p.Name+IndexSuffix) }

// Meta is what is known of a segment without opening it; the manifest holds it.
type Meta struct {
	Name       string `json:"name"`
	Rows       int64  `json:"rows"`
	Bytes      int64  `json:"bytes"` // of the Arrow file
	Codec      Codec  `json:"codec,omitempty"`
	IndexBytes int64  `json:"index_bytes"`
	IndexCRC   uint32 `json:"index_crc"` // CRC32C at the end of the index
	Tags
	KeyMin [][]byte    `json:"key_min,omitempty"` // key of the first row, see AppendKeyPart
	KeyMax [][]byte    `json:"key_max,omitempty"` // key of the last row
	Times  []TimeRange `json:"times,omitempty"`
	Signed bool        `json:"signed,omitempty"` // some row has sign -1
}

// Tags is what the writer of a segment says of it. It is kept in the index, so
// that a detached segment can be attached again.
type Tags struct {
	// Partition is the value of the partition key as text; of a mixed segment it
	// is empty and Mixed is set.
	Partition string `json:"partition,omitempty"`
	Mixed     bool   `json:"mixed,omitempty"`
	Level     int    `json:"level"` // 0 for a flush, one more than its inputs' for a merge
	// FirstIndex and LastIndex are the entries of the log whose rows are here.
	FirstIndex    uint64 `json:"first_index"`
	LastIndex     uint64 `json:"last_index"`
	SchemaVersion uint32 `json:"schema_version"`
}

// TimeRange is the least and greatest value of a column of dates or times that
// is not NULL, as its integer.
type TimeRange struct {
	Column uint32 `json:"column"`
	Min    int64  `json:"min"`
	Max    int64  `json:"max"`
}

// timeRanges are the ranges of the shape's time columns.
func (s *Shape) timeRanges(cols []types.Column) []TimeRange {
	var out []TimeRange
	for i, c := range cols {
		b := s.cols[i].bounds
		if (!c.Type.IsDate() && !c.Type.IsTime()) || b.isEmpty() {
			continue
		}
		if signedPhys(c.Type.Phys()) {
			b.min, b.max = b.min^signBit, b.max^signBit
		}
		out = append(out, TimeRange{Column: c.ID, Min: int64(b.min), Max: int64(b.max)})
	}
	return out
}
