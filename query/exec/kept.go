package exec

import (
	"context"
	"errors"
	"slices"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/expr"
	"github.com/freshetdb/freshet/columnar/types"
)

// Lasting is a part that tells which rows it has.
type Lasting interface {
	Part
	// Identity is the same only for the same rows, whatever picture of the shard they
	// are of; empty while rows of the part may yet change.
	Identity() string
}

// Keeper keeps what was aggregated from parts. It is safe for concurrent use.
type Keeper interface {
	// Kept gives what an aggregation found in a part; nil when that is not known, and
	// then whether it is wanted.
	Kept(aggregation, part string) (k *Kept, wanted bool)
	// Keep takes it; with nil it is not worth to be kept.
	Keep(aggregation, part string, k *Kept)
}

// Limits of what is kept of a part.
const (
	// keptBytesMax bounds the groups of one part: more are merged no faster than
	// their rows are read.
	keptBytesMax = 1 << 20
	// keptRowsPerGroup is how many rows a group must stand for, on average.
	keptRowsPerGroup = 8
	// KeptRowsMin is the rows of a part from which on its groups are worth to be kept.
	KeptRowsMin = 8 * GranuleRows
)

// Kept is the groups of a part: keys and states, in the local form. Symbols stay
// what they are, since dictionaries only grow; the dictionaries themselves are those
// of the query that uses them.
type Kept struct {
	list  []keptBatch
	bytes int64
}

// SizeBytes is about the memory that is held.
func (k *Kept) SizeBytes() int64 { return k.bytes }

// keptBatch is rows without dictionaries, and where each column has them from.
type keptBatch struct {
	rows    *batch.Batch
	sources [][]dictSource
}

// dictSource is the column of a scan whose dictionary it is, of a column of states
// that of an argument; column is -1 for none.
type dictSource struct{ column, arg int }

// dictsOf are the dictionaries that a vector refers to.
func dictsOf(v *batch.Vector) []batch.Dictionary {
	if s, ok := v.Data.(batch.Symbols); ok {
		return []batch.Dictionary{s.Dict}
	}
	return v.Dicts
}

// withDicts is v with other dictionaries.
func withDicts(v *batch.Vector, dicts []batch.Dictionary) *batch.Vector {
	c := *v
	if s, ok := v.Data.(batch.Symbols); ok {
		s.Dict = nil
		if dicts != nil {
			s.Dict = dicts[0]
		}
		c.Data = s
		return &c
	}
	c.Dicts = dicts
	return &c
}

// KeptPart is a part whose groups are kept, or are about to be.
type KeptPart struct {
	Part        Lasting
	Aggregation string
	Kept        *Kept
	// Run aggregates the part, with states for values; nil when Kept is there.
	Run Operator
}

// NewKept gives the groups of parts, by shard, as keys and states. spec is of the scan
// that the parts are of.
func NewKept(env *Env, k Keeper, spec ScanSpec, shards [][]KeptPart) (Streams, error) {
	groups, parts, rows := make([][]Operator, len(shards)), make([][]Part, len(shards)), 0
	for i, list := range shards {
		groups[i] = []Operator{&keptParts{env: env, keeper: k, columns: spec.Columns, parts: list}}
		for _, p := range list {
			parts[i] = append(parts[i], p.Part)
			rows += p.Part.Rows()
		}
	}
	spec.Shards = parts
	return unite(env, spec, groups, rows)
}

type keptParts struct {
	env     *Env
	keeper  Keeper
	columns []types.Column
	parts   []KeptPart
	next    int
	ready   []*batch.Batch
}

// Next implements Operator.
func (o *keptParts) Next(ctx context.Context) (*batch.Batch, error) {
	for len(o.ready) == 0 {
		if err := context.Cause(ctx); err != nil {
			return nil, err
		}
		if o.next == len(o.parts) {
			return nil, nil
		}
		p := &o.parts[o.next]
		o.next++
		if p.Kept != nil {
			o.ready = p.Kept.bind(p.Part, o.columns)
			continue
		}
		var err error
		if o.ready, err = o.run(ctx, p); err != nil {
			return nil, err
		}
	}
	b := o.ready[0]
	o.ready = o.ready[1:]
	return b, nil
}

// run aggregates a part, and keeps the groups if they are few.
func (o *keptParts) run(ctx context.Context, p *KeptPart) ([]*batch.Batch, error) {
	var list []*batch.Batch
	groups, bytes := 0, int64(0)
	for {
		b, err := p.Run.Next(ctx)
		if err != nil {
			return nil, err
		}
		if b == nil {
			break
		}
		list = append(list, b)
		groups += b.Rows
		bytes += b.SizeBytes()
	}
	var k *Kept
	if bytes <= keptBytesMax && groups*keptRowsPerGroup <= max(p.Part.Rows(), keptRowsPerGroup) {
		k = newKept(list, bytes, p.Part, o.columns)
	}
	o.keeper.Keep(p.Aggregation, p.Part.Identity(), k)
	return list, nil
}

// Close implements Operator.
func (o *keptParts) Close() error {
	var errs []error
	for i := range o.parts {
		if o.parts[i].Run != nil {
			errs = append(errs, o.parts[i].Run.Close())
		}
	}
	return errors.Join(errs...)
}

// dictionariesOf are the dictionaries of a part's columns, by column.
func dictionariesOf(p Part, columns []types.Column) [][]batch.Dictionary {
	out := make([][]batch.Dictionary, len(columns))
	for i := range columns {
		out[i] = p.Dicts(&columns[i])
	}
	return out
}

// newKept takes the dictionaries off groups; nil when one of states is of no column of
// the scan.
func newKept(list []*batch.Batch, bytes int64, p Part, columns []types.Column) *Kept {
	known := dictionariesOf(p, columns)
	k := &Kept{bytes: bytes}
	for _, b := range list {
		x := keptBatch{rows: &batch.Batch{Names: b.Names, Rows: b.Rows}, sources: make([][]dictSource, len(b.Cols))}
		for i, v := range b.Cols {
			if s, isText := v.Data.(batch.Symbols); isText {
				if _, ok := sourceOf(s.Dict, known); !ok { // of what a call gave
					v = v.WithType(v.Type)
					v.Data = s.Decode()
				}
			}
			for _, d := range dictsOf(v) {
				s, ok := sourceOf(d, known)
				if !ok {
					return nil
				}
				x.sources[i] = append(x.sources[i], s)
			}
			x.rows.Cols = append(x.rows.Cols, withDicts(v, nil))
		}
		k.list = append(k.list, x)
	}
	return k
}

func sourceOf(d batch.Dictionary, known [][]batch.Dictionary) (dictSource, bool) {
	if d == nil {
		return dictSource{-1, -1}, true
	}
	for c, dicts := range known {
		for a, o := range dicts {
			if o == d {
				return dictSource{c, a}, true
			}
		}
	}
	return dictSource{}, false
}

// bind gives the groups the dictionaries of a part.
func (k *Kept) bind(p Part, columns []types.Column) []*batch.Batch {
	known := dictionariesOf(p, columns)
	out := make([]*batch.Batch, len(k.list))
	for n, x := range k.list {
		b := &batch.Batch{Names: x.rows.Names, Rows: x.rows.Rows}
		for i, v := range x.rows.Cols {
			if x.sources[i] != nil {
				v = withDicts(v, found(x.sources[i], known))
			}
			b.Cols = append(b.Cols, v)
		}
		out[n] = b
	}
	return out
}

func found(sources []dictSource, known [][]batch.Dictionary) []batch.Dictionary {
	out := make([]batch.Dictionary, len(sources))
	for i, s := range sources {
		if s.column >= 0 {
			out[i] = known[s.column][s.arg]
		}
	}
	return out
}

// Undecided are the conditions of a filter that some rows of a part may fail; some is
// false when no row passes.
func Undecided(ctx *expr.Ctx, columns []types.Column, filter []expr.Expr, p Part) (rest []expr.Expr, some bool, err error) {
	pruner := newPruner(ctx, ScanSpec{Columns: columns, Filter: filter})
	keep, err := pruner.prune(p)
	if err != nil {
		return nil, false, err
	}
	if isNone(keep) {
		return nil, false, nil
	}
	all, err := pruner.sure(p)
	if err != nil {
		return nil, false, err
	}
	for i, e := range filter {
		if all == nil || all[i] == nil || slices.Contains(all[i], false) {
			rest = append(rest, e)
		}
	}
	return rest, true, nil
}
