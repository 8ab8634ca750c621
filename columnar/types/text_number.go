package types

import (
	"math"
	"math/bits"
	"strconv"
)

// ParseInt reads a decimal integer with an optional sign into size bits. A
// number that does not fit is returned wrapped around, as ClickHouse's text
// formats and casts take it, together with [FaultRange].
func ParseInt(s []byte, size int) (int64, error) {
	neg, digits, err := signOf(s)
	if err != nil {
		return 0, err
	}
	u, over, err := parseDigits(digits, len(digits) == len(s))
	if err != nil {
		return 0, err
	}
	limit := uint64(1) << (size - 1)
	over = over || u > limit || (u == limit && !neg)
	v := int64(u)
	if neg {
		v = -v
	}
	if over {
		return v << (64 - size) >> (64 - size), FaultRange
	}
	return v, nil
}

// ParseUint is [ParseInt] for unsigned numbers; a minus sign is no number.
func ParseUint(s []byte, size int) (uint64, error) {
	neg, digits, err := signOf(s)
	if err != nil {
		return 0, err
	}
	if neg {
		return 0, FaultNumber
	}
	u, over, err := parseDigits(digits, len(digits) == len(s))
	if err != nil {
		return 0, err
	}
	if over || u>>(size-1)>>1 != 0 {
		return u << (64 - size) >> (64 - size), FaultRange
	}
	return u, nil
}

func signOf(s []byte) (neg bool, rest []byte, err error) {
	if len(s) == 0 {
		return false, nil, FaultShort
	}
	if s[0] != '-' && s[0] != '+' {
		return false, s, nil
	}
	return s[0] == '-', s[1:], nil
}

// parseDigits reads digits to the end; bare tells that no sign stood before.
func parseDigits(s []byte, bare bool) (v uint64, over bool, err error) {
	if len(s) == 0 {
		return 0, false, FaultNumber
	}
	for i, c := range s {
		if c < '0' || c > '9' {
			if i == 0 && !bare {
				return 0, false, FaultNumber
			}
			return 0, false, FaultTrailing
		}
		if i >= 18 {
			hi, lo := bits.Mul64(v, 10)
			sum, carry := bits.Add64(lo, uint64(c-'0'), 0)
			over = over || hi != 0 || carry != 0
			v = sum
			continue
		}
		v = v*10 + uint64(c-'0')
	}
	return v, over, nil
}

// ParseFloat64 reads a decimal number with optional fraction and exponent, or
// inf, infinity, nan in any case.
func ParseFloat64(s []byte) (float64, error) { return parseFloat(s, 64) }

// ParseFloat32 is [ParseFloat64] for Float32.
func ParseFloat32(s []byte) (float32, error) {
	v, err := parseFloat(s, 32)
	return float32(v), err
}

// exactPow10 is the largest n for which 10**n is exact in float64.
const exactPow10 = 22

func parseFloat(s []byte, size int) (float64, error) {
	n, mant, exp, digits := scanFloat(s)
	if n == 0 {
		return parseNamedFloat(s)
	}
	if n != len(s) {
		return 0, FaultTrailing
	}
	if size == 64 && digits <= 15 && exp >= -exactPow10 && exp <= exactPow10 {
		v := float64(mant)
		if exp < 0 {
			v /= pow10Float(-exp)
		} else {
			v *= pow10Float(exp)
		}
		if s[0] == '-' {
			v = -v
		}
		return v, nil
	}
	v, err := strconv.ParseFloat(string(s), size)
	if err != nil && !math.IsInf(v, 0) {
		return 0, FaultNumber
	}
	return v, nil
}

func pow10Float(n int) float64 {
	v := 1.0
	for range n { // exact up to 10**22
		v *= 10
	}
	return v
}

// scanFloat measures the number at the beginning of s: its length (0: none),
// its digits as an integer (meaningful up to 19 of them), the power of ten to
// multiply by, and how many digits there are.
func scanFloat(s []byte) (n int, mant uint64, exp, digits int) {
	i, seen := 0, false
	if i < len(s) && (s[i] == '-' || s[i] == '+') {
		i++
	}
	for ; i < len(s) && isDigit(s[i]); i++ {
		mant, digits, seen = mant*10+uint64(s[i]-'0'), digits+1, true
	}
	if i < len(s) && s[i] == '.' {
		for i++; i < len(s) && isDigit(s[i]); i++ {
			mant, digits, seen = mant*10+uint64(s[i]-'0'), digits+1, true
			exp--
		}
	}
	if !seen {
		return 0, 0, 0, 0
	}
	if i < len(s) && (s[i] == 'e' || s[i] == 'E') {
		j, neg, e := i+1, false, 0
		if j < len(s) && (s[j] == '-' || s[j] == '+') {
			neg = s[j] == '-'
			j++
		}
		if j < len(s) && isDigit(s[j]) {
			for ; j < len(s) && isDigit(s[j]); j++ {
				e = min(e*10+int(s[j]-'0'), 1<<20)
			}
			if neg {
				e = -e
			}
			exp += e
			i = j
		}
	}
	return i, mant, exp, digits
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func parseNamedFloat(s []byte) (float64, error) {
	neg, word, err := signOf(s)
	if err != nil {
		return 0, FaultNumber
	}
	switch {
	case equalFold(word, "inf"), equalFold(word, "infinity"):
		if neg {
			return math.Inf(-1), nil
		}
		return math.Inf(1), nil
	case equalFold(word, "nan"):
		return math.Float64frombits(0x7FF8 << 48), nil // the bits of C, not those of math.NaN
	default:
		return 0, FaultNumber
	}
}

// equalFold compares with a lower-case word.
func equalFold(s []byte, lower string) bool {
	if len(s) != len(lower) {
		return false
	}
	for i, c := range s {
		if lowerByte(c) != lower[i] {
			return false
		}
	}
	return true
}

// ParseDecimal64 reads a Decimal(precision <= 18, scale). Digits beyond the
// scale are cut off, not rounded, as ClickHouse does; too many digits before the
// point are [FaultDigits].
func ParseDecimal64(s []byte, precision, scale int) (int64, error) {
	v, err := ParseDecimal128(s, precision, scale)
	if err != nil {
		return 0, err
	}
	return int64(v.Lo), nil
}

// ParseDecimal128 is [ParseDecimal64] for any precision.
func ParseDecimal128(s []byte, precision, scale int) (Int128, error) {
	d, n, err := scanDecimal(s, precision)
	if err != nil {
		return Int128{}, err
	}
	if n != len(s) {
		return Int128{}, FaultTrailing
	}
	return d.rescale(precision, scale)
}

// decimalText is the number mant * 10**exp read from a text.
type decimalText struct {
	mant   Int128
	digits int
	exp    int
	neg    bool
}

// scanDecimal reads the decimal at the beginning of s, keeping at most precision
// digits, and returns how many bytes it took.
func scanDecimal(s []byte, precision int) (d decimalText, n int, err error) {
	if len(s) == 0 {
		return d, 0, FaultShort
	}
	i, places := 0, 0
	leading, point := true, false
	if s[0] == '-' || s[0] == '+' {
		d.neg = s[0] == '-'
		i++
	}
	for ; i < len(s); i++ {
		c := s[i]
		switch {
		case c == '.': // a second point does not count, as in ClickHouse
			point, leading = true, false
			continue
		case c == '0' && leading:
			continue
		case c == '0' && point:
			places++
			continue
		case isDigit(c):
		case c == 'e' || c == 'E':
			e, err := ParseInt(s[i+1:], 32)
			if err != nil {
				return d, 0, FaultNumber
			}
			d.exp += int(e)
			return d, len(s), nil
		default:
			return d, i, nil
		}
		leading = false
		places++
		if d.digits+places > precision {
			if !point {
				return d, 0, FaultDigits
			}
			continue
		}
		d.push(c, places, point)
		places = 0
	}
	return d, i, nil
}

// push adds a digit after places-1 zeros.
func (d *decimalText) push(c byte, places int, point bool) {
	d.digits += places
	if point {
		d.exp -= places
	}
	for range places {
		d.mant = d.mant.timesTen()
	}
	d.mant, _ = d.mant.Add(Int128{Lo: uint64(c - '0')})
}

// timesTen is a*10 for a >= 0 that has room.
func (a Int128) timesTen() Int128 {
	hi, lo := bits.Mul64(a.Lo, 10)
	return Int128{Lo: lo, Hi: a.Hi*10 + int64(hi)}
}

func (d *decimalText) rescale(precision, scale int) (Int128, error) {
	if d.digits+d.exp > precision-scale && d.mant.Sign() != 0 {
		return Int128{}, FaultDigits
	}
	v := d.mant
	for e := d.exp + scale; e > 0 && v.Sign() != 0; e-- {
		v = v.timesTen()
	}
	for e := d.exp + scale; e < 0 && v.Sign() != 0; e++ {
		v = v.overTen()
	}
	if d.neg {
		v = v.Neg()
	}
	return v, nil
}

// overTen is a/10 for a >= 0.
func (a Int128) overTen() Int128 {
	hi, rem := uint64(a.Hi)/10, uint64(a.Hi)%10
	lo, _ := bits.Div64(rem, a.Lo, 10)
	return Int128{Lo: lo, Hi: int64(hi)}
}
