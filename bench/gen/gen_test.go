package gen_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"math"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/freshetdb/freshet/bench/gen"
)

func digest(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:8])
}

// TestGolden pins the streams: benchmarks of different days must read the same rows.
func TestGolden(t *testing.T) {
	const rows = 20_000
	f := gen.New(gen.Standard(rows))
	arrowBlock := func() gen.Block {
		b, err := f.Arrow()
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	for name, c := range map[string]struct {
		want  string
		block func() gen.Block
	}{
		"arrow":  {"682720d1d3ae6c90", arrowBlock},
		"access": {"1e618117087e6cba", func() gen.Block { return gen.Lines(gen.NewAccess(f).Line) }},
		"hits":   {"6e6f73582caa0317", func() gen.Block { return gen.Lines(gen.NewHits(1, rows).TSV) }},
		"flat":   {"0882b2fdb9524574", func() gen.Block { return gen.Lines(gen.NewFlat(1, rows).CSV) }},
		"json":   {"c579b376dd5f32c1", func() gen.Block { return gen.Lines(f.Encoder().JSON) }},
		"csv":    {"92db6816b3ae7652", func() gen.Block { return gen.Lines(f.Encoder().CSV) }},
	} {
		for _, workers := range []int{1, 2, 5} {
			var b bytes.Buffer
			if err := gen.Stream(t.Context(), &b, 0, rows, workers, c.block); err != nil {
				t.Fatal(err)
			}
			if got := digest(b.Bytes()); got != c.want {
				t.Errorf("%s of %d workers changed: %s, was %s", name, workers, got, c.want)
			}
		}
	}
}

func TestTextIsWellFormed(t *testing.T) {
	const rows = 5000
	f := gen.New(gen.Standard(rows))
	x := f.Encoder()
	columns := 0
	for i := range int64(rows) {
		var row map[string]any
		if err := json.Unmarshal(x.JSON(nil, i), &row); err != nil {
			t.Fatal(err)
		}
		columns = len(row)
		user, _ := row["user_id"].(string)
		if _, err := hex.DecodeString(user); err != nil || len(user) != 32 {
			t.Fatalf("user_id %q", user)
		}
		fields, err := csv.NewReader(bytes.NewReader(x.CSV(nil, i))).Read()
		if err != nil || len(fields) != columns {
			t.Fatalf("CSV %q: %v", fields, err)
		}
		if fields[0] != row["ts"] || fields[1] != row["content_id"] || fields[3] != user || fields[9] != row["action"] {
			t.Fatalf("CSV %q is not JSON %v", fields, row)
		}
	}
	if columns != 12 {
		t.Errorf("%d columns, wanted 12", columns)
	}
}

// TestShape proves what the package promises: Zipf's slope, late rows, the day.
func TestShape(t *testing.T) {
	const rows = 400_000
	f := gen.New(gen.Standard(rows))
	contents := make(map[int32]int)
	var hours [24]int
	late, last := 0, int64(0)
	for i := range int64(rows) {
		e := f.At(i)
		contents[e.Content]++
		hours[time.Unix(e.Unix, 0).UTC().Hour()]++
		if e.Unix+30 < last {
			late++
		}
		last = max(last, e.Unix)
	}
	slope := math.Log(float64(contents[0])/float64(contents[99])) / math.Log(100)
	if slope < 0.9 || slope > 1.3 {
		t.Errorf("Zipf slope %.2f, wanted about 1.1", slope)
	}
	if share := float64(late) / rows; share < 0.015 || share > 0.025 {
		t.Errorf("%.4f of the rows are late, wanted about 0.02", share)
	}
	if hours[21] < 3*hours[4] {
		t.Errorf("the evening has %d rows, the night %d: no day to be seen", hours[21], hours[4])
	}
}

// TestHits proves what makes hits like ClickBench's: how many columns there are, how
// often texts are empty, and that its questions find what they name.
func TestHits(t *testing.T) {
	const rows = 50_000
	h := gen.NewHits(1, rows)
	var names []string
	for c := range strings.SplitSeq(strings.TrimSuffix(strings.TrimPrefix(gen.CreateHits(nil, ""), "CREATE TABLE hits ("), ")"), ", ") {
		name, _, _ := strings.Cut(c, " ")
		names = append(names, name)
	}
	if len(names) != 105 {
		t.Fatalf("%d columns", len(names))
	}
	at := func(name string) int { return slices.Index(names, name) }
	empty, users := 0, map[string]bool{}
	found := map[string]int{}
	var line []byte
	for i := range int64(rows) {
		line = h.TSV(line[:0], i)
		row := strings.Split(strings.TrimSuffix(string(line), "\n"), "\t")
		if len(row) != len(names) {
			t.Fatalf("row %d has %d values", i, len(row))
		}
		if row[at("SearchPhrase")] == "" {
			empty++
		}
		users[row[at("UserID")]] = true
		for name, yes := range map[string]bool{
			"counter 62": row[at("CounterID")] == "62", "the named user": row[at("UserID")] == "435090932899640449",
			"the named page": row[at("URLHash")] == "2868770270353813622", "an advert": row[at("AdvEngineID")] != "0",
			"a page of Google's": strings.Contains(row[at("URL")], "google"), "a title of Google's": strings.Contains(row[at("Title")], "Google"),
			"a phone": row[at("MobilePhoneModel")] != "", "no referer": row[at("Referer")] == "",
		} {
			if yes {
				found[name]++
			}
		}
	}
	if share := float64(empty) / rows; share < 0.85 || share > 0.89 {
		t.Errorf("%.3f of the search phrases are empty, wanted about 0.87", share)
	}
	if len(users) < rows/10 || len(users) > rows/3 {
		t.Errorf("%d users in %d rows", len(users), rows)
	}
	if len(found) != 8 || found["an advert"] > rows/50 || found["a phone"] > rows/10 {
		t.Errorf("found: %v", found)
	}
}

func TestAccessIsCombinedFormat(t *testing.T) {
	a := gen.NewAccess(gen.New(gen.Standard(1000)))
	combined := regexp.MustCompile(`^\d+\.\d+\.\d+\.\d+ - - \[\d\d/Jun/2026:\d\d:\d\d:\d\d \+0000\] "(GET|POST) \S+ HTTP/1\.1" \d{3} \d+ "[^"]*" "[^"]*"\n$`)
	for i := range int64(1000) {
		if line := a.Line(nil, i); !combined.Match(line) && !strings.Contains(string(line), "/May/2026") {
			t.Fatalf("%q", line)
		}
	}
}

func BenchmarkJSON(b *testing.B) {
	x := gen.New(gen.Standard(10_000_000)).Encoder()
	var line []byte
	for i := range int64(b.N) {
		line = x.JSON(line[:0], i*7%10_000_000)
	}
	b.SetBytes(int64(len(line)))
}

// TestMeasureStops: counting ends when it is told to.
func TestMeasureStops(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if s, err := gen.New(gen.Standard(1 << 40)).Measure(ctx); err == nil {
		t.Errorf("all was counted: %v", s)
	}
}
