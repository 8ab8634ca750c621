package engine

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/freshetdb/freshet/columnar/agg"
	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/chcode"
	"github.com/freshetdb/freshet/columnar/types"
	"github.com/freshetdb/freshet/query/exec"
	"github.com/freshetdb/freshet/query/plan"
)

// purpose is what the rows of a plan are for.
type purpose uint8

const (
	ofStatement purpose = iota // they are the answer
	ofSubquery                 // they become a value or a set
)

// question is a plan whose answer may be shared: what tells it from others, and what
// it reads.
type question struct {
	key    cacheKey
	guards []guard
	// shape is the key of the same question asked at another time; nil unless an
	// older answer will do.
	shape *cacheKey
}

// result gives the rows of a plan: those that were computed before and are still
// right, those that another run of the same plan computes at this moment, or those of
// a run of its own. The caller closes the operator.
func (q *query) result(ctx context.Context, n planned, p purpose) (exec.Operator, error) {
	ask, ok := q.question(ctx, n)
	if !ok {
		return q.open(ctx, n.run, p)
	}
	c := q.engine.cache
	for {
		a, read, right, f := c.look(ask.key)
		if a != nil && q.reuse(ask, a, read, right, p) {
			return &given{batches: a.batches}, nil
		}
		if a = c.shaped(ask.shape); a != nil && q.reuseStale(a, a.computed, p) {
			return &given{batches: a.batches}, nil
		}
		if f == nil || !ask.holds(q, f.read) {
			next := q.flight(ask)
			if c.lead(ask.key, f, next) {
				c.misses.Add(1)
				return q.fly(ctx, n.run, ask, next, p)
			}
			continue
		}
		select {
		case <-f.done:
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
		switch {
		case f.answer != nil:
			c.coalesced.Add(1)
			c.hit(f.answer, nil, time.Time{})
			q.certifyCached(f.answer, p)
			return &given{batches: f.answer.batches}, nil
		case f.err != nil:
			c.coalesced.Add(1)
			return nil, f.err
		case f.isLarge:
			return q.open(ctx, n.run, p)
		} // Else its run was ended for reasons of its own: somebody else runs.
	}
}

// reuse takes an answer that is there, if it is still right, or not older than the
// query allows.
func (q *query) reuse(ask *question, a *answer, read []versions, right time.Time, p purpose) bool {
	if !ask.holds(q, read) {
		return q.reuseStale(a, right, p)
	}
	q.engine.cache.hit(a, ask.read(), q.proc.started)
	q.engine.cache.hits.Add(1)
	q.certifyCached(a, p)
	return true
}

// reuseStale takes an answer that was right once, if that is not longer ago than the
// query allows.
func (q *query) reuseStale(a *answer, right time.Time, p purpose) bool {
	age, allowed := time.Since(right), q.settings.float("result_staleness")
	if allowed == 0 || age.Seconds() > allowed {
		return false
	}
	c := q.engine.cache
	c.hit(a, nil, time.Time{})
	c.hits.Add(1)
	c.stale.Add(1)
	q.certificate.Stale = max(q.certificate.Stale, age)
	q.certifyCached(a, p)
	return true
}

// certifyCached makes the certificate that of an answer computed before, as far as it
// says which rows were read: what the plan means for it is known already.
func (q *query) certifyCached(a *answer, p purpose) {
	if p != ofStatement {
		return
	}
	c, old := &q.certificate, &a.certificate
	c.Cached = max(q.proc.started.Sub(a.computed), 0)
	c.Positions, c.Horizon, c.Partial = old.Positions, old.Horizon, old.Partial
	if !c.CompleteThrough.IsZero() && (old.CompleteThrough.IsZero() || old.CompleteThrough.Before(c.CompleteThrough)) {
		c.CompleteThrough = old.CompleteThrough
	}
}

// read is what a run of the question would read.
func (a *question) read() []versions {
	out := make([]versions, len(a.guards))
	for i := range a.guards {
		out[i] = a.guards[i].read
	}
	return out
}

// holds tells whether an answer over older versions is right for the question's.
func (a *question) holds(q *query, old []versions) bool {
	for i := range a.guards {
		if !a.guards[i].holds(q.expr, old[i]) {
			return false
		}
	}
	return true
}

// question tells a plan from others; ok is false for those whose answer is not
// shared.
func (q *query) question(ctx context.Context, n planned) (*question, bool) {
	if !q.settings.bool("use_query_cache") || q.engine.cache.budget.Limit() == 0 {
		return nil, false
	}
	guards, ok := q.guards(ctx, n.run)
	if !ok {
		return nil, false
	}
	id, ok := plan.AppendIdentity(q.identity(), n.run)
	if !ok {
		return nil, false
	}
	ask := &question{key: sha256.Sum256(id), guards: guards}
	if q.settings.float("result_staleness") == 0 {
		return ask, true
	}
	// As it was written: rewriting computes with the time, too.
	if id, ok = plan.AppendShape(q.identity(), n.bound); ok {
		shape := cacheKey(sha256.Sum256(id))
		ask.shape = &shape
	}
	return ask, true
}

// identity is what decides an answer beside the plan: who asks, in which zone, and
// the settings, but for those that are known not to. Many of these are in the plan
// already; one too many costs a run, one too few a wrong answer.
func (q *query) identity() []byte {
	if q.decides != nil {
		return q.decides
	}
	var b []byte
	text := func(s string) {
		b = binary.AppendUvarint(b, uint64(len(s)))
		b = append(b, s...)
	}
	text(q.req.Session.User())
	text(q.expr.Zone.Name())
	for _, name := range slices.Sorted(maps.Keys(q.settings)) {
		if !decidesNoAnswer(name) && !isInert(name) {
			text(name)
			text(q.settings[name])
		}
	}
	q.decides = slices.Clip(b)
	return q.decides
}

// decidesNoAnswer names settings that are about limits, about how rows are printed
// or inserted, or about the cache itself.
func decidesNoAnswer(name string) bool {
	switch name {
	case "max_execution_time", "max_memory_usage", "max_threads", "max_rows_to_read", "max_result_rows", "max_query_size",
		"max_parser_depth", "max_ast_elements", "readonly", "extremes", "log_comment", "log_queries", "wait_end_of_query",
		"send_progress_in_http_headers", "use_query_cache", "result_staleness", "async_insert", "insert_deduplicate",
		"insert_deduplication_token", "date_time_output_format", "format_csv_delimiter":
		return true
	}
	for _, prefix := range []string{"output_format_", "input_format_"} {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
}

// flight is a run of a question that others may wait for.
func (q *query) flight(ask *question) *flight {
	f := &flight{read: ask.read(), began: q.proc.started, done: make(chan struct{})}
	f.about.sql = clipTo(strings.TrimSpace(q.req.SQL), maxLoggedSQL)
	f.about.guards = ask.guards
	return f
}

// fly runs a plan to its end, or until there is too much to be shared, and tells
// those who wait.
func (q *query) fly(ctx context.Context, n plan.Node, ask *question, f *flight, p purpose) (op exec.Operator, err error) {
	defer func() {
		if isOfPlan(err) {
			f.err = err
		}
		q.engine.cache.land(ask.key, f)
	}()
	if op, err = q.open(ctx, n, p); err != nil {
		return nil, err
	}
	g := &given{rest: op}
	size := int64(0)
	for {
		b, err := op.Next(ctx)
		if err != nil {
			return nil, errors.Join(err, op.Close())
		}
		if b == nil {
			break
		}
		g.batches = append(g.batches, b)
		size += b.SizeBytes()
		if size > answerBytesMax || q.proc.memory.Add(b.SizeBytes()) != nil {
			f.isLarge = true
			return g, nil
		}
	}
	a, err := q.answerOf(ask, f, g.batches)
	if err = errors.Join(err, op.Close()); err != nil {
		return nil, err
	}
	f.answer = a
	return &given{batches: a.batches}, nil
}

// answerOf keeps rows.
func (q *query) answerOf(ask *question, f *flight, list []*batch.Batch) (*answer, error) {
	a := &answer{
		key: ask.key, shape: ask.shape, certificate: q.certificate, computed: q.proc.started, about: f.about,
		read: f.read, right: q.proc.started, bytes: answerOverhead + int64(len(f.about.sql)),
	}
	for _, b := range list {
		portable, err := portableStates(b)
		if err != nil {
			return nil, err
		}
		own := portable.Own()
		a.batches = append(a.batches, own)
		a.rows += int64(own.Rows)
		a.bytes += own.SizeBytes()
	}
	return a, nil
}

// portableStates is b with its states in the portable form.
func portableStates(b *batch.Batch) (*batch.Batch, error) {
	out := *b
	out.Cols = slices.Clone(b.Cols)
	for i, c := range b.Cols {
		if c.Type.Kind != types.AggregateFunction {
			continue
		}
		v, err := agg.PortableStates(c)
		if err != nil {
			return nil, err
		}
		out.Cols[i] = v
	}
	return &out, nil
}

// isOfPlan tells errors with which every run of a plan over the same rows ends, from
// those of one run: limits, timeouts, cancellation, failures.
func isOfPlan(err error) bool {
	e, ok := errors.AsType[*chcode.Error](err)
	if !ok {
		return false
	}
	switch e.Code {
	case chcode.CannotParseText, chcode.CannotParseNumber, chcode.CannotParseDate, chcode.CannotParseDatetime,
		chcode.CannotParseUUID, chcode.CannotConvertType, chcode.IllegalDivision, chcode.ArgumentOutOfBound,
		chcode.ValueIsOutOfRangeOfDataType, chcode.SizesOfArraysDontMatch, chcode.ZeroArrayOrTupleIndex:
		return true
	default:
		return false
	}
}

// given is rows that are there already, and those that an operator goes on to give.
type given struct {
	batches []*batch.Batch
	rest    exec.Operator // nil: none
}

// Next implements exec.Operator.
func (g *given) Next(ctx context.Context) (*batch.Batch, error) {
	if len(g.batches) > 0 {
		b := g.batches[0]
		g.batches = g.batches[1:]
		return b, nil
	}
	if g.rest == nil {
		return nil, nil
	}
	return g.rest.Next(ctx)
}

// Close implements exec.Operator.
func (g *given) Close() error {
	if g.rest == nil {
		return nil
	}
	return g.rest.Close()
}
