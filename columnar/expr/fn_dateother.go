package expr

import (
	"strings"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/chcode"
	"github.com/freshetdb/freshet/columnar/kernel"
	"github.com/freshetdb/freshet/columnar/types"
)

// dateFunctions are those of dates and times that fit no other file.
func dateFunctions() []*function {
	const cat = "Dates and times"
	return append(unixFunctions(),
		&function{Info: Info{Name: "now", Aliases: []string{"current_timestamp", "localtimestamp"}, CaseInsensitive: true, Syntax: "now([zone])", Description: "Is the time at which the query began.", Returns: "DateTime", Category: cat, Example: "now()"}, min: 0, max: 1, traits: ofQuery, bind: bindNow},
		&function{Info: Info{Name: "now64", CaseInsensitive: true, Syntax: "now64([scale[, zone]])", Description: "Is the time at which the query began, with fractions of seconds.", Returns: "DateTime64", Category: cat, Example: "now64(3)"}, min: 0, max: 2, traits: ofQuery, bind: bindNow64},
		&function{Info: Info{Name: "today", Aliases: []string{"current_date", "curdate"}, CaseInsensitive: true, Syntax: "today()", Description: "Is the day on which the query began.", Returns: "Date", Category: cat, Example: "today()"}, min: 0, max: 0, traits: ofQuery, bind: func(s *site) (bound, error) { return bindToday(s, 0) }},
		&function{Info: Info{Name: "yesterday", Syntax: "yesterday()", Description: "Is the day before the query began.", Returns: "Date", Category: cat, Example: "yesterday()"}, min: 0, max: 0, traits: ofQuery, bind: func(s *site) (bound, error) { return bindToday(s, -1) }},
		&function{Info: Info{Name: "makeDate", CaseInsensitive: true, Syntax: "makeDate(year, month, day) or makeDate(year, dayOfYear)", Description: "Makes a date of its parts.", Returns: "Date", Category: cat, Example: "makeDate(2024, 2, 29)"}, min: 2, max: 3, bind: bindMakeDate},
		&function{Info: Info{Name: "makeDate32", Syntax: "makeDate32(year, month, day) or makeDate32(year, dayOfYear)", Description: "Makes a Date32 of its parts.", Returns: "Date32", Category: cat, Example: "makeDate32(1924, 2, 29)"}, min: 2, max: 3, bind: bindMakeDate},
		&function{Info: Info{Name: "makeDateTime", Syntax: "makeDateTime(year, month, day, hour, minute, second[, zone])", Description: "Makes a time of its parts.", Returns: "DateTime", Category: cat, Example: "makeDateTime(2024, 2, 29, 12, 34, 56)"}, min: 6, max: 7, bind: bindMakeDateTime},
		&function{Info: Info{Name: "makeDateTime64", Syntax: "makeDateTime64(year, month, day, hour, minute, second[, fraction[, scale[, zone]]])", Description: "Makes a DateTime64 of its parts.", Returns: "DateTime64", Category: cat, Example: "makeDateTime64(2024, 2, 29, 12, 34, 56, 789, 3)"}, min: 6, max: 9, bind: bindMakeDateTime64},
		&function{Info: Info{Name: "dateDiff", Aliases: []string{"date_diff", "DATE_DIFF", "timestampDiff", "timestamp_diff", "TIMESTAMP_DIFF"}, CaseInsensitive: true, Syntax: "dateDiff(unit, from, to[, zone])", Description: "Counts the boundaries of a unit between two dates or times.", Returns: "Int64", Category: cat, Example: "dateDiff('day', toDate('2024-01-01'), toDate('2024-02-01'))"}, min: 3, max: 4, bind: func(s *site) (bound, error) { return bindDateDiff(s, false) }},
		&function{Info: Info{Name: "age", CaseInsensitive: true, Syntax: "age(unit, from, to[, zone])", Description: "Counts the whole units that have passed between two dates or times.", Returns: "Int64", Category: cat, Example: "age('month', toDate('2024-01-31'), toDate('2024-02-29'))"}, min: 3, max: 4, bind: func(s *site) (bound, error) { return bindDateDiff(s, true) }},
		&function{Info: Info{Name: "dateAdd", Aliases: []string{"timestampAdd", "date_add", "timestamp_add", "addDate", "addInterval"}, CaseInsensitive: true, Syntax: "date_add(t, interval)", Description: "Adds an interval to a date or time.", Returns: "a date or time", Category: cat, Example: "date_add(toDate('2024-02-29'), toIntervalDay(1))"}, min: 2, max: 2, bind: bindPlus},
		&function{Info: Info{Name: "dateSub", Aliases: []string{"timestampSub", "date_sub", "timestamp_sub", "subDate", "subtractInterval"}, CaseInsensitive: true, Syntax: "date_sub(t, interval)", Description: "Subtracts an interval from a date or time.", Returns: "a date or time", Category: cat, Example: "date_sub(toDate('2024-02-29'), toIntervalDay(1))"}, min: 2, max: 2, bind: bindMinus},
		&function{Info: Info{Name: "toTimeZone", Aliases: []string{"toTimezone"}, Syntax: "toTimeZone(t, zone)", Description: "Shows a time in another zone; the moment stays the same.", Returns: "DateTime or DateTime64", Category: cat, Example: "toTimeZone(toDateTime('2024-02-29 12:34:56'), 'Asia/Tokyo')"}, min: 2, max: 2, bind: bindToTimeZone},
		&function{Info: Info{Name: "timeZoneOf", Aliases: []string{"timezoneOf"}, Syntax: "timeZoneOf(t)", Description: "Is the name of the zone of a time.", Returns: "String", Category: cat, Example: "timeZoneOf(toDateTime('2024-02-29 12:34:56', 'Asia/Tokyo'))"}, min: 1, max: 1, bind: bindTimeZoneOf},
		bestEffort("parseDateTimeBestEffort", false, 0, faultThrows), bestEffort("parseDateTimeBestEffortOrNull", false, 0, faultNull), bestEffort("parseDateTimeBestEffortOrZero", false, 0, faultDefault),
		bestEffort("parseDateTimeBestEffortUS", true, 0, faultThrows), bestEffort("parseDateTimeBestEffortUSOrNull", true, 0, faultNull), bestEffort("parseDateTimeBestEffortUSOrZero", true, 0, faultDefault),
		bestEffort("parseDateTime64BestEffort", false, 1, faultThrows), bestEffort("parseDateTime64BestEffortOrNull", false, 1, faultNull), bestEffort("parseDateTime64BestEffortOrZero", false, 1, faultDefault),
		bestEffort("parseDateTime64BestEffortUS", true, 1, faultThrows), bestEffort("parseDateTime64BestEffortUSOrNull", true, 1, faultNull), bestEffort("parseDateTime64BestEffortUSOrZero", true, 1, faultDefault),
	)
}

func bindNow(s *site) (bound, error) {
	z, err := s.firstZone(0)
	if err != nil {
		return bound{}, err
	}
	t := uint32(s.ctx.Now.Unix())
	return bound{ret: types.Type{Kind: types.DateTime, Zone: z}, run: func(r *run, _ []*batch.Vector) (*batch.Vector, error) {
		return constOf(t, r.n), nil
	}}, nil
}

// firstZone is the zone named by argument i, if there is one.
func (s *site) firstZone(i int) (*types.Zone, error) {
	if i >= len(s.args) {
		return nil, nil
	}
	return s.zoneArg(i)
}

func bindNow64(s *site) (bound, error) {
	scale := int64(3)
	if len(s.args) > 0 {
		var err error
		if scale, err = s.constInt(0); err != nil {
			return bound{}, err
		}
	}
	if scale < 0 || scale > 9 {
		return bound{}, chcode.Errorf(chcode.ArgumentOutOfBound, "Scale %d is too large for DateTime64. Maximum is up to nanoseconds (9).", scale)
	}
	z, err := s.firstZone(1)
	if err != nil {
		return bound{}, err
	}
	ticks := s.ctx.Now.Unix()*pow10(int(scale)) + int64(s.ctx.Now.Nanosecond())/pow10(9-int(scale))
	return bound{ret: types.DateTime64Of(int(scale), z), run: func(r *run, _ []*batch.Vector) (*batch.Vector, error) {
		return constOf(ticks, r.n), nil
	}}, nil
}

func bindToday(s *site, plus int64) (bound, error) {
	day := kernel.FloorDiv(s.ctx.zone().Clock().Local(s.ctx.Now.Unix()), secondsPerDay) + plus
	return bound{ret: types.Of(types.Date), run: func(r *run, _ []*batch.Vector) (*batch.Vector, error) {
		return constOf(uint16(day), r.n), nil
	}}, nil
}

// wholeArgs are the arguments as integers; floats are truncated.
func wholeArgs(args []*batch.Vector) [][]int64 {
	out := make([][]int64, len(args))
	for k, a := range args {
		if a.Type.IsFloat() || a.Type.Kind == types.Decimal {
			f := floats(a)
			out[k] = make([]int64, len(f))
			for i, x := range f {
				out[k][i] = saturated(x)
			}
			continue
		}
		out[k] = ints(a)
	}
	return out
}

func (s *site) checkNumbers(n int) error {
	for i := range n {
		if !s.types[i].IsNumeric() {
			return s.illegal(i)
		}
	}
	return nil
}

func bindMakeDate(s *site) (bound, error) {
	n := len(s.args)
	if err := s.checkNumbers(n); err != nil {
		return bound{}, err
	}
	lo, hi := 1970, 2149
	ret := types.Of(types.Date)
	least, none := int64(0), int64(0)
	if s.name == "makeDate32" {
		ret = types.Of(types.Date32)
		lo, hi, least, none = 1900, 2299, types.MinDate32, 0
	}
	return bound{ret: ret, run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
		in := wholeArgs(args)
		out := make([]int64, r.n)
		for i := range out {
			y := pick(in[0], i)
			m, d := int64(1), pick(in[1], i)
			top := int64(365)
			if n == 3 {
				m, d, top = d, pick(in[2], i), 31
			}
			if y < int64(lo) || y > int64(hi) || m < 1 || m > 12 || d < 1 || d > top {
				out[i] = none
				continue
			}
			out[i] = max(types.DaysFromCivil(int(y), int(m), int(d)), least)
		}
		return vec(kernel.ConvertTo(ret.Phys(), out)), nil
	}}, nil
}

func bindMakeDateTime(s *site) (bound, error) {
	if err := s.checkNumbers(6); err != nil {
		return bound{}, err
	}
	z, err := s.firstZone(6)
	if err != nil {
		return bound{}, err
	}
	ret := types.Type{Kind: types.DateTime, Zone: z}
	clock := s.ctx.zoneOf(ret).Clock()
	return bound{ret: ret, run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
		in := wholeArgs(args[:6])
		out := make([]uint32, r.n)
		for i := range out {
			y, m, d := pick(in[0], i), pick(in[1], i), pick(in[2], i)
			h, mi, sec := pick(in[3], i), pick(in[4], i), pick(in[5], i)
			if y < 1970 || y > 2106 || m < 1 || m > 12 || d < 1 || d > 31 || h < 0 || h > 23 || mi < 0 || mi > 59 || sec < 0 || sec > 59 {
				continue
			}
			t := clock.Unix(types.DaysFromCivil(int(y), int(m), int(d))*secondsPerDay + h*3600 + mi*60 + sec)
			out[i] = uint32(min(max(t, 0), maxDateTime))
		}
		return vec(out), nil
	}}, nil
}

func bindMakeDateTime64(s *site) (bound, error) {
	if err := s.checkNumbers(min(len(s.args), 7)); err != nil {
		return bound{}, err
	}
	scale := int64(3)
	z, err := s.firstZone(8)
	if err == nil && len(s.args) > 7 {
		scale, err = s.constInt(7)
	}
	if err != nil {
		return bound{}, err
	}
	if scale < 0 || scale > 9 {
		return bound{}, chcode.Errorf(chcode.ArgumentOutOfBound, "Precision argument for function makeDateTime64 must be in range [0, 9]")
	}
	ret := types.DateTime64Of(int(scale), z)
	clock := s.ctx.zoneOf(ret).Clock()
	unit := pow10(int(scale))
	return bound{ret: ret, run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
		in := wholeArgs(args[:min(len(args), 7)])
		out := make([]int64, r.n)
		for i := range out {
			y, m, d := pick(in[0], i), pick(in[1], i), pick(in[2], i)
			h, mi, sec := pick(in[3], i), pick(in[4], i), pick(in[5], i)
			if y < 0 || y > 9999 || m < 1 || m > 12 || d < 1 || d > 31 || h < 0 || h > 23 || mi < 0 || mi > 59 || sec < 0 || sec > 59 {
				continue
			}
			frac := int64(0)
			if len(in) > 6 {
				frac = min(max(pick(in[6], i), 0), unit-1)
			}
			out[i] = clock.Unix(types.DaysFromCivil(int(y), int(m), int(d))*secondsPerDay+h*3600+mi*60+sec)*unit + frac
		}
		return vec(out), nil
	}}, nil
}

// diffUnit finds the unit of dateDiff by its name or abbreviation.
func diffUnit(name string) (types.Unit, bool) {
	short := map[string]types.Unit{
		"yy": types.Year, "yyyy": types.Year, "qq": types.Quarter, "q": types.Quarter, "mm": types.Month, "m": types.Month,
		"wk": types.Week, "ww": types.Week, "dd": types.Day, "d": types.Day, "hh": types.Hour, "h": types.Hour,
		"mi": types.Minute, "n": types.Minute, "ss": types.Second, "s": types.Second, "ms": types.Millisecond,
		"us": types.Microsecond, "ns": types.Nanosecond,
	}
	if u, ok := short[strings.ToLower(name)]; ok {
		return u, true
	}
	return types.UnitOf(name)
}

func bindDateDiff(s *site, whole bool) (bound, error) {
	name, err := s.constString(0)
	if err != nil {
		return bound{}, err
	}
	u, ok := diffUnit(name)
	if !ok {
		return bound{}, chcode.Errorf(chcode.BadArguments, "Function %s does not support '%s' unit", s.name, name)
	}
	a, err := s.timeArg(1, 3)
	if err != nil {
		return bound{}, err
	}
	b, err := s.timeArg(2, 3)
	if err != nil {
		return bound{}, err
	}
	if len(s.args) < 4 && (a.t.Zone != nil || !a.t.IsTime()) && b.t.IsTime() && a.t.IsDate() {
		a.zone = b.zone
	}
	return bound{ret: types.Of(types.Int64), run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
		x, y := a.moments(args[1]), b.moments(args[2])
		out := make([]int64, r.n)
		for i := range out {
			if whole {
				out[i] = ageOf(u, x.at(i), y.at(i))
			} else {
				out[i] = unitNumber(u, y.at(i)) - unitNumber(u, x.at(i))
			}
		}
		return vec(out), nil
	}}, nil
}

// moment is one time: local and Unix seconds and nanoseconds of the second.
type moment struct{ local, unix, nanos int64 }

type moments struct {
	local, unix, nanos []int64
}

func (m moments) at(i int) moment {
	t := moment{local: pick(m.local, i), unix: pick(m.unix, i)}
	if m.nanos != nil {
		t.nanos = pick(m.nanos, i)
	}
	return t
}

func (a timeArg) moments(v *batch.Vector) moments {
	m := moments{local: a.seconds(v), unix: a.unix(v)}
	if d, ok := v.Data.([]int64); ok {
		unit := pow10(int(a.t.Scale))
		m.nanos = make([]int64, len(d))
		for i, x := range d {
			m.nanos[i] = floorMod(x, unit) * pow10(9-int(a.t.Scale))
		}
	}
	return m
}

// unitNumber numbers the units of time, so that differences count boundaries.
func unitNumber(u types.Unit, t moment) int64 {
	day := kernel.FloorDiv(t.local, secondsPerDay)
	switch u {
	case types.Year:
		return kernel.FloorDiv(monthsSince1900(day), 12)
	case types.Quarter:
		return kernel.FloorDiv(monthsSince1900(day), 3)
	case types.Month:
		return monthsSince1900(day)
	case types.Week:
		return kernel.FloorDiv(day+3, 7)
	case types.Day:
		return day
	case types.Hour:
		return kernel.FloorDiv(t.unix+(t.local-t.unix)%3600, 3600)
	case types.Minute:
		return kernel.FloorDiv(t.unix, 60)
	case types.Second:
		return t.unix
	case types.Millisecond:
		return t.unix*1000 + t.nanos/1_000_000
	case types.Microsecond:
		return t.unix*1_000_000 + t.nanos/1000
	default:
		return t.unix*1_000_000_000 + t.nanos
	}
}

// ageOf counts whole units from a to b; it is negative when b is earlier.
func ageOf(u types.Unit, a, b moment) int64 {
	if b.unix < a.unix || (b.unix == a.unix && b.nanos < a.nanos) {
		return -ageOf(u, b, a)
	}
	nanos := b.nanos - a.nanos
	secs := b.unix - a.unix
	if nanos < 0 {
		nanos += 1_000_000_000
		secs--
	}
	switch u {
	case types.Week:
		return secs / (7 * secondsPerDay)
	case types.Day:
		return secs / secondsPerDay
	case types.Hour:
		return secs / 3600
	case types.Minute:
		return secs / 60
	case types.Second:
		return secs
	case types.Millisecond:
		return secs*1000 + nanos/1_000_000
	case types.Microsecond:
		return secs*1_000_000 + nanos/1000
	case types.Nanosecond:
		return secs*1_000_000_000 + nanos
	default:
	}
	months := unitNumber(types.Month, b) - unitNumber(types.Month, a)
	if restOfMonth(b) < restOfMonth(a) || (restOfMonth(b) == restOfMonth(a) && b.nanos < a.nanos) {
		months--
	}
	return months / map[types.Unit]int64{types.Month: 1, types.Quarter: 3, types.Year: 12}[u]
}

// restOfMonth is the seconds since the month began.
func restOfMonth(t moment) int64 {
	day := kernel.FloorDiv(t.local, secondsPerDay)
	return t.local - firstOfMonth(monthsSince1900(day))*secondsPerDay
}

func bindToTimeZone(s *site) (bound, error) {
	t := s.types[0]
	if !t.IsTime() {
		return bound{}, s.illegal(0)
	}
	z, err := s.zoneArg(1)
	if err != nil {
		return bound{}, err
	}
	t.Zone = z
	return bound{ret: t, run: func(_ *run, args []*batch.Vector) (*batch.Vector, error) { return args[0], nil }}, nil
}

func bindTimeZoneOf(s *site) (bound, error) {
	if !s.types[0].IsTime() {
		return bound{}, s.illegal(0)
	}
	name := s.ctx.zoneOf(s.types[0]).Name()
	return bound{ret: types.Of(types.String), run: func(r *run, _ []*batch.Vector) (*batch.Vector, error) {
		return constText(name, r.n), nil
	}}, nil
}

// bestEffort reads times in the ways in which people write them.
//
//go:noinline
func bestEffort(name string, us bool, scaled int, fault onFault) *function {
	returns := "DateTime"
	if scaled > 0 {
		returns = "DateTime64"
	}
	fn := &function{
		Info: Info{Name: name, Syntax: name + "(text[, …zone])", Description: "Reads a time written in one of many ways.", Returns: returns, Category: "Type conversion", Example: name + "('9 Feb 2024 13:04:05')"},
		min:  1, max: 2 + scaled,
	}
	fn.bind = func(s *site) (bound, error) {
		if !s.types[0].IsString() {
			return bound{}, s.illegal(0)
		}
		to := types.Of(types.DateTime)
		if scaled > 0 {
			scale := int64(3)
			if len(s.args) > 1 {
				var err error
				if scale, err = s.constInt(1); err != nil {
					return bound{}, err
				}
			}
			to = types.DateTime64Of(int(min(max(scale, 0), 9)), nil)
		}
		z, err := s.firstZone(1 + scaled)
		if err != nil {
			return bound{}, err
		}
		to.Zone = z
		return bindBestEffort(s, to, us, fault), nil
	}
	return fn
}

func bindBestEffort(s *site, to types.Type, us bool, fault onFault) bound {
	cs := &castSite{ctx: s.ctx, from: s.types[0], to: to, rules: castRules{fault: fault}}
	reader := cs.timeReader()
	reader.US, reader.Basic = us, false
	f := parsed(cs, reader.DateTime)
	if to.Kind == types.DateTime64 {
		f = parsed(cs, func(b []byte) (int64, error) { return reader.DateTime64(b, int(to.Scale)) })
	}
	ret := to
	if fault == faultNull {
		ret = to.AsNullable()
	}
	return bound{ret: ret, canThrow: fault == faultThrows, run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
		return f(r, args[0].Expand())
	}}
}

// unixFunctions convert between times and numbers of ticks.
func unixFunctions() []*function {
	var out []*function
	for _, u := range []struct {
		name  string
		scale int
	}{{"Second", 0}, {"Milli", 3}, {"Micro", 6}, {"Nano", 9}} {
		out = append(out,
			&function{
				Info: Info{Name: "fromUnixTimestamp64" + u.name, Syntax: "fromUnixTimestamp64" + u.name + "(n[, zone])", Description: "Is the time n ticks after 1970-01-01 00:00:00 UTC.", Returns: "DateTime64", Category: "Type conversion", Example: "fromUnixTimestamp64" + u.name + "(1700000000)"},
				min:  1, max: 2, bind: func(s *site) (bound, error) {
					if !s.types[0].IsInteger() {
						return bound{}, s.illegal(0)
					}
					z, err := s.firstZone(1)
					return bound{ret: types.DateTime64Of(u.scale, z), run: func(_ *run, args []*batch.Vector) (*batch.Vector, error) {
						return vec(ints(args[0])), nil
					}}, err
				},
			},
			&function{
				Info: Info{Name: "toUnixTimestamp64" + u.name, Syntax: "toUnixTimestamp64" + u.name + "(t)", Description: "Is the number of ticks since 1970-01-01 00:00:00 UTC.", Returns: "Int64", Category: "Type conversion", Example: "toUnixTimestamp64" + u.name + "(toDateTime64('2024-02-29 12:34:56.789', 3))"},
				min:  1, max: 1, bind: func(s *site) (bound, error) {
					t := s.types[0]
					if t.Kind != types.DateTime64 {
						return bound{}, s.illegal(0)
					}
					to := types.DateTime64Of(u.scale, nil)
					return bound{ret: types.Of(types.Int64), run: func(_ *run, args []*batch.Vector) (*batch.Vector, error) {
						return vec(startOfTicks(args[0].Data.([]int64), t, to, 1)), nil
					}}, nil
				},
			})
	}
	return append(out, &function{
		Info: Info{Name: "fromUnixTimestamp", Aliases: []string{"FROM_UNIXTIME"}, CaseInsensitive: true, Syntax: "fromUnixTimestamp(n[, format[, zone]])", Description: "Is the time n seconds after 1970-01-01 00:00:00 UTC, or its text in a format.", Returns: "DateTime or String", Category: "Type conversion", Example: "fromUnixTimestamp(1700000000)"},
		min:  1, max: 3, bind: bindFromUnix,
	})
}

func bindFromUnix(s *site) (bound, error) {
	if !s.types[0].IsInteger() {
		return bound{}, s.illegal(0)
	}
	if len(s.args) > 1 {
		if err := s.cast(0, types.Of(types.DateTime)); err != nil {
			return bound{}, err
		}
		return bindFormatDateTime(s)
	}
	f, err := bindValues(s.ctx, s.types[0], types.Of(types.DateTime), castRules{})
	return bound{ret: types.Of(types.DateTime), run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
		return f(r, args[0])
	}}, err
}
