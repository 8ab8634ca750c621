package parse_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/freshetdb/freshet/query/ast"
	"github.com/freshetdb/freshet/query/parse"
)

// TestErrors holds the whole message: code, place, fragment and what was expected.
func TestErrors(t *testing.T) {
	for _, c := range []struct {
		text              string
		code              int
		offset, line, col int
		msg               string
	}{
		{"SELECT", 62, 6, 1, 7, "Syntax error: failed at position 7 (end of query): . Expected one of: "},
		{"SELECT 1 +", 62, 10, 1, 11, "Syntax error: failed at position 11 (end of query): . Expected expression"},
		{"SELECT 1 FROM", 62, 13, 1, 14, "Syntax error: failed at position 14 (end of query): . "},
		{"SELECT a\nFROM t\nWHERE )", 62, 22, 3, 7, "Syntax error: failed at position 23 ()) (line 3, col 7): ). Expected"},
		{"SELECT 'é', ) ", 62, 13, 1, 13, "Syntax error: failed at position 14 ()): ) . Expected"},
		{"SELECT 'abc", 62, 7, 1, 8, "Single quoted string is not closed: Syntax error: failed at position 8 ('abc): 'abc."},
		{"SELECT 1 /* x", 62, 9, 1, 10, "Multiline comment is not closed: Syntax error: failed at position 10 (/* x): /* x."},
		{"FOO", 62, 0, 1, 1, "Syntax error: failed at position 1 (FOO): FOO. Expected one of: ALTER, CREATE, DROP,"},
		{"SELECT count( FROM t", 62, 19, 1, 20, "Syntax error: failed at position 20 (t): t. Expected"},
		{"SELECT a FROM t LIMIT 1 WITH TIES", 476, 33, 1, 34, "Can not use WITH TIES without ORDER BY"},
	} {
		_, _, err := parse.Statement(c.text, parse.DefaultLimits())
		var e *parse.Error
		if !errors.As(err, &e) {
			t.Errorf("%q: no error", c.text)
			continue
		}
		if e.Code != c.code || e.Offset != c.offset || e.Line != c.line || e.Col != c.col || !strings.HasPrefix(e.Msg, c.msg) {
			t.Errorf("%q\n got code %d at %d (%d:%d) %s\nwant code %d at %d (%d:%d) %s",
				c.text, e.Code, e.Offset, e.Line, e.Col, e.Msg, c.code, c.offset, c.line, c.col, c.msg)
		}
		if !slices.IsSorted(e.Expected) {
			t.Errorf("%q: expectations are not sorted: %v", c.text, e.Expected)
		}
	}
}

// TestErrorFragmentIsBounded checks that a long text does not come back whole.
func TestErrorFragmentIsBounded(t *testing.T) {
	_, _, err := parse.Statement("SELECT ) "+strings.Repeat("é", 10_000), parse.DefaultLimits())
	if err == nil || len(err.Error()) > 1000 || !strings.Contains(err.Error(), "...") {
		t.Errorf("message of %d bytes", len(err.Error()))
	}
}

func TestRest(t *testing.T) {
	for _, c := range []struct {
		text string
		rest int
	}{
		{"SELECT 1", 8},
		{"SELECT 1 ", 9},
		{"SELECT 1;", 9},
		{"SELECT 1 /* done */", 19},
		{"SELECT 1 ; SELECT 2", 10},
		{"SELECT 1; -- done", 17},
		{"INSERT INTO t VALUES (1); SELECT 2", 34},
	} {
		_, rest, err := parse.Statement(c.text, parse.DefaultLimits())
		if err != nil || rest != c.rest {
			t.Errorf("%q: rest %d, want %d (%v)", c.text, rest, c.rest, err)
		}
	}
}

// TestInlineData checks where the data of an INSERT begins: the text from there on is what a format
// reads.
func TestInlineData(t *testing.T) {
	for _, c := range []struct{ text, data string }{
		{"INSERT INTO t VALUES (1), (2)", "(1), (2)"},
		{"INSERT INTO t VALUES(1)", "(1)"},
		{"INSERT INTO t (a) VALUES\n(1)\n", "(1)\n"},
		{"INSERT INTO t FORMAT CSV\n\n1,2", "\n1,2"},
		{"INSERT INTO t FORMAT CSV 1,2\n", "1,2\n"},
		{"INSERT INTO t FORMAT TSV\n\ta", "\ta"},
		{"INSERT INTO t FORMAT JSONEachRow {\"a\": \"'\"} `", "{\"a\": \"'\"} `"},
		{"INSERT INTO t FORMAT CSV SETTINGS x = 1", "SETTINGS x = 1"},
		{"INSERT INTO t SETTINGS x = 1 VALUES (now())", "(now())"},
		{"INSERT INTO t SELECT * FROM input('a Int8') FORMAT CSV 1", "1"},
		{"INSERT INTO t VALUES", ""},
		{"INSERT INTO t VALUES;", ""},
		{"INSERT INTO t FORMAT Native;\n", ""},
	} {
		s, rest, err := parse.Statement(c.text, parse.DefaultLimits())
		if err != nil {
			t.Errorf("%q: %v", c.text, err)
			continue
		}
		n := s.(*ast.Insert)
		if got := c.text[n.DataOffset:]; got != c.data || rest != len(c.text) {
			t.Errorf("%q: data %q, want %q; rest %d", c.text, got, c.data, rest)
		}
	}
	for _, text := range []string{"INSERT INTO t SELECT 1", "INSERT INTO t FROM INFILE 'x' FORMAT CSV"} {
		s, _, err := parse.Statement(text, parse.DefaultLimits())
		if err != nil || s.(*ast.Insert).DataOffset != -1 {
			t.Errorf("%q: must have no inline data (%v)", text, err)
		}
	}
}

func TestScript(t *testing.T) {
	const script = `-- a script
SELECT 1;; /* nothing */ ;
INSERT INTO t VALUES (1, 'a;b'), (2, 'c'); SELECT 2;
INSERT INTO t FORMAT CSV
1;2
3;4;
INSERT INTO t FORMAT JSONEachRow
{"a": 1}

SELECT 'x;y' -- end
; USE db`
	want := []string{
		"SELECT 1", "INSERT INTO t VALUES (1, 'a;b'), (2, 'c')", "SELECT 2", "INSERT INTO t FORMAT CSV\n1;2\n3;4",
		"INSERT INTO t FORMAT JSONEachRow\n{\"a\": 1}\n", "SELECT 'x;y' -- end\n", "USE db",
	}
	var got []string
	for part, err := range parse.Script(script, parse.DefaultLimits()) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, script[part.Start:part.End])
		if at := part.Statement.Pos(); at.Start != part.Start {
			t.Errorf("the span %v begins elsewhere than the part at %d", at, part.Start)
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	var last error
	n := 0
	for _, err := range parse.Script("SELECT 1; SELEC 2; SELECT 3", parse.DefaultLimits()) {
		last = err
		n++
	}
	if n != 2 || last == nil {
		t.Errorf("%d parts, then %v", n, last)
	}
	for _, empty := range []string{"", ";", " -- nothing", "/* */;;"} {
		for range parse.Script(empty, parse.DefaultLimits()) {
			t.Errorf("%q has a statement", empty)
		}
	}
}

// TestShapes checks the trees that others build on, by their canonical form and their node types.
func TestShapes(t *testing.T) {
	expr := func(text string) ast.Expr {
		t.Helper()
		e, err := parse.Expr(text)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		return e
	}
	if c, ok := expr("a AND b AND c").(*ast.Chain); !ok || len(c.Args) != 3 {
		t.Error("a AND b AND c is not one node")
	}
	if c, ok := expr("(a AND b) AND c").(*ast.Chain); !ok || len(c.Args) != 2 || !ast.IsParen(c.Args[0]) {
		t.Error("brackets are lost")
	}
	if c, ok := expr("1.10::Decimal(9, 2)").(*ast.Cast); !ok || c.Expr.(*ast.Literal).Str != "1.10" {
		t.Error("a cast of a literal does not keep its text")
	}
	if c, ok := expr("count(*)").(*ast.FuncCall); !ok || len(c.Args) != 1 {
		t.Error("count(*) loses its star")
	}
	if l, ok := expr("-9223372036854775808").(*ast.Literal); !ok || l.Kind != ast.IntLiteral || l.Int != -1<<63 {
		t.Error("the least integer is not one")
	}
	if l, ok := expr("340282366920938463463374607431768211456").(*ast.Literal); !ok || l.Kind != ast.BigLiteral ||
		l.BigInt().BitLen() != 129 {
		t.Error("a big integer loses its digits")
	}
	if _, ok := expr("a IN (1)").(*ast.In).Right.(*ast.Literal); !ok {
		t.Error("IN (1) has more than the 1")
	}
	if f, ok := expr("a ? b : c").(*ast.FuncCall); !ok || f.Name != "if" {
		t.Error("the ternary is not if()")
	}
	if id, ok := expr("a.b.c").(*ast.Ident); !ok || !slices.Equal(id.Parts, []string{"a", "b", "c"}) {
		t.Error("a.b.c is not one identifier")
	}
	if e, ok := expr("f(x).b").(*ast.TupleElement); !ok || e.Name != "b" {
		t.Error("f(x).b is not an element")
	}
}
