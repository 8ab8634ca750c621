package sketch

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/bits"
)

// The interchange format is that of axiomhq/hyperloglog, version 2:
//
//	byte 0  version, 2
//	byte 1  precision, 14
//	byte 2  0
//	byte 3  1 sparse, 0 dense
//	dense:  u32 big-endian count of registers, then the registers
//	sparse: u32 big-endian count n, n u32 keys; u32 count, u32 last key, u32 size,
//	        size bytes of varint deltas of keys in rising order
//
// A sparse key packs index and rho at a precision of 25 bits.
// [Registers.AppendBinary] writes the dense form only; [DecodeRegisters] reads both.
const (
	wireVersion     = 2
	headerSize      = 8
	sparsePrecision = 25
	// WireSize is the length of the dense form.
	WireSize = headerSize + RegisterCount
)

// ErrCorrupt marks bytes that are no sketch.
var ErrCorrupt = errors.New("corrupt sketch")

// AppendBinary appends the dense interchange form.
func (r Registers) AppendBinary(dst []byte) []byte {
	dst = append(dst, wireVersion, Precision, 0, 0)
	dst = binary.BigEndian.AppendUint32(dst, RegisterCount)
	return append(dst, r[:RegisterCount]...)
}

// DecodeRegisters reads a sketch that fills the whole of src, dense or sparse.
// It keeps no reference to src.
func DecodeRegisters(src []byte) (Registers, error) {
	if len(src) < headerSize || src[0] != wireVersion || src[1] != Precision || src[2] != 0 {
		return nil, fmt.Errorf("%w: header", ErrCorrupt)
	}
	switch src[3] {
	case 0:
		return decodeDense(src)
	case 1:
		r := NewRegisters()
		return r, r.decodeSparse(src[4:])
	default:
		return nil, fmt.Errorf("%w: form %d", ErrCorrupt, src[3])
	}
}

func decodeDense(src []byte) (Registers, error) {
	if len(src) != WireSize || binary.BigEndian.Uint32(src[4:]) != RegisterCount {
		return nil, fmt.Errorf("%w: %d bytes of registers", ErrCorrupt, len(src))
	}
	r := Registers(append([]byte(nil), src[headerSize:]...))
	return r, r.Validate()
}

func (r Registers) decodeSparse(src []byte) error {
	n := binary.BigEndian.Uint32(src)
	src = src[4:]
	if uint64(len(src)) < 4*uint64(n)+12 {
		return fmt.Errorf("%w: %d keys in %d bytes", ErrCorrupt, n, len(src))
	}
	for ; n > 0; n-- {
		if err := r.addKey(binary.BigEndian.Uint32(src)); err != nil {
			return err
		}
		src = src[4:]
	}
	count, last := binary.BigEndian.Uint32(src), binary.BigEndian.Uint32(src[4:])
	size := binary.BigEndian.Uint32(src[8:])
	src = src[12:]
	if uint64(len(src)) != uint64(size) {
		return fmt.Errorf("%w: list of %d bytes in %d", ErrCorrupt, size, len(src))
	}
	key := uint64(0)
	for i := range count {
		delta, used := binary.Uvarint(src)
		if used <= 0 || delta > 1<<32-1 || (i > 0 && delta == 0) {
			return fmt.Errorf("%w: key %d of list", ErrCorrupt, i)
		}
		src = src[used:]
		if key += delta; key > 1<<32-1 {
			return fmt.Errorf("%w: key %d of list", ErrCorrupt, i)
		}
		if err := r.addKey(uint32(key)); err != nil {
			return err
		}
	}
	if len(src) != 0 || key != uint64(last) {
		return fmt.Errorf("%w: end of list", ErrCorrupt)
	}
	return nil
}

// addKey puts in a sparse key: index at 25 bits and, when the bits between 14
// and 25 are all zero (low bit set), the zeros beyond.
func (r Registers) addKey(k uint32) error {
	var index uint32
	var rho int
	if k&1 == 1 {
		index = k >> (32 - Precision)
		rho = int(k>>1&63) + sparsePrecision - Precision
	} else {
		index = k >> (sparsePrecision - Precision + 1) & (RegisterCount - 1)
		rho = bits.LeadingZeros32(k<<(32-sparsePrecision+Precision-1)) + 1
	}
	if rho > rhoMax {
		return fmt.Errorf("%w: key %#x", ErrCorrupt, k)
	}
	r[index] = max(r[index], uint8(rho))
	return nil
}

// Validate tells whether r has the right length and no register is larger than a
// 64-bit hash can make it: for registers that came without the interchange header.
func (r Registers) Validate() error {
	if len(r) != RegisterCount {
		return fmt.Errorf("%w: %d registers", ErrCorrupt, len(r))
	}
	for i, v := range r {
		if v > rhoMax {
			return fmt.Errorf("%w: register %d is %d", ErrCorrupt, i, v)
		}
	}
	return nil
}
