package gen

import (
	"context"
	"fmt"
	"io"
	"sync"
)

// blockRows are the rows that a worker makes at a time.
const blockRows = 8192

// Block appends rows from up to, not with, to in some format. Every worker gets
// one of its own.
type Block func(dst []byte, from, to int64) []byte

// Lines is a Block of lines that are made one by one.
func Lines(line func(dst []byte, i int64) []byte) Block {
	return func(dst []byte, from, to int64) []byte {
		for i := from; i < to; i++ {
			dst = line(dst, i)
		}
		return dst
	}
}

// Stream writes rows from up to, not with, to, made by a number of workers, in
// order: the bytes are the same for any number. The blocks end where w ends them.
func Stream(ctx context.Context, w io.Writer, from, to int64, workers int, block func() Block) error {
	ctx, cancel := context.WithCancel(ctx)
	var running sync.WaitGroup
	defer running.Wait()
	defer cancel()
	lanes := make([]*lane, max(workers, 1))
	for n := range lanes {
		l := newLane(block())
		lanes[n] = l
		running.Go(func() { l.run(ctx, from+int64(n)*blockRows, to, int64(len(lanes))*blockRows) })
	}
	for n, at := 0, from; at < to; n, at = n+1, at+blockRows {
		l := lanes[n%len(lanes)]
		select {
		case <-ctx.Done():
			return ctx.Err()
		case b := <-l.full:
			if _, err := w.Write(b); err != nil {
				return fmt.Errorf("write rows from %d: %w", at, err)
			}
			l.free <- b
		}
	}
	return nil
}

// lane is one worker of Stream: it makes every n-th block. It has two buffers,
// one to fill while the other is written, so that sending never waits.
type lane struct {
	make       Block
	free, full chan []byte
}

func newLane(b Block) *lane {
	const buffers = 2
	l := &lane{make: b, free: make(chan []byte, buffers), full: make(chan []byte, buffers)}
	for range buffers {
		l.free <- nil
	}
	return l
}

func (l *lane) run(ctx context.Context, from, to, step int64) {
	for at := from; at < to; at += step {
		select {
		case <-ctx.Done():
			return
		case b := <-l.free:
			l.full <- l.make(b[:0], at, min(at+blockRows, to))
		}
	}
}
