package segment_test

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/segment"
	"github.com/freshetdb/freshet/columnar/types"
	"github.com/freshetdb/freshet/columnar/vfs"
)

func newPlace(tb interface{ Fatal(...any) }) segment.Place {
	fs := vfs.NewMem()
	if err := fs.MkdirAll("dir"); err != nil {
		tb.Fatal(err)
	}
	return segment.Place{FS: fs, Dir: "dir", Name: "s"}
}

// TestReadsWhatWasWritten writes random tables and reads them by random ranges.
func TestReadsWhatWasWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tab := drawTable(t, drawInt(t, 1, 3, "columns"))
		signed := rapid.Bool().Draw(t, "signed")
		var bs []*batch.Batch
		for range drawInt(t, 0, 4, "batches") {
			bs = append(bs, tab.batch(drawInt(t, 0, 700, "rows"), signed))
		}
		opts := segment.Options{
			Codec:     rapid.SampledFrom([]segment.Codec{segment.None, segment.LZ4, segment.ZSTD}).Draw(t, "codec"),
			BatchRows: rapid.SampledFrom([]int{1, 64, 500, 0}).Draw(t, "batch rows"),
		}
		if rapid.Bool().Draw(t, "small batches") {
			opts = segment.WithBatchBytes(opts, 3000)
		}
		at := newPlace(t)
		meta, err := segment.Write(at, tab.schema, bs, opts)
		if err != nil {
			t.Fatal(err)
		}
		s, err := segment.Open(at, &meta)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Verify(); err != nil {
			t.Fatal(err)
		}
		for i, c := range tab.schema.Columns {
			checkColumn(t, s, c, tab.dict(i), concat(bs, i))
		}
		checkSigns(t, s, bs)
		if err := s.Release(); err != nil {
			t.Fatal(err)
		}
	})
}

func checkColumn(t *rapid.T, s *segment.Segment, c types.Column, d batch.Dictionary, want []string) {
	col, err := s.Column(c.ID, c.Type, d)
	if err != nil {
		t.Fatal(err)
	}
	var scratch segment.Scratch
	defer scratch.Close()
	for try := range 4 {
		lo, hi := 0, len(want)
		if try > 0 {
			lo = drawInt(t, 0, len(want), "lo")
			hi = drawInt(t, lo, len(want), "hi")
		}
		v, err := col.Read(lo, hi, &scratch)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for i := range v.Len {
			got = append(got, row(v, i))
		}
		if !slices.Equal(got, want[lo:hi]) {
			t.Fatalf("column %s of %s, rows [%d, %d): %s", c.Name, c.Type, lo, hi, firstDifference(got, want[lo:hi]))
		}
		checkPick(t, col, got, lo, hi)
		if v, err = col.Read(lo, hi, &scratch); err != nil {
			t.Fatal(err)
		}
		checkMatch(t, col, v, lo, hi)
	}
}

// checkPick compares single rows with all of them.
func checkPick(t *rapid.T, col *segment.Column, all []string, lo, hi int) {
	var sel []uint32
	var want []string
	every := drawInt(t, 1, 9, "every")
	for i := drawInt(t, 0, 5, "first"); i < len(all); i += every {
		sel, want = append(sel, uint32(i)), append(want, all[i])
	}
	var scratch segment.Scratch
	defer scratch.Close()
	v, ok, err := col.ReadRows(lo, hi, sel, &scratch)
	if err != nil {
		t.Fatal(err)
	}
	if !ok {
		return
	}
	var got []string
	for i := range v.Len {
		got = append(got, row(v, i))
	}
	if !slices.Equal(got, want) {
		t.Fatalf("rows %v of [%d, %d): %s", sel, lo, hi, firstDifference(got, want))
	}
}

// checkMatch compares the rows of a symbol as they are found in what is stored with
// those of the column that was read.
func checkMatch(t *rapid.T, col *segment.Column, v *batch.Vector, lo, hi int) {
	s, isSymbols := v.Data.(batch.Symbols)
	if !isSymbols || v.Const || v.Nulls != nil || s.Overlay.Len() > 0 {
		return
	}
	codes, code := slices.Clone(s.Codes[:v.Len]), uint32(batch.OverlayBit)
	if len(codes) > 0 && rapid.IntRange(0, 3).Draw(t, "known") > 0 {
		code = rapid.SampledFrom(codes).Draw(t, "code")
	}
	for kind := range 4 {
		var scratch segment.Scratch
		to, negate := make([]uint32, hi-lo), kind%2 == 1
		var sel []uint32 // every third row is asked about
		if kind >= 2 {
			sel = to[:0]
			for i := 0; i < len(codes); i += 3 {
				sel = append(sel, uint32(i))
			}
		}
		rows, ok, err := col.MatchCode(lo, hi, segment.CodeMatch{Code: code, Negate: negate, Rows: sel}, to, &scratch)
		if err != nil {
			t.Fatal(err)
		}
		var want []uint32
		for i, c := range codes {
			if (c == code) != negate && (sel == nil || i%3 == 0) {
				want = append(want, uint32(i))
			}
		}
		if ok && !slices.Equal(rows, want) {
			t.Fatalf("rows [%d, %d) with code %d, negate %t: %v, want %v", lo, hi, code, negate, rows, want)
		}
		scratch.Close()
	}
}

func checkSigns(t *rapid.T, s *segment.Segment, bs []*batch.Batch) {
	var want []int8
	minus := false
	for _, b := range bs {
		for i := range b.Rows {
			sign := int8(1)
			if b.Signs != nil {
				sign = b.Signs[i]
			}
			minus = minus || sign < 0
			want = append(want, sign)
		}
	}
	var scratch segment.Scratch
	got, err := s.Signs(0, s.Rows(), &scratch)
	if err != nil {
		t.Fatal(err)
	}
	if s.Meta().Signed != minus || (minus && !slices.Equal(got, want)) || (!minus && got != nil) {
		t.Fatalf("signs %v, want %v", got, want)
	}
}

func TestMissingColumn(t *testing.T) {
	at := newPlace(t)
	schema := &types.Schema{Columns: []types.Column{{ID: 1, Name: "a", Type: types.Of(types.Int32)}}}
	b := &batch.Batch{Rows: 2, Cols: []*batch.Vector{batch.NewFixed(types.Of(types.Int32), []int32{5, 6}, nil)}}
	meta, err := segment.Write(at, schema, []*batch.Batch{b}, segment.Options{})
	if err != nil {
		t.Fatal(err)
	}
	s, err := segment.Open(at, &meta)
	if err != nil {
		t.Fatal(err)
	}
	if c, err := s.Column(2, types.Of(types.Int32), nil); c != nil || err != nil {
		t.Errorf("column %v, error %v", c, err)
	}
	if c, err := s.Column(1, types.Of(types.Int16), nil); c != nil || err == nil {
		t.Errorf("column %v, error %v", c, err)
	}
	fmt.Fprint(t.Output(), meta.Bytes, " ", meta.IndexBytes, "\n")
}
