package ddl

import (
	"fmt"

	"github.com/freshetdb/freshet/columnar/agg"
	"github.com/freshetdb/freshet/columnar/chcode"
	"github.com/freshetdb/freshet/columnar/table"
	"github.com/freshetdb/freshet/columnar/types"
	"github.com/freshetdb/freshet/query/ast"
	"github.com/freshetdb/freshet/query/plan"
)

// Create makes the definition of a new table. query is the fields of AS SELECT,
// nil without one.
func (e *Env) Create(n *ast.CreateTable, query []plan.Field) (*table.Def, error) {
	if n.Temporary {
		return nil, unsupported("CREATE TEMPORARY TABLE")
	}
	if n.Attach || n.FromPath != "" || n.CloneAs || n.AsFunction != nil {
		return nil, unsupported("This form of CREATE TABLE")
	}
	d := &table.Def{UUID: e.UUID, NextColumn: 1, Comment: n.Comment, Created: e.Now.Unix()}
	d.Database, d.Name = e.names(n.Name)
	if table.IsSystem(d.Database) {
		return nil, chcode.Errorf(chcode.AccessDenied, "Tables of database %s belong to the server", d.Database)
	}
	if n.Cluster != nil {
		d.Warnings = append(d.Warnings, "ON CLUSTER "+n.Cluster.Name+": the statement holds for all nodes anyway")
	}
	storage := n.Storage
	if n.AsTable != nil && n.Columns == nil {
		like, err := e.like(d, n.AsTable)
		if err != nil {
			return nil, err
		}
		if storage == nil || storage.Engine == nil {
			return like, nil
		}
	}
	if err := e.engine(d, storage); err != nil {
		return nil, err
	}
	if err := e.columns(d, n.Columns, query); err != nil {
		return nil, err
	}
	if d.Kind == table.Alias {
		return d, nil
	}
	if len(d.Schema.Columns) == 0 {
		return nil, chcode.Errorf(chcode.IncorrectQuery, "Incorrect CREATE query: required list of column descriptions or AS section or SELECT")
	}
	if d.Source != nil {
		if query != nil {
			return nil, unsupported("CREATE TABLE … ENGINE = " + d.Source.Engine + " AS SELECT")
		}
		if e.CheckSource != nil {
			if err := e.CheckSource(d); err != nil {
				return nil, chcode.Errorf(chcode.BadArguments, "%s: %w", d.Source.Engine, err)
			}
		}
	}
	if err := e.keys(d, n, storage); err != nil {
		return nil, err
	}
	if d.Kind == table.States {
		return d, e.merging(d, storage)
	}
	return d, nil
}

// like copies the columns and keys of another table: CREATE TABLE a AS b.
func (e *Env) like(d *table.Def, n *ast.TableName) (*table.Def, error) {
	database, name := e.names(n)
	other := e.Catalog.Find(database, name)
	if other == nil {
		return nil, e.Catalog.UnknownTable(database, name)
	}
	c := other.Clone()
	c.ID, c.UUID, c.Database, c.Name = 0, d.UUID, d.Database, d.Name
	c.Created, c.Schema.Version = d.Created, 0
	c.Warnings = append(c.Warnings, d.Warnings...)
	if d.Comment != "" {
		c.Comment = d.Comment
	}
	d.Schema, d.NextColumn = c.Schema, c.NextColumn
	return c, nil
}

// columns resolves the column list, or takes the fields of AS SELECT.
func (e *Env) columns(d *table.Def, list *ast.ColumnList, query []plan.Field) error {
	if list == nil {
		for _, f := range query {
			d.Schema.Columns = append(d.Schema.Columns, types.Column{
				ID: d.NextColumn, Name: f.Name, Type: f.Type, TypeName: f.Type.String(),
			})
			d.NextColumn++
		}
		return storable(d.Schema.Columns)
	}
	for _, c := range list.Columns {
		if d.Schema.Index(c.Name) >= 0 {
			return chcode.Errorf(chcode.IllegalColumn, "Column %s is declared twice", c.Name)
		}
		col, err := e.newColumn(d, c)
		if err != nil {
			return err
		}
		d.Schema.Columns = append(d.Schema.Columns, col)
		d.NextColumn++
	}
	if err := storable(d.Schema.Columns); err != nil {
		return err
	}
	if err := e.defaults(d); err != nil {
		return err
	}
	return e.elements(d, list)
}

// storable refuses types that no segment can hold, and those whose function gives another one.
func storable(cols []types.Column) error {
	for _, c := range cols {
		t := c.Type
		for t.Kind == types.Array {
			t = t.Elem()
		}
		if t.Kind == types.Tuple || t.Kind == types.Nothing || t.Kind == types.Interval {
			return unsupported(fmt.Sprintf("A column of type %s (%s)", c.Type, c.Name))
		}
		if err := simpleFits(c.Type); err != nil {
			return err
		}
	}
	return nil
}

// simpleFits checks that the function of a SimpleAggregateFunction merges values of its
// type into one of them.
func simpleFits(t types.Type) error {
	if t.Simple == "" {
		return nil
	}
	value := t.NotSimple()
	f, err := agg.New(t.Simple, nil, []types.Type{value})
	if err != nil {
		return err
	}
	result := f.Result()
	value.LowCard, result.LowCard = false, false
	if !result.Equal(value) {
		return chcode.Errorf(chcode.BadArguments, "Incompatible data types between aggregate function '%s' which returns %s and column storage type %s",
			t.Simple, f.Result(), t.NotSimple())
	}
	return nil
}

// keys resolves ORDER BY, PARTITION BY, ROUTE BY and what belongs to them.
func (e *Env) keys(d *table.Def, n *ast.CreateTable, s *ast.Storage) error {
	if s == nil {
		s = &ast.Storage{}
	}
	for _, x := range s.Settings {
		if x.Name == "allow_nullable_key" && !x.IsDefault {
			e.nullableKeys = ast.Format(x.Value) == "1" || ast.Format(x.Value) == "true"
		}
	}
	order, primary := s.OrderBy, s.PrimaryKey
	if n.Columns != nil && primary == nil {
		primary = primaryOfColumns(n.Columns)
	}
	if order == nil {
		order = primary
	}
	var err error
	if d.OrderBy, err = e.key(d, order, "ORDER BY"); err != nil {
		return err
	}
	if s.PrimaryKey != nil && s.OrderBy != nil {
		if d.PrimaryKey, err = e.key(d, primary, "PRIMARY KEY"); err != nil {
			return err
		}
		if err := prefix(d.PrimaryKey, d.OrderBy); err != nil {
			return err
		}
	}
	if d.PartitionBy, err = e.key(d, s.PartitionBy, "PARTITION BY"); err != nil {
		return err
	}
	if err := e.route(d, s.RouteBy); err != nil {
		return err
	}
	if s.SampleBy != nil {
		d.SampleBy = ast.Format(s.SampleBy)
		d.Warnings = append(d.Warnings, "SAMPLE BY: kept; SELECT … SAMPLE is refused")
	}
	if err := e.ttl(d, s.TTL); err != nil {
		return err
	}
	return e.settings(d, s.Settings)
}

func primaryOfColumns(list *ast.ColumnList) ast.Expr {
	if list.PrimaryKey != nil {
		return list.PrimaryKey
	}
	var items []ast.Expr
	for _, c := range list.Columns {
		if c.PrimaryKey {
			items = append(items, &ast.Ident{Parts: []string{c.Name}})
		}
	}
	if items == nil {
		return nil
	}
	return &ast.Tuple{Items: items}
}

func prefix(primary, order []table.KeyExpr) error {
	for i, k := range primary {
		if i >= len(order) || order[i].SQL != k.SQL {
			return chcode.Errorf(chcode.BadArguments,
				"Primary key must be a prefix of the sorting key, but its column in position %d is %s", i, k.SQL)
		}
	}
	return nil
}
