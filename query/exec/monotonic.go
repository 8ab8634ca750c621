package exec

import (
	"math"
	"slices"

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
		tick := ticks(v.Type)
		out := make([]int64, len(d))
		for i, x := range d { // within what DateTime holds, as the bounds are
			if forth {
				out[i] = min(x+zoneSlack*tick, math.MaxUint32*tick)
			} else {
				out[i] = max(x-zoneSlack*tick, 0)
			}
		}
		return batch.NewFixed(v.Type, out, v.Nulls)
	default:
		return v
	}
}

// ticks is how many of a DateTime64 are a second.
func ticks(t types.Type) int64 {
	n := int64(1)
	for range t.Scale {
		n *= 10
	}
	return n
}

// firstDays is how far behind the beginning of 1970 no time is rounded down to one before
// it, whatever the zone: by weeks at most, as longer spans begin with 1970.
const firstDays = 8

// isNarrow tells whether all times lie where Date and DateTime can hold what a function
// makes of them: beyond, functions go round.
func isNarrow(v *batch.Vector) bool {
	switch d := v.Data.(type) {
	case []int64: // DateTime64
		second := ticks(v.Type)
		return !slices.ContainsFunc(d, func(x int64) bool { return x < firstDays*86400*second || x > math.MaxUint32*second })
	case []int32: // Date32
		return !slices.ContainsFunc(d, func(x int32) bool { return x < firstDays || x > math.MaxUint16 })
	case []uint32: // DateTime
		return !slices.ContainsFunc(d, func(x uint32) bool { return x < firstDays*86400 })
	default:
		return true
	}
}
