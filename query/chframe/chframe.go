// Package chframe is ClickHouse's own framing of compressed data, which its
// clients ask for by compress=1 and send with decompress=1, and which the blocks
// of its native protocol come in.
//
// A frame is 16 bytes of CityHash128 over what follows, one byte for the method,
// the length of the frame from that byte on and the length of its content (both
// 32 bits, little endian), and the compressed content.
package chframe

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/go-faster/city"
	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"

	"github.com/freshetdb/freshet/columnar/chcode"
)

// Method is how the content of a frame is compressed.
type Method byte

// The methods, by ClickHouse's numbers.
const (
	None Method = 0x02
	LZ4  Method = 0x82
	ZSTD Method = 0x90
)

const (
	sumBytes  = 16
	headBytes = 9 // method and two lengths
	// blockBytes is the most content of a frame that is written.
	blockBytes = 1 << 20
	// frameMax bounds a frame that is read and its content, whatever it claims.
	frameMax = 128 << 20
	// lz4Ratio is how much shorter LZ4 can make anything.
	lz4Ratio = 255
)

// Writer frames what is written to it; Close writes what is left.
type Writer struct {
	w    io.Writer
	lz4  lz4.Compressor
	data []byte
	out  []byte
	err  error
}

// NewWriter makes a Writer of LZ4 frames. Closing it leaves w open.
func NewWriter(w io.Writer) *Writer { return &Writer{w: w} }

// Write implements io.Writer.
func (w *Writer) Write(p []byte) (int, error) {
	n := len(p)
	for len(p) > 0 && w.err == nil {
		k := min(blockBytes-len(w.data), len(p))
		w.data = append(w.data, p[:k]...)
		p = p[k:]
		if len(w.data) == blockBytes {
			w.flush()
		}
	}
	if w.err != nil {
		return 0, w.err
	}
	return n, nil
}

// Flush writes what was gathered as a frame of its own.
func (w *Writer) Flush() error {
	if len(w.data) > 0 && w.err == nil {
		w.flush()
	}
	return w.err
}

// Close implements io.Closer.
func (w *Writer) Close() error { return w.Flush() }

func (w *Writer) flush() {
	w.out, w.err = w.frame(w.out[:0])
	if w.err == nil {
		_, w.err = w.w.Write(w.out)
	}
	w.data = w.data[:0]
}

func (w *Writer) frame(dst []byte) ([]byte, error) {
	most := sumBytes + headBytes + lz4.CompressBlockBound(len(w.data))
	if cap(dst) < most {
		dst = make([]byte, most)
	}
	dst = dst[:most]
	n, err := w.lz4.CompressBlock(w.data, dst[sumBytes+headBytes:])
	if err != nil {
		return nil, fmt.Errorf("compress: %w", err)
	}
	method := LZ4
	if n == 0 { // not compressible
		method, n = None, copy(dst[sumBytes+headBytes:], w.data)
	}
	dst = dst[:sumBytes+headBytes+n]
	dst[sumBytes] = byte(method)
	binary.LittleEndian.PutUint32(dst[sumBytes+1:], uint32(headBytes+n))
	binary.LittleEndian.PutUint32(dst[sumBytes+5:], uint32(len(w.data)))
	putSum(dst, dst[sumBytes:])
	return dst, nil
}

func putSum(dst, of []byte) {
	sum := city.CH128(of)
	binary.LittleEndian.PutUint64(dst, sum.Low)
	binary.LittleEndian.PutUint64(dst[8:], sum.High)
}

// Reader reads the content of frames.
type Reader struct {
	r    io.Reader
	raw  []byte
	data []byte
	rest []byte // of data
	zstd *zstd.Decoder
	err  error
}

// NewReader reads frames from r up to its end.
func NewReader(r io.Reader) *Reader { return &Reader{r: r} }

// Read implements io.Reader. Errors are the user's, with ClickHouse's codes.
func (r *Reader) Read(p []byte) (int, error) {
	for len(r.rest) == 0 {
		if r.err == nil {
			r.err = r.next()
		}
		if r.err != nil {
			r.close()
			return 0, r.err
		}
	}
	n := copy(p, r.rest)
	r.rest = r.rest[n:]
	return n, nil
}

func (r *Reader) close() {
	if r.zstd != nil {
		r.zstd.Close()
		r.zstd = nil
	}
}

// next reads a frame; io.EOF between two frames is the end.
func (r *Reader) next() error {
	head := grow(&r.raw, sumBytes+headBytes)
	if _, err := io.ReadFull(r.r, head); errors.Is(err, io.EOF) {
		return io.EOF
	} else if err != nil {
		return chcode.Errorf(chcode.CannotReadAllData, "Cannot read a compressed frame: %w", err)
	}
	length := binary.LittleEndian.Uint32(head[sumBytes+1:])
	size := binary.LittleEndian.Uint32(head[sumBytes+5:])
	switch {
	case length < headBytes:
		return chcode.Errorf(chcode.CannotDecompress, "A compressed frame says that it has %d bytes", length)
	case length > frameMax || size > frameMax:
		return chcode.Errorf(chcode.TooLargeSizeCompressed,
			"A compressed frame of %d bytes with %d of content is too large, %d are the most", length, size, frameMax)
	}
	frame, err := r.body(int(length) - headBytes)
	if err != nil {
		return err
	}
	var sum [sumBytes]byte
	putSum(sum[:], frame[sumBytes:])
	if string(sum[:]) != string(frame[:sumBytes]) {
		return chcode.Errorf(chcode.ChecksumDoesntMatch, "Checksum doesn't match: corrupted data. The frame says %x, its bytes give %x",
			frame[:sumBytes], sum)
	}
	return r.unpack(Method(frame[sumBytes]), frame[sumBytes+headBytes:], int(size))
}

// body reads the n bytes behind the head into raw, piece by piece, so that only
// what came takes memory.
func (r *Reader) body(n int) ([]byte, error) {
	for n > 0 {
		at, k := len(r.raw), min(n, blockBytes)
		piece := grow(&r.raw, at+k)[at:]
		if _, err := io.ReadFull(r.r, piece); err != nil {
			return nil, chcode.Errorf(chcode.CannotReadAllData, "Cannot read a compressed frame: %w", err)
		}
		n -= k
	}
	return r.raw, nil
}

func (r *Reader) unpack(m Method, src []byte, size int) error {
	bad := func(err error) error {
		return chcode.Errorf(chcode.CannotDecompress, "Cannot decompress a frame: %w", err)
	}
	switch m {
	case None:
		if len(src) != size {
			return bad(fmt.Errorf("%d bytes, not %d", len(src), size))
		}
		r.rest = src
		return nil
	case LZ4:
		if size > lz4Ratio*(len(src)+1) {
			return bad(fmt.Errorf("%d bytes can't hold %d", len(src), size))
		}
		n, err := lz4.UncompressBlock(src, grow(&r.data, size))
		if err != nil || n != size {
			return bad(fmt.Errorf("%d bytes, not %d: %w", n, size, err))
		}
	case ZSTD:
		if err := r.unpackZSTD(src, size); err != nil {
			return bad(err)
		}
	default:
		return chcode.Errorf(chcode.UnknownCompressionMethod, "Unknown compression method 0x%x of a frame", byte(m))
	}
	r.rest = r.data
	return nil
}

func (r *Reader) unpackZSTD(src []byte, size int) error {
	if r.zstd == nil {
		var err error
		if r.zstd, err = zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(frameMax)); err != nil {
			return err
		}
	}
	out, err := r.zstd.DecodeAll(src, r.data[:0])
	if err != nil {
		return err
	}
	r.data = out
	if len(out) != size {
		return fmt.Errorf("%d bytes, not %d", len(out), size)
	}
	return nil
}

// grow makes *b n bytes long and keeps what it has.
func grow(b *[]byte, n int) []byte {
	if cap(*b) < n {
		*b = append(make([]byte, 0, max(n, 2*cap(*b))), *b...)
	}
	*b = (*b)[:n]
	return *b
}
