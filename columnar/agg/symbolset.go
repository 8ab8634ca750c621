package agg

import (
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

// AppendSymbolSet appends the local form of the state of a set of symbols, which are
// given in rising order, each once: the bytes that Encode would give after adding
// them.
func AppendSymbolSet(dst []byte, symbols []uint32) []byte {
	dst = bitmap.AppendSorted(append(dst, setOfSymbols), symbols)
	return append(dst, 0) // no text
}
