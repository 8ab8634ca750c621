package expr

import (
	"slices"
	"strings"
	"testing"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/types"
)

// dictionary is a fixed list of symbols.
type dictionary [][]byte

func (d dictionary) Len() int                           { return len(d) }
func (d dictionary) Value(sym uint32) []byte            { return d[sym] }
func (d dictionary) Hash128(sym uint32) (hi, lo uint64) { return 0, uint64(sym) }

func (d dictionary) Lookup(value []byte) (uint32, bool) {
	k := slices.IndexFunc(d, func(b []byte) bool { return string(b) == string(value) })
	return uint32(k), k >= 0
}

// asSymbols is a column of strings as symbols.
func asSymbols(v *batch.Vector) *batch.Vector {
	s, ok := v.Data.(batch.Strings)
	if !ok {
		return v
	}
	var d dictionary
	codes := make([]uint32, s.Len())
	for i := range codes {
		code, ok := d.Lookup(s.At(i))
		if !ok {
			code = uint32(len(d))
			d = append(d, s.At(i))
		}
		codes[i] = code
	}
	c := *v
	c.Data = batch.Symbols{Codes: codes, Dict: d}
	return &c
}

// columnRows is so many that symbols are computed once each.
const columnRows = 40

// placed are the constants of an expression as columns of a batch.
type placed struct {
	cols    []*batch.Vector
	symbols bool
	keep    map[int]bool // constants that have to stay
	count   int
}

func (p *placed) column(c *Const) Expr {
	k := p.count
	p.count++
	if p.keep[k] || c.Type().Kind == types.Nothing {
		return c
	}
	v := batch.NewConst(c.Vec, columnRows).Expand()
	if p.symbols {
		v = asSymbols(v)
	}
	p.cols = append(p.cols, v)
	return &Column{Pos: len(p.cols) - 1, Name: "c", T: c.Type()}
}

// evalPlaced evaluates an expression with columns instead of constants; ok is
// false when it can't be bound so.
func evalPlaced(text string, keep map[int]bool, symbols bool) (v *batch.Vector, err error, ok bool) { //nolint:revive // ok says whether the others count
	p := &placed{symbols: symbols, keep: keep}
	r := &reader{ctx: testCtx(), s: text, column: p.column}
	e, err := r.all()
	if err != nil || strings.Contains(text, "->") {
		return nil, nil, false
	}
	v, err = Eval(testCtx(), e, batch.New(nil, p.cols, columnRows))
	return v, err, true
}

// TestColumnsAsConstants evaluates the oracle's expressions with columns in the
// place of constants: the first only, or all, as strings and as symbols. The
// values must be those of the constants in every row.
func TestColumnsAsConstants(t *testing.T) {
	others := map[int]bool{}
	for k := 1; k < 20; k++ {
		others[k] = true
	}
	checked := 0
	for _, l := range oracleLines(t) {
		if l.typ == "error" || !textFamily(l.file) {
			continue
		}
		for _, keep := range []map[int]bool{nil, others} {
			for _, symbols := range []bool{false, true} {
				v, err, ok := evalPlaced(l.expr, keep, symbols)
				if !ok {
					continue
				}
				if err != nil {
					if !refusesColumns(l.expr) {
						t.Errorf("%s (symbols %v): %v", l.expr, symbols, err)
					}
					continue
				}
				checked++
				checkRows(t, l, v)
			}
		}
	}
	if checked < 1500 {
		t.Errorf("only %d evaluations", checked)
	}
}

// textFamily tells whether a file of the oracle is about strings or arrays.
func textFamily(file string) bool {
	return slices.Contains([]string{
		"string.tsv", "search.tsv", "regexp.tsv", "array.tsv", "encode.tsv", "url.tsv", "hash.tsv", "ip.tsv", "format.tsv", "json.tsv",
	}, file)
}

// refusesColumns tells whether an expression may be an error for a column though
// it is none for constants.
func refusesColumns(text string) bool { return strings.HasPrefix(text, "CAST") }

func checkRows(t *testing.T, l oracleLine, v *batch.Vector) {
	t.Helper()
	if v.Len != columnRows {
		t.Errorf("%s: %d rows", l.expr, v.Len)
		return
	}
	one, err := readExpr(testCtx(), l.expr)
	if err != nil {
		t.Fatal(err)
	}
	want, err := one.eval(&env{ctx: testCtx(), rows: 1})
	if err != nil {
		t.Fatal(err)
	}
	text := string(AppendValue(nil, want, 0, nil))
	for i := range columnRows {
		if got := string(AppendValue(nil, v, i, nil)); got != text || v.IsNull(i) != want.IsNull(0) {
			t.Errorf("%s: row %d is %q, the constant %q", l.expr, i, got, text)
			return
		}
	}
}
