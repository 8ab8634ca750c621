package rewrite

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/freshetdb/freshet/columnar/agg"
	"github.com/freshetdb/freshet/columnar/expr"
	"github.com/freshetdb/freshet/columnar/table"
	"github.com/freshetdb/freshet/columnar/types"
	"github.com/freshetdb/freshet/query/plan"
)

// Candidate is a managed rollup of a table, as the query's views have it.
type Candidate struct {
	Table plan.Table
	Def   *table.Def
	Rows  int64
	Bytes int64
	// Horizon is the first instant, in Unix seconds, that the rollup still has; 0 for
	// all.
	Horizon int64
	// Gaps are where the rollup holds other rows than its table.
	Gaps []table.RollupGap
	// Refused says why no query may be answered from it now: it is being filled, or
	// holds other rows than its table and nobody knows where. Empty when that is not so.
	Refused string
}

// Source is the table that rollups are of: its rows, and the first instant, in Unix
// seconds, that it still has; 0 for all.
type Source struct {
	Def     *table.Def
	Rows    int64
	Horizon int64
	// Outside tells whether a column may hold a time that no DateTime holds.
	Outside func(c *types.Column) bool
}

// Rollups tells the rules which rollups there are.
type Rollups interface {
	// Of lists the rollups of a table; none for tables that are not stored.
	Of(t plan.Table) ([]Candidate, Source)
}

// useRollups answers aggregations over a table from a rollup of it, where the
// answer is the same: what the query groups by, filters and aggregates must follow
// from the rollup's keys and states. Of a range of time the whole spans come from
// the rollup, the parts of spans at both ends from the table.
func useRollups(ctx *Context, root plan.Node) plan.Node {
	if ctx.Rollups == nil {
		return root
	}
	return bottomUp(root, func(n plan.Node) plan.Node {
		a, ok := n.(*plan.Aggregate)
		if !ok {
			return n
		}
		c, ok := chainOf(a)
		if !ok {
			return n
		}
		scan, ok := c.base.(*plan.Scan)
		if !ok || scan.Limit > 0 {
			return n
		}
		return ctx.fromRollup(c, scan)
	})
}

// fromRollup chooses the cheapest rollup that gives the answer of an aggregation.
func (ctx *Context) fromRollup(c *chain, scan *plan.Scan) plan.Node {
	list, src := ctx.Rollups.Of(scan.Table)
	if len(list) == 0 {
		return c.agg
	}
	q := newQuestion(ctx, c, scan, src)
	behind := q.behindHorizon()
	var best *answer
	for i := range list {
		cand := &list[i]
		ans := q.answerFrom(cand, behind, src.Rows)
		if ans == nil {
			continue
		}
		if best == nil {
			best = ans
			continue
		}
		better, why := best.against(ans)
		worse := ans
		if better == ans {
			worse = best
		}
		ctx.note(worse.cand, "not used: %s %s", better.cand.Def.FullName(), why)
		best = better
	}
	if best == nil {
		return c.agg
	}
	ctx.note(best.cand, "used%s%s", best.horizonNote(), best.edgesNote())
	ctx.Used = append(ctx.Used, Use{Rollup: best.cand.Def.FullName(), Rounding: best.rounding, Since: best.since})
	return best.plan()
}

// answerFrom is the answer that a rollup gives: to behind, the question without the
// bound of the table's horizon, where there is one and it can, else to q. Nil, with a
// note why, when there is none that is worth it.
func (q *question) answerFrom(cand *Candidate, behind *question, rows int64) *answer {
	if cand.Refused != "" {
		q.ctx.note(cand, "not used: %s", cand.Refused)
		return nil
	}
	if behind != nil {
		ans, why := behind.ask(cand)
		if ans != nil {
			ans.cost = cost(cand, ans)
			return ans // The table can't answer that at any cost.
		}
		q.ctx.note(cand, "not used behind the horizon of %s: %s", q.scan.Table.Name(), why)
	}
	most := int64(math.MaxInt64)
	if !q.ctx.AnyCost {
		most = rows * int64(1+len(q.c.agg.Calls))
	}
	if !q.ctx.Explain && !q.may(cand, most) { // Fast path: nobody wants to know why.
		return nil
	}
	ans, why := q.ask(cand)
	if ans == nil {
		q.ctx.note(cand, "not used: %s", why)
		return nil
	}
	ans.cost = cost(cand, ans)
	if ans.cost > most {
		q.ctx.note(cand, "not used: %s", q.noSmaller())
		return nil
	}
	return ans
}

func (q *question) noSmaller() string { return "it is no smaller than " + q.def.FullName() }

// against chooses between two answers: the one that reaches further back, of those that
// reach as far behind the table's horizon the older rollup, which was made when more of
// the table was there; else the cheaper one.
func (a *answer) against(b *answer) (better *answer, why string) {
	switch {
	case a.since < b.since:
		return a, "reaches further back"
	case a.since > b.since:
		return b, "reaches further back"
	case a.q.beyond > 0 && a.cand.Def.ID < b.cand.Def.ID:
		return a, "is older"
	case a.q.beyond > 0:
		return b, "is older"
	case a.cost <= b.cost:
		return a, "is cheaper"
	default:
		return b, "is cheaper"
	}
}

// cost of reading a rollup, in about the unit of a row and aggregate of detail: the
// bytes of states that are merged cost as many rows, of those that are finished as they
// are an eighth.
func cost(cand *Candidate, a *answer) int64 {
	states := 0
	for _, call := range a.calls {
		if call.Merge {
			states++
		}
	}
	return a.q.costOf(cand, len(a.calls)-states, states, a.isOfWholeKeys())
}

// costOf is the cost of so many values and states of each row of a rollup. Each group is
// a row of it, or several are merged.
func (q *question) costOf(cand *Candidate, values, states int, isOfWholeKeys bool) int64 {
	n := cand.Rows * int64(1+values+2*states)
	if states == 0 {
		return n
	}
	rest := max(cand.Bytes-smallRollup, cand.Bytes/8) // less what every file has
	switch {
	case q.asksForStates(): // Whoever asked for them goes through their members.
		return n + 2*rest
	case isOfWholeKeys:
		return n + cand.Bytes/8
	default:
		return n + rest
	}
}

// smallRollup is the bytes of a rollup that are cheap to merge, whatever they are.
const smallRollup = 64 << 10

// asksForStates tells whether the question is for states, not for their values.
func (q *question) asksForStates() bool {
	return slices.ContainsFunc(q.c.agg.Calls, func(c plan.AggCall) bool { return c.Func.Result().Kind == types.AggregateFunction })
}

// isOfWholeKeys tells whether each group of the answer is a row of the rollup.
func (a *answer) isOfWholeKeys() bool {
	keys := map[int]bool{}
	for _, k := range a.keys {
		if c, ok := k.(*expr.Column); ok {
			keys[c.Pos] = true
		}
	}
	return len(keys) >= len(a.cand.Def.Derived.Keys)
}

// question is an aggregation over a table's rows with all expressions over column
// ids, as definitions hold them.
type question struct {
	ctx  *Context
	c    *chain
	scan *plan.Scan
	def  *table.Def // of the table
	// horizon is the table's, in Unix seconds, 0 for none; beyond is the same where the
	// question reaches behind it, else 0.
	horizon, beyond int64
	outside         func(c *types.Column) bool
	cols            []types.Column
	keys            []expr.Expr
	args            [][]expr.Expr
	filter          []expr.Expr
	forms           [][]form // of each call
	needs           []int    // columns that keys and conditions read, but for the bounds of a time
}

// form is one of the ways in which a rollup may hold what a call asks for.
type form struct {
	name string
	args []expr.Expr
	cond expr.Expr // that must follow from the rollup's keys; may be nil
}

// formsOf are the aggregate as it stands, then without -State, then without -If.
func formsOf(f agg.Func, args []expr.Expr) []form {
	name := f.Name()
	list := []form{{name: name, args: args}}
	if base, ok := strings.CutSuffix(name, "State"); ok && f.Result().Kind == types.AggregateFunction {
		list = append(list, form{name: base, args: args})
	}
	if base, ok := strings.CutSuffix(name, "If"); ok && len(args) > 0 {
		list = append(list, form{base, args[:len(args)-1], args[len(args)-1]})
	}
	return list
}

// isIn tells whether a state of a rollup is one of its form.
func (f *form) isIn(r *rollup, state int) bool {
	return sameFunction(r.Def.Derived.States[state].Func, f.name) && slices.EqualFunc(f.args, r.args[state], expr.Equal)
}

// may tells, for less than asking costs, whether a rollup may be worth to be asked: it
// reads all columns that are needed, and has a state for each call, so few bytes of them
// that they can't cost more than most.
func (q *question) may(cand *Candidate, most int64) bool {
	r, err := decode(cand)
	if err != nil {
		return false
	}
	for _, c := range q.needs {
		if !slices.Contains(r.reads, c) {
			return false
		}
	}
	values, states := 0, 0
	for _, forms := range q.forms {
		isThere, isValue := r.has(forms)
		switch {
		case !isThere:
			return false
		case isValue:
			values++
		default:
			states++
		}
	}
	return q.costOf(cand, values, states, true) <= most
}

// has tells whether a rollup may have one of some forms, and a finished value of it.
func (r *rollup) has(forms []form) (isThere, isValue bool) {
	for i := range forms {
		for s, st := range r.Def.Derived.States {
			if forms[i].isIn(r, s) {
				isThere = true
				isValue = isValue || r.Def.Schema.Columns[r.place(st.Column)].Type.Simple != ""
			}
		}
	}
	return isThere, isValue
}

func newQuestion(ctx *Context, c *chain, scan *plan.Scan, src Source) *question {
	q := &question{ctx: ctx, c: c, scan: scan, def: src.Def, cols: scan.Table.Columns(), horizon: src.Horizon, outside: src.Outside}
	byID := func(e expr.Expr) expr.Expr {
		return expr.Remap(e, func(pos int) int { return int(q.cols[scan.Columns[pos]].ID) })
	}
	q.keys = changed(c.keys, byID)
	for _, list := range c.args {
		q.args = append(q.args, changed(list, byID))
	}
	q.filter = changed(append(append([]expr.Expr(nil), scan.Filter...), c.filter...), byID)
	for i, call := range c.agg.Calls {
		q.forms = append(q.forms, formsOf(call.Func, q.args[i]))
	}
	for _, e := range q.keys {
		q.needs = append(q.needs, expr.Columns(e)...)
	}
	for _, e := range q.filter {
		if !isTimeBound(e) {
			q.needs = append(q.needs, expr.Columns(e)...)
		}
	}
	return q
}

// answer is how a rollup answers a question.
type answer struct {
	q        *question
	cand     *Candidate
	keys     []expr.Expr // over the rollup's columns by place
	filter   []expr.Expr
	calls    []plan.AggCall
	more     [][]expr.Expr // arguments of the calls over the table's rows, by scan position
	edges    [][]expr.Expr // conditions, by scan position, of the parts that the table answers
	ends     int           // how many of them are at the ends of the range
	reach    reach
	since    int64    // Unix seconds: from when on it has everything; 0: from the beginning
	gaps     []string // why the others are there
	rounding bool
	cost     int64
}

// rollup is a candidate with its expressions decoded.
type rollup struct {
	*Candidate
	*decoded
}

// decoded is the expressions of a rollup's definition.
type decoded struct {
	filter []expr.Expr
	keys   []expr.Expr
	places []int // of the keys in the rollup's schema
	args   [][]expr.Expr
	reads  []int // columns of the table, by keys and filter
}

// decodedMax bounds the definitions that are kept decoded.
const decodedMax = 1024

// decodedDefs are definitions that were asked before, *table.Def to *decoded: neither
// changes, and every statement asks all rollups of its tables.
var (
	decodedDefs  sync.Map
	decodedCount atomic.Int64
)

func decode(cand *Candidate) (*rollup, error) {
	if d, ok := decodedDefs.Load(cand.Def); ok {
		return &rollup{cand, d.(*decoded)}, nil
	}
	d, err := decodeDef(cand.Def)
	if err != nil {
		return nil, err
	}
	if decodedCount.Add(1) > decodedMax {
		decodedDefs.Clear()
		decodedCount.Store(1)
	}
	decodedDefs.Store(cand.Def, d)
	return &rollup{cand, d}, nil
}

func decodeDef(def *table.Def) (*decoded, error) {
	in, r := &def.Derived.From, &decoded{}
	if in.Filter != nil {
		e, err := expr.Decode(in.Filter)
		if err != nil {
			return nil, err
		}
		r.filter = expr.Conjuncts(e)
		r.reads = expr.Columns(e)
	}
	for i, b := range in.Keys {
		e, err := expr.Decode(b)
		if err != nil {
			return nil, err
		}
		r.keys = append(r.keys, e)
		r.reads = append(r.reads, expr.Columns(e)...)
		r.places = append(r.places, placeOf(def, def.Derived.Keys[i]))
	}
	for _, list := range in.Args {
		var args []expr.Expr
		for _, b := range list {
			e, err := expr.Decode(b)
			if err != nil {
				return nil, err
			}
			args = append(args, e)
		}
		r.args = append(r.args, args)
	}
	return r, nil
}

func (r *rollup) place(id uint32) int { return placeOf(r.Def, id) }

func placeOf(def *table.Def, id uint32) int {
	return slices.IndexFunc(def.Schema.Columns, func(c types.Column) bool { return c.ID == id })
}

func (r *rollup) column(place int) *expr.Column {
	c := &r.Def.Schema.Columns[place]
	return &expr.Column{Pos: place, Name: c.Name, T: c.Type.NotSimple()}
}

// ask finds how a rollup answers the question, or why it can't.
func (q *question) ask(cand *Candidate) (*answer, string) {
	r, err := decode(cand)
	if err != nil {
		return nil, err.Error()
	}
	a := &answer{q: q, cand: cand}
	for i := range q.c.agg.Calls {
		if why := q.answerCall(r, a, i); why != "" {
			return nil, why
		}
	}
	conj := slices.Clone(q.filter)
	for _, f := range r.filter {
		i := slices.IndexFunc(conj, func(e expr.Expr) bool { return expr.Equal(e, f) })
		if i < 0 {
			return nil, fmt.Sprintf("it holds only rows where %s", f)
		}
		conj = slices.Delete(conj, i, i+1)
	}
	for _, k := range q.keys {
		e, why := q.derive(r, k)
		if e == nil {
			return nil, why
		}
		a.keys = append(a.keys, e)
	}
	var times []expr.Expr
	for _, f := range conj {
		e, why := q.derive(r, f)
		if e == nil {
			if !isTimeBound(f) {
				return nil, why
			}
			times = append(times, f)
			continue
		}
		if expr.CanThrow(e) {
			return nil, fmt.Sprintf("the condition %s may fail for rows that the query does not read", f)
		}
		a.filter = append(a.filter, e)
	}
	if len(times) > 0 {
		if why := q.bound(r, a, times); why != "" {
			return nil, why
		}
	}
	if why := q.sinceOf(r, a); why != "" {
		return nil, why
	}
	if why := q.around(r, a); why != "" {
		return nil, why
	}
	return a, ""
}

// mark is added to the place of a rollup's column while an expression is made of
// one over the table's columns.
const mark = 1 << 26

// derive makes an expression over the table's columns one over the rollup's; nil
// with the reason when it does not follow from the keys.
func (q *question) derive(r *rollup, e expr.Expr) (expr.Expr, string) {
	out := expr.Rewrite(e, func(x expr.Expr) expr.Expr {
		if c, ok := x.(*expr.Column); ok && c.Pos < 0 {
			return x
		}
		for i, k := range r.keys {
			if expr.Equal(x, k) {
				return marked(r.column(r.places[i]))
			}
		}
		return q.coarser(r, x)
	})
	for _, pos := range expr.Columns(out) {
		if pos < mark {
			return nil, fmt.Sprintf("%s does not follow from its keys (column %s)", e, q.nameOf(pos))
		}
	}
	return expr.Remap(out, func(pos int) int { return pos - mark }), ""
}

func marked(c *expr.Column) *expr.Column {
	c.Pos += mark
	return c
}

func (q *question) nameOf(id int) string {
	for i := range q.cols {
		if q.cols[i].ID == uint32(id) {
			return q.cols[i].Name
		}
	}
	return "?"
}

// coarser makes a function of a time, such as toStartOfHour(ts), one of a key that
// holds the time by finer spans, such as toStartOfMinute(ts); x itself when there is
// none.
func (q *question) coarser(r *rollup, x expr.Expr) expr.Expr {
	want, ok := timeCallOf(x)
	if !ok {
		return x
	}
	for i, k := range r.keys {
		have, ok := timeCallOf(k)
		if !ok || !have.floors || !have.isTime() || have.col.Pos != want.col.Pos ||
			!nests(have.grain, want.grain) || !q.sameSpans(have, want) || q.wraps(have) {
			continue
		}
		key, err := q.inZone(marked(r.column(r.places[i])), want)
		if err != nil {
			continue
		}
		over, err := want.call.Over(key)
		if err == nil && over.Type().Equal(x.Type()) {
			return over
		}
	}
	return x
}

// wraps tells whether spans of times that are far apart may have one name: a function of a
// DateTime64 or Date32 gives a DateTime or Date, which go round.
func (q *question) wraps(t timeCall) bool {
	if from, to := t.col.T.Kind, t.call.Type().Kind; (from != types.DateTime64 && from != types.Date32) || (to != types.DateTime && to != types.Date) {
		return false
	}
	i := slices.IndexFunc(q.cols, func(c types.Column) bool { return c.ID == uint32(t.col.Pos) })
	return i >= 0 && q.outside != nil && q.outside(&q.cols[i])
}

// sameSpans tells whether two functions of a time, the first the finer one, mean
// spans of one clock.
func (q *question) sameSpans(have, want timeCall) bool {
	a, errA := q.zone(have)
	b, errB := q.zone(want)
	if errA != nil || errB != nil {
		return false
	}
	if a.Name() == b.Name() {
		return keepsSpans(a, have.grain, want.grain)
	}
	return isAligned(a, have.grain) && isAligned(b, have.grain)
}

// inZone shows a key's times by the clock that a function without a zone would take
// them by: that of the column which the key was made of, or the query's.
func (q *question) inZone(key expr.Expr, want timeCall) (expr.Expr, error) {
	t := key.Type()
	if !t.IsTime() || want.zone != "" || t.ZoneName() == want.col.T.ZoneName() {
		return key, nil
	}
	var err error
	if t.Zone, err = q.zone(want); err != nil { // By name: a cast to a type without a zone keeps the key's.
		return nil, err
	}
	return expr.NewCast(q.ctx.Expr, key, t, expr.CastInternal)
}

func (q *question) zone(t timeCall) (*types.Zone, error) { return zoneOf(q.ctx, t) }

// zoneOf is the zone whose clock a function of a time goes by.
func zoneOf(ctx *Context, t timeCall) (*types.Zone, error) {
	switch {
	case t.zone != "":
		return types.LoadZone(t.zone)
	case t.col.T.Zone != nil:
		return t.col.T.Zone, nil
	default:
		return ctx.Expr.Zone, nil
	}
}

// answerCall finds how the rollup gives the i-th aggregate; the reason when it
// can't.
func (q *question) answerCall(r *rollup, a *answer, i int) string {
	call := q.c.agg.Calls[i]
	switch call.Func.Class() {
	case agg.ClassB:
		if !q.ctx.AllowInexact {
			return call.Name + " depends on the order of rows (allow_inexact_rollups = 1 allows it)"
		}
	case agg.Rounding:
		a.rounding = true
	case agg.ClassA:
	}
	for k := range q.forms[i] {
		f := &q.forms[i][k]
		var cond expr.Expr
		if f.cond != nil {
			if cond, _ = q.derive(r, f.cond); cond == nil || expr.CanThrow(cond) {
				continue
			}
		}
		if q.useState(r, a, i, f, cond) {
			return ""
		}
	}
	return "it has no " + call.Name
}

// useState answers a call from a state of the rollup, if there is one of a form; cond
// is the form's condition over the rollup.
func (q *question) useState(r *rollup, a *answer, i int, f *form, cond expr.Expr) bool {
	call := q.c.agg.Calls[i]
	for s, st := range r.Def.Derived.States {
		if !f.isIn(r, s) {
			continue
		}
		place := r.place(st.Column)
		col := r.Def.Schema.Columns[place]
		from := []expr.Expr{r.column(place)}
		if cond != nil {
			from = append(from, cond)
		}
		if col.Type.Simple == "" {
			if !slices.Equal(call.Func.StateType().Params, st.Params) {
				continue
			}
			if t := call.Func.Result(); t.Kind == types.AggregateFunction && !t.Equal(col.Type) {
				continue
			}
			a.calls = append(a.calls, plan.AggCall{Func: call.Func, Args: from, Name: call.Name, Merge: true})
			a.more = append(a.more, q.c.args[i])
			return true
		}
		if q.useSimple(a, i, col, from) {
			return true
		}
	}
	return false
}

// useSimple answers a call by merging finished values: a count is a sum of counts.
// Rows of the table take part with the value that they are alone.
func (q *question) useSimple(a *answer, i int, col types.Column, from []expr.Expr) bool {
	call := q.c.agg.Calls[i]
	if len(call.Func.Params()) > 0 {
		return false // groupUniqArrayArray(3): the values are merged without them
	}
	t := col.Type.NotSimple()
	name, args := strings.ToLower(call.Func.Name()), q.c.args[i]
	var cond expr.Expr
	if strings.HasSuffix(name, "if") {
		cond, args = args[len(args)-1], args[:len(args)-1]
	}
	value := one()
	if len(args) > 0 {
		if strings.HasPrefix(name, "count") {
			return false // of a Nullable it leaves rows out
		}
		var err error
		if value, err = expr.NewCast(q.ctx.Expr, args[0], t, expr.CastInternal); err != nil {
			return false
		}
	}
	merge, more := col.Type.Simple, []expr.Expr{value}
	argTypes := []types.Type{t}
	switch {
	case len(from) > 1: // the rollup's rows are chosen by the condition
		merge, more, argTypes = merge+"If", append(more, cond), append(argTypes, from[1].Type())
	case cond != nil: // the rollup's value has the condition in it
		if merge != "sum" {
			return false
		}
		chosen, err := expr.NewCall(q.ctx.Expr, "if", []expr.Expr{cond, value, zero(t)})
		if err != nil || !chosen.Type().Equal(t) {
			return false
		}
		more[0] = chosen
	}
	f, err := agg.New(merge, nil, argTypes)
	if err != nil || !f.Result().Equal(call.Func.Result()) {
		return false
	}
	a.calls = append(a.calls, plan.AggCall{Func: f, Args: from, Name: call.Name})
	a.more = append(a.more, more)
	return true
}

// sameFunction compares names of aggregate functions; the commonest are known in
// any case.
func sameFunction(a, b string) bool {
	if a == b {
		return true
	}
	switch strings.ToLower(a) {
	case "count", "sum", "min", "max", "avg":
		return strings.EqualFold(a, b)
	default:
		return false
	}
}

// edgesNote says in words what the table answers itself.
func (a *answer) edgesNote() string {
	name := a.q.scan.Table.Name()
	var parts []string
	switch a.ends {
	case 0:
	case 1:
		parts = append(parts, "the part of a span at one end from "+name)
	default:
		parts = append(parts, "the parts of spans at both ends from "+name)
	}
	if len(a.gaps) > 0 {
		parts = append(parts, "the spans from "+name+" in which it holds other rows ("+strings.Join(a.gaps, "; ")+")")
	}
	if len(parts) == 0 {
		return ""
	}
	return ", with " + strings.Join(parts, " and ")
}

// plan is the aggregation over the rollup.
func (a *answer) plan() plan.Node {
	scan := &plan.Scan{Table: a.cand.Table}
	to := make([]int, len(a.cand.Def.Schema.Columns))
	for place := range a.cand.Def.Schema.Columns {
		c := &a.cand.Def.Schema.Columns[place]
		to[place] = len(scan.Columns)
		scan.Columns, scan.Names = append(scan.Columns, place), append(scan.Names, c.Name)
	}
	scan.Filter = moveAll(a.filter, to)
	out := *a.q.c.agg
	out.Input, out.Keys = scan, moveAll(a.keys, to)
	out.Calls = slices.Clone(a.calls)
	for i := range out.Calls {
		out.Calls[i].Args = moveAll(out.Calls[i].Args, to)
	}
	for _, cond := range a.edges {
		s := *a.q.scan
		s.Filter = append(append(append([]expr.Expr(nil), s.Filter...), a.q.c.filter...), cond...)
		out.More = append(out.More, plan.AggregateInput{Input: &s, Keys: a.q.c.keys, Args: a.more})
	}
	return &out
}
