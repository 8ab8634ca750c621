package format

import (
	"bytes"
	"strconv"
	"strings"
)

// table is one table of a Pretty format that is being drawn.
type table struct {
	*prettyWriter

	rows     []prettyRow
	total    int64
	widths   []int // of each column
	labels   []string
	nameWide []int
	newlines bool
	left     string // blanks in place of a row's number
	g        glyphs
}

// glyphs are the characters that tables are drawn with. A line of the grid has
// a left end, a dash, a crossing and a right end.
type glyphs struct {
	top, head, mid, end, footTop, footEnd, names [4]string
	bold, bar, dash                              string
	ellipsis, more, cont                         string
}

func glyphsOf(o *WriteOptions) glyphs {
	if o.Pretty.ASCII {
		line := [4]string{"+", "-", "+", "+"}
		return glyphs{line, line, line, line, line, line, line, "|", "|", "-", "~", `\`, ">"}
	}
	return glyphs{
		top: [4]string{"┏", "━", "┳", "┓"}, head: [4]string{"┡", "━", "╇", "┩"},
		mid: [4]string{"├", "─", "┼", "┤"}, end: [4]string{"└", "─", "┴", "┘"},
		footTop: [4]string{"┢", "━", "╈", "┪"}, footEnd: [4]string{"┗", "━", "┻", "┛"},
		names: [4]string{"┌", "─", "┬", "┐"},
		bold:  "┃", bar: "│", dash: "─", ellipsis: "⋯", more: "↴", cont: "↳",
	}
}

func newTable(p *prettyWriter, rows []prettyRow, total int64) *table {
	n := len(p.names)
	t := &table{
		prettyWriter: p, rows: rows, total: total, g: glyphsOf(p.o),
		widths: make([]int, n), labels: make([]string, n), nameWide: make([]int, n),
	}
	prefix := t.prefix()
	for i, name := range p.names {
		for _, r := range rows {
			t.widths[i] = max(t.widths[i], min(t.width(r.cells[i], prefix), p.o.Pretty.MaxPadWidth, p.o.Pretty.MaxValueWidth))
		}
		t.labels[i], t.nameWide[i] = cutName(name, max(t.widths[i], nameCutTo), nameCutSlack, t.g.ellipsis)
		t.nameWide[i] = min(t.nameWide[i], p.o.Pretty.MaxPadWidth)
		t.widths[i] = max(t.widths[i], t.nameWide[i])
		prefix += t.widths[i] + 3
	}
	if !p.o.Pretty.OffRowNumbers {
		t.left = repeat(" ", numberWidth(total))
	}
	return t
}

// prefix is the column of the screen at which the first value begins, for tabs.
func (t *table) prefix() int {
	if t.look == lookSpace {
		return numberWidth(t.total) + 1
	}
	return numberWidth(t.total) + 2
}

// width is that of the widest line of a value.
func (t *table) width(s []byte, prefix int) int {
	if limit := utf8Max * t.o.Pretty.MaxValueWidth; len(s) > limit {
		s = s[:limit]
	}
	w := 0
	for len(s) > 0 {
		line, rest, more := bytes.Cut(s, []byte{'\n'})
		t.newlines = t.newlines || more
		w = max(w, textWidth(line, prefix))
		s = rest
	}
	return w
}

// A result of few rows is printed vertically when its table is wide or its
// values have several lines.
const (
	verticalMaxRows    = 10
	verticalMinColumns = 5
	verticalMinWidth   = 250
)

func (t *table) tooWide() bool {
	sum := 0
	for _, w := range t.widths {
		sum += w
	}
	return t.total <= verticalMaxRows && len(t.widths) >= verticalMinColumns && (sum >= verticalMinWidth || t.newlines)
}

// grid is a line of the grid.
func (t *table) grid(g [4]string) string {
	var b strings.Builder
	b.WriteString(t.left + g[0])
	for i, w := range t.widths {
		if i > 0 {
			b.WriteString(g[2])
		}
		b.WriteString(repeat(g[1], w+2))
	}
	b.WriteString(g[3] + "\n")
	return b.String()
}

// footerFrom is from how many rows on the names stand below as well.
const footerFrom = 50

func (t *table) draw(cut bool) {
	var top, head, mid, end, footTop, footEnd string
	switch t.look {
	case lookFull:
		top, head, mid = t.grid(t.g.top), t.grid(t.g.head), t.grid(t.g.mid)
		end, footTop, footEnd = t.grid(t.g.end), t.grid(t.g.footTop), t.grid(t.g.footEnd)
	case lookCompact:
		end = t.grid(t.g.end)
	case lookSpace:
		head, footTop, footEnd = "\n", "\n", "\n"
	}
	t.buf = append(t.buf, top...)
	t.nameLine(t.g.names)
	t.buf = append(t.buf, head...)
	for i, r := range t.rows {
		if i > 0 {
			t.buf = append(t.buf, mid...)
		}
		if cut && i == t.headRows() {
			t.filler()
			t.buf = append(t.buf, mid...)
		}
		t.row(r)
	}
	if cut && len(t.rows) == t.headRows() {
		t.buf = append(t.buf, mid...)
		t.filler()
	}
	if t.total >= footerFrom {
		t.buf = append(t.buf, footTop...)
		t.nameLine(t.g.end)
		t.buf = append(t.buf, footEnd...)
	} else {
		t.buf = append(t.buf, end...)
	}
}

// nameLine prints the line with the columns' names.
func (t *table) nameLine(g [4]string) {
	open, sep, end, pad := " ", "   ", "", " "
	switch t.look {
	case lookFull:
		open, sep, end = t.g.bold+" ", " "+t.g.bold+" ", " "+t.g.bold
	case lookCompact:
		open, sep, end, pad = g[0]+t.g.dash, t.g.dash+g[2]+t.g.dash, t.g.dash+g[3], t.g.dash
	case lookSpace:
	}
	t.buf = append(append(t.buf, t.left...), open...)
	for i, l := range t.labels {
		if i > 0 {
			t.buf = append(t.buf, sep...)
		}
		if t.color {
			l = bold + l + colorReset
		}
		padding := repeat(pad, t.widths[i]-t.nameWide[i])
		if alignsRight(t.types[i]) {
			l = padding + l
		} else {
			l += padding
		}
		t.buf = append(t.buf, l...)
	}
	t.buf = append(append(t.buf, end...), '\n')
}

// filler stands for the rows that are left out.
func (t *table) filler() {
	size := 1
	for _, w := range t.widths {
		size += w + 3
	}
	if t.look == lookSpace {
		size -= 3
	}
	t.buf = append(t.buf, t.left...)
	for i := range size {
		if i%2 == 0 {
			t.buf = append(t.buf, t.g.dash...)
		} else {
			t.buf = append(t.buf, ' ')
		}
	}
	t.buf = append(t.buf, '\n')
}

// row prints a row on as many lines as its values have.
func (t *table) row(r prettyRow) {
	at := make([]int, len(r.cells))
	for first := true; ; first = false {
		t.number(r.num, first)
		done := true
		for i, s := range r.cells {
			switch {
			case t.look != lookSpace:
				t.buf = append(t.buf, t.g.bar...)
			case i > 0:
				t.buf = append(t.buf, ' ')
			}
			at[i] = t.cell(i, s, at[i])
			done = done && at[i] == len(s)
		}
		if t.look != lookSpace {
			t.buf = append(t.buf, t.g.bar...)
		}
		t.buf = append(t.buf, r.tips[len(r.tips)-1]...)
		t.buf = append(t.buf, '\n')
		if done {
			return
		}
	}
}

func (t *table) number(n int64, first bool) {
	switch {
	case t.left == "":
	case !first:
		t.buf = append(t.buf, t.left...)
	default:
		s := strconv.FormatInt(n, 10) + ". "
		t.buf = append(t.buf, repeat(" ", len(t.left)-len(s))...)
		if t.color {
			s = colorGray + s + colorReset
		}
		t.buf = append(t.buf, s...)
	}
}

// cell prints the line of a value that begins at from, and returns where the
// next one does.
func (t *table) cell(i int, s []byte, from int) (next int) {
	continued := from > 0 && from < len(s)
	line := s[from:]
	next = len(s)
	if nl := bytes.IndexByte(line, '\n'); nl >= 0 {
		line, next = line[:nl], from+nl
	}
	width := textWidth(line, t.prefix())
	cut := t.o.Pretty.MaxValueWidth
	isCut := width > cut && (len(t.names) > 1 || t.total > 1)
	if t.color {
		if isNumber(t.types[i]) && !t.types[i].Nullable {
			line = highlightGroups(line)
		}
		line = highlightTail(line)
	}
	if isCut {
		n, _ := scanWidth(line, t.prefix(), cut)
		tail := t.g.ellipsis
		if t.color {
			tail = colorCut + tail + colorReset
		}
		line = append(append([]byte(nil), line[:n]...), tail...)
		width = cut
	}
	if continued {
		t.mark(t.g.cont)
	} else {
		t.buf = append(t.buf, ' ')
	}
	padding := repeat(" ", t.widths[i]-width)
	if alignsRight(t.types[i]) {
		t.buf = append(append(t.buf, padding...), line...)
	} else {
		t.buf = append(append(t.buf, line...), padding...)
	}
	if next < len(s) {
		t.mark(t.g.more)
		return next + 1
	}
	if !isCut {
		t.buf = append(t.buf, ' ')
	}
	return next
}

// mark prints a sign that is not part of the value.
func (t *table) mark(s string) {
	if t.color {
		s = colorGray + s + colorReset
	}
	t.buf = append(t.buf, s...)
}
