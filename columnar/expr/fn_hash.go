package expr

import (
	"crypto/md5"  //nolint:gosec // for users who ask for it
	"crypto/sha1" //nolint:gosec // for users who ask for it
	"crypto/sha256"
	"crypto/sha512"
	"encoding/binary"
	"hash/crc32"
	"slices"

	"github.com/zeebo/xxh3"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/chcode"
	"github.com/freshetdb/freshet/columnar/types"
)

// hashFunctions are hashes, each with ClickHouse's bits.
func hashFunctions() []*function {
	const cat = "Hash"
	one := func(name, returns, text string, bind bindFunc) *function {
		return entry(info(cat, name+"(s)", returns, text, name+"('abc')"), 1, 1, bind)
	}
	many := func(name, text string, h mixer) *function {
		return entry(info(cat, name+"(x, …)", "UInt64", text, name+"('abc')"), 1, anyArgs, bindMixer(h))
	}
	return []*function{
		one("MD5", "FixedString(16)", "Is the MD5 of a string.", digest(16, func(s []byte) []byte { d := md5.Sum(s); return d[:] })),     //nolint:gosec // as above
		one("SHA1", "FixedString(20)", "Is the SHA-1 of a string.", digest(20, func(s []byte) []byte { d := sha1.Sum(s); return d[:] })), //nolint:gosec // as above
		one("SHA224", "FixedString(28)", "Is the SHA-224 of a string.", digest(28, func(s []byte) []byte { d := sha256.Sum224(s); return d[:] })),
		one("SHA256", "FixedString(32)", "Is the SHA-256 of a string.", digest(32, func(s []byte) []byte { d := sha256.Sum256(s); return d[:] })),
		one("SHA384", "FixedString(48)", "Is the SHA-384 of a string.", digest(48, func(s []byte) []byte { d := sha512.Sum384(s); return d[:] })),
		one("SHA512", "FixedString(64)", "Is the SHA-512 of a string.", digest(64, func(s []byte) []byte { d := sha512.Sum512(s); return d[:] })),
		one("SHA512_256", "FixedString(32)", "Is the SHA-512/256 of a string.", digest(32, func(s []byte) []byte { d := sha512.Sum512_256(s); return d[:] })),
		entry(info(cat, "CRC32(s)", "UInt32", "Is the CRC-32 of a string.", "CRC32('abc')").anyCase(), 1, 1, numberOfText(types.UInt32, crc32.ChecksumIEEE)),
		many("halfMD5", "Is the first half of the MD5.", mixer{text: halfMD5, pair: pairOf(halfMD5)}),
		many("sipHash64", "Is the SipHash.", mixer{text: sipHash64, pair: pairOf(sipHash64)}),
		many("cityHash64", "Is the CityHash.", mixer{text: cityHash64, pair: cityPair, number: saltedHash64}),
		many("xxHash64", "Is the xxHash of 64 bits.", mixer{text: xxHash64, pair: cityPair}),
		many("xxh3", "Is the xxHash3 of 64 bits.", mixer{text: xxh3.Hash, pair: cityPair}),
		many("murmurHash3_64", "Is the MurmurHash3 of 64 bits.", mixer{text: murmur3Folded, pair: func(a, b uint64) uint64 { return saltedHash64(a) ^ b }}),
		entry(info(cat, "xxHash32(s)", "UInt32", "Is the xxHash of 32 bits.", "xxHash32('abc')"), 1, 1, bindRaw(types.UInt32, xxHash32)),
		entry(info(cat, "murmurHash3_32(s)", "UInt32", "Is the MurmurHash3 of 32 bits.", "murmurHash3_32('abc')"), 1, 1, bindRaw(types.UInt32, murmur3Short)),
		entry(info(cat, "sipHash128(s)", "FixedString(16)", "Is the SipHash of 128 bits.", "sipHash128('abc')"), 1, 1, digestRaw(16, sipHash128)),
		entry(info(cat, "murmurHash3_128(s)", "FixedString(16)", "Is the MurmurHash3 of 128 bits.", "murmurHash3_128('abc')"), 1, 1, digestRaw(16, murmur3Long)),
		entry(info(cat, "intHash64(x)", "UInt64", "Mixes the bits of an integer.", "intHash64(1)"), 1, 1, bindIntHash),
		entry(info(cat, "intHash32(x)", "UInt32", "Mixes the bits of an integer.", "intHash32(1)"), 1, 1, bindIntHash),
		one("javaHash", "Int32", "Is the hash of a string in Java.", numberOfText(types.Int32, javaHash)),
		one("hiveHash", "Int32", "Is the hash of a string in Hive.", numberOfText(types.Int32, func(s []byte) int32 { return javaHash(s) & 0x7FFFFFFF })),
	}
}

func digest(width uint32, f func(s []byte) []byte) bindFunc {
	return func(s *site) (bound, error) {
		if err := s.takesText(0); err != nil {
			return bound{}, err
		}
		return digestRaw(width, f)(s)
	}
}

// digestRaw hashes the bytes of one argument to a FixedString.
func digestRaw(width uint32, f func(s []byte) []byte) bindFunc {
	return func(s *site) (bound, error) {
		if !s.hashable(0) {
			return bound{}, s.illegal(0)
		}
		ret := types.Type{Kind: types.FixedString, Width: width}
		return bound{ret: ret, run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
			var raw []byte
			out := batch.Strings{Offsets: make([]uint32, 1, r.n+1), Bytes: make([]byte, 0, r.n*int(width))}
			for i := range r.n {
				if r.skips(i) {
					out.Append(make([]byte, width))
				} else {
					raw = appendHashed(raw[:0], args[0], i)
					out.Append(f(raw))
				}
			}
			return vec(out), nil
		}}, nil
	}
}

// mixer is a hash of 64 bits of any number of arguments.
type mixer struct {
	text   func(s []byte) uint64
	pair   func(a, b uint64) uint64
	number func(x uint64) uint64 // of numbers instead of their bytes; may be nil
}

// pairOf hashes two hashes as text.
func pairOf(text func(s []byte) uint64) func(a, b uint64) uint64 {
	return func(a, b uint64) uint64 {
		var buf [16]byte
		binary.LittleEndian.PutUint64(buf[:], a)
		binary.LittleEndian.PutUint64(buf[8:], b)
		return text(buf[:])
	}
}

func bindMixer(m mixer) bindFunc {
	return func(s *site) (bound, error) {
		for i := range s.types {
			if !s.hashable(i) {
				return bound{}, s.illegal(i)
			}
		}
		return bound{ret: types.Of(types.UInt64), run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
			out := make([]uint64, r.n)
			for k, a := range args {
				m.add(out, a, k == 0)
			}
			return vec(out), nil
		}}, nil
	}
}

// appendHashed appends the bytes of a value that are hashed: those in memory.
func appendHashed(dst []byte, v *batch.Vector, i int) []byte {
	start := len(dst)
	dst = appendMemory(dst, v, i)
	if v.Type.Kind == types.UUID { // two numbers of 64 bits
		slices.Reverse(dst[start : start+8])
		slices.Reverse(dst[start+8:])
	}
	return dst
}

// hashable tells whether an argument is of a type whose hash is that of its bytes.
func (s *site) hashable(i int) bool {
	switch s.types[i].Phys() {
	case types.PhysNone, types.PhysLists, types.PhysTuple:
		return false
	default:
		return true
	}
}

func (m *mixer) add(out []uint64, v *batch.Vector, first bool) {
	var raw []byte
	number := m.number != nil && v.Type.Kind != types.Decimal && !v.Type.IsString() && v.Type.Phys() != types.PhysI128 && v.Type.Phys() != types.PhysB16
	for i := range out {
		raw = appendHashed(raw[:0], v, i)
		var h uint64
		if number {
			var wide [8]byte
			copy(wide[:], raw)
			h = m.number(binary.LittleEndian.Uint64(wide[:]))
		} else {
			h = m.text(raw)
		}
		if first {
			out[i] = h
		} else {
			out[i] = m.pair(out[i], h)
		}
	}
}

// bindRaw hashes the bytes of one argument.
func bindRaw[T batch.Fixed](k types.Kind, f func(s []byte) T) bindFunc {
	return func(s *site) (bound, error) {
		if !s.hashable(0) {
			return bound{}, s.illegal(0)
		}
		return bound{ret: types.Of(k), run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
			out := make([]T, r.n)
			var raw []byte
			for i := range out {
				raw = appendHashed(raw[:0], args[0], i)
				out[i] = f(raw)
			}
			return vec(out), nil
		}}, nil
	}
}

func bindIntHash(s *site) (bound, error) {
	t := s.types[0]
	if !t.IsInteger() && !t.IsDate() && t.Kind != types.DateTime {
		return bound{}, chcode.Errorf(chcode.IllegalTypeOfArgument, "Illegal type %s of argument of function %s", t, s.name)
	}
	if s.name == "intHash32" {
		return bound{ret: types.Of(types.UInt32), run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
			out := make([]uint32, r.n)
			for i, x := range asUint(args[0]) {
				out[i] = intHash32(x)
			}
			return vec(out), nil
		}}, nil
	}
	return bound{ret: types.Of(types.UInt64), run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
		out := make([]uint64, r.n)
		for i, x := range asUint(args[0]) {
			out[i] = saltedHash64(x)
		}
		return vec(out), nil
	}}, nil
}

func halfMD5(s []byte) uint64 {
	d := md5.Sum(s) //nolint:gosec // as above
	return binary.BigEndian.Uint64(d[:])
}

// javaHash is Java's hash of a string of ASCII letters.
func javaHash(s []byte) int32 {
	h := int32(0)
	for _, c := range s {
		h = h*31 + int32(int8(c))
	}
	return h
}

// intHash64 is the finalizer of MurmurHash3.
func intHash64(x uint64) uint64 {
	x ^= x >> 33
	x *= 0xFF51AFD7ED558CCD
	x ^= x >> 33
	x *= 0xC4CEB9FE1A85EC53
	return x ^ x>>33
}

// saltedHash64 is ClickHouse's hash of integers.
func saltedHash64(x uint64) uint64 { return intHash64(x ^ 0x4CF2D2BAAE6DA887) }

// intHash32 is Thomas Wang's mixing of 64 bits to 32, with ClickHouse's salt.
func intHash32(x uint64) uint32 {
	x ^= 0x75D9543DE018BF45
	x = ^x + x<<18
	x ^= x>>31 | x<<33
	x *= 21
	x ^= x>>11 | x<<53
	x += x << 6
	x ^= x>>22 | x<<42
	return uint32(x)
}
