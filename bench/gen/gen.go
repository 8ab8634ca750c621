// Package gen makes the rows that are measured with: the event stream of a
// short-video application (who did what to which content, where and when), an
// access log, and page hits of the kind that ClickBench asks about. Row i is a
// pure function of the seed and i, so that a stream is the same however it is cut
// or spread over workers.
//
// The shape of the events is that of a real feed: contents and users by Zipf's
// law, a rate that follows the day, most rows in time and a few late by minutes or
// hours. Draws go through tables of quantiles (dist.go), which makes a row cost a
// third of what it did with powers and exponentials.
package gen

import (
	"math"
	"strconv"
	"time"
)

// Sizes of the populations.
const (
	Contents     = 1_000_000
	Authors      = 100_000
	Users        = 3_000_000
	cityCount    = 300
	channelCount = 20
	versionCount = 50
)

// Exponents of Zipf's law. Users are flatter than contents: nobody watches all day.
const (
	contentZipf = 1.1
	userZipf    = 0.8
)

// Shares of late rows and how late they are at most.
const (
	lateShare     = 0.02
	lateMax       = 16 * time.Minute
	veryLateShare = 0.001
	veryLateMax   = 6 * time.Hour
)

// Config says which stream is made.
type Config struct {
	Seed  uint64
	Start time.Time     // of the first row, before lateness
	Span  time.Duration // over which Rows rows are spread
	Rows  int64
}

// Standard is the stream that the workloads ask about: three days from 2026-06-01.
func Standard(rows int64) Config {
	return Config{Seed: 1, Start: time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC), Span: 72 * time.Hour, Rows: rows}
}

// Event is one row; what has few values is the number of one.
type Event struct {
	Unix       int64 // seconds
	Content    int32 // rank, the most popular is 0
	Author     int32
	User       int32 // rank
	DurationMS int32
	Cents      int64
	City       int16
	Province   int8
	Channel    int8
	Version    int8
	OS         int8
	Action     int8
}

// Feed makes events. It is read-only: workers share it.
type Feed struct {
	cfg      Config
	contents quantiles
	users    quantiles
	plays    quantiles // milliseconds
	amounts  quantiles // cents
	day      [25]float64
	cities   [1024]int16
}

// New makes a feed.
func New(c Config) *Feed {
	f := &Feed{
		cfg: c, contents: zipf(Contents, contentZipf), users: zipf(Users, userZipf),
		plays: logNormal(8, 1.2, 600_000), amounts: logNormal(7, 1, 10_000_000),
	}
	total := 0.0
	for h := range 24 {
		f.day[h] = total
		total += hourWeight(h)
	}
	for h := range f.day {
		f.day[h] /= total
	}
	f.day[24] = 1
	for i := range f.cities {
		f.cities[i] = int16(math.Pow(float64(i)/float64(len(f.cities)), 1.5) * cityCount)
	}
	return f
}

// hourWeight is the rate in an hour of the day: least at four in the morning,
// most at nine in the evening.
func hourWeight(h int) float64 {
	return [...]float64{
		5, 3.5, 2.2, 1.5, 1.2, 1.4, 2.2, 3.6, 4.6, 5, 5.2, 5.8,
		7, 6.6, 5.6, 5.4, 5.6, 6.2, 7.4, 8.6, 9.6, 10, 9.2, 7.2,
	}[h]
}

// At makes row i.
func (f *Feed) At(i int64) Event {
	r := rng{f.cfg.Seed ^ uint64(i)*0x9e3779b97f4a7c15}
	r.next()
	e := Event{Unix: f.timeOf(i, &r)}
	e.Content = int32(f.contents.draw(r.next()))
	e.User = int32(f.users.draw(r.next()))
	e.Author = int32(mix(uint64(e.Content)) % Authors)
	home := mix(uint64(e.User) ^ 0xd1ce)
	e.City = f.cities[home%uint64(len(f.cities))]
	e.Province = int8(e.City % int16(len(provinces)))
	e.OS = [...]int8{0, 0, 0, 0, 0, 0, 1, 1, 1, 2}[home>>16%10]
	// Most have updated lately; the older a version, the fewer have it.
	lag := float64(home>>32&0xffff) / 0x10000
	e.Version = int8(versionCount - 1 - int(versionCount*lag*lag*lag))
	e.Channel = int8(mix(uint64(e.Content)^0xc4a7) % channelCount)
	e.Action = action(uint32(r.next()))
	switch e.Action {
	case exposure:
	case play:
		e.DurationMS = int32(f.plays.draw(r.next()))
	case purchase:
		e.Cents = 100 + f.amounts.draw(r.next())
	default:
		e.DurationMS = int32(r.next() >> 32 * 3000 >> 32)
	}
	return e
}

func (f *Feed) timeOf(i int64, r *rng) int64 {
	share := (float64(i) + 0.5) / float64(max(f.cfg.Rows, 1))
	at := f.along(share)
	switch p := r.float(); {
	case p < veryLateShare:
		at -= time.Duration(r.float() * float64(veryLateMax))
	case p < veryLateShare+lateShare:
		at -= time.Duration(r.float() * float64(lateMax))
	}
	return f.cfg.Start.Unix() + int64(math.Floor(at.Seconds()))
}

// along is how far into the span a share of the rows has passed. Spans of whole
// days follow the hours of the day; shorter ones are even.
func (f *Feed) along(share float64) time.Duration {
	const day = 24 * time.Hour
	days := float64(f.cfg.Span) / float64(day)
	if days < 1 {
		return time.Duration(share * float64(f.cfg.Span))
	}
	whole, part := math.Modf(share * days)
	h := 0
	for h < 23 && f.day[h+1] <= part {
		h++
	}
	in := (part - f.day[h]) / (f.day[h+1] - f.day[h])
	return time.Duration(whole)*day + time.Duration((float64(h)+in)*float64(time.Hour))
}

// The actions, in the order of actions.
const (
	exposure = iota
	play
	click
	like
	comment
	share
	purchase
)

// actions are what is done to a content.
var actions = [...]string{"exposure", "play", "click", "like", "comment", "share", "purchase"}

// action draws what was done, in the ratios of a real feed.
func action(p uint32) int8 {
	const whole = 1 << 32
	shares := [...]float64{0.62, 0.25, 0.07, 0.035, 0.01, 0.01}
	x := float64(p) / whole
	for a, s := range shares {
		if x < s {
			return int8(a)
		}
		x -= s
	}
	return purchase
}

// provinces are spelled as a user would see them in a report.
var provinces = [...]string{
	"guangdong", "jiangsu", "shandong", "zhejiang", "henan", "sichuan", "hubei", "fujian", "hunan", "shanghai",
	"anhui", "hebei", "beijing", "shaanxi", "jiangxi", "chongqing", "liaoning", "yunnan", "guangxi", "shanxi",
	"guizhou", "neimenggu", "xinjiang", "tianjin", "heilongjiang", "jilin", "gansu", "hainan", "ningxia",
	"qinghai", "xizang", "hongkong", "macau", "taiwan",
}

var (
	systems  = [...]string{"android", "ios", "harmony"}
	cities   = numbered("city", cityCount)
	channels = numbered("channel", channelCount)
	versions = numbered("9.", versionCount)
)

func numbered(prefix string, n int) []string {
	names := make([]string, n)
	for i := range names {
		names[i] = prefix + strconv.Itoa(i)
	}
	return names
}
