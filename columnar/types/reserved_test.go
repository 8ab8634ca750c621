package types_test

import (
	"testing"

	"github.com/freshetdb/freshet/columnar/types"
)

func TestQuoteName(t *testing.T) {
	for name, want := range map[string]string{
		"ts": "ts", "_a1": "_a1", "select": "`select`", "From": "`From`", "": "``", "1a": "`1a`", "a b": "`a b`", "a`\\": "`a\\`\\\\`",
	} {
		if got := types.QuoteName(name); got != want {
			t.Errorf("%q is quoted as %s, want %s", name, got, want)
		}
	}
}
