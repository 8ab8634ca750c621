package table

import (
	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/types"
)

// Expr is an expression of a key. Eval gets a batch with the stored columns of
// the definition it was compiled for and is a pure function, safe for concurrent
// use.
type Expr struct {
	Type    types.Type
	CanFail bool  // there are rows for which Eval gives an error
	Columns []int // places of the stored columns that it reads
	Eval    func(b *batch.Batch) (*batch.Vector, error)
}

// Env is what tables need to compute values. All functions are pure and safe for
// concurrent use.
type Env struct {
	// Compile makes an expression of a key of the definition ready.
	Compile func(d *Def, k KeyExpr) (Expr, error)
	// Text appends a value as people read it in the name of a partition.
	Text func(dst []byte, v *batch.Vector, row int) []byte
	// Convert makes a vector of a wider type, as after ALTER … MODIFY COLUMN.
	Convert func(v *batch.Vector, to types.Type) (*batch.Vector, error)
	// Default gives the value, one row, of a stored column in rows from before
	// the column was added; nil stands for the type's default.
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

// convert is v as a column of the type.
func (e *Env) convert(v *batch.Vector, to types.Type) (*batch.Vector, error) {
	if v.Type.Equal(to) {
		return v, nil
	}
	from := v.Type
	if from.Kind == to.Kind && from.Precision == to.Precision && from.Scale == to.Scale && from.Phys() == to.Phys() &&
		len(from.Elems) == 0 {
		return v.WithType(to), nil // Only what values mean or how they print differs.
	}
	return e.Convert(v, to)
}
