// Command bench measures Freshet beside its peers, and makes the rows that it
// measures with. It is a command of its own, as it would not fit into the 20 MiB
// that the appliance may take. See bench/DESIGN.md.
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

const usage = `Measures Freshet beside ClickHouse and DuckDB, in one run on this machine.

  bench run [flags]               load the same rows everywhere, compare answers, take turns, report
  bench gen [flags] > FILE        write rows: events, an access log, page hits, a star schema
  bench shape [--rows N]          count the events and print their distributions
  bench report FILE FOLDER        the forms of a run's bench.json, written anew into a folder
  bench compare OLD NEW           what changed from one run's bench.json to another's

"bench run --help" and "bench gen --help" list the flags. To begin:

  make build
  go run ./bench/cmd run --install --work W2,W3 --rows 1000000 --out report
`

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
	if len(args) == 0 {
		args = []string{"help"}
	}
	switch name, rest := args[0], args[1:]; name {
	case "run":
		return runBench(ctx, rest)
	case "gen":
		return generate(ctx, rest)
	case "shape":
		return shape(rest)
	case "compare":
		return compare(rest)
	case "report":
		return again(rest)
	case "help", "-h", "--help":
		_, err := fmt.Print(usage)
		return err
	default:
		return fmt.Errorf("no command %q; \"bench help\" lists them", name)
	}
}

// flags makes a set whose help goes to standard output.
func flags(name, example string) *flag.FlagSet {
	fs := flag.NewFlagSet(name, flag.ContinueOnError)
	fs.SetOutput(os.Stdout)
	fs.Usage = func() {
		fmt.Printf("Usage: bench %s [flags]\n\nFlags:\n", name)
		fs.PrintDefaults()
		fmt.Printf("\nExamples:\n%s\n", example)
	}
	return fs
}

// parse refuses words that no flag takes.
func parse(fs *flag.FlagSet, args []string) error {
	if err := fs.Parse(args); err != nil {
		return err
	}
	if fs.NArg() > 0 {
		return fmt.Errorf("%s: unexpected argument %q", fs.Name(), fs.Arg(0))
	}
	return nil
}

func runBench(ctx context.Context, args []string) error {
	fs := flags("run", "  bench run --work all --rows 10000000 --install --out docs/bench\n"+
		"  bench run --work W2,W3 --chdb DIR --rounds 15\n  bench run --work fresh --rate 200000 --seconds 3600")
	c := bench.Config{Progress: os.Stderr}
	works := fs.String("work", "W2,W3,W5,W6", "`works` that are done, or all: "+strings.Join(bench.Works(), ","))
	out := fs.String("out", "", "`folder` that gets bench.json, bench.md and bench.html")
	fs.StringVar(&c.Binary, "freshet", "bin/freshet", "`binary` that is measured")
	fs.StringVar(&c.URL, "url", "", "measure the node at this `URL` instead, in a database of its own that is dropped at the end")
	fs.StringVar(&c.Server, "server", "", "compare with the clickhouse-server at this `URL`, not with chdb")
	fs.StringVar(&c.ChDB, "chdb", os.Getenv("CHDB_DIR"), "`folder` in which npm's chdb is installed (default $CHDB_DIR)")
	fs.StringVar(&c.DuckDB, "duckdb", os.Getenv("DUCKDB_DIR"), "`folder` in which npm's @duckdb/node-api is installed (default $DUCKDB_DIR)")
	fs.BoolVar(&c.Install, "install", false, "let npm install missing peers into the user's cache folder (chdb: 550 MB)")
	fs.Int64Var(&c.Rows, "rows", 1_000_000, "`events`")
	fs.Int64Var(&c.IngestRows, "ingest-rows", 1_000_000, "`events` of one turn of W1")
	fs.Int64Var(&c.Rate, "rate", 200_000, "`events` a second of the live load")
	fs.IntVar(&c.Seconds, "seconds", 30, "`seconds` that it takes; as many as you like for a soak")
	fs.IntVar(&c.Rounds, "rounds", 9, "`turns` of each question")
	fs.IntVar(&c.Shards, "shards", 1, "`shards` of Freshet")
	fs.StringVar(&c.Memory, "memory-limit", "", "memory `limit` of Freshet, such as 3GiB")
	fs.StringVar(&c.Dir, "dir", "", "`folder` for the data, kept (default: a temporary one that is removed)")
	if err := parse(fs, args); err != nil {
		return err
	}
	c.Works = strings.Split(*works, ",")
	if *works == "all" {
		c.Works = bench.Works()
	}
	r, err := bench.Run(ctx, c)
	if r == nil {
		return err
	}
	if *out != "" {
		err = errors.Join(err, write(r, *out))
	}
	return errors.Join(err, r.Markdown(os.Stdout))
}

// write writes the report in its three forms.
func write(r *report.Report, dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("make the report's folder: %w", err)
	}
	for name, form := range map[string]func(*os.File) error{
		"bench.json": func(f *os.File) error { return r.Write(f) },
		"bench.md":   func(f *os.File) error { return r.Markdown(f) },
		"bench.html": func(f *os.File) error { return r.HTML(f) },
	} {
		f, err := os.Create(filepath.Join(dir, name))
		if err != nil {
			return fmt.Errorf("write the report: %w", err)
		}
		if err := errors.Join(form(f), f.Close()); err != nil {
			return err
		}
	}
	return nil
}

func compare(args []string) error {
	if len(args) != 2 {
		return errors.New("compare takes two files: bench.json of the earlier and of the later run")
	}
	var runs [2]*report.Report
	for i, path := range args {
		r, err := read(path)
		if err != nil {
			return err
		}
		runs[i] = r
	}
	return report.Diff(os.Stdout, runs[0], runs[1])
}

func again(args []string) error {
	if len(args) != 2 {
		return errors.New("report takes bench.json of a run and a folder")
	}
	r, err := read(args[0])
	if err != nil {
		return err
	}
	return write(r, args[1])
}

func read(path string) (*report.Report, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("open a report: %w", err)
	}
	r, err := report.Read(f)
	return r, errors.Join(err, f.Close())
}
