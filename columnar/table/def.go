package table

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/freshetdb/freshet/columnar/types"
)

// Kind says how a table keeps its rows.
type Kind string

// The kinds of tables.
const (
	Events Kind = "events" // rows are appended: ENGINE = MergeTree and its replicated form
	Null   Kind = "null"   // rows are taken and forgotten: ENGINE = Null
	Alias  Kind = "alias"  // another name of a table: ENGINE = Distributed
)

// KeyExpr is one expression of a key. Expr is the expression's stable encoding
// over column ids, so that renames and new columns leave it alone.
type KeyExpr struct {
	SQL  string `json:"sql"`
	Expr []byte `json:"expr"`
}

// Setting is one name = value of a SETTINGS clause, kept as written.
type Setting struct {
	Name  string `json:"name"`
	Value string `json:"value"` // as SQL literal
}

// Source is where a table reads its rows from by itself.
type Source struct {
	Engine string   `json:"engine"` // LogFile
	Args   []string `json:"args"`   // literals, unquoted
}

// Def is the definition of a table at one schema version. It is immutable:
// a change makes a new one.
type Def struct {
	ID       uint64       `json:"id"`
	UUID     string       `json:"uuid"`
	Database string       `json:"database"`
	Name     string       `json:"name"`
	Kind     Kind         `json:"kind"`
	Engine   string       `json:"engine"` // as the user wrote it, with arguments
	Source   *Source      `json:"source,omitempty"`
	Schema   types.Schema `json:"schema"`
	// NextColumn is the id of the next new column; ids are never reused (R6).
	NextColumn  uint32    `json:"next_column"`
	OrderBy     []KeyExpr `json:"order_by"`
	PrimaryKey  []KeyExpr `json:"primary_key,omitempty"` // nil: all of OrderBy
	PartitionBy []KeyExpr `json:"partition_by,omitempty"`
	RouteBy     []KeyExpr `json:"route_by,omitempty"`
	SampleBy    string    `json:"sample_by,omitempty"`
	TTL         []string  `json:"ttl,omitempty"`
	TTLSeconds  int64     `json:"ttl_seconds,omitempty"` // of the table's TTL: column + interval
	TTLColumn   uint32    `json:"ttl_column,omitempty"`
	Settings    []Setting `json:"settings,omitempty"`
	Kept        []string  `json:"kept,omitempty"` // clauses that are kept without effect: INDEX, PROJECTION, CONSTRAINT
	Comment     string    `json:"comment,omitempty"`
	// Derived is set for a Rollup and a ViewTo.
	Derived *Derived `json:"derived,omitempty"`
	// MergeBy are the ids of the key columns of a States table, Summing those of
	// the columns that SummingMergeTree sums.
	MergeBy []uint32 `json:"merge_by,omitempty"`
	Summing []uint32 `json:"summing,omitempty"`
	// Warnings say which parts of the statement have no effect here.
	Warnings []string `json:"warnings,omitempty"`
	Created  int64    `json:"created"` // Unix seconds, computed by the proposer (R2)
}

// FullName is database.name, quoted where need be.
func (d *Def) FullName() string {
	return types.QuoteName(d.Database) + "." + types.QuoteName(d.Name)
}

// Encode writes the definition as it stands in the log and the manifest.
func (d *Def) Encode() ([]byte, error) {
	b, err := json.Marshal(d)
	if err != nil {
		return nil, fmt.Errorf("encode definition of %s: %w", d.FullName(), err)
	}
	return b, nil
}

// DecodeDef reads a definition that Encode wrote.
func DecodeDef(b []byte) (*Def, error) {
	d := &Def{}
	if err := json.Unmarshal(b, d); err != nil {
		return nil, fmt.Errorf("decode table definition: %w", err)
	}
	if err := d.Schema.Resolve(); err != nil {
		return nil, fmt.Errorf("decode definition of %s: %w", d.FullName(), err)
	}
	return d, nil
}

// Clone is a copy whose schema may be changed.
func (d *Def) Clone() *Def {
	c := *d
	c.Schema.Columns = slices.Clone(d.Schema.Columns)
	c.Settings = slices.Clone(d.Settings)
	c.Warnings = slices.Clone(d.Warnings)
	return &c
}

// KeyList prints the expressions of a key: (a, b).
func KeyList(keys []KeyExpr) string {
	parts := make([]string, len(keys))
	for i, k := range keys {
		parts[i] = k.SQL
	}
	if len(parts) == 1 {
		return parts[0]
	}
	return "(" + strings.Join(parts, ", ") + ")"
}

// CreateSQL prints the statement that makes the table, as SHOW CREATE TABLE
// does.
func (d *Def) CreateSQL() string {
	var b strings.Builder
	if d.Kind == ViewTo {
		b.WriteString("CREATE MATERIALIZED VIEW " + d.FullName() + " TO " + d.Derived.TargetName + "\nAS " + d.Derived.Query)
		return b.String()
	}
	if d.Kind == Rollup {
		b.WriteString("CREATE MATERIALIZED VIEW " + d.FullName() + "\nENGINE = " + d.Engine)
		d.clauses(&b)
		b.WriteString("\nAS " + d.Derived.Query)
		return b.String()
	}
	b.WriteString("CREATE TABLE " + d.FullName() + "\n(\n")
	for i := range d.Schema.Columns {
		b.WriteString("    " + columnSQL(&d.Schema.Columns[i]))
		if i < len(d.Schema.Columns)-1 || len(d.Kept) > 0 {
			b.WriteByte(',')
		}
		b.WriteByte('\n')
	}
	for i, k := range d.Kept {
		b.WriteString("    " + k)
		if i < len(d.Kept)-1 {
			b.WriteByte(',')
		}
		b.WriteByte('\n')
	}
	b.WriteString(")\nENGINE = " + d.Engine)
	d.clauses(&b)
	return b.String()
}

// clauses prints what stands behind the engine.
func (d *Def) clauses(b *strings.Builder) {
	clause := func(name string, keys []KeyExpr) {
		if len(keys) > 0 {
			b.WriteString("\n" + name + " " + KeyList(keys))
		}
	}
	clause("PARTITION BY", d.PartitionBy)
	clause("PRIMARY KEY", d.PrimaryKey)
	if d.Kind != Null && d.Kind != Alias && d.Source == nil {
		if len(d.OrderBy) == 0 {
			b.WriteString("\nORDER BY tuple()")
		}
		clause("ORDER BY", d.OrderBy)
		clause("ROUTE BY", d.RouteBy)
	}
	if d.SampleBy != "" {
		b.WriteString("\nSAMPLE BY " + d.SampleBy)
	}
	if len(d.TTL) > 0 {
		b.WriteString("\nTTL " + strings.Join(d.TTL, ", "))
	}
	for i, s := range d.Settings {
		sep := ", "
		if i == 0 {
			sep = "\nSETTINGS "
		}
		b.WriteString(sep + s.Name + " = " + s.Value)
	}
	if d.Comment != "" {
		b.WriteString("\nCOMMENT " + types.Quote(d.Comment))
	}
}

func columnSQL(c *types.Column) string {
	s := types.QuoteColumn(c.Name) + " " + c.Type.String()
	switch c.Kind {
	case types.DefaultExpr:
		s += " DEFAULT " + c.Default
	case types.Materialized:
		s += " MATERIALIZED " + c.Default
	case types.Alias:
		s += " ALIAS " + c.Default
	case types.Ephemeral:
		s += strings.TrimRight(" EPHEMERAL "+c.Default, " ")
	case types.DefaultNone:
	}
	if c.Comment != "" {
		s += " COMMENT " + types.Quote(c.Comment)
	}
	if c.Codec != "" {
		s += " " + c.Codec
	}
	if c.TTL != "" {
		s += " TTL " + c.TTL
	}
	return s
}
