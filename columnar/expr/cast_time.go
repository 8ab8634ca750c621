package expr

import (
	"math"
	"slices"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/chcode"
	"github.com/freshetdb/freshet/columnar/kernel"
	"github.com/freshetdb/freshet/columnar/types"
)

const secondsPerDay = 86400

// timeCast converts dates and times to each other, to and from numbers.
func (s *castSite) timeCast() (convert, error) {
	switch {
	case s.to.IsDate():
		return s.checkedSeconds(s.toDate())
	case s.to.IsTime():
		return s.checkedSeconds(s.toTime())
	case s.to.Kind == types.Decimal:
		if s.from.Kind != types.DateTime64 {
			return nil, s.impossible()
		}
		d := *s
		d.from = types.DecimalOf(18, int(s.from.Scale))
		return d.rescale, nil
	case s.from.Kind == types.DateTime64 && (s.to.IsInteger() || s.to.Kind == types.Bool):
		d := *s
		d.from = types.DecimalOf(18, int(s.from.Scale))
		return d.fromDecimal()
	case s.from.Kind == types.DateTime64 && s.to.IsFloat():
		to, unit := s.to.Phys(), float64(pow10(int(s.from.Scale)))
		return func(_ *run, v *batch.Vector) (*batch.Vector, error) {
			in := v.Data.([]int64)
			out := make([]float64, len(in))
			for i, x := range in {
				out[i] = float64(x) / unit
			}
			return vec(kernel.ConvertTo(to, out)), nil
		}, nil
	case s.to.IsInteger() || s.to.IsFloat() || s.to.Kind == types.Bool, s.to.Kind == types.Interval && s.from.Kind != types.DateTime64:
		to := s.to.Phys()
		return func(_ *run, v *batch.Vector) (*batch.Vector, error) { return vec(kernel.ConvertTo(to, v.Data)), nil }, nil
	default:
		return nil, s.impossible()
	}
}

// checkedSeconds refuses numbers that no Date or DateTime is made of, where ranges are checked.
//
//go:noinline
func (s *castSite) checkedSeconds(f convert, err error) (convert, error) {
	if err != nil || !s.rules.accurate || !plainNumber(s.from) || (s.to.Kind != types.Date && s.to.Kind != types.DateTime) {
		return f, err
	}
	return func(r *run, v *batch.Vector) (*batch.Vector, error) {
		out, err := f(r, v)
		if err != nil {
			return nil, err
		}
		bad := &faults{r: r, rules: s.rules}
		for i, x := range floats(v) {
			if x >= 0 && x <= math.MaxUint32 {
				continue
			}
			if err := bad.at(i, func() error { return s.lossy(v, i) }); err != nil {
				return nil, err
			}
		}
		return bad.vec(out.Data), nil
	}, nil
}

func pow10(n int) int64 {
	v := int64(1)
	for range n {
		v *= 10
	}
	return v
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b != 0 && (a < 0) != (b < 0) {
		q--
	}
	return q
}

// days is a column of dates, times or numbers as days since 1970; numbers beyond
// limit count as Unix seconds, as ClickHouse takes them.
func (s *castSite) days(v *batch.Vector, limit int64) []int64 {
	switch {
	case s.from.IsDate():
		return ints(v)
	case s.from.IsTime():
		return localDays(v, s.from, s.ctx.zoneOf(s.from))
	}
	clock := s.ctx.zone().Clock()
	var out []int64
	switch d := v.Data.(type) {
	case []uint64:
		out = make([]int64, len(d))
		for i, x := range d {
			out[i] = int64(min(x, math.MaxInt64))
		}
	default:
		if s.from.IsFloat() {
			in := floats(v)
			out = make([]int64, len(in))
			for i, x := range in {
				switch out[i] = saturated(x); {
				case math.IsNaN(x) && s.to.Kind == types.Date32:
					out[i] = types.MinDate32
				case x > float64(limit) && out[i] == limit:
					out[i]++ // seconds
				}
			}
			break
		}
		out = slices.Clone(ints(v))
	}
	latest := int64(math.MaxUint32)
	if s.to.Kind == types.Date32 {
		latest = (types.MaxDate32+1)*secondsPerDay - 1
	}
	for i, x := range out {
		if x > limit {
			out[i] = floorDiv(clock.Local(min(x, latest)), secondsPerDay)
		}
	}
	return out
}

// saturated is the integer part of x, the nearest int64 where there is none, 0
// for NaN.
func saturated(x float64) int64 {
	switch {
	case math.IsNaN(x):
		return 0
	case x >= 0x1p63:
		return math.MaxInt64
	case x < -0x1p63:
		return math.MinInt64
	default:
		return int64(x)
	}
}

// localDays are the days on which times fall in a zone.
func localDays(v *batch.Vector, t types.Type, zone *types.Zone) []int64 {
	out := localSeconds(v, t, zone)
	for i, x := range out {
		out[i] = floorDiv(x, secondsPerDay)
	}
	return out
}

// localSeconds are times as wall-clock seconds of a zone; new memory.
func localSeconds(v *batch.Vector, t types.Type, zone *types.Zone) []int64 {
	secs := unixSeconds(v, t)
	kernel.ToLocal(secs, zone.Clock())
	return secs
}

// unixSeconds are times as whole Unix seconds, rounded down; new memory.
func unixSeconds(v *batch.Vector, t types.Type) []int64 {
	switch d := v.Data.(type) {
	case []uint32:
		out := make([]int64, len(d))
		kernel.Convert(out, d)
		return out
	case []int64:
		unit := pow10(int(t.Scale))
		out := make([]int64, len(d))
		for i, x := range d {
			out[i] = floorDiv(x, unit)
		}
		return out
	default:
		return append([]int64(nil), ints(v)...)
	}
}

func (s *castSite) toDate() (convert, error) {
	if !s.from.IsDate() && !s.from.IsTime() && !numberLike(s.from) {
		return nil, s.impossible()
	}
	if s.from.Kind == types.DateTime && s.to.Kind == types.Date {
		clock := s.ctx.zoneOf(s.from).Clock()
		return func(_ *run, v *batch.Vector) (*batch.Vector, error) {
			in := batch.Values[uint32](v)
			out := make([]uint16, len(in))
			kernel.LocalDays(out, in, clock)
			return vec(out), nil
		}, nil
	}
	wraps := s.from.IsDate() || s.from.IsTime()
	if s.to.Kind == types.Date {
		return func(_ *run, v *batch.Vector) (*batch.Vector, error) {
			in := s.days(v, types.MaxDate)
			out := make([]uint16, len(in))
			for i, d := range in {
				if !wraps || s.rules.basicTimes {
					d = min(d, types.MaxDate)
				}
				if !s.from.IsDate() || s.rules.basicTimes {
					d = max(d, 0)
				}
				out[i] = uint16(d)
			}
			return vec(out), nil
		}, nil
	}
	return func(_ *run, v *batch.Vector) (*batch.Vector, error) {
		in := s.days(v, types.MaxDate32)
		out := make([]int32, len(in))
		for i, d := range in {
			out[i] = int32(min(max(d, types.MinDate32), types.MaxDate32))
		}
		return vec(out), nil
	}, nil
}

// toTime converts to DateTime and DateTime64.
func (s *castSite) toTime() (convert, error) {
	switch {
	case s.from.IsDate():
		return s.dateToTime, nil
	case s.from.Kind == types.DateTime && s.to.Kind == types.DateTime:
		return func(_ *run, v *batch.Vector) (*batch.Vector, error) { return v, nil }, nil
	case s.from.Kind == types.Decimal && s.to.Kind == types.DateTime:
		return nil, s.impossible()
	case s.to.Kind == types.DateTime64 && (s.from.IsEnum() || s.from.Kind == types.Interval):
		return nil, s.impossible()
	case s.from.IsTime(), s.from.Kind == types.Decimal, !s.from.IsFloat() && numberLike(s.from):
		return s.scaledToTime, nil
	case s.from.IsFloat():
		return s.floatToTime, nil
	default:
		return nil, s.impossible()
	}
}

func (s *castSite) dateToTime(r *run, v *batch.Vector) (*batch.Vector, error) {
	secs := append([]int64(nil), ints(v)...)
	for i := range secs {
		if s.rules.basicTimes && s.to.Kind == types.DateTime {
			const most = math.MaxUint32/secondsPerDay - 1 // 2106-02-06
			secs[i] = min(max(secs[i], 0), most)
		}
		secs[i] *= secondsPerDay
	}
	kernel.ToUnix(secs, s.ctx.zoneOf(s.to).Clock())
	return s.timesOf(r, secs, 0)
}

// timesOf makes a DateTime (numbers the nearest, dates and times wrapping around but for toDateTimeOrDefault) or DateTime64 (overflow is an error) of
// ticks of 10**-scale seconds.
func (s *castSite) timesOf(r *run, ticks []int64, scale int) (*batch.Vector, error) {
	if s.to.Kind == types.DateTime {
		out := make([]uint32, len(ticks))
		unit := pow10(scale)
		for i, x := range ticks {
			sec := floorDiv(x, unit)
			if s.rules.basicTimes || !s.from.IsDate() && !s.from.IsTime() {
				sec = min(max(sec, 0), math.MaxUint32)
			}
			out[i] = uint32(sec)
		}
		return vec(out), nil
	}
	d := castSite{ctx: s.ctx, from: types.DecimalOf(18, scale), to: types.DecimalOf(18, int(s.to.Scale)), rules: s.rules}
	return d.rescale(r, &batch.Vector{Type: d.from, Len: len(ticks), Data: ticks})
}

func (s *castSite) scaledToTime(r *run, v *batch.Vector) (*batch.Vector, error) {
	if d, ok := v.Data.([]types.Int128); ok {
		narrow := make([]int64, len(d))
		for i, x := range d {
			narrow[i] = int64(x.Lo)
		}
		return s.timesOf(r, narrow, int(s.from.Scale))
	}
	if d, ok := v.Data.([]uint64); ok && s.to.Kind == types.DateTime {
		out := make([]uint32, len(d))
		for i, x := range d {
			out[i] = uint32(min(x, math.MaxUint32))
		}
		return vec(out), nil
	}
	secs := ints(v)
	if s.from.IsInteger() && s.to.Kind == types.DateTime64 {
		secs = append([]int64(nil), secs...)
		for i, x := range secs {
			if s.from.Kind == types.UInt64 && x < 0 {
				x = math.MaxInt64
			}
			secs[i] = min(max(x, firstSecond), lastSecond)
		}
	}
	return s.timesOf(r, secs, int(s.from.Scale))
}

// Numbers beyond what DateTime64 prints become the nearest time.
const (
	firstSecond = -62167219200 // 0000-01-01 00:00:00
	lastSecond  = 253402300799 // 9999-12-31 23:59:59
)

func (s *castSite) floatToTime(r *run, v *batch.Vector) (*batch.Vector, error) {
	in := floats(v)
	out := make([]int64, len(in))
	scale := int(s.to.Scale)
	if s.to.Kind == types.DateTime {
		scale = 0
	}
	for i, x := range in {
		if s.to.Kind == types.DateTime64 {
			if math.IsNaN(x) && !r.skips(i) {
				return nil, chcode.Errorf(chcode.DecimalOverflow, "DateTime64 convert overflow. Cannot convert infinity or NaN to decimal")
			}
			x = min(max(x, firstSecond), lastSecond)
		}
		out[i] = saturated(x * float64(pow10(scale)))
	}
	return s.timesOf(r, out, scale)
}
