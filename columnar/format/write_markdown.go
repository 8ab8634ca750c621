package format

import (
	"io"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/types"
)

// markdownWriter prints a table of Markdown.
type markdownWriter struct{ base }

func newMarkdownWriter(w io.Writer, o *WriteOptions) *markdownWriter {
	m := &markdownWriter{base: newBase(w, o, styleTSV, "text/markdown; charset=UTF-8")}
	m.p.null = `\N`
	return m
}

func (m *markdownWriter) Begin(names []string, ts []types.Type) error {
	m.begin(names, ts)
	m.buf = append(m.buf, '|')
	for _, n := range names {
		m.buf = append(appendTSV(append(m.buf, ' '), []byte(n)), " |"...)
	}
	m.buf = append(m.buf, "\n|"...)
	for _, t := range ts {
		if alignsRight(t) {
			m.buf = append(m.buf, "-:|"...)
		} else {
			m.buf = append(m.buf, ":-|"...)
		}
	}
	m.buf = append(m.buf, '\n')
	return nil
}

func (m *markdownWriter) Write(b *batch.Batch) error {
	cells := m.cells(b)
	for row := range b.Rows {
		m.buf = append(m.buf, '|')
		for _, c := range cells {
			m.buf = append(c(append(m.buf, ' '), row), " |"...)
		}
		m.buf = append(m.buf, '\n')
		if err := m.full(); err != nil {
			return err
		}
	}
	return nil
}

// Totals have no place in the format.
func (m *markdownWriter) Totals(*batch.Batch) error { return nil }

// Extremes have no place in the format.
func (m *markdownWriter) Extremes(*batch.Batch) error { return nil }

func (m *markdownWriter) End(Stats) error { return m.end() }
