package system

import (
	"strings"

	"github.com/freshetdb/freshet/columnar/table"
	"github.com/freshetdb/freshet/columnar/types"
)

func databases() Table {
	return Table{
		Name:   "databases",
		Fields: fields("name", "String", "engine", "String", "comment", "String"),
		Fill: func(s Server, r *Rows) error {
			for _, d := range s.Catalog().Databases {
				r.Add(d.Name, d.Engine, d.Comment)
			}
			r.Add("system", "System", "")
			return nil
		},
	}
}

// size is the rows and bytes of a table over all shards.
type size struct{ rows, bytes, parts int64 }

func sizes(s Server) (map[uint64]size, error) {
	segs, err := s.Segments()
	if err != nil {
		return nil, err
	}
	out := map[uint64]size{}
	for _, g := range segs {
		if !g.Active {
			continue
		}
		t := out[g.Table]
		t.rows += g.Rows
		t.bytes += g.Bytes
		t.parts++
		out[g.Table] = t
	}
	return out, nil
}

func tables() Table {
	return Table{
		Name: "tables",
		Fields: fields("database", "String", "name", "String", "uuid", "String", "engine", "String",
			"is_temporary", "UInt8", "create_table_query", "String", "engine_full", "String",
			"partition_key", "String", "sorting_key", "String", "primary_key", "String",
			"sampling_key", "String", "routing_key", "String", "total_rows", "Nullable(UInt64)", "total_bytes", "Nullable(UInt64)",
			"parts", "Nullable(UInt64)", "metadata_modification_time", "DateTime", "comment", "String"),
		Fill: func(s Server, r *Rows) error {
			sz, err := sizes(s)
			if err != nil {
				return err
			}
			for _, d := range s.Catalog().Tables {
				t := sz[d.ID]
				r.Add(d.Database, d.Name, d.UUID, engineName(d), false, oneLine(d.CreateSQL()), d.Engine,
					bare(d.PartitionBy), bare(d.OrderBy), bare(primary(d)), d.SampleBy, bare(d.RouteBy),
					t.rows, t.bytes, t.parts, unix(d.Created), d.Comment)
			}
			for _, t := range Tables() {
				r.Add("system", t.Name, "", "System", false, "", "System", "", "", "", "", "", int64(0), int64(0), int64(0), unix(0), "")
			}
			return nil
		},
	}
}

func engineName(d *table.Def) string {
	if d.Kind == table.Rollup || d.Kind == table.ViewTo {
		return "MaterializedView"
	}
	name, _, _ := strings.Cut(d.Engine, "(")
	return strings.Trim(name, " `") // `Null` is quoted where it stands in a statement
}

// oneLine is a statement without line breaks, as system.tables shows it.
func oneLine(sql string) string {
	return strings.Join(strings.Fields(sql), " ")
}

// bare is a key without the parentheses around it.
func bare(keys []table.KeyExpr) string {
	parts := make([]string, len(keys))
	for i, k := range keys {
		parts[i] = k.SQL
	}
	return strings.Join(parts, ", ")
}

func primary(d *table.Def) []table.KeyExpr {
	if d.PrimaryKey != nil {
		return d.PrimaryKey
	}
	return d.OrderBy
}

var defaultKinds = map[types.DefaultKind]string{
	types.DefaultNone: "", types.DefaultExpr: "DEFAULT", types.Materialized: "MATERIALIZED",
	types.Alias: "ALIAS", types.Ephemeral: "EPHEMERAL",
}

// DefaultKind is how system.columns and DESCRIBE name a kind of default.
func DefaultKind(k types.DefaultKind) string { return defaultKinds[k] }

func columns() Table {
	return Table{
		Name: "columns",
		Fields: fields("database", "String", "table", "String", "name", "String", "type", "String",
			"position", "UInt64", "default_kind", "String", "default_expression", "String",
			"data_compressed_bytes", "UInt64", "comment", "String", "is_in_partition_key", "UInt8",
			"is_in_sorting_key", "UInt8", "is_in_primary_key", "UInt8", "is_in_sampling_key", "UInt8",
			"compression_codec", "String", "character_octet_length", "Nullable(UInt64)",
			"numeric_precision", "Nullable(UInt64)", "numeric_precision_radix", "Nullable(UInt64)",
			"numeric_scale", "Nullable(UInt64)", "datetime_precision", "Nullable(UInt64)", "symbols", "String"),
		Fill: fillColumns,
	}
}

func fillColumns(s Server, r *Rows) error {
	bytes, err := columnBytes(s)
	if err != nil {
		return err
	}
	for _, d := range s.Catalog().Tables {
		for i := range d.Schema.Columns {
			c := &d.Schema.Columns[i]
			r.Add(d.Database, d.Name, c.Name, c.Type.String(), i+1, DefaultKind(c.Kind), c.Default,
				bytes[columnOf{d.ID, c.ID}], c.Comment, isIn(d.PartitionBy, c), isIn(d.OrderBy, c), isIn(primary(d), c), false, c.Codec,
				int64(c.Type.Width), int64(c.Type.Precision), int64(10), int64(c.Type.Scale), int64(c.Type.Scale), symbols(c))
		}
	}
	for _, t := range Tables() {
		for i, f := range t.Fields {
			r.Add("system", t.Name, f.Name, f.Type.String(), i+1, "", "", int64(0), "", false, false, false, false, "",
				int64(0), int64(0), int64(10), int64(0), int64(0), "")
		}
	}
	return nil
}

type columnOf struct {
	table  uint64
	column uint32
}

func columnBytes(s Server) (map[columnOf]int64, error) {
	segs, err := s.Segments()
	if err != nil {
		return nil, err
	}
	out := map[columnOf]int64{}
	for _, g := range segs {
		for _, c := range g.Columns {
			out[columnOf{g.Table, c.ID}] += c.Bytes
		}
	}
	return out, nil
}

// symbols says how the strings of a column are numbered (R12).
func symbols(c *types.Column) string {
	switch {
	case !c.Type.IsString() || !c.IsStored():
		return ""
	case c.Identity:
		return "identity"
	default:
		return "code"
	}
}

func isIn(keys []table.KeyExpr, c *types.Column) bool {
	for _, k := range keys {
		if k.SQL == types.QuoteColumn(c.Name) {
			return true
		}
	}
	return false
}
