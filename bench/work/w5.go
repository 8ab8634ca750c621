package work

import "github.com/freshetdb/freshet/bench/peer"

// scans are seventeen questions that nothing was prepared for.
func scans() []Question {
	list := []Question{
		{Name: "q01 count", Freshet: "SELECT count(*) FROM detail"},
		{Name: "q02 count, filtered", Freshet: "SELECT count(*) FROM detail WHERE action = 'purchase'"},
		{Name: "q03 sums", Freshet: "SELECT sum(amount), sum(duration_ms), max(duration_ms), count(*) FROM detail WHERE action <> 'exposure'"},
		{Name: "q04 distinct contents", Freshet: "SELECT count(DISTINCT content_id) FROM detail"},
		{Name: "q05 by action", Freshet: "SELECT action, count(*) AS c FROM detail GROUP BY action ORDER BY c DESC, action"},
		{Name: "q06 GMV by province", Freshet: "SELECT province, sum(amount) AS gmv, count(*) AS c FROM detail WHERE action = 'purchase' GROUP BY province ORDER BY c DESC, province"},
		{Name: "q07 top contents", Freshet: "SELECT content_id, count(*) AS c, sum(duration_ms) AS d FROM detail GROUP BY content_id ORDER BY c DESC, content_id LIMIT 10"},
		{Name: "q08 top users", Freshet: "SELECT user_id, count(*) AS c FROM detail GROUP BY user_id ORDER BY c DESC, user_id LIMIT 10"},
		{Name: "q09 four keys", Freshet: "SELECT province, city, channel, action, count(*) AS c FROM detail GROUP BY province, city, channel, action ORDER BY c DESC, province, city, channel, action LIMIT 20"},
		{Name: "q10 LIKE on contents", Freshet: "SELECT count(*) FROM detail WHERE content_id LIKE '%9123%'"},
		{Name: "q11 LIKE on users", Freshet: "SELECT channel, count(*) AS c FROM detail WHERE user_id LIKE '%abcd%' GROUP BY channel ORDER BY c DESC, channel"},
		{Name: "q12 authors by users", Freshet: "SELECT author_id, count(DISTINCT user_id) AS u FROM detail WHERE action = 'play' GROUP BY author_id ORDER BY u DESC, author_id LIMIT 10"},
		{
			// ClickHouse's quantiles come from a sample of 8,192 values.
			Name: "q13 quantiles", Match: peer.Match{Tolerance: 0.12},
			Control: "SELECT os, quantilesExact(0.5, 0.9, 0.99)(duration_ms), avg(duration_ms) FROM detail WHERE action = 'play' GROUP BY os ORDER BY os",
			Freshet: "SELECT os, quantiles(0.5, 0.9, 0.99)(duration_ms), avg(duration_ms) FROM detail WHERE action = 'play' GROUP BY os ORDER BY os",
			DuckDB:  "SELECT os, approx_quantile(duration_ms, [0.5, 0.9, 0.99]), avg(duration_ms) FROM detail WHERE action = 'play' GROUP BY os ORDER BY os",
		},
		{
			Name:    "q14 by hour and system",
			Freshet: "SELECT toStartOfHour(ts) AS h, os, count() AS c, sum(duration_ms) FROM detail GROUP BY h, os ORDER BY h, os",
			DuckDB:  "SELECT date_trunc('hour', ts) AS h, os, count(*) AS c, sum(duration_ms) FROM detail GROUP BY h, os ORDER BY h, os",
		},
		{Name: "q15 users and contents", Freshet: "SELECT user_id, content_id, count(*) AS c FROM detail GROUP BY user_id, content_id ORDER BY c DESC, user_id, content_id LIMIT 10"},
		{Name: "q16 one user", Freshet: "SELECT ts, action, content_id FROM detail WHERE user_id = (SELECT user_id FROM detail WHERE content_id = '" + hotContent + "' ORDER BY user_id LIMIT 1) ORDER BY ts, action, content_id LIMIT 50"},
		{Name: "q17 latest purchases", Freshet: "SELECT ts, user_id, content_id, amount FROM detail WHERE action = 'purchase' ORDER BY ts DESC, user_id LIMIT 20"},
	}
	for i := range list {
		list[i].Work, list[i].Same, list[i].Geometric, list[i].PlainOnly = "W5", 2, true, true
	}
	return list
}
