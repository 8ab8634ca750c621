package format

import (
	"encoding/binary"
	"io"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/types"
)

// binaryWriter prints RowBinary.
type binaryWriter struct {
	base

	mode headerMode
}

func newBinaryWriter(w io.Writer, o *WriteOptions, mode headerMode) *binaryWriter {
	return &binaryWriter{base: newBase(w, o, stylePlain, "application/octet-stream"), mode: mode}
}

func (b *binaryWriter) Begin(names []string, ts []types.Type) error {
	b.begin(names, ts)
	if b.mode == headerNone {
		return nil
	}
	b.buf = binary.AppendUvarint(b.buf, uint64(len(names)))
	for _, n := range names {
		b.text(n)
	}
	if b.mode == headerNamesAndTypes {
		for _, t := range ts {
			b.text(t.String())
		}
	}
	return nil
}

func (b *binaryWriter) text(s string) {
	b.buf = append(binary.AppendUvarint(b.buf, uint64(len(s))), s...)
}

func (b *binaryWriter) Write(bt *batch.Batch) error {
	cells := make([]cell, len(bt.Cols))
	for i, v := range bt.Cols {
		cells[i] = binaryCell(v)
	}
	for row := range bt.Rows {
		for _, c := range cells {
			b.buf = c(b.buf, row)
		}
		if err := b.full(); err != nil {
			return err
		}
	}
	return nil
}

// Totals have no place in the format.
func (b *binaryWriter) Totals(*batch.Batch) error { return nil }

// Extremes have no place in the format.
func (b *binaryWriter) Extremes(*batch.Batch) error { return nil }

func (b *binaryWriter) End(Stats) error { return b.end() }
