package fanout_test

import (
	"runtime"
	"testing"

	"github.com/freshetdb/freshet/query/engine"
)

// certified asks, by rollups where that is possible, and compares the certificate.
func (x *answers) certified(sql, want string) {
	x.t.Helper()
	_, got, err := ask(x.t.Context(), x.e, sql, engine.Settings{"use_rollups": "2", "use_query_cache": "0"})
	must(x.t, err)
	if got != want {
		x.t.Errorf("%s: %q, expected %q", sql, got, want)
	}
}

// filled waits until the past of all rollups is in.
func (x *answers) filled() {
	for x.run("SELECT count() FROM system.rollups WHERE status = 'filling'") != "0\n" {
		runtime.Gosched()
	}
}

// TestCompleteThrough: a rollup is complete through the time that its table is, where it
// is in step with it.
func TestCompleteThrough(t *testing.T) {
	x := freshAnswers(t)
	for _, sql := range []string{
		"CREATE TABLE e (ts DateTime('UTC'), user String) ENGINE = MergeTree PARTITION BY toDate(ts) ORDER BY ts SETTINGS max_lateness_seconds = 900",
		"INSERT INTO e SELECT toDateTime('2026-06-02 11:14:30', 'UTC') - number * 600, toString(number) FROM numbers(1000)",
		"CREATE MATERIALIZED VIEW by_minute PARTITION BY toDate(t) ORDER BY t AS SELECT toStartOfMinute(ts) AS t, count() AS n FROM e GROUP BY t",
		"CREATE MATERIALIZED VIEW by_hour ORDER BY t AS SELECT toStartOfHour(t) AS t, sum(n) AS n FROM by_minute GROUP BY t",
		"CREATE TABLE silent (ts DateTime('UTC')) ENGINE = MergeTree ORDER BY ts",
		"CREATE MATERIALIZED VIEW speaks ORDER BY t SETTINGS max_lateness_seconds = 60 AS SELECT toStartOfMinute(ts) AS t, count() AS n FROM silent GROUP BY t",
	} {
		x.run(sql)
	}
	x.filled()
	const known, unknown = "exact; complete-through=2026-06-02T10:59:30Z", "exact; complete-through=unknown"
	x.certified("SELECT count() FROM e WHERE ts >= '2026-06-01 00:00:00' GROUP BY toStartOfMinute(ts) SETTINGS use_rollups = 0", known)
	x.certified("SELECT toStartOfMinute(ts) AS t, count() FROM e GROUP BY t", "exact; rollups=default.by_minute; complete-through=2026-06-02T10:59:30Z")
	x.certified("SELECT count() FROM e WHERE ts >= '2026-06-01 00:00:20' GROUP BY toStartOfMinute(ts)", "exact; rollups=default.by_minute; complete-through=2026-06-02T10:59:30Z")
	x.certified("SELECT t, n FROM by_minute", known)
	x.certified("SELECT sum(n) FROM by_hour", known)
	x.certified("SELECT sum(n) FROM speaks", unknown) // No rows.
	x.run("INSERT INTO silent VALUES ('2026-06-02 00:01:00')")
	x.certified("SELECT sum(n) FROM speaks", "exact; complete-through=2026-06-02T00:00:00Z")
	x.certified("SELECT count() FROM silent SETTINGS use_rollups = 0", unknown)
	x.certified("SELECT sum(n) FROM by_minute UNION ALL SELECT max(toSecond(ts)) FROM silent", unknown)

	// The rollups hold a day that the table has not.
	x.run("ALTER TABLE e DROP PARTITION '2026-05-30'")
	x.certified("SELECT sum(n) FROM by_minute", unknown)
	x.certified("SELECT sum(n) FROM by_minute WHERE t < '2026-05-30 12:00:00'", unknown)
	x.certified("SELECT sum(n) FROM by_minute WHERE t >= '2026-05-31 00:00:00'", known)
	x.certified("SELECT sum(n) FROM by_hour WHERE toDate(t) = '2026-06-01'", known)
	x.certified("SELECT count() FROM e GROUP BY toStartOfMinute(ts)", "exact; rollups=default.by_minute; complete-through=2026-06-02T10:59:30Z")

	x.run("ALTER TABLE by_minute DROP PARTITION '2026-05-31'")
	x.certified("SELECT sum(n) FROM by_minute WHERE t >= '2026-06-01 00:00:00'", unknown) // Nobody knows what it differs in.
	x.certified("SELECT sum(n) FROM by_hour WHERE t >= '2026-06-01 00:00:00'", known)
	must(t, x.c.Close())
}
