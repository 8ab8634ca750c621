package format

import (
	"github.com/freshetdb/freshet/columnar/types"
)

// plainJSON reads a value of a common kind that needs no second look: a string
// in ASCII without escapes, a short whole number, a decimal with few digits, a
// time. ok is false, and nothing was read, for all others.
func (f *field) plainJSON(buf []byte, pos int) (next int, ok bool) {
	switch f.kind {
	case types.String:
		if buf[pos] != '"' {
			return pos, false
		}
		end, high := plainRun(buf, pos+1)
		if end >= len(buf) || buf[end] != '"' || high != 0 {
			return pos, false
		}
		s := &f.b.Str
		s.Bytes = append(s.Bytes, buf[pos+1:end]...)
		s.Offsets = append(s.Offsets, uint32(len(s.Bytes)))
		next = end + 1
	case types.Int8, types.Int16, types.Int32, types.Int64, types.UInt8, types.UInt16, types.UInt32, types.UInt64:
		v, end, plain := fastInt(buf, pos)
		if !plain || !endsNumber(buf, end) || !f.putInt(v) {
			return pos, false
		}
		next = end
	case types.Decimal:
		v, end, plain := fastDecimal(buf, pos, int(f.t.Scale))
		if !plain || f.wide || !endsNumber(buf, end) || !f.fits(v) {
			return pos, false
		}
		f.b.I64 = append(f.b.I64, v)
		next = end
	case types.DateTime, types.DateTime64, types.Date:
		const longest = 32
		if buf[pos] != '"' {
			return pos, false
		}
		end, high := plainRun(buf[:min(len(buf), pos+longest)], pos+1)
		if end >= len(buf) || buf[end] != '"' || high != 0 || f.time(buf[pos+1:end]) != nil {
			return pos, false
		}
		next = end + 1
	default:
		return pos, false
	}
	if f.nullable {
		f.b.NotNull()
	}
	return next, true
}
