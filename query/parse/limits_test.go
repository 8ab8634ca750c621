package parse_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/freshetdb/freshet/query/ast"
	"github.com/freshetdb/freshet/query/parse"
)

// nestings are texts that nest n deep, each by another way. Every one must be an error, not an overflow.
var nestings = map[string]func(n int) string{
	"brackets":       func(n int) string { return "SELECT " + strings.Repeat("(", n) + "1" },
	"closed":         func(n int) string { return "SELECT " + strings.Repeat("(", n) + "1" + strings.Repeat(")", n) },
	"arrays":         func(n int) string { return "SELECT " + strings.Repeat("[", n) },
	"calls":          func(n int) string { return "SELECT " + strings.Repeat("f(", n) },
	"not":            func(n int) string { return "SELECT " + strings.Repeat("NOT ", n) + "1" },
	"minus":          func(n int) string { return "SELECT " + strings.Repeat("- ", n) + "a" },
	"subqueries":     func(n int) string { return strings.Repeat("SELECT * FROM (", n) },
	"scalar":         func(n int) string { return strings.Repeat("SELECT (", n) + "1" },
	"with":           func(n int) string { return strings.Repeat("WITH a AS (", n) },
	"case":           func(n int) string { return "SELECT " + strings.Repeat("CASE ", n) },
	"cast":           func(n int) string { return "SELECT " + strings.Repeat("CAST(", n) },
	"interval":       func(n int) string { return "SELECT " + strings.Repeat("INTERVAL ", n) },
	"lambda":         func(n int) string { return "SELECT " + strings.Repeat("f(x -> ", n) },
	"plus chain":     func(n int) string { return "SELECT 1" + strings.Repeat(" + 1", n) },
	"subscripts":     func(n int) string { return "SELECT a" + strings.Repeat("[1]", n) },
	"elements":       func(n int) string { return "SELECT f(a)" + strings.Repeat(".1", n) },
	"casts":          func(n int) string { return "SELECT a" + strings.Repeat("::T", n) },
	"is null":        func(n int) string { return "SELECT a" + strings.Repeat(" IS NULL", n) },
	"ternary":        func(n int) string { return "SELECT " + strings.Repeat("a ? ", n) },
	"types":          func(n int) string { return "SELECT a::" + strings.Repeat("Array(", n) },
	"joins":          func(n int) string { return "SELECT 1 FROM a" + strings.Repeat(" CROSS JOIN a", n) },
	"set operators":  func(n int) string { return "SELECT 1" + strings.Repeat(" UNION ALL SELECT 1 EXCEPT SELECT 1", n) },
	"query brackets": func(n int) string { return strings.Repeat("(", n) + "SELECT 1" },
	"explain":        func(n int) string { return strings.Repeat("EXPLAIN AST ", n) },
	"execute as":     func(n int) string { return strings.Repeat("EXECUTE AS u ", n) },
	"exists":         func(n int) string { return "SELECT " + strings.Repeat("EXISTS (SELECT ", n) },
	"in":             func(n int) string { return "SELECT 1 " + strings.Repeat("IN (SELECT 1 ", n) },
	"from brackets":  func(n int) string { return "SELECT * FROM " + strings.Repeat("(", n) + "a" },
	"view":           func(n int) string { return "SELECT * FROM " + strings.Repeat("view(SELECT * FROM ", n) },
	"map setting":    func(n int) string { return "SET a = " + strings.Repeat("{'a':", n) },
	"dictionary":     func(n int) string { return "CREATE DICTIONARY d (a Int8) SOURCE(" + strings.Repeat("a(", n) },
	"alias":          func(n int) string { return "SELECT a" + strings.Repeat(" AS b", n) },
	"between":        func(n int) string { return "SELECT " + strings.Repeat("a BETWEEN ", n) },
	"quantified":     func(n int) string { return "SELECT " + strings.Repeat("a = ANY (SELECT ", n) },
	"columns":        func(n int) string { return "SELECT " + strings.Repeat("COLUMNS(", n) },
	"apply":          func(n int) string { return "SELECT " + strings.Repeat("* APPLY(x -> ", n) },
	"over":           func(n int) string { return "SELECT " + strings.Repeat("f() OVER (ORDER BY ", n) },
	"nested comment": func(n int) string { return "SELECT " + strings.Repeat("/* ", n) },
	"parallel":       func(n int) string { return "USE a" + strings.Repeat(" PARALLEL WITH EXPLAIN AST", n) },
	"substring":      func(n int) string { return "SELECT " + strings.Repeat("SUBSTRING(", n) },
	"trim":           func(n int) string { return "SELECT " + strings.Repeat("TRIM(BOTH ", n) },
	"date add":       func(n int) string { return "SELECT " + strings.Repeat("DATE_ADD(DAY, ", n) },
	"extract":        func(n int) string { return "SELECT " + strings.Repeat("EXTRACT(DAY FROM ", n) },
	"position":       func(n int) string { return "SELECT " + strings.Repeat("POSITION(", n) },
}

// TestDeepTextsAreErrors feeds nestings of three megabytes and, within the size limit, of all lengths
// around the depth limit. That they end at all also shows that no nesting makes the parser try
// exponentially many ways.
func TestDeepTextsAreErrors(t *testing.T) {
	for name, nest := range nestings {
		t.Run(name, func(t *testing.T) {
			for _, n := range []int{20, 300, 1100, 20_000} {
				s, _, err := parse.Statement(nest(n), parse.DefaultLimits())
				if err == nil {
					if ast.Format(s) == "" {
						t.Fatalf("%d: accepted without text", n)
					}
					continue
				}
				if _, ok := errors.AsType[*parse.Error](err); !ok {
					t.Fatalf("%d: %T is not *parse.Error", n, err)
				}
			}
			_, _, err := parse.Statement(nest(3<<20), parse.Limits{MaxQuerySize: 1 << 30, MaxElements: 1 << 30})
			if err == nil {
				t.Fatal("accepted three megabytes of nesting")
			}
		})
	}
}

func TestDepthLimit(t *testing.T) {
	_, _, err := parse.Statement("SELECT "+strings.Repeat("(", 900)+"1"+strings.Repeat(")", 900), parse.DefaultLimits())
	requireNone(t, err)

	_, _, err = parse.Statement("SELECT "+strings.Repeat("(", 3<<20), parse.DefaultLimits())
	requireCode(t, err, parse.CodeTooDeepRecursion)

	// The tree of a long sum is as deep as the sum is long.
	_, _, err = parse.Statement("SELECT 1"+strings.Repeat("+a", 2000), parse.DefaultLimits())
	requireCode(t, err, parse.CodeTooDeepRecursion)

	// AND, OR and || make one wide node.
	_, _, err = parse.Statement("SELECT 1 WHERE a"+strings.Repeat(" AND a", 5000), parse.DefaultLimits())
	requireNone(t, err)

	_, _, err = parse.Statement("SELECT ((1))", parse.Limits{MaxDepth: 3})
	requireCode(t, err, parse.CodeTooDeepRecursion)
}

// What stands side by side nests no deeper than one of it.
func TestManyAreNotDeep(t *testing.T) {
	elements := []string{
		"a AS b", "a b", "a + 1 AS b", "(a AS b)", "f(a AS b) AS c", "[a AS b]", "(a AS b, 1)", "a[1]", "a.1", "a::T", "-a", "NOT a",
		"a IS NULL", "a BETWEEN 1 AND 2", "a ? 1 : 2", "a IN (1 AS b)", "(SELECT a AS b)", "f(x -> x AS y)", "CASE a WHEN 1 THEN 2 END",
		"CAST(a AS T)", "f() OVER (ORDER BY a)", "a.* APPLY(f)", "* EXCEPT b", "a || b", "a AND b", "INTERVAL 1 DAY", "TRIM(BOTH a FROM b)",
		"EXTRACT(DAY FROM a)", "EXISTS (SELECT 1)", "a = ANY (SELECT 1)", "{p:T}", "a LIKE b",
	}
	lists := map[string][2]string{
		"SELECT": {"SELECT ", ""}, "call": {"SELECT f(", ")"}, "array": {"SELECT [", "]"}, "tuple": {"SELECT (", ")"}, "WITH": {"WITH ", " SELECT 1"},
		"GROUP BY": {"SELECT 1 GROUP BY ", ""}, "ORDER BY": {"SELECT 1 ORDER BY ", ""}, "IN": {"SELECT a IN (", ")"}, "LIMIT BY": {"SELECT 1 LIMIT 1 BY ", ""},
	}
	lim := parse.Limits{MaxDepth: 20}
	for _, element := range elements {
		for name, list := range lists {
			of := func(n int) error {
				_, _, err := parse.Statement(list[0]+strings.Repeat(element+", ", n-1)+element+list[1], lim)
				return err
			}
			if of(1) == nil && of(2) == nil && of(100) != nil {
				t.Errorf("%s of 100 times %s: %v", name, element, of(100))
			}
		}
	}
	for _, text := range []string{
		"SELECT 1" + strings.Repeat(" UNION ALL SELECT a AS b FROM (SELECT 1 AS c) AS d", 100),
		"SELECT 1 FROM a" + strings.Repeat(" ARRAY JOIN b AS c, d AS e", 10),
		"SELECT 1 FROM a ARRAY JOIN b AS c" + strings.Repeat(", d AS e", 100),
		"INSERT INTO a VALUES (1)", "SELECT 1 SETTINGS a = 1" + strings.Repeat(", b = {'c': 1}", 100),
	} {
		if _, _, err := parse.Statement(text, lim); err != nil {
			t.Errorf("%.60s …: %v", text, err)
		}
	}
}

func TestSizeLimit(t *testing.T) {
	_, _, err := parse.Statement("SELECT 1 + 2", parse.Limits{MaxQuerySize: 9})
	requireCode(t, err, parse.CodeSyntaxError)
	if !strings.Contains(err.Error(), "Max query size exceeded") {
		t.Errorf("message: %v", err)
	}

	// Inline data does not count.
	s, _, err := parse.Statement("INSERT INTO t VALUES "+strings.Repeat("(1),", 1000), parse.Limits{MaxQuerySize: 30})
	requireNone(t, err)
	if at := s.(*ast.Insert).DataOffset; at != 21 {
		t.Errorf("the data begins at %d", at)
	}
}

func TestElementLimit(t *testing.T) {
	wide := "SELECT f(" + strings.Repeat("a, ", 60_000) + "a)"
	_, _, err := parse.Statement(wide, parse.DefaultLimits())
	requireCode(t, err, parse.CodeTooBigAST)

	// A list of constants is one element, as in ClickHouse.
	list := "SELECT a IN (" + strings.Repeat("1, ", 60_000) + "1)"
	_, _, err = parse.Statement(list, parse.DefaultLimits())
	requireNone(t, err)
}

func requireCode(t *testing.T, err error, code int) {
	t.Helper()
	var e *parse.Error
	if !errors.As(err, &e) || e.Code != code {
		t.Fatalf("want an error of code %d, got %v", code, err)
	}
}

func requireNone(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
