package sqltest

import (
	"fmt"
	"strings"
)

// Failure is a record that did not do what it should.
type Failure struct {
	Record Record
	Msg    string   // what is wrong, in a line
	Got    []string // the rows that came, when rows came
	// After is the line of the first statement of the file that should have
	// succeeded and did not; 0 when there was none before. What comes after it
	// may fail for no other reason.
	After int
}

// String is the failure as go test prints it: place, SQL, what is wrong, and
// wanted and given rows.
func (f *Failure) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s:%d: %s\n    %s", f.Record.Path, f.Record.Line, f.Msg, f.Record.brief())
	if f.Got != nil && f.Record.Kind != StatementError {
		b.WriteString("\n" + rowsSideBySide(f.Record.Want, f.Got))
	}
	return b.String()
}

// rowsSideBySide prints both answers one after the other, marking rows that the
// other side has not.
func rowsSideBySide(want, got []string) string {
	return listRows("want", want, got) + "\n" + listRows("got ", got, want)
}

func listRows(title string, rows, other []string) string {
	missing := make(map[string]int, len(other))
	for _, r := range other {
		missing[r]++
	}
	var b strings.Builder
	fmt.Fprintf(&b, "    %s %d rows (* not on the other side)", title, len(rows))
	for i, r := range rows {
		mark := ' '
		if missing[r]--; missing[r] < 0 {
			mark = '*'
		}
		if i < rowsShownMax {
			fmt.Fprintf(&b, "\n    %c %s", mark, r)
		}
	}
	if n := len(rows) - rowsShownMax; n > 0 {
		fmt.Fprintf(&b, "\n      … and %d more", n)
	}
	return b.String()
}

// Report is what came of a run.
type Report struct {
	Passed   int
	Skipped  int // by skipif, onlyif and skipfile
	Failures []Failure
}

// follow counts the failures that come after a failed statement of their file.
func (r *Report) follow() int {
	n := 0
	for i := range r.Failures {
		if r.Failures[i].After > 0 {
			n++
		}
	}
	return n
}

func (r *Report) add(o Report) {
	r.Passed += o.Passed
	r.Skipped += o.Skipped
	r.Failures = append(r.Failures, o.Failures...)
}

// String is the counts in a line.
func (r *Report) String() string {
	s := fmt.Sprintf("%d records passed, %d failed, %d skipped", r.Passed, len(r.Failures), r.Skipped)
	if n := r.follow(); n > 0 {
		s += fmt.Sprintf("; %d failed after a statement of their file", n)
	}
	return s
}
