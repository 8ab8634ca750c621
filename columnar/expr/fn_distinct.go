package expr

import (
	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/types"
)

// distinctFunctions compare with NULL as a value like any other.
func distinctFunctions() []*function {
	return []*function{
		{Info: Info{Name: "isNotDistinctFrom", Syntax: "isNotDistinctFrom(a, b)", Description: "Tells whether a equals b or both are NULL.", Returns: "UInt8", Category: "Comparison", Example: "isNotDistinctFrom(NULL, NULL)"}, min: 2, max: 2, traits: ownNulls, bind: bindDistinct},
		{Info: Info{Name: "isDistinctFrom", Syntax: "isDistinctFrom(a, b)", Description: "Tells whether a differs from b, NULL equalling NULL.", Returns: "UInt8", Category: "Comparison", Example: "isDistinctFrom(1, NULL)"}, min: 2, max: 2, traits: ownNulls, bind: bindDistinct},
	}
}

// bindDistinct evaluates equals and puts in what NULLs decide.
func bindDistinct(s *site) (bound, error) {
	eq, err := NewCall(s.ctx, "equals", s.args)
	if err != nil {
		return bound{}, err
	}
	not := s.name == "isDistinctFrom"
	return bound{ret: types.Of(types.UInt8), canThrow: CanThrow(eq), lazy: func(c *Call, v *env) (*batch.Vector, error) {
		a, err := c.Args[0].eval(v)
		if err != nil {
			return nil, err
		}
		b, err := c.Args[1].eval(v)
		if err != nil {
			return nil, err
		}
		same := make([]uint8, v.rows)
		if eq.Type().Kind != types.Nothing {
			out, err := eq.eval(v)
			if err != nil {
				return nil, err
			}
			if same, err = conditions(out, v.rows); err != nil {
				return nil, err
			}
		}
		for i := range same {
			if isNull(a, i) || isNull(b, i) {
				same[i] = truth(isNull(a, i) && isNull(b, i))
			}
			if not {
				same[i] ^= 1
			}
		}
		return &batch.Vector{Type: c.typ, Len: v.rows, Data: same}, nil
	}}, nil
}

func isNull(v *batch.Vector, i int) bool { return v.Type.Kind == types.Nothing || v.IsNull(i) }
