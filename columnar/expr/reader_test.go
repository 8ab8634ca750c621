package expr

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/types"
)

// testCtx is the context of the oracle's answers.
func testCtx() *Ctx {
	c := Background()
	c.Now = time.Date(2026, 5, 17, 13, 14, 15, 678_000_000, time.UTC)
	return c
}

// reader reads call expressions: f(1, 'x', [1, 2], (1, 'a'), x -> plus(x, 1)).
type reader struct {
	ctx    *Ctx
	s      string
	i      int
	params []*Column
	// column, when set, replaces constants: the place where the property tests
	// put columns instead of literals.
	column func(c *Const) Expr
}

func readExpr(ctx *Ctx, s string) (Expr, error) {
	r := &reader{ctx: ctx, s: s}
	return r.all()
}

func (r *reader) all() (e Expr, err error) {
	e, err = r.expr()
	if err == nil && r.i != len(r.s) {
		err = fmt.Errorf("rest %q", r.s[r.i:])
	}
	return e, err
}

func (r *reader) space() {
	for r.i < len(r.s) && r.s[r.i] == ' ' {
		r.i++
	}
}

func (r *reader) take(c string) bool {
	r.space()
	if strings.HasPrefix(r.s[r.i:], c) {
		r.i += len(c)
		return true
	}
	return false
}

func (r *reader) constant(c *Const) Expr {
	if r.column != nil {
		return r.column(c)
	}
	return c
}

func (r *reader) expr() (Expr, error) {
	r.space()
	if r.i >= len(r.s) {
		return nil, errors.New("empty expression")
	}
	switch c := r.s[r.i]; {
	case c == '\'':
		return r.constant(stringConst(r.quoted())), nil
	case c == '[':
		r.i++
		args, err := r.list("]")
		if err != nil {
			return nil, err
		}
		return r.folded("array", args)
	case c == '(':
		r.i++
		args, err := r.list(")")
		if err != nil {
			return nil, err
		}
		if r.take("->") {
			return nil, errors.New("lambda out of place")
		}
		if len(args) == 1 {
			return args[0], nil
		}
		return r.folded("tuple", args)
	case c == '-' || c >= '0' && c <= '9':
		return r.number()
	}
	return r.word()
}

// folded makes literals of arrays and tuples of literals.
func (r *reader) folded(name string, args []Expr) (Expr, error) {
	e, err := NewCall(r.ctx, name, args)
	if err != nil {
		return nil, err
	}
	return Fold(r.ctx, e)
}

func (r *reader) quoted() string {
	var b strings.Builder
	for r.i++; r.s[r.i] != '\''; r.i++ {
		if r.s[r.i] == '\\' {
			r.i++
			b.WriteByte(escaped(r.s[r.i]))
			continue
		}
		b.WriteByte(r.s[r.i])
	}
	r.i++
	return b.String()
}

func stringConst(s string) *Const {
	b := batch.NewBuilder(types.Of(types.String), 1)
	b.Str.AppendString(s)
	return NewConst(b.Finish())
}

func (r *reader) number() (Expr, error) {
	start := r.i
	if r.s[r.i] == '-' {
		r.i++
	}
	for r.i < len(r.s) && strings.IndexByte("0123456789.eE", r.s[r.i]) >= 0 {
		if (r.s[r.i] == 'e' || r.s[r.i] == 'E') && r.i+1 < len(r.s) && strings.IndexByte("+-", r.s[r.i+1]) >= 0 {
			r.i++
		}
		r.i++
	}
	text := r.s[start:r.i]
	if text == "-" {
		return nil, fmt.Errorf("bad number at %q", r.s[start:])
	}
	return r.constant(numberConst(text)), nil
}

func numberConst(text string) *Const {
	if u, err := strconv.ParseUint(text, 10, 64); err == nil {
		bits := 8
		for bits < 64 && u>>bits != 0 {
			bits *= 2
		}
		return castConst(types.Of(uintOf(bits)), text)
	}
	if v, err := strconv.ParseInt(text, 10, 64); err == nil {
		bits := 8
		for bits < 64 && v < -1<<(bits-1) {
			bits *= 2
		}
		return castConst(types.Of(intOf(bits)), text)
	}
	f, _ := strconv.ParseFloat(text, 64)
	return NewConst(batch.NewFixed(types.Of(types.Float64), []float64{f}, nil))
}

func castConst(t types.Type, text string) *Const {
	e, err := NewCast(Background(), stringConst(text), t, CastPlain)
	if err != nil {
		panic(err)
	}
	return &Const{Vec: fold(Background(), e).(*Const).Vec}
}

func (r *reader) word() (Expr, error) {
	start := r.i
	for r.i < len(r.s) && (r.s[r.i] == '_' || r.s[r.i] >= '0' && r.s[r.i] <= '9' || r.s[r.i]|32 >= 'a' && r.s[r.i]|32 <= 'z') {
		r.i++
	}
	name := r.s[start:r.i]
	if name == "" {
		return nil, fmt.Errorf("unexpected %q", r.s[start:])
	}
	if r.take("(") {
		args, err := r.callArgs(name)
		if err != nil {
			return nil, err
		}
		return NewCall(r.ctx, name, args)
	}
	for _, p := range r.params {
		if p.Name == name {
			return p, nil
		}
	}
	switch name {
	case "NULL":
		return r.constant(NewConst(batch.NewNulls(types.Of(types.Nothing).AsNullable(), 1))), nil
	case "true", "false":
		v := uint8(0)
		if name == "true" {
			v = 1
		}
		return r.constant(NewConst(batch.NewFixed(types.Of(types.Bool), []uint8{v}, nil))), nil
	case "nan", "inf":
		f := math.NaN()
		if name == "inf" {
			f = math.Inf(1)
		}
		return r.constant(NewConst(batch.NewFixed(types.Of(types.Float64), []float64{f}, nil))), nil
	}
	return nil, fmt.Errorf("unknown word %q", name)
}

func (r *reader) list(end string) ([]Expr, error) {
	var out []Expr
	if r.take(end) {
		return out, nil
	}
	for {
		e, err := r.expr()
		if err != nil {
			return nil, err
		}
		out = append(out, e)
		if r.take(end) {
			return out, nil
		}
		if !r.take(",") {
			return nil, fmt.Errorf("expected , or %s at %q", end, r.s[r.i:])
		}
	}
}

// callArgs reads arguments; a lambda at the front is read after the arrays whose
// types its parameters get.
func (r *reader) callArgs(name string) ([]Expr, error) {
	mark := r.i
	names, ok := r.lambdaHead()
	if !ok {
		r.i = mark
		return r.list(")")
	}
	body := r.i
	r.skipExpr()
	if !r.take(",") {
		return nil, errors.New("lambda without arrays")
	}
	arrays, err := r.list(")")
	if err != nil {
		return nil, err
	}
	end := r.i
	ts := make([]types.Type, len(arrays))
	for i, a := range arrays {
		ts[i] = a.Type()
	}
	params, err := LambdaParams(name, ts)
	if err != nil {
		return nil, err
	}
	if len(params) != len(names) {
		return nil, fmt.Errorf("lambda of %d parameters for %d arrays", len(names), len(params))
	}
	outer := len(r.params)
	l := &Lambda{}
	for i, n := range names {
		l.Params = append(l.Params, &Column{Pos: ParamPos(outer + i), Name: n, T: params[i]})
	}
	r.params = append(r.params, l.Params...)
	r.i = body
	if l.Body, err = r.expr(); err != nil {
		return nil, err
	}
	r.params = r.params[:outer]
	r.i = end
	return append([]Expr{l}, arrays...), nil
}

// lambdaHead reads "x ->" or "(x, y) ->".
func (r *reader) lambdaHead() (names []string, ok bool) {
	r.space()
	arrow := strings.Index(r.s[r.i:], "->")
	if arrow < 0 {
		return nil, false
	}
	head := strings.TrimSpace(r.s[r.i : r.i+arrow])
	head = strings.TrimSuffix(strings.TrimPrefix(head, "("), ")")
	for n := range strings.SplitSeq(head, ",") {
		n = strings.TrimSpace(n)
		if n == "" || strings.Trim(n, "abcdefghijklmnopqrstuvwxyz") != "" {
			return nil, false
		}
		names = append(names, n)
	}
	r.i += arrow + 2
	return names, true
}

// skipExpr moves to the comma after a lambda's body.
func (r *reader) skipExpr() {
	depth := 0
	for ; r.i < len(r.s); r.i++ {
		switch c := r.s[r.i]; {
		case c == '\'':
			r.quoted()
			r.i--
		case c == '(' || c == '[':
			depth++
		case c == ')' || c == ']':
			depth--
		case c == ',' && depth == 0:
			return
		}
	}
}

func TestReaderReadsLiterals(t *testing.T) {
	for _, c := range []struct{ text, typ, value string }{
		{"1", "UInt8", "1"},
		{"-129", "Int16", "-129"},
		{"1.5", "Float64", "1.5"},
		{"'a\\'b'", "String", "a'b"},
		{"18446744073709551615", "UInt64", "18446744073709551615"},
	} {
		e, err := readExpr(testCtx(), c.text)
		if err != nil {
			t.Fatal(err)
		}
		got := string(AppendValue(nil, e.(*Const).Vec, 0, nil))
		if e.Type().String() != c.typ || got != c.value {
			t.Errorf("%s: got %s %s", c.text, e.Type(), got)
		}
	}
}
