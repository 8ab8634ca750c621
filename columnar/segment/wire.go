package segment

import (
	"encoding/binary"
	"fmt"
)

// wireReader reads the index forward; after a failure it gives zeros.
type wireReader struct {
	src []byte
	err error
}

func (r *wireReader) fail(what string) {
	if r.err == nil {
		r.err = fmt.Errorf("%w: %s", errIndex, what)
	}
	r.src = nil
}

// uvarint reads a number of at most limit.
func (r *wireReader) uvarint(limit uint64, what string) uint64 {
	v, n := binary.Uvarint(r.src)
	if n <= 0 || v > limit {
		r.fail(what)
		return 0
	}
	r.src = r.src[n:]
	return v
}

// count reads the number of elements that take at least size bytes each.
func (r *wireReader) count(limit, size int, what string) int {
	n := int(r.uvarint(uint64(limit), what))
	if n*size > len(r.src) {
		r.fail(what)
		return 0
	}
	return n
}

func (r *wireReader) take(n int, what string) []byte {
	if n > len(r.src) {
		r.fail(what)
		return nil
	}
	b := r.src[:n]
	r.src = r.src[n:]
	return b
}

func (r *wireReader) byte(limit byte, what string) byte {
	b := r.take(1, what)
	if b == nil {
		return 0
	}
	if b[0] > limit {
		r.fail(what)
		return 0
	}
	return b[0]
}

func (r *wireReader) bool(what string) bool { return r.byte(1, what) == 1 }

func (r *wireReader) uint32(what string) uint32 {
	b := r.take(4, what)
	if b == nil {
		return 0
	}
	return binary.LittleEndian.Uint32(b)
}

func (r *wireReader) string(limit int, what string) string {
	return string(r.take(r.count(limit, 1, what), what))
}

func appendString(dst []byte, s string) []byte {
	return append(binary.AppendUvarint(dst, uint64(len(s))), s...)
}

func appendBool(dst []byte, b bool) []byte {
	if b {
		return append(dst, 1)
	}
	return append(dst, 0)
}
