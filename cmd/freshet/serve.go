package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
)

// nodeFlags are the flags of every command that starts a node.
type nodeFlags struct {
	DataDir     string `help:"Folder of the data; made when missing." placeholder:"DIR"`
	HTTPAddr    string `name:"http-addr" help:"Address of the HTTP interface." placeholder:"ADDR"`
	Shards      int    `help:"Shards of this node; fixed when the data folder is made." placeholder:"N"`
	MemoryLimit string `help:"Most memory that the node may use, such as 2GiB." placeholder:"SIZE"`
	Timezone    string `help:"Zone of times without one of their own." placeholder:"ZONE"`
	LogLevel    string `help:"debug, info, warn or error." placeholder:"LEVEL"`
	Config      string `help:"YAML file with these settings; flags win over it." placeholder:"FILE" type:"path"`
}

// config is the defaults, then the file, then the flags.
func (f *nodeFlags) config() (Config, error) {
	c := DefaultConfig()
	if f.Config != "" {
		if err := c.Load(f.Config); err != nil {
			return c, err
		}
	}
	for _, x := range []struct {
		flag string
		to   *string
	}{
		{f.DataDir, &c.DataDir}, {f.HTTPAddr, &c.HTTPAddr}, {f.MemoryLimit, &c.MemoryLimit},
		{f.Timezone, &c.Timezone}, {f.LogLevel, &c.LogLevel},
	} {
		if x.flag != "" {
			*x.to = x.flag
		}
	}
	if f.Shards != 0 {
		c.Shards = f.Shards
	}
	return c, nil
}

// logger writes structured lines to standard error.
func logger(level string) (*slog.Logger, error) {
	var l slog.Level
	if err := l.UnmarshalText([]byte(level)); err != nil {
		return nil, fmt.Errorf("log level %q: write debug, info, warn or error", level)
	}
	return slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: l})), nil
}

// serveCmd is `freshet serve`.
type serveCmd struct {
	nodeFlags `embed:""`
}

// Help implements kong.HelpProvider.
func (serveCmd) Help() string {
	return "Examples:\n\n  freshet serve\n  freshet serve --data-dir /var/lib/freshet --http-addr 127.0.0.1:8123 --memory-limit 2GiB\n" +
		"  freshet serve --config freshet.yaml"
}

// Run serves until the context ends, then stops within ten seconds.
func (s *serveCmd) Run(ctx context.Context) error {
	c, err := s.config()
	if err != nil {
		return err
	}
	log, err := logger(c.LogLevel)
	if err != nil {
		return err
	}
	n, err := openNode(ctx, c, log)
	if err != nil {
		return err
	}
	return n.serve(ctx)
}
