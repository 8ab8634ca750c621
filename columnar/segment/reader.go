package segment

import (
	"fmt"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/types"
)

// Reader reads whole rows of a segment as those of a schema, which may be newer
// than the segment's. It belongs to one goroutine; the segment must be held.
type Reader struct {
	seg     *Segment
	opts    ReaderOptions
	stored  []types.Column
	cols    []*Column // nil: missing in the segment
	scratch []Scratch
	signs   Scratch
	batch   batch.Batch
}

// ReaderOptions say what a Reader needs beside the segment.
type ReaderOptions struct {
	Schema *types.Schema
	// Dict gives the dictionary of a column, nil if it has none. Text of a column
	// with a dictionary is read as symbols, also where it is stored as text.
	Dict func(column uint32) batch.Dictionary
	// Fill makes the values of a column that the segment does not have: b holds
	// the columns that it has, nil in the places of others. When Fill is nil, the
	// type's default is taken.
	Fill func(place int, b *batch.Batch) (*batch.Vector, error)
}

// Reader makes a Reader.
func (s *Segment) Reader(opts ReaderOptions) (*Reader, error) {
	r := &Reader{seg: s, opts: opts, stored: Stored(opts.Schema)}
	r.cols, r.scratch = make([]*Column, len(r.stored)), make([]Scratch, len(r.stored))
	for i, c := range r.stored {
		var err error
		if r.cols[i], err = s.Column(c.ID, c.Type, r.dict(c.ID)); err != nil {
			return nil, err
		}
	}
	r.batch.Cols = make([]*batch.Vector, len(r.stored))
	for _, c := range r.stored {
		r.batch.Names = append(r.batch.Names, c.Name)
	}
	return r, nil
}

func (r *Reader) dict(column uint32) batch.Dictionary {
	if r.opts.Dict == nil {
		return nil
	}
	return r.opts.Dict(column)
}

// Rows is the number of rows.
func (r *Reader) Rows() int { return r.seg.Rows() }

// Read gives rows [lo, hi) with the stored columns of the schema in their
// order. The batch is valid until the next Read.
func (r *Reader) Read(lo, hi int) (*batch.Batch, error) {
	r.batch.Rows = hi - lo
	for i, c := range r.cols {
		r.batch.Cols[i] = nil
		if c == nil {
			continue
		}
		v, err := c.Read(lo, hi, &r.scratch[i])
		if err != nil {
			return nil, err
		}
		r.batch.Cols[i] = AsSymbols(v, c.dict)
	}
	for i, c := range r.cols {
		if c != nil {
			continue
		}
		v, err := r.fill(i)
		if err != nil {
			return nil, fmt.Errorf("read segment %s: default of column %s: %w", r.seg.at.Name, r.stored[i].Name, err)
		}
		r.batch.Cols[i] = AsSymbols(v, r.dict(r.stored[i].ID))
	}
	var err error
	r.batch.Signs, err = r.seg.Signs(lo, hi, &r.signs)
	return &r.batch, err
}

func (r *Reader) fill(place int) (*batch.Vector, error) {
	if r.opts.Fill != nil {
		return r.opts.Fill(place, &r.batch)
	}
	b := batch.NewBuilder(r.stored[place].Type, 1)
	b.AppendDefault()
	return batch.NewConst(b.Finish(), r.batch.Rows), nil
}

// Close frees memory early.
func (r *Reader) Close() {
	for i := range r.scratch {
		r.scratch[i].Close()
	}
	r.signs.Close()
}

// AsSymbols is v with its text, also that of arrays' elements, as symbols of
// the dictionary; text that has no symbol stands in the overlay (R12). A nil
// dictionary, and a vector that has no text, leave v as it is.
func AsSymbols(v *batch.Vector, dict batch.Dictionary) *batch.Vector {
	if dict == nil {
		return v
	}
	switch d := v.Data.(type) {
	case batch.Strings:
		c := *v
		out := batch.Symbols{Codes: make([]uint32, d.Len()), Dict: dict}
		for i := range out.Codes {
			code, ok := dict.Lookup(d.At(i))
			if !ok {
				code = batch.OverlayBit | uint32(out.Overlay.Len())
				out.Overlay.Append(d.At(i))
			}
			out.Codes[i] = code
		}
		c.Data = out
		return &c
	case batch.Lists:
		elems := AsSymbols(d.Elems, dict)
		if elems == d.Elems {
			return v
		}
		c := *v
		c.Data = batch.Lists{Offsets: d.Offsets, Elems: elems}
		return &c
	default:
		return v
	}
}
