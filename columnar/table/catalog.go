package table

import (
	"encoding/json"
	"fmt"
	"slices"
	"sort"
	"strings"

	"github.com/freshetdb/freshet/columnar/chcode"
)

// DefaultDatabase is there from the first start on.
const DefaultDatabase = "default"

// Database is a namespace of tables.
type Database struct {
	Name    string `json:"name"`
	Engine  string `json:"engine"`
	Comment string `json:"comment,omitempty"`
}

// Catalog is all definitions of the node at one moment. It is immutable:
// [Catalog.Apply] makes the next one.
type Catalog struct {
	Version   uint64     `json:"version"` // changes so far
	NextTable uint64     `json:"next_table"`
	Databases []Database `json:"databases"` // by name
	Tables    []*Def     `json:"tables"`    // by id
}

// NewCatalog is the catalog of a new node.
func NewCatalog() *Catalog {
	return &Catalog{NextTable: 1, Databases: []Database{{Name: DefaultDatabase, Engine: "Atomic"}}}
}

// HasDatabase tells whether there is a database of that name.
func (c *Catalog) HasDatabase(name string) bool {
	return slices.ContainsFunc(c.Databases, func(d Database) bool { return d.Name == name })
}

// Find finds a table by name; nil when there is none.
func (c *Catalog) Find(database, name string) *Def {
	for _, d := range c.Tables {
		if d.Database == database && d.Name == name {
			return d
		}
	}
	return nil
}

// ByID finds a table by id; nil when there is none.
func (c *Catalog) ByID(id uint64) *Def {
	for _, d := range c.Tables {
		if d.ID == id {
			return d
		}
	}
	return nil
}

// Resolve parses the type names of all tables, after decoding from JSON.
func (c *Catalog) Resolve() error {
	for _, d := range c.Tables {
		if err := d.Schema.Resolve(); err != nil {
			return fmt.Errorf("definition of %s: %w", d.FullName(), err)
		}
	}
	return nil
}

// ChangeKind says what a change does.
type ChangeKind string

// The kinds of changes. The names are part of the log's format.
const (
	CreateDatabase ChangeKind = "create_database"
	DropDatabase   ChangeKind = "drop_database"
	CreateTable    ChangeKind = "create_table"
	AlterTable     ChangeKind = "alter_table"
	RenameTables   ChangeKind = "rename_tables"
	RemoveTable    ChangeKind = "drop_table"
	SwapRollup     ChangeKind = "swap_rollup"
)

// Change is one change of the catalog, as it stands in the log of the meta
// group.
type Change struct {
	Kind     ChangeKind `json:"kind"`
	Database *Database  `json:"database,omitempty"`
	// Def is the new definition. CreateTable gives it its id; AlterTable must
	// be made from the schema version that is current, or it is refused.
	Def         *Def     `json:"def,omitempty"`
	FromVersion uint32   `json:"from_version,omitempty"`
	Renames     []Rename `json:"renames,omitempty"`
	Exchange    bool     `json:"exchange,omitempty"` // the names of one pair change places
	OrReplace   bool     `json:"or_replace,omitempty"`
	// Old and New are the ids of two rollups: the new one takes the name of the old
	// one, which is dropped (SwapRollup).
	Old uint64 `json:"old,omitempty"`
	New uint64 `json:"new,omitempty"`
}

// Rename is a table's old and new name.
type Rename struct {
	FromDatabase string `json:"from_database"`
	From         string `json:"from"`
	ToDatabase   string `json:"to_database"`
	To           string `json:"to"`
}

// Encode writes the change for the log.
func (ch *Change) Encode() ([]byte, error) {
	b, err := json.Marshal(ch)
	if err != nil {
		return nil, fmt.Errorf("encode catalog change: %w", err)
	}
	return b, nil
}

// DecodeChange reads what Encode wrote.
func DecodeChange(b []byte) (*Change, error) {
	ch := &Change{}
	if err := json.Unmarshal(b, ch); err != nil {
		return nil, fmt.Errorf("decode catalog change: %w", err)
	}
	if ch.Def != nil {
		if err := ch.Def.Schema.Resolve(); err != nil {
			return nil, fmt.Errorf("decode catalog change: %w", err)
		}
	}
	return ch, nil
}

// Outcome is what a change means for the shards.
type Outcome struct {
	Define []*Def   // definitions that are new or changed
	Drop   []uint64 // ids of tables that are gone
}

// Apply makes the catalog after a change. It is a pure function; an error, for
// users, leaves everything as it was.
func (c *Catalog) Apply(ch *Change) (*Catalog, Outcome, error) {
	next := &Catalog{
		Version: c.Version + 1, NextTable: c.NextTable,
		Databases: slices.Clone(c.Databases), Tables: slices.Clone(c.Tables),
	}
	var out Outcome
	var err error
	switch ch.Kind {
	case CreateDatabase:
		err = next.createDatabase(*ch.Database)
	case DropDatabase:
		err = next.dropDatabase(ch.Database.Name, &out)
	case CreateTable:
		err = next.createTable(ch, &out)
	case AlterTable:
		err = next.alterTable(ch, &out)
	case RenameTables:
		err = next.rename(ch, &out)
	case RemoveTable:
		err = next.dropTable(ch.Def.Database, ch.Def.Name, &out)
	case SwapRollup:
		err = next.swapRollup(ch.Old, ch.New, &out)
	default:
		err = chcode.Errorf(chcode.LogicalError, "Unknown catalog change %q", ch.Kind)
	}
	if err != nil {
		return c, Outcome{}, err
	}
	return next, out, nil
}

func (c *Catalog) createDatabase(d Database) error {
	if c.HasDatabase(d.Name) || IsSystem(d.Name) {
		return chcode.Errorf(chcode.DatabaseAlreadyExists, "Database %s already exists", d.Name)
	}
	c.Databases = append(c.Databases, d)
	sort.Slice(c.Databases, func(i, j int) bool { return c.Databases[i].Name < c.Databases[j].Name })
	return nil
}

// IsSystem tells whether a database belongs to the server.
func IsSystem(database string) bool {
	return database == "system" || strings.EqualFold(database, "information_schema")
}

func (c *Catalog) dropDatabase(name string, out *Outcome) error {
	if !c.HasDatabase(name) {
		return UnknownDatabase(name)
	}
	isIn := func(d *Def) bool { return d.Database == name }
	for _, d := range c.Tables {
		for _, v := range c.Tables {
			if isIn(d) && !isIn(v) && v.DependsOn(d.ID) {
				return HasDependents(d, Dropped, v)
			}
		}
	}
	c.Databases = slices.DeleteFunc(c.Databases, func(d Database) bool { return d.Name == name })
	for _, d := range slices.Backward(slices.SortedFunc(slices.Values(c.Tables), ByDependence)) {
		if isIn(d) {
			out.Drop = append(out.Drop, d.ID)
		}
	}
	c.Tables = slices.DeleteFunc(c.Tables, isIn)
	return nil
}

// UnknownDatabase is the error for a database that is not there.
func UnknownDatabase(name string) error {
	return chcode.Errorf(chcode.UnknownDatabase, "Database %s does not exist", name)
}

// UnknownTable is the error for a table that is not there; a table of nearly
// that name is suggested.
func (c *Catalog) UnknownTable(database, name string) error {
	for _, d := range c.Tables {
		if strings.EqualFold(d.Name, name) {
			return chcode.Errorf(chcode.UnknownTable, "Table %s.%s does not exist. Maybe you meant %s?",
				database, name, d.FullName())
		}
	}
	return chcode.Errorf(chcode.UnknownTable, "Table %s.%s does not exist", database, name)
}

func (c *Catalog) createTable(ch *Change, out *Outcome) error {
	if !c.HasDatabase(ch.Def.Database) {
		return UnknownDatabase(ch.Def.Database)
	}
	if c.Find(ch.Def.Database, ch.Def.Name) != nil {
		if !ch.OrReplace {
			return chcode.Errorf(chcode.TableAlreadyExists, "Table %s already exists", ch.Def.FullName())
		}
		if err := c.dropTable(ch.Def.Database, ch.Def.Name, out); err != nil {
			return err
		}
	}
	def := ch.Def.Clone()
	def.ID = c.NextTable
	if def.Derived != nil {
		if err := c.derive(def, out); err != nil {
			return err
		}
	}
	c.NextTable++
	c.Tables = append(c.Tables, def)
	out.Define = append(out.Define, def)
	return nil
}

func (c *Catalog) alterTable(ch *Change, out *Outcome) error {
	for i, d := range c.Tables {
		if d.ID != ch.Def.ID {
			continue
		}
		if d.Schema.Version != ch.FromVersion {
			return chcode.Errorf(chcode.CannotAssignAlter, "Table %s was changed meanwhile: try again", d.FullName())
		}
		next := ch.Def.Clone()
		if err := c.keepsUsed(d, next); err != nil {
			return err
		}
		if next.Kind == ViewTo { // Its query is new.
			if err := c.derive(next, out); err != nil {
				return err
			}
		}
		c.Tables[i] = next
		out.Define = append(out.Define, next)
		return nil
	}
	return c.UnknownTable(ch.Def.Database, ch.Def.Name)
}

func (c *Catalog) rename(ch *Change, out *Outcome) error {
	renames := ch.Renames
	if ch.Exchange {
		r := renames[0]
		back := Rename{FromDatabase: r.ToDatabase, From: r.To, ToDatabase: r.FromDatabase, To: r.From}
		aside := Rename{FromDatabase: r.FromDatabase, From: r.From, ToDatabase: r.FromDatabase, To: "\x00exchange"}
		renames = []Rename{aside, back, {FromDatabase: r.FromDatabase, From: aside.To, ToDatabase: r.ToDatabase, To: r.To}}
	}
	for _, r := range renames {
		if err := c.renameOne(r); err != nil {
			return err
		}
	}
	for _, r := range ch.Renames {
		out.Define = append(out.Define, c.Find(r.ToDatabase, r.To))
		if ch.Exchange {
			out.Define = append(out.Define, c.Find(r.FromDatabase, r.From))
		}
	}
	return nil
}

func (c *Catalog) renameOne(r Rename) error {
	if !c.HasDatabase(r.ToDatabase) {
		return UnknownDatabase(r.ToDatabase)
	}
	if c.Find(r.ToDatabase, r.To) != nil {
		return chcode.Errorf(chcode.TableAlreadyExists, "Table %s.%s already exists", r.ToDatabase, r.To)
	}
	for i, d := range c.Tables {
		if d.Database == r.FromDatabase && d.Name == r.From {
			if v := c.Dependent(d.ID); v != nil { // Its query, as SHOW CREATE tells it, has the name.
				return HasDependents(d, Renamed, v)
			}
			def := d.Clone()
			def.Database, def.Name = r.ToDatabase, r.To
			c.Tables[i] = def
			return nil
		}
	}
	return c.UnknownTable(r.FromDatabase, r.From)
}

func (c *Catalog) dropTable(database, name string, out *Outcome) error {
	d := c.Find(database, name)
	if d == nil {
		return c.UnknownTable(database, name)
	}
	if v := c.Dependent(d.ID); v != nil {
		return HasDependents(d, Dropped, v)
	}
	c.Tables = slices.DeleteFunc(c.Tables, func(t *Def) bool { return t.ID == d.ID })
	out.Drop = append(out.Drop, d.ID)
	return nil
}
