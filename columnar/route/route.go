// Package route says where a row belongs: from the values of its routing key
// to a hash, from the hash to one of 1,024 slots, from the slot to a shard. It
// is a pure function and fixed for ever: data on disk lies where it says.
//
// The hash of a value is XXH3-64 with seed 0 over these bytes:
//
//	String, FixedString                     the bytes as they are
//	integers to 64 bits, Bool, Enum, dates,
//	times, IPv4, Decimal to 18 digits       8 bytes, little-endian, sign-extended
//	Decimal to 38 digits, UUID, IPv6        16 bytes, little-endian words: low, high
//	Float64, Float32 widened to it          8 bytes, little-endian IEEE 754, with
//	                                        -0 as 0 and every NaN as 0x7ff8000000000000
//	NULL of any type                        none: the hash is NullHash
//
// So a key keeps its place when its column is widened. A key of several values
// is folded from the left: the hash of the first, then XXH3-64 over the 16
// bytes of the hash so far and the hash of the next value, both little-endian.
//
// All functions work on whole columns; out must be as long as the column.
package route

import (
	"encoding/binary"
	"fmt"
	"math"

	"github.com/zeebo/xxh3"
)

const (
	slotBits = 10
	// Slots is the number of slots.
	Slots = 1 << slotBits
	// MaxShards is the number of shards at which each has one slot.
	MaxShards = Slots
	// NullHash is the hash of NULL: the first 64 bits of pi's fraction.
	NullHash = 0x243f6a8885a308d3

	canonicalNaN = 0x7ff8000000000000
)

// Slot returns the slot of a hash.
func Slot(hash uint64) uint16 { return uint16(hash >> (64 - slotBits)) }

// Shard returns which of so many shards has a slot. Each shard has a range of
// slots; the ranges differ in length by one at most.
func Shard(slot uint16, shards int) int {
	checkShards(shards)
	return int(slot) * shards >> slotBits
}

// Range returns the slots of a shard: from first to before end.
func Range(shard, shards int) (first, end uint16) {
	checkShards(shards)
	return firstSlot(shard, shards), firstSlot(shard+1, shards)
}

func firstSlot(shard, shards int) uint16 {
	return uint16((shard<<slotBits + shards - 1) / shards)
}

func checkShards(shards int) {
	if shards < 1 || shards > MaxShards {
		panic(fmt.Sprintf("route: %d shards, want 1 to %d", shards, MaxShards))
	}
}

// Shards writes the shard of each hash.
func Shards(hashes []uint64, shards int, out []uint16) {
	checkShards(shards)
	out = out[:len(hashes)]
	for i, h := range hashes {
		out[i] = uint16(int(h>>(64-slotBits)) * shards >> slotBits)
	}
}

// HashStrings hashes a column of byte strings; value i is
// bytes[offsets[i]:offsets[i+1]].
func HashStrings(offsets []uint32, bytes []byte, out []uint64) {
	for i := range out[:max(len(offsets)-1, 0)] {
		out[i] = xxh3.Hash(bytes[offsets[i]:offsets[i+1]])
	}
}

// HashFixed hashes a column of strings of one width.
func HashFixed(width int, bytes []byte, out []uint64) {
	for i := range out {
		out[i] = xxh3.Hash(bytes[i*width : (i+1)*width])
	}
}

// HashString hashes one string.
func HashString(value []byte) uint64 { return xxh3.Hash(value) }

// Integer is a type of up to 64 bits that hashes as an integer.
type Integer interface {
	~int8 | ~int16 | ~int32 | ~int64 | ~uint8 | ~uint16 | ~uint32 | ~uint64
}

// HashIntegers hashes a column of integers, or of what is kept as integers.
func HashIntegers[T Integer](values []T, out []uint64) {
	out = out[:len(values)]
	for i, v := range values {
		out[i] = hash8(uint64(v))
	}
}

// HashUint64s is HashIntegers for the widest type.
func HashUint64s(values, out []uint64) { HashIntegers(values, out) }

// HashWide hashes a column of values of 128 bits, given as low and high words.
func HashWide(low, high, out []uint64) {
	low, high = low[:len(out)], high[:len(out)]
	for i := range out {
		out[i] = hash16(low[i], high[i])
	}
}

// HashFloats hashes a column of floating-point numbers.
func HashFloats[T ~float32 | ~float64](values []T, out []uint64) {
	out = out[:len(values)]
	for i, v := range values {
		bits := math.Float64bits(float64(v))
		switch {
		case v == 0:
			bits = 0
		case v != v: //nolint:gocritic // Only a NaN differs from itself.
			bits = canonicalNaN
		}
		out[i] = hash8(bits)
	}
}

// SetNulls replaces by NullHash the hashes of the rows that are NULL: those
// whose bit in valid is zero, least significant bit first as Arrow has them.
func SetNulls(valid []byte, out []uint64) {
	for i := range out {
		if valid[i/8]>>(i%8)&1 == 0 {
			out[i] = NullHash
		}
	}
}

// Combine folds the hashes of the next column of a key into those so far.
func Combine(out, next []uint64) {
	next = next[:len(out)]
	for i := range out {
		out[i] = hash16(out[i], next[i])
	}
}

func hash8(v uint64) uint64 {
	var b [8]byte
	binary.LittleEndian.PutUint64(b[:], v)
	return xxh3.Hash(b[:])
}

func hash16(low, high uint64) uint64 {
	var b [16]byte
	binary.LittleEndian.PutUint64(b[:], low)
	binary.LittleEndian.PutUint64(b[8:], high)
	return xxh3.Hash(b[:])
}
