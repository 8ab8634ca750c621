package exec

import (
	"sync"
	"sync/atomic"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/ledger"
)

// byKey is what streams share that give something for each key of an input of one shard:
// the first that is asked reads all of it, then each takes what nobody has taken.
type byKey struct {
	env  *Env
	in   Streams
	hold ledger.Share

	once sync.Once
	err  error
	next atomic.Int64 // of what is given out next

	mu   sync.Mutex
	open int // streams that are not closed
}

func newByKey(env *Env, in Streams) byKey {
	return byKey{env: env, in: in, hold: ledger.ShareOf(env.Budget), open: len(in.Groups[0])}
}

func (k *byKey) runOnce(run func() error) error {
	k.once.Do(func() { k.err = run() })
	return k.err
}

// close is called by each stream once; the last one closes the input.
func (k *byKey) close(free func()) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.open--; k.open > 0 {
		return nil
	}
	free()
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
