package report_test

import (
	"bytes"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/freshetdb/freshet/bench/report"
)

func sample() *report.Report {
	spread := func(m float64) report.Spread { return report.Spread{Median: m, Low: m * 0.9, High: m * 1.1} }
	return &report.Report{
		Version: report.Version, Started: time.Unix(1_780_000_000, 0), Rows: 1_000_000, Rounds: 7,
		Machine: report.Machine{CPU: "cpu <1>", Cores: 2},
		Answers: []report.Answer{
			{
				Work: "W2", Name: "quick & right", SameFloor: 3, ExpFloor: 2, Same: spread(6), Expert: spread(1.5),
				Times: map[string]report.Time{report.Freshet: {MS: spread(2)}, report.ClickHouse: {MS: spread(12)}},
			},
			{Work: "W2", Name: "wrong", Void: "Freshet: another answer: row 1"},
		},
		Points: []report.Point{
			{System: report.Freshet, P50: 0.9, P99: 1, QPS: 4000, Clients: 8}, {System: report.FreshetExpert, P50: 0.5, P99: 1, QPS: 100, Clients: 8},
		},
		Sharded: []report.Sharded{{Name: "1 shard", Shards: 1, PeakRSS: 4 << 30}},
		Storage: []report.Storage{{System: report.Freshet, Layout: "hot", Bytes: 40_000_000, PerRow: 40, Floor: 38}},
	}
}

func TestMissedFloors(t *testing.T) {
	text := strings.Join(sample().Missed(), "\n")
	for _, want := range []string{"wrong: void", "expert: 1.5x", "40.0 bytes an event", "W4 Freshet: p50 0.90", "W4 Freshet, rollups: 100 a second", "memory, 1 shard: 4.00 GiB"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not among the floors missed:\n%s", want, text)
		}
	}
	if strings.Contains(text, "same schema") {
		t.Errorf("6x of 3x counts as missed:\n%s", text)
	}
}

func TestFormsSayTheSame(t *testing.T) {
	r := sample()
	var js, md, page bytes.Buffer
	if err := r.Write(&js); err != nil {
		t.Fatal(err)
	}
	if _, err := report.Read(strings.NewReader(js.String() + "]")); err == nil {
		t.Error("a report with something behind its end was read")
	}
	again, err := report.Read(&js)
	if err != nil {
		t.Fatal(err)
	}
	if err := again.Markdown(&md); err != nil {
		t.Fatal(err)
	}
	if err := again.HTML(&page); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(md.String(), "**6.00x** ≥ 5.40") || !strings.Contains(md.String(), "void: Freshet") {
		t.Errorf("Markdown:\n%s", md.String())
	}
	if !strings.Contains(page.String(), "6.00x") || !strings.Contains(page.String(), "quick &amp; right") || strings.Contains(page.String(), "cpu <1>") {
		t.Errorf("HTML:\n%s", page.String())
	}
}

func TestDiff(t *testing.T) {
	old, now := sample(), sample()
	now.Answers[0].Times[report.Freshet] = report.Time{MS: report.Spread{Median: 1, Low: 0.9, High: 1.1}}
	var b bytes.Buffer
	if err := report.Diff(&b, old, now); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(b.String(), "2.00x | faster") || strings.Contains(b.String(), "| slower |") {
		t.Errorf("comparison:\n%s", b.String())
	}
	if strings.Contains(b.String(), "Only the") {
		t.Errorf("both runs have everything:\n%s", b.String())
	}
	old.Answers[0].Times[report.Freshet] = report.Time{}
	b.Reset()
	if err := report.Diff(&b, old, now); err != nil || strings.Contains(b.String(), "NaN") || strings.Contains(b.String(), "0.00x") {
		t.Errorf("comparison with a time that is missing: %v\n%s", err, b.String())
	}
	now.Rows = 5
	if err := report.Diff(&b, old, now); err == nil {
		t.Error("runs of other numbers of rows were compared")
	}
}

// TestDiffOfSections compares every section that both runs have, and names the others.
func TestDiffOfSections(t *testing.T) {
	rate := func(m float64) report.Spread { return report.Spread{Median: m, Low: m * 0.9, High: m * 1.1} }
	run := func(k float64) *report.Report {
		return &report.Report{
			Ingest:    []report.Ingest{{System: report.Freshet, Batch: 10_000, Fsync: true, RowsS: rate(500_000 / k)}},
			Points:    []report.Point{{System: report.Freshet, P50: k, P99: 2 * k, Clients: 8, QPS: 800 / k}, {System: report.ClickHouse, P50: 8, P99: 9}},
			Freshness: []report.Fresh{{Rate: 200_000, AckP99: 10 * k, CPU: k, Seen: []report.Lag{{Table: "detail", P99: 30 * k}}}},
			Mixed:     []report.Mixed{{System: report.Freshet, Reached: 90_000 / k, P99: 5 * k}},
			Storage:   []report.Storage{{System: report.Freshet, Layout: "hot", PerRow: 40 * k}},
			Sharded:   []report.Sharded{{Name: "8 shards", RowsS: 900 / k, PeakRSS: int64(k) << 30}},
			Shards:    []report.ShardAnswer{{Work: "W2", Name: "q", Times: map[string]report.Time{"8 shards": {MS: rate(7 * k)}}}},
			Growth: []report.Growth{
				{Of: "load, s", By: "rows", At: 1e6, Value: 3 * k}, {Of: "points a second", By: "clients", At: 4, Value: 5000 / k},
			},
		}
	}
	old, now := run(2), run(1)
	var b strings.Builder
	if err := report.Diff(&b, old, now); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"| W1 | rows/s, batches of 10,000, rollups no, fsync yes | Freshet | 250000 (225000 to 275000) | 500000 (450000 to 550000) | 2.00x | faster |",
		"| W4 | p50 ms | Freshet | 2.00 | 1.00 | 2.00x |  |", "| W4 | a second by clients | Freshet | 400 | 800 | 2.00x |",
		"| W4 | p99 ms | ClickHouse | 9.00 | 9.00 | 1.00x |", "| freshness | acknowledged p99 ms, events/s 200,000 | Freshet | 20.0 | 10.0 | 2.00x |",
		"| freshness | p99 ms, events/s 200,000, seen in detail | Freshet | 60.0 | 30.0 | 2.00x |", "| mixed | reached events/s | Freshet | 45000 | 90000 | 2.00x |",
		"| W7 | bytes an event, hot | Freshet | 80.0 | 40.0 | 2.00x |", "| shards | rows/s | 8 shards | 450 | 900 | 2.00x |",
		"| shards | peak RSS, GiB | 8 shards | 2.00 | 1.00 | 2.00x |",
		"| shards | ms, W2, q | 8 shards | 14.0 (12.6 to 15.4) | 7.00 (6.30 to 7.70) | 2.00x | faster |",
		"| growth | load, s, by rows, at 1,000,000 | Freshet | 6.00 | 3.00 | 2.00x |", "| growth | points a second, by clients, at 4 | Freshet | 2500 | 5000 | 2.00x |",
	} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("%q is not in the comparison", want)
		}
	}
	if t.Failed() || strings.Contains(b.String(), "by clients | ClickHouse") || strings.Contains(b.String(), "Only the") {
		t.Errorf("comparison:\n%s", b.String())
	}
	old.Growth, old.Points, now.Storage, now.Mixed = nil, old.Points[:1], nil, nil
	b.Reset()
	err := report.Diff(&b, old, now)
	for _, want := range []string{"Only the earlier run has W7.", "Only the earlier run has mixed.", "Only the later run has growth."} {
		if err != nil || strings.Count(b.String(), "Only the") != 3 || !strings.Contains(b.String(), want) {
			t.Errorf("%v\n%s", err, b.String())
		}
	}
}

// TestSpread holds the ranks against the binomial law: at 7 turns only the least one
// is surely below the median, at 9 the second least.
func TestSpread(t *testing.T) {
	for turns, low := range map[int]float64{7: 1, 9: 2, 15: 4} {
		var x []float64
		for i := range turns {
			x = append(x, float64(turns-i))
		}
		s := report.NewSpread(x)
		if s.Low != low || s.High != float64(turns)+1-low || s.Median != float64(turns+1)/2 {
			t.Errorf("%d turns: %+v, the low one was to be %g", turns, s, low)
		}
	}
	if g := report.GeometricMean([]float64{1, 4}); math.Abs(g-2) > 1e-12 {
		t.Errorf("geometric mean %g", g)
	}
}
