package fanout

import (
	"encoding/binary"
	"fmt"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/route"
	"github.com/freshetdb/freshet/columnar/types"
)

// splitter sends the rows of one table to their shards. It is a pure function of
// the row (R9).
type splitter struct {
	shards int
	// keys computes the values of ROUTE BY; without it the table has no key and
	// rows go where all their values together say.
	keys func(b *batch.Batch) ([]*batch.Vector, error)
}

// split gives the rows of each shard, nil for shards without rows.
func (s *splitter) split(b *batch.Batch) ([]*batch.Batch, error) {
	if s.shards == 1 && b.Rows > 0 { // Fast path.
		return []*batch.Batch{b}, nil
	}
	rows, err := s.place(b)
	if err != nil {
		return nil, err
	}
	return gatherAll(b, rows), nil
}

// place gives the row numbers of each shard, ascending.
func (s *splitter) place(b *batch.Batch) ([][]uint32, error) {
	rows := make([][]uint32, s.shards)
	if s.shards == 1 {
		rows[0] = make([]uint32, b.Rows)
		for i := range rows[0] {
			rows[0][i] = uint32(i)
		}
		return rows, nil
	}
	if b.Rows == 0 {
		return rows, nil
	}
	key := b.Cols
	if s.keys != nil {
		var err error
		if key, err = s.keys(b); err != nil {
			return nil, fmt.Errorf("compute routing key: %w", err)
		}
	}
	hashes, err := hashRows(key, b.Rows)
	if err != nil {
		return nil, err
	}
	to := make([]uint16, b.Rows)
	route.Shards(hashes, s.shards, to)
	for i, shard := range to {
		rows[shard] = append(rows[shard], uint32(i))
	}
	return rows, nil
}

// gatherAll makes the batch of each list of rows, nil for none.
func gatherAll(b *batch.Batch, rows [][]uint32) []*batch.Batch {
	out := make([]*batch.Batch, len(rows))
	for i, sel := range rows {
		switch {
		case len(sel) == 0:
		case len(sel) == b.Rows:
			out[i] = b
		default:
			out[i] = b.Gather(sel)
		}
	}
	return out
}

// hashRows hashes a key of one or more columns.
func hashRows(key []*batch.Vector, rows int) ([]uint64, error) {
	out := make([]uint64, rows)
	next := make([]uint64, rows)
	for i, v := range key {
		to := out
		if i > 0 {
			to = next
		}
		if err := hashVector(v, to); err != nil {
			return nil, err
		}
		if i > 0 {
			route.Combine(out, next)
		}
	}
	return out, nil
}

// hashVector writes the hash of each row of v, as package route defines it.
func hashVector(v *batch.Vector, out []uint64) error {
	if v.Const {
		one := make([]uint64, 1)
		short := *v
		short.Const, short.Len = false, 1
		if err := hashVector(&short, one); err != nil {
			return err
		}
		for i := range out {
			out[i] = one[0]
		}
		return nil
	}
	if err := hashValues(v, out); err != nil {
		return err
	}
	if v.Nulls != nil {
		for i := range out {
			if v.Nulls[i] {
				out[i] = route.NullHash
			}
		}
	}
	return nil
}

func hashValues(v *batch.Vector, out []uint64) error {
	switch d := v.Data.(type) {
	case []uint8:
		route.HashIntegers(d, out)
	case []uint16:
		route.HashIntegers(d, out)
	case []uint32:
		route.HashIntegers(d, out)
	case []uint64:
		route.HashIntegers(d, out)
	case []int8:
		route.HashIntegers(d, out)
	case []int16:
		route.HashIntegers(d, out)
	case []int32:
		route.HashIntegers(d, out)
	case []int64:
		route.HashIntegers(d, out)
	case []float32:
		route.HashFloats(d, out)
	case []float64:
		route.HashFloats(d, out)
	case []types.Int128:
		hashWords(d, out, func(x types.Int128) (low, high uint64) { return x.Lo, uint64(x.Hi) })
	case []types.Bytes16:
		hashWords(d, out, words)
	case batch.Strings:
		s := d.Slice(0, v.Len)
		route.HashStrings(s.Offsets, s.Bytes, out)
	case batch.Symbols:
		s := v.Strings()
		route.HashStrings(s.Offsets, s.Bytes, out)
	default:
		return hashNested(v, out)
	}
	return nil
}

func hashWords[T any](values []T, out []uint64, split func(T) (low, high uint64)) {
	low, high := make([]uint64, len(out)), make([]uint64, len(out))
	for i, v := range values[:len(out)] {
		low[i], high[i] = split(v)
	}
	route.HashWide(low, high, out)
}

// words are those of a UUID or IPv6 address, kept in the order of its text.
func words(b types.Bytes16) (low, high uint64) {
	return binary.BigEndian.Uint64(b[8:]), binary.BigEndian.Uint64(b[:8])
}

// hashNested folds an array's length and elements, and the parts of a tuple, as a
// key of several values is folded.
func hashNested(v *batch.Vector, out []uint64) error {
	switch d := v.Data.(type) {
	case batch.Lists:
		first, last := d.Offsets[0], d.Offsets[v.Len]
		elems := make([]uint64, last-first)
		if err := hashVector(d.Elems.Slice(int(first), int(last)), elems); err != nil {
			return err
		}
		for i := range out {
			lo, hi := d.Offsets[i]-first, d.Offsets[i+1]-first
			one := out[i : i+1]
			route.HashIntegers([]uint32{hi - lo}, one)
			for e := lo; e < hi; e++ {
				route.Combine(one, elems[e:e+1])
			}
		}
		return nil
	case []*batch.Vector:
		folded, err := hashRows(d, len(out))
		copy(out, folded)
		return err
	default:
		return fmt.Errorf("type %s can't be part of a routing key", v.Type)
	}
}
