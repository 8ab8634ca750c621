package sqltest

import (
	"context"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"slices"
	"testing"
)

// Run runs corpus files against a target in one configuration, each file as a
// subtest of its name, so that -run picks files. Every failing record is listed,
// shortly when a statement before it failed already; the report counts them over
// all files.
func Run(ctx context.Context, t *testing.T, files []string, target Target, config Config) Report {
	t.Helper()
	var total Report
	for _, path := range files {
		t.Run(Name(path), func(t *testing.T) {
			records, err := Parse(path)
			if err != nil {
				t.Fatal(err)
			}
			report := RunRecords(ctx, records, Database(path), target, config)
			for i := range report.Failures {
				if f := &report.Failures[i]; f.After > 0 {
					t.Logf("%s:%d: %s (after line %d)", f.Record.Path, f.Record.Line, f.Msg, f.After)
				} else {
					t.Error(f.String())
				}
			}
			if len(report.Failures) > 0 {
				t.Log(report.String())
			}
			total.add(report)
		})
	}
	return total
}

// RunRecords runs the records of one file in a fresh database, which it creates
// and drops. It goes on after failures, except when the target could not be
// restarted or the context ended: the rest of the file then counts as failed.
func RunRecords(ctx context.Context, records []Record, database string, target Target, config Config) Report {
	r := &runner{target: target, config: config, database: database}
	h := fnv.New64a()
	_, _ = h.Write([]byte(database)) // A hash never fails to write.
	r.random = rand.New(rand.NewPCG(config.Seed, h.Sum64()))
	if len(records) == 0 {
		return r.report
	}
	if skipsFile(records, config.Name) {
		r.report.Skipped = len(records)
		return r.report
	}
	for _, sql := range []string{"DROP DATABASE IF EXISTS " + database, "CREATE DATABASE " + database} {
		if _, err := target.Exec(ctx, "default", sql); err != nil {
			r.fail(&records[0], nil, fmt.Sprintf("%s: %v", sql, err))
			return r.report
		}
	}
	for i := range records {
		rec := &records[i]
		if !rec.runsIn(config.Name) {
			r.report.Skipped++
			continue
		}
		before := len(r.report.Failures)
		if r.broken != nil {
			r.fail(rec, nil, "not run: "+r.broken.Error())
		} else {
			r.record(ctx, rec)
		}
		if len(r.report.Failures) == before {
			r.report.Passed++
		}
	}
	if r.broken == nil {
		if _, err := target.Exec(ctx, "default", "DROP DATABASE "+database); err != nil {
			r.fail(&records[len(records)-1], nil, "drop the file's database: "+err.Error())
		}
	}
	return r.report
}

// skipsFile tells whether the file leaves itself out of a configuration.
func skipsFile(records []Record, config string) bool {
	return slices.ContainsFunc(records, func(r Record) bool { return r.Kind == SkipFile && slices.Contains(r.SkipIf, config) })
}

type runner struct {
	target   Target
	config   Config
	database string
	random   *rand.Rand
	report   Report
	changed  bool  // a statement succeeded since the last query
	failedAt int   // line of the first statement that failed; 0 for none
	broken   error // why the rest of the file can't run
}

func (r *runner) fail(rec *Record, got []string, msg string) {
	r.report.Failures = append(r.report.Failures, Failure{Record: *rec, Msg: msg, Got: got, After: r.failedAt})
	if rec.Kind == StatementOK && r.failedAt == 0 {
		r.failedAt = rec.Line
	}
}

func (r *runner) record(ctx context.Context, rec *Record) {
	if err := ctx.Err(); err != nil {
		r.broken = err
		r.fail(rec, nil, "not run: "+err.Error())
		return
	}
	switch rec.Kind {
	case StatementOK:
		if _, err := r.target.Exec(ctx, r.database, rec.SQL); err != nil {
			r.fail(rec, nil, err.Error())
			return
		}
		r.changed = true
		r.hooks(ctx, rec, EveryStatement, AtRandom)
	case StatementError:
		r.statementError(ctx, rec)
	case Query, Print:
		r.query(ctx, rec)
	case SkipFile: // Of another configuration.
	default:
		r.directive(ctx, rec)
	}
}

func (r *runner) statementError(ctx context.Context, rec *Record) {
	tsv, err := r.target.Exec(ctx, r.database, rec.SQL)
	if err == nil {
		r.fail(rec, splitTSV(tsv), fmt.Sprintf("no error, wanted code %d", rec.Codes))
		return
	}
	if code := errorCode(err); !slices.Contains(rec.Codes, code) {
		r.fail(rec, nil, fmt.Sprintf("code %d, wanted %d: %v", code, rec.Codes, err))
	}
}

func (r *runner) query(ctx context.Context, rec *Record) {
	if r.changed {
		r.changed = false
		if r.hooks(ctx, rec, BeforeQueries); r.broken != nil {
			return
		}
	}
	tsv, err := r.target.Exec(ctx, r.database, rec.SQL)
	if err != nil {
		r.fail(rec, nil, err.Error())
		return
	}
	if diff := compare(rec, tsv); diff != "" {
		r.fail(rec, append([]string{}, splitTSV(tsv)...), diff)
	}
}

func (r *runner) directive(ctx context.Context, rec *Record) {
	for _, h := range r.all() {
		if h.kind == rec.Kind {
			r.call(ctx, rec, h)
		}
	}
}

// hook is one thing to ask the target for.
type hook struct {
	kind Kind
	name string
	when When
	call func(context.Context) error
}

// all are the hooks in the order in which they run.
func (r *runner) all() []hook {
	c, t := r.config, r.target
	return []hook{
		{Demote, "demote", c.Demote, t.Demote},
		{Flush, "flush", c.Flush, t.Flush},
		{Merge, "merge", c.Merge, t.Merge},
		{Restart, "restart", c.Restart, t.Restart},
	}
}

// hooks asks for what the configuration wants at these moments.
func (r *runner) hooks(ctx context.Context, rec *Record, moments ...When) {
	for _, h := range r.all() {
		if h.when == Never || !slices.Contains(moments, h.when) {
			continue
		}
		if h.when == AtRandom && r.random.IntN(randomOneIn) > 0 {
			continue
		}
		r.call(ctx, rec, h)
	}
}

func (r *runner) call(ctx context.Context, rec *Record, h hook) {
	if r.broken != nil {
		return
	}
	if err := h.call(ctx); err != nil {
		r.fail(rec, nil, fmt.Sprintf("%s: %v", h.name, err))
		if h.kind == Restart {
			r.broken = fmt.Errorf("restart: %w", err)
		}
	}
}
