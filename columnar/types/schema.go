package types

import "slices"

// DefaultKind says where a column's value comes from when a row has none.
type DefaultKind uint8

// The kinds of defaults, as in ClickHouse.
const (
	DefaultNone  DefaultKind = iota // the type's default value
	DefaultExpr                     // DEFAULT expr: computed when left out
	Materialized                    // MATERIALIZED expr: always computed, not part of SELECT *
	Alias                           // ALIAS expr: computed when read, never stored
	Ephemeral                       // EPHEMERAL [expr]: only an input of other defaults
)

// Column is one column of a table. Its ID never changes and is never reused,
// so that segments of older schemas stay readable (R6).
type Column struct {
	ID       uint32      `json:"id"`
	Name     string      `json:"name"`
	TypeName string      `json:"type"` // canonical text of Type
	Type     Type        `json:"-"`
	Kind     DefaultKind `json:"kind,omitempty"`
	Default  string      `json:"default,omitempty"` // SQL text of the default expression
	Codec    string      `json:"codec,omitempty"`   // kept and shown, without effect
	TTL      string      `json:"ttl,omitempty"`
	Comment  string      `json:"comment,omitempty"`
	Identity bool        `json:"identity,omitempty"` // R12: symbols of this column are never demoted
}

// IsStored tells whether segments hold the column.
func (c *Column) IsStored() bool { return c.Kind != Alias && c.Kind != Ephemeral }

// Schema is the columns of a table at one version. It is immutable.
type Schema struct {
	Version uint32   `json:"version"`
	Columns []Column `json:"columns"`
}

// Index finds a column by name; -1 when there is none.
func (s *Schema) Index(name string) int {
	return slices.IndexFunc(s.Columns, func(c Column) bool { return c.Name == name })
}

// ByID finds a column by its id; nil when there is none.
func (s *Schema) ByID(id uint32) *Column {
	for i := range s.Columns {
		if s.Columns[i].ID == id {
			return &s.Columns[i]
		}
	}
	return nil
}

// Resolve parses the type names of all columns, after decoding from JSON.
func (s *Schema) Resolve() error {
	for i := range s.Columns {
		t, err := Parse(s.Columns[i].TypeName)
		if err != nil {
			return err
		}
		s.Columns[i].Type = t
	}
	return nil
}
