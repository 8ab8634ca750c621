package segment

import (
	"unsafe"

	"github.com/freshetdb/freshet/columnar/batch"
)

// sizeOf is the bytes of a value.
func sizeOf[T batch.Fixed]() int {
	var zero T
	return int(unsafe.Sizeof(zero))
}

// view reads bytes as values of fixed width; bytes must be aligned to them,
// which buffers of the file and of bufBytes are. Excess bytes are left out.
func view[T batch.Fixed](b []byte) []T {
	n := len(b) / sizeOf[T]()
	if n == 0 {
		return []T{}
	}
	return unsafe.Slice((*T)(unsafe.Pointer(unsafe.SliceData(b))), n)
}

// bytesOf reads values as bytes.
func bytesOf[T batch.Fixed](v []T) []byte {
	if len(v) == 0 {
		return nil
	}
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(v))), len(v)*sizeOf[T]())
}

// bufBytesMin keeps buffers out of Go's allocator for tiny objects, whose
// results may lie at odd addresses.
const bufBytesMin = 64

// extend adds n bytes to b, whose content is not defined.
func extend(b []byte, n int) []byte {
	if need := len(b) + n; need > cap(b) {
		grown := make([]byte, len(b), max(need, 2*cap(b), bufBytesMin))
		copy(grown, b)
		b = grown
	}
	return b[:len(b)+n]
}

// resize gives a slice of n elements of unknown content, reusing s's memory.
func resize[T any](s []T, n int) []T {
	if n > cap(s) {
		return make([]T, n, max(n, 2*cap(s), bufBytesMin))
	}
	return s[:n]
}

// box holds a slice inside an interface value that is made once, so that
// handing a slice out as batch.Vector.Data allocates nothing. The slice within
// the interface changes at the next put: whoever got the interface may use it
// until then, which is what [Scratch] promises for its vectors.
type box[T any] struct {
	value any
	slot  *T
}

func (b *box[T]) put(v T) any {
	if b.slot == nil {
		b.slot = new(T)
		// An interface of a non-pointer type is (type, pointer to the value):
		// make one whose value is b.slot.
		var zero T
		b.value = zero
		(*[2]unsafe.Pointer)(unsafe.Pointer(&b.value))[1] = unsafe.Pointer(b.slot)
	}
	*b.slot = v
	return b.value
}
