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
	"time"

	"github.com/freshetdb/freshet/bench/gen"
)

// formats of the generator, each a block for one worker.
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
	rows := fs.Int64("rows", 1_000_000, "`rows`")
	seed := fs.Uint64("seed", 1, "`seed`: the same one gives the same bytes")
	rate := fs.Int64("rate", 0, "`rows` a second (default: as fast as it goes)")
	workers := fs.Int("workers", runtime.NumCPU(), "`workers`; the bytes do not depend on it")
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
	c := gen.Standard(g.rows)
	c.Seed = g.seed
	if g.live {
		c.Start, c.Span = time.Now().UTC(), time.Duration(float64(g.rows)/float64(max(g.rate, 1))*float64(time.Second))
	}
	f := gen.New(c)
	out := bufio.NewWriterSize(os.Stdout, 1<<20)
	var err error
	if g.format == "arrow" {
		err = writeArrow(ctx, out, f, g.rows, g.rate, g.workers)
	} else {
		block, ok := formats(f, g.seed, g.rows)[g.format]
		if !ok {
			return fmt.Errorf("gen: no format %q", g.format)
		}
		err = writeRows(ctx, out, g.rows, g.rate, g.workers, block)
	}
	return errors.Join(err, out.Flush())
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
	rows := fs.Int64("rows", 10_000_000, "`events`")
	seed := fs.Uint64("seed", 1, "`seed`")
	return func(context.Context) error {
		if *rows < 1 {
			return errors.New("shape: rows must be 1 or more")
		}
		c := gen.Standard(*rows)
		c.Seed = *seed
		return gen.New(c).Measure().Print(os.Stdout)
	}
}
