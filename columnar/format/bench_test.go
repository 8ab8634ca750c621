package format_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"testing"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/format"
	"github.com/freshetdb/freshet/columnar/types"
	"github.com/freshetdb/freshet/index/roofline"
)

const benchRows = 50_000

// eventColumns are the columns of a short-video event stream.
func eventColumns() []format.Column {
	var cols []format.Column
	for _, c := range [][2]string{
		{"ts", "DateTime"},
		{"content_id", "String"},
		{"author_id", "String"},
		{"user_id", "String"},
		{"province", "LowCardinality(String)"},
		{"city", "LowCardinality(String)"},
		{"channel", "LowCardinality(String)"},
		{"app_version", "LowCardinality(String)"},
		{"os", "LowCardinality(String)"},
		{"action", "LowCardinality(String)"},
		{"duration_ms", "UInt32"},
		{"amount", "Decimal(12, 2)"},
	} {
		cols = append(cols, format.Column{Name: c[0], Type: types.MustParse(c[1])})
	}
	return cols
}

// events prints rows of the event stream in a format.
func events(t testing.TB, name string, rows int) []byte {
	r := rand.New(rand.NewPCG(1, 2))
	cols := eventColumns()
	b := make([]*batch.Builder, len(cols))
	for i, c := range cols {
		b[i] = batch.NewBuilder(c.Type, rows)
	}
	actions := []string{"exposure", "play", "click", "like", "comment", "share", "purchase"}
	for range rows {
		b[0].U32 = append(b[0].U32, 1_700_000_000+r.Uint32N(3*86400))
		b[1].Str.AppendString(fmt.Sprintf("v%08d", r.IntN(1_000_000)))
		b[2].Str.AppendString(fmt.Sprintf("a%06d", r.IntN(100_000)))
		b[3].Str.AppendString(fmt.Sprintf("%016x%016x", r.Uint64(), r.Uint64()))
		b[4].Str.AppendString(fmt.Sprintf("province_%d", r.IntN(34)))
		b[5].Str.AppendString(fmt.Sprintf("city_%d", r.IntN(300)))
		b[6].Str.AppendString(fmt.Sprintf("ch_%d", r.IntN(20)))
		b[7].Str.AppendString(fmt.Sprintf("8.%d.0", r.IntN(50)))
		b[8].Str.AppendString([]string{"ios", "android", "web"}[r.IntN(3)])
		b[9].Str.AppendString(actions[r.IntN(len(actions))])
		b[10].U32 = append(b[10].U32, r.Uint32N(60_000))
		b[11].I64 = append(b[11].I64, int64(max(0, r.IntN(100_000)-95_000)))
	}
	vectors, names := make([]*batch.Vector, len(cols)), make([]string, len(cols))
	for i := range b {
		vectors[i], names[i] = b[i].Finish(), cols[i].Name
	}
	return write(t, name, format.WriteOptions{}, cols, []*batch.Batch{batch.New(names, vectors, rows)})
}

func benchRead(b *testing.B, name string) {
	benchReadData(b, name, events(b, name, benchRows))
}

func benchReadData(b *testing.B, name string, data []byte) {
	cols := eventColumns()
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		r, err := format.NewReader(name, bytes.NewReader(data), cols, format.ReadOptions{})
		must(b, err)
		for {
			if _, err := r.Next(8192, 0); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				b.Fatal(err)
			}
		}
	}
	reportRead(b, data)
}

func BenchmarkReadJSONEachRow(b *testing.B) { benchRead(b, "JSONEachRow") }

// BenchmarkReadJSONSpaced reads rows as Python's json.dumps writes them.
func BenchmarkReadJSONSpaced(b *testing.B) {
	data := events(b, "JSONEachRow", benchRows)
	data = bytes.ReplaceAll(bytes.ReplaceAll(data, []byte(`":`), []byte(`": `)), []byte(`,"`), []byte(`, "`))
	benchReadData(b, "JSONEachRow", data)
}

func BenchmarkReadJSONCompactEachRow(b *testing.B) { benchRead(b, "JSONCompactEachRow") }
func BenchmarkReadTSV(b *testing.B)                { benchRead(b, "TSV") }
func BenchmarkReadCSV(b *testing.B)                { benchRead(b, "CSV") }
func BenchmarkReadValues(b *testing.B)             { benchRead(b, "Values") }
func BenchmarkReadNative(b *testing.B)             { benchRead(b, "Native") }
func BenchmarkReadArrow(b *testing.B)              { benchRead(b, "ArrowStream") }
func BenchmarkReadRowBinary(b *testing.B)          { benchRead(b, "RowBinary") }

// reportRead holds a benchmark against reading the text once, as it lies in memory.
func reportRead(b *testing.B, data []byte) {
	roofline.Report(b, roofline.Work{Rows: benchRows, Read: len(data)})
}

// BenchmarkStandardJSON is encoding/json over the same rows, to compare machines.
func BenchmarkStandardJSON(b *testing.B) {
	data := events(b, "JSONEachRow", benchRows)
	b.SetBytes(int64(len(data)))
	var row struct {
		TS         string  `json:"ts"`
		ContentID  string  `json:"content_id"`
		AuthorID   string  `json:"author_id"`
		UserID     string  `json:"user_id"`
		Province   string  `json:"province"`
		City       string  `json:"city"`
		Channel    string  `json:"channel"`
		AppVersion string  `json:"app_version"`
		OS         string  `json:"os"`
		Action     string  `json:"action"`
		Duration   uint32  `json:"duration_ms"`
		Amount     float64 `json:"amount"`
	}
	for b.Loop() {
		for d := json.NewDecoder(bytes.NewReader(data)); d.More(); {
			must(b, d.Decode(&row))
		}
	}
	reportRead(b, data)
}

func benchWrite(b *testing.B, name string) {
	data := events(b, "RowBinary", benchRows)
	cols := eventColumns()
	r, err := format.NewBytesReader("RowBinary", data, cols, format.ReadOptions{})
	must(b, err)
	rows, err := r.Next(benchRows, 1<<30)
	must(b, err)
	size := len(events(b, name, benchRows))
	b.SetBytes(int64(size))
	b.ReportAllocs()
	for b.Loop() {
		w, err := format.NewWriter(name, io.Discard, format.WriteOptions{})
		must(b, err)
		names, ts := make([]string, len(cols)), make([]types.Type, len(cols))
		for i, c := range cols {
			names[i], ts[i] = c.Name, c.Type
		}
		must(b, w.Begin(names, ts))
		must(b, w.Write(rows.Batch))
		must(b, w.End(format.Stats{}))
	}
	roofline.Report(b, roofline.Work{Rows: benchRows, Read: int(rows.SizeBytes()), Write: size})
}

func BenchmarkWriteJSONEachRow(b *testing.B) { benchWrite(b, "JSONEachRow") }
func BenchmarkWriteTSV(b *testing.B)         { benchWrite(b, "TSV") }
func BenchmarkWriteCSV(b *testing.B)         { benchWrite(b, "CSV") }
func BenchmarkWriteNative(b *testing.B)      { benchWrite(b, "Native") }
func BenchmarkWriteArrow(b *testing.B)       { benchWrite(b, "ArrowStream") }
func BenchmarkWriteRowBinary(b *testing.B)   { benchWrite(b, "RowBinary") }
