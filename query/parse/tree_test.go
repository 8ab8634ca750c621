package parse_test

import (
	"strings"
	"testing"

	"github.com/freshetdb/freshet/query/ast"
	"github.com/freshetdb/freshet/query/parse"
)

func mustParse(t testing.TB, text string) ast.Statement {
	t.Helper()
	s, _, err := parse.Statement(text, parse.DefaultLimits())
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return s
}

func TestWalk(t *testing.T) {
	s := mustParse(t, "WITH x AS (SELECT a FROM t) SELECT b + 1 FROM x WHERE c IN (SELECT d) ORDER BY e LIMIT 1 BY f")
	var all, outer []string
	ast.Walk(s, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok {
			all = append(all, id.Name())
		}
		return true
	})
	if got := strings.Join(all, " "); got != "a b c d e f" {
		t.Errorf("walked %s", got)
	}
	ast.Walk(s, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok {
			outer = append(outer, id.Name())
		}
		switch n.(type) {
		case *ast.Subquery, *ast.With:
			return false
		}
		return true
	})
	if got := strings.Join(outer, " "); got != "b c e f" {
		t.Errorf("walked %s", got)
	}
}

func TestRewrite(t *testing.T) {
	const text = "SELECT a, sum(a + b) OVER (PARTITION BY a) FROM t JOIN u ON t.a = u.a WHERE x IN (SELECT a FROM v)"
	s := mustParse(t, text)
	upper := func(e ast.Expr) ast.Expr {
		if id, ok := e.(*ast.Ident); ok && id.Name() == "a" {
			return &ast.Ident{Parts: []string{"A"}}
		}
		return e
	}
	got := ast.Format(ast.Rewrite(s, upper))
	want := "SELECT A, sum(A + b) OVER (PARTITION BY A) FROM t INNER JOIN u ON t.a = u.a WHERE x IN (SELECT A FROM v)"
	if got != want {
		t.Errorf("got %s", got)
	}
	if now := ast.Format(s); now != strings.Replace(text, "JOIN u", "INNER JOIN u", 1) {
		t.Errorf("the original changed to %s", now)
	}
	// Without the inside of subqueries.
	got = ast.Format(ast.RewriteIn(s, func(n ast.Node) bool { _, sub := n.(*ast.Subquery); return !sub }, upper))
	if want = strings.Replace(want, "SELECT A FROM v", "SELECT a FROM v", 1); got != want {
		t.Errorf("got %s", got)
	}
	// The parts that do not change are shared, not copied.
	before, after := s.(*ast.SelectStatement), ast.Rewrite(s, func(e ast.Expr) ast.Expr {
		if l, ok := e.(*ast.Ident); ok && l.Name() == "x" {
			return ast.NewUint(1)
		}
		return e
	}).(*ast.SelectStatement)
	if before == after || before.Query.(*ast.Select).From != after.Query.(*ast.Select).From {
		t.Error("the rewrite copied what it did not change, or changed in place")
	}
	// Children come before their parents.
	e := ast.Rewrite(ast.Expr(ast.NewCall("f", ast.NewCall("g", ast.NewUint(1)))), func(e ast.Expr) ast.Expr {
		if c, ok := e.(*ast.FuncCall); ok {
			return &ast.FuncCall{Name: c.Name + "2", Args: c.Args}
		}
		return e
	})
	if got := ast.Format(e); got != "f2(g2(1))" {
		t.Errorf("got %s", got)
	}
}

func TestEqual(t *testing.T) {
	for _, c := range []struct {
		a, b  string
		equal bool
	}{
		{"SELECT a + 1", "select  a+1 -- x", true},
		{"SELECT (a) + ((1))", "SELECT a + 1", true},
		{"SELECT a AND b AND c", "SELECT (a AND b) AND c", false},
		{"SELECT a", "SELECT b", false},
		{"SELECT a", "SELECT A", false},
		{"SELECT nan", "SELECT NaN", true},
		{"SELECT 1", "SELECT 1 LIMIT 1", false},
		{"SELECT 'a'", "SELECT \"a\"", false},
		{"SELECT x::Int8", "SELECT CAST(x AS Int8)", true},
		{"INSERT INTO t VALUES (1)", "INSERT INTO t   VALUES (2)", true},
		{"SELECT a FROM t", "SELECT a FROM t AS x", false},
		{"SELECT f()", "SELECT f()()", false},
		{"SELECT 1 UNION ALL (SELECT 2 UNION ALL SELECT 3)", "SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3", false},
		{"DROP TABLE a", "DROP TABLE a SYNC", false},
	} {
		if got := ast.Equal(mustParse(t, c.a), mustParse(t, c.b)); got != c.equal {
			t.Errorf("%s, %s: %v", c.a, c.b, got)
		}
	}
}

// TestQuoting checks the text of names and strings that trees built by hand may hold.
func TestQuoting(t *testing.T) {
	for name, want := range map[string]string{
		"a": "a", "_x1": "_x1", "1a": "`1a`", "a b": "`a b`", "a`b": "`a\\`b`", "select": "`select`", "From": "`From`",
		"é": "`é`", "a\\b": "`a\\\\b`", "date": "date", "count": "count", "a\nb": "`a\\nb`",
	} {
		if got := ast.QuoteIdent(name); got != want {
			t.Errorf("%q is %s, want %s", name, got, want)
		}
		e, err := parse.Expr(ast.QuoteIdent(name))
		if id, ok := e.(*ast.Ident); err != nil || !ok || id.Name() != name {
			t.Errorf("%q does not read back: %v", name, err)
		}
	}
	for _, s := range []string{"", "a", "it's", "\\", "\x00\b\f\n\r\t\x1b\x80\xff", "`\"", "\\'", "日本"} {
		e, err := parse.Expr(ast.QuoteString(s))
		if l, ok := e.(*ast.Literal); err != nil || !ok || l.Str != s {
			t.Errorf("%q does not read back: %v", s, err)
		}
	}
}

// TestHandMadeTrees prints trees that no text had: operands get the brackets they need.
func TestHandMadeTrees(t *testing.T) {
	a, b, c := &ast.Ident{Parts: []string{"a"}}, &ast.Ident{Parts: []string{"b"}}, &ast.Ident{Parts: []string{"c"}}
	sum := &ast.Binary{Op: ast.OpPlus, Left: a, Right: b}
	for _, x := range []struct {
		e    ast.Expr
		want string
	}{
		{&ast.Binary{Op: ast.OpMultiply, Left: sum, Right: c}, "(a + b) * c"},
		{&ast.Binary{Op: ast.OpMinus, Left: c, Right: sum}, "c - (a + b)"},
		{&ast.Binary{Op: ast.OpMinus, Left: sum, Right: c}, "a + b - c"},
		{&ast.Unary{Op: ast.OpNegate, Expr: sum}, "-(a + b)"},
		{&ast.Unary{Op: ast.OpNegate, Expr: ast.NewUint(1)}, "-(1)"},
		{&ast.Unary{Op: ast.OpNot, Expr: &ast.Chain{Op: ast.OpOr, Args: []ast.Expr{a, b}}}, "NOT (a OR b)"},
		{&ast.Subscript{Expr: sum, Index: ast.NewUint(1)}, "(a + b)[1]"},
		{&ast.Between{Expr: a, Low: b, High: &ast.Chain{Op: ast.OpAnd, Args: []ast.Expr{a, c}}}, "a BETWEEN b AND (a AND c)"},
		{&ast.In{Expr: sum, Right: &ast.Tuple{Items: []ast.Expr{a, b}}, Not: true}, "a + b NOT IN (a, b)"},
		{&ast.Binary{Op: ast.OpPlus, Left: &ast.Alias{Expr: a, Name: "x"}, Right: b}, "(a AS x) + b"},
		{&ast.Literal{Kind: ast.FloatLiteral, Float: 1.5}, "1.5"},
		{&ast.Literal{Kind: ast.IntLiteral, Int: -3}, "-3"},
		{&ast.Tuple{Items: []ast.Expr{a}}, "(a,)"},
	} {
		if got := ast.Format(x.e); got != x.want {
			t.Errorf("got %s, want %s", got, x.want)
		}
		again, err := parse.Expr(x.want)
		if err != nil {
			t.Errorf("%s: %v", x.want, err)
		} else if got := ast.Format(again); got != x.want {
			t.Errorf("%s reads back as %s", x.want, got)
		}
	}
}

func BenchmarkStatement(b *testing.B) {
	const text = `SELECT toStartOfMinute(ts) AS m, content_id, count() AS c, uniqExact(user_id) AS u FROM events
WHERE ts >= now() - INTERVAL 1 HOUR AND city IN ('a', 'b', 'c') GROUP BY m, content_id HAVING c > 10
ORDER BY c DESC, m LIMIT 100`
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := parse.Statement(text, parse.DefaultLimits()); err != nil {
			b.Fatal(err)
		}
	}
}
