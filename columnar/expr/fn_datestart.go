package expr

import (
	"math"
	"strings"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/chcode"
	"github.com/freshetdb/freshet/columnar/kernel"
	"github.com/freshetdb/freshet/columnar/types"
)

// dateStartFunctions round dates and times down.
func dateStartFunctions() []*function {
	const cat = "Dates and times"
	var out []*function
	for _, d := range []struct {
		name, unit string
		of         func(day int64) int64
	}{
		{"toStartOfYear", "year", func(d int64) int64 { return startOfUnit(d, types.Year, 1) }},
		{"toStartOfISOYear", "ISO year", func(d int64) int64 { _, first := isoYear(min(d, types.MaxDate)); return first }},
		{"toStartOfQuarter", "quarter", func(d int64) int64 { return startOfUnit(d, types.Quarter, 1) }},
		{"toStartOfMonth", "month", func(d int64) int64 { return startOfUnit(d, types.Month, 1) }},
		{"toMonday", "week", func(d int64) int64 { return d - weekday(d) }},
		{"toLastDayOfMonth", "last day of the month", lastOfMonth},
	} {
		fn := &function{
			Info: Info{Name: d.name, Syntax: d.name + "(t[, zone])", Description: "Rounds a date or time down to the start of the " + d.unit + ".", Returns: "Date", Category: cat, Example: d.name + "(toDate('2024-02-29'))"},
			min:  1, max: 2, bind: func(s *site) (bound, error) { return bindStartDay(s, 1, d.of) },
		}
		if d.name == "toLastDayOfMonth" {
			fn.Description = "Is the last day of the month of a date or time."
			fn.Aliases, fn.CaseInsensitive = []string{"LAST_DAY"}, true
		}
		out = append(out, fn)
	}
	for _, c := range []struct {
		name, text string
		unit       types.Unit
		n          int64
	}{
		{"toStartOfDay", "day", types.Day, 1},
		{"toStartOfHour", "hour", types.Hour, 1},
		{"toStartOfMinute", "minute", types.Minute, 1},
		{"toStartOfFiveMinutes", "five minutes", types.Minute, 5},
		{"toStartOfTenMinutes", "ten minutes", types.Minute, 10},
		{"toStartOfFifteenMinutes", "quarter of an hour", types.Minute, 15},
	} {
		fn := &function{
			Info: Info{Name: c.name, Syntax: c.name + "(t[, zone])", Description: "Rounds a time down to the start of the " + c.text + ".", Returns: "DateTime", Category: cat, Example: c.name + "(toDateTime('2024-02-29 12:34:56'))"},
			min:  1, max: 2, bind: func(s *site) (bound, error) { return bindStartClock(s, c.unit, c.n) },
		}
		if c.name == "toStartOfFiveMinutes" {
			fn.Aliases = []string{"toStartOfFiveMinute"}
		}
		out = append(out, fn)
	}
	return append(out,
		&function{Info: Info{Name: "timeSlot", Syntax: "timeSlot(t[, zone])", Description: "Rounds a time down to the start of the half hour.", Returns: "DateTime", Category: cat, Example: "timeSlot(toDateTime('2024-02-29 12:34:56'))"}, min: 1, max: 2, bind: bindTimeSlot},
		&function{Info: Info{Name: "toStartOfWeek", Syntax: "toStartOfWeek(t[, mode[, zone]])", Description: "Rounds a date or time down to Sunday (mode 0) or Monday (mode 1).", Returns: "Date", Category: cat, Example: "toStartOfWeek(toDate('2024-02-29'), 1)"}, min: 1, max: 3, bind: func(s *site) (bound, error) { return bindStartWeek(s, 0) }},
		&function{Info: Info{Name: "toLastDayOfWeek", Syntax: "toLastDayOfWeek(t[, mode[, zone]])", Description: "Rounds a date or time up to Saturday (mode 0) or Sunday (mode 1).", Returns: "Date", Category: cat, Example: "toLastDayOfWeek(toDate('2024-02-29'), 1)"}, min: 1, max: 3, bind: func(s *site) (bound, error) { return bindStartWeek(s, 6) }},
		startTick("toStartOfSecond", "second", types.Second),
		startTick("toStartOfMillisecond", "millisecond", types.Millisecond),
		startTick("toStartOfMicrosecond", "microsecond", types.Microsecond),
		&function{Info: Info{Name: "toStartOfInterval", Aliases: []string{"time_bucket", "date_bin"}, Syntax: "toStartOfInterval(t, interval[, zone])", Description: "Rounds a date or time down to a multiple of an interval.", Returns: "Date, DateTime or DateTime64", Category: cat, Example: "toStartOfInterval(toDateTime('2024-02-29 12:34:56'), toIntervalMinute(15))"}, min: 2, max: 3, bind: bindStartInterval},
		&function{Info: Info{Name: "dateTrunc", Aliases: []string{"date_trunc"}, CaseInsensitive: true, Syntax: "date_trunc(unit, t[, zone])", Description: "Rounds a date or time down to a unit: second, minute, hour, day, week, month, quarter or year.", Returns: "Date, DateTime or DateTime64", Category: cat, Example: "date_trunc('month', toDateTime('2024-02-29 12:34:56'))"}, min: 2, max: 3, bind: bindTrunc},
	)
}

// startOfUnit is the first day of the n weeks, months, quarters or years in which
// a day lies.
func startOfUnit(day int64, u types.Unit, n int64) int64 {
	switch u {
	case types.Day:
		return kernel.FloorDiv(day, n) * n
	case types.Week: // counted from Monday 1970-01-05
		return kernel.FloorDiv(day-4, 7*n)*7*n + 4
	case types.Quarter:
		n *= 3
	case types.Year:
		y, _, _ := types.CivilFromDays(day)
		return types.DaysFromCivil(int(kernel.FloorDiv(int64(y), n)*n), 1, 1)
	default:
	}
	return firstOfMonth(kernel.FloorDiv(monthsSince1900(day), n) * n)
}

func lastOfMonth(day int64) int64 {
	y, m, _ := types.CivilFromDays(day)
	return types.DaysFromCivil(y, m, types.DaysInMonth(y, m))
}

func bindStartDay(s *site, zoneAt int, of func(int64) int64) (bound, error) {
	a, err := s.timeArg(0, zoneAt)
	if err != nil {
		return bound{}, err
	}
	return bound{ret: types.Of(types.Date), run: func(_ *run, args []*batch.Vector) (*batch.Vector, error) {
		days := a.days(args[0])
		out := make([]int64, len(days))
		from, to := int64(0), int64(-1) // the days around the last row with one result
		start := int64(0)
		for i, d := range days {
			if d < from || d > to {
				if start = of(d); a.t.Kind != types.Date {
					start = min(start, types.MaxDate)
				}
				from, to = d, d
			}
			out[i] = start
		}
		return dateOf(out), nil
	}}, nil
}

func bindStartWeek(s *site, plus int64) (bound, error) {
	mode, err := s.optConstInt(1)
	if err != nil {
		return bound{}, err
	}
	return bindStartDay(s, 2, func(d int64) int64 { return d - startWeekday(d, mode&weekMonday != 0) + plus })
}

// bindStartClock rounds down to n units of the clock; dates are midnights and only
// days take them.
func bindStartClock(s *site, u types.Unit, n int64) (bound, error) {
	a, err := s.timeArg(0, 1)
	if err == nil && u < types.Day {
		a, err = s.clockArg(1)
	}
	if err != nil {
		return bound{}, err
	}
	ret := types.Type{Kind: types.DateTime, Zone: a.t.Zone}
	if len(s.args) > 1 {
		ret.Zone = a.zone
	}
	a.clamps = a.t.Kind == types.Date32
	return bound{ret: ret, floors: true, step: a.step(u, n), run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
		return a.start(r, args[0], u, n), nil
	}}, nil
}

// bindTimeSlot rounds to half hours of Unix time whatever the zone, and towards 1970,
// as ClickHouse does.
func bindTimeSlot(s *site) (bound, error) {
	a, err := s.clockArg(1)
	if err != nil {
		return bound{}, err
	}
	ret := types.Type{Kind: types.DateTime, Zone: a.t.Zone}
	if len(s.args) > 1 {
		ret.Zone = a.zone
	}
	return bound{ret: ret, run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
		const slot = 1800
		out := make([]uint32, r.n)
		if d, ok := args[0].Data.([]uint32); ok {
			kernel.TruncateUnix(out, d, slot)
			return vec(out), nil
		}
		for i, t := range a.wholeSeconds(args[0]) {
			out[i] = uint32(t / slot * slot)
		}
		return vec(out), nil
	}}, nil
}

// startTick rounds DateTime64 down below a second.
//
//go:noinline
func startTick(name, text string, u types.Unit) *function {
	return &function{
		Info: Info{Name: name, Syntax: name + "(t[, zone])", Description: "Rounds a DateTime64 down to the start of the " + text + ".", Returns: "DateTime64", Category: "Dates and times", Example: name + "(toDateTime64('2024-02-29 12:34:56.789', 3))"},
		min:  1, max: 2, bind: func(s *site) (bound, error) {
			if s.types[0].Kind != types.DateTime64 {
				return bound{}, s.illegal(0)
			}
			a, err := s.clockArg(1)
			if err != nil {
				return bound{}, err
			}
			ret := a.t
			ret.Scale = uint8(max(int(ret.Scale), tickScale(u)))
			if len(s.args) > 1 {
				ret.Zone = a.zone
			}
			return bound{ret: ret, run: func(_ *run, args []*batch.Vector) (*batch.Vector, error) {
				return vec(startOfTicks(args[0].Data.([]int64), a.t, ret, tickStep(u, ret, 1))), nil
			}}, nil
		},
	}
}

// tickScale is the digits of a second that a unit needs.
func tickScale(u types.Unit) int {
	switch u {
	case types.Millisecond:
		return 3
	case types.Microsecond:
		return 6
	case types.Nanosecond:
		return 9
	default:
		return 0
	}
}

// tickStep is n units in ticks of a DateTime64 type.
func tickStep(u types.Unit, t types.Type, n int64) int64 { return n * pow10(int(t.Scale)-tickScale(u)) }

func startOfTicks(in []int64, from, to types.Type, step int64) []int64 {
	out := make([]int64, len(in))
	up, down := int64(1), int64(1)
	if to.Scale >= from.Scale {
		up = pow10(int(to.Scale - from.Scale))
	} else {
		down = pow10(int(from.Scale - to.Scale))
	}
	for i, t := range in {
		t = kernel.FloorDiv(t*up, down)
		out[i] = t - floorMod(t, step)
	}
	return out
}

func bindStartInterval(s *site) (bound, error) {
	if s.types[1].Kind != types.Interval {
		return bound{}, s.illegal(1)
	}
	c := s.constant(1)
	if c == nil {
		return bound{}, s.mustBeConst(1)
	}
	n := intAt(c.Vec, 0)
	if n <= 0 {
		return bound{}, chcode.Errorf(chcode.ArgumentOutOfBound, "Value for second argument of function toStartOfInterval must be positive")
	}
	if len(s.args) == 3 && !s.types[2].IsString() {
		return bindBucket(s, s.types[1].Unit, n)
	}
	a, err := s.timeArg(0, 2)
	if err != nil {
		return bound{}, err
	}
	zone := a.t.Zone
	if len(s.args) == 3 {
		zone = a.zone
	}
	return bindStart(s, a, zone, s.types[1].Unit, n, false)
}

// bindStart rounds down to n units. wide keeps the range of Date32 and DateTime64,
// as date_trunc does.
func bindStart(s *site, a timeArg, zone *types.Zone, u types.Unit, n int64, wide bool) (bound, error) {
	wide = wide && (a.t.Kind == types.Date32 || a.t.Kind == types.DateTime64)
	switch {
	case u >= types.Week:
		return startDays(a, u, n, wide), nil
	case a.t.IsDate() && u < types.Day:
		return bound{}, s.illegalAll()
	case u < types.Second:
		if a.t.Kind != types.DateTime64 {
			return bound{}, s.illegalAll()
		}
		ret := types.DateTime64Of(tickScale(u), zone)
		return bound{ret: ret, run: func(_ *run, args []*batch.Vector) (*batch.Vector, error) {
			return vec(startOfTicks(args[0].Data.([]int64), a.t, ret, tickStep(u, ret, n))), nil
		}}, nil
	}
	ret := types.Type{Kind: types.DateTime, Zone: zone}
	if wide {
		ret = types.DateTime64Of(0, zone)
	}
	return bound{ret: ret, floors: !wide, step: a.step(u, n), run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
		if wide {
			return vec(a.starts(args[0], u, n)), nil
		}
		return a.start(r, args[0], u, n), nil
	}}, nil
}

func startDays(a timeArg, u types.Unit, n int64, wide bool) bound {
	ret := types.Of(types.Date)
	if wide {
		ret = types.Of(types.Date32)
	}
	return bound{ret: ret, run: func(_ *run, args []*batch.Vector) (*batch.Vector, error) {
		days := a.days(args[0])
		out := make([]int64, len(days))
		for i, d := range days {
			out[i] = startOfUnit(d, u, n)
		}
		if wide {
			return vec(kernel.ConvertTo(types.PhysI32, out)), nil
		}
		return dateOf(out), nil
	}}
}

// bindBucket rounds down to n units counted from an origin, the third argument.
func bindBucket(s *site, u types.Unit, n int64) (bound, error) {
	t := s.types[0]
	origin := s.constant(2)
	if origin == nil {
		return bound{}, s.mustBeConst(2)
	}
	if t.Kind != types.DateTime || !s.types[2].IsTime() || u < types.Second || u > types.Week {
		return bound{}, s.illegalAll()
	}
	step := n * map[types.Unit]int64{types.Second: 1, types.Minute: 60, types.Hour: 3600, types.Day: secondsPerDay, types.Week: 7 * secondsPerDay}[u]
	from := unixSeconds(origin.Vec, s.types[2])[0]
	return bound{ret: t, canThrow: true, run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
		out := make([]uint32, r.n)
		for i, x := range args[0].Data.([]uint32) {
			since := int64(x) - from
			if since < 0 && !r.skips(i) {
				return nil, chcode.Errorf(chcode.BadArguments, "Source time must be greater than or equal to the origin")
			}
			out[i] = uint32(int64(x) - floorMod(since, step))
		}
		return vec(out), nil
	}}, nil
}

func bindTrunc(s *site) (bound, error) {
	name, err := s.constString(0)
	if err != nil {
		return bound{}, err
	}
	u, ok := types.UnitOf(strings.ToLower(name))
	if !ok || strings.HasSuffix(strings.ToLower(name), "s") {
		return bound{}, chcode.Errorf(chcode.BadArguments, "%s doesn't support date_trunc", name)
	}
	a, err := s.timeArg(1, 2)
	if err != nil {
		return bound{}, err
	}
	zone := a.t.Zone
	if len(s.args) == 3 {
		zone = a.zone
	}
	inner := *s
	inner.args, inner.types = s.args[1:2], s.types[1:2]
	b, err := bindStart(&inner, a, zone, u, 1, true)
	if err != nil {
		return bound{}, err
	}
	of := b.run
	b.run = func(r *run, args []*batch.Vector) (*batch.Vector, error) { return of(r, args[1:2]) }
	return b, nil
}

// maxDateTime is the last second of a DateTime.
const maxDateTime = math.MaxUint32
