package format_test

import (
	"os"
	"strings"
	"testing"

	"github.com/freshetdb/freshet/columnar/format"
)

// TestDocs finds every format in the table of the documentation, variants by the names that they are made of.
func TestDocs(t *testing.T) {
	text, err := os.ReadFile("../../docs/sql.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(text), "| format | read | written |")
	table, rest, _ := strings.Cut(table, "\n\n")
	lines := strings.Split(table, "\n")
	for _, f := range format.Names() {
		name := f.Name
		for _, variant := range []string{"AndTypes", "WithNames", "MonoBlock", "NoEscapes"} {
			name = strings.TrimSuffix(name, variant)
		}
		want := "| no | yes |"
		if f.Input {
			want = "| yes | yes |"
		}
		found := false
		for _, line := range lines {
			found = found || strings.Contains(line, "`"+name+"`") && strings.HasSuffix(line, want)
		}
		if !found || !f.Output {
			t.Errorf("%s: read %t, written %t, and the documentation does not say so", f.Name, f.Input, f.Output)
		}
	}
	_, rest, _ = strings.Cut(rest, "there are none of ")
	rest, _, _ = strings.Cut(rest, " and their variants")
	for _, name := range strings.FieldsFunc(rest, func(r rune) bool { return strings.ContainsRune(" ,\n…", r) }) {
		if _, err := format.NewWriter(name, nil, format.WriteOptions{}); err == nil {
			t.Errorf("%s is said not to be there", name)
		}
	}
}
