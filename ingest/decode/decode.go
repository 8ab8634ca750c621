// Package decode turns lines of logs into rows: one file per format.
package decode

import (
	"errors"
	"fmt"
	"strings"

	"github.com/freshetdb/freshet/columnar/table"
)

// ErrMalformed says that a line is not of its format.
var ErrMalformed = errors.New("malformed line")

// Fields takes a line apart into named fields. Emit is called once per field
// that is there; values share memory with line.
type Fields interface {
	// Names are all fields that lines may have.
	Names() []string
	// Split calls emit for the fields of a line, or returns ErrMalformed before
	// the first call.
	Split(line []byte, emit func(field int, value []byte)) error
}

// For finds the decoder of a LogFile source: combined or regexp. JSON lines have
// no Fields: format.NewReader reads them; ok is false.
func For(s *table.Source) (f Fields, ok bool, err error) {
	switch strings.ToLower(s.Args[1]) {
	case "combined":
		return combined{}, true, nil
	case "regexp":
		f, err := newRegexp(s.Args[2])
		return f, true, err
	case "jsoneachrow":
		return nil, false, nil
	default:
		return nil, false, fmt.Errorf("unknown log format %s", s.Args[1])
	}
}
