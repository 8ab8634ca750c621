package expr

import (
	"slices"

	"github.com/freshetdb/freshet/columnar/agg"
	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/chcode"
	"github.com/freshetdb/freshet/columnar/types"
)

// bitmapPick is a function that picks members of a set by two numbers.
//
//go:noinline
func bitmapPick(name, numbers, about string, pick func(members []uint64, a, b uint64) []uint64) *function {
	return &function{Info: Info{
		Name: name, Syntax: name + "(set, " + numbers + ")", Description: about, Returns: "a set", Category: "Aggregate states",
		Example: name + "(bitmapBuild([1, 2, 3]), 1, 2)",
	}, min: 3, max: 3, traits: ownNulls, bind: func(s *site) (bound, error) { return bindBitmapPick(s, pick) }}
}

// integerSet refuses a first argument that is no set of integers.
func (s *site) integerSet() error {
	if t := s.types[0]; t.Kind != types.AggregateFunction || !agg.IsSet(t) || !t.Elems[0].IsInteger() {
		return chcode.Errorf(chcode.IllegalTypeOfArgument, "Illegal type %s of the first argument of function %s: it takes a set of integers",
			s.args[0].Type(), s.name)
	}
	return nil
}

// alwaysNull is a call with a NULL where a number is expected.
func alwaysNull() bound {
	return bound{ret: types.Of(types.Nothing).AsNullable(), run: func(*run, []*batch.Vector) (*batch.Vector, error) { return vec(nil), nil }}
}

func isNaturalNumber(t types.Type) bool { return t.IsUnsigned() && t.Phys() <= types.PhysU64 }

func bindBitmapPick(s *site, pick func(members []uint64, a, b uint64) []uint64) (bound, error) {
	if err := s.integerSet(); err != nil {
		return bound{}, err
	}
	for i := 1; i < 3; i++ {
		if s.types[i].Kind == types.Nothing {
			return alwaysNull(), nil
		}
		if !isNaturalNumber(s.types[i].NotNull()) {
			return bound{}, chcode.Errorf(chcode.IllegalTypeOfArgument,
				"The second and third arguments for function %s must be one of [UInt8, UInt16, UInt32, UInt64] but one of them has type %s",
				s.name, s.args[i].Type())
		}
		if err := s.cast(i, types.Of(types.UInt64)); err != nil {
			return bound{}, err
		}
	}
	return bound{ret: s.types[0], canThrow: true, run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
		number := func(v *batch.Vector, i int) uint64 {
			if v.IsNull(i) {
				return 0 // as ClickHouse reads it
			}
			return batch.Values[uint64](v)[v.Row(i)]
		}
		return agg.ChangeSets(args[0], r.n, func(i int, members []uint64) []uint64 {
			return pick(members, number(args[1], i), number(args[2], i))
		})
	}}, nil
}

func pickRange(members []uint64, from, to uint64) []uint64 {
	return slices.DeleteFunc(members, func(x uint64) bool { return x < from || x >= to })
}

func pickLimit(members []uint64, from, size uint64) []uint64 {
	rest := slices.DeleteFunc(members, func(x uint64) bool { return x < from })
	return rest[:min(uint64(len(rest)), size)]
}

func pickPart(members []uint64, offset, size uint64) []uint64 {
	rest := members[min(uint64(len(members)), offset):]
	return rest[:min(uint64(len(rest)), size)]
}

func bindBitmapTransform(s *site) (bound, error) {
	if err := s.integerSet(); err != nil {
		return bound{}, err
	}
	for i := 1; i < 3; i++ {
		if t := s.types[i]; t.Kind != types.Array || t.Elem().Nullable || !isNaturalNumber(t.Elem()) {
			return bound{}, chcode.Errorf(chcode.IllegalTypeOfArgument,
				"The second and third arguments for function %s must be one of [Array(UInt8), Array(UInt16), Array(UInt32), Array(UInt64)] but one of them has type %s",
				s.name, s.args[i].Type())
		}
		if err := s.cast(i, types.ArrayOf(types.Of(types.UInt64))); err != nil {
			return bound{}, err
		}
	}
	member := s.types[0].Elems[0].NotNull()
	return bound{ret: s.types[0], canThrow: true, run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
		from, to := numberLists(args[1]), numberLists(args[2])
		for i := range r.n {
			if len(from(i)) != len(to(i)) {
				return nil, chcode.Errorf(chcode.BadArguments, "From array size and to array size mismatch")
			}
		}
		return agg.ChangeSets(args[0], r.n, func(i int, members []uint64) []uint64 {
			return transformed(members, from(i), to(i), member)
		})
	}}, nil
}

// numberLists gives the numbers of each row of a column of arrays.
func numberLists(v *batch.Vector) func(i int) []uint64 {
	l := v.Data.(batch.Lists)
	elems := batch.Values[uint64](l.Elems)
	return func(i int) []uint64 {
		row := v.Row(i)
		return elems[l.Offsets[row]:l.Offsets[row+1]]
	}
}

// transformed replaces members one after the other: what was put in may be replaced
// again.
func transformed(members, from, to []uint64, t types.Type) []uint64 {
	set := make(map[uint64]bool, len(members))
	for _, x := range members {
		set[x] = true
	}
	for i, x := range from {
		if set[x] {
			delete(set, x)
			set[cutTo(t, to[i])] = true
		}
	}
	out := members[:0]
	for x := range set {
		out = append(out, x)
	}
	return out
}

// cutTo is a number as one of an integer type, extended to 64 bits.
func cutTo(t types.Type, x uint64) uint64 {
	switch t.Phys() {
	case types.PhysU8:
		return uint64(uint8(x))
	case types.PhysU16:
		return uint64(uint16(x))
	case types.PhysU32:
		return uint64(uint32(x))
	case types.PhysI8:
		return uint64(int64(int8(x)))
	case types.PhysI16:
		return uint64(int64(int16(x)))
	case types.PhysI32:
		return uint64(int64(int32(x)))
	default:
		return x
	}
}
