package exec

import (
	"github.com/freshetdb/freshet/columnar/batch"
)

// noCode stands for text that a coder does not know and may not add.
const noCode = ^uint32(0)

// coder numbers the strings of one key column for one query. Codes of the
// first dictionary it meets stand for themselves; text without a symbol gets a
// number of its own with batch.OverlayBit (the query-local overlay of R12);
// codes of other dictionaries are translated once per distinct code.
type coder struct {
	dict  batch.Dictionary
	ids   map[string]uint32
	texts batch.Strings
	trans map[batch.Dictionary][]uint32 // other dictionary's code -> own code + 1; 0: not yet
	bytes int64
}

// encode writes the code of every row of v; with add unset, unknown text gives
// noCode. v is not Const.
func (c *coder) encode(v *batch.Vector, add bool, out []uint32) {
	switch d := v.Data.(type) {
	case batch.Symbols:
		if add && c.dict == nil && c.ids == nil {
			c.dict = d.Dict
		}
		if c.dict == d.Dict && d.Overlay.Len() == 0 {
			copy(out, d.Codes[:v.Len])
			return
		}
		c.encodeSymbols(d, add, out[:v.Len])
	case batch.Strings:
		for i := range v.Len {
			out[i] = c.text(d.At(i), add)
		}
	}
}

func (c *coder) encodeSymbols(d batch.Symbols, add bool, out []uint32) {
	var trans []uint32
	if c.dict != d.Dict {
		trans = c.translation(d.Dict)
	}
	for i := range out {
		code := d.Codes[i]
		switch {
		case code&batch.OverlayBit != 0:
			out[i] = c.text(d.Overlay.At(int(code&^batch.OverlayBit)), add)
		case trans == nil:
			out[i] = code
		case trans[code] != 0:
			out[i] = trans[code] - 1
		default:
			own := c.text(d.Dict.Value(code), add)
			if own != noCode {
				trans[code] = own + 1
			}
			out[i] = own
		}
	}
}

func (c *coder) translation(d batch.Dictionary) []uint32 {
	if c.trans == nil {
		c.trans = make(map[batch.Dictionary][]uint32)
	}
	t, ok := c.trans[d]
	if !ok {
		t = make([]uint32, d.Len())
		c.trans[d] = t
		c.bytes += int64(len(t)) * 4
	}
	return t
}

// text is the code of a value that came as bytes.
func (c *coder) text(v []byte, add bool) uint32 {
	if c.dict != nil {
		if sym, ok := c.dict.Lookup(v); ok {
			return sym
		}
	}
	if id, ok := c.ids[string(v)]; ok {
		return id
	}
	if !add {
		return noCode
	}
	if c.ids == nil {
		c.ids = make(map[string]uint32)
	}
	id := batch.OverlayBit | uint32(c.texts.Len())
	c.texts.Append(v)
	c.ids[string(v)] = id
	c.bytes += int64(2*len(v)) + 64
	return id
}

// symbols are codes as a column.
func (c *coder) symbols(codes []uint32) any {
	s := batch.Symbols{Codes: codes, Dict: c.dict, Overlay: c.texts}
	if c.dict == nil {
		return s.Decode()
	}
	return s
}
