package expr

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/types"
)

// Encode and Decode keep deterministic expressions on disk: partition keys, sort
// keys, defaults. The form is
//
//	version     u8 = 1
//	settings    u8: 1 cast_keep_nullable, 2 transform_null_in, 4 basic time input
//	zone        string: the zone of types without one
//	node:
//	  column    'c' position varint, name string, type string
//	  const     'k' type string, name string, value
//	  call      'f' name string, count uvarint, nodes
//	  lambda    'l' count uvarint, column nodes, node
//	  in        'i' negate u8, node, set: count of keys, type strings, hasNull u8, rows uvarint, values by row
//	string      length uvarint, bytes
//	value       null u8, then, when it is 0: little-endian number, string, or elements
//
// Calls are resolved again by name when they are decoded.
const encodingVersion = 1

// Limits of what Decode accepts.
const (
	maxEncodedDepth = 500
	maxEncodedItems = 1 << 20
)

var errTruncated = errors.New("decode expression: the data ends early")

// Encode writes e down. It panics for expressions that are not deterministic,
// which a definition must not hold.
func Encode(e Expr) []byte {
	if !IsDeterministic(e) {
		panic("expr: encoding of an expression that is not deterministic: " + e.String())
	}
	ctx := contextOf(e)
	w := &writer{}
	flags := byte(0)
	zone := "UTC"
	if ctx != nil {
		flags = truth(ctx.CastKeepNullable) | truth(ctx.TransformNullIn)<<1 | truth(ctx.BasicTimeInput)<<2
		zone = ctx.zone().Name()
	}
	w.b = append(w.b, encodingVersion, flags)
	w.text(zone)
	w.node(e)
	return w.b
}

// contextOf is the context that a part of e was bound with.
func contextOf(e Expr) (ctx *Ctx) {
	Walk(e, func(e Expr) bool {
		switch e := e.(type) {
		case *Call:
			ctx = e.ctx
		case *In:
			ctx = e.ctx
		}
		return ctx == nil
	})
	return ctx
}

type writer struct{ b []byte }

func (w *writer) count(n int) { w.b = binary.AppendUvarint(w.b, uint64(n)) }

func (w *writer) text(s string) {
	w.count(len(s))
	w.b = append(w.b, s...)
}

func (w *writer) node(e Expr) {
	switch e := e.(type) {
	case *Column:
		w.b = append(w.b, 'c')
		w.b = binary.AppendVarint(w.b, int64(e.Pos))
		w.text(e.Name)
		w.text(e.T.String())
	case *Const:
		w.b = append(w.b, 'k')
		w.text(e.Type().String())
		w.text(e.Name)
		w.value(e.Vec, 0)
	case *Call:
		w.b = append(w.b, 'f')
		w.text(e.Name)
		w.count(len(e.given))
		for _, a := range e.given {
			w.node(a)
		}
	case *Lambda:
		w.b = append(w.b, 'l')
		w.count(len(e.Params))
		for _, p := range e.Params {
			w.node(p)
		}
		w.node(e.Body)
	case *In:
		w.b = append(w.b, 'i', truth(e.Negate))
		w.node(e.Arg)
		w.set(e.Set)
	}
}

func (w *writer) set(s *Set) {
	w.count(len(s.keys))
	for _, k := range s.keys {
		w.text(k.String())
	}
	w.b = append(w.b, truth(s.hasNull))
	w.count(s.Rows().Rows)
	for i := range s.Rows().Rows {
		for _, c := range s.Rows().Cols {
			w.value(c, i)
		}
	}
}

func (w *writer) value(v *batch.Vector, i int) {
	if v.IsNull(i) {
		w.b = append(w.b, 1)
		return
	}
	w.b = append(w.b, 0)
	i = v.Row(i)
	switch d := v.Data.(type) {
	case batch.Strings:
		w.text(string(d.At(i)))
	case batch.Symbols:
		w.text(string(d.At(i)))
	case batch.Lists:
		w.count(int(d.Offsets[i+1] - d.Offsets[i]))
		for e := d.Offsets[i]; e < d.Offsets[i+1]; e++ {
			w.value(d.Elems, int(e))
		}
	case []*batch.Vector:
		for _, p := range d {
			w.value(p, i)
		}
	case []float32: // Bit by bit, unlike keys: -0 is not 0.
		w.b = appendBits(w.b, uint64(math.Float32bits(d[i])))
	case []float64:
		w.b = appendBits(w.b, math.Float64bits(d[i]))
	default:
		w.b = appendKey(w.b, v, i)
	}
}

// Decode reads what [Encode] wrote.
func Decode(data []byte) (Expr, error) {
	r := &decoder{b: data}
	version, flags := r.byte(), r.byte()
	zone := r.text()
	if r.err == nil && version != encodingVersion {
		return nil, fmt.Errorf("decode expression: unknown version %d", version)
	}
	if r.err != nil {
		return nil, r.err
	}
	z, err := types.LoadZone(zone)
	if err != nil {
		return nil, fmt.Errorf("decode expression: %w", err)
	}
	r.ctx = Background()
	r.ctx.Zone = z
	r.ctx.CastKeepNullable, r.ctx.TransformNullIn, r.ctx.BasicTimeInput = flags&1 != 0, flags&2 != 0, flags&4 != 0
	e := r.node(0)
	if r.err == nil && len(r.b) != 0 {
		r.err = errors.New("decode expression: there is data behind it")
	}
	if r.err != nil {
		return nil, r.err
	}
	return e, nil
}

// decoder reads on until err is set; then everything is zero.
type decoder struct {
	ctx *Ctx
	b   []byte
	err error
}

func (r *decoder) fail(err error) {
	if r.err == nil {
		r.err = err
	}
	r.b = nil
}

func (r *decoder) byte() byte {
	if len(r.b) == 0 {
		r.fail(errTruncated)
		return 0
	}
	c := r.b[0]
	r.b = r.b[1:]
	return c
}

func (r *decoder) count() int {
	v, n := binary.Uvarint(r.b)
	if n <= 0 || v > maxEncodedItems {
		r.fail(errTruncated)
		return 0
	}
	r.b = r.b[n:]
	return int(v)
}

func (r *decoder) text() string {
	n := r.count()
	if n > len(r.b) {
		r.fail(errTruncated)
		return ""
	}
	s := string(r.b[:n])
	r.b = r.b[n:]
	return s
}

func (r *decoder) typ() types.Type {
	t, err := types.Parse(r.text())
	if err != nil {
		r.fail(fmt.Errorf("decode expression: %w", err))
	}
	return t
}

func (r *decoder) node(depth int) Expr {
	if depth > maxEncodedDepth {
		r.fail(fmt.Errorf("decode expression: deeper than %d", maxEncodedDepth))
		return nil
	}
	switch kind := r.byte(); kind {
	case 'c':
		return r.column()
	case 'k':
		t := r.typ()
		name := r.text()
		v := r.value(t)
		if r.err != nil {
			return nil
		}
		return &Const{Vec: v, Name: name}
	case 'f':
		name := r.text()
		return r.call(name, r.nodes(depth))
	case 'l':
		return r.lambda(depth)
	case 'i':
		negate := r.byte() != 0
		arg := r.node(depth + 1)
		return r.in(arg, negate)
	default:
		r.fail(fmt.Errorf("decode expression: unknown node %q", kind))
		return nil
	}
}

func (r *decoder) column() Expr {
	pos, n := binary.Varint(r.b)
	if n <= 0 || pos > maxEncodedItems || pos < -maxEncodedItems {
		r.fail(errTruncated)
		return nil
	}
	r.b = r.b[n:]
	c := &Column{Pos: int(pos), Name: r.text()}
	c.T = r.typ()
	return c
}

func (r *decoder) nodes(depth int) []Expr {
	n := r.count()
	if n > len(r.b) {
		r.fail(errTruncated)
		return nil
	}
	out := make([]Expr, n)
	for i := range out {
		if out[i] = r.node(depth + 1); r.err != nil {
			return nil
		}
	}
	return out
}

func (r *decoder) call(name string, args []Expr) Expr {
	if r.err != nil {
		return nil
	}
	e, err := NewCall(r.ctx, name, args)
	if err != nil {
		r.fail(fmt.Errorf("decode expression: %w", err))
		return nil
	}
	return e
}

func (r *decoder) lambda(depth int) Expr {
	l := &Lambda{}
	for _, e := range r.nodes(depth) {
		p, ok := e.(*Column)
		if !ok {
			r.fail(errors.New("decode expression: a parameter that is no column"))
			return nil
		}
		l.Params = append(l.Params, p)
	}
	if l.Body = r.node(depth + 1); r.err != nil {
		return nil
	}
	return l
}

func (r *decoder) in(arg Expr, negate bool) Expr {
	keys := make([]types.Type, 0, 1)
	for range r.count() {
		if keys = append(keys, r.typ()); r.err != nil {
			return nil
		}
	}
	hasNull := r.byte() != 0
	rows := r.count()
	if r.err != nil || rows > len(r.b) || len(keys) == 0 {
		r.fail(errTruncated)
		return nil
	}
	builders := make([]*batch.Builder, len(keys))
	for k, t := range keys {
		builders[k] = batch.NewBuilder(t, 0)
	}
	for range rows {
		for k, t := range keys {
			v := r.value(t)
			if r.err != nil {
				return nil
			}
			builders[k].AppendRow(v, 0)
		}
	}
	cols := make([]*batch.Vector, len(keys))
	for k, b := range builders {
		cols[k] = b.Finish()
	}
	set, err := NewSet(r.ctx, keys, batch.New(nil, cols, rows))
	if err != nil {
		r.fail(err)
		return nil
	}
	set.hasNull = hasNull
	e, err := NewIn(r.ctx, arg, set, negate)
	if err != nil {
		r.fail(fmt.Errorf("decode expression: %w", err))
		return nil
	}
	return e
}

// value reads a value as a column of one row.
func (r *decoder) value(t types.Type) *batch.Vector {
	b := batch.NewBuilder(t, 1)
	r.append(b, t)
	if r.err != nil {
		return nil
	}
	return b.Finish()
}

func (r *decoder) append(b *batch.Builder, t types.Type) {
	if r.err != nil {
		return
	}
	if null := r.byte() != 0; null {
		if !t.Nullable {
			r.fail(errors.New("decode expression: NULL of a type that has none"))
			return
		}
		b.AppendNull()
		return
	}
	switch t.Phys() {
	case types.PhysStrings:
		s := r.text()
		if t.Kind == types.FixedString && len(s) != int(t.Width) {
			r.fail(errTruncated)
			return
		}
		b.Str.AppendString(s)
	case types.PhysLists:
		for range r.count() {
			r.append(b.Elems[0], t.Elem())
		}
		b.EndList()
	case types.PhysTuple:
		for k, e := range t.Elems {
			r.append(b.Elems[k], e)
		}
		b.EndTuple()
	case types.PhysNone:
		r.fail(errors.New("decode expression: a value of type Nothing"))
		return
	default:
		r.number(b, t)
	}
	b.NotNull()
}

func (r *decoder) bits() uint64 {
	if len(r.b) < 8 {
		r.fail(errTruncated)
		return 0
	}
	v := binary.LittleEndian.Uint64(r.b)
	r.b = r.b[8:]
	return v
}
