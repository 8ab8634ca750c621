package work

// funnels are the questions about what users did in turn.
func funnels() []Question {
	const (
		steps  = "action = 'exposure', action = 'click', action = 'purchase'"
		inStep = "action IN ('exposure', 'click', 'purchase')"
		levels = "SELECT countIf(l >= 1), countIf(l >= 2), countIf(l >= 3) FROM "
		days   = "toDate(ts) = '2026-06-01', toDate(ts) = '2026-06-02', toDate(ts) = '2026-06-03'"
	)
	return []Question{
		{
			Work: "W6", Name: "funnel within an hour", Same: 4, Expert: 2,
			Freshet:       levels + "(SELECT user_id, windowFunnel(3600)(ts, " + steps + ") AS l FROM detail WHERE " + inStep + " GROUP BY user_id)",
			ClickHouseExp: []string{levels + "(SELECT u, windowFunnel(3600)(ts, " + steps + ") AS l FROM x_user WHERE " + inStep + " GROUP BY u SETTINGS optimize_aggregation_in_order = 1)", levels + "(SELECT u, windowFunnel(3600)(ts, " + steps + ") AS l FROM x_user WHERE " + inStep + " GROUP BY u)"},
			DuckDB:        duckFunnel("user_id", "detail"), DuckDBExpert: []string{duckFunnel("u", "x_time")},
		},
		{
			Work: "W6", Name: "funnel by content, a day", Same: 4, Expert: 2,
			Freshet: levels + "(SELECT user_id, content_id, windowFunnel(3600)(ts, " + steps + ") AS l FROM detail WHERE " + inDay + " AND " + inStep + " GROUP BY user_id, content_id)",
			ClickHouseExp: []string{
				levels + "(SELECT u, c, windowFunnel(3600)(ts, " + steps + ") AS l FROM x_time WHERE " + inDay + " AND " + inStep + " GROUP BY u, c)",
			},
			NoDuckDB: "it has no funnel, and the join for it does not end in bounded time",
		},
		{
			Work: "W6", Name: "retention over three days", Same: 4, Expert: 2,
			Freshet: "SELECT sum(r[1]), sum(r[2]), sum(r[3]) FROM (SELECT user_id, retention(" + days + ") AS r FROM detail GROUP BY user_id)",
			ClickHouseExp: []string{
				"SELECT sum(r[1]), sum(r[2]), sum(r[3]) FROM (SELECT u, retention(" + days + ") AS r FROM x_user GROUP BY u)",
				"SELECT bitmapCardinality(a), bitmapAndCardinality(a, b), bitmapAndCardinality(a, c) FROM (SELECT groupBitmapMergeStateIf(s, day = '2026-06-01') AS a, " +
					"groupBitmapMergeStateIf(s, day = '2026-06-02') AS b, groupBitmapMergeStateIf(s, day = '2026-06-03') AS c FROM b_whole_day)",
			},
			FreshetExpert: []string{
				"SELECT sum(r[1]), sum(r[2]), sum(r[3]) FROM (SELECT user_id, retention(" + days + ") AS r FROM detail GROUP BY user_id)",
				"SELECT bitmapCardinality(a), bitmapAndCardinality(a, b), bitmapAndCardinality(a, c) FROM (SELECT uniqExactMergeStateIf(uv, day = '2026-06-01') AS a, " +
					"uniqExactMergeStateIf(uv, day = '2026-06-02') AS b, uniqExactMergeStateIf(uv, day = '2026-06-03') AS c FROM by_day)",
			},
			DuckDB:       duckRetention("user_id", "detail"),
			DuckDBExpert: []string{duckRetention("u", "x_time")},
		},
	}
}

// duckFunnel is the funnel by windows: the last exposure before each click, and the
// last such click's exposure before each purchase.
func duckFunnel(user, from string) string {
	return "WITH e AS (SELECT " + user + " AS k, ts, action FROM " + from + " WHERE action IN ('exposure', 'click', 'purchase')), " +
		"h AS (SELECT * FROM e WHERE k IN (SELECT k FROM e WHERE action = 'click')), " +
		"t AS (SELECT k, ts, action, max(CASE WHEN action = 'exposure' THEN ts END) OVER (PARTITION BY k ORDER BY ts) AS le FROM h), " +
		"v AS (SELECT k, ts, action, le, max(CASE WHEN action = 'click' THEN le END) OVER (PARTITION BY k ORDER BY ts) AS lc FROM t) " +
		"SELECT (SELECT count(DISTINCT k) FROM e WHERE action = 'exposure'), count(DISTINCT k) FILTER (WHERE action = 'click' AND le >= ts - INTERVAL 1 HOUR), " +
		"count(DISTINCT k) FILTER (WHERE action = 'purchase' AND lc >= ts - INTERVAL 1 HOUR) FROM v"
}

func duckRetention(user, from string) string {
	return "SELECT count(*) FILTER (WHERE a), count(*) FILTER (WHERE a AND b), count(*) FILTER (WHERE a AND c) FROM (SELECT " + user +
		", bool_or(ts >= '2026-06-01' AND ts < '2026-06-02') AS a, bool_or(ts >= '2026-06-02' AND ts < '2026-06-03') AS b, " +
		"bool_or(ts >= '2026-06-03' AND ts < '2026-06-04') AS c FROM " + from + " GROUP BY " + user + ")"
}

// EventQuestions are all questions about the event stream.
func EventQuestions() []Question {
	list := topN()
	list = append(list, visitors()...)
	list = append(list, scans()...)
	return append(list, funnels()...)
}
