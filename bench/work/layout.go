package work

import (
	"github.com/freshetdb/freshet/bench/gen"
	"github.com/freshetdb/freshet/bench/peer"
)

// Layout is what is made in a system beside its rows.
type Layout struct {
	// Table makes the table that the rows go into, the same in Freshet and ClickHouse.
	Table string
	// Rollups are the two that the ingest workload keeps up to date.
	Rollups []string
	// Expert is made once the rows are in.
	Expert []string
	// Tables are merged before questions are asked; the first one is the table itself.
	Tables []string
}

// Events is the layout of the event stream in a system.
func Events(k peer.Kind) Layout {
	switch k {
	case peer.Freshet:
		return Layout{
			Table: detail, Rollups: freshetRollups, Expert: freshetExpert,
			Tables: []string{
				"detail", "r_site", "r_content", "by_day", "by_day_province", "by_minute", "by_user", "by_user_day",
				"by_content_day", "by_city",
			},
		}
	case peer.DuckDB:
		return Layout{Table: duckDetail, Expert: duckExpert}
	default:
		return Layout{Table: detail, Rollups: clickHouseRollups, Expert: clickHouseExpert, Tables: []string{
			"detail", "x_time", "x_action", "x_content", "x_user", "n_content", "b_site", "b_minute", "b_day", "b_whole_day", "b_content",
			"h_minute", "first_of_day", "first_seen",
		}}
	}
}

const detail = `CREATE TABLE detail (` + gen.Columns + `
)
ENGINE = MergeTree PARTITION BY toDate(ts) ORDER BY (toDate(ts), toStartOfMinute(ts), content_id)`

// freshetRollups are the two rollups of the specification: the site by minute and
// province, contents by minute, province and action, both with exact visitors.
var freshetRollups = []string{
	`CREATE MATERIALIZED VIEW r_site PARTITION BY toDate(minute) ORDER BY (minute, province) AS
SELECT toStartOfMinute(ts) AS minute, province, count() AS cnt, sum(duration_ms) AS dur, sum(amount) AS amt, uniqExact(user_id) AS uv
FROM detail GROUP BY minute, province`,
	`CREATE MATERIALIZED VIEW r_content PARTITION BY toDate(minute) ORDER BY (minute, content_id, province, action) AS
SELECT toStartOfMinute(ts) AS minute, content_id, province, action, count() AS cnt, sum(duration_ms) AS dur, sum(amount) AS amt,
  uniqExact(user_id) AS uv
FROM detail GROUP BY minute, content_id, province, action`,
}

var freshetExpert = []string{
	`CREATE MATERIALIZED VIEW by_day ORDER BY day AS
SELECT toDate(ts) AS day, count() AS pv, uniqExact(user_id) AS uv, uniq(user_id) AS about FROM detail GROUP BY day`,
	`CREATE MATERIALIZED VIEW by_day_province ORDER BY (day, province) AS
SELECT toDate(ts) AS day, province, count() AS pv, uniqExact(user_id) AS uv FROM detail GROUP BY day, province`,
	`CREATE MATERIALIZED VIEW by_minute PARTITION BY toDate(minute) ORDER BY minute AS
SELECT toStartOfMinute(ts) AS minute, count() AS pv, uniqExact(user_id) AS uv FROM detail GROUP BY minute`,
	`CREATE MATERIALIZED VIEW by_user ORDER BY user_id AS
SELECT user_id, min(ts) AS first, max(ts) AS last FROM detail GROUP BY user_id`,
	`CREATE MATERIALIZED VIEW by_user_day PARTITION BY day ORDER BY (day, user_id) AS
SELECT toDate(ts) AS day, user_id, min(ts) AS first FROM detail GROUP BY day, user_id`,
	`CREATE MATERIALIZED VIEW by_content_day PARTITION BY day ORDER BY (action, day, content_id) AS
SELECT action, toDate(ts) AS day, content_id, count() AS n FROM detail GROUP BY action, day, content_id`,
	`CREATE MATERIALIZED VIEW by_city ORDER BY (province, city) AS
SELECT province, city, sum(amount) AS amount FROM detail GROUP BY province, city`,
}

// clickHouseRollups are the same two, as ClickHouse keeps them: exact sets and
// sketches as states.
var clickHouseRollups = []string{
	`CREATE MATERIALIZED VIEW r_site (minute DateTime, province LowCardinality(String), cnt SimpleAggregateFunction(sum, UInt64),
  dur SimpleAggregateFunction(sum, UInt64), amt SimpleAggregateFunction(sum, Decimal(38, 2)),
  uvx AggregateFunction(uniqExact, String))
ENGINE = AggregatingMergeTree PARTITION BY toDate(minute) ORDER BY (minute, province) AS
SELECT toStartOfMinute(ts) AS minute, province, count() AS cnt, sum(duration_ms) AS dur, sum(amount) AS amt, uniqExactState(user_id) AS uvx
FROM detail GROUP BY minute, province`,
	`CREATE MATERIALIZED VIEW r_content (minute DateTime, content_id String, province LowCardinality(String),
  action LowCardinality(String), cnt SimpleAggregateFunction(sum, UInt64), dur SimpleAggregateFunction(sum, UInt64),
  amt SimpleAggregateFunction(sum, Decimal(38, 2)), uvx AggregateFunction(uniqExact, String))
ENGINE = AggregatingMergeTree PARTITION BY toDate(minute) ORDER BY (minute, content_id, province, action) AS
SELECT toStartOfMinute(ts) AS minute, content_id, province, action, count() AS cnt, sum(duration_ms) AS dur, sum(amount) AS amt,
  uniqExactState(user_id) AS uvx
FROM detail GROUP BY minute, content_id, province, action`,
}

// contentText turns the number that the expert keeps back into the id.
const contentText = "concat('v', leftPad(toString(c), 8, '0'))"

// clickHouseExpert is what somebody who knows ClickHouse well adds: dense numbers
// for users, numbers for contents, a copy in the order of each kind of question,
// bitmaps by minute, day and content, and what was seen first.
var clickHouseExpert = []string{
	`CREATE TABLE users ENGINE = MergeTree ORDER BY user_id AS
SELECT user_id, toUInt32(row_number() OVER (ORDER BY user_id) - 1) AS u FROM (SELECT DISTINCT user_id FROM detail)`,
	`CREATE TABLE x_time (ts DateTime CODEC(Delta, LZ4), c UInt32, u UInt32, province LowCardinality(String),
  city LowCardinality(String), os LowCardinality(String), channel LowCardinality(String), action LowCardinality(String),
  duration_ms UInt32, amount Decimal(12, 2), author_id String) ENGINE = MergeTree PARTITION BY toDate(ts) ORDER BY ts AS
SELECT ts, toUInt32(substring(content_id, 2)) AS c, u, province, city, os, channel, action, duration_ms, amount, author_id
FROM detail INNER JOIN users USING (user_id) SETTINGS join_algorithm = 'hash'`,
	`CREATE TABLE x_action ENGINE = MergeTree ORDER BY (action, ts) AS
SELECT action, ts, c, u, province, city, os, duration_ms, amount, author_id FROM x_time`,
	`CREATE TABLE x_content ENGINE = MergeTree ORDER BY (c, ts) AS SELECT c, ts, u, action, duration_ms FROM x_time`,
	`CREATE TABLE x_user ENGINE = MergeTree ORDER BY (u, ts) AS SELECT u, ts, c, action FROM x_time`,
	`CREATE TABLE n_content ENGINE = SummingMergeTree PARTITION BY toDate(minute) ORDER BY (action, minute, province, c) AS
SELECT action, toStartOfMinute(ts) AS minute, province, c, count() AS cnt FROM x_time GROUP BY action, minute, province, c`,
	`CREATE TABLE b_site ENGINE = MergeTree ORDER BY (minute, province) AS
SELECT toStartOfMinute(ts) AS minute, province, count() AS cnt, groupBitmapState(u) AS s FROM x_time GROUP BY minute, province`,
	`CREATE TABLE b_minute ENGINE = MergeTree ORDER BY minute AS
SELECT minute, sum(cnt) AS cnt, groupBitmapMergeState(s) AS s FROM b_site GROUP BY minute`,
	`CREATE TABLE b_day ENGINE = MergeTree ORDER BY (day, province) AS
SELECT toDate(minute) AS day, province, groupBitmapMergeState(s) AS s FROM b_site GROUP BY day, province`,
	`CREATE TABLE b_whole_day ENGINE = MergeTree ORDER BY day AS
SELECT day, groupBitmapMergeState(s) AS s FROM b_day GROUP BY day`,
	`CREATE TABLE b_content ENGINE = MergeTree ORDER BY (c, minute) AS
SELECT c, toStartOfMinute(ts) AS minute, count() AS cnt, groupBitmapState(u) AS s FROM x_time GROUP BY c, minute`,
	`CREATE TABLE h_minute ENGINE = MergeTree ORDER BY (minute, province) AS
SELECT toStartOfMinute(ts) AS minute, province, uniqCombinedState(12)(u) AS s FROM x_time GROUP BY minute, province`,
	`CREATE TABLE first_of_day ENGINE = MergeTree ORDER BY (day, u) AS
SELECT toDate(ts) AS day, u, min(ts) AS first FROM x_time GROUP BY day, u`,
	`CREATE TABLE first_seen ENGINE = MergeTree ORDER BY u AS
SELECT u, min(ts) AS f, max(ts) AS l FROM x_time GROUP BY u`,
}

const duckDetail = `CREATE TABLE detail (ts TIMESTAMP, content_id VARCHAR, author_id VARCHAR, user_id VARCHAR, province VARCHAR,
  city VARCHAR, channel VARCHAR, app_version VARCHAR, os VARCHAR, action VARCHAR, duration_ms UINTEGER, amount DECIMAL(12, 2))`

// duckExpert sorts the rows by what most questions filter by, with users as numbers
// and the few-valued columns as enums.
var duckExpert = []string{
	`CREATE TABLE users AS SELECT user_id, CAST(row_number() OVER (ORDER BY user_id) - 1 AS UINTEGER) AS u
FROM (SELECT DISTINCT user_id FROM detail)`,
	`CREATE TABLE x_time AS SELECT ts, CAST(substring(content_id, 2) AS UINTEGER) AS c, u, province, city, os, action, duration_ms, amount
FROM detail JOIN users USING (user_id) ORDER BY ts`,
	`CREATE TABLE x_content AS SELECT c, ts, u, action FROM x_time ORDER BY c, ts`,
}
