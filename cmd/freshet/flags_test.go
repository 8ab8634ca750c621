package main

import (
	"fmt"
	"strings"
	"testing"

	"github.com/freshetdb/freshet/bench"
)

// TestFlagErrors says once what is wrong, on standard error, without all flags behind it.
func TestFlagErrors(t *testing.T) {
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"serve", "--bogus"}, "serve: flag provided but not defined: -bogus"},
		{[]string{"serve", "--shards", "0"}, "not a positive number"},
		{[]string{"serve", "--shards", "-1"}, "not a positive number"},
		{[]string{"serve", "--data-dir", "/dev/null/none", "--memory-limit", "1"}, "memory limit: 1 is too little: a node needs 64 MiB"},
		{[]string{"serve", "--cold-after", "-1h"}, "is no time such as 72h"},
		{[]string{"serve", "--cold-codec", "gzip"}, "is neither lz4 nor zstd"},
		{[]string{"bench", "frobnicate", "--rows", "1"}, "unknown command \"bench frobnicate\""},
		{[]string{"bench", "compare", "a"}, "bench compare: it takes OLD NEW"},
		{[]string{"bench", "report", "a", "b", "c"}, "bench report: unexpected argument \"c\""},
		{[]string{"bench", "--growth-rows", "10,x"}, "\"x\" is not a number"},
		{[]string{"bench", "--rounds", "3"}, "rounds 3: it must be 7 to 1000"},
		{[]string{"bench", "--growth-rows", "5000,10"}, "growth-rows 10: it must be 1000 to 1000000000"},
		{[]string{"bench", "shape", "--rows", "1000000001"}, "they must be 1 to 1000000000"},
		{[]string{"bench", "gen", "--format", "xml"}, "there are json, csv"},
		{[]string{"bench", "--memory-limit", "lots"}, "memory limit: size \"lots\""},
		{[]string{"bench", "--freshet", "/dev/null/freshet"}, "the binary that is to be measured"},
		{[]string{"bench", "--server", "nonsense"}, "the server that was named, nonsense"},
		{[]string{"bench", "--out", "/dev/null/report"}, "make the report's folder"},
		{[]string{"demo", "--rate", "fast"}, "invalid value \"fast\""},
	} {
		stdout, stderr, code := freshet(t, c.args...)
		if code != 1 || stdout != "" || strings.Count(stderr, c.want) != 1 || strings.Count(stderr, "\n") != 1 {
			t.Errorf("%v: exit code %d\n%s%s", c.args, code, stdout, stderr)
		}
	}
	if stdout, stderr, code := freshet(t, "--version"); code != 0 || stderr != "" || !strings.HasPrefix(stdout, "freshet ") {
		t.Errorf("version: exit code %d\n%s%s", code, stdout, stderr)
	}
	stdout, stderr, code := freshet(t, "serve", "--help")
	if code != 0 || stderr != "" || !strings.Contains(stdout, "-memory-limit size") || !strings.Contains(stdout, "Examples:") {
		t.Errorf("help: exit code %d\n%s%s", code, stdout, stderr)
	}
	stdout, stderr, code = freshet(t, "bench", "help")
	if code != 0 || stderr != "" || !strings.Contains(stdout, "bench compare") || !strings.Contains(stdout, "freshet bench --install") {
		t.Errorf("help of bench: exit code %d\n%s%s", code, stdout, stderr)
	}
	stdout, _, code = freshet(t, "bench", "run", "--help")
	for _, name := range []string{"rows", "ingest-rows", "growth-rows", "rate", "seconds", "rounds", "shards"} {
		_, about, _ := strings.Cut(stdout, "\n  -"+name+" ")
		about, _, _ = strings.Cut(about, "\n  -")
		if least, most := bench.Bounds(name); code != 0 || !strings.Contains(about, fmt.Sprintf("; %d to %d", least, most)) {
			t.Errorf("help of bench run, --%s: exit code %d, %q", name, code, about)
		}
	}
}
