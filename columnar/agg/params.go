package agg

import (
	"math"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/chcode"
	"github.com/freshetdb/freshet/columnar/types"
)

// toFloats converts n rows of a numeric, date or time column; Decimals unscaled.
func toFloats(dst []float64, v *batch.Vector, n int) []float64 {
	dst = resized(dst, n)
	switch d := v.Data.(type) {
	case []uint8:
		convert(dst, d)
	case []uint16:
		convert(dst, d)
	case []uint32:
		convert(dst, d)
	case []uint64:
		convert(dst, d)
	case []int8:
		convert(dst, d)
	case []int16:
		convert(dst, d)
	case []int32:
		convert(dst, d)
	case []int64:
		convert(dst, d)
	case []float32:
		convert(dst, d)
	case []float64:
		convert(dst, d)
	case []types.Int128:
		for i := range dst {
			dst[i] = d[i].Float64()
		}
	}
	return dst
}

func convert[T number](dst []float64, values []T) {
	for i := range dst {
		dst[i] = float64(values[i])
	}
}

// scaled is toFloats with Decimals divided by their scale.
func scaled(dst []float64, v *batch.Vector, n int) []float64 {
	dst = toFloats(dst, v, n)
	if v.Type.Kind == types.Decimal && v.Type.Scale > 0 {
		by := math.Pow10(int(v.Type.Scale))
		for i := range dst {
			dst[i] /= by
		}
	}
	return dst
}

// paramFloat is a numeric parameter.
func (c *call) paramFloat(i int) (float64, error) {
	p := c.params[i]
	if !p.Type.IsNumeric() || p.IsNull(0) {
		return 0, chcode.Errorf(chcode.CannotConvertType, "Cannot convert %s to double", p.Type)
	}
	return scaled(nil, p, 1)[0], nil
}

// paramSize is a parameter that must be a positive integer.
func (c *call) paramSize(i int) (uint64, error) {
	p := c.params[i]
	bad := chcode.Errorf(chcode.BadArguments, "Parameter for aggregate function %s should be positive number", c.name)
	if !p.Type.IsInteger() || p.IsNull(0) {
		return 0, bad
	}
	if u, ok := p.Data.([]uint64); ok {
		if u[0] == 0 {
			return 0, bad
		}
		return u[0], nil
	}
	f := toFloats(nil, p, 1)[0]
	if f < 1 {
		return 0, bad
	}
	return uint64(f), nil
}

// optionalSize is the only parameter, or 0 when there is none.
func (c *call) optionalSize() (uint64, error) {
	switch len(c.params) {
	case 0:
		return 0, nil
	case 1:
		return c.paramSize(0)
	default:
		return 0, c.paramsError("0 or 1")
	}
}

func (c *call) paramsError(want string) error {
	return chcode.Errorf(chcode.NumberOfArgumentsDoesntMatch,
		"Incorrect number of parameters for aggregate function %s, should be %s", c.name, want)
}

// levels is the parameters as quantile levels.
func (c *call) levels() ([]float64, error) {
	out := make([]float64, len(c.params))
	for i := range c.params {
		level, err := c.paramFloat(i)
		if err != nil {
			return nil, err
		}
		if !(level >= 0 && level <= 1) { // NaN must fail too
			return nil, chcode.Errorf(chcode.ParameterOutOfBound, "Quantile level is out of range [0..1]")
		}
		out[i] = level
	}
	return out, nil
}
