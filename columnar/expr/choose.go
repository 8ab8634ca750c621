package expr

import (
	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/kernel"
	"github.com/freshetdb/freshet/columnar/types"
)

var chooseOps = map[string]kernel.Op{
	"equals": kernel.EQ, "notEquals": kernel.NE, "less": kernel.LT, "lessOrEquals": kernel.LE,
	"greater": kernel.GT, "greaterOrEquals": kernel.GE,
}

// chooseRows finds the rows at which a column compares with a constant, without
// intermediate flags: the conditions that most scans have. ok is false where the
// general way is needed. The rows are written to buf, or over sel.
func chooseRows(e Expr, b *batch.Batch, sel, buf []uint32) (rows []uint32, ok bool) {
	if in, isIn := e.(*In); isIn {
		return in.choose(b, sel, buf)
	}
	c, isCall := e.(*Call)
	if !isCall || len(c.Args) != 2 {
		return nil, false
	}
	op, known := chooseOps[c.Name]
	if !known {
		return nil, false
	}
	left, right := c.Args[0], c.Args[1]
	if _, isConst := left.(*Const); isConst {
		left, right, op = right, left, op.Swap()
	}
	col, isCol := left.(*Column)
	k, isConst := right.(*Const)
	if !isCol || !isConst || col.Pos < 0 || k.isNull() {
		return nil, false
	}
	v := b.Cols[col.Pos]
	if v.Const || v.Nulls != nil {
		return nil, false
	}
	dst := roomFor(b, sel, buf)
	if s, isSymbols := v.Data.(batch.Symbols); isSymbols {
		return chooseCodes(op, s, v, k, sel, dst)
	}
	if v.Type.Kind != k.Type().Kind || v.Type.Scale != k.Type().Scale || v.Type.IsFloat() || v.Type.IsEnum() {
		return nil, false
	}
	switch d := v.Data.(type) {
	case []uint8:
		return chooseFixed(op, d[:b.Rows], k, sel, dst)
	case []uint16:
		return chooseFixed(op, d[:b.Rows], k, sel, dst)
	case []uint32:
		return chooseFixed(op, d[:b.Rows], k, sel, dst)
	case []uint64:
		return chooseFixed(op, d[:b.Rows], k, sel, dst)
	case []int8:
		return chooseFixed(op, d[:b.Rows], k, sel, dst)
	case []int16:
		return chooseFixed(op, d[:b.Rows], k, sel, dst)
	case []int32:
		return chooseFixed(op, d[:b.Rows], k, sel, dst)
	case []int64:
		return chooseFixed(op, d[:b.Rows], k, sel, dst)
	default:
		return nil, false
	}
}

func chooseFixed[T kernel.Num](op kernel.Op, d []T, k *Const, sel, dst []uint32) ([]uint32, bool) {
	y, ok := k.Vec.Data.([]T)
	if !ok {
		return nil, false
	}
	return kernel.Choose(op, dst, d, y[0], sel), true
}

// chooseCodes compares symbols with the code of a text.
func chooseCodes(op kernel.Op, s batch.Symbols, v *batch.Vector, k *Const, sel, dst []uint32) ([]uint32, bool) {
	if (op != kernel.EQ && op != kernel.NE) || s.Overlay.Len() > 0 || v.Type.Kind != types.String || k.Type().Kind != types.String {
		return nil, false
	}
	code, found := s.Dict.Lookup(k.Vec.Bytes(0))
	if !found {
		code = batch.OverlayBit // no symbol has it
	}
	return kernel.Choose(op, dst, s.Codes, code, sel), true
}

// roomFor is the memory that chosen rows are written to.
func roomFor(b *batch.Batch, sel, buf []uint32) []uint32 {
	if sel != nil {
		return sel
	}
	if cap(buf) < b.Rows {
		buf = make([]uint32, b.Rows)
	}
	return buf[:b.Rows]
}

// choose is chooseRows for a column of symbols of the set's dictionary.
func (n *In) choose(b *batch.Batch, sel, buf []uint32) ([]uint32, bool) {
	col, isCol := n.Arg.(*Column)
	s := n.Set.symbols
	if !isCol || col.Pos < 0 || s == nil {
		return nil, false
	}
	v := b.Cols[col.Pos]
	d, isSymbols := v.Data.(batch.Symbols)
	if !isSymbols || v.Const || v.Nulls != nil || d.Overlay.Len() > 0 || v.Type.Kind != types.String {
		return nil, false
	}
	if s = s.in(d.Dict); s == nil {
		return nil, false
	}
	return s.choose(roomFor(b, sel, buf), d.Codes[:b.Rows], sel, n.Negate), true
}

// Text is a value that texts are to equal, or not to equal.
type Text struct {
	Value  []byte
	Negate bool
}

// TextMatch asks for the rows that satisfy a condition on a text: of Rows, or of all where
// that is nil. They are written to To, which may be the memory of Rows.
type TextMatch struct {
	Text
	Rows, To []uint32
}

// TextEquality tells of a condition column = 'text' or column != 'text', over a column
// of type String, its parts.
func TextEquality(e Expr) (pos int, text Text, ok bool) {
	c, isCall := e.(*Call)
	if !isCall || (c.Name != "equals" && c.Name != "notEquals") {
		return 0, Text{}, false
	}
	left, right := c.Args[0], c.Args[1]
	if _, isConst := left.(*Const); isConst {
		left, right = right, left
	}
	col, isCol := left.(*Column)
	k, isConst := right.(*Const)
	if !isCol || !isConst || col.Pos < 0 || k.isNull() || col.T.Kind != types.String || k.Type().Kind != types.String {
		return 0, Text{}, false
	}
	return col.Pos, Text{k.Vec.Bytes(0), c.Name == "notEquals"}, true
}
