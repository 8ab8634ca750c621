package ddl

import (
	"context"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/expr"
	"github.com/freshetdb/freshet/columnar/types"
	"github.com/freshetdb/freshet/query/bind"
)

// ConstantDefault is the value that rows have in a column that was added after
// them: that of its DEFAULT, which ALTER allows to be a constant only. It is nil
// for the type's default.
func ConstantDefault(c *types.Column) *batch.Vector {
	if c.Default == "" || c.Kind == types.Alias || c.Kind == types.Ephemeral {
		return nil
	}
	tree, err := parseExpr(c.Default)
	if err != nil {
		return nil
	}
	ec := expr.Background()
	e, err := bind.New(context.Background(), ec, nil, nil, bind.Options{}).Over(tree, nil)
	if err != nil {
		return nil // it depends on other columns: the column was there from the start
	}
	if e, err = expr.NewCast(ec, e, c.Type, expr.CastInternal); err != nil {
		return nil
	}
	v, err := expr.Eval(ec, e, &batch.Batch{Rows: 1})
	if err != nil {
		return nil
	}
	return v.Expand()
}
