package exec

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/freshetdb/freshet/columnar/agg"
	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/expr"
	"github.com/freshetdb/freshet/columnar/ledger"
	"github.com/freshetdb/freshet/columnar/segment"
	"github.com/freshetdb/freshet/columnar/types"
)

// mergePart is rows in memory; name is its Identity.
type mergePart struct {
	name string
	cols []*batch.Vector
	rows int
}

func (p *mergePart) Identity() string { return p.name }
func (p *mergePart) Rows() int        { return p.rows }

func (p *mergePart) ReadInto(col *types.Column, lo, hi int, _ *segment.Scratch) (*batch.Vector, error) {
	return p.cols[col.ID].Slice(lo, hi), nil
}

func (p *mergePart) Bounds(col *types.Column) (lo, hi *batch.Vector) {
	d, ok := p.cols[col.ID].Data.([]uint32)
	if !ok || len(d) == 0 {
		return nil, nil
	}
	return batch.NewFixed(col.Type, []uint32{slices.Min(d)}, nil), batch.NewFixed(col.Type, []uint32{slices.Max(d)}, nil)
}

func (*mergePart) MayContain(*types.Column, []byte) []bool { return nil }
func (*mergePart) Dicts(*types.Column) []batch.Dictionary  { return nil }
func (*mergePart) Live(int, int) []bool                    { return nil }

// mergeKey is a key of the model.
type mergeKey struct {
	day  uint32
	user string
}

// mergeModel is what all parts have together.
type mergeModel map[mergeKey]uint64

// mergeShape is a part: up to rows of days [day, day+days) and of users below a number.
type mergeShape struct {
	name             string
	rows             int
	day, days, users uint32
}

// draw makes a part of rows with different keys and adds them to the model.
func (model mergeModel) draw(r *rand.Rand, shape mergeShape, dict batch.Dictionary) *mergePart {
	name, rows, day, days, users := shape.name, shape.rows, shape.day, shape.days, shape.users
	seen := map[mergeKey]bool{}
	p := &mergePart{name: name}
	var ds, codes []uint32
	var n []uint64
	var overlay batch.Strings
	for range rows {
		u := r.Uint32N(users)
		k := mergeKey{day + r.Uint32N(days), "user " + strconv.Itoa(int(u))}
		if seen[k] {
			continue
		}
		seen[k] = true
		if int(u) >= dict.Len() { // text without a symbol
			overlay.AppendString(k.user)
			u = batch.OverlayBit | uint32(overlay.Len()-1)
		}
		ds, codes, n = append(ds, k.day), append(codes, u), append(n, r.Uint64N(100))
		model[k] += n[len(n)-1]
	}
	p.rows = len(ds)
	p.cols = []*batch.Vector{
		batch.NewFixed(types.Of(types.UInt32), ds, nil),
		{Type: types.Of(types.String), Len: len(codes), Data: batch.Symbols{Codes: codes, Dict: dict, Overlay: overlay}},
		batch.NewFixed(types.Of(types.UInt64), n, nil),
	}
	return p
}

// mergeDict has users by number.
type mergeDict struct{ batch.Dictionary }

func (mergeDict) Len() int                { return 3000 }
func (mergeDict) Value(sym uint32) []byte { return []byte("user " + strconv.Itoa(int(sym))) }
func (d mergeDict) Lookup(value []byte) (sym uint32, ok bool) {
	n, err := strconv.Atoi(strings.TrimPrefix(string(value), "user "))
	return uint32(n), err == nil && n < d.Len()
}

// TestRowMerge: whatever parts overlap, every key comes once, with all that was added.
func TestRowMerge(t *testing.T) {
	sum, err := agg.New("sum", nil, []types.Type{types.Of(types.UInt64)})
	if err != nil {
		t.Fatal(err)
	}
	cols := []types.Column{
		{ID: 0, Name: "day", Type: types.Of(types.UInt32)}, {ID: 1, Name: "user", Type: types.Of(types.String)}, {ID: 2, Name: "n", Type: types.Of(types.UInt64)},
	}
	column := func(i int) expr.Expr { return &expr.Column{Pos: i, Name: cols[i].Name, T: cols[i].Type} }
	for seed := range uint64(60) {
		r := rand.New(rand.NewPCG(seed, 1))
		dict := &mergeDict{}
		model := mergeModel{}
		var parts []Part
		for i := range 1 + r.IntN(3) { // large ones, of days of their own or not
			name := "large " + strconv.Itoa(i)
			parts = append(parts, model.draw(r, mergeShape{name, 20000, 10 * uint32(i) * r.Uint32N(2), 1 + r.Uint32N(12), 3200}, dict))
		}
		for range r.IntN(4) {
			name := []string{"", "small"}[r.IntN(2)]
			parts = append(parts, model.draw(r, mergeShape{name, r.IntN(300), r.Uint32N(40), 1 + r.Uint32N(30), []uint32{50, 3200}[r.IntN(2)]}, dict))
		}
		m := RowMerge{
			Scan: ScanSpec{Columns: cols, Names: []string{"day", "user", "n"}}, Keys: []expr.Expr{column(0), column(1)}, Args: []expr.Expr{column(2)},
			Funcs: []agg.Func{sum}, Names: []string{"day", "user", "n"},
		}
		var ok bool
		if m.Large, m.Small, ok = ChooseLarge(parts, cols[:2]); !ok {
			continue // As many rows as that are merged all together.
		}
		budget := ledger.New("query", 1<<30, nil)
		env := &Env{Expr: expr.Background(), Budget: budget, Progress: &Progress{}, Workers: 1 + r.IntN(3), BatchRows: []int{0, 100}[r.IntN(2)]}
		s, err := NewRowMerge(env, m)
		if err != nil {
			t.Fatal(err)
		}
		if r.IntN(2) == 0 {
			for _, op := range s.Groups[0] {
				reuse(op)
			}
			s = One(&copied{s.Groups[0]})
		}
		checkMerged(t, fmt.Sprintf("seed %d, %d large, %d small", seed, len(m.Large), len(m.Small)), NewGather(s), model)
		if err := s.Close(); err != nil || budget.Used() != 0 {
			t.Fatalf("seed %d: %v, %d bytes are still taken", seed, err, budget.Used())
		}
	}
}

// copied gives the batches of some operators, one after the other, as copies: they are
// only valid until the next.
type copied struct{ ops []Operator }

func (c *copied) Next(ctx context.Context) (*batch.Batch, error) {
	for len(c.ops) > 0 {
		b, err := c.ops[0].Next(ctx)
		if b == nil && err == nil {
			if err = c.ops[0].Close(); err == nil {
				c.ops = c.ops[1:]
				continue
			}
		}
		if err != nil {
			return nil, err
		}
		out := &batch.Batch{Names: b.Names, Rows: b.Rows}
		for _, v := range b.Cols {
			all := make([]uint32, b.Rows)
			for i := range all {
				all[i] = uint32(i)
			}
			out.Cols = append(out.Cols, v.Gather(all))
		}
		return out, nil
	}
	return nil, nil
}

func (c *copied) Close() error { return nil }

func checkMerged(t *testing.T, what string, op Operator, model mergeModel) {
	t.Helper()
	seen := map[mergeKey]bool{}
	for {
		b, err := op.Next(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if b == nil {
			break
		}
		for i := range b.Rows {
			k := mergeKey{batch.Values[uint32](b.Cols[0])[i], string(b.Cols[1].Bytes(i))}
			if seen[k] {
				t.Fatalf("%s: %v comes twice", what, k)
			}
			seen[k] = true
			if n := batch.Values[uint64](b.Cols[2])[i]; n != model[k] {
				t.Fatalf("%s: %v is %d, want %d", what, k, n, model[k])
			}
		}
	}
	if len(seen) != len(model) {
		t.Fatalf("%s: %d keys, want %d", what, len(seen), len(model))
	}
}
