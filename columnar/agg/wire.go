package agg

import (
	"encoding/binary"
	"fmt"
	"math"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/types"
)

// reader takes encoded states apart. The first failure sticks, further reads
// give zeros, so that callers check once, with end.
type reader struct {
	buf []byte
	bad bool
}

// end gives what follows the state, or the failure.
func (r *reader) end(what string) ([]byte, error) {
	if r.bad {
		return nil, fmt.Errorf("%w: %s", ErrCorrupt, what)
	}
	return r.buf, nil
}

func (r *reader) uvarint() uint64 {
	v, used := binary.Uvarint(r.buf)
	if used <= 0 {
		r.bad = true
		return 0
	}
	r.buf = r.buf[used:]
	return v
}

func (r *reader) varint() int64 {
	v, used := binary.Varint(r.buf)
	if used <= 0 {
		r.bad = true
		return 0
	}
	r.buf = r.buf[used:]
	return v
}

// count reads the number of items of at least size bytes that follow: never
// more than there are bytes for.
func (r *reader) count(size int) int {
	n := r.uvarint()
	if n > uint64(len(r.buf)/max(size, 1)) {
		r.bad = true
		return 0
	}
	return int(n)
}

// take gives the next n bytes, which the caller must copy to keep; nil at the end.
func (r *reader) take(n int) []byte {
	if n < 0 || n > len(r.buf) {
		r.bad = true
		return nil
	}
	b := r.buf[:n]
	r.buf = r.buf[n:]
	return b
}

func (r *reader) byte() byte {
	if b := r.take(1); b != nil {
		return b[0]
	}
	return 0
}

// flag reads a byte that must be 0 or 1.
func (r *reader) flag() bool {
	b := r.byte()
	r.bad = r.bad || b > 1
	return b == 1
}

func (r *reader) u64() uint64 {
	if b := r.take(8); b != nil {
		return binary.LittleEndian.Uint64(b)
	}
	return 0
}

func (r *reader) f64() float64 { return math.Float64frombits(r.u64()) }

func (r *reader) f64s(dst []float64) {
	for i := range dst {
		dst[i] = r.f64()
	}
}

func appendFlag(dst []byte, b bool) []byte {
	if b {
		return append(dst, 1)
	}
	return append(dst, 0)
}

func appendU64(dst []byte, v uint64) []byte { return binary.LittleEndian.AppendUint64(dst, v) }

func appendF64(dst []byte, v ...float64) []byte {
	for _, f := range v {
		dst = appendU64(dst, math.Float64bits(f))
	}
	return dst
}

// appendFixed appends a value little-endian, in the width of its type.
func appendFixed[T batch.Fixed](dst []byte, v T) []byte { return appendNumber(dst, &v) }

// appendNumber appends what p points to. It takes a pointer, which an interface
// holds without an allocation, and is there once rather than for each type.
func appendNumber(dst []byte, p any) []byte {
	switch x := p.(type) {
	case *uint8:
		return append(dst, *x)
	case *int8:
		return append(dst, uint8(*x))
	case *uint16:
		return binary.LittleEndian.AppendUint16(dst, *x)
	case *int16:
		return binary.LittleEndian.AppendUint16(dst, uint16(*x))
	case *uint32:
		return binary.LittleEndian.AppendUint32(dst, *x)
	case *int32:
		return binary.LittleEndian.AppendUint32(dst, uint32(*x))
	case *float32:
		return binary.LittleEndian.AppendUint32(dst, math.Float32bits(*x))
	case *uint64:
		return appendU64(dst, *x)
	case *int64:
		return appendU64(dst, uint64(*x))
	case *float64:
		return appendU64(dst, math.Float64bits(*x))
	case *types.Int128:
		return appendU64(appendU64(dst, x.Lo), uint64(x.Hi))
	case *types.Bytes16:
		return append(dst, x[:]...)
	default:
		panic("agg: unreachable")
	}
}

// readFixed reads what appendFixed wrote.
func readFixed[T batch.Fixed](r *reader) (v T) {
	r.number(&v)
	return v
}

// number reads what appendNumber wrote into what p points to.
func (r *reader) number(p any) {
	switch p := p.(type) {
	case *uint8:
		*p = r.byte()
	case *int8:
		*p = int8(r.byte())
	case *uint16:
		*p = uint16(r.word(2))
	case *int16:
		*p = int16(r.word(2))
	case *uint32:
		*p = uint32(r.word(4))
	case *int32:
		*p = int32(r.word(4))
	case *float32:
		*p = math.Float32frombits(uint32(r.word(4)))
	case *uint64:
		*p = r.u64()
	case *int64:
		*p = int64(r.u64())
	case *float64:
		*p = r.f64()
	case *types.Int128:
		p.Lo, p.Hi = r.u64(), int64(r.u64())
	case *types.Bytes16:
		copy(p[:], r.take(16))
	}
}

// word reads n <= 8 bytes as a little-endian number.
func (r *reader) word(n int) uint64 {
	v := uint64(0)
	for i, b := range r.take(n) {
		v |= uint64(b) << (8 * i)
	}
	return v
}

// fixedWidth is the number of bytes that appendFixed writes.
func fixedWidth[T batch.Fixed]() int {
	var v T
	return len(appendFixed(nil, v))
}
