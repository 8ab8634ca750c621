package expr

import (
	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/chcode"
	"github.com/freshetdb/freshet/columnar/types"
)

// transformFunctions map values by tables.
func transformFunctions() []*function {
	return []*function{
		entry(info("Other", "transform(x, from, to[, default])", "the common type of to and default", "Replaces x by the element of to in the place where from has x, else by the default or x itself.", "transform(1, [1, 2], ['a', 'b'], 'c')"), 3, 4, bindTransform, ownNulls|ownLowCard),
	}
}

func bindTransform(s *site) (bound, error) {
	if err := s.takesArrays(1, 2); err != nil {
		return bound{}, err
	}
	if err := s.takesConst(1, 2); err != nil {
		return bound{}, err
	}
	other := len(s.args) - 1
	if other == 2 {
		other = 0
	}
	ret, err := Supertype(s.types[2].Elem(), ownTypes(s.args)[other])
	if err != nil {
		return bound{}, err
	}
	places, key, err := s.transformPlaces()
	if err != nil {
		return bound{}, err
	}
	ret.LowCard = false
	to, err := constElems(s, 2, ret)
	if err != nil {
		return bound{}, err
	}
	def, err := castBranch(s.ctx, s.args[other], ret)
	if err != nil {
		return bound{}, err
	}
	x, err := castBranch(s.ctx, s.args[0], key)
	if err != nil {
		return bound{}, err
	}
	s.args = []Expr{x, s.args[1], s.args[2], def}
	return bound{ret: ret, run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
		column, at := shortest(args[0]), rowOf(args[0])
		base, defAt := uint32(to.Len), rowOf(args[3])
		perm := make([]uint32, r.n)
		var buf []byte
		for i := range perm {
			buf = appendNullableKey(buf[:0], column, int(at(i)))
			place, ok := places[string(buf)]
			if !ok {
				place = base + defAt(i)
			}
			perm[i] = place
		}
		return concat(ret, []*batch.Vector{to, shortest(args[3])}).Gather(perm), nil
	}}, nil
}

// transformPlaces finds the type in which x is compared with the elements of
// from, and the place of each of these.
func (s *site) transformPlaces() (places map[string]uint32, key types.Type, err error) {
	x := ownTypes(s.args)[0]
	if key, err = Supertype(s.types[1].Elem(), x); err != nil || x.IsEnum() {
		key = x
	}
	key.LowCard = false
	from, err := constElems(s, 1, key)
	if err != nil {
		return nil, key, err
	}
	if n := s.constant(2).Vec.Data.(batch.Lists); from.Len != int(n.Offsets[1]-n.Offsets[0]) {
		return nil, key, chcode.Errorf(chcode.BadArguments, "Second and third arguments of function %s must be arrays of same size", s.name)
	}
	places = make(map[string]uint32, from.Len)
	var buf []byte
	for i := range from.Len {
		buf = appendNullableKey(buf[:0], from, i)
		if _, dup := places[string(buf)]; !dup {
			places[string(buf)] = uint32(i)
		}
	}
	return places, key, nil
}

// constElems is the elements of a constant array as values of t.
func constElems(s *site, i int, t types.Type) (*batch.Vector, error) {
	e, err := NewCast(s.ctx, s.constant(i), types.ArrayOf(t), CastInternal)
	if err != nil {
		return nil, err
	}
	v, err := e.eval(&env{ctx: s.ctx, rows: 1})
	if err != nil {
		return nil, err
	}
	_, elems := flat(v, 1)
	return elems, nil
}
