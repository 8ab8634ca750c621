package format

import (
	"errors"
	"fmt"
	"io"
)

// source is the input of a reader as a window that slides over it.
type source struct {
	cursor

	r io.Reader
	// rowStart is where the row in hand begins: what stands before it is not
	// needed any more.
	rowStart int
}

// newSource reads from r. A source over bytes in memory has r nil.
func newSource(r io.Reader) *source { return &source{r: r} }

func newBytesSource(data []byte) *source {
	return &source{cursor: cursor{buf: data, final: true}}
}

// fill brings more input behind the row in hand, which moves to the front. At
// the end of the input it sets final.
func (s *source) fill() error {
	if s.final {
		return nil
	}
	kept := len(s.buf) - s.rowStart
	if kept > cap(s.buf)/2 {
		grown := make([]byte, kept, max(2*cap(s.buf), windowBytes))
		copy(grown, s.buf[s.rowStart:])
		s.buf = grown
	} else {
		if s.buf == nil {
			s.buf = make([]byte, 0, windowBytes)
		}
		copy(s.buf, s.buf[s.rowStart:])
		s.buf = s.buf[:kept]
	}
	s.pos -= s.rowStart
	s.rowStart = 0
	// A long row that arrives in small pieces is not tried again with each of
	// them: that would take time in the square of its length.
	enough := kept + 1
	if kept > retryBytes {
		enough = min(kept+kept/4, cap(s.buf))
	}
	for empty := 0; len(s.buf) < enough; {
		n, err := s.r.Read(s.buf[len(s.buf):cap(s.buf)])
		s.buf = s.buf[:len(s.buf)+n]
		switch {
		case errors.Is(err, io.EOF):
			s.final = true
			return nil
		case err != nil:
			return fmt.Errorf("read input: %w", err)
		case n > 0:
			empty = 0
		default:
			if empty++; empty > maxEmptyReads {
				return fmt.Errorf("read input: %w", io.ErrNoProgress)
			}
		}
	}
	return nil
}

// maxEmptyReads bounds reads that bring nothing, as bufio does.
const maxEmptyReads = 100
