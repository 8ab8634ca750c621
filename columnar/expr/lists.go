package expr

import (
	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/chcode"
	"github.com/freshetdb/freshet/columnar/kernel"
	"github.com/freshetdb/freshet/columnar/types"
)

// maxListElems bounds the elements of the arrays that one evaluation makes.
const maxListElems = 1 << 27

// lists is an operand of arrays.
type lists struct {
	offsets []uint32
	elems   *batch.Vector // never Const; strings written out
	one     bool          // the only array stands for all rows
}

func listsOf(v *batch.Vector) *lists {
	l := v.Data.(batch.Lists)
	return &lists{offsets: l.Offsets, elems: plainStrings(l.Elems.Expand()), one: v.Const || len(l.Offsets) == 2}
}

// at is the range of elements of a row.
func (l *lists) at(i int) (lo, hi uint32) {
	if l.one {
		i = 0
	}
	return l.offsets[i], l.offsets[i+1]
}

// size is the number of elements of a row.
func (l *lists) size(i int) int {
	lo, hi := l.at(i)
	return int(hi - lo)
}

// picks names, row by row, the elements that a column of arrays is made of.
type picks struct {
	ends []uint32
	perm []uint32
}

func newPicks(rows int) *picks { return &picks{ends: make([]uint32, 1, rows+1)} }

func (p *picks) end() error {
	if len(p.perm) > maxListElems {
		return tooManyElems(len(p.perm))
	}
	p.ends = append(p.ends, uint32(len(p.perm)))
	return nil
}

func tooManyElems(n int) error {
	return chcode.Errorf(chcode.TooLargeArraySize, "Arrays of %d elements in one block, the limit is %d", n, maxListElems)
}

// of is the column of arrays of the elements picked.
func (p *picks) of(elems *batch.Vector) *batch.Vector {
	return vec(batch.Lists{Offsets: p.ends, Elems: elems.Gather(p.perm)})
}

// pickRows makes an array of each row out of elements of a column; f appends
// their places.
func pickRows(r *run, elems *batch.Vector, f func(perm []uint32, i int) []uint32) (*batch.Vector, error) {
	p := newPicks(r.n)
	for i := range r.n {
		if !r.skips(i) {
			p.perm = f(p.perm, i)
		}
		if err := p.end(); err != nil {
			return nil, err
		}
	}
	return p.of(elems), nil
}

// takesArrays checks that arguments are arrays.
func (s *site) takesArrays(which ...int) error {
	for _, i := range which {
		if i < len(s.types) && s.types[i].Kind != types.Array {
			return s.illegal(i)
		}
	}
	return nil
}

// allIndexes are the places of all arguments.
func (s *site) allIndexes() []int {
	out := make([]int, len(s.args))
	for i := range out {
		out[i] = i
	}
	return out
}

// castArrays makes the arguments arrays of one common type of elements.
func (s *site) castArrays(which ...int) (elem types.Type, err error) {
	if err := s.takesArrays(which...); err != nil {
		return elem, err
	}
	elems := make([]types.Type, len(which))
	for k, i := range which {
		elems[k] = s.types[i].Elem()
	}
	if elem, err = Supertype(elems...); err != nil {
		return elem, err
	}
	for _, i := range which {
		if err := s.cast(i, types.ArrayOf(elem)); err != nil {
			return elem, err
		}
	}
	return elem, nil
}

// withDefault is elems with the default of the type behind them.
func withDefault(elems *batch.Vector) *batch.Vector {
	b := batch.NewBuilder(elems.Type, 1)
	b.AppendDefault()
	return concat(elems.Type, []*batch.Vector{elems, b.Finish()})
}

// intElems is a column of integers of a type.
func intElems(t types.Type, x []int64) *batch.Vector {
	return &batch.Vector{Type: t, Len: len(x), Data: kernel.ConvertTo(t.Phys(), x)}
}
