package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/freshetdb/freshet/query/engine"
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
