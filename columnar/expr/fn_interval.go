package expr

import (
	"strings"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/chcode"
	"github.com/freshetdb/freshet/columnar/kernel"
	"github.com/freshetdb/freshet/columnar/types"
)

// intervalFunctions make intervals and add them to dates and times.
func intervalFunctions() []*function {
	const cat = "Dates and times"
	var out []*function
	for u := types.Nanosecond; u <= types.Year; u++ {
		name := u.String()
		sample := "toDateTime('2024-01-31 12:00:00')"
		out = append(out,
			&function{
				Info: Info{Name: "toInterval" + name, Syntax: "toInterval" + name + "(n)", Description: "Is an interval of n " + strings.ToLower(name) + "s.", Returns: "Interval" + name, Category: "Type conversion", Example: "toInterval" + name + "(1)"},
				min:  1, max: 1, bind: func(s *site) (bound, error) { return bindToInterval(s, u) },
			},
			&function{
				Info: Info{Name: "add" + name + "s", CaseInsensitive: true, Syntax: "add" + name + "s(t, n)", Description: "Adds n " + strings.ToLower(name) + "s to a date or time.", Returns: "a date or time", Category: cat, Example: "add" + name + "s(" + sample + ", 1)"},
				min:  2, max: 2, bind: func(s *site) (bound, error) { return bindShift(s, 0, 1, u, 1) },
			},
			&function{
				Info: Info{Name: "subtract" + name + "s", CaseInsensitive: true, Syntax: "subtract" + name + "s(t, n)", Description: "Subtracts n " + strings.ToLower(name) + "s from a date or time.", Returns: "a date or time", Category: cat, Example: "subtract" + name + "s(" + sample + ", 1)"},
				min:  2, max: 2, bind: func(s *site) (bound, error) { return bindShift(s, 0, 1, u, -1) },
			})
	}
	return out
}

func bindToInterval(s *site, u types.Unit) (bound, error) {
	to := types.Type{Kind: types.Interval, Unit: u}
	f, err := bindValues(s.ctx, s.types[0], to, castRules{})
	if err != nil {
		return bound{}, err
	}
	return bound{ret: to, canThrow: castThrows(s.types[0], to), run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
		return f(r, args[0])
	}}, nil
}

// intervalCast converts intervals to another unit: a month has four weeks, and what is less than one unit is cut off.
func intervalCast(from, to types.Unit) convert {
	factor := int64(1)
	for u := min(from, to); u < max(from, to); u++ {
		factor *= [...]int64{1000, 1000, 1000, 60, 60, 24, 7, 4, 3, 4}[u]
	}
	return func(_ *run, v *batch.Vector) (*batch.Vector, error) {
		out := append([]int64(nil), v.Data.([]int64)...)
		for i := range out {
			if from < to {
				out[i] /= factor
			} else {
				out[i] *= factor
			}
		}
		return vec(out), nil
	}
}

// bindTimeSum binds plus and minus (sign -1) of a date or time and an interval
// or number; ok is false when the arguments are of another kind.
func bindTimeSum(s *site, sign int64) (b bound, ok bool, err error) {
	a, c := s.types[0], s.types[1]
	isTime := func(t types.Type) bool { return t.IsDate() || t.IsTime() }
	for i := range 2 {
		if s.types[1-i].Kind == types.Interval {
			if err := s.readTime(i); err != nil {
				return bound{}, false, err
			}
			a, c = s.types[0], s.types[1]
		}
	}
	isStep := func(t types.Type) bool { return t.Kind == types.Interval || plainNumber(t) }
	switch {
	case a.Kind == types.Interval && c.Kind == types.Interval && a.Unit == c.Unit:
		op := opAdd
		if sign < 0 {
			op = opSub
		}
		return bound{ret: a, run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
			return vec(arith(op, r.n, args[0].Data.([]int64), args[1].Data.([]int64))), nil
		}}, true, nil
	case isTime(a) && isStep(c):
		b, err = bindShift(s, 0, 1, stepUnit(a, c), sign)
		return b, true, err
	case isTime(c) && isStep(a) && sign > 0:
		b, err = bindShift(s, 1, 0, stepUnit(c, a), sign)
		return b, true, err
	default:
		return bound{}, false, nil
	}
}

// stepUnit is the unit of a step: that of an interval, days for dates and seconds
// for times when it is a number.
func stepUnit(t, step types.Type) types.Unit {
	switch {
	case step.Kind == types.Interval:
		return step.Unit
	case t.IsDate():
		return types.Day
	default:
		return types.Second
	}
}

// shiftType is the type of a date or time plus some units.
func shiftType(t types.Type, u types.Unit) (types.Type, bool) {
	switch {
	case t.IsDate() && u >= types.Day:
		return t, true
	case t.Kind == types.Date && u >= types.Second:
		return types.Of(types.DateTime), true
	case t.Kind == types.Date32 && u >= types.Second:
		return types.DateTime64Of(3, nil), true
	case t.Kind == types.Date || t.Kind == types.Date32:
		return types.Type{}, false
	case u >= types.Second:
		return t, true
	}
	scale := map[types.Unit]int{types.Millisecond: 3, types.Microsecond: 6, types.Nanosecond: 9}[u]
	return types.DateTime64Of(max(scale, int(t.Scale)), t.Zone), true
}

// bindShift adds sign*args[by] units to args[at].
func bindShift(s *site, at, by int, u types.Unit, sign int64) (bound, error) {
	if s.name != "plus" && s.name != "minus" {
		if err := s.readTime(at); err != nil {
			return bound{}, err
		}
	}
	t := s.types[at]
	if (!t.IsDate() && !t.IsTime()) || (s.types[by].Kind != types.Interval && !plainNumber(s.types[by])) {
		return bound{}, s.illegalAll()
	}
	ret, ok := shiftType(t, u)
	if !ok {
		return bound{}, chcode.Errorf(chcode.IllegalTypeOfArgument, "add%ss cannot be used with %s", u, t)
	}
	sh := &shifter{ctx: s.ctx, from: t, to: ret, unit: u, clock: s.ctx.zoneOf(t).Clock()}
	return bound{ret: ret, run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
		return sh.run(r, args[at], steps(args[by], sign)), nil
	}}, nil
}

// steps are the numbers of units to add.
func steps(v *batch.Vector, sign int64) []int64 {
	var in []int64
	if v.Type.IsFloat() {
		f := floats(v)
		in = make([]int64, len(f))
		for i, x := range f {
			in[i] = saturated(x)
		}
	} else {
		in = ints(v)
	}
	if sign > 0 {
		return in
	}
	out := make([]int64, len(in))
	for i, x := range in {
		out[i] = -x
	}
	return out
}

// shifter adds units to times.
type shifter struct {
	ctx      *Ctx
	from, to types.Type
	unit     types.Unit
	clock    *types.Clock
}

func (sh *shifter) run(r *run, v *batch.Vector, by []int64) *batch.Vector {
	switch {
	case sh.to.IsDate():
		return sh.days(r, v, by)
	case sh.from.IsDate():
		secs := append([]int64(nil), ints(v)...)
		for i := range secs {
			secs[i] *= secondsPerDay
		}
		kernel.ToUnix(secs, sh.clock)
		return sh.ticks(r, secs, 1, by)
	case sh.from.Kind == types.DateTime:
		secs := make([]int64, elements(v))
		kernel.Convert(secs, v.Data.([]uint32))
		return sh.ticks(r, secs, 1, by)
	default:
		return sh.ticks(r, v.Data.([]int64), pow10(int(sh.from.Scale)), by)
	}
}

func (sh *shifter) days(r *run, v *batch.Vector, by []int64) *batch.Vector {
	in := ints(v)
	out := make([]int64, r.n)
	for i := range out {
		out[i] = addDays(pick(in, i), sh.unit, pick(by, i))
	}
	if sh.to.Kind == types.Date {
		narrow := make([]uint16, r.n)
		for i, d := range out {
			if sh.unit >= types.Month {
				d = max(d, 0)
			}
			narrow[i] = uint16(d)
		}
		return vec(narrow)
	}
	return vec(kernel.ConvertTo(types.PhysI32, out))
}

// addDays adds calendar units to a day; a day that the month does not have
// becomes its last.
func addDays(day int64, u types.Unit, n int64) int64 {
	switch u {
	case types.Day:
		return day + n
	case types.Week:
		return day + 7*n
	case types.Quarter:
		n *= 3
	case types.Year:
		n *= 12
	default:
	}
	y, m, d := types.CivilFromDays(day)
	month := int64(y)*12 + int64(m-1) + n
	year := floorDiv(month, 12)
	m = int(month-12*year) + 1
	return types.DaysFromCivil(int(year), m, min(d, types.DaysInMonth(int(year), m)))
}

// ticks adds units to ticks of which scale make a second, and stores them in the
// type of the result.
func (sh *shifter) ticks(r *run, in []int64, scale int64, by []int64) *batch.Vector {
	to := int64(1)
	if sh.to.Kind == types.DateTime64 {
		to = pow10(int(sh.to.Scale))
	}
	out := make([]int64, r.n)
	grow := to / scale
	step, fixed := sh.fixedStep(to)
	for i := range out {
		t := pick(in, i) * grow
		if fixed {
			out[i] = t + step*pick(by, i)
			continue
		}
		sec := floorDiv(t, to)
		local := sh.clock.Local(sec)
		day := floorDiv(local, secondsPerDay)
		moved := addDays(day, sh.unit, pick(by, i))
		out[i] = sh.clock.Unix(moved*secondsPerDay+local-day*secondsPerDay)*to + t - sec*to
	}
	if sh.to.Kind == types.DateTime64 {
		return vec(out)
	}
	narrow := make([]uint32, r.n)
	for i, t := range out {
		if sh.unit >= types.Month {
			t = max(t, 0)
		}
		narrow[i] = uint32(t)
	}
	return vec(narrow)
}

// fixedStep is the length of a unit in ticks, where it does not depend on the
// calendar.
func (sh *shifter) fixedStep(ticks int64) (int64, bool) {
	switch sh.unit {
	case types.Nanosecond:
		return ticks / 1_000_000_000, true
	case types.Microsecond:
		return ticks / 1_000_000, true
	case types.Millisecond:
		return ticks / 1000, true
	case types.Second:
		return ticks, true
	case types.Minute:
		return 60 * ticks, true
	case types.Hour:
		return 3600 * ticks, true
	default:
		return 0, false
	}
}

// bindTimeDifference binds the difference of two dates or two times; ok is false
// for other arguments.
func bindTimeDifference(s *site) (b bound, ok bool) {
	a, c := s.types[0], s.types[1]
	ret := types.Of(types.Int32)
	switch {
	case a.Kind == types.Date && c.Kind == types.Date:
	case a.Kind == types.DateTime && c.Kind == types.DateTime:
	case a.IsTime() && c.IsTime():
		scale := int(max(a.Scale, c.Scale))
		shiftA, shiftC := pow10(scale-int(a.Scale)), pow10(scale-int(c.Scale))
		return bound{ret: types.DecimalOf(18, scale), run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
			x, y := ints(args[0]), ints(args[1])
			out := make([]int64, r.n)
			for i := range out {
				out[i] = pick(x, i)*shiftA - pick(y, i)*shiftC
			}
			return vec(out), nil
		}}, true
	default:
		return bound{}, false
	}
	return bound{ret: ret, run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
		x, y := ints(args[0]), ints(args[1])
		out := make([]int32, r.n)
		for i := range out {
			out[i] = int32(pick(x, i) - pick(y, i))
		}
		return vec(out), nil
	}}, true
}
