package rollup

import (
	"math/bits"

	"github.com/freshetdb/freshet/columnar/agg"
	"github.com/freshetdb/freshet/columnar/batch"
)

// merge merges states of equal groups.
func (s *state) merge(v *batch.Vector, g *groups, portable bool) (*batch.Vector, error) {
	v = v.Expand()
	sameForm := !portable || v.Dicts == nil
	if len(g.first) == len(g.of) && sameForm {
		out := v.Gather(g.first) // Fast path: nothing to merge.
		out.Type = s.typ
		return out, nil
	}
	if sameForm && v.Dicts != nil {
		if out := s.mergeSymbols(v, g); out != nil {
			return out, nil
		}
	}
	m := newMeeting(g, sameForm)
	merged, err := s.mergeGroups(v.Gather(m.rows), m.of, m.groups, portable)
	if err != nil || m.alone == nil {
		return merged, err
	}
	states, met := v.Data.(batch.Strings), merged.Data.(batch.Strings)
	out := batch.Strings{Offsets: make([]uint32, 1, len(g.first)+1)}
	next := 0
	for i, row := range g.first {
		if m.alone[i] {
			out.Append(states.At(int(row)))
			continue
		}
		out.Append(met.At(next))
		next++
	}
	all := batch.NewStrings(s.typ, out, nil)
	all.Dicts = merged.Dicts
	return all, nil
}

// meeting is the rows that have to be merged: those that are alone in their group
// are kept as they are.
type meeting struct {
	rows   []uint32
	of     []uint32 // group of each of rows, of those that have several
	groups int
	alone  []bool // of all groups; nil: none is left out
}

func newMeeting(g *groups, leaveOut bool) meeting {
	if !leaveOut {
		return meeting{rows: sequence(0, len(g.of)), of: g.of, groups: len(g.first)}
	}
	counts := make([]uint32, len(g.first))
	for _, at := range g.of {
		counts[at]++
	}
	m := meeting{alone: make([]bool, len(g.first))}
	place := make([]uint32, len(g.first))
	for i, n := range counts {
		if m.alone[i] = n == 1; !m.alone[i] {
			place[i] = uint32(m.groups)
			m.groups++
		}
	}
	for row, at := range g.of {
		if !m.alone[at] {
			m.rows, m.of = append(m.rows, uint32(row)), append(m.of, place[at])
		}
	}
	return m
}

// mergeGroups merges states by the aggregate function.
func (s *state) mergeGroups(v *batch.Vector, of []uint32, groups int, portable bool) (*batch.Vector, error) {
	st := s.fn.New()
	if v.Dicts != nil {
		st.Bind(v.Dicts)
	}
	st.Grow(groups)
	if err := agg.MergeStates(st, s.fn, of, v, len(of)); err != nil {
		return nil, err
	}
	dicts := v.Dicts
	if portable {
		dicts = nil
	}
	return agg.EncodeStates(s.typ, st, 0, groups, dicts), nil
}

// mergeSymbols merges sets that are short lists of symbols, as most sets of a minute
// are, by sorting pairs of group and symbol; nil where some are not.
func (s *state) mergeSymbols(v *batch.Vector, g *groups) *batch.Vector {
	if !s.fn.IsSymbolSet() || v.Dicts[0] == nil {
		return nil
	}
	states := v.Data.(batch.Strings)
	members := make([]uint32, 0, 2*len(g.of))
	ends := make([]int, len(g.of))
	most := uint32(0)
	for i := range g.of {
		var ok bool
		if members, ok = agg.AppendListed(members, states.At(i)); !ok {
			return nil
		}
		ends[i] = len(members)
	}
	for _, m := range members {
		most = max(most, m)
	}
	if int(most) >= v.Dicts[0].Len() {
		return nil // The function says what is wrong.
	}
	width := bits.Len32(most)
	pairs := make([]uint64, 0, len(members))
	at := 0
	for i, end := range ends {
		for ; at < end; at++ {
			pairs = append(pairs, uint64(g.of[i])<<width|uint64(members[at]))
		}
	}
	out := symbolSets(pairs, width, len(g.first))
	out.Type, out.Dicts = s.typ, v.Dicts
	return out
}
