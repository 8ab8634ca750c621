package format

import (
	"math"
	"strconv"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/types"
)

// number prints booleans and numbers.
func (p *printer) number(v *batch.Vector) cell {
	switch v.Type.Kind {
	case types.Bool:
		d := batch.Values[uint8](v)
		return p.quoteIf(p.style == styleStrings, func(dst []byte, i int) []byte { return types.AppendBool(dst, d[i] != 0) })
	case types.Float32:
		return p.float32s(batch.Values[float32](v))
	case types.Float64:
		return p.float64s(batch.Values[float64](v))
	case types.Decimal:
		return p.decimal(v)
	default:
	}
	switch d := v.Data.(type) {
	case []uint8:
		return p.quoteIf(p.style == styleStrings, unsigned(d))
	case []uint16:
		return p.quoteIf(p.style == styleStrings, unsigned(d))
	case []uint32:
		return p.quoteIf(p.style == styleStrings, unsigned(d))
	case []uint64:
		return p.quoteIf(p.quotes64(), unsigned(d))
	case []int8:
		return p.quoteIf(p.style == styleStrings, signed(d))
	case []int16:
		return p.quoteIf(p.style == styleStrings, signed(d))
	case []int32:
		return p.quoteIf(p.style == styleStrings, signed(d))
	default:
		return p.quoteIf(p.quotes64(), signed(batch.Values[int64](v)))
	}
}

// quotes64 tells whether 64-bit integers are printed in quotes.
func (p *printer) quotes64() bool {
	return p.style == styleStrings || (p.style == styleJSON && p.o.Quote64BitIntegers)
}

// quoteIf puts double quotes around the text when on is set.
func (p *printer) quoteIf(on bool, c cell) cell {
	if !on {
		return c
	}
	return func(dst []byte, i int) []byte { return append(c(append(dst, '"'), i), '"') }
}

func unsigned[T uint8 | uint16 | uint32 | uint64](d []T) cell {
	return func(dst []byte, i int) []byte { return strconv.AppendUint(dst, uint64(d[i]), 10) }
}

func signed[T int8 | int16 | int32 | int64](d []T) cell {
	return func(dst []byte, i int) []byte { return strconv.AppendInt(dst, int64(d[i]), 10) }
}

func (p *printer) float64s(d []float64) cell {
	c := func(dst []byte, i int) []byte { return types.AppendFloat64(dst, d[i]) }
	return p.denormal(func(i int) bool { return isFinite(d[i]) }, p.quoteIf(p.quotesFloats(), c), c)
}

func (p *printer) float32s(d []float32) cell {
	c := func(dst []byte, i int) []byte { return types.AppendFloat32(dst, d[i]) }
	return p.denormal(func(i int) bool { return isFinite(float64(d[i])) }, p.quoteIf(p.style == styleStrings, c), c)
}

func (p *printer) quotesFloats() bool {
	return p.style == styleStrings || (p.style == styleJSON && p.o.QuoteFloats)
}

// denormal prints nan and infinities in JSON, which has no numbers for them.
func (p *printer) denormal(finite func(int) bool, c, bare cell) cell {
	if p.style != styleJSON {
		return c
	}
	quoted := p.quoteIf(true, bare)
	return func(dst []byte, i int) []byte {
		switch {
		case finite(i):
			return c(dst, i)
		case p.o.QuoteDenormals:
			return quoted(dst, i)
		default:
			return append(dst, "null"...)
		}
	}
}

func isFinite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }

func (p *printer) decimal(v *batch.Vector) cell {
	quote := p.style == styleStrings || (p.style == styleJSON && p.o.QuoteDecimals)
	scale := int(v.Type.Scale)
	if d, ok := v.Data.([]types.Int128); ok {
		return p.quoteIf(quote, func(dst []byte, i int) []byte { return types.AppendDecimal128(dst, d[i], scale) })
	}
	d := batch.Values[int64](v)
	return p.quoteIf(quote, func(dst []byte, i int) []byte { return types.AppendDecimal64(dst, d[i], scale) })
}
