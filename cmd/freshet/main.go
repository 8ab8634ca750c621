// Command freshet is the appliance: server, demo, checker.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
)

// version is set by the linker.
var version = "dev"

// command is one sub-command. Its flags are declared on the set that run gets.
type command struct {
	name    string
	about   string // one line
	example string
	setUp   func(fs *flag.FlagSet) func(ctx context.Context) error
	words   string // that follow the flags, each by its name
}

func commands() []command {
	return []command{
		{
			"serve", "Start a node and serve SQL over HTTP until SIGTERM.",
			"freshet serve\nfreshet serve --data-dir /var/lib/freshet --http-addr 127.0.0.1:8123 --memory-limit 2GiB\nfreshet serve --config freshet.conf",
			setUpServe, "",
		},
		{
			"demo", "Start a node with live sample data and print what to ask.",
			"freshet demo\nfreshet demo --load access.json --rate 10000", setUpDemo, "",
		},
		{
			"check", "Verify every checksum and index of a data folder.",
			"freshet check --data-dir ./freshet-data", setUpCheck, "",
		},
		{
			"bench", "Measure this binary beside ClickHouse and DuckDB; generate load.",
			"freshet bench\nfreshet bench help", setUpBenchRun, "",
		},
		{"version", "Print the version.", "freshet version", setUpVersion, ""},
	}
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout)
	stop()
	switch {
	case err == nil || errors.Is(err, flag.ErrHelp):
	default:
		fmt.Fprintln(os.Stderr, "freshet:", err)
		os.Exit(1)
	}
}

// run finds the sub-command and runs it.
func run(ctx context.Context, args []string, out io.Writer) error {
	if len(args) == 0 || args[0] == "help" || args[0] == "--help" || args[0] == "-h" {
		usage(out)
		return nil
	}
	if args[0] == "bench" {
		return runBench(ctx, args[1:], out)
	}
	if strings.HasPrefix(args[0], "-") && strings.TrimLeft(args[0], "-") == "version" {
		args[0] = "version"
	}
	for _, c := range commands() {
		if c.name == args[0] {
			return c.run(ctx, args[1:], out)
		}
	}
	usage(out)
	return fmt.Errorf("unknown command %q", args[0])
}

func (c command) run(ctx context.Context, args []string, out io.Writer) error {
	fs := flag.NewFlagSet(c.name, flag.ContinueOnError)
	fs.SetOutput(io.Discard) // errors are printed by main
	do := c.setUp(fs)
	fs.Usage = func() {}
	help := func() {
		fs.SetOutput(out)
		printf(out, "%s\n\nUsage: freshet %s\n\nFlags:\n", c.about, strings.TrimSpace(c.name+" [flags] "+c.words))
		fs.PrintDefaults()
		printf(out, "\nExamples:\n%s\n", c.example)
	}
	switch err := fs.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		help()
		return err
	case err != nil:
		return fmt.Errorf("%s: %w (\"freshet %s --help\" lists the flags)", c.name, err, c.name)
	}
	switch want := len(strings.Fields(c.words)); {
	case fs.NArg() > want:
		return fmt.Errorf("%s: unexpected argument %q", c.name, fs.Arg(want))
	case fs.NArg() < want:
		return fmt.Errorf("%s: it takes %s", c.name, c.words)
	}
	return do(ctx)
}

// printf prints help; there is nobody to tell when that fails.
func printf(out io.Writer, text string, args ...any) { _, _ = fmt.Fprintf(out, text, args...) }

func usage(out io.Writer) {
	printf(out, "Freshet: realtime OLAP in one binary. ClickHouse's SQL over live data, exact and durable.\n\n"+
		"Usage: freshet <command> [flags]\n\n")
	for _, c := range commands() {
		printf(out, "  %-8s %s\n", c.name, c.about)
	}
	printf(out, "\nRun \"freshet <command> --help\" for its flags. To begin:\n\n"+
		"  freshet serve --data-dir ./freshet-data\n  curl 127.0.0.1:8123 --data 'SELECT 1'\n")
}

func setUpVersion(*flag.FlagSet) func(context.Context) error {
	return func(context.Context) error {
		fmt.Println("freshet", version)
		return nil
	}
}
