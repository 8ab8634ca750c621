package parse

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// The codes of ClickHouse that parsing can end with.
const (
	CodeSyntaxError      = 62
	CodeTooDeepRecursion = 306
	CodeTooBigAST        = 168

	CodeWithTiesWithoutOrderBy = 476
	CodeFetchWithoutOrderBy    = 628
)

// Error says why and where a text is not a statement.
type Error struct {
	// Code is ClickHouse's code of the error.
	Code int
	// Offset is the byte in the text; Line and Col count from one, Col in characters.
	Offset, Line, Col int
	// Msg is the whole message as ClickHouse words it.
	Msg string
	// Expected are the things that could have stood at Offset, sorted.
	Expected []string
}

// Error returns the message.
func (e *Error) Error() string { return e.Msg }

// maxFragment is how much of the text behind the error a message shows, in bytes.
const maxFragment = 160

// newSyntaxError words an error at the token t as ClickHouse does.
func newSyntaxError(text string, t token, expected []string) *Error {
	e := newError(text, t.start, CodeSyntaxError)
	e.Expected = expected
	var b strings.Builder
	if t.kind == tBad {
		b.WriteString(t.str)
		b.WriteString(": ")
	}
	what := "end of query"
	if t.kind != tEOF {
		what = fragment(text[t.start:t.end])
	}
	fmt.Fprintf(&b, "Syntax error: failed at position %d (%s)", t.start+1, what)
	if e.Line > 1 || strings.Contains(text, "\n") {
		fmt.Fprintf(&b, " (line %d, col %d)", e.Line, e.Col)
	}
	fmt.Fprintf(&b, ": %s. ", fragment(text[t.start:]))
	if t.kind != tBad {
		switch len(expected) {
		case 0:
		case 1:
			b.WriteString("Expected " + expected[0])
		default:
			b.WriteString("Expected one of: " + strings.Join(expected, ", "))
		}
	}
	e.Msg = strings.TrimRight(b.String(), " ")
	return e
}

func newError(text string, offset, code int) *Error {
	before := text[:offset]
	line := strings.Count(before, "\n") + 1
	col := utf8.RuneCountInString(before[strings.LastIndexByte(before, '\n')+1:]) + 1
	return &Error{Code: code, Offset: offset, Line: line, Col: col}
}

func fragment(s string) string {
	if len(s) <= maxFragment {
		return s
	}
	cut := maxFragment
	for cut > 0 && !utf8.RuneStart(s[cut]) {
		cut--
	}
	return s[:cut] + "..."
}

// expectations gathers what was looked for at the farthest token, so that the message names the
// place where the text went wrong and not where an attempt began.
type expectations struct {
	at    int
	words []string
}

func (x *expectations) add(at int, what string) {
	if at < x.at {
		return
	}
	if at > x.at {
		x.at, x.words = at, x.words[:0]
	}
	x.words = append(x.words, what)
}

// reach moves the farthest place without an expectation.
func (x *expectations) reach(at int) {
	if at > x.at {
		x.at, x.words = at, x.words[:0]
	}
}

func (x *expectations) sorted() []string {
	out := slices.Clone(x.words)
	slices.Sort(out)
	return slices.Compact(out)
}
