package format

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/freshetdb/freshet/columnar/chcode"
	"github.com/freshetdb/freshet/columnar/types"
)

// RowError is the cause of the error for a malformed row, for callers who need
// its place in a form other than the sentence.
type RowError struct {
	Row      int64  // from 1, in the whole input
	Column   string // "" when no column is to blame
	Reason   string
	Fragment string // the row's text around the fault, cut
}

// Error is the reason with its place.
func (e *RowError) Error() string {
	if e.Column == "" {
		return fmt.Sprintf("row %d: %s", e.Row, e.Reason)
	}
	return fmt.Sprintf("row %d, column %s: %s", e.Row, e.Column, e.Reason)
}

// parseError is a fault at a place of the window, before the row's number and
// text are added.
type parseError struct {
	code   chcode.Code
	reason string
	column string
	pos    int
}

func (e *parseError) Error() string { return e.reason }

// errMore says that the window ends before the row does, or before one begins.
var errMore = errors.New("more input is needed")

// user is the error that users see.
func (e *parseError) user(row int64, fragment []byte) *chcode.Error {
	cause := &RowError{Row: row, Column: e.column, Reason: e.reason}
	if len(fragment) > 0 {
		cause.Fragment = clip(fragment)
	}
	return &chcode.Error{Code: e.code, Msg: cause.sentence(), Err: cause}
}

// sentence is all that is known, with the row's number as ClickHouse writes it.
func (e *RowError) sentence() string {
	var b strings.Builder
	b.WriteString(e.Reason)
	if e.Column != "" {
		fmt.Fprintf(&b, ": (while reading the value of column %s)", e.Column)
	}
	fmt.Fprintf(&b, ": (at row %d)", e.Row)
	if e.Fragment != "" {
		b.WriteString(", near ")
		b.WriteString(e.Fragment)
	}
	return b.String()
}

// clip makes a fragment of input fit to be printed: cut, one line, UTF-8.
func clip(text []byte) string {
	cut := len(text) > maxFragment
	if cut {
		text = text[:maxFragment]
		for len(text) > 0 && !utf8.RuneStart(text[len(text)-1]) {
			text = text[:len(text)-1]
		}
		if n := len(text); n > 0 && text[n-1] >= utf8.RuneSelf {
			text = text[:n-1]
		}
	}
	s := fmt.Sprintf("%q", text)
	if cut {
		s += "…"
	}
	return s
}

// isParseError tells whether ClickHouse lets input_format_allow_errors_* skip a
// row that failed with the code.
func isParseError(c chcode.Code) bool {
	switch c {
	case chcode.CannotParseInputAssertionFailed, chcode.CannotParseQuotedString, chcode.CannotParseDate,
		chcode.CannotParseDatetime, chcode.CannotParseNumber, chcode.CannotParseUUID, chcode.CannotParseBool,
		chcode.CannotReadArrayFromText, chcode.CannotReadAllData, chcode.TooLargeStringSize,
		chcode.ArgumentOutOfBound, chcode.IncorrectData, chcode.SyntaxError, chcode.CannotParseText,
		chcode.CannotParseDomainValueFromString, chcode.CannotParseIPv4, chcode.CannotParseIPv6,
		chcode.AttemptToReadAfterEOF, chcode.UnknownElementOfEnum, chcode.CannotParseEscapeSequence,
		chcode.ValueIsOutOfRangeOfDataType, chcode.DecimalOverflow, chcode.CannotInsertNullInOrdinaryColumn:
		return true
	default:
		return false
	}
}

// fault makes a parseError of what a field said about a text at pos; nil stays
// nil.
func (c *cursor) fault(err error, pos int, text []byte, f *field) error {
	if err == nil {
		return nil
	}
	user, ok := errors.AsType[*chcode.Error](types.TextError(err, text, *f.t))
	if !ok {
		return err
	}
	code := user.Code
	switch fault, _ := errors.AsType[types.TextFault](err); fault {
	case types.FaultTrailing, types.FaultShort:
		code = chcode.CannotParseInputAssertionFailed
	case types.FaultNumber:
		if f.t.IsInteger() && (len(text) == 0 || text[0] != '-') {
			code = chcode.CannotParseInputAssertionFailed
		}
	default:
	}
	return &parseError{code: code, reason: user.Msg, pos: pos}
}
