package expr

import (
	"math"
	"strconv"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/chcode"
	"github.com/freshetdb/freshet/columnar/types"
)

// formatFunctions print numbers for people.
func formatFunctions() []*function {
	const cat, str = "Other", "String"
	return []*function{
		entry(info(cat, "formatReadableSize(n)", str, "Prints a number of bytes with a binary unit.", "formatReadableSize(1024)").also("FORMAT_BYTES", "format_bytes"), 1, 1, bindReadable(1024, " B", " KiB", " MiB", " GiB", " TiB", " PiB", " EiB", " ZiB", " YiB")),
		entry(info(cat, "formatReadableDecimalSize(n)", str, "Prints a number of bytes with a decimal unit.", "formatReadableDecimalSize(1000)"), 1, 1, bindReadable(1000, " B", " KB", " MB", " GB", " TB", " PB", " EB", " ZB", " YB")),
		entry(info(cat, "formatReadableQuantity(n)", str, "Prints a number with thousand, million, …", "formatReadableQuantity(1234)"), 1, 1, bindReadable(1000, "", " thousand", " million", " billion", " trillion", " quadrillion", " quintillion", " sextillion", " septillion")),
		entry(info(cat, "formatReadableTimeDelta(seconds[, greatest])", str, "Prints a time span in units of which the greatest may be given.", "formatReadableTimeDelta(100)"), 1, 2, bindTimeDelta),
		entry(info(cat, "bar(x, min, max[, width])", str, "Draws a bar as long as x is between min and max.", "bar(5, 0, 10, 10)"), 3, 4, bindBar),
	}
}

func bindReadable(base float64, units ...string) bindFunc {
	return func(s *site) (bound, error) {
		if !s.types[0].IsNumeric() {
			return bound{}, s.illegal(0)
		}
		return bound{ret: types.Of(types.String), run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
			x := floats(args[0])
			return textRows(r, func(dst []byte, i int) ([]byte, error) {
				v, unit := pick(x, i), 0
				for ; math.Abs(v) >= base && unit+1 < len(units); unit++ {
					v /= base
				}
				return append(appendFixed(dst, v), units[unit]...), nil
			})
		}}, nil
	}
}

// appendFixed prints two digits behind the point.
func appendFixed(dst []byte, x float64) []byte {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return types.AppendFloat64(dst, x)
	}
	return strconv.AppendFloat(dst, x, 'f', 2, 64)
}

// timeUnit is a unit of a time span.
type timeUnit struct {
	name    string
	seconds float64
}

// timeUnits are the units from great to small: a year has 365 days, a month 30.5.
func timeUnits() []timeUnit {
	return []timeUnit{
		{"year", 365 * 86400}, {"month", 30.5 * 86400}, {"day", 86400}, {"hour", 3600}, {"minute", 60}, {"second", 1},
	}
}

func bindTimeDelta(s *site) (bound, error) {
	if !s.types[0].IsNumeric() {
		return bound{}, s.illegal(0)
	}
	greatest, err := s.optConstString(1, "years")
	if err != nil {
		return bound{}, err
	}
	units := timeUnits()
	for len(units) > 0 && units[0].name+"s" != greatest {
		units = units[1:]
	}
	if len(units) == 0 {
		return bound{}, chcode.Errorf(chcode.BadArguments, "Unexpected value of maximum unit argument (%s) for function %s", greatest, s.name)
	}
	return bound{ret: types.Of(types.String), run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
		x := floats(args[0])
		return textRows(r, func(dst []byte, i int) ([]byte, error) { return appendDelta(dst, pick(x, i), units), nil })
	}}, nil
}

func appendDelta(dst []byte, x float64, units []timeUnit) []byte {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return types.AppendFloat64(dst, x)
	}
	if x < 0 {
		dst, x = append(dst, '-'), -x
	}
	type part struct {
		n    float64
		name string
	}
	var parts []part
	for _, u := range units {
		if n := math.Floor(x / u.seconds); n > 0 {
			parts = append(parts, part{n, u.name})
			x -= n * u.seconds
		}
	}
	if len(parts) == 0 {
		parts = append(parts, part{0, units[len(units)-1].name})
	}
	for k, p := range parts {
		switch {
		case k == 0:
		case k == len(parts)-1:
			dst = append(dst, " and "...)
		default:
			dst = append(dst, ", "...)
		}
		dst = strconv.AppendFloat(dst, p.n, 'f', -1, 64)
		dst = append(append(dst, ' '), p.name...)
		if p.n != 1 {
			dst = append(dst, 's')
		}
	}
	return dst
}

// The width of bars: the default and the greatest.
const (
	barWidth    = 80
	maxBarWidth = 1000
)

func bindBar(s *site) (bound, error) {
	for i, t := range s.types {
		if !t.IsNumeric() {
			return bound{}, s.illegal(i)
		}
	}
	return bound{ret: types.Of(types.String), canThrow: true, run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
		x, lo, hi, width := floats(args[0]), floats(args[1]), floats(args[2]), []float64{barWidth}
		if len(args) > 3 {
			width = floats(args[3])
		}
		return textRows(r, func(dst []byte, i int) ([]byte, error) {
			w := pick(width, i)
			if math.IsNaN(w) || w < 1 || w > maxBarWidth {
				return nil, chcode.Errorf(chcode.ArgumentOutOfBound, "Max_width argument must be >= 1 and <= %d, it is %v", maxBarWidth, w)
			}
			return appendBar(dst, pick(x, i), pick(lo, i), pick(hi, i), w), nil
		})
	}}, nil
}

func appendBar(dst []byte, x, lo, hi, width float64) []byte {
	switch {
	case math.IsNaN(x) || x <= lo:
		return dst
	case x < hi:
		width = (x - lo) * width / (hi - lo)
	}
	whole := math.Floor(width)
	for range int(whole) {
		dst = append(dst, "█"...)
	}
	if eighths := int((width - whole) * 8); eighths > 0 {
		dst = append(dst, string(rune('▉'+7-eighths))...)
	}
	return dst
}
