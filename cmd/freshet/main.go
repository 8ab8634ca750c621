// Command freshet is the appliance: server, demo, checker.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"
)

// version is set by the linker.
var version = "dev"

// cli is all sub-commands with their flags; kong prints the help from it.
type cli struct {
	Serve   serveCmd   `cmd:"" help:"Start a node and serve SQL over HTTP until SIGTERM."`
	Demo    demoCmd    `cmd:"" help:"Start a node with live sample data and print what to ask."`
	Version versionCmd `cmd:"" help:"Print the version."`
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	var c cli
	k := kong.Parse(&c,
		kong.Name("freshet"),
		kong.Description("Realtime OLAP in one binary: ClickHouse's SQL over live data, exact and durable.\n\n"+
			"  freshet serve --data-dir ./freshet-data\n"+
			"  curl 127.0.0.1:8123 --data 'SELECT 1'"),
		kong.UsageOnError(),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
		kong.BindTo(ctx, (*context.Context)(nil)),
	)
	if err := k.Run(); err != nil {
		fmt.Fprintln(os.Stderr, "freshet:", err)
		stop()
		os.Exit(1) //nolint:gocritic // stop was called
	}
}

// versionCmd is `freshet version`.
type versionCmd struct{}

// Help implements kong.HelpProvider.
func (versionCmd) Help() string { return "Example:\n\n  freshet version" }

// Run prints the version.
func (versionCmd) Run() error {
	fmt.Println("freshet", version)
	return nil
}
