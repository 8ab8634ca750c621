package gen

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// hitColumns are the 105 columns of ClickBench's hits: name, type, and how values
// are drawn.
//
//	id          a number of 63 bits that comes once
//	user        the visitor, by Zipf's law
//	counter     the site, a few of which have most of the rows
//	at, day     the time and its date, over July 2013
//	flag P      1 with probability P
//	pow N K     a number below N, the smaller the likelier as K grows
//	own N K     the same, drawn once for each visitor
//	some P N    0, with probability P a number from 1 to N
//	const V     V
//	hash C      a hash of the text in column C
//	url, referer, title, phrase, model   texts of their kind
//	code P      a short text with probability P, else none
const hitColumns = `
WatchID Int64 id
JavaEnable Int16 flag 0.82
Title String title
GoodEvent Int16 const 1
EventTime DateTime at
EventDate Date day
CounterID Int32 counter
ClientIP Int32 own 2000000000 1
RegionID Int32 own 9000 4
UserID Int64 user
CounterClass Int16 flag 0.1
OS Int16 own 90 3
UserAgent Int16 own 80 3
URL String url
Referer String referer
IsRefresh Int16 flag 0.13
RefererCategoryID Int16 some 0.35 60
RefererRegionID Int32 some 0.3 1200
URLCategoryID Int16 some 0.3 60
URLRegionID Int32 some 0.3 1200
ResolutionWidth Int16 own 2560 0.5
ResolutionHeight Int16 own 1600 0.5
ResolutionDepth Int16 own 33 0.4
FlashMajor Int16 own 12 0.4
FlashMinor Int16 own 10 2
FlashMinor2 String own 900 2
NetMajor Int16 some 0.3 4
NetMinor Int16 some 0.3 9
UserAgentMajor Int16 own 40 1
UserAgentMinor String own 90 2
CookieEnable Int16 flag 0.99
JavascriptEnable Int16 flag 0.99
IsMobile Int16 own 2 4
MobilePhone Int16 own 90 9
MobilePhoneModel String model
Params String code 0.01
IPNetworkID Int32 own 4000000 2
TraficSourceID Int16 source
SearchEngineID Int16 engine
SearchPhrase String phrase
AdvEngineID Int16 some 0.0063 30
IsArtifical Int16 flag 0.02
WindowClientWidth Int16 own 2200 0.6
WindowClientHeight Int16 own 1300 0.6
ClientTimeZone Int16 own 600 1
ClientEventTime DateTime at
SilverlightVersion1 Int16 some 0.3 5
SilverlightVersion2 Int16 some 0.05 2
SilverlightVersion3 Int32 some 0.3 60000
SilverlightVersion4 Int16 some 0.05 3
PageCharset String code 0.9
CodeVersion Int32 pow 2000 2
IsLink Int16 flag 0.06
IsDownload Int16 flag 0.003
IsNotBounce Int16 flag 0.6
FUniqID Int64 user
OriginalURL String referer
HID Int32 own 1000000000 1
IsOldCounter Int16 flag 0.02
IsEvent Int16 flag 0.05
IsParameter Int16 flag 0.01
DontCountHits Int16 flag 0.15
WithHash Int16 flag 0.02
HitColor String const 5
LocalEventTime DateTime at
Age Int16 own 60 2
Sex Int16 own 3 2
Income Int16 own 5 3
Interests Int16 own 15000 5
Robotness Int16 own 10 9
RemoteIP Int32 own 2000000000 1
WindowName Int32 pow 30000 6
OpenerName Int32 some 0.1 30000
HistoryLength Int16 pow 400 5
BrowserLanguage String own 60 9
BrowserCountry String own 90 9
SocialNetwork String code 0.001
SocialAction String code 0.001
HTTPError Int16 const 0
SendTiming Int32 some 0.2 30000
DNSTiming Int32 some 0.2 5000
ConnectTiming Int32 some 0.2 9000
ResponseStartTiming Int32 some 0.3 30000
ResponseEndTiming Int32 some 0.3 30000
FetchTiming Int32 some 0.3 30000
SocialSourceNetworkID Int16 some 0.002 5
SocialSourcePage String code 0.002
ParamPrice Int64 some 0.001 100000
ParamOrderID String code 0.001
ParamCurrency String const NHx
ParamCurrencyID Int16 some 0.001 9
OpenstatServiceName String code 0.003
OpenstatCampaignID String code 0.003
OpenstatAdID String code 0.003
OpenstatSourceID String code 0.003
UTMSource String code 0.01
UTMMedium String code 0.01
UTMCampaign String code 0.01
UTMContent String code 0.005
UTMTerm String code 0.005
FromTag String code 0.003
HasGCLID Int16 flag 0.002
RefererHash Int64 hash referer
URLHash Int64 hash url
CLID Int32 some 0.01 500`

// hitColumn is one line of hitColumns.
type hitColumn struct {
	name, typ, rule string
	a, b            float64
	text            string // of const
	salt            uint64
}

// Hits makes rows like ClickBench's: the same columns, and distributions of the same
// kind (how many values, how skewed, how often empty). It is for one goroutine.
type Hits struct {
	seed    uint64
	rows    int64
	columns []hitColumn
	users   quantiles
	pages   quantiles
	phrases quantiles
}

// NewHits makes a stream of a number of rows.
func NewHits(seed uint64, rows int64) *Hits {
	h := &Hits{
		seed: seed, rows: max(rows, 1), users: zipf(max(rows/4, 100), 0.6), pages: zipf(max(rows/2, 100), 0.9), phrases: zipf(max(rows/6, 100), 0.8),
	}
	for line := range strings.Lines(strings.TrimSpace(hitColumns)) {
		words := strings.Fields(line)
		c := hitColumn{name: words[0], typ: words[1], rule: words[2], salt: mix(uint64(len(h.columns)) + 77)}
		if len(words) > 3 {
			c.text = words[3]
			c.a, _ = strconv.ParseFloat(words[3], 64) // of const and hash it is a text
		}
		if len(words) > 4 {
			c.b, _ = strconv.ParseFloat(words[4], 64)
		}
		h.columns = append(h.columns, c)
	}
	return h
}

// CreateHits is the table, with some type names replaced (DuckDB has others).
func CreateHits(types map[string]string, rest string) string {
	var b strings.Builder
	b.WriteString("CREATE TABLE hits (")
	for i, c := range NewHits(1, 1).columns {
		typ := c.typ
		if t, ok := types[typ]; ok {
			typ = t
		}
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "%s %s", c.name, typ)
	}
	return b.String() + ")" + rest
}

// What ClickBench's questions name.
const (
	namedUser    = 435090932899640449
	namedCounter = 62
	namedReferer = 3594120000172545465
	namedURL     = 2868770270353813622
)

// hit is what the columns of a row share.
type hit struct {
	i                  int64
	r                  rng
	user, counter      int64
	at                 int64
	url, referer, term int64 // ranks; -1 is none
}

func (h *Hits) draw(i int64) *hit {
	x := &hit{i: i, r: rng{h.seed ^ uint64(i)*0x9e3779b97f4a7c15}}
	x.r.next()
	x.user = h.users.draw(x.r.next())
	x.counter = int64(6500 * math.Pow(x.r.float(), 9))
	from := time.Date(2013, 7, 1, 0, 0, 0, 0, time.UTC).Unix()
	x.at = from + int64(float64(i)/float64(h.rows)*31*secondsOfDay) + int64(x.r.float()*600)
	x.url = h.pages.draw(x.r.next())
	x.referer, x.term = h.pages.draw(x.r.next()), -1
	if x.r.float() < 0.19 {
		x.referer = -1
	}
	if x.r.float() < 0.13 {
		x.term = h.phrases.draw(x.r.next())
	}
	return x
}

// TSV writes row i as a line of TabSeparated.
func (h *Hits) TSV(dst []byte, i int64) []byte {
	x := h.draw(i)
	for n := range h.columns {
		if n > 0 {
			dst = append(dst, '\t')
		}
		dst = h.value(dst, &h.columns[n], x)
	}
	return append(dst, '\n')
}

func (h *Hits) value(dst []byte, c *hitColumn, x *hit) []byte {
	switch c.rule {
	case "id":
		return strconv.AppendUint(dst, mix(uint64(x.i)^h.seed<<32)>>1, 10)
	case "user":
		if x.user == 1000 {
			return strconv.AppendInt(dst, namedUser, 10)
		}
		return strconv.AppendUint(dst, mix(uint64(x.user)+c.salt)>>1, 10)
	case "counter":
		if x.counter == 1 {
			return strconv.AppendInt(dst, namedCounter, 10)
		}
		return strconv.AppendInt(dst, 100+x.counter, 10)
	case "at":
		return time.Unix(x.at, 0).UTC().AppendFormat(dst, "2006-01-02 15:04:05")
	case "day":
		return time.Unix(x.at, 0).UTC().AppendFormat(dst, "2006-01-02")
	case "flag":
		if x.r.float() < c.a {
			return append(dst, '1')
		}
		return append(dst, '0')
	case "pow":
		return strconv.AppendInt(dst, int64(c.a*math.Pow(x.r.float(), c.b)), 10)
	case "own":
		u := float64(mix(uint64(x.user)^c.salt)>>11) / (1 << 53)
		return strconv.AppendInt(dst, int64(c.a*math.Pow(u, c.b)), 10)
	case "some":
		if x.r.float() >= c.a {
			return append(dst, '0')
		}
		u := x.r.float()
		return strconv.AppendInt(dst, 1+int64((c.b-1)*u*u), 10)
	case "const":
		return append(dst, c.text...)
	case "hash":
		return h.hash(dst, c, x)
	case "code":
		if x.r.float() >= c.a {
			return dst
		}
		return strconv.AppendUint(append(dst, 'c'), mix(uint64(x.user)^c.salt)%50, 36)
	default:
		return h.words(dst, c.rule, x)
	}
}

func (h *Hits) hash(dst []byte, c *hitColumn, x *hit) []byte {
	rank, named := x.url, int64(namedURL)
	if c.text == "referer" {
		rank, named = x.referer, namedReferer
	}
	if rank == 0 {
		return strconv.AppendInt(dst, named, 10)
	}
	return strconv.AppendUint(dst, mix(uint64(rank+1))>>1, 10)
}

// words are the texts of pages and searches. A few pages are Google's.
func (h *Hits) words(dst []byte, rule string, x *hit) []byte {
	switch rule {
	case "url":
		return appendPage(dst, x.url)
	case "referer":
		if x.referer < 0 {
			return dst
		}
		return appendPage(dst, x.referer)
	case "title":
		if x.url%7001 == 17 {
			dst = append(dst, "Google "...)
		}
		dst = append(dst, "page "...)
		return appendWords(dst, uint64(x.url/3), 4)
	case "phrase":
		if x.term < 0 {
			return dst
		}
		return appendWords(dst, uint64(x.term), 1+int(x.term%4))
	case "engine":
		if x.term < 0 {
			return append(dst, '0')
		}
		return strconv.AppendUint(dst, 1+mix(uint64(x.term))%8*(mix(uint64(x.user))%6), 10)
	case "source":
		if x.r.float() < 0.3 {
			return append(dst, "-1"...)
		}
		return strconv.AppendInt(dst, int64(x.r.float()*x.r.float()*10), 10)
	default: // model
		if mix(uint64(x.user)^5)%100 >= 5 {
			return dst
		}
		return strconv.AppendUint(append(dst, "phone "...), mix(uint64(x.user)^9)%166, 10)
	}
}

func appendPage(dst []byte, rank int64) []byte {
	m := mix(uint64(rank) + 99)
	if m%6000 == 7 {
		dst = append(dst, "http://www.google.com/search?q="...)
		return strconv.AppendInt(dst, rank, 36)
	}
	dst = append(dst, "http://"...)
	if m&1 == 0 {
		dst = append(dst, "www."...)
	}
	dst = strconv.AppendUint(append(dst, "site"...), m>>8%4000, 36)
	dst = append(dst, ".example/"...)
	dst = appendWords(dst, m>>20%1000, 2)
	dst = append(dst, "?id="...)
	return strconv.AppendInt(dst, rank, 10)
}

// appendWords writes n words of syllables that a number chooses.
func appendWords(dst []byte, number uint64, n int) []byte {
	const syllables = "kalomirenutasovibedopagu"
	for w := range n {
		if w > 0 {
			dst = append(dst, ' ')
		}
		m := mix(number*31 + uint64(w))
		for range 2 + m%3 {
			at := m >> 8 % (uint64(len(syllables)) / 2) * 2
			dst = append(dst, syllables[at:at+2]...)
			m = mix(m)
		}
	}
	return dst
}
