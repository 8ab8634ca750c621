package rollup

import (
	"fmt"
	"slices"

	"github.com/freshetdb/freshet/columnar/agg"
	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/expr"
	"github.com/freshetdb/freshet/columnar/segment"
	"github.com/freshetdb/freshet/columnar/types"
)

// evaluated is the keys and arguments of rows that passed the filter.
type evaluated struct {
	rows  int
	signs []int8 // nil: all +1
	keys  []*batch.Vector
	args  [][]*batch.Vector // by state
}

// Check evaluates everything over the rows of b, whose columns are those of Needs,
// and returns the error of a row that can't be folded.
func (p *Plan) Check(b *batch.Batch) error {
	e, err := p.eval(b)
	if err != nil || e.rows == 0 {
		return err
	}
	for i := range p.states {
		s := &p.states[i]
		if !s.checksRows() {
			continue
		}
		st := s.fn.New()
		st.Grow(1)
		st.AddAll(0, e.args[i], e.rows)
		if err := agg.Check(st, 0, 1); err != nil {
			return err
		}
	}
	return nil
}

// eval filters and computes keys and arguments.
func (p *Plan) eval(b *batch.Batch) (*evaluated, error) {
	ctx := expr.Background()
	if p.filter != nil {
		sel, err := expr.Filter(ctx, p.filter, b, nil)
		if err != nil {
			return nil, err
		}
		if len(sel) < b.Rows {
			b = b.Gather(sel)
		}
	}
	e := &evaluated{rows: b.Rows, signs: b.Signs, args: make([][]*batch.Vector, len(p.states))}
	if !slices.ContainsFunc(e.signs, func(s int8) bool { return s < 0 }) {
		e.signs = nil
	}
	if e.rows == 0 {
		return e, nil
	}
	for _, k := range p.keys {
		v, err := evalOne(ctx, k.expr, b, k.isBare)
		if err != nil {
			return nil, err
		}
		e.keys = append(e.keys, v)
	}
	for i := range p.states {
		s := &p.states[i]
		for k, a := range s.args {
			v, err := evalOne(ctx, a, b, s.isBare[k])
			if err != nil {
				return nil, err
			}
			e.args[i] = append(e.args[i], v)
		}
	}
	return e, nil
}

// evalOne computes an expression. Only bare columns stay symbols: a value that is
// computed has no dictionary, though it may happen to come with one.
func evalOne(ctx *expr.Ctx, x expr.Expr, b *batch.Batch, isBare bool) (*batch.Vector, error) {
	v, err := expr.Eval(ctx, x, b)
	if err != nil {
		return nil, err
	}
	if _, ok := v.Data.(batch.Symbols); ok && !isBare {
		return asText(v), nil
	}
	return v, nil
}

func asText(v *batch.Vector) *batch.Vector {
	if _, ok := v.Data.(batch.Symbols); !ok {
		return v
	}
	c := *v
	c.Data = v.Strings()
	return &c
}

// Fold gives the rows of the rollup that the rows of b, whose columns are those of
// Needs, make: one for each distinct key, in the order of the sort key. Nothing of b
// is kept but its dictionaries.
func (p *Plan) Fold(b *batch.Batch) (*batch.Batch, error) {
	out, _, err := p.FoldBy(b, nil)
	return out, err
}

// FoldBy is Fold with one key more, which does not come out; nil: none. first has
// for each row that comes out the first row of b with its key; it is nil when the
// plan has a filter.
func (p *Plan) FoldBy(b *batch.Batch, by *batch.Vector) (out *batch.Batch, first []uint32, err error) {
	e, err := p.eval(b)
	if err != nil {
		return nil, nil, err
	}
	out = &batch.Batch{Names: p.names, Cols: make([]*batch.Vector, len(p.columns))}
	if e.rows == 0 {
		return p.empty(out), nil, nil
	}
	keys := e.keys
	if by != nil {
		keys = append(slices.Clip(keys), by)
	}
	g := groupRows(keys, e.rows)
	if err := p.order(e, &g, out); err != nil {
		return nil, nil, err
	}
	for i, k := range p.keys {
		out.Cols[k.place] = gatherKey(e.keys[i], g.first, p.columns[k.place].Type)
	}
	for i := range p.states {
		s := &p.states[i]
		if out.Cols[s.place], err = s.fold(e, e.args[i], &g, p.portable); err != nil {
			return nil, nil, fmt.Errorf("fold column %s: %w", p.names[s.place], err)
		}
	}
	out.Rows = len(g.first)
	if p.filter == nil {
		first = g.first
	}
	return p.withoutZeroes(out, first)
}

// empty is a batch without rows.
func (p *Plan) empty(out *batch.Batch) *batch.Batch {
	for i := range p.columns {
		out.Cols[i] = batch.NewBuilder(p.columns[i].Type, 0).Finish()
	}
	out.Rows = 0
	return out
}

// order brings the groups into the order of the sort key.
func (p *Plan) order(e *evaluated, g *groups, out *batch.Batch) error {
	if len(p.sort.Types) == 0 {
		return nil
	}
	heads := &batch.Batch{Names: out.Names, Cols: make([]*batch.Vector, len(out.Cols)), Rows: len(g.first)}
	for i, k := range p.keys {
		heads.Cols[k.place] = gatherKey(e.keys[i], g.first, p.columns[k.place].Type)
	}
	key, err := p.sort.Eval(heads)
	if err != nil {
		return fmt.Errorf("compute sort key: %w", err)
	}
	g.reorder(segment.Order(key, heads.Rows))
	return nil
}

func gatherKey(v *batch.Vector, rows []uint32, t types.Type) *batch.Vector {
	out := v.Gather(rows).Expand()
	out.Type = t
	return out
}

// fold makes the column of a state.
func (s *state) fold(e *evaluated, args []*batch.Vector, g *groups, portable bool) (*batch.Vector, error) {
	switch s.mode {
	case first:
		v := args[0].Gather(g.first).Expand()
		v.Type = s.typ
		return v, nil
	case ofStates:
		return s.merge(args[0], g, portable)
	case finished:
		return s.finish(e, args, g)
	default:
		if !portable && e.signs == nil {
			if v := s.foldSymbols(args, g, e.rows); v != nil {
				return v, nil // Fast path: users are counted exactly.
			}
		}
		dicts := s.dictionaries(args, portable)
		st, err := s.add(e, args, g, dicts)
		if err != nil {
			return nil, err
		}
		return agg.EncodeStates(s.typ, st, 0, len(g.first), dicts), nil
	}
}

// add makes the states of all groups. They are told the dictionaries that they will
// be written with: also a state without a value has the form of the others.
func (s *state) add(e *evaluated, args []*batch.Vector, g *groups, dicts []batch.Dictionary) (agg.States, error) {
	if e.signs == nil {
		st := s.fn.New()
		if dicts != nil {
			st.Bind(dicts)
		}
		st.Grow(len(g.first))
		st.Add(g.of, args, e.rows)
		return st, agg.Check(st, 0, len(g.first))
	}
	st := s.fn.NewSigned()
	if dicts != nil {
		st.Bind(dicts)
	}
	st.Grow(len(g.first))
	for _, sign := range []int8{1, -1} {
		var sel, of []uint32
		for i, x := range e.signs {
			if x == sign {
				sel, of = append(sel, uint32(i)), append(of, g.of[i])
			}
		}
		picked := make([]*batch.Vector, len(args))
		for k, a := range args {
			picked[k] = a.Gather(sel)
		}
		if sign > 0 {
			st.Add(of, picked, len(sel))
		} else if err := st.Retract(of, picked, len(sel)); err != nil {
			return nil, err
		}
	}
	return st, agg.Check(st, 0, len(g.first))
}

// dictionaries are those of the arguments' symbols; nil for the portable form.
func (s *state) dictionaries(args []*batch.Vector, portable bool) []batch.Dictionary {
	if portable {
		return nil
	}
	out := make([]batch.Dictionary, len(args))
	for i, a := range args {
		if d, ok := a.Data.(batch.Symbols); ok {
			out[i] = d.Dict
		}
	}
	return out
}

// finish makes finished values.
func (s *state) finish(e *evaluated, args []*batch.Vector, g *groups) (*batch.Vector, error) {
	st, err := s.add(e, args, g, nil)
	if err != nil {
		return nil, err
	}
	v, err := fitted(st.Finish(0, len(g.first)), s.typ)
	if err != nil {
		return nil, err
	}
	if s.isMerge {
		if d, ok := args[0].Data.(batch.Symbols); ok {
			return segment.AsSymbols(v, d.Dict), nil // A value that has a symbol stays one (R12).
		}
	}
	return v, nil
}

// withoutZeroes leaves out rows whose sums are all zero.
func (p *Plan) withoutZeroes(b *batch.Batch, first []uint32) (*batch.Batch, []uint32, error) {
	if p.zeroes == nil {
		return b, first, nil
	}
	var keep []uint32
	for i := range b.Rows {
		if slices.ContainsFunc(p.zeroes, func(place int) bool { return !isZero(b.Cols[place], i) }) {
			keep = append(keep, uint32(i))
		}
	}
	if len(keep) == b.Rows {
		return b, first, nil
	}
	out := b.Gather(keep)
	out.Names = b.Names
	if first != nil {
		picked := make([]uint32, len(keep))
		for i, r := range keep {
			picked[i] = first[r]
		}
		first = picked
	}
	return out, first, nil
}
