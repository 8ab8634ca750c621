package format_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/format"
)

// must ends the test on an error.
func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// equal ends the test when got is not want, and shows where.
func equal(t testing.TB, want, got any, format string, args ...any) {
	t.Helper()
	if d := cmp.Diff(want, got); d != "" {
		t.Fatalf(format+"\n(-want +got)\n%s", append(args, d)...)
	}
}

// rows1 is a reader's batch as what writers take.
func rows1(r *format.Rows) []*batch.Batch { return []*batch.Batch{r.Batch} }
