package exec_test

import (
	"fmt"
	"strconv"
	"testing"

	"github.com/freshetdb/freshet/columnar/agg"
	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/entry"
	"github.com/freshetdb/freshet/columnar/expr"
	"github.com/freshetdb/freshet/columnar/segment"
	"github.com/freshetdb/freshet/columnar/table"
	"github.com/freshetdb/freshet/columnar/types"
	"github.com/freshetdb/freshet/columnar/vfs"
	"github.com/freshetdb/freshet/index/roofline"
	"github.com/freshetdb/freshet/query/exec"
)

// rows of the segment that the tests scan; the last granule is not full.
const segmentRows = 20*exec.GranuleRows + 777

// newPart is a segment of narrow numbers and text of few values, as symbols or
// plain.
func newPart(tb testing.TB, codec segment.Codec, plain bool) (*table.Def, exec.Part) {
	tb.Helper()
	d := &table.Def{ID: 1, Database: "default", Name: "t", Kind: table.Events}
	for i, typ := range []string{"Int64", "UInt32", "String", "Nullable(Int32)"} {
		d.Schema.Columns = append(d.Schema.Columns, types.Column{ID: uint32(i + 1), Name: "c" + strconv.Itoa(i), TypeName: typ, Type: types.MustParse(typ)})
	}
	tab, err := table.New(d, &table.Env{})
	if err != nil {
		tb.Fatal(err)
	}
	tab.Dictionary(3).Plain = plain
	cols := make([]*batch.Builder, len(d.Schema.Columns))
	for i := range cols {
		cols[i] = batch.NewBuilder(d.Schema.Columns[i].Type, segmentRows)
	}
	for i := range segmentRows {
		cols[0].I64 = append(cols[0].I64, int64(i%200))
		cols[1].U32 = append(cols[1].U32, uint32(i/100))
		cols[2].Str.Append([]byte("value " + strconv.Itoa(i%50)))
		cols[3].I32 = append(cols[3].I32, int32(i%7))
		for _, c := range cols {
			c.NotNull()
		}
	}
	vectors := make([]*batch.Vector, len(cols))
	for i, c := range cols {
		vectors[i] = c.Finish()
	}
	return d, segmentOf(tb, tab, codec, vectors)
}

// segmentOf is the segment of a new table's only rows.
func segmentOf(tb testing.TB, tab *table.Table, codec segment.Codec, cols []*batch.Vector) exec.Part {
	tb.Helper()
	d := tab.Def
	e := &entry.Entry{Kind: entry.Insert, Rows: cols[0].Len, SchemaVersion: d.Schema.Version}
	for i, c := range cols {
		e.Columns = append(e.Columns, entry.Column{ID: uint32(i + 1), Vector: c})
	}
	b, err := tab.Convert(e)
	if err != nil {
		tb.Fatal(err)
	}
	tab.Append(tab.Number(b), 1)
	v := tab.View()
	tab.Seal()
	var chunks []*batch.Batch
	for _, c := range tab.Runs[0].Rows.Chunks {
		b, err := v.Chunk(c)
		if err != nil {
			tb.Fatal(err)
		}
		chunks = append(chunks, b)
	}
	at := segment.Place{FS: vfs.NewMem(), Name: "s"}
	meta, err := segment.Write(at, &d.Schema, chunks, segment.Options{Codec: codec})
	if err != nil {
		tb.Fatal(err)
	}
	f, err := segment.Open(at, &meta)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = f.Release() })
	tab.Runs = nil
	tab.Touch()
	tab.Segments = []*table.Segment{{File: f}}
	return tab.View().Parts()[0]
}

func newEnv(batchRows int) *exec.Env {
	return &exec.Env{Expr: expr.Background(), Progress: &exec.Progress{}, Workers: 1, BatchRows: batchRows}
}

func newScan(tb testing.TB, env *exec.Env, d *table.Def, p exec.Part, filter ...expr.Expr) exec.Streams {
	tb.Helper()
	names := make([]string, len(d.Schema.Columns))
	for i, c := range d.Schema.Columns {
		names[i] = c.Name
	}
	s, err := exec.NewScan(env, exec.ScanSpec{Columns: d.Schema.Columns, Names: names, Filter: filter, Shards: [][]exec.Part{{p}}})
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

func column(d *table.Def, i int) expr.Expr {
	return &expr.Column{Pos: i, Name: d.Schema.Columns[i].Name, T: d.Schema.Columns[i].Type}
}

func call(tb testing.TB, name string, args ...expr.Expr) expr.Expr {
	tb.Helper()
	e, err := expr.NewCall(expr.Background(), name, args)
	if err != nil {
		tb.Fatal(err)
	}
	return e
}

func number(x int32) expr.Expr {
	return expr.NewConst(batch.NewFixed(types.Of(types.Int32), []int32{x}, nil))
}

// TestScanBatchesStay reads all batches before it looks at any: what a scan has
// given must not change when it goes on.
func TestScanBatchesStay(t *testing.T) {
	for _, codec := range []segment.Codec{segment.None, segment.LZ4} {
		for _, size := range []int{0, 1000, 3} {
			for _, least := range []int32{-1, 3} {
				t.Run(fmt.Sprintf("%s/%d/%d", codec, size, least), func(t *testing.T) {
					d, p := newPart(t, codec, least > 0)
					op := exec.NewGather(newScan(t, newEnv(size), d, p, call(t, "greater", column(d, 3), number(least))))
					var all []*batch.Batch
					for {
						b, err := op.Next(t.Context())
						if err != nil {
							t.Fatal(err)
						}
						if b == nil {
							break
						}
						all = append(all, b)
					}
					if err := op.Close(); err != nil {
						t.Fatal(err)
					}
					checkRows(t, all, least)
				})
			}
		}
	}
}

func checkRows(t *testing.T, all []*batch.Batch, least int32) {
	t.Helper()
	i := 0
	for _, b := range all {
		for r := range b.Rows {
			for int32(i%7) <= least {
				i++
			}
			c := [4]string{}
			for k, v := range b.Cols {
				c[k] = string(expr.AppendValue(nil, v, r, nil))
			}
			want := [4]string{strconv.Itoa(i % 200), strconv.Itoa(i / 100), "value " + strconv.Itoa(i%50), strconv.Itoa(i % 7)}
			if c != want {
				t.Fatalf("row %d is %v, want %v", i, c, want)
			}
			i++
		}
	}
	for i < segmentRows && int32(i%7) <= least {
		i++
	}
	if i != segmentRows {
		t.Fatalf("%d rows, want %d", i, segmentRows)
	}
}

func aggregate(tb testing.TB, env *exec.Env, d *table.Def, in exec.Streams) exec.Operator {
	tb.Helper()
	var funcs []agg.Func
	var args [][]expr.Expr
	for _, c := range []int{0, 1, 3} {
		f, err := agg.New("sum", nil, []types.Type{d.Schema.Columns[c].Type})
		if err != nil {
			tb.Fatal(err)
		}
		funcs, args = append(funcs, f), append(args, []expr.Expr{column(d, c)})
	}
	return exec.NewAggregate(env, []exec.AggregateInput{{Streams: in, Args: args}}, funcs, []string{"a", "b", "c"})
}

// kept hides from the operator above that a scan can reuse its memory.
type kept struct{ exec.Operator }

// TestAggregatesKeepNothing gives aggregates batches whose memory is written again
// right afterwards: what a state keeps it must have copied.
func TestAggregatesKeepNothing(t *testing.T) {
	for _, plain := range []bool{false, true} {
		d, p := newPart(t, segment.LZ4, plain)
		var funcs []agg.Func
		var argsOf [][]expr.Expr
		var names []string
		for _, name := range []string{
			"count", "any", "anyLast", "min", "max", "groupArray", "groupUniqArray", "uniq", "uniqExact", "topK", "sum", "avg",
			"quantile", "quantileExact", "argMin", "argMax", "sumMap", "groupBitXor", "stddevPop", "entropy", "median", "uniqCombined",
		} {
			for _, cols := range [][]int{{0}, {2}, {3}, {2, 0}, {0, 2}, {3, 2}} {
				ts, args := make([]types.Type, len(cols)), make([]expr.Expr, len(cols))
				for i, c := range cols {
					ts[i], args[i] = d.Schema.Columns[c].Type, column(d, c)
				}
				if f, err := agg.New(name, nil, ts); err == nil {
					funcs, argsOf, names = append(funcs, f), append(argsOf, args), append(names, name+fmt.Sprint(cols))
				}
			}
		}
		if len(funcs) < 40 {
			t.Fatalf("%d aggregates: %v", len(funcs), names)
		}
		keys := []expr.Expr{column(d, 2)}
		answer := func(wrap func(exec.Operator) exec.Operator) []string {
			env := newEnv(1000)
			op := exec.NewAggregate(env, []exec.AggregateInput{{Streams: newScan(t, env, d, p).Map(wrap), Keys: keys, Args: argsOf}}, funcs, append([]string{"key"}, names...))
			b, err := op.Next(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			var out []string
			for i, v := range b.Cols {
				for r := range b.Rows {
					out = append(out, b.Names[i]+": "+string(expr.AppendValue(nil, v, r, nil)))
				}
			}
			if err := op.Close(); err != nil {
				t.Fatal(err)
			}
			return out
		}
		want := answer(func(op exec.Operator) exec.Operator { return kept{op} })
		got := answer(func(op exec.Operator) exec.Operator { return op })
		for i := range want {
			if got[i] != want[i] {
				t.Errorf("plain %t: %.200s, want %.200s", plain, got[i], want[i])
			}
		}
	}
}

// BenchmarkScan reads four columns of a segment: into memory that the reader is
// done with at the next batch, as an aggregate is, and into memory that stays.
func BenchmarkScan(b *testing.B) {
	for _, codec := range []segment.Codec{segment.None, segment.LZ4} {
		d, p := newPart(b, codec, false)
		const written = (8 + 4 + 4 + 4 + 1) * segmentRows
		w := roofline.Work{Rows: segmentRows, Write: written} // What is read is narrow, or packed.
		b.Run("reused/"+codec.String(), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				env := newEnv(0)
				drain(b, aggregate(b, env, d, newScan(b, env, d, p)))
			}
			roofline.Report(b, w)
		})
		b.Run("kept/"+codec.String(), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				drain(b, exec.NewGather(newScan(b, newEnv(0), d, p)))
			}
			roofline.Report(b, w)
		})
	}
}

func drain(b *testing.B, op exec.Operator) {
	b.Helper()
	for {
		x, err := op.Next(b.Context())
		if err != nil {
			b.Fatal(err)
		}
		if x == nil {
			break
		}
	}
	if err := op.Close(); err != nil {
		b.Fatal(err)
	}
}
