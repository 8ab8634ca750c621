package types

// The proleptic Gregorian calendar as integer arithmetic: no time.Time in loops
// over rows.

// Bounds of ClickHouse's date types, in days since 1970-01-01.
const (
	MinDate32 = -25567 // 1900-01-01
	MaxDate32 = 120529 // 2299-12-31
	MaxDate   = 65535  // 2149-06-06
)

// Bounds of DateTime64 as it is printed, in seconds.
const (
	minClockSecond = -62167219200 // 0000-01-01 00:00:00
	maxClockSecond = 253402300799 // 9999-12-31 23:59:59
)

const secondsPerDay = 86400

// DaysFromCivil is the number of days from 1970-01-01 to a date. Months and
// days beyond their range carry over: February 30 is March 1 or 2.
func DaysFromCivil(year, month, day int) int64 {
	y, m := int64(year), int64(month)
	if m > 12 || m < 1 {
		y += floorDiv(m-1, 12)
		m = floorMod(m-1, 12) + 1
	}
	if m <= 2 {
		y--
	}
	era := floorDiv(y, 400)
	yoe := y - era*400
	mp := (m + 9) % 12
	doy := (153*mp + 2) / 5
	doe := yoe*365 + yoe/4 - yoe/100 + doy
	return era*146097 + doe - 719468 + int64(day) - 1
}

// CivilFromDays is the inverse of [DaysFromCivil].
func CivilFromDays(days int64) (year, month, day int) {
	z := days + 719468
	era := floorDiv(z, 146097)
	doe := z - era*146097
	yoe := (doe - doe/1460 + doe/36524 - doe/146096) / 365
	doy := doe - (365*yoe + yoe/4 - yoe/100)
	mp := (5*doy + 2) / 153
	day = int(doy - (153*mp+2)/5 + 1)
	month = int(mp + 3)
	if mp >= 10 {
		month = int(mp - 9)
	}
	year = int(yoe + era*400)
	if month <= 2 {
		year++
	}
	return year, month, day
}

// IsLeapYear tells whether a year has 366 days.
func IsLeapYear(y int) bool { return y%4 == 0 && (y%100 != 0 || y%400 == 0) }

// DaysInMonth is the length of a month.
func DaysInMonth(year, month int) int {
	switch month {
	case 2:
		if IsLeapYear(year) {
			return 29
		}
		return 28
	case 4, 6, 9, 11:
		return 30
	default:
		return 31
	}
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b != 0 && (a < 0) != (b < 0) {
		q--
	}
	return q
}

func floorMod(a, b int64) int64 { return a - floorDiv(a, b)*b }
