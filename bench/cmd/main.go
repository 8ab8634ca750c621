// Command bench measures Freshet beside its peers. See bench/DESIGN.md.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/freshetdb/freshet/bench"
	"github.com/freshetdb/freshet/bench/report"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:])
	stop()
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	fs := flag.NewFlagSet("bench", flag.ContinueOnError)
	c := bench.Config{Progress: os.Stderr}
	works := fs.String("work", "W2,W3,W5,W6", "`works` that are done")
	out := fs.String("out", "", "`folder` for the report")
	fs.StringVar(&c.Binary, "freshet", "bin/freshet", "`binary` that is measured")
	fs.StringVar(&c.URL, "url", "", "measure the node at this `URL` instead")
	fs.StringVar(&c.ChDB, "chdb", os.Getenv("CHDB_DIR"), "`folder` in which npm's chdb is installed")
	fs.StringVar(&c.DuckDB, "duckdb", os.Getenv("DUCKDB_DIR"), "`folder` in which npm's @duckdb/node-api is installed")
	fs.Int64Var(&c.Rows, "rows", 1_000_000, "`events`")
	fs.Int64Var(&c.IngestRows, "ingest-rows", 1_000_000, "`events` of one turn of W1")
	fs.Int64Var(&c.Rate, "rate", 200_000, "`events` a second of the freshness workload")
	fs.IntVar(&c.Seconds, "seconds", 30, "`seconds` that it takes")
	fs.IntVar(&c.Shards, "shards", 1, "`shards` of Freshet")
	fs.IntVar(&c.Rounds, "rounds", 9, "`turns` of each question")
	fs.StringVar(&c.Dir, "dir", "", "`folder` for data")
	if err := fs.Parse(args); err != nil {
		return err
	}
	c.Works = strings.Split(*works, ",")
	r, err := bench.Run(ctx, c)
	if r == nil {
		return err
	}
	if *out != "" {
		err = errors.Join(err, write(r, *out))
	}
	return errors.Join(err, r.Markdown(os.Stdout))
}

func write(r *report.Report, dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	f, err := os.Create(filepath.Join(dir, "bench.json"))
	if err != nil {
		return err
	}
	return errors.Join(r.Write(f), f.Close())
}
