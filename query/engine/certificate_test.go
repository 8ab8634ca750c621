package engine_test

import (
	"strings"
	"testing"

	"github.com/freshetdb/freshet/columnar/agg"
	"github.com/freshetdb/freshet/query/engine"
)

// TestApproximateEverywhere: an estimate is called one wherever it is a part of the
// answer.
func TestApproximateEverywhere(t *testing.T) {
	e := engine.New(engine.DefaultConfig(), newMemory())
	run(t, e, "CREATE TABLE t (x UInt64, f Float64, s AggregateFunction(uniq, UInt64), a ALIAS arrayReduce('uniqHLL12', [x])) ENGINE = MergeTree ORDER BY x")
	run(t, e, "INSERT INTO t SELECT number, number / 7, initializeAggregation('uniqState', number) FROM numbers(100)")
	const uniq, exact = "approximate; error=0.81% beyond 65536 values; functions=uniq; complete-through=unknown", "exact; complete-through=unknown"
	for _, c := range []struct{ sql, want string }{
		{"SELECT uniq(x) FROM t", uniq},
		{"SELECT uniq(x) OVER () FROM t LIMIT 1", uniq},
		{"SELECT DISTINCT x % 3 AS m, uniq(x) OVER (ORDER BY x % 3) FROM t", uniq},
		{"SELECT uniqMerge(s) OVER () FROM t", uniq},
		{"SELECT count() FROM t WHERE x > (SELECT max(n) FROM (SELECT uniq(x) OVER () AS n FROM t))", uniq},
		{"SELECT uniqExact(x) OVER () FROM t", exact},
		{"SELECT quantile(0.5)(x) OVER (), median(x) OVER () FROM t", "approximate; error=1% of rank beyond 8192 values; functions=quantile; complete-through=unknown"},
		{"SELECT topK(2)(x) OVER () FROM t", "approximate; error=counts of rare values; functions=topK; complete-through=unknown"},
		{"SELECT sum(f) OVER () FROM t", "exact; rounding=last digits of floating-point sums; complete-through=unknown"},
		{"SELECT any(x) OVER () FROM t", "exact; order-dependent=any; complete-through=unknown"},
		{"SELECT row_number() OVER (ORDER BY x) FROM t", exact},
		{"SELECT medianTDigest(x) FROM t", "approximate; error=1% of rank; functions=quantileTDigest; complete-through=unknown"},
		{"SELECT APPROX_TOP_K(2)(x) FROM t", "approximate; error=counts of rare values; functions=approx_top_k; complete-through=unknown"},
		{"SELECT approx_top_count(2)(x), approx_top_sum(2)(x, x) FROM t", "approximate; error=counts of rare values; functions=approx_top_k,approx_top_sum; complete-through=unknown"},
		{"SELECT first_value(x), sumIf(f, x > 3) FROM t", "exact; rounding=last digits of floating-point sums; order-dependent=any; complete-through=unknown"},
		// Within a row, also where it is folded, and in sets.
		{"SELECT arrayReduce('uniq', [x, 1]) FROM t", uniq},
		{"SELECT arrayReduce('uniq', range(10))", uniq},
		{"SELECT count() FROM t WHERE x IN (arrayReduce('uniq', [1, 2]), 5)", uniq},
		{"SELECT arrayReduce('quantileTDigest(0.5)', [x]) FROM t", "approximate; error=1% of rank; functions=quantileTDigest; complete-through=unknown"},
		{"SELECT arrayReduceInRanges('uniqIf', [(1, 2)], [x], [1]) FROM t", uniq},
		{"SELECT finalizeAggregation(initializeAggregation('uniqState', x)) FROM t", uniq},
		{"SELECT finalizeAggregation(s) FROM t", uniq},
		{"SELECT s FROM t", uniq}, // Text has the value.
		{"SELECT arrayMap(y -> arrayReduce('uniq', [y]), [x]) FROM t", uniq},
		{"SELECT a FROM t", strings.Replace(uniq, "functions=uniq", "functions=uniqHLL12", 1)},
		{"SELECT arrayReduce('groupArray', [x]), arrayReduce('sum', [f]) FROM t", exact},
		{"SELECT x FROM t", exact},
	} {
		if o := run(t, e, c.sql); o.answer != c.want {
			t.Errorf("%s: %q, expected %q", c.sql, o.answer, c.want)
		}
	}
}

// TestApproximateByEveryName: a function is approximate by all of its names, and with
// combinators.
func TestApproximateByEveryName(t *testing.T) {
	e := engine.New(engine.DefaultConfig(), newMemory())
	for _, f := range agg.Functions() {
		of := f.Name
		if f.AliasTo != "" {
			of = f.AliasTo
		}
		for _, name := range []string{f.Name, f.Name + "If", f.Name + "OrNullStateIf", f.Name + "Merge"} {
			if got := agg.Plain(name); got != of {
				t.Errorf("%s is %s, expected %s", name, got, of)
			}
		}
		estimates := strings.Contains(f.Description, "Approximate") || strings.Contains(f.Description, "t-digest") ||
			strings.HasPrefix(of, "topK") || strings.HasPrefix(of, "approx_")
		args := "(number)"
		if strings.HasSuffix(f.Name, "Weighted") || of == "approx_top_sum" {
			args = "(number, number)"
		}
		switch {
		case !estimates:
			continue
		case strings.HasPrefix(of, "quantiles"):
			args = "(0.5)" + args
		case strings.HasPrefix(of, "topK"), strings.HasPrefix(of, "approx_"):
			args = "(3)" + args
		}
		for _, over := range []string{"", " OVER ()"} {
			if o := run(t, e, "SELECT "+f.Name+args+over+" FROM numbers(3)"); !strings.Contains(o.answer, "approximate; error=") || !strings.Contains(o.answer, "functions="+of+";") {
				t.Errorf("%s%s: %q", f.Name, over, o.answer)
			}
		}
	}
}

// TestFailedQueriesHaveNoCertificate: nothing is said in system.query_log of an answer
// that was not given.
func TestFailedQueriesHaveNoCertificate(t *testing.T) {
	e := engine.New(engine.DefaultConfig(), newMemory())
	for sql, want := range map[string]string{
		"SELECT nosuch(1)": "",
		"SELECT throwIf(number = 5) FROM numbers(10)":    "",
		"SELECT count() FROM numbers(10)":                "exact; complete-through=unknown",
		"SELECT uniq(number) FROM numbers(10) LIMIT 1":   "approximate; error=0.81% beyond 65536 values; functions=uniq; complete-through=unknown",
		"SELECT intDiv(1, number - 3) FROM numbers(100)": "",
	} {
		o := execute(t.Context(), e, sql, nil)
		if (o.err != nil) != (want == "") {
			t.Errorf("%s: %v", sql, o.err)
		}
		if got := run(t, e, "SELECT answer FROM system.query_log WHERE query = '"+sql+"' AND type != 'QueryStart'").text; got != want {
			t.Errorf("%s: %q, expected %q", sql, got, want)
		}
	}
}
