package types

import (
	"sort"
	"sync"
	"time"
)

// Clock converts between Unix seconds and the wall clock of one zone. It holds
// every transition of the zone, so that converting a row is a comparison with
// the bounds of the span that the row before it fell into. A Clock is immutable
// and safe for concurrent use.
type Clock struct {
	// starts[i] is the first second at which offsets[i] holds; starts[0] is
	// before any time.
	starts  []int64
	offsets []int64
}

// The years whose transitions a Clock holds; outside, the last offset goes on.
const (
	clockYearMin = 1
	clockYearMax = 2500
)

// clocks holds the clock of each zone that was used.
var clocks sync.Map // *Zone -> *Clock

// Clock is the zone's clock.
func (z *Zone) Clock() *Clock {
	if c, ok := clocks.Load(z); ok {
		return c.(*Clock)
	}
	c, _ := clocks.LoadOrStore(z, newClock(z.loc))
	return c.(*Clock)
}

func newClock(loc *time.Location) *Clock {
	c := &Clock{}
	t := time.Date(clockYearMin, 1, 1, 0, 0, 0, 0, time.UTC).In(loc)
	_, off := t.Zone()
	c.starts, c.offsets = []int64{-1 << 62}, []int64{int64(off)}
	for {
		_, end := t.ZoneBounds()
		if end.IsZero() || end.Year() > clockYearMax {
			return c
		}
		if !end.After(t) { // the bounds of rules by year can end where they begin
			end = t.Add(time.Hour)
		}
		t = end
		if _, off = t.Zone(); int64(off) != c.offsets[len(c.offsets)-1] {
			c.starts = append(c.starts, t.Unix())
			c.offsets = append(c.offsets, int64(off))
		}
	}
}

// Fixed tells whether the zone has one offset for all times, and which.
func (c *Clock) Fixed() (offset int64, ok bool) { return c.offsets[0], len(c.offsets) == 1 }

// WholeHours tells whether the offset has been whole hours ever since 1970.
func (c *Clock) WholeHours() bool { return c.whole(3600) }

// WholeMinutes tells whether the offset has been whole minutes ever since 1970.
func (c *Clock) WholeMinutes() bool { return c.whole(60) }

func (c *Clock) whole(unit int64) bool {
	for i, off := range c.offsets {
		over := i+1 == len(c.starts) || c.starts[i+1] > 0
		if over && off%unit != 0 {
			return false
		}
	}
	return true
}

// Aligned tells whether, ever since 1970, the offset has been a multiple of step
// seconds and has changed only at multiples of them.
func (c *Clock) Aligned(step int64) bool {
	return c.whole(step) && c.changes(func(at, _, _ int64) bool { return at%step == 0 })
}

// ChangesOnHours tells whether, ever since 1970, the clock has been put only from
// full hours to full hours.
func (c *Clock) ChangesOnHours() bool {
	return c.changes(func(_, from, to int64) bool { return from%3600 == 0 && to%3600 == 0 })
}

// SplitsNoDay tells whether, ever since 1970, the clock has been put to another day
// only at midnight, so that every day is one interval of time.
func (c *Clock) SplitsNoDay() bool {
	return c.changes(func(_, from, to int64) bool {
		return from%secondsPerDay == 0 || floorDiv(from, secondsPerDay) == floorDiv(to, secondsPerDay)
	})
}

// changes tells whether every change since 1970 is as asked: when it was, what the
// clock would have shown then, and what it showed.
func (c *Clock) changes(are func(at, from, to int64) bool) bool {
	for i := 1; i < len(c.starts); i++ {
		if at := c.starts[i]; at > 0 && !are(at, at+c.offsets[i-1], at+c.offsets[i]) {
			return false
		}
	}
	return true
}

// Midnight is the Unix second at which a day begins, as ClickHouse has it: the later
// of two midnights when a piece of the day before lies between them, and the moment
// of the change when the clock was put forward over midnight.
func (c *Clock) Midnight(day int64) int64 {
	local := day * secondsPerDay
	unix := c.Unix(local)
	if len(c.offsets) == 1 {
		return unix
	}
	s := c.Span(unix)
	if unix+s.Offset != local { // skipped: the offset before the change counts
		return local - s.Offset
	}
	if next := c.Span(min(s.To, local+secondsPerDay)); next.From == s.To && s.To < local-next.Offset {
		return local - next.Offset
	}
	return unix
}

// Change is the change of the clock at or after the Unix second at; ok is false when
// there is none.
func (c *Clock) Change(at int64) (start, before, after int64, ok bool) {
	i := sort.Search(len(c.starts), func(i int) bool { return c.starts[i] >= at })
	if i == 0 || i == len(c.starts) {
		return 0, 0, 0, false
	}
	return c.starts[i], c.offsets[i-1], c.offsets[i], true
}

// Span is an interval of Unix seconds [From, To) with one offset.
type Span struct{ From, To, Offset int64 }

// Holds tells whether t lies in the span.
func (s *Span) Holds(t int64) bool { return t >= s.From && t < s.To }

// Span finds the span of a Unix second.
func (c *Clock) Span(unix int64) Span {
	i := max(sort.Search(len(c.starts), func(i int) bool { return c.starts[i] > unix })-1, 0)
	s := Span{From: c.starts[i], To: 1<<63 - 1, Offset: c.offsets[i]}
	if i+1 < len(c.starts) {
		s.To = c.starts[i+1]
	}
	return s
}

// Offset is the offset from UTC at a Unix second.
func (c *Clock) Offset(unix int64) int64 {
	if len(c.offsets) == 1 {
		return c.offsets[0]
	}
	return c.Span(unix).Offset
}

// Local is the wall clock at a Unix second, as seconds since 1970-01-01 00:00
// of that wall clock.
func (c *Clock) Local(unix int64) int64 { return unix + c.Offset(unix) }

// Unix is the Unix second at which the wall clock shows local. Of two such
// seconds it is the earlier one; where the clock was put forward over local,
// the new offset counts, as in ClickHouse.
func (c *Clock) Unix(local int64) int64 {
	if len(c.offsets) == 1 {
		return local - c.offsets[0]
	}
	// The last span that can begin at or before local by either offset.
	i := sort.Search(len(c.starts), func(i int) bool {
		if i == 0 {
			return false
		}
		return c.starts[i]+min(c.offsets[i-1], c.offsets[i]) > local
	}) - 1
	if i > 0 && local < c.starts[i]+max(c.offsets[i-1], c.offsets[i]) {
		return local - max(c.offsets[i-1], c.offsets[i])
	}
	return local - c.offsets[max(i, 0)]
}
