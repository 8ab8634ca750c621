package symbol

import (
	"errors"
	"fmt"
)

// Symbol is the number of a value within one dictionary. It means nothing
// outside of the dictionary's shard.
type Symbol = uint32

// None is the answer for a value without a symbol.
const None Symbol = 1<<32 - 1

const (
	// MaxLen is how many values a dictionary can hold; a slot needs one more
	// number than that, and sign bits of kernels stay free.
	MaxLen = 1<<31 - 1
	// MaxValueBytes is the longest value; 1,024 of them and their hashes must
	// be addressable by the 31 bits of a page's offsets.
	MaxValueBytes = 1 << 20
)

var (
	// ErrFull is returned for a new value when there are MaxLen.
	ErrFull = errors.New("dictionary is full")
	// ErrTooLong is returned for a value longer than MaxValueBytes.
	ErrTooLong = errors.New("value is too long for a dictionary")
	// ErrCorrupt is matched by each error about a log that is not what was
	// written; the error itself is a CorruptError.
	ErrCorrupt = errors.New("dictionary log is corrupt")
)

// CorruptError says where a dictionary's log is damaged.
type CorruptError struct {
	// Offset is where the damaged block begins in the log.
	Offset int64
	// Symbol is the first symbol whose value is lost.
	Symbol Symbol
	// Reason is what does not fit.
	Reason string
}

// Error implements error.
func (e *CorruptError) Error() string {
	return fmt.Sprintf("%v at byte %d (symbol %d): %s", ErrCorrupt, e.Offset, e.Symbol, e.Reason)
}

// Is makes errors.Is find ErrCorrupt.
func (*CorruptError) Is(target error) bool { return target == ErrCorrupt }

// Strings is a column of byte strings: value i is
// Bytes[Offsets[i]:Offsets[i+1]]. Offsets has one element more than there are
// values, unless both are empty, and never decreases.
type Strings struct {
	Offsets []uint32
	Bytes   []byte
}

// Len is the number of values.
func (s Strings) Len() int { return max(len(s.Offsets)-1, 0) }

// At returns value i. The bytes belong to s.
func (s Strings) At(i int) []byte {
	from, to := s.Offsets[i], s.Offsets[i+1]
	return s.Bytes[from:to:to]
}

// Append adds a value.
func (s *Strings) Append(value []byte) {
	if len(s.Offsets) == 0 {
		s.Offsets = append(s.Offsets, 0)
	}
	s.Bytes = append(s.Bytes, value...)
	s.Offsets = append(s.Offsets, uint32(len(s.Bytes)))
}

// Reset empties s and keeps its memory.
func (s *Strings) Reset() {
	s.Offsets = s.Offsets[:0]
	s.Bytes = s.Bytes[:0]
}
