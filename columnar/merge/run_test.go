package merge_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/merge"
	"github.com/freshetdb/freshet/columnar/segment"
	"github.com/freshetdb/freshet/columnar/types"
	"github.com/freshetdb/freshet/columnar/vfs"
	"github.com/freshetdb/freshet/index/rowset"
)

// dict is a dictionary for tests.
type dict struct {
	values [][]byte
	codes  map[string]uint32
}

func newDict(vs ...string) *dict {
	d := &dict{codes: map[string]uint32{}}
	for i, v := range vs {
		d.values, d.codes[v] = append(d.values, []byte(v)), uint32(i)
	}
	return d
}

func (d *dict) Len() int                       { return len(d.values) }
func (d *dict) Value(sym uint32) []byte        { return d.values[sym] }
func (d *dict) Lookup(v []byte) (uint32, bool) { c, ok := d.codes[string(v)]; return c, ok }
func (d *dict) Hash128(uint32) (hi, lo uint64) { return 0, 0 }

// columns of the tests' table: the key is (k, tag).
func testSchema() *types.Schema {
	s := &types.Schema{Version: 1}
	for i, c := range []string{"k UInt16", "tag Nullable(String)", "n Int64", "list Array(String)", "text String", "amount Decimal(30, 2)", "id UInt32"} {
		name, typ, _ := strings.Cut(c, " ")
		s.Columns = append(s.Columns, types.Column{ID: uint32(i + 1), Name: name, TypeName: typ, Type: types.MustParse(typ)})
	}
	return s
}

// drawRows makes sorted rows; id is unique over all inputs.
func drawRows(t *rapid.T, schema *types.Schema, key segment.SortKey, d *dict, firstID int) *batch.Batch {
	rows := rapid.IntRange(0, 60).Draw(t, "rows")
	bs := make([]*batch.Builder, len(schema.Columns))
	for i, c := range schema.Columns {
		bs[i] = batch.NewBuilder(c.Type, rows)
	}
	keys := rapid.SliceOfN(rapid.IntRange(0, 12), rows, rows).Draw(t, "keys")
	for i, k := range keys {
		bs[0].U16 = append(bs[0].U16, uint16(k))
		if k%4 == 3 {
			bs[1].AppendNull()
		} else {
			bs[1].Str.AppendString(fmt.Sprintf("tag %d", (k+i)%9))
			bs[1].NotNull()
		}
		bs[2].I64 = append(bs[2].I64, int64(k)*int64(i)-100)
		for e := range i % 3 {
			bs[3].Elems[0].Str.AppendString(fmt.Sprintf("tag %d", e*k%9))
		}
		bs[3].EndList()
		bs[4].Str.AppendString(strings.Repeat("ä", i%5))
		bs[5].I128 = append(bs[5].I128, types.Int128From(int64(-k)))
		bs[6].U32 = append(bs[6].U32, uint32(firstID+i))
	}
	b := &batch.Batch{Rows: rows}
	for i := range bs {
		v := bs[i].Finish()
		if i == 1 || i == 3 {
			v = segment.AsSymbols(v, d)
		}
		b.Cols = append(b.Cols, v)
	}
	if rapid.Bool().Draw(t, "signed") {
		b.Signs = make([]int8, rows)
		for i := range b.Signs {
			b.Signs[i] = int8(1 - 2*(i%2))
		}
	}
	ks, _ := key.Eval(b)
	if perm := segment.Order(ks, rows); perm != nil {
		b = b.Gather(perm)
	}
	return b
}

func printRow(b *batch.Batch, i int) string {
	var vs []string
	for _, v := range b.Cols {
		vs = append(vs, printValue(v, i))
	}
	if b.Signs != nil && b.Signs[i] < 0 {
		vs = append(vs, "minus")
	}
	return strings.Join(vs, "|")
}

func printValue(v *batch.Vector, i int) string {
	if v.IsNull(i) {
		return "NULL"
	}
	switch d := v.Data.(type) {
	case batch.Strings, batch.Symbols:
		return fmt.Sprintf("%q", v.Bytes(i))
	case batch.Lists:
		var elems []string
		for e := d.Offsets[v.Row(i)]; e < d.Offsets[v.Row(i)+1]; e++ {
			elems = append(elems, printValue(d.Elems, int(e)))
		}
		return fmt.Sprint(elems)
	default:
		return fmt.Sprint(v.Expand().Slice(i, i+1).Data)
	}
}

// bench is the files of one test.
type bench struct {
	fs     vfs.FS
	schema *types.Schema
	key    segment.SortKey
	dict   *dict
	files  int
}

func newBench(t interface{ Fatal(...any) }) *bench {
	fs := vfs.NewMem()
	if err := fs.MkdirAll("d"); err != nil {
		t.Fatal(err)
	}
	s := testSchema()
	return &bench{fs: fs, schema: s, key: segment.KeyOfColumns(s, 0, 1), dict: newDict("tag 0", "tag 3", "tag 1", "tag 7")}
}

func (w *bench) place() segment.Place {
	w.files++
	return segment.Place{FS: w.fs, Dir: "d", Name: fmt.Sprintf("%04d", w.files)}
}

func (w *bench) open(t interface{ Fatal(...any) }, name string) *segment.Reader {
	s, err := segment.Open(segment.Place{FS: w.fs, Dir: "d", Name: name}, nil)
	if err != nil {
		t.Fatal(err)
	}
	r, err := s.Reader(segment.ReaderOptions{Schema: w.schema, Dict: func(id uint32) batch.Dictionary {
		if id == 2 || id == 4 {
			return w.dict
		}
		return nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func (w *bench) names(t interface{ Fatal(...any) }) []string {
	names, err := w.fs.List("d")
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// source is a segment with the rows that were written to it.
type source struct {
	rows    *batch.Batch
	deleted rowset.Set
}

func (w *bench) drawInputs(t *rapid.T) (inputs []merge.Input, sources []source) {
	for i := range rapid.IntRange(1, 5).Draw(t, "inputs") {
		b := drawRows(t, w.schema, w.key, w.dict, 1000*i)
		at := w.place()
		if _, err := segment.Write(at, w.schema, []*batch.Batch{b}, segment.Options{Key: w.key, BatchRows: 16}); err != nil {
			t.Fatal(err)
		}
		var gone rowset.Set
		if rapid.Bool().Draw(t, "deletes") {
			lo := rapid.IntRange(0, 60).Draw(t, "deleted")
			gone = rowset.Of(b.Rows, rowset.Range{Lo: lo, Hi: lo + 9})
		}
		inputs = append(inputs, merge.Input{Source: w.open(t, at.Name), Deleted: gone})
		sources = append(sources, source{b, gone})
	}
	return inputs, sources
}

// TestRunKeepsRowsAndOrder merges random segments with deletions, with and
// without splitting, and compares with sorting all rows.
func TestRunKeepsRowsAndOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newBench(t)
		inputs, sources := w.drawInputs(t)
		moved := map[int][]merge.Row{}
		opts := merge.Options{
			Schema: w.schema, Key: w.key, Codec: rapid.SampledFrom([]segment.Codec{segment.None, segment.LZ4}).Draw(t, "codec"),
			Place: w.place, Tags: segment.Tags{Level: 2, FirstIndex: 1, LastIndex: 9},
			Moved: func(output int, rows []merge.Row) { moved[output] = append(moved[output], rows...) },
		}
		split := rapid.Bool().Draw(t, "split")
		partition := func(b *batch.Batch) ([]string, error) {
			out := make([]string, b.Rows)
			for i, k := range batch.Values[uint16](b.Cols[0].Expand()) {
				out[i] = strconv.Itoa(int(k % 3))
			}
			return out, nil
		}
		if split {
			opts.Partition = partition
		}
		metas, err := merge.Run(context.Background(), inputs, opts)
		if err != nil {
			t.Fatal(err)
		}
		want := expectedRows(sources, w.key, split, partition)
		if len(metas) != len(want) {
			t.Fatalf("%d segments, want %d", len(metas), len(want))
		}
		for n, m := range metas {
			if m.Level != 2 || m.FirstIndex != 1 || m.LastIndex != 9 {
				t.Fatalf("tags %+v", m.Tags)
			}
			r := w.open(t, m.Name)
			b, err := r.Read(0, r.Rows())
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for i := range b.Rows {
				got = append(got, printRow(b, i))
				from := moved[n][i]
				if origin := printRow(sources[from.Input].rows, from.Row); origin != got[i] {
					t.Fatalf("row %d is said to come from %s: %s", i, origin, got[i])
				}
			}
			if !slices.Equal(got, want[m.Partition]) {
				t.Fatalf("partition %q:\n%s\nwant\n%s", m.Partition, strings.Join(got, "\n"), strings.Join(want[m.Partition], "\n"))
			}
		}
	})
}

// expectedRows sorts the rows that are left, stably, into partitions.
func expectedRows(sources []source, k segment.SortKey, split bool, partition func(*batch.Batch) ([]string, error)) map[string][]string {
	type item struct {
		key  [][]byte
		text string
		part string
	}
	var items []item
	for _, s := range sources {
		key, _ := k.Eval(s.rows)
		parts, _ := partition(s.rows)
		for i := range s.rows.Rows {
			if s.deleted.Contains(i) {
				continue
			}
			it := item{text: printRow(s.rows, i)}
			for _, v := range key {
				it.key = append(it.key, segment.AppendKeyPart(nil, v, i))
			}
			if split {
				it.part = parts[i]
			}
			items = append(items, it)
		}
	}
	slices.SortStableFunc(items, func(a, b item) int {
		return slices.CompareFunc(a.key, b.key, slices.Compare[[]byte])
	})
	out := map[string][]string{}
	for _, it := range items {
		out[it.part] = append(out[it.part], it.text)
	}
	return out
}

// TestSortedSourcesFlush merges unsorted batches in memory, as a flush does,
// with one active partition and the rest mixed.
func TestSortedSourcesFlush(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newBench(t)
		var inputs []merge.Input
		var sources []source
		for i := range rapid.IntRange(1, 3).Draw(t, "chunks") {
			b := drawRows(t, w.schema, w.key, w.dict, 1000*i)
			back := make([]uint32, b.Rows)
			for k := range back {
				back[k] = uint32(b.Rows - 1 - k)
			}
			b = b.Gather(back)
			s, err := merge.NewSorted(b, &w.key)
			if err != nil {
				t.Fatal(err)
			}
			inputs = append(inputs, merge.Input{Source: s})
			sources = append(sources, source{rows: b})
		}
		partition := func(b *batch.Batch) ([]string, error) {
			out := make([]string, b.Rows)
			for i, k := range batch.Values[uint16](b.Cols[0].Expand()) {
				out[i] = merge.MixedPartition
				if k == 5 {
					out[i] = "5"
				}
			}
			return out, nil
		}
		var moved []merge.Row
		metas, err := merge.Run(context.Background(), inputs, merge.Options{
			Schema: w.schema, Key: w.key, Place: w.place, Partition: partition,
			Moved: func(output int, rows []merge.Row) {
				if output == 0 {
					moved = append(moved, rows...)
				}
			},
		})
		if err != nil {
			t.Fatal(err)
		}
		want := expectedRows(sources, w.key, true, partition)
		if len(metas) != len(want) {
			t.Fatalf("%d segments, want %d", len(metas), len(want))
		}
		for n, m := range metas {
			p := m.Partition
			if m.Mixed {
				p = merge.MixedPartition
			}
			r := w.open(t, m.Name)
			b, err := r.Read(0, r.Rows())
			if err != nil {
				t.Fatal(err)
			}
			for i := range b.Rows {
				if got := printRow(b, i); got != want[p][i] {
					t.Fatalf("partition %q row %d: %s, want %s", p, i, got, want[p][i])
				}
				if n > 0 {
					continue
				}
				s := inputs[moved[i].Input].Source.(*merge.Sorted)
				if origin := printRow(sources[moved[i].Input].rows, s.Origin(moved[i].Row)); origin != want[p][i] {
					t.Fatalf("row %d is said to come from %s", i, origin)
				}
			}
		}
	})
}

// example draws once.
func example[T any](draw func(t *rapid.T) T) T { return rapid.Custom(draw).Example(7) }

// TestCancelledRunLeavesNothing cancels in the first pass, in the second, and
// too late.
func TestCancelledRunLeavesNothing(t *testing.T) {
	w := newBench(t)
	rows := example(func(t *rapid.T) *batch.Batch { return drawRows(t, w.schema, w.key, w.dict, 0) })
	if rows.Rows == 0 {
		t.Fatal("the example has no rows")
	}
	at := w.place()
	if _, err := segment.Write(at, w.schema, []*batch.Batch{rows}, segment.Options{Key: w.key}); err != nil {
		t.Fatal(err)
	}
	before := w.names(t)
	for reads := range 3 {
		ctx, cancel := context.WithCancel(context.Background())
		src := &countedSource{Source: w.open(t, at.Name), after: reads, then: cancel}
		other := &countedSource{Source: w.open(t, at.Name), after: 1 << 30}
		_, err := merge.Run(ctx, []merge.Input{{Source: src}, {Source: other}}, merge.Options{Schema: w.schema, Key: w.key, Place: w.place})
		cancel()
		files := w.names(t)
		if reads < 2 && (!errors.Is(err, context.Canceled) || !slices.Equal(files, before)) {
			t.Errorf("cancelled at read %d: %v; files %v", reads, err, files)
		}
		if reads == 2 && (err != nil || len(files) != len(before)+2) {
			t.Errorf("not cancelled: %v; files %v", err, files)
		}
	}
}

// countedSource calls then at a read.
type countedSource struct {
	merge.Source
	reads, after int
	then         func()
}

func (s *countedSource) Read(lo, hi int) (*batch.Batch, error) {
	if s.reads == s.after {
		s.then()
	}
	s.reads++
	return s.Source.Read(lo, hi)
}

// TestFailedSplitLeavesNothing has the second pass fail.
func TestFailedSplitLeavesNothing(t *testing.T) {
	w := newBench(t)
	inputs := example(func(t *rapid.T) []merge.Input {
		inputs, _ := w.drawInputs(t)
		return inputs
	})
	before := w.names(t)
	calls := 0
	_, err := merge.Run(context.Background(), inputs, merge.Options{
		Schema: w.schema, Key: w.key, Place: w.place,
		Partition: func(b *batch.Batch) ([]string, error) {
			if calls++; calls > len(inputs) {
				return nil, errors.New("no partition")
			}
			out := make([]string, b.Rows)
			for i := range out {
				out[i] = strconv.Itoa(i % 2)
			}
			return out, nil
		},
	})
	if calls <= len(inputs) {
		t.Fatal("the example has no rows")
	}
	if err == nil || !slices.Equal(w.names(t), before) {
		t.Errorf("%v; files %v, want %v", err, w.names(t), before)
	}
}
