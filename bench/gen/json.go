package gen

import "strconv"

// AppendJSON writes an event as one line of JSONEachRow.
func AppendJSON(dst []byte, e *Event) []byte {
	dst = append(dst, `{"ts":"`...)
	dst = e.Time.UTC().AppendFormat(dst, "2006-01-02 15:04:05")
	dst = append(dst, `","content_id":"`...)
	dst = append(dst, ContentID(e.Content)...)
	dst = append(dst, `","device_id":"`...)
	dst = append(dst, DeviceID(e.Device)...)
	dst = append(dst, `","author_id":"a`...)
	dst = strconv.AppendInt(dst, e.Author, 10)
	dst = append(dst, `","province":"`...)
	dst = append(dst, e.Province...)
	dst = append(dst, `","city":"`...)
	dst = append(dst, e.City...)
	dst = append(dst, `","channel":"`...)
	dst = append(dst, e.Channel...)
	dst = append(dst, `","action":"`...)
	dst = append(dst, e.Action...)
	dst = append(dst, `","duration_ms":`...)
	dst = strconv.AppendInt(dst, int64(e.Duration), 10)
	dst = append(dst, `,"amount":`...)
	dst = strconv.AppendInt(dst, e.Cents/100, 10)
	dst = append(dst, '.', byte('0'+e.Cents/10%10), byte('0'+e.Cents%10))
	return append(dst, "}\n"...)
}

// CreateTable is the table that the events go into.
const CreateTable = `CREATE TABLE IF NOT EXISTS events
(
    ts DateTime,
    content_id String,
    device_id String,
    author_id String,
    province LowCardinality(String),
    city LowCardinality(String),
    channel LowCardinality(String),
    action LowCardinality(String),
    duration_ms UInt32,
    amount Decimal(12, 2)
)
ENGINE = MergeTree
PARTITION BY toDate(ts)
ORDER BY (toDate(ts), content_id, ts)`
