package expr

import (
	"strconv"
	"strings"
	"time"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/chcode"
	"github.com/freshetdb/freshet/columnar/kernel"
	"github.com/freshetdb/freshet/columnar/types"
)

// dateFormatFunctions print dates and times and their parts.
func dateFormatFunctions() []*function {
	const cat = "Dates and times"
	return []*function{
		{Info: Info{Name: "formatDateTime", Aliases: []string{"DATE_FORMAT"}, CaseInsensitive: true, Syntax: "formatDateTime(t, format[, zone])", Description: "Prints a date or time by a format in MySQL's style.", Returns: "String", Category: cat, Example: "formatDateTime(toDateTime('2024-02-29 12:34:56'), '%Y-%m-%d')"}, min: 2, max: 3, traits: costly, bind: bindFormatDateTime},
		{Info: Info{Name: "dateName", Aliases: []string{"DATE_NAME"}, CaseInsensitive: true, Syntax: "dateName(part, t[, zone])", Description: "Prints a part of a date or time.", Returns: "String", Category: cat, Example: "dateName('month', toDate('2024-02-29'))"}, min: 2, max: 3, bind: bindDateName},
		{Info: Info{Name: "monthName", CaseInsensitive: true, Syntax: "monthName(t)", Description: "Is the name of the month.", Returns: "String", Category: cat, Example: "monthName(toDate('2024-02-29'))"}, min: 1, max: 1, bind: bindMonthName},
	}
}

// timeFields is a moment taken apart for printing.
type timeFields struct {
	year, month, day     int
	hour, minute, second int
	days                 int64
	nanos                int64
	digits               int // of the fraction that the type has
	offset               int64
}

func fieldsOf(t moment, digits int) *timeFields {
	f := &timeFields{days: kernel.FloorDiv(t.local, secondsPerDay), nanos: t.nanos, digits: digits, offset: t.local - t.unix}
	f.year, f.month, f.day = types.CivilFromDays(f.days)
	s := int(t.local - f.days*secondsPerDay)
	f.hour, f.minute, f.second = s/3600, s/60%60, s%60
	return f
}

// printer appends a piece of a formatted time.
type printer func(dst []byte, f *timeFields) []byte

func bindFormatDateTime(s *site) (bound, error) {
	format, err := s.constString(1)
	if err != nil {
		return bound{}, err
	}
	a, err := s.timeArg(0, 2)
	if err != nil {
		return bound{}, err
	}
	pieces, err := parseTimeFormat(s.name, format)
	if err != nil {
		return bound{}, err
	}
	if a.t.IsDate() && strings.Contains(strings.ReplaceAll(format, "%%", ""), "%z") {
		return bound{}, s.illegal(0)
	}
	digits := 0
	if a.t.Kind == types.DateTime64 {
		digits = int(a.t.Scale)
	}
	return bound{ret: types.Of(types.String), run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
		m := a.moments(args[0])
		out := batch.Strings{Offsets: make([]uint32, 1, r.n+1)}
		for i := range r.n {
			f := fieldsOf(m.at(i), digits)
			for _, p := range pieces {
				out.Bytes = p(out.Bytes, f)
			}
			out.Offsets = append(out.Offsets, uint32(len(out.Bytes)))
		}
		return vec(out), nil
	}}, nil
}

func parseTimeFormat(name, format string) ([]printer, error) {
	var out []printer
	for i := 0; i < len(format); i++ {
		start := i
		for i < len(format) && format[i] != '%' {
			i++
		}
		if i > start {
			text := format[start:i]
			out = append(out, func(dst []byte, _ *timeFields) []byte { return append(dst, text...) })
		}
		if i >= len(format) {
			break
		}
		i++
		if i == len(format) {
			return nil, chcode.Errorf(chcode.BadArguments, "'%%' must not be the last character in the format string, use '%%%%' instead")
		}
		p, err := timePrinter(name, format, format[i])
		if err != nil {
			return nil, err
		}
		out = append(out, p)
	}
	return out, nil
}

func two(of func(f *timeFields) int) printer {
	return func(dst []byte, f *timeFields) []byte { return appendTwo(dst, of(f)) }
}

func appendTwo(dst []byte, v int) []byte { return append(dst, byte('0'+v/10%10), byte('0'+v%10)) }

func appendDigits(dst []byte, v int64, width int) []byte {
	s := strconv.FormatInt(v, 10)
	for range width - len(s) {
		dst = append(dst, '0')
	}
	return append(dst, s...)
}

// timePrinter is the piece for one letter.
func timePrinter(name, format string, c byte) (printer, error) { //nolint:funlen // one case a letter
	switch c {
	case 'a':
		return func(dst []byte, f *timeFields) []byte { return append(dst, weekdayName(f.days)[:3]...) }, nil
	case 'b':
		return func(dst []byte, f *timeFields) []byte { return append(dst, time.Month(f.month).String()[:3]...) }, nil
	case 'c', 'm':
		return two(func(f *timeFields) int { return f.month }), nil
	case 'C':
		return two(func(f *timeFields) int { return f.year / 100 }), nil
	case 'd':
		return two(func(f *timeFields) int { return f.day }), nil
	case 'D':
		return func(dst []byte, f *timeFields) []byte {
			return appendTwo(append(appendTwo(append(appendTwo(dst, f.month), '/'), f.day), '/'), f.year%100)
		}, nil
	case 'e':
		return func(dst []byte, f *timeFields) []byte {
			return strconv.AppendInt(dst, int64(f.day), 10)
		}, nil
	case 'f':
		return appendFraction, nil
	case 'F':
		return func(dst []byte, f *timeFields) []byte {
			return appendTwo(append(appendTwo(append(appendDigits(dst, int64(f.year), 4), '-'), f.month), '-'), f.day)
		}, nil
	case 'g':
		return func(dst []byte, f *timeFields) []byte { y, _ := isoYear(f.days); return appendTwo(dst, y%100) }, nil
	case 'G':
		return func(dst []byte, f *timeFields) []byte { y, _ := isoYear(f.days); return appendDigits(dst, int64(y), 4) }, nil
	case 'h', 'I', 'l':
		return two(func(f *timeFields) int { return (f.hour+11)%12 + 1 }), nil
	case 'H', 'k':
		return two(func(f *timeFields) int { return f.hour }), nil
	case 'i':
		return two(func(f *timeFields) int { return f.minute }), nil
	case 'j':
		return func(dst []byte, f *timeFields) []byte { return appendDigits(dst, dayOfYear(f.days), 3) }, nil
	case 'M':
		return func(dst []byte, f *timeFields) []byte { return append(dst, time.Month(f.month).String()...) }, nil
	case 'n':
		return func(dst []byte, _ *timeFields) []byte { return append(dst, '\n') }, nil
	case 'p':
		return appendHalf, nil
	case 'Q':
		return func(dst []byte, f *timeFields) []byte { return append(dst, byte('1'+(f.month-1)/3)) }, nil
	case 'r':
		return func(dst []byte, f *timeFields) []byte {
			dst = appendTwo(append(appendTwo(dst, (f.hour+11)%12+1), ':'), f.minute)
			return appendHalf(append(dst, ' '), f)
		}, nil
	case 'R':
		return func(dst []byte, f *timeFields) []byte {
			return appendTwo(append(appendTwo(dst, f.hour), ':'), f.minute)
		}, nil
	case 's', 'S':
		return two(func(f *timeFields) int { return f.second }), nil
	case 't':
		return func(dst []byte, _ *timeFields) []byte { return append(dst, '\t') }, nil
	case 'T':
		return func(dst []byte, f *timeFields) []byte {
			return appendTwo(append(appendTwo(append(appendTwo(dst, f.hour), ':'), f.minute), ':'), f.second)
		}, nil
	case 'u':
		return func(dst []byte, f *timeFields) []byte { return append(dst, byte('1'+weekday(f.days))) }, nil
	case 'V':
		return two(func(f *timeFields) int { return int(isoWeek(f.days)) }), nil
	case 'w':
		return func(dst []byte, f *timeFields) []byte { return append(dst, byte('0'+(weekday(f.days)+1)%7)) }, nil
	case 'W':
		return func(dst []byte, f *timeFields) []byte { return append(dst, weekdayName(f.days)...) }, nil
	case 'y':
		return two(func(f *timeFields) int { return f.year % 100 }), nil
	case 'Y':
		return func(dst []byte, f *timeFields) []byte { return appendDigits(dst, int64(f.year), 4) }, nil
	case 'z':
		return appendOffset, nil
	case '%':
		return func(dst []byte, _ *timeFields) []byte { return append(dst, '%') }, nil
	case 'U', 'v', 'x', 'X':
		return nil, chcode.Errorf(chcode.NotImplemented, "format is not supported for %%%c", c)
	default:
		return nil, chcode.Errorf(chcode.BadArguments, "Incorrect syntax '%s', symbol is not supported '%c' for function %s", format, c, name)
	}
}

func weekdayName(day int64) string { return time.Weekday((weekday(day) + 1) % 7).String() }

// appendFraction prints six digits of the second, or all that the type has.
func appendFraction(dst []byte, f *timeFields) []byte {
	width := max(f.digits, 6)
	return appendDigits(dst, f.nanos/pow10(9-width), width)
}

func appendHalf(dst []byte, f *timeFields) []byte {
	if f.hour < 12 {
		return append(dst, "AM"...)
	}
	return append(dst, "PM"...)
}

func appendOffset(dst []byte, f *timeFields) []byte {
	off := f.offset
	sign := byte('+')
	if off < 0 {
		sign, off = '-', -off
	}
	return appendTwo(appendTwo(append(dst, sign), int(off/3600)), int(off/60%60))
}

func bindDateName(s *site) (bound, error) {
	part, err := s.constString(0)
	if err != nil {
		return bound{}, err
	}
	a, err := s.timeArg(1, 2)
	if err != nil {
		return bound{}, err
	}
	number := func(of func(f *timeFields) int64) printer {
		return func(dst []byte, f *timeFields) []byte { return strconv.AppendInt(dst, of(f), 10) }
	}
	p, ok := map[string]printer{
		"year":      number(func(f *timeFields) int64 { return int64(f.year) }),
		"quarter":   number(func(f *timeFields) int64 { return int64(f.month-1)/3 + 1 }),
		"month":     func(dst []byte, f *timeFields) []byte { return append(dst, time.Month(f.month).String()...) },
		"dayofyear": number(func(f *timeFields) int64 { return dayOfYear(f.days) }),
		"day":       number(func(f *timeFields) int64 { return int64(f.day) }),
		"week":      number(func(f *timeFields) int64 { return isoWeek(f.days) }),
		"weekday":   func(dst []byte, f *timeFields) []byte { return append(dst, weekdayName(f.days)...) },
		"hour":      number(func(f *timeFields) int64 { return int64(f.hour) }),
		"minute":    number(func(f *timeFields) int64 { return int64(f.minute) }),
		"second":    number(func(f *timeFields) int64 { return int64(f.second) }),
	}[strings.ToLower(part)]
	if !ok {
		return bound{}, chcode.Errorf(chcode.BadArguments, "Invalid date part: %s", part)
	}
	if unit := strings.ToLower(part); a.t.IsDate() && (unit == "hour" || unit == "minute" || unit == "second") {
		return bound{}, s.illegal(1)
	}
	return printParts(a, 1, p), nil
}

func bindMonthName(s *site) (bound, error) {
	a, err := s.timeArg(0, 0)
	if err != nil {
		return bound{}, err
	}
	return printParts(a, 0, func(dst []byte, f *timeFields) []byte { return append(dst, time.Month(f.month).String()...) }), nil
}

func printParts(a timeArg, at int, p printer) bound {
	return bound{ret: types.Of(types.String), run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
		m := a.moments(args[at])
		out := batch.Strings{Offsets: make([]uint32, 1, r.n+1)}
		for i := range r.n {
			out.Bytes = p(out.Bytes, fieldsOf(m.at(i), 0))
			out.Offsets = append(out.Offsets, uint32(len(out.Bytes)))
		}
		return vec(out), nil
	}}
}
