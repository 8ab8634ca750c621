package segment_test

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"math"
	"slices"
	"strconv"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"pgregory.net/rapid"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/segment"
	"github.com/freshetdb/freshet/columnar/types"
	"github.com/freshetdb/freshet/columnar/vfs"
)

// arrowField reads values of a field through its metadata alone.
type arrowField struct {
	field arrow.Field
	typ   types.Type
	form  string
	base  types.Int128
	dict  batch.Dictionary
}

func newArrowField(t *rapid.T, f arrow.Field, d batch.Dictionary) arrowField {
	get := func(key string) string {
		v, _ := f.Metadata.GetValue(key)
		return v
	}
	out := arrowField{field: f, typ: types.MustParse(get("freshet.type")), form: get("freshet.form"), dict: d}
	if base := get("freshet.base"); base != "" {
		if n, err := strconv.ParseInt(base, 10, 64); err == nil {
			out.base = types.Int128From(n)
		} else if n, err := strconv.ParseUint(base, 10, 64); err == nil {
			out.base = types.Int128FromUint64(n)
		} else {
			t.Fatalf("base %q", base)
		}
	}
	return out
}

// print is row i of the column as appendRow prints it; of a NULL only "NULL/".
func (f arrowField) print(t *rapid.T, a arrow.Array, i int) string {
	switch {
	case f.form == "null":
		return "NULL/"
	case f.form != "const" && a.IsNull(i):
		return "NULL/"
	}
	switch f.form {
	case "const":
		if f.typ.Kind == types.String {
			return fmt.Sprintf("%q", f.dict.Value(uint32(f.base.Lo)))
		}
		return f.base.String()
	case "offset":
		v, _ := types.Int128FromUint64(uintOf(t, a, i)).Add(f.base)
		return v.String()
	case "codes":
		if s, ok := a.(*array.Struct); ok {
			width := s.Field(0).DataType().(arrow.FixedWidthDataType).BitWidth()
			code := uintOf(t, s.Field(0), i)
			if code == 1<<width-1 {
				return fmt.Sprintf("%q", textOf(t, s.Field(1), i))
			}
			return fmt.Sprintf("%q", f.dict.Value(uint32(code)))
		}
		return fmt.Sprintf("%q", f.dict.Value(uint32(uintOf(t, a, i))))
	case "text", "fixed":
		return fmt.Sprintf("%q", textOf(t, a, i))
	case "list":
		l := a.(*array.List)
		item := newArrowField(t, l.DataType().(*arrow.ListType).ElemField(), f.dict)
		lo, hi := l.ValueOffsets(i)
		out := []byte("[")
		for e := lo; e < hi; e++ {
			out = append(append(out, item.print(t, l.ListValues(), int(e))...), ' ')
		}
		return string(append(out, ']'))
	}
	return rawOf(t, a, i)
}

func uintOf(t *rapid.T, a arrow.Array, i int) uint64 {
	switch a := a.(type) {
	case *array.Uint8:
		return uint64(a.Value(i))
	case *array.Uint16:
		return uint64(a.Value(i))
	case *array.Uint32:
		return uint64(a.Value(i))
	case *array.Uint64:
		return a.Value(i)
	}
	t.Fatalf("array %T", a)
	return 0
}

func textOf(t *rapid.T, a arrow.Array, i int) string {
	switch a := a.(type) {
	case *array.String:
		return a.Value(i)
	case *array.Binary:
		return string(a.Value(i))
	case *array.FixedSizeBinary:
		return string(a.Value(i))
	}
	t.Fatalf("array %T", a)
	return ""
}

func rawOf(t *rapid.T, a arrow.Array, i int) string {
	switch a := a.(type) {
	case *array.Int8, *array.Int16, *array.Int32, *array.Int64:
		return a.ValueStr(i)
	case *array.Float32:
		return strconv.FormatUint(uint64(math.Float32bits(a.Value(i))), 10)
	case *array.Float64:
		return strconv.FormatUint(math.Float64bits(a.Value(i)), 10)
	case *array.Decimal128:
		v := a.Value(i)
		return types.Int128{Lo: v.LowBits(), Hi: v.HighBits()}.String()
	case *array.FixedSizeBinary:
		return hex.EncodeToString(a.Value(i))
	default:
		return strconv.FormatUint(uintOf(t, a, i), 10)
	}
}

// withoutDefaults cuts what stands under a NULL.
func withoutDefaults(v *batch.Vector, i int) string {
	if v.IsNull(i) {
		return "NULL/"
	}
	if d, ok := v.Data.(batch.Lists); ok {
		out := []byte("[")
		for e := d.Offsets[v.Row(i)]; e < d.Offsets[v.Row(i)+1]; e++ {
			out = append(append(out, withoutDefaults(d.Elems, int(e))...), ' ')
		}
		return string(append(out, ']'))
	}
	return row(v, i)
}

// TestArrowReadsOurFiles opens segments with Arrow's own reader.
func TestArrowReadsOurFiles(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tab := drawTable(t, drawInt(t, 1, 3, "columns"))
		bs := []*batch.Batch{tab.batch(drawInt(t, 0, 300, "rows"), false), tab.batch(300, false)}
		opts := segment.Options{
			Codec:     rapid.SampledFrom([]segment.Codec{segment.None, segment.LZ4, segment.ZSTD}).Draw(t, "codec"),
			BatchRows: rapid.SampledFrom([]int{64, 500, 0}).Draw(t, "batch rows"),
		}
		at := newPlace(t)
		if _, err := segment.Write(at, tab.schema, bs, opts); err != nil {
			t.Fatal(err)
		}
		data, err := vfs.ReadFile(at.FS, "dir/s.arrow")
		if err != nil {
			t.Fatal(err)
		}
		alloc := memory.NewCheckedAllocator(memory.DefaultAllocator)
		r, err := ipc.NewFileReader(bytes.NewReader(data), ipc.WithAllocator(alloc))
		if err != nil {
			t.Fatal(err)
		}
		got := make([][]string, len(tab.schema.Columns))
		for b := range r.NumRecords() {
			rec, err := r.RecordBatch(b)
			if err != nil {
				t.Fatal(err)
			}
			for i := range got {
				f := newArrowField(t, r.Schema().Field(i), tab.dict(i))
				if id, _ := f.field.Metadata.GetValue("freshet.id"); id != strconv.Itoa(10*(i+1)) {
					t.Fatalf("id %s", id)
				}
				for k := range int(rec.NumRows()) {
					got[i] = append(got[i], f.print(t, rec.Column(i), k))
				}
			}
		}
		for i, c := range tab.schema.Columns {
			var want []string
			for _, b := range bs {
				for k := range b.Rows {
					want = append(want, withoutDefaults(b.Cols[i], k))
				}
			}
			if !slices.Equal(got[i], want) {
				t.Fatalf("column of %s: %s", c.Type, firstDifference(got[i], want))
			}
		}
		if err := r.Close(); err != nil {
			t.Fatal(err)
		}
	})
}
