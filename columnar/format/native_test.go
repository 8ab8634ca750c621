package format_test

import (
	"bytes"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/freshetdb/freshet/columnar/chcode"
	"github.com/freshetdb/freshet/columnar/format"
)

// TestNativeInput reads ClickHouse's blocks, LowCardinality among them.
func TestNativeInput(t *testing.T) {
	files, err := filepath.Glob("testdata/output/*.Native")
	must(t, err)
	if len(files) == 0 {
		t.Fatal("no data")
	}
	for _, path := range files {
		t.Run(filepath.Base(path), func(t *testing.T) {
			cols, batches := loadResult(t, strings.TrimSuffix(path, "Native")+"RowBinaryWithNamesAndTypes")
			want := write(t, "TSV", format.WriteOptions{}, cols, batches)
			data, err := os.ReadFile(path)
			must(t, err)
			r, err := format.NewReader("Native", &slowReader{data: data}, cols, format.ReadOptions{})
			must(t, err)
			got, err := readAll(r, cols, 2, 0)
			must(t, err)
			equal(t, string(want), got, "%s", path)
		})
	}
}

// TestNativeBlocks reads annotated blocks; the first has LowCardinality columns
// as ClickHouse prints them.
func TestNativeBlocks(t *testing.T) {
	lowCard := "02" + "02" + // 2 columns, 2 rows
		"016c" + "16" + hex.EncodeToString([]byte("LowCardinality(String)")) +
		"0100000000000000" + "0006000000000000" + // version 1; keys follow, indexes of one byte
		"0200000000000000" + "00" + "0171" + // keys '' and 'q'
		"0200000000000000" + "01" + "01" + // rows: 'q', 'q'
		"026e6c" + "20" + hex.EncodeToString([]byte("LowCardinality(Nullable(String))")) +
		"0100000000000000" + "0006000000000000" +
		"0300000000000000" + "00" + "00" + "017a" + // keys NULL, '', 'z'
		"0200000000000000" + "00" + "02" // rows: NULL, 'z'
	for _, c := range []struct {
		block string
		cols  []format.Column
		want  string
		code  chcode.Code
	}{
		{lowCard, columns("l LowCardinality(String)", "nl Nullable(String)"), "q\t\\N\nq\tz\n", 0},
		{lowCard, columns("nl String", "l String", "x Int32 DEFAULT"), "\tq\t7\nz\tq\t7\n", 0},
		{lowCard, columns("l Int32"), "", chcode.TypeMismatch},
		{lowCard[:len(lowCard)-2], columns("l String"), "", chcode.CannotReadAllData},
		{"0101" + "0161" + "0355496e", columns("a UInt8"), "", chcode.UnknownType},
		{"0101" + "0161" + "0555496e7438" + "05" + "0101" + "0161" + "0555496e7438" + "06", columns("a UInt8"), "5\n6\n", 0},
		{"0100" + "0161" + "0555496e7438", columns("a UInt8"), "", 0},
		{"01ffffffff0f", columns("a UInt8"), "", chcode.IncorrectData},
		{"0101" + "0161" + "06537472696e67" + "ffff03", columns("a String"), "", chcode.CannotReadAllData},
	} {
		data, err := hex.DecodeString(c.block)
		must(t, err)
		r, err := format.NewBytesReader("Native", data, c.cols, format.ReadOptions{})
		must(t, err)
		got, err := readAll(r, c.cols, 0, 0)
		var code chcode.Code
		if err != nil {
			code = chcode.Of(err)
		}
		if got != c.want || code != c.code {
			t.Errorf("%s: %q, %v", c.block, got, err)
		}
	}
}

// TestNativeRevisions prints what newer protocols add.
func TestNativeRevisions(t *testing.T) {
	cols := columns("check UInt8")
	r, err := format.NewBytesReader("TSV", []byte("1\n"), cols, format.ReadOptions{})
	must(t, err)
	rows, err := r.Next(0, 0)
	must(t, err)
	for revision, want := range map[int]string{
		0:     "\x01\x01\x05check\x05UInt8\x01",
		54405: "\x01\x00\x02\xff\xff\xff\xff\x00\x01\x01\x05check\x05UInt8\x01",
		54460: "\x01\x00\x02\xff\xff\xff\xff\x00\x01\x01\x05check\x05UInt8\x00\x01",
	} {
		got := write(t, "Native", format.WriteOptions{NativeRevision: revision}, cols, rows1(rows))
		if !bytes.Equal([]byte(want), got) {
			t.Errorf("revision %d: %q", revision, got)
		}
	}
}
