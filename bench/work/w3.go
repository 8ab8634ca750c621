package work

import "github.com/freshetdb/freshet/bench/peer"

// approximate is how far a sketch may be off.
const approximate = 0.05

// firstMinutes counts the users of a source by the minute in which they came first,
// and adds up.
func firstMinutes(from, user, minute string) string {
	return "SELECT m, sum(n) OVER (ORDER BY m) FROM (SELECT m, count(*) AS n FROM (SELECT " + minute + " AS m FROM " + from +
		" GROUP BY " + user + ") GROUP BY m) ORDER BY m"
}

func visitors() []Question {
	const (
		minuteOfFirst  = "toStartOfMinute(min(ts))"
		minuteOfFirstD = "date_trunc('minute', min(ts))"
		hot            = inDay + " AND content_id = '" + hotContent + "'"
		hotNumber      = "12345"
	)
	return append(uniques(), []Question{
		{
			Work: "W3", Name: "site curve of a day", Same: 20, Expert: 5,
			Freshet: firstMinutes("detail WHERE "+inDay, "user_id", minuteOfFirst),
			FreshetExpert: []string{
				firstMinutes("detail WHERE "+inDay, "user_id", minuteOfFirst),
				"SELECT minute, uniqExactMerge(uv) OVER (ORDER BY minute) FROM by_minute WHERE " + minutes + " ORDER BY minute",
				"SELECT m, sum(n) OVER (ORDER BY m) FROM (SELECT toStartOfMinute(first) AS m, count() AS n FROM by_user_day WHERE day = '2026-06-03' GROUP BY m) ORDER BY m",
			},
			ClickHouseExp: []string{
				firstMinutes("x_time WHERE "+inDay, "u", minuteOfFirst),
				"SELECT m, sum(n) OVER (ORDER BY m) FROM (SELECT toStartOfMinute(first) AS m, count() AS n FROM first_of_day WHERE day = '2026-06-03' GROUP BY m) ORDER BY m",
				"SELECT minute, groupBitmapMerge(s) OVER (ORDER BY minute) FROM b_minute WHERE " + minutes + " ORDER BY minute",
			},
			DuckDB:       firstMinutes("detail WHERE "+inDay, "user_id", minuteOfFirstD),
			DuckDBExpert: []string{firstMinutes("x_time WHERE "+inDay, "u", minuteOfFirstD)},
		},
		{
			Work: "W3", Name: "hot content's curve of a day", Same: 10, Expert: 3,
			Freshet: firstMinutes("detail WHERE "+hot, "user_id", minuteOfFirst),
			FreshetExpert: []string{
				firstMinutes("detail WHERE "+hot, "user_id", minuteOfFirst),
				"SELECT minute, uniqExactMerge(uv) OVER (ORDER BY minute) FROM (SELECT minute, uniqExactMergeState(uv) AS uv FROM r_content WHERE " +
					minutes + " AND content_id = '" + hotContent + "' GROUP BY minute) ORDER BY minute",
			},
			ClickHouseExp: []string{
				firstMinutes("x_content WHERE "+inDay+" AND c = "+hotNumber, "u", minuteOfFirst),
				"SELECT minute, groupBitmapMerge(s) OVER (ORDER BY minute) FROM b_content WHERE c = " + hotNumber + " AND " + minutes + " ORDER BY minute",
			},
			DuckDB:       firstMinutes("detail WHERE "+hot, "user_id", minuteOfFirstD),
			DuckDBExpert: []string{firstMinutes("x_content WHERE "+inDay+" AND c = "+hotNumber, "u", minuteOfFirstD)},
		},
		{
			Work: "W3", Name: "new and returning users of a day", Same: 15, Expert: 1,
			Freshet: "SELECT countIf(f >= '" + dayFrom + "'), countIf(f < '" + dayFrom + "') FROM (SELECT user_id, min(ts) AS f, max(ts) AS l " +
				"FROM detail GROUP BY user_id) WHERE l >= '" + dayFrom + "'",
			FreshetExpert: []string{
				"SELECT countIf(f >= '" + dayFrom + "'), countIf(f < '" + dayFrom + "') FROM (SELECT user_id, min(ts) AS f, max(ts) AS l " +
					"FROM detail GROUP BY user_id) WHERE l >= '" + dayFrom + "'",
				"SELECT bitmapAndnotCardinality(today, before), bitmapAndCardinality(today, before) FROM " +
					"(SELECT uniqExactMergeStateIf(uv, day >= '2026-06-03') AS today, uniqExactMergeStateIf(uv, day < '2026-06-03') AS before FROM by_day)",
			},
			ClickHouseExp: []string{
				"SELECT countIf(f >= '" + dayFrom + "'), countIf(f < '" + dayFrom + "') FROM first_seen WHERE l >= '" + dayFrom + "'",
				"SELECT bitmapAndnotCardinality(today, before), bitmapAndCardinality(today, before) FROM (SELECT groupBitmapMergeStateIf(s, day >= '2026-06-03') AS today, " +
					"groupBitmapMergeStateIf(s, day < '2026-06-03') AS before FROM b_whole_day)",
			},
			DuckDB: "SELECT count(*) FILTER (WHERE f >= '" + dayFrom + "'), count(*) FILTER (WHERE f < '" + dayFrom +
				"') FROM (SELECT user_id, min(ts) AS f, max(ts) AS l FROM detail GROUP BY user_id) WHERE l >= '" + dayFrom + "'",
			DuckDBExpert: []string{
				"SELECT count(*) FILTER (WHERE f >= '" + dayFrom + "'), count(*) FILTER (WHERE f < '" + dayFrom +
					"') FROM (SELECT u, min(ts) AS f, max(ts) AS l FROM x_time GROUP BY u) WHERE l >= '" + dayFrom + "'",
			},
		},
	}...)
}

const hotContent = "v00012345"

func uniques() []Question {
	const byMinute = "SELECT toStartOfMinute(ts) AS m, uniqExact(user_id) FROM detail WHERE " + inDay + " GROUP BY m ORDER BY m"
	return []Question{
		{
			Work: "W3", Name: "exact UV of a day", Same: 15, Expert: 4,
			Freshet: "SELECT uniqExact(user_id) FROM detail WHERE " + inDay,
			ClickHouseExp: []string{
				"SELECT uniqExact(u) FROM x_time WHERE " + inDay, "SELECT groupBitmapMerge(s) FROM b_whole_day WHERE day = '2026-06-03'",
				"SELECT groupBitmap(u) FROM x_time WHERE " + inDay, "SELECT count() FROM first_of_day WHERE day = '2026-06-03'",
			},
			DuckDB:       "SELECT count(DISTINCT user_id) FROM detail WHERE " + inDay,
			DuckDBExpert: []string{"SELECT count(DISTINCT u) FROM x_time WHERE " + inDay},
		},
		{
			Work: "W3", Name: "exact UV of a day by province", Same: 8, Expert: 1.2,
			Freshet: "SELECT province, uniqExact(user_id) FROM detail WHERE " + inDay + " GROUP BY province ORDER BY province",
			ClickHouseExp: []string{
				"SELECT province, uniqExact(u) FROM x_time WHERE " + inDay + " GROUP BY province ORDER BY province",
				"SELECT province, groupBitmap(u) FROM x_time WHERE " + inDay + " GROUP BY province ORDER BY province",
				"SELECT province, groupBitmapMerge(s) FROM b_day WHERE day = '2026-06-03' GROUP BY province ORDER BY province",
			},
			DuckDB:       "SELECT province, count(DISTINCT user_id) FROM detail WHERE " + inDay + " GROUP BY province ORDER BY province",
			DuckDBExpert: []string{"SELECT province, count(DISTINCT u) FROM x_time WHERE " + inDay + " GROUP BY province ORDER BY province"},
		},
		{
			Work: "W3", Name: "exact UV of a day by minute", Same: 8, Expert: 2,
			Freshet: byMinute,
			ClickHouseExp: []string{
				"SELECT toStartOfMinute(ts) AS m, uniqExact(u) FROM x_time WHERE " + inDay + " GROUP BY m ORDER BY m",
				"SELECT minute, groupBitmapMerge(s) FROM b_minute WHERE " + minutes + " GROUP BY minute ORDER BY minute",
			},
			DuckDB: "SELECT date_trunc('minute', ts) AS m, count(DISTINCT user_id) FROM detail WHERE " + inDay + " GROUP BY m ORDER BY m",
			DuckDBExpert: []string{
				"SELECT date_trunc('minute', ts) AS m, count(DISTINCT u) FROM x_time WHERE " + inDay + " GROUP BY m ORDER BY m",
			},
		},
		{
			Work: "W3", Name: "approximate UV of a day", Same: 3, Expert: 1, Match: peer.Match{Tolerance: approximate},
			Freshet: "SELECT uniq(user_id) FROM detail WHERE " + inDay,
			Control: "SELECT uniqExact(user_id) FROM detail WHERE " + inDay,
			ClickHouseExp: []string{
				"SELECT uniqCombined(12)(user_id) FROM detail WHERE " + inDay, "SELECT uniqHLL12(user_id) FROM detail WHERE " + inDay,
				"SELECT uniqCombined(12)(u) FROM x_time WHERE " + inDay, "SELECT uniqCombinedMerge(12)(s) FROM h_minute WHERE " + minutes,
			},
			NoDuckDB: "approx_count_distinct has a standard deviation of 12 %",
		},
	}
}
