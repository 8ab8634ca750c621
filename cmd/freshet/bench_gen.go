package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/freshetdb/freshet/bench"
	"github.com/freshetdb/freshet/bench/gen"
)

// formatArrow is the format that has a beginning and an end.
const formatArrow = "arrow"

// formatNames are the formats, and what ClickHouse calls those that it has.
func formatNames() []string {
	return []string{"json", "csv", formatArrow, "access", "hits", "flat", "JSONEachRow", "CSV", "ArrowStream"}
}

// formatOf is a format by either name.
func formatOf(name string) (string, error) {
	if !slices.Contains(formatNames(), name) {
		return "", fmt.Errorf("gen: no format %q; there are %s", name, strings.Join(formatNames(), ", "))
	}
	switch name {
	case "JSONEachRow":
		return "json", nil
	case "ArrowStream":
		return formatArrow, nil
	default:
		return strings.ToLower(name), nil
	}
}

// formats of the generator but Arrow, each a block for one worker.
func formats(f *gen.Feed, seed uint64, rows int64) map[string]func() gen.Block {
	return map[string]func() gen.Block{
		"json":   func() gen.Block { return gen.Lines(f.Encoder().JSON) },
		"csv":    func() gen.Block { return gen.Lines(f.Encoder().CSV) },
		"access": func() gen.Block { return gen.Lines(gen.NewAccess(f).Line) },
		"hits":   func() gen.Block { return gen.Lines(gen.NewHits(seed, rows).TSV) },
		"flat":   func() gen.Block { return gen.Lines(gen.NewFlat(seed, rows).CSV) },
	}
}

func setUpBenchGen(fs *flag.FlagSet) func(context.Context) error {
	format := fs.String("format", "json", "`format`: json (JSONEachRow), csv, arrow (ArrowStream), access (combined log), hits (ClickBench's columns, TSV), flat (star schema, CSV)")
	rows := fs.Int64("rows", 1_000_000, "`rows`; at least 1")
	seed := fs.Uint64("seed", 1, "`seed`: the same one gives the same bytes")
	rate := fs.Int64("rate", 0, "`rows` a second (default 0: as fast as it goes)")
	workers := fs.Int("workers", runtime.NumCPU(), "`workers`; 1 to 1024, the bytes do not depend on it")
	live := fs.Bool("live", false, "events begin now and come as they happen, not over three days in June 2026")
	return func(ctx context.Context) error {
		return generate(ctx, &generation{*format, *rows, *rate, *seed, *workers, *live})
	}
}

// generation is what is made.
type generation struct {
	format     string
	rows, rate int64
	seed       uint64
	workers    int
	live       bool
}

func generate(ctx context.Context, g *generation) error {
	if g.rows < 1 || g.rate < 0 || g.workers < 1 || g.workers > 1024 {
		return errors.New("gen: rows and workers (at most 1024) must be 1 or more, the rate 0 or more")
	}
	format, err := formatOf(g.format)
	if err != nil {
		return err
	}
	c := gen.Standard(g.rows)
	c.Seed = g.seed
	if g.live {
		c.Start, c.Span = time.Now().UTC(), time.Duration(float64(g.rows)/float64(max(g.rate, 1))*float64(time.Second))
	}
	f := gen.New(c)
	out := bufio.NewWriterSize(os.Stdout, 1<<20)
	if format == formatArrow {
		err = writeArrow(ctx, out, f, g.rows, g.rate, g.workers)
	} else {
		err = writeRows(ctx, out, g.rows, g.rate, g.workers, formats(f, g.seed, g.rows)[format])
	}
	if err != nil { // a writer that failed would say so again
		return err
	}
	return out.Flush()
}

func writeRows(ctx context.Context, out io.Writer, rows, rate int64, workers int, block func() gen.Block) error {
	if rate > 0 {
		return gen.Pace(ctx, out, rows, rate, block())
	}
	return gen.Stream(ctx, out, 0, rows, workers, block)
}

func writeArrow(ctx context.Context, out io.Writer, f *gen.Feed, rows, rate int64, workers int) error {
	if _, err := f.Arrow(); err != nil { // the schema can be written, so each worker's can
		return err
	}
	block := func() gen.Block {
		b, _ := f.Arrow()
		return b
	}
	if err := writeRows(ctx, out, rows, rate, workers, block); err != nil {
		return err
	}
	_, err := io.WriteString(out, gen.ArrowEnd)
	return err
}

func setUpBenchShape(fs *flag.FlagSet) func(context.Context) error {
	rows := fs.Int64("rows", 10_000_000, "`events`; 1 to 1000000000")
	seed := fs.Uint64("seed", 1, "`seed`")
	return func(ctx context.Context) error {
		if *rows < 1 || *rows > bench.RowsMax {
			return fmt.Errorf("shape: rows %d: they must be 1 to %d", *rows, bench.RowsMax)
		}
		c := gen.Standard(*rows)
		c.Seed = *seed
		s, err := gen.New(c).Measure(ctx)
		if err != nil {
			return fmt.Errorf("count the events: %w", err)
		}
		return s.Print(os.Stdout)
	}
}
