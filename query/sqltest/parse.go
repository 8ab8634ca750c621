package sqltest

import (
	"fmt"
	"os"
	"strconv"
	"strings"
)

// emptyRow stands for a row that prints as nothing: one empty string.
const emptyRow = "(empty)"

// ParseError is a mistake in a corpus file.
type ParseError struct {
	Path string
	Line int
	Msg  string
}

// Error is path:line: what is wrong.
func (e *ParseError) Error() string { return fmt.Sprintf("%s:%d: %s", e.Path, e.Line, e.Msg) }

// Parse reads a corpus file.
func Parse(path string) ([]Record, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read corpus file: %w", err)
	}
	return ParseText(path, string(text))
}

// ParseText parses the text of a corpus file; path is for messages.
func ParseText(path, text string) ([]Record, error) {
	p := &parser{path: path, lines: strings.Split(strings.TrimSuffix(text, "\n"), "\n")}
	var records []Record
	for p.skipBlank() {
		r, err := p.record()
		if err != nil {
			return nil, err
		}
		records = append(records, r)
	}
	return records, nil
}

type parser struct {
	path  string
	lines []string
	at    int // index of the next line
}

func (p *parser) errorf(line int, format string, args ...any) error {
	return &ParseError{Path: p.path, Line: line, Msg: fmt.Sprintf(format, args...)}
}

// skipBlank moves to the next record; false at the end.
func (p *parser) skipBlank() bool {
	for p.at < len(p.lines) {
		if l := p.lines[p.at]; l != "" && l[0] != '#' {
			return true
		}
		p.at++
	}
	return false
}

// block takes the lines up to an empty line or, when given, the stop line,
// which it consumes; found tells whether it was the stop line that ended it.
func (p *parser) block(stop string) (lines []string, found bool) {
	for p.at < len(p.lines) && p.lines[p.at] != "" {
		l := p.lines[p.at]
		p.at++
		if stop != "" && l == stop {
			return lines, true
		}
		lines = append(lines, l)
	}
	return lines, false
}

func (p *parser) record() (Record, error) {
	r := Record{Path: p.path}
	for {
		words := strings.Fields(p.lines[p.at])
		if len(words) == 0 {
			return r, p.errorf(p.at+1, "skipif or onlyif without a record")
		}
		if words[0] != "skipif" && words[0] != "onlyif" {
			break
		}
		if len(words) != 2 {
			return r, p.errorf(p.at+1, "%s takes one name of a configuration", words[0])
		}
		if words[0] == "skipif" {
			r.SkipIf = append(r.SkipIf, words[1])
		} else {
			r.OnlyIf = append(r.OnlyIf, words[1])
		}
		p.at++
		if p.at == len(p.lines) {
			return r, p.errorf(p.at, "%s without a record", words[0])
		}
	}
	r.Line = p.at + 1
	words := strings.Fields(p.lines[p.at])
	p.at++
	switch words[0] {
	case "statement":
		return r, p.statement(&r, words[1:])
	case "query":
		return r, p.query(&r, words[1:])
	case "print":
		return r, p.print(&r, words[1:])
	case "skipfile":
		return r, p.skipFile(&r, words[1:])
	case "flush", "restart", "merge", "demote":
		return r, p.directive(&r, words)
	default:
		return r, p.errorf(r.Line, "unknown record %q", words[0])
	}
}

func (p *parser) directive(r *Record, words []string) error {
	if len(words) != 1 {
		return p.errorf(r.Line, "%s takes nothing", words[0])
	}
	switch words[0] {
	case "flush":
		r.Kind = Flush
	case "restart":
		r.Kind = Restart
	case "merge":
		r.Kind = Merge
	default:
		r.Kind = Demote
	}
	return nil
}

func (p *parser) skipFile(r *Record, words []string) error {
	r.Kind = SkipFile
	if len(words) == 0 {
		return p.errorf(r.Line, "skipfile takes names of configurations")
	}
	r.SkipIf = append(r.SkipIf, words...)
	return nil
}

func (p *parser) statement(r *Record, words []string) error {
	switch {
	case len(words) == 1 && words[0] == "ok":
		r.Kind = StatementOK
	case len(words) == 2 && words[0] == "error":
		r.Kind = StatementError
		for w := range strings.SplitSeq(words[1], "|") {
			code, err := strconv.Atoi(w)
			if err != nil || code <= 0 {
				return p.errorf(r.Line, "%q is no error code", w)
			}
			r.Codes = append(r.Codes, code)
		}
	default:
		return p.errorf(r.Line, "statement is followed by ok, or error and its code")
	}
	lines, _ := p.block("")
	if len(lines) == 0 {
		return p.errorf(r.Line, "statement without SQL")
	}
	r.SQL = strings.Join(lines, "\n")
	return nil
}

func (p *parser) query(r *Record, words []string) error {
	r.Kind = Query
	if len(words) == 0 || strings.Trim(words[0], "ITR") != "" {
		return p.errorf(r.Line, "query is followed by a letter a column: I, T or R")
	}
	r.Columns = words[0]
	cut := false
	for _, w := range words[1:] {
		if err := p.option(r, w); err != nil {
			return err
		}
		cut = cut || strings.HasPrefix(w, "cut=")
	}
	if cut && r.Order != TiesInAnyOrder {
		return p.errorf(r.Line, "cut= goes with ties=")
	}
	if err := p.answered(r, "query"); err != nil {
		return err
	}
	for i, row := range r.Want {
		if n := strings.Count(row, "\t") + 1; n != len(r.Columns) {
			return p.errorf(p.at-len(r.Want)+i+1, "row has %d columns, query %s has %d", n, r.Columns, len(r.Columns))
		}
	}
	return nil
}

func (p *parser) print(r *Record, words []string) error {
	r.Kind = Print
	if len(words) != 0 {
		return p.errorf(r.Line, "print takes nothing")
	}
	return p.answered(r, "print")
}

// answered parses SQL, ---- and the lines of its answer.
func (p *parser) answered(r *Record, word string) error {
	lines, found := p.block("----")
	if len(lines) == 0 {
		return p.errorf(r.Line, "%s without SQL", word)
	}
	if !found {
		return p.errorf(r.Line, "%s without ---- and its answer", word)
	}
	r.SQL = strings.Join(lines, "\n")
	r.Want, _ = p.block("")
	for i, row := range r.Want {
		if row == emptyRow {
			r.Want[i] = ""
		}
	}
	return nil
}

func (p *parser) option(r *Record, word string) error {
	switch name, value, _ := strings.Cut(word, "="); {
	case word == "nosort":
		r.Order = InOrder
	case word == "rowsort":
		r.Order = AnyOrder
	case name == "ties":
		r.Order = TiesInAnyOrder
		for w := range strings.SplitSeq(value, ",") {
			n, err := strconv.Atoi(w)
			if err != nil || n < 1 || n > len(r.Columns) {
				return p.errorf(r.Line, "ties: %q is no column of %d", w, len(r.Columns))
			}
			r.Ties = append(r.Ties, n-1)
		}
	case word == "cut=last":
		r.Cut = CutLast
	case word == "cut=both":
		r.Cut = CutBoth
	case word == "cut=none":
		r.Cut = CutNone
	default:
		return p.errorf(r.Line, "unknown word %q after query", word)
	}
	return nil
}
