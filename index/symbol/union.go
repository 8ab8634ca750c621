package symbol

import (
	"encoding/binary"
	"runtime"
	"slices"
	"sync"
)

// Union is one numbering of the values of several dictionaries, the shards' of one
// column, so that a query can group and count over all of them as over one. Numbers are
// given in the order in which dictionaries and their symbols are met, never taken back,
// and mean nothing outside of the process. It is safe for concurrent use.
//
// Values are compared as such, through the dictionaries that have them: a union keeps
// none. For each symbol of a dictionary it takes 4 bytes, for each distinct value 20.
type Union struct {
	reserve func(bytes int64) error
	size    *int64 // what was reserved; apart, for what is done once nobody has the union

	mu     sync.Mutex
	dicts  []*Dict
	views  []View // of dicts, the longest ones met
	tables [tableCount]*table
	codes  [][]Symbol // by dictionary and symbol
	from   []origin   // by number
}

// origin is where the value of a number stands.
type origin struct {
	dict uint32 // place in Union.dicts
	sym  Symbol
}

const (
	// unionBytes is the most that a symbol takes, unionOverhead what an empty union does.
	unionBytes    = 48
	unionOverhead = 32 << 10
	// unionChunk is how many symbols are numbered between two looks at check, by
	// unionWorkers goroutines.
	unionChunk   = 1 << 16
	unionWorkers = 2
)

// UnionOf is the union that belongs to the first of some dictionaries: whoever asks
// first makes it, and it lives as long as that dictionary. reserve is asked for memory
// before it is taken, and gets it back, as negative bytes, at the end.
func UnionOf(first View, reserve func(bytes int64) error) *Union {
	d := first.dict
	if u := d.union.Load(); u != nil {
		return u
	}
	u := &Union{reserve: reserve, size: new(int64)}
	if !d.union.CompareAndSwap(nil, u) {
		return d.union.Load()
	}
	runtime.AddCleanup(u, func(size *int64) { _ = reserve(-*size) }, u.size)
	return u
}

// Missing is how many symbols of the views have no number yet.
func (u *Union) Missing(views []View) int {
	u.mu.Lock()
	defer u.mu.Unlock()
	n := 0
	for _, v := range views {
		known := 0
		if i := slices.Index(u.dicts, v.dict); i >= 0 {
			known = len(u.codes[i])
		}
		n += max(int(v.n)-known, 0)
	}
	return n
}

// Extend numbers all symbols of the views and returns the union as of now. check is
// called from time to time; its error, like that of reserve, ends the work, which the
// next call goes on with.
func (u *Union) Extend(views []View, check func() error) (*UnionView, error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	places := make([]int, len(views))
	missing := int64(0)
	for i, v := range views {
		places[i] = u.place(v)
		missing += int64(u.views[places[i]].n) - int64(len(u.codes[places[i]]))
	}
	if missing > 0 {
		room := missing*unionBytes + unionOverhead
		if err := u.reserve(room); err != nil {
			return nil, err
		}
		*u.size += room
		err := u.number(places, check)
		rest := u.sizeBytes() - *u.size
		_ = u.reserve(min(rest, 0))
		*u.size += min(rest, 0)
		if err != nil {
			return nil, err
		}
	}
	out := &UnionView{views: slices.Clone(u.views), from: u.from, codes: make([][]Symbol, len(views))}
	out.all = slices.Clone(u.codes)
	for i, p := range places {
		out.codes[i] = u.codes[p]
	}
	return out, nil
}

// place is that of a view's dictionary, which becomes one of the union's.
func (u *Union) place(v View) int {
	i := slices.Index(u.dicts, v.dict)
	if i < 0 {
		i = len(u.dicts)
		u.dicts, u.views, u.codes = append(u.dicts, v.dict), append(u.views, v), append(u.codes, nil)
	}
	if v.n > u.views[i].n {
		u.views[i] = v
	}
	return i
}

func (u *Union) sizeBytes() int64 {
	n := int64(cap(u.from)) * 8
	for _, c := range u.codes {
		n += int64(cap(c)) * 4
	}
	for _, t := range u.tables {
		if t != nil {
			n += int64(len(t.slots)) * 8
		}
	}
	return n + unionOverhead
}

// number gives numbers to the symbols of some dictionaries that have none.
func (u *Union) number(places []int, check func() error) error {
	for _, p := range places {
		n := int(u.views[p].n)
		u.codes[p] = slices.Grow(u.codes[p], n-len(u.codes[p]))
		for len(u.codes[p]) < n {
			if err := check(); err != nil {
				return err
			}
			u.numberChunk(p, min(unionChunk, n-len(u.codes[p])))
		}
	}
	return nil
}

// numberChunk gives numbers to the next n symbols of dictionary p: those that others have
// are found side by side, as nothing changes meanwhile, then the rest are added. A
// dictionary has each value once.
func (u *Union) numberChunk(p, n int) {
	first := len(u.codes[p])
	codes := u.codes[p][:first+n]
	fresh := codes[first:]
	if u.isFirst(p) {
		for i := range fresh {
			fresh[i] = None
		}
	} else {
		var wg sync.WaitGroup
		size := (n + unionWorkers - 1) / unionWorkers
		for lo := 0; lo < n; lo += size {
			wg.Go(func() { u.findAll(p, Symbol(first+lo), fresh[lo:min(lo+size, n)]) })
		}
		wg.Wait()
	}
	var k key
	for i, number := range fresh {
		if number == None {
			u.views[p].key(Symbol(first+i), &k)
			fresh[i] = u.add(&k, origin{uint32(p), Symbol(first + i)})
		}
	}
	u.codes[p] = codes
}

// findAll writes the numbers of the symbols of dictionary p from first on to out, None for
// those whose values have none.
func (u *Union) findAll(p int, first Symbol, out []Symbol) {
	var keys [prefetchLen]key
	for lo := 0; lo < len(out); lo += prefetchLen {
		part := out[lo:min(lo+prefetchLen, len(out))]
		block := keys[:len(part)]
		for i := range block {
			u.views[p].key(first+Symbol(lo+i), &block[i])
		}
		u.touch(block)
		for i := range block {
			part[i] = u.find(&block[i], uint32(p))
		}
	}
}

// isFirst tells that no other dictionary has any number.
func (u *Union) isFirst(place int) bool {
	for i, c := range u.codes {
		if i != place && len(c) > 0 {
			return false
		}
	}
	return true
}

// find is the number of a value of dictionary dict, None when it has none. A dictionary
// has each value once.
func (u *Union) find(k *key, dict uint32) Symbol {
	sub, bits := k.hash.place()
	t := u.tables[sub]
	if t == nil {
		return None
	}
	for i := home(bits, len(t.slots)); t.slots[i] != 0; {
		if uint32(t.slots[i]>>32) == bits {
			number := Symbol(t.slots[i]) - 1
			o := u.from[number]
			if o.dict != dict && u.views[o.dict].dir.at(o.sym).holds(o.sym&pageMask, k) {
				return number
			}
		}
		if i++; i == len(t.slots) {
			i = 0
		}
	}
	return None
}

// add gives a value the next number.
func (u *Union) add(k *key, o origin) Symbol {
	sub, bits := k.hash.place()
	t := u.tables[sub]
	if t == nil {
		t = &table{slots: make([]uint64, firstTableLen)}
		u.tables[sub] = t
	}
	if t.isCrowded(sub) {
		t = t.grown()
		u.tables[sub] = t
	}
	number := Symbol(len(u.from))
	t.add(bits, number)
	u.from = append(u.from, o)
	return number
}

// touch is [Dict.touch] for a union.
func (u *Union) touch(keys []key) {
	var slots [prefetchLen]uint64
	for j := range keys {
		sub, bits := keys[j].hash.place()
		if t := u.tables[sub]; t != nil {
			slots[j] = t.slots[home(bits, len(t.slots))]
		}
	}
	var from [prefetchLen]origin
	n := 0
	for _, slot := range slots[:len(keys)] {
		if slot != 0 {
			from[n] = u.from[uint32(slot)-1]
			n++
		}
	}
	var pages [prefetchLen]*page
	var places [prefetchLen]uint32
	for j, o := range from[:n] {
		pages[j], places[j] = u.views[o.dict].dir.at(o.sym), o.sym&pageMask
	}
	keys[0].touched = touchPages(pages[:n], places[:n])
}

// key makes the value of a symbol ready to be looked up; it shares memory with the page.
func (v View) key(sym Symbol, k *key) {
	p, i := v.page(sym)
	rec, isPacked := p.record(i)
	if isPacked {
		k.setPacked(loadPacked(rec))
		return
	}
	k.value, k.isHex = rec[hashBytes:], false
	k.hash = Hash128{Hi: binary.LittleEndian.Uint64(rec), Lo: binary.LittleEndian.Uint64(rec[8:])}
}

// UnionView is a union at one moment: it never changes, and may be used by any goroutine.
type UnionView struct {
	views []View
	all   [][]Symbol // by dictionary of the union
	codes [][]Symbol // by view that was asked for
	from  []origin
}

// Len is the number of distinct values.
func (v *UnionView) Len() int { return len(v.from) }

// Codes are the numbers of the symbols of a view that the union was extended with, by
// its place there; there may be more of them than symbols.
func (v *UnionView) Codes(view int) []Symbol { return v.codes[view] }

// page returns the page of a number's value and its place there.
func (v *UnionView) page(number Symbol) (p *page, i uint32) {
	o := v.from[number]
	return v.views[o.dict].page(o.sym)
}

// AppendValue appends the value of a number below Len to dst.
func (v *UnionView) AppendValue(dst []byte, number Symbol) []byte {
	p, i := v.page(number)
	return p.appendTo(dst, i)
}

// Hash returns the portable hash of the value of a number below Len.
func (v *UnionView) Hash(number Symbol) Hash128 {
	p, i := v.page(number)
	return p.hash(i)
}

// AppendLowHashes appends the low half of the hash of each number, all below Len, to dst.
func (v *UnionView) AppendLowHashes(dst []uint64, numbers []Symbol) []uint64 {
	v.eachPage(numbers, func(p *page, i uint32) {
		if p.ids != nil {
			dst = append(dst, loadPacked(p.ids[i*packedBytes:]).hash().Lo)
		} else {
			dst = append(dst, p.hash(i).Lo)
		}
	})
	return dst
}

// Decode appends the values of numbers to out.
func (v *UnionView) Decode(numbers []Symbol, out *Strings) {
	if len(out.Offsets) == 0 {
		out.Offsets = append(out.Offsets, 0)
	}
	v.eachPage(numbers, func(p *page, i uint32) {
		out.Bytes = p.appendTo(out.Bytes, i)
		out.Offsets = append(out.Offsets, uint32(len(out.Bytes)))
	})
}

// eachPage calls f with where each number's value stands; neighbours mostly stand on one
// page.
func (v *UnionView) eachPage(numbers []Symbol, f func(p *page, i uint32)) {
	var p *page
	last := origin{dict: ^uint32(0)}
	for _, n := range numbers {
		o := v.from[n]
		if here := (origin{o.dict, o.sym >> pageBits}); here != last {
			last = here
			p, _ = v.views[o.dict].page(o.sym)
		}
		f(p, o.sym&pageMask)
	}
}

// Lookup returns the number of a value, or false if no dictionary of the union has it.
func (v *UnionView) Lookup(value []byte) (Symbol, bool) {
	var k key
	k.set(value)
	for i := range v.views {
		if sym := v.views[i].find(&k); int64(sym) < int64(len(v.all[i])) {
			return v.all[i][sym], true
		}
	}
	return None, false
}
