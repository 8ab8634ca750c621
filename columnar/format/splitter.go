package format

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/freshetdb/freshet/columnar/chcode"
)

// Splitter cuts an input at row boundaries, for several readers at once. It
// reads the header, so that all parts agree on it. Next is for one goroutine;
// readers of parts are independent of each other and of it.
//
// Errors of a part's reader count rows from the part's begin: when all parts
// before it were read, [Renumber] sets them right. Bounds on malformed rows hold
// for each part.
type Splitter struct {
	kind kind
	cols []Column
	o    ReadOptions
	size int

	r    io.Reader
	p    splittable
	rest []byte // read, but not handed out
	eof  bool
	part int
}

// Part is a part of an input that holds whole rows. Its memory is the
// receiver's.
type Part struct {
	Data []byte

	first, last bool
}

// splittable is a parser whose input can be cut.
type splittable interface {
	parser
	// cut is the length of a prefix of text, which begins with a row, that ends
	// between rows; 0 when no row is known to end in it. final says that the
	// input ends with text.
	cut(text []byte, final bool) int
	// fork makes a parser for a part behind the header.
	fork(first, last bool) parser
}

// CanSplit tells whether a [Splitter] knows the format.
func CanSplit(name string) bool {
	k, err := lookup(name)
	if err != nil || k.parser == nil {
		return false
	}
	o := ReadOptions{}
	o.setDefaults()
	_, ok := k.parser(nil, &o).(splittable)
	return ok
}

// NewSplitter cuts input of a format, for which CanSplit must hold, into parts
// of about size bytes.
func NewSplitter(name string, r io.Reader, cols []Column, o ReadOptions, size int) (*Splitter, error) {
	k, err := lookup(name)
	if err != nil {
		return nil, err
	}
	o.setDefaults()
	s := &Splitter{kind: k, cols: cols, o: o, size: max(size, 1), r: r}
	if k.parser != nil {
		s.p, _ = k.parser(cols, &s.o).(splittable)
	}
	if s.p == nil {
		return nil, chcode.Errorf(chcode.NotImplemented, "Input of format %s can't be cut into parts", k.Name)
	}
	if err := checkDelimiter(o.CSVDelimiter); err != nil {
		return nil, err
	}
	return s, s.header()
}

// header reads the header lines.
func (s *Splitter) header() error {
	src := newSource(s.r)
	reader := newRowReader(src, s.p, s.cols, &s.o)
	if err := reader.begin(); err != nil {
		return err
	}
	s.r = io.MultiReader(bytes.NewReader(src.buf[src.pos:]), s.r)
	return nil
}

// Next is the next part; io.EOF behind the last. An input without rows has one
// part, which is empty.
func (s *Splitter) Next() (Part, error) {
	if s.eof && len(s.rest) == 0 && s.part > 0 {
		return Part{}, io.EOF
	}
	buf := append(make([]byte, 0, max(s.size, len(s.rest))), s.rest...)
	for {
		if err := s.fill(&buf); err != nil {
			return Part{}, err
		}
		n := len(buf)
		if !s.eof {
			n = s.p.cut(buf, false)
		}
		if n > 0 || s.eof {
			s.rest = append([]byte(nil), buf[n:]...)
			s.part++
			return Part{Data: buf[:n:n], first: s.part == 1, last: s.eof}, nil
		}
		if len(buf) > s.o.MaxRowBytes {
			return Part{}, chcode.Errorf(chcode.TooLargeStringSize, "Row is larger than the limit of %d bytes, near %s",
				s.o.MaxRowBytes, clip(buf))
		}
		buf = append(make([]byte, 0, 2*cap(buf)), buf...)
	}
}

// fill reads until buf is full.
func (s *Splitter) fill(buf *[]byte) error {
	for !s.eof && len(*buf) < cap(*buf) {
		n, err := s.r.Read((*buf)[len(*buf):cap(*buf)])
		*buf = (*buf)[:len(*buf)+n]
		if errors.Is(err, io.EOF) {
			s.eof = true
		} else if err != nil {
			return fmt.Errorf("read input: %w", err)
		}
	}
	return nil
}

// Open reads a part. It may be called from any goroutine.
func (s *Splitter) Open(p Part) Reader {
	r := newRowReader(newBytesSource(p.Data), s.p.fork(p.first, p.last), s.cols, &s.o)
	r.begun = true
	return r
}

// Renumber adds the number of rows before its part to the row that an error of
// the part's reader names.
func Renumber(err error, before int64) error {
	user, ok := errors.AsType[*chcode.Error](err)
	if !ok {
		return err
	}
	cause, ok := errors.AsType[*RowError](err)
	if !ok || before == 0 {
		return err
	}
	moved := *cause
	moved.Row += before
	return &chcode.Error{Code: user.Code, Msg: moved.sentence(), Err: &moved}
}

// fork implements splittable.
func (p *tsvRows) fork(first, _ bool) parser {
	q := &tsvRows{header: p.header, raw: p.raw, checked: !first || p.checked}
	return q
}

// cut implements splittable: behind the last line end that no backslash escapes.
func (p *tsvRows) cut(text []byte, _ bool) int {
	for end := len(text); ; {
		i := bytes.LastIndexByte(text[:end], '\n')
		if i < 0 {
			return 0
		}
		slashes := 0
		for i-slashes > 0 && text[i-slashes-1] == '\\' {
			slashes++
		}
		if p.raw || slashes%2 == 0 {
			return i + 1
		}
		end = i
	}
}

// fork implements splittable.
func (p *csvRows) fork(bool, bool) parser { return &csvRows{header: p.header, comma: p.comma} }

// cut implements splittable: behind the last line end outside of quotes. A
// \r that follows the line end belongs to it, so it is cut only when the byte
// behind it is known.
func (p *csvRows) cut(text []byte, final bool) int {
	end, pos := 0, 0
	for {
		open := nextQuote(text, pos, p.comma)
		if i := lastLineEnd(text[pos:open], open == len(text) && !final); i >= 0 {
			end = pos + i + 1
		}
		if open == len(text) {
			break
		}
		if pos = closingQuote(text, open+1); pos < 0 {
			break
		}
	}
	if end > 0 && end < len(text) && text[end] == '\r' {
		end++
	}
	return end
}

// lastLineEnd is the place of the last \n, which must not be the last byte when
// more input may follow it.
func lastLineEnd(text []byte, more bool) int {
	if more && len(text) > 0 {
		text = text[:len(text)-1]
	}
	return bytes.LastIndexByte(text, '\n')
}

// nextQuote is the next quote at the beginning of a field, or the end.
func nextQuote(text []byte, pos int, comma byte) int {
	for from := pos; ; {
		i := bytes.IndexByte(text[from:], '"')
		if i < 0 {
			return len(text)
		}
		before := bytes.TrimRight(text[pos:from+i], " \t")
		if n := len(before); n == 0 && pos == 0 || n > 0 && (before[n-1] == comma || before[n-1] == '\n' || before[n-1] == '\r') {
			return from + i
		}
		from += i + 1
	}
}

// closingQuote is behind the quote that ends a text in quotes; -1 when none does.
func closingQuote(text []byte, pos int) int {
	for {
		i := bytes.IndexByte(text[pos:], '"')
		if i < 0 {
			return -1
		}
		pos += i + 1
		if pos >= len(text) || text[pos] != '"' {
			return pos
		}
		pos++
	}
}

// fork implements splittable.
func (p *jsonRows) fork(first, last bool) parser {
	return &jsonRows{
		o: p.o, json: jsonReader{o: p.o, text: jsonText{invalidUTF8: p.o.AllowInvalidUTF8}},
		byName: p.byName, array: p.array, started: !first, open: !last,
	}
}

// cut implements splittable. Where a } is followed by a line end and a {, with
// nothing but white space between, a row ends: inside a row a comma would stand
// there. (A string may hold such a text too if its line end is not escaped, which
// is no JSON; its row then is refused as incomplete.) In an array of rows, and
// when the whole text has no such place, brackets are counted.
func (p *jsonRows) cut(text []byte, _ bool) int {
	for end := len(text); !p.array; {
		i := bytes.LastIndexByte(text[:end], '\n')
		if i < 0 {
			break
		}
		before, after := bytes.TrimRight(text[:i], " \t\r\n"), bytes.TrimLeft(text[i:], " \t\r\n")
		if len(before) > 0 && before[len(before)-1] == '}' && len(after) > 0 && after[0] == '{' {
			return i + 1
		}
		end = len(before)
	}
	end, c := 0, cursor{buf: text, final: true}
	for {
		c.space()
		if c.take(',') {
			c.space()
		}
		if c.pos == len(text) || c.peek() == ']' || c.peek() == ';' {
			return end
		}
		if c.peek() != '{' {
			return len(text) // malformed: the part's reader says how
		}
		if err := skipJSON(&c); err != nil {
			if pe, ok := errors.AsType[*parseError](err); ok && len(text)-pe.pos >= lookahead {
				return len(text)
			}
			return end
		}
		end = c.pos
	}
}
