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
	// packedFlag marks the end of a packed value in page.ends.
	packedFlag = 1 << 31
	endMask    = packedFlag - 1
	// firstPageLen is the room of a page when it begins.
	firstPageLen = 8
	// pageOverhead is the memory of a page beside its arrays.
	pageOverhead = 96
)

// directory finds the page of a symbol. The writer puts larger pages in place
// of those that are full, and a longer directory in place of this one; a reader
// that still has the old directory finds all values of its View there.
type directory []atomic.Pointer[page]

// at returns the page of a symbol.
func (dir directory) at(sym Symbol) *page { return dir[sym>>pageBits].Load() }

// longer returns a directory twice as long with the same pages.
func (dir directory) longer() directory {
	out := make(directory, max(1, 2*len(dir)))
	for i := range dir {
		out[i].Store(dir[i].Load())
	}
	return out
}

// page holds pageLen values. Its arrays have room to spare at their ends, which
// only the writer touches; when they are full, or a page of packed ids gets its
// first other value, the writer puts a larger page with the same values in
// place.
type page struct {
	// ids holds 16 bytes for each value while all are packed ids.
	ids []byte
	// ends, once one is not, holds where in blob value i ends; packedFlag tells
	// how it is kept there: 16 bytes of an id, or 16 bytes of hash and the
	// value.
	ends []uint32
	blob []byte
}

// record returns how value i is kept: 16 bytes if it is packed.
func (p *page) record(i uint32) (rec []byte, isPacked bool) {
	if p.ids != nil {
		return p.ids[i*packedBytes : (i+1)*packedBytes], true
	}
	var from uint32
	if i > 0 {
		from = p.ends[i-1] & endMask
	}
	end := p.ends[i]
	return p.blob[from : end&endMask], end&packedFlag != 0
}

// holds reports whether value i is k.
func (p *page) holds(i uint32, k *key) bool {
	if p.ids != nil {
		return k.isHex && loadPacked(p.ids[i*packedBytes:]) == k.id
	}
	rec, isPacked := p.record(i)
	if isPacked != k.isHex {
		return false
	}
	if isPacked {
		return loadPacked(rec) == k.id
	}
	return bytes.Equal(rec[hashBytes:], k.value)
}

// hash returns the hash of value i.
func (p *page) hash(i uint32) Hash128 {
	rec, isPacked := p.record(i)
	if isPacked {
		return loadPacked(rec).hash()
	}
	return Hash128{Hi: binary.LittleEndian.Uint64(rec), Lo: binary.LittleEndian.Uint64(rec[8:])}
}

// appendTo appends value i to dst.
func (p *page) appendTo(dst []byte, i uint32) []byte {
	rec, isPacked := p.record(i)
	if isPacked {
		return appendHex(dst, rec)
	}
	return append(dst, rec[hashBytes:]...)
}

// len is the length of value i.
func (p *page) len(i uint32) int {
	rec, isPacked := p.record(i)
	if isPacked {
		return hexDigits
	}
	return len(rec) - hashBytes
}

// size is the memory that the arrays take.
func (p *page) size() int64 {
	return int64(len(p.ids) + 4*len(p.ends) + len(p.blob))
}

// newPage makes a page whose first value will be k.
func newPage(k *key) *page {
	if k.isHex {
		return &page{ids: make([]byte, firstPageLen*packedBytes)}
	}
	return &page{ends: make([]uint32, firstPageLen), blob: make([]byte, 2*k.bytes())}
}

// put makes k value i, the next free one, and returns the page with it, which
// may be another. Only the writer calls it.
func (p *page) put(i uint32, k *key) *page {
	if p.ids != nil && !k.isHex {
		p = p.unpacked(i)
	}
	p = p.withRoom(i, k)
	if p.ids != nil {
		k.id.store(p.ids[i*packedBytes:])
	} else {
		p.putRecord(i, k)
	}
	if i == pageMask {
		p = p.clipped()
	}
	return p
}

// unpacked returns the n values of a page of packed ids in the other form.
func (p *page) unpacked(n uint32) *page {
	out := &page{ends: make([]uint32, len(p.ids)/packedBytes), blob: slices.Clone(p.ids)}
	for i := range n {
		out.ends[i] = (i+1)*packedBytes | packedFlag
	}
	return out
}

// withRoom returns p, or a copy that has room for k as value i.
func (p *page) withRoom(i uint32, k *key) *page {
	if p.ids != nil {
		if int(i+1)*packedBytes <= len(p.ids) {
			return p
		}
		return &page{ids: grow(p.ids, len(p.ids)+packedBytes)}
	}
	need := int(p.begin(i)) + k.bytes()
	if int(i) < len(p.ends) && need <= len(p.blob) {
		return p
	}
	out := &page{ends: p.ends, blob: p.blob}
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
func (p *page) begin(i uint32) uint32 {
	if i == 0 {
		return 0
	}
	return p.ends[i-1] & endMask
}

func (p *page) putRecord(i uint32, k *key) {
	from := p.begin(i)
	end := from + uint32(k.bytes())
	rec := p.blob[from:end]
	if k.isHex {
		k.id.store(rec)
		p.ends[i] = end | packedFlag
		return
	}
	binary.LittleEndian.PutUint64(rec, k.hash.Hi)
	binary.LittleEndian.PutUint64(rec[8:], k.hash.Lo)
	copy(rec[hashBytes:], k.value)
	p.ends[i] = end
}

// clipped returns a full page without the room to spare.
func (p *page) clipped() *page {
	if p.ids != nil {
		return p // Doubling ends exactly at pageLen.
	}
	return &page{ends: p.ends, blob: slices.Clone(p.blob[:p.begin(pageLen)])}
}
