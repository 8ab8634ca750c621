package expr

import (
	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/kernel"
	"github.com/freshetdb/freshet/columnar/types"
)

// compareCodes answers equals and notEquals of a column of symbols and a
// constant, or of two columns of one dictionary, without looking at a string.
func (c *Call) compareCodes(v *env) (*batch.Vector, bool) {
	if c.Name != "equals" && c.Name != "notEquals" {
		return nil, false
	}
	op := kernel.EQ
	if c.Name == "notEquals" {
		op = kernel.NE
	}
	a, okA := c.Args[0].(*Column)
	b, okB := c.Args[1].(*Column)
	switch {
	case okA && okB:
		return c.compareColumns(v, op, v.column(a), v.column(b))
	case okA:
		return c.compareCode(v, op, v.column(a), c.Args[1])
	case okB:
		return c.compareCode(v, op, v.column(b), c.Args[0])
	default:
		return nil, false
	}
}

func (c *Call) compareColumns(v *env, op kernel.Op, a, b *batch.Vector) (*batch.Vector, bool) {
	x, okX := a.Data.(batch.Symbols)
	y, okY := b.Data.(batch.Symbols)
	if !okX || !okY || a.Const || b.Const || x.Dict != y.Dict || x.Overlay.Len() > 0 || y.Overlay.Len() > 0 ||
		a.Type.Kind != b.Type.Kind || a.Type.Width != b.Type.Width {
		return nil, false
	}
	out := make([]uint8, v.rows)
	kernel.Compare(op, out, x.Codes, y.Codes)
	return c.flags(out, kernel.Union(a.Nulls, b.Nulls)), true
}

func (c *Call) compareCode(v *env, op kernel.Op, col *batch.Vector, other Expr) (*batch.Vector, bool) {
	s, ok := col.Data.(batch.Symbols)
	value, okC := other.(*Const)
	if !ok || !okC || col.Const || value.isNull() || !value.Vec.Type.IsString() {
		return nil, false
	}
	want := value.Vec.Bytes(0)
	if col.Type.Kind == types.FixedString || value.Type().Kind == types.FixedString {
		return nil, false // padding
	}
	if s.Overlay.Len() > 0 {
		return nil, false // a value may stand in the overlay more than once
	}
	out := make([]uint8, v.rows)
	code, found := s.Dict.Lookup(want)
	switch {
	case found:
		kernel.EqualCodes(op, out, s.Codes, code)
	case op == kernel.NE:
		for i := range out {
			out[i] = 1
		}
	}
	return c.flags(out, col.Nulls), true
}

func (c *Call) flags(out []uint8, nulls []bool) *batch.Vector {
	v := batch.Vector{Type: c.typ, Len: len(out), Nulls: nulls, Data: out}
	return v.Canonical()
}
