package format

import (
	"io"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/types"
)

// tsvWriter prints TabSeparated and TabSeparatedRaw.
type tsvWriter struct {
	base

	mode headerMode
	raw  bool
	eol  string
}

func newTSVWriter(w io.Writer, o *WriteOptions, mode headerMode, raw bool) *tsvWriter {
	s := styleTSV
	if raw {
		s = stylePlain
	}
	t := &tsvWriter{base: newBase(w, o, s, "text/tab-separated-values; charset=UTF-8"), mode: mode, raw: raw, eol: lineEnd(o)}
	t.p.null = `\N`
	return t
}

func lineEnd(o *WriteOptions) string {
	if o.CRLF {
		return "\r\n"
	}
	return "\n"
}

func (t *tsvWriter) Begin(names []string, ts []types.Type) error {
	t.begin(names, ts)
	if t.mode == headerNames || t.mode == headerNamesAndTypes {
		t.header(len(names), func(i int) string { return names[i] })
	}
	if t.mode == headerNamesAndTypes {
		t.header(len(ts), func(i int) string { return ts[i].String() })
	}
	return nil
}

func (t *tsvWriter) header(n int, text func(int) string) {
	for i := range n {
		if i > 0 {
			t.buf = append(t.buf, '\t')
		}
		if t.raw {
			t.buf = append(t.buf, text(i)...)
		} else {
			t.buf = appendTSV(t.buf, []byte(text(i)))
		}
	}
	t.buf = append(t.buf, t.eol...)
}

func (t *tsvWriter) Write(b *batch.Batch) error {
	cells := t.cells(b)
	for row := range b.Rows {
		for i, c := range cells {
			if i > 0 {
				t.buf = append(t.buf, '\t')
			}
			t.buf = c(t.buf, row)
		}
		t.buf = append(t.buf, t.eol...)
		if err := t.full(); err != nil {
			return err
		}
	}
	return nil
}

func (t *tsvWriter) Totals(b *batch.Batch) error {
	t.buf = append(t.buf, t.eol...)
	return t.Write(b)
}

func (t *tsvWriter) Extremes(b *batch.Batch) error { return t.Totals(b) }

func (t *tsvWriter) End(Stats) error { return t.end() }
