package segment

import (
	"errors"
	"fmt"
)

// CorruptError says that a segment's file is not what was written.
type CorruptError struct {
	File   string // path of the file
	Column string // name when written; "" when it is no column's part
	Batch  int    // record batch; -1 when it is none's
	What   string
}

// Error names file, column and batch.
func (e *CorruptError) Error() string {
	s := "segment file " + e.File + " is damaged"
	if e.Column != "" {
		s += ": column " + e.Column
	}
	if e.Batch >= 0 {
		s += fmt.Sprintf(": batch %d", e.Batch)
	}
	return s + ": " + e.What
}

// errIndex is wrapped by what decoding an index refuses.
var errIndex = errors.New("malformed index")
