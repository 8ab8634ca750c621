package sqltest

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// knownFile lists the records whose answer still differs from ClickHouse's:
// "area/file.test:line reason" a line. It may only shrink: a record on it that
// passes fails the test.
const knownFile = "query/sqltest/testdata/known.list"

// Known reads the list of records that are known to differ.
func Known(t testing.TB) map[string]string {
	t.Helper()
	root, err := repositoryRoot()
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(knownFile)))
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for line := range strings.Lines(string(data)) {
		if place, reason, ok := strings.Cut(strings.TrimSpace(line), " "); ok && !strings.HasPrefix(line, "#") {
			out[place] = reason
		}
	}
	return out
}

// RunExcept is Run where the records of known must differ and all others must
// not. skip leaves whole areas out.
func RunExcept(ctx context.Context, t *testing.T, target Target, config Config, known map[string]string, skip func(name string) bool) {
	t.Helper()
	var total Report
	for _, path := range Files(t) {
		name := Name(path)
		if skip != nil && skip(name) {
			continue
		}
		t.Run(name, func(t *testing.T) {
			records, err := Parse(path)
			if err != nil {
				t.Fatal(err)
			}
			report := RunRecords(ctx, records, Database(path), target, config)
			differs := map[string]bool{}
			for i := range report.Failures {
				f := &report.Failures[i]
				place := fmt.Sprintf("%s.test:%d", name, f.Record.Line)
				differs[place] = true
				if _, ok := known[place]; !ok {
					t.Error(f.String())
				}
			}
			for i := range records {
				place := fmt.Sprintf("%s.test:%d", name, records[i].Line)
				if _, ok := known[place]; ok && !differs[place] && records[i].runsIn(config.Name) {
					t.Errorf("%s passes now: take it off %s", place, knownFile)
				}
			}
			total.add(report)
		})
	}
	t.Log(total.String())
}
