package sqltest

import (
	"context"
	"errors"
	"regexp"
	"strconv"

	"github.com/freshetdb/freshet/columnar/chcode"
)

// Target answers SQL. The runner calls it from one goroutine, one call at a
// time. A target that has no such thing as a flush, restart, merge or demotion
// returns nil for it.
type Target interface {
	// Exec runs one statement in a database and returns what it prints in
	// TabSeparated. The text of an error holds "Code: 47.", or the error's chain a
	// [chcode.Error] or anything with ErrCode() int.
	Exec(ctx context.Context, database, sql string) (tsv string, err error)
	// Flush writes what is in memory into segments.
	Flush(ctx context.Context) error
	// Restart stops the target and starts it again over the same data.
	Restart(ctx context.Context) error
	// Merge merges the segments of every table as far as they go.
	Merge(ctx context.Context) error
	// Demote makes code columns plain from here on, as if they had turned out to
	// be free text.
	Demote(ctx context.Context) error
}

// codeInText finds the code in an error body of ClickHouse's HTTP interface.
var codeInText = regexp.MustCompile(`\bCode: (\d+)\.`)

// errorCode finds the ClickHouse code of an error, 0 when it has none.
func errorCode(err error) int {
	if e, ok := errors.AsType[interface {
		error
		ErrCode() int
	}](err); ok {
		return e.ErrCode()
	}
	if e, ok := errors.AsType[*chcode.Error](err); ok {
		return int(e.Code)
	}
	if m := codeInText.FindStringSubmatch(err.Error()); m != nil {
		if code, err := strconv.Atoi(m[1]); err == nil {
			return code
		}
	}
	return 0
}
