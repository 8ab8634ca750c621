package exec

import (
	"context"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/chcode"
)

// Lag is lag and lagInFrame: the value so many rows before, if the frame has that
// row, else the default.
func Lag(_ context.Context, w *windowRows, c *WindowCall) (*batch.Vector, error) {
	return w.pick(c, 1, 0, func(row, _, by int64) int64 { return row - by })
}

// Lead is lead and leadInFrame: the value so many rows after.
func Lead(_ context.Context, w *windowRows, c *WindowCall) (*batch.Vector, error) {
	return w.pick(c, 1, 0, func(row, _, by int64) int64 { return row + by })
}

// NthValue is nth_value: the value of the frame's n-th row.
func NthValue(_ context.Context, w *windowRows, c *WindowCall) (*batch.Vector, error) {
	return w.pick(c, 1, 1, func(_, first, n int64) int64 { return first + n - 1 })
}

// pick gives for every row the first argument of another row, which where names
// from the row, the first row of its frame and the second argument (by default
// usual, at least least). Rows outside of the frame give the third argument of
// the current row, or the type's default.
func (w *windowRows) pick(c *WindowCall, usual, least int64, where func(row, first, n int64) int64) (*batch.Vector, error) {
	s, err := w.frames(c.Frame)
	if err != nil {
		return nil, err
	}
	args := w.args(c)
	n := int64(w.batch.Rows)
	var by []int64
	if len(args) > 1 && n > 0 {
		by = batch.Values[int64](args[1])
	}
	source, fallback := withDefault(args)
	sel := make([]uint32, n)
	for i := range n {
		off := usual
		if by != nil {
			off = by[args[1].Row(int(i))]
		}
		if off < least {
			return nil, chcode.Errorf(chcode.BadArguments,
				"The offset of a window function must be in (%d, 9223372036854775807], %d given", least, off)
		}
		if off > n { // no such row; and sums stay in range
			off = n + 1
		}
		at := where(i, int64(s.lo[i]), off)
		switch {
		case at >= int64(s.lo[i]) && at < int64(s.hi[i]):
			sel[i] = uint32(at)
		case len(args) > 2:
			sel[i] = fallback + uint32(i)
		default:
			sel[i] = fallback
		}
	}
	return source.Gather(sel).WithType(c.Result), nil
}

// withDefault is the first argument with more rows behind: the third argument's,
// or one row of the type's default. fallback is the first of them.
func withDefault(args []*batch.Vector) (source *batch.Vector, fallback uint32) {
	v := args[0].Expand()
	n := uint32(v.Len)
	if len(args) > 2 {
		return batch.Concat(v.Type, []*batch.Vector{v, args[2].WithType(v.Type)}), n
	}
	one := batch.NewBuilder(v.Type, 1)
	one.AppendDefault()
	d := one.Finish()
	if s, ok := v.Data.(batch.Symbols); ok {
		d.Data = asSymbol(s, d.Bytes(0))
	}
	return batch.Concat(v.Type, []*batch.Vector{v, d}), n
}

// asSymbol is one value as a column of the dictionary of s, so that nothing has
// to be turned to text.
func asSymbol(s batch.Symbols, value []byte) batch.Symbols {
	if code, ok := s.Dict.Lookup(value); ok {
		return batch.Symbols{Codes: []uint32{code}, Dict: s.Dict}
	}
	out := batch.Symbols{Codes: []uint32{batch.OverlayBit}, Dict: s.Dict}
	out.Overlay.Append(value)
	return out
}
