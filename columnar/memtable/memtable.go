// Package memtable holds the newest rows of one table on one shard: those that
// are applied and not yet flushed.
//
// Rows are appended to column chunks of up to [ChunkRows] rows by one writer,
// the goroutine that applies the log. Readers see prefixes: [Memtable.Publish]
// gives an immutable [Snapshot] whose slices end where the rows ended at that
// moment, while the writer goes on writing behind that end (R15). No lock is
// taken by either side. Like granules of segments, each 8,192 rows of a chunk
// have the least and greatest value of every column.
package memtable

import (
	"slices"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/segment"
	"github.com/freshetdb/freshet/columnar/types"
	"github.com/freshetdb/freshet/index/skip"
)

// ChunkRows is the most rows of a chunk: eight granules.
const ChunkRows = 8 * segment.GranuleRows

// chunkTextMax seals a chunk whose text would come near the 4 GiB that offsets
// can reach; an entry of the log adds 16 MB at most.
const chunkTextMax = 1 << 30

// Memtable is the writer's side. All methods but Snapshot's belong to one
// goroutine.
type Memtable struct {
	schema      *types.Schema
	sealed      []*Chunk // as published
	sealedBytes int64
	open        *chunk // nil, or the last one
	rows        int64
	last        *Snapshot // nil when rows came since
}

// New makes an empty memtable for rows of a schema.
func New(schema *types.Schema) *Memtable { return &Memtable{schema: schema} }

// SetSchema makes later rows those of another schema; they begin a new chunk.
func (m *Memtable) SetSchema(schema *types.Schema) {
	m.seal()
	m.schema = schema
}

// Append adds rows that the log's entry index holds: the columns of b are those
// that segment.Stored gives for the schema, text of symbol columns as symbols.
// Nothing of b is kept. It returns the number of the first row: rows are
// numbered from 0 in the order of appending.
func (m *Memtable) Append(b *batch.Batch, index uint64) (firstRow int64) {
	firstRow = m.rows
	m.last = nil
	for lo := 0; lo < b.Rows; {
		if m.open != nil && !m.open.takes(b) {
			m.seal()
		}
		if m.open == nil {
			m.open = newChunk(m.schema, m.rows, index)
		}
		c := m.open
		hi := min(b.Rows, lo+segment.GranuleRows-c.rows%segment.GranuleRows)
		c.append(b, lo, hi)
		c.lastIndex = index
		m.rows += int64(hi - lo)
		lo = hi
		if c.rows == ChunkRows {
			m.seal()
		}
	}
	return firstRow
}

func (m *Memtable) seal() {
	if m.open == nil {
		return
	}
	m.sealed = append(m.sealed, m.open.publish())
	m.sealedBytes += m.open.bytes()
	m.open, m.last = nil, nil
}

// Rows is the number of rows.
func (m *Memtable) Rows() int64 { return m.rows }

// SizeBytes is the memory that the rows take, with the room kept for more.
func (m *Memtable) SizeBytes() int64 {
	if m.open == nil {
		return m.sealedBytes
	}
	return m.sealedBytes + m.open.bytes()
}

// Publish gives the rows appended so far. The snapshot may be handed to any
// goroutine by a synchronising operation, as an atomic pointer is.
func (m *Memtable) Publish() *Snapshot {
	if m.last != nil {
		return m.last
	}
	s := &Snapshot{Rows: m.rows, Chunks: slices.Clip(m.sealed)}
	if m.open != nil {
		s.Chunks = append(s.Chunks, m.open.publish())
	}
	m.last = s
	return s
}

// Snapshot is the rows that a memtable had at one moment. It is immutable.
type Snapshot struct {
	Rows   int64
	Chunks []*Chunk
}

// Chunk is a run of rows of one schema.
type Chunk struct {
	Schema   *types.Schema
	FirstRow int64 // number of its first row in the memtable
	Rows     int
	Signs    []int8 // nil when all are +1
	// FirstIndex and LastIndex are the entries of the log that the rows are from.
	FirstIndex, LastIndex uint64

	cols []*batch.Vector
	skip []*skip.Column
}

// Column is the stored column at a place of the chunk's schema (see
// segment.Stored); symbols are given the dictionary.
func (c *Chunk) Column(place int, dict batch.Dictionary) *batch.Vector {
	return withDict(c.cols[place], dict)
}

// Skip is the bounds of the granules of a column; nil when it has none.
func (c *Chunk) Skip(place int) *skip.Column { return c.skip[place] }

// Granules is the number of granules; the last may have fewer rows.
func (c *Chunk) Granules() int {
	return (c.Rows + segment.GranuleRows - 1) / segment.GranuleRows
}

// withDict is v with its symbols' dictionary replaced.
func withDict(v *batch.Vector, dict batch.Dictionary) *batch.Vector {
	c := *v
	switch d := v.Data.(type) {
	case batch.Symbols:
		c.Data = batch.Symbols{Codes: d.Codes, Dict: dict, Overlay: d.Overlay}
	case batch.Lists:
		c.Data = batch.Lists{Offsets: d.Offsets, Elems: withDict(d.Elems, dict)}
	default:
		return v
	}
	return &c
}
