package expr

import (
	"errors"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/freshetdb/freshet/columnar/chcode"
	"github.com/freshetdb/freshet/columnar/types"
)

// answer is what an expression gives: its type and its value as TSV prints it,
// or "error" and the code.
func answer(ctx *Ctx, e Expr) (typ, value string) {
	v, err := e.eval(&env{ctx: ctx, rows: 1})
	if err != nil {
		return failure(err)
	}
	if v.Len != 1 {
		return "length", strconv.Itoa(v.Len)
	}
	if v.IsNull(0) || v.Type.Kind == types.Nothing {
		return v.Type.String(), `\N`
	}
	if !v.Type.Equal(e.Type()) {
		return "vector of " + v.Type.String(), "expression of " + e.Type().String()
	}
	text := AppendValue(nil, v, 0, ctx.zone())
	if v.Type.Kind == types.FixedString {
		text = trimmed(text) // toString, which the oracle prints by, does so
	}
	return v.Type.String(), escapeTSV(text)
}

func failure(err error) (typ, value string) {
	var user *chcode.Error
	if !errors.As(err, &user) {
		return "error", "without code: " + err.Error()
	}
	return "error", strconv.Itoa(int(user.Code))
}

func escapeTSV(b []byte) string {
	return strings.NewReplacer(`\`, `\\`, "\n", `\n`, "\t", `\t`, "'", `\'`, "\r", `\r`, "\x00", `\0`, "\b", `\b`, "\f", `\f`).Replace(string(b))
}

// oracleLine is an expression with ClickHouse's answer.
type oracleLine struct{ file, expr, typ, value string }

func oracleLines(t *testing.T) []oracleLine {
	t.Helper()
	files, err := filepath.Glob("testdata/*.tsv")
	if err != nil {
		t.Fatal(err)
	}
	var out []oracleLine
	for _, f := range files {
		data, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.SplitSeq(strings.TrimRight(string(data), "\n"), "\n") {
			p := strings.SplitN(line, "\t", 3)
			if len(p) != 3 {
				t.Fatalf("%s: bad line %q", f, line)
			}
			out = append(out, oracleLine{filepath.Base(f), p[0], p[1], p[2]})
		}
	}
	return out
}

// sameAnswer compares exactly, floats to 14 digits because the last ones of
// transcendental functions are the C library's.
func sameAnswer(typ, got, want string) bool {
	if got == want {
		return true
	}
	if !strings.Contains(typ, "Float") {
		return false
	}
	a, errA := strconv.ParseFloat(got, 64)
	b, errB := strconv.ParseFloat(want, 64)
	return errA == nil && errB == nil && math.Abs(a-b) <= 1e-14*max(math.Abs(a), math.Abs(b))
}

func TestAnswersAsClickHouse(t *testing.T) {
	known := knownDifferences(t)
	lines := oracleLines(t)
	if len(lines) < 1500 {
		t.Fatalf("only %d expressions", len(lines))
	}
	ctx := testCtx()
	wrong := map[string]int{}
	for _, l := range lines {
		typ, value := "", ""
		if e, err := readExpr(ctx, l.expr); err != nil {
			typ, value = failure(err)
		} else {
			typ, value = answer(ctx, e)
		}
		if typ == l.typ && sameAnswer(typ, value, l.value) {
			continue
		}
		diff := l.expr + " => " + typ + " " + value + " | " + l.typ + " " + l.value
		if slices.ContainsFunc(known, func(re *regexp.Regexp) bool { return re.MatchString(diff) }) {
			wrong["known"]++
			continue
		}
		if wrong[l.file]++; wrong[l.file] <= maxShown {
			t.Errorf("%s: %s", l.file, diff)
		}
	}
	t.Logf("%d expressions, %d known differences", len(lines), wrong["known"])
	delete(wrong, "known")
	for f, n := range wrong {
		t.Errorf("%s: %d wrong answers", f, n)
	}
}

// maxShown bounds the wrong answers that are printed of a family.
const maxShown = 400

// knownDifferences match answers that differ on purpose ("expr => ours | theirs");
// the reasons stand beside them in differences.list.
func knownDifferences(t *testing.T) []*regexp.Regexp {
	t.Helper()
	data, err := os.ReadFile("testdata/differences.list")
	if err != nil {
		t.Fatal(err)
	}
	var out []*regexp.Regexp
	for line := range strings.SplitSeq(string(data), "\n") {
		if line != "" && !strings.HasPrefix(line, "#") {
			out = append(out, regexp.MustCompile(line))
		}
	}
	return out
}
