package main

import (
	"strings"
	"testing"
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
		{[]string{"bench", "--rounds", "3"}, "rounds 3: they must be 7 to 1000"},
		{[]string{"bench", "--growth-rows", "5000,10"}, "growth rows [5000 10]: they must be 1000 to 1000000000"},
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
}

// TestBoundsInHelp finds in the help of each number what is said when it is out of bounds.
func TestBoundsInHelp(t *testing.T) {
	for sub, flags := range map[string][]string{
		"run": {"rows", "ingest-rows", "growth-rows", "rate", "seconds", "rounds", "shards"}, "shape": {"rows"},
	} {
		help, _, _ := freshet(t, "bench", sub, "--help")
		for _, name := range flags {
			_, stderr, _ := freshet(t, "bench", sub, "--"+name, "0")
			_, bounds, ok := strings.Cut(strings.TrimSpace(stderr), " must be ")
			_, about, _ := strings.Cut(help, "\n  -"+name+" ")
			about, _, _ = strings.Cut(about, "\n  -")
			if !ok || !strings.Contains(about, "; "+bounds) {
				t.Errorf("bench %s --%s: refused by %q, the help is %q", sub, name, stderr, about)
			}
		}
	}
}
