package bench

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/freshetdb/freshet/bench/gen"
	"github.com/freshetdb/freshet/bench/peer"
	"github.com/freshetdb/freshet/bench/report"
	"github.com/freshetdb/freshet/bench/work"
)

// contender is a system that answers questions.
type contender struct {
	peer.System

	plain, expert string // its names in the report
	info          report.System
}

// events loads the event stream everywhere and asks what is wanted.
func (r *run) events(ctx context.Context) (err error) {
	data := filepath.Join(r.Dir, "events.jsonl")
	if err := r.generate(ctx, data); err != nil {
		return err
	}
	f, err := r.start(ctx, "freshet")
	if err != nil {
		return err
	}
	all := []*contender{{System: f, plain: report.Freshet, expert: report.FreshetExpert}}
	defer func() {
		for _, c := range all {
			c.info.PeakRSS = peer.UsageOf(c.PID()).PeakRSS
			r.report.Systems = append(r.report.Systems, c.info)
			err = errors.Join(err, c.Close())
		}
	}()
	peers, err := r.peers(ctx, "events")
	all = append(all, peers...)
	if err != nil {
		return err
	}
	loaded, err := r.loadEvents(ctx, all, data)
	if err != nil {
		return err
	}
	return r.askEvents(ctx, loaded)
}

func (r *run) askEvents(ctx context.Context, all []*contender) error {
	var wanted []work.Question
	for _, q := range work.EventQuestions() {
		if r.wants(q.Work) {
			wanted = append(wanted, q)
		}
	}
	if err := r.questions(ctx, wanted, all); err != nil {
		return err
	}
	if r.wants("W4") {
		return r.part("W4: points", func() error { return r.points(ctx, all) })
	}
	return nil
}

// peers starts the others; one that does not start is left out.
func (r *run) peers(ctx context.Context, name string) ([]*contender, error) {
	var all []*contender
	add := func(s peer.System, err error, plain, expert string) {
		if ctx.Err() != nil {
			return
		}
		if err != nil {
			r.note("%s is left out: %v", plain, err)
			return
		}
		all = append(all, &contender{System: s, plain: plain, expert: expert})
	}
	switch {
	case r.Server != "":
		s, err := peer.Connect(ctx, peer.ClickHouse, r.Server)
		add(s, err, report.ClickHouse, report.ClickHouseExpert)
	case r.ChDB != "":
		w, err := peer.StartWorker(ctx, peer.ClickHouse, r.ChDB, filepath.Join(r.Dir, name+"-chdb"))
		add(w, err, report.ClickHouse, report.ClickHouseExpert)
	}
	if r.DuckDB != "" {
		w, err := peer.StartWorker(ctx, peer.DuckDB, r.DuckDB, filepath.Join(r.Dir, name+"-duckdb"))
		add(w, err, report.DuckDB, report.DuckDBExpert)
	}
	return all, ctx.Err()
}

// generate writes the events into a file.
func (r *run) generate(ctx context.Context, path string) error {
	return r.part(fmt.Sprintf("generate %d events", r.Rows), func() error {
		out, err := os.Create(path)
		if err != nil {
			return fmt.Errorf("make the file of events: %w", err)
		}
		f := gen.New(gen.Standard(r.Rows))
		block := func() gen.Block { return gen.Lines(f.Encoder().JSON) }
		return errors.Join(gen.Stream(ctx, out, 0, r.Rows, runtime.NumCPU(), block), out.Close())
	})
}

// loadEvents loads the file into every system, and makes the expert's layouts. A peer that fails is left out.
func (r *run) loadEvents(ctx context.Context, all []*contender, data string) (loaded []*contender, err error) {
	for _, c := range all {
		layout := work.Events(c.Kind())
		if err := r.part("load "+c.plain, func() error { return r.loadOne(ctx, c, layout, data) }); err != nil {
			if ctx.Err() != nil || c.Kind() == peer.Freshet {
				return nil, err
			}
			c.info.Failed = err.Error()
			r.note("%s is left out: %v", c.plain, err)
			continue
		}
		loaded = append(loaded, c)
		if err := r.storage(ctx, c, data); err != nil {
			r.note("W7 failed: %v", err) // the questions can be asked all the same
		}
	}
	for _, c := range loaded {
		layout := work.Events(c.Kind())
		from := time.Now()
		err := r.part("layout of "+c.expert, func() error { return r.makeExpert(ctx, c, layout) })
		c.info.ExpertS = time.Since(from).Seconds()
		if err != nil && (ctx.Err() != nil || c.Kind() == peer.Freshet) {
			return nil, err
		}
		if err != nil { // what lacks it gives no answer, and is left out of the questions that need it
			c.info.Failed = err.Error()
			r.note("%s: its layout failed: %v", c.expert, err)
		}
		c.info.LoadPeakRSS = peer.UsageOf(c.PID()).PeakRSS
	}
	return loaded, nil
}

// loadOne makes the table and fills it; the time of loading is without merging.
func (r *run) loadOne(ctx context.Context, c *contender, layout work.Layout, data string) error {
	c.info.Name, c.info.Version = c.plain, c.Version()
	if _, err := c.Ask(ctx, layout.Table); err != nil {
		return err
	}
	from := time.Now()
	var err error
	if s, ok := c.System.(*peer.Server); ok {
		err = insertFile(ctx, s, "detail", "JSONEachRow", data)
	} else {
		_, err = c.Ask(ctx, fromFile(c.Kind(), "detail", data))
	}
	c.info.LoadS = time.Since(from).Seconds()
	if err != nil {
		return err
	}
	return merge(ctx, c, layout.Tables[:min(1, len(layout.Tables))])
}

// fromFile is the statement by which an in-process engine reads a file of JSON lines.
func fromFile(k peer.Kind, table, path string) string {
	if k == peer.DuckDB {
		return "INSERT INTO " + table + " BY NAME SELECT * FROM read_json('" + path + "', format = 'newline_delimited')"
	}
	return "INSERT INTO " + table + " SELECT * FROM file('" + path + "', JSONEachRow)"
}

func merge(ctx context.Context, s peer.System, tables []string) error {
	if s.Kind() == peer.DuckDB {
		_, err := s.Ask(ctx, "CHECKPOINT")
		return err
	}
	for _, t := range tables {
		if _, err := s.Ask(ctx, "OPTIMIZE TABLE "+t+" FINAL"); err != nil {
			return err
		}
	}
	return nil
}

// makeExpert makes what an expert would have, waits until it is filled, and merges.
func (r *run) makeExpert(ctx context.Context, c *contender, layout work.Layout) error {
	statements := layout.Expert
	if c.Kind() == peer.Freshet {
		statements = append(append([]string{}, layout.Rollups...), layout.Expert...)
	}
	for _, sql := range statements {
		from := time.Now()
		if _, err := c.Ask(ctx, sql); err != nil {
			return fmt.Errorf("%.80s: %w", sql, err)
		}
		r.say("  %.1f s  %.60s", time.Since(from).Seconds(), firstWords(sql))
	}
	if c.Kind() == peer.Freshet {
		if err := waitFilled(ctx, c); err != nil {
			return err
		}
	}
	return merge(ctx, c, layout.Tables)
}

func firstWords(sql string) string { return strings.Join(strings.Fields(sql), " ") }

// waitFilled waits until the rollups hold the past.
func waitFilled(ctx context.Context, s peer.System) error {
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		a, err := s.Ask(ctx, "SELECT count() FROM system.rollups WHERE status != 'complete'")
		if err != nil || strings.TrimSpace(a.Text) == "0" {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
}

// insertBytes is about the size of one insert over HTTP.
const insertBytes = 24 << 20

// insertFile sends a file of lines over HTTP, cut at ends of lines.
func insertFile(ctx context.Context, s *peer.Server, table, format, path string) error {
	in, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("open the rows: %w", err)
	}
	return errors.Join(insertLines(ctx, s, table, format, in), in.Close())
}

func insertLines(ctx context.Context, s *peer.Server, table, format string, in io.Reader) error {
	r := bufio.NewReaderSize(in, 1<<20)
	block := make([]byte, insertBytes, insertBytes+1<<20)
	for {
		n, err := io.ReadFull(r, block[:insertBytes])
		if n == 0 && err != nil {
			return ignoreEOF(err)
		}
		rest, errLine := r.ReadBytes('\n')
		block = append(block[:n], rest...)
		if _, err := s.Insert(ctx, table, format, bytes.NewReader(block)); err != nil {
			return err
		}
		if err := ignoreEOF(errors.Join(err, errLine)); err != nil {
			return fmt.Errorf("read the rows: %w", err)
		}
		if errLine != nil {
			return nil
		}
	}
}

func ignoreEOF(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return nil
	}
	return err
}
