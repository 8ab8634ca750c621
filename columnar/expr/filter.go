package expr

import (
	"slices"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/chcode"
	"github.com/freshetdb/freshet/columnar/kernel"
	"github.com/freshetdb/freshet/columnar/types"
)

// Filter finds the rows of b among sel (nil: all) for which e is true: neither
// zero nor NULL. The conjuncts of an AND are tried in their order, each one only
// on the rows that the ones before left over, so that a row that an earlier
// conjunct rejects can't cause an error in a later one (R14). The result is
// ascending when sel is, and never nil.
func Filter(ctx *Ctx, e Expr, b *batch.Batch, sel []uint32) ([]uint32, error) {
	return FilterInto(ctx, e, b, slices.Clone(sel), nil)
}

// FilterInto is Filter that may write its result over sel, or to the memory of buf
// when sel is nil.
func FilterInto(ctx *Ctx, e Expr, b *batch.Batch, sel, buf []uint32) ([]uint32, error) {
	if err := ctx.cancelled(); err != nil {
		return nil, err
	}
	v := &env{ctx: ctx, cols: b.Cols, rows: b.Rows}
	all := sel == nil
	for _, part := range Conjuncts(e) {
		if !all && len(sel) == 0 {
			return sel, nil
		}
		if rows, ok := chooseRows(part, b, sel, buf); ok {
			if sel, all = rows, false; sel == nil {
				sel = []uint32{}
			}
			continue
		}
		from := v
		if !all {
			from = v.only(sel, part)
		}
		hits, whole, err := from.hits(part)
		if err != nil {
			return nil, err
		}
		switch {
		case whole:
		case all:
			sel, all = hits, false
		default:
			next := make([]uint32, len(hits))
			for i, h := range hits {
				next[i] = sel[h]
			}
			sel = next
		}
	}
	if all {
		sel = make([]uint32, b.Rows)
		for i := range sel {
			sel[i] = uint32(i)
		}
	}
	if sel == nil {
		sel = []uint32{} // no row; nil would be all rows to the next Filter
	}
	return sel, nil
}

// Conjuncts are the arguments of nested ANDs in order; e itself when it is none.
func Conjuncts(e Expr) []Expr {
	c, ok := e.(*Call)
	if !ok || c.Name != "and" {
		return []Expr{e}
	}
	var out []Expr
	for _, a := range c.Args {
		out = append(out, Conjuncts(a)...)
	}
	return out
}

// hits are the rows for which a condition is true; whole: all of them are.
func (v *env) hits(e Expr) (rows []uint32, whole bool, err error) {
	out, err := e.eval(v)
	if err != nil {
		return nil, false, err
	}
	if out.Type.Kind == types.Nothing {
		return nil, false, nil
	}
	flags, err := truthOf(out)
	if err != nil {
		return nil, false, err
	}
	if out.Const {
		whole = flags[0] != 0 && !out.IsNull(0)
		return nil, whole, nil
	}
	return kernel.Rows(make([]uint32, 0, v.rows), flags, out.Nulls), false, nil
}

// truthOf is 1 for values that are not zero, one element for a Const; UInt8 and
// Bool are taken as they are.
func truthOf(v *batch.Vector) ([]uint8, error) {
	switch d := v.Data.(type) {
	case []uint8:
		return d, nil
	case []uint16:
		return nonZero(d), nil
	case []uint32:
		return nonZero(d), nil
	case []uint64:
		return nonZero(d), nil
	case []int8:
		return nonZero(d), nil
	case []int16:
		return nonZero(d), nil
	case []int32:
		return nonZero(d), nil
	case []int64:
		return nonZero(d), nil
	case []float32:
		return nonZero(d), nil
	case []float64:
		return nonZero(d), nil
	case []types.Int128:
		out := make([]uint8, len(d))
		for i, x := range d {
			if x.Sign() != 0 {
				out[i] = 1
			}
		}
		return out, nil
	default:
		return nil, chcode.Errorf(chcode.IllegalTypeOfColumnForFilter,
			"Illegal type %s of column for filter. Must be UInt8 or Nullable(UInt8)", v.Type)
	}
}

func nonZero[T kernel.Num](d []T) []uint8 {
	out := make([]uint8, len(d))
	kernel.True(out, d)
	return out
}
