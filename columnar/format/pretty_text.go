package format

import (
	"bytes"
	"math"
	"strconv"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/types"
)

// Escape sequences of terminals.
const (
	colorGray  = "\033[90m"
	colorRed   = "\033[31m"
	colorCut   = "\033[31;1m"
	bold       = "\033[1m"
	underline  = "\033[4m"
	colorReset = "\033[0m"
)

// prettyNull is NULL in formats for people, told apart from a text of NULL.
const prettyNull = "ᴺᵁᴸᴸ"

// isNumber tells whether Pretty takes t as a number.
func isNumber(t types.Type) bool { return t.IsInteger() || t.IsFloat() || t.Kind == types.Decimal }

// alignsRight tells whether Pretty aligns a column to the right.
func alignsRight(t types.Type) bool {
	return isNumber(t) || t.IsDate() || t.IsTime() || t.Kind == types.Interval
}

// numberOf is the value of a numeric cell; ok is false for NULL and other types.
func numberOf(v *batch.Vector, row int) (f float64, ok bool) {
	if !isNumber(v.Type) || v.IsNull(row) {
		return 0, false
	}
	i := v.Row(row)
	switch d := v.Data.(type) {
	case []uint8:
		f = float64(d[i])
	case []uint16:
		f = float64(d[i])
	case []uint32:
		f = float64(d[i])
	case []uint64:
		f = float64(d[i])
	case []int8:
		f = float64(d[i])
	case []int16:
		f = float64(d[i])
	case []int32:
		f = float64(d[i])
	case []int64:
		f = float64(d[i])
	case []float32:
		f = float64(d[i])
	case []float64:
		f = d[i]
	case []types.Int128:
		f = d[i].Float64()
	}
	if v.Type.Kind == types.Decimal {
		f /= math.Pow10(int(v.Type.Scale))
	}
	return f, true
}

// Numbers get a tip in words from tipFrom on, except where they look like
// 64-bit hashes.
const (
	tipFrom  = 1_000_000
	hashFrom = 1e17
	hashTo   = 1.844675e19
)

// appendTip prints " -- 1.23 million" for a large number.
func appendTip(dst []byte, v float64, least int, color bool) []byte {
	a := math.Abs(v)
	if math.IsNaN(v) || math.IsInf(v, 0) || least < 0 || a <= float64(least) || (a > hashFrom && a < hashTo) {
		return dst
	}
	if color {
		dst = append(dst, colorGray...)
	}
	dst = appendQuantity(append(dst, " -- "...), v)
	if color {
		dst = append(dst, colorReset...)
	}
	return dst
}

var quantities = [...]string{
	"", " thousand", " million", " billion", " trillion", " quadrillion", " quintillion", " sextillion",
	" septillion", " octillion", " nonillion", " decillion",
}

// appendQuantity prints v with two decimals and a word.
func appendQuantity(dst []byte, v float64) []byte {
	i := 0
	for i+1 < len(quantities) && math.Abs(v) >= 1000 {
		v /= 1000
		i++
	}
	return append(strconv.AppendFloat(dst, v, 'f', 2, 64), quantities[i]...)
}

// highlightGroups underlines every third digit before the decimal point.
func highlightGroups(s []byte) []byte {
	digits := 0
	for _, b := range s {
		if b == '-' || b == ' ' {
			continue
		}
		if b == '.' {
			break
		}
		if !isDigit(b) {
			return s
		}
		digits++
	}
	if digits <= 4 {
		return s
	}
	var out []byte
	whole := true
	for _, b := range s {
		whole = whole && b != '.'
		if whole && isDigit(b) {
			digits--
			if digits > 0 && digits%3 == 0 {
				out = append(append(append(out, underline...), b), colorReset...)
				continue
			}
		}
		out = append(out, b)
	}
	return out
}

// highlightTail makes white space at the end of a value visible.
func highlightTail(s []byte) []byte {
	n := len(bytes.TrimRight(s, " \t\n\r\f\v"))
	if n == len(s) {
		return s
	}
	out := append([]byte(nil), s[:n]...)
	out = append(out, colorRed+underline...)
	return append(append(out, s[n:]...), colorReset...)
}
