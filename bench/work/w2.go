package work

// topPlays is TopN of plays under a condition on ts (or "").
func topPlays(name, where, expertWhere, minuteWhere string) Question {
	sql := "SELECT content_id, count() AS c FROM detail WHERE action = 'play'" + where + " GROUP BY content_id ORDER BY c DESC, content_id LIMIT 100"
	duck := "SELECT content_id, count(*) AS c FROM detail WHERE action = 'play'" + where + " GROUP BY content_id ORDER BY c DESC, content_id LIMIT 100"
	// The ids order like the numbers, so the 100 are made text at the end.
	expert := func(count, from, where string) string {
		return "SELECT " + contentText + ", n FROM (SELECT c, " + count + " AS n FROM " + from + " WHERE action = 'play'" + where +
			" GROUP BY c ORDER BY n DESC, c LIMIT 100) ORDER BY n DESC, c"
	}
	q := Question{
		Work: "W2", Name: name, Freshet: sql, DuckDB: duck,
		ClickHouseExp: []string{
			expert("count()", "x_action", where), expert("count()", "x_time", where), expert("sum(cnt)", "n_content", minuteWhere),
		},
		DuckDBExpert: []string{
			"SELECT printf('v%08d', c), n FROM (SELECT c, count(*) AS n FROM x_time WHERE action = 'play'" + where +
				" GROUP BY c ORDER BY n DESC, c LIMIT 100) ORDER BY n DESC, c",
		},
		Same: 3, Expert: 2,
	}
	if expertWhere != "" {
		q.ClickHouseExp = append(q.ClickHouseExp, "SELECT content_id, count() AS c FROM detail WHERE action = 'play'"+where+expertWhere+
			" GROUP BY content_id ORDER BY c DESC, content_id LIMIT 100")
	}
	return q
}

func topN() []Question {
	const (
		hourMinutes = " AND minute >= '" + hourFrom + "' AND minute < '" + dayTo + "'"
		guangdong   = " AND province = 'guangdong'"
	)
	return []Question{
		topPlays("top 100 plays, an hour", " AND "+inHour, wholeMinutes, hourMinutes),
		topPlays("top 100 plays, a day", " AND "+inDay, "", " AND "+minutes),
		topPlays("top 100 plays, three days", "", "", ""),
		topPlays("top 100 plays of a province, an hour", guangdong+" AND "+inHour, wholeMinutes, guangdong+hourMinutes),
		topPlays("top 100 plays of a province, a day", guangdong+" AND "+inDay, "", guangdong+" AND "+minutes),
		{
			Work: "W2", Name: "top 3 cities per province by amount",
			// Only purchases have amounts: with cities that sold nothing left out, reading purchases alone is the same question.
			Freshet: topCities("detail"), ClickHouseExp: []string{topCities("x_action WHERE action = 'purchase'")},
			DuckDB: "SELECT province, city, s FROM (SELECT province, city, sum(amount) AS s FROM detail GROUP BY province, city HAVING s > 0) " +
				"QUALIFY row_number() OVER (PARTITION BY province ORDER BY s DESC, city) <= 3 ORDER BY province, s DESC, city",
			Same: 3, Expert: 2,
		},
	}
}

func topCities(from string) string {
	return "SELECT province, city, sum(amount) AS s FROM " + from +
		" GROUP BY province, city HAVING s > 0 ORDER BY province, s DESC, city LIMIT 3 BY province"
}
