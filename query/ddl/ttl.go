package ddl

import (
	"github.com/freshetdb/freshet/columnar/chcode"
	"github.com/freshetdb/freshet/columnar/table"
	"github.com/freshetdb/freshet/query/ast"
)

// unitSeconds is the length of an interval for retention; a month counts 31
// days and a year 366, so that nothing goes before its time.
var unitSeconds = map[ast.IntervalUnit]int64{
	ast.Second: 1, ast.Minute: 60, ast.Hour: 3600, ast.Day: 86400, ast.Week: 7 * 86400,
	ast.Month: 31 * 86400, ast.Quarter: 92 * 86400, ast.Year: 366 * 86400,
}

// ttl resolves TTL column + INTERVAL n unit [DELETE]: partitions whose rows have
// all passed it are dropped (R16).
func (e *Env) ttl(d *table.Def, list []*ast.TTLElement) error {
	for _, t := range list {
		d.TTL = append(d.TTL, ast.Format(t))
		switch t.Action {
		case ast.TTLToDisk, ast.TTLToVolume, ast.TTLRecompress:
			d.Warnings = append(d.Warnings, "TTL "+ast.Format(t)+": kept without effect")
			continue
		case ast.TTLGroupBy:
			return unsupported("TTL … GROUP BY")
		case ast.TTLDelete:
		}
		if t.Where != nil {
			return unsupported("TTL … WHERE")
		}
		if d.TTLColumn != 0 {
			return unsupported("More than one TTL that deletes rows")
		}
		if err := e.retention(d, t.Expr); err != nil {
			return err
		}
	}
	return nil
}

func (e *Env) retention(d *table.Def, n ast.Expr) error {
	refuse := chcode.Errorf(chcode.BadTtlExpression,
		"TTL %s is not supported: write column + INTERVAL n unit, where the column is a Date or DateTime", ast.Format(n))
	sum, ok := n.(*ast.Binary)
	if !ok || sum.Op != ast.OpPlus {
		return refuse
	}
	interval, ok := sum.Right.(*ast.Interval)
	if !ok {
		return refuse
	}
	count, ok := interval.Value.(*ast.Literal)
	if !ok || count.Kind != ast.UintLiteral {
		return refuse
	}
	id := ttlColumn(sum.Left)
	i := -1
	if id != nil {
		i = d.Schema.Index(id.Name())
	}
	if i < 0 || (!d.Schema.Columns[i].Type.IsDate() && !d.Schema.Columns[i].Type.IsTime()) ||
		d.Schema.Columns[i].Type.Nullable || !d.Schema.Columns[i].IsStored() {
		return refuse
	}
	seconds, ok := unitSeconds[interval.Unit]
	if !ok {
		return refuse
	}
	d.TTLColumn, d.TTLSeconds = d.Schema.Columns[i].ID, seconds*int64(count.Uint)
	if len(d.PartitionBy) == 0 {
		d.Warnings = append(d.Warnings, "TTL: rows go by whole partitions, and without PARTITION BY there is only one")
	}
	return nil
}

// ttlColumn is the column in column, toDate(column) or toDateTime(column).
func ttlColumn(n ast.Expr) *ast.Ident {
	if f, ok := n.(*ast.FuncCall); ok && len(f.Args) == 1 && (f.Name == "toDate" || f.Name == "toDateTime") {
		n = f.Args[0]
	}
	id, _ := n.(*ast.Ident)
	return id
}
