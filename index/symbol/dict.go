package symbol

import (
	"fmt"
	"sync"
	"sync/atomic"
)

// dictOverhead is the memory of an empty dictionary.
const dictOverhead = tableCount*8 + 256

// Dict is the dictionary of one column of one shard. See the package comment
// for who may call what.
type Dict struct {
	tables [tableCount]atomic.Pointer[table]
	view   atomic.Pointer[View]
	size   atomic.Int64

	// The writer's own, ahead of view while it encodes.
	dir   directory
	n     uint32
	bytes int64

	rankMu sync.Mutex
	rank   *Rank

	union atomic.Pointer[Union] // see UnionOf
}

// New returns an empty dictionary.
func New() *Dict {
	d := &Dict{}
	d.size.Store(dictOverhead)
	d.publish()
	return d
}

// View returns the dictionary as of the last Encode.
func (d *Dict) View() View { return *d.view.Load() }

// SizeBytes is the memory that the dictionary takes.
func (d *Dict) SizeBytes() int64 { return d.size.Load() }

// LookupBatch is View().LookupBatch.
func (d *Dict) LookupBatch(values Strings, out []Symbol) {
	d.View().LookupBatch(values, out)
}

// Encode writes the symbol of each value to out, which must be as long, and
// gives numbers to unknown values in their order. It returns how many were
// new. Only the writer calls it. On an error the values before the one that
// failed have their numbers, and the View shows them.
func (d *Dict) Encode(values Strings, out []Symbol) (added int, err error) {
	out = out[:values.Len()]
	for i := range out {
		out[i] = None
	}
	return d.EncodeUnknown(values, out)
}

// EncodeUnknown is Encode for the values whose out is None; the others are
// taken for the symbols that they are.
func (d *Dict) EncodeUnknown(values Strings, out []Symbol) (added int, err error) {
	out = out[:values.Len()]
	before := d.n
	for from := 0; from < len(out) && err == nil; from += prefetchLen {
		err = d.encodeBlock(values, from, out[from:min(from+prefetchLen, len(out))])
	}
	if d.n != before {
		d.publish()
	}
	return int(d.n - before), err
}

// encodeBlock is EncodeUnknown for the at most prefetchLen values from the
// given one on.
func (d *Dict) encodeBlock(values Strings, from int, out []Symbol) error {
	var keys [prefetchLen]key
	var places [prefetchLen]int
	n := 0
	for j, sym := range out {
		if sym == None {
			keys[n].set(values.At(from + j))
			places[n] = j
			n++
		}
	}
	d.touch(keys[:n], d.n, d.dir)
	for i := range n {
		sym, err := d.encode(&keys[i])
		if err != nil {
			return fmt.Errorf("encode value %d: %w", from+places[i], err)
		}
		out[places[i]] = sym
	}
	return nil
}

func (d *Dict) publish() {
	d.view.Store(&View{dict: d, dir: d.dir, n: d.n, bytes: d.bytes})
}

// encode returns the symbol of k, a new one if it has none.
func (d *Dict) encode(k *key) (Symbol, error) {
	sub, bits := k.hash.place()
	t := d.tables[sub].Load()
	if sym := t.find(k, bits, d.n, d.dir); sym != None {
		return sym, nil
	}
	if k.len() > MaxValueBytes {
		return None, fmt.Errorf("%w: %d bytes, at most %d", ErrTooLong, k.len(), MaxValueBytes)
	}
	if d.n == MaxLen {
		return None, ErrFull
	}
	sym := d.n
	d.put(sym, k)
	d.n++
	d.bytes += int64(k.len())
	d.room(sub, t).add(bits, sym)
	return sym, nil
}

// put stores k as the value of sym, the next free symbol.
func (d *Dict) put(sym Symbol, k *key) {
	at, i := int(sym>>pageBits), sym&pageMask
	if i == 0 {
		if at == len(d.dir) {
			d.dir = d.dir.longer()
			d.size.Add(int64(len(d.dir)-at) * 8)
		}
		p := newPage(k)
		d.dir[at].Store(p)
		d.size.Add(pageOverhead + p.size())
	}
	old := d.dir[at].Load()
	if p := old.put(i, k); p != old {
		d.size.Add(p.size() - old.size())
		d.dir[at].Store(p)
	}
}

// room returns the sub-table t with an empty slot, which may mean a larger one
// in its place.
func (d *Dict) room(sub uint8, t *table) *table {
	switch {
	case t == nil:
		t = &table{slots: make([]uint64, firstTableLen)}
		d.size.Add(firstTableLen * 8)
	case t.isCrowded(sub):
		old := len(t.slots)
		t = t.grown()
		d.size.Add(int64(len(t.slots)-old) * 8)
	default:
		return t
	}
	d.tables[sub].Store(t)
	return t
}
