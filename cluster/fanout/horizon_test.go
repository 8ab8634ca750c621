package fanout_test

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/freshetdb/freshet/query/engine"
)

var horizonOf = regexp.MustCompile(`horizon=([^;]+)`)

// horizon is that of a certificate, in Unix seconds; 0 when it has none.
func horizon(t *testing.T, certificate string) int64 {
	m := horizonOf.FindStringSubmatch(certificate)
	if m == nil {
		return 0
	}
	at, err := time.Parse(time.RFC3339, m[1])
	must(t, err)
	return at.Unix()
}

// newBehind is a table whose first days are gone but for rows that came late, with
// rollups of all kinds, and a table that has kept everything.
func newBehind(t *testing.T) *answers {
	x := newHorizons(t,
		"CREATE TABLE kept (ts DateTime('UTC'), user String, v UInt32) ENGINE = MergeTree ORDER BY ts",
		"CREATE TABLE e (ts DateTime('UTC'), user String, v UInt32) ENGINE = MergeTree PARTITION BY toDate(ts) ORDER BY (user, ts) TTL ts + INTERVAL 40000 DAY",
		"CREATE MATERIALIZED VIEW keeps TO kept AS SELECT * FROM e",
		"CREATE MATERIALIZED VIEW minutes PARTITION BY toDate(t) ORDER BY t TTL t + INTERVAL 40000 DAY AS SELECT toStartOfMinute(ts) AS t, count() AS n, sum(v) AS s FROM e GROUP BY t",
		"CREATE MATERIALIZED VIEW days ORDER BY d AS SELECT toDate(ts) AS d, user, count() AS n, sum(v) AS s, uniqExact(user) AS u FROM e GROUP BY d, user")
	for _, sql := range []string{
		"ALTER TABLE minutes DROP PARTITION '2024-02-27'", // It is kept for a shorter time than days.
		"ALTER TABLE e DROP PARTITION '2024-02-27'", "ALTER TABLE e DROP PARTITION '2024-02-28'", "ALTER TABLE e DROP PARTITION '2024-02-29'",
		"INSERT INTO e VALUES ('2024-02-28 09:00:07', 'late', 1000000)",
		"CREATE MATERIALIZED VIEW after ORDER BY t AS SELECT toStartOfHour(ts) AS t, count() AS n, sum(v) AS s FROM e GROUP BY t",
		"CREATE MATERIALIZED VIEW users ORDER BY user AS SELECT user, count() AS n, sum(v) AS s FROM e GROUP BY user",
		"INSERT INTO e VALUES ('2024-02-28 10:00:09', 'late', 1000000), ('2024-02-27 13:00:00', 'late', 1000000), ('2024-03-02 10:00:00', 'late', 1000000)",
	} {
		x.run(sql)
	}
	x.filled()
	return x
}

// TestBehindTheHorizon: an answer has every row of its range from its certificate's
// horizon on, and none from before it, whichever source it comes from.
func TestBehindTheHorizon(t *testing.T) {
	x := newBehind(t)
	const first, last = 1_709_035_200, 1_709_640_000 // of the rows
	const expired = 1_709_251_200                    // 2024-03-01: the table's horizon
	r := rand.New(rand.NewPCG(5, 3))
	at := func() int64 {
		s := first - 86_400 + r.Int64N(last-first+2*86_400)
		return s - s%[]int64{1, 60, 3600, 86_400}[r.IntN(4)]
	}
	reached, stayed := 0, 0
	for range 400 {
		var where []string
		if r.IntN(4) > 0 {
			where = append(where, fmt.Sprintf("ts >= toDateTime(%d, 'UTC')", at()))
		}
		if r.IntN(2) > 0 {
			where = append(where, fmt.Sprintf("ts < toDateTime(%d, 'UTC')", at()))
		}
		sql := "SELECT count(), sum(v) FROM %s WHERE " + strings.Join(append(where, "1"), " AND ")
		tail := ""
		switch r.IntN(4) {
		case 0:
			tail = " GROUP BY toDate(ts) AS d ORDER BY d"
		case 1:
			tail = " GROUP BY toStartOfHour(ts) AS d ORDER BY d"
		case 2:
			tail = " GROUP BY user ORDER BY user"
		}
		settings := engine.Settings{
			"rollup_beyond_detail": "1", "use_query_cache": "0", "use_rollups": []string{"0", "1", "2"}[r.IntN(3)],
			"rewrites_off": []string{"", "push_filters", "prune_columns"}[r.IntN(3)],
		}
		got, certificate, err := ask(t.Context(), x.e, fmt.Sprintf(sql, "e")+tail, settings)
		must(t, err)
		since := horizon(t, certificate)
		want := x.run(fmt.Sprintf(sql+" AND ts >= toDateTime(%d, 'UTC')", "kept", since) + tail)
		if got != want {
			t.Errorf("%s%s, %v: %s\ngot\n%s\nwant\n%s", sql, tail, settings, certificate, got, want)
		}
		switch {
		case since < expired:
			reached++
		default:
			stayed++
		}
		if settings["use_rollups"] == "0" && since != expired {
			t.Errorf("%s%s without rollups: %s", sql, tail, certificate)
		}
		delete(settings, "rollup_beyond_detail")
		if _, certificate, err = ask(t.Context(), x.e, fmt.Sprintf(sql, "e")+tail, settings); err != nil || horizon(t, certificate) != expired {
			t.Errorf("%s%s without rollup_beyond_detail: %s, %v", sql, tail, certificate, err)
		}
	}
	if reached < 100 || stayed < 50 {
		t.Errorf("%d answers reached behind the horizon, %d did not", reached, stayed)
	}
	must(t, x.c.Close())
}

// TestWhatIsSaidOfTheHorizon: the certificate and EXPLAIN say how far back an answer
// reaches, and why not further.
func TestWhatIsSaidOfTheHorizon(t *testing.T) {
	x := newBehind(t)
	for _, c := range []struct {
		sql, rows, certificate string
		explained              []string
	}{
		{
			"SELECT toDate(ts) AS d, count() FROM e WHERE ts >= '2024-02-27 05:00:00' AND ts < '2024-03-02 00:00:00' GROUP BY d ORDER BY d",
			"2024-02-28\t146\n2024-02-29\t144\n2024-03-01\t144\n", "exact; rollups=default.minutes; horizon=2024-02-28T00:00:00Z; complete-through=unknown",
			[]string{"rollup default.minutes: used, behind the horizon of e back to 2024-02-28 00:00:00 UTC", "rollup default.after: not used behind the horizon of e: it reaches no further back than its table"},
		},
		{
			"SELECT count() FROM e", "1004\n", "exact; rollups=default.days; complete-through=unknown",
			[]string{"rollup default.days: used, also for what lies behind the horizon of e", "rollup default.minutes: not used: default.days reaches further back", "rollup default.users: not used behind the horizon of e: it was made when rows of its table had expired, and has no key that holds their time"},
		},
		{
			"SELECT count() FROM e WHERE ts < '2024-02-28 12:00:30'", "0\n", "exact; horizon=2024-03-01T00:00:00Z; complete-through=unknown",
			[]string{"rollup default.days: not used behind the horizon of e: its table has no rows any more of the part of a span at an end of the range", "table default.e: read from its horizon 2024-03-01 00:00:00 UTC on"},
		},
		{
			"SELECT count() FROM e WHERE ts < '2024-02-28 12:01:00' AND ts >= '2024-02-28 00:00:30'", "74\n", "exact; rollups=default.minutes; horizon=2024-02-28T00:01:00Z; complete-through=unknown",
			[]string{"rollup default.minutes: used, behind the horizon of e back to 2024-02-28 00:01:00 UTC"},
		},
		{
			"SELECT min(ts) FROM e", "2024-03-01 00:00:00\n", "exact; horizon=2024-03-01T00:00:00Z; complete-through=unknown",
			[]string{"table default.e: read from its horizon 2024-03-01 00:00:00 UTC on"},
		},
		{"SELECT count() FROM (SELECT ts FROM e)", "1004\n", "exact; rollups=default.days; complete-through=unknown", nil},
		{"SELECT ts FROM e ORDER BY ts LIMIT 1", "2024-03-01 00:00:00\n", "exact; horizon=2024-03-01T00:00:00Z; complete-through=unknown", nil},
	} {
		rows, certificate, err := ask(t.Context(), x.e, c.sql+" SETTINGS rollup_beyond_detail = 1, use_query_cache = 0", nil)
		must(t, err)
		if rows != c.rows || certificate != c.certificate {
			t.Errorf("%s: %s%q, expected %s%q", c.sql, rows, certificate, c.rows, c.certificate)
		}
		explained := x.run("EXPLAIN " + c.sql + " SETTINGS rollup_beyond_detail = 1")
		for _, line := range c.explained {
			if !strings.Contains(explained, line+"\n") {
				t.Errorf("EXPLAIN %s does not say %q:\n%s", c.sql, line, explained)
			}
		}
	}
	must(t, x.c.Close())
}
