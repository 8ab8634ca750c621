package format

import (
	"bytes"
	"math"

	"github.com/freshetdb/freshet/columnar/chcode"
	"github.com/freshetdb/freshet/columnar/types"
)

// The last days that Date and Date32 hold, and the first of Date32, as
// ClickHouse clamps to them.
const (
	lastDate    = math.MaxUint16
	firstDate32 = -25567 // 1900-01-01
	lastDate32  = 120529 // 2299-12-31
)

// time adds a Date, Date32, DateTime or DateTime64. Where ClickHouse replaces
// a time that the type can't hold by the nearest one without a word, it is
// refused.
func (f *field) time(s []byte) error {
	if f.t.IsDate() && len(s) > len("2006-01-02") {
		return types.FaultTrailing // a time of day would be lost
	}
	b := f.b
	if f.t.IsDate() && len(s) > 1 && s[len(s)-2] >= '2' && !types.IsCalendarDate(s) { // a day behind the 28th
		return f.outOfRange(s, "", "")
	}
	switch f.kind {
	case types.Date:
		v, err := types.ParseDate(s)
		if err != nil {
			return err
		}
		if (v == 0 && !names(s, "1970", "0000")) || (v == lastDate && !names(s, "2149", "")) {
			return f.outOfRange(s, "1970-01-01", "2149-06-06")
		}
		b.U16 = append(b.U16, v)
	case types.Date32:
		v, err := types.ParseDate32(s)
		if err != nil {
			return err
		}
		if (v == 0 && !names(s, "1970", "0000")) || (v == firstDate32 && !names(s, "1900", "")) ||
			(v == lastDate32 && !names(s, "2299", "")) {
			return f.outOfRange(s, "1900-01-01", "2299-12-31")
		}
		b.I32 = append(b.I32, v)
	case types.DateTime:
		v, err := f.times.DateTime(s)
		if err != nil {
			return err
		}
		if (v == 0 && !names(s, "1970", "0000") && !names(s, "1969", "0")) ||
			(v == math.MaxUint32 && !names(s, "2106", "4294967295")) {
			return f.outOfRange(s, "1970-01-01 00:00:00", "2106-02-07 06:28:15")
		}
		b.U32 = append(b.U32, v)
	default:
		v, err := f.times.DateTime64(s, int(f.t.Scale))
		if err != nil {
			return err
		}
		b.I64 = append(b.I64, v)
	}
	return nil
}

// names tells whether s begins with either text; an empty text is never met.
func names(s []byte, a, b string) bool {
	return bytes.HasPrefix(s, []byte(a)) || (b != "" && bytes.HasPrefix(s, []byte(b)))
}

// outOfRange refuses a time that lies outside of a range, or without one that does not exist.
func (f *field) outOfRange(s []byte, low, high string) error {
	if low == "" {
		return chcode.Errorf(chcode.ValueIsOutOfRangeOfDataType, "There is no date %s: the month has fewer days", clip(s))
	}
	return chcode.Errorf(chcode.ValueIsOutOfRangeOfDataType,
		"Time %s is not a date or lies outside the range of %s [%s, %s]", clip(s), f.t, low, high)
}

// ticks adds a time from a bare whole number: days, seconds or, for
// DateTime64, ticks of its scale.
func (f *field) ticks(v int64) (ok bool) {
	b := f.b
	switch f.kind {
	case types.Date:
		b.U16 = append(b.U16, uint16(v))
		return v >= 0 && v <= lastDate
	case types.Date32:
		b.I32 = append(b.I32, int32(v))
		return v >= firstDate32 && v <= lastDate32
	case types.DateTime:
		b.U32 = append(b.U32, uint32(v))
		return v >= 0 && v <= math.MaxUint32
	default:
		b.I64 = append(b.I64, v)
		return true
	}
}
