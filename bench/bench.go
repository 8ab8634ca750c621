// Package bench runs the workloads against Freshet and its peers in one run on one
// machine, and reports what it found. It imports nothing of the server: it starts
// the binary and talks to it over HTTP as anyone would.
//
// A run goes like this: rows are generated into a file, every system loads the same
// file, the layouts of experts are made, everything is merged; then every question
// is asked of all, the answers are compared, and only then are turns timed, one
// system after the other, so that a busy machine hurts all of them.
package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"github.com/freshetdb/freshet/bench/peer"
	"github.com/freshetdb/freshet/bench/report"
)

// Config says what is run.
type Config struct {
	Binary     string // of Freshet
	URL        string // of a running Freshet instead
	Server     string // URL of a clickhouse-server to compare with, not with chdb
	ChDB       string // folder in which npm installed chdb; "" leaves ClickHouse out
	DuckDB     string // folder in which npm installed @duckdb/node-api; "" leaves DuckDB out
	Install    bool   // npm may install what is missing into the user's cache
	Works      []string
	Rows       int64
	IngestRows int64   // of one turn of W1
	GrowthRows []int64 // numbers of rows that growth loads
	Rounds     int
	Rate       int64 // events a second of the freshness workload
	Seconds    int   // that it takes
	Shards     int
	Memory     string // limit of Freshet, such as 3GiB
	Dir        string // for data; "" is a temporary folder that is removed
	Progress   io.Writer
	// Partial gets the report after every part of the run, nil when nobody wants it.
	Partial func(*report.Report) error
}

// RowsMax is the most rows that are made for anything that is counted or loaded.
const RowsMax = 1_000_000_000

// Works that can be asked for.
func Works() []string {
	return []string{"W1", "W2", "W3", "W4", "W5", "W6", "W7", "fresh", "mixed", "clickbench", "ssb", "shards", "growth"}
}

// Validate checks a configuration. The help of the flags tells the same bounds.
func (c *Config) Validate() error {
	for _, w := range c.Works {
		if !slices.Contains(Works(), w) {
			return fmt.Errorf("no work %q: there are %v", w, Works())
		}
	}
	const rowsMax, roundsMax, rateMax, secondsMax = RowsMax, 1000, 10_000_000, 86_400
	switch {
	case c.Rows < 1000 || c.Rows > rowsMax:
		return fmt.Errorf("rows %d: they must be 1000 to %d", c.Rows, rowsMax)
	case c.IngestRows < 1000 || c.IngestRows > rowsMax:
		return fmt.Errorf("ingest rows %d: they must be 1000 to %d", c.IngestRows, rowsMax)
	case slices.ContainsFunc(c.GrowthRows, func(n int64) bool { return n < 1000 || n > rowsMax }):
		return fmt.Errorf("growth rows %v: they must be 1000 to %d", c.GrowthRows, rowsMax)
	case len(c.GrowthRows) > growthSizesMost:
		return fmt.Errorf("growth: %d numbers of rows, at most %d are taken", len(c.GrowthRows), growthSizesMost)
	case c.Rounds < 7 || c.Rounds > roundsMax:
		return fmt.Errorf("rounds %d: they must be 7 to %d", c.Rounds, roundsMax)
	case c.Rate < 1 || c.Rate > rateMax:
		return fmt.Errorf("rate %d: they must be 1 to %d", c.Rate, rateMax)
	case c.Seconds < 1 || c.Seconds > secondsMax:
		return fmt.Errorf("seconds %d: they must be 1 to %d", c.Seconds, secondsMax)
	case c.Shards < 1 || c.Shards > 1024:
		return fmt.Errorf("shards %d: they must be 1 to 1024", c.Shards)
	}
	return nil
}

// reachable tries what was named, before anything that takes long.
func (c *Config) reachable(ctx context.Context) error {
	if c.URL == "" {
		if _, err := exec.LookPath(c.Binary); err != nil {
			return fmt.Errorf("the binary that is to be measured: %w", err)
		}
	}
	for at, kind := range map[string]peer.Kind{c.URL: peer.Freshet, c.Server: peer.ClickHouse} {
		if at == "" {
			continue
		}
		s, err := peer.Connect(ctx, kind, at)
		if err == nil {
			err = s.Close()
		}
		if err != nil {
			return fmt.Errorf("the server that was named, %s: %w", at, err)
		}
	}
	return nil
}

func (c *Config) wants(works ...string) bool {
	for _, w := range works {
		if slices.Contains(c.Works, w) {
			return true
		}
	}
	return false
}

// Run runs what is configured. The report is of what was done, also when an error
// ended it.
func Run(ctx context.Context, c Config) (*report.Report, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	if err := c.reachable(ctx); err != nil {
		return nil, err
	}
	temporary := c.Dir == ""
	if temporary {
		dir, err := os.MkdirTemp("", "freshet-bench-")
		if err != nil {
			return nil, fmt.Errorf("make a folder for the data: %w", err)
		}
		defer func() { _ = os.RemoveAll(dir) }() // it lies in the system's folder for temporary files
		c.Dir = dir
	} else if err := os.MkdirAll(c.Dir, 0o755); err != nil {
		return nil, fmt.Errorf("make the folder for the data: %w", err)
	}
	r := &run{
		Config: c, temporary: temporary,
		report: &report.Report{
			Version: report.Version, Started: time.Now(), Machine: machine(), Rows: c.Rows, Rounds: c.Rounds,
		},
	}
	err := r.all(ctx)
	return r.report, errors.Join(err, r.save())
}

// run is one run under way.
type run struct {
	Config

	report    *report.Report
	temporary bool // the folder for data
}

// say tells how far it is.
func (r *run) say(format string, args ...any) {
	// Nobody is hurt when progress can't be shown.
	_, _ = fmt.Fprintf(r.Progress, "%6.1f s  "+format+"\n", append([]any{time.Since(r.report.Started).Seconds()}, args...)...)
}

func (r *run) note(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	r.report.Notes = append(r.report.Notes, text)
	r.say("note: %s", text)
}

// part runs a part of the work and notes how long it took.
func (r *run) part(name string, do func() error) error {
	from := time.Now()
	r.say("%s", name)
	err := do()
	r.report.Parts = append(r.report.Parts, report.TimePart{Name: name, Seconds: time.Since(from).Seconds()})
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

// all does one work after the other. A work that fails is told of in the report, and
// the next ones are done all the same.
func (r *run) all(ctx context.Context) error {
	if err := r.modules(ctx); err != nil {
		return err
	}
	var failed []error
	for _, w := range r.works() {
		if ctx.Err() != nil {
			break
		}
		if err := r.part(w.name, func() error { return w.do(ctx) }); err != nil && ctx.Err() == nil {
			failed = append(failed, err)
			r.note("failed: %v", err)
		}
		failed = append(failed, r.makeRoom(), r.save())
	}
	if ctx.Err() != nil {
		r.note("the run was interrupted: what is not here was not measured")
		failed = append(failed, errors.New("the run was interrupted"))
	}
	return errors.Join(failed...)
}

// makeRoom removes what a work left in a temporary folder: the next one has data of its own.
func (r *run) makeRoom() error {
	if !r.temporary {
		return nil
	}
	left, err := os.ReadDir(r.Dir)
	if err != nil {
		return fmt.Errorf("make room: %w", err)
	}
	for _, x := range left {
		err = errors.Join(err, os.RemoveAll(filepath.Join(r.Dir, x.Name())))
	}
	return err
}

// save hands on what was found so far.
func (r *run) save() error {
	r.report.Took = time.Since(r.report.Started).Seconds()
	if r.Partial == nil {
		return nil
	}
	return r.Partial(r.report)
}

// step is a work, or several that use the same load.
type step struct {
	name string
	do   func(context.Context) error
}

// works are those that are wanted, in the order in which they are done.
func (r *run) works() []step {
	var list []step
	add := func(name string, do func(context.Context) error, works ...string) {
		if r.wants(works...) {
			list = append(list, step{name, do})
		}
	}
	add("W1: ingest", r.ingest, "W1")
	add("freshness", r.freshness, "fresh", "mixed")
	add("events", r.events, "W2", "W3", "W4", "W5", "W6", "W7")
	add("shards", r.shards, "shards")
	for _, d := range datasets(r.Rows) {
		add(d.work, func(ctx context.Context) error { return r.dataset(ctx, d) }, d.work)
	}
	add("growth", r.growth, "growth")
	return list
}

// modules finds or installs the packages of the peers.
func (r *run) modules(ctx context.Context) error {
	for _, m := range []struct {
		dir  *string
		kind peer.Kind
	}{{&r.ChDB, peer.ClickHouse}, {&r.DuckDB, peer.DuckDB}} {
		dir, err := peer.Modules(ctx, m.kind, *m.dir, r.Install)
		if err != nil {
			return err
		}
		if dir == "" {
			r.note("%s is left out: it is not installed, and --install was not given", m.kind)
		}
		*m.dir = dir
	}
	return nil
}

// start starts a node of Freshet in a folder of its own, or connects to the one that
// was named. More are further arguments of serve.
func (r *run) start(ctx context.Context, name string, more ...string) (*peer.Server, error) {
	if r.URL != "" {
		return peer.Connect(ctx, peer.Freshet, r.URL)
	}
	args := append([]string{"--log-level", "warn", "--shards", strconv.Itoa(r.Shards)}, more...)
	return peer.Start(ctx, peer.ServerConfig{Binary: r.Binary, Dir: filepath.Join(r.Dir, name), Args: args, Memory: r.Memory})
}

// removeFile makes room; a file that was never made is none that is left.
func removeFile(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("make room: %w", err)
	}
	return nil
}

// closeAll closes systems and joins what they say.
func closeAll(systems ...peer.System) error {
	var errs []error
	for _, s := range systems {
		errs = append(errs, s.Close())
	}
	return errors.Join(errs...)
}
