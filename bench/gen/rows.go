package gen

import (
	"encoding/binary"
	"strconv"
	"time"
)

// CreateTable is the table that the events go into, for Freshet as for ClickHouse.
const CreateTable = `CREATE TABLE IF NOT EXISTS events
(` + Columns + `
)
ENGINE = MergeTree
PARTITION BY toDate(ts)
ORDER BY (toDate(ts), toStartOfMinute(ts), content_id)`

// Columns of the events, in the order in which CSV has them.
const Columns = `
    ts DateTime,
    content_id String,
    author_id String,
    user_id String,
    province LowCardinality(String),
    city LowCardinality(String),
    channel LowCardinality(String),
    app_version LowCardinality(String),
    os LowCardinality(String),
    action LowCardinality(String),
    duration_ms UInt32,
    amount Decimal(12, 2)`

// Encoder writes rows of a feed as text. It is for one goroutine.
type Encoder struct {
	feed *Feed
	day  int64 // whose date is kept
	date [10]byte
}

// Encoder makes an encoder.
func (f *Feed) Encoder() *Encoder { return &Encoder{feed: f, day: -1} }

// JSON writes row i as one line of JSONEachRow.
func (x *Encoder) JSON(dst []byte, i int64) []byte {
	e := x.feed.At(i)
	dst = append(dst, `{"ts":"`...)
	dst = x.time(dst, e.Unix)
	dst = append(dst, `","content_id":"`...)
	dst = appendContent(dst, e.Content)
	dst = append(dst, `","author_id":"`...)
	dst = appendAuthor(dst, e.Author)
	dst = append(dst, `","user_id":"`...)
	dst = appendUser(dst, e.User)
	dst = append(dst, `","province":"`...)
	dst = append(dst, provinces[e.Province]...)
	dst = append(dst, `","city":"`...)
	dst = append(dst, cities[e.City]...)
	dst = append(dst, `","channel":"`...)
	dst = append(dst, channels[e.Channel]...)
	dst = append(dst, `","app_version":"`...)
	dst = append(dst, versions[e.Version]...)
	dst = append(dst, `","os":"`...)
	dst = append(dst, systems[e.OS]...)
	dst = append(dst, `","action":"`...)
	dst = append(dst, actions[e.Action]...)
	dst = append(dst, `","duration_ms":`...)
	dst = strconv.AppendInt(dst, int64(e.DurationMS), 10)
	dst = append(dst, `,"amount":`...)
	dst = appendCents(dst, e.Cents)
	return append(dst, "}\n"...)
}

// CSV writes row i as one line of CSV. No value needs quotes.
func (x *Encoder) CSV(dst []byte, i int64) []byte {
	e := x.feed.At(i)
	dst = append(x.time(dst, e.Unix), ',')
	dst = append(appendContent(dst, e.Content), ',')
	dst = append(appendAuthor(dst, e.Author), ',')
	dst = append(appendUser(dst, e.User), ',')
	for _, s := range [...]string{
		provinces[e.Province], cities[e.City], channels[e.Channel], versions[e.Version], systems[e.OS], actions[e.Action],
	} {
		dst = append(append(dst, s...), ',')
	}
	dst = strconv.AppendInt(dst, int64(e.DurationMS), 10)
	dst = appendCents(append(dst, ','), e.Cents)
	return append(dst, '\n')
}

const secondsOfDay = 86400

// time writes a time; the date is written anew only when the day changes.
func (x *Encoder) time(dst []byte, unix int64) []byte {
	day := unix / secondsOfDay
	if day != x.day {
		x.day = day
		time.Unix(unix, 0).UTC().AppendFormat(x.date[:0], "2006-01-02")
	}
	s := unix - day*secondsOfDay
	dst = append(append(dst, x.date[:]...), ' ')
	dst = appendTwo(dst, s/3600)
	dst = appendTwo(append(dst, ':'), s/60%60)
	return appendTwo(append(dst, ':'), s%60)
}

func appendTwo(dst []byte, n int64) []byte { return append(dst, byte('0'+n/10), byte('0'+n%10)) }

// HotContent is the id of the most popular content.
const HotContent = "v00012345"

// appendContent spreads the ranks over the ids, as uploads of all times are
// popular: rank 0 is HotContent.
func appendContent(dst []byte, rank int32) []byte {
	return appendDigits(append(dst, 'v'), (int64(rank)*514_229+12_345)%Contents, 8)
}

func appendAuthor(dst []byte, n int32) []byte { return appendDigits(append(dst, 'a'), int64(n), 6) }

func appendDigits(dst []byte, n int64, width int) []byte {
	var b [20]byte
	for i := width - 1; i >= 0; i-- {
		b[i] = byte('0' + n%10)
		n /= 10
	}
	return append(dst, b[:width]...)
}

// appendUser writes the 32 hexadecimal digits of a user.
func appendUser(dst []byte, n int32) []byte {
	dst = appendHex(dst, mix(uint64(n)^0xdeb1ce))
	return appendHex(dst, mix(uint64(n)+0x5eed))
}

// appendHex writes 16 digits, eight at a time: every half byte of a word gets a
// byte, and the bytes above 9 get the distance to the letters.
func appendHex(dst []byte, x uint64) []byte {
	dst = appendHex8(dst, uint32(x>>32))
	return appendHex8(dst, uint32(x))
}

func appendHex8(dst []byte, v uint32) []byte {
	x := uint64(v)
	x = (x | x<<16) & 0x0000ffff0000ffff
	x = (x | x<<8) & 0x00ff00ff00ff00ff
	x = (x | x<<4) & 0x0f0f0f0f0f0f0f0f
	letters := (x + 0x0606060606060606) >> 4 & 0x0101010101010101
	return binary.BigEndian.AppendUint64(dst, x+0x3030303030303030+letters*('a'-'0'-10))
}

func appendCents(dst []byte, cents int64) []byte {
	dst = strconv.AppendInt(dst, cents/100, 10)
	return append(dst, '.', byte('0'+cents/10%10), byte('0'+cents%10))
}

// Mark is a row of JSON that can be found in the table and in every rollup: content
// and province are the mark.
func Mark(dst []byte, unix int64, mark string) []byte {
	x := Encoder{day: -1}
	dst = append(dst, `{"ts":"`...)
	dst = x.time(dst, unix)
	dst = append(append(dst, `","content_id":"`...), mark...)
	dst = append(append(dst, `","province":"`...), mark...)
	return append(dst, "\"}\n"...)
}
