package exec

import (
	"context"
	"sync"

	"github.com/freshetdb/freshet/columnar/batch"
)

// gatherDepth is how many batches wait between the workers and the reader.
const gatherDepth = 4

// NewGather makes one stream of many. Groups are run one after another, the
// operators of a group side by side; rows come in no particular order.
func NewGather(s Streams) Operator {
	if op, ok := s.single(); ok {
		return op
	}
	return &gather{streams: portable(s)}
}

type gather struct {
	streams Streams
	group   int
	out     chan gathered
	cancel  context.CancelFunc
	wg      sync.WaitGroup
}

type gathered struct {
	batch *batch.Batch
	err   error
}

// Next implements Operator.
func (g *gather) Next(ctx context.Context) (*batch.Batch, error) {
	for {
		if g.out == nil {
			if g.group == len(g.streams.Groups) {
				return nil, nil
			}
			g.start(ctx, g.streams.Groups[g.group])
			g.group++
		}
		select {
		case r, ok := <-g.out:
			if !ok {
				g.stop()
				continue
			}
			return r.batch, r.err
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
}

// start runs the operators of one group; the channel is closed when all ended.
func (g *gather) start(ctx context.Context, ops []Operator) {
	ctx, g.cancel = context.WithCancel(ctx)
	out := make(chan gathered, gatherDepth)
	g.out = out
	for _, op := range ops {
		g.wg.Go(func() { pump(ctx, op, out) })
	}
	go func() {
		g.wg.Wait()
		close(out)
	}()
}

func pump(ctx context.Context, op Operator, out chan<- gathered) {
	for {
		b, err := next(ctx, op)
		if b == nil && err == nil {
			return
		}
		select {
		case out <- gathered{b, err}:
		case <-ctx.Done():
			return
		}
		if err != nil {
			return
		}
	}
}

// stop ends the running group and waits for it.
func (g *gather) stop() {
	if g.out == nil {
		return
	}
	g.cancel()
	for range g.out { // until the closer has seen all workers end
	}
	g.out = nil
}

// Close implements Operator.
func (g *gather) Close() error {
	g.stop()
	return g.streams.Close()
}

// runGroup calls run for every operator of a group side by side and waits; the
// first error cancels the others and is returned.
func runGroup(ctx context.Context, ops []Operator, run func(ctx context.Context, i int, op Operator) error) error {
	if len(ops) == 1 {
		return safely(func() error { return run(ctx, 0, ops[0]) })
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var wg sync.WaitGroup
	var once sync.Once
	var first error
	for i, op := range ops {
		wg.Go(func() {
			if err := safely(func() error { return run(ctx, i, op) }); err != nil {
				once.Do(func() {
					first = err
					cancel(err)
				})
			}
		})
	}
	wg.Wait()
	return first
}
