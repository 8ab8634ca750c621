package format

import (
	"github.com/freshetdb/freshet/columnar/types"
)

// parseInt reads a whole text as an integer. As in ClickHouse's text formats an
// empty text is zero; unlike there a number that does not fit is refused.
func parseInt(s []byte, size int) (int64, error) {
	if len(s) == 0 {
		return 0, nil
	}
	v, err := types.ParseInt(s, size)
	if err != nil {
		return 0, err
	}
	return v, nil
}

// parseUint is parseInt for unsigned numbers.
func parseUint(s []byte, size int) (uint64, error) {
	if len(s) == 0 {
		return 0, nil
	}
	v, err := types.ParseUint(s, size)
	if err != nil {
		return 0, err
	}
	return v, nil
}

// fastInt reads a run of at most 18 digits with an optional minus at pos. next
// is where it ends; ok is false when the common case does not apply and the
// whole token has to be looked at.
func fastInt(buf []byte, pos int) (v int64, next int, ok bool) {
	neg := false
	if pos < len(buf) && buf[pos] == '-' {
		neg = true
		pos++
	}
	start := pos
	for pos < len(buf) {
		d := buf[pos] - '0'
		if d > 9 {
			break
		}
		v = v*10 + int64(d)
		pos++
	}
	if n := pos - start; n == 0 || n > 18 {
		return 0, pos, false
	}
	if neg {
		v = -v
	}
	return v, pos, true
}

// wholeInt is fastInt for numbers of any length that fit an int64; the token must
// consist of the number alone.
func wholeInt(buf []byte, pos int) (v int64, next int, ok bool) {
	next = numberEnd(buf, pos)
	v, err := types.ParseInt(buf[pos:next], 64)
	return v, next, err == nil
}

// putInt adds v to an integer field; ok is false when it does not fit, and then
// nothing is added.
func (f *field) putInt(v int64) (ok bool) {
	b := f.b
	switch f.kind {
	case types.Int8:
		if ok = int64(int8(v)) == v; ok {
			b.I8 = append(b.I8, int8(v))
		}
	case types.Int16:
		if ok = int64(int16(v)) == v; ok {
			b.I16 = append(b.I16, int16(v))
		}
	case types.Int32:
		if ok = int64(int32(v)) == v; ok {
			b.I32 = append(b.I32, int32(v))
		}
	case types.Int64, types.Interval:
		b.I64 = append(b.I64, v)
		ok = true
	case types.UInt8:
		if ok = int64(uint8(v)) == v; ok {
			b.U8 = append(b.U8, uint8(v))
		}
	case types.UInt16:
		if ok = int64(uint16(v)) == v; ok {
			b.U16 = append(b.U16, uint16(v))
		}
	case types.UInt32:
		if ok = int64(uint32(v)) == v; ok {
			b.U32 = append(b.U32, uint32(v))
		}
	case types.UInt64:
		if ok = v >= 0; ok {
			b.U64 = append(b.U64, uint64(v))
		}
	default:
	}
	return ok
}

// fastDecimal reads a decimal of at most 18 digits without exponent as a whole
// number of 10**-scale. Digits behind the scale, which would be cut off, are not
// the common case.
func fastDecimal(buf []byte, pos, scale int) (v int64, next int, ok bool) {
	neg := false
	if pos < len(buf) && buf[pos] == '-' {
		neg = true
		pos++
	}
	start := pos
	for pos < len(buf) && isDigit(buf[pos]) {
		v = v*10 + int64(buf[pos]-'0')
		pos++
	}
	digits, left := pos-start, scale
	if digits == 0 || digits > 18 {
		return 0, pos, false
	}
	if pos < len(buf) && buf[pos] == '.' {
		pos++
		for pos < len(buf) && isDigit(buf[pos]) && left > 0 {
			v = v*10 + int64(buf[pos]-'0')
			pos++
			left--
		}
	}
	if digits+scale > 18 {
		return 0, pos, false
	}
	for range left {
		v *= 10
	}
	if neg {
		v = -v
	}
	return v, pos, true
}

// fits tells whether v has no more digits than the Decimal.
func (f *field) fits(v int64) bool { return v < f.limit && v > -f.limit }
