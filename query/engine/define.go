package engine

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/freshetdb/freshet/columnar/chcode"
	"github.com/freshetdb/freshet/columnar/table"
	"github.com/freshetdb/freshet/columnar/types"
	"github.com/freshetdb/freshet/query/ast"
	"github.com/freshetdb/freshet/query/plan"
)

func (q *query) hasDatabase(name string) error {
	if q.engine.backend.Catalog().HasDatabase(name) || name == "system" {
		return nil
	}
	return table.UnknownDatabase(name)
}

// change changes the catalogue; ok forgives an error of this code.
func (q *query) change(ctx context.Context, ch *table.Change, ok chcode.Code) error {
	err := q.engine.backend.Change(ctx, ch)
	if err != nil && ok != 0 && chcode.Of(err) == ok {
		return nil
	}
	return err
}

func (q *query) warn(warnings []string) {
	q.summary.Warnings = append(q.summary.Warnings, warnings...)
}

func (q *query) warnCluster(c *ast.Cluster) {
	if c != nil {
		q.warn([]string{"ON CLUSTER " + c.Name + ": the statement holds for all nodes anyway"})
	}
}

func (q *query) createDatabase(ctx context.Context, s *ast.CreateDatabase) error {
	engine := "Atomic"
	if s.Engine != nil {
		engine = s.Engine.Name
		switch engine {
		case "Atomic", "Ordinary", "Replicated", "Shared", "Memory", "Lazy":
			if engine != "Atomic" {
				q.warn([]string{"ENGINE = " + engine + ": databases are all alike here"})
			}
		default:
			return chcode.Errorf(chcode.NotImplemented, "CREATE DATABASE … ENGINE = %s is not supported", engine)
		}
	}
	q.warnCluster(s.Cluster)
	var forgive chcode.Code
	if s.IfNotExists {
		forgive = chcode.DatabaseAlreadyExists
	}
	return q.change(ctx, &table.Change{
		Kind: table.CreateDatabase, Database: &table.Database{Name: s.Name.Table, Engine: engine, Comment: s.Comment},
	}, forgive)
}

func (q *query) createTable(ctx context.Context, s *ast.CreateTable) error {
	var rows plan.Node
	var fields []plan.Field
	if s.Query != nil {
		n, err := q.plan(ctx, s.Query)
		if err != nil {
			return err
		}
		rows, fields = n, n.Fields()
	}
	env := q.ddl(ctx)
	d, err := env.Create(s, fields)
	if err != nil {
		return err
	}
	if s.IfNotExists && env.Catalog.Find(d.Database, d.Name) != nil {
		return nil
	}
	replace := s.OrReplace || s.Replace
	err = q.change(ctx, &table.Change{Kind: table.CreateTable, Def: d, OrReplace: replace}, 0)
	if err != nil {
		if s.IfNotExists && chcode.Of(err) == chcode.TableAlreadyExists {
			return nil
		}
		return err
	}
	q.warn(d.Warnings)
	if rows == nil || s.Empty {
		return nil
	}
	return q.fillNew(ctx, d, rows)
}

// fillNew stores the rows of AS SELECT in the table just made.
func (q *query) fillNew(ctx context.Context, d *table.Def, rows plan.Node) error {
	made, err := q.find(q.engine.backend.Catalog(), d.Database, d.Name)
	if err != nil {
		return err
	}
	return q.insertRows(ctx, made, nil, rows)
}

func (q *query) alter(ctx context.Context, s *ast.Alter) error {
	if s.Kind != ast.ObjectTable || s.Temporary {
		return chcode.Errorf(chcode.NotImplemented, "ALTER %s is not supported", s.Kind)
	}
	q.warnCluster(s.Cluster)
	env := q.ddl(ctx)
	if v := q.viewTo(env.Catalog, s.Table); v != nil {
		return q.alterView(ctx, v, s)
	}
	d, err := q.find(env.Catalog, s.Table.Database, s.Table.Table)
	if err != nil {
		return err
	}
	if m, ok := s.Commands[0].(*ast.ModifyQuery); ok && len(s.Commands) == 1 && d.Kind == table.Rollup {
		return q.modifyQuery(ctx, d, m)
	}
	if err := alterable(d, s); err != nil {
		return err
	}
	before := len(d.Warnings)
	next, err := env.Alter(d, s.Commands)
	if err != nil {
		return err
	}
	var ops []PartitionOp
	for _, c := range s.Commands {
		if p, ok := c.(*ast.PartitionCommand); ok {
			op, err := q.partitionOp(ctx, d, p)
			if err != nil {
				return err
			}
			ops = append(ops, op)
		}
	}
	if next != nil {
		ch := &table.Change{Kind: table.AlterTable, Def: next, FromVersion: d.Schema.Version}
		if err := q.change(ctx, ch, 0); err != nil {
			return err
		}
		q.warn(next.Warnings[min(before, len(next.Warnings)):]) // fewer, where what they are about was dropped
	}
	for _, op := range ops {
		if err := q.engine.backend.Partition(ctx, op); err != nil {
			return err
		}
	}
	return nil
}

var partitionVerbs = map[ast.PartitionAction]PartitionVerb{
	ast.PartitionDrop: DropPartition, ast.PartitionDetach: DetachPartition, ast.PartitionAttach: AttachPartition,
}

func (q *query) partitionOp(ctx context.Context, d *table.Def, p *ast.PartitionCommand) (PartitionOp, error) {
	verb, ok := partitionVerbs[p.Action]
	if !ok || p.Partition == nil || p.Partition.IsPart || p.From != nil || p.To != nil {
		return PartitionOp{}, chcode.Errorf(chcode.NotImplemented, "ALTER TABLE … %s is not supported", ast.Format(p))
	}
	if p.Partition.All {
		if verb != DropPartition {
			return PartitionOp{}, chcode.Errorf(chcode.NotImplemented, "%s PARTITION ALL is not supported", p.Action)
		}
		return PartitionOp{Verb: TruncateTable, Table: d.ID}, nil
	}
	text, err := q.partitionText(ctx, d, p.Partition)
	return PartitionOp{Verb: verb, Table: d.ID, Partition: text}, err
}

// partitionText is a partition as system.parts prints it: the value of the key
// converted to the key's type.
func (q *query) partitionText(ctx context.Context, d *table.Def, p *ast.Partition) (string, error) {
	if p.IsID {
		lit, ok := p.Expr.(*ast.Literal)
		if !ok {
			return "", chcode.Errorf(chcode.InvalidPartitionValue, "PARTITION ID takes a string")
		}
		return lit.Str, nil
	}
	items := []ast.Expr{p.Expr}
	if t, ok := p.Expr.(*ast.Tuple); ok {
		items = t.Items
	}
	if len(items) != max(len(d.PartitionBy), 1) && len(d.PartitionBy) > 0 {
		return "", chcode.Errorf(chcode.InvalidPartitionValue,
			"Wrong number of fields in the partition expression: %d, must be: %d", len(items), len(d.PartitionBy))
	}
	b := q.binder(ctx, q.engine.backend.Catalog())
	parts := make([]string, 0, len(items))
	for i, it := range items {
		if len(d.PartitionBy) == 0 {
			return table.PartitionAll, nil
		}
		v, err := b.Constant(it)
		if err != nil {
			return "", err
		}
		text, err := table.PartitionValue(d, i, v)
		if err != nil {
			code := chcode.InvalidPartitionValue
			if v.Type.IsString() {
				code = chcode.TypeMismatch
			}
			return "", chcode.Errorf(code, "Partition %s: %w", ast.Format(it), err)
		}
		parts = append(parts, text)
	}
	if len(parts) == 1 {
		return parts[0], nil
	}
	return "(" + strings.Join(parts, ",") + ")", nil
}

func (q *query) drop(ctx context.Context, s *ast.Drop) error {
	q.warnCluster(s.Cluster)
	if s.Verb == ast.VerbDetach {
		return chcode.Errorf(chcode.NotImplemented, "DETACH of whole tables is not supported")
	}
	if s.Kind == ast.ObjectDatabase {
		return q.dropDatabase(ctx, s)
	}
	if (s.Kind != ast.ObjectTable && s.Kind != ast.ObjectView) || s.AllTables || s.Temporary {
		return chcode.Errorf(chcode.NotImplemented, "%s is not supported", clip(ast.Format(s)))
	}
	for _, n := range s.Names {
		if err := q.dropTable(ctx, s, n); err != nil {
			return err
		}
	}
	return nil
}

func (q *query) dropDatabase(ctx context.Context, s *ast.Drop) error {
	if s.Verb != ast.VerbDrop {
		return chcode.Errorf(chcode.NotImplemented, "TRUNCATE DATABASE is not supported")
	}
	var forgive chcode.Code
	if s.IfExists {
		forgive = chcode.UnknownDatabase
	}
	for _, n := range s.Names {
		ch := &table.Change{Kind: table.DropDatabase, Database: &table.Database{Name: n.Table}}
		if err := q.change(ctx, ch, forgive); err != nil {
			return err
		}
	}
	return nil
}

func (q *query) dropTable(ctx context.Context, s *ast.Drop, n *ast.TableName) error {
	database := n.Database
	if database == "" {
		database = q.database
	}
	if table.IsSystem(database) {
		return chcode.Errorf(chcode.AccessDenied, "Tables of database %s belong to the server", database)
	}
	cat := q.engine.backend.Catalog()
	d := cat.Find(database, n.Table)
	if d == nil {
		if s.IfExists {
			return nil
		}
		if !cat.HasDatabase(database) {
			return table.UnknownDatabase(database)
		}
		return cat.UnknownTable(database, n.Table)
	}
	isView := d.Kind == table.Rollup || d.Kind == table.ViewTo
	if s.Kind == ast.ObjectView && !isView {
		return chcode.Errorf(chcode.IncorrectQuery, "%s is a table, not a view: use DROP TABLE", d.FullName())
	}
	if s.Verb == ast.VerbTruncate && isView {
		return chcode.Errorf(chcode.NotImplemented, "TRUNCATE of the view %s: truncate its table", d.FullName())
	}
	if s.Verb == ast.VerbTruncate {
		return q.engine.backend.Partition(ctx, PartitionOp{Verb: TruncateTable, Table: d.ID})
	}
	var forgive chcode.Code
	if s.IfExists {
		forgive = chcode.UnknownTable
	}
	return q.change(ctx, &table.Change{Kind: table.RemoveTable, Def: &table.Def{Database: database, Name: n.Table}}, forgive)
}

func (q *query) rename(ctx context.Context, s *ast.Rename) error {
	if s.Kind != ast.ObjectTable {
		return chcode.Errorf(chcode.NotImplemented, "RENAME %s is not supported", s.Kind)
	}
	q.warnCluster(s.Cluster)
	ch := &table.Change{Kind: table.RenameTables, Exchange: s.Exchange}
	for _, p := range s.Pairs {
		r := table.Rename{FromDatabase: p.From.Database, From: p.From.Table, ToDatabase: p.To.Database, To: p.To.Table}
		if r.FromDatabase == "" {
			r.FromDatabase = q.database
		}
		if r.ToDatabase == "" {
			r.ToDatabase = q.database
		}
		ch.Renames = append(ch.Renames, r)
	}
	if s.Exchange && len(ch.Renames) != 1 {
		return chcode.Errorf(chcode.NotImplemented, "EXCHANGE of several pairs is not supported")
	}
	var forgive chcode.Code
	if s.IfExists {
		forgive = chcode.UnknownTable
	}
	return q.change(ctx, ch, forgive)
}

func (q *query) optimize(ctx context.Context, s *ast.Optimize) error {
	if s.Deduplicate {
		return chcode.Errorf(chcode.NotImplemented, "OPTIMIZE … DEDUPLICATE is not supported")
	}
	d, err := q.find(q.engine.backend.Catalog(), s.Table.Database, s.Table.Table)
	if err != nil {
		return err
	}
	return q.engine.backend.Maintain(ctx, Maintenance{Flush: true, Merge: true, Table: d.ID, Final: s.Final})
}

// systemCommand runs SYSTEM commands; those that speak of parts that are not
// here are accepted with a warning.
func (q *query) systemCommand(s *ast.System) error {
	q.warnCluster(s.Cluster)
	switch s.Command {
	case "FLUSH LOGS", "FLUSH ASYNC INSERT QUEUE", "SYNC REPLICA", "SYNC DATABASE REPLICA", "RELOAD CONFIG":
		return nil
	case "FLUSH DISTRIBUTED", "START MERGES", "START TTL MERGES", "START FETCHES", "START REPLICATED SENDS",
		"START REPLICATION QUEUES":
		return nil
	}
	if s.Command == "DROP QUERY CACHE" {
		q.engine.cache.clear()
		q.engine.states.clear()
		return nil
	}
	for _, prefix := range []string{"DROP ", "CLEAR "} {
		if strings.HasPrefix(s.Command, prefix) && strings.HasSuffix(s.Command, "CACHE") {
			q.warn([]string{fmt.Sprintf("SYSTEM %s: there is no such cache", s.Command)})
			return nil
		}
	}
	return chcode.Errorf(chcode.NotImplemented, "SYSTEM %s is not supported", s.Command)
}

// insertable are the columns that an INSERT without a list fills.
func insertable(d *table.Def) []string {
	var out []string
	for _, c := range d.Schema.Columns {
		if c.Kind == types.DefaultNone || c.Kind == types.DefaultExpr {
			out = append(out, c.Name)
		}
	}
	return slices.Clip(out)
}
