package exec

import (
	"context"
	"errors"
	"slices"

	"github.com/freshetdb/freshet/columnar/agg"
	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/types"
)

// Uniting says when the streams of several shards become those of one, with symbols of
// dictionaries that are common to all (see [batch.Part]).
type Uniting uint8

const (
	// Apart is never.
	Apart Uniting = iota
	// UniteLarge is where dictionaries are so large that groups by their symbols are put
	// together faster by number than by value.
	UniteLarge
	// UniteAll is also where dictionaries are small, or there are none.
	UniteAll
)

// unitedMin is the combinations of symbols from which on dictionaries are large.
const unitedMin = 1 << 16

// unite makes streams of one group of the streams of a scan, shard by shard, where that
// pays for so many rows; else they are left as they were.
func unite(env *Env, spec ScanSpec, groups [][]Operator, rows int) (Streams, error) {
	apart := Streams{Groups: groups}
	if spec.Unite == Apart || spec.Limit > 0 || len(groups) < 2 || env.Unite == nil {
		return apart, nil
	}
	slots, ok := slotsOf(spec.Shards, spec.Columns[:len(spec.Columns)-spec.Hidden])
	if !ok {
		return apart, nil
	}
	if spec.Unite == UniteLarge && combinations(slots) < unitedMin {
		return apart, nil
	}
	rows = symbolsRead(spec, rows)
	members := map[batch.Dictionary]*batch.Part{}
	for _, dicts := range slots {
		all, err := env.Unite(dicts, rows)
		if all == nil || err != nil {
			return apart, err
		}
		for _, d := range dicts {
			codes, _ := all.CodesOf(d)
			members[d] = &batch.Part{Dictionary: d, Whole: all, Codes: codes}
		}
	}
	ops := make([]Operator, 0, env.Workers)
	for i := range env.Workers {
		u := &united{members: members}
		for g, list := range groups { // Each begins with another shard.
			for k := (i + g) % env.Workers; k < len(list); k += env.Workers {
				u.ins = append(u.ins, list[k])
			}
		}
		if len(u.ins) > 0 {
			ops = append(ops, u)
		}
	}
	return Streams{Groups: [][]Operator{ops}}, nil
}

// setSymbols is about how many symbols a byte of a set has: half of one in a short list,
// eight in a bitmap that is full.
const setSymbols = 4

// symbolsRead is about how many symbols of a column are read with so many rows: sets have
// many in a row.
func symbolsRead(spec ScanSpec, rows int) int {
	all, bytes := 0, int64(0)
	for _, parts := range spec.Shards {
		for _, p := range parts {
			all += p.Rows()
			sized, ok := p.(ColumnSizer)
			if !ok {
				continue
			}
			for i := range spec.Columns[:len(spec.Columns)-spec.Hidden] {
				if c := &spec.Columns[i]; c.Type.Kind == types.AggregateFunction {
					bytes += sized.ColumnBytes(c)
				}
			}
		}
	}
	return max(rows, int(setSymbols*float64(bytes)*float64(rows)/float64(max(all, 1))))
}

// combinations is how many tuples of a symbol of each column there may be in a shard.
func combinations(slots [][]batch.Dictionary) float64 {
	all := 1.0
	for _, dicts := range slots {
		most := 1
		for _, d := range dicts {
			most = max(most, d.Len())
		}
		all *= float64(most)
	}
	return all
}

// slotsOf are, for each column of text or of sets of symbols, the dictionaries of all
// shards that have one; ok is false where a column has states of another kind that hold
// symbols.
func slotsOf(shards [][]Part, columns []types.Column) (slots [][]batch.Dictionary, ok bool) {
	slots = make([][]batch.Dictionary, len(columns))
	for _, parts := range shards {
		if len(parts) == 0 {
			continue
		}
		for c, dicts := range dictionariesOf(parts[0], columns) {
			for _, d := range dicts {
				if d == nil {
					continue
				}
				if columns[c].Type.Kind == types.AggregateFunction && !holdsSymbols(columns[c].Type) {
					return nil, false
				}
				slots[c] = append(slots[c], d)
			}
		}
	}
	return slices.DeleteFunc(slots, func(dicts []batch.Dictionary) bool { return len(dicts) == 0 }), true
}

// holdsSymbols tells whether states of a type are sets of symbols.
func holdsSymbols(t types.Type) bool {
	f, err := agg.OfState(t)
	return err == nil && f.IsSymbolSet()
}

// united gives the rows of operators over several shards, one after the other, with the
// numbers of their common dictionaries.
type united struct {
	ins     []Operator
	at      int
	members map[batch.Dictionary]*batch.Part
	reused  bool
	codes   [][]uint32 // scratch, by column, when it may be written again
}

func (u *united) reuse() {
	u.reused = true
	for _, in := range u.ins {
		reuse(in)
	}
}

// Next implements Operator.
func (u *united) Next(ctx context.Context) (*batch.Batch, error) {
	for ; u.at < len(u.ins); u.at++ {
		b, err := u.ins[u.at].Next(ctx)
		if err != nil {
			return nil, err
		}
		if b != nil {
			return u.translated(b), nil
		}
	}
	return nil, nil
}

func (u *united) translated(b *batch.Batch) *batch.Batch {
	out := *b
	out.Cols = slices.Clone(b.Cols)
	if u.codes == nil {
		u.codes = make([][]uint32, len(b.Cols))
	}
	for i, v := range b.Cols {
		if s, ok := v.Data.(batch.Symbols); ok {
			if p := u.members[s.Dict]; p != nil {
				out.Cols[i] = u.symbols(i, v, s, p)
			}
			continue
		}
		if len(v.Dicts) == 1 {
			if p := u.members[v.Dicts[0]]; p != nil {
				c := *v
				c.Dicts = []batch.Dictionary{p}
				out.Cols[i] = &c
			}
		}
	}
	return &out
}

// symbols is column i with the numbers of the whole dictionary.
func (u *united) symbols(i int, v *batch.Vector, s batch.Symbols, p *batch.Part) *batch.Vector {
	var to []uint32
	if u.reused {
		u.codes[i] = sized(u.codes[i], len(s.Codes))
		to = u.codes[i]
	} else {
		to = make([]uint32, len(s.Codes))
	}
	switch {
	case v.Nulls != nil || s.Overlay.Len() > 0:
		for k, code := range s.Codes {
			to[k] = wholeCode(s, p, code, v.IsNull(k))
		}
	default:
		codes := p.Codes
		for k, code := range s.Codes {
			to[k] = codes[code]
		}
	}
	c := *v
	c.Data = batch.Symbols{Codes: to, Dict: p.Whole, Overlay: s.Overlay}
	return &c
}

// wholeCode is the number of a code that may be of NULL, or of text without a symbol
// where it comes from: another shard may have one.
func wholeCode(s batch.Symbols, p *batch.Part, code uint32, isNull bool) uint32 {
	if isNull {
		return 0
	}
	if code&batch.OverlayBit == 0 {
		return p.Codes[code]
	}
	if number, ok := p.Whole.Lookup(s.Of(code)); ok {
		return number
	}
	return code
}

// Close implements Operator.
func (u *united) Close() error {
	var errs []error
	for _, in := range u.ins {
		errs = append(errs, in.Close())
	}
	return errors.Join(errs...)
}
