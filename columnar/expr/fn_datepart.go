package expr

import (
	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/chcode"
	"github.com/freshetdb/freshet/columnar/kernel"
	"github.com/freshetdb/freshet/columnar/types"
)

// datePart is a function that takes a number out of a date or time.
type datePart struct {
	name    string
	aliases []string
	text    string
	ret     types.Kind
	clock   bool                          // needs a time of day
	of      func(day, second int64) int64 // of the local day and the second of it
}

func dateParts() []datePart {
	civil := func(f func(y, m, d int) int64) func(day, _ int64) int64 {
		return func(day, _ int64) int64 { return f(types.CivilFromDays(day)) }
	}
	return []datePart{
		{"toYear", []string{"YEAR"}, "Is the year.", types.UInt16, false, civil(func(y, _, _ int) int64 { return int64(y) })},
		{"toQuarter", []string{"QUARTER"}, "Is the quarter, 1 to 4.", types.UInt8, false, civil(func(_, m, _ int) int64 { return int64(m-1)/3 + 1 })},
		{"toMonth", []string{"MONTH"}, "Is the month, 1 to 12.", types.UInt8, false, civil(func(_, m, _ int) int64 { return int64(m) })},
		{"toDayOfMonth", []string{"DAY", "DAYOFMONTH"}, "Is the day of the month.", types.UInt8, false, civil(func(_, _, d int) int64 { return int64(d) })},
		{"toDayOfYear", []string{"DAYOFYEAR"}, "Is the day of the year.", types.UInt16, false, func(day, _ int64) int64 { return dayOfYear(day) }},
		{"toHour", []string{"HOUR"}, "Is the hour, 0 to 23.", types.UInt8, true, func(_, s int64) int64 { return s / 3600 }},
		{"toMinute", []string{"MINUTE"}, "Is the minute, 0 to 59.", types.UInt8, true, func(_, s int64) int64 { return s / 60 % 60 }},
		{"toSecond", []string{"SECOND"}, "Is the second, 0 to 59.", types.UInt8, true, func(_, s int64) int64 { return s % 60 }},
		{"toISOWeek", nil, "Is the number of the ISO week, 1 to 53.", types.UInt8, false, func(day, _ int64) int64 { return isoWeek(day) }},
		{"toISOYear", nil, "Is the year of the ISO week.", types.UInt16, false, func(day, _ int64) int64 { y, _ := isoYear(day); return int64(y) }},
		{"toYYYYMM", nil, "Is year and month as a number.", types.UInt32, false, civil(func(y, m, _ int) int64 { return int64(y*100 + m) })},
		{"toYYYYMMDD", nil, "Is year, month and day as a number.", types.UInt32, false, civil(func(y, m, d int) int64 { return int64(y*10000 + m*100 + d) })},
		{"toYYYYMMDDhhmmss", nil, "Is date and time of day as a number.", types.UInt64, false, compactTime},
		{"toRelativeYearNum", nil, "Is the year.", types.UInt16, false, civil(func(y, _, _ int) int64 { return int64(y) })},
		{"toRelativeQuarterNum", nil, "Is the number of the quarter since year 0.", types.UInt32, false, civil(func(y, m, _ int) int64 { return int64(y*4 + (m-1)/3) })},
		{"toRelativeMonthNum", nil, "Is the number of the month since year 0.", types.UInt32, false, civil(func(y, m, _ int) int64 { return int64(y*12 + m) })},
		{"toDaysSinceYearZero", []string{"TO_DAYS"}, "Is the number of days since 0000-01-01.", types.UInt32, false, func(day, _ int64) int64 { return day + 719528 }},
	}
}

func compactTime(day, second int64) int64 {
	y, m, d := types.CivilFromDays(day)
	return (int64(y)*10000+int64(m)*100+int64(d))*1_000_000 + second/3600*10000 + second/60%60*100 + second%60
}

func dayOfYear(day int64) int64 {
	y, _, _ := types.CivilFromDays(day)
	return day - types.DaysFromCivil(y, 1, 1) + 1
}

func isoWeek(day int64) int64 {
	_, first := isoYear(day)
	return (day-first)/7 + 1
}

// datePartFunctions are toYear and its kin.
func datePartFunctions() []*function {
	const cat = "Dates and times"
	var out []*function
	for _, p := range dateParts() {
		out = append(out, &function{
			Info: Info{Name: p.name, Aliases: p.aliases, CaseInsensitive: len(p.aliases) > 0, Syntax: p.name + "(t[, zone])", Description: p.text, Returns: p.ret.String(), Category: cat, Example: p.name + "(toDateTime('2024-02-29 12:34:56'))"},
			min:  1, max: 2, bind: func(s *site) (bound, error) { return bindDatePart(s, p) },
		})
	}
	return append(out,
		&function{Info: Info{Name: "toDayOfWeek", Aliases: []string{"DAYOFWEEK"}, CaseInsensitive: true, Syntax: "toDayOfWeek(t[, mode[, zone]])", Description: "Is the day of the week: 1 for Monday to 7 (mode 0), 0 to 6 (1), 0 for Sunday to 6 (2), 1 to 7 (3).", Returns: "UInt8", Category: cat, Example: "toDayOfWeek(toDate('2024-02-29'))"}, min: 1, max: 3, bind: bindDayOfWeek},
		&function{Info: Info{Name: "toWeek", Aliases: []string{"WEEK"}, CaseInsensitive: true, Syntax: "toWeek(t[, mode[, zone]])", Description: "Is the number of the week by one of MySQL's ten modes.", Returns: "UInt8", Category: cat, Example: "toWeek(toDate('2024-02-29'))"}, min: 1, max: 3, bind: bindWeek},
		&function{Info: Info{Name: "toYearWeek", Aliases: []string{"YEARWEEK"}, CaseInsensitive: true, Syntax: "toYearWeek(t[, mode[, zone]])", Description: "Is year and number of the week as a number.", Returns: "UInt32", Category: cat, Example: "toYearWeek(toDate('2024-02-29'))"}, min: 1, max: 3, bind: bindWeek},
		&function{Info: Info{Name: "toMillisecond", Aliases: []string{"MILLISECOND"}, CaseInsensitive: true, Syntax: "toMillisecond(t[, zone])", Description: "Is the millisecond of the second.", Returns: "UInt16", Category: cat, Example: "toMillisecond(toDateTime64('2024-02-29 12:34:56.789', 3))"}, min: 1, max: 2, bind: bindMillisecond},
		&function{Info: Info{Name: "toUnixTimestamp", Syntax: "toUnixTimestamp(t[, zone])", Description: "Is the number of seconds since 1970-01-01 00:00:00 UTC.", Returns: "UInt32", Category: cat, Example: "toUnixTimestamp(toDateTime('2024-02-29 12:34:56'))"}, min: 1, max: 2, bind: bindToUnix},
		&function{Info: Info{Name: "timezoneOffset", Aliases: []string{"timeZoneOffset"}, Syntax: "timezoneOffset(t)", Description: "Is the offset of the zone of t from UTC in seconds.", Returns: "Int32", Category: cat, Example: "timezoneOffset(toDateTime('2024-02-29 12:34:56', 'Asia/Tokyo'))"}, min: 1, max: 1, bind: bindZoneOffset},
		relativePart("toRelativeWeekNum", "week", func(local, _ int64) int64 { return kernel.FloorDiv(kernel.FloorDiv(local, secondsPerDay)+3, 7) }),
		relativePart("toRelativeDayNum", "day", func(local, _ int64) int64 { return kernel.FloorDiv(local, secondsPerDay) }),
		relativePart("toRelativeHourNum", "hour", func(local, unix int64) int64 { return kernel.FloorDiv(unix+(local-unix)%3600, 3600) }),
		relativePart("toRelativeMinuteNum", "minute", func(_, unix int64) int64 { return kernel.FloorDiv(unix, 60) }),
		relativePart("toRelativeSecondNum", "second", func(_, unix int64) int64 { return unix }),
	)
}

func bindDatePart(s *site, p datePart) (bound, error) {
	a, err := s.timeArg(0, 1)
	if err == nil && p.clock {
		a, err = s.clockArg(1)
	}
	if p.name == "toDaysSinceYearZero" {
		a.zone = s.ctx.zone() // whatever zone is said
	}
	if err != nil {
		return bound{}, err
	}
	ret := types.Of(p.ret)
	needsClock := p.clock || p.name == "toYYYYMMDDhhmmss"
	return bound{ret: ret, run: func(_ *run, args []*batch.Vector) (*batch.Vector, error) {
		if !needsClock {
			days := a.days(args[0])
			out := make([]int64, len(days))
			last, value := int64(0), p.of(0, 0)
			for i, d := range days {
				if d != last { // neighbours tend to be of one day
					last, value = d, p.of(d, 0)
				}
				out[i] = value
			}
			return vec(kernel.ConvertTo(ret.Phys(), out)), nil
		}
		out := a.seconds(args[0])
		for i, local := range out {
			day := kernel.FloorDiv(local, secondsPerDay)
			out[i] = p.of(day, local-day*secondsPerDay)
		}
		return vec(kernel.ConvertTo(ret.Phys(), out)), nil
	}}, nil
}

// relativePart numbers units of time since 1970, from local and Unix seconds.
//
//go:noinline
func relativePart(name, unit string, of func(local, unix int64) int64) *function {
	return &function{
		Info: Info{Name: name, Syntax: name + "(t[, zone])", Description: "Is the number of the " + unit + " since 1970.", Returns: "UInt32", Category: "Dates and times", Example: name + "(toDateTime('2024-02-29 12:34:56'))"},
		min:  1, max: 2, bind: func(s *site) (bound, error) {
			a, err := s.timeArg(0, 1)
			if err != nil {
				return bound{}, err
			}
			most := int64(maxDateTime)
			if unit == "day" {
				most = types.MaxDate
			}
			return bound{ret: types.Of(types.UInt32), run: func(_ *run, args []*batch.Vector) (*batch.Vector, error) {
				local, unix := a.seconds(args[0]), a.unix(args[0])
				out := make([]uint32, len(local))
				for i := range out {
					n := of(local[i], unix[i])
					switch a.t.Kind {
					case types.Date32: // the nearest Date, or time of a DateTime
						n = min(max(n, 0), most)
					case types.DateTime64:
						n &= most
					default:
					}
					out[i] = uint32(n)
				}
				return vec(out), nil
			}}, nil
		},
	}
}

func (s *site) optConstInt(i int) (int64, error) {
	if i >= len(s.args) {
		return 0, nil
	}
	return s.constInt(i)
}

func bindDayOfWeek(s *site) (bound, error) {
	if err := s.readTime(0); err != nil {
		return bound{}, err
	}
	a, err := s.timeArg(0, 2)
	if err != nil {
		return bound{}, err
	}
	mode, err := s.optConstInt(1)
	if err != nil {
		return bound{}, err
	}
	return bound{ret: types.Of(types.UInt8), run: func(_ *run, args []*batch.Vector) (*batch.Vector, error) {
		days := a.days(args[0])
		out := make([]uint8, len(days))
		for i, d := range days {
			w := weekday(d)
			if mode&2 != 0 {
				w = (w + 1) % 7
			}
			if mode&3 == 0 || mode&3 == 3 {
				w++
			}
			out[i] = uint8(w)
		}
		return vec(out), nil
	}}, nil
}

func bindWeek(s *site) (bound, error) {
	if err := s.readTime(0); err != nil {
		return bound{}, err
	}
	a, err := s.timeArg(0, 2)
	if err != nil {
		return bound{}, err
	}
	mode, err := s.optConstInt(1)
	if err != nil {
		return bound{}, err
	}
	if s.name == "toWeek" {
		return bound{ret: types.Of(types.UInt8), run: func(_ *run, args []*batch.Vector) (*batch.Vector, error) {
			days := a.days(args[0])
			out := make([]uint8, len(days))
			for i, d := range days {
				_, w := yearWeek(d, mode)
				out[i] = uint8(w)
			}
			return vec(out), nil
		}}, nil
	}
	return bound{ret: types.Of(types.UInt32), run: func(_ *run, args []*batch.Vector) (*batch.Vector, error) {
		days := a.days(args[0])
		out := make([]uint32, len(days))
		for i, d := range days {
			y, w := yearWeek(d, mode|weekYear)
			out[i] = uint32(y*100 + w)
		}
		return vec(out), nil
	}}, nil
}

// The bits of a week mode, as in MySQL; the last one is ClickHouse's.
const (
	weekMonday  = 1 // weeks begin on Monday, not Sunday
	weekYear    = 2 // days before week 1 count to the year before
	weekFirst   = 4 // week 1 begins with the first such weekday, else it holds most of its days
	weekNewYear = 8 // week 1 is the one with January 1
)

// yearWeek is the week of a day by a mode, and the year it counts to.
func yearWeek(day, mode int64) (year, week int64) {
	if mode&weekNewYear != 0 {
		return newYearWeek(day, mode)
	}
	if mode&weekMonday == 0 {
		mode ^= weekFirst // ClickHouse keeps MySQL's modes, in which this bit is inverted for Sundays
	}
	monday := mode&weekMonday != 0
	firstWeekday := mode&weekFirst != 0
	y, m, d := types.CivilFromDays(day)
	newYear := types.DaysFromCivil(y, 1, 1)
	w := startWeekday(newYear, monday)
	if m == 1 && int64(d) <= 7-w {
		if mode&weekYear == 0 && ((firstWeekday && w != 0) || (!firstWeekday && w >= 4)) {
			return int64(y), 0
		}
		if mode&weekYear != 0 && ((firstWeekday && w != 0) || (!firstWeekday && w >= 4)) {
			y--
			prev := types.DaysFromCivil(y, 1, 1)
			w = floorMod(w-(newYear-prev), 7)
			newYear = prev
		}
	}
	var days int64
	if (firstWeekday && w != 0) || (!firstWeekday && w >= 4) {
		days = day - (newYear + 7 - w)
	} else {
		days = day - (newYear - w)
	}
	if mode&weekYear != 0 && days >= 52*7 {
		length := types.DaysFromCivil(y+1, 1, 1) - types.DaysFromCivil(y, 1, 1)
		w = (w + length) % 7
		if (!firstWeekday && w < 4) || (firstWeekday && w == 0) {
			return int64(y) + 1, 1
		}
	}
	return int64(y), days/7 + 1
}

func floorMod(a, b int64) int64 { return a - b*kernel.FloorDiv(a, b) }

// startWeekday is the weekday of a day, counted from Monday or Sunday.
func startWeekday(day int64, monday bool) int64 {
	if monday {
		return weekday(day)
	}
	return (weekday(day) + 1) % 7
}

func newYearWeek(day, mode int64) (year, week int64) {
	monday := mode&weekMonday != 0
	y, _, _ := types.CivilFromDays(day)
	// The week of the next January 1 belongs to the next year.
	next := types.DaysFromCivil(y+1, 1, 1)
	if day >= next-startWeekday(next, monday) {
		return int64(y) + 1, 1
	}
	first := types.DaysFromCivil(y, 1, 1)
	return int64(y), (day-(first-startWeekday(first, monday)))/7 + 1
}

func bindMillisecond(s *site) (bound, error) {
	a, err := s.clockArg(1)
	if err != nil {
		return bound{}, err
	}
	return bound{ret: types.Of(types.UInt16), run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
		out := make([]uint16, r.n)
		if d, ok := args[0].Data.([]int64); ok {
			unit := pow10(int(a.t.Scale))
			for i, x := range d {
				out[i] = uint16(floorMod(x, unit) * 1000 / unit)
			}
		}
		return vec(out), nil
	}}, nil
}

func bindToUnix(s *site) (bound, error) {
	if s.types[0].IsString() {
		z, err := s.zoneArg(1)
		if err != nil {
			return bound{}, err
		}
		if err := s.cast(0, types.Type{Kind: types.DateTime, Zone: z}); err != nil {
			return bound{}, err
		}
	}
	a, err := s.timeArg(0, 1)
	if err != nil {
		return bound{}, err
	}
	return bound{ret: types.Of(types.UInt32), canThrow: a.t.Kind == types.DateTime64, run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
		if d, ok := args[0].Data.([]uint32); ok {
			return vec(d), nil
		}
		secs := a.wholeSeconds(args[0])
		out := make([]uint32, len(secs))
		for i, x := range secs {
			if a.t.Kind == types.DateTime64 && x != int64(uint32(x)) && !r.skips(i) {
				return nil, chcode.Errorf(chcode.DecimalOverflow, "Convert overflow: %d does not fit UInt32", x)
			}
			out[i] = uint32(x)
		}
		return vec(out), nil
	}}, nil
}

func bindZoneOffset(s *site) (bound, error) {
	a, err := s.clockArg(0)
	if err != nil {
		return bound{}, err
	}
	return bound{ret: types.Of(types.Int32), run: func(_ *run, args []*batch.Vector) (*batch.Vector, error) {
		secs := a.unix(args[0])
		clock := a.zone.Clock()
		out := make([]int32, len(secs))
		for i, x := range secs {
			out[i] = int32(clock.Offset(x))
		}
		return vec(out), nil
	}}, nil
}
