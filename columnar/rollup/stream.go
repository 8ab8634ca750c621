package rollup

import (
	"bytes"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/segment"
	"github.com/freshetdb/freshet/columnar/types"
)

// Stream merges rows that come in the order of the sort key, which all rows of
// equal keys share. It holds the rows of the last key only.
type Stream struct {
	plan *Plan
	// dicts are those of the states of each column, which come without; nil:
	// portable.
	dicts func(place int) []batch.Dictionary
	emit  func(*batch.Batch) error
	carry *batch.Batch
}

// NewStream makes a Stream; emit is given rows in order, which it must not keep.
func (p *Plan) NewStream(dicts func(place int) []batch.Dictionary, emit func(*batch.Batch) error) *Stream {
	return &Stream{plan: p, dicts: dicts, emit: emit}
}

// Add takes the next rows. Nothing of b is kept.
func (s *Stream) Add(b *batch.Batch) error {
	if b.Rows == 0 {
		return nil
	}
	b = s.bind(b)
	if s.carry != nil {
		b = batch.ConcatBatches(b.Names, b.Types(), []*batch.Batch{s.carry, b})
	}
	out, err := s.plan.Fold(b)
	if err != nil || out.Rows == 0 {
		s.carry = nil
		return err
	}
	last, err := s.lastKey(out)
	if err != nil {
		return err
	}
	// Gathered, so that no memory of the source's is held.
	s.carry = out.Gather(sequence(last, out.Rows))
	s.carry.Names = out.Names
	if last == 0 {
		return nil
	}
	return s.emit(out.Slice(0, last))
}

// Close hands on what is left.
func (s *Stream) Close() error {
	if s.carry == nil {
		return nil
	}
	b := s.carry
	s.carry = nil
	return s.emit(b)
}

// bind gives states their dictionaries.
func (s *Stream) bind(b *batch.Batch) *batch.Batch {
	out := *b
	out.Cols = append([]*batch.Vector(nil), b.Cols...)
	for i := range s.plan.states {
		switch st := &s.plan.states[i]; {
		case st.typ.Kind != types.AggregateFunction:
		case st.mode != ofStates: // See WithoutStates.
			out.Cols[st.place] = batch.NewConst(emptyState(st.typ), b.Rows)
		default:
			c := *out.Cols[st.place]
			c.Dicts = nil
			if s.dicts != nil {
				c.Dicts = s.dicts(st.place)
			}
			out.Cols[st.place] = &c
		}
	}
	return &out
}

// lastKey is the first of the rows that share the last row's sort key.
func (s *Stream) lastKey(b *batch.Batch) (int, error) {
	key, err := s.plan.sort.Eval(b)
	if err != nil {
		return 0, err
	}
	want, have := sortKey(nil, key, b.Rows-1), []byte(nil)
	at := b.Rows - 1
	for at > 0 {
		have = sortKey(have[:0], key, at-1)
		if !bytes.Equal(have, want) {
			break
		}
		at--
	}
	return at, nil
}

func sortKey(dst []byte, key []*batch.Vector, row int) []byte {
	for _, v := range key {
		dst = segment.AppendKeyPart(dst, v, row)
	}
	return dst
}

func sequence(lo, hi int) []uint32 {
	out := make([]uint32, hi-lo)
	for i := range out {
		out[i] = uint32(lo + i)
	}
	return out
}
