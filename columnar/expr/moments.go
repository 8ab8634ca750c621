package expr

import (
	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/chcode"
	"github.com/freshetdb/freshet/columnar/kernel"
	"github.com/freshetdb/freshet/columnar/types"
)

// timeArg is the date or time that a function looks at, and the zone it shows it in.
type timeArg struct {
	t      types.Type
	zone   *types.Zone
	clamps bool // times beyond DateTime become the nearest one
}

// timeArg checks argument i; a constant zone may stand at argument z.
func (s *site) timeArg(i, z int) (timeArg, error) {
	t := s.types[i]
	if !t.IsDate() && !t.IsTime() {
		return timeArg{}, chcode.Errorf(chcode.IllegalTypeOfArgument,
			"Illegal type %s of argument of function %s. Should be Date, Date32, DateTime or DateTime64", s.args[i].Type(), s.name)
	}
	a := timeArg{t: t, zone: s.ctx.zoneOf(t)}
	if z > 0 && z < len(s.args) {
		zone, err := s.zoneArg(z)
		if err != nil {
			return timeArg{}, err
		}
		a.zone = zone
	}
	return a, nil
}

// readTime makes text a time.
//
//go:noinline
func (s *site) readTime(i int) error {
	if !s.types[i].IsString() {
		return nil
	}
	return s.cast(i, types.DateTime64Of(3, nil))
}

// clockArg is timeArg of the first argument for functions that need a time of day.
func (s *site) clockArg(z int) (timeArg, error) {
	a, err := s.timeArg(0, z)
	if err == nil && !a.t.IsTime() {
		return timeArg{}, chcode.Errorf(chcode.IllegalTypeOfArgument,
			"Illegal type %s of argument of function %s. Should be DateTime or DateTime64", s.args[0].Type(), s.name)
	}
	return a, err
}

// days are the local days of the values; new memory unless they are dates.
func (a timeArg) days(v *batch.Vector) []int64 {
	if a.t.IsDate() {
		return ints(v)
	}
	return localDays(v, a.t, a.zone)
}

// seconds are the wall-clock seconds of the values; new memory.
func (a timeArg) seconds(v *batch.Vector) []int64 {
	if a.t.IsDate() {
		out := append([]int64(nil), ints(v)...)
		for i := range out {
			out[i] *= secondsPerDay
		}
		return out
	}
	return localSeconds(v, a.t, a.zone)
}

// unix are the values as Unix seconds; new memory.
func (a timeArg) unix(v *batch.Vector) []int64 {
	if !a.t.IsDate() {
		return unixSeconds(v, a.t)
	}
	secs := a.seconds(v)
	kernel.ToUnix(secs, a.zone.Clock())
	return secs
}

// dateOf is days as a Date: dates before 1970 become 1970-01-01.
func dateOf(days []int64) *batch.Vector {
	out := make([]uint16, len(days))
	for i, d := range days {
		out[i] = uint16(max(d, 0))
	}
	return vec(out)
}

// monthsSince1900 is the number of the month of a day; January 1900 is 0.
func monthsSince1900(day int64) int64 {
	y, m, _ := types.CivilFromDays(day)
	return int64(y-1900)*12 + int64(m-1)
}

// firstOfMonth is the first day of a month numbered from January 1900.
func firstOfMonth(month int64) int64 {
	year := kernel.FloorDiv(month, 12)
	return types.DaysFromCivil(int(year)+1900, int(month-12*year)+1, 1)
}

// weekday is 0 for Monday to 6 for Sunday.
func weekday(day int64) int64 {
	w := (day + 3) % 7
	if w < 0 {
		w += 7
	}
	return w
}

// isoYear is the year to which the ISO week of a day belongs, and the Monday of
// its first week.
func isoYear(day int64) (year int, firstMonday int64) {
	thursday := day - weekday(day) + 3
	year, _, _ = types.CivilFromDays(thursday)
	fourth := types.DaysFromCivil(year, 1, 4)
	return year, fourth - weekday(fourth)
}
