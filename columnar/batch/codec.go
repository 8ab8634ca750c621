package batch

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"
	"unsafe"

	"github.com/freshetdb/freshet/columnar/types"
)

// The encoding of a vector of known type and length, little-endian:
//
//	flags    1 byte: 1 = Const, 2 = has NULLs
//	nulls    one bit a row, low bit first, when flag 2
//	fixed    the values, width bytes each
//	strings  uvarint of total bytes; length of each value as uvarint; the bytes
//	array    length of each row as uvarint; the elements, encoded as a vector
//	tuple    each element, encoded as a vector
//
// A Const vector encodes one row. Symbols are written as strings (R11).
const (
	flagConst = 1
	flagNulls = 2
)

// ErrMalformed says that bytes are not an encoded vector.
var ErrMalformed = errors.New("malformed column encoding")

// Encode appends v without its type and length.
func (v *Vector) Encode(dst []byte) []byte {
	n := v.Len
	flags := byte(0)
	if v.Const {
		flags |= flagConst
		n = 1
	}
	if v.Nulls != nil {
		flags |= flagNulls
	}
	dst = append(dst, flags)
	if v.Nulls != nil {
		dst = appendBits(dst, v.Nulls[:n])
	}
	switch d := v.Data.(type) {
	case Strings:
		return encodeStrings(dst, d.Slice(0, n))
	case Symbols:
		one := Symbols{Codes: d.Codes[:n], Dict: d.Dict, Overlay: d.Overlay}
		return encodeStrings(dst, one.Decode())
	case Lists:
		for i := range n {
			dst = binary.AppendUvarint(dst, uint64(d.Offsets[i+1]-d.Offsets[i]))
		}
		return d.Elems.Slice(int(d.Offsets[0]), int(d.Offsets[n])).Encode(dst)
	case []*Vector:
		for _, p := range d {
			dst = p.Slice(0, n).Encode(dst)
		}
		return dst
	case nil:
		return dst
	default:
		return append(dst, fixedBytes(d, n)...)
	}
}

func appendBits(dst []byte, bits []bool) []byte {
	start := len(dst)
	dst = append(dst, make([]byte, (len(bits)+7)/8)...)
	out := dst[start:]
	for i, b := range bits {
		if b {
			out[i/8] |= 1 << (i % 8)
		}
	}
	return dst
}

func encodeStrings(dst []byte, s Strings) []byte {
	n, text := s.Len(), s.text()
	dst = binary.AppendUvarint(slices.Grow(dst, len(text)+n+binary.MaxVarintLen64), uint64(len(text)))
	for i := range n {
		dst = binary.AppendUvarint(dst, uint64(s.Offsets[i+1]-s.Offsets[i]))
	}
	return append(dst, text...)
}

// fixedBytes is the memory of the first n values; all supported machines are
// little-endian (asserted by a test).
func fixedBytes(data any, n int) []byte {
	switch d := data.(type) {
	case []uint8:
		return d[:n]
	case []int8:
		return raw(d[:n])
	case []uint16:
		return raw(d[:n])
	case []int16:
		return raw(d[:n])
	case []uint32:
		return raw(d[:n])
	case []int32:
		return raw(d[:n])
	case []uint64:
		return raw(d[:n])
	case []int64:
		return raw(d[:n])
	case []float32:
		return raw(d[:n])
	case []float64:
		return raw(d[:n])
	case []types.Int128:
		return raw(d[:n])
	case []types.Bytes16:
		return raw(d[:n])
	default:
		panic(fmt.Sprintf("batch: encode of %T", data))
	}
}

func raw[T any](s []T) []byte {
	if len(s) == 0 {
		return nil
	}
	return unsafe.Slice((*byte)(unsafe.Pointer(&s[0])), len(s)*int(unsafe.Sizeof(s[0])))
}

// Decode reads a vector of type t and n rows that Encode wrote and returns the
// bytes behind it. The result does not share memory with src.
func Decode(t types.Type, n int, src []byte) (v *Vector, rest []byte, err error) {
	if len(src) == 0 || n < 0 || n > math.MaxInt32 {
		return nil, nil, ErrMalformed
	}
	v = &Vector{Type: t, Len: n, Const: src[0]&flagConst != 0}
	flags := src[0]
	if flags > flagConst|flagNulls {
		return nil, nil, ErrMalformed
	}
	src = src[1:]
	if v.Const {
		n = 1
	}
	if flags&flagNulls != 0 {
		if len(src) < (n+7)/8 || !t.Nullable {
			return nil, nil, ErrMalformed
		}
		v.Nulls = make([]bool, n)
		for i := range v.Nulls {
			v.Nulls[i] = src[i/8]>>(i%8)&1 == 1
		}
		src = src[(n+7)/8:]
	}
	v.Data, rest, err = decodeData(t, n, src)
	return v, rest, err
}

func decodeData(t types.Type, n int, src []byte) (data any, rest []byte, err error) {
	switch t.Phys() {
	case types.PhysU8:
		return decodeFixed[uint8](src, n)
	case types.PhysU16:
		return decodeFixed[uint16](src, n)
	case types.PhysU32:
		return decodeFixed[uint32](src, n)
	case types.PhysU64:
		return decodeFixed[uint64](src, n)
	case types.PhysI8:
		return decodeFixed[int8](src, n)
	case types.PhysI16:
		return decodeFixed[int16](src, n)
	case types.PhysI32:
		return decodeFixed[int32](src, n)
	case types.PhysI64:
		return decodeFixed[int64](src, n)
	case types.PhysF32:
		return decodeFixed[float32](src, n)
	case types.PhysF64:
		return decodeFixed[float64](src, n)
	case types.PhysI128:
		return decodeFixed[types.Int128](src, n)
	case types.PhysB16:
		return decodeFixed[types.Bytes16](src, n)
	case types.PhysStrings:
		return decodeStrings(t, src, n)
	case types.PhysLists:
		return decodeLists(t, src, n)
	case types.PhysTuple:
		return decodeTuple(t, src, n)
	default:
		return nil, src, nil
	}
}

func decodeFixed[T Fixed](src []byte, n int) (data any, rest []byte, err error) {
	var zero T
	size := n * int(unsafe.Sizeof(zero))
	if len(src) < size {
		return nil, nil, ErrMalformed
	}
	out := make([]T, n)
	copy(raw(out), src[:size])
	return out, src[size:], nil
}

func decodeStrings(t types.Type, src []byte, n int) (data any, rest []byte, err error) {
	total, w := binary.Uvarint(src)
	if w <= 0 || total > uint64(len(src)) {
		return nil, nil, ErrMalformed
	}
	src = src[w:]
	if len(src) < n {
		return nil, nil, ErrMalformed
	}
	s := Strings{Offsets: make([]uint32, 1, n+1)}
	end := uint64(0)
	for range n {
		size, w := binary.Uvarint(src)
		if w <= 0 || size > total-end || (t.Kind == types.FixedString && size != uint64(t.Width)) {
			return nil, nil, ErrMalformed
		}
		src = src[w:]
		end += size
		s.Offsets = append(s.Offsets, uint32(end))
	}
	if end != total || uint64(len(src)) < total {
		return nil, nil, ErrMalformed
	}
	s.Bytes = append([]byte(nil), src[:total]...)
	return s, src[total:], nil
}

func decodeLists(t types.Type, src []byte, n int) (data any, rest []byte, err error) {
	if len(src) < n {
		return nil, nil, ErrMalformed
	}
	l := Lists{Offsets: make([]uint32, 1, n+1)}
	end := uint64(0)
	for range n {
		size, w := binary.Uvarint(src)
		if w <= 0 || size > math.MaxInt32 || end+size > math.MaxInt32 {
			return nil, nil, ErrMalformed
		}
		src = src[w:]
		end += size
		l.Offsets = append(l.Offsets, uint32(end))
	}
	l.Elems, rest, err = Decode(t.Elem(), int(end), src)
	if err == nil && l.Elems.Const {
		l.Elems = l.Elems.Expand()
	}
	return l, rest, err
}

func decodeTuple(t types.Type, src []byte, n int) (data any, rest []byte, err error) {
	parts := make([]*Vector, len(t.Elems))
	for i, e := range t.Elems {
		if parts[i], src, err = Decode(e, n, src); err != nil {
			return nil, nil, err
		}
		parts[i] = parts[i].Expand()
	}
	return parts, src, nil
}

// Unsigned is the memory of signed integers as unsigned ones, other data as it is.
func Unsigned(data any) any {
	switch d := data.(type) {
	case []int8:
		return as[uint8](d)
	case []int16:
		return as[uint16](d)
	case []int32:
		return as[uint32](d)
	case []int64:
		return as[uint64](d)
	default:
		return data
	}
}

// as is the memory of values as those of another type of the same size.
func as[T, F any](d []F) []T { return unsafe.Slice((*T)(unsafe.Pointer(unsafe.SliceData(d))), len(d)) }
