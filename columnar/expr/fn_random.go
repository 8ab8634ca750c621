package expr

import (
	"crypto/rand"
	"encoding/binary"
	mathrand "math/rand/v2"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/types"
)

// randomFunctions are not deterministic: they are computed while rows are shaped,
// never when an entry is applied (R2).
func randomFunctions() []*function {
	const cat = "Random"
	return []*function{
		{Info: Info{Name: "rand", Aliases: []string{"rand32"}, CaseInsensitive: true, Syntax: "rand([tag])", Description: "Is a random number for every row.", Returns: "UInt32", Category: cat, Example: "rand()"}, min: 0, max: 1, traits: impure | ownNulls | ownLowCard, bind: func(*site) (bound, error) {
			return random(types.UInt32, mathrand.Uint32), nil
		}},
		{Info: Info{Name: "rand64", Syntax: "rand64([tag])", Description: "Is a random number for every row.", Returns: "UInt64", Category: cat, Example: "rand64()"}, min: 0, max: 1, traits: impure | ownNulls | ownLowCard, bind: func(*site) (bound, error) {
			return random(types.UInt64, mathrand.Uint64), nil
		}},
		{Info: Info{Name: "randCanonical", Syntax: "randCanonical([tag])", Description: "Is a random number from 0 up to, not including, 1 for every row.", Returns: "Float64", Category: cat, Example: "randCanonical()"}, min: 0, max: 1, traits: impure | ownNulls | ownLowCard, bind: func(*site) (bound, error) {
			return random(types.Float64, mathrand.Float64), nil
		}},
		{Info: Info{Name: "randConstant", Syntax: "randConstant([tag])", Description: "Is one random number for all rows.", Returns: "UInt32", Category: cat, Example: "randConstant()"}, min: 0, max: 1, traits: impure | ownNulls | ownLowCard, bind: func(*site) (bound, error) {
			v := mathrand.Uint32()
			return bound{ret: types.Of(types.UInt32), run: func(r *run, _ []*batch.Vector) (*batch.Vector, error) { return constOf(v, r.n), nil }}, nil
		}},
		{Info: Info{Name: "generateUUIDv4", Syntax: "generateUUIDv4([tag])", Description: "Is a random UUID for every row.", Returns: "UUID", Category: cat, Example: "generateUUIDv4()"}, min: 0, max: 1, traits: impure | ownNulls | ownLowCard, bind: func(*site) (bound, error) {
			return random(types.UUID, randomUUID), nil
		}},
	}
}

func random[T any](kind types.Kind, next func() T) bound {
	return bound{ret: types.Of(kind), run: func(r *run, _ []*batch.Vector) (*batch.Vector, error) {
		return buildEach(r, func(int) T { return next() }), nil
	}}
}

func randomUUID() types.Bytes16 {
	var v types.Bytes16
	if _, err := rand.Read(v[:]); err != nil {
		binary.BigEndian.PutUint64(v[:8], mathrand.Uint64())
	}
	v[6], v[8] = v[6]&0x0f|0x40, v[8]&0x3f|0x80
	return v
}
