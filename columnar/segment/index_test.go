package segment

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"flag"
	"fmt"
	"strings"
	"testing"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/types"
	"github.com/freshetdb/freshet/columnar/vfs"
)

var rewrite = flag.Bool("rewrite", false, "write the golden files anew")

// smallSegment is a segment of 5 rows and its files.
func smallSegment(tb testing.TB) (idx, data []byte) {
	fs := vfs.NewMem()
	if err := fs.MkdirAll("d"); err != nil {
		tb.Fatal(err)
	}
	schema := &types.Schema{Version: 2}
	for i, c := range []string{"ts DateTime", "city LowCardinality(String)", "note Nullable(String)", "tags Array(UInt8)", "one Int16"} {
		name, typ, _ := strings.Cut(c, " ")
		schema.Columns = append(schema.Columns, types.Column{ID: uint32(i + 1), Name: name, Type: types.MustParse(typ)})
	}
	col := func(i int) types.Type { return schema.Columns[i].Type }
	notes := batch.NewBuilder(col(2), 5)
	tags := batch.NewBuilder(col(3), 5)
	for i := range 5 {
		if i == 2 {
			notes.AppendNull()
		} else {
			notes.Str.AppendString(strings.Repeat("x", i))
			notes.NotNull()
		}
		for e := range i % 2 {
			tags.Elems[0].U8 = append(tags.Elems[0].U8, uint8(e+i))
		}
		tags.EndList()
	}
	b := &batch.Batch{Rows: 5, Signs: []int8{1, 1, -1, 1, 1}, Cols: []*batch.Vector{
		batch.NewFixed(col(0), []uint32{1_700_000_000, 1_700_000_001, 1_700_000_002, 1_700_000_300, 1_700_000_300}, nil),
		{Type: col(1), Len: 5, Data: batch.Symbols{Codes: []uint32{7, 7, 2, 300, 7}}},
		notes.Finish(), tags.Finish(),
		batch.NewFixed(col(4), []int16{-9, -9, -9, -9, -9}, nil),
	}}
	opts := Options{BatchRows: 3, Key: KeyOfColumns(schema, 0), Tags: Tags{Partition: "20231114", Level: 1, FirstIndex: 5, LastIndex: 300}}
	if _, err := Write(Place{FS: fs, Dir: "d", Name: "s"}, schema, []*batch.Batch{b}, opts); err != nil {
		tb.Fatal(err)
	}
	idx, err := vfs.ReadFile(fs, "d/s.idx")
	if err != nil {
		tb.Fatal(err)
	}
	if data, err = vfs.ReadFile(fs, "d/s.arrow"); err != nil {
		tb.Fatal(err)
	}
	return idx, data
}

// annotate prints an index section by section.
func annotate(tb testing.TB, idx []byte) string {
	x, err := decodeIndex(idx)
	if err != nil {
		tb.Fatal(err)
	}
	var out strings.Builder
	var all []byte
	section := func(b []byte, format string, args ...any) {
		for i := 0; i < len(b); i += 16 {
			note := ""
			if i == 0 {
				note = " # " + fmt.Sprintf(format, args...)
			}
			fmt.Fprintf(&out, "%04d: %-32s%s\n", len(all)+i, hex.EncodeToString(b[i:min(i+16, len(b))]), note)
		}
		all = append(all, b...)
	}
	section(append([]byte(indexMagic), indexVersion), "magic, version %d", indexVersion)
	section(binary.AppendUvarint(append(binary.AppendUvarint(nil, uint64(x.rows)), byte(x.codec)), uint64(x.dataSize)),
		"%d rows, codec %s, %d bytes of data", x.rows, x.codec, x.dataSize)
	section(x.head.appendTo(nil), "head of %d bytes, CRC", x.head.size)
	section(x.tail.appendTo(nil), "tail of %d bytes, CRC", x.tail.size)
	section(x.tags.appendTo(nil), "tags %+v", x.tags)
	times := binary.AppendUvarint(appendBool(nil, x.signed), uint64(len(x.times)))
	for _, t := range x.times {
		times = binary.AppendVarint(binary.AppendVarint(binary.AppendUvarint(times, uint64(t.Column)), t.Min), t.Max)
	}
	section(times, "signed %v, times %v", x.signed, x.times)
	key := binary.AppendUvarint(nil, uint64(len(x.keyTypes)))
	for _, t := range x.keyTypes {
		key = appendString(key, t.String())
	}
	section(key, "key %v", x.keyTypes)
	section(x.marks.AppendTo(nil), "marks of %d granules", x.marks.Granules())
	section(binary.AppendUvarint(nil, uint64(len(x.cols))), "%d columns", len(x.cols))
	for i := range x.cols {
		c := &x.cols[i]
		section(c.appendTo(nil), "column %d %s %s: %s of %d bytes, base %d", c.id, c.name, c.node.Type, formNames[c.node.Form], c.node.Width, c.node.Base)
	}
	section(binary.AppendUvarint(nil, uint64(len(x.batches))), "%d batches", len(x.batches))
	for i := range x.batches {
		b := &x.batches[i]
		section(b.appendTo(nil), "batch %d: %d rows, message of %d bytes, body of %d, %d buffers", i, b.rows, b.message.size, b.bodySize, len(b.bufs))
	}
	section(binary.LittleEndian.AppendUint32(nil, crcOf(all)), "CRC")
	if !bytes.Equal(all, idx) {
		tb.Error("the sections do not make up the index")
	}
	return out.String()
}

func TestIndexGolden(t *testing.T) {
	const file = "testdata/index.hex"
	idx, _ := smallSegment(t)
	got := annotate(t, idx)
	if *rewrite {
		if err := vfs.WriteFileAtomic(vfs.OS{}, file, []byte(got)); err != nil {
			t.Fatal(err)
		}
	}
	want, err := vfs.ReadFile(vfs.OS{}, file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("the format changed: bump its version, or write %s anew with -rewrite\n%s", file, got)
	}
}

// TestArrowGolden holds the Arrow file of the same segment, which other tools
// read.
func TestArrowGolden(t *testing.T) {
	const file = "testdata/small.arrow"
	_, data := smallSegment(t)
	if *rewrite {
		if err := vfs.WriteFileAtomic(vfs.OS{}, file, data); err != nil {
			t.Fatal(err)
		}
	}
	want, err := vfs.ReadFile(vfs.OS{}, file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(data, want) {
		t.Errorf("%s differs: %d bytes, want %d", file, len(data), len(want))
	}
}

// FuzzIndex decodes any bytes as an index, with the right checksum, and reads
// through what it accepts.
func FuzzIndex(f *testing.F) {
	idx, data := smallSegment(f)
	head := len(indexMagic) + 1
	f.Add(idx[head : len(idx)-4])
	f.Fuzz(func(t *testing.T, body []byte) {
		x, err := decodeBody(body)
		if err != nil {
			return
		}
		src := x.appendTo(nil)
		again, err := decodeIndex(src)
		if err != nil || !bytes.Equal(again.appendTo(nil), src) {
			t.Fatalf("not stable: %v", err)
		}
		fs := vfs.NewMem()
		if err := fs.MkdirAll("d"); err != nil {
			t.Fatal(err)
		}
		at := Place{FS: fs, Dir: "d", Name: "s"}
		if err := vfs.WriteFileAtomic(fs, at.indexPath(), src); err != nil {
			t.Fatal(err)
		}
		if err := vfs.WriteFileAtomic(fs, at.dataPath(), data); err != nil {
			t.Fatal(err)
		}
		readAll(t, at)
	})
}

// readAll reads every column; errors are fine, panics are not.
func readAll(t *testing.T, at Place) {
	s, err := Open(at, nil)
	if err != nil {
		return
	}
	if err := s.Verify(); err != nil {
		t.Log(err)
	}
	for i := range s.index.cols {
		c, err := s.Column(s.index.cols[i].id, s.index.cols[i].node.Type, nil)
		if err != nil {
			continue
		}
		var scratch Scratch
		if _, err := c.Read(0, s.Rows(), &scratch); err != nil {
			t.Log(err)
		}
	}
	if err := s.Release(); err != nil {
		t.Fatal(err)
	}
}

// FuzzUnpack decompresses any bytes.
func FuzzUnpack(f *testing.F) {
	for _, codec := range []Codec{LZ4, ZSTD} {
		c, err := newCompressor(codec)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(byte(codec), bytes.Clone(c.pack(bytes.Repeat([]byte("abcdefgh"), 100))))
		f.Add(byte(codec), bytes.Clone(c.pack([]byte("not compressible"))))
		if err := c.close(); err != nil {
			f.Fatal(err)
		}
	}
	f.Fuzz(func(t *testing.T, codec byte, src []byte) {
		n, err := unpackedSize(src)
		if err != nil || n > 1<<20 {
			return
		}
		var u unpacker
		defer u.close()
		if err := u.unpack(LZ4+Codec(codec%2), make([]byte, n), src); err != nil {
			t.Log(err)
		}
	})
}
