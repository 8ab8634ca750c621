package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/freshetdb/freshet/bench"
	"github.com/freshetdb/freshet/bench/report"
)

// benchCommands are the words that may follow "freshet bench".
func benchCommands() []command {
	return []command{
		{
			"bench run", "Load the same rows everywhere, compare the answers, take turns, report.",
			"freshet bench run\nfreshet bench run --work all --rows 10000000 --install --out report\n" +
				"freshet bench run --work W2,W3 --chdb DIR --rounds 15\nfreshet bench run --work fresh --rate 200000 --seconds 3600",
			setUpBenchRun, "",
		},
		{
			"bench gen", "Write rows: events, an access log, page hits, a star schema.",
			"freshet bench gen --format csv --rows 10000000 > events.csv\n" +
				"freshet bench gen --rate 5000 --live | curl '127.0.0.1:8123/?query=INSERT%20INTO%20events%20FORMAT%20JSONEachRow' -T -",
			setUpBenchGen, "",
		},
		{
			"bench shape", "Count the events and print their distributions.",
			"freshet bench shape --rows 10000000", setUpBenchShape, "",
		},
		{
			"bench report", "Write the forms of a run's bench.json anew into a folder.",
			"freshet bench report report/bench.json docs/bench", setUpBenchReport, "FILE FOLDER",
		},
		{
			"bench compare", "Tell what changed from one run's bench.json to another's.",
			"freshet bench compare before/bench.json after/bench.json", setUpBenchCompare, "OLD NEW",
		},
	}
}

// runBench finds what follows "bench": flags alone are those of a run.
func runBench(ctx context.Context, args []string, out io.Writer) error {
	list := benchCommands()
	switch {
	case len(args) > 0 && (args[0] == "help" || args[0] == "--help" || args[0] == "-h"):
		benchUsage(out, list)
		return nil
	case len(args) == 0 || strings.HasPrefix(args[0], "-"):
		return list[0].run(ctx, args, out)
	}
	for _, c := range list {
		if c.name == "bench "+args[0] {
			return c.run(ctx, args[1:], out)
		}
	}
	return fmt.Errorf("unknown command \"bench %s\"; \"freshet bench help\" lists them", args[0])
}

func benchUsage(out io.Writer, list []command) {
	printf(out, "Measures Freshet beside ClickHouse and DuckDB, in one run on this machine.\n\nUsage: freshet bench <command> [flags]\n\n")
	for _, c := range list {
		printf(out, "  %-14s %s\n", c.name, c.about)
	}
	printf(out, "\n\"freshet bench\" alone is \"freshet bench run\": W1 to W7 of this binary at a million events, beside the peers that are\n"+
		"installed. Run \"freshet bench run --help\" for the flags. To begin:\n\n"+
		"  freshet bench --install --out report\n  freshet bench --work W2,W3 --rows 10000000 --install\n")
}

func setUpBenchRun(fs *flag.FlagSet) func(context.Context) error {
	c := bench.Config{Progress: os.Stderr}
	works := fs.String("work", "W1,W2,W3,W4,W5,W6,W7", "`works` that are done, or all: "+strings.Join(bench.Works(), ","))
	out := fs.String("out", "", "`folder` that gets bench.json, bench.md and bench.html")
	fs.StringVar(&c.Binary, "freshet", "", "`binary` that is measured (default: this one)")
	fs.StringVar(&c.URL, "url", "", "measure the node at this `URL` instead, in a database of its own that is dropped at the end")
	fs.StringVar(&c.Server, "server", "", "compare with the clickhouse-server at this `URL`, not with chdb")
	fs.StringVar(&c.ChDB, "chdb", os.Getenv("CHDB_DIR"), "`folder` in which npm's chdb is installed (default $CHDB_DIR)")
	fs.StringVar(&c.DuckDB, "duckdb", os.Getenv("DUCKDB_DIR"), "`folder` in which npm's @duckdb/node-api is installed (default $DUCKDB_DIR)")
	fs.BoolVar(&c.Install, "install", false, "let npm install missing peers into the user's cache folder (chdb: 550 MB)")
	fs.Int64Var(&c.Rows, "rows", 1_000_000, "`events`; 1000 to 1000000000")
	fs.Int64Var(&c.IngestRows, "ingest-rows", 1_000_000, "`events` of one turn of W1; 1000 to 1000000000")
	fs.Func("growth-rows", "at most 16 `numbers` of events, with commas, that growth loads one after the other; 1000 to 1000000000 (default a tenth, a third and all of --rows)",
		func(s string) error {
			for word := range strings.SplitSeq(s, ",") {
				n, err := strconv.ParseInt(word, 10, 64)
				if err != nil {
					return fmt.Errorf("%q is not a number", word)
				}
				c.GrowthRows = append(c.GrowthRows, n)
			}
			return nil
		})
	fs.Int64Var(&c.Rate, "rate", 200_000, "`events` a second of the live load; 1 to 10000000")
	fs.IntVar(&c.Seconds, "seconds", 30, "`seconds` that it takes, many for a soak; 1 to 86400")
	fs.IntVar(&c.Rounds, "rounds", 9, "`turns` of each question; 7 to 1000")
	fs.IntVar(&c.Shards, "shards", 1, "`shards` of Freshet; 1 to 1024")
	fs.StringVar(&c.Memory, "memory-limit", "", "memory `limit` of Freshet, such as 3GiB, at least 64MiB")
	fs.StringVar(&c.Dir, "dir", "", "`folder` for the data, kept (default: a temporary one that is removed)")
	return func(ctx context.Context) error {
		c.Works = strings.Split(*works, ",")
		if *works == "all" {
			c.Works = bench.Works()
		}
		if c.Binary == "" {
			self, err := os.Executable()
			if err != nil {
				return fmt.Errorf("find this binary, name one by --freshet: %w", err)
			}
			c.Binary = self
		}
		if _, err := parseBytes(c.Memory); err != nil {
			return fmt.Errorf("memory limit: %w", err)
		}
		if *out != "" {
			if err := os.MkdirAll(*out, 0o755); err != nil {
				return fmt.Errorf("make the report's folder: %w", err)
			}
			// What a run has found so far is there to be read while it goes on, and when it is killed.
			c.Partial = func(r *report.Report) error { return writeReport(r, *out) }
		}
		r, err := bench.Run(ctx, c)
		if r == nil {
			return err
		}
		return errors.Join(err, r.Markdown(os.Stdout))
	}
}

// writeReport writes the report in its three forms.
func writeReport(r *report.Report, dir string) error {
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

func setUpBenchCompare(fs *flag.FlagSet) func(context.Context) error {
	return func(context.Context) error {
		before, err := readReport(fs.Arg(0))
		if err != nil {
			return err
		}
		after, err := readReport(fs.Arg(1))
		if err != nil {
			return err
		}
		return report.Diff(os.Stdout, before, after)
	}
}

func setUpBenchReport(fs *flag.FlagSet) func(context.Context) error {
	return func(context.Context) error {
		r, err := readReport(fs.Arg(0))
		if err != nil {
			return err
		}
		return writeReport(r, fs.Arg(1))
	}
}

func readReport(path string) (*report.Report, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("open a report: %w", err)
	}
	r, err := report.Read(f)
	return r, errors.Join(err, f.Close())
}
