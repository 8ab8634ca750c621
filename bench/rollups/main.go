// Command rollups measures what rollups and unique visitors are for, beside
// ClickHouse in one run: it generates events, loads both, compares the answers and
// prints how many times faster one is than the other.
//
//	go run ./bench/rollups --chdb DIR [--rows 10000000] [--rounds 9]
//
// DIR is a folder with the npm package chdb (npm install chdb). Every question is
// asked of both systems in turn; the ratio of a turn is ClickHouse's time by
// Freshet's, and what is printed is the median of the ratios with the second least,
// below which the true median lies with less than 2 % probability at 9 turns.
package main

import (
	"bufio"
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/freshetdb/freshet/bench/gen"
)

//go:embed chdb.mjs
var worker []byte

func main() {
	if err := run(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, "rollups:", err)
		os.Exit(1)
	}
}

type config struct {
	chdb, binary string
	rows         int64
	rounds       int
}

func run(ctx context.Context) error {
	var c config
	flag.StringVar(&c.chdb, "chdb", os.Getenv("CHDB_DIR"), "folder in which npm's chdb is installed")
	flag.StringVar(&c.binary, "freshet", "bin/freshet", "the binary to measure")
	flag.Int64Var(&c.rows, "rows", 10_000_000, "events")
	flag.IntVar(&c.rounds, "rounds", 9, "turns of every question")
	flag.Parse()
	if c.chdb == "" {
		return errors.New("--chdb DIR is missing: a folder after npm install chdb")
	}
	dir, err := os.MkdirTemp("", "rollups-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	data := filepath.Join(dir, "events.jsonl")
	fmt.Fprintf(os.Stderr, "%d events …\n", c.rows)
	if err := generate(data, c.rows); err != nil {
		return err
	}
	f, err := startFreshet(ctx, c.binary, dir)
	if err != nil {
		return err
	}
	defer f.stop()
	ch, err := startClickHouse(ctx, c.chdb, dir)
	if err != nil {
		return err
	}
	defer ch.stop()
	if err := load(f, ch, data); err != nil {
		return err
	}
	return compare(f, ch, c.rounds)
}

// generate writes the events of three days.
func generate(path string, rows int64) error {
	out, err := os.Create(path)
	if err != nil {
		return err
	}
	w := bufio.NewWriterSize(out, 1<<20)
	feed := gen.New(gen.Config{
		Seed: 1, Start: time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC), Span: 72 * time.Hour, Rows: rows,
	})
	var line []byte
	for i := range rows {
		e := feed.At(i)
		line = gen.AppendJSON(line[:0], &e)
		if _, err := w.Write(line); err != nil {
			return errors.Join(err, out.Close())
		}
	}
	return errors.Join(w.Flush(), out.Close())
}

// system is one that answers SQL.
type system interface {
	// ask gives the answer as TabSeparated, and how long it took.
	ask(sql string) (string, time.Duration, error)
}

// freshet is a node that this command started.
type freshet struct {
	cmd *exec.Cmd
	url string
}

func startFreshet(ctx context.Context, binary, dir string) (*freshet, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	addr := l.Addr().String()
	if err := l.Close(); err != nil {
		return nil, err
	}
	log, err := os.Create(filepath.Join(dir, "freshet.log"))
	if err != nil {
		return nil, err
	}
	// No answer may come from the cache: what is measured is computing it.
	f := &freshet{url: "http://" + addr + "/?use_query_cache=0"}
	f.cmd = exec.CommandContext(ctx, binary, "serve", "--data-dir", filepath.Join(dir, "freshet"), "--http-addr", addr)
	f.cmd.Stdout, f.cmd.Stderr = log, log
	if err := f.cmd.Start(); err != nil {
		return nil, err
	}
	for range 100 {
		if _, _, err = f.ask("SELECT 1"); err == nil {
			return f, nil
		}
		<-time.After(100 * time.Millisecond)
	}
	f.stop()
	return nil, fmt.Errorf("start %s: %w", binary, err)
}

func (f *freshet) stop() {
	_ = f.cmd.Process.Signal(os.Interrupt)
	_ = f.cmd.Wait()
}

func (f *freshet) ask(sql string) (string, time.Duration, error) {
	return f.post(f.url, strings.NewReader(sql))
}

func (f *freshet) post(url string, body io.Reader) (string, time.Duration, error) {
	from := time.Now()
	resp, err := http.Post(url, "text/plain", body)
	if err != nil {
		return "", 0, err
	}
	text, err := io.ReadAll(resp.Body)
	took := time.Since(from)
	if err = errors.Join(err, resp.Body.Close()); err != nil {
		return "", 0, err
	}
	if resp.StatusCode != http.StatusOK {
		return "", 0, errors.New(strings.TrimSpace(string(text)))
	}
	return string(text), took, nil
}

// clickhouse is ClickHouse in a process of node.
type clickhouse struct {
	cmd *exec.Cmd
	in  io.WriteCloser
	out *bufio.Reader
}

func startClickHouse(ctx context.Context, chdb, dir string) (*clickhouse, error) {
	script := filepath.Join(dir, "chdb.mjs")
	if err := os.WriteFile(script, worker, 0o600); err != nil {
		return nil, err
	}
	c := &clickhouse{cmd: exec.CommandContext(ctx, "node", script, dir)}
	abs, err := filepath.Abs(chdb)
	if err != nil {
		return nil, err
	}
	c.cmd.Env = append(os.Environ(), "CHDB_DIR="+abs)
	c.cmd.Stderr = os.Stderr
	if c.in, err = c.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	pipe, err := c.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	c.out = bufio.NewReaderSize(pipe, 1<<20)
	if err := c.cmd.Start(); err != nil {
		return nil, err
	}
	for _, sql := range []string{"SET max_threads = 2", "SET use_query_condition_cache = 0", "CREATE DATABASE b", "USE b"} {
		if _, _, err := c.ask(sql); err != nil {
			c.stop()
			return nil, err
		}
	}
	return c, nil
}

func (c *clickhouse) stop() {
	_ = c.in.Close()
	_ = c.cmd.Wait()
}

func (c *clickhouse) ask(sql string) (string, time.Duration, error) {
	b, err := json.Marshal(map[string]string{"sql": sql})
	if err != nil {
		return "", 0, err
	}
	if _, err := c.in.Write(append(b, '\n')); err != nil {
		return "", 0, err
	}
	line, err := c.out.ReadBytes('\n')
	if err != nil {
		return "", 0, fmt.Errorf("ClickHouse: %w", err)
	}
	var a struct {
		Text, Error string
		NS          int64
	}
	if err := json.Unmarshal(line, &a); err != nil {
		return "", 0, err
	}
	if a.Error != "" {
		return "", 0, errors.New("ClickHouse: " + a.Error)
	}
	return a.Text, time.Duration(a.NS), nil
}

// load puts the events into both systems, and makes what each has beside them.
func load(f *freshet, ch *clickhouse, data string) error {
	if _, _, err := f.ask(schema); err != nil {
		return err
	}
	from := time.Now()
	in, err := os.Open(data)
	if err != nil {
		return err
	}
	defer in.Close()
	if err := insert(f, in); err != nil {
		return err
	}
	fmt.Fprintf(os.Stderr, "Freshet loaded in %.1f s\n", time.Since(from).Seconds())
	for _, v := range views {
		if _, _, err := f.ask(v); err != nil {
			return fmt.Errorf("%s: %w", v, err)
		}
	}
	from = time.Now()
	for {
		left, _, err := f.ask("SELECT count() FROM system.rollups WHERE status != 'complete'")
		if err != nil {
			return err
		}
		if strings.TrimSpace(left) == "0" {
			break
		}
		<-time.After(100 * time.Millisecond)
	}
	fmt.Fprintf(os.Stderr, "Freshet's rollups filled in %.1f s\n", time.Since(from).Seconds())
	if err := settle(f); err != nil {
		return err
	}
	if _, _, err := ch.ask(schema); err != nil {
		return err
	}
	_, took, err := ch.ask("INSERT INTO detail SELECT * FROM file('" + data + "', JSONEachRow) SETTINGS input_format_parallel_parsing = 1")
	if err != nil {
		return err
	}
	fmt.Fprintf(os.Stderr, "ClickHouse loaded in %.1f s\n", took.Seconds())
	for _, sql := range append([]string{"OPTIMIZE TABLE detail FINAL"}, expert...) {
		if _, _, err := ch.ask(sql); err != nil {
			return fmt.Errorf("%s: %w", sql, err)
		}
	}
	return nil
}

// settled is how long a node's parts must have stayed the same: longer than a merge of
// the table with its rest takes.
const settled = 20 * time.Second

// settle waits until the node has flushed and merged what it will by itself, and says
// what is left: nobody asks for OPTIMIZE.
func settle(f *freshet) error {
	from, since, last := time.Now(), time.Now(), ""
	for time.Since(since) < settled {
		parts, _, err := f.ask("SELECT table, partition, name FROM system.parts ORDER BY ALL")
		if err != nil {
			return err
		}
		if parts != last {
			since, last = time.Now(), parts
		}
		<-time.After(100 * time.Millisecond)
	}
	fmt.Fprintf(os.Stderr, "Freshet's parts settled after %.1f s\n", (time.Since(from) - settled).Seconds())
	parts, _, err := f.ask("SELECT table, count(), sum(in_memory), sum(rows) FROM system.parts GROUP BY table ORDER BY table")
	if err != nil {
		return err
	}
	_, err = fmt.Fprint(os.Stderr, "table, parts, parts in memory, rows:\n"+parts)
	return err
}

// insertBytes is about the size of one insert.
const insertBytes = 24 << 20

func insert(f *freshet, in io.Reader) error {
	r := bufio.NewReaderSize(in, 1<<20)
	for {
		var block bytes.Buffer
		block.WriteString("INSERT INTO detail FORMAT JSONEachRow\n")
		empty := block.Len()
		for block.Len() < insertBytes {
			line, err := r.ReadBytes('\n')
			block.Write(line)
			if err != nil {
				break
			}
		}
		if block.Len() == empty {
			return nil
		}
		if _, _, err := f.post(f.url, &block); err != nil {
			return err
		}
	}
}

// compare asks all questions and prints the table.
func compare(f *freshet, ch *clickhouse, rounds int) error {
	fmt.Println("| question | Freshet ms | ClickHouse, same schema: ms | times | at least | bound | ClickHouse, expert: ms | times | at least | bound |")
	fmt.Println("|---|---|---|---|---|---|---|---|---|---|")
	short := 0
	for _, q := range questions {
		if err := agree(f, ch, q); err != nil {
			return err
		}
		a, err := race(f, ch, q.freshet, q.same, rounds)
		if err != nil {
			return err
		}
		b, err := race(f, ch, q.freshet, q.expert, rounds)
		if err != nil {
			return err
		}
		fmt.Printf("| %s | %.2f | %.2f | %.1f | %.1f | %s | %.2f | %.1f | %.1f | %s |\n", q.name, a.own, a.other, a.ratio, a.least,
			bound(q.boundA), b.other, b.ratio, b.least, bound(q.boundB))
		if a.ratio < q.boundA || b.ratio < q.boundB {
			short++
		}
	}
	if short > 0 {
		return fmt.Errorf("%d questions are answered slower than their bound", short)
	}
	return nil
}

func bound(b float64) string {
	if b == 0 {
		return ""
	}
	return fmt.Sprintf("%g", b)
}

// agree compares the answers of all three ways.
func agree(f *freshet, ch *clickhouse, q question) error {
	own, _, err := f.ask(q.freshet)
	if err != nil {
		return fmt.Errorf("%s: %w", q.name, err)
	}
	for _, sql := range []string{q.same, q.expert} {
		other, _, err := ch.ask(sql)
		if err != nil {
			return fmt.Errorf("%s: %w", q.name, err)
		}
		if own != other {
			return fmt.Errorf("%s: Freshet answers\n%.300s\nClickHouse\n%.300s", q.name, own, other)
		}
	}
	return nil
}

// figures are of one race: medians in milliseconds, the median ratio and the
// second least.
type figures struct{ own, other, ratio, least float64 }

func race(f, ch system, own, other string, rounds int) (figures, error) {
	var a, b, ratios []float64
	for range rounds {
		_, x, err := f.ask(own)
		if err != nil {
			return figures{}, err
		}
		_, y, err := ch.ask(other)
		if err != nil {
			return figures{}, err
		}
		a, b = append(a, x.Seconds()*1e3), append(b, y.Seconds()*1e3)
		ratios = append(ratios, y.Seconds()/x.Seconds())
	}
	return figures{median(a), median(b), median(ratios), least(ratios)}, nil
}

func median(x []float64) float64 {
	x = slices.Sorted(slices.Values(x))
	return x[len(x)/2]
}

func least(x []float64) float64 {
	x = slices.Sorted(slices.Values(x))
	return x[min(1, len(x)-1)]
}
