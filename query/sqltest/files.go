package sqltest

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// corpusDir is where the corpus stands in the repository.
const corpusDir = "query/sqltest/testdata"

// Files are the paths of the corpus files, in order of name.
func Files(t testing.TB) []string {
	t.Helper()
	root, err := repositoryRoot()
	if err != nil {
		t.Fatal(err)
	}
	files, err := corpusFiles(filepath.Join(root, filepath.FromSlash(corpusDir)))
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func corpusFiles(dir string) ([]string, error) {
	var files []string
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && filepath.Ext(path) == ".test" {
			files = append(files, path)
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list the corpus: %w", err)
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("no corpus file in %s", dir)
	}
	slices.Sort(files)
	return files, nil
}

// Name is the path of a corpus file below testdata, with slashes and without its
// ending: joins/left.
func Name(path string) string {
	name := strings.TrimSuffix(filepath.ToSlash(path), ".test")
	if _, below, ok := strings.Cut(name, "/testdata/"); ok {
		name = below
	}
	return strings.TrimPrefix(name, "testdata/")
}

// Database is the name of the database in which a corpus file runs: joins_left.
// SHOW CREATE TABLE prints it, so the oracle names it in the same way.
func Database(path string) string {
	return strings.Map(func(c rune) rune {
		if c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') {
			return c
		}
		return '_'
	}, Name(path))
}

// repositoryRoot is the nearest folder with a go.mod above the working folder,
// which in a test is the package's.
func repositoryRoot() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", fmt.Errorf("find the repository: %w", err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, nil
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", errors.New("find the repository: no go.mod above the working folder")
		}
		dir = parent
	}
}
