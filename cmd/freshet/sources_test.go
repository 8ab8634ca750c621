package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/freshetdb/freshet/columnar/chcode"
	"github.com/freshetdb/freshet/query/engine"
	"github.com/freshetdb/freshet/query/sqltest"
)

// TestLogFileOfANode follows a log with lines that are no rows: they are counted and warned of; with the table go its
// positions.
func TestLogFileOfANode(t *testing.T) {
	cfg := DefaultConfig()
	cfg.DataDir, cfg.HTTPAddr, cfg.Shards = t.TempDir(), "127.0.0.1:0", 2
	n, err := openNode(t.Context(), cfg, discard())
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := n.close(); err != nil {
			t.Error(err)
		}
	}()
	ask := func(sql string) string {
		t.Helper()
		var out answer
		if _, err := n.engine.Execute(t.Context(), &engine.Request{SQL: sql, Session: engine.NewSession("default")}, &out); err != nil {
			t.Fatal(err)
		}
		return strings.TrimSpace(out.String())
	}
	until := func(sql, want string) {
		t.Helper()
		tick := time.NewTicker(20 * time.Millisecond)
		defer tick.Stop()
		for ask(sql) != want {
			<-tick.C
		}
	}
	path := filepath.Join(t.TempDir(), "app.log")
	lines := "{\"a\":1,\"s\":\"x\"}\nnonsense\n{\"a\":2,\"s\":\"y\"}\n{\"a\":\n"
	if err := os.WriteFile(path, []byte(lines), 0o600); err != nil {
		t.Fatal(err)
	}
	ask("CREATE TABLE l (a UInt32, s String) ENGINE = LogFile('" + path + "', 'JSONEachRow')")
	until("SELECT count(), sum(a) FROM l", "2\t3")
	const metric = `logfile_malformed_lines_total{database="default",table="l"}`
	until("SELECT value FROM system.metrics WHERE metric = '"+metric+"'", "2")
	if got := ask("SELECT database, table, message FROM system.warnings"); !strings.HasPrefix(got, "default\tl\t2 lines of log files") ||
		!strings.Contains(got, path+":41") {
		t.Errorf("system.warnings: %s", got)
	}
	source := "logfile:" + n.cluster.Catalog().Find("default", "l").UUID
	if p := n.cluster.Positions(source); len(p) != 1 {
		t.Errorf("positions %v of one file", p)
	}
	ask("DROP TABLE l")
	if p := n.cluster.Positions(source); len(p) != 0 {
		t.Errorf("positions %v of a table that is gone", p)
	}
	if got := ask("SELECT count() FROM system.metrics WHERE metric LIKE 'logfile%'"); got != "0" {
		t.Errorf("%s metrics of a table that is gone", got)
	}
	ask("CREATE TABLE c (time DateTime, status UInt16, foo String, seen Date DEFAULT today(), bar Int8) ENGINE = LogFile('" + path + ".none', combined)")
	if got := ask("SELECT table, message FROM system.warnings WHERE message LIKE 'LogFile%'"); got !=
		"c\tLogFile: no line has the columns foo, bar; they keep their defaults" {
		t.Errorf("system.warnings: %s", got)
	}
}

// TestLogFileThatCanNotBeFollowed is refused by CREATE, and INSERT into one that can, and nothing is changed.
func TestLogFileThatCanNotBeFollowed(t *testing.T) {
	target := newTarget(t, sqltest.Start{Shards: 1})
	ask := func(sql string) (string, error) { return target.Exec(t.Context(), "default", sql) }
	for _, x := range []struct {
		columns, args string
		code          chcode.Code
		part          string
	}{
		{"x UInt8", "'/l/*.log', combined", 36, "no column that lines of combined fill: they have remote_addr"},
		{"x UInt8", "'/l/*.log', regexp, '(?P<y>.*)'", 36, "no column that lines of regexp fill: they have y"},
		{"x UInt8 MATERIALIZED 1", "'/l/*.log', JSONEachRow", 36, "no column that lines of JSON fill"},
		{"x UInt8", "'/l/*.log', ''", 36, `LogFile reads combined, JSONEachRow and regexp, not ""`},
		{"x UInt8", "'', JSONEachRow", 36, "no pattern of file names"},
		{"x UInt8", "'/l/', JSONEachRow", 36, "no pattern of file names"},
		{"x UInt8", "'/l/*/a.log', JSONEachRow", 36, "no pattern of file names"},
		{"x UInt8", "'/l/[', JSONEachRow", 36, "no pattern of file names"},
		{"x UInt8", "'/l/*.log', regexp, '('", 36, "error parsing regexp"},
		{"x UInt8", "'/l/*.log', regexp, '.*'", 36, "no named group"},
		{"x UInt8", "'/l/*.log', regexp", 42, "named groups"},
		{"method String", "'/l/*.log', combined, 'x'", 42, "takes no expression"},
	} {
		_, err := ask("CREATE TABLE bad (" + x.columns + ") ENGINE = LogFile(" + x.args + ")")
		if err == nil || !strings.Contains(err.Error(), x.part) || chcode.Of(err) != x.code {
			t.Errorf("LogFile(%s) of %s: %v", x.args, x.columns, err)
		}
	}
	if _, err := ask("CREATE TABLE bad ENGINE = LogFile('/l/*.log', JSONEachRow) AS SELECT 1 AS x"); err == nil || chcode.Of(err) != chcode.NotImplemented {
		t.Errorf("AS SELECT: %v", err)
	}
	if got, err := ask("EXISTS TABLE bad"); err != nil || got != "0\n" {
		t.Errorf("a table that was refused exists: %s, %v", got, err)
	}
	if _, err := ask("CREATE TABLE good (method String) ENGINE = LogFile('" + t.TempDir() + "/*.log', combined)"); err != nil {
		t.Fatal(err)
	}
	for _, sql := range []string{"INSERT INTO good VALUES ('x')", "INSERT INTO good SELECT 'x'", "INSERT INTO good FORMAT TSV\nx\n"} {
		if _, err := ask(sql); err == nil || chcode.Of(err) != chcode.NotImplemented {
			t.Errorf("%s: %v", sql, err)
		}
	}
	if got, err := ask("SELECT count() FROM good"); err != nil || got != "0\n" {
		t.Errorf("%s rows, %v", got, err)
	}
}
