package ddl

import (
	"strings"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/chcode"
	"github.com/freshetdb/freshet/columnar/expr"
	"github.com/freshetdb/freshet/columnar/table"
	"github.com/freshetdb/freshet/columnar/types"
	"github.com/freshetdb/freshet/query/ast"
	"github.com/freshetdb/freshet/query/bind"
)

var defaultKinds = map[ast.DefaultKind]types.DefaultKind{
	ast.DefaultNone: types.DefaultNone, ast.DefaultValue: types.DefaultExpr,
	ast.DefaultMaterialized: types.Materialized, ast.DefaultAlias: types.Alias,
	ast.DefaultEphemeral: types.Ephemeral,
}

// newColumn resolves a column that has to have a type or a default.
func (e *Env) newColumn(d *table.Def, n *ast.ColumnDef) (types.Column, error) {
	if n.Type == nil && n.Value == nil {
		return types.Column{}, chcode.Errorf(chcode.SyntaxError, "Column %s has neither a type nor a default", n.Name)
	}
	return e.column(d, n)
}

// column resolves one column; its id is the definition's next. Defaults are
// bound later, when all columns are known.
func (e *Env) column(d *table.Def, n *ast.ColumnDef) (types.Column, error) {
	c := types.Column{ID: d.NextColumn, Name: n.Name, Comment: n.Comment, Kind: defaultKinds[n.Default]}
	if n.Type != nil {
		t, err := bind.TypeOf(n.Type)
		if err != nil {
			return c, err
		}
		if n.Null == ast.Null {
			t = t.AsNullable()
		}
		c.Type, c.TypeName = t, t.String()
	}
	if n.Value != nil {
		c.Default = ast.Format(n.Value)
	}
	if n.TTL != nil {
		return c, unsupported("TTL of a column (" + n.Name + ")")
	}
	if n.Collate != "" {
		return c, unsupported("COLLATE of a column (" + n.Name + ")")
	}
	if n.Codec != nil {
		if err := checkCodec(n.Codec); err != nil {
			return c, err
		}
		c.Codec = strings.TrimSpace(ast.Format(n.Codec))
		d.Warnings = append(d.Warnings, "Column "+n.Name+": its CODEC is kept without effect")
	}
	if n.Statistics != nil || len(n.Settings) > 0 {
		d.Warnings = append(d.Warnings, "Column "+n.Name+": STATISTICS and SETTINGS have no effect")
	}
	return c, nil
}

// defaults binds the default expressions over the columns, which gives columns
// without a type theirs and finds errors now rather than at the first INSERT.
func (e *Env) defaults(d *table.Def) error {
	cols := d.Schema.Columns
	for i := range cols {
		c := &cols[i]
		if c.Default == "" {
			continue
		}
		bound, err := e.overColumns(c.Default, typed(cols, i))
		if err != nil {
			return err
		}
		if c.TypeName == "" {
			c.Type, c.TypeName = bound.Type(), bound.Type().String()
			continue
		}
		cast, err := expr.NewCast(expr.Background(), bound, c.Type, expr.CastInternal)
		if err != nil {
			return err
		}
		if _, isConst := bound.(*expr.Const); isConst {
			if _, err := expr.Eval(expr.Background(), cast, &batch.Batch{Rows: 1}); err != nil {
				return err
			}
		}
	}
	return nil
}

// typed are the columns, but the one at i, whose types are known.
func typed(cols []types.Column, i int) []types.Column {
	var out []types.Column
	for k, c := range cols {
		if k != i && c.TypeName != "" {
			out = append(out, c)
		}
	}
	return out
}

func (e *Env) overColumns(sql string, cols []types.Column) (expr.Expr, error) {
	tree, err := parseExpr(sql)
	if err != nil {
		return nil, err
	}
	return e.Binder.Over(tree, fields(cols))
}
