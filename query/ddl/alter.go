package ddl

import (
	"slices"

	"github.com/freshetdb/freshet/columnar/chcode"
	"github.com/freshetdb/freshet/columnar/expr"
	"github.com/freshetdb/freshet/columnar/segment"
	"github.com/freshetdb/freshet/columnar/table"
	"github.com/freshetdb/freshet/columnar/types"
	"github.com/freshetdb/freshet/query/ast"
)

// Alter applies the commands that change a definition and returns the new one;
// nil when there are none. Commands on partitions are not its business.
func (e *Env) Alter(d *table.Def, commands []ast.AlterCommand) (*table.Def, error) {
	next := d.Clone()
	changed := false
	for _, c := range commands {
		if _, ok := c.(*ast.PartitionCommand); ok {
			continue
		}
		if err := e.command(next, c); err != nil {
			return nil, err
		}
		changed = true
	}
	if !changed {
		return nil, nil //nolint:nilnil // nothing to change is no error
	}
	if err := e.defaults(next); err != nil {
		return nil, err
	}
	next.Schema.Version = d.Schema.Version + 1
	return next, nil
}

func (e *Env) command(d *table.Def, c ast.AlterCommand) error {
	switch c := c.(type) {
	case *ast.AddColumn:
		return e.addColumn(d, c)
	case *ast.ElementCommand:
		if c.Kind != ast.ElementColumn {
			return dropElement(d, c)
		}
		return dropColumn(d, c)
	case *ast.ModifyColumn:
		return e.modifyColumn(d, c)
	case *ast.RenameColumn:
		return e.renameColumn(d, c)
	case *ast.CommentColumn:
		i, err := columnOf(d, c.Column, c.IfExists)
		if i >= 0 {
			d.Schema.Columns[i].Comment = c.Comment
		}
		return err
	case *ast.ModifyComment:
		d.Comment = c.Comment
		return nil
	case *ast.ModifyTTL:
		d.TTL, d.TTLColumn, d.TTLSeconds = nil, 0, 0
		return e.ttl(d, c.TTL)
	case *ast.ModifySetting:
		return e.modifySetting(d, c)
	case *ast.AddElement:
		return e.addElement(d, c)
	default:
		return unsupported("ALTER TABLE … " + ast.Format(c))
	}
}

// columnOf finds a column for ALTER; -1 without an error when it may be missing.
func columnOf(d *table.Def, name string, ifExists bool) (int, error) {
	i := d.Schema.Index(name)
	if i < 0 && !ifExists {
		return -1, chcode.Errorf(chcode.NotFoundColumnInBlock, "There is no column %s in table %s", name, d.FullName())
	}
	return i, nil
}

func (e *Env) addColumn(d *table.Def, c *ast.AddColumn) error {
	if d.Schema.Index(c.Column.Name) >= 0 {
		if c.IfNotExists {
			return nil
		}
		return chcode.Errorf(chcode.DuplicateColumn, "Cannot add column %s: column with this name already exists", c.Column.Name)
	}
	col, err := e.newColumn(d, c.Column)
	if err != nil {
		return err
	}
	d.NextColumn++
	at := len(d.Schema.Columns)
	switch {
	case c.First:
		at = 0
	case c.After != "":
		i, err := columnOf(d, c.After, false)
		if err != nil {
			return err
		}
		at = i + 1
	}
	d.Schema.Columns = slices.Insert(d.Schema.Columns, at, col)
	if err := e.defaults(d); err != nil {
		return err
	}
	if c := d.Schema.Columns[at]; c.Kind == types.DefaultExpr || c.Kind == types.Materialized {
		return e.constantDefault(d, at)
	}
	return storable(d.Schema.Columns[at : at+1])
}

// constantDefault refuses a default that depends on other columns for a column
// that is added: rows already there would need to be rewritten.
func (e *Env) constantDefault(d *table.Def, at int) error {
	bound, err := e.overColumns(d.Schema.Columns[at].Default, typed(d.Schema.Columns, at))
	if err != nil {
		return err
	}
	if len(expr.Columns(bound)) > 0 || !expr.IsDeterministic(bound) {
		return unsupported("ADD COLUMN with a default that is not a constant (" + d.Schema.Columns[at].Name + ")")
	}
	return storable(d.Schema.Columns[at : at+1])
}

func dropColumn(d *table.Def, c *ast.ElementCommand) error {
	if c.Verb != ast.ElementDrop || c.Partition != nil {
		return unsupported("ALTER TABLE … " + ast.Format(c))
	}
	for _, name := range c.Names {
		i, err := columnOf(d, name, c.IfExists)
		if err != nil {
			return err
		}
		if i < 0 {
			continue
		}
		if err := unused(d, d.Schema.Columns[i]); err != nil {
			return err
		}
		d.Schema.Columns = slices.Delete(d.Schema.Columns, i, i+1)
	}
	if len(d.Schema.Columns) == 0 {
		return chcode.Errorf(chcode.BadArguments, "Cannot drop or clear all columns of table %s", d.FullName())
	}
	return nil
}

// unused refuses to drop a column that a key or the TTL needs.
func unused(d *table.Def, c types.Column) error {
	for _, keys := range [][]table.KeyExpr{d.OrderBy, d.PartitionBy, d.RouteBy} {
		for _, k := range keys {
			bound, err := expr.Decode(k.Expr)
			if err != nil {
				return err
			}
			if slices.Contains(expr.Columns(bound), int(c.ID)) {
				return chcode.Errorf(chcode.UnknownIdentifier, "Trying to ALTER DROP key %s column", c.Name)
			}
		}
	}
	if d.TTLColumn == c.ID {
		return chcode.Errorf(chcode.AlterOfColumnIsForbidden, "Column %s is needed by the table's TTL", c.Name)
	}
	return nil
}

// modifyColumn widens a type, or changes default, comment or place.
func (e *Env) modifyColumn(d *table.Def, c *ast.ModifyColumn) error {
	i, err := columnOf(d, c.Column.Name, c.IfExists)
	if i < 0 {
		return err
	}
	if c.ModifySettings != nil || c.ResetSettings != nil {
		return unsupported("ALTER TABLE … " + ast.Format(c))
	}
	if c.Remove != "" {
		return removeProperty(&d.Schema.Columns[i], c)
	}
	col := d.Schema.Columns[i]
	next, err := e.column(d, c.Column)
	if err != nil {
		return err
	}
	if c.Column.Type != nil && !next.Type.Equal(col.Type) {
		if unused(d, col) != nil && next.Type.Phys() != col.Type.Phys() {
			return chcode.Errorf(chcode.AlterOfColumnIsForbidden, "ALTER of key column %s from type %s to type %s is not safe",
				col.Name, col.Type, next.Type)
		}
		if !segment.CanWiden(col.Type, next.Type) {
			return unsupported("MODIFY COLUMN " + col.Name + " from " + col.TypeName + " to " + next.TypeName +
				" (only widening, without rewriting,)")
		}
		col.Type, col.TypeName = next.Type, next.TypeName
	}
	if c.Column.Default != ast.DefaultNone {
		if (next.Kind == types.Alias) != (col.Kind == types.Alias) || (next.Kind == types.Ephemeral) != (col.Kind == types.Ephemeral) {
			return unsupported("MODIFY COLUMN between stored and computed (" + col.Name + ")")
		}
		col.Kind, col.Default = next.Kind, next.Default
	}
	if c.Column.HasComment {
		col.Comment = next.Comment
	}
	if next.Codec != "" {
		col.Codec = next.Codec
	}
	d.Schema.Columns[i] = col
	return move(d, i, c.Place)
}

// removeProperty is MODIFY COLUMN … REMOVE.
func removeProperty(col *types.Column, c *ast.ModifyColumn) error {
	has := false
	switch c.Remove {
	case "CODEC":
		has, col.Codec = col.Codec != "", ""
	case "COMMENT":
		has, col.Comment = col.Comment != "", ""
	case "TTL": // no column has one
	case "DEFAULT":
		if has = col.Kind == types.DefaultExpr; has {
			col.Kind, col.Default = types.DefaultNone, ""
		}
	default:
		return unsupported("ALTER TABLE … " + ast.Format(c))
	}
	if !has {
		return chcode.Errorf(chcode.BadArguments, "Column `%s` doesn't have %s, cannot remove it", col.Name, c.Remove)
	}
	return nil
}

func move(d *table.Def, i int, p ast.Place) error {
	if !p.First && p.After == "" {
		return nil
	}
	col := d.Schema.Columns[i]
	d.Schema.Columns = slices.Delete(d.Schema.Columns, i, i+1)
	at := 0
	if p.After != "" {
		k, err := columnOf(d, p.After, false)
		if err != nil {
			return err
		}
		at = k + 1
	}
	d.Schema.Columns = slices.Insert(d.Schema.Columns, at, col)
	return nil
}

// renameColumn renames a column, also inside the expressions that are kept as
// text.
func (e *Env) renameColumn(d *table.Def, c *ast.RenameColumn) error {
	i, err := columnOf(d, c.From, c.IfExists)
	if i < 0 {
		return err
	}
	if unused(d, d.Schema.Columns[i]) != nil {
		return chcode.Errorf(chcode.AlterOfColumnIsForbidden, "Trying to ALTER RENAME key %s column", c.From)
	}
	if d.Schema.Index(c.To) >= 0 {
		return chcode.Errorf(chcode.DuplicateColumn, "Cannot rename to %s: column with this name already exists", c.To)
	}
	rename := func(sql string) (string, error) {
		if sql == "" {
			return "", nil
		}
		tree, err := parseExpr(sql)
		if err != nil {
			return "", err
		}
		return ast.Format(ast.Rewrite(tree, func(x ast.Expr) ast.Expr {
			if id, ok := x.(*ast.Ident); ok && id.Name() == c.From {
				return &ast.Ident{Parts: []string{c.To}}
			}
			return x
		})), nil
	}
	d.Schema.Columns[i].Name = c.To
	for k := range d.Schema.Columns {
		if d.Schema.Columns[k].Default, err = rename(d.Schema.Columns[k].Default); err != nil {
			return err
		}
	}
	return nil
}

func (e *Env) modifySetting(d *table.Def, c *ast.ModifySetting) error {
	if c.Database {
		return unsupported("MODIFY DATABASE SETTING")
	}
	drop := func(name string) {
		d.Settings = slices.DeleteFunc(d.Settings, func(s table.Setting) bool { return s.Name == name })
	}
	for _, name := range c.Reset {
		drop(name)
	}
	for _, s := range c.Settings {
		drop(s.Name)
	}
	return e.settings(d, c.Settings)
}
