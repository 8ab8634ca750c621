package merge_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strconv"
	"testing"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/merge"
	"github.com/freshetdb/freshet/columnar/segment"
	"github.com/freshetdb/freshet/columnar/types"
	"github.com/freshetdb/freshet/columnar/vfs"
	"github.com/freshetdb/freshet/index/roofline"
)

// BenchmarkRun merges eight segments of 128 k rows and eight columns: sorted by
// time, where runs are long, and by (content, time), where they are short.
func BenchmarkRun(b *testing.B) {
	schema := &types.Schema{}
	for i, t := range []string{"DateTime", "UInt32", "UInt32", "UInt8", "Int64", "Float64", "UInt16", "Int32"} {
		schema.Columns = append(schema.Columns, types.Column{ID: uint32(i + 1), Name: fmt.Sprint("c", i), Type: types.MustParse(t)})
	}
	for _, places := range [][]int{{0}, {1, 0}} {
		b.Run(fmt.Sprint(places), func(b *testing.B) {
			fs, dir := vfs.OS{}, b.TempDir()
			key := segment.KeyOfColumns(schema, places...)
			n, rows, size := 0, 0, 0
			place := func() segment.Place {
				n++
				return segment.Place{FS: fs, Dir: dir, Name: strconv.Itoa(n)}
			}
			var inputs []merge.Input
			for i := range 8 {
				inputs = append(inputs, merge.Input{Source: benchInput(b, place(), schema, key, i)})
				rows += inputs[i].Source.Rows()
			}
			for b.Loop() {
				metas, err := merge.Run(context.Background(), inputs, merge.Options{Schema: schema, Key: key, Place: place})
				if err != nil {
					b.Fatal(err)
				}
				if err := segment.Remove(segment.Place{FS: fs, Dir: dir, Name: metas[0].Name}); err != nil {
					b.Fatal(err)
				}
				size = int(metas[0].Bytes)
			}
			roofline.Report(b, roofline.Work{Rows: rows, Read: size, Write: size, Steps: rows}) // The inputs are about as large.
		})
	}
}

func benchInput(b *testing.B, at segment.Place, schema *types.Schema, key segment.SortKey, flush int) *segment.Reader {
	const rows = 128 << 10
	rng := rand.New(rand.NewPCG(1, uint64(flush)))
	bs := make([]*batch.Builder, len(schema.Columns))
	for i, c := range schema.Columns {
		bs[i] = batch.NewBuilder(c.Type, rows)
	}
	for range rows {
		bs[0].U32 = append(bs[0].U32, 1_700_000_000+uint32(flush*600)+rng.Uint32N(700))
		bs[1].U32 = append(bs[1].U32, rng.Uint32N(50_000))
		bs[2].U32 = append(bs[2].U32, rng.Uint32())
		bs[3].U8 = append(bs[3].U8, uint8(rng.Uint32N(5)))
		bs[4].I64 = append(bs[4].I64, rng.Int64N(1<<40))
		bs[5].F64 = append(bs[5].F64, rng.Float64())
		bs[6].U16 = append(bs[6].U16, uint16(rng.Uint32N(400)))
		bs[7].I32 = append(bs[7].I32, rng.Int32N(60_000))
	}
	rowsOf := &batch.Batch{Rows: rows}
	for i := range bs {
		rowsOf.Cols = append(rowsOf.Cols, bs[i].Finish())
	}
	ks, _ := key.Eval(rowsOf)
	rowsOf = rowsOf.Gather(segment.Order(ks, rows))
	meta, err := segment.Write(at, schema, []*batch.Batch{rowsOf}, segment.Options{Key: key})
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
	r, err := s.Reader(segment.ReaderOptions{Schema: schema})
	if err != nil {
		b.Fatal(err)
	}
	return r
}
