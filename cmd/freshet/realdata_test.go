package main

import (
	"bufio"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/freshetdb/freshet/query/sqltest"
)

// httpNode is a node in this process that is asked over HTTP.
type httpNode struct {
	t    *testing.T
	n    *node
	done chan error
	stop context.CancelFunc
}

func startHTTP(t *testing.T, shards int) *httpNode {
	t.Helper()
	target := newTargetDir(t, t.TempDir(), shards)
	ctx, stop := context.WithCancel(context.Background())
	h := &httpNode{t: t, n: target, done: make(chan error, 1), stop: stop}
	go func() { h.done <- h.n.serve(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-h.done; err != nil && !errors.Is(err, http.ErrServerClosed) {
			t.Error(err)
		}
	})
	return h
}

func newTargetDir(t *testing.T, dir string, shards int) *node {
	t.Helper()
	cfg := DefaultConfig()
	cfg.DataDir, cfg.HTTPAddr, cfg.Shards = dir, "127.0.0.1:0", shards
	n, err := openNode(context.Background(), cfg, discard())
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// ask runs a statement; body is data behind an INSERT.
func (h *httpNode) ask(sql string, body io.Reader, encoding string) string {
	h.t.Helper()
	req, err := http.NewRequestWithContext(h.t.Context(), http.MethodPost, h.n.addr()+"/?query="+url.QueryEscape(sql), body)
	if err != nil {
		h.t.Fatal(err)
	}
	if encoding != "" {
		req.Header.Set("Content-Encoding", encoding)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		h.t.Fatal(err)
	}
	b, err := io.ReadAll(res.Body)
	if err := errors.Join(err, res.Body.Close()); err != nil {
		h.t.Fatal(err)
	}
	if res.StatusCode != http.StatusOK {
		h.t.Fatalf("%.80s: %s", sql, b)
	}
	return string(b)
}

func (h *httpNode) load(sql, path string) {
	h.t.Helper()
	f, err := os.Open(path)
	if err != nil {
		h.t.Fatal(err)
	}
	h.ask(sql, f, "gzip")
	if err := f.Close(); err != nil && !errors.Is(err, os.ErrClosed) {
		h.t.Fatal(err)
	}
}

// TestWikiticker loads Druid's sample and gives every figure that Druid published.
func TestWikiticker(t *testing.T) {
	dir := sqltest.SharedData(t, "wikiticker")
	for _, shards := range []int{1, 3} {
		t.Run(fmt.Sprintf("%d shards", shards), func(t *testing.T) {
			h := startHTTP(t, shards)
			h.ask(`CREATE TABLE wiki (time DateTime, channel LowCardinality(String), cityName Nullable(String),
				comment String, countryIsoCode Nullable(String), countryName Nullable(String), isAnonymous Bool, isMinor Bool,
				isNew Bool, isRobot Bool, isUnpatrolled Bool, metroCode Nullable(Int32), namespace LowCardinality(String), page String,
				regionIsoCode Nullable(String), regionName Nullable(String), user String, delta Int64, added Int64, deleted Int64)
				ENGINE = MergeTree PARTITION BY toDate(time) ORDER BY (channel, page, time)`, nil, "")
			h.load("INSERT INTO wiki FORMAT JSONEachRow", filepath.Join(dir, "wikiticker-2015-09-12-sampled.json.gz"))
			published, err := os.ReadFile(filepath.Join(dir, "druid-published.tsv"))
			if err != nil {
				t.Fatal(err)
			}
			top, channels, hours, count := wikiFigures(string(published))
			if got := h.ask("SELECT count() FROM wiki", nil, ""); strings.TrimSpace(got) != count {
				t.Errorf("count is %s, Druid has %s", got, count)
			}
			got := strings.Split(strings.TrimSpace(h.ask("SELECT page, count() AS c FROM wiki GROUP BY page ORDER BY c DESC, page LIMIT 10", nil, "")), "\n")
			slices.Sort(got)
			slices.Sort(top)
			if fmt.Sprint(counts(got)) != fmt.Sprint(counts(top)) {
				t.Errorf("top pages:\n got %q\nwant %q", got, top)
			}
			if got := strings.TrimSpace(h.ask("SELECT channel, sum(added) AS a FROM wiki GROUP BY channel ORDER BY a DESC LIMIT 5", nil, "")); got != strings.Join(channels, "\n") {
				t.Errorf("channels:\n got %q\nwant %q", got, channels)
			}
			if got := strings.Fields(h.ask("SELECT sum(deleted) FROM wiki GROUP BY toHour(time) AS h ORDER BY h", nil, "")); !slices.Equal(got, hours) {
				t.Errorf("deleted by hour: got %v, want %v", got, hours)
			}
		})
	}
}

// TestWikitickerRollups keeps the sample by minute and channel, in rollups made before
// and after the rows, and compares every figure with that of the rows. The checksum
// of the whole answer is ClickHouse's, from the rows:
// SELECT count(), sum(pv), groupBitXor(cityHash64(toString(m), channel, pv, uv, ua, added)) FROM (the query).
func TestWikitickerRollups(t *testing.T) {
	dir := sqltest.SharedData(t, "wikiticker")
	const query = "SELECT toStartOfMinute(time) AS m, channel, count() AS pv, uniqExact(user) AS uv, uniq(user) AS ua, sum(added) AS added FROM wiki GROUP BY m, channel"
	const checksum = "SELECT count(), sum(pv), groupBitXor(cityHash64(toString(m), channel, pv, uv, ua, added)) FROM (" + query + ")"
	for _, shards := range []int{1, 3} {
		t.Run(fmt.Sprintf("%d shards", shards), func(t *testing.T) {
			h := startHTTP(t, shards)
			h.ask(`CREATE TABLE wiki (time DateTime, channel LowCardinality(String), page String, user String, isRobot Bool, delta Int64, added Int64, deleted Int64)
				ENGINE = MergeTree PARTITION BY toDate(time) ORDER BY (channel, page, time)`, nil, "")
			h.ask("CREATE MATERIALIZED VIEW before AS "+query, nil, "")
			h.load("INSERT INTO wiki FORMAT JSONEachRow", filepath.Join(dir, "wikiticker-2015-09-12-sampled.json.gz"))
			h.ask("CREATE MATERIALIZED VIEW after ORDER BY (channel, m) AS "+query, nil, "")
			waitForRollups(t, h)
			const want = "13911\t39244\t12011110613590173398"
			for _, sql := range []string{
				checksum + " SETTINGS use_rollups = 0", checksum + " SETTINGS use_rollups = 2",
				strings.Replace(checksum, query, "SELECT m, channel, pv, finalizeAggregation(uv) AS uv, finalizeAggregation(ua) AS ua, added FROM before", 1),
				strings.Replace(checksum, query, "SELECT m, channel, sum(pv) AS pv, uniqExactMerge(uv) AS uv, uniqMerge(ua) AS ua, sum(added) AS added FROM after GROUP BY m, channel", 1),
			} {
				if got := strings.TrimSpace(h.ask(sql, nil, "")); got != want {
					t.Errorf("%s\n got %q\nwant %q", sql, got, want)
				}
			}
			users := "SELECT uniqExact(user), count(DISTINCT user), uniq(user) FROM wiki"
			if got := strings.TrimSpace(h.ask(users, nil, "")); got != "10531\t10531\t10531" {
				t.Errorf("users: %q", got)
			}
		})
	}
}

// waitForRollups waits until the past of all rollups is in.
func waitForRollups(t *testing.T, h *httpNode) {
	t.Helper()
	for strings.TrimSpace(h.ask("SELECT count() FROM system.rollups WHERE status = 'filling'", nil, "")) != "0" {
		if t.Context().Err() != nil {
			t.Fatal("the test ended while rollups were being filled")
		}
	}
}

// TestDruidRollup is the example of Druid's tutorial: nine rows become five.
func TestDruidRollup(t *testing.T) {
	dir := sqltest.SharedData(t, "druid-rollup")
	h := startHTTP(t, 1)
	h.ask("CREATE TABLE flows (timestamp DateTime, srcIP String, dstIP String, packets UInt64, bytes UInt64) ENGINE = MergeTree ORDER BY timestamp", nil, "")
	h.ask(`CREATE MATERIALIZED VIEW by_minute AS SELECT toStartOfMinute(timestamp) AS minute, srcIP, dstIP, count() AS count,
		sum(packets) AS packets, sum(bytes) AS bytes FROM flows GROUP BY minute, srcIP, dstIP`, nil, "")
	f, err := os.Open(filepath.Join(dir, "rollup-data.json"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	h.ask("INSERT INTO flows FORMAT JSONEachRow", f, "")
	want, err := os.ReadFile(filepath.Join(dir, "expected.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	got := h.ask("SELECT minute, sum(bytes) AS bytes, sum(count) AS count, dstIP, sum(packets) AS packets, srcIP FROM by_minute GROUP BY minute, dstIP, srcIP ORDER BY minute, srcIP FORMAT TSVWithNames", nil, "")
	if strings.TrimSpace(got) != strings.TrimSpace(string(want)) {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// counts is the last field of each line: pages of equal counts may differ at the
// limit.
func counts(lines []string) []string {
	out := make([]string, len(lines))
	for i, l := range lines {
		out[i] = l[strings.LastIndexByte(l, '\t')+1:]
	}
	slices.Sort(out)
	return out
}

func wikiFigures(text string) (top, channels, hours []string, count string) {
	section := 0
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\n")
		if strings.HasPrefix(line, "#query") {
			section++
			continue
		}
		switch {
		case line == "":
		case section == 1:
			top = append(top, line)
		case section == 2:
			channels = append(channels, line)
		case section == 3:
			hours = strings.Fields(line)
		case section == 4:
			count = line
		}
	}
	return top, channels, hours, count
}

// TestStarSchema loads SSB at scale 0.1, builds the flat table by its joins, and
// gives ClickHouse's answers to the 13 queries.
func TestStarSchema(t *testing.T) {
	dir := sqltest.SharedData(t, "ssb")
	h := startHTTP(t, 1)
	ddl, err := os.ReadFile(filepath.Join(dir, "ddl.sql"))
	if err != nil {
		t.Fatal(err)
	}
	statements := strings.SplitSeq(strings.TrimSpace(string(ddl)), ";")
	for sql := range statements {
		if strings.Contains(sql, "lineorder_flat") {
			for _, name := range []string{"customer", "lineorder", "part", "supplier"} {
				h.load("INSERT INTO "+name+" FORMAT CSV", filepath.Join(dir, name+".sf0.1.tbl.gz"))
			}
		}
		if strings.TrimSpace(sql) != "" {
			h.ask(sql, nil, "")
		}
	}
	if got := h.ask("SELECT count(), sum(LO_REVENUE), sum(LO_EXTENDEDPRICE * LO_DISCOUNT) FROM lineorder_flat", nil, ""); got != "600572\t2053506977113\t10808570488250\n" {
		t.Errorf("checksum of the flat table: %s", got)
	}
	queries, err := filepath.Glob(filepath.Join(dir, "q*.sql"))
	if err != nil || len(queries) != 13 {
		t.Fatalf("%d queries, %v", len(queries), err)
	}
	for _, q := range queries {
		name := strings.TrimSuffix(filepath.Base(q), ".sql")
		sql, err := os.ReadFile(q)
		if err != nil {
			t.Fatal(err)
		}
		want, err := os.ReadFile(filepath.Join(dir, "sf0.1", name+".expected.tsv"))
		if err != nil {
			t.Fatal(err)
		}
		named := strings.TrimRight(strings.TrimSpace(string(sql)), ";") + " FORMAT TSVWithNames"
		if got := sortedLines(h.ask(named, nil, "")); got != sortedLines(string(want)) {
			t.Errorf("%s:\n got %.300s\nwant %.300s", name, got, want)
		}
	}
}

// sortedLines compares answers as sets of rows: the queries leave ties open.
func sortedLines(s string) string {
	lines := strings.Split(strings.TrimSpace(s), "\n")
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

// apacheLines are the lines of the public access log.
func apacheLines(t *testing.T) []string {
	t.Helper()
	f, err := os.Open(filepath.Join(sqltest.SharedData(t, "elastic-apache"), "apache_logs.gz"))
	if err != nil {
		t.Fatal(err)
	}
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	in := bufio.NewScanner(z)
	in.Buffer(nil, 1<<20)
	for in.Scan() {
		lines = append(lines, in.Text())
	}
	if err := errors.Join(in.Err(), f.Close()); err != nil {
		t.Fatal(err)
	}
	return lines
}
