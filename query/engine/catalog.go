package engine

import (
	"fmt"
	"math"
	"os"
	"strings"
	"time"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/chcode"
	"github.com/freshetdb/freshet/columnar/table"
	"github.com/freshetdb/freshet/columnar/types"
	"github.com/freshetdb/freshet/query/bind"
	"github.com/freshetdb/freshet/query/plan"
)

// storedTable is a table of the catalogue as a plan sees it.
type storedTable struct{ def *table.Def }

// Database implements plan.Table.
func (t storedTable) Database() string { return t.def.Database }

// Name implements plan.Table.
func (t storedTable) Name() string { return t.def.Name }

// Columns implements plan.Table.
func (t storedTable) Columns() []types.Column { return t.def.Schema.Columns }

// Definition is the table's definition, for DDL.
func (t storedTable) Definition() *table.Def { return t.def }

// Identity implements plan.Identified. Changes of columns make a new schema version.
func (t storedTable) Identity() string {
	return fmt.Sprintf("%s %d %d", t.def.UUID, t.def.ID, t.def.Schema.Version)
}

// Merging tells the binder how rows with equal keys are one.
func (t storedTable) Merging() (table.Merging, bool) { return t.def.Merging() }

// names resolves names for the binder, as of one catalogue.
type names struct {
	q   *query
	cat *table.Catalog
}

// find resolves a table and follows aliases.
func (q *query) find(cat *table.Catalog, database, name string) (*table.Def, error) {
	if database == "" {
		database = q.database
	}
	for range maxAliases {
		d := cat.Find(database, name)
		if d == nil {
			if !cat.HasDatabase(database) {
				return nil, table.UnknownDatabase(database)
			}
			return nil, cat.UnknownTable(database, name)
		}
		if d.Kind == table.ViewTo {
			return cat.ByID(d.Derived.Target), nil
		}
		if d.Kind != table.Alias {
			return d, nil
		}
		database, name = d.Source.Args[1], d.Source.Args[2]
	}
	return nil, chcode.Errorf(chcode.TooDeepRecursion, "Table %s.%s is an alias of itself", database, name)
}

// maxAliases bounds chains of Distributed tables.
const maxAliases = 8

// Table implements bind.Catalog.
func (n names) Table(database, name string) (bind.Relation, error) {
	if table.IsSystem(database) {
		return n.systemTable(database, name)
	}
	d, err := n.q.find(n.cat, database, name)
	if err != nil {
		return bind.Relation{}, err
	}
	return bind.Relation{Stored: storedTable{d}}, nil
}

func (n names) systemTable(database, name string) (bind.Relation, error) {
	t, ok := n.q.engine.system[name]
	if !ok || database != "system" {
		return bind.Relation{}, chcode.Errorf(chcode.UnknownTable, "Table %s.%s does not exist", database, name)
	}
	if name == "numbers" {
		return bind.Relation{Generated: numbers("system.numbers", 0, math.MaxUint64, 1)}, nil
	}
	g := &plan.Generate{Label: "system." + name, Out: t.Fields, Source: t.Source(server(n))}
	return bind.Relation{Generated: g}, nil
}

// Constant implements bind.Catalog.
func (n names) Constant(name string, args []*batch.Vector) (*batch.Vector, bool, error) {
	if len(args) > 0 {
		return nil, false, nil
	}
	switch strings.ToLower(name) {
	case "version":
		return textValue(CompatibleVersion), true, nil
	case "displayname", "hostname", "fqdn":
		host, err := os.Hostname()
		if err != nil {
			host = "localhost"
		}
		return textValue(host), true, nil
	case "timezone", "servertimezone":
		return textValue(n.q.engine.cfg.Zone.Name()), true, nil
	case "currentdatabase", "database", "schema":
		return textValue(n.q.database), true, nil
	case "currentuser", "user":
		return textValue(n.q.req.Session.User()), true, nil
	case "queryid", "initialqueryid":
		return textValue(n.q.proc.id), true, nil
	case "revision":
		return batch.NewFixed(types.Of(types.UInt32), []uint32{revision}, nil), true, nil
	case "uptime":
		up := uint32(time.Since(n.q.engine.started).Seconds())
		return batch.NewFixed(types.Of(types.UInt32), []uint32{up}, nil), true, nil
	default:
		return nil, false, nil
	}
}

// CompatibleVersion is what version() answers: the ClickHouse whose dialect is
// spoken, since clients choose features by it.
const CompatibleVersion = "26.7.1.1"

// revision is the native protocol's revision that clients may expect.
const revision = 54460

func textValue(s string) *batch.Vector {
	var v batch.Strings
	v.AppendString(s)
	return batch.NewStrings(types.Of(types.String), v, nil)
}
