package agg

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/big"
	"net/netip"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/chcode"
	"github.com/freshetdb/freshet/columnar/types"
)

// oracle is testdata/oracle.json, which oracle.mjs writes from ClickHouse.
type oracle struct {
	Columns [][2]string         `json:"columns"`
	Rows    [][]json.RawMessage `json:"rows"`
	Results []struct {
		Call   string    `json:"call"`
		Type   string    `json:"type"`
		Groups []*string `json:"groups"`
		None   *string   `json:"none"`
		Code   *int      `json:"code"`
	} `json:"results"`
	Names [][3]any `json:"names"` // name, taken in any case, alias of
}

func loadOracle(t *testing.T) (oracle, map[string]*batch.Vector) {
	t.Helper()
	raw, err := os.ReadFile("testdata/oracle.json")
	if err != nil {
		t.Fatal(err)
	}
	var o oracle
	if err := json.Unmarshal(raw, &o); err != nil {
		t.Fatal(err)
	}
	columns := map[string]*batch.Vector{}
	for k, c := range o.Columns {
		b := batch.NewBuilder(types.MustParse(c[1]), len(o.Rows))
		for _, row := range o.Rows {
			appendJSON(t, b, row[k])
		}
		columns[c[0]] = b.Finish()
	}
	return o, columns
}

// appendJSON adds a value as oracle.mjs writes it: numbers, unscaled decimals and
// raw dates as text or number, UUIDs in hex.
func appendJSON(t *testing.T, b *batch.Builder, raw json.RawMessage) {
	t.Helper()
	if string(raw) == "null" {
		b.AppendNull()
		return
	}
	if b.Type.Kind == types.Array {
		var elems []json.RawMessage
		if err := json.Unmarshal(raw, &elems); err != nil {
			t.Fatal(err)
		}
		for _, e := range elems {
			appendJSON(t, b.Elems[0], e)
		}
		b.EndList()
		b.NotNull()
		return
	}
	text := string(raw)
	if text[0] == '"' {
		if err := json.Unmarshal(raw, &text); err != nil {
			t.Fatal(err)
		}
	}
	appendTextValue(t, b, text)
	b.NotNull()
}

func appendTextValue(t *testing.T, b *batch.Builder, text string) {
	t.Helper()
	i, intErr := strconv.ParseInt(text, 10, 64)
	f, floatErr := strconv.ParseFloat(text, 64)
	err := intErr
	switch b.Type.Phys() {
	case types.PhysU8:
		b.U8 = append(b.U8, uint8(i))
	case types.PhysU16:
		b.U16 = append(b.U16, uint16(i))
	case types.PhysU32:
		b.U32 = append(b.U32, uint32(i))
	case types.PhysU64:
		var u uint64
		u, err = strconv.ParseUint(text, 10, 64)
		b.U64 = append(b.U64, u)
	case types.PhysI8:
		b.I8 = append(b.I8, int8(i))
	case types.PhysI16:
		b.I16 = append(b.I16, int16(i))
	case types.PhysI32:
		b.I32 = append(b.I32, int32(i))
	case types.PhysI64:
		b.I64 = append(b.I64, i)
	case types.PhysI128:
		n, ok := new(big.Int).SetString(text, 10)
		if err = nil; !ok {
			err = errors.New("no integer")
		}
		v, _ := types.Int128FromBig(n)
		b.I128 = append(b.I128, v)
	case types.PhysF32:
		err = floatErr
		b.F32 = append(b.F32, float32(f))
	case types.PhysF64:
		err = floatErr
		b.F64 = append(b.F64, f)
	case types.PhysB16:
		var v []byte
		v, err = hex.DecodeString(text)
		b.B16 = append(b.B16, types.Bytes16(v))
	default:
		err = nil
		b.Str.AppendString(text)
	}
	if err != nil {
		t.Fatalf("%s: %q: %v", b.Type, text, err)
	}
}

// parseCall takes name(params)(args) apart.
func parseCall(t *testing.T, call string) (name string, params []*batch.Vector, args []string) {
	t.Helper()
	name, rest, _ := strings.Cut(call, "(")
	first, second, _ := strings.Cut(rest, ")")
	if second == "" {
		first, second = "", "("+first+")"
	}
	for p := range strings.SplitSeq(first, ",") {
		switch {
		case p == "":
		case p[0] == '\'':
			b := batch.NewBuilder(types.Of(types.String), 1)
			b.Str.AppendString(strings.Trim(p, "'"))
			params = append(params, b.Finish())
		case strings.Contains(p, "."):
			b := batch.NewBuilder(types.Of(types.Float64), 1)
			appendTextValue(t, b, p)
			params = append(params, b.Finish())
		default:
			b := batch.NewBuilder(types.Of(types.Int16), 1)
			appendTextValue(t, b, p)
			params = append(params, b.Finish())
		}
	}
	for a := range strings.SplitSeq(strings.Trim(second, "()"), ",") {
		if a != "" {
			args = append(args, a)
		}
	}
	return name, params, args
}

// differences are the calls in which Freshet means to differ.
func differences() map[string]string {
	return map[string]string{
		"groupArrayLast(3)(u8)":          "ClickHouse gives its ring out unrotated, Freshet in order of arrival",
		"groupArrayLast(3)(s)":           "likewise",
		"groupArrayLast(3)(ns)":          "likewise",
		"arraySort(groupUniqArray(ts))":  "ClickHouse loses the zone of the type",
		"simpleLinearRegression(i16,ni)": "there is no Nullable(Tuple): NaN instead of NULL",
	}
}

// TestOracle holds every call of oracle.json against ClickHouse: type, error
// code, the values by group and of no rows.
func TestOracle(t *testing.T) {
	o, columns := loadOracle(t)
	groups := batch.Values[uint8](columns["g"])
	for _, want := range o.Results {
		if differences()[want.Call] != "" {
			continue
		}
		call, isSorted := strings.CutPrefix(want.Call, "arraySort(")
		if isSorted {
			call = strings.TrimSuffix(call, ")")
		}
		name, params, args := parseCall(t, call)
		d := data{n: len(o.Rows)}
		var ts []types.Type
		for _, a := range args {
			d.args = append(d.args, columns[a])
			ts = append(ts, columns[a].Type)
		}
		for _, g := range groups {
			d.groups = append(d.groups, uint32(g))
		}
		f, err := New(name, params, ts)
		if want.Code != nil {
			if err == nil { // some errors are only found in the rows
				s := f.New()
				s.Grow(5)
				s.Add(d.groups, d.args, d.n)
				err = Check(s, 0, 5)
			}
			checkCode(t, want.Call, name, err, *want.Code)
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", want.Call, err)
			continue
		}
		if got := f.Result().String(); got != want.Type {
			t.Errorf("%s: type %s, ClickHouse has %s", want.Call, got, want.Type)
			continue
		}
		s := f.New()
		s.Grow(5)
		s.Add(d.groups, d.args, d.n)
		v := s.Finish(0, 5)
		if err := Check(s, 0, 5); err != nil {
			t.Errorf("%s: %v", want.Call, err)
		}
		for g, text := range want.Groups {
			checkText(t, fmt.Sprintf("%s group %d", want.Call, g), clickHouseText(v, g, isSorted), text)
		}
		none := f.New()
		none.Grow(1)
		checkText(t, want.Call+" of no rows", clickHouseText(none.Finish(0, 1), 0, isSorted), want.None)
	}
}

// checkCode compares error codes. Unknown names are 46 to the one who looks a
// function up by its name, and 63 here.
func checkCode(t *testing.T, call, name string, err error, want int) {
	t.Helper()
	if want == int(chcode.UnknownFunction) {
		if IsAggregate(name) {
			t.Errorf("%s: %s is taken for an aggregate function", call, name)
		}
		want = int(chcode.UnknownAggregateFunction)
	}
	if err == nil {
		t.Errorf("%s: no error, ClickHouse has code %d", call, want)
	} else if got := chcode.Of(err); int(got) != want {
		t.Errorf("%s: code %d, ClickHouse has %d (%v)", call, got, want, err)
	}
}

func checkText(t *testing.T, what, got string, want *string) {
	t.Helper()
	text := "NULL"
	if want != nil {
		text = *want
	}
	if !nearly(got, text) {
		t.Errorf("%s: %s, ClickHouse has %s", what, got, text)
	}
}

// nearly compares texts; numbers in them may differ by rounding.
func nearly(got, want string) bool {
	if got == want {
		return true
	}
	split := func(r rune) bool { return strings.ContainsRune("[](), '\"", r) }
	a, b := strings.FieldsFunc(got, split), strings.FieldsFunc(want, split)
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		x, errX := strconv.ParseFloat(a[i], 64)
		y, errY := strconv.ParseFloat(b[i], 64)
		isNear := errX == nil && errY == nil && math.Abs(x-y) <= 1e-6*max(math.Abs(x), math.Abs(y))+1e-9
		if a[i] != b[i] && !isNear {
			return false
		}
	}
	return true
}

// clickHouseText prints a value as toString does; isSorted sorts an array first.
func clickHouseText(v *batch.Vector, i int, isSorted bool) string {
	if v.IsNull(i) {
		return "NULL"
	}
	i = v.Row(i)
	switch d := v.Data.(type) {
	case batch.Lists:
		rows := make([]uint32, 0)
		for e := d.Offsets[i]; e < d.Offsets[i+1]; e++ {
			rows = append(rows, e)
		}
		if isSorted {
			sortRows(rows, d.Elems)
		}
		parts := make([]string, len(rows))
		for k, e := range rows {
			parts[k] = quoted(d.Elems, int(e))
		}
		return "[" + strings.Join(parts, ",") + "]"
	case []*batch.Vector:
		parts := make([]string, len(d))
		for k, p := range d {
			parts[k] = quoted(p, i)
		}
		return "(" + strings.Join(parts, ",") + ")"
	case batch.Strings, batch.Symbols:
		text := string(v.Bytes(i))
		if v.Type.Kind == types.FixedString {
			text = strings.TrimRight(text, "\x00")
		}
		return text
	case []float32:
		return strings.ToLower(strconv.FormatFloat(float64(d[i]), 'g', -1, 32))
	case []float64:
		return strings.ToLower(strconv.FormatFloat(d[i], 'g', -1, 64))
	case []types.Int128:
		return decimalText(d[i].Big(), int(v.Type.Scale))
	case []types.Bytes16:
		x := hex.EncodeToString(d[i][:])
		return x[:8] + "-" + x[8:12] + "-" + x[12:16] + "-" + x[16:20] + "-" + x[20:]
	case []int64:
		switch v.Type.Kind {
		case types.Decimal:
			return decimalText(big.NewInt(d[i]), int(v.Type.Scale))
		case types.DateTime64:
			return time.UnixMilli(d[i]).UTC().Format("2006-01-02 15:04:05.000")
		default:
		}
		return strconv.FormatInt(d[i], 10)
	default:
		return scalarText(v, i)
	}
}

func sortRows(rows []uint32, elems *batch.Vector) {
	for i := range rows {
		for k := i; k > 0 && compareRows(elems, int(rows[k]), elems, int(rows[k-1]), nullsGreatest) < 0; k-- {
			rows[k], rows[k-1] = rows[k-1], rows[k]
		}
	}
}

func quoted(v *batch.Vector, i int) string {
	text := clickHouseText(v, i, false)
	k := v.Type.Kind
	if v.IsNull(i) || (!v.Type.IsString() && !v.Type.IsDate() && !v.Type.IsTime() && !v.Type.IsEnum() &&
		k != types.UUID && k != types.IPv4) {
		return text
	}
	return "'" + text + "'"
}

func scalarText(v *batch.Vector, i int) string {
	n := renderValue(&batch.Vector{Type: v.Type, Len: v.Len, Data: v.Data}, i)
	num, _ := strconv.ParseInt(n, 10, 64)
	switch v.Type.Kind {
	case types.Bool:
		return strconv.FormatBool(num != 0)
	case types.Date, types.Date32:
		return time.Unix(num*86400, 0).UTC().Format("2006-01-02")
	case types.DateTime:
		return time.Unix(num, 0).UTC().Format("2006-01-02 15:04:05")
	case types.IPv4:
		return netip.AddrFrom4([4]byte{byte(num >> 24), byte(num >> 16), byte(num >> 8), byte(num)}).String()
	case types.Enum8, types.Enum16:
		name, _ := v.Type.Enum.Name(int16(num))
		return name
	default:
		return n
	}
}

// decimalText prints without trailing zeros, as toString does.
func decimalText(v *big.Int, scale int) string {
	text := new(big.Int).Abs(v).String()
	for len(text) <= scale {
		text = "0" + text
	}
	whole, part := text[:len(text)-scale], strings.TrimRight(text[len(text)-scale:], "0")
	if part != "" {
		whole += "." + part
	}
	if v.Sign() < 0 {
		whole = "-" + whole
	}
	return whole
}
