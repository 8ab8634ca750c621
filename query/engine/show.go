package engine

import (
	"context"
	"slices"
	"strings"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/chcode"
	"github.com/freshetdb/freshet/columnar/table"
	"github.com/freshetdb/freshet/columnar/types"
	"github.com/freshetdb/freshet/query/ast"
	"github.com/freshetdb/freshet/query/parse"
	"github.com/freshetdb/freshet/query/plan"
	"github.com/freshetdb/freshet/query/system"
)

func (q *query) show(ctx context.Context) error {
	switch s := q.stmt.(type) {
	case *ast.Show:
		return q.showList(ctx, s)
	case *ast.ShowCreate:
		return q.showCreate(s)
	case *ast.Describe:
		return q.describe(ctx, s)
	case *ast.Existence:
		return q.exists(s)
	default:
		return chcode.Errorf(chcode.LogicalError, "not a SHOW statement")
	}
}

// showList answers SHOW by the SELECT over system tables that means the same.
func (q *query) showList(ctx context.Context, s *ast.Show) error {
	database := s.Database
	if database == "" {
		database = q.database
	}
	name, sql := "name", ""
	switch s.What {
	case "DATABASES":
		sql = "SELECT name FROM system.databases"
	case "TABLES":
		if err := q.hasDatabase(database); err != nil {
			return err
		}
		sql = "SELECT name FROM (SELECT name FROM system.tables WHERE database = " + types.Quote(database) + ")"
	case "COLUMNS":
		return q.showColumns(ctx, s)
	case "FUNCTIONS":
		sql = "SELECT * FROM system.functions"
	case "SETTINGS":
		sql = "SELECT name, type, value FROM system.settings"
		if s.Changed {
			sql = "SELECT name, type, value FROM (SELECT * FROM system.settings WHERE changed)"
		}
	case "SETTING":
		return q.run1(ctx, s.Output, "SELECT value FROM system.settings WHERE name = "+types.Quote(s.Name))
	case "PROCESSLIST":
		sql = "SELECT * FROM system.processes"
		name = "query"
	case "ENGINES":
		sql = "SELECT name FROM system.table_engines"
	case "DICTIONARIES", "CLUSTERS", "MERGES":
		sql = "SELECT name FROM system.dictionaries"
	default:
		return chcode.Errorf(chcode.NotImplemented, "SHOW %s is not supported", s.What)
	}
	return q.run1(ctx, s.Output, sql+showTail(s, name))
}

// showTail is the conditions of a SHOW as SQL.
func showTail(s *ast.Show, name string) string {
	var b strings.Builder
	if l := s.Like; l != nil {
		b.WriteString(" WHERE " + name)
		if l.Not {
			b.WriteString(" NOT")
		}
		if l.CaseInsensitive {
			b.WriteString(" ILIKE ")
		} else {
			b.WriteString(" LIKE ")
		}
		b.WriteString(types.Quote(l.Pattern))
	}
	if s.Where != nil {
		b.WriteString(" WHERE " + ast.Format(s.Where))
	}
	b.WriteString(" ORDER BY " + name)
	if s.Limit != nil {
		b.WriteString(" LIMIT " + ast.Format(s.Limit))
	}
	return b.String()
}

// run1 answers with the result of another SELECT.
func (q *query) run1(ctx context.Context, clause *ast.Output, sql string) error {
	stmt, _, err := parse.Statement(sql, parse.DefaultLimits())
	if err != nil {
		return err
	}
	sel, ok := stmt.(*ast.SelectStatement)
	if !ok {
		return chcode.Errorf(chcode.LogicalError, "%s is not a SELECT", sql)
	}
	sel.SetOutput(clause)
	return q.selectStatement(ctx, sel)
}

func (q *query) showColumns(ctx context.Context, s *ast.Show) error {
	database := s.Table.Database
	if database == "" {
		database = s.Database
	}
	if database == "" {
		database = q.database
	}
	sql := "SELECT name AS field, type, startsWith(type, 'Nullable') AS null, is_in_primary_key AS key, default_expression AS `default`, '' AS extra" +
		" FROM system.columns WHERE database = " + types.Quote(database) + " AND table = " + types.Quote(s.Table.Table) + " ORDER BY field"
	return q.run1(ctx, s.Output, sql)
}

func (q *query) showCreate(s *ast.ShowCreate) error {
	if s.Table == nil || s.Kind == ast.ObjectDictionary {
		return chcode.Errorf(chcode.NotImplemented, "SHOW CREATE %s is not supported", s.Kind)
	}
	if s.Kind == ast.ObjectDatabase {
		if err := q.hasDatabase(s.Table.Table); err != nil {
			return err
		}
		sql := "CREATE DATABASE " + types.QuoteName(s.Table.Table) + "\nENGINE = Atomic"
		all := q.engine.backend.Catalog().Databases
		i := slices.IndexFunc(all, func(d table.Database) bool { return d.Name == s.Table.Table })
		if i >= 0 && all[i].Comment != "" {
			sql += "\nCOMMENT " + types.Quote(all[i].Comment)
		}
		return q.lines(s.Output, "statement", []string{sql})
	}
	cat := q.engine.backend.Catalog()
	database := s.Table.Database
	if database == "" {
		database = q.database
	}
	d := cat.Find(database, s.Table.Table)
	if d == nil {
		return cat.UnknownTable(database, s.Table.Table)
	}
	return q.lines(s.Output, "statement", []string{d.CreateSQL()})
}

// describe lists the columns of a table or of a query's result.
func (q *query) describe(ctx context.Context, s *ast.Describe) error {
	cols, err := q.describedColumns(ctx, s.Table)
	if err != nil {
		return err
	}
	names := []string{"name", "type", "default_type", "default_expression", "comment", "codec_expression", "ttl_expression"}
	lists := make([][]string, len(names))
	for i := range cols {
		c := &cols[i]
		row := []string{c.Name, c.Type.String(), system.DefaultKind(c.Kind), c.Default, c.Comment, codecList(c.Codec), c.TTL}
		for k, v := range row {
			lists[k] = append(lists[k], v)
		}
	}
	b := &batch.Batch{Names: names, Rows: len(cols)}
	for _, l := range lists {
		b.Cols = append(b.Cols, texts(l))
	}
	return q.answer(s.Output, b)
}

// codecList is what stands inside CODEC(…).
func codecList(codec string) string {
	return strings.TrimSuffix(strings.TrimPrefix(codec, "CODEC("), ")")
}

func (q *query) describedColumns(ctx context.Context, t *ast.TableElement) ([]types.Column, error) {
	cat := q.engine.backend.Catalog()
	if n, ok := t.Source.(*ast.TableName); ok && !table.IsSystem(n.Database) {
		d, err := q.find(cat, n.Database, n.Table)
		if err != nil {
			return nil, err
		}
		return d.Schema.Columns, nil
	}
	star := &ast.Select{List: []ast.Expr{&ast.Star{}}, From: t}
	n, err := q.binder(ctx, cat).Query(star)
	if err != nil {
		return nil, err
	}
	return columnsOf(n), nil
}

func columnsOf(n plan.Node) []types.Column {
	var out []types.Column
	for _, f := range n.Fields() {
		out = append(out, types.Column{Name: f.Name, Type: f.Type})
	}
	return out
}

func (q *query) exists(s *ast.Existence) error {
	cat := q.engine.backend.Catalog()
	database := s.Name.Database
	if database == "" {
		database = q.database
	}
	found := false
	switch s.Kind {
	case ast.ObjectDatabase:
		found = q.hasDatabase(s.Name.Table) == nil
	case ast.ObjectTable:
		_, isSystem := q.engine.system[s.Name.Table]
		found = cat.Find(database, s.Name.Table) != nil || (database == "system" && isSystem)
	default:
	}
	n := uint8(0)
	if found {
		n = 1
	}
	return q.answer(s.Output, batch.New([]string{"result"},
		[]*batch.Vector{batch.NewFixed(types.Of(types.UInt8), []uint8{n}, nil)}, 1))
}

// kill ends the queries that a condition over system.processes names.
func (q *query) kill(ctx context.Context, s *ast.Kill) error {
	if s.What != "QUERY" {
		return chcode.Errorf(chcode.NotImplemented, "KILL %s is not supported", s.What)
	}
	sql := "SELECT query_id, user, query FROM system.processes WHERE (" + ast.Format(s.Where) + ") AND query_id != " + types.Quote(q.proc.id)
	stmt, _, err := parse.Statement(sql, parse.DefaultLimits())
	if err != nil {
		return err
	}
	sel, ok := stmt.(*ast.SelectStatement)
	if !ok {
		return chcode.Errorf(chcode.LogicalError, "%s is not a SELECT", sql)
	}
	n, err := q.plan(ctx, sel.Query)
	if err != nil {
		return err
	}
	found, err := subqueries{q}.Run(ctx, n, 0)
	if err != nil {
		return err
	}
	status := make([]string, found.Rows)
	for i := range status {
		status[i] = "waiting"
		if s.Mode != "TEST" && !q.engine.procs.kill(string(found.Cols[0].Bytes(i))) {
			status[i] = "finished"
		}
	}
	cols := append([]*batch.Vector{texts(status)}, found.Cols...)
	return q.answer(s.Output, batch.New([]string{"kill_status", "query_id", "user", "query"}, cols, found.Rows))
}
