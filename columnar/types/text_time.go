package types

import "math"

// ParseDate reads YYYY-MM-DD (any delimiter, months and days of one or two
// digits) or YYYYMMDD as a Date. Dates before 1970 or after 2149 become the
// nearest Date; a month or day that can't be becomes 1970-01-01; February 30
// becomes March 1, all as in ClickHouse. A time of day that follows two digits of
// each is ignored.
func ParseDate(s []byte) (uint16, error) {
	d, ok, err := parseDays(s)
	if err != nil || !ok {
		return 0, err
	}
	return uint16(min(max(d, 0), MaxDate)), nil
}

// ParseDate32 is [ParseDate] for Date32, from 1900 to 2299; what can't be
// becomes 1900-01-01, and so does what is no date, beside the error.
func ParseDate32(s []byte) (int32, error) {
	d, ok, err := parseDays(s)
	if !ok {
		return MinDate32, err
	}
	return int32(min(max(d, MinDate32), MaxDate32)), nil
}

// IsCalendarDate tells whether the month of a date that was read has its day: 2024-02-30 reads as March 1.
func IsCalendarDate(s []byte) bool {
	y, m, d, _ := scanDate(s)
	return d <= 28 || d <= DaysInMonth(y, m)
}

// parseDays reads a date; ok is false when month or day can't be.
func parseDays(s []byte) (days int64, ok bool, err error) {
	y, m, d, n := scanDate(s)
	if n == 0 {
		return 0, false, FaultDate
	}
	if n != len(s) && (n != longDate || !isTimeOfDay(s[n:])) {
		return 0, false, FaultTrailing
	}
	if m < 1 || m > 12 || d < 1 || d > 31 {
		return 0, false, nil
	}
	return DaysFromCivil(y, m, d), true, nil
}

// scanDate reads the date at the beginning of s and the bytes it took; 0: none.
func scanDate(s []byte) (year, month, day, n int) {
	if len(s) < 8 {
		return 0, 0, 0, 0
	}
	year, ok := fixedDigits(s[:4])
	if !ok {
		return 0, 0, 0, 0
	}
	if isDigit(s[4]) {
		month, okM := fixedDigits(s[4:6])
		day, okD := fixedDigits(s[6:8])
		if !okM || !okD {
			return 0, 0, 0, 0
		}
		return year, month, day, 8
	}
	month, i := oneOrTwoDigits(s, 5)
	if i == 5 || i >= len(s) || isDigit(s[i]) {
		return 0, 0, 0, 0
	}
	day, end := oneOrTwoDigits(s, i+1)
	if end == i+1 {
		return 0, 0, 0, 0
	}
	return year, month, day, end
}

func fixedDigits(s []byte) (int, bool) {
	n := 0
	for _, c := range s {
		if !isDigit(c) {
			return 0, false
		}
		n = n*10 + int(c-'0')
	}
	return n, true
}

func oneOrTwoDigits(s []byte, i int) (v, end int) {
	for end = i; end < len(s) && end < i+2 && isDigit(s[end]); end++ {
		v = v*10 + int(s[end]-'0')
	}
	return v, end
}

// isTimeOfDay tells whether s is a time as [clockTime] reads it, with a fraction or not.
func isTimeOfDay(s []byte) bool {
	_, rest, ok := clockTime(s)
	if len(rest) == 0 {
		return ok
	}
	_, digits := fixedDigits(rest[1:])
	return ok && rest[0] == '.' && len(rest) > 1 && digits
}

// clockTime reads " hh:mm:ss" or "Thh:mm:ss", with any delimiters and numbers, as seconds.
func clockTime(s []byte) (seconds int64, rest []byte, ok bool) {
	if len(s) < 9 || (s[0] != ' ' && s[0] != 'T') {
		return 0, nil, false
	}
	h, okH := fixedDigits(s[1:3])
	m, okM := fixedDigits(s[4:6])
	sec, okS := fixedDigits(s[7:9])
	return int64(h*3600 + m*60 + sec), s[9:], okH && okM && okS
}

// timeOfDay reads hh:mm:ss as seconds.
func timeOfDay(s []byte) (int64, bool) {
	h, okH := fixedDigits(s[:2])
	m, okM := fixedDigits(s[3:5])
	sec, okS := fixedDigits(s[6:8])
	ok := okH && okM && okS && s[2] == ':' && s[5] == ':'
	return int64(h*3600 + m*60 + sec), ok && h < 24 && m < 60 && sec < 60
}

// TimeReader reads dates with times. The zero value is not usable: set Zone.
type TimeReader struct {
	Zone  *Zone
	Now   int64 // Unix seconds: the year of dates that have none
	Basic bool  // date_time_input_format = 'basic'; else 'best_effort', ClickHouse's default
	US    bool  // best effort reads 02/03/2024 as February 3
}

// DateTime reads a DateTime. Times before 1970 or after 2106 become the nearest
// DateTime.
func (r *TimeReader) DateTime(s []byte) (uint32, error) {
	t, err := r.parse(s, false)
	if err != nil {
		return 0, err
	}
	return uint32(min(max(t.unix, 0), math.MaxUint32)), nil
}

// DateTime64 reads a DateTime64 as ticks of 10**-scale seconds. Digits beyond
// the scale are cut off.
func (r *TimeReader) DateTime64(s []byte, scale int) (int64, error) {
	t, err := r.parse(s, true)
	if err != nil {
		return 0, err
	}
	if t.isTicks {
		return t.unix, nil
	}
	return t.ticks(scale)
}

// moment is a time that was read: seconds, and a fraction of fracDigits digits.
type moment struct {
	unix       int64
	frac       int64
	fracDigits int
	isTicks    bool // unix are ticks of the scale that is asked for
}

func (t moment) ticks(scale int) (int64, error) {
	frac := t.frac
	for d := t.fracDigits; d > scale; d-- {
		frac /= 10
	}
	for d := t.fracDigits; d < scale; d++ {
		frac *= 10
	}
	unit := int64Pow10(scale)
	whole, over := Int128From(t.unix).Mul(Int128From(unit))
	sum, over2 := whole.Add(Int128From(frac))
	v, ok := sum.Int64()
	if over || over2 || !ok {
		return 0, FaultOverflow
	}
	return v, nil
}

func (r *TimeReader) parse(s []byte, fraction bool) (moment, error) {
	if t, ok := r.common(s); ok && (fraction || !r.Basic || len(s) == longTime) {
		return t, nil
	}
	if r.Basic {
		return r.basic(s, fraction)
	}
	return r.bestEffort(s, fraction)
}

// common is the fast path: YYYY-MM-DD hh:mm:ss[.fraction], all in range.
func (r *TimeReader) common(s []byte) (moment, bool) {
	if len(s) < 19 || s[4] != '-' || s[7] != '-' || (s[10] != ' ' && s[10] != 'T') {
		return moment{}, false
	}
	y, okY := fixedDigits(s[:4])
	m, okM := fixedDigits(s[5:7])
	d, okD := fixedDigits(s[8:10])
	sec, okT := timeOfDay(s[11:19])
	if !okY || !okM || !okD || !okT || y == 0 || m < 1 || m > 12 || d < 1 || d > DaysInMonth(y, m) {
		return moment{}, false
	}
	var t moment
	if len(s) > 19 {
		if s[19] != '.' || len(s) == 20 || len(s) > 20+18 {
			return moment{}, false
		}
		f, ok := fixedDigits(s[20:])
		if !ok {
			return moment{}, false
		}
		t.frac, t.fracDigits = int64(f), len(s)-20
	}
	t.unix = r.unix(DaysFromCivil(y, m, d)*secondsPerDay + sec)
	return t, true
}

func (r *TimeReader) unix(local int64) int64 {
	if r.Zone == UTC {
		return local
	}
	return r.Zone.Clock().Unix(local)
}

// The lengths of YYYY-MM-DD and of YYYY-MM-DD hh:mm:ss.
const longDate, longTime = 10, 19

// lastSecond is 9999-12-31 23:59:59; what is greater is not seconds but ticks.
const lastSecond = 253402300799

// basic reads YYYY-MM-DD with any delimiters, with or without hh:mm:ss, or Unix
// seconds of at least five digits. With a fraction they may be negative, and no
// text is 1970. Numbers that no clock shows count on; a month or day that can't be
// is 1900-01-01, year 0 is 1970-01-01 00:00:00.
func (r *TimeReader) basic(s []byte, fraction bool) (moment, error) {
	var t moment
	if len(s) == 0 && fraction {
		return t, nil
	}
	n, least := 0, 5
	if fraction && s[0] == '-' {
		n, least = 1, 0
	}
	for n < len(s) && isDigit(s[n]) {
		n++
	}
	if n == 4 && n < len(s) && isDigit(s[0]) {
		var err error
		if n, err = r.basicDate(s, &t); err != nil {
			return t, err
		}
	} else if n < least {
		return t, FaultDateTime
	} else if n > 1 || least > 0 {
		v, err := ParseInt(s[:n], 64)
		if err != nil {
			return t, FaultDateTime
		}
		t.unix = v
	}
	if n < len(s) && s[n] == '.' && fraction {
		start := n + 1
		for n = start; n < len(s) && isDigit(s[n]); n++ {
		}
		t.frac, t.fracDigits = fractionOf(s[start:n])
		if t.unix < 0 && least == 0 {
			t.frac = -t.frac
		}
	} else {
		t.isTicks = fraction && t.unix > lastSecond
	}
	if n != len(s) {
		return t, FaultTrailing
	}
	return t, nil
}

// basicDate reads a date with or without a time of day; n is the bytes it took.
func (r *TimeReader) basicDate(s []byte, t *moment) (n int, err error) {
	y, m, d, n := scanDate(s)
	if n != longDate {
		return 0, FaultDateTime
	}
	var sec int64
	if rest := s[n:]; len(rest) > 0 && (rest[0] == ' ' || rest[0] == 'T') {
		var ok bool
		if sec, rest, ok = clockTime(rest); !ok {
			return 0, FaultDateTime
		}
		n = len(s) - len(rest)
	}
	switch {
	case y == 0:
		return n, nil
	case m < 1 || m > 12 || d < 1 || d > 31:
		y, m, d = 1900, 1, 1
	}
	t.unix = r.unix(DaysFromCivil(y, m, d)*secondsPerDay + sec)
	return n, nil
}

// maxFraction is how many digits of a fraction are looked at.
const maxFraction = 18

func fractionOf(s []byte) (frac int64, digits int) {
	digits = min(len(s), maxFraction)
	for _, c := range s[:digits] {
		frac = frac*10 + int64(c-'0')
	}
	return frac, digits
}
