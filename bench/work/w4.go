package work

import "github.com/freshetdb/freshet/bench/peer"

// Point is one way to ask for a content's last hour by minute: views and visitors.
type Point struct {
	Expert bool
	SQL    func(content string) string
}

// Points are the ways of a kind.
func Points(k peer.Kind) []Point {
	plain := func(minute, unique string) func(string) string {
		return func(content string) string {
			return "SELECT " + minute + " AS m, count(*), " + unique + " FROM detail WHERE content_id = '" + content + "' AND " + inHour +
				" GROUP BY m ORDER BY m"
		}
	}
	switch k {
	case peer.Freshet:
		return []Point{
			{SQL: plain("toStartOfMinute(ts)", "uniqExact(user_id)")},
			{Expert: true, SQL: plain("toStartOfMinute(ts)", "uniqExact(user_id)")},
		}
	case peer.DuckDB:
		return []Point{
			{SQL: plain("date_trunc('minute', ts)", "count(DISTINCT user_id)")},
			{Expert: true, SQL: func(content string) string {
				return "SELECT date_trunc('minute', ts) AS m, count(*), count(DISTINCT u) FROM x_content WHERE c = " + content[1:] + " AND " + inHour +
					" GROUP BY m ORDER BY m"
			}},
		}
	default:
		return []Point{
			{SQL: plain("toStartOfMinute(ts)", "uniqExact(user_id)")},
			{Expert: true, SQL: func(content string) string {
				return "SELECT minute, sum(cnt), groupBitmapMerge(s) FROM b_content WHERE c = toUInt32('" + content[1:] + "') AND minute >= '" + hourFrom +
					"' AND minute < '" + dayTo + "' GROUP BY minute ORDER BY minute"
			}},
		}
	}
}
