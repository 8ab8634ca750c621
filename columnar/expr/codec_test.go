package expr

import (
	"bytes"
	"encoding/hex"
	"testing"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/types"
	"github.com/freshetdb/freshet/index/roofline"
)

func TestEncodingKeepsAnswers(t *testing.T) {
	n := 0
	for k, l := range oracleLines(t) {
		if k%5 != 0 {
			continue
		}
		e, err := readExpr(Background(), l.expr)
		if err != nil || !IsDeterministic(e) || bytes.Contains([]byte(l.expr), []byte("now")) || bytes.Contains([]byte(l.expr), []byte("day()")) {
			continue
		}
		data := Encode(e)
		back, err := Decode(data)
		if err != nil {
			t.Errorf("%s: %v", l.expr, err)
			continue
		}
		if !bytes.Equal(Encode(back), data) || back.String() != e.String() {
			t.Errorf("%s comes back as %s", l.expr, back)
		}
		typ, value := answer(Background(), e)
		typ2, value2 := answer(Background(), back)
		if typ != typ2 || value != value2 {
			t.Errorf("%s: %s %s before, %s %s after", l.expr, typ, value, typ2, value2)
		}
		n++
	}
	if n < 500 {
		t.Fatalf("only %d expressions", n)
	}
}

// TestEncodedBytes pins the form on disk.
func TestEncodedBytes(t *testing.T) {
	col := &Column{Pos: 2, Name: "ts", T: types.Of(types.DateTime)}
	set := setOf(t, testCtx(), []types.Type{types.Of(types.UInt32)}, []Expr{numberConst("202402")})
	e, err := NewIn(testCtx(), call(t, "toYYYYMM", col), set, true)
	if err != nil {
		t.Fatal(err)
	}
	const want = "0100" + "03555443" + // version, settings, "UTC"
		"6901" + // in, negated
		"6608746f59595959" + "4d4d01" + // call "toYYYYMM", one argument
		"6304" + "027473" + "084461746554696d65" + // column 2 "ts" DateTime
		"01" + "0655496e743332" + "00" + "01" + // one key UInt32, no NULL, one row
		"00a216030000000000" // 202402
	if got := hex.EncodeToString(Encode(e)); got != want {
		t.Fatalf("got  %s\nwant %s", got, want)
	}
}

func FuzzDecode(f *testing.F) {
	for _, text := range []string{"plus(1, 2)", "arrayMap(x -> plus(x, 1), [1, 2])", "CAST('1', 'Nullable(Decimal(9, 2))')", "toStartOfHour(toDateTime('2024-01-01 00:00:00', 'Asia/Tokyo'))", "(1, 'a', [NULL])"} {
		e, err := readExpr(testCtx(), text)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(Encode(e))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		e, err := Decode(data)
		if err != nil {
			return
		}
		if !IsDeterministic(e) {
			return
		}
		again, err := Decode(Encode(e))
		if err != nil || again.String() != e.String() {
			t.Fatalf("%s comes back as %v, %v", e, again, err)
		}
	})
}

var sink any

func BenchmarkKernels(b *testing.B) {
	const rows = 8192
	ints, small := make([]int64, rows), make([]uint8, rows)
	unix := make([]uint32, rows)
	var text batch.Strings
	list := words()
	floats := make([]float64, rows)
	for i := range rows {
		ints[i], small[i], unix[i], floats[i] = int64(i*7919%10007), uint8(i), uint32(1_700_000_000+i*37), float64(i)/3
		text.AppendString(list[i*31%len(list)])
	}
	cols := []*batch.Vector{
		batch.NewFixed(types.Of(types.Int64), ints, nil), batch.NewFixed(types.Of(types.UInt8), small, nil),
		batch.NewFixed(types.Of(types.DateTime), unix, nil), batch.NewStrings(types.Of(types.String), text, nil),
		batch.NewFixed(types.Of(types.Float64), floats, nil), batch.NewFixed(types.DecimalOf(18, 2), ints, nil),
	}
	d := &dictionary{codes: map[string]uint32{}}
	var codes []uint32
	for i := range rows {
		v := text.At(i)
		c, ok := d.codes[string(v)]
		if !ok {
			c = uint32(len(d.values))
			d.codes[string(v)] = c
			d.values = append(d.values, v)
		}
		codes = append(codes, c)
	}
	cols = append(cols, &batch.Vector{Type: types.Of(types.String), Len: rows, Data: batch.Symbols{Codes: codes, Dict: d}})
	i64, u8, ts, str, f64, dec, sym := column(0, cols[0]), column(1, cols[1]), column(2, cols[2]), column(3, cols[3]), column(4, cols[4]), column(5, cols[5]), column(6, cols[6])
	berlin := &Column{Pos: 2, Name: "ts", T: types.Type{Kind: types.DateTime, Zone: mustZone(b, "Europe/Berlin")}}
	in := func(c *Column, values ...Expr) Expr {
		var rows [][]Expr
		for _, v := range values {
			rows = append(rows, []Expr{v})
		}
		e, err := NewIn(testCtx(), c, setOf(b, testCtx(), SetTypes(c.T), rows...), false)
		if err != nil {
			b.Fatal(err)
		}
		return e
	}
	for _, c := range []struct {
		name string
		e    Expr
	}{
		{"plus column column", call(b, "plus", i64, i64)},
		{"plus column constant", call(b, "plus", i64, numberConst("5"))},
		{"plus mixed types", call(b, "plus", i64, u8)},
		{"multiply float", call(b, "multiply", f64, f64)},
		{"divide", call(b, "divide", i64, i64)},
		{"decimal plus", call(b, "plus", dec, dec)},
		{"equals constant", call(b, "equals", i64, numberConst("5"))},
		{"less column", call(b, "less", i64, i64)},
		{"and", call(b, "and", u8, u8)},
		{"toStartOfMinute", call(b, "toStartOfMinute", ts)},
		{"toStartOfHour Berlin", call(b, "toStartOfHour", berlin)},
		{"toDate Berlin", call(b, "toDate", berlin)},
		{"toYYYYMM", call(b, "toYYYYMM", ts)},
		{"string equals constant", call(b, "equals", str, stringConst("abc"))},
		{"symbol equals constant", call(b, "equals", sym, stringConst("abc"))},
		{"symbol lower", call(b, "lower", sym)},
		{"like contains", call(b, "like", str, stringConst("%abc%"))},
		{"symbol like", call(b, "like", sym, stringConst("%abc%"))},
		{"in 3 ints", in(i64, numberConst("1"), numberConst("2"), numberConst("3"))},
		{"in 6 ints", in(i64, numberConst("1"), numberConst("2"), numberConst("3"), numberConst("4"), numberConst("5"), numberConst("6"))},
		{"in symbols", in(sym, stringConst("abc"), stringConst("12"))},
		{"if", call(b, "if", u8, i64, numberConst("0"))},
	} {
		b.Run(c.name, func(b *testing.B) {
			ctx := testCtx()
			all := batch.New(nil, cols, rows)
			b.ReportAllocs()
			for b.Loop() {
				v, err := Eval(ctx, c.e, all)
				if err != nil {
					b.Fatal(err)
				}
				sink = v
			}
			w := roofline.Work{Rows: rows, Write: int(sink.(*batch.Vector).SizeBytes()), Steps: rows}
			for i, v := range cols {
				if reads(c.e, i) {
					w.Read += int(v.SizeBytes())
				}
			}
			roofline.Report(b, w)
		})
	}
}

// reads tells whether an expression reads the i-th column.
func reads(e Expr, i int) bool {
	found := false
	Walk(e, func(e Expr) bool {
		c, ok := e.(*Column)
		found = found || ok && c.Pos == i
		return true
	})
	return found
}

func mustZone(tb testing.TB, name string) *types.Zone {
	tb.Helper()
	z, err := types.LoadZone(name)
	if err != nil {
		tb.Fatal(err)
	}
	return z
}
