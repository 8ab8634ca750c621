package engine

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/freshetdb/freshet/columnar/agg"
	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/expr"
	"github.com/freshetdb/freshet/columnar/table"
	"github.com/freshetdb/freshet/columnar/types"
	"github.com/freshetdb/freshet/query/exec"
	"github.com/freshetdb/freshet/query/plan"
	"github.com/freshetdb/freshet/query/rewrite"
)

// Certificate says how far an answer may be trusted: what is known of it when its
// first byte goes out, which nothing later can change.
type Certificate struct {
	// Partial says what is missing; "" when nothing is.
	Partial string
	// Approximate names the functions that estimate, Errors their stated errors.
	Approximate []string
	Errors      []string
	// OrderDependent names functions whose answer depends on the order of rows.
	OrderDependent []string
	// Rounding tells that floating point was summed: the last digits may differ.
	Rounding bool
	// Rollups are those that answered instead of their tables.
	Rollups []string
	// Horizon is the first instant that the tables read still keep; zero for all.
	Horizon time.Time
	// CompleteThrough is the event time up to which all rows are there, if every
	// table read declares its lateness.
	CompleteThrough time.Time
	// Positions are the log indexes that the shards were read at.
	Positions []uint64
	// Cached is the age of an answer that another query computed; zero when this one
	// did.
	Cached time.Duration
	// Stale is for how long rows may have changed that the answer lacks.
	Stale time.Duration
}

// String is the header X-Freshet-Answer.
func (c *Certificate) String() string {
	parts := []string{"exact"}
	switch {
	case c.Partial != "":
		parts = []string{"partial", "reason=" + c.Partial}
	case len(c.Approximate) > 0:
		parts = []string{"approximate", "error=" + strings.Join(c.Errors, ", "), "functions=" + strings.Join(c.Approximate, ",")}
	}
	if c.Rounding {
		parts = append(parts, "rounding=last digits of floating-point sums")
	}
	if len(c.OrderDependent) > 0 {
		parts = append(parts, "order-dependent="+strings.Join(c.OrderDependent, ","))
	}
	if len(c.Rollups) > 0 {
		parts = append(parts, "rollups="+strings.Join(c.Rollups, ","))
	}
	if !c.Horizon.IsZero() {
		parts = append(parts, "horizon="+c.Horizon.UTC().Format(time.RFC3339))
	}
	through := "unknown"
	if !c.CompleteThrough.IsZero() {
		through = c.CompleteThrough.UTC().Format(time.RFC3339)
	}
	parts = append(parts, "complete-through="+through)
	if c.Cached > 0 {
		parts = append(parts, "cached="+seconds(c.Cached))
	}
	if c.Stale > 0 {
		parts = append(parts, "stale="+seconds(c.Stale))
	}
	return strings.Join(parts, "; ")
}

// reach notes the horizon, in Unix seconds, of something that is read, 0 for none: the
// latest one is the answer's.
func (c *Certificate) reach(horizon int64) {
	if at := time.Unix(horizon, 0); horizon > 0 && at.After(c.Horizon) {
		c.Horizon = at
	}
}

func seconds(d time.Duration) string { return strconv.FormatFloat(d.Seconds(), 'f', 3, 64) + "s" }

// The stated errors, each beyond the size to which a function is exact.
const (
	errorOfUniq     = "0.81% beyond 65536 values"
	errorOfQuantile = "1% of rank beyond 8192 values"
	errorOfDigest   = "1% of rank"
	errorOfTop      = "counts of rare values"
)

// approximations are the functions that estimate, by their names in the catalogue,
// with the error stated in the documentation (docs/accuracy.md).
var approximations = map[string]string{
	"uniq": errorOfUniq, "uniqCombined": errorOfUniq, "uniqCombined64": errorOfUniq, "uniqHLL12": errorOfUniq,
	"quantile": errorOfQuantile, "quantiles": errorOfQuantile,
	"quantileTDigest": errorOfDigest, "quantilesTDigest": errorOfDigest,
	"quantileTDigestWeighted": errorOfDigest, "quantilesTDigestWeighted": errorOfDigest,
	"topK": errorOfTop, "topKWeighted": errorOfTop, "approx_top_k": errorOfTop, "approx_top_sum": errorOfTop,
}

// certify notes what a plan that is about to run means for the certificate.
func (q *query) certify(ctx context.Context, n plan.Node) {
	switch n := n.(type) {
	case *plan.Aggregate:
		for _, c := range n.Calls {
			q.certifyCall(c.Func)
		}
	case *plan.Window:
		for _, c := range n.Calls {
			if c.Func == "" {
				q.certifyCall(c.Agg)
			}
		}
	case *plan.Scan:
		if stored, ok := n.Table.(storedTable); ok {
			q.certifyTable(ctx, n, stored.def)
		}
	}
	for _, in := range n.Inputs() {
		q.certify(ctx, in)
	}
}

// certifyCall notes an aggregate over rows.
func (q *query) certifyCall(f agg.Func) {
	c, name := &q.certificate, agg.Plain(f.Name())
	if c.estimate(name) {
		return
	}
	switch f.Class() {
	case agg.Rounding:
		c.Rounding = true
	case agg.ClassB:
		c.OrderDependent = with(c.OrderDependent, name)
	case agg.ClassA:
	}
}

// estimate notes a function, by its name in the catalogue, if it is one that estimates.
func (c *Certificate) estimate(name string) bool {
	text := approximations[name]
	if text == "" {
		return false
	}
	c.Approximate, c.Errors = with(c.Approximate, name), with(c.Errors, text)
	return true
}

// with is a list that has s.
func with(list []string, s string) []string {
	if slices.Contains(list, s) {
		return list
	}
	return append(list, s)
}

func (q *query) certifyTable(ctx context.Context, scan *plan.Scan, d *table.Def) {
	v, err := q.take(ctx)
	if err != nil {
		return // reading the table will say why
	}
	c := &q.certificate
	if c.Positions == nil {
		c.Positions = v.Indexes()
	}
	if h := v.Horizon(d.ID); h > 0 && d.Kind != table.Events { // Of these it is what bounds them.
		c.reach(h)
	}
	if d.Kind == table.Rollup {
		if s := v.Rollup(d.ID).State; !s.IsComplete() {
			c.Partial = fmt.Sprintf("rollup %s is being filled, %d of %d rows of the past are in", d.FullName(), s.FilledRows, s.PastRows)
		}
	}
	q.through(q.completeThrough(v, scan, d))
}

// through narrows the time up to which the answer is complete.
func (q *query) through(at time.Time, ok bool) {
	if q.throughUnknown {
		return
	}
	if !ok {
		q.throughUnknown, q.certificate.CompleteThrough = true, time.Time{}
		return
	}
	if c := &q.certificate; c.CompleteThrough.IsZero() || at.Before(c.CompleteThrough) {
		c.CompleteThrough = at
	}
}

// completeThrough is the time up to which what a scan reads is complete: the greatest
// event time of its table less the lateness that is declared. A rollup has all rows that
// its table has got, as long as it is in step with it. False when no lateness is
// declared, or the table has no rows.
func (q *query) completeThrough(v Views, scan *plan.Scan, d *table.Def) (time.Time, bool) {
	lateness, ok := latenessOf(d)
	if d.Kind == table.Rollup {
		source := q.engine.backend.Catalog().ByID(d.Derived.From.Table)
		if source == nil || !q.inStep(v, scan, d) {
			return time.Time{}, false
		}
		if of, declared := latenessOf(source); declared {
			lateness, ok = of, true
		}
		d = source
	}
	col := slices.IndexFunc(d.Schema.Columns, func(c types.Column) bool { return c.Type.IsTime() && c.IsStored() && !c.Type.Nullable })
	if !ok || col < 0 {
		return time.Time{}, false
	}
	newest := v.Newest(d.ID, &d.Schema.Columns[col])
	return time.Unix(newest-lateness, 0), newest != 0
}

// inStep tells whether a rollup holds the same rows as its table where a scan reads it.
func (q *query) inStep(v Views, scan *plan.Scan, d *table.Def) bool {
	s := v.Rollup(d.ID).State
	if !s.IsComplete() || s.Diverged != "" {
		return false
	}
	columns := d.Schema.Columns
	var filter []expr.Expr
	for _, e := range scan.Filter {
		filter = append(filter, expr.Remap(e, func(pos int) int { return scan.Columns[pos] }))
	}
	for i := range s.Gaps {
		keys, err := rewrite.GapKeys(q.expr, d, &s.Gaps[i])
		if err != nil {
			return false
		}
		if some, err := exec.MayRead(q.expr, columns, filter, gapRows{columns, keys}); some || err != nil {
			return false
		}
	}
	return true
}

// gapRows is the rows in which a rollup differs from its table, of which the least and
// the greatest values of some keys are known.
type gapRows struct {
	columns []types.Column
	keys    map[int][2]*batch.Vector // by place
}

// Len implements exec.Bounded.
func (gapRows) Len() int { return 1 }

// Bounds implements exec.Bounded.
func (g gapRows) Bounds(col *types.Column) (lo, hi *batch.Vector) {
	ends := g.keys[slices.IndexFunc(g.columns, func(c types.Column) bool { return c.ID == col.ID })]
	return ends[0], ends[1]
}

// latenessSetting declares, in seconds, how late rows of a table may come after
// newer ones.
const latenessSetting = "max_lateness_seconds"

// latenessOf is the lateness that a table declares; false when it declares none.
func latenessOf(d *table.Def) (seconds int64, ok bool) {
	i := slices.IndexFunc(d.Settings, func(s table.Setting) bool { return s.Name == latenessSetting })
	if i < 0 {
		return 0, false
	}
	seconds, err := strconv.ParseInt(d.Settings[i].Value, 10, 64)
	return seconds, err == nil
}
