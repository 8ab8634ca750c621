package gen_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"math"
	"testing"
	"time"

	"github.com/freshetdb/freshet/bench/gen"
)

func config(rows int64) gen.Config {
	return gen.Config{Seed: 1, Start: time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC), Span: 72 * time.Hour, Rows: rows}
}

// TestGolden pins the stream: benchmarks of different days must read the same rows.
func TestGolden(t *testing.T) {
	f := gen.New(config(10_000))
	var all []byte
	for i := range int64(10_000) {
		e := f.At(i)
		all = gen.AppendJSON(all, &e)
	}
	sum := sha256.Sum256(all)
	const want = "04526917921a97d9"
	if got := hex.EncodeToString(sum[:8]); got != want {
		t.Errorf("the stream changed: %s, was %s", got, want)
	}
	for line := range bytesLines(all) {
		if !json.Valid(line) {
			t.Fatalf("not JSON: %s", line)
		}
	}
}

func bytesLines(b []byte) func(func([]byte) bool) {
	return func(yield func([]byte) bool) {
		start := 0
		for i, c := range b {
			if c == '\n' {
				if !yield(b[start:i]) {
					return
				}
				start = i + 1
			}
		}
	}
}

// TestShape proves what the package promises: Zipf's slope, late rows, the day.
func TestShape(t *testing.T) {
	const rows = 400_000
	f := gen.New(config(rows))
	contents := make(map[int64]int)
	var hours [24]int
	late, last := 0, time.Time{}
	for i := range int64(rows) {
		e := f.At(i)
		contents[e.Content]++
		hours[e.Time.Hour()]++
		if e.Time.Add(30 * time.Second).Before(last) {
			late++
		} else if e.Time.After(last) {
			last = e.Time
		}
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
