package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml"
)

// Config is what a node is started with: flags, or a YAML file with the same
// names. A flag that is given wins over the file.
type Config struct {
	DataDir     string `yaml:"data-dir"`
	HTTPAddr    string `yaml:"http-addr"`
	Shards      int    `yaml:"shards"`
	MemoryLimit string `yaml:"memory-limit"`
	Timezone    string `yaml:"timezone"`
	LogLevel    string `yaml:"log-level"`
}

// DefaultConfig is a node that works with no other setting.
func DefaultConfig() Config {
	return Config{
		DataDir: "./freshet-data", HTTPAddr: "127.0.0.1:8123", Shards: 0, MemoryLimit: "", Timezone: "UTC", LogLevel: "info",
	}
}

// Load reads a YAML file over c. Unknown names are errors.
func (c *Config) Load(path string) error {
	b, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("read config: %w", err)
	}
	dec := yaml.NewDecoder(bytes.NewReader(b), yaml.Strict())
	if err := dec.Decode(c); err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("read config %s: %w", path, err)
	}
	return nil
}

// byteUnits are the suffixes of sizes, longest first.
var byteUnits = []struct {
	suffix string
	bytes  int64
}{
	{"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30}, {"TiB", 1 << 40},
	{"KB", 1e3}, {"MB", 1e6}, {"GB", 1e9}, {"TB", 1e12},
	{"K", 1 << 10}, {"M", 1 << 20}, {"G", 1 << 30}, {"T", 1 << 40}, {"B", 1},
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
