package format_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
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
