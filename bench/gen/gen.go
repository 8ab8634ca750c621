// Package gen makes the event stream of a short-video application: who did what
// to which content, where and when. Row i is a pure function of the seed and i,
// so that the stream is the same however it is cut or spread over workers.
//
// The shape is that of a real feed: contents and devices by Zipf's law, a rate
// that follows the day, most rows in time and a few late by minutes or hours.
package gen

import (
	"encoding/hex"
	"fmt"
	"math"
	"strconv"
	"time"
)

// Sizes of the populations.
const (
	Contents  = 1_000_000
	Authors   = 100_000
	Devices   = 3_000_000
	cities    = 300
	channels  = 20
	zipfShape = 1.1
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

// Event is one row.
type Event struct {
	Time     time.Time
	Content  int64 // 0 … Contents-1, the most popular first
	Device   int64
	Author   int64
	Province string
	City     string
	Channel  string
	Action   string
	Duration int // milliseconds
	Cents    int64
}

// Feed makes events.
type Feed struct {
	cfg      Config
	contents zipf
	devices  zipf
	day      [25]float64 // share of a day's rows before each hour
}

// New makes a feed.
func New(c Config) *Feed {
	f := &Feed{cfg: c, contents: newZipf(Contents, zipfShape), devices: newZipf(Devices, zipfDevices)}
	total := 0.0
	for h := range 24 {
		f.day[h] = total
		total += hourWeight(h)
	}
	for h := range f.day {
		f.day[h] /= total
	}
	f.day[24] = 1
	return f
}

// zipfDevices is flatter than the contents' law: nobody watches all day.
const zipfDevices = 0.7

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
	e := Event{Time: f.timeOf(i, &r)}
	e.Content = f.contents.draw(r.float())
	e.Device = f.devices.draw(r.float())
	e.Author = int64(mix(uint64(e.Content)) % Authors)
	home := mix(uint64(e.Device) ^ 0xd1ce)
	e.City, e.Province = place(home)
	e.Channel = "channel" + strconv.Itoa(int(mix(uint64(e.Content)^0xc4a7)%channels))
	e.Action = action(r.float())
	switch e.Action {
	case "exposure":
	case "play":
		e.Duration = int(math.Exp(8+1.2*r.normal())) % 600_000
	case "purchase":
		e.Cents = 100 + int64(math.Exp(7+r.normal()))
	default:
		e.Duration = int(r.float() * 3000)
	}
	return e
}

func (f *Feed) timeOf(i int64, r *rng) time.Time {
	share := (float64(i) + 0.5) / float64(max(f.cfg.Rows, 1))
	at := f.cfg.Start.Add(f.along(share))
	switch p := r.float(); {
	case p < veryLateShare:
		at = at.Add(-time.Duration(r.float() * float64(veryLateMax)))
	case p < veryLateShare+lateShare:
		at = at.Add(-time.Duration(r.float() * float64(lateMax)))
	}
	return at.Truncate(time.Second)
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

// provinces are spelled as a user would see them in a report.
func provinces() []string {
	return []string{
		"guangdong", "jiangsu", "shandong", "zhejiang", "henan", "sichuan", "hubei", "fujian", "hunan", "shanghai",
		"anhui", "hebei", "beijing", "shaanxi", "jiangxi", "chongqing", "liaoning", "yunnan", "guangxi", "shanxi",
		"guizhou", "neimenggu", "xinjiang", "tianjin", "heilongjiang", "jilin", "gansu", "hainan", "ningxia",
		"qinghai", "xizang", "hongkong", "macau", "taiwan",
	}
}

func place(home uint64) (city, province string) {
	c := int(math.Pow(float64(home%10_000)/10_000, 1.5) * cities)
	all := provinces()
	return "city" + strconv.Itoa(c), all[c%len(all)]
}

// action draws what was done, in the ratios of a real feed.
func action(p float64) string {
	for _, a := range []struct {
		name  string
		share float64
	}{
		{"exposure", 0.62}, {"play", 0.25}, {"click", 0.07}, {"like", 0.035}, {"comment", 0.01}, {"share", 0.01},
	} {
		if p < a.share {
			return a.name
		}
		p -= a.share
	}
	return "purchase"
}

// ContentID and DeviceID are the ids as the application sends them.
func ContentID(n int64) string { return fmt.Sprintf("v%08d", n) }

// DeviceID is 32 hexadecimal digits.
func DeviceID(n int64) string {
	var b [16]byte
	hi, lo := mix(uint64(n)^0xdeb1ce), mix(uint64(n)+0x5eed)
	for i := range 8 {
		b[i], b[8+i] = byte(hi>>(8*i)), byte(lo>>(8*i))
	}
	return hex.EncodeToString(b[:])
}

// rng is splitmix64 (Steele, Lea, Flood 2014).
type rng struct{ state uint64 }

func (r *rng) next() uint64 {
	r.state += 0x9e3779b97f4a7c15
	return mix(r.state)
}

func (r *rng) float() float64 { return float64(r.next()>>11) / (1 << 53) }

// normal is a standard normal deviate (Box and Muller 1958).
func (r *rng) normal() float64 {
	u := math.Max(r.float(), 1e-300)
	return math.Sqrt(-2*math.Log(u)) * math.Cos(2*math.Pi*r.float())
}

func mix(x uint64) uint64 {
	x ^= x >> 30
	x *= 0xbf58476d1ce4e5b9
	x ^= x >> 27
	x *= 0x94d049bb133111eb
	return x ^ x>>31
}

// zipf draws ranks with P(k) ~ 1/(k+1)^s by inverting the continuous law, which
// needs no table.
type zipf struct {
	n float64
	s float64
}

func newZipf(n int64, s float64) zipf { return zipf{n: float64(n), s: s} }

func (z zipf) draw(p float64) int64 {
	q := 1 - z.s
	top := math.Pow(z.n+1, q) - 1
	k := int64(math.Pow(1+p*top, 1/q)) - 1
	return min(max(k, 0), int64(z.n)-1)
}
