package gen_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"math"
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
	for name, c := range map[string]struct {
		want  string
		block func() gen.Block
	}{
		"json": {"c579b376dd5f32c1", func() gen.Block { return gen.Lines(f.Encoder().JSON) }},
		"csv":  {"92db6816b3ae7652", func() gen.Block { return gen.Lines(f.Encoder().CSV) }},
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

func BenchmarkJSON(b *testing.B) {
	x := gen.New(gen.Standard(10_000_000)).Encoder()
	var line []byte
	for i := range int64(b.N) {
		line = x.JSON(line[:0], i*7%10_000_000)
	}
	b.SetBytes(int64(len(line)))
}
