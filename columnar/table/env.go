package table

import (
	"fmt"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/expr"
	"github.com/freshetdb/freshet/columnar/types"
)

// Env is what tables need to know of the server. It is the same on all replicas
// of a shard.
type Env struct {
	// Default gives the value, one row, of a stored column in rows from before
	// the column was added; nil stands for the type's default. It is a pure
	// function, safe for concurrent use.
	Default func(d *Def, c *types.Column) *batch.Vector
}

// fill is rows rows of the value that a column has where it was never written.
func (e *Env) fill(d *Def, c *types.Column, rows int) *batch.Vector {
	if e.Default != nil {
		if v := e.Default(d, c); v != nil {
			one := *v
			one.Type = c.Type
			return batch.NewConst(&one, rows)
		}
	}
	b := batch.NewBuilder(c.Type, 1)
	b.AppendDefault()
	return batch.NewConst(b.Finish(), rows)
}

// convert is v as a column of a type that values of v's type can be cast to, as
// after ALTER … MODIFY COLUMN.
func convert(v *batch.Vector, to types.Type) (*batch.Vector, error) {
	if v.Type.Equal(to) {
		return v, nil
	}
	if v.Type.Kind == to.Kind && to.Kind == types.String && (to.Nullable || !v.Type.Nullable) {
		return v.WithType(to), nil // Symbols stay symbols.
	}
	ctx := expr.Background()
	e, err := expr.NewCast(ctx, &expr.Column{T: v.Type}, to, expr.CastInternal)
	if err == nil {
		var out *batch.Vector
		out, err = expr.Eval(ctx, e, &batch.Batch{Cols: []*batch.Vector{v}, Rows: v.Len})
		if err == nil {
			return out, nil
		}
	}
	return nil, fmt.Errorf("convert %s to %s: %w", v.Type, to, err)
}
