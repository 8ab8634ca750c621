// Package ddl turns CREATE and ALTER statements into changes of the catalogue:
// pure functions from a syntax tree and the definitions there are to new
// definitions. What has no effect here is kept and named in the definition's
// warnings; what would change answers and is not supported is refused by name.
package ddl

import (
	"time"

	"github.com/freshetdb/freshet/columnar/chcode"
	"github.com/freshetdb/freshet/columnar/table"
	"github.com/freshetdb/freshet/columnar/types"
	"github.com/freshetdb/freshet/query/ast"
	"github.com/freshetdb/freshet/query/bind"
	"github.com/freshetdb/freshet/query/plan"
)

// Env is what a definition is made in.
type Env struct {
	Binder   *bind.Binder
	Catalog  *table.Catalog
	Database string // of names without one
	Now      time.Time
	UUID     string // for a new table
	// OfQueries tells settings of queries, which may stand beside those of a table; nil: there are none.
	OfQueries func(name string) bool
	// CheckSource says why what a table is to follow can't be followed; nil: it is not asked.
	CheckSource func(d *table.Def) error

	nullableKeys bool // allow_nullable_key of the statement
}

// unsupported refuses a part of a statement by name.
func unsupported(what string) error {
	return chcode.Errorf(chcode.NotImplemented, "%s is not supported", what)
}

// names resolves a table's name.
func (e *Env) names(n *ast.TableName) (database, name string) {
	if n.Database == "" {
		return e.Database, n.Table
	}
	return n.Database, n.Table
}

// fields are the columns of a schema for binding expressions that are kept:
// positions are column ids, so that later changes of the schema leave the
// expressions alone.
func fields(cols []types.Column) []plan.Field {
	out := make([]plan.Field, len(cols))
	for i, c := range cols {
		out[i] = plan.Field{Name: c.Name, Type: c.Type}
	}
	return out
}
