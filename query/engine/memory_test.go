package engine_test

import (
	"context"
	"slices"
	"sync"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/expr"
	"github.com/freshetdb/freshet/columnar/segment"
	"github.com/freshetdb/freshet/columnar/table"
	"github.com/freshetdb/freshet/columnar/types"
	"github.com/freshetdb/freshet/query/ddl"
	"github.com/freshetdb/freshet/query/engine"
	"github.com/freshetdb/freshet/query/exec"
	"github.com/freshetdb/freshet/query/system"
)

// memory is a backend without shards: tables are lists of batches. It lets the
// corpus test the engine alone, without storage.
type memory struct {
	mu      sync.Mutex
	cat     *table.Catalog
	rows    map[uint64][]*memoryPart
	changes map[uint64]*table.Changes
}

func newMemory() *memory {
	return &memory{cat: table.NewCatalog(), rows: map[uint64][]*memoryPart{}, changes: map[uint64]*table.Changes{}}
}

func (m *memory) Catalog() *table.Catalog {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.cat
}

func (m *memory) Change(_ context.Context, ch *table.Change) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	next, out, err := m.cat.Apply(ch)
	if err != nil {
		return err
	}
	m.cat = next
	clear(m.changes) // New ones are of another epoch.
	for _, id := range out.Drop {
		delete(m.rows, id)
	}
	return nil
}

func (m *memory) Insert(ctx context.Context, in engine.Insert) (engine.Inserted, error) {
	var parts []*memoryPart
	var batches []*batch.Batch
	var done engine.Inserted
	for {
		b, err := in.Next(ctx)
		if err != nil {
			return done, err
		}
		if b == nil {
			break
		}
		p := &memoryPart{rows: b.Rows, cols: map[uint32]*batch.Vector{}}
		i := 0
		for _, c := range in.Table.Schema.Columns {
			if c.IsStored() {
				p.cols[c.ID] = b.Cols[i].Expand()
				i++
			}
		}
		parts, batches = append(parts, p), append(batches, b)
		done.Rows += int64(b.Rows)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.rows[in.Table.ID] = append(slices.Clone(m.rows[in.Table.ID]), parts...)
	for _, b := range batches {
		m.changesOf(in.Table.ID).Append(b)
	}
	return done, nil
}

func (m *memory) Partition(_ context.Context, op engine.PartitionOp) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if op.Verb == engine.TruncateTable {
		delete(m.rows, op.Table)
		delete(m.changes, op.Table)
	}
	return nil
}

func (m *memory) Maintain(context.Context, engine.Maintenance) error { return nil }

func (m *memory) Views(context.Context) (engine.Views, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	v := memoryViews{parts: map[uint64][]exec.Part{}, versions: map[uint64]table.Version{}}
	for _, d := range m.cat.Tables {
		v.versions[d.ID] = m.changesOf(d.ID).Version()
	}
	for id, parts := range m.rows {
		for _, p := range parts {
			v.parts[id] = append(v.parts[id], p)
		}
	}
	return v, nil
}

// changesOf is what happened to a table's rows; made when it is first asked for.
func (m *memory) changesOf(id uint64) *table.Changes {
	c := m.changes[id]
	if c == nil {
		c = &table.Changes{}
		if d := m.cat.ByID(id); d != nil {
			c.SetSchema(&d.Schema)
		}
		m.changes[id] = c
	}
	return c
}

type memoryViews struct {
	parts    map[uint64][]exec.Part
	versions map[uint64]table.Version
}

func (v memoryViews) Parts(id uint64) ([][]exec.Part, error) { return [][]exec.Part{v.parts[id]}, nil }

func (v memoryViews) Versions(id uint64) []table.Version {
	if have, ok := v.versions[id]; ok {
		return []table.Version{have}
	}
	return nil
}

func (memoryViews) Segments() []system.Segment         { return nil }
func (memoryViews) Horizon(uint64) int64               { return 0 }
func (memoryViews) Indexes() []uint64                  { return []uint64{0} }
func (memoryViews) Newest(uint64, *types.Column) int64 { return 0 }
func (memoryViews) Rollup(uint64) engine.RollupView    { return engine.RollupView{} }
func (memoryViews) Release()                           {}

type memoryPart struct {
	rows int
	cols map[uint32]*batch.Vector
}

func (p *memoryPart) Rows() int { return p.rows }

func (p *memoryPart) ReadInto(c *types.Column, lo, hi int, _ *segment.Scratch) (*batch.Vector, error) {
	v, ok := p.cols[c.ID]
	if d := ddl.ConstantDefault(c); !ok && d != nil {
		return batch.NewConst(d, hi-lo), nil
	}
	if !ok {
		b := batch.NewBuilder(c.Type, 1)
		b.AppendDefault()
		return batch.NewConst(b.Finish(), hi-lo), nil
	}
	if v.Type.Equal(c.Type) {
		return v.Slice(lo, hi), nil
	}
	e, err := expr.NewCast(expr.Background(), &expr.Column{T: v.Type}, c.Type, expr.CastInternal)
	if err != nil {
		return nil, err
	}
	return expr.Eval(expr.Background(), e, batch.New(nil, []*batch.Vector{v.Slice(lo, hi)}, hi-lo))
}

func (*memoryPart) Bounds(*types.Column) (lo, hi *batch.Vector) { return nil, nil }
func (*memoryPart) MayContain(*types.Column, []byte) []bool     { return nil }
func (*memoryPart) Dicts(*types.Column) []batch.Dictionary      { return nil }
func (*memoryPart) Live(_, _ int) []bool                        { return nil }
