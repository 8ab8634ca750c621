package symbol

import (
	"bytes"
	"encoding/binary"
	"slices"
	"sync/atomic"
)

const (
	pageBits = 10
	// pageLen is the number of values in a page.
	pageLen  = 1 << pageBits
	pageMask = pageLen - 1
	// hashBytes is the hash before each value that is not packed.
	hashBytes = 16
	// packedFlag marks the end of a packed value in pageData.ends.
	packedFlag = 1 << 31
	endMask    = packedFlag - 1
	// firstPageLen is the room of a page when it begins.
	firstPageLen = 8
	// pageOverhead is the memory of a page beside its arrays.
	pageOverhead = 96
)

// page holds pageLen values. The writer appends; readers may see any values
// that were there when their View was made.
type page struct {
	data atomic.Pointer[pageData]
}

// pageData is the memory of a page. Its arrays have room to spare at their
// ends, which only the writer touches; when they are full, or a page of packed
// ids gets its first other value, the writer puts a larger pageData with the
// same values in place.
type pageData struct {
	// ids holds 16 bytes for each value while all are packed ids.
	ids []byte
	// ends, once one is not, holds where in blob value i ends; packedFlag tells
	// how it is kept there: 16 bytes of an id, or 16 bytes of hash and the
	// value.
	ends []uint32
	blob []byte
}

// record returns how value i is kept: 16 bytes if it is packed.
func (d *pageData) record(i uint32) (rec []byte, isPacked bool) {
	if d.ids != nil {
		return d.ids[i*packedBytes : (i+1)*packedBytes], true
	}
	var from uint32
	if i > 0 {
		from = d.ends[i-1] & endMask
	}
	end := d.ends[i]
	return d.blob[from : end&endMask], end&packedFlag != 0
}

// holds reports whether value i is k.
func (d *pageData) holds(i uint32, k *key) bool {
	if d.ids != nil {
		return k.isHex && loadPacked(d.ids[i*packedBytes:]) == k.id
	}
	rec, isPacked := d.record(i)
	if isPacked != k.isHex {
		return false
	}
	if isPacked {
		return loadPacked(rec) == k.id
	}
	return bytes.Equal(rec[hashBytes:], k.value)
}

// hash returns the hash of value i.
func (d *pageData) hash(i uint32) Hash128 {
	rec, isPacked := d.record(i)
	if isPacked {
		return loadPacked(rec).hash()
	}
	return Hash128{Hi: binary.LittleEndian.Uint64(rec), Lo: binary.LittleEndian.Uint64(rec[8:])}
}

// appendTo appends value i to dst.
func (d *pageData) appendTo(dst []byte, i uint32) []byte {
	rec, isPacked := d.record(i)
	if isPacked {
		return appendHex(dst, rec)
	}
	return append(dst, rec[hashBytes:]...)
}

// len is the length of value i.
func (d *pageData) len(i uint32) int {
	rec, isPacked := d.record(i)
	if isPacked {
		return hexDigits
	}
	return len(rec) - hashBytes
}

// size is the memory that the arrays take.
func (d *pageData) size() int64 {
	return int64(len(d.ids) + 4*len(d.ends) + len(d.blob))
}

// newPage makes a page whose first value will be k.
func newPage(k *key) *page {
	p := &page{}
	if k.isHex {
		p.data.Store(&pageData{ids: make([]byte, firstPageLen*packedBytes)})
	} else {
		p.data.Store(&pageData{ends: make([]uint32, firstPageLen), blob: make([]byte, 2*k.bytes())})
	}
	return p
}

// put makes k value i, the next free one, and returns by how much the memory
// of the page grew. Only the writer calls it.
func (p *page) put(i uint32, k *key) (grown int64) {
	old := p.data.Load()
	d := old
	if d.ids != nil && !k.isHex {
		d = d.unpacked(i)
	}
	d = d.withRoom(i, k)
	if d.ids != nil {
		k.id.store(d.ids[i*packedBytes:])
	} else {
		d.putRecord(i, k)
	}
	if i == pageMask {
		d = d.clipped()
	}
	if d != old {
		p.data.Store(d)
		grown = d.size() - old.size()
	}
	return grown
}

// unpacked returns the n values of a page of packed ids in the other form.
func (d *pageData) unpacked(n uint32) *pageData {
	out := &pageData{ends: make([]uint32, len(d.ids)/packedBytes), blob: slices.Clone(d.ids)}
	for i := range n {
		out.ends[i] = (i+1)*packedBytes | packedFlag
	}
	return out
}

// withRoom returns d, or a copy that has room for k as value i.
func (d *pageData) withRoom(i uint32, k *key) *pageData {
	if d.ids != nil {
		if int(i+1)*packedBytes <= len(d.ids) {
			return d
		}
		return &pageData{ids: grow(d.ids, len(d.ids)+packedBytes)}
	}
	need := int(d.begin(i)) + k.bytes()
	if int(i) < len(d.ends) && need <= len(d.blob) {
		return d
	}
	out := &pageData{ends: d.ends, blob: d.blob}
	if int(i) >= len(out.ends) {
		out.ends = grow(out.ends, int(i)+1)
	}
	if need > len(out.blob) {
		out.blob = grow(out.blob, need)
	}
	return out
}

// grow returns a copy of s of at least need and mostly twice the length.
func grow[T any](s []T, need int) []T {
	out := make([]T, max(need, 2*len(s)))
	copy(out, s)
	return out
}

// begin is where in blob value i begins.
func (d *pageData) begin(i uint32) uint32 {
	if i == 0 {
		return 0
	}
	return d.ends[i-1] & endMask
}

func (d *pageData) putRecord(i uint32, k *key) {
	from := d.begin(i)
	end := from + uint32(k.bytes())
	rec := d.blob[from:end]
	if k.isHex {
		k.id.store(rec)
		d.ends[i] = end | packedFlag
		return
	}
	binary.LittleEndian.PutUint64(rec, k.hash.Hi)
	binary.LittleEndian.PutUint64(rec[8:], k.hash.Lo)
	copy(rec[hashBytes:], k.value)
	d.ends[i] = end
}

// clipped returns a full page without the room to spare.
func (d *pageData) clipped() *pageData {
	if d.ids != nil {
		return d // Doubling ends exactly at pageLen.
	}
	return &pageData{ends: d.ends, blob: slices.Clone(d.blob[:d.begin(pageLen)])}
}
