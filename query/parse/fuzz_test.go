package parse

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/freshetdb/freshet/query/ast"
)

func addCorpus(f *testing.F) {
	f.Helper()
	files, err := filepath.Glob("testdata/*.sql")
	if err != nil || len(files) == 0 {
		f.Fatalf("no corpus: %v", err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		for line := range strings.SplitSeq(string(data), "\n") {
			if _, text, ok := strings.Cut(line, " "); ok {
				f.Add(text)
			}
		}
	}
}

// FuzzStatement: no text panics; what is accepted prints, reads back as an equal tree, and walks,
// copies and names itself without harm.
func FuzzStatement(f *testing.F) {
	addCorpus(f)
	f.Fuzz(func(t *testing.T, text string) {
		s, rest, err := Statement(text, DefaultLimits())
		if err != nil {
			var e *Error
			if !errors.As(err, &e) || e.Offset < 0 || e.Offset > len(text) || e.Msg == "" {
				t.Fatalf("bad error %#v", err)
			}
			return
		}
		if rest < 0 || rest > len(text) {
			t.Fatalf("rest %d of %d", rest, len(text))
		}
		canonical := ast.Format(s)
		again, _, err := Statement(canonical, Limits{MaxQuerySize: 1 << 30})
		if err != nil {
			if isLimit(err) {
				return // The canonical text has more brackets.
			}
			t.Fatalf("%q\nprints as %q\nwhich fails: %v", text, canonical, err)
		}
		if !ast.Equal(s, again) {
			t.Fatalf("%q\nprints as %q\nwhich is another tree: %q", text, canonical, ast.Format(again))
		}
		if second := ast.Format(again); second != canonical {
			t.Fatalf("%q\nprints as %q\nthen as %q", text, canonical, second)
		}
		useTree(t, s)
	})
}

func isLimit(err error) bool {
	var e *Error
	return errors.As(err, &e) && (e.Code == CodeTooDeepRecursion || e.Code == CodeTooBigAST)
}

// useTree visits, names and copies every part of a tree.
func useTree(t *testing.T, s ast.Statement) {
	t.Helper()
	ast.Walk(s, func(n ast.Node) bool {
		if e, ok := n.(ast.Expr); ok {
			_ = ast.ColumnName(e)
		}
		return true
	})
	same := ast.Rewrite(s, func(e ast.Expr) ast.Expr { return e })
	if same != s {
		t.Fatal("a rewrite that changes nothing made a new tree")
	}
}

// FuzzLexer: tokens follow each other without overlap and cover all but blanks and comments.
func FuzzLexer(f *testing.F) {
	addCorpus(f)
	f.Fuzz(func(t *testing.T, text string) {
		l := lexer{text: text}
		at := 0
		for {
			tok := l.next()
			if tok.start < at || tok.end < tok.start || tok.end > len(text) {
				t.Fatalf("token %+v behind %d", tok, at)
			}
			if tok.kind == tEOF {
				break
			}
			if tok.end == tok.start {
				t.Fatalf("empty token %+v", tok)
			}
			at = tok.end
		}
		if utf8.ValidString(text) && l.next().kind != tEOF {
			t.Fatal("a token behind the end")
		}
	})
}

// FuzzType: types read back as they print.
func FuzzType(f *testing.F) {
	for _, s := range []string{
		"UInt8", "Array(Nullable(String))", "Enum8('a' = 1, 'b' = -2)", "Tuple(a UInt8, b String)",
		"DateTime64(3, 'UTC')", "AggregateFunction(quantiles(0.5, 0.9), UInt64)", "JSON(a.b UInt8, SKIP c, SKIP REGEXP 'd')",
		"DOUBLE PRECISION", "Dynamic(max_types = 3)",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		typ, err := Type(text)
		if err != nil {
			return
		}
		again, err := Type(ast.Format(typ))
		if err != nil || !ast.Equal(typ, again) {
			t.Fatalf("%q prints as %q: %v", text, ast.Format(typ), err)
		}
	})
}
