package bench

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/freshetdb/freshet/bench/gen"
	"github.com/freshetdb/freshet/bench/peer"
	"github.com/freshetdb/freshet/bench/report"
	"github.com/freshetdb/freshet/bench/work"
)

// intake is one way to load rows that is measured.
type intake struct {
	batch   int
	rollups bool
	floor   float64 // Freshet's rate by ClickHouse's without fsync
}

// intakes are the rows of W1.
func intakes() []intake {
	return []intake{{100_000, false, 1.3}, {10_000, false, 0}, {100_000, true, 3}, {10_000, true, 2.5}}
}

// batches are the rows of one turn, in files and in memory: what is measured is
// reading them, not making them. Both are the same bytes.
type batches struct {
	files []string
	text  [][]byte
	rows  int64
	sum   string // of a column, as every system must find it
}

// ingest is W1: turns of every way, Freshet and the peers in turn.
func (r *run) ingest(ctx context.Context) (err error) {
	f, err := r.start(ctx, "w1-freshet")
	if err != nil {
		return err
	}
	all := []peer.System{f}
	defer func() { err = errors.Join(err, closeAll(all...)) }()
	peers, err := r.peers(ctx, "w1")
	for _, p := range peers {
		all = append(all, p.System)
	}
	if err != nil {
		return err
	}
	for _, in := range intakes() {
		b, err := r.cut(ctx, in.batch)
		if err != nil {
			return err
		}
		r.intake(ctx, in, all, b)
		if err := errors.Join(ctx.Err(), os.RemoveAll(filepath.Dir(b.files[0]))); err != nil {
			return err
		}
	}
	return nil
}

// cut makes the batches of a turn.
func (r *run) cut(ctx context.Context, size int) (*batches, error) {
	dir := filepath.Join(r.Dir, fmt.Sprintf("w1-%d", size))
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("make the folder of batches: %w", err)
	}
	f := gen.New(gen.Standard(r.IngestRows))
	b := &batches{rows: r.IngestRows}
	var sum int64
	for i := range r.IngestRows {
		sum += int64(f.At(i).DurationMS)
	}
	b.sum = fmt.Sprintf("%d\t%d", r.IngestRows, sum)
	for at := int64(0); at < r.IngestRows; at += int64(size) {
		var text bytes.Buffer
		block := func() gen.Block { return gen.Lines(f.Encoder().JSON) }
		if err := gen.Stream(ctx, &text, at, min(at+int64(size), r.IngestRows), peer.Threads, block); err != nil {
			return nil, err
		}
		path := filepath.Join(dir, fmt.Sprintf("%06d.jsonl", len(b.files)))
		if err := os.WriteFile(path, text.Bytes(), 0o600); err != nil {
			return nil, fmt.Errorf("write a batch: %w", err)
		}
		b.files, b.text = append(b.files, path), append(b.text, text.Bytes())
	}
	return b, nil
}

// intaker is one contestant of W1.
type intaker struct {
	peer.System

	name  string
	fsync bool
	rate  []float64
	batch []float64 // ms
	cpu   []float64 // µs a row
	own   []float64
	err   error
}

// takers are the contestants: ClickHouse also with fsync, which is what Freshet
// always does; DuckDB has no rollups, and syncs its log at every commit.
func takers(in intake, all []peer.System) []*intaker {
	var list []*intaker
	for _, s := range all {
		switch s.Kind() {
		case peer.Freshet:
			list = append(list, &intaker{System: s, name: report.Freshet, fsync: true})
		case peer.ClickHouse:
			list = append(list, &intaker{System: s, name: report.ClickHouse})
			if !in.rollups {
				list = append(list, &intaker{System: s, name: report.ClickHouse, fsync: true})
			}
		case peer.DuckDB:
			if !in.rollups {
				list = append(list, &intaker{System: s, name: report.DuckDB, fsync: true})
			}
		}
	}
	return list
}

func (r *run) intake(ctx context.Context, in intake, all []peer.System, b *batches) {
	list := takers(in, all)
	for round := range r.Rounds {
		for i := range list {
			x := list[(i+round)%len(list)]
			if x.err == nil {
				x.err = x.turn(ctx, in, b)
			}
		}
		if ctx.Err() != nil {
			return
		}
	}
	base := list[0]
	for _, x := range list {
		out := report.Ingest{
			System: x.name, Batch: in.batch, Rollups: in.rollups, Fsync: x.fsync, Rows: b.rows,
			RowsS: report.NewSpread(x.rate), CPU: report.NewSpread(x.cpu).Median, ClientCPU: report.NewSpread(x.own).Median,
		}
		out.BatchP50, out.BatchP99 = percentile(x.batch, 0.5), percentile(x.batch, 0.99)
		if x.err != nil {
			out.Void = x.err.Error()
		} else if x != base && base.err == nil {
			var ratio []float64
			for i := range x.rate {
				ratio = append(ratio, base.rate[i]/x.rate[i])
			}
			out.Ratio = report.NewSpread(ratio)
			if x.name == report.ClickHouse && !x.fsync {
				out.Floor = in.floor
			}
		}
		r.report.Ingest = append(r.report.Ingest, out)
		text := out.Void
		if out.Ratio.Median > 0 {
			text = fmt.Sprintf("%.2fx %s", out.Ratio.Median, out.Void)
		}
		r.say("W1 %d rollups=%t fsync=%t %s: %.0f rows/s, %.2f µs CPU a row, client %.2f %s", in.batch, in.rollups, x.fsync, x.name,
			out.RowsS.Median, out.CPU, out.ClientCPU, text)
	}
}

func percentile(x []float64, p float64) float64 {
	if len(x) == 0 {
		return 0
	}
	x = slices.Sorted(slices.Values(x))
	return x[min(int(p*float64(len(x))), len(x)-1)]
}

// turn loads all batches into a new table and drops it.
func (x *intaker) turn(ctx context.Context, in intake, b *batches) error {
	layout := work.Events(x.Kind())
	first := []string{layout.Table + settings(x)}
	if in.rollups {
		first = append(first, layout.Rollups...)
	}
	for _, sql := range first {
		if _, err := x.Ask(ctx, sql); err != nil {
			return err
		}
	}
	cpu, own := peer.CPU(x), peer.OwnCPU()
	total := time.Duration(0)
	for i := range b.files {
		took, err := x.load(ctx, b, i)
		if err != nil {
			return err
		}
		total += took
		x.batch = append(x.batch, took.Seconds()*1e3)
	}
	rows := float64(b.rows)
	x.rate = append(x.rate, rows/total.Seconds())
	x.cpu = append(x.cpu, float64((peer.CPU(x)-cpu).Microseconds())/rows)
	x.own = append(x.own, float64((peer.OwnCPU()-own).Microseconds())/rows)
	return x.check(ctx, in, b)
}

// settings of the table: ClickHouse syncs nothing unless it is told to.
func settings(x *intaker) string {
	if x.Kind() == peer.ClickHouse && x.fsync {
		return " SETTINGS fsync_after_insert = 1, fsync_part_directory = 1"
	}
	return ""
}

func (x *intaker) load(ctx context.Context, b *batches, i int) (time.Duration, error) {
	if s, ok := x.System.(*peer.Server); ok {
		return s.Insert(ctx, "detail", "JSONEachRow", bytes.NewReader(b.text[i]))
	}
	a, err := x.Ask(ctx, fromFile(x.Kind(), "detail", b.files[i]))
	return a.Took, err
}

// check compares what was loaded with what was sent, also in the rollups, and drops all.
func (x *intaker) check(ctx context.Context, in intake, b *batches) error {
	sources := []string{"SELECT count(*), sum(duration_ms) FROM detail"}
	var drop []string
	if in.rollups {
		for _, view := range []string{"r_site", "r_content"} {
			sources = append(sources, "SELECT sum(cnt), sum(dur) FROM "+view)
			drop = append(drop, "DROP VIEW "+view)
		}
	}
	for _, sql := range sources {
		a, err := x.Ask(ctx, sql)
		if err != nil {
			return err
		}
		if got := strings.TrimSpace(a.Text); got != b.sum {
			return fmt.Errorf("%s gave %q, %q was sent", sql, got, b.sum)
		}
	}
	if x.Kind() == peer.ClickHouse {
		drop = append(drop, "DROP TABLE detail SYNC")
	} else {
		drop = append(drop, "DROP TABLE detail")
	}
	for _, sql := range drop {
		if _, err := x.Ask(ctx, sql); err != nil {
			return err
		}
	}
	return nil
}
