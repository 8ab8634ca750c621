package bind

import (
	"math"

	"github.com/freshetdb/freshet/columnar/chcode"
	"github.com/freshetdb/freshet/columnar/expr"
	"github.com/freshetdb/freshet/columnar/types"
	"github.com/freshetdb/freshet/query/ast"
	"github.com/freshetdb/freshet/query/plan"
)

// frame binds the frame of a window function: the written one, the function's
// own, or all rows up to the last peer.
func (b *Binder) frame(c *windowCall, fn windowFunc, f *ast.Frame, s *scope) error {
	if fn.ordered && len(c.order) == 0 {
		return chcode.Errorf(chcode.BadArguments, "Window function '%s' needs an ORDER BY in its window", fn.name)
	}
	if f == nil {
		c.Frame = plan.Frame{End: plan.FrameBound{Kind: plan.CurrentRow}}
		if fn.frame != nil {
			c.Frame = *fn.frame
		}
		return nil
	}
	if fn.implicit {
		return chcode.Errorf(chcode.BadArguments,
			"Window function '%s' does not expect window frame to be explicitly specified. In expression %s", fn.name, c.Name)
	}
	if f.Unit == ast.FrameGroups {
		return chcode.Errorf(chcode.NotImplemented, "Window frame 'GROUPS' is not implemented")
	}
	c.Frame.Rows = f.Unit == ast.FrameRows
	var err error
	if c.Frame.Start, err = b.frameBound(c, f.From, "start", s); err != nil {
		return err
	}
	if c.Frame.End, err = b.frameBound(c, f.To, "end", s); err != nil {
		return err
	}
	if err := checkFrame(c.Frame); err != nil {
		return err
	}
	if fn.frame != nil && !isWhole(c.Frame) {
		return chcode.Errorf(chcode.BadArguments, "Unsupported window frame type for function '%s'", fn.name)
	}
	return nil
}

func isWhole(f plan.Frame) bool {
	return f.Start.Kind == plan.Unbounded && f.End.Kind == plan.Unbounded
}

// checkFrame refuses frames that end before they begin.
func checkFrame(f plan.Frame) error {
	bad := func() error { return chcode.Errorf(chcode.BadArguments, "Window frame '%s' is invalid", f) }
	if f.Start.Kind == plan.Unbounded && f.Start.Following {
		return chcode.Errorf(chcode.BadArguments, "Frame start cannot be UNBOUNDED FOLLOWING")
	}
	if f.End.Kind == plan.Unbounded && !f.End.Following {
		return chcode.Errorf(chcode.BadArguments, "Frame end cannot be UNBOUNDED PRECEDING")
	}
	if f.Start.Kind == plan.Unbounded || f.End.Kind == plan.Unbounded {
		return nil
	}
	if distance(f.Start) > distance(f.End) {
		return bad()
	}
	// A frame that can hold the current row only at its far end is taken; one
	// between the current row and rows on the wrong side is not.
	if f.Start.Kind == plan.CurrentRow && f.End.Kind == plan.Offset && !f.End.Following {
		return bad()
	}
	if f.End.Kind == plan.CurrentRow && f.Start.Kind == plan.Offset && f.Start.Following {
		return bad()
	}
	return nil
}

// distance is how far behind the current row a bound is.
func distance(b plan.FrameBound) int64 {
	if b.Kind == plan.Offset && !b.Following {
		return -b.Offset
	}
	return b.Offset
}

func (b *Binder) frameBound(c *windowCall, n *ast.Bound, which string, s *scope) (plan.FrameBound, error) {
	out := plan.FrameBound{Following: n.Following}
	switch n.Kind {
	case ast.BoundCurrentRow:
		out.Kind = plan.CurrentRow
		return out, nil
	case ast.BoundUnbounded:
		out.Kind = plan.Unbounded
		return out, nil
	case ast.BoundOffset:
	}
	out.Kind = plan.Offset
	e, err := b.expression(n.Offset, s)
	if err != nil {
		return out, err
	}
	k, ok := e.(*expr.Const)
	if !ok || !k.Type().Kind.IsNumeric() || k.Type().Nullable {
		return out, chcode.Errorf(chcode.BadArguments,
			"Window frame %s OFFSET expression must be constant with numeric type. Actual: %s", which, ast.Format(n.Offset))
	}
	refuse := chcode.Errorf(chcode.BadArguments,
		"Frame %s offset must be a nonnegative 32-bit integer, '%s' of type '%s' given", which, ast.Format(n.Offset), k.Type())
	if !k.Type().Kind.IsInteger() {
		return out, refuse
	}
	if out.Offset, err = b.integer(k); err != nil {
		return out, err
	}
	if out.Offset < 0 || out.Offset >= math.MaxInt32 {
		return out, refuse
	}
	if !c.Frame.Rows {
		err = rangeOffset(c, out.Offset)
	}
	return out, err
}

// rangeOffset looks whether the ordering column can be moved by an offset.
func rangeOffset(c *windowCall, offset int64) error {
	if len(c.order) != 1 {
		return chcode.Errorf(chcode.BadArguments,
			"The RANGE OFFSET window frame requires exactly one ORDER BY column, %d given", len(c.order))
	}
	t := c.order[0].expr.Type()
	most := int64(math.MaxInt64)
	switch t.Phys() {
	case types.PhysU8:
		most = math.MaxUint8
	case types.PhysI8:
		most = math.MaxInt8
	case types.PhysU16:
		most = math.MaxUint16
	case types.PhysI16:
		most = math.MaxInt16
	case types.PhysU32, types.PhysI32, types.PhysU64, types.PhysI64, types.PhysF32, types.PhysF64:
	default:
		most = -1
	}
	if most < 0 || t.LowCard || t.Kind == types.Decimal || t.Kind == types.DateTime64 || t.IsEnum() {
		return chcode.Errorf(chcode.NotImplemented, "The RANGE OFFSET frame for an ORDER BY column of type %s is not implemented", t)
	}
	if offset > most {
		return chcode.Errorf(chcode.ArgumentOutOfBound, "Cannot convert value '%d': it cannot be represented as %s", offset, t)
	}
	return nil
}
