package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

func discard() *slog.Logger { return slog.New(slog.DiscardHandler) }

// mainEnv holds the arguments, a line each, of the command that the test binary is to be.
const mainEnv = "FRESHET_TEST_MAIN"

// TestMain lets the test binary be the command, and the server that tests kill.
func TestMain(m *testing.M) {
	if args := os.Getenv(mainEnv); args != "" {
		os.Args = append([]string{"freshet"}, strings.Split(args, "\n")...)
		main()
		return
	}
	if dir := os.Getenv("FRESHET_TEST_SERVE"); dir != "" {
		if err := childServe(dir); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// childServe serves a folder on a free port, which it prints, until it is killed.
func childServe(dir string) error {
	cfg := DefaultConfig()
	cfg.DataDir, cfg.HTTPAddr = dir, "127.0.0.1:0"
	n, err := openNode(context.Background(), cfg, discard())
	if err != nil {
		return err
	}
	fmt.Println(n.addr())
	return n.serve(context.Background())
}

// child is a server process of its own.
type child struct {
	cmd *exec.Cmd
	url string
}

func startChild(t *testing.T, dir string) *child {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := &child{cmd: exec.Command(exe)}
	c.cmd.Env = append(os.Environ(), "FRESHET_TEST_SERVE="+dir)
	c.cmd.Stderr = os.Stderr
	out, err := c.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatalf("the server did not come up: %v", errors.Join(err, c.cmd.Wait()))
	}
	c.url = strings.TrimSpace(line)
	return c
}

func (c *child) kill() {
	_ = c.cmd.Process.Kill() // it may be gone
	_ = c.cmd.Wait()         // killed: always an error
}

func (c *child) ask(sql, body string) (string, error) {
	res, err := http.Post(c.url+"/?query="+url.QueryEscape(sql), "text/plain", strings.NewReader(body))
	if err != nil {
		return "", err
	}
	b, err := io.ReadAll(res.Body)
	if err := errors.Join(err, res.Body.Close()); err != nil {
		return "", err
	}
	if res.StatusCode != http.StatusOK {
		return "", errors.New(string(b))
	}
	return strings.TrimSpace(string(b)), nil
}

// rounds is how often the server is killed: 100 in the long form.
func rounds() int {
	if os.Getenv("FRESHET_FAULT") == "long" {
		return 100
	}
	return 6
}

// TestKillUnderLoad kills the server with SIGKILL at random moments while four
// clients insert. Every acknowledged insert is there once, whole; one without an
// answer is there whole or not at all, and its repetition by token adds nothing.
func TestKillUnderLoad(t *testing.T) {
	dir := t.TempDir()
	c := startChild(t, dir)
	if _, err := c.ask("CREATE TABLE t (id UInt64, client UInt8, part UInt8) ENGINE = MergeTree ORDER BY id", ""); err != nil {
		t.Fatal(err)
	}
	const clients, rowsPerInsert = 4, 7
	acknowledged := make([]int, clients) // inserts 0 … n-1 of a client are safe
	for round := range rounds() {
		var wg sync.WaitGroup
		for client := range clients {
			wg.Go(func() {
				for {
					k := acknowledged[client]
					var body strings.Builder
					for p := range rowsPerInsert {
						fmt.Fprintf(&body, "%d\t%d\t%d\n", k, client, p)
					}
					sql := fmt.Sprintf("INSERT INTO t SETTINGS insert_deduplication_token = '%d-%d' FORMAT TSV", client, k)
					if _, err := c.ask(sql, body.String()); err != nil {
						return // the server is gone; the insert is repeated after the restart
					}
					acknowledged[client]++
				}
			})
		}
		<-time.After(time.Duration(20+rand.IntN(200)) * time.Millisecond)
		c.kill()
		wg.Wait()
		c = startChild(t, dir)
		checkRows(t, c, acknowledged, rowsPerInsert, round)
		if t.Failed() {
			break
		}
	}
	c.kill()
	total := 0
	for _, n := range acknowledged {
		total += n
	}
	if total == 0 {
		t.Error("no insert was ever acknowledged: the test shows nothing")
	}
	t.Logf("%d inserts were acknowledged over %d kills", total, rounds())
}

func checkRows(t *testing.T, c *child, acknowledged []int, rows, round int) {
	t.Helper()
	got, err := c.ask("SELECT client, count(), uniqExact(id), max(id) FROM t GROUP BY client ORDER BY client", "")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.SplitSeq(got, "\n") {
		var client, count, inserts, last int
		if n, _ := fmt.Sscan(line, &client, &count, &inserts, &last); n != 4 {
			continue
		}
		want := acknowledged[client]
		if inserts != want && inserts != want+1 {
			t.Errorf("round %d: client %d has %d inserts, %d were acknowledged", round, client, inserts, want)
		}
		if count != inserts*rows {
			t.Errorf("round %d: client %d has %d rows of %d inserts of %d: torn or doubled", round, client, count, inserts, rows)
		}
	}
}

// TestLogFileRotatesWhileKilled writes the public access log line by line into a
// file that rotates while a table follows it and the server is killed.
func TestLogFileRotatesWhileKilled(t *testing.T) {
	lines := apacheLines(t)
	dir, logs := t.TempDir(), t.TempDir()
	path := filepath.Join(logs, "access.log")
	c := startChild(t, dir)
	sql := fmt.Sprintf(`CREATE TABLE access (time DateTime, remote_addr String, method LowCardinality(String), path String,
		status UInt16, bytes UInt64, referer String, user_agent String) ENGINE = LogFile('%s*', combined)`, path)
	if _, err := c.ask(sql, ""); err != nil {
		t.Fatal(err)
	}
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	for i, line := range lines {
		if _, err := fmt.Fprintln(file, line); err != nil {
			t.Fatal(err)
		}
		switch {
		case i%2500 == 1800: // rotate by renaming
			err = errors.Join(file.Close(), os.Rename(path, fmt.Sprintf("%s.%d", path, i)))
			if err == nil {
				file, err = os.Create(path)
			}
			if err != nil {
				t.Fatal(err)
			}
		case i%2000 == 1000:
			waitRows(t, c, i-900)
			c.kill()
			c = startChild(t, dir)
		}
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	waitRows(t, c, len(lines))
	got, err := c.ask("SELECT count(), uniqExact(remote_addr), countIf(status = 200), sum(bytes) FROM access", "")
	c.kill()
	if err != nil || got != "10000\t1753\t9126\t2747282740" {
		t.Errorf("got %q, %v", got, err)
	}
}

// waitRows waits until the table has at least n rows; the test's own deadline
// ends a wait that never does.
func waitRows(t *testing.T, c *child, n int) {
	t.Helper()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for range tick.C {
		got, err := c.ask("SELECT count() FROM access", "")
		if err != nil {
			t.Fatal(err)
		}
		var have int
		if _, err := fmt.Sscan(got, &have); err != nil {
			t.Fatal(err)
		}
		if have >= n {
			return
		}
		if t.Context().Err() != nil {
			t.Fatalf("%d of %d rows", have, n)
		}
	}
}
