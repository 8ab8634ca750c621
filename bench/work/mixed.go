package work

// Dashboard is what an operations room looks at all day, over the last minutes of a
// live stream.
func Dashboard() []string {
	const recent = " WHERE ts >= now() - INTERVAL 15 MINUTE"
	return []string{
		"SELECT toStartOfMinute(ts) AS m, count() AS pv, uniqExact(user_id) AS uv FROM detail" + recent + " GROUP BY m ORDER BY m",
		"SELECT content_id, count() AS c FROM detail" + recent + " AND action = 'play' GROUP BY content_id ORDER BY c DESC, content_id LIMIT 10",
		"SELECT province, sum(amount) AS gmv FROM detail" + recent + " AND action = 'purchase' GROUP BY province ORDER BY gmv DESC LIMIT 10",
		"SELECT action, count() AS c FROM detail" + recent + " GROUP BY action ORDER BY c DESC",
		"SELECT toStartOfMinute(ts) AS m, count() AS pv, uniqExact(user_id) AS uv FROM detail" + recent + " AND content_id = '" + hotContent +
			"' GROUP BY m ORDER BY m",
	}
}

// Probes ask for the mark of a batch in the table and in every rollup; {} is the mark.
func Probes() map[string]string {
	const recent = " >= now() - INTERVAL 10 MINUTE"
	return map[string]string{
		"detail":    "SELECT count() FROM detail WHERE content_id = '{}' AND ts" + recent + " SETTINGS use_rollups = 0",
		"r_site":    "SELECT sum(cnt) FROM r_site WHERE province = '{}' AND minute" + recent,
		"r_content": "SELECT sum(cnt) FROM r_content WHERE content_id = '{}' AND minute" + recent,
	}
}
