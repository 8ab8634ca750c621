package rewrite

import (
	"strings"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/expr"
	"github.com/freshetdb/freshet/columnar/types"
)

// granularity is the span of time over which a function of a time is constant:
// seconds up to a day, or a unit of the calendar.
type granularity struct {
	seconds int64
	unit    types.Unit // Week, Month, Quarter or Year when seconds is 0
	sunday  bool       // weeks begin on Sunday, not on Monday
}

const daySeconds = 86400

// timeCall is a function of one time column and constants.
type timeCall struct {
	call  *expr.Call
	col   *expr.Column
	grain granularity
	zone  string // named in the call; "" for the column's own
	// floors tells that the value grows with time and changes only where a span
	// begins: the function puts times into buckets.
	floors bool
}

// floorGrains are functions that round down, or give a number that grows.
var floorGrains = map[string]granularity{
	"tostartofsecond": {seconds: 1}, "tostartofminute": {seconds: 60}, "tostartoffiveminutes": {seconds: 300},
	"tostartoffiveminute": {seconds: 300}, "tostartoftenminutes": {seconds: 600},
	"tostartoffifteenminutes": {seconds: 900}, "tostartofhour": {seconds: 3600}, "tostartofday": {seconds: daySeconds},
	"todate": {seconds: daySeconds}, "toyyyymmdd": {seconds: daySeconds},
	"tomonday": {unit: types.Week}, "tostartofweek": {unit: types.Week, sunday: true},
	"tostartofmonth": {unit: types.Month}, "toyyyymm": {unit: types.Month},
	"tostartofquarter": {unit: types.Quarter}, "tostartofyear": {unit: types.Year}, "toyear": {unit: types.Year},
}

// partGrains are functions that give a part of a time, which comes again.
var partGrains = map[string]granularity{
	"tominute": {seconds: 60}, "minute": {seconds: 60}, "tohour": {seconds: 3600}, "hour": {seconds: 3600},
	"todayofweek": {seconds: daySeconds}, "todayofmonth": {seconds: daySeconds}, "todayofyear": {seconds: daySeconds},
	"tomonth": {unit: types.Month}, "month": {unit: types.Month}, "toquarter": {unit: types.Quarter},
	"quarter": {unit: types.Quarter}, "year": {unit: types.Year},
}

// timeCallOf recognises a function of a time column whose granularity is known.
func timeCallOf(e expr.Expr) (timeCall, bool) {
	c, ok := e.(*expr.Call)
	if !ok || len(c.Args) == 0 {
		return timeCall{}, false
	}
	out := timeCall{call: c}
	name := strings.ToLower(c.Name)
	rest := c.Args[1:]
	if g, ok := floorGrains[name]; ok {
		out.grain, out.floors = g, true
	} else if g, ok := partGrains[name]; ok {
		out.grain = g
	} else if name == "tostartofinterval" && len(rest) > 0 {
		if out.grain, ok = intervalGrain(rest[0]); !ok {
			return timeCall{}, false
		}
		out.floors, rest = true, rest[1:]
	} else {
		return timeCall{}, false
	}
	if name == "tostartofweek" && len(rest) > 0 {
		mode, ok := uintConst(rest[0])
		if !ok || mode > 1 {
			return timeCall{}, false
		}
		out.grain.sunday, rest = mode == 0, rest[1:]
	}
	if len(rest) > 1 || len(rest) == 1 && !out.setZone(rest[0]) {
		return timeCall{}, false
	}
	inner, isNested := timeCallOf(c.Args[0])
	if isNested { // toStartOfHour(toStartOfMinute(ts)) is toStartOfHour(ts)
		out.col = inner.col
		return out, inner.isTime() && inner.floors && nests(inner.grain, out.grain) && inner.zone == out.zone
	}
	out.col, ok = c.Args[0].(*expr.Column)
	return out, ok && (out.col.T.IsTime() || out.col.T.IsDate()) && !out.col.T.Nullable
}

// isTime tells that the value is a time again, not a number like 20240331.
func (t timeCall) isTime() bool {
	v := t.call.Type()
	return v.IsTime() || v.IsDate()
}

// setZone takes the argument that names a zone.
func (t *timeCall) setZone(e expr.Expr) bool {
	k, ok := e.(*expr.Const)
	if !ok || !k.Type().Kind.IsString() || k.Vec.IsNull(0) {
		return false
	}
	t.zone = string(k.Vec.Bytes(0))
	return true
}

func uintConst(e expr.Expr) (uint64, bool) {
	k, ok := e.(*expr.Const)
	if !ok || k.Vec.IsNull(0) {
		return 0, false
	}
	switch v := k.Vec.Data.(type) {
	case []uint8:
		return uint64(v[0]), true
	default:
		return 0, false
	}
}

var unitSeconds = map[types.Unit]int64{types.Second: 1, types.Minute: 60, types.Hour: 3600, types.Day: daySeconds}

// intervalGrain is the granularity of rounding to an interval; only intervals that
// divide a day, and single units of the calendar.
func intervalGrain(e expr.Expr) (granularity, bool) {
	t := e.Type()
	k, ok := e.(*expr.Const)
	if !ok || t.Kind != types.Interval || k.Vec.IsNull(0) {
		return granularity{}, false
	}
	n := batch.Values[int64](k.Vec)[0]
	if sec, ok := unitSeconds[t.Unit]; ok && n > 0 && daySeconds%(n*sec) == 0 {
		return granularity{seconds: n * sec}, true
	}
	if n == 1 && t.Unit >= types.Week {
		return granularity{unit: t.Unit}, true
	}
	return granularity{}, false
}

// nests tells whether every span of inner lies in one span of outer, in one zone.
func nests(inner, outer granularity) bool {
	switch {
	case inner.seconds > 0 && outer.seconds > 0:
		return outer.seconds%inner.seconds == 0
	case inner.seconds > 0:
		return daySeconds%inner.seconds == 0
	case outer.seconds > 0:
		return false
	case inner.unit == outer.unit:
		return inner.sunday == outer.sunday
	default:
		return inner.unit != types.Week && outer.unit > inner.unit
	}
}

// isAligned tells whether the offset of a zone was always a multiple of the
// granularity, and changed only at multiples of it: then its spans are those of
// Unix time, and those of any other such zone.
func isAligned(z *types.Zone, g granularity) bool {
	return g.seconds > 0 && z.Clock().Aligned(g.seconds)
}

// keepsSpans tells whether the spans of a function of a time, by one clock, lie in
// those of a coarser one whatever that counts from: the first may count in elapsed
// time, the second by the clock (see columnar/expr/timespan.go).
func keepsSpans(z *types.Zone, have, want granularity) bool {
	clock := z.Clock()
	switch {
	case have.seconds == 0 || have.seconds == daySeconds || isAligned(z, have):
		return true
	case have.seconds%3600 != 0: // counted from 1970, but days are not
		return false
	case want.seconds == 0 || want.seconds == daySeconds: // hours begin anew every midnight
		return clock.SplitsNoDay()
	default:
		return clock.ChangesOnHours()
	}
}
