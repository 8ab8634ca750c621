package segment_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/segment"
	"github.com/freshetdb/freshet/columnar/types"
	"github.com/freshetdb/freshet/columnar/vfs"
)

// wideTable has a column of every form.
func wideTable() *table {
	tab := &table{schema: &types.Schema{Version: 3}}
	add := func(typ string, s *source) {
		t := types.MustParse(typ)
		id := uint32(len(tab.schema.Columns) + 1)
		tab.schema.Columns = append(tab.schema.Columns, types.Column{ID: id, Name: fmt.Sprintf("c%d", id), Type: t})
		tab.sources = append(tab.sources, s)
	}
	add("DateTime", &source{base: 1_700_000_000, span: 3000})
	add("Nullable(Int32)", &source{span: 100_000, nulls: 3})
	add("String", &source{span: 50, symbols: newDict(40)})
	add("String", &source{span: 500, symbols: newDict(300), overlay: true, nulls: 0})
	add("String", &source{span: 1 << 40, raw: true})
	add("Array(Nullable(UInt16))", &source{span: 100, nulls: 2})
	add("FixedString(5)", &source{span: 1 << 20})
	add("Decimal(38, 2)", &source{span: 1 << 40})
	add("Float64", &source{span: 1 << 40})
	add("UInt8", &source{base: 7, span: 1})
	add("Nullable(Date)", &source{nulls: 10})
	return tab
}

func byColumn(tab *table, bs []*batch.Batch) [][]string {
	want := make([][]string, len(tab.schema.Columns))
	for i := range want {
		want[i] = concat(bs, i)
	}
	return want
}

// TestFlippedBitsAreFound flips bits anywhere in both files. Every flip must be
// found by Open or Verify; reading must give the values or an error.
func TestFlippedBitsAreFound(t *testing.T) {
	flips := 1000
	if testing.Short() {
		flips = 100
	}
	for _, codec := range []segment.Codec{segment.None, segment.LZ4, segment.ZSTD} {
		t.Run(codec.String(), func(t *testing.T) {
			tab := wideTable()
			bs := []*batch.Batch{tab.batch(600, true)}
			at := newPlace(t)
			opts := segment.Options{Codec: codec, BatchRows: 256, Key: segment.KeyOfColumns(tab.schema)}
			meta, err := segment.Write(at, tab.schema, bs, opts)
			if err != nil {
				t.Fatal(err)
			}
			want := byColumn(tab, bs)
			data, _ := vfs.ReadFile(at.FS, "dir/s.arrow")
			idx, _ := vfs.ReadFile(at.FS, "dir/s.idx")
			rng := rand.New(rand.NewPCG(uint64(codec), 2))
			for range flips {
				d, x := append([]byte(nil), data...), append([]byte(nil), idx...)
				bit := rng.IntN(8 * (len(d) + len(x)))
				if bit < 8*len(d) {
					d[bit/8] ^= 1 << (bit % 8)
				} else {
					x[bit/8-len(d)] ^= 1 << (bit % 8)
				}
				(&damaged{tab, want, meta, d, x}).check(t, bit)
			}
		})
	}
}

// damaged is a segment with a flipped bit.
type damaged struct {
	tab       *table
	want      [][]string
	meta      segment.Meta
	data, idx []byte
}

func (d *damaged) check(t *testing.T, bit int) {
	t.Helper()
	tab, want := d.tab, d.want
	at := newPlace(t)
	if err := errors.Join(vfs.WriteFileAtomic(at.FS, "dir/s.arrow", d.data), vfs.WriteFileAtomic(at.FS, "dir/s.idx", d.idx)); err != nil {
		t.Fatal(err)
	}
	var damage *segment.CorruptError
	s, err := segment.Open(at, &d.meta)
	if err != nil {
		if !errors.As(err, &damage) {
			t.Fatalf("bit %d: %v", bit, err)
		}
		return
	}
	if err := s.Verify(); !errors.As(err, &damage) {
		t.Errorf("bit %d was not found: %v", bit, err)
	}
	for i, c := range tab.schema.Columns {
		col, err := s.Column(c.ID, c.Type, tab.dict(i))
		if err != nil {
			t.Fatal(err)
		}
		var scratch segment.Scratch
		for lo := 0; lo < 600; lo += 100 {
			v, err := col.Read(lo, lo+100, &scratch)
			if err != nil {
				if !errors.As(err, &damage) {
					t.Fatalf("bit %d: %v", bit, err)
				}
				continue
			}
			for k := range 100 {
				if got := row(v, k); got != want[i][lo+k] {
					t.Fatalf("bit %d: column %s row %d: %s, want %s", bit, c.Name, lo+k, got, want[i][lo+k])
				}
			}
		}
		scratch.Close()
	}
	if err := s.Release(); err != nil {
		t.Fatal(err)
	}
}

func TestDamageIsNamed(t *testing.T) {
	tab := wideTable()
	at := newPlace(t)
	if _, err := segment.Write(at, tab.schema, []*batch.Batch{tab.batch(600, false)}, segment.Options{BatchRows: 256}); err != nil {
		t.Fatal(err)
	}
	data, _ := vfs.ReadFile(at.FS, "dir/s.arrow")
	data[len(data)/2] ^= 1
	if err := vfs.WriteFileAtomic(at.FS, "dir/s.arrow", data); err != nil {
		t.Fatal(err)
	}
	s, err := segment.Open(at, nil)
	if err != nil {
		t.Fatal(err)
	}
	var damage *segment.CorruptError
	if !errors.As(s.Verify(), &damage) || damage.File != "dir/s.arrow" || damage.Column == "" || damage.Batch != 1 {
		t.Errorf("damage %+v", damage)
	}
	t.Log(damage)
}

// TestWrongFiles checks that files that are no segment, or another one, are
// refused.
func TestWrongFiles(t *testing.T) {
	tab := wideTable()
	at := newPlace(t)
	meta, err := segment.Write(at, tab.schema, []*batch.Batch{tab.batch(10, false)}, segment.Options{})
	if err != nil {
		t.Fatal(err)
	}
	other := at
	other.Name = "o"
	if _, err := segment.Write(other, tab.schema, []*batch.Batch{tab.batch(10, false)}, segment.Options{}); err != nil {
		t.Fatal(err)
	}
	var damage *segment.CorruptError
	if _, err := segment.Open(other, &meta); !errors.As(err, &damage) {
		t.Errorf("another index: %v", err)
	}
	idx, _ := vfs.ReadFile(at.FS, "dir/s.idx")
	for n := range idx {
		if err := vfs.WriteFileAtomic(at.FS, "dir/s.idx", idx[:n]); err != nil {
			t.Fatal(err)
		}
		if _, err := segment.Open(at, nil); !errors.As(err, &damage) {
			t.Fatalf("index of %d bytes: %v", n, err)
		}
	}
}
