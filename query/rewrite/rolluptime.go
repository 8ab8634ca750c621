package rewrite

import (
	"math"
	"strings"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/expr"
	"github.com/freshetdb/freshet/columnar/types"
)

// one is the value of a row in a count.
func one() expr.Expr {
	return expr.NewConst(batch.NewFixed(types.Of(types.UInt64), []uint64{1}, nil))
}

// zero is the type's default value.
func zero(t types.Type) expr.Expr {
	b := batch.NewBuilder(t, 1)
	b.AppendDefault()
	return expr.NewConst(b.Finish())
}

// timeBound is a condition like ts >= constant.
type timeBound struct {
	col   *expr.Column
	op    string
	value *expr.Const
}

var flipped = map[string]string{
	"greaterorequals": "lessorequals", "greater": "less", "lessorequals": "greaterorequals", "less": "greater",
}

func timeBoundOf(e expr.Expr) (timeBound, bool) {
	c, ok := e.(*expr.Call)
	if !ok || len(c.Args) != 2 {
		return timeBound{}, false
	}
	op := strings.ToLower(c.Name)
	if flipped[op] == "" {
		return timeBound{}, false
	}
	left, right := c.Args[0], c.Args[1]
	if _, ok := left.(*expr.Const); ok {
		left, right, op = right, left, flipped[op]
	}
	col, ok := left.(*expr.Column)
	k, isConst := right.(*expr.Const)
	if !ok || !isConst || !col.T.IsTime() || col.T.Nullable || k.Vec.IsNull(0) {
		return timeBound{}, false
	}
	return timeBound{col: col, op: op, value: k}, true
}

// isTimeBound tells conditions that bound a time: they need not follow from the
// keys, as the ends of the range are read from the table.
func isTimeBound(e expr.Expr) bool {
	_, ok := timeBoundOf(e)
	return ok
}

// span is a range [lo, hi) of a time column, as its integers.
type span struct {
	lo, hi       int64
	hasLo, hasHi bool
}

// bound splits a range of time between the rollup, which has its whole spans, and
// the table; the reason when it can't.
func (q *question) bound(r *rollup, a *answer, conds []expr.Expr) string {
	first, _ := timeBoundOf(conds[0])
	s := span{lo: math.MinInt64, hi: math.MaxInt64}
	for _, e := range conds {
		b, _ := timeBoundOf(e)
		if b.col.Pos != first.col.Pos {
			return "it has no key by which both " + first.col.Name + " and " + b.col.Name + " could be bounded"
		}
		if why := q.narrow(&s, b); why != "" {
			return why
		}
	}
	key, ok := q.bucket(r, first.col.Pos)
	if !ok {
		return "it has no key that holds " + first.col.Name + " by spans of time"
	}
	b := &buckets{ctx: q.ctx.Expr, expr: r.keys[key], col: first.col}
	lo, hi := s.lo, s.hi
	if s.hasLo {
		lo = b.ceil(s.lo)
	}
	if s.hasHi {
		hi = b.floor(s.hi)
	}
	if b.err != nil {
		return b.err.Error()
	}
	if (s.hasLo && s.hasHi && lo >= hi) || lo > b.greatest() {
		return "the range of time holds no whole span of " + r.keys[key].String()
	}
	if why := q.behind(&s, first.col, lo, hi); why != "" {
		return why
	}
	a.reach = reach{col: first.col, span: span{lo: lo, hi: hi, hasLo: s.hasLo, hasHi: s.hasHi}}
	return q.split(a, b, r.column(r.places[key]), s)
}

// split makes the conditions on the rollup, which answers a.reach, and those of the
// table's parts.
func (q *question) split(a *answer, b *buckets, key *expr.Column, s span) string {
	ts := q.scanned(b.col)
	if s.hasLo {
		a.filter = append(a.filter, b.cond("greaterOrEquals", key, b.at(a.reach.lo)))
		if s.lo < a.reach.lo {
			a.edges = append(a.edges, []expr.Expr{b.cond("less", ts, timeValue(b.col.T, a.reach.lo))})
		}
	}
	if s.hasHi {
		a.filter = append(a.filter, b.cond("less", key, b.at(a.reach.hi)))
		if a.reach.hi < s.hi {
			a.edges = append(a.edges, []expr.Expr{b.cond("greaterOrEquals", ts, timeValue(b.col.T, a.reach.hi))})
		}
	}
	a.ends = len(a.edges)
	if b.err != nil {
		return b.err.Error()
	}
	return ""
}

// scanned is a column by id as a field of the scan.
func (q *question) scanned(c *expr.Column) expr.Expr {
	for pos, place := range q.scan.Columns {
		if q.cols[place].ID == uint32(c.Pos) {
			return &expr.Column{Pos: pos, Name: c.Name, T: c.T}
		}
	}
	return c
}

// narrow takes a bound into account.
func (q *question) narrow(s *span, b timeBound) string {
	if t := b.value.Type(); t.Kind == types.DateTime64 && (b.col.T.Kind != types.DateTime64 || t.Scale > b.col.T.Scale) {
		return "the bound " + b.value.String() + " is finer than the column " + b.col.Name
	}
	cast, err := expr.NewCast(q.ctx.Expr, b.value, b.col.T, expr.CastInternal)
	if err != nil {
		return err.Error()
	}
	v, err := expr.Eval(q.ctx.Expr, cast, &batch.Batch{Rows: 1})
	if err != nil {
		return err.Error()
	}
	at := timeNumber(v)
	switch b.op {
	case "greater":
		at++
		fallthrough
	case "greaterorequals":
		s.lo, s.hasLo = max(s.lo, at), true
	case "lessorequals":
		at++
		fallthrough
	default:
		s.hi, s.hasHi = min(s.hi, at), true
	}
	return ""
}

// reach is the range of a time that a rollup answers; col is nil when the question has no bounds.
type reach struct {
	span
	col *expr.Column
}

func timeNumber(v *batch.Vector) int64 {
	switch d := v.Data.(type) {
	case []uint32:
		return int64(d[0])
	case []int64:
		return d[0]
	default:
		return 0
	}
}

// timeValue is a time of a column as one row.
func timeValue(t types.Type, at int64) *batch.Vector {
	switch t.Kind {
	case types.DateTime64:
		return batch.NewFixed(t, []int64{at}, nil)
	case types.Date32:
		return batch.NewFixed(t, []int32{int32(min(max(at, math.MinInt32), math.MaxInt32))}, nil)
	case types.Date:
		return batch.NewFixed(t, []uint16{uint16(min(max(at, 0), math.MaxUint16))}, nil)
	default:
		return batch.NewFixed(t, []uint32{uint32(min(max(at, 0), math.MaxUint32))}, nil)
	}
}

// bucket finds the key that holds a time column by the finest spans.
func (q *question) bucket(r *rollup, id int) (key int, ok bool) {
	var best timeCall
	for i, k := range r.keys {
		t, is := timeCallOf(k)
		if !is || !t.floors || t.col.Pos != id || !q.spansAreIntervals(t) || q.wraps(t) {
			continue
		}
		if !ok || nests(t.grain, best.grain) {
			key, best, ok = i, t, true
		}
	}
	return key, ok
}

// spansAreIntervals tells whether every span of a function of a time is one interval:
// where the clock is put back over midnight, a piece of the day before lies between two
// of the next one.
func (q *question) spansAreIntervals(t timeCall) bool {
	if t.col.T.IsDate() {
		return true
	}
	z, err := q.zone(t)
	return err == nil && (isAligned(z, t.grain) || z.Clock().SplitsNoDay())
}

// buckets is a function that rounds times of a column down.
type buckets struct {
	ctx  *expr.Ctx
	expr expr.Expr // over the column's id
	col  *expr.Column
	err  error
}

// at is the bucket of a time, as one row.
func (b *buckets) at(t int64) *batch.Vector {
	cols := make([]*batch.Vector, b.col.Pos+1)
	cols[b.col.Pos] = timeValue(b.col.T, t)
	v, err := expr.Eval(b.ctx, b.expr, &batch.Batch{Cols: cols, Rows: 1})
	if err != nil {
		if b.err == nil {
			b.err = err
		}
		return timeValue(b.col.T, 0)
	}
	return v.Expand()
}

// cond compares what stands left with a value.
func (b *buckets) cond(op string, left expr.Expr, v *batch.Vector) expr.Expr {
	e, err := expr.NewCall(b.ctx, op, []expr.Expr{left, expr.NewConst(v)})
	if err != nil && b.err == nil {
		b.err = err
	}
	return e
}

// same tells whether two times lie in one bucket.
func (b *buckets) same(x, y int64) bool {
	return string(b.at(x).Encode(nil)) == string(b.at(y).Encode(nil))
}

// least is the first time that a column holds.
func (b *buckets) least() int64 {
	switch b.col.T.Kind {
	case types.DateTime64:
		return math.MinInt64 / 4
	case types.Date32:
		return math.MinInt32
	default:
		return 0
	}
}

// greatest is the last time that a column holds.
func (b *buckets) greatest() int64 {
	switch b.col.T.Kind {
	case types.DateTime64:
		return math.MaxInt64 / 4
	case types.Date32:
		return math.MaxInt32
	case types.Date:
		return math.MaxUint16
	default:
		return math.MaxUint32
	}
}

// floor is the first time of the bucket of t.
func (b *buckets) floor(t int64) int64 {
	if t <= b.least() {
		return b.least()
	}
	lo := t // lies in the bucket
	step := int64(1)
	for lo-step >= b.least() && b.same(lo-step, t) {
		lo -= step
		step *= 2
	}
	before := max(lo-step, b.least()-1) // lies before it
	for lo-before > 1 {
		mid := before + (lo-before)/2
		if b.same(mid, t) {
			lo = mid
		} else {
			before = mid
		}
	}
	return lo
}

// ceil is t where a bucket begins there, else the first time of the next bucket.
func (b *buckets) ceil(t int64) int64 {
	if b.floor(t) == t {
		return t
	}
	in := t
	step := int64(1)
	for in+step <= b.greatest() && b.same(in+step, t) {
		in += step
		step *= 2
	}
	next := min(in+step, b.greatest()+1)
	for next-in > 1 {
		mid := in + (next-in)/2
		if b.same(mid, t) {
			in = mid
		} else {
			next = mid
		}
	}
	return next
}
