package main

import (
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/freshetdb/freshet/query/engine"
	"github.com/freshetdb/freshet/query/sqltest"
)

// TestBodyDamagedBehindTheRows inserts data whose end is told by the format, and behind which the body can't be read.
func TestBodyDamagedBehindTheRows(t *testing.T) {
	target := newTarget(t, sqltest.Start{Shards: 1})
	ask := func(sql string) string {
		t.Helper()
		out, err := target.Exec(t.Context(), "default", sql)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	ask("CREATE TABLE t (x UInt32) ENGINE = MergeTree ORDER BY x")
	damaged := errors.New("damaged")
	for _, name := range []string{"ArrowStream", "Arrow", "Native", "TSV"} {
		rows := ask("SELECT number::UInt32 AS x FROM numbers(100) FORMAT " + name)
		for _, end := range []error{nil, damaged} {
			body := io.Reader(strings.NewReader(rows))
			if end != nil {
				body = io.MultiReader(body, iotest.ErrReader(end))
			}
			_, err := target.n.engine.Execute(t.Context(), &engine.Request{
				SQL: "INSERT INTO t FORMAT " + name, Body: body, Session: engine.NewSession("default"),
			}, &answer{})
			if !errors.Is(err, end) {
				t.Errorf("%s, damaged %t: %v", name, end != nil, err)
			}
		}
	}
	if got := ask("SELECT count() FROM t"); got != "400\n" {
		t.Errorf("%s rows, wanted those of 4 whole inserts", got)
	}
}
