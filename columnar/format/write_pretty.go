package format

import (
	"io"
	"math"
	"strconv"
	"strings"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/types"
)

// look is which of the Pretty formats is drawn.
type look uint8

const (
	lookFull    look = iota // Pretty: a box around every cell
	lookCompact             // PrettyCompact: a box around the table
	lookSpace               // PrettySpace: no lines
)

// prettyWriter prints the Pretty formats. A column is as wide as its widest
// value, so the rows that will be shown are kept, as text, until the result ends:
// the first and last half of PrettyOptions.MaxRows of them.
type prettyWriter struct {
	base

	look  look
	color bool

	head  []prettyRow
	tail  []prettyRow // a ring, once it is full
	next  int         // where the ring goes on
	total int64
	any   bool // a table was drawn

	vertical *verticalWriter // narrow screens: few rows that are too wide are printed so
}

// prettyRow is the texts of a row, and what stands behind it.
type prettyRow struct {
	num   int64
	cells [][]byte
	tips  [][]byte
}

func newPrettyWriter(w io.Writer, o *WriteOptions, l look, color bool) *prettyWriter {
	p := &prettyWriter{base: newBase(w, o, stylePlain, "text/plain; charset=UTF-8"), look: l}
	p.color = color && o.Pretty.Color
	p.p.null, p.p.tupleJSON = prettyNull, true
	return p
}

func (p *prettyWriter) Begin(names []string, ts []types.Type) error {
	p.begin(names, ts)
	return nil
}

// headRows and tailRows are how many rows are shown from either end.
func (p *prettyWriter) headRows() int { return (p.o.Pretty.MaxRows + 1) / 2 }
func (p *prettyWriter) tailRows() int { return p.o.Pretty.MaxRows / 2 }

func (p *prettyWriter) Write(b *batch.Batch) error {
	cells := p.cells(b)
	for row := range b.Rows {
		p.total++
		if len(p.head) < p.headRows() {
			p.head = append(p.head, p.text(b, cells, row))
			continue
		}
		p.keepTail(b, cells, row)
	}
	return nil
}

// keepTail keeps a row that may be among the last.
func (p *prettyWriter) keepTail(b *batch.Batch, cells []cell, row int) {
	limit := p.tailRows()
	if b.Rows-row > limit { // more of this batch follow than are shown
		return
	}
	if len(p.tail) < limit {
		p.tail = append(p.tail, p.text(b, cells, row))
		return
	}
	p.tail[p.next] = p.text(b, cells, row)
	p.next = (p.next + 1) % limit
}

// text prints the values of a row. Values too wide to be shown whole are kept
// only in part.
func (p *prettyWriter) text(b *batch.Batch, cells []cell, row int) prettyRow {
	r := prettyRow{num: p.total, cells: make([][]byte, len(cells)), tips: make([][]byte, len(cells))}
	single := len(cells) == 1 && p.total == 1
	limit := utf8Max * p.o.Pretty.MaxValueWidth
	for i, c := range cells {
		s := c(nil, row)
		if len(s) > limit && !single {
			s = append([]byte(nil), s[:limit]...)
		}
		r.cells[i] = s
		if f, ok := numberOf(b.Cols[i], row); ok {
			r.tips[i] = appendTip(nil, f, p.o.Pretty.TipFrom, p.color)
		}
	}
	return r
}

// utf8Max is the most bytes of a character.
const utf8Max = 4

// shown are the rows that are kept, in order, and whether rows between them
// were left out.
func (p *prettyWriter) shown() (rows []prettyRow, cut bool) {
	rows = append(rows, p.head...)
	rows = append(rows, p.tail[p.next:]...)
	rows = append(rows, p.tail[:p.next]...)
	return rows, int64(len(rows)) < p.total
}

func (p *prettyWriter) Totals(b *batch.Batch) error { return p.section("\nTotals:\n", b) }

func (p *prettyWriter) Extremes(b *batch.Batch) error { return p.section("\nExtremes:\n", b) }

func (p *prettyWriter) section(title string, b *batch.Batch) error {
	if b.Rows == 0 {
		return nil
	}
	p.draw()
	p.buf = append(p.buf, title...)
	if err := p.Write(b); err != nil {
		return err
	}
	p.draw()
	return p.full()
}

func (p *prettyWriter) End(Stats) error {
	p.draw()
	return p.end()
}

// draw prints the table of the rows that were kept, and forgets them.
func (p *prettyWriter) draw() {
	rows, cut := p.shown()
	total := p.total
	p.head, p.tail, p.next, p.total = nil, nil, 0, 0
	if len(rows) == 0 {
		return
	}
	t := newTable(p, rows, total)
	if p.vertical != nil || (!p.any && t.tooWide()) {
		p.drawVertical(rows)
	} else {
		t.draw(cut)
		p.any = true
	}
	if total >= int64(p.o.Pretty.MaxRows) {
		if p.look == lookSpace {
			p.buf = append(p.buf, '\n')
		}
		p.buf = append(p.buf, "Showed "...)
		p.buf = strconv.AppendInt(p.buf, int64(len(rows)), 10)
		p.buf = append(p.buf, " out of "...)
		p.buf = strconv.AppendInt(p.buf, total, 10)
		p.buf = append(p.buf, " rows.\n"...)
	}
}

// drawVertical prints the rows as Vertical does.
func (p *prettyWriter) drawVertical(rows []prettyRow) {
	if p.vertical == nil {
		p.vertical = newVerticalWriter(nil, p.o)
		_ = p.vertical.Begin(p.names, p.types) // it only lays out names
	}
	v := p.vertical
	for i, r := range rows {
		if i > 0 {
			v.buf = append(v.buf, '\n')
		}
		v.rows++
		v.title()
		for k, s := range r.cells {
			v.field(k, s)
			v.buf = append(append(v.buf, r.tips[k]...), '\n')
		}
	}
	p.buf = append(p.buf, v.buf...)
	v.buf = v.buf[:0]
}

// numberWidth is the room that the number of a row takes, with its dot.
func numberWidth(rows int64) int { return int(math.Floor(math.Log10(float64(rows)))) + 3 }

func repeat(s string, n int) string { return strings.Repeat(s, max(n, 0)) }
