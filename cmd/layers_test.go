package cmd_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/freshetdb/freshet"

// layers lists, for each top-level folder, the folders it may import. Anything
// that is not listed is refused, so a new edge is a reviewed change here.
var layers = map[string][]string{
	"index":    {},
	"columnar": {"index"},
	"query":    {"columnar", "index"},
	"ingest":   {"columnar"},
	"cluster":  {"query", "columnar"},
	"bench":    {},
	"cmd":      {"bench", "cluster", "ingest", "query", "columnar", "index"},
}

// TestLayers reads the sources itself rather than running go list, so that the
// test cache sees every file it depends on.
func TestLayers(t *testing.T) {
	for from, allowed := range layers {
		walkGo(t, "../"+from, func(path string) {
			file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
			if err != nil {
				t.Fatal(err)
			}
			for _, spec := range file.Imports {
				imp, _ := strconv.Unquote(spec.Path.Value)
				rest, ours := strings.CutPrefix(imp, module+"/")
				to, _, _ := strings.Cut(rest, "/")
				if ours && to != from && !slices.Contains(allowed, to) {
					t.Errorf("%s: %s may not import %s (%s)", path, from, to, imp)
				}
			}
		})
	}
}

func walkGo(t *testing.T, root string, visit func(path string)) {
	t.Helper()
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && strings.HasSuffix(path, ".go") {
			visit(path)
		}
		if err != nil && path == root {
			return nil // The folder does not exist yet.
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
