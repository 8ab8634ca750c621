package expr

import (
	"bytes"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/index/sketch"
)

// ownDictionary is the texts that a call gives, with numbers in the order in which they
// were added. It is a batch.Dictionary once nothing is added any more.
type ownDictionary struct {
	texts  batch.Strings
	hashes []textHash
	slots  []uint32 // by hash: number + 1; 0: free
}

type textHash struct{ hi, lo uint64 }

func newOwnDictionary() *ownDictionary {
	return &ownDictionary{texts: batch.Strings{Offsets: []uint32{0}}, slots: make([]uint32, 64)}
}

// add gives a text a number, or the one that it has.
func (d *ownDictionary) add(text []byte) uint32 {
	h := hashOf(text)
	at, found := d.find(h, text)
	if found {
		return d.slots[at] - 1
	}
	d.texts.Append(text)
	d.hashes = append(d.hashes, h)
	d.slots[at] = uint32(len(d.hashes))
	if 2*len(d.hashes) > len(d.slots) {
		d.grow()
	}
	return uint32(len(d.hashes) - 1)
}

func hashOf(text []byte) textHash {
	hi, lo := sketch.Hash128(text)
	return textHash{hi, lo}
}

// find is the slot of a text, or the free one where it belongs.
func (d *ownDictionary) find(h textHash, text []byte) (at uint32, found bool) {
	mask := uint32(len(d.slots) - 1)
	for at = uint32(h.lo) & mask; d.slots[at] != 0; at = (at + 1) & mask {
		if sym := d.slots[at] - 1; d.hashes[sym] == h && bytes.Equal(d.texts.At(int(sym)), text) {
			return at, true
		}
	}
	return at, false
}

func (d *ownDictionary) grow() {
	d.slots = make([]uint32, 2*len(d.slots))
	mask := uint32(len(d.slots) - 1)
	for sym, h := range d.hashes {
		at := uint32(h.lo) & mask
		for d.slots[at] != 0 {
			at = (at + 1) & mask
		}
		d.slots[at] = uint32(sym + 1)
	}
}

// size is the memory that is held.
func (d *ownDictionary) size() int64 {
	return 4*int64(cap(d.texts.Offsets)+cap(d.slots)) + int64(cap(d.texts.Bytes)) + 16*int64(cap(d.hashes))
}

// Len implements batch.Dictionary.
func (d *ownDictionary) Len() int { return len(d.hashes) }

// Value implements batch.Dictionary.
func (d *ownDictionary) Value(sym uint32) []byte { return d.texts.At(int(sym)) }

// Lookup implements batch.Dictionary.
func (d *ownDictionary) Lookup(value []byte) (sym uint32, ok bool) {
	at, found := d.find(hashOf(value), value)
	if !found {
		return 0, false
	}
	return d.slots[at] - 1, true
}

// Hash128 implements batch.Dictionary.
func (d *ownDictionary) Hash128(sym uint32) (hi, lo uint64) {
	h := d.hashes[sym]
	return h.hi, h.lo
}
