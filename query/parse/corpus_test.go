package parse_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/freshetdb/freshet/query/ast"
	"github.com/freshetdb/freshet/query/parse"
)

var rewrite = flag.Bool("rewrite", false, "write the golden files instead of comparing with them")

// A corpus file has one statement in a line, behind a mark:
//
//   - both we and ClickHouse accept it, and ClickHouse prints our canonical text as it prints the original
//     (mark +; ~ if it prints the two differently);
//   - both reject it (mark -);
//   - only we accept it (mark >), which is our own syntax or a check that ClickHouse makes while it parses;
//   - only ClickHouse accepts it (mark <).
//
// testdata/oracle.mjs asks ClickHouse whether the marks are true.
type corpusLine struct {
	file, mark, text string
}

func readCorpus(t testing.TB) map[string][]corpusLine {
	t.Helper()
	files, err := filepath.Glob("testdata/*.sql")
	if err != nil || len(files) == 0 {
		t.Fatalf("no corpus: %v", err)
	}
	corpus := map[string][]corpusLine{}
	for _, file := range files {
		for _, line := range readLines(t, file) {
			mark, text, _ := strings.Cut(line, " ")
			corpus[file] = append(corpus[file], corpusLine{file, mark, text})
		}
	}
	return corpus
}

// readLines returns the lines of a file without empty ones and comments.
func readLines(t testing.TB, file string) []string {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for line := range strings.SplitSeq(string(data), "\n") {
		if line != "" && !strings.HasPrefix(line, "#") {
			out = append(out, line)
		}
	}
	return out
}

// TestCorpus parses every statement: the canonical text, or the error, must be the golden line, and
// the canonical text must read back as an equal tree and print as itself.
func TestCorpus(t *testing.T) {
	total := 0
	for file, lines := range readCorpus(t) {
		total += len(lines)
		golden := strings.TrimSuffix(file, ".sql") + ".golden"
		got := make([]string, len(lines))
		for i, line := range lines {
			got[i] = checkLine(t, line)
		}
		if *rewrite {
			if err := os.WriteFile(golden, []byte(strings.Join(got, "\n")+"\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			continue
		}
		want := readLines(t, golden)
		if len(want) != len(got) {
			t.Fatalf("%s has %d lines for %d statements; run with -rewrite", golden, len(want), len(got))
		}
		for i := range got {
			if got[i] != want[i] {
				t.Errorf("%s: %s\n got %s\nwant %s", file, lines[i].text, got[i], want[i])
			}
		}
	}
	if total < 400 {
		t.Errorf("the corpus has only %d statements", total)
	}
}

// checkLine returns the golden line of a statement.
func checkLine(t *testing.T, line corpusLine) string {
	t.Helper()
	s, rest, err := parse.Statement(line.text, parse.DefaultLimits())
	accepts := line.mark == "+" || line.mark == "~" || line.mark == ">"
	if err != nil {
		if accepts {
			t.Errorf("%s: %s\nrejected: %v", line.file, line.text, err)
		}
		return "error: " + err.Error()
	}
	if !accepts {
		t.Errorf("%s: accepted: %s", line.file, line.text)
	}
	if rest < 0 || rest > len(line.text) {
		t.Errorf("%s: %s\nrest is %d", line.file, line.text, rest)
	}
	text := ast.Format(s)
	again, _, err := parse.Statement(text, parse.DefaultLimits())
	switch {
	case err != nil:
		t.Errorf("%s: %s\ncanonical text %s\ndoes not parse: %v", line.file, line.text, text, err)
	case !ast.Equal(s, again):
		t.Errorf("%s: %s\ncanonical text %s\nis another tree", line.file, line.text, text)
	case ast.Format(again) != text:
		t.Errorf("%s: %s\ncanonical text %s\nprints as %s", line.file, line.text, text, ast.Format(again))
	}
	checkSpans(t, line.text, s)
	return text
}

// checkSpans walks the tree: every span must lie in the text and within its parent's.
func checkSpans(t *testing.T, text string, s ast.Statement) {
	t.Helper()
	ast.Walk(s, func(n ast.Node) bool {
		at := n.Pos()
		if at.Start < 0 || at.End < at.Start || at.End > len(text) {
			t.Errorf("%s\n%T is at %v of %d", text, n, at, len(text))
		}
		return true
	})
	if at := s.Pos(); strings.TrimSpace(text[at.Start:at.End]) == "" {
		t.Errorf("%s\nthe statement's span %v is empty", text, at)
	}
}

// TestColumnNames holds the names of columns without an alias against what ClickHouse answered.
func TestColumnNames(t *testing.T) {
	for _, line := range readLines(t, "testdata/column_names.tsv") {
		expr, want, _ := strings.Cut(line, "\t")
		e, err := parse.Expr(expr)
		if err != nil {
			t.Errorf("%s: %v", expr, err)
			continue
		}
		if got := ast.ColumnName(e); got != want {
			t.Errorf("%s\n got %s\nwant %s", expr, got, want)
		}
	}
}
