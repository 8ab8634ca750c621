package exec

import (
	"context"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/ledger"
	"github.com/freshetdb/freshet/columnar/types"
)

// WindowFunc computes one column over rows that stand in order. It may keep the
// vectors of its arguments.
type WindowFunc func(ctx context.Context, w *windowRows, c *WindowCall) (*batch.Vector, error)

// WindowCall is one function of a window step.
type WindowCall struct {
	Func   WindowFunc
	Args   []int // input columns
	Frame  Frame
	Result types.Type
}

// WindowSpec is what a window step computes.
type WindowSpec struct {
	Partition []int // input columns
	Order     []Key
	Calls     []WindowCall
	// Sorted is set when the input is one stream whose rows are in order.
	Sorted bool
	Names  []string     // of the output: input columns, then calls
	Types  []types.Type // of the input
}

// NewWindow sorts all rows by partition and order (unless they are) and adds a
// column per call. It holds all rows: frames reach as far as they like.
func NewWindow(env *Env, in Streams, spec WindowSpec) Operator {
	return &window{env: env, in: in, spec: spec, hold: ledger.ShareOf(env.Budget)}
}

type window struct {
	env    *Env
	in     Streams
	spec   WindowSpec
	hold   ledger.Share
	done   bool
	result *batch.Batch
	pos    int
}

// Next implements Operator.
func (w *window) Next(ctx context.Context) (*batch.Batch, error) {
	if err := w.load(ctx); err != nil {
		return nil, err
	}
	if w.pos >= w.result.Rows {
		return nil, nil
	}
	end := min(w.pos+GranuleRows, w.result.Rows)
	out := w.result.Slice(w.pos, end)
	w.pos = end
	return out, nil
}

// Close implements Operator.
func (w *window) Close() error {
	w.result = nil
	w.hold.Release()
	return w.in.Close()
}

// load computes the result, once.
func (w *window) load(ctx context.Context) error {
	if w.done {
		return nil
	}
	rows, err := w.rows(ctx)
	if err != nil {
		return err
	}
	in := newWindowRows(w.env, rows, w.spec)
	defer in.hold.Release()
	out := &batch.Batch{Names: w.spec.Names, Cols: rows.Cols, Rows: rows.Rows}
	for i := range w.spec.Calls {
		c := &w.spec.Calls[i]
		v, err := c.Func(ctx, in, c)
		if err != nil {
			return err
		}
		out.Cols = append(out.Cols, v)
		if err := w.hold.Set(out.SizeBytes()); err != nil {
			return err
		}
	}
	w.result, w.done = out, true
	return nil
}

// rows is all rows of the input in one batch, in order. A window below hands its
// rows over as they are.
func (w *window) rows(ctx context.Context) (*batch.Batch, error) {
	if !w.spec.Sorted {
		return w.sorted(ctx, w.sortKeys())
	}
	if op, ok := w.in.single(); ok {
		if below, ok := op.(*window); ok {
			if err := below.load(ctx); err != nil {
				return nil, err
			}
			b := *below.result
			b.Cols = append([]*batch.Vector(nil), b.Cols...)
			return &b, nil
		}
	}
	return w.sorted(ctx, nil)
}

func (w *window) sortKeys() []Key {
	keys := make([]Key, 0, len(w.spec.Partition)+len(w.spec.Order))
	for _, c := range w.spec.Partition {
		keys = append(keys, Key{Col: c})
	}
	return append(keys, w.spec.Order...)
}

func (w *window) sorted(ctx context.Context, keys []Key) (*batch.Batch, error) {
	s := sorter{env: w.env, in: portable(w.in), keys: keys, types: w.spec.Types, hold: ledger.ShareOf(w.env.Budget)}
	defer s.hold.Release()
	if err := s.run(ctx); err != nil {
		return nil, err
	}
	return s.result, w.hold.Set(s.result.SizeBytes())
}

// windowRows is the rows of a window step in order, and where partitions and
// groups of peers begin.
type windowRows struct {
	env   *Env
	batch *batch.Batch
	spec  WindowSpec
	// partitions and peers hold the first row of each, then the number of rows.
	partitions []uint32
	peers      []uint32
	hold       ledger.Share // of what is computed on the way
	spans      map[Frame]*spans
}

func newWindowRows(env *Env, b *batch.Batch, spec WindowSpec) *windowRows {
	w := &windowRows{env: env, batch: b, spec: spec, hold: ledger.ShareOf(env.Budget), spans: map[Frame]*spans{}}
	first := make([]bool, b.Rows)
	for _, c := range spec.Partition {
		markChanges(b.Cols[c], first)
	}
	w.partitions = starts(first)
	for _, k := range spec.Order {
		markChanges(b.Cols[k.Col], first)
	}
	w.peers = starts(first)
	return w
}

// args are the columns of a call's arguments.
func (w *windowRows) args(c *WindowCall) []*batch.Vector {
	out := make([]*batch.Vector, len(c.Args))
	for i, a := range c.Args {
		out[i] = w.batch.Cols[a]
	}
	return out
}

// peersOf are the groups of peers that a frame sees: by ROWS every row is alone.
func (w *windowRows) peersOf(f Frame) []uint32 {
	if !f.Rows {
		return w.peers
	}
	out := make([]uint32, w.batch.Rows+1)
	for i := range out {
		out[i] = uint32(i)
	}
	return out
}
