package types

// bestEffort reads a date with time in the order and with the separators in
// which people write it, as ClickHouse's parseDateTimeBestEffort does: ISO 8601,
// RFC 2822, DD/MM/YYYY, YYYYMMDDhhmmss, Unix seconds or milliseconds, names of
// months, AM and PM, offsets of zones.
func (r *TimeReader) bestEffort(s []byte, fraction bool) (moment, error) {
	p := &effort{s: s, us: r.US, fraction: fraction}
	done, err := p.read()
	if err != nil {
		return moment{}, err
	}
	if !done {
		err = p.complete(r)
	}
	switch {
	case err != nil:
		return moment{}, err
	case p.i != len(s):
		return moment{}, FaultTrailing
	case done:
		return p.t, nil
	}
	local := DaysFromCivil(p.year, p.month, p.day)*secondsPerDay + int64(p.hour*3600+p.minute*60+p.second)
	if p.hasOffset {
		p.t.unix = local - p.offset
	} else {
		p.t.unix = r.unix(local)
	}
	return p.t, nil
}

// effort is the state of one best-effort reading. Parts that were not read yet
// are zero.
type effort struct {
	s        []byte
	i        int
	us       bool
	fraction bool
	t        moment

	year, month, day     int
	hour, minute, second int
	hasTime, hasFraction bool
	hasOffset            bool
	offset               int64
	isAM, isPM, comma    bool
}

func (p *effort) eof() bool { return p.i >= len(p.s) }

func (p *effort) take(c byte) bool {
	if p.eof() || p.s[p.i] != c {
		return false
	}
	p.i++
	return true
}

// maxEffortDigits is how many digits are read as one number.
const maxEffortDigits = 19

func (p *effort) digits() []byte {
	start := p.i
	for !p.eof() && p.i-start < maxEffortDigits && isDigit(p.s[p.i]) {
		p.i++
	}
	return p.s[start:p.i]
}

func (p *effort) letters(limit int) []byte {
	start := p.i
	for !p.eof() && p.i-start < limit && isLetter(p.s[p.i]) {
		p.i++
	}
	return p.s[start:p.i]
}

func isLetter(c byte) bool { c = lowerByte(c); return c >= 'a' && c <= 'z' }

func number(digits []byte) int {
	n := 0
	for _, c := range digits {
		n = n*10 + int(c-'0')
	}
	return n
}

// small reads a number of one or two digits.
func (p *effort) small() (int, error) {
	d := p.digits()
	if len(d) != 1 && len(d) != 2 {
		return 0, FaultDateTime
	}
	return number(d), nil
}

// read consumes the text; done tells that it was a Unix time, left in t.
func (p *effort) read() (done bool, err error) {
	for !p.eof() {
		if (p.year != 0) != p.hasTime && p.take(',') {
			p.comma = true
			if p.eof() {
				break
			}
		}
		var digits []byte
		if p.year == 0 || !p.hasTime {
			digits = p.digits()
		}
		if len(digits) == 0 {
			stop, err := p.symbol()
			if stop || err != nil {
				return false, err
			}
			continue
		}
		if p.year == 0 && !p.hasTime && p.unixTime(digits) {
			return true, nil
		}
		stop, err := p.numberPart(digits)
		if stop || err != nil {
			return false, err
		}
	}
	return false, nil
}

// unixTime takes 9 or 10 digits as seconds, 13, 16 and 19 as milli-, micro- and nanoseconds.
func (p *effort) unixTime(d []byte) bool {
	switch len(d) {
	case 9, 10:
		p.t.unix = int64(number(d))
		if p.fraction && p.take('.') {
			p.t.frac, p.t.fracDigits = fractionOf(p.digits())
		}
		return true
	case 13, 16, 19:
		p.t.unix = int64(number(d[:10]))
		p.t.frac, p.t.fracDigits = fractionOf(d[10:])
		return true
	default:
		return false
	}
}

func (p *effort) numberPart(d []byte) (stop bool, err error) {
	switch n := len(d); {
	case n == 14 && p.year == 0 && !p.hasTime:
		p.year, p.month, p.day = number(d[:4]), number(d[4:6]), number(d[6:8])
		p.timeDigits(d[8:])
	case n == 8 && p.year == 0:
		p.year, p.month, p.day = number(d[:4]), number(d[4:6]), number(d[6:8])
	case n == 6 && p.year == 0 && p.month == 0:
		p.year, p.month = number(d[:4]), number(d[4:6])
	case n == 6 && !p.hasTime:
		p.timeDigits(d)
	case n == 4 && p.year == 0:
		return p.yearFirst(d)
	case n <= 2:
		return false, p.smallFirst(number(d))
	default:
		return false, FaultDateTime
	}
	return false, nil
}

func (p *effort) timeDigits(d []byte) {
	p.hour, p.minute, p.second = number(d[:2]), number(d[2:4]), number(d[4:6])
	p.hasTime = true
}

// yearFirst reads on after YYYY: a month and a day with equal delimiters.
func (p *effort) yearFirst(d []byte) (stop bool, err error) {
	p.year = number(d)
	if p.eof() {
		return false, nil
	}
	delim := p.s[p.i]
	if delim < 0x20 || delim == ',' || delim == ';' || delim == '\'' || delim == '"' {
		return true, nil
	}
	if p.month != 0 {
		return false, nil
	}
	p.i++
	switch m := p.digits(); {
	case len(m) == 1 || len(m) == 2:
		p.month = number(m)
	case delim == ' ':
		return false, nil
	default:
		return false, FaultDateTime
	}
	if p.day != 0 || !p.take(delim) {
		return false, nil
	}
	switch m := p.digits(); {
	case len(m) == 1 || len(m) == 2:
		p.day = number(m)
	case delim == ' ':
	default:
		return false, FaultDateTime
	}
	return false, nil
}

// smallFirst reads on after one or two digits: a time, a date that begins with
// the day, or a bare day or hour.
func (p *effort) smallFirst(v int) (err error) {
	switch {
	case p.take(':'):
		if p.hasTime {
			return FaultDateTime
		}
		p.hour, p.hasTime = v, true
		if p.minute, err = p.small(); err != nil {
			return err
		}
		if p.take(':') {
			p.second, err = p.small()
		}
		return err
	case p.take(','):
		if p.month != 0 && p.day == 0 {
			p.day = v
		}
	case p.take('/') || p.take('.') || p.take('-'):
		return p.dayFirst(v)
	case p.day != 0:
		p.hour = v
	default:
		p.day = v
	}
	return nil
}

func (p *effort) dayFirst(v int) (err error) {
	if p.day != 0 || p.month != 0 {
		return FaultDateTime
	}
	if p.us {
		p.month = v
		if p.day, err = p.small(); err != nil {
			return err
		}
	} else {
		p.day = v
		if err := p.monthAfterDay(); err != nil {
			return err
		}
	}
	if p.month > 12 {
		p.month, p.day = p.day, p.month
	}
	if !p.take('/') && !p.take('.') && !p.take('-') {
		return nil
	}
	if p.year != 0 {
		return FaultDateTime
	}
	switch d := p.digits(); len(d) {
	case 4:
		p.year = number(d)
	case 2:
		p.year = 2000 + number(d)
		if p.year >= 2070 {
			p.year -= 100
		}
	default:
		return FaultDateTime
	}
	return nil
}

func (p *effort) monthAfterDay() error {
	d := p.digits()
	switch len(d) {
	case 1, 2:
		p.month = number(d)
		return nil
	case 0:
	default:
		return FaultDateTime
	}
	word := p.letters(maxMonthName)
	if p.month = monthOf(word); p.month == 0 || (!p.eof() && isLetter(p.s[p.i])) {
		return FaultDateTime
	}
	return nil
}

// symbol reads what does not begin with a digit; stop ends the reading.
func (p *effort) symbol() (stop bool, err error) {
	switch c := p.s[p.i]; {
	case c == ' ' || (c == 'T' && p.year != 0 && !p.hasTime):
		p.i++
	case c == 'Z':
		p.i++
		p.hasOffset = true
	case c == '.':
		if !p.hasTime || p.hasFraction {
			return false, FaultDateTime
		}
		p.i++
		p.hasFraction = true
		p.t.frac, p.t.fracDigits = fractionOf(p.digits())
	case c == '+' || c == '-':
		p.i++
		return false, p.zoneOffset(c == '-')
	case isLetter(c):
		return false, p.word()
	default:
		return true, nil
	}
	return false, nil
}

func (p *effort) zoneOffset(negative bool) error {
	d := p.digits()
	if len(d) == 6 && !p.hasTime && p.year != 0 && p.month != 0 && p.day != 0 {
		p.timeDigits(d)
		return nil
	}
	var h, m int
	switch len(d) {
	case 4:
		h, m = number(d[:2]), number(d[2:])
	case 3:
		h, m = number(d[:1]), number(d[1:])
	case 1, 2:
		h = number(d)
		if p.take(':') {
			var err error
			if m, err = p.small(); err != nil {
				return err
			}
		}
	default:
		return FaultDateTime
	}
	p.hasOffset = true
	p.offset = int64(h*3600 + m*60)
	if negative {
		p.offset = -p.offset
	}
	return nil
}

// maxMonthName is the longest name of a month or weekday: september, wednesday.
const maxMonthName = 9

func (p *effort) word() error {
	w := p.letters(maxMonthName)
	if !p.eof() && isLetter(p.s[p.i]) {
		return FaultDateTime
	}
	switch {
	case equalFold(w, "am"):
		p.isAM = true
	case equalFold(w, "pm"):
		p.isPM = true
	case equalFold(w, "utc") || equalFold(w, "gmt"):
		p.hasOffset = true
	case equalFold(w, "msk"):
		p.hasOffset, p.offset = true, 3*3600
	case equalFold(w, "msd"):
		p.hasOffset, p.offset = true, 4*3600
	case isWeekday(w):
		p.take(',')
	default:
		m := monthOf(w)
		if m == 0 {
			return FaultDateTime
		}
		p.month = m
	}
	return nil
}

// monthOf finds a month by its name or the first three letters of it; 0: none.
func monthOf(w []byte) int {
	for i, name := range [...]string{
		"january", "february", "march", "april", "may", "june", "july", "august",
		"september", "october", "november", "december",
	} {
		if equalFold(w, name[:3]) || equalFold(w, name) {
			return i + 1
		}
	}
	return 0
}

func isWeekday(w []byte) bool {
	for _, name := range [...]string{
		"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday",
	} {
		if equalFold(w, name[:3]) || equalFold(w, name) {
			return true
		}
	}
	return false
}

// complete fills in what the text left out and checks the date.
func (p *effort) complete(r *TimeReader) error {
	if p.comma && (!p.hasTime || p.year == 0 || p.month == 0 || p.day == 0) {
		return FaultDateTime
	}
	if p.year == 0 && p.month == 0 && p.day == 0 && !p.hasTime {
		return FaultDateTime
	}
	p.day, p.month = max(p.day, 1), max(p.month, 1)
	if p.year == 0 {
		today := floorDiv(r.Zone.Clock().Local(r.Now), secondsPerDay)
		p.year, _, _ = CivilFromDays(today)
		if DaysFromCivil(p.year, p.month, p.day) > today {
			p.year--
		}
	}
	if p.month > 12 || p.day > DaysInMonth(p.year, p.month) {
		return FaultDateTime
	}
	if p.isAM && p.hour == 12 {
		p.hour = 0
	}
	if p.isPM && p.hour < 12 {
		p.hour += 12
	}
	return nil
}
