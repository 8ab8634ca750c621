package expr

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/zeebo/xxh3"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/types"
)

// dictionary is a fixed list of values.
type dictionary struct {
	values [][]byte
	codes  map[string]uint32
}

func (d *dictionary) Len() int              { return len(d.values) }
func (d *dictionary) Value(s uint32) []byte { return d.values[s] }
func (d *dictionary) Lookup(v []byte) (uint32, bool) {
	s, ok := d.codes[string(v)]
	return s, ok
}

func (d *dictionary) Hash128(s uint32) (hi, lo uint64) {
	h := xxh3.Hash128(d.values[s])
	return h.Hi, h.Lo
}

// asSymbols writes a string column as symbols: most values from a dictionary, some
// from the overlay. The dictionary also holds values that occur nowhere and that
// most functions could not take.
func asSymbols(v *batch.Vector, rng *rand.Rand) *batch.Vector {
	d := &dictionary{codes: map[string]uint32{}}
	add := func(b []byte) {
		if _, ok := d.codes[string(b)]; !ok {
			d.codes[string(b)] = uint32(len(d.values))
			d.values = append(d.values, bytes.Clone(b))
		}
	}
	if v.Type.Kind == types.String {
		add([]byte("\xff never a value"))
	}
	overlay := map[string]bool{}
	s := batch.Symbols{Dict: d}
	for i := range v.Len {
		if v.IsNull(i) {
			continue
		}
		if b := v.Bytes(i); rng.IntN(4) == 0 {
			overlay[string(b)] = true
		} else if !overlay[string(b)] {
			add(b)
		}
	}
	for i := range v.Len {
		b := v.Bytes(i)
		code, ok := d.codes[string(b)]
		switch {
		case v.IsNull(i):
			code = 0
		case !ok:
			s.Overlay.Append(b)
			code = uint32(s.Overlay.Len()-1) | batch.OverlayBit
		}
		s.Codes = append(s.Codes, code)
	}
	return &batch.Vector{Type: v.Type, Len: v.Len, Nulls: v.Nulls, Data: s}
}

// columnCase is an expression of the oracle with its literals as columns.
type columnCase struct {
	line oracleLine
	expr Expr
	cols []*batch.Vector // one row each
}

// columnCases reads the oracle's expressions, putting columns where literals
// stood; those that need constants are left out.
func columnCases(t *testing.T) []columnCase {
	t.Helper()
	var out []columnCase
	for k, l := range oracleLines(t) {
		if l.typ == "error" || k%3 == 1 { // two thirds are enough
			continue
		}
		plain, err := readExpr(testCtx(), l.expr)
		if err != nil || !IsDeterministic(plain) {
			continue
		}
		// All literals as columns, or the first one for which that works.
		for only := -1; only < 4; only++ {
			if c, ok := withColumns(l, plain, only); ok {
				out = append(out, c)
				break
			}
		}
	}
	return out
}

func withColumns(l oracleLine, plain Expr, only int) (columnCase, bool) {
	c := columnCase{line: l}
	r := &reader{ctx: testCtx(), s: l.expr}
	seen := 0
	r.column = func(k *Const) Expr {
		seen++
		if k.Type().Kind == types.Nothing || (only >= 0 && seen-1 != only) {
			return k
		}
		c.cols = append(c.cols, k.Vec)
		return &Column{Pos: len(c.cols) - 1, Name: "c", T: k.Type()}
	}
	e, err := r.all()
	c.expr = e
	return c, err == nil && e.Type().Equal(plain.Type()) && len(c.cols) > 0
}

func text(v *batch.Vector) []string {
	out := make([]string, v.Len)
	for i := range out {
		out[i] = string(AppendValue(nil, v, i, nil))
	}
	return out
}

func evalText(t *testing.T, c columnCase, b *batch.Batch) string {
	t.Helper()
	v, err := Eval(testCtx(), c.expr, b)
	if err != nil {
		return "error: " + err.Error()
	}
	if v.Len != b.Rows {
		t.Fatalf("%s: %d rows of %d", c.line.expr, v.Len, b.Rows)
	}
	return strings.Join(text(v), "\n")
}

// TestColumnsEqualConstants puts the oracle's literals into columns and evaluates
// them as constants, expanded, sliced, gathered and as symbols.
func TestColumnsEqualConstants(t *testing.T) {
	cases := columnCases(t)
	if len(cases) < 1000 {
		t.Fatalf("only %d expressions take columns", len(cases))
	}
	rng := rand.New(rand.NewPCG(1, 2))
	const rows = 40
	for _, c := range cases {
		single := make([]*batch.Vector, len(c.cols))
		constant := make([]*batch.Vector, len(c.cols))
		expanded := make([]*batch.Vector, len(c.cols))
		symbols := make([]*batch.Vector, len(c.cols))
		for k, v := range c.cols {
			single[k] = v
			constant[k] = batch.NewConst(v, rows)
			expanded[k] = constant[k].Expand()
			symbols[k] = expanded[k]
			if v.Type.Kind == types.String {
				symbols[k] = asSymbols(expanded[k], rng)
			}
		}
		one := evalText(t, c, batch.New(nil, single, 1))
		want := strings.Repeat(one+"\n", rows-1) + one
		if strings.HasPrefix(one, "error: ") {
			want = one
		}
		whole := batch.New(nil, expanded, rows)
		for name, got := range map[string]string{
			"constant": evalText(t, c, batch.New(nil, constant, rows)),
			"expanded": evalText(t, c, whole),
			"sliced":   evalText(t, c, batch.New(nil, append([]*batch.Vector(nil), batch.New(nil, expanded, rows).Slice(0, rows).Cols...), rows)),
			"gathered": evalText(t, c, whole.Gather(everyRow(rows))),
			"symbols":  evalText(t, c, batch.New(nil, symbols, rows)),
		} {
			if got != want {
				t.Errorf("%s %s: got %.200q, want %.200q", name, c.line.expr, got, want)
			}
		}
		none := make([]*batch.Vector, len(c.cols))
		for k, v := range c.cols {
			none[k] = batch.NewConst(v, 0)
		}
		if sub := evalText(t, c, batch.New(nil, none, 0)); sub != "" && !strings.HasPrefix(one, "error") {
			t.Errorf("no rows of %s: %q", c.line.expr, sub)
		}
	}
	t.Logf("%d expressions", len(cases))
}

func everyRow(n int) []uint32 {
	out := make([]uint32, n)
	for i := range out {
		out[i] = uint32(i)
	}
	return out
}

// words are values that exercise functions of strings.
func words() []string {
	return []string{
		"", "a", "abc", "ABC", "12", "-7", "1.5", "2024-02-29", "2024-02-29 12:34:56", "привет", "https://www.example.com/a?b=c#d",
		`{"a": [1, "x"]}`, "a,b,,c", "  x ", "true", "1.2.3.4", "::1", "%a_", "61f0c404-5cb3-11e7-907b-a6006ad3dba0", "aaa", "zz\nz",
	}
}

// stringColumn is random words, some NULL where the type is Nullable.
func stringColumn(rng *rand.Rand, n int, nullable bool) *batch.Vector {
	t := types.Of(types.String)
	t.Nullable = nullable
	b := batch.NewBuilder(t, n)
	list := words()
	for range n {
		if nullable && rng.IntN(5) == 0 {
			b.AppendNull()
			continue
		}
		b.Str.AppendString(list[rng.IntN(len(list))])
		b.NotNull()
	}
	return b.Finish()
}

// TestSymbolsEqualStrings calls every function that takes strings with columns of
// strings and with the same columns as symbols.
func TestSymbolsEqualStrings(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	const rows = 200
	ctx := testCtx()
	checked := 0
	for _, info := range Functions() {
		for _, nullable := range []bool{false, true} {
			col := stringColumn(rng, rows, nullable)
			c := &Column{Pos: 0, Name: "s", T: col.Type}
			for _, args := range [][]Expr{{c}, {c, stringConst("a")}, {c, numberConst("2")}, {stringConst("a"), c}, {c, c}, {c, stringConst("a"), stringConst("b")}, {stringConst(","), c}} {
				e, err := NewCall(ctx, info.Name, args)
				if err != nil || !IsDeterministic(e) {
					continue
				}
				checked++
				plain := columnCase{line: oracleLine{expr: e.String()}, expr: e, cols: nil}
				want := evalText(t, plain, batch.New(nil, []*batch.Vector{col}, rows))
				got := evalText(t, plain, batch.New(nil, []*batch.Vector{asSymbols(col, rng)}, rows))
				if strings.HasPrefix(want, "error: ") && strings.HasPrefix(got, "error: ") {
					continue // which row's error comes first may differ
				}
				if got != want {
					t.Errorf("%s: symbols %.300q, strings %.300q", e, got, want)
				}
				half := everyRow(rows)[rows/3 : rows/2]
				sub := evalText(t, plain, batch.New(nil, []*batch.Vector{col.Gather(half)}, len(half)))
				if sl := evalText(t, plain, batch.New(nil, []*batch.Vector{col.Slice(rows/3, rows/2)}, len(half))); sl != sub {
					t.Errorf("%s: sliced %.300q, gathered %.300q", e, sl, sub)
				}
			}
		}
	}
	if checked < 300 {
		t.Fatalf("only %d calls were checked", checked)
	}
}

// TestSymbolsThatDoNotOccurAreNotEvaluated: the dictionary holds a text that is no
// number (R14).
func TestSymbolsThatDoNotOccurAreNotEvaluated(t *testing.T) {
	d := &dictionary{values: [][]byte{[]byte("x"), []byte("1"), []byte("2")}}
	codes := make([]uint32, 100)
	for i := range codes {
		codes[i] = uint32(1 + i%2)
	}
	col := &batch.Vector{Type: types.Of(types.String), Len: len(codes), Data: batch.Symbols{Codes: codes, Dict: d}}
	e, err := NewCall(testCtx(), "toUInt8", []Expr{&Column{T: col.Type}})
	if err != nil {
		t.Fatal(err)
	}
	v, err := Eval(testCtx(), e, batch.New(nil, []*batch.Vector{col}, col.Len))
	if err != nil {
		t.Fatal(err)
	}
	if got := v.Data.([]uint8)[:4]; !slices.Equal(got, []uint8{1, 2, 1, 2}) {
		t.Fatal(got)
	}
}
