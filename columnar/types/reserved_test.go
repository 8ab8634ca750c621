package types_test

import (
	"testing"

	"github.com/freshetdb/freshet/columnar/types"
)

func TestQuoteColumn(t *testing.T) {
	for name, want := range map[string]string{
		"ts": "ts", "_a1": "_a1", "select": "`select`", "From": "`From`", "": "``", "1a": "`1a`", "a b": "`a b`", "a`\\": "`a\\`\\\\`",
	} {
		if got := types.QuoteColumn(name); got != want {
			t.Errorf("%q is quoted as %s, want %s", name, got, want)
		}
	}
	if got := types.QuoteName("default"); got != "default" {
		t.Errorf("a database is printed as %s", got)
	}
}
