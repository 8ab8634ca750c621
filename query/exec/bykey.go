package exec

import (
	"context"
	"sync"
	"sync/atomic"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/expr"
	"github.com/freshetdb/freshet/columnar/ledger"
)

// keyTable is what one worker has read, by key.
type keyTable interface {
	comparable
	// add takes n rows in.
	add(key *batch.Vector, args []*batch.Vector, n int)
	bytes() int64
	// free leaves memory to other queries.
	free()
}

// byKey is what streams share that give something for each key, a String, of an input of
// one shard: the first that is asked reads all of it, then each takes what nobody has
// taken.
type byKey[T keyTable] struct {
	env   *Env
	in    Streams
	key   expr.Expr
	args  []expr.Expr
	fresh func() T
	merge func(tables []T) T
	hold  ledger.Share

	once  sync.Once
	err   error
	total T
	next  atomic.Int64 // of what is given out next

	mu   sync.Mutex
	open int // streams that are not closed
}

// run reads all of the input, once, for all streams.
func (k *byKey[T]) run(ctx context.Context) error {
	k.once.Do(func() {
		tables := make([]T, len(k.in.Groups[0]))
		k.err = runGroup(ctx, k.in.Groups[0], func(ctx context.Context, i int, op Operator) error {
			tables[i] = k.fresh()
			return k.fill(ctx, tables[i], op)
		})
		if k.err == nil {
			k.total = k.merge(tables)
			k.err = k.hold.Set(k.total.bytes())
		}
	})
	return k.err
}

func (k *byKey[T]) fill(ctx context.Context, t T, op Operator) error {
	share := ledger.ShareOf(k.env.Budget)
	defer share.Release()
	reuse(op)
	for {
		b, err := op.Next(ctx)
		if b == nil || err != nil {
			return err
		}
		key, err := expr.Eval(k.env.Expr, k.key, b)
		if err != nil {
			return err
		}
		args, err := evalAll(k.env.Expr, k.args, b)
		if err != nil {
			return err
		}
		t.add(key.Expand(), args, b.Rows)
		if err := share.Set(t.bytes()); err != nil {
			return err
		}
	}
}

// close is called by each stream once; the last one frees what was read and closes the
// input.
func (k *byKey[T]) close() error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.open--; k.open > 0 {
		return nil
	}
	var none T
	if k.total != none {
		k.total.free()
		k.total = none
	}
	k.hold.Release()
	return k.in.Close()
}

// len is the length of the dictionary.
func (c *coder) len() int {
	if c.dict == nil {
		return 0
	}
	return c.dict.Len()
}

// codes gives the codes of n keys, in scratch unless they are there already; hasText
// tells that some may be of text without a symbol.
func (c *coder) codes(key *batch.Vector, n int, scratch *[]uint32) (codes []uint32, hasText bool) {
	if d, ok := key.Data.(batch.Symbols); ok && d.Overlay.Len() == 0 && (c.dict == d.Dict || (c.dict == nil && c.ids == nil)) {
		c.dict = d.Dict
		return d.Codes[:n], false
	}
	*scratch = sized(*scratch, n)
	c.encode(key, true, *scratch)
	return *scratch, true
}
