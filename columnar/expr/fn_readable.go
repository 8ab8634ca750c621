package expr

import (
	"bytes"
	"math"
	"strconv"
	"strings"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/types"
)

// readableFunctions print numbers for people.
func readableFunctions() []*function {
	return []*function{
		readable("formatReadableSize", "Prints a number of bytes as KiB, MiB, ….", 1024, " B", " KiB", " MiB", " GiB", " TiB", " PiB", " EiB", " ZiB", " YiB"),
		readable("formatReadableDecimalSize", "Prints a number of bytes as KB, MB, ….", 1000, " B", " KB", " MB", " GB", " TB", " PB", " EB", " ZB", " YB"),
		readable("formatReadableQuantity", "Prints a number as thousand, million, ….", 1000, "", " thousand", " million", " billion", " trillion", " quadrillion", " quintillion", " sextillion", " septillion", " octillion", " nonillion", " decillion"),
		{Info: Info{Name: "formatReadableTimeDelta", Syntax: "formatReadableTimeDelta(seconds)", Description: "Prints a number of seconds as years, months, days, ….", Returns: "String", Category: "Other", Example: "formatReadableTimeDelta(100000)"}, min: 1, max: 1, bind: bindTimeDelta},
		{Info: Info{Name: "bar", Syntax: "bar(x, min, max[, width])", Description: "Draws a bar.", Returns: "String", Category: "Other", Example: "bar(3, 0, 10, 20)"}, min: 3, max: 4, bind: bindBar},
	}
}

//go:noinline
func readable(name, text string, step float64, units ...string) *function {
	fn := &function{
		Info: Info{Name: name, Syntax: name + "(x)", Description: text, Returns: "String", Category: "Other", Example: name + "(1234567)"},
		min:  1, max: 1, bind: func(s *site) (bound, error) {
			if err := s.checkNumbers(1); err != nil {
				return bound{}, err
			}
			return bound{ret: types.Of(types.String), run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
				in := floats(args[0])
				return buildText(r, func(dst []byte, i int) []byte { return appendReadable(dst, pick(in, i), step, units) })
			}}, nil
		},
	}
	if name == "formatReadableSize" {
		fn.Aliases, fn.CaseInsensitive = []string{"FORMAT_BYTES"}, true
	}
	return fn
}

func appendReadable(dst []byte, x, step float64, units []string) []byte {
	k := 0
	for k+1 < len(units) && math.Abs(x) >= step {
		x /= step
		k++
	}
	switch {
	case math.IsNaN(x):
		dst = append(dst, "nan"...)
	case math.IsInf(x, 0):
		dst = types.AppendFloat64(dst, x)
	default:
		dst = strconv.AppendFloat(dst, x, 'f', 2, 64)
	}
	return append(dst, units[k]...)
}

func bindTimeDelta(s *site) (bound, error) {
	if err := s.checkNumbers(1); err != nil {
		return bound{}, err
	}
	return bound{ret: types.Of(types.String), run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
		in := floats(args[0])
		return buildText(r, func(dst []byte, i int) []byte { return appendDelta(dst, pick(in, i)) })
	}}, nil
}

// appendDelta prints seconds in units, with commas and a final "and".
func appendDelta(dst []byte, x float64) []byte {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return types.AppendFloat64(dst, x)
	}
	if x < 0 {
		dst = append(dst, '-')
		x = -x
	}
	var parts []string
	for _, u := range []struct {
		name string
		secs float64
	}{{"year", 31536000}, {"month", 2635200}, {"day", 86400}, {"hour", 3600}, {"minute", 60}, {"second", 1}} {
		n := math.Floor(x / u.secs)
		x -= n * u.secs
		if n == 0 && !(u.secs == 1 && len(parts) == 0) {
			continue
		}
		text := strconv.FormatFloat(n, 'f', -1, 64) + " " + u.name
		if n != 1 {
			text += "s"
		}
		parts = append(parts, text)
	}
	if n := len(parts); n > 1 {
		return append(dst, strings.Join(parts[:n-1], ", ")+" and "+parts[n-1]...)
	}
	return append(dst, parts[0]...)
}

// maxBarWidth is the widest bar.
const maxBarWidth = 1000

func bindBar(s *site) (bound, error) {
	if err := s.checkNumbers(len(s.args)); err != nil {
		return bound{}, err
	}
	width := 80.0
	if len(s.args) == 4 {
		c := s.constant(3)
		if c == nil {
			return bound{}, s.mustBeConst(3)
		}
		width = min(max(floats(c.Vec)[0], 1), maxBarWidth)
	}
	return bound{ret: types.Of(types.String), run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
		x, lo, hi := floats(args[0]), floats(args[1]), floats(args[2])
		return buildText(r, func(dst []byte, i int) []byte {
			return appendBar(dst, pick(x, i), pick(lo, i), pick(hi, i), width)
		})
	}}, nil
}

// appendBar draws in eighths of a character.
func appendBar(dst []byte, x, lo, hi, width float64) []byte {
	if math.IsNaN(x) || x <= lo || hi <= lo {
		return dst
	}
	size := width
	if x < hi {
		size = (x - lo) * width / (hi - lo)
	}
	eighths := int(math.Floor(size * 8))
	dst = append(dst, bytes.Repeat([]byte("█"), eighths/8)...)
	if rest := eighths % 8; rest > 0 {
		dst = append(dst, string(rune(0x2590-rest))...)
	}
	return dst
}
