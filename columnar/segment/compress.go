package segment

import (
	"encoding/binary"
	"fmt"

	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"
)

// Codec is the compression of the buffers of a segment.
type Codec uint8

// The codecs; the numbers are part of the index's format.
const (
	None Codec = iota // hot segments: read in place
	LZ4               // cold ones: 2 ns a value
	ZSTD              // the archive: 8 ns a value
	codecEnd
)

// String is the codec's name.
func (c Codec) String() string { return [codecEnd]string{"none", "lz4", "zstd"}[c] }

// A compressed buffer has its length before it in eight bytes; rawLength there
// says that it is not compressed after all.
const (
	lengthPrefix = 8
	rawLength    = -1
)

// bufferMax is the largest length that a compressed buffer may claim.
const bufferMax = 4 << 30

// An LZ4 frame: this header (blocks of up to 4 MiB, independent, no checksums:
// we have our own), blocks with their length before them, a zero length.
const lz4Header = "\x04\x22\x4d\x18\x60\x70\x73"

const (
	lz4BlockMax = 4 << 20
	lz4RawBlock = 1 << 31
)

// compressor makes Arrow's compressed buffers. Close it.
type compressor struct {
	codec Codec
	lz4   lz4.Compressor
	zstd  *zstd.Encoder
	out   []byte
}

func newCompressor(codec Codec) (*compressor, error) {
	c := &compressor{codec: codec}
	if codec != ZSTD {
		return c, nil
	}
	// The level below leaves codes of small dictionaries as they are: 34 provinces of 5 bits
	// of entropy in 8, 300 cities of 8 in 12 to 16.
	level := zstd.WithEncoderLevel(zstd.SpeedBetterCompression)
	var err error
	if c.zstd, err = zstd.NewWriter(nil, level, zstd.WithEncoderConcurrency(1), zstd.WithEncoderCRC(false)); err != nil {
		return nil, fmt.Errorf("make zstd encoder: %w", err)
	}
	return c, nil
}

func (c *compressor) close() error {
	if c.zstd == nil {
		return nil
	}
	return c.zstd.Close()
}

// pack gives the buffer as it stands in the file; the result is valid until the
// next call.
func (c *compressor) pack(src []byte) []byte {
	if c.codec == None || len(src) == 0 {
		return src
	}
	c.out = binary.LittleEndian.AppendUint64(c.out[:0], uint64(len(src)))
	if c.codec == LZ4 {
		c.packLZ4(src)
	} else {
		c.out = c.zstd.EncodeAll(src, c.out)
	}
	if len(c.out) >= len(src)+lengthPrefix {
		raw := int64(rawLength)
		c.out = append(binary.LittleEndian.AppendUint64(c.out[:0], uint64(raw)), src...)
	}
	return c.out
}

func (c *compressor) packLZ4(src []byte) {
	c.out = append(c.out, lz4Header...)
	for len(src) > 0 {
		n := min(len(src), lz4BlockMax)
		at := len(c.out)
		c.out = extend(c.out, 4+n)
		// With room for n-1 bytes a block that does not shrink gives zero.
		k, err := c.lz4.CompressBlock(src[:n], c.out[at+4:at+4+n-1])
		if err != nil {
			k = 0 // The block does not fit: it is stored as it is.
		}
		size := uint32(k)
		if k == 0 {
			k = copy(c.out[at+4:], src[:n])
			size = uint32(n) | lz4RawBlock
		}
		binary.LittleEndian.PutUint32(c.out[at:], size)
		c.out = c.out[:at+4+k]
		src = src[n:]
	}
	c.out = append(c.out, 0, 0, 0, 0)
}

// unpacker reads compressed buffers; the zero value is ready.
type unpacker struct{ zstd *zstd.Decoder }

func (u *unpacker) close() {
	if u.zstd != nil {
		u.zstd.Close()
		u.zstd = nil
	}
}

// unpackedSize is the length of the buffer that src was made of, or an error.
func unpackedSize(src []byte) (int, error) {
	if len(src) < lengthPrefix {
		return 0, fmt.Errorf("%w: compressed buffer of %d bytes", errIndex, len(src))
	}
	n := int64(binary.LittleEndian.Uint64(src))
	if n == rawLength {
		return len(src) - lengthPrefix, nil
	}
	if n < 0 || n > bufferMax {
		return 0, fmt.Errorf("%w: compressed buffer claims %d bytes", errIndex, n)
	}
	return int(n), nil
}

// unpack fills dst, of the size that unpackedSize gave, from src.
func (u *unpacker) unpack(codec Codec, dst, src []byte) error {
	if int64(binary.LittleEndian.Uint64(src)) == rawLength {
		copy(dst, src[lengthPrefix:])
		return nil
	}
	src = src[lengthPrefix:]
	if codec == LZ4 {
		return unpackLZ4(dst, src)
	}
	if u.zstd == nil {
		var err error
		u.zstd, err = zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecodeAllCapLimit(true))
		if err != nil {
			return fmt.Errorf("make zstd decoder: %w", err)
		}
	}
	out, err := u.zstd.DecodeAll(src, dst[:0:len(dst)])
	if err == nil && len(out) != len(dst) {
		err = fmt.Errorf("got %d of %d bytes", len(out), len(dst))
	}
	return err
}

func unpackLZ4(dst, src []byte) error {
	if len(src) < len(lz4Header) || string(src[:len(lz4Header)]) != lz4Header {
		return fmt.Errorf("%w: no LZ4 frame of ours", errIndex)
	}
	src = src[len(lz4Header):]
	for len(src) >= 4 {
		size := binary.LittleEndian.Uint32(src)
		src = src[4:]
		if size == 0 {
			break
		}
		n := int(size &^ lz4RawBlock)
		if n > len(src) {
			return fmt.Errorf("%w: LZ4 block is cut short", errIndex)
		}
		k := 0
		if size&lz4RawBlock != 0 {
			k = copy(dst, src[:n])
		} else {
			var err error
			if k, err = lz4.UncompressBlock(src[:n], dst); err != nil {
				return fmt.Errorf("LZ4 block: %w", err)
			}
		}
		dst, src = dst[k:], src[n:]
	}
	if len(dst) > 0 {
		return fmt.Errorf("%w: LZ4 frame is %d bytes short", errIndex, len(dst))
	}
	return nil
}
