package expr

import (
	"github.com/freshetdb/freshet/columnar/chcode"
	"github.com/freshetdb/freshet/columnar/types"
)

// LambdaParams are the types of the parameters of a lambda that is the first
// argument of the function, for the types of the arguments behind it. The binder
// asks for them, binds the lambda's body with them, and then makes the call.
func LambdaParams(name string, arrays []types.Type) ([]types.Type, error) {
	if len(arrays) == 0 {
		return nil, chcode.Errorf(chcode.NumberOfArgumentsDoesntMatch,
			"Function %s needs at least one array argument", name)
	}
	out := make([]types.Type, len(arrays))
	for i, a := range arrays {
		if a.Kind != types.Array {
			return nil, chcode.Errorf(chcode.IllegalTypeOfArgument,
				"Argument %d of function %s must be array. Found %s instead", i+2, name, a)
		}
		out[i] = a.Elem()
	}
	return out, nil
}
