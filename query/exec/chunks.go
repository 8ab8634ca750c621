package exec

import (
	"iter"
	"math/bits"
	"sync"
)

// chunkLen is how many values a chunk of a list has room for.
const chunkLen = 1 << 10

// word is a value of a list.
type word interface{ uint32 | uint64 }

// chunked is values in chunks, in no order. Chunks are left to other lists when this one is
// freed: fresh memory costs more than filling it.
type chunked[T word] struct {
	last *[chunkLen]T
	room int // of last, which is filled from its end
	full []*[chunkLen]T
}

var chunks32, chunks64 sync.Pool

// chunkPool has the chunks of freed lists.
func chunkPool[T word]() *sync.Pool {
	if ^T(0) > 1<<32-1 {
		return &chunks64
	}
	return &chunks32
}

// push adds a value.
func (l *chunked[T]) push(x T) {
	if l.room == 0 {
		l.grow()
	}
	l.room--
	l.last[l.room&(chunkLen-1)] = x
}

func (l *chunked[T]) grow() {
	if l.last != nil {
		l.full = append(l.full, l.last)
	}
	l.room = chunkLen
	if c, ok := chunkPool[T]().Get().(*[chunkLen]T); ok {
		l.last = c
		return
	}
	l.last = new([chunkLen]T)
}

// runs gives all values, in some slices.
func (l *chunked[T]) runs() iter.Seq[[]T] {
	return func(yield func([]T) bool) {
		for _, c := range l.full {
			if !yield(c[:]) {
				return
			}
		}
		if l.last != nil {
			yield(l.last[l.room:])
		}
	}
}

// len is the number of values.
func (l *chunked[T]) len() int {
	if l.last == nil {
		return 0
	}
	return (len(l.full)+1)*chunkLen - l.room
}

// free empties the list.
func (l *chunked[T]) free() {
	pool := chunkPool[T]()
	for _, c := range l.full {
		pool.Put(c)
	}
	if l.last != nil {
		pool.Put(l.last)
	}
	*l = chunked[T]{full: l.full[:0]}
}

// bytes is the memory of the list.
func (l *chunked[T]) bytes() int64 {
	n := int64(len(l.full))
	if l.last != nil {
		n++
	}
	width := int64(4)
	if ^T(0) > 1<<32-1 {
		width = 8
	}
	return n * chunkLen * width
}

// lineBits is the bits of a code inside of its line.
const lineBits = 9

// sharing shares the codes of a dictionary out among a power of two of lists, by lines of
// neighbouring codes, so that the frequent ones, which mostly came first, are in all lists,
// and a list's places in an array of all codes are no single words.
type sharing struct{ bits uint }

// newSharing is for n codes; a list should be for few of them, at a limit of lists.
func newSharing(n, few, limit int) sharing {
	return sharing{uint(bits.TrailingZeros(uint(min(nextPow2((n+few-1)/few), limit))))}
}

// lists is the number of lists.
func (s sharing) lists() int { return 1 << s.bits }

// of is the list of a code.
func (s sharing) of(code uint32) uint32 { return code >> lineBits & (1<<s.bits - 1) }

// place is where in its list a code stands.
func (s sharing) place(code uint32) uint32 {
	return code>>lineBits>>s.bits<<lineBits | code&(1<<lineBits-1)
}

// code is what stands in a place of a list.
func (s sharing) code(list, place uint32) uint32 {
	return (place>>lineBits<<s.bits|list)<<lineBits | place&(1<<lineBits-1)
}

// places is how many places a list has, of n codes.
func (s sharing) places(n int) int {
	return (max(n-1, 0)>>lineBits>>s.bits + 1) << lineBits
}
