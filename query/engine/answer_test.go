package engine_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/chcode"
	"github.com/freshetdb/freshet/columnar/segment"
	"github.com/freshetdb/freshet/columnar/types"
	"github.com/freshetdb/freshet/query/engine"
	"github.com/freshetdb/freshet/query/exec"
)

// slow is a backend whose rows are read when a test lets them be.
type slow struct {
	*memory
	reads atomic.Int64
	// began has a value for every run that reads; each waits for one of gate.
	began, gate chan struct{}
	isOn        atomic.Bool
}

func newSlow() *slow {
	return &slow{memory: newMemory(), began: make(chan struct{}, 1000), gate: make(chan struct{})}
}

func (s *slow) Views(ctx context.Context) (engine.Views, error) {
	v, err := s.memory.Views(ctx)
	return slowViews{v, s}, err
}

type slowViews struct {
	engine.Views
	s *slow
}

func (v slowViews) Parts(id uint64) ([][]exec.Part, error) {
	shards, err := v.Views.Parts(id)
	out := make([][]exec.Part, len(shards))
	for i, parts := range shards {
		for _, p := range parts {
			out[i] = append(out[i], &slowPart{p, v.s})
		}
	}
	return out, err
}

type slowPart struct {
	exec.Part
	s *slow
}

func (p *slowPart) ReadInto(c *types.Column, lo, hi int, scratch *segment.Scratch) (*batch.Vector, error) {
	p.s.reads.Add(1)
	if p.s.isOn.Load() {
		p.s.began <- struct{}{}
		<-p.s.gate
	}
	return p.Part.ReadInto(c, lo, hi, scratch)
}

type certified struct {
	buffer
	answer string
}

func (c *certified) Begin(h engine.Header) (io.Writer, error) {
	c.answer = h.Answer
	return &c.Buffer, nil
}

type outcome struct {
	text, answer string
	summary      engine.Summary
	err          error
}

func execute(ctx context.Context, e *engine.Engine, sql string, settings engine.Settings) outcome {
	var out certified
	s, err := e.Execute(ctx, &engine.Request{SQL: sql, Session: engine.NewSession("default"), Settings: settings}, &out)
	return outcome{strings.TrimSpace(out.String()), out.answer, s, err}
}

func run(t *testing.T, e *engine.Engine, sql string) outcome {
	t.Helper()
	o := execute(t.Context(), e, sql, nil)
	if o.err != nil {
		t.Fatalf("%s: %v", sql, o.err)
	}
	return o
}

func metric(e *engine.Engine, name string) int64 {
	for _, m := range e.MetricList() {
		if m.Name == name {
			return m.Value
		}
	}
	return -1
}

func slowEngine(t *testing.T) (*engine.Engine, *slow) {
	t.Helper()
	s := newSlow()
	cfg := engine.DefaultConfig()
	cfg.MaxQueries = 1000
	e := engine.New(cfg, s)
	run(t, e, "CREATE TABLE t (x UInt64) ENGINE = MergeTree ORDER BY x")
	run(t, e, "INSERT INTO t SELECT number FROM numbers(100)")
	return e, s
}

// waitRunning waits until n queries run.
func waitRunning(e *engine.Engine, n int) {
	for e.Running() < n {
		runtime.Gosched()
	}
}

// TestEqualQueriesRunOnce has a hundred clients ask the same at once.
func TestEqualQueriesRunOnce(t *testing.T) {
	e, s := slowEngine(t)
	s.isOn.Store(true)
	const clients = 100
	outcomes := make([]outcome, clients)
	var wg sync.WaitGroup
	for i := range clients {
		wg.Go(func() {
			outcomes[i] = execute(t.Context(), e, "SELECT sum(x) FROM t", engine.Settings{"max_threads": strconv.Itoa(1 + i%3)})
		})
	}
	<-s.began
	waitRunning(e, clients)
	s.gate <- struct{}{}
	wg.Wait()
	for i, o := range outcomes {
		if o.err != nil || o.text != "4950" {
			t.Fatalf("client %d got %q, %v", i, o.text, o.err)
		}
	}
	if n := s.reads.Load(); n != 1 {
		t.Errorf("the table was read %d times", n)
	}
	if got := metric(e, "query_cache_coalesced_total") + metric(e, "query_cache_hits_total"); got != clients-1 {
		t.Errorf("%d clients were given the answer of another", got)
	}
}

// TestLeaderIsCancelled ends the query that others wait for: one of them runs in its
// place. It also ends one that waits, which is nobody else's business.
func TestLeaderIsCancelled(t *testing.T) {
	e, s := slowEngine(t)
	s.isOn.Store(true)
	gone := errors.New("gone")
	ctx, cancel := context.WithCancelCause(t.Context())
	results := make(chan outcome)
	go func() { results <- execute(ctx, e, "SELECT sum(x) FROM t", nil) }()
	<-s.began
	waiting, leave := context.WithCancelCause(t.Context())
	go func() { results <- execute(waiting, e, "SELECT sum(x) FROM t", nil) }()
	waitRunning(e, 2)
	leave(gone)
	if o := <-results; !errors.Is(o.err, gone) {
		t.Fatalf("the one that waited ended with %q, %v", o.text, o.err)
	}
	for range 3 {
		go func() { results <- execute(t.Context(), e, "SELECT sum(x) FROM t", nil) }()
	}
	waitRunning(e, 4)
	cancel(gone)
	s.gate <- struct{}{}
	seen := 0
	for range 4 {
		select {
		case <-s.began:
			s.gate <- struct{}{}
			o := <-results
			seen += count(t, o, gone)
		case o := <-results:
			seen += count(t, o, gone)
		}
	}
	if seen > 1 {
		t.Errorf("%d queries were cancelled, one was told to", seen)
	}
}

func count(t *testing.T, o outcome, gone error) int {
	t.Helper()
	if errors.Is(o.err, gone) {
		return 1
	}
	if o.err != nil || o.text != "4950" {
		t.Errorf("got %q, %v", o.text, o.err)
	}
	return 0
}

// TestErrorsOfAPlanAreShared: a division by zero is one for everybody.
func TestErrorsOfAPlanAreShared(t *testing.T) {
	e, s := slowEngine(t)
	s.isOn.Store(true)
	results := make(chan outcome)
	for range 5 {
		go func() { results <- execute(t.Context(), e, "SELECT sum(intDiv(10, x)) FROM t", nil) }()
	}
	<-s.began
	waitRunning(e, 5)
	s.gate <- struct{}{}
	for range 5 {
		select {
		case <-s.began: // Those that came late run it once more.
			s.gate <- struct{}{}
		case o := <-results:
			if chcode.Of(o.err) != chcode.IllegalDivision {
				t.Errorf("got %q, %v", o.text, o.err)
			}
		}
	}
}

// TestAnswerInMeta: the certificate stands beside meta when it is asked for, and is
// the header's.
func TestAnswerInMeta(t *testing.T) {
	e, _ := slowEngine(t)
	for _, name := range []string{"JSON", "JSONCompact", "JSONStrings", "JSONCompactStrings"} {
		for _, asked := range []bool{false, true} {
			sql := "SELECT sum(x) AS s, uniq(x) FROM t SETTINGS answer_in_meta = " + strconv.FormatBool(asked) + " FORMAT " + name
			o := run(t, e, sql)
			var doc struct {
				Meta   []struct{ Name, Type string }
				Answer *string
				Data   []json.RawMessage
			}
			if err := json.Unmarshal([]byte(o.text), &doc); err != nil {
				t.Fatalf("%s: %v\n%s", sql, err, o.text)
			}
			if len(doc.Meta) != 2 || doc.Meta[0].Name != "s" || len(doc.Data) != 1 || (doc.Answer != nil) != asked {
				t.Errorf("%s: %s", sql, o.text)
			}
			if asked && (*doc.Answer != o.answer || !strings.HasPrefix(o.answer, "approximate; error=")) {
				t.Errorf("%s: answer %q, header %q", sql, *doc.Answer, o.answer)
			}
		}
	}
	if o := run(t, e, "SELECT 1 SETTINGS answer_in_meta = 1 FORMAT JSONEachRow"); strings.Contains(o.text, "exact") {
		t.Errorf("got %s", o.text)
	}
}

// breaking is a backend whose tables can't be read without a panic.
type breaking struct{ *memory }

func (b breaking) Views(ctx context.Context) (engine.Views, error) {
	v, err := b.memory.Views(ctx)
	return breakingViews{v}, err
}

type breakingViews struct{ engine.Views }

func (v breakingViews) Parts(id uint64) ([][]exec.Part, error) {
	shards, err := v.Views.Parts(id)
	for _, parts := range shards {
		for i, p := range parts {
			parts[i] = breakingPart{p}
		}
	}
	return shards, err
}

type breakingPart struct{ exec.Part }

func (breakingPart) ReadInto(*types.Column, int, int, *segment.Scratch) (*batch.Vector, error) {
	panic("no such page")
}

// TestPanicsEndTheQuery: a panic of any goroutine of a query is its error, is logged
// with its stack, and leaves nothing behind.
func TestPanicsEndTheQuery(t *testing.T) {
	var logged bytes.Buffer
	cfg := engine.DefaultConfig()
	cfg.Log = slog.New(slog.NewTextHandler(&logged, nil))
	e := engine.New(cfg, breaking{newMemory()})
	run(t, e, "CREATE TABLE t (x UInt64, k String) ENGINE = MergeTree ORDER BY x")
	run(t, e, "INSERT INTO t SELECT number, toString(number % 10) FROM numbers(100000)")
	for _, sql := range []string{
		"SELECT x FROM t", "SELECT x FROM t ORDER BY x DESC LIMIT 3", "SELECT k, count(), sum(x) FROM t GROUP BY k",
		"SELECT DISTINCT k FROM t", "SELECT a.x FROM t AS a JOIN t AS b ON a.x = b.x", "SELECT (SELECT max(x) FROM t)",
		"SELECT 1 WHERE 1 IN (SELECT x FROM t)", "SELECT x, row_number() OVER (ORDER BY k) FROM t",
		"INSERT INTO t SELECT x, k FROM t",
	} {
		logged.Reset()
		o := execute(t.Context(), e, sql, nil)
		if chcode.Of(o.err) != chcode.LogicalError || !strings.Contains(o.err.Error(), "no such page") {
			t.Errorf("%s: %v", sql, o.err)
		}
		if !strings.Contains(logged.String(), "breakingPart.ReadInto") {
			t.Errorf("%s: logged %s", sql, logged.String())
		}
		if n := e.Running(); n != 0 {
			t.Errorf("%s: %d statements run", sql, n)
		}
	}
	if o := run(t, e, "SELECT 1"); o.text != "1" {
		t.Errorf("got %q", o.text)
	}
}

// TestCachedCertificate: what a client is told of an answer that was there.
func TestCachedCertificate(t *testing.T) {
	e, _ := slowEngine(t)
	first := run(t, e, "SELECT sum(x) FROM t")
	second := run(t, e, "SELECT sum(x) FROM t FORMAT JSONCompactEachRow")
	if strings.Contains(first.answer, "cached") || !strings.Contains(second.answer, "cached=") || second.text != `["4950"]` && second.text != "[4950]" {
		t.Errorf("certificates %q, %q, answer %q", first.answer, second.answer, second.text)
	}
	if first.summary.ReadRows != 100 || second.summary.ReadRows != 0 {
		t.Errorf("read %d rows, then %d", first.summary.ReadRows, second.summary.ReadRows)
	}
	for _, sql := range []string{
		"SELECT sum(x) FROM t SETTINGS use_query_cache = 0", "SELECT sum(x), rand() > 4294967295 FROM t", "SELECT sum(x), 1 FROM t",
	} {
		if o := run(t, e, sql); o.summary.ReadRows != 100 {
			t.Errorf("%s read %d rows", sql, o.summary.ReadRows)
		}
	}
	run(t, e, "SYSTEM DROP QUERY CACHE")
	if o := run(t, e, "SELECT sum(x) FROM t"); o.summary.ReadRows != 100 {
		t.Errorf("after SYSTEM DROP QUERY CACHE %d rows were read", o.summary.ReadRows)
	}
	if o := run(t, e, "SELECT tables, rows, hits, state FROM system.query_cache"); o.text != "['default.t']\t1\t0\tright" {
		t.Errorf("system.query_cache has %q", o.text)
	}
	run(t, e, "INSERT INTO t VALUES (1)")
	if o := run(t, e, "SELECT state FROM system.query_cache"); o.text != "outdated" {
		t.Errorf("after an insert the answer is %s", o.text)
	}
}

// TestStaleness: an outdated answer is given only to those who allow it, and they are
// told.
func TestStaleness(t *testing.T) {
	e, _ := slowEngine(t)
	run(t, e, "SELECT count() FROM t")
	run(t, e, "INSERT INTO t VALUES (1)")
	o := execute(t.Context(), e, "SELECT count() FROM t", engine.Settings{"result_staleness": "3600"})
	if o.err != nil || o.text != "100" || !strings.Contains(o.answer, "stale=") {
		t.Errorf("got %q, %q, %v", o.text, o.answer, o.err)
	}
	o = execute(t.Context(), e, "SELECT count() FROM t", engine.Settings{"result_staleness": "0.000001"})
	if o.err != nil || o.text != "101" || strings.Contains(o.answer, "stale=") {
		t.Errorf("got %q, %q, %v", o.text, o.answer, o.err)
	}
}

// TestStalenessOverTime: a query of the last hour is the same one when it is asked
// again later, to those who allow an older answer.
func TestStalenessOverTime(t *testing.T) {
	e, _ := slowEngine(t)
	run(t, e, "CREATE TABLE m (at DateTime64(6)) ENGINE = MergeTree ORDER BY at")
	run(t, e, "INSERT INTO m SELECT now64(6) - number FROM numbers(50)")
	sql := "SELECT count() FROM m WHERE at > now64(6) - INTERVAL 1 HOUR AND at <= now64(6)"
	allowed := engine.Settings{"result_staleness": "3600"}
	first, second := execute(t.Context(), e, sql, allowed), execute(t.Context(), e, sql, allowed)
	if first.text != "50" || second.text != "50" || strings.Contains(first.answer, "stale=") || !strings.Contains(second.answer, "stale=") {
		t.Errorf("got %+v, then %+v", first, second)
	}
	if o := execute(t.Context(), e, strings.Replace(sql, "1 HOUR", "2 HOUR", 1), allowed); o.summary.ReadRows != 50 {
		t.Errorf("another range was answered by %+v", o)
	}
	if o := run(t, e, sql); o.summary.ReadRows != 50 || strings.Contains(o.answer, "cached") {
		t.Errorf("without leave: %+v", o)
	}
}

// TestLargeAnswersAreNotKept: they stream, whole, to all who ask.
func TestLargeAnswersAreNotKept(t *testing.T) {
	e, _ := slowEngine(t)
	run(t, e, "INSERT INTO t SELECT number FROM numbers(700000)")
	for range 2 {
		o := run(t, e, "SELECT x FROM t")
		if o.summary.ResultRows != 700_100 || o.summary.ReadRows != 700_100 {
			t.Errorf("%d rows of %d read", o.summary.ResultRows, o.summary.ReadRows)
		}
	}
	if n := metric(e, "query_cache_bytes"); n != 0 {
		t.Errorf("%d bytes are kept", n)
	}
}

// TestAnswersAreBounded: the oldest go first, and all bytes come back.
func TestAnswersAreBounded(t *testing.T) {
	cfg := engine.DefaultConfig()
	cfg.QueryCacheBytes = 20_000
	e := engine.New(cfg, newMemory())
	run(t, e, "CREATE TABLE t (x UInt64) ENGINE = MergeTree ORDER BY x")
	run(t, e, "INSERT INTO t SELECT number FROM numbers(100)")
	for i := range 50 {
		run(t, e, fmt.Sprintf("SELECT x + %d FROM t", i))
		if n := metric(e, "query_cache_bytes"); n > 20_000 || n != cfg.Memory.Used() {
			t.Fatalf("%d bytes are kept, the node has %d", n, cfg.Memory.Used())
		}
	}
	if o := run(t, e, "SELECT x + 49 FROM t"); o.summary.ReadRows != 0 {
		t.Error("the newest answer is gone")
	}
	if o := run(t, e, "SELECT x + 0 FROM t"); o.summary.ReadRows == 0 {
		t.Error("the oldest answer is there")
	}
	run(t, e, "SYSTEM CLEAR QUERY CACHE")
	if n := cfg.Memory.Used(); n != 0 {
		t.Errorf("%d bytes are left", n)
	}
}
