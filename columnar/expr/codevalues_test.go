package expr

import (
	"fmt"
	"sync"
	"testing"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/ledger"
	"github.com/freshetdb/freshet/columnar/types"
)

// textsOfURLs is a dictionary of n addresses of few hosts.
func textsOfURLs(n int) *dictionary {
	d := &dictionary{codes: map[string]uint32{}}
	for i := range n {
		text := fmt.Sprintf("http://host%d.example/Page%d", i%37, i)
		if i == 5 {
			text = ""
		}
		d.codes[text], d.values = uint32(i), append(d.values, []byte(text))
	}
	return d
}

func callOf(t *testing.T, name string, args ...Expr) Expr {
	t.Helper()
	e, err := NewCall(Background(), name, args)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// rowsOfCodes is a batch with symbols in its second column; every third seed has NULLs,
// every fifth an overlay, where the type allows.
func rowsOfCodes(d *dictionary, typ types.Type, rows, most, seed int) *batch.Batch {
	s := batch.Symbols{Dict: d, Codes: make([]uint32, rows)}
	v := &batch.Vector{Type: typ, Len: rows}
	for i := range s.Codes {
		s.Codes[i] = uint32((seed*7919 + i*i*31) % most)
	}
	if typ.Nullable && seed%3 == 2 {
		v.Nulls = make([]bool, rows)
		for i := range v.Nulls {
			if v.Nulls[i] = (i+seed)%7 == 0; v.Nulls[i] {
				s.Codes[i] = 5
			}
		}
	}
	if seed%5 == 4 {
		s.Overlay.AppendString("http://overlay.example/1")
		s.Codes[seed%rows] = batch.OverlayBit
	}
	v.Data = s
	return &batch.Batch{Cols: []*batch.Vector{nil, v}, Rows: rows}
}

// Values by code are those that rows give, from several sides at once, of text and
// numbers, with NULLs and text without a symbol; and they are used.
func TestCodeValues(t *testing.T) {
	str := types.Of(types.String)
	for _, typ := range []types.Type{str, str.AsNullable()} {
		col := &Column{Pos: 1, Name: "s", T: typ}
		for _, e := range []Expr{
			callOf(t, "length", col), callOf(t, "upper", col), callOf(t, "domain", col), callOf(t, "isNull", col),
			callOf(t, "substring", col, numberConst("8"), numberConst("6")), callOf(t, "toFloat64OrNull", col),
			callOf(t, "replaceRegexpOne", col, stringConst("^https?://([^/]+)/.*$"), stringConst(`\1`)),
			callOf(t, "nullIf", callOf(t, "domain", col), stringConst("host3.example")), callOf(t, "ifNull", col, stringConst("none")),
			callOf(t, "splitByChar", stringConst("/"), col), callOf(t, "toFixedString", callOf(t, "substring", col, numberConst("1"), numberConst("3")), numberConst("3")),
		} {
			t.Run(e.String()+" "+typ.String(), func(t *testing.T) { checkCodeValues(t, e, typ) })
		}
	}
}

func checkCodeValues(t *testing.T, e Expr, typ types.Type) {
	d := textsOfURLs(2*codeChunk + 77)
	ctx := Background()
	ctx.Codes, ctx.Memory = &CodeValues{}, ledger.New("query", 1<<30, nil)
	var wg sync.WaitGroup
	for worker := range 4 {
		wg.Go(func() {
			for round := range 30 {
				b := rowsOfCodes(d, typ, 1000, len(d.values), worker*30+round)
				want, err := Eval(Background(), e, b)
				if err != nil {
					t.Error(err)
					return
				}
				got, err := Eval(ctx, e, b)
				if err != nil {
					t.Error(err)
					return
				}
				if a, b := printed(got, 1000), printed(want, 1000); a != b {
					t.Errorf("round %d: %s, want %s", round, a, b)
					return
				}
			}
		})
	}
	wg.Wait()
	if x := madeTable(ctx, e); fitsCodes(e.Type()) && (x == nil || x.values == nil || x.bytes.Load() != ctx.Memory.Used()) {
		t.Errorf("values were not computed by code, or %d bytes are counted otherwise", ctx.Memory.Used())
	}
}

func printed(v *batch.Vector, rows int) string {
	out := []byte(v.Type.String())
	for i := range rows {
		out = append(out, ' ')
		if v.IsNull(i) {
			out = append(out, "NULL"...)
			continue
		}
		out = AppendValue(out, v, i, nil)
	}
	return string(out)
}

func madeTable(ctx *Ctx, e Expr) *codeTable {
	var out *codeTable
	ctx.Codes.tables.Range(func(key, x any) bool {
		if key.(codeCall).call == e {
			out = x.(*codeTable)
		}
		return true
	})
	return out
}

// A text that no row has can't make a function fail, one that a row has does; memory
// that is not there leaves rows to be asked.
func TestCodeValuesThatFail(t *testing.T) {
	d := textsOfURLs(codeChunk + 1)
	for i := range 100 {
		d.values[i] = fmt.Append(nil, i)
	}
	str := types.Of(types.String)
	col := &Column{Pos: 1, Name: "s", T: str}
	number := callOf(t, "toUInt8", col)
	ctx := Background()
	ctx.Codes, ctx.Memory = &CodeValues{}, ledger.New("query", 1<<30, nil)
	for seed := range 4 {
		b := rowsOfCodes(d, str, 4096, 100, seed)
		want, err := Eval(Background(), number, b)
		if err != nil {
			t.Fatal(err)
		}
		got, err := Eval(ctx, number, b)
		if err != nil || printed(got, 4096) != printed(want, 4096) {
			t.Fatalf("texts that no row has: %v", err)
		}
	}
	if x := madeTable(ctx, number); x == nil || !x.failed.Load() || ctx.Memory.Used() != 0 {
		t.Errorf("what can't be computed for all texts: %d bytes are left", ctx.Memory.Used())
	}
	if _, err := Eval(ctx, number, rowsOfCodes(d, str, 4096, 200, 1)); err == nil {
		t.Error("a text that is no number became one")
	}
	small := Background()
	small.Codes, small.Memory = &CodeValues{}, ledger.New("query", 1<<10, nil)
	length := callOf(t, "length", col)
	for seed := range 4 {
		b := rowsOfCodes(d, str, 4096, 200, seed)
		want, _ := Eval(Background(), length, b)
		if got, err := Eval(small, length, b); err != nil || printed(got, 4096) != printed(want, 4096) {
			t.Fatalf("with little memory: %v", err)
		}
	}
	if x := madeTable(small, length); x == nil || !x.failed.Load() || small.Memory.Used() != 0 {
		t.Errorf("without memory for all texts: %d bytes are left", small.Memory.Used())
	}
}

// A few rows of a large dictionary do not have all of it computed; that all rows will
// ask does.
func TestCodeValuesWhenTheyPay(t *testing.T) {
	d := textsOfURLs(20 * codeChunk)
	str := types.Of(types.String)
	col := &Column{Pos: 1, Name: "s", T: str}
	e := callOf(t, "replaceRegexpOne", col, stringConst("a.*"), stringConst(""))
	for _, all := range []bool{false, true} {
		ctx := Background()
		ctx.Codes = &CodeValues{Share: func() float64 { return 0.01 }}
		if all {
			ctx.Codes.ReadsAll([]Expr{e})
		}
		if _, err := Eval(ctx, e, rowsOfCodes(d, str, 8192, len(d.values), 1)); err != nil {
			t.Fatal(err)
		}
		if x := madeTable(ctx, e); (x.values != nil) != all {
			t.Errorf("with all rows %t: computed for all texts %t", all, x.values != nil)
		}
	}
}

// Numbers of texts are found again, and hashes are those of dictionaries.
func TestOwnDictionary(t *testing.T) {
	d, seen := newOwnDictionary(), map[string]uint32{}
	for i := range 5000 {
		text := fmt.Sprint("text", i*i%1777)
		sym := d.add([]byte(text))
		if was, known := seen[text]; known && was != sym {
			t.Fatalf("%s has numbers %d and %d", text, was, sym)
		}
		seen[text] = sym
	}
	if d.Len() != len(seen) {
		t.Fatalf("%d texts, want %d", d.Len(), len(seen))
	}
	for text, sym := range seen {
		if got, ok := d.Lookup([]byte(text)); !ok || got != sym || string(d.Value(sym)) != text {
			t.Fatalf("%s is not found", text)
		}
	}
	if _, ok := d.Lookup([]byte("nowhere")); ok {
		t.Error("a text that was never added is found")
	}
}
