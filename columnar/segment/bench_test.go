package segment_test

import (
	"fmt"
	"testing"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/segment"
	"github.com/freshetdb/freshet/columnar/types"
	"github.com/freshetdb/freshet/columnar/vfs"
	"github.com/freshetdb/freshet/index/roofline"
)

// benchRows is the size of the table of the benchmarks.
const benchRows = 1 << 20

// eventTable is like a table of video events: a day, sorted by time.
func eventTable() *table {
	tab := &table{schema: &types.Schema{Version: 1}}
	add := func(name, typ string, s *source) {
		t := types.MustParse(typ)
		id := uint32(len(tab.schema.Columns) + 1)
		tab.schema.Columns = append(tab.schema.Columns, types.Column{ID: id, Name: name, Type: t})
		tab.sources = append(tab.sources, s)
	}
	add("ts", "DateTime", &source{base: 1_700_000_000, span: 86_400})
	add("content", "String", &source{span: 500_000, symbols: newDict(500_000)})
	add("device", "String", &source{span: 100_000, symbols: newDict(100_000)})
	add("city", "LowCardinality(String)", &source{span: 300, symbols: newDict(300)})
	add("action", "LowCardinality(String)", &source{span: 5, symbols: newDict(5)})
	add("duration", "UInt32", &source{span: 60_000})
	add("amount", "Decimal(18, 2)", &source{span: 1000})
	add("score", "Float64", &source{span: 1 << 30})
	add("full", "Int64", &source{})
	add("version", "UInt8", &source{base: 3, span: 1})
	return tab
}

func eventBatch(tab *table) *batch.Batch {
	b := tab.batch(benchRows, false)
	return b.Gather(segment.Order(b.Cols[:1], b.Rows))
}

func openBench(b *testing.B, codec segment.Codec, batchRows int) (*table, *segment.Segment) {
	tab := eventTable()
	at := segment.Place{FS: vfs.OS{}, Dir: b.TempDir(), Name: "s"}
	meta, err := segment.Write(at, tab.schema, []*batch.Batch{eventBatch(tab)}, segment.Options{Codec: codec, BatchRows: batchRows})
	if err != nil {
		b.Fatal(err)
	}
	s, err := segment.Open(at, &meta)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := s.Release(); err != nil {
			b.Error(err)
		}
	})
	return tab, s
}

// BenchmarkRead scans one column granule by granule.
func BenchmarkRead(b *testing.B) {
	for _, codec := range []segment.Codec{segment.None, segment.LZ4, segment.ZSTD} {
		for _, batchRows := range []int{segment.BatchRowsDefault, segment.BatchRowsPoint} {
			tab, s := openBench(b, codec, batchRows)
			for i, c := range tab.schema.Columns {
				name := fmt.Sprintf("%s/%dk/%s", codec, batchRows>>10, c.Name)
				b.Run(name, func(b *testing.B) { scan(b, s, c, tab.dict(i), codec == segment.None) })
			}
		}
	}
}

// scan reads a column; inPlace tells that values that are stored in their full width are given as they lie in the file.
func scan(b *testing.B, s *segment.Segment, c types.Column, d batch.Dictionary, inPlace bool) {
	col, err := s.Column(c.ID, c.Type, d)
	if err != nil {
		b.Fatal(err)
	}
	var scratch segment.Scratch
	defer scratch.Close()
	b.ReportAllocs()
	written := 0
	for lo := 0; b.Loop(); lo += segment.GranuleRows {
		if lo >= s.Rows() {
			lo = 0
		}
		v, err := col.Read(lo, lo+segment.GranuleRows, &scratch)
		if err != nil {
			b.Fatal(err)
		}
		written = int(v.SizeBytes())
	}
	w := roofline.Work{Rows: segment.GranuleRows, Steps: 1}
	if stored := int(s.ColumnBytes(c.ID)) / (s.Rows() / segment.GranuleRows); stored < written || !inPlace {
		w.Read, w.Write = stored, written
	}
	roofline.Report(b, w)
	b.ReportMetric(float64(s.ColumnBytes(c.ID))/float64(s.Rows()), "B/row")
}

// BenchmarkWrite writes the whole table.
func BenchmarkWrite(b *testing.B) {
	tab := eventTable()
	rows := eventBatch(tab)
	for _, codec := range []segment.Codec{segment.None, segment.LZ4, segment.ZSTD} {
		b.Run(codec.String(), func(b *testing.B) {
			at := segment.Place{FS: vfs.OS{}, Dir: b.TempDir(), Name: "s"}
			var meta segment.Meta
			for b.Loop() {
				var err error
				if meta, err = segment.Write(at, tab.schema, []*batch.Batch{rows}, segment.Options{Codec: codec}); err != nil {
					b.Fatal(err)
				}
			}
			roofline.Report(b, roofline.Work{Rows: benchRows, Read: int(rows.SizeBytes()), Write: int(meta.Bytes + meta.IndexBytes)})
			b.ReportMetric(float64(meta.Bytes+meta.IndexBytes)/float64(meta.Rows), "B/row")
		})
	}
}

// BenchmarkOrder sorts by one and by two parts.
func BenchmarkOrder(b *testing.B) {
	tab := eventTable()
	rows := tab.batch(benchRows, false)
	for _, key := range [][]int{{0}, {1, 0}, {8, 0}} {
		b.Run(fmt.Sprint(key), func(b *testing.B) {
			var parts []*batch.Vector
			w := roofline.Work{Rows: benchRows, Write: 4 * benchRows, Gather: benchRows, Table: 4 * benchRows, Steps: benchRows}
			for _, k := range key {
				parts = append(parts, rows.Cols[k])
				w.Read += int(rows.Cols[k].SizeBytes())
			}
			for b.Loop() {
				segment.Order(parts, rows.Rows)
			}
			roofline.Report(b, w) // The number of each row is put into its place, at the least.
		})
	}
}
