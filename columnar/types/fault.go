//nolint:errname // a fault is a reason; TextError makes the error of it
package types

import (
	"fmt"

	"github.com/freshetdb/freshet/columnar/chcode"
)

// TextFault says why a text is not a value of a type. The parsers return it as
// their error because it costs nothing on dirty data; [TextError] makes of it
// the error that users see.
type TextFault uint8

// The faults of texts.
const (
	FaultNone     TextFault = iota
	FaultShort              // ends before the value does
	FaultTrailing           // goes on after the value
	FaultNumber             // not a number
	FaultRange              // a number that does not fit the type; the parser also returns it wrapped around
	FaultDigits             // more digits than the Decimal holds
	FaultOverflow           // decimal arithmetic overflowed
	FaultDate
	FaultDateTime
	FaultUUID
	FaultIPv4
	FaultIPv6
	FaultBool
	FaultEnum
)

// Error names the fault.
func (f TextFault) Error() string {
	switch f {
	case FaultShort:
		return "value is too short"
	case FaultTrailing:
		return "unexpected characters after the value"
	case FaultNumber:
		return "not a number"
	case FaultRange:
		return "number is out of range"
	case FaultDigits:
		return "too many digits in decimal value"
	case FaultOverflow:
		return "decimal math overflow"
	case FaultDate:
		return "not a date"
	case FaultDateTime:
		return "not a date with time"
	case FaultUUID:
		return "not a UUID"
	case FaultIPv4:
		return "not an IPv4 address"
	case FaultIPv6:
		return "not an IPv6 address"
	case FaultBool:
		return "not a boolean"
	case FaultEnum:
		return "unknown element of enum"
	default:
		return "no fault"
	}
}

// Code is ClickHouse's code of the fault.
func (f TextFault) Code() chcode.Code {
	switch f {
	case FaultShort:
		return chcode.AttemptToReadAfterEOF
	case FaultNumber:
		return chcode.CannotParseNumber
	case FaultRange:
		return chcode.ValueIsOutOfRangeOfDataType
	case FaultDigits:
		return chcode.ArgumentOutOfBound
	case FaultOverflow:
		return chcode.DecimalOverflow
	case FaultDate:
		return chcode.CannotParseDate
	case FaultDateTime:
		return chcode.CannotParseDatetime
	case FaultUUID:
		return chcode.CannotParseUUID
	case FaultIPv4:
		return chcode.CannotParseIPv4
	case FaultIPv6:
		return chcode.CannotParseIPv6
	case FaultBool:
		return chcode.CannotParseBool
	case FaultEnum:
		return chcode.UnknownElementOfEnum
	default:
		return chcode.CannotParseText
	}
}

// maxFaultText is how much of a faulty text an error repeats.
const maxFaultText = 64

// TextError is the user's error for a fault that a parser of this package
// returned for text, read as a value of type t.
func TextError(err error, text []byte, t Type) error {
	f, ok := err.(TextFault) //nolint:errorlint // the parsers return it bare
	if !ok {
		return err
	}
	shown := text
	if len(shown) > maxFaultText {
		shown = append(shown[:maxFaultText:maxFaultText], "…"...)
	}
	if f == FaultEnum && t.Enum != nil {
		return chcode.Errorf(f.Code(), "Unknown element '%s' for enum%s", shown, nearestName(t.Enum, string(text)))
	}
	return &chcode.Error{
		Code: f.Code(),
		Msg:  fmt.Sprintf("Cannot parse string '%s' as %s: %s", shown, t, f.Error()),
		Err:  f,
	}
}

func nearestName(e *Enum, name string) string {
	if at := nearest(name, len(name)/2+2, e.Names()); at != "" {
		return ", maybe you meant: ['" + at + "']"
	}
	return ""
}

// maxNameDistance is how different a suggested name may be.
const maxNameDistance = 4

// Hint suggests the nearest of some names, for the end of an error's text; it is
// empty when none is near.
func Hint(name string, names []string) string {
	if at := nearest(name, min(maxNameDistance, len(name)/2+1), names); at != "" {
		return ". Maybe you meant: ['" + at + "']"
	}
	return ""
}

func nearest(name string, best int, names []string) (at string) {
	for _, n := range names {
		if d := EditDistance(name, n, best); d < best {
			best, at = d, n
		}
	}
	return at
}

// EditDistance is the number of insertions, deletions and substitutions of
// bytes that make b of a, or limit when it is at least that. Letters count as
// equal in either case.
func EditDistance(a, b string, limit int) int {
	if len(a)-len(b) >= limit || len(b)-len(a) >= limit {
		return limit
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diag := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diag
			if lowerByte(a[i]) != lowerByte(b[j]) {
				cost++
			}
			diag = row[j+1]
			row[j+1] = min(cost, row[j]+1, diag+1)
		}
	}
	return min(row[len(b)], limit)
}

func lowerByte(c byte) byte {
	if c >= 'A' && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}
