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
