package agg

import (
	"encoding/hex"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

var rewrite = flag.Bool("rewrite", false, "write testdata/encodings.txt anew")

// TestGoldenEncodings pins the bytes of the states of every function: they stand in
// segments and cross between nodes. A change of them is a change of format, and
// raises EncodingVersion. Sets in hash order are pinned too, which is stricter than
// the format asks for.
func TestGoldenEncodings(t *testing.T) {
	var out strings.Builder
	for i, s := range specs() {
		f := s.bind(t)
		d := rapid.Custom(func(t *rapid.T) data { return drawData(t, f.Args()) }).Example(i)
		dicts := make([]*memDict, len(s.args))
		for k := range dicts {
			dicts[k] = newDict()
		}
		st := run(f, d.symbols(dicts))
		for _, form := range []Form{Local, Portable} {
			fmt.Fprintf(&out, "%s %s %s\n", s, [...]string{"local", "portable"}[form], hex.EncodeToString(st.Encode(nil, 1, form)))
		}
	}
	const path = "testdata/encodings.txt"
	if *rewrite {
		if err := os.WriteFile(path, []byte(out.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	want := strings.Split(string(raw), "\n")
	for i, line := range strings.Split(out.String(), "\n") {
		if i >= len(want) || line != want[i] {
			t.Fatalf("line %d is\n%s\nwant\n%s", i+1, line, want[min(i, len(want)-1)])
		}
	}
}

// TestNames holds the catalogue against system.functions of ClickHouse.
func TestNames(t *testing.T) {
	o, _ := loadOracle(t)
	for _, f := range Functions() {
		at := slices.IndexFunc(o.Names, func(n [3]any) bool { return strings.EqualFold(n[0].(string), f.Name) })
		if at < 0 {
			if !slices.Contains([]string{"sumMap", "minMap", "maxMap"}, f.Name) { // combinators there
				t.Errorf("ClickHouse has no %s", f.Name)
			}
			continue
		}
		isAnyCase := o.Names[at][1].(float64) == 1
		if f.CaseInsensitive != isAnyCase {
			t.Errorf("%s: taken in any case is %v, in ClickHouse %v", f.Name, f.CaseInsensitive, isAnyCase)
		}
		if f.Description == "" || !strings.Contains(f.Syntax, "(") {
			t.Errorf("%s: no description or syntax", f.Name)
		}
		if !IsAggregate(f.Name) || !IsAggregate(f.Name+"IfOrNull") {
			t.Errorf("%s is no aggregate function", f.Name)
		}
	}
	for _, name := range []string{"", "If", "length", "sumI", "sumIF", "toIf", "_sum"} {
		if IsAggregate(name) {
			t.Errorf("%q is an aggregate function", name)
		}
	}
}
