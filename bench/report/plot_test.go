package report

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"math"
	"regexp"
	"strings"
	"testing"
)

// hostile is a name that ends cells, lines and tags wherever it isn't escaped.
const hostile = "a|b\\|c\r\nd\"'><script>&"

// full has something of everything, of names that must be escaped.
func full() *Report {
	spread := Spread{2, 1, 3}
	of := map[string]Time{
		"one" + hostile: {MS: spread, SQL: hostile}, "many" + hostile: {MS: Spread{Median: 5}},
		"one" + hostile + rollups: {MS: spread}, "many" + hostile + rollups: {MS: spread}, Freshet: {MS: spread, SQL: hostile},
	}
	r := &Report{
		Version: Version, Machine: Machine{CPU: hostile, Kernel: hostile, Cores: 2}, Systems: []System{{Name: hostile, Version: hostile}},
		Answers: []Answer{
			{Work: "W" + hostile, Name: hostile, Times: of, Same: spread, Expert: spread, SameFloor: 5, ExpFloor: 1},
			{Work: "W" + hostile, Name: hostile, Void: hostile},
		},
		Ingest:    []Ingest{{System: hostile, RowsS: spread}, {System: hostile, Void: hostile}},
		Points:    []Point{{System: hostile, QPS: 3}, {System: hostile, Void: hostile}},
		Storage:   []Storage{{System: hostile, Layout: hostile}},
		Freshness: []Fresh{{Seen: []Lag{{Table: hostile}, {Table: hostile}}, Samples: []Sample{{At: 1, RSS: 5}, {At: 2, RSS: 9}, {At: 3}}}},
		Mixed:     []Mixed{{System: hostile}},
		Sharded:   []Sharded{{Name: "one" + hostile}, {Name: "many" + hostile}},
		Shards:    []ShardAnswer{{Name: hostile, Times: of, Plain: spread}, {Name: hostile, Void: hostile}, {Name: hostile, Times: of}},
		Notes:     []string{hostile},
	}
	for _, n := range []float64{1e6, 1e7, 5e7} {
		r.Growth = append(r.Growth, Growth{"q" + hostile + ", ms", byRows, n, n / 1e6}, Growth{"p, ms", byRows, n, n}, Growth{"disk, MiB", byRows, n, 5})
	}
	for _, n := range []float64{1, 2, 4, 8} {
		r.Growth = append(r.Growth, Growth{"q a second", byClients, n, 100 * n}, Growth{AtP50 + "q a second", byClients, n, n},
			Growth{AtP99 + "q a second", byClients, n, n}, Growth{ServerCores + "q a second", byClients, n, n})
	}
	return r
}

func written(t *testing.T, write func(io.Writer) error) string {
	t.Helper()
	var b strings.Builder
	if err := write(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// drawing is what a plot has: of each element how many.
type drawing map[string]int

// drawings parses the plots of a page strictly, by their names.
func drawings(t *testing.T, page string) map[string]drawing {
	t.Helper()
	all := map[string]drawing{}
	for _, svg := range regexp.MustCompile(`(?s)<svg.*?</svg>`).FindAllString(page, -1) {
		d, name, found := xml.NewDecoder(strings.NewReader(svg)), "", drawing{}
		for {
			token, err := d.Token()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatalf("%v in\n%s", err, svg)
			}
			if e, ok := token.(xml.StartElement); ok {
				found[e.Name.Local]++
				for _, a := range e.Attr {
					if a.Name.Local == "aria-label" {
						name = a.Value
					}
				}
			}
		}
		if all[name] != nil || name == "" {
			t.Errorf("%q names two plots, or none", name)
		}
		all[name] = found
	}
	return all
}

// TestPageIsWellFormed counts what is drawn, and holds what is opened against what is closed.
func TestPageIsWellFormed(t *testing.T) {
	page := written(t, full().HTML)
	got := drawings(t, page)
	for name, want := range map[string]drawing{
		"ms by rows": {"circle": 6, "polyline": 2}, "MiB by rows": {"circle": 3, "polyline": 1},
		"a second by clients": {"circle": 4, "polyline": 1}, "ms by clients": {"circle": 8, "polyline": 2}, "cores by clients": {"circle": 4, "polyline": 1},
		"resident memory, GiB": {"polyline": 1}, "cores in use": {"polyline": 1}, "ingest": {"rect": 2},
	} {
		for element, n := range want {
			if got[name][element] != n {
				t.Errorf("%q has %d of %s, want %d", name, got[name][element], element, n)
			}
		}
		if got[name] == nil {
			t.Errorf("%q is not drawn", name)
		}
	}
	if n := strings.Count(page, `fill="none"><title>`); n != 4 {
		t.Errorf("%d rings, two questions have two each", n)
	}
	for _, tag := range []string{"div", "svg", "table", "tr", "details", "summary", "ul", "h2", "p", "text", "style", "title", "html"} {
		opened := len(regexp.MustCompile("<"+tag+"[ >]").FindAllString(page, -1))
		if closed := strings.Count(page, "</"+tag+">"); opened != closed {
			t.Errorf("%s is opened %d times and closed %d", tag, opened, closed)
		}
	}
	for _, bad := range []string{"<script", "NaN", "Inf", "%!", "http:", "https:"} {
		if strings.Contains(page, bad) {
			t.Errorf("the page contains %q", bad)
		}
	}
}

// TestPlotsOfLittle draws nothing of nothing, no line of one figure, and no figure that has no place.
func TestPlotsOfLittle(t *testing.T) {
	if page := written(t, (&Report{}).HTML); strings.Contains(page, "<svg") {
		t.Errorf("an empty report has plots:\n%s", page)
	}
	r := &Report{
		Sharded: []Sharded{{Name: "1"}, {Name: "8"}}, Shards: []ShardAnswer{{Name: "q"}}, Ingest: []Ingest{{}},
		Freshness: []Fresh{{Seen: []Lag{{}}, Samples: []Sample{{}, {}}}},
		Answers:   []Answer{{Work: "W2", Same: Spread{math.NaN(), math.Inf(-1), math.Inf(1)}}, {Work: "W2", Expert: Spread{1, math.NaN(), math.Inf(1)}}},
		Growth: []Growth{
			{"one, ms", byRows, 5, 7},
			{"ten, s", byRows, 1, 10},
			{"ten, s", byRows, 10, 10},
			{"nothing, MiB", byRows, 5, 0},
			{"odd, GiB", byRows, -1, 5},
			{"odd, GiB", byRows, 0, 5},
			{"odd, GiB", byRows, 5, math.Inf(1)},
			{"odd, GiB", byRows, math.NaN(), 5},
			{"none a second", byClients, 1, math.NaN()},
		},
	}
	page := written(t, r.HTML)
	got := drawings(t, page)
	if d := got["ms by rows"]; d["circle"] != 1 || d["polyline"] != 0 {
		t.Errorf("one figure: %v", d)
	}
	if d := got["s by rows"]; d["circle"] != 2 || d["polyline"] != 1 {
		t.Errorf("two equal figures: %v", d)
	}
	for _, name := range []string{"MiB by rows", "GiB by rows", "a second by clients", "times with 1 and 8"} {
		if got[name] != nil {
			t.Errorf("%q is drawn of nothing: %v", name, got[name])
		}
	}
	for _, coordinate := range regexp.MustCompile(`(?:[xyr][12]?|width|height|points|viewBox)="([^"]*)"`).FindAllStringSubmatch(page, -1) {
		if strings.ContainsAny(coordinate[1], "NI") {
			t.Errorf("no coordinate: %s", coordinate[0])
		}
	}
}

// TestNamesStandApart moves names that would meet, and none out of the drawing.
func TestNamesStandApart(t *testing.T) {
	r := &Report{}
	for i := range 12 {
		for _, n := range []float64{1, 10} {
			r.Growth = append(r.Growth, Growth{fmt.Sprintf("q%d, ms", i), byRows, n, 5 + float64(i%3)/100})
		}
	}
	page := written(t, r.HTML)
	var places []float64
	for _, m := range regexp.MustCompile(`<text x="306.0" y="([0-9.]+)">q`).FindAllStringSubmatch(page, -1) {
		var y float64
		if _, err := fmt.Sscan(m[1], &y); err != nil {
			t.Fatal(err)
		}
		for _, other := range places {
			if math.Abs(y-other) < curveStep-0.1 {
				t.Errorf("names at %v and %v", y, other)
			}
		}
		if y < curveStep || y > curveTop+curveStep*13 {
			t.Errorf("a name at %v", y)
		}
		places = append(places, y)
	}
	if len(places) != 12 {
		t.Errorf("%d names of 12", len(places))
	}
}

// TestMarkdownIsEscaped has no cell or line that a name ended.
func TestMarkdownIsEscaped(t *testing.T) {
	md := written(t, full().Markdown)
	diff := written(t, func(w io.Writer) error { return Diff(w, full(), full()) })
	columns := 0
	for line := range strings.Lines(md + diff) {
		if !strings.HasPrefix(line, "|") {
			columns = 0
			continue
		}
		plain := strings.ReplaceAll(strings.ReplaceAll(line, `\\`, ""), `\|`, "")
		n := strings.Count(plain, "|")
		if columns == 0 {
			columns = n
		}
		if short := strings.Contains(line, void); n != columns && !short || short && n != 3 {
			t.Errorf("%d lines between cells, %d above: %s", n, columns, line)
		}
	}
	if rest := strings.ReplaceAll(md+diff, `\<`, ""); strings.ContainsAny(rest, "<\r") {
		t.Error("a tag or a return is left")
	}
	if !strings.Contains(md, `a\|b\\\|c d"'>\<script>&`) {
		t.Errorf("the name is not there:\n%s", md)
	}
}

// TestTableOf writes fields as their tags say.
func TestTableOf(t *testing.T) {
	got := tableOf([]Mixed{{System: "s", Rate: 1500, Share: 0.7, Reached: 1234.5, Queries: 7, P50: 0.123}})
	want := "[[system events/s of its most reached queries errors p50 ms p99 max ingest p99 ms] [s 1,500 70 % 1,234 7 0 0.12 0.00 0.00 0.00]]"
	if fmt.Sprint(got) != want {
		t.Errorf("%v\n%v", got, want)
	}
	got = tableOf([]Ingest{{System: "s", Fsync: true, RowsS: Spread{Median: 1e6}, Ratio: Spread{2, 1, 3}, Floor: 1.5}, {System: "x", Void: "why\nmore"}})
	if s := fmt.Sprint(got[1:]); s != "[[s 0 no yes 1,000,000 0.00 0.00 0.00 0.00 **2.00x** ≥ 1.00 1.5] [x void: why]]" {
		t.Error(s)
	}
	got = tableOf([]Sharded{{Name: "s", PeakRSS: 3 << 29}})
	if s := fmt.Sprint(got[1:]); s != "[[s 0.0 0 0.0 0.0 0.00 1.50]]" {
		t.Error(s)
	}
	if t2 := tableOf([]Point{}); t2 != nil {
		t.Errorf("a table of nothing: %v", t2)
	}
}
