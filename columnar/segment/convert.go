package segment

import (
	"fmt"
	"math"
	"math/bits"

	"github.com/freshetdb/freshet/columnar/types"
)

// conversion is how values of a stored type become those of a wider one.
type conversion struct {
	want types.Type
	// factor multiplies integers: a time or decimal that gained digits. It is
	// zero when there is nothing to do.
	factor types.Int128
	elem   *conversion
}

// CanWiden tells whether a stored column of type from can be read as type to
// without losing or refusing a value by its type alone: the changes of
// ALTER TABLE MODIFY COLUMN that rewrite nothing.
func CanWiden(from, to types.Type) bool {
	_, ok := widening(from, to)
	return ok
}

func widening(from, to types.Type) (conversion, bool) {
	c := conversion{want: to}
	if from.Nullable && !to.Nullable {
		return c, false
	}
	if from.Kind != to.Kind {
		return c, c.acrossKinds(from, to)
	}
	switch from.Kind {
	case types.Array:
		e, ok := widening(from.Elem(), to.Elem())
		c.elem = &e
		return c, ok
	case types.Decimal:
		c.factor = types.Pow10(max(int(to.Scale)-int(from.Scale), 0))
		return c, to.Scale >= from.Scale && to.Precision-to.Scale >= from.Precision-from.Scale
	case types.DateTime64:
		c.factor = types.Pow10(max(int(to.Scale)-int(from.Scale), 0))
		return c, to.Scale >= from.Scale
	case types.Enum8, types.Enum16:
		return c, containsEnum(to.Enum, from.Enum)
	case types.FixedString:
		return c, from.Width == to.Width
	case types.Tuple:
		return c, false
	case types.Interval:
		return c, from.Unit == to.Unit
	default:
		return c, true
	}
}

// acrossKinds tells whether from widens to to, which is of another kind.
func (c *conversion) acrossKinds(from, to types.Type) bool {
	switch {
	case to.IsInteger() && (from.IsInteger() || from.Kind == types.Bool):
		if from.IsUnsigned() == to.IsUnsigned() {
			return to.Size() >= from.Size()
		}
		return from.IsUnsigned() && to.Size() > from.Size()
	case from.Kind == types.DateTime && to.Kind == types.DateTime64:
		c.factor = types.Pow10(int(to.Scale))
		return true
	case from.Kind == types.Enum8 && to.Kind == types.Enum16:
		return containsEnum(to.Enum, from.Enum)
	default:
		return (from.Kind == types.Float32 && to.Kind == types.Float64) ||
			(from.Kind == types.Date && to.Kind == types.Date32)
	}
}

// containsEnum tells whether all names of small have the same number in big.
func containsEnum(big, small *types.Enum) bool {
	for _, name := range small.Names() {
		want, _ := small.Value(name)
		if got, ok := big.Value(name); !ok || got != want {
			return false
		}
	}
	return true
}

// scales tells whether there is a factor.
func (c *conversion) scales() bool {
	return c.factor != types.Int128{} && c.factor != types.Int128{Lo: 1}
}

// scale multiplies values in place.
func (c *conversion) scale(values []int64) error {
	f := int64(c.factor.Lo)
	for i, v := range values {
		hi, lo := bits.Mul64(uint64(max(v, -v)), uint64(f))
		if hi != 0 || lo > math.MaxInt64 {
			return fmt.Errorf("value %d does not fit %s", v, c.want)
		}
		values[i] = v * f
	}
	return nil
}

// scaleWide multiplies wide decimals in place.
func (c *conversion) scaleWide(values []types.Int128) error {
	for i, v := range values {
		r, over := v.Mul(c.factor)
		if over {
			return fmt.Errorf("value %s does not fit %s", v, c.want)
		}
		values[i] = r
	}
	return nil
}

// order maps the number of a stored value of type from to that of the wanted
// type, for the bounds of granules; a value that does not fit maps to an end.
func (c *conversion) order(from types.Type, n uint64) uint64 {
	v := types.Int128FromUint64(n)
	switch p := from.Phys(); {
	case p == types.PhysI128 && (n == 0 || n == math.MaxUint64):
		return n // Beyond an int64 already.
	case p == types.PhysI128 || signedPhys(p):
		v = types.Int128From(int64(n ^ signBit))
	case !isInteger(p):
		return n
	}
	if c.scales() {
		r, over := v.Mul(c.factor)
		if over && v.Sign() < 0 {
			return 0
		}
		if over {
			return math.MaxUint64
		}
		v = r
	}
	if q := c.want.Phys(); signedPhys(q) || q == types.PhysI128 {
		return orderInt128(v)
	}
	return v.Lo
}
