package rollup

import (
	"math/bits"
	"slices"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/segment"
)

// groups is the partition of rows into groups of equal keys.
type groups struct {
	of    []uint32 // group of each row
	first []uint32 // first row of each group
}

// groupRows groups rows by the values of the keys: they are packed into one number
// each, which is sorted, or looked up where few numbers are possible.
func groupRows(keys []*batch.Vector, rows int) groups {
	p := packer{keys: make([]uint64, rows)}
	for _, v := range keys {
		p.add(v)
	}
	if p.width < 63 && 1<<p.width <= max(1<<10, 4*rows) {
		return p.direct()
	}
	return p.sorted()
}

// packer packs the values of several columns into one number per row.
type packer struct {
	keys  []uint64
	width int // bits used
}

func (p *packer) add(v *batch.Vector) {
	if v.Const || len(p.keys) == 0 {
		return
	}
	switch d := v.Data.(type) {
	case []uint8:
		packIntegers(p, d, v.Nulls)
	case []uint16:
		packIntegers(p, d, v.Nulls)
	case []uint32:
		packIntegers(p, d, v.Nulls)
	case []uint64:
		packIntegers(p, d, v.Nulls)
	case []int8:
		packIntegers(p, d, v.Nulls)
	case []int16:
		packIntegers(p, d, v.Nulls)
	case []int32:
		packIntegers(p, d, v.Nulls)
	case []int64:
		packIntegers(p, d, v.Nulls)
	case batch.Symbols:
		if d.Overlay.Len() == 0 {
			packIntegers(p, d.Codes, v.Nulls)
			return
		}
		packIntegers(p, numbered(v), nil)
	default:
		packIntegers(p, numbered(v), nil)
	}
}

type integer interface {
	uint8 | uint16 | uint32 | uint64 | int8 | int16 | int32 | int64
}

// packIntegers adds a column of integers: their distance from the least, and 0 for
// NULL, which has a bit of its own where there are NULLs.
func packIntegers[T integer](p *packer, d []T, nulls []bool) {
	d = d[:len(p.keys)]
	least, most := d[0], d[0]
	for _, v := range d {
		least, most = min(least, v), max(most, v)
	}
	base := uint64(int64(least))
	width := bits.Len64(uint64(int64(most)) - base)
	if nulls != nil {
		p.addFlags(nulls)
	}
	if !p.room(width) {
		packIntegers(p, ranked(d), nil)
		return
	}
	if nulls == nil {
		for i, v := range d {
			p.keys[i] = p.keys[i]<<width | (uint64(int64(v)) - base)
		}
		return
	}
	for i, v := range d {
		n := uint64(0)
		if !nulls[i] {
			n = uint64(int64(v)) - base
		}
		p.keys[i] = p.keys[i]<<width | n
	}
}

func (p *packer) addFlags(nulls []bool) {
	p.room(1) // There is room for one bit: numbers of rows take 32.
	for i, null := range nulls[:len(p.keys)] {
		p.keys[i] <<= 1
		if null {
			p.keys[i] |= 1
		}
	}
}

// room makes room for width bits, where need be by numbering what there is anew;
// false when the column must be numbered as well.
func (p *packer) room(width int) bool {
	if p.width+width > 64 {
		ranks := ranked(p.keys)
		for i, n := range ranks {
			p.keys[i] = uint64(n)
		}
		p.width = bits.Len32(slices.Max(ranks))
	}
	if p.width+width > 64 {
		return false
	}
	p.width += width
	return true
}

// ranked numbers distinct integers in order of first sight.
func ranked[T integer](d []T) []uint32 {
	out := make([]uint32, len(d))
	seen := map[T]uint32{}
	for i, k := range d {
		n, ok := seen[k]
		if !ok {
			n = uint32(len(seen))
			seen[k] = n
		}
		out[i] = n
	}
	return out
}

// numbered numbers the distinct values of a column of any type; NULL is one.
func numbered(v *batch.Vector) []uint32 {
	out := make([]uint32, v.Len)
	seen := map[string]uint32{}
	var enc []byte
	for i := range out {
		enc = enc[:0]
		if v.IsNull(i) {
			enc = append(enc, 1)
		} else {
			enc = segment.AppendKeyPart(append(enc, 0), v, i)
		}
		n, ok := seen[string(enc)]
		if !ok {
			n = uint32(len(seen))
			seen[string(enc)] = n
		}
		out[i] = n
	}
	return out
}

// direct numbers the groups by a table of all numbers that are possible.
func (p *packer) direct() groups {
	g := groups{of: make([]uint32, len(p.keys))}
	table := make([]uint32, 1<<p.width)
	for _, k := range p.keys {
		table[k] = 1
	}
	n := uint32(0)
	for k, has := range table {
		table[k] = n
		n += has
	}
	g.first = make([]uint32, n)
	for i := len(p.keys) - 1; i >= 0; i-- {
		at := table[p.keys[i]]
		g.of[i], g.first[at] = at, uint32(i)
	}
	return g
}

// keyed is a packed key and its row.
type keyed struct {
	key uint64
	row uint32
}

// sorted numbers the groups by sorting.
func (p *packer) sorted() groups {
	src, dst := make([]keyed, len(p.keys)), make([]keyed, len(p.keys))
	for i, k := range p.keys {
		src[i] = keyed{k, uint32(i)}
	}
	for shift := 0; shift < p.width; shift += radixBits {
		var counts [1 << radixBits]uint32
		for i := range src {
			counts[src[i].key>>shift&(1<<radixBits-1)]++
		}
		starts(&counts)
		for i := range src {
			at := &counts[src[i].key>>shift&(1<<radixBits-1)]
			dst[*at] = src[i]
			*at++
		}
		src, dst = dst, src
	}
	g := groups{of: make([]uint32, len(src))}
	for i := range src {
		if i == 0 || src[i].key != src[i-1].key {
			g.first = append(g.first, src[i].row)
		}
		g.of[src[i].row] = uint32(len(g.first) - 1)
	}
	return g
}

// radixBits is the digit of a radix pass: its counters fit the L1 cache.
const radixBits = 11

// starts makes places of counts.
func starts(counts *[1 << radixBits]uint32) {
	at := uint32(0)
	for i, n := range counts {
		counts[i], at = at, at+n
	}
}

// reorder brings the groups into the order of perm; nil leaves them as they are.
func (g *groups) reorder(perm []uint32) {
	if perm == nil {
		return
	}
	place := make([]uint32, len(perm))
	first := make([]uint32, len(perm))
	for i, was := range perm {
		place[was], first[i] = uint32(i), g.first[was]
	}
	for i, was := range g.of {
		g.of[i] = place[was]
	}
	g.first = first
}

// sortedUint64 sorts by radix; it may use the memory of s.
func sortedUint64(s []uint64, width int) []uint64 {
	if len(s) < 1<<8 {
		slices.Sort(s)
		return s
	}
	from, to := s, make([]uint64, len(s))
	for shift := 0; shift < width; shift += radixBits {
		var counts [1 << radixBits]uint32
		for _, k := range from {
			counts[k>>shift&(1<<radixBits-1)]++
		}
		starts(&counts)
		for _, k := range from {
			at := &counts[k>>shift&(1<<radixBits-1)]
			to[*at] = k
			*at++
		}
		from, to = to, from
	}
	return from
}
