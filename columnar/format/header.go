package format

import (
	"github.com/freshetdb/freshet/columnar/chcode"
	"github.com/freshetdb/freshet/columnar/types"
)

// header says which column each field of a row belongs to.
type header struct {
	cols   []Column
	byName map[string]int
	skip   bool  // unknown names are skipped
	order  []int // column of each field; -1: none
	absent []int // columns that no field belongs to
	types  []types.Type
}

func newHeader(cols []Column, o *ReadOptions) header {
	h := header{cols: cols, byName: make(map[string]int, len(cols)), skip: !o.RefuseUnknownFields}
	for i, c := range cols {
		h.byName[c.Name] = i
	}
	h.inOrder()
	return h
}

// inOrder is the mapping of input without names.
func (h *header) inOrder() {
	h.absent = nil
	h.order = make([]int, len(h.cols))
	for i := range h.order {
		h.order[i] = i
	}
}

// known tells whether all names are columns: what makes a first row a header
// where none is announced.
func (h *header) known(names []string) bool {
	for _, n := range names {
		if _, ok := h.byName[n]; !ok {
			return false
		}
	}
	return len(names) > 0
}

// setNames takes the names of the fields.
func (h *header) setNames(c *cursor, names []string) error {
	h.order, h.absent = make([]int, len(names)), nil
	seen := make([]bool, len(h.cols))
	for i, n := range names {
		col, ok := h.byName[n]
		if !ok {
			if !h.skip {
				return c.fail(c.pos, chcode.IncorrectData, "Unknown field found in header: %s at position %d; "+
					"set input_format_skip_unknown_fields to ignore it", clip([]byte(n)), i)
			}
			h.order[i] = -1
			continue
		}
		if seen[col] {
			return c.fail(c.pos, chcode.IncorrectData, "Duplicate field found while parsing format header: %s", n)
		}
		seen[col] = true
		h.order[i] = col
	}
	for i, s := range seen {
		if !s {
			h.absent = append(h.absent, i)
		}
	}
	return nil
}

// setTypes checks the types of the fields against those of their columns.
func (h *header) setTypes(c *cursor, texts []string) error {
	if len(texts) != len(h.order) {
		return c.fail(c.pos, chcode.IncorrectData,
			"The number of data types (%d) differs from the number of column names (%d) in input data",
			len(texts), len(h.order))
	}
	h.types = make([]types.Type, len(texts))
	for i, text := range texts {
		t, err := types.Parse(text)
		if err != nil && h.order[i] >= 0 {
			return c.fail(c.pos, chcode.IncorrectData, "Type of field %d in the header: %s", i+1, err.Error())
		}
		h.types[i] = t
		if h.order[i] < 0 {
			continue
		}
		if col := h.cols[h.order[i]]; !t.Equal(col.Type) {
			return c.fail(c.pos, chcode.IncorrectData, "Type of '%s' must be %s, not %s", col.Name, col.Type, text)
		}
	}
	return nil
}

// allTypes tells whether all texts name types.
func allTypes(texts []string) bool {
	for _, t := range texts {
		if _, err := types.Parse(t); err != nil {
			return false
		}
	}
	return len(texts) > 0
}

// fillAbsent gives the columns that no field belongs to their defaults.
func (h *header) fillAbsent(in *intake) {
	for _, i := range h.absent {
		in.miss(in.cols[i])
	}
}

// headerMode says which header lines a text format has.
type headerMode uint8

const (
	headerDetect headerMode = iota // a first row of known column names is one
	headerNone
	headerNames
	headerNamesAndTypes
)

// lineReader reads a row as texts: what a format offers for its header.
type lineReader interface {
	line(c *cursor) ([]string, error)
}

// read reads the header lines of a text format.
func (h *header) read(c *cursor, mode headerMode, lines lineReader) error {
	if len(c.buf) < 4 && !c.final {
		return errMore
	}
	start := c.pos
	c.skipBOM()
	switch mode {
	case headerNone:
		c.pos = start
		return nil
	case headerDetect:
		return h.detect(c, lines)
	default:
	}
	names, err := lines.line(c)
	if err != nil {
		return err
	}
	if err := h.setNames(c, names); err != nil {
		return err
	}
	if mode != headerNamesAndTypes {
		return nil
	}
	texts, err := lines.line(c)
	if err != nil {
		return err
	}
	return h.setTypes(c, texts)
}

// detect takes a first row that consists of column names as header, and a
// second one of type names as well.
func (h *header) detect(c *cursor, lines lineReader) error {
	start := c.pos
	names, err := lines.line(c)
	if err == errMore { //nolint:errorlint // returned bare
		return err
	}
	if err != nil || !h.known(names) {
		c.pos = start
		return nil
	}
	if err := h.setNames(c, names); err != nil {
		return err
	}
	start = c.pos
	texts, err := lines.line(c)
	if err == errMore { //nolint:errorlint // returned bare
		return err
	}
	if err != nil || len(texts) != len(names) || !allTypes(texts) {
		c.pos = start
		return nil
	}
	return h.setTypes(c, texts)
}
