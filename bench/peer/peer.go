// Package peer runs the systems that are compared, each in a process of its own:
// Freshet over HTTP, ClickHouse and DuckDB inside of Node.js, or any server that
// speaks ClickHouse's HTTP interface by its URL. It also compares their answers
// and reads from /proc what a process used.
package peer

import (
	"context"
	"time"
)

// Kind is a family of systems that one dialect and one layout are for.
type Kind string

// The kinds.
const (
	Freshet    Kind = "freshet"
	ClickHouse Kind = "clickhouse"
	DuckDB     Kind = "duckdb"
)

// Answer is what a statement gave.
type Answer struct {
	Text string        // TabSeparated
	Took time.Duration // Freshet and servers: with HTTP; in-process engines: without the way into their process
}

// System is one that answers SQL. It is asked by one goroutine at a time unless
// Concurrent says otherwise.
type System interface {
	Kind() Kind
	// Version is what the system says of itself.
	Version() string
	Ask(ctx context.Context, sql string) (Answer, error)
	// PID is its process, 0 when it is not on this machine.
	PID() int
	// Dir is where its data lies, "" when that is not known.
	Dir() string
	// Concurrent tells whether it may be asked by several goroutines, and works on what they ask side by side.
	Concurrent() bool
	// Close ends it; a system that was started loses its data with its folder.
	Close() error
}
