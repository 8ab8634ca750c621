package fanout_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/freshetdb/freshet/cluster/fanout"
	"github.com/freshetdb/freshet/columnar/vfs"
	"github.com/freshetdb/freshet/query/engine"
)

// page takes an answer and its certificate.
type page struct {
	bytes.Buffer
	answer string
}

func (p *page) Begin(h engine.Header) (io.Writer, error) {
	p.answer = h.Answer
	return p, nil
}

// ask runs a statement and gives its rows and its certificate.
func ask(ctx context.Context, e *engine.Engine, sql string, settings engine.Settings) (rows, certificate string, err error) {
	var p page
	_, err = e.Execute(ctx, &engine.Request{SQL: sql, Session: engine.NewSession("default"), Settings: settings}, &p)
	return p.String(), p.answer, err
}

// answers is a cluster whose cached answers are compared with computed ones.
type answers struct {
	t *testing.T
	c *fanout.Cluster
	e *engine.Engine
	// groups keeps no answers, but the groups of every segment.
	groups *engine.Engine
	rng    *rand.Rand
	now    int64 // event time, in seconds
	n      int   // rows so far
	// kept counts answers that were given again right after rows had come.
	kept, added int
	rolled      int // answers that rollups had a part in
	detached    bool
	columns     int
	rollups     map[string]bool
	useRollups  string
}

// freshAnswers is a cluster in memory with an engine.
func freshAnswers(t *testing.T) *answers {
	x := &answers{t: t, c: open(t, config(vfs.NewMem()))}
	x.e = engine.New(engine.DefaultConfig(), x.c)
	return x
}

const firstDay = 1_709_251_200 // 2024-03-01 00:00:00 UTC

var panels = []string{
	"SELECT count(), sum(v), uniqExact(user) FROM e",
	"SELECT user, count(), sum(v) FROM e WHERE toDate(ts) = '2024-03-01' GROUP BY user ORDER BY user",
	"SELECT count(), max(v) FROM e WHERE ts >= '2024-03-02 00:00:00' AND ts < '2024-03-03 00:00:00'",
	"SELECT toStartOfHour(ts) AS h, count(), uniqExact(user) FROM e WHERE ts < '2024-03-02 00:00:00' GROUP BY h ORDER BY h",
	"SELECT toStartOfMinute(ts) AS m, count() AS n, sum(v) FROM e WHERE ts >= '2024-03-01 06:00:00' AND ts < '2024-03-01 18:00:00' GROUP BY m ORDER BY n DESC, m LIMIT 5",
	"SELECT user, v FROM e WHERE toStartOfHour(ts) = '2024-03-01 05:00:00' ORDER BY user, v LIMIT 3",
	"SELECT count() FROM e WHERE user IN (SELECT user FROM e WHERE toDate(ts) = '2024-03-01') AND toDate(ts) = '2024-03-02'",
	"SELECT count() FROM e WHERE v > (SELECT avg(v) FROM e WHERE toDate(ts) = '2024-03-01') AND toDate(ts) = '2024-03-01'",
	"SELECT a.user, count() FROM e AS a JOIN other AS b ON a.user = b.user WHERE toDate(a.ts) = '2024-03-01' GROUP BY a.user ORDER BY a.user",
	"SELECT count(), sum(v) FROM other WHERE day = '2024-03-01'",
	"SELECT toDate(ts) AS d, sum(v) FROM e WHERE ts > '2024-03-02 12:00:00' OR toDate(ts) = '2024-03-01' GROUP BY d ORDER BY d",
	"SELECT user, v, row_number() OVER (PARTITION BY user ORDER BY v) FROM e WHERE toDate(ts) = '2024-03-01' ORDER BY user, v LIMIT 20",
	"SELECT count() FROM e WHERE toDate(ts) = '2024-03-01' UNION ALL SELECT count() + 1000000 FROM other WHERE day < '2024-03-02'",
}

func newAnswers(t *testing.T, seed uint64, shards int) *answers {
	cfg := config(vfs.NewMem())
	cfg.Shards, cfg.EntryBytes = shards, 8<<10
	x := &answers{t: t, c: open(t, cfg), rng: rand.New(rand.NewPCG(seed, 7)), now: firstDay + 3600, rollups: map[string]bool{}}
	x.useRollups = []string{"0", "1", "2"}[seed%3]
	x.e = engine.New(engine.DefaultConfig(), x.c)
	groups := engine.DefaultConfig()
	groups.QueryCacheBytes, groups.KeptRows = 0, 1
	x.groups = engine.New(groups, x.c)
	x.run("CREATE TABLE e (ts DateTime('UTC'), user String, v UInt32) ENGINE = MergeTree PARTITION BY toDate(ts) ORDER BY (user, ts)")
	x.run("CREATE TABLE other (day Date, user String, v UInt32) ENGINE = MergeTree PARTITION BY day ORDER BY user")
	x.run("CREATE MATERIALIZED VIEW through TO other AS SELECT toDate(ts) AS day, user, v FROM e WHERE v % 3 = 0")
	return x
}

func (x *answers) run(sql string) string {
	x.t.Helper()
	out, _, err := ask(x.t.Context(), x.e, sql, nil)
	if err != nil {
		x.t.Fatalf("%s: %v", sql, err)
	}
	return out
}

func (x *answers) insert(at int64, rows int) {
	x.run(fmt.Sprintf("INSERT INTO e (ts, user, v) SELECT toDateTime(%d + number %% 120, 'UTC'), concat('u', toString((number + %d) * 7919 %% %d)), number + %d FROM numbers(%d)",
		at, x.n, 61+x.n/100, x.n, rows)) // Users become more: dictionaries grow.
	x.n += rows
}

// step changes something, or does something that changes nothing.
func (x *answers) step() string {
	switch n := x.rng.IntN(24); {
	case n < 8:
		x.now += x.rng.Int64N(5000)
		x.insert(x.now, 1+x.rng.IntN(50))
		return "rows"
	case n < 10:
		x.insert(firstDay+x.rng.Int64N(max(x.now-firstDay, 1)), 1+x.rng.IntN(20))
		return "late rows"
	case n == 10:
		x.insert(x.now, 2500)
		return "staged rows"
	case n < 14:
		must(x.t, x.c.Maintain(x.t.Context(), engine.Maintenance{Flush: true}))
		return "flush"
	case n < 16:
		must(x.t, x.c.Maintain(x.t.Context(), engine.Maintenance{Flush: true, Merge: true}))
		return "merge"
	case n == 16:
		x.run("OPTIMIZE TABLE e FINAL")
		return "optimize"
	case n == 17:
		x.run(fmt.Sprintf("ALTER TABLE e DROP PARTITION '2024-03-0%d'", 1+x.rng.IntN(3)))
		return "drop"
	case n == 18:
		verb := "DETACH"
		if x.detached {
			verb = "ATTACH"
		}
		x.detached = !x.detached
		x.run("ALTER TABLE e " + verb + " PARTITION '2024-03-01'")
		return verb
	case n == 19 && x.rng.IntN(4) == 0:
		x.run("TRUNCATE TABLE e")
		return "truncate"
	case n == 20:
		x.columns++
		x.run(fmt.Sprintf("ALTER TABLE other ADD COLUMN c%d UInt8 DEFAULT %d", x.columns, x.columns))
		return "add column"
	case n < 23:
		return x.rollup()
	}
	return "nothing"
}

// rollup makes one over rows that are there, or drops it.
func (x *answers) rollup() string {
	span := []string{"Minute", "Hour", "Month"}[x.rng.IntN(3)]
	name := "by_" + strings.ToLower(span)
	if x.rollups[name] {
		x.run("DROP TABLE " + name)
	} else {
		x.run(fmt.Sprintf("CREATE MATERIALIZED VIEW %s ENGINE = AggregatingMergeTree ORDER BY (t, user) AS SELECT toStartOf%s(ts) AS t, user, count() AS n, sum(v) AS s, uniqExact(user) AS u, max(v) AS hi FROM e GROUP BY t, user", name, span))
	}
	x.rollups[name] = !x.rollups[name]
	return "rollup"
}

// check asks every panel with and without the cache.
func (x *answers) check(did string) {
	x.t.Helper()
	list := panels
	for name, is := range x.rollups {
		if is {
			list = append(slices.Clip(list), "SELECT toDate(t) AS d, sum(n), sum(s), uniqExactMerge(u) FROM "+name+" WHERE t < toDate('2024-03-02') GROUP BY d ORDER BY d")
		}
	}
	for _, sql := range panels {
		x.compareSources(sql, did)
	}
	for _, sql := range list {
		x.compare(x.groups, sql, did)
		certificate := x.compare(x.e, sql, did)
		if strings.HasSuffix(did, "rows") {
			x.added++
			if strings.Contains(certificate, "cached=") {
				x.kept++
			}
		}
	}
}

// compareSources asks with and without rollups, and holds what EXPLAIN says of them, which
// asks every rollup for its reasons, against those that an answer came from.
func (x *answers) compareSources(sql, did string) {
	x.t.Helper()
	detail, _, err := ask(x.t.Context(), x.e, sql, engine.Settings{"use_rollups": "0", "use_query_cache": "0"})
	must(x.t, err)
	for _, mode := range []string{"1", "2"} {
		settings := engine.Settings{"use_rollups": mode, "use_query_cache": "0"}
		explained, _, err := ask(x.t.Context(), x.e, "EXPLAIN "+sql, settings)
		must(x.t, err)
		got, certificate, err := ask(x.t.Context(), x.e, sql, settings)
		must(x.t, err)
		again, _, err := ask(x.t.Context(), x.e, "EXPLAIN "+sql, settings)
		must(x.t, err)
		if isUsed := strings.Contains(explained, ": used"); explained == again && isUsed != strings.Contains(certificate, "rollups=") { // none was filled meanwhile
			x.t.Fatalf("%s after %s, use_rollups = %s: %s, but EXPLAIN\n%s", sql, did, mode, certificate, explained)
		}
		if got != detail {
			x.t.Fatalf("%s after %s, use_rollups = %s: %s\ngot\n%s\nwant\n%s", sql, did, mode, certificate, got, detail)
		}
		if strings.Contains(certificate, "rollups=") {
			x.rolled++
		}
	}
}

// compare asks with and without the cache. A rollup that is being filled changes by
// itself; then the answer must be one of before or after, or is asked for again.
func (x *answers) compare(e *engine.Engine, sql, did string) (certificate string) {
	x.t.Helper()
	settings := engine.Settings{"use_rollups": x.useRollups}
	off := engine.Settings{"use_rollups": x.useRollups, "use_query_cache": "0"}
	for {
		before, _, err := ask(x.t.Context(), x.e, sql, off)
		must(x.t, err)
		got, certificate, err := ask(x.t.Context(), e, sql, settings)
		must(x.t, err)
		if got == before {
			return certificate
		}
		after, _, err := ask(x.t.Context(), x.e, sql, off)
		must(x.t, err)
		if got == after {
			return certificate
		}
		if before == after {
			x.t.Fatalf("%s after %s: %s\ngot\n%s\nwant\n%s", sql, did, certificate, got, after)
		}
	}
}

// TestCachedAnswers compares answers from the cache with computed ones, between rows
// that come in and late, flushes, merges, drops, definitions and filling rollups.
func TestCachedAnswers(t *testing.T) {
	kept, added, rolled, segments := 0, 0, 0, int64(0)
	for seed := range uint64(6) {
		x := newAnswers(t, seed, 1+int(seed)%2)
		x.check("creation")
		for range 25 {
			x.check(x.step())
		}
		kept, added, rolled = kept+x.kept, added+x.added, rolled+x.rolled
		for _, m := range x.groups.MetricList() {
			if m.Name == "state_cache_hits_total" {
				segments += m.Value
			}
		}
		must(t, x.c.Close())
	}
	if kept*8 < added {
		t.Errorf("of %d answers after new rows %d were given again: the cache tells too few rows apart", added, kept)
	}
	if rolled == 0 {
		t.Error("no answer came from a rollup")
	}
	if segments == 0 {
		t.Error("no segment's groups were used again")
	}
	t.Logf("of %d answers after new rows %d were given again; %d times a segment was not read; %d answers from rollups", added, kept, segments, rolled)
}

// Where the clock is put back over midnight, days are no intervals of time.
func TestRollupsOfSplitDays(t *testing.T) {
	x := freshAnswers(t)
	x.run("CREATE TABLE e (ts DateTime('America/St_Johns'), v UInt32) ENGINE = MergeTree PARTITION BY toDate(ts) ORDER BY ts")
	x.run("CREATE MATERIALIZED VIEW by_day ORDER BY d AS SELECT toDate(ts) AS d, count() AS n, sum(v) AS s FROM e GROUP BY d")
	x.run("CREATE MATERIALIZED VIEW by_minute ORDER BY m AS SELECT toStartOfMinute(ts) AS m, count() AS n, sum(v) AS s FROM e GROUP BY m")
	x.run("INSERT INTO e SELECT toDateTime('2006-10-27 00:00:00', 'UTC') + number * 20, number FROM numbers(18000)")
	for _, did := range []string{"", "ALTER TABLE e DROP PARTITION '2006-10-28'", "ALTER TABLE e DROP PARTITION '2006-10-30'"} {
		if did != "" {
			x.run(did)
		}
		for _, sql := range []string{
			"SELECT toDate(ts) AS d, count(), sum(v) FROM e GROUP BY d ORDER BY d",
			"SELECT toDate(ts) AS d, count(), sum(v) FROM e WHERE ts >= '2006-10-28 00:00:30' AND ts < '2006-10-30 00:00:00' GROUP BY d ORDER BY d",
			"SELECT count(), sum(v) FROM e WHERE ts >= '2006-10-28 22:00:30' AND ts < '2006-10-29 03:00:00'",
		} {
			x.compareSources(sql, did)
		}
	}
	if x.rolled == 0 {
		t.Error("no answer came from a rollup")
	}
	must(t, x.c.Close())
}

// newHorizons is a table of a row every ten minutes of a week, with what the statements
// make of it.
func newHorizons(t *testing.T, statements ...string) *answers {
	x := freshAnswers(t)
	for _, sql := range statements {
		x.run(sql)
	}
	x.run("INSERT INTO e SELECT toDateTime('2024-02-27 12:00:00', 'UTC') + number * 600, concat('u', toString(number % 7)), number FROM numbers(1000)")
	return x
}

// A rollup that is kept for a shorter time than its table answers what it has; the rest
// comes from the table.
func TestRollupsThatAreKeptShorter(t *testing.T) {
	x := newHorizons(t,
		"CREATE TABLE e (ts DateTime('UTC'), user String, v UInt32) ENGINE = MergeTree PARTITION BY toDate(ts) ORDER BY (user, ts)",
		"CREATE MATERIALIZED VIEW minutes PARTITION BY toDate(t) ORDER BY t TTL t + INTERVAL 40000 DAY AS SELECT toStartOfMinute(ts) AS t, count() AS n, uniqExact(user) AS u FROM e GROUP BY t",
		// A week lies in the month that it begins in, and goes with it.
		"CREATE MATERIALIZED VIEW weeks PARTITION BY toYYYYMM(t) ORDER BY t TTL t + INTERVAL 40000 DAY AS SELECT toMonday(ts) AS t, count() AS n, sum(v) AS s, min(v) AS lo FROM e GROUP BY t")
	panels := []string{
		"SELECT count(), uniqExact(user) FROM e",
		"SELECT count(), sum(v), min(v) FROM e",
		"SELECT toMonday(ts) AS w, count(), sum(v) FROM e GROUP BY w ORDER BY w",
		"SELECT count(), uniqExact(user) FROM e WHERE ts >= '2024-02-27 15:05:30' AND ts < '2024-03-01 07:00:30'",
	}
	for _, did := range []string{
		"OPTIMIZE TABLE minutes", "ALTER TABLE minutes DROP PARTITION '2024-02-27'", "ALTER TABLE weeks DROP PARTITION 202402",
		"INSERT INTO e VALUES ('2024-02-27 03:00:00', 'late', 1), ('2024-03-02 03:00:00', 'late', 1)",
	} {
		x.run(did)
		for _, sql := range panels {
			x.compareSources(sql, did)
		}
	}
	if x.rolled == 0 {
		t.Error("no answer came from a rollup")
	}
	must(t, x.c.Close())
}

// Rows that come behind the horizon of a table are hidden by it, and counted by its
// rollups. One that was made when the horizon had moved does not show the spans before
// it: it has nothing but such rows of them.
func TestRollupsAndRowsBehindTheHorizon(t *testing.T) {
	x := newHorizons(t,
		"CREATE TABLE e (ts DateTime('UTC'), user String, v UInt32) ENGINE = MergeTree PARTITION BY toDate(ts) ORDER BY (user, ts) TTL ts + INTERVAL 40000 DAY",
		"CREATE MATERIALIZED VIEW before ORDER BY t AS SELECT toStartOfMinute(ts) AS t, count() AS n FROM e GROUP BY t")
	for _, sql := range []string{
		"ALTER TABLE e DROP PARTITION '2024-02-27'", "ALTER TABLE e DROP PARTITION '2024-02-28'",
		"INSERT INTO e VALUES ('2024-02-28 09:00:00', 'late', 1)", // Before the others are made.
		"CREATE MATERIALIZED VIEW minutes ORDER BY t AS SELECT toStartOfMinute(ts) AS t, count() AS n FROM e GROUP BY t",
		"CREATE MATERIALIZED VIEW days ORDER BY d AS SELECT toDate(ts) AS d, count() AS n FROM e GROUP BY d",
		"CREATE MATERIALIZED VIEW users ORDER BY user AS SELECT user, count() AS n FROM e GROUP BY user",
		"INSERT INTO e VALUES ('2024-02-28 10:00:00', 'late', 1), ('2024-01-28 10:00:00', 'late', 1)",
	} {
		x.run(sql)
	}
	for x.run("SELECT count() FROM system.rollups WHERE status != 'complete'") != "0\n" {
		runtime.Gosched()
	}
	for _, c := range []struct{ sql, want string }{
		{"SELECT count() FROM e", "784\n"},
		{"SELECT min(t), sum(n) FROM minutes", "2024-02-29 00:00:00\t784\n"},
		{"SELECT min(d), sum(n) FROM days", "2024-02-29\t784\n"},
		{"SELECT sum(n) FROM users", "787\n"}, // No time tells.
		{"SELECT min(t), sum(n) FROM before", "2024-01-28 10:00:00\t1003\n"},
		{"SELECT min(t), sum(n) FROM minutes SETTINGS rollup_beyond_detail = 1", "2024-01-28 10:00:00\t787\n"},
		{"SELECT count() FROM e SETTINGS rollup_beyond_detail = 1, use_rollups = 2", "1003\n"},
	} {
		if got := x.run(c.sql); got != c.want {
			t.Errorf("%s: %q, expected %q", c.sql, got, c.want)
		}
	}
	if got := x.run("EXPLAIN SELECT count() FROM e WHERE ts >= '2024-03-01 00:00:00' SETTINGS use_rollups = 2"); !strings.Contains(got, "rollup default.days: used\n") {
		t.Errorf("EXPLAIN of a query with a setting of its own:\n%s", got)
	}
	for _, sql := range []string{
		"SELECT count(), min(ts) FROM e", "SELECT toDate(ts) AS d, count() FROM e GROUP BY d ORDER BY d",
		"SELECT toStartOfMonth(ts) AS m, count() FROM e WHERE ts < '2024-03-02 10:00:30' GROUP BY m ORDER BY m",
	} {
		x.compareSources(sql, "rows behind the horizon")
	}
	must(t, x.c.Close())
}

// A table is kept short by hand, from the middle, so that every day leaves a gap.
func TestManyGaps(t *testing.T) {
	x := freshAnswers(t)
	x.run("CREATE TABLE e (ts DateTime64(3, 'UTC'), v UInt32) ENGINE = MergeTree PARTITION BY toDate(ts) ORDER BY ts")
	x.run("CREATE MATERIALIZED VIEW hours ORDER BY t AS SELECT toStartOfHour(ts) AS t, count() AS n, sum(v) AS s FROM e GROUP BY t")
	x.run("INSERT INTO e SELECT toDateTime64('2024-01-01 05:00:00.125', 3, 'UTC') + number * 900, number FROM numbers(9000)")
	for day := range 40 {
		did := fmt.Sprintf("ALTER TABLE e DROP PARTITION toDate('2024-01-05') + %d", day*2)
		x.run(did)
		if day%5 != 0 {
			continue
		}
		for _, sql := range []string{
			"SELECT count(), sum(v) FROM e", "SELECT toDate(ts) AS d, count() FROM e WHERE ts >= '2024-01-02 03:04:05.006' GROUP BY d ORDER BY d",
		} {
			x.compareSources(sql, did)
		}
	}
	if got := x.run("EXPLAIN SELECT count() FROM e SETTINGS use_rollups = 2"); strings.Count(got, "Scan default.e ") != 16 {
		t.Errorf("EXPLAIN of a query over forty gaps:\n%s", got)
	}
	must(t, x.c.Close())
}

// The horizon of a rollup is of another time than the one that is asked for.
func TestGapsOfAnotherTime(t *testing.T) {
	x := freshAnswers(t)
	x.run("CREATE TABLE e (ts DateTime('UTC'), seen DateTime('UTC'), v UInt32) ENGINE = MergeTree PARTITION BY toDate(seen) ORDER BY ts")
	x.run("CREATE MATERIALIZED VIEW r PARTITION BY d ORDER BY (d, t) TTL d + INTERVAL 40000 DAY AS SELECT toDate(seen) AS d, toStartOfHour(ts) AS t, count() AS n, sum(v) AS s FROM e GROUP BY d, t")
	x.run("INSERT INTO e SELECT toDateTime('2024-02-27 12:00:00', 'UTC') + number * 60, toDateTime('2024-02-27 12:00:00', 'UTC') + number * 60 + number * 7919 % 200000, number FROM numbers(8000)")
	for _, did := range []string{"ALTER TABLE r DROP PARTITION '2024-02-27'", "ALTER TABLE e DROP PARTITION '2024-03-01'", "ALTER TABLE r DROP PARTITION '2024-02-28'"} {
		x.run(did)
		before := x.rolled
		for _, sql := range []string{
			"SELECT count(), sum(v) FROM e",
			"SELECT count(), sum(v) FROM e WHERE ts >= '2024-02-28 03:10:00' AND ts < '2024-03-02 05:30:00'",
			"SELECT toStartOfHour(ts) AS h, count() FROM e WHERE ts < '2024-03-02 05:30:00' GROUP BY h ORDER BY h",
			"SELECT toDate(seen) AS d, count() FROM e WHERE seen >= '2024-02-28 10:30:00' AND ts < '2024-03-02 05:30:00' GROUP BY d ORDER BY d",
			"SELECT toMonday(seen) AS w, sum(v) FROM e WHERE seen >= '2024-02-28 10:30:00' GROUP BY w ORDER BY w",
		} {
			x.compareSources(sql, did)
		}
		if x.rolled == before {
			t.Errorf("%s: no answer came from a rollup", did)
		}
	}
	must(t, x.c.Close())
}

// A key of a rollup with IN is found in a query, whose sets are others with the same values.
func TestRollupOverSets(t *testing.T) {
	x := freshAnswers(t)
	x.run("CREATE TABLE e (ts DateTime('UTC'), a String, n UInt32) ENGINE = MergeTree ORDER BY ts")
	x.run("CREATE MATERIALIZED VIEW r ORDER BY k AS SELECT a IN ('x', 'y') AS k, count() AS c FROM e GROUP BY k")
	x.run("INSERT INTO e SELECT toDateTime('2024-01-01 00:00:00', 'UTC') + number, ['x', 'y', 'z'][1 + number % 3], number FROM numbers(900)")
	sql := "SELECT a IN ('y', 'x', 'x'), count() FROM e GROUP BY a IN ('y', 'x', 'x') ORDER BY 1"
	x.compareSources(sql, "rows")
	if x.rolled == 0 {
		t.Errorf("%s: not answered by the rollup:\n%s", sql, x.run("EXPLAIN "+sql))
	}
	before := x.rolled
	x.compareSources("SELECT a IN ('x', 'z') AS k, count() FROM e GROUP BY k ORDER BY k", "rows")
	if x.rolled != before {
		t.Error("a rollup by another set answers")
	}
	must(t, x.c.Close())
}

// An insert that a view can't take is refused with the view's name: several may feed one table.
func TestErrorsNameTheView(t *testing.T) {
	x := freshAnswers(t)
	for _, sql := range []string{
		"CREATE TABLE raw (s String) ENGINE = Null",
		"CREATE TABLE clean (ts DateTime('UTC')) ENGINE = MergeTree ORDER BY ts",
		"CREATE MATERIALIZED VIEW first TO clean AS SELECT toDateTime('2024-01-01 00:00:00', 'UTC') AS ts FROM raw",
		"CREATE MATERIALIZED VIEW second TO clean AS SELECT toDateTime(s, 'UTC') AS ts FROM raw",
	} {
		x.run(sql)
	}
	_, _, err := ask(t.Context(), x.e, "INSERT INTO raw VALUES ('no time')", nil)
	if err == nil || !strings.Contains(err.Error(), "materialized view default.second into default.clean: ") {
		t.Errorf("an insert that a view refuses: %v", err)
	}
	if got := x.run("SELECT count() FROM clean"); got != "0\n" {
		t.Errorf("%s rows of an insert that was refused", got)
	}
	must(t, x.c.Close())
}

// The parts of one query are of one moment, also when they are answers of other queries, which
// may have begun later: of numbers that are always equal none is ahead.
func TestPartsOfOneMoment(t *testing.T) {
	x := freshAnswers(t)
	x.run("CREATE TABLE e (ts DateTime('UTC'), n UInt32) ENGINE = MergeTree ORDER BY ts")
	x.run("CREATE TABLE copy (n UInt32) ENGINE = MergeTree ORDER BY n")
	x.run("CREATE MATERIALIZED VIEW minutes AS SELECT toStartOfMinute(ts) AS t, count() AS c FROM e GROUP BY t")
	x.run("CREATE MATERIALIZED VIEW through TO copy AS SELECT n FROM e")
	var readers sync.WaitGroup
	done := make(chan struct{})
	for range 4 {
		readers.Go(func() {
			for i := 0; ; i++ {
				select {
				case <-done:
					return
				default:
				}
				got, _, err := ask(t.Context(), x.e, "SELECT (SELECT count() FROM e), (SELECT sum(c) FROM minutes), (SELECT count() FROM copy)", nil)
				counts := strings.Fields(got)
				if err != nil || len(counts) != 3 || counts[0] != counts[1] || counts[1] != counts[2] {
					t.Errorf("rows of a table, of its rollup and of a copy: %s (%v)", strings.TrimSpace(got), err)
					return
				}
			}
		})
	}
	for i := range 600 {
		x.run(fmt.Sprintf("INSERT INTO e VALUES ('2024-01-01 00:00:00', %d)", i))
	}
	close(done)
	readers.Wait()
	must(t, x.c.Close())
}
