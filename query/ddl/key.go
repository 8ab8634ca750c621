package ddl

import (
	"strconv"
	"strings"

	"github.com/freshetdb/freshet/columnar/chcode"
	"github.com/freshetdb/freshet/columnar/expr"
	"github.com/freshetdb/freshet/columnar/table"
	"github.com/freshetdb/freshet/columnar/types"
	"github.com/freshetdb/freshet/query/ast"
	"github.com/freshetdb/freshet/query/parse"
)

func parseExpr(sql string) (ast.Expr, error) { return parse.Expr(sql) }

// key resolves the expressions of a key; tuple() and none are an empty key.
func (e *Env) key(d *table.Def, n ast.Expr, clause string) ([]table.KeyExpr, error) {
	var out []table.KeyExpr
	for _, item := range keyItems(n) {
		if k, ok := item.(*ast.SortKey); ok {
			if k.Desc {
				return nil, unsupported(clause + " … DESC of a table")
			}
			item = k.Expr
		}
		k, err := e.keyExpr(d, item, clause)
		if err != nil {
			return nil, err
		}
		out = append(out, k)
	}
	return out, nil
}

func keyItems(n ast.Expr) []ast.Expr {
	switch n := n.(type) {
	case nil:
		return nil
	case *ast.Tuple:
		return n.Items
	case *ast.FuncCall:
		if strings.EqualFold(n.Name, "tuple") {
			return n.Args
		}
	}
	ast.SetParen(n, false) // (a) is a
	return []ast.Expr{n}
}

func (e *Env) keyExpr(d *table.Def, n ast.Expr, clause string) (table.KeyExpr, error) {
	bound, err := e.Binder.Over(n, fields(d.Schema.Columns))
	if err != nil {
		return table.KeyExpr{}, err
	}
	if !expr.IsDeterministic(bound) {
		return table.KeyExpr{}, chcode.Errorf(chcode.BadArguments,
			"%s: expression %s is not a pure function of the row", clause, ast.Format(n))
	}
	if clause == "ORDER BY" && bound.Type().Nullable && !e.nullableKeys {
		return table.KeyExpr{}, chcode.Errorf(chcode.IllegalColumn, "Sorting key contains nullable columns (%s)", ast.Format(n))
	}
	if t := bound.Type(); t.Kind == types.Array || t.Kind == types.Tuple {
		return table.KeyExpr{}, unsupported(clause + " by a value of type " + t.String())
	}
	for _, pos := range expr.Columns(bound) {
		if c := d.Schema.Columns[pos]; !c.IsStored() {
			return table.KeyExpr{}, chcode.Errorf(chcode.BadArguments, "%s: column %s is not stored", clause, c.Name)
		}
	}
	byID := expr.Remap(bound, func(pos int) int { return int(d.Schema.Columns[pos].ID) })
	return table.KeyExpr{SQL: ast.Format(n), Expr: expr.Encode(byID)}, nil
}

// route resolves ROUTE BY, by default the first String of ORDER BY, else the
// first expression of ORDER BY, else the first column. Strings of the sorting and
// routing keys become identity columns (R12).
func (e *Env) route(d *table.Def, n ast.Expr) error {
	var err error
	switch {
	case n != nil:
		d.RouteBy, err = e.key(d, n, "ROUTE BY")
	case len(d.OrderBy) > 0:
		d.RouteBy = []table.KeyExpr{firstString(d)}
	default:
		for i := range d.Schema.Columns {
			if d.Schema.Columns[i].IsStored() && d.Schema.Columns[i].Type.Kind != types.Array {
				d.RouteBy, err = e.key(d, &ast.Ident{Parts: []string{d.Schema.Columns[i].Name}}, "ROUTE BY")
				break
			}
		}
	}
	if err != nil {
		return err
	}
	for _, k := range append(append([]table.KeyExpr(nil), d.OrderBy...), d.RouteBy...) {
		if i := bareColumn(d, k); i >= 0 && d.Schema.Columns[i].Type.IsString() {
			d.Schema.Columns[i].Identity = true
		}
	}
	return nil
}

func firstString(d *table.Def) table.KeyExpr {
	for _, k := range d.OrderBy {
		if i := bareColumn(d, k); i >= 0 && d.Schema.Columns[i].Type.IsString() {
			return k
		}
	}
	return d.OrderBy[0]
}

// bareColumn is the place of the column that a key is; -1 for expressions.
func bareColumn(d *table.Def, k table.KeyExpr) int {
	for i := range d.Schema.Columns {
		if types.QuoteColumn(d.Schema.Columns[i].Name) == k.SQL {
			return i
		}
	}
	return -1
}

// settings keeps the table's settings; those that have no effect are named.
func (e *Env) settings(d *table.Def, list []*ast.Setting) error {
	for _, s := range list {
		if s.IsDefault {
			continue
		}
		if err := e.checkSetting(s.Name); err != nil {
			return err
		}
		value := ast.Format(s.Value)
		d.Settings = append(d.Settings, table.Setting{Name: s.Name, Value: value})
		switch s.Name {
		case "non_replicated_deduplication_window", "replicated_deduplication_window":
		case "max_lateness_seconds":
			if _, err := strconv.ParseUint(value, 10, 32); err != nil {
				return chcode.Errorf(chcode.BadArguments, "max_lateness_seconds = %s: it is a whole number of seconds", value)
			}
		case "index_granularity":
			if value != "8192" {
				d.Warnings = append(d.Warnings, "index_granularity = "+value+": a granule has 8192 rows")
			}
		default:
			d.Warnings = append(d.Warnings, "Setting "+s.Name+" is kept without effect")
		}
	}
	return nil
}
