package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"strconv"
)

// setting is a flag that Config.set reads.
type setting struct{ name, value string }

// nodeFlags are the flags of every command that starts a node.
type nodeFlags struct {
	DataDir     string
	HTTPAddr    string
	Shards      int
	MemoryLimit string
	Timezone    string
	LogLevel    string
	Config      string
	cold        []setting // in the order given
}

func (f *nodeFlags) declare(fs *flag.FlagSet) {
	d := DefaultConfig()
	fs.StringVar(&f.DataDir, "data-dir", "", "`folder` of the data; made when missing (default "+d.DataDir+")")
	fs.StringVar(&f.HTTPAddr, "http-addr", "", "`address` of the HTTP interface (default "+d.HTTPAddr+")")
	fs.Func("shards", "`number` of shards; fixed when the data folder is made (default 1)", func(s string) error {
		n, err := strconv.Atoi(s)
		if err != nil || n < 1 {
			return errors.New("it is not a positive number")
		}
		f.Shards = n
		return nil
	})
	fs.StringVar(&f.MemoryLimit, "memory-limit", "", "most memory that the node may use, a `size` such as 2GiB (default 80 % of the machine's)")
	fs.StringVar(&f.Timezone, "timezone", "", "`zone` of times without one of their own (default "+d.Timezone+")")
	fs.StringVar(&f.LogLevel, "log-level", "", "`level`: debug, info, warn or error (default "+d.LogLevel+")")
	cold := func(name, usage string) {
		fs.Func(name, usage, func(s string) error {
			f.cold = append(f.cold, setting{name, s})
			return new(Config).set(name, s)
		})
	}
	cold("cold-after", "`age` of a partition's newest row from which on it is compressed, once none came for as long or for an hour; 0 for never (default "+
		strconv.Itoa(int(d.ColdAfter.Hours()))+"h)")
	cold("cold-codec", "`codec` of what is compressed: lz4, or zstd for the least bytes (default "+d.ColdCodec.String()+")")
	fs.StringVar(&f.Config, "config", "", "`file` of lines name: value with these settings; flags win over it")
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
		{f.DataDir, &c.DataDir},
		{f.HTTPAddr, &c.HTTPAddr},
		{f.MemoryLimit, &c.MemoryLimit},
		{f.Timezone, &c.Timezone},
		{f.LogLevel, &c.LogLevel},
	} {
		if x.flag != "" {
			*x.to = x.flag
		}
	}
	for _, x := range f.cold {
		if err := c.set(x.name, x.value); err != nil {
			return c, err
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

// setUpServe is `freshet serve`.
func setUpServe(fs *flag.FlagSet) func(context.Context) error {
	f := &nodeFlags{}
	f.declare(fs)
	return f.serve
}

// serve serves until the context ends, then stops within ten seconds.
func (f *nodeFlags) serve(ctx context.Context) error {
	c, err := f.config()
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
