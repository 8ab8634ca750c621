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
	pages []*page
	n     uint32
	bytes int64

	rankMu sync.Mutex
	rank   *Rank
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
	before := d.n
	var k key
	for i := range out {
		k.set(values.At(i))
		if out[i], err = d.encode(&k); err != nil {
			err = fmt.Errorf("encode value %d: %w", i, err)
			break
		}
	}
	if d.n != before {
		d.publish()
	}
	return int(d.n - before), err
}

// EncodeUnknown is Encode for the values whose out is None; the others are
// taken for the symbols that they are.
func (d *Dict) EncodeUnknown(values Strings, out []Symbol) (added int, err error) {
	out = out[:values.Len()]
	before := d.n
	var k key
	for i := range out {
		if out[i] != None {
			continue
		}
		k.set(values.At(i))
		if out[i], err = d.encode(&k); err != nil {
			err = fmt.Errorf("encode value %d: %w", i, err)
			break
		}
	}
	if d.n != before {
		d.publish()
	}
	return int(d.n - before), err
}

func (d *Dict) publish() {
	d.view.Store(&View{dict: d, pages: d.pages, n: d.n, bytes: d.bytes})
}

// encode returns the symbol of k, a new one if it has none.
func (d *Dict) encode(k *key) (Symbol, error) {
	sub, bits := k.hash.place()
	t := d.tables[sub].Load()
	if sym := t.find(k, bits, d.n, d.pages); sym != None {
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
	i := sym & pageMask
	if i == 0 {
		p := newPage(k)
		d.pages = append(d.pages, p)
		d.size.Add(pageOverhead + 8 + p.data.Load().size())
	}
	if grown := d.pages[sym>>pageBits].put(i, k); grown != 0 {
		d.size.Add(grown)
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
