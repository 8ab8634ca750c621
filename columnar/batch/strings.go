package batch

import "slices"

// Strings is a column of byte strings: value i is
// Bytes[Offsets[i]:Offsets[i+1]]. Offsets has one element more than there are
// values and need not begin at zero.
type Strings struct {
	Offsets []uint32
	Bytes   []byte
}

// Len is the number of values.
func (s Strings) Len() int { return max(len(s.Offsets)-1, 0) }

// At is value i; the result shares memory with the column.
func (s Strings) At(i int) []byte { return s.Bytes[s.Offsets[i]:s.Offsets[i+1]] }

// text is the values one after another.
func (s Strings) text() []byte {
	n := s.Len()
	if n == 0 {
		return nil
	}
	return s.Bytes[s.Offsets[0]:s.Offsets[n]]
}

// Append adds a value.
func (s *Strings) Append(v []byte) {
	if len(s.Offsets) == 0 {
		s.Offsets = append(s.Offsets, 0)
	}
	s.Bytes = append(s.Bytes, v...)
	s.Offsets = append(s.Offsets, uint32(len(s.Bytes)))
}

// AppendString adds a value.
func (s *Strings) AppendString(v string) {
	if len(s.Offsets) == 0 {
		s.Offsets = append(s.Offsets, 0)
	}
	s.Bytes = append(s.Bytes, v...)
	s.Offsets = append(s.Offsets, uint32(len(s.Bytes)))
}

// Slice is the values [lo, hi).
func (s Strings) Slice(lo, hi int) Strings {
	if hi == lo {
		return Strings{Offsets: []uint32{0}}
	}
	return Strings{Offsets: s.Offsets[lo : hi+1], Bytes: s.Bytes}
}

// Dictionary gives the values of symbols. Implementations are immutable
// prefixes of a shard's dictionary and safe for concurrent use. A query sees
// one Dictionary per column and shard, so codes of two vectors are comparable
// when their Dictionaries are the same pointer.
type Dictionary interface {
	// Len is the number of symbols; they are 0 … Len-1.
	Len() int
	// Value is the value of a symbol. The caller must not change or keep it
	// beyond the life of the view it came from.
	Value(sym uint32) []byte
	// Lookup finds the symbol of a value.
	Lookup(value []byte) (sym uint32, ok bool)
	// Hash128 is the xxh3-128 hash of a symbol's value, kept by the dictionary:
	// what portable states hold instead of the symbol (R11).
	Hash128(sym uint32) (hi, lo uint64)
}

// DecodingDictionary is a dictionary that gives the values of many symbols at once.
type DecodingDictionary interface {
	Dictionary
	// Decode appends the values of symbols to dst.
	Decode(symbols []uint32, dst *Strings)
}

// HashingDictionary is a dictionary that gives the hashes of many symbols at once.
type HashingDictionary interface {
	Dictionary
	// AppendLowHashes appends the second half of each symbol's Hash128 to dst.
	AppendLowHashes(dst []uint64, symbols []uint32) []uint64
}

// AppendLowHashes appends the second half of the Hash128 of each symbol of d to dst.
func AppendLowHashes(dst []uint64, d Dictionary, symbols []uint32) []uint64 {
	if h, ok := d.(HashingDictionary); ok {
		return h.AppendLowHashes(dst, symbols)
	}
	for _, sym := range symbols {
		_, lo := d.Hash128(sym)
		dst = append(dst, lo)
	}
	return dst
}

// AppendSymbols adds the values of symbols of d, none of which has [OverlayBit].
func (s *Strings) AppendSymbols(d Dictionary, codes []uint32) {
	if len(s.Offsets) == 0 {
		s.Offsets = append(slices.Grow(s.Offsets, len(codes)+1), 0)
	}
	if many, ok := d.(DecodingDictionary); ok {
		many.Decode(codes, s)
		return
	}
	for _, c := range codes {
		s.Bytes = append(s.Bytes, d.Value(c)...)
		s.Offsets = append(s.Offsets, uint32(len(s.Bytes)))
	}
}

// OverlayBit marks a code that points into Symbols.Overlay instead of the
// dictionary: text of a demoted column that has no symbol (R12).
const OverlayBit = 1 << 31

// Symbols is a column of strings as numbers. Code c stands for Dict.Value(c),
// or for Overlay.At(c &^ OverlayBit) when the bit is set. A value that is in
// the dictionary never stands in the overlay.
type Symbols struct {
	Codes   []uint32
	Dict    Dictionary
	Overlay Strings
}

// Len is the number of rows.
func (s Symbols) Len() int { return len(s.Codes) }

// At is the value of row i.
func (s Symbols) At(i int) []byte { return s.Of(s.Codes[i]) }

// Of is the value of a code.
func (s Symbols) Of(code uint32) []byte {
	if code&OverlayBit != 0 {
		return s.Overlay.At(int(code &^ OverlayBit))
	}
	return s.Dict.Value(code)
}

// Decode writes the values out as Strings.
func (s Symbols) Decode() Strings {
	if s.Overlay.Len() == 0 {
		var out Strings
		out.AppendSymbols(s.Dict, s.Codes)
		return out
	}
	out := Strings{Offsets: make([]uint32, 1, len(s.Codes)+1)}
	for _, c := range s.Codes {
		out.Bytes = append(out.Bytes, s.Of(c)...)
		out.Offsets = append(out.Offsets, uint32(len(out.Bytes)))
	}
	return out
}

// Lists is a column of arrays: row i is elements [Offsets[i], Offsets[i+1]) of
// Elems. Offsets has one element more than there are rows.
type Lists struct {
	Offsets []uint32
	Elems   *Vector
}

// Part is a dictionary, a shard's, whose symbols have numbers in a larger one: the
// dictionary of encoded sets of symbols that are read as sets of those numbers.
type Part struct {
	Dictionary
	Whole Dictionary
	Codes []uint32 // by symbol: its number in Whole
}

// WholeDictionary is a dictionary that knows its parts.
type WholeDictionary interface {
	Dictionary
	// CodesOf are the numbers of the symbols of a part; ok is false when it is none.
	CodesOf(part Dictionary) (codes []uint32, ok bool)
}

// WholeOf is what a part is of, and its numbers there; d itself, and nil, for a
// dictionary that is none.
func WholeOf(d Dictionary) (whole Dictionary, codes []uint32) {
	p, ok := d.(*Part)
	switch {
	case !ok:
		return d, nil
	case p.Codes == nil:
		return p.Whole, []uint32{}
	default:
		return p.Whole, p.Codes
	}
}

// Wholes are dictionaries with the whole in the place of each part.
func Wholes(dicts []Dictionary) []Dictionary {
	for i, d := range dicts {
		if _, ok := d.(*Part); ok {
			out := slices.Clone(dicts)
			for k := range out[i:] {
				out[i+k], _ = WholeOf(out[i+k])
			}
			return out
		}
	}
	return dicts
}
