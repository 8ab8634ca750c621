package skip

import (
	"math/bits"

	"github.com/freshetdb/freshet/index/rowset"
)

// bloomBitsPerKey gives about one false answer in a hundred with blocks of 256
// bits and one bit in each of their eight words.
const bloomBitsPerKey = 10

// bloomBlockWords is the size of a block: eight words of 32 bits. A look-up
// touches one block.
const bloomBlockWords = 8

// bloomSalts are the odd multipliers of Parquet's split block filter; part of
// the format.
var bloomSalts = [bloomBlockWords]uint32{
	0x47b6137b, 0x44974d91, 0x8824ad5b, 0xa2b7289d, 0x705495c7, 0x2df1424b, 0x9efc4947, 0x5c6bfb31,
}

// Bloom holds one split block Bloom filter a granule.
type Bloom struct {
	Ends  []uint32 // end of the filter of granule g, in words
	Words []uint32
}

// HashCode is the hash of a code for a Bloom filter: the finalizer of
// MurmurHash3, part of the format.
func HashCode(code uint32) uint64 {
	h := uint64(code) + 0x9e3779b97f4a7c15
	h = (h ^ h>>33) * 0xff51afd7ed558ccd
	h = (h ^ h>>33) * 0xc4ceb9fe1a85ec53
	return h ^ h>>33
}

// Append adds the filter of the next granule; hashes should be distinct, else
// the filter is larger than it need be.
func (b *Bloom) Append(hashes []uint64) {
	blocks := (len(hashes)*bloomBitsPerKey + 255) / 256
	lo := len(b.Words)
	b.Words = append(b.Words, make([]uint32, blocks*bloomBlockWords)...)
	for _, h := range hashes {
		block := bloomBlock(b.Words[lo:], h)
		for i, salt := range bloomSalts {
			block[i] |= 1 << (uint32(h) * salt >> 27)
		}
	}
	b.Ends = append(b.Ends, uint32(len(b.Words)))
}

func bloomBlock(filter []uint32, h uint64) []uint32 {
	k, _ := bits.Mul64(h, uint64(len(filter)/bloomBlockWords))
	return filter[k*bloomBlockWords:][:bloomBlockWords]
}

// MayHold tells whether granule g may hold a key with the hash.
func (b *Bloom) MayHold(g int, h uint64) bool {
	lo := uint32(0)
	if g > 0 {
		lo = b.Ends[g-1]
	}
	filter := b.Words[lo:b.Ends[g]]
	if len(filter) == 0 {
		return false
	}
	block := bloomBlock(filter, h)
	for i, salt := range bloomSalts {
		if block[i]>>(uint32(h)*salt>>27)&1 == 0 {
			return false
		}
	}
	return true
}

func (b *Bloom) prune(hashes []uint64) rowset.Set {
	c := Column{Granules: len(b.Ends)}
	return c.where(func(g int) bool {
		for _, h := range hashes {
			if b.MayHold(g, h) {
				return true
			}
		}
		return false
	})
}
