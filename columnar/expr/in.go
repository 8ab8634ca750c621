package expr

import (
	"math"
	"slices"
	"sync"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/chcode"
	"github.com/freshetdb/freshet/columnar/kernel"
	"github.com/freshetdb/freshet/columnar/types"
)

// Set is the right side of IN: distinct values of one type, or tuples of several.
// It is immutable, and safe for concurrent use.
type Set struct {
	keys    []types.Type
	hasNull bool
	symbols *symbolSet // of values that all have a symbol; nil otherwise

	once  sync.Once // makes what follows of symbols, when something asks for it
	rows  *batch.Batch
	index map[string]struct{} // encoded rows, for all kinds of keys
	ints  map[int64]struct{}  // single integer-like keys
}

// NewSet gathers the rows of batches whose columns are the keys of a tuple, or
// the one key. Rows with a NULL are left out, and remembered for
// transform_null_in.
func NewSet(ctx *Ctx, keys []types.Type, batches ...*batch.Batch) (*Set, error) {
	s := &Set{keys: keys}
	if s.symbols, s.hasNull = newSymbolSet(keys, batches); s.symbols != nil {
		return s, nil
	}
	return s, s.fill(ctx, batches)
}

// fill takes the rows of batches in.
func (s *Set) fill(ctx *Ctx, batches []*batch.Batch) error {
	keys := s.keys
	s.index = map[string]struct{}{}
	if len(keys) == 1 && intKey(keys[0]) {
		s.ints = map[int64]struct{}{}
	}
	builders := make([]*batch.Builder, len(keys))
	for i, k := range keys {
		builders[i] = batch.NewBuilder(k, 0)
	}
	count := 0
	for _, b := range batches {
		if err := ctx.cancelled(); err != nil {
			return err
		}
		if len(b.Cols) != len(keys) {
			return chcode.Errorf(chcode.NumberOfColumnsDoesntMatch,
				"Number of columns in section IN doesn't match. %d at left, %d at right.", len(keys), len(b.Cols))
		}
		count += s.add(b, builders)
	}
	cols := make([]*batch.Vector, len(keys))
	for i, b := range builders {
		cols[i] = b.Finish()
	}
	s.rows = batch.New(nil, cols, count)
	return nil
}

// listed is the set with its rows and its index.
func (s *Set) listed() *Set {
	s.once.Do(func() {
		if s.symbols == nil {
			return
		}
		if err := s.fill(Background(), []*batch.Batch{s.symbols.rows(s.keys[0])}); err != nil {
			panic("expr: " + err.Error()) // neither cancelled nor of another width
		}
	})
	return s
}

// add takes the rows of b that are new and returns how many there are.
func (s *Set) add(b *batch.Batch, builders []*batch.Builder) int {
	var key []byte
	added := 0
	for i := range b.Rows {
		null := false
		for _, c := range b.Cols {
			null = null || c.IsNull(i) || c.Type.Kind == types.Nothing
		}
		if null {
			s.hasNull = true
			continue
		}
		key = key[:0]
		for _, c := range b.Cols {
			key = appendKey(key, c, i)
		}
		if _, dup := s.index[string(key)]; dup {
			continue
		}
		s.index[string(key)] = struct{}{}
		if s.ints != nil {
			s.ints[intAt(b.Cols[0], i)] = struct{}{}
		}
		for k, c := range b.Cols {
			builders[k].AppendRow(c, i)
		}
		added++
	}
	return added
}

// Len is the number of distinct rows.
func (s *Set) Len() int {
	if s.symbols != nil {
		return s.symbols.count
	}
	return len(s.index)
}

// HasNull tells whether a row with NULL was left out.
func (s *Set) HasNull() bool { return s.hasNull }

// Keys are the types of the columns of the set.
func (s *Set) Keys() []types.Type { return s.keys }

// Rows are the distinct rows, for pruning by their values.
func (s *Set) Rows() *batch.Batch { return s.listed().rows }

// Equal tells whether two sets have the same rows of the same types.
func (s *Set) Equal(o *Set) bool {
	if s == o {
		return true
	}
	if s.hasNull != o.hasNull || s.Len() != o.Len() || !slices.EqualFunc(s.keys, o.keys, types.Type.Equal) {
		return false
	}
	if s.symbols != nil && o.symbols != nil && s.symbols.dict == o.symbols.dict && len(s.symbols.has) == len(o.symbols.has) {
		return slices.Equal(s.symbols.has, o.symbols.has)
	}
	theirs := o.listed().index
	for k := range s.listed().index {
		if _, ok := theirs[k]; !ok {
			return false
		}
	}
	return true
}

// hashedRowsMax is up to how many rows of a set are hashed: larger sets are few.
const hashedRowsMax = 1024

// Hash is the same for equal sets, and seldom for others of few rows.
func (s *Set) Hash() uint64 {
	h := uint64(s.Len())
	if s.Len() > hashedRowsMax {
		return h
	}
	for k := range s.listed().index {
		h += cityHash64([]byte(k)) // in whatever order
	}
	return h
}

// intKey tells whether values of a type are told apart by [intAt].
func intKey(t types.Type) bool {
	switch t.Phys() {
	case types.PhysU8, types.PhysU16, types.PhysU32, types.PhysU64, types.PhysI8, types.PhysI16, types.PhysI32, types.PhysI64:
		return true
	default:
		return false
	}
}

// appendKey encodes a value so that equal values of one type have equal bytes
// and no encoding is the prefix of another.
func appendKey(dst []byte, v *batch.Vector, i int) []byte {
	i = v.Row(i)
	switch d := v.Data.(type) {
	case batch.Strings:
		return appendText(dst, d.At(i))
	case batch.Symbols:
		return appendText(dst, d.At(i))
	case []float32:
		return appendBits(dst, uint64(math.Float32bits(d[i]+0)))
	case []float64:
		return appendBits(dst, math.Float64bits(d[i]+0))
	case []types.Int128:
		return appendBits(appendBits(dst, d[i].Lo), uint64(d[i].Hi))
	case []types.Bytes16:
		return append(dst, d[i][:]...)
	case batch.Lists:
		dst = appendBits(dst, uint64(d.Offsets[i+1]-d.Offsets[i]))
		for e := d.Offsets[i]; e < d.Offsets[i+1]; e++ {
			dst = appendNullableKey(dst, d.Elems, int(e))
		}
		return dst
	case []*batch.Vector:
		for _, p := range d {
			dst = appendNullableKey(dst, p, i)
		}
		return dst
	case nil:
		return dst
	default:
		return appendBits(dst, uint64(intAt(v, i)))
	}
}

func appendNullableKey(dst []byte, v *batch.Vector, i int) []byte {
	if v.IsNull(i) {
		return append(dst, 1)
	}
	return appendKey(append(dst, 0), v, i)
}

func appendText(dst, s []byte) []byte {
	dst = appendBits(dst, uint64(len(s)))
	return append(dst, s...)
}

func appendBits(dst []byte, x uint64) []byte {
	return append(dst, byte(x), byte(x>>8), byte(x>>16), byte(x>>24), byte(x>>32), byte(x>>40), byte(x>>48), byte(x>>56))
}

// In tells whether a value, or a tuple, is in a set. Make it by [NewIn].
type In struct {
	Arg    Expr
	Set    *Set
	Negate bool

	ctx  *Ctx
	typ  types.Type
	sole int // as in Call
}

// NewIn makes e IN set, or NOT IN. The set's keys must be the types of e, or of
// its elements, as [SetTypes] gives them. NULL IN is NULL, unless the context
// says transform_null_in.
func NewIn(ctx *Ctx, e Expr, set *Set, negate bool) (Expr, error) {
	n := &In{Arg: e, Set: set, Negate: negate, ctx: ctx, typ: types.Of(types.UInt8)}
	want := SetTypes(e.Type())
	if len(want) != len(set.keys) {
		return nil, chcode.Errorf(chcode.NumberOfColumnsDoesntMatch,
			"Number of columns in section IN doesn't match. %d at left, %d at right.", len(want), len(set.keys))
	}
	t := e.Type()
	if t.Kind == types.Nothing && !ctx.TransformNullIn {
		n.typ = t
		return n.with(e), nil
	}
	if t.Nullable && !ctx.TransformNullIn {
		n.typ = n.typ.AsNullable()
	}
	n.typ.LowCard = t.LowCard
	return n.with(e), nil
}

// SetTypes are the types that the columns of a set for IN of a value of type t
// have: its elements for a tuple, without Nullable and LowCardinality.
func SetTypes(t types.Type) []types.Type {
	if t.Kind != types.Tuple {
		return []types.Type{t.Plain()}
	}
	out := make([]types.Type, len(t.Elems))
	for i, e := range t.Elems {
		out[i] = e.Plain()
	}
	return out
}

func (n *In) with(arg Expr) *In {
	c := *n
	c.Arg = arg
	c.sole = -1
	switch a := arg.(type) {
	case *Column:
		c.sole = max(a.Pos, -1)
	case *Call:
		c.sole = a.sole
	}
	return &c
}

// Type is UInt8, Nullable when the value is.
func (n *In) Type() types.Type { return n.typ }

// String is in(x, set).
func (n *In) String() string {
	name := "in("
	if n.Negate {
		name = "notIn("
	}
	return name + n.Arg.String() + ", set)"
}

func (n *In) eval(v *env) (*batch.Vector, error) {
	arg, err := n.Arg.eval(v)
	if err != nil {
		return nil, err
	}
	if n.typ.Kind == types.Nothing {
		return batch.NewNulls(n.typ, v.rows), nil
	}
	rows := v.rows
	if arg.Const {
		rows = min(1, v.rows)
		arg = firstRows([]*batch.Vector{arg})[0]
	}
	out := make([]uint8, rows)
	nulls := arg.Nulls
	if arg.Type.Kind == types.Nothing {
		nulls = make([]bool, rows)
		for i := range nulls {
			nulls[i] = true
		}
	} else {
		n.find(out, arg)
	}
	for i, null := range nulls {
		if null {
			out[i] = truth(n.ctx.TransformNullIn && n.Set.hasNull)
		}
	}
	if n.Negate {
		kernel.Not(out, append([]uint8(nil), out...))
	}
	res := &batch.Vector{Type: n.typ, Len: rows, Data: out}
	if n.typ.Nullable {
		res.Nulls = nulls
	}
	if rows < v.rows {
		return batch.NewConst(res, v.rows), nil
	}
	return res, nil
}

func truth(b bool) uint8 {
	if b {
		return 1
	}
	return 0
}

// find marks the rows whose value is in the set; NULLs do not matter.
func (n *In) find(out []uint8, arg *batch.Vector) {
	s := n.Set
	if s.Len() == 0 {
		return
	}
	if d, ok := arg.Data.(batch.Symbols); ok && s.symbols.find(out, d) {
		return
	}
	s = s.listed()
	switch d := arg.Data.(type) {
	case batch.Symbols:
		s.findSymbols(out, arg, d)
		return
	case []*batch.Vector:
		s.findTuples(out, d)
		return
	}
	if s.ints != nil {
		s.findInts(out, arg.Data)
		return
	}
	if len(s.index) <= fewKeys {
		if d, ok := arg.Data.(batch.Strings); ok && arg.Type.Kind == types.String {
			s.findFewStrings(out, d)
			return
		}
	}
	var key []byte
	for i := range out {
		key = appendKey(key[:0], arg, i)
		_, ok := s.index[string(key)]
		out[i] = truth(ok)
	}
}

// fewKeys is up to how many keys a set is searched by comparing with each.
const fewKeys = 4

func (s *Set) findFewStrings(out []uint8, d batch.Strings) {
	keys := s.rows.Cols[0].Strings()
	hit := make([]uint8, len(out))
	for k := range keys.Len() {
		kernel.CompareStrings(kernel.EQ, hit, d, keys.Slice(k, k+1))
		kernel.Or(out, out, hit)
	}
}

func (s *Set) findSymbols(out []uint8, arg *batch.Vector, d batch.Symbols) {
	if len(s.index) <= fewKeys && d.Overlay.Len() == 0 {
		s.findFewCodes(out, d)
		return
	}
	set := distinctCodes(d, arg.Nulls)
	var key []byte
	hits := make([]uint8, len(set.codes))
	for k, code := range set.codes {
		if k == set.null {
			continue
		}
		key = appendText(key[:0], d.Of(code))
		_, ok := s.index[string(key)]
		hits[k] = truth(ok)
	}
	for i, k := range set.index {
		out[i] = hits[k]
	}
}

// findFewCodes compares with the codes of the keys that the dictionary has.
func (s *Set) findFewCodes(out []uint8, d batch.Symbols) {
	keys := s.rows.Cols[0].Strings()
	hit := make([]uint8, len(out))
	for k := range keys.Len() {
		if code, ok := d.Dict.Lookup(keys.At(k)); ok {
			kernel.EqualCodes(kernel.EQ, hit, d.Codes, code)
			kernel.Or(out, out, hit)
		}
	}
}

func (s *Set) findTuples(out []uint8, cols []*batch.Vector) {
	var key []byte
	for i := range out {
		key = key[:0]
		null := false
		for _, c := range cols {
			if c.IsNull(i) || c.Type.Kind == types.Nothing {
				null = true
				break
			}
			key = appendKey(key, c, i)
		}
		if null {
			continue
		}
		_, ok := s.index[string(key)]
		out[i] = truth(ok)
	}
}

func (s *Set) findInts(out []uint8, data any) {
	switch d := data.(type) {
	case []uint8:
		findInts(s, out, d)
	case []uint16:
		findInts(s, out, d)
	case []uint32:
		findInts(s, out, d)
	case []uint64:
		findInts(s, out, d)
	case []int8:
		findInts(s, out, d)
	case []int16:
		findInts(s, out, d)
	case []int32:
		findInts(s, out, d)
	case []int64:
		findInts(s, out, d)
	}
}

func findInts[T kernel.Int](s *Set, out []uint8, d []T) {
	if len(s.ints) <= fewKeys {
		hit := make([]uint8, len(out))
		for k := range s.ints {
			kernel.Compare(kernel.EQ, hit, d, []T{T(k)})
			kernel.Or(out, out, hit)
		}
		return
	}
	for i, x := range d {
		_, ok := s.ints[int64(x)]
		out[i] = truth(ok)
	}
}
