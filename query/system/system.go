// Package system is the tables of the database system: what the server knows of
// itself, as rows. Each table is an entry of [Tables] that fills columns from a
// [Server]; it holds no state.
package system

import (
	"time"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/table"
	"github.com/freshetdb/freshet/columnar/types"
	"github.com/freshetdb/freshet/query/plan"
)

// Server is what the tables tell of. Results are snapshots that the caller may
// keep.
type Server interface {
	Catalog() *table.Catalog
	Segments() ([]Segment, error)
	Rollups() ([]Rollup, error)
	Processes() []Process
	QueryLog() []Query
	Cached() ([]Cached, error)
	Settings() []Setting
	Metrics() []Metric
	Warnings() []Warning
	Zone() *types.Zone
}

// Segment describes a stored part or, with InMemory, a chunk of the memtable.
type Segment struct {
	Shard      int
	Table      uint64
	Name       string
	Partition  string
	Rows       int64
	Bytes      int64
	Level      int
	FirstIndex uint64 // entries of the log whose rows are here
	LastIndex  uint64
	Active     bool // false: detached
	InMemory   bool
	Columns    []ColumnSize // sizes by column, where known
}

// ColumnSize is the bytes of a column in a segment.
type ColumnSize struct {
	ID    uint32
	Bytes int64
}

// Process is a running statement.
type Process struct {
	QueryID    string
	User       string
	Address    string
	SQL        string
	Kind       string
	Started    time.Time
	ReadRows   int64
	ReadBytes  int64
	TotalRows  int64
	Memory     int64
	PeakMemory int64
	Cancelled  bool
}

// Query is a finished statement.
type Query struct {
	QueryID      string
	SQL          string
	Kind         string
	User         string
	Address      string
	Database     string
	Comment      string
	Started      time.Time
	Elapsed      time.Duration
	ReadRows     int64
	ReadBytes    int64
	WrittenRows  int64
	WrittenBytes int64
	ResultRows   int64
	ResultBytes  int64
	PeakMemory   int64
	Code         int
	Error        string
	Answer       string   // of a SELECT: the certificate
	Positions    []uint64 // of a SELECT: the log index of each shard that was read
}

// Cached is an answer in the query cache, or a running query that others wait for.
type Cached struct {
	SQL         string
	Tables      []string
	Ranges      []string // conditions on times: rows beyond them leave the answer right
	Rows, Bytes int64
	Hits        int64
	Age         time.Duration
	State       string // right, outdated or running
}

// Setting is a setting with its value in the session that asks.
type Setting struct {
	Name    string
	Value   string
	Default string
	Changed bool
	About   string
	Type    string
	Inert   bool
}

// Warning is something that does not go as someone may expect, of a table.
type Warning struct {
	Database, Table, Message string
}

// Metric is one counter or gauge. Labels, unless empty, tell those of one name
// apart, as name="value" pairs.
type Metric struct {
	Name   string
	Labels string
	Value  int64
	About  string
	Gauge  bool
}

// Table is one system table.
type Table struct {
	Name   string
	Fields []plan.Field
	Fill   func(s Server, r *Rows) error
}

// Rows collects the rows of a table, column by column.
type Rows struct {
	cols []*batch.Builder
}

// Source makes the rows of t when a query runs.
func (t Table) Source(s Server) plan.Source { return source{t, s} }

type source struct {
	t Table
	s Server
}

// Open implements plan.Source.
func (s source) Open() (func() (*batch.Batch, error), error) {
	r := &Rows{}
	names := make([]string, len(s.t.Fields))
	for i, f := range s.t.Fields {
		names[i] = f.Name
		r.cols = append(r.cols, batch.NewBuilder(f.Type, 0))
	}
	if err := s.t.Fill(s.s, r); err != nil {
		return nil, err
	}
	done := false
	return func() (*batch.Batch, error) {
		if done || len(r.cols) == 0 || r.cols[0].Len() == 0 {
			return nil, nil
		}
		done = true
		b := &batch.Batch{Names: names, Rows: r.cols[0].Len()}
		for _, c := range r.cols {
			b.Cols = append(b.Cols, c.Finish())
		}
		return b, nil
	}, nil
}

// Add appends one row: a value per field, of the Go type that the field's type
// takes (string, bool, int, int64, uint64, float64, time.Time, []string).
func (r *Rows) Add(values ...any) {
	for i, v := range values {
		put(r.cols[i], v)
		r.cols[i].NotNull()
	}
}

func put(b *batch.Builder, v any) {
	switch v := v.(type) {
	case string:
		b.Str.AppendString(v)
	case []string:
		for _, s := range v {
			b.Elems[0].Str.AppendString(s)
		}
		b.EndList()
	case []uint64:
		b.Elems[0].U64 = append(b.Elems[0].U64, v...)
		b.EndList()
	case bool:
		n := uint8(0)
		if v {
			n = 1
		}
		b.U8 = append(b.U8, n)
	case float64:
		b.F64 = append(b.F64, v)
	case time.Time:
		if b.Type.Kind == types.Date {
			b.U16 = append(b.U16, uint16(v.Unix()/86400))
			return
		}
		if b.Type.Kind == types.DateTime64 {
			b.I64 = append(b.I64, v.UnixMicro())
			return
		}
		b.U32 = append(b.U32, uint32(v.Unix()))
	case int:
		putInt(b, int64(v))
	case int64:
		putInt(b, v)
	case uint64:
		putInt(b, int64(v))
	}
}

func putInt(b *batch.Builder, n int64) {
	switch b.Type.Phys() {
	case types.PhysU8:
		b.U8 = append(b.U8, uint8(n))
	case types.PhysU32:
		b.U32 = append(b.U32, uint32(n))
	case types.PhysI32:
		b.I32 = append(b.I32, int32(n))
	case types.PhysI64:
		b.I64 = append(b.I64, n)
	default:
		b.U64 = append(b.U64, uint64(n))
	}
}

// fields makes the fields of a table from "name Type" pairs.
func fields(pairs ...string) []plan.Field {
	out := make([]plan.Field, 0, len(pairs)/2)
	for i := 0; i < len(pairs); i += 2 {
		t, err := types.Parse(pairs[i+1])
		if err != nil {
			panic("system: " + err.Error()) // a constant of this package
		}
		out = append(out, plan.Field{Name: pairs[i], Type: t})
	}
	return out
}

// Tables are all system tables.
func Tables() []Table {
	return []Table{
		one(), numbersNote(), databases(), tables(), columns(), parts(), segments(), rollups(), settings(), functions(),
		formats(), metrics(), queryLog(), queryCache(), processes(), warnings(), dataTypes(), tableEngines(),
		tableFunctions(), combinators(), rewrites(), empty("clusters", "cluster", "String"),
		empty("macros", "macro", "String", "substitution", "String"),
		empty("dictionaries", "database", "String", "name", "String"),
		empty("storage_policies", "policy_name", "String"),
		empty("merge_tree_settings", "name", "String", "value", "String", "changed", "UInt8"),
	}
}

// empty is a table that clients ask for and that has no rows here.
func empty(name string, pairs ...string) Table {
	return Table{Name: name, Fields: fields(pairs...), Fill: func(Server, *Rows) error { return nil }}
}

func one() Table {
	return Table{Name: "one", Fields: fields("dummy", "UInt8"), Fill: func(_ Server, r *Rows) error {
		r.Add(0)
		return nil
	}}
}
