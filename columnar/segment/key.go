package segment

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/types"
)

// SortKey computes the sort key of rows. Eval gets a batch with the stored
// columns of a schema and gives one vector per part, of the part's type; it is
// called from one goroutine at a time and must be a pure function.
type SortKey struct {
	Types []types.Type
	Eval  func(b *batch.Batch) ([]*batch.Vector, error)
}

// KeyOfColumns is the sort key that consists of stored columns, given as places
// in [Stored] of the schema.
func KeyOfColumns(schema *types.Schema, places ...int) SortKey {
	cols := Stored(schema)
	ts := make([]types.Type, len(places))
	for i, p := range places {
		ts[i] = cols[p].Type
	}
	return SortKey{Types: ts, Eval: func(b *batch.Batch) ([]*batch.Vector, error) {
		out := make([]*batch.Vector, len(places))
		for i, p := range places {
			out[i] = b.Cols[p]
		}
		return out, nil
	}}
}

// AppendKeyPart adds the value at row i of v to dst, encoded so that the order
// of the bytes is the order of values within a segment: numbers by value,
// symbols by code and before text without symbol (R13), text by bytes, NULL
// after all values and NaN after all numbers. Marks and Meta hold such parts.
func AppendKeyPart(dst []byte, v *batch.Vector, i int) []byte {
	if v.Type.Nullable {
		if v.IsNull(i) {
			return append(dst, 1)
		}
		dst = append(dst, 0)
	}
	i = v.Row(i)
	switch d := v.Data.(type) {
	case []uint8:
		return append(dst, d[i])
	case []uint16:
		return binary.BigEndian.AppendUint16(dst, d[i])
	case []uint32:
		return binary.BigEndian.AppendUint32(dst, d[i])
	case []int8:
		return append(dst, uint8(d[i])^0x80)
	case []int16:
		return binary.BigEndian.AppendUint16(dst, uint16(d[i])^0x8000)
	case []int32:
		return binary.BigEndian.AppendUint32(dst, uint32(d[i])^0x80000000)
	case []types.Int128:
		dst = binary.BigEndian.AppendUint64(dst, uint64(d[i].Hi)^signBit)
		return binary.BigEndian.AppendUint64(dst, d[i].Lo)
	case []types.Bytes16:
		return append(dst, d[i][:]...)
	case batch.Symbols:
		return AppendKeyCode(dst, d, d.Codes[i])
	case batch.Strings:
		return append(dst, d.At(i)...)
	case batch.Lists:
		return appendKeyList(dst, d, i)
	default:
		return binary.BigEndian.AppendUint64(dst, Number(v, i))
	}
}

// AppendKeyCode adds a code of d as [AppendKeyPart] does for a column that is
// not Nullable.
func AppendKeyCode(dst []byte, d batch.Symbols, code uint32) []byte {
	if code&batch.OverlayBit == 0 {
		return binary.BigEndian.AppendUint32(dst, code)
	}
	dst = binary.BigEndian.AppendUint32(dst, math.MaxUint32)
	return append(dst, d.Of(code)...)
}

// appendKeyList encodes an array: each element behind a 1, with zeros escaped;
// a 0 ends it, so that a prefix comes first.
func appendKeyList(dst []byte, d batch.Lists, i int) []byte {
	var part []byte
	for e := d.Offsets[i]; e < d.Offsets[i+1]; e++ {
		part = AppendKeyPart(part[:0], d.Elems, int(e))
		dst = append(dst, 1)
		for _, c := range part {
			dst = append(dst, c)
			if c == 0 {
				dst = append(dst, 0xFF)
			}
		}
		dst = append(dst, 0, 1)
	}
	return append(dst, 0)
}

// keyAt encodes the parts of the key of a row; parts share no memory with dst's
// earlier parts.
func keyAt(key []*batch.Vector, i int) [][]byte {
	parts := make([][]byte, len(key))
	for p, v := range key {
		parts[p] = AppendKeyPart(nil, v, i)
	}
	return parts
}

func compareKeys(a, b [][]byte) int {
	for p := range a {
		if c := bytes.Compare(a[p], b[p]); c != 0 {
			return c
		}
	}
	return 0
}

// eval computes the key of b and checks its form.
func (k *SortKey) eval(b *batch.Batch) ([]*batch.Vector, error) {
	if len(k.Types) == 0 {
		return nil, nil
	}
	key, err := k.Eval(b)
	if err != nil {
		return nil, fmt.Errorf("compute sort key: %w", err)
	}
	if len(key) != len(k.Types) {
		return nil, fmt.Errorf("compute sort key: %d parts, expected %d", len(key), len(k.Types))
	}
	for _, v := range key {
		if v.Len != b.Rows {
			return nil, fmt.Errorf("compute sort key: %d rows, expected %d", v.Len, b.Rows)
		}
	}
	return key, nil
}
