package types

import (
	"math"
	"math/bits"
	"strconv"
)

// This file prints single values as ClickHouse prints them in TSV: without
// quotes or escapes. The parsers of the same texts are in text_parse.go,
// text_number.go, text_time.go and text_besteffort.go.

// AppendBool prints true or false.
func AppendBool(dst []byte, v bool) []byte { return strconv.AppendBool(dst, v) }

// AppendFloat64 prints the shortest text that reads back as v: plain digits from
// 1e-6 up to, not including, 1e21, an exponent beyond.
func AppendFloat64(dst []byte, v float64) []byte { return appendFloat(dst, v, 64) }

// AppendFloat32 is [AppendFloat64] for Float32.
func AppendFloat32(dst []byte, v float32) []byte { return appendFloat(dst, float64(v), 32) }

func appendFloat(dst []byte, v float64, size int) []byte {
	switch {
	case math.IsNaN(v):
		return append(dst, "nan"...)
	case math.IsInf(v, 1):
		return append(dst, "inf"...)
	case math.IsInf(v, -1):
		return append(dst, "-inf"...)
	}
	abs := math.Abs(v)
	if abs < 1<<24 && abs == math.Trunc(abs) && (abs != 0 || !math.Signbit(v)) {
		return strconv.AppendInt(dst, int64(v), 10)
	}
	if abs == 0 || (abs >= 1e-6 && abs < 1e21) {
		return strconv.AppendFloat(dst, v, 'f', -1, size)
	}
	start := len(dst)
	dst = strconv.AppendFloat(dst, v, 'e', -1, size)
	// Go writes e+21 and e-07 where ClickHouse writes e21 and e-7.
	for i := start; i < len(dst); i++ {
		if dst[i] != 'e' {
			continue
		}
		to := i + 1
		from := i + 2
		if dst[i+1] == '-' {
			to++
		}
		if dst[from] == '0' {
			from++
		}
		return append(dst[:to], dst[from:]...)
	}
	return dst
}

// AppendDecimal64 prints a Decimal of at most 18 digits without trailing zeros.
func AppendDecimal64(dst []byte, v int64, scale int) []byte {
	u := uint64(v)
	if v < 0 {
		dst = append(dst, '-')
		u = -u
	}
	var buf [20]byte
	return appendScaled(dst, strconv.AppendUint(buf[:0], u, 10), scale)
}

// AppendDecimal128 prints a Decimal without trailing zeros.
func AppendDecimal128(dst []byte, v Int128, scale int) []byte {
	if i, ok := v.Int64(); ok {
		return AppendDecimal64(dst, i, scale)
	}
	if v.Hi < 0 {
		dst = append(dst, '-')
	}
	var buf [40]byte
	return appendScaled(dst, appendUint128(buf[:0], v.abs()), scale)
}

// AppendInt128 prints v in base ten.
func AppendInt128(dst []byte, v Int128) []byte { return AppendDecimal128(dst, v, 0) }

// tenTo19 is the largest power of ten in a uint64.
const tenTo19 = 10_000_000_000_000_000_000

func appendUint128(dst []byte, v uint128) []byte {
	if v.hi == 0 {
		return strconv.AppendUint(dst, v.lo, 10)
	}
	hi, rem := v.hi/tenTo19, v.hi%tenTo19
	mid, low := bits.Div64(rem, v.lo, tenTo19)
	if hi != 0 {
		dst = appendUint128(dst, uint128{hi: hi, lo: mid})
	} else {
		dst = strconv.AppendUint(dst, mid, 10)
	}
	return appendPadded(dst, low, 19)
}

// appendPadded prints v with at least width digits.
func appendPadded(dst []byte, v uint64, width int) []byte {
	var buf [20]byte
	i := len(buf)
	for v > 0 || len(buf)-i < width {
		i--
		buf[i] = byte('0' + v%10)
		v /= 10
	}
	return append(dst, buf[i:]...)
}

// appendScaled puts the decimal point into digits and drops trailing zeros.
func appendScaled(dst, digits []byte, scale int) []byte {
	if scale == 0 {
		return append(dst, digits...)
	}
	if len(digits) <= scale {
		dst = append(dst, '0')
	} else {
		dst = append(dst, digits[:len(digits)-scale]...)
	}
	frac := digits[max(len(digits)-scale, 0):]
	for len(frac) > 0 && frac[len(frac)-1] == '0' {
		frac = frac[:len(frac)-1]
	}
	if len(frac) == 0 {
		return dst
	}
	dst = append(dst, '.')
	for range scale - len(digits) {
		dst = append(dst, '0')
	}
	return append(dst, frac...)
}

// AppendDate prints days since 1970-01-01 as YYYY-MM-DD; for Date and Date32.
func AppendDate(dst []byte, days int64) []byte {
	y, m, d := CivilFromDays(days)
	y = min(max(y, 0), 9999)
	return append(dst,
		byte('0'+y/1000), byte('0'+y/100%10), byte('0'+y/10%10), byte('0'+y%10), '-',
		byte('0'+m/10), byte('0'+m%10), '-',
		byte('0'+d/10), byte('0'+d%10))
}

// DayText is the day that was printed last, as text: times that follow each other are mostly of one day.
type DayText struct {
	day  int64 // since 1970-01-01
	text [10]byte
}

// appendDay is [AppendDate]; last may be nil.
func appendDay(dst []byte, days int64, last *DayText) []byte {
	if last == nil {
		return AppendDate(dst, days)
	}
	if last.day != days || last.text[0] == 0 {
		last.day = days
		AppendDate(last.text[:0], days)
	}
	return append(dst, last.text[:]...)
}

// digitPairs are the numbers below 100, two digits each.
const digitPairs = "0001020304050607080910111213141516171819202122232425262728293031323334353637383940414243444546474849" +
	"5051525354555657585960616263646566676869707172737475767778798081828384858687888990919293949596979899"

// appendLocal prints a wall clock (see [Clock.Local]) as YYYY-MM-DD hh:mm:ss.
func appendLocal(dst []byte, local int64, last *DayText) []byte {
	local = min(max(local, minClockSecond), maxClockSecond)
	days := floorDiv(local, secondsPerDay)
	second := uint32(local - days*secondsPerDay)
	h, m, s := second/3600*2, second/60%60*2, second%60*2
	return append(appendDay(dst, days, last), ' ', digitPairs[h], digitPairs[h+1], ':', digitPairs[m], digitPairs[m+1],
		':', digitPairs[s], digitPairs[s+1])
}

// AppendDateTime prints Unix seconds in a zone as YYYY-MM-DD hh:mm:ss; last may be nil.
func AppendDateTime(dst []byte, unix uint32, z *Zone, last *DayText) []byte {
	if z == UTC {
		return appendLocal(dst, int64(unix), last)
	}
	return appendLocal(dst, z.Clock().Local(int64(unix)), last)
}

// AppendDateTime64 prints ticks of 10**-scale seconds in a zone; last may be nil.
func AppendDateTime64(dst []byte, ticks int64, scale int, z *Zone, last *DayText) []byte {
	unit := int64Pow10(scale)
	sec := floorDiv(ticks, unit)
	frac := ticks - sec*unit
	if z != UTC {
		sec = z.Clock().Local(sec)
	}
	dst = appendLocal(dst, sec, last)
	if scale == 0 {
		return dst
	}
	return appendPadded(append(dst, '.'), uint64(frac), scale)
}

// int64Pow10 is 10**n for 0 <= n <= 18.
func int64Pow10(n int) int64 {
	v := int64(1)
	for range n {
		v *= 10
	}
	return v
}

const hexDigits = "0123456789abcdef"

// AppendUUID prints 8-4-4-4-12 lower-case hexadecimal digits.
func AppendUUID(dst []byte, v Bytes16) []byte {
	for i, b := range v {
		if i == 4 || i == 6 || i == 8 || i == 10 {
			dst = append(dst, '-')
		}
		dst = append(dst, hexDigits[b>>4], hexDigits[b&15])
	}
	return dst
}

// AppendIPv4 prints a.b.c.d; the first number is in the highest byte.
func AppendIPv4(dst []byte, v uint32) []byte {
	for shift := 24; shift >= 0; shift -= 8 {
		dst = strconv.AppendUint(dst, uint64(byte(v>>shift)), 10)
		if shift > 0 {
			dst = append(dst, '.')
		}
	}
	return dst
}

// AppendIPv6 prints the address as inet_ntop does: the longest run of two or
// more zero groups as "::", the last four bytes of mapped and compatible
// addresses as an IPv4 address.
func AppendIPv6(dst []byte, v Bytes16) []byte {
	var words [8]uint16
	for i := range words {
		words[i] = uint16(v[2*i])<<8 | uint16(v[2*i+1])
	}
	base, length := longestZeros(words)
	for i := 0; i < 8; i++ {
		if length > 0 && i == base {
			dst = append(dst, ':', ':')
			i += length - 1
			continue
		}
		if i > 0 && i != base+length {
			dst = append(dst, ':')
		}
		if i == 6 && base == 0 && (length == 6 || (length == 5 && words[5] == 0xffff)) {
			return AppendIPv4(dst, uint32(words[6])<<16|uint32(words[7]))
		}
		dst = strconv.AppendUint(dst, uint64(words[i]), 16)
	}
	return dst
}

// longestZeros finds the first longest run of at least two zero words; without
// one, base is out of reach and length 0.
func longestZeros(words [8]uint16) (base, length int) {
	base = -1
	for i := 0; i < len(words); {
		j := i
		for j < len(words) && words[j] == 0 {
			j++
		}
		if n := j - i; n >= 2 && n > length {
			base, length = i, n
		}
		i = j + 1
	}
	if length == 0 {
		return -1 << 30, 0
	}
	return base, length
}

// AppendQuoted prints a string literal in single quotes, with backslash escapes.
func AppendQuoted(dst, s []byte) []byte {
	dst = append(dst, '\'')
	for _, c := range s {
		switch c {
		case '\'', '\\':
			dst = append(dst, '\\', c)
		case '\n':
			dst = append(dst, '\\', 'n')
		case '\t':
			dst = append(dst, '\\', 't')
		case '\r':
			dst = append(dst, '\\', 'r')
		case 0:
			dst = append(dst, '\\', '0')
		case '\b':
			dst = append(dst, '\\', 'b')
		case '\f':
			dst = append(dst, '\\', 'f')
		default:
			dst = append(dst, c)
		}
	}
	return append(dst, '\'')
}
