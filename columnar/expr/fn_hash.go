package expr

import (
	"crypto/md5"  //nolint:gosec // a function of the dialect, not a secret's keeper
	"crypto/sha1" //nolint:gosec // as above
	"crypto/sha256"
	"crypto/sha512"
	"encoding/binary"
	"hash/crc32"
	"math/bits"

	"github.com/zeebo/xxh3"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/types"
)

// hashFunctions are those that are bit-exact with ClickHouse's.
func hashFunctions() []*function {
	const cat = "Hashing"
	digest := func(name, example string, width int, f func(s []byte) []byte) *function {
		return &function{
			Info: Info{Name: name, CaseInsensitive: true, Syntax: name + "(s)", Description: "Is the " + name + " digest of a string, as bytes.", Returns: "FixedString", Category: cat, Example: example},
			min:  1, max: 1, bind: func(s *site) (bound, error) {
				if err := s.checkStrings(1); err != nil {
					return bound{}, err
				}
				return bound{ret: types.Type{Kind: types.FixedString, Width: uint32(width)}, run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
					in := stringsOf(args[0])
					return buildText(r, func(dst []byte, i int) []byte { return append(dst, f(in(i))...) })
				}}, nil
			},
		}
	}
	return []*function{
		digest("MD5", "hex(MD5('abc'))", md5.Size, func(s []byte) []byte { d := md5.Sum(s); return d[:] }),     //nolint:gosec // as above
		digest("SHA1", "hex(SHA1('abc'))", sha1.Size, func(s []byte) []byte { d := sha1.Sum(s); return d[:] }), //nolint:gosec // as above
		digest("SHA224", "hex(SHA224('abc'))", sha256.Size224, func(s []byte) []byte { d := sha256.Sum224(s); return d[:] }),
		digest("SHA256", "hex(SHA256('abc'))", sha256.Size, func(s []byte) []byte { d := sha256.Sum256(s); return d[:] }),
		digest("SHA512", "hex(SHA512('abc'))", sha512.Size, func(s []byte) []byte { d := sha512.Sum512(s); return d[:] }),
		hash64("halfMD5", func(s []byte) uint64 { d := md5.Sum(s); return binary.BigEndian.Uint64(d[:8]) }), //nolint:gosec // as above
		hash64("xxHash64", xxHash64), hash64("xxh3", xxh3.Hash),
		anyHash("cityHash64", cityHash64, func(b []byte) uint64 { return intHash64(intBits(b) ^ intHashSeed) }, cityPair),
		anyHash("sipHash64", sipHash64, sipHash64, func(a, b uint64) uint64 {
			return sipHash64(binary.LittleEndian.AppendUint64(binary.LittleEndian.AppendUint64(nil, a), b))
		}),
		hash64("CRC32", func(s []byte) uint64 { return uint64(crc32.ChecksumIEEE(s)) }),
		{Info: Info{Name: "intHash64", Syntax: "intHash64(n)", Description: "Mixes the bits of an integer.", Returns: "UInt64", Category: cat, Example: "intHash64(5)"}, min: 1, max: 1, bind: bindIntHash64},
	}
}

// hash64 is a hash of one string.
func hash64(name string, f func([]byte) uint64) *function {
	kind := types.UInt64
	if name == "CRC32" {
		kind = types.UInt32
	}
	return &function{
		Info: Info{Name: name, CaseInsensitive: kind == types.UInt32, Syntax: name + "(s)", Description: "Is the " + name + " hash of a string.", Returns: kind.String(), Category: "Hashing", Example: name + "('abc')"},
		min:  1, max: 1, bind: func(s *site) (bound, error) {
			if err := s.checkStrings(1); err != nil {
				return bound{}, err
			}
			return bound{ret: types.Of(kind), run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
				in := stringsOf(args[0])
				if kind == types.UInt32 {
					return buildEach(r, func(i int) uint32 { return uint32(f(in(i))) }), nil
				}
				return buildEach(r, func(i int) uint64 { return f(in(i)) }), nil
			}}, nil
		},
	}
}

func bindIntHash64(s *site) (bound, error) {
	if !isWhole(s.types[0]) {
		return bound{}, s.illegal(0)
	}
	return bound{ret: types.Of(types.UInt64), run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
		in := asUint(args[0])
		return buildEach(r, func(i int) uint64 { return intHash64(in[i] ^ intHashSeed) }), nil
	}}, nil
}

// intHashSeed is what ClickHouse mixes into integers before hashing them.
const intHashSeed = 0x4CF2D2BAAE6DA887

// intBits reads the bytes of a number, least significant first.
func intBits(b []byte) uint64 {
	var raw [8]byte
	copy(raw[:], b)
	return binary.LittleEndian.Uint64(raw[:])
}

// anyHash is a hash of any number of strings, numbers, dates and tuples of them.
//
//go:noinline
func anyHash(name string, text, number func([]byte) uint64, join func(a, b uint64) uint64) *function {
	return &function{
		Info: Info{Name: name, Syntax: name + "(x, …)", Description: "Is the " + name + " hash of its arguments.", Returns: "UInt64", Category: "Hashing", Example: name + "('abc', 1)"},
		min:  1, max: variadic, bind: func(s *site) (bound, error) {
			for i, t := range s.types {
				if !hashable(t) {
					return bound{}, s.illegal(i)
				}
			}
			return bound{ret: types.Of(types.UInt64), run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
				var parts []func(i int) uint64
				for _, a := range args {
					parts = appendHashes(parts, a, text, number)
				}
				return buildEach(r, func(i int) uint64 {
					h := parts[0](i)
					for _, p := range parts[1:] {
						h = join(h, p(i))
					}
					return h
				}), nil
			}}, nil
		},
	}
}

// hashable tells whether values are hashed as ClickHouse does: what fits 8 bytes,
// strings, and tuples of such.
func hashable(t types.Type) bool {
	switch {
	case t.Nullable:
		return false
	case t.Kind == types.Tuple:
		return len(t.Elems) > 0 && every(t.Elems, hashable)
	case t.IsString(), t.Kind == types.Decimal, t.Kind == types.UUID, t.Kind == types.IPv6:
		return true
	default:
		return t.Size() > 0 && t.Size() <= 8
	}
}

func appendHashes(parts []func(int) uint64, v *batch.Vector, text, number func([]byte) uint64) []func(int) uint64 {
	if elems, ok := v.Data.([]*batch.Vector); ok {
		for _, e := range elems {
			if v.Const {
				e = batch.NewConst(e, v.Len)
			}
			parts = appendHashes(parts, e, text, number)
		}
		return parts
	}
	if v.Type.IsString() {
		in := stringsOf(plainStrings(v))
		return append(parts, func(i int) uint64 { return text(in(i)) })
	}
	in := littleEndian(v)
	switch v.Type.Kind {
	case types.Decimal, types.DateTime64, types.UUID, types.IPv6:
		number = text // they are hashed as their bytes
	default:
	}
	return append(parts, func(i int) uint64 { return number(in(v.Row(i))) })
}

// intHash64 is the finalizer of MurmurHash3.
func intHash64(x uint64) uint64 {
	x ^= x >> 33
	x *= 0xff51afd7ed558ccd
	x ^= x >> 33
	x *= 0xc4ceb9fe1a85ec53
	return x ^ x>>33
}

// sipHash64 is SipHash-2-4 with a key of zeros.
func sipHash64(s []byte) uint64 {
	v := [4]uint64{0x736f6d6570736575, 0x646f72616e646f6d, 0x6c7967656e657261, 0x7465646279746573}
	round := func() {
		v[0] += v[1]
		v[1] = bits.RotateLeft64(v[1], 13) ^ v[0]
		v[0] = bits.RotateLeft64(v[0], 32)
		v[2] += v[3]
		v[3] = bits.RotateLeft64(v[3], 16) ^ v[2]
		v[0] += v[3]
		v[3] = bits.RotateLeft64(v[3], 21) ^ v[0]
		v[2] += v[1]
		v[1] = bits.RotateLeft64(v[1], 17) ^ v[2]
		v[2] = bits.RotateLeft64(v[2], 32)
	}
	last := uint64(len(s)) << 56
	for len(s) >= 8 {
		m := binary.LittleEndian.Uint64(s)
		v[3] ^= m
		round()
		round()
		v[0] ^= m
		s = s[8:]
	}
	for i, c := range s {
		last |= uint64(c) << (8 * i)
	}
	v[3] ^= last
	round()
	round()
	v[0] ^= last
	v[2] ^= 0xff
	for range 4 {
		round()
	}
	return v[0] ^ v[1] ^ v[2] ^ v[3]
}

// The primes of xxHash64.
const (
	xxPrime1 = 11400714785074694791
	xxPrime2 = 14029467366897019727
	xxPrime3 = 1609587929392839161
	xxPrime4 = 9650029242287828579
	xxPrime5 = 2870177450012600261
)

func xxRound(acc, in uint64) uint64 {
	acc += in * xxPrime2
	return bits.RotateLeft64(acc, 31) * xxPrime1
}

// xxHash64 is xxHash64 with seed 0.
func xxHash64(s []byte) uint64 {
	n := uint64(len(s))
	h := uint64(xxPrime5)
	if len(s) >= 32 {
		p1, p2 := uint64(xxPrime1), uint64(xxPrime2)
		v := [4]uint64{p1 + p2, p2, 0, -p1}
		for ; len(s) >= 32; s = s[32:] {
			for k := range v {
				v[k] = xxRound(v[k], binary.LittleEndian.Uint64(s[8*k:]))
			}
		}
		h = bits.RotateLeft64(v[0], 1) + bits.RotateLeft64(v[1], 7) + bits.RotateLeft64(v[2], 12) + bits.RotateLeft64(v[3], 18)
		for _, x := range v {
			h = (h^xxRound(0, x))*xxPrime1 + xxPrime4
		}
	}
	h += n
	for ; len(s) >= 8; s = s[8:] {
		h ^= xxRound(0, binary.LittleEndian.Uint64(s))
		h = bits.RotateLeft64(h, 27)*xxPrime1 + xxPrime4
	}
	if len(s) >= 4 {
		h ^= uint64(binary.LittleEndian.Uint32(s)) * xxPrime1
		h = bits.RotateLeft64(h, 23)*xxPrime2 + xxPrime3
		s = s[4:]
	}
	for _, c := range s {
		h ^= uint64(c) * xxPrime5
		h = bits.RotateLeft64(h, 11) * xxPrime1
	}
	h ^= h >> 33
	h *= xxPrime2
	h ^= h >> 29
	h *= xxPrime3
	return h ^ h>>32
}
