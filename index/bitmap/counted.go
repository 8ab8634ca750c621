package bitmap

import (
	"encoding/binary"
	"fmt"
	"unsafe"
)

// Counted is a set over rows that come and go: every member has a signed count,
// and is in the set while that is positive. A count may be negative for a time,
// when a row is taken back before it came. The zero value is empty.
type Counted[K Key] struct {
	slots []countedSlot[K]
	used  int // slots with a key, counts of zero included
	live  int // members: keys with a positive count
	zero  int64
}

type countedSlot[K Key] struct {
	key   K
	count int64
}

const countedMin = 8

// Len is the number of members.
func (c *Counted[K]) Len() int {
	if c.zero > 0 {
		return c.live + 1
	}
	return c.live
}

// Add changes the count of k by d.
func (c *Counted[K]) Add(k K, d int64) {
	var zero K
	if k == zero {
		c.zero += d
		return
	}
	if 3*(c.used+1) > 2*len(c.slots) {
		c.grow()
	}
	slot := c.find(k)
	if slot.key == zero {
		slot.key = k
		c.used++
	}
	was := slot.count > 0
	slot.count += d
	if is := slot.count > 0; is && !was {
		c.live++
	} else if was && !is {
		c.live--
	}
}

// find gives the slot of k, or the free one where it belongs.
func (c *Counted[K]) find(k K) *countedSlot[K] {
	var zero K
	mask := uint64(len(c.slots) - 1)
	for i := k[0] & mask; ; i = (i + 1) & mask {
		if slot := &c.slots[i]; slot.key == k || slot.key == zero {
			return slot
		}
	}
}

// grow makes a larger table, or an equal one without the keys whose count is zero.
func (c *Counted[K]) grow() {
	old := c.slots
	keep := 0
	for i := range old {
		if old[i].count != 0 {
			keep++
		}
	}
	size := countedMin
	for 2*size < 3*(keep+1)+size/2 {
		size *= 2
	}
	c.slots, c.used = make([]countedSlot[K], size), 0
	for i := range old {
		if old[i].count != 0 {
			*c.find(old[i].key) = old[i]
			c.used++
		}
	}
}

// Each calls f with every key whose count is not zero, in no particular order.
func (c *Counted[K]) Each(f func(k K, count int64)) {
	var zero K
	if c.zero != 0 {
		f(zero, c.zero)
	}
	for i := range c.slots {
		if c.slots[i].count != 0 {
			f(c.slots[i].key, c.slots[i].count)
		}
	}
}

// Merge adds the counts of o.
func (c *Counted[K]) Merge(o *Counted[K]) { o.Each(c.Add) }

// SizeBytes is the memory of the slots.
func (c *Counted[K]) SizeBytes() int64 {
	var slot countedSlot[K]
	return int64(len(c.slots)) * int64(unsafe.Sizeof(slot))
}

// AppendBinary appends the encoding of the set.
func (c *Counted[K]) AppendBinary(dst []byte) []byte {
	n := 0
	c.Each(func(K, int64) { n++ })
	dst = binary.AppendUvarint(dst, uint64(n))
	c.Each(func(k K, count int64) {
		dst = binary.AppendVarint(appendKey(dst, k), count)
	})
	return dst
}

// DecodeCounted reads a set from the begin of src and returns what follows it.
func DecodeCounted[K Key](src []byte) (c *Counted[K], rest []byte, err error) {
	var k K
	width := 8 * len(k)
	n, used := binary.Uvarint(src)
	if used <= 0 || n > uint64(len(src)-used)/uint64(width+1) {
		return nil, nil, fmt.Errorf("%w: %d counts in %d bytes", ErrCorrupt, n, len(src))
	}
	src = src[used:]
	c = &Counted[K]{}
	for range n {
		if len(src) <= width {
			return nil, nil, fmt.Errorf("%w: truncated", ErrCorrupt)
		}
		count, used := binary.Varint(src[width:])
		if used <= 0 || count == 0 {
			return nil, nil, fmt.Errorf("%w: count", ErrCorrupt)
		}
		c.Add(readKey[K](src), count)
		src = src[width+used:]
	}
	return c, src, nil
}
