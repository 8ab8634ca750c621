package symbol

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
)

// loadBuffer is how much of a log is read at once.
const loadBuffer = 2 << 20

// loader reads a log from its begin to a position.
type loader struct {
	r   io.ReaderAt
	at  Position
	buf []byte // Read, not used yet.
	off int64  // Where in the log buf begins.
	mem []byte // What buf is part of.
	d   *Dict
	// keys are read but not yet added.
	keys [prefetchLen]key
	held int
}

// Load reads the dictionary that a log holds up to a position. Each flipped
// bit and each missing byte gives an error that matches ErrCorrupt and says
// where; an error of reading is returned as it is.
func Load(r io.ReaderAt, at Position) (*Dict, error) {
	l := &loader{r: r, at: at, d: New()}
	if at.Values == 0 {
		return l.d, nil
	}
	if at.Values > MaxLen || at.Bytes < logHeaderLen+blockHeaderLen || int64(at.Values) > at.Bytes {
		return nil, l.corrupt(fmt.Sprintf("%d values cannot be in %d bytes", at.Values, at.Bytes))
	}
	var last [1]byte
	if _, err := r.ReadAt(last[:], at.Bytes-1); err != nil {
		return nil, l.readError(err)
	}
	l.d.reserve(at.Values)
	l.mem = make([]byte, min(at.Bytes, loadBuffer))
	if err := l.header(); err != nil {
		return nil, err
	}
	for l.off < at.Bytes {
		if err := l.block(); err != nil {
			return nil, err
		}
	}
	if l.d.n != at.Values {
		return nil, l.corrupt(fmt.Sprintf("%d values where the manifest has %d", l.d.n, at.Values))
	}
	l.d.publish()
	return l.d, nil
}

func (l *loader) corrupt(reason string) error {
	return &CorruptError{Offset: l.off, Symbol: l.d.n, Reason: reason}
}

func (l *loader) readError(err error) error {
	if errors.Is(err, io.EOF) {
		return l.corrupt(fmt.Sprintf("the log is shorter than the %d bytes of the manifest", l.at.Bytes))
	}
	return fmt.Errorf("read dictionary log at byte %d: %w", l.off, err)
}

// peek returns the next n bytes, or an error if the position is before their
// end.
func (l *loader) peek(n int) ([]byte, error) {
	if int64(n) > l.at.Bytes-l.off {
		return nil, l.corrupt("a block reaches over the position in the manifest")
	}
	if len(l.buf) >= n {
		return l.buf[:n], nil
	}
	if n > len(l.mem) {
		l.mem = make([]byte, n)
	}
	want := l.mem[:min(int64(len(l.mem)), l.at.Bytes-l.off)]
	if got, err := l.r.ReadAt(want, l.off); err != nil && got < len(want) {
		return nil, l.readError(err)
	}
	l.buf = want
	return l.buf[:n], nil
}

func (l *loader) skip(n int) {
	l.buf = l.buf[n:]
	l.off += int64(n)
}

func (l *loader) header() error {
	head, err := l.peek(logHeaderLen)
	if err != nil {
		return err
	}
	switch {
	case string(head[:4]) != logMagic:
		return l.corrupt("this is no dictionary log")
	case binary.LittleEndian.Uint32(head[8:]) != crc32.Checksum(head[:8], castagnoli()):
		return l.corrupt("checksum of the header")
	case head[4] != logVersion:
		return fmt.Errorf("dictionary log of version %d; this program knows %d", head[4], logVersion)
	}
	l.skip(logHeaderLen)
	return nil
}

// block reads one block and adds its values.
func (l *loader) block() error {
	head, err := l.peek(blockHeaderLen)
	if err != nil {
		return err
	}
	length := binary.LittleEndian.Uint32(head[4:])
	if length > blockPayloadMax {
		return l.corrupt(fmt.Sprintf("a block of %d bytes", length))
	}
	block, err := l.peek(blockHeaderLen + int(length))
	if err != nil {
		return err
	}
	if binary.LittleEndian.Uint32(block) != crc32.Checksum(block[4:], castagnoli()) {
		return l.corrupt("checksum of the block")
	}
	first, count := binary.LittleEndian.Uint32(block[8:]), binary.LittleEndian.Uint32(block[12:])
	if first != l.d.n || count == 0 || count > l.at.Values-l.d.n {
		return l.corrupt(fmt.Sprintf("a block with symbols %d and %d more", first, count))
	}
	if err := l.payload(block[16], block[blockHeaderLen:], count); err != nil {
		return err
	}
	if err := l.flush(); err != nil {
		return err
	}
	l.skip(len(block))
	return nil
}

func (l *loader) payload(kind byte, b []byte, count uint32) error {
	switch kind {
	case kindPacked:
		if len(b) != int(count)*packedBytes {
			return l.corrupt("length of a block of packed ids")
		}
		for ; len(b) > 0; b = b[packedBytes:] {
			k, err := l.next()
			if err != nil {
				return err
			}
			k.setPacked(loadPacked(b))
		}
		return nil
	case kindMixed:
		return l.mixed(b, count)
	default:
		return l.corrupt(fmt.Sprintf("a block of kind %d", kind))
	}
}

func (l *loader) mixed(b []byte, count uint32) error {
	for range count {
		head, n := binary.Uvarint(b)
		length := head >> 1
		if n <= 0 || length > uint64(len(b)-n) {
			return l.corrupt("length of a value")
		}
		value := b[n : n+int(length)]
		b = b[n+int(length):]
		k, err := l.next()
		if err != nil {
			return err
		}
		if head&1 == 1 {
			if len(value) != packedBytes {
				return l.corrupt("length of a packed id")
			}
			k.setPacked(loadPacked(value))
		} else if k.set(value); k.isHex {
			return l.corrupt("an id that is not packed")
		}
	}
	if len(b) > 0 {
		return l.corrupt("bytes behind the values of a block")
	}
	return nil
}

// next returns room for one more key, which will be added with its block.
func (l *loader) next() (*key, error) {
	if l.held == len(l.keys) {
		if err := l.flush(); err != nil {
			return nil, err
		}
	}
	l.held++
	return &l.keys[l.held-1], nil
}

// flush adds the keys that are held.
func (l *loader) flush() error {
	keys := l.keys[:l.held]
	l.held = 0
	l.d.touch(keys, l.d.n, l.d.dir)
	for i := range keys {
		want := l.d.n
		sym, err := l.d.encode(&keys[i])
		if err != nil {
			return l.corrupt(err.Error())
		}
		if sym != want {
			return l.corrupt(fmt.Sprintf("symbols %d and %d have the same value", sym, want))
		}
	}
	return nil
}

// reserve gives an empty dictionary's tables room for n values.
func (d *Dict) reserve(n uint32) {
	slots := int(n/tableCount)*5/3 + firstTableLen
	for i := range d.tables {
		d.tables[i].Store(&table{slots: make([]uint64, slots)})
	}
	d.size.Add(tableCount * 8 * int64(slots))
}
