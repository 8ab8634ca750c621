package expr

import (
	"math"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/kernel"
	"github.com/freshetdb/freshet/columnar/types"
)

// Where spans of n seconds, minutes or hours begin is ClickHouse's rule, which
// depends on the zone:
//
//   - Minutes are counted from 1970 in UTC, where the offset is whole minutes.
//   - Seconds and single hours are too, where the offset is whole hours.
//   - Elsewhere these are counted in elapsed time since local midnight.
//   - Several hours are counted by the clock since local midnight.
//
// All are counted in moments, not in readings of the clock, so that the hour which
// comes twice when the clock is put back is two hours.

// start is the beginnings of the spans of n units in which the values lie, as DateTime.
func (a timeArg) start(r *run, v *batch.Vector, u types.Unit, n int64) *batch.Vector {
	out := r.times()
	if d, ok := v.Data.([]uint32); ok {
		clock := a.zone.Clock()
		step, unix := unixStep(clock, u, n)
		switch {
		case unix && step <= math.MaxUint32:
			kernel.TruncateUnix(out, d, uint32(step))
		case u == types.Day && n == 1:
			kernel.TruncateLocal(out, d, secondsPerDay, clock)
		default:
			round := a.rounder(u, n)
			for i, t := range d {
				out[i] = uint32(max(round(int64(t)), 0))
			}
		}
		return vec(out)
	}
	for i, t := range a.starts(v, u, n) {
		if a.clamps {
			t = min(max(t, 0), maxDateTime)
		}
		out[i] = uint32(t)
	}
	return vec(out)
}

// step is what start rounds to multiples of, in seconds of Unix time, where the values
// are DateTime and that is all it does; else 0.
func (a timeArg) step(u types.Unit, n int64) uint32 {
	step, unix := unixStep(a.zone.Clock(), u, n)
	if !unix || a.t.Kind != types.DateTime || step > math.MaxUint32 {
		return 0
	}
	return uint32(step)
}

// starts is start as Unix seconds.
func (a timeArg) starts(v *batch.Vector, u types.Unit, n int64) []int64 {
	secs := a.wholeSeconds(v)
	round := a.rounder(u, n)
	for i, t := range secs {
		secs[i] = round(t)
	}
	return secs
}

// wholeSeconds are the values as Unix seconds, without fractions: before 1970 that is
// rounded up, as in ClickHouse. Dates are the moments at which they begin. New memory.
func (a timeArg) wholeSeconds(v *batch.Vector) []int64 {
	if a.t.IsDate() {
		out := append([]int64(nil), ints(v)...)
		clock := a.zone.Clock()
		last, start := int64(0), clock.Midnight(0)
		for i, day := range out {
			if day != last {
				last, start = day, clock.Midnight(day)
			}
			out[i] = start
		}
		return out
	}
	if a.t.Kind != types.DateTime64 {
		return a.unix(v)
	}
	tick := pow10(int(a.t.Scale))
	out := append([]int64(nil), v.Data.([]int64)...)
	for i := range out {
		out[i] /= tick
	}
	return out
}

// unixStep is n units in seconds, where they are counted from 1970 in UTC.
func unixStep(clock *types.Clock, u types.Unit, n int64) (step int64, ok bool) {
	switch {
	case u == types.Minute || (u == types.Second && n%60 == 0):
		ok = clock.WholeMinutes()
	case u == types.Second:
		ok = n == 1 || clock.WholeHours()
	case u == types.Hour:
		ok = n == 1 && clock.WholeHours()
	default:
		return 0, false
	}
	return n * map[types.Unit]int64{types.Second: 1, types.Minute: 60, types.Hour: 3600}[u], ok
}

// rounder rounds Unix seconds down to n seconds, minutes, hours or days. It is for
// one goroutine.
func (a timeArg) rounder(u types.Unit, n int64) func(int64) int64 {
	clock := a.zone.Clock()
	step, unix := unixStep(clock, u, n)
	days := dayFinder{clock: clock}
	switch {
	case unix:
		return func(t int64) int64 { return t - floorMod(t, step) }
	case u == types.Day:
		return func(t int64) int64 {
			day := kernel.FloorDiv(clock.Local(t), secondsPerDay)
			return clock.Midnight(startOfUnit(day, types.Day, n))
		}
	case u == types.Hour && n > 1:
		return func(t int64) int64 { return days.startOfHours(t, step) }
	default:
		return func(t int64) int64 {
			_, start, _ := days.find(t)
			return start + floorStep(t-start, step)
		}
	}
}

func floorStep(t, step int64) int64 { return t - floorMod(t, step) }

// dayFinder finds local days; it remembers the offset of the row before.
type dayFinder struct {
	clock *types.Clock
	span  types.Span
}

// find is the day of a moment and when it began; even tells that the clock was not
// changed in it.
func (f *dayFinder) find(t int64) (day, start int64, even bool) {
	if !f.span.Holds(t) {
		f.span = f.clock.Span(t)
	}
	day = kernel.FloorDiv(t+f.span.Offset, secondsPerDay)
	start = day*secondsPerDay - f.span.Offset
	if start > f.span.From && start+secondsPerDay < f.span.To {
		return day, start, true
	}
	if start = f.clock.Midnight(day); t < start { // a day that began twice
		day--
		start = f.clock.Midnight(day)
	}
	return day, start, false
}

// changeUnit is the fineness by which ClickHouse knows changes of clocks.
const changeUnit = 900

// startOfHours rounds down to step seconds, whole hours, of the clock since local
// midnight. On days when the clock is changed some spans are shorter or longer.
func (f *dayFinder) startOfHours(t, step int64) int64 {
	day, start, even := f.find(t)
	since := t - start
	if even {
		return start + floorStep(since, step)
	}
	at, amount := int64(0), int64(0)
	if moment, before, after, ok := f.clock.Change(start); ok {
		from, to := moment+before, moment+after
		if kernel.FloorDiv(from, secondsPerDay) == day || kernel.FloorDiv(to, secondsPerDay) == day {
			at, amount = (from-day*secondsPerDay)/changeUnit*changeUnit, (to-from)/changeUnit*changeUnit
			if at+amount < 0 {
				at = -amount
			}
		}
	}
	if since < at {
		return start + floorStep(since, step)
	}
	since = floorStep(since+amount, step)
	if since >= at {
		since = max(since-amount, at)
	}
	return start + since
}
