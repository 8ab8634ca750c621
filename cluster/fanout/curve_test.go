package fanout_test

import (
	"strings"
	"testing"
)

// TestCurvesOfTheDocumentation: the three forms in docs/rollups.md give one curve, a row a
// minute, and EXPLAIN tells that they are one pass and which of them a rollup answers.
func TestCurvesOfTheDocumentation(t *testing.T) {
	x := freshAnswers(t)
	for _, sql := range []string{
		"CREATE TABLE visits (ts DateTime, page String, user String, province LowCardinality(String), ms UInt32) ENGINE = MergeTree PARTITION BY toDate(ts) ORDER BY (page, ts)",
		"CREATE MATERIALIZED VIEW by_minute PARTITION BY toDate(minute) ORDER BY minute AS SELECT toStartOfMinute(ts) AS minute, province, count() AS pv, uniqExact(user) AS uv, sum(ms) AS ms FROM visits GROUP BY minute, province",
		"INSERT INTO visits SELECT toDateTime('2026-06-02 00:00:00') + number * 7, toString(number % 5), toString(number * number % 1009), toString(number % 4), number FROM numbers(9000)",
	} {
		x.run(sql)
	}
	const of = "toDate(%s) = '2026-06-02'"
	by := func(col string) string { return strings.Replace(of, "%s", col, 1) }
	// Every user in the minute of his first row, counted: joined with all minutes.
	want := x.run("SELECT m, countIf(first <= m) FROM (SELECT DISTINCT toStartOfMinute(ts) AS m FROM visits WHERE " + by("ts") + ") CROSS JOIN (SELECT toStartOfMinute(min(ts)) AS first FROM visits WHERE " + by("ts") + " GROUP BY user) GROUP BY m ORDER BY m")
	if n := strings.Count(want, "\n"); n != 1050 {
		t.Fatalf("the curve has %d minutes", n)
	}
	for _, c := range []struct {
		sql       string
		explained []string
	}{
		{"SELECT DISTINCT minute, uniqExactMerge(uv) OVER (ORDER BY minute) FROM by_minute WHERE " + by("minute"), []string{"range unbounded preceding to current row in one pass"}},
		{
			"SELECT DISTINCT toStartOfMinute(ts) AS m, uniqExact(user) OVER (ORDER BY toStartOfMinute(ts)) FROM visits WHERE " + by("ts"),
			[]string{"range unbounded preceding to current row in one pass", "Rewrite group_before_window: applied", "rollup default.by_minute: used"},
		},
		{
			"SELECT m, sum(n) OVER (ORDER BY m) FROM (SELECT m, count() AS n FROM (SELECT toStartOfMinute(min(ts)) AS m FROM visits WHERE " + by("ts") + " GROUP BY user) GROUP BY m)",
			[]string{"range unbounded preceding to current row in one pass", "New members by m", "Rewrite first_seen: applied", "rollup default.by_minute: used"},
		},
	} {
		explained := x.run("EXPLAIN " + c.sql + " SETTINGS use_rollups = 2")
		for _, text := range c.explained {
			if !strings.Contains(explained, text) {
				t.Errorf("EXPLAIN %s does not say %q:\n%s", c.sql, text, explained)
			}
		}
		got := x.run(c.sql + " ORDER BY 1 SETTINGS use_rollups = 2")
		if strings.HasPrefix(c.sql, "SELECT m") { // It has the minutes in which somebody is new.
			if !isWithin(got, want) || !strings.HasSuffix(want, got[strings.LastIndex(got, "\t"):]) {
				t.Errorf("%s:\n%s", c.sql, got)
			}
			continue
		}
		if got != want {
			t.Errorf("%s:\n%s\nwant\n%s", c.sql, got, want)
		}
	}
	must(t, x.c.Close())
}

// isWithin tells whether every line of some is one of all.
func isWithin(some, all string) bool {
	lines := map[string]bool{}
	for line := range strings.Lines(all) {
		lines[line] = true
	}
	for line := range strings.Lines(some) {
		if !lines[line] {
			return false
		}
	}
	return some != ""
}

// TestUsersBySymbols: what is computed of every user without naming him is computed by
// symbols, and EXPLAIN says so.
func TestUsersBySymbols(t *testing.T) {
	x := freshAnswers(t)
	x.run("CREATE TABLE visits (ts DateTime, user String, action String) ENGINE = MergeTree ORDER BY ts")
	x.run("INSERT INTO visits SELECT toDateTime('2026-06-02 00:00:00') + number * 7, toString(number * number % 1009), ['view', 'buy'][number % 2 + 1] FROM numbers(9000)")
	for _, c := range []struct{ sql, rule string }{
		{"SELECT l, count() FROM (SELECT user, windowFunnel(3600)(ts, action = 'view', action = 'buy') AS l FROM visits GROUP BY user) GROUP BY l ORDER BY l", "events_by_key"},
		{"SELECT sum(r[1]), sum(r[2]) FROM (SELECT user, retention(action = 'view', action = 'buy') AS r FROM visits GROUP BY user)", "events_by_key"},
		{"SELECT countIf(f < '2026-06-02 06:00:00'), countIf(l > '2026-06-02 06:00:00') FROM (SELECT user, min(ts) AS f, max(ts) AS l FROM visits GROUP BY user)", "times_by_key"},
	} {
		if explained := x.run("EXPLAIN " + c.sql); !strings.Contains(explained, "Rewrite "+c.rule+": applied") {
			t.Errorf("%s is not applied to %s:\n%s", c.rule, c.sql, explained)
		}
		if got, want := x.run(c.sql), x.run(c.sql+" SETTINGS rewrites_off = '"+c.rule+"'"); got != want {
			t.Errorf("%s:\n%s\nwithout the rule:\n%s", c.sql, got, want)
		}
	}
	must(t, x.c.Close())
}
