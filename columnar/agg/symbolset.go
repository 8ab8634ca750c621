package agg

import (
	"fmt"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/index/bitmap"
)

// IsSymbolSet tells whether the states of the function are sets of one String
// argument's symbols, as [AppendSymbolSet] writes them.
func (f Func) IsSymbolSet() bool {
	if len(f.args) != 1 || !f.args[0].IsString() || f.args[0].Nullable {
		return false
	}
	_, ok := f.make(false).(*symbolSets)
	return ok
}

// SymbolBytes is about the memory of the bitmap that a group of the function has over a
// dictionary, when its states are sets of one String argument's symbols, whole or until
// they are many; 0 for others. While the bitmaps of all groups are no larger than
// [DenseBudget], they are used.
func (f Func) SymbolBytes(dict batch.Dictionary) int64 {
	if len(f.args) != 1 || !f.args[0].IsString() || f.args[0].Nullable {
		return 0
	}
	switch f.make(false).(type) {
	case *symbolSets, *uniques:
		return int64(dict.Len())/8 + 8
	default:
		return 0
	}
}

// TakeSymbols calls f with the members of all states of a function that is a symbol set,
// and empties them; false, without having done either, when they are not all symbols of
// dict, or are more than limit.
func TakeSymbols(s States, dict batch.Dictionary, limit int, f func(group, symbol uint32)) bool {
	set := s.(*entry).inner.(*symbolSets)
	if set.texts.members > 0 || set.alone.n > 0 || set.syms.n > limit || (set.syms.n > 0 && set.syms.dict != dict) {
		return false
	}
	for g := range set.syms.sets {
		set.syms.each(g, func(symbol uint32) { f(uint32(g), symbol) })
		set.syms.put(uint32(g), bitmap.Set{})
	}
	return true
}

// AppendPart appends the members of a state of a set of symbols in the local form, which
// are those of a part, as numbers of the whole; ok is false, and nothing is appended,
// where the state has text, or no numbers are known.
func AppendPart(dst []uint32, state []byte, part *batch.Part) (out []uint32, ok bool, err error) {
	if len(state) == 0 {
		return dst, true, nil
	}
	if state[0] != setOfSymbols {
		return dst, false, nil
	}
	out, rest, err := bitmap.AppendMembers(dst, state[1:], len(part.Codes))
	if err != nil {
		return dst, false, fmt.Errorf("%w: set of symbols: %w", ErrCorrupt, err)
	}
	if len(rest) != 1 || rest[0] != 0 {
		return dst, false, nil
	}
	for i, sym := range out[len(dst):] {
		out[len(dst)+i] = part.Codes[sym]
	}
	return out, true, nil
}

// AppendSymbolSet appends the local form of the state of a set of symbols, which are
// given in rising order, each once: the bytes that Encode would give after adding
// them.
func AppendSymbolSet(dst []byte, symbols []uint32) []byte {
	dst = bitmap.AppendSorted(append(dst, setOfSymbols), symbols)
	return append(dst, 0) // no text
}

// AppendListed appends the symbols of such a state to dst when it is a short list
// without text; ok is false for all other states.
func AppendListed(dst []uint32, state []byte) (out []uint32, ok bool) {
	if len(state) == 0 {
		return dst, true
	}
	if state[0] != setOfSymbols {
		return dst, false
	}
	out, rest, ok := bitmap.AppendListed(dst, state[1:])
	if !ok || len(rest) != 1 || rest[0] != 0 {
		return dst, false
	}
	return out, true
}
