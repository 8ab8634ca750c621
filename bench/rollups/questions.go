package main

// day is the middle one of the three days that the events fill.
const (
	dayFrom = "2026-06-02 00:00:00"
	dayTo   = "2026-06-03 00:00:00"
	inDay   = "ts >= '" + dayFrom + "' AND ts < '" + dayTo + "'"
)

// schema is the table of both systems.
const schema = `CREATE TABLE detail (ts DateTime, content_id String, device_id String, author_id String,
  province LowCardinality(String), city LowCardinality(String), channel LowCardinality(String),
  action LowCardinality(String), duration_ms UInt32, amount Decimal(12, 2))
ENGINE = MergeTree PARTITION BY toDate(ts) ORDER BY (toDate(ts), toStartOfMinute(ts), content_id)`

// views are Freshet's rollups.
var views = []string{
	`CREATE MATERIALIZED VIEW by_minute PARTITION BY toDate(minute) ORDER BY minute AS
SELECT toStartOfMinute(ts) AS minute, count() AS pv, uniqExact(device_id) AS uv FROM detail GROUP BY minute`,
	`CREATE MATERIALIZED VIEW by_day ORDER BY day AS
SELECT toDate(ts) AS day, count() AS pv, uniqExact(device_id) AS uv FROM detail GROUP BY day`,
	`CREATE MATERIALIZED VIEW by_device ORDER BY device_id AS
SELECT device_id, min(ts) AS first, max(ts) AS last FROM detail GROUP BY device_id`,
}

// expert is what somebody who knows ClickHouse well adds there: dense numbers for
// devices, a table ordered by content, bitmaps by minute and by day.
var expert = []string{
	`CREATE TABLE devices ENGINE = MergeTree ORDER BY device_id AS
SELECT device_id, toUInt32(row_number() OVER (ORDER BY device_id) - 1) AS d FROM (SELECT DISTINCT device_id FROM detail)`,
	`CREATE TABLE dense ENGINE = MergeTree PARTITION BY toDate(ts) ORDER BY (toDate(ts), ts) AS
SELECT ts, content_id, d, action FROM detail INNER JOIN devices USING (device_id) SETTINGS join_algorithm = 'hash'`,
	`CREATE TABLE by_content ENGINE = MergeTree ORDER BY (content_id, ts) AS SELECT ts, content_id, d FROM dense`,
	`CREATE TABLE bits_minute ENGINE = AggregatingMergeTree ORDER BY minute AS
SELECT toStartOfMinute(ts) AS minute, groupBitmapState(d) AS s FROM dense GROUP BY minute`,
	`CREATE TABLE bits_day ENGINE = AggregatingMergeTree ORDER BY day AS
SELECT toDate(ts) AS day, groupBitmapState(d) AS s FROM dense GROUP BY day`,
}

// question is one thing to know, as each system is asked. Bounds are what Freshet
// is to be faster by, at least: than the same schema, and than the expert's.
type question struct {
	name           string
	freshet        string
	same, expert   string
	boundA, boundB float64
}

const hotContent = "v00000000"

var questions = []question{
	{
		name:    "exact UV of a day, from detail",
		freshet: "SELECT uniqExact(device_id) FROM detail WHERE " + inDay + " SETTINGS use_rollups = 0",
		same:    "SELECT uniqExact(device_id) FROM detail WHERE " + inDay,
		expert:  "SELECT uniqExact(d) FROM dense WHERE " + inDay,
		boundA:  15, boundB: 4,
	},
	{
		name:    "exact UV of a day, any source",
		freshet: "SELECT uniqExact(device_id) FROM detail WHERE " + inDay,
		same:    "SELECT uniqExact(device_id) FROM detail WHERE " + inDay,
		expert:  "SELECT groupBitmapMerge(s) FROM bits_day WHERE day = '2026-06-02'",
	},
	{
		name:    "exact UV by minute of a day",
		freshet: "SELECT toStartOfMinute(ts) AS m, uniqExact(device_id) FROM detail WHERE " + inDay + " GROUP BY m ORDER BY m",
		same:    "SELECT toStartOfMinute(ts) AS m, uniqExact(device_id) FROM detail WHERE " + inDay + " GROUP BY m ORDER BY m",
		expert:  "SELECT toStartOfMinute(ts) AS m, uniqExact(d) FROM dense WHERE " + inDay + " GROUP BY m ORDER BY m",
		boundA:  8, boundB: 2,
	},
	{
		name: "site curve of a day",
		freshet: "SELECT m, sum(n) OVER (ORDER BY m) FROM (SELECT m, count() AS n FROM (SELECT toStartOfMinute(min(ts)) AS m FROM detail WHERE " +
			inDay + " GROUP BY device_id) GROUP BY m) ORDER BY m",
		same: "SELECT m, sum(n) OVER (ORDER BY m) FROM (SELECT m, count() AS n FROM (SELECT toStartOfMinute(min(ts)) AS m FROM detail WHERE " +
			inDay + " GROUP BY device_id) GROUP BY m) ORDER BY m",
		expert: "SELECT m, sum(n) OVER (ORDER BY m) FROM (SELECT m, count() AS n FROM (SELECT toStartOfMinute(min(ts)) AS m FROM dense WHERE " +
			inDay + " GROUP BY d) GROUP BY m) ORDER BY m",
		boundA: 20, boundB: 5,
	},
	{
		name:    "site curve of a day, states",
		freshet: "SELECT minute, uniqExactMerge(uv) OVER (ORDER BY minute) FROM by_minute WHERE minute >= '" + dayFrom + "' AND minute < '" + dayTo + "' ORDER BY minute",
		same:    "SELECT DISTINCT toStartOfMinute(ts) AS m, uniqExact(device_id) OVER (ORDER BY toStartOfMinute(ts)) FROM detail WHERE " + inDay + " ORDER BY m",
		expert:  "SELECT minute, groupBitmapMerge(s) OVER (ORDER BY minute) FROM bits_minute WHERE minute >= '" + dayFrom + "' AND minute < '" + dayTo + "' ORDER BY minute",
	},
	{
		name: "hot content's curve of a day",
		freshet: "SELECT m, sum(n) OVER (ORDER BY m) FROM (SELECT m, count() AS n FROM (SELECT toStartOfMinute(min(ts)) AS m FROM detail WHERE " +
			inDay + " AND content_id = '" + hotContent + "' GROUP BY device_id) GROUP BY m) ORDER BY m",
		same: "SELECT m, sum(n) OVER (ORDER BY m) FROM (SELECT m, count() AS n FROM (SELECT toStartOfMinute(min(ts)) AS m FROM detail WHERE " +
			inDay + " AND content_id = '" + hotContent + "' GROUP BY device_id) GROUP BY m) ORDER BY m",
		expert: "SELECT m, sum(n) OVER (ORDER BY m) FROM (SELECT m, count() AS n FROM (SELECT toStartOfMinute(min(ts)) AS m FROM by_content WHERE " +
			inDay + " AND content_id = '" + hotContent + "' GROUP BY d) GROUP BY m) ORDER BY m",
		boundA: 10, boundB: 3,
	},
	{
		name:    "new and returning devices of a day",
		freshet: "SELECT bitmapAndnotCardinality(today, before), bitmapAndCardinality(today, before) FROM (SELECT uniqExactMergeStateIf(uv, day = '2026-06-02') AS today, uniqExactMergeStateIf(uv, day < '2026-06-02') AS before FROM by_day)",
		same: "SELECT countIf(f >= '" + dayFrom + "'), countIf(f < '" + dayFrom + "') FROM (SELECT device_id, min(ts) AS f, maxIf(1, " + inDay +
			") AS a FROM detail WHERE ts < '" + dayTo + "' GROUP BY device_id) WHERE a = 1",
		expert: "SELECT bitmapAndnotCardinality(today, before), bitmapAndCardinality(today, before) FROM (SELECT groupBitmapMergeStateIf(s, day = '2026-06-02') AS today, groupBitmapMergeStateIf(s, day < '2026-06-02') AS before FROM bits_day)",
		boundA: 15, boundB: 1,
	},
	{
		name: "devices by their first and last time",
		freshet: "SELECT countIf(f >= '" + dayFrom + "'), countIf(f < '" + dayFrom + "') FROM (SELECT device_id, min(ts) AS f, max(ts) AS l FROM detail GROUP BY device_id) WHERE l >= '" +
			dayFrom + "'",
		same: "SELECT countIf(f >= '" + dayFrom + "'), countIf(f < '" + dayFrom + "') FROM (SELECT device_id, min(ts) AS f, max(ts) AS l FROM detail GROUP BY device_id) WHERE l >= '" +
			dayFrom + "'",
		expert: "SELECT countIf(f >= '" + dayFrom + "'), countIf(f < '" + dayFrom + "') FROM (SELECT d, min(ts) AS f, max(ts) AS l FROM dense GROUP BY d) WHERE l >= '" +
			dayFrom + "'",
	},
	{
		name: "top 100 contents of a day",
		freshet: "SELECT content_id, count() AS c FROM detail WHERE action = 'play' AND " + inDay +
			" GROUP BY content_id ORDER BY c DESC, content_id LIMIT 100",
		same: "SELECT content_id, count() AS c FROM detail WHERE action = 'play' AND " + inDay +
			" GROUP BY content_id ORDER BY c DESC, content_id LIMIT 100",
		expert: "SELECT content_id, count() AS c FROM detail WHERE action = 'play' AND " + inDay +
			" GROUP BY content_id ORDER BY c DESC, content_id LIMIT 100",
		boundA: 3,
	},
}
