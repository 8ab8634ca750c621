package parse

import (
	"iter"
	"strings"

	"github.com/freshetdb/freshet/query/ast"
)

// Part is one statement of a script.
type Part struct {
	Statement ast.Statement
	// Start and End are where the statement stands in the script, inline data included and the
	// semicolon not. Spans and Insert.DataOffset count from the beginning of the script, too.
	Start, End int
}

// Script yields the statements of a text one after the other. Empty statements are left out. After an
// error, which is *Error, it yields nothing more.
//
// The inline data of INSERT ... VALUES ends at the first semicolon outside of strings. That of other
// formats ends with the line whose last character is a semicolon, at an empty line, or with the text.
func Script(sql string, lim Limits) iter.Seq2[Part, error] {
	return func(yield func(Part, error) bool) {
		for at := 0; ; {
			at = skipEmpty(sql, at)
			if at >= len(sql) {
				return
			}
			s, rest, err := statementAt(sql, at, lim)
			if err != nil {
				yield(Part{}, err)
				return
			}
			end := rest
			if ins, ok := s.(*ast.Insert); ok && ins.DataOffset >= 0 {
				end, rest = dataEnd(sql, ins)
			} else if end > at && sql[end-1] == ';' {
				end--
			}
			if !yield(Part{Statement: s, Start: at, End: end}, nil) {
				return
			}
			at = rest
		}
	}
}

// skipEmpty moves past blanks, comments and lone semicolons.
func skipEmpty(sql string, at int) int {
	l := lexer{text: sql, pos: at}
	for {
		t := l.next()
		if t.kind != tSemicolon {
			return t.start
		}
	}
}

// dataEnd returns where the inline data of a script's INSERT ends and where the next statement begins.
func dataEnd(sql string, n *ast.Insert) (end, rest int) {
	if n.Format == "Values" {
		l := lexer{text: sql, pos: n.DataOffset}
		for {
			switch t := l.next(); t.kind {
			case tSemicolon:
				return t.start, t.end
			case tEOF, tBad:
				return len(sql), len(sql)
			default:
			}
		}
	}
	for at := n.DataOffset; at < len(sql); {
		line, _, more := strings.Cut(sql[at:], "\n")
		next := at + len(line)
		trimmed := strings.TrimRight(line, " \t\r")
		switch {
		case strings.HasSuffix(trimmed, ";"):
			return at + len(trimmed) - 1, next
		case trimmed == "" && at > n.DataOffset:
			return at, next
		case !more:
			return len(sql), len(sql)
		}
		at = next + 1
	}
	return len(sql), len(sql)
}
