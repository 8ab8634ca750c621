package rollup

import (
	"fmt"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/expr"
	"github.com/freshetdb/freshet/columnar/types"
)

// fitted is finished values as those of a column. Sums of integers, which are
// wider, wrap in the column's own type, as ClickHouse's summing tables do.
func fitted(v *batch.Vector, t types.Type) (*batch.Vector, error) {
	from, to := v.Type, t
	switch {
	case from.Phys() == to.Phys() && from.Scale == to.Scale && (to.Nullable || !from.Nullable):
		return v.WithType(t), nil
	case from.IsInteger() && to.IsInteger() && from.Nullable == to.Nullable:
		return narrowed(v, t)
	case from.Kind == types.Decimal && to.Kind == types.Decimal && from.Scale == to.Scale && from.Nullable == to.Nullable:
		if d, ok := v.Data.([]types.Int128); ok {
			out := make([]int64, len(d))
			for i, x := range d {
				out[i] = int64(x.Lo)
			}
			return batch.NewFixed(t, out, v.Nulls), nil
		}
	}
	ctx := expr.Background()
	cast, err := expr.NewCast(ctx, &expr.Column{T: v.Type.NotSimple()}, t.NotSimple(), expr.CastInternal)
	if err != nil {
		return nil, fmt.Errorf("convert %s to %s: %w", v.Type, t, err)
	}
	out, err := expr.Eval(ctx, cast, &batch.Batch{Cols: []*batch.Vector{v}, Rows: v.Len})
	if err != nil {
		return nil, err
	}
	return asText(out.Expand()).WithType(t), nil
}

func narrowed(v *batch.Vector, t types.Type) (*batch.Vector, error) {
	switch d := v.Data.(type) {
	case []uint64:
		return narrow(d, v.Nulls, t)
	case []int64:
		return narrow(d, v.Nulls, t)
	default:
		return nil, fmt.Errorf("a sum of type %s can't be a value of %s", v.Type, t)
	}
}

func narrow[T uint64 | int64](d []T, nulls []bool, t types.Type) (*batch.Vector, error) {
	switch t.Phys() {
	case types.PhysU8:
		return batch.NewFixed(t, wrapped[uint8](d), nulls), nil
	case types.PhysU16:
		return batch.NewFixed(t, wrapped[uint16](d), nulls), nil
	case types.PhysU32:
		return batch.NewFixed(t, wrapped[uint32](d), nulls), nil
	case types.PhysU64:
		return batch.NewFixed(t, wrapped[uint64](d), nulls), nil
	case types.PhysI8:
		return batch.NewFixed(t, wrapped[int8](d), nulls), nil
	case types.PhysI16:
		return batch.NewFixed(t, wrapped[int16](d), nulls), nil
	case types.PhysI32:
		return batch.NewFixed(t, wrapped[int32](d), nulls), nil
	case types.PhysI64:
		return batch.NewFixed(t, wrapped[int64](d), nulls), nil
	default:
		return nil, fmt.Errorf("a sum can't be a value of %s", t)
	}
}

func wrapped[To integer, From uint64 | int64](d []From) []To {
	out := make([]To, len(d))
	for i, x := range d {
		out[i] = To(x)
	}
	return out
}

// isZero tells whether a number is zero or NULL.
func isZero(v *batch.Vector, i int) bool {
	if v.IsNull(i) {
		return true
	}
	i = v.Row(i)
	switch d := v.Data.(type) {
	case []uint8:
		return d[i] == 0
	case []uint16:
		return d[i] == 0
	case []uint32:
		return d[i] == 0
	case []uint64:
		return d[i] == 0
	case []int8:
		return d[i] == 0
	case []int16:
		return d[i] == 0
	case []int32:
		return d[i] == 0
	case []int64:
		return d[i] == 0
	case []float32:
		return d[i] == 0
	case []float64:
		return d[i] == 0
	case []types.Int128:
		return d[i].Sign() == 0
	default:
		return false
	}
}
