package main

import (
	"bytes"
	"compress/gzip"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func packed(t *testing.T, text string) string {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestDemoLoads runs `freshet demo --load FILE` for every kind of file, over one data folder, and reads the tables.
func TestDemoLoads(t *testing.T) {
	dir, data := t.TempDir(), t.TempDir()
	for _, c := range []struct{ file, text, want string }{
		{"j.json", `{"a":1,"b":"x"}` + "\n" + `{"a":2}` + "\n", "1\tx\n2\t\\N\n"},
		{"jl.jsonl", `{"a":1,"b":"x"}` + "\n", "1\tx\n"},
		{"jz.json.gz", packed(t, `{"a":1,"b":"x"}`+"\n"), "1\tx\n"},
		{"c.csv", "a,\"b\"\"\n c\"\n1,\"x,y\"\n2,z\n", "1\tx,y\n2\tz\n"},
		{"cz.csv.gz", packed(t, "a,b\n1.5,2024-01-02\n2,2024-01-03"), "1.5\t2024-01-02\n2\t2024-01-03\n"},
		{"ts.tsv", "a\tb\n1\t\"x\n2\t\\N\n", "1\t\"x\n2\t\\N\n"},
		{"tz.tsv.gz", packed(t, "a\tb\n1\ty\n"), "1\ty\n"},
		{"odd.csv", ",a,a,c3\n1,2,3,4\n", "1\t2\t3\t4\n"},
	} {
		t.Run(c.file, func(t *testing.T) {
			path := filepath.Join(dir, c.file)
			if err := os.WriteFile(path, []byte(c.text), 0o600); err != nil {
				t.Fatal(err)
			}
			_, stderr, code := freshet(t, "demo", "--load", path, "--data-dir", data, "--http-addr", "127.0.0.1:0",
				"--history", "1", "--for", "1ms")
			table, _, _ := strings.Cut(c.file, ".")
			if code != 0 || !strings.Contains(stderr, "into table "+table) {
				t.Fatalf("exit code %d\n%s", code, stderr)
			}
			n := newTargetDir(t, data, 1)
			target := &corpusTarget{t: t, n: n}
			got, err := target.Exec(t.Context(), "default", "SELECT * FROM `"+table+"` ORDER BY 1 FORMAT TSV")
			if err = errors.Join(err, n.close()); err != nil || got != c.want {
				t.Errorf("%v\ngot  %q\nwant %q", err, got, c.want)
			}
		})
	}
	for _, text := range []string{"", "a,b\n1\n"} {
		path := filepath.Join(dir, "bad.csv")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := inspect(path); err == nil || !strings.Contains(err.Error(), "load bad.csv: ") {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestColumnNames(t *testing.T) {
	got := columnNames([]string{"\uFEFFx", "", "a", "a", "c2", ""})
	if want := []string{"x", "c2_", "a", "c4", "c2", "c6"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
