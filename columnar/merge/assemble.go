package merge

import (
	"fmt"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/types"
)

// assembler collects spans of several cursors and makes batches of them.
type assembler struct {
	spans    []span
	rows     int
	emit     func(*batch.Batch, []Row) error
	wantRows bool
	origin   []Row
}

func (a *assembler) add(s span) {
	a.rows += s.hi - s.lo
	if k := len(a.spans) - 1; k >= 0 && a.spans[k].cursor == s.cursor {
		a.spans[k].hi = s.hi // The rows follow each other.
		return
	}
	a.spans = append(a.spans, s)
}

// flush hands on the rows collected; it must be called before a cursor of them
// loads its next granule.
func (a *assembler) flush() error {
	if a.rows == 0 {
		return nil
	}
	a.origin = a.origin[:0]
	if a.wantRows {
		for _, s := range a.spans {
			for i := s.lo; i < s.hi; i++ {
				a.origin = append(a.origin, s.cursor.origin(i))
			}
		}
	}
	b, err := assemble(a.spans, a.rows)
	if err != nil {
		return err
	}
	a.spans, a.rows = a.spans[:0], 0
	return a.emit(b, a.origin)
}

// assemble makes one batch of spans.
func assemble(spans []span, rows int) (*batch.Batch, error) {
	first := spans[0]
	if len(spans) == 1 { // Fast path: no other input has rows here.
		return first.cursor.batch.Slice(first.lo, first.hi), nil
	}
	out := &batch.Batch{Names: first.cursor.batch.Names, Rows: rows}
	parts := make([]part, len(spans))
	for col := range first.cursor.batch.Cols {
		for i, s := range spans {
			parts[i] = part{s.cursor.batch.Cols[col], s.lo, s.hi}
		}
		v, err := concat(parts, rows)
		if err != nil {
			return nil, err
		}
		out.Cols = append(out.Cols, v)
	}
	out.Signs = concatSigns(spans, rows)
	return out, nil
}

func concatSigns(spans []span, rows int) []int8 {
	var out []int8
	at := 0
	for _, s := range spans {
		if signs := s.cursor.batch.Signs; signs != nil {
			if out == nil {
				out = make([]int8, rows)
				for i := range at {
					out[i] = 1
				}
			}
			copy(out[at:], signs[s.lo:s.hi])
		} else if out != nil {
			for i := at; i < at+s.hi-s.lo; i++ {
				out[i] = 1
			}
		}
		at += s.hi - s.lo
	}
	return out
}

// part is rows [lo, hi) of a vector.
type part struct {
	v      *batch.Vector
	lo, hi int
}

// concat makes one vector of parts.
func concat(parts []part, rows int) (*batch.Vector, error) {
	for i, p := range parts {
		if p.v.Const {
			parts[i] = part{p.v.Slice(p.lo, p.hi).Expand(), 0, p.hi - p.lo}
		}
	}
	out := &batch.Vector{Type: parts[0].v.Type, Len: rows, Nulls: concatNulls(parts, rows)}
	switch out.Type.Phys() {
	case types.PhysU8:
		out.Data = concatFixed[uint8](parts, rows)
	case types.PhysU16:
		out.Data = concatFixed[uint16](parts, rows)
	case types.PhysU32:
		out.Data = concatFixed[uint32](parts, rows)
	case types.PhysU64:
		out.Data = concatFixed[uint64](parts, rows)
	case types.PhysI8:
		out.Data = concatFixed[int8](parts, rows)
	case types.PhysI16:
		out.Data = concatFixed[int16](parts, rows)
	case types.PhysI32:
		out.Data = concatFixed[int32](parts, rows)
	case types.PhysI64:
		out.Data = concatFixed[int64](parts, rows)
	case types.PhysF32:
		out.Data = concatFixed[float32](parts, rows)
	case types.PhysF64:
		out.Data = concatFixed[float64](parts, rows)
	case types.PhysI128:
		out.Data = concatFixed[types.Int128](parts, rows)
	case types.PhysB16:
		out.Data = concatFixed[types.Bytes16](parts, rows)
	case types.PhysStrings:
		out.Data = concatText(parts, rows)
	case types.PhysLists:
		l, err := concatLists(parts, rows)
		out.Data = l
		return out, err
	default:
		return nil, fmt.Errorf("a column of %s can't be merged", out.Type)
	}
	return out, nil
}

func concatNulls(parts []part, rows int) []bool {
	var out []bool
	at := 0
	for _, p := range parts {
		if p.v.Nulls != nil {
			if out == nil {
				out = make([]bool, rows)
			}
			copy(out[at:], p.v.Nulls[p.lo:p.hi])
		}
		at += p.hi - p.lo
	}
	return out
}

func concatFixed[T batch.Fixed](parts []part, rows int) []T {
	out := make([]T, 0, rows)
	for _, p := range parts {
		out = append(out, p.v.Data.([]T)[p.lo:p.hi]...)
	}
	return out
}

// concatText joins text, or symbols if some part has symbols; the others are
// then all NULL, or the shape would have been refused.
func concatText(parts []part, rows int) any {
	for _, p := range parts {
		if _, ok := p.v.Data.(batch.Symbols); ok {
			return concatSymbols(parts, rows)
		}
	}
	out := batch.Strings{Offsets: make([]uint32, 1, rows+1)}
	for _, p := range parts {
		d := p.v.Data.(batch.Strings)
		if p.lo == p.hi {
			continue
		}
		from, to := d.Offsets[p.lo], d.Offsets[p.hi]
		delta := uint32(len(out.Bytes)) - from
		for _, o := range d.Offsets[p.lo+1 : p.hi+1] {
			out.Offsets = append(out.Offsets, o+delta)
		}
		out.Bytes = append(out.Bytes, d.Bytes[from:to]...)
	}
	return out
}

func concatSymbols(parts []part, rows int) batch.Symbols {
	out := batch.Symbols{Codes: make([]uint32, 0, rows)}
	for _, p := range parts {
		d, ok := p.v.Data.(batch.Symbols)
		if !ok {
			// NULLs of another form: the empty text stands in their slots.
			for range p.hi - p.lo {
				out.Codes = append(out.Codes, batch.OverlayBit|uint32(out.Overlay.Len()))
			}
			out.Overlay.Append(nil)
			continue
		}
		out.Dict = d.Dict
		at := len(out.Codes)
		out.Codes = append(out.Codes, d.Codes[p.lo:p.hi]...)
		if d.Overlay.Len() == 0 {
			continue
		}
		for i, c := range out.Codes[at:] {
			if c&batch.OverlayBit != 0 {
				out.Codes[at+i] = batch.OverlayBit | uint32(out.Overlay.Len())
				out.Overlay.Append(d.Of(c))
			}
		}
	}
	return out
}

func concatLists(parts []part, rows int) (batch.Lists, error) {
	out := batch.Lists{Offsets: make([]uint32, 1, rows+1)}
	elems := make([]part, 0, len(parts))
	total := 0
	for _, p := range parts {
		d := p.v.Data.(batch.Lists)
		if p.lo == p.hi {
			continue
		}
		from, to := d.Offsets[p.lo], d.Offsets[p.hi]
		for _, o := range d.Offsets[p.lo+1 : p.hi+1] {
			out.Offsets = append(out.Offsets, o-from+uint32(total))
		}
		total += int(to - from)
		if from < to || len(elems) == 0 {
			elems = append(elems, part{d.Elems, int(from), int(to)})
		}
	}
	var err error
	out.Elems, err = concat(elems, total)
	return out, err
}
