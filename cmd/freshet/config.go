package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/freshetdb/freshet/columnar/segment"
)

// Config is what a node is started with: flags, or a file of "name: value" lines
// with the same names. A flag that is given wins over the file.
type Config struct {
	DataDir     string
	HTTPAddr    string
	Shards      int
	MemoryLimit string
	Timezone    string
	LogLevel    string
	ColdAfter   time.Duration
	ColdCodec   segment.Codec

	batchRows int  // see engine.Config; only tests set it
	keptRows  int  // as well; also no answers are kept then, so that these are used
	isApart   bool // as well: symbols of several shards have no numbers together
}

// DefaultConfig is a node that works with no other setting. Late rows of a partition
// have come after three days, and most queries ask for newer ones.
func DefaultConfig() Config {
	return Config{DataDir: "./freshet-data", HTTPAddr: "127.0.0.1:8123", Timezone: "UTC", LogLevel: "info", ColdAfter: 3 * 24 * time.Hour, ColdCodec: segment.LZ4}
}

// Load reads a file over c: lines "name: value" (the part of YAML that settings
// need), # begins a comment. Unknown names are errors. A YAML library would add
// 0.6 MB to a binary that is to stay under 20.
func (c *Config) Load(path string) error {
	b, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("read config: %w", err)
	}
	n := 0
	for line := range strings.Lines(string(b)) {
		n++
		line, _, _ = strings.Cut(line, "#")
		if strings.TrimSpace(line) == "" {
			continue
		}
		name, value, ok := strings.Cut(line, ":")
		if !ok {
			return fmt.Errorf("read config %s: line %d is not \"name: value\"", path, n)
		}
		if err := c.set(strings.TrimSpace(name), strings.Trim(strings.TrimSpace(value), `"'`)); err != nil {
			return fmt.Errorf("read config %s: line %d: %w", path, n, err)
		}
	}
	return nil
}

func (c *Config) set(name, value string) error {
	switch name {
	case "data-dir":
		c.DataDir = value
	case "http-addr":
		c.HTTPAddr = value
	case "shards":
		n, err := strconv.Atoi(value)
		if err != nil || n < 1 {
			return fmt.Errorf("shards: %q is not a positive number", value)
		}
		c.Shards = n
	case "memory-limit":
		c.MemoryLimit = value
	case "timezone":
		c.Timezone = value
	case "log-level":
		c.LogLevel = value
	case "cold-after":
		d, err := time.ParseDuration(value)
		if err != nil || d < 0 {
			return fmt.Errorf("cold-after: %q is no time such as 72h, or 0 for never", value)
		}
		c.ColdAfter = d
	case "cold-codec":
		switch value {
		case segment.LZ4.String():
			c.ColdCodec = segment.LZ4
		case segment.ZSTD.String():
			c.ColdCodec = segment.ZSTD
		default:
			return fmt.Errorf("cold-codec: %q is neither lz4 nor zstd", value)
		}
	default:
		return fmt.Errorf("unknown setting %q; the settings are data-dir, http-addr, shards, memory-limit, timezone, log-level, cold-after, cold-codec", name)
	}
	return nil
}

// byteUnits are the suffixes of sizes, longest first.
var byteUnits = []struct {
	suffix string
	bytes  int64
}{
	{"KiB", 1 << 10},
	{"MiB", 1 << 20},
	{"GiB", 1 << 30},
	{"TiB", 1 << 40},
	{"KB", 1e3},
	{"MB", 1e6},
	{"GB", 1e9},
	{"TB", 1e12},
	{"K", 1 << 10},
	{"M", 1 << 20},
	{"G", 1 << 30},
	{"T", 1 << 40},
	{"B", 1},
}

// parseBytes reads a size such as 2GiB; "" is no limit.
func parseBytes(s string) (int64, error) {
	if s == "" {
		return 0, nil
	}
	unit := int64(1)
	number := s
	for _, u := range byteUnits {
		if n, ok := strings.CutSuffix(s, u.suffix); ok {
			number, unit = n, u.bytes
			break
		}
	}
	n, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
	if err != nil || n <= 0 {
		return 0, fmt.Errorf("size %q: write a number with KiB, MiB or GiB, such as 2GiB", s)
	}
	return int64(n * float64(unit)), nil
}
