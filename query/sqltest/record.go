package sqltest

import (
	"slices"
	"strings"
)

// Kind says what a record does.
type Kind uint8

// The kinds of records.
const (
	StatementOK Kind = iota
	StatementError
	Query
	Print
	Flush
	Restart
	Merge
	Demote
	SkipFile
)

// Order says how the rows of an answer are compared with the wanted ones.
type Order uint8

// The orders.
const (
	InOrder Order = iota // row by row
	AnyOrder
	TiesInAnyOrder // by [Record.Ties]
)

// Cut says which groups of equal rows a LIMIT may have cut.
type Cut uint8

// The cuts.
const (
	CutLast Cut = iota
	CutBoth
	CutNone
)

// Record is one record of a file; the package comment describes the format.
type Record struct {
	Path    string // of the file, as it was given to Parse
	Line    int    // where the record begins, counted from 1
	Kind    Kind
	SQL     string
	Codes   []int    // StatementError: one of them
	Columns string   // Query: a letter a column
	Order   Order    // Query
	Ties    []int    // TiesInAnyOrder: the columns of the key, from 0
	Cut     Cut      // TiesInAnyOrder
	Want    []string // Query, Print: the rows or lines, without line ends
	SkipIf  []string // names of configurations; of the whole file for SkipFile
	OnlyIf  []string
}

// runsIn tells whether the record belongs to the configuration.
func (r *Record) runsIn(config string) bool {
	if slices.Contains(r.SkipIf, config) {
		return false
	}
	return len(r.OnlyIf) == 0 || slices.Contains(r.OnlyIf, config)
}

// brief is the SQL in one line, cut when long.
func (r *Record) brief() string {
	s := strings.Join(strings.Fields(r.SQL), " ")
	if len(s) > briefMax {
		return s[:briefMax] + "…"
	}
	return s
}
