package table

import (
	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/types"
	"github.com/freshetdb/freshet/index/symbol"
)

// Dictionary numbers the values of one column. Its methods belong to the
// goroutine that applies the log, but View and SizeBytes.
type Dictionary struct {
	Column uint32
	Dict   *symbol.Dict
	Plain  bool // takes no new symbols (R12)

	// Rows and New count the values numbered since the store was opened and those
	// that were new: what tells that a code column is free text.
	Rows, New int64

	shown *Symbols // as of the last View
}

// NewDictionary makes an empty dictionary of a column.
func NewDictionary(column uint32) *Dictionary {
	return &Dictionary{Column: column, Dict: symbol.New()}
}

// HasDictionaries tells whether a table numbers text itself: a rollup has the
// symbols of its source, and a view with TO no rows.
func (d *Def) HasDictionaries() bool { return d.Kind != Rollup && d.Kind != ViewTo }

// HasDictionary tells whether the values of a column are numbered, in a table that
// has dictionaries: text that is stored and not part of an array.
func HasDictionary(c *types.Column) bool {
	return c.IsStored() && c.Type.Kind == types.String
}

// View is the dictionary now. It is the same pointer until a value is added, so
// that codes of parts that are read together can be compared.
func (d *Dictionary) View() *Symbols {
	v := d.Dict.View()
	if d.shown == nil || d.shown.view.Len() != v.Len() || d.shown.isPlain != d.Plain {
		d.shown = &Symbols{view: v, isPlain: d.Plain}
	}
	return d.shown
}

// Encode gives the values of a column of text as symbols without dictionary. New
// values get the next numbers in the order of rows, so that every replica gives
// them the same; those of a plain column, and values that are too long for a
// dictionary, stand in the overlay.
func (d *Dictionary) Encode(v *batch.Vector) *batch.Vector {
	text := v.Strings()
	values := symbol.Strings{Offsets: text.Offsets, Bytes: text.Bytes}
	out := batch.Symbols{Codes: make([]uint32, text.Len())}
	d.number(values, out.Codes)
	for i, code := range out.Codes {
		if code == symbol.None {
			out.Codes[i] = batch.OverlayBit | uint32(out.Overlay.Len())
			out.Overlay.Append(text.At(i))
		}
	}
	c := *v
	c.Data = out
	return &c
}

// number writes the symbols of values, None for those that have none.
func (d *Dictionary) number(values symbol.Strings, out []uint32) {
	if d.Plain {
		d.Dict.LookupBatch(values, out)
		return
	}
	d.Rows += int64(len(out))
	added, err := d.Dict.Encode(values, out)
	d.New += int64(added)
	if err == nil {
		return // Fast path: nearly always.
	}
	for i := range out {
		var one symbol.Strings
		one.Append(values.At(i))
		added, err := d.Dict.Encode(one, out[i:i+1])
		d.New += int64(added)
		if err != nil { // Too long, or the dictionary is full: both are functions of the log.
			out[i] = symbol.None
		}
	}
}

// Symbols is the values of a dictionary at one moment. It implements
// [batch.Dictionary].
type Symbols struct {
	view    symbol.View
	isPlain bool
}

// lacks tells that no row of the column has a value.
func (s *Symbols) lacks(value []byte) bool {
	if s.isPlain || len(value) > symbol.MaxValueBytes || s.view.Len() == symbol.MaxLen {
		return false // It may stand as text.
	}
	_, known := s.view.Lookup(value)
	return !known
}

// Len implements batch.Dictionary.
func (s *Symbols) Len() int { return int(s.view.Len()) }

// Value implements batch.Dictionary.
func (s *Symbols) Value(sym uint32) []byte { return s.view.AppendValue(nil, sym) }

// Decode implements batch.DecodingDictionary.
func (s *Symbols) Decode(symbols []uint32, dst *batch.Strings) {
	s.view.Decode(symbols, (*symbol.Strings)(dst))
}

// Lookup implements batch.Dictionary.
func (s *Symbols) Lookup(value []byte) (sym uint32, ok bool) { return s.view.Lookup(value) }

// Hash128 implements batch.Dictionary.
func (s *Symbols) Hash128(sym uint32) (hi, lo uint64) {
	h := s.view.Hash(sym)
	return h.Hi, h.Lo
}

// AppendLowHashes implements batch.HashingDictionary.
func (s *Symbols) AppendLowHashes(dst []uint64, symbols []uint32) []uint64 {
	return s.view.AppendLowHashes(dst, symbols)
}

// Ranks gives for each symbol its place in the order of values; there may be more
// of them than symbols. It is computed once and must not be changed.
func (s *Symbols) Ranks() []uint32 { return s.view.Rank().Of }

// GreatestCode is the greatest symbol of a vector; false when it has none.
func GreatestCode(v *batch.Vector) (code uint32, ok bool) {
	s, isSymbols := v.Data.(batch.Symbols)
	if !isSymbols {
		return 0, false
	}
	for i, c := range s.Codes {
		if c&batch.OverlayBit == 0 && !v.IsNull(i) {
			code, ok = max(code, c), true
		}
	}
	return code, ok
}
