package agg

import "github.com/freshetdb/freshet/columnar/types"

// buildGroupBitmap is the number of distinct integers, exact. As in ClickHouse the
// result has the type of the argument, and wraps there: 256 values of a UInt8 are 0.
func buildGroupBitmap(c *call) (core, error) {
	t, err := c.oneArg()
	if err != nil {
		return core{}, err
	}
	if !t.IsInteger() {
		return core{}, c.typeError(t)
	}
	k, err := buildUniqExact(c)
	if err != nil || t.Kind == types.UInt64 {
		k.empty = false
		return k, err
	}
	k.empty = false
	return narrowed(k, t), nil
}
