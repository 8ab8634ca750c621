package bitmap

import (
	"encoding/binary"
	"fmt"

	"github.com/RoaringBitmap/roaring/v2"
)

// AppendSorted appends the encoding of the set of members, which are given in
// rising order, each once: what [Set.AppendBinary] gives, without making a Set.
func AppendSorted(dst []byte, members []uint32) []byte {
	if len(members) <= sortedMax {
		dst = binary.AppendUvarint(append(dst, formList), uint64(len(members)))
		next := uint32(0)
		for _, x := range members {
			dst = binary.AppendUvarint(dst, uint64(x-next))
			next = x + 1
		}
		return dst
	}
	rb := roaring.New()
	rb.AddMany(members)
	return appendRoaring(dst, rb)
}

// appendRoaring appends a bitmap, which it may change, behind its length.
func appendRoaring(dst []byte, rb *roaring.Bitmap) []byte {
	rb.RunOptimize()
	dst = binary.AppendUvarint(append(dst, formRoaring), rb.GetSerializedSizeInBytes())
	raw, err := rb.ToBytes()
	if err != nil { // it writes into memory
		panic(fmt.Sprintf("bitmap: serialize: %v", err))
	}
	return append(dst, raw...)
}

// AppendListed appends the members of an encoded set to dst, in rising order, when
// it is a list, and gives what follows it in src; ok is false for other forms, and
// for what is no list.
func AppendListed(dst []uint32, src []byte) (out []uint32, rest []byte, ok bool) {
	if len(src) == 0 || src[0] != formList {
		return dst, src, false
	}
	n, used := binary.Uvarint(src[1:])
	if used <= 0 || n > sortedMax {
		return dst, src, false
	}
	rest, out = src[1+used:], dst
	next := uint64(0)
	for range n {
		delta, used := binary.Uvarint(rest)
		if used <= 0 || delta > 1<<32-1 || next+delta > 1<<32-1 {
			return dst, src, false
		}
		out = append(out, uint32(next+delta))
		next += delta + 1
		rest = rest[used:]
	}
	return out, rest, true
}
