package skip

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// Encoded form, little-endian, uvarints unless said:
//
//	granules
//	flags, one byte: 1 bounds, 2 codes, 4 Bloom
//	bounds: per granule min, max-min as two uvarints (min = 1, max = 0 written as
//	        flag below), NULLs
//	codes:  count, first code, differences; per granule one byte "other" and the
//	        bitmap as 8-byte words
//	Bloom:  per granule the number of blocks; then all words, 4 bytes each
//
// A granule without values has a zero byte in place of its bounds, another has
// a one byte before them.

// granulesMax bounds what a damaged count can ask for: 137 G rows.
const granulesMax = 1 << 24

const (
	flagBounds = 1 << iota
	flagCodes
	flagBloom
)

// ErrCorrupt is what Decode returns for bytes that no encoder wrote.
var ErrCorrupt = errors.New("skip index is damaged")

// AppendTo adds the encoded form to dst.
func (c *Column) AppendTo(dst []byte) []byte {
	dst = binary.AppendUvarint(dst, uint64(c.Granules))
	flags := byte(0)
	if c.Bounds != nil {
		flags |= flagBounds
	}
	if c.Codes != nil {
		flags |= flagCodes
	}
	if c.Bloom != nil {
		flags |= flagBloom
	}
	dst = append(dst, flags)
	if c.Bounds != nil {
		dst = c.Bounds.appendTo(dst)
	}
	if c.Codes != nil {
		dst = c.Codes.appendTo(dst)
	}
	if c.Bloom != nil {
		dst = c.Bloom.appendTo(dst)
	}
	return dst
}

func (b *Bounds) appendTo(dst []byte) []byte {
	for g := range b.Min {
		if b.Min[g] > b.Max[g] {
			dst = append(dst, 0)
		} else {
			dst = append(dst, 1)
			dst = binary.AppendUvarint(dst, b.Min[g])
			dst = binary.AppendUvarint(dst, b.Max[g]-b.Min[g])
		}
		dst = binary.AppendUvarint(dst, uint64(b.Nulls[g]))
	}
	return dst
}

func (c *Codes) appendTo(dst []byte) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(c.List)))
	prev := uint32(0)
	for _, code := range c.List {
		dst = binary.AppendUvarint(dst, uint64(code-prev))
		prev = code
	}
	w := c.width()
	for g, other := range c.Other {
		if other {
			dst = append(dst, 1)
		} else {
			dst = append(dst, 0)
		}
		for _, word := range c.Words[g*w : (g+1)*w] {
			dst = binary.LittleEndian.AppendUint64(dst, word)
		}
	}
	return dst
}

func (b *Bloom) appendTo(dst []byte) []byte {
	prev := uint32(0)
	for _, end := range b.Ends {
		dst = binary.AppendUvarint(dst, uint64((end-prev)/bloomBlockWords))
		prev = end
	}
	for _, w := range b.Words {
		dst = binary.LittleEndian.AppendUint32(dst, w)
	}
	return dst
}

// Decode reads a column from the beginning of src and returns what follows it.
func Decode(src []byte) (c *Column, rest []byte, err error) {
	d := &decoder{src: src}
	c = &Column{Granules: int(d.uvarint(granulesMax))}
	flags := d.byte()
	if flags >= flagBloom<<1 {
		d.fail()
	}
	if flags&flagBounds != 0 {
		c.Bounds = d.bounds(c.Granules)
	}
	if flags&flagCodes != 0 {
		c.Codes = d.codes(c.Granules)
	}
	if flags&flagBloom != 0 {
		c.Bloom = d.bloom(c.Granules)
	}
	if d.err != nil {
		return nil, nil, d.err
	}
	return c, d.src, nil
}

// decoder reads forward; after a failure src is empty and every read gives zero.
type decoder struct {
	src []byte
	err error
}

func (d *decoder) fail() {
	d.err = fmt.Errorf("%w: cut short or out of bounds", ErrCorrupt)
	d.src = nil
}

func (d *decoder) byte() byte {
	if len(d.src) == 0 {
		d.fail()
		return 0
	}
	b := d.src[0]
	d.src = d.src[1:]
	return b
}

func (d *decoder) uvarint(limit uint64) uint64 {
	v, n := binary.Uvarint(d.src)
	if n <= 0 || v > limit {
		d.fail()
		return 0
	}
	d.src = d.src[n:]
	return v
}

// take is the next n bytes, or nil.
func (d *decoder) take(n int) []byte {
	if n > len(d.src) {
		d.fail()
		return nil
	}
	b := d.src[:n]
	d.src = d.src[n:]
	return b
}

// atLeast fails when fewer bytes are left than n elements of size bytes need,
// so that a count is never believed before memory is asked for.
func (d *decoder) atLeast(n, size int) bool {
	if d.err == nil && n*size > len(d.src) {
		d.fail()
	}
	return d.err == nil
}

func (d *decoder) bounds(granules int) *Bounds {
	if !d.atLeast(granules, 2) {
		return nil
	}
	b := &Bounds{Min: make([]uint64, granules), Max: make([]uint64, granules), Nulls: make([]uint32, granules)}
	for g := range granules {
		switch d.byte() {
		case 0:
			b.Min[g] = 1
		case 1:
			lo := d.uvarint(1<<64 - 1)
			b.Min[g], b.Max[g] = lo, lo+d.uvarint(1<<64-1-lo)
		default:
			d.fail()
		}
		b.Nulls[g] = uint32(d.uvarint(1<<32 - 1))
	}
	return b
}

func (d *decoder) codes(granules int) *Codes {
	n := int(d.uvarint(CodesMax))
	c := &Codes{List: make([]uint32, n)}
	at := uint64(0)
	for i := range c.List {
		diff := d.uvarint(1<<32 - 1 - at)
		if i > 0 && diff == 0 {
			d.fail()
		}
		at += diff
		c.List[i] = uint32(at)
	}
	w := c.width()
	if !d.atLeast(granules, 1+8*w) {
		return nil
	}
	c.Other, c.Words = make([]bool, granules), make([]uint64, granules*w)
	for g := range granules {
		other := d.byte()
		if other > 1 {
			d.fail()
			return nil
		}
		c.Other[g] = other == 1
		for i := range w {
			c.Words[g*w+i] = binary.LittleEndian.Uint64(d.take(8))
		}
	}
	return c
}

func (d *decoder) bloom(granules int) *Bloom {
	if !d.atLeast(granules, 1) {
		return nil
	}
	b := &Bloom{Ends: make([]uint32, granules)}
	total := uint64(0)
	for g := range b.Ends {
		total += d.uvarint(uint64(len(d.src))) * bloomBlockWords
		if total*4 > uint64(len(d.src)) {
			d.fail()
			return nil
		}
		b.Ends[g] = uint32(total)
	}
	words := d.take(int(total) * 4)
	b.Words = make([]uint32, len(words)/4)
	for i := range b.Words {
		b.Words[i] = binary.LittleEndian.Uint32(words[4*i:])
	}
	return b
}
