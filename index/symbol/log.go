package symbol

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"
)

// The log of a dictionary holds its values in the order of their symbols.
//
//	file    = header block*
//	header  = "FSYM" version(1) zero(3) crc32c(4, of the first 8 bytes)
//	block   = crc32c(4, of the rest of the block)
//	          payload length(4) first symbol(4) number of values(4)
//	          kind(1) zero(3) payload
//
// All numbers are little-endian. The payload of kind 1 is 16 bytes for each
// value, which stand for 32 lower-case hexadecimal digits. That of kind 2 is
// for each value an unsigned varint, twice the number of bytes that follow plus
// one if they stand for hexadecimal digits, and the bytes.
//
// How values are cut into blocks depends on when the log was written; two
// replicas may differ in it. A log has no end of its own: the manifest says how
// far it is valid (Position), and what follows is overwritten.
const (
	logMagic        = "FSYM"
	logVersion      = 1
	logHeaderLen    = 12
	blockHeaderLen  = 20
	kindPacked      = 1
	kindMixed       = 2
	blockPayloadAim = 256 << 10
	// blockPayloadMax is an aimed-at payload less a byte, and the longest value.
	blockPayloadMax = blockPayloadAim + MaxValueBytes + binary.MaxVarintLen32
)

// Log is the file of a dictionary.
type Log interface {
	io.ReaderAt
	io.WriterAt
	// Sync makes what was written durable.
	Sync() error
	// Truncate sets the length.
	Truncate(size int64) error
}

// Position is a moment of a log: how many values it holds and how long it is.
type Position struct {
	Values uint32
	Bytes  int64
}

// Writer appends a dictionary's values to its log. One goroutine at a time may
// use it; the dictionary's writer may go on meanwhile.
type Writer struct {
	log Log
	pos Position
	buf []byte
}

// NewWriter returns a writer that goes on at a position of the log, and cuts
// off what is behind it. The content up to there is not looked at: see Load.
func NewWriter(file Log, at Position) (*Writer, error) {
	if at.Values == 0 {
		at.Bytes = 0
	}
	if err := file.Truncate(at.Bytes); err != nil {
		return nil, fmt.Errorf("cut dictionary log to %d bytes: %w", at.Bytes, err)
	}
	return &Writer{log: file, pos: at}, nil
}

// Open loads a dictionary from its log up to a position and returns it with a
// writer that goes on there. Position{} stands for an empty dictionary.
func Open(log Log, at Position) (*Dict, *Writer, error) {
	d, err := Load(log, at)
	if err != nil {
		return nil, nil, err
	}
	w, err := NewWriter(log, at)
	if err != nil {
		return nil, nil, err
	}
	return d, w, nil
}

// Position is where the next Append goes on.
func (w *Writer) Position() Position { return w.pos }

// Append writes the values of v that the log does not hold yet and returns the
// new position. The position must not be trusted to a manifest before Sync.
// After an error the writer is where it was before.
func (w *Writer) Append(v View) (Position, error) {
	if v.n < w.pos.Values {
		return w.pos, fmt.Errorf("append to dictionary log: the view has %d values, the log %d", v.n, w.pos.Values)
	}
	pos := w.pos
	for pos.Values < v.n {
		w.buf = w.buf[:0]
		if pos.Bytes == 0 {
			w.buf = appendLogHeader(w.buf)
		}
		var next uint32
		w.buf, next = appendBlock(w.buf, v, pos.Values)
		if _, err := w.log.WriteAt(w.buf, pos.Bytes); err != nil {
			return w.pos, fmt.Errorf("append to dictionary log: %w", err)
		}
		pos = Position{Values: next, Bytes: pos.Bytes + int64(len(w.buf))}
	}
	w.pos = pos
	return pos, nil
}

// Sync makes all that was appended durable.
func (w *Writer) Sync() error {
	if err := w.log.Sync(); err != nil {
		return fmt.Errorf("sync dictionary log: %w", err)
	}
	return nil
}

func appendLogHeader(dst []byte) []byte {
	from := len(dst)
	dst = append(dst, logMagic...)
	dst = append(dst, logVersion, 0, 0, 0)
	return binary.LittleEndian.AppendUint32(dst, crc32.Checksum(dst[from:], castagnoli()))
}

// appendBlock appends a block with the values from first on, as many as it
// takes, and returns the first symbol that is not in it.
func appendBlock(dst []byte, v View, first Symbol) (block []byte, next Symbol) {
	from := len(dst)
	dst = append(dst, make([]byte, blockHeaderLen)...)
	kind := byte(kindPacked)
	dst, next = appendPacked(dst, v, first)
	if next == first || next < v.n && len(dst)-from < blockPayloadAim {
		kind = kindMixed
		dst, next = appendMixed(dst[:from+blockHeaderLen], v, first)
	}
	head := dst[from:]
	binary.LittleEndian.PutUint32(head[4:], uint32(len(head)-blockHeaderLen))
	binary.LittleEndian.PutUint32(head[8:], first)
	binary.LittleEndian.PutUint32(head[12:], next-first)
	head[16] = kind
	binary.LittleEndian.PutUint32(head, crc32.Checksum(head[4:], castagnoli()))
	return dst, next
}

// appendPacked appends ids until a value is none, or the block is full.
func appendPacked(dst []byte, v View, first Symbol) ([]byte, Symbol) {
	from, sym := len(dst), first
	for ; sym < v.n && len(dst)-from < blockPayloadAim; sym++ {
		p, i := v.page(sym)
		rec, isPacked := p.record(i)
		if !isPacked {
			break
		}
		dst = append(dst, rec...)
	}
	return dst, sym
}

// appendMixed appends values of any kind until the block is full.
func appendMixed(dst []byte, v View, first Symbol) ([]byte, Symbol) {
	from, sym := len(dst), first
	for ; sym < v.n && len(dst)-from < blockPayloadAim; sym++ {
		p, i := v.page(sym)
		rec, isPacked := p.record(i)
		if isPacked {
			dst = binary.AppendUvarint(dst, packedBytes<<1|1)
			dst = append(dst, rec...)
			continue
		}
		value := rec[hashBytes:]
		dst = binary.AppendUvarint(dst, uint64(len(value))<<1)
		dst = append(dst, value...)
	}
	return dst, sym
}

func castagnoli() *crc32.Table { return crc32.MakeTable(crc32.Castagnoli) }
