package expr

import (
	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/chcode"
	"github.com/freshetdb/freshet/columnar/types"
)

// tupleFunctions make tuples and take them apart.
func tupleFunctions() []*function {
	const cat = "Tuple"
	return []*function{
		{Info: Info{Name: "tuple", Syntax: "tuple(x, …)", Description: "Makes a tuple of its arguments.", Returns: "Tuple", Category: cat, Example: "tuple(1, 'a')"}, min: 0, max: variadic, traits: ownNulls | ownLowCard, bind: bindTuple},
		{Info: Info{Name: "tupleElement", Syntax: "tupleElement(t, n | name[, default])", Description: "Is an element of a tuple, by its place from 1 or by its name.", Returns: "the type of the element", Category: cat, Example: "tupleElement((1, 'a'), 2)"}, min: 2, max: 3, traits: ownNulls | ownLowCard, bind: bindTupleElement},
	}
}

func bindTuple(s *site) (bound, error) {
	t := types.Type{Kind: types.Tuple}
	for _, a := range s.args {
		t.Elems = append(t.Elems, a.Type())
	}
	return bound{ret: t, run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
		elems := make([]*batch.Vector, len(args))
		for i, a := range args {
			var err error
			if elems[i], err = r.ctx.expand(r.name, a); err != nil {
				return nil, err
			}
		}
		return vec(elems), nil
	}}, nil
}

func bindTupleElement(s *site) (bound, error) {
	t := s.types[0]
	if t.Kind == types.Array && t.Elem().Kind == types.Tuple {
		return bindArrayOfTuples(s, t.Elem())
	}
	if t.Kind != types.Tuple {
		return bound{}, chcode.Errorf(chcode.IllegalTypeOfArgument,
			"First argument for function tupleElement must be a tuple or an array of tuples. Actual %s", s.args[0].Type())
	}
	k, err := elementIndex(s, t)
	if err != nil {
		return bound{}, err
	}
	return bound{ret: t.Elems[k], run: func(_ *run, args []*batch.Vector) (*batch.Vector, error) {
		p := args[0].Data.([]*batch.Vector)[k]
		if args[0].Const {
			return batch.NewConst(p, args[0].Len), nil
		}
		return p, nil
	}}, nil
}

func bindArrayOfTuples(s *site, t types.Type) (bound, error) {
	k, err := elementIndex(s, t)
	if err != nil {
		return bound{}, err
	}
	return bound{ret: types.ArrayOf(t.Elems[k]), run: func(_ *run, args []*batch.Vector) (*batch.Vector, error) {
		l := args[0].Data.(batch.Lists)
		out := *args[0]
		out.Data = batch.Lists{Offsets: l.Offsets, Elems: l.Elems.Data.([]*batch.Vector)[k]}
		return &out, nil
	}}, nil
}

// elementIndex finds the element that the second argument names.
func elementIndex(s *site, t types.Type) (int, error) {
	if s.types[1].IsString() {
		name, err := s.constString(1)
		if err != nil {
			return 0, err
		}
		for i, n := range t.Names {
			if n == name {
				return i, nil
			}
		}
		return 0, chcode.Errorf(chcode.NotFoundColumnInBlock, "Tuple doesn't have element with name '%s'", name)
	}
	n, err := s.constInt(1)
	if err != nil {
		return 0, err
	}
	if n < 0 {
		n += int64(len(t.Elems)) + 1
	}
	if n < 1 || n > int64(len(t.Elems)) {
		return 0, chcode.Errorf(chcode.ArgumentOutOfBound, "Tuple doesn't have element with index '%d'", n)
	}
	return int(n - 1), nil
}
