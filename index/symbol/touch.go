package symbol

import "sync/atomic"

// prefetchLen is how many values are looked up together: enough that their
// cache misses overlap, few enough that what was fetched is still there.
const prefetchLen = 64

// touch reads what the search for each of at most prefetchLen keys will read
// first, one kind of memory after the other, so that the processor waits for
// the misses of all keys together. Without it a look-up in a large dictionary
// waits for two to four misses one after the other, four times as long.
func (d *Dict) touch(keys []key, limit uint32, dir directory) {
	var slots [prefetchLen]uint64
	for j := range keys {
		sub, bits := keys[j].hash.place()
		if t := d.tables[sub].Load(); t != nil {
			slots[j] = atomic.LoadUint64(&t.slots[home(bits, len(t.slots))])
		}
	}
	var pages [prefetchLen]*page
	var places [prefetchLen]uint32
	n := 0
	for _, slot := range slots[:len(keys)] {
		if sym := uint32(slot) - 1; sym < limit {
			pages[n], places[n] = dir.at(sym), sym&pageMask
			n++
		}
	}
	if len(keys) > 0 {
		keys[0].touched = touchPages(pages[:n], places[:n]) // So that the reads are not left out.
	}
}

// touchPages reads where values on pages begin and gives something of it.
func touchPages(pages []*page, places []uint32) byte {
	// Where the value begins is a miss of its own, unless the page is packed.
	for j, p := range pages {
		if p.ids != nil {
			places[j] *= packedBytes
		} else {
			places[j] = p.begin(places[j])
		}
	}
	sum := byte(0)
	for j, p := range pages {
		if p.ids != nil {
			sum += p.ids[places[j]]
		} else {
			sum += p.blob[places[j]]
		}
	}
	return sum
}
