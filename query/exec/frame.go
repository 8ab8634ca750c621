package exec

import (
	"cmp"

	"github.com/freshetdb/freshet/columnar/batch"
)

// BoundKind is the kind of one end of a frame.
type BoundKind uint8

// The kinds of a frame's ends.
const (
	Unbounded BoundKind = iota
	CurrentRow
	Offset
)

// FrameBound is one end of a frame; Offset counts rows or units of the ordering
// column.
type FrameBound struct {
	Kind      BoundKind
	Following bool
	Offset    int64
}

// Frame is the rows that a function sees around each row: by their number
// (Rows), or by the value of the ordering column, equal rows being peers.
type Frame struct {
	Rows       bool
	Start, End FrameBound
}

// spans are the frames of all rows: row i sees rows [lo[i], hi[i]), inside its
// partition. Neither bound ever falls from one row to the next.
type spans struct{ lo, hi []uint32 }

// frames computes the spans of a frame, once for all functions that share it.
func (w *windowRows) frames(f Frame) (*spans, error) {
	if s, ok := w.spans[f]; ok {
		return s, nil
	}
	n := w.batch.Rows
	// The spans, and where partitions and peers begin.
	if err := w.hold.Set(int64(len(w.spans)+2) * 8 * int64(n)); err != nil {
		return nil, err
	}
	s := &spans{lo: make([]uint32, n), hi: make([]uint32, n)}
	peers := w.peers
	for p := range len(w.partitions) - 1 {
		from, to := w.partitions[p], w.partitions[p+1]
		w.bounds(edge{f.Start, f.Rows, false}, s.lo, peers, from, to)
		w.bounds(edge{f.End, f.Rows, true}, s.hi, peers, from, to)
		for i := from; i < to; i++ {
			s.hi[i] = max(s.hi[i], s.lo[i])
		}
		for peers[0] < to {
			peers = peers[1:]
		}
	}
	w.spans[f] = s
	return s, nil
}

// edge is one end of a frame, by itself; an end is one past the last row.
type edge struct {
	FrameBound
	rows  bool
	isEnd bool
}

// bounds computes one end of the frames of partition [from, to). peers begins
// with the partition's first group of peers.
func (w *windowRows) bounds(b edge, out, peers []uint32, from, to uint32) {
	far := from
	if b.isEnd {
		far = to
	}
	switch {
	case b.Kind == Unbounded:
		fill(out[from:to], far)
	case b.Kind == Offset && b.rows:
		rowBounds(out, b, from, to)
	case b.Kind == Offset && len(w.spec.Order) == 0: // by a constant: all are peers
		fill(out[from:to], far)
	case b.Kind == Offset:
		w.rangeBounds(out, b, from, to)
	case b.rows:
		for i := from; i < to; i++ {
			out[i] = i
			if b.isEnd {
				out[i]++
			}
		}
	default:
		for k := 0; peers[k] < to; k++ {
			at := peers[k]
			if b.isEnd {
				at = peers[k+1]
			}
			fill(out[peers[k]:peers[k+1]], at)
		}
	}
}

func fill(out []uint32, v uint32) {
	for i := range out {
		out[i] = v
	}
}

func rowBounds(out []uint32, b edge, from, to uint32) {
	move := b.Offset
	if !b.Following {
		move = -move
	}
	if b.isEnd {
		move++
	}
	for i := from; i < to; i++ {
		out[i] = uint32(min(max(int64(i)+move, int64(from)), int64(to)))
	}
}

// rangeBounds moves a bound through the partition as ClickHouse does: it goes on
// while the row at the bound lies before the current row's value moved by the
// offset, and never back. That decides also what NULL and NaN see, which compare
// as less, and as greater, than all values.
func (w *windowRows) rangeBounds(out []uint32, b edge, from, to uint32) {
	key := w.spec.Order[0]
	compare := moved(w.batch.Cols[key.Col], b.Offset, b.Following != key.Desc)
	sign, least := 1, 0
	if key.Desc {
		sign = -1
	}
	if b.isEnd {
		least = 1
	}
	at := from
	for i := from; i < to; i++ {
		for at < to && sign*compare(at, i) < least {
			at++
		}
		out[i] = at
	}
}

// moved compares row a with the value of row b plus, or minus, an offset that is
// not negative and fits the column's type.
func moved(v *batch.Vector, offset int64, plus bool) comparer {
	values := movedValues(v, offset, plus)
	if v.Nulls == nil {
		return values
	}
	return func(a, b uint32) int {
		switch {
		case v.Nulls[a] && v.Nulls[b]:
			return 0
		case v.Nulls[a]:
			return -1
		case v.Nulls[b]:
			return 1
		default:
			return values(a, b)
		}
	}
}

func movedValues(v *batch.Vector, offset int64, plus bool) comparer {
	switch d := v.Data.(type) {
	case []uint8:
		return movedInts(d, uint8(offset), plus)
	case []uint16:
		return movedInts(d, uint16(offset), plus)
	case []uint32:
		return movedInts(d, uint32(offset), plus)
	case []uint64:
		return movedInts(d, uint64(offset), plus)
	case []int8:
		return movedInts(d, int8(offset), plus)
	case []int16:
		return movedInts(d, int16(offset), plus)
	case []int32:
		return movedInts(d, int32(offset), plus)
	case []int64:
		return movedInts(d, offset, plus)
	case []float32:
		return movedFloats(d, float32(offset), plus)
	case []float64:
		return movedFloats(d, float64(offset), plus)
	default:
		return func(_, _ uint32) int { return 0 }
	}
}

// movedInts takes a sum that leaves the type for what lies beyond all values.
func movedInts[T uint8 | uint16 | uint32 | uint64 | int8 | int16 | int32 | int64](d []T, offset T, plus bool) comparer {
	if plus {
		return func(a, b uint32) int {
			to := d[b] + offset
			if to < d[b] {
				return -1
			}
			return cmp.Compare(d[a], to)
		}
	}
	return func(a, b uint32) int {
		to := d[b] - offset
		if to > d[b] {
			return 1
		}
		return cmp.Compare(d[a], to)
	}
}

func movedFloats[T float32 | float64](d []T, offset T, plus bool) comparer {
	if !plus {
		offset = -offset
	}
	return func(a, b uint32) int {
		x, to := d[a], d[b]+offset
		switch {
		case x < to:
			return -1
		case x == to:
			return 0
		default: // also where one is NaN
			return 1
		}
	}
}
