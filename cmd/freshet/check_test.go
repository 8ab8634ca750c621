package main

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/freshetdb/freshet/query/engine"
)

// freshet runs the command with arguments and returns what it printed, and its exit code.
func freshet(t *testing.T, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), exe)
	cmd.Env = append(os.Environ(), mainEnv+"="+strings.Join(args, "\n"))
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err = cmd.Run()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		return out.String(), errs.String(), exit.ExitCode()
	}
	if err != nil {
		t.Fatal(err)
	}
	return out.String(), errs.String(), 0
}

// dataFolder is a folder with a segment, a dictionary, and rows that are in the log only.
func dataFolder(t *testing.T) string {
	t.Helper()
	cfg := DefaultConfig()
	cfg.DataDir, cfg.HTTPAddr, cfg.Shards = t.TempDir(), "127.0.0.1:0", 1
	n, err := openNode(t.Context(), cfg, discard())
	if err != nil {
		t.Fatal(err)
	}
	exec := func(sql string) {
		t.Helper()
		var out answer
		if _, err := n.engine.Execute(t.Context(), &engine.Request{SQL: sql, Session: engine.NewSession("default")}, &out); err != nil {
			t.Fatal(err)
		}
	}
	exec("CREATE TABLE t (id UInt64, s String) ENGINE = MergeTree ORDER BY s")
	exec("INSERT INTO t SELECT number, concat('value ', toString(number % 100)) FROM numbers(20000)")
	if err := n.cluster.Maintain(t.Context(), engine.Maintenance{Flush: true}); err != nil {
		t.Fatal(err)
	}
	for i := range 20 {
		exec("INSERT INTO t SELECT number, concat('late ', toString(number)) FROM numbers(" + strconv.Itoa(100+i) + ")")
	}
	if err := n.close(); err != nil {
		t.Fatal(err)
	}
	return cfg.DataDir
}

// files lists the files below dir by pattern of their relative path.
func files(t *testing.T, dir, pattern string) []string {
	t.Helper()
	var out []string
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		rel, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		if ok, _ := filepath.Match(pattern, filepath.ToSlash(rel)); ok {
			out = append(out, filepath.ToSlash(rel))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// TestCheckCommand runs `freshet check` as a user would: over a folder that is whole, and over copies of it with
// one bit flipped in each kind of file, which must be named.
func TestCheckCommand(t *testing.T) {
	dir := dataFolder(t)
	stdout, stderr, code := freshet(t, "check", "--data-dir", dir)
	if code != 0 || stderr != "" || stdout != dir+": no problem found\n" {
		t.Fatalf("a clean folder: exit code %d\n%s%s", code, stdout, stderr)
	}
	for name, pattern := range map[string]string{
		"log":              "shard-*/log/*.wal",
		"dictionary":       "shard-*/store/dictionaries/*",
		"segment":          "shard-*/store/segments/*.arrow",
		"index of segment": "shard-*/store/segments/*.idx",
		"manifest":         "shard-*/store/MANIFEST",
	} {
		t.Run(name, func(t *testing.T) {
			found := files(t, dir, pattern)
			if len(found) == 0 {
				t.Fatalf("no file %s in %v", pattern, files(t, dir, "*/*/*/*"))
			}
			for _, file := range found {
				copied := t.TempDir()
				if err := os.CopyFS(copied, os.DirFS(dir)); err != nil {
					t.Fatal(err)
				}
				flipMiddle(t, filepath.Join(copied, filepath.FromSlash(file)))
				stdout, stderr, code := freshet(t, "check", "--data-dir", copied)
				if code != 1 || !strings.Contains(stdout, file) || !strings.Contains(stderr, "problem") {
					t.Errorf("%s: exit code %d\n%s%s", file, code, stdout, stderr)
				}
			}
		})
	}
	if _, stderr, code := freshet(t, "check", "--data-dir", t.TempDir()); code != 1 || !strings.Contains(stderr, "no data folder") {
		t.Errorf("an empty folder: exit code %d, %s", code, stderr)
	}
}

// flipMiddle flips a bit in the middle of what was written of a file; what was allocated in advance does not count.
func flipMiddle(t *testing.T, path string) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	written := len(bytes.TrimRight(data, "\x00"))
	if written == 0 {
		t.Fatalf("%s is empty", path)
	}
	data[written/2] ^= 4
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
}
