package exec

import (
	"bytes"
	"cmp"
	"context"
	"encoding/binary"
	"math"
	"slices"

	"github.com/freshetdb/freshet/columnar/batch"
)

// keyed is a row with a number that orders it by its first key as far as it can.
type keyed struct {
	prefix uint64
	row    uint32
}

// sortRows are the rows of b in order of the keys, equal ones as they stand: by the
// prefixes of the first key, then by the other keys where prefixes are equal.
func sortRows(ctx context.Context, b *batch.Batch, keys []Key) ([]uint32, error) {
	out := counting(b.Rows)
	if len(keys) == 0 {
		return out, context.Cause(ctx)
	}
	prefix, exact := prefixes(b.Cols[keys[0].Col], keys[0])
	if exact {
		keys = keys[1:]
	}
	isSorted := slices.IsSorted(prefix)
	if isSorted && len(keys) == 0 {
		return out, context.Cause(ctx)
	}
	rows := make([]keyed, b.Rows)
	for i := range rows {
		rows[i].row = uint32(i)
	}
	for i, p := range prefix {
		rows[i].prefix = p
	}
	if !isSorted {
		rows = byPrefix(rows)
	}
	sortTies(ctx, rows, comparers(b, keys))
	if err := context.Cause(ctx); err != nil {
		return nil, err
	}
	for i, r := range rows {
		out[i] = r.row
	}
	return out, nil
}

// sortBytes is the memory that sorting takes for a row.
const sortBytes = 48

// radixMin is how many rows are sorted by the bytes of their prefixes instead of
// by comparing them.
const radixMin = 256

// byPrefix sorts rows by prefix and keeps the order of equal ones.
func byPrefix(rows []keyed) []keyed {
	if len(rows) < radixMin {
		slices.SortStableFunc(rows, func(x, y keyed) int { return cmp.Compare(x.prefix, y.prefix) })
		return rows
	}
	var differ uint64 // bits in which prefixes differ
	for _, r := range rows {
		differ |= r.prefix ^ rows[0].prefix
	}
	other := make([]keyed, len(rows))
	for shift := 0; shift < 64; shift += 8 {
		if differ>>shift&0xff == 0 {
			continue
		}
		var at [257]uint32
		for _, r := range rows {
			at[(r.prefix>>shift&0xff)+1]++
		}
		for i := range 256 {
			at[i+1] += at[i]
		}
		for _, r := range rows {
			digit := r.prefix >> shift & 0xff
			other[at[digit]] = r
			at[digit]++
		}
		rows, other = other, rows
	}
	return rows
}

// sortChecks is how many comparisons pass between two looks at whether the query was cancelled.
const sortChecks = 1 << 16

// sortTies sorts the rows of equal prefixes by the keys that are left. Once ctx ends, all rows that are left are equal.
func sortTies(ctx context.Context, rows []keyed, keys []comparer) {
	if len(keys) == 0 {
		return
	}
	compared, cancelled := 0, false
	compare := func(x, y keyed) int {
		if compared++; compared%sortChecks == 0 {
			cancelled = ctx.Err() != nil
		}
		if cancelled {
			return 0
		}
		return compareRows(keys, x.row, y.row)
	}
	for lo := 0; lo < len(rows); {
		hi := lo + 1
		for hi < len(rows) && rows[hi].prefix == rows[lo].prefix {
			hi++
		}
		if hi-lo > 1 && !cancelled {
			slices.SortStableFunc(rows[lo:hi], compare)
		}
		lo = hi
	}
}

// prefixes are numbers that are in order as the values of a key; exact tells
// whether equal numbers mean equal values. nil when there are none.
func prefixes(v *batch.Vector, k Key) (out []uint64, exact bool) {
	if v.Const {
		return nil, false
	}
	switch d := v.Data.(type) {
	case batch.Symbols:
		return directedPrefixes(shifted(rankSymbols(d), 0), 32, v, k), true
	case batch.Strings:
		if v.Nulls != nil {
			return nil, false
		}
		out := make([]uint64, v.Len)
		var head [8]byte
		for i := range out {
			clear(head[:])
			copy(head[:], d.At(i))
			out[i] = binary.BigEndian.Uint64(head[:])
			if k.Desc {
				out[i] = ^out[i]
			}
		}
		return out, false
	default:
		out := fixedPrefixes(v, k)
		return out, out != nil
	}
}

// fixedPrefixes are the exact prefixes of a column of numbers; nil of others.
func fixedPrefixes(v *batch.Vector, k Key) []uint64 {
	const sign32, sign64 = 1 << 31, 1 << 63
	if v.Const {
		return nil
	}
	switch d := v.Data.(type) {
	case []uint8:
		return directedPrefixes(shifted(d, 0), 32, v, k)
	case []uint16:
		return directedPrefixes(shifted(d, 0), 32, v, k)
	case []uint32:
		return directedPrefixes(shifted(d, 0), 32, v, k)
	case []int8:
		return directedPrefixes(shifted(d, sign32), 32, v, k)
	case []int16:
		return directedPrefixes(shifted(d, sign32), 32, v, k)
	case []int32:
		return directedPrefixes(shifted(d, sign32), 32, v, k)
	case []uint64:
		return directedPrefixes(shifted(d, 0), 64, v, k)
	case []int64:
		return directedPrefixes(shifted(d, sign64), 64, v, k)
	case []float32:
		return floatPrefixes(d, v, k)
	case []float64:
		return floatPrefixes(d, v, k)
	default:
		return nil
	}
}

// shifted moves values so that their unsigned order is theirs.
func shifted[T uint8 | uint16 | uint32 | uint64 | int8 | int16 | int32 | int64](d []T, by uint64) []uint64 {
	out := make([]uint64, len(d))
	for i, x := range d {
		out[i] = uint64(x) + by
	}
	return out
}

// directedPrefixes turns the order around for Desc, and puts NULLs where they
// belong; of values of 64 bits there is no place left for them.
func directedPrefixes(out []uint64, bits int, v *batch.Vector, k Key) []uint64 {
	if v.Nulls != nil && bits == 64 {
		return nil
	}
	top := uint64(math.MaxUint64)
	if bits == 32 {
		top = math.MaxUint32
	}
	for i := range out {
		if k.Desc {
			out[i] = top - out[i]
		}
		if v.Nulls == nil {
			continue
		}
		switch {
		case !v.Nulls[i]:
			out[i]++
		case k.NullsFirst:
			out[i] = 0
		default:
			out[i] = top + 2
		}
	}
	return out
}

// floatPrefixes puts NaN behind all values, or before them with NullsFirst.
func floatPrefixes[T float32 | float64](d []T, v *batch.Vector, k Key) []uint64 {
	if v.Nulls != nil {
		return nil
	}
	out := make([]uint64, len(d))
	for i, x := range d {
		f := float64(x) + 0 // -0 equals 0
		switch bits := math.Float64bits(f); {
		case math.IsNaN(f) && k.NullsFirst:
			continue
		case math.IsNaN(f):
			out[i] = math.MaxUint64
			continue
		case bits>>63 == 1:
			out[i] = ^bits
		default:
			out[i] = bits | 1<<63
		}
		if k.Desc {
			out[i] = ^out[i]
		}
	}
	return out
}

// behind is the symbols of the first key that were found to stand behind the last row
// that is kept. They do so for good, since that row only moves forward.
type behind struct {
	dict batch.Dictionary
	has  []uint64

	codes []uint32 // scratch
	texts batch.Strings
}

// symbolsPerRow is how large a dictionary may be, in symbols for each row of a batch,
// for its symbols to be noted.
const symbolsPerRow = 64

// left are the rows of v whose symbol is not known to stand behind, or behind with
// equal ones where tied is set, the only row of w; false when they have no symbols of
// one dictionary.
func (k *behind) left(v, w *batch.Vector, key Key, tied bool) (sel []uint32, ok bool) {
	s, isSymbols := v.Data.(batch.Symbols)
	if !isSymbols || v.Const || v.Nulls != nil || w.Nulls != nil || s.Overlay.Len() > 0 || s.Dict.Len() > symbolsPerRow*GranuleRows {
		return nil, false
	}
	if k.dict != s.Dict {
		k.dict, k.has = s.Dict, make([]uint64, (s.Dict.Len()+63)/64)
	}
	sel, k.codes = make([]uint32, 0, v.Len), k.codes[:0]
	for i, code := range s.Codes[:v.Len] {
		if k.has[code/64]>>(code%64)&1 == 0 {
			sel, k.codes = append(sel, uint32(i)), append(k.codes, code)
		}
	}
	k.texts = batch.Strings{Offsets: k.texts.Offsets[:0], Bytes: k.texts.Bytes[:0]}
	k.texts.AppendSymbols(s.Dict, k.codes)
	bound, n := w.Bytes(0), 0
	for i, code := range k.codes {
		c := bytes.Compare(k.texts.At(i), bound)
		if key.Desc {
			c = -c
		}
		if c > 0 || (c == 0 && tied) {
			k.has[code/64] |= 1 << (code % 64)
			continue
		}
		sel[n] = sel[i]
		n++
	}
	return sel[:n], true
}

// before are the rows of b that come before the only row of last; rows that equal
// it do not.
func (k *behind) before(b, last *batch.Batch, keys []Key) []uint32 {
	first, bound := keys[0], last.Cols[keys[0].Col]
	sel, ok := k.left(b.Cols[first.Col], bound, first, len(keys) == 1)
	if ok && len(keys) == 1 {
		return sel
	}
	if ok {
		return comparedBefore(sel, b, last, keys)
	}
	sel = make([]uint32, 0, b.Rows)
	if p, q := fixedPrefixes(b.Cols[first.Col], first), fixedPrefixes(bound, first); p != nil && q != nil &&
		(b.Cols[first.Col].Nulls == nil) == (bound.Nulls == nil) {
		for i, x := range p {
			if x < q[0] || (x == q[0] && len(keys) > 1) {
				sel = append(sel, uint32(i))
			}
		}
		if len(keys) == 1 {
			return sel
		}
	} else {
		for i := range b.Rows {
			sel = append(sel, uint32(i))
		}
	}
	return comparedBefore(sel, b, last, keys)
}

// comparedBefore are the rows of sel, which it changes, that come before the only row
// of last.
func comparedBefore(sel []uint32, b, last *batch.Batch, keys []Key) []uint32 {
	against := make([]func(uint32) int, len(keys))
	for i, k := range keys {
		against[i] = compareWith(b.Cols[k.Col], last.Cols[k.Col], k)
	}
	return slices.DeleteFunc(sel, func(r uint32) bool {
		for _, compare := range against {
			if c := compare(r); c != 0 {
				return c > 0
			}
		}
		return true
	})
}

// compareWith compares rows of v with the only row of w. Strings are compared as
// they are: to rank the symbols of a batch costs more than to look at each once.
func compareWith(v, w *batch.Vector, k Key) func(uint32) int {
	if v.Type.IsString() && v.Nulls == nil && w.Nulls == nil {
		bound := bytes.Clone(w.Bytes(0))
		return func(r uint32) int {
			if k.Desc {
				return bytes.Compare(bound, v.Bytes(int(r)))
			}
			return bytes.Compare(v.Bytes(int(r)), bound)
		}
	}
	compare := directed(batch.Concat(v.Type, []*batch.Vector{w, v}), k)
	return func(r uint32) int { return compare(r+1, 0) }
}
