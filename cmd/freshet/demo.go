package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/freshetdb/freshet/bench/gen"
)

// demoCmd is the flags of `freshet demo`.
type demoCmd struct {
	nodeFlags

	Rate    int
	For     time.Duration
	History int
	Load    string
}

func setUpDemo(fs *flag.FlagSet) func(context.Context) error {
	d := &demoCmd{}
	d.declare(fs)
	fs.IntVar(&d.Rate, "rate", 2000, "`events` a second")
	fs.DurationVar(&d.For, "for", 0, "stop after this `long`, such as 30s (default until Ctrl-C)")
	fs.IntVar(&d.History, "history", 200_000, "`events` of the last hours that are loaded first")
	fs.StringVar(&d.Load, "load", "", "also load this `file` (.json, .jsonl, .csv, .tsv, also .gz) into a table named after it")
	return d.Run
}

// Sizes of the demo.
const (
	// demoBatch is the time between two inserts of live events.
	demoBatch = 250 * time.Millisecond
	// historySpan is how far back the events loaded first go.
	historySpan = 6 * time.Hour
	// historyBatch is the rows of one insert while loading.
	historyBatch = 20_000
	// demoRateMax bounds --rate.
	demoRateMax = 1_000_000
)

// Run starts a node, streams events into it and prints what to ask.
func (d *demoCmd) Run(ctx context.Context) error {
	if d.Rate < 1 || d.Rate > demoRateMax {
		return fmt.Errorf("--rate %d: it must be 1 to %d", d.Rate, demoRateMax)
	}
	c, err := d.config()
	if err != nil {
		return err
	}
	if d.DataDir == "" && d.Config == "" {
		dir, err := os.MkdirTemp("", "freshet-demo-")
		if err != nil {
			return fmt.Errorf("make a folder for the demo: %w", err)
		}
		defer func() { _ = os.RemoveAll(dir) }() // it lies in the system's folder for temporary files
		c.DataDir = dir
	}
	if d.LogLevel == "" {
		c.LogLevel = "warn"
	}
	log, err := logger(c.LogLevel)
	if err != nil {
		return err
	}
	n, err := openNode(ctx, c, log)
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancel(ctx)
	served := make(chan error, 1)
	go func() { served <- n.serve(ctx) }()
	err = (&demo{cmd: d, url: n.addr(), started: time.Now()}).run(ctx)
	stop()
	return errors.Join(err, <-served)
}

// demo is the stream of one run. It talks to the node over HTTP as anyone would.
type demo struct {
	cmd     *demoCmd
	url     string
	started time.Time
	rows    int64
}

// demoRollup holds page views and visitors by minute of the demo's events.
const demoRollup = `CREATE MATERIALIZED VIEW IF NOT EXISTS events_by_minute PARTITION BY toDate(minute) ORDER BY minute AS
SELECT toStartOfMinute(ts) AS minute, count() AS pv, uniqExact(user_id) AS uv, sum(amount) AS gmv FROM events GROUP BY minute`

func (d *demo) run(ctx context.Context) error {
	for _, sql := range []string{gen.CreateTable, demoRollup} {
		if err := d.post(ctx, sql, nil); err != nil {
			return err
		}
	}
	if d.cmd.Load != "" {
		if err := d.load(ctx, d.cmd.Load); err != nil {
			return err
		}
	}
	if err := d.history(ctx); err != nil {
		return ignoreStop(ctx, err)
	}
	d.banner()
	return ignoreStop(ctx, d.stream(ctx))
}

// ignoreStop forgets errors that come from being told to stop.
func ignoreStop(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return nil
	}
	return err
}

func (d *demo) banner() {
	fmt.Printf(`
Freshet answers at %[1]s while events stream in. Ask it from another terminal:

  curl %[1]s --data 'SELECT count(), uniqExact(user_id) FROM events'

  curl %[1]s --data "SELECT toStartOfMinute(ts) AS minute, count() AS pv, uniqExact(user_id) AS uv
    FROM events WHERE ts > now() - INTERVAL 5 MINUTE GROUP BY minute ORDER BY minute FORMAT PrettyCompact"

  that one, and the day's curve of visitors, come from the rollup events_by_minute:

  curl -i %[1]s --data "SELECT minute, uniqExactMerge(uv) OVER (ORDER BY minute) AS visitors
    FROM events_by_minute ORDER BY minute DESC LIMIT 5 FORMAT PrettyCompact"

  curl %[1]s --data "SELECT content_id, count() AS plays FROM events
    WHERE action = 'play' GROUP BY content_id ORDER BY plays DESC LIMIT 10 FORMAT PrettyCompact"

Ctrl-C stops.
`, d.url)
}

// history loads the events of the last hours.
func (d *demo) history(ctx context.Context) error {
	total := int64(d.cmd.History)
	f := gen.New(gen.Config{Seed: 1, Start: d.started.Add(-historySpan), Span: historySpan, Rows: total})
	for from := int64(0); from < total; from += historyBatch {
		if err := d.insert(ctx, f, from, min(from+historyBatch, total)); err != nil {
			return err
		}
		fmt.Fprintf(os.Stderr, "\rloading history: %d of %d events", d.rows, total)
	}
	fmt.Fprintln(os.Stderr)
	return nil
}

// stream inserts live events at the rate that was asked for, with a line of
// progress.
func (d *demo) stream(ctx context.Context) error {
	day := 24 * time.Hour
	f := gen.New(gen.Config{
		Seed: 2, Start: d.started, Span: day, Rows: int64(d.cmd.Rate) * int64(day/time.Second),
	})
	live := time.Now()
	tick := time.NewTicker(demoBatch)
	defer tick.Stop()
	sent := int64(0)
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		since := time.Since(live)
		due := int64(since.Seconds() * float64(d.cmd.Rate))
		begun := time.Now()
		if err := d.insert(ctx, f, sent, due); err != nil {
			return err
		}
		sent = due
		fmt.Fprintf(os.Stderr, "\r%d events, %d/s, last insert %s   ", d.rows, int64(float64(sent)/since.Seconds()),
			time.Since(begun).Round(time.Millisecond))
		if d.cmd.For > 0 && since > d.cmd.For {
			fmt.Fprintln(os.Stderr)
			return nil
		}
	}
}

func (d *demo) insert(ctx context.Context, f *gen.Feed, from, to int64) error {
	body := gen.Lines(f.Encoder().JSON)(nil, from, to)
	if len(body) == 0 {
		return nil
	}
	if err := d.post(ctx, "INSERT INTO events FORMAT JSONEachRow", bytes.NewReader(body)); err != nil {
		return err
	}
	d.rows += to - from
	return nil
}

// post runs a statement; body is the data behind an INSERT.
func (d *demo) post(ctx context.Context, sql string, body io.Reader) error {
	if body != nil {
		body = io.NopCloser(body) // who opened it closes it, not the client
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, d.url+"/?query="+url.QueryEscape(sql), body)
	if err != nil {
		return fmt.Errorf("ask the node: %w", err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return fmt.Errorf("ask the node: %w", err)
	}
	answer, err := io.ReadAll(res.Body)
	err = errors.Join(err, res.Body.Close())
	if err == nil && res.StatusCode != http.StatusOK {
		err = errors.New(strings.TrimSpace(string(answer)))
	}
	if err != nil {
		return fmt.Errorf("run %.60q: %w", sql, err)
	}
	return nil
}

// load puts a file into a table named after it, with columns found in its first
// rows.
func (d *demo) load(ctx context.Context, path string) error {
	s, err := inspect(path)
	if err != nil {
		return err
	}
	if err := d.post(ctx, s.createTable(), nil); err != nil {
		return err
	}
	sql := "INSERT INTO " + s.quotedTable() + " FORMAT " + s.format
	err = s.rows(func(in io.Reader) error { return d.post(ctx, sql, in) })
	if err == nil {
		fmt.Fprintf(os.Stderr, "loaded %s into table %s\n", filepath.Base(path), s.table)
	}
	return err
}
