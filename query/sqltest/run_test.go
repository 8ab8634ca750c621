package sqltest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/freshetdb/freshet/columnar/chcode"
)

// fakeTarget answers from a table and writes down what it was asked.
type fakeTarget struct {
	answers    map[string]string
	errors     map[string]error
	log        []string
	restartErr error
	mergeErr   error
}

func (f *fakeTarget) Exec(_ context.Context, database, sql string) (string, error) {
	f.log = append(f.log, database+"> "+sql)
	if err := f.errors[sql]; err != nil {
		return "", err
	}
	return f.answers[sql], nil
}

func (f *fakeTarget) note(what string, err error) error {
	f.log = append(f.log, what)
	return err
}

func (f *fakeTarget) Flush(context.Context) error   { return f.note("flush", nil) }
func (f *fakeTarget) Restart(context.Context) error { return f.note("restart", f.restartErr) }
func (f *fakeTarget) Merge(context.Context) error   { return f.note("merge", f.mergeErr) }
func (f *fakeTarget) Demote(context.Context) error  { return f.note("demote", nil) }

type httpError struct{ code int }

func (e *httpError) Error() string { return "refused" }
func (e *httpError) ErrCode() int  { return e.code }

func mustParse(t *testing.T, text string) []Record {
	t.Helper()
	records, err := ParseText("dir/f.test", text)
	if err != nil {
		t.Fatal(err)
	}
	return records
}

const twoStatements = `statement ok
S1

statement ok
S2

query I
Q1
----
1

query I
Q1
----
1
`

func TestRunOrder(t *testing.T) {
	begin := []string{"default> DROP DATABASE IF EXISTS f", "default> CREATE DATABASE f"}
	end := []string{"f> Q1", "default> DROP DATABASE f"}
	cases := []struct {
		config Config
		text   string
		want   []string
	}{
		{Config{}, twoStatements, []string{"f> S1", "f> S2", "f> Q1"}},
		{Config{Flush: EveryStatement}, twoStatements, []string{"f> S1", "flush", "f> S2", "flush", "f> Q1"}},
		{
			Config{Flush: EveryStatement, Merge: EveryStatement, Demote: EveryStatement},
			twoStatements,
			[]string{"f> S1", "demote", "flush", "merge", "f> S2", "demote", "flush", "merge", "f> Q1"},
		},
		{Config{Restart: BeforeQueries}, twoStatements, []string{"f> S1", "f> S2", "restart", "f> Q1"}},
		{Config{}, "merge\n\nrestart\n\nquery I\nQ1\n----\n1\n", []string{"merge", "restart"}},
		{Config{Name: "x"}, "skipif x\nstatement ok\nS1\n\nonlyif x\nonlyif y\nstatement ok\nS2\n\nonlyif y\nflush\n\nquery I\nQ1\n----\n1\n", []string{"f> S2"}},
	}
	for i, c := range cases {
		f := &fakeTarget{answers: map[string]string{"Q1": "1\n"}}
		report := RunRecords(t.Context(), mustParse(t, c.text), "f", f, c.config)
		if len(report.Failures) > 0 {
			t.Errorf("case %d: %v", i, report.Failures)
		}
		if want := slices.Concat(begin, c.want, end); !slices.Equal(f.log, want) {
			t.Errorf("case %d:\n got %q\nwant %q", i, f.log, want)
		}
	}
}

func TestRandomHooksFollowTheSeed(t *testing.T) {
	text := strings.Repeat("statement ok\nS\n\n", 400)
	run := func(seed uint64, database string) []string {
		f := &fakeTarget{}
		RunRecords(t.Context(), mustParse(t, text), database, f, Config{Flush: AtRandom, Seed: seed})
		return f.log
	}
	a := run(1, "f")
	flushes := len(a) - 400 - 3
	if flushes < 50 || flushes > 150 {
		t.Errorf("%d flushes after 400 statements", flushes)
	}
	if !slices.Equal(a, run(1, "f")) {
		t.Error("the same seed gave other moments")
	}
	if slices.Equal(a, run(2, "f")) {
		t.Error("another seed gave the same moments")
	}
}

func TestRunFailures(t *testing.T) {
	text := `statement ok
BAD

statement error 47
FINE

statement error 47
OTHER

statement error 6|27
CODED

query IR
ROWS
----
1	0.5
2	1

query I
BAD

----
`
	text = strings.Replace(text, "BAD\n\n----", "BAD\n----", 1)
	f := &fakeTarget{
		answers: map[string]string{"ROWS": "1\t0.5\n3\t1\n", "FINE": "7\n"},
		errors: map[string]error{
			"BAD":   errors.New("boom"),
			"OTHER": errors.New("Code: 62. DB::Exception: Syntax error"),
			"CODED": fmt.Errorf("exec: %w", &httpError{27}),
		},
	}
	report := RunRecords(t.Context(), mustParse(t, text), "f", f, Config{})
	var got []string
	for i := range report.Failures {
		got = append(got, report.Failures[i].String())
	}
	want := []string{
		"dir/f.test:1: boom\n    BAD",
		"dir/f.test:4: no error, wanted code [47]\n    FINE",
		"dir/f.test:7: code 62, wanted [47]: Code: 62. DB::Exception: Syntax error\n    OTHER",
		"dir/f.test:13: row 2 differs\n    ROWS\n" +
			"    want 2 rows (* not on the other side)\n      1\t0.5\n    * 2\t1\n" +
			"    got  2 rows (* not on the other side)\n      1\t0.5\n    * 3\t1",
		"dir/f.test:19: boom\n    BAD",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n\n"), strings.Join(want, "\n\n"))
	}
	if s := report.String(); s != "1 records passed, 5 failed, 0 skipped; 4 failed after a statement of their file" {
		t.Error(s)
	}
	for i, want := range []int{0, 1, 1, 1, 1} {
		if after := report.Failures[i].After; after != want {
			t.Errorf("failure %d comes after line %d, wanted %d", i, after, want)
		}
	}
}

func TestRunGoesOnAfterAFailedMergeButNotAfterAFailedRestart(t *testing.T) {
	answers := map[string]string{"Q1": "1\n"}
	f := &fakeTarget{answers: answers, mergeErr: errors.New("disk")}
	report := RunRecords(t.Context(), mustParse(t, twoStatements), "f", f, Config{Merge: EveryStatement})
	if len(report.Failures) != 2 || report.Failures[0].Msg != "merge: disk" || !slices.Contains(f.log, "f> Q1") {
		t.Error(report, f.log)
	}
	f = &fakeTarget{answers: answers, restartErr: errors.New("dead")}
	report = RunRecords(t.Context(), mustParse(t, twoStatements), "f", f, Config{Restart: BeforeQueries})
	if len(report.Failures) != 2 || report.Failures[1].Msg != "not run: restart: dead" || slices.Contains(f.log, "f> Q1") {
		t.Error(report, f.log)
	}
}

func TestSkipFile(t *testing.T) {
	records := mustParse(t, "skipfile slow\n\n"+twoStatements)
	f := &fakeTarget{answers: map[string]string{"Q1": "1\n"}}
	if report := RunRecords(t.Context(), records, "f", f, Config{Name: "slow"}); report.Skipped != 5 || len(f.log) != 0 {
		t.Error(report.String(), f.log)
	}
	if report := RunRecords(t.Context(), records, "f", f, Config{Name: "other"}); report.Passed != 5 {
		t.Error(report.String(), f.log)
	}
}

func TestRunStopsWithTheContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	f := &fakeTarget{}
	report := RunRecords(ctx, mustParse(t, twoStatements), "f", f, Config{})
	if report.Passed != 0 || len(report.Failures) != 4 {
		t.Error(report)
	}
}

func TestErrorCode(t *testing.T) {
	cases := []struct {
		err  error
		want int
	}{
		{chcode.Errorf(chcode.UnknownIdentifier, "no such column"), 47},
		{fmt.Errorf("bind: %w", chcode.Errorf(chcode.TypeMismatch, "types")), 53},
		{fmt.Errorf("http: %w", &httpError{115}), 115},
		{errors.New("Code: 516. DB::Exception: x (AUTHENTICATION_FAILED)"), 516},
		{errors.New("HTTP 500: Code: 62. DB::Exception: Syntax error. (SYNTAX_ERROR)"), 62},
		{errors.New("connection refused"), 0},
		{errors.New("Code: 99999999999999999999. x"), 0},
	}
	for _, c := range cases {
		if got := errorCode(c.err); got != c.want {
			t.Errorf("%v: code %d, wanted %d", c.err, got, c.want)
		}
	}
}

// TestRun runs a file through testing.T, as cmd does.
func TestRun(t *testing.T) {
	path := filepath.Join(t.TempDir(), "testdata", "area", "f.test")
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(twoStatements+"\nonlyif x\nflush\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	f := &fakeTarget{answers: map[string]string{"Q1": "1\n"}}
	report := Run(t.Context(), t, []string{path}, f, Config{Name: "default"})
	if report.Passed != 4 || report.Skipped != 1 || f.log[1] != "default> CREATE DATABASE area_f" {
		t.Error(report.String(), f.log)
	}
}
