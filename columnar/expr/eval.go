package expr

import (
	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/types"
)

// env is the rows that an expression is evaluated for.
type env struct {
	ctx    *Ctx
	cols   []*batch.Vector
	params []*batch.Vector // by number of the parameter, see ParamPos
	rows   int
}

// column is the vector of a column or parameter.
func (v *env) column(c *Column) *batch.Vector {
	if c.Pos < 0 {
		return v.params[-1-c.Pos]
	}
	return v.cols[c.Pos]
}

// Eval computes e for all rows of b. The result has b.Rows rows and may share
// memory with b; it may be Const.
func Eval(ctx *Ctx, e Expr, b *batch.Batch) (*batch.Vector, error) {
	if err := ctx.cancelled(); err != nil {
		return nil, err
	}
	if c, isCol := e.(*Column); isCol && c.Pos >= 0 { // Fast path: nothing is computed.
		return b.Cols[c.Pos], nil
	}
	return e.eval(&env{ctx: ctx, cols: b.Cols, rows: b.Rows})
}

// EvalInto is [Eval] of what is used before the next call with the same room: a time that
// is rounded down is written to room, where that can be done, which saves fresh memory.
func EvalInto(ctx *Ctx, e Expr, b *batch.Batch, room *[]uint32) (*batch.Vector, error) {
	c, isCall := e.(*Call)
	if !isCall || !c.b.floors {
		return Eval(ctx, e, b)
	}
	args := make([]*batch.Vector, len(c.Args))
	for i, a := range c.Args {
		var err error
		if args[i], err = Eval(ctx, a, b); err != nil {
			return nil, err
		}
	}
	if v := args[0]; v.Const || v.Nulls != nil || v.Type.Nullable {
		return c.apply(ctx, args, b.Rows)
	}
	out, err := c.b.run(&run{ctx: ctx, name: c.Name, n: b.Rows, room: room}, args)
	if err != nil {
		return nil, err
	}
	out.Type, out.Len = c.typ, b.Rows
	return out, nil
}

// Steps is an expression whose values e rounds down to multiples of step, as seconds of
// Unix time without NULL; e itself, and 1, where e does anything else.
func Steps(e Expr) (of Expr, step uint64) {
	c, isCall := e.(*Call)
	if !isCall || c.b.step == 0 || c.Args[0].Type().Nullable {
		return e, 1
	}
	return c.Args[0], uint64(c.b.step)
}

// at is a column or parameter by its place; nil when it is not there (a parameter of a lambda further inside).
func (v *env) at(pos int) *batch.Vector {
	switch {
	case pos >= 0:
		return v.cols[pos]
	case -1-pos < len(v.params):
		return v.params[-1-pos]
	default:
		return nil
	}
}

// only is the rows named by sel, holding no more columns than the expressions need.
func (v *env) only(sel []uint32, exprs ...Expr) *env {
	out := &env{ctx: v.ctx, cols: make([]*batch.Vector, len(v.cols)), rows: len(sel)}
	if len(v.params) > 0 {
		out.params = make([]*batch.Vector, len(v.params))
	}
	for _, e := range exprs {
		for _, pos := range references(e) {
			switch {
			case pos >= 0 && out.cols[pos] == nil:
				out.cols[pos] = v.cols[pos].Gather(sel)
			case pos < 0 && -1-pos < len(v.params) && out.params[-1-pos] == nil:
				out.params[-1-pos] = v.params[-1-pos].Gather(sel)
			}
		}
	}
	return out
}

// minSymbolRows is from how many rows on it pays to find the symbols that occur.
const minSymbolRows = 16

// evalSymbols computes a call that depends on one column of symbols once per
// symbol that occurs; done is false when the call is not of that kind.
func (c *Call) evalSymbols(v *env) (out *batch.Vector, err error, done bool) {
	if out, done := c.compareCodes(v); done {
		return out, nil, true
	}
	if c.sole < 0 || v.rows < minSymbolRows {
		return nil, nil, false
	}
	col := v.cols[c.sole]
	s, ok := col.Data.(batch.Symbols)
	if !ok || col.Const {
		return nil, nil, false
	}
	if v.ctx != nil {
		if out, ok := v.ctx.Codes.of(v, c, col, s); ok {
			return out, nil, true
		}
	}
	d := distinctCodes(s, col.Nulls)
	if len(d.codes) > v.rows/2 {
		return nil, nil, false
	}
	sub := &env{ctx: v.ctx, cols: make([]*batch.Vector, len(v.cols)), rows: len(d.codes)}
	sub.cols[c.sole] = d.values(col.Type, s)
	if out, err = c.eval(sub); err != nil {
		return nil, err, true
	}
	if out.Const {
		return batch.NewConst(firstRows([]*batch.Vector{out})[0], v.rows), nil, true
	}
	return out.Gather(d.index), nil, true
}

// codeSet is the distinct codes of a column in order of first occurrence, and
// for each row the place of its code among them. NULL counts as a code of its own.
type codeSet struct {
	codes []uint32
	index []uint32
	null  int // the place of NULL in codes; -1: none
}

// maxDirectCodes bounds the dictionary for which codes are found by an array
// instead of a hash table, relative to the rows.
const maxDirectCodes = 4

func distinctCodes(s batch.Symbols, nulls []bool) *codeSet {
	d := &codeSet{index: make([]uint32, len(s.Codes)), null: -1}
	if n := s.Dict.Len(); s.Overlay.Len() == 0 && nulls == nil && n <= maxDirectCodes*len(s.Codes) {
		d.direct(s.Codes, n)
		return d
	}
	find := d.hashed(len(s.Codes))
	for i, code := range s.Codes {
		if nulls != nil && nulls[i] {
			if d.null < 0 {
				d.null = len(d.codes)
				d.codes = append(d.codes, code)
			}
			d.index[i] = uint32(d.null)
			continue
		}
		d.index[i] = find(code)
	}
	return d
}

// direct finds codes below n by an array.
func (d *codeSet) direct(codes []uint32, n int) {
	places := make([]uint32, n)
	index := d.index[:len(codes)]
	for i, code := range codes {
		p := places[code]
		if p == 0 {
			d.codes = append(d.codes, code)
			p = uint32(len(d.codes))
			places[code] = p
		}
		index[i] = p - 1
	}
}

func (d *codeSet) hashed(rows int) func(uint32) uint32 {
	size := 1
	for size < 2*rows {
		size *= 2
	}
	type slot struct{ code, place uint32 }
	table := make([]slot, size)
	mask := uint32(size - 1)
	return func(code uint32) uint32 {
		const mix = 0x9E3779B1
		for h := code * mix >> 7; ; h++ {
			e := &table[h&mask]
			switch {
			case e.place == 0:
				d.codes = append(d.codes, code)
				*e = slot{code: code, place: uint32(len(d.codes))}
				return e.place - 1
			case e.code == code:
				return e.place - 1
			}
		}
	}
}

// values are the values of the codes as a column.
func (d *codeSet) values(t types.Type, s batch.Symbols) *batch.Vector {
	var out batch.Strings
	if d.null < 0 && s.Overlay.Len() == 0 {
		out.AppendSymbols(s.Dict, d.codes)
		return batch.NewStrings(t, out, nil)
	}
	out.Offsets = make([]uint32, 1, len(d.codes)+1)
	var nulls []bool
	if d.null >= 0 {
		nulls = make([]bool, len(d.codes))
		nulls[d.null] = true
	}
	for i, code := range d.codes {
		if i == d.null {
			out.Append(make([]byte, t.Width))
			continue
		}
		out.Append(s.Of(code))
	}
	return batch.NewStrings(t, out, nulls)
}
