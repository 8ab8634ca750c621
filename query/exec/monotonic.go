package exec

import (
	"math"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/expr"
	"github.com/freshetdb/freshet/columnar/types"
)

// monotonic tells whether e never decreases as its one column grows, and can't
// throw: then its values over a granule lie between those of the granule's least
// and greatest value.
func monotonic(e expr.Expr) bool {
	switch e := e.(type) {
	case *expr.Column:
		return true
	case *expr.Call:
		if len(e.Args) == 0 || !isTime(e.Args[0].Type()) || !rounds(e.Name) || expr.CanThrow(e) {
			return false
		}
		for _, a := range e.Args[1:] {
			if _, ok := a.(*expr.Const); !ok {
				return false
			}
		}
		return monotonic(e.Args[0])
	default:
		return false
	}
}

func isTime(t types.Type) bool { return t.IsDate() || t.IsTime() }

// rounds tells whether a function of a time rounds it down to a coarser one.
// Those whose results go round (toHour, toDayOfWeek) don't belong here.
func rounds(name string) bool {
	switch name {
	case "toDate", "toDate32", "toYear", "toYYYYMM", "toYYYYMMDD", "toStartOfYear",
		"toStartOfQuarter", "toStartOfMonth", "toStartOfWeek", "toMonday", "toStartOfDay", "toStartOfHour",
		"toStartOfMinute", "toStartOfFiveMinutes", "toStartOfTenMinutes", "toStartOfFifteenMinutes",
		"toStartOfSecond", "toStartOfInterval", "toUnixTimestamp", "toDateTime", "toDateTime64",
		"toRelativeDayNum", "toRelativeHourNum", "toRelativeMinuteNum":
		return true
	default:
		return false
	}
}

// zoneSlack is how far local time may run back when a zone changes its offset:
// bounds are widened by it before a function of local time is applied.
const zoneSlack = 2 * 3600

// widen moves least values of times back, or greatest forth, by zoneSlack.
func widen(v *batch.Vector, forth bool) *batch.Vector {
	switch d := v.Data.(type) {
	case []uint32:
		out := make([]uint32, len(d))
		for i, x := range d {
			if forth {
				out[i] = uint32(min(uint64(x)+zoneSlack, math.MaxUint32))
			} else {
				out[i] = uint32(max(int64(x)-zoneSlack, 0))
			}
		}
		return batch.NewFixed(v.Type, out, v.Nulls)
	case []int64:
		slack := int64(zoneSlack)
		for range v.Type.Scale {
			slack *= 10
		}
		if !forth {
			slack = -slack
		}
		out := make([]int64, len(d))
		for i, x := range d {
			out[i] = x + slack
		}
		return batch.NewFixed(v.Type, out, v.Nulls)
	default:
		return v
	}
}
