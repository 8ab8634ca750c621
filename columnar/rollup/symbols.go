package rollup

import (
	"math/bits"

	"github.com/freshetdb/freshet/columnar/agg"
	"github.com/freshetdb/freshet/columnar/batch"
)

// foldSymbols makes states of exact sets of symbols by sorting pairs of group and
// symbol: what comes out are the members of each set in rising order, which is how
// a set is written. It gives nil where that is not how the state looks.
func (s *state) foldSymbols(args []*batch.Vector, g *groups, rows int) *batch.Vector {
	if !s.fn.IsSymbolSet() || len(args) != 1 || args[0].Const {
		return nil
	}
	d, ok := args[0].Data.(batch.Symbols)
	if !ok || d.Overlay.Len() > 0 {
		return nil
	}
	most := uint32(0)
	for _, c := range d.Codes[:rows] {
		most = max(most, c)
	}
	width := bits.Len32(most)
	pairs := make([]uint64, rows)
	for i, c := range d.Codes[:rows] {
		pairs[i] = uint64(g.of[i])<<width | uint64(c)
	}
	v := symbolSets(pairs, width, len(g.first))
	v.Type, v.Dicts = s.typ, []batch.Dictionary{d.Dict}
	return v
}

// symbolSets writes the set of each group, given pairs of a group and, in the lowest
// bits, a symbol. It may use the memory of pairs.
func symbolSets(pairs []uint64, width, groups int) *batch.Vector {
	pairs = sortedUint64(pairs, width+bits.Len(uint(groups)))
	out := batch.Strings{Offsets: make([]uint32, 1, groups+1), Bytes: make([]byte, 0, 4*len(pairs))}
	var members []uint32
	mask := uint64(1)<<width - 1
	at := 0
	for group := range uint64(groups) {
		members = members[:0]
		for ; at < len(pairs) && pairs[at]>>width == group; at++ {
			if m := uint32(pairs[at] & mask); len(members) == 0 || members[len(members)-1] != m {
				members = append(members, m)
			}
		}
		out.Bytes = agg.AppendSymbolSet(out.Bytes, members)
		out.Offsets = append(out.Offsets, uint32(len(out.Bytes)))
	}
	return &batch.Vector{Len: groups, Data: out}
}
