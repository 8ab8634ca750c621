package symbol

import "sync/atomic"

const (
	tableBits = 8
	// tableCount is the number of sub-tables of a dictionary.
	tableCount = 1 << tableBits
	// firstTableLen is the number of slots of a sub-table when it begins.
	firstTableLen = 8
)

// table is a sub-table: from 32 bits of a hash to a symbol. The writer fills
// empty slots and puts a larger table in place when it gets crowded; readers
// of the old one still find all that was in it.
type table struct {
	// slots hold the hash bits above the symbol plus one; zero is empty. They
	// are read and written by atomic operations.
	slots []uint64
	used  int // The writer's.
}

// place returns the sub-table of a hash and the bits that its slot holds.
func (h Hash128) place() (sub uint8, bits uint32) {
	return uint8(h.Lo), uint32(h.Lo >> 32)
}

// home is the slot at which the search for bits begins.
func home(bits uint32, slots int) int {
	return int(uint64(bits) * uint64(slots) >> 32)
}

// find returns the symbol below limit that k has, or None. The directory must
// cover the symbols below limit.
func (t *table) find(k *key, bits, limit uint32, dir directory) Symbol {
	if t == nil {
		return None
	}
	slots := t.slots
	for i := home(bits, len(slots)); ; {
		slot := atomic.LoadUint64(&slots[i])
		if slot == 0 {
			return None
		}
		if uint32(slot>>32) == bits {
			sym := uint32(slot) - 1
			if sym < limit && dir.at(sym).holds(sym&pageMask, k) {
				return sym
			}
		}
		if i++; i == len(slots) {
			i = 0
		}
	}
}

// add puts in a symbol that is not there. There must be an empty slot.
func (t *table) add(bits uint32, sym Symbol) {
	slots := t.slots
	i := home(bits, len(slots))
	for slots[i] != 0 {
		if i++; i == len(slots) {
			i = 0
		}
	}
	atomic.StoreUint64(&slots[i], uint64(bits)<<32|uint64(sym+1))
	t.used++
}

// isCrowded reports whether the sub-table of that number must grow before the
// next add: from 65 % of its slots for the first to 75 % for the last, so that
// they do not all grow at once.
func (t *table) isCrowded(sub uint8) bool {
	return (t.used+1)*2560 > len(t.slots)*(1664+int(sub))
}

// grown returns a copy with half as many slots again.
func (t *table) grown() *table {
	out := &table{slots: make([]uint64, len(t.slots)+len(t.slots)/2), used: t.used}
	for _, slot := range t.slots {
		if slot == 0 {
			continue
		}
		i := home(uint32(slot>>32), len(out.slots))
		for out.slots[i] != 0 {
			if i++; i == len(out.slots) {
				i = 0
			}
		}
		out.slots[i] = slot
	}
	return out
}
