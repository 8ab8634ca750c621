package replica

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"go.uber.org/goleak"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/entry"
	"github.com/freshetdb/freshet/columnar/table"
	"github.com/freshetdb/freshet/columnar/types"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// gate is a log that lets entries through when it is told to.
type gate struct {
	arrived chan *entry.Entry
	answer  chan error
}

func newGate() *gate {
	return &gate{arrived: make(chan *entry.Entry), answer: make(chan error)}
}

func (g *gate) propose(_ context.Context, e *entry.Entry) ([]bool, error) {
	g.arrived <- e
	out := make([]bool, len(e.Inserts))
	for i, in := range e.Inserts {
		out[i] = in.Token == "known"
	}
	return out, <-g.answer
}

func numbers(version uint32) *table.Def {
	d := &table.Def{ID: 1}
	d.Schema = types.Schema{Version: version, Columns: []types.Column{{ID: 7, Name: "n", Type: types.Of(types.UInt32)}}}
	return d
}

func block(d *table.Def, n uint32, token string) Block {
	v := batch.NewFixed(types.Of(types.UInt32), []uint32{n, n}, nil)
	return Block{Table: d, Rows: &batch.Batch{Names: []string{"n"}, Cols: []*batch.Vector{v}, Rows: 2}, Token: token}
}

// waitFor lets others run until so many wait in the queue of a table.
func waitFor(g *gatherer, d *table.Def, n int) {
	for {
		g.mu.Lock()
		q := g.queues[gatherKey{d.ID, d.Schema.Version}]
		there := q != nil && len(q.waiting) == n
		g.mu.Unlock()
		if there {
			return
		}
	}
}

// The first client goes at once; those that come meanwhile share the next entry,
// each with its token and its answer.
func TestGather(t *testing.T) {
	log := newGate()
	g := newGatherer(1, log.propose)
	d := numbers(1)
	var wg sync.WaitGroup
	duplicates := make([]bool, 6)
	send := func(i int, token string) {
		wg.Go(func() {
			var err error
			if duplicates[i], err = g.insert(t.Context(), block(d, uint32(i), token)); err != nil {
				t.Error(err)
			}
		})
	}
	send(0, "")
	first := <-log.arrived
	for i := 1; i < 6; i++ {
		token := "new"
		if i == 3 {
			token = "known"
		}
		send(i, token)
	}
	waitFor(g, d, 5)
	log.answer <- nil
	second := <-log.arrived
	log.answer <- nil
	wg.Wait()
	if len(first.Inserts) != 1 || len(second.Inserts) != 5 || second.Rows != 10 || second.Columns[0].ID != 7 {
		t.Fatalf("entries of %d and %d inserts, %d rows", len(first.Inserts), len(second.Inserts), second.Rows)
	}
	if fmt.Sprint(duplicates) != "[false false false true false false]" {
		t.Errorf("duplicates %v", duplicates)
	}
	values := batch.Values[uint32](second.Columns[0].Vector)
	seen := map[uint32]int{}
	for _, v := range values {
		seen[v]++
	}
	for i := uint32(1); i < 6; i++ {
		if seen[i] != 2 {
			t.Errorf("rows of client %d: %d", i, seen[i])
		}
	}
	if len(g.queues) > 0 {
		t.Error("a queue is left")
	}
}

// Blocks of two schemas don't meet in one entry.
func TestGatherKeepsSchemasApart(t *testing.T) {
	log := newGate()
	g := newGatherer(1, log.propose)
	var wg sync.WaitGroup
	for version := range uint32(2) {
		wg.Go(func() {
			if _, err := g.insert(t.Context(), block(numbers(version), 1, "")); err != nil {
				t.Error(err)
			}
		})
	}
	a, b := <-log.arrived, <-log.arrived
	if a.SchemaVersion == b.SchemaVersion {
		t.Error("one entry for two schemas")
	}
	log.answer <- nil
	log.answer <- nil
	wg.Wait()
}

// A client that leaves while it waits is not stored; its place in the lead goes
// on to the next. An error is everybody's.
func TestClientsLeave(t *testing.T) {
	log := newGate()
	g := newGatherer(1, log.propose)
	d := numbers(1)
	var wg sync.WaitGroup
	failed := errors.New("disk full")
	ctx, cancel := context.WithCancelCause(t.Context())
	left := errors.New("left")
	errs := make([]error, 4)
	wg.Go(func() { _, errs[0] = g.insert(t.Context(), block(d, 0, "")) })
	<-log.arrived
	wg.Go(func() { _, errs[1] = g.insert(ctx, block(d, 1, "")) })
	waitFor(g, d, 1)
	wg.Go(func() { _, errs[2] = g.insert(t.Context(), block(d, 2, "")) })
	waitFor(g, d, 2)
	wg.Go(func() { _, errs[3] = g.insert(t.Context(), block(d, 3, "")) })
	waitFor(g, d, 3)
	cancel(left)
	waitFor(g, d, 2)
	log.answer <- nil
	second := <-log.arrived
	log.answer <- failed
	wg.Wait()
	if len(second.Inserts) != 2 {
		t.Errorf("%d inserts in the entry of those that stayed", len(second.Inserts))
	}
	for i, want := range []error{nil, left, failed, failed} {
		if !errors.Is(errs[i], want) {
			t.Errorf("client %d: %v, want %v", i, errs[i], want)
		}
	}
}

// Under any interleaving every client is answered once, and the rows of those that
// succeed are in the log once.
func TestGatherStress(t *testing.T) {
	var mu sync.Mutex
	stored := map[uint32]int{}
	g := newGatherer(1, func(_ context.Context, e *entry.Entry) ([]bool, error) {
		mu.Lock()
		defer mu.Unlock()
		for _, v := range batch.Values[uint32](e.Columns[0].Vector) {
			stored[v]++
		}
		return make([]bool, len(e.Inserts)), nil
	})
	d := numbers(1)
	var wg sync.WaitGroup
	var answered sync.Map
	for c := range uint32(32) {
		wg.Go(func() {
			for i := range uint32(60) {
				n := c<<16 | i
				ctx, cancel := context.WithCancel(t.Context())
				if i%3 == 0 {
					go cancel()
				}
				_, err := g.insert(ctx, block(d, n, ""))
				answered.Store(n, err)
				cancel()
			}
		})
	}
	wg.Wait()
	for c := range uint32(32) {
		for i := range uint32(60) {
			n := c<<16 | i
			err, ok := answered.Load(n)
			if !ok {
				t.Fatalf("client %d was not answered", n)
			}
			if want := 2; err == nil && stored[n] != want || err != nil && stored[n] != 0 {
				t.Fatalf("client %d: %v, stored %d times", n, err, stored[n])
			}
		}
	}
}

// Pieces are small, and together they are the batch.
func TestPieces(t *testing.T) {
	var text batch.Strings
	for i := range 500 {
		text.AppendString(fmt.Sprint(i, string(make([]byte, i*7%400))))
	}
	dict := batch.NewStrings(types.Of(types.String), text, nil)
	b := plain(&batch.Batch{Rows: 500, Cols: []*batch.Vector{
		dict, batch.NewConst(batch.NewFixed(types.Of(types.UInt64), []uint64{9}, nil), 500),
	}})
	list := pieces(b, 2000)
	rows := 0
	for _, p := range list {
		if rowBytes(p) > 2000 && p.Rows > 1 {
			t.Errorf("a piece of %d rows has %d bytes", p.Rows, rowBytes(p))
		}
		for i := range p.Rows {
			if string(p.Cols[0].Bytes(i)) != string(text.At(rows+i)) || batch.Values[uint64](p.Cols[1])[i] != 9 {
				t.Fatalf("row %d differs", rows+i)
			}
		}
		rows += p.Rows
	}
	if rows != 500 || len(list) < 20 {
		t.Errorf("%d rows in %d pieces", rows, len(list))
	}
}
