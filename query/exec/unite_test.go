package exec

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"testing"

	"github.com/freshetdb/freshet/columnar/agg"
	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/expr"
	"github.com/freshetdb/freshet/columnar/ledger"
	"github.com/freshetdb/freshet/columnar/segment"
	"github.com/freshetdb/freshet/columnar/types"
	"github.com/freshetdb/freshet/index/sketch"
)

// listDict is a dictionary of a list of texts.
type listDict struct {
	texts []string
	parts map[batch.Dictionary][]uint32
}

func (d *listDict) Len() int                           { return len(d.texts) }
func (d *listDict) Value(sym uint32) []byte            { return []byte(d.texts[sym]) }
func (d *listDict) Hash128(sym uint32) (hi, lo uint64) { return sketch.Hash128(d.Value(sym)) }

func (d *listDict) Lookup(v []byte) (uint32, bool) {
	i := slices.Index(d.texts, string(v))
	return uint32(i), i >= 0
}

func (d *listDict) CodesOf(part batch.Dictionary) ([]uint32, bool) {
	codes, ok := d.parts[part]
	return codes, ok
}

// uniteLists is Env.Unite of listDicts.
func uniteLists(dicts []batch.Dictionary, _ int) (batch.WholeDictionary, error) {
	all := &listDict{parts: map[batch.Dictionary][]uint32{}}
	for _, d := range dicts {
		for _, text := range d.(*listDict).texts {
			if !slices.Contains(all.texts, text) {
				all.texts = append(all.texts, text)
			}
			code, _ := all.Lookup([]byte(text))
			all.parts[d] = append(all.parts[d], code)
		}
	}
	return all, nil
}

// dictPart is a part of which only the dictionaries are asked, by column.
type dictPart struct {
	Part
	dicts map[uint32][]batch.Dictionary
}

func (p dictPart) Rows() int                                  { return 1 }
func (p dictPart) Dicts(col *types.Column) []batch.Dictionary { return p.dicts[col.ID] }
func (dictPart) ReadInto(*types.Column, int, int, *segment.Scratch) (*batch.Vector, error) {
	return nil, errors.New("read")
}

// shardsOfText are three shards, of one column of text each, whose dictionaries share
// values, with NULLs and with text that has no symbol where it is, and what they hold.
func shardsOfText() (groups [][]Operator, parts [][]Part, want map[string]int) {
	want = map[string]int{}
	for s := range 3 {
		d := &listDict{}
		for i := range 20 {
			d.texts = append(d.texts, strconv.Itoa((i*7+s*5)%40))
		}
		parts = append(parts, []Part{dictPart{dicts: map[uint32][]batch.Dictionary{1: {d}}}})
		var ops []Operator
		for op := range 2 {
			var list []*batch.Batch
			for k := range 3 {
				col := batch.Symbols{Dict: d}
				col.Overlay.AppendString("39") // a symbol elsewhere
				col.Overlay.AppendString("nowhere")
				var nulls []bool
				for i := range 50 {
					code := uint32(i*(op+1)+k) % 20
					switch i % 10 {
					case 1:
						if _, ok := d.Lookup([]byte("39")); !ok {
							code = batch.OverlayBit
						}
					case 2:
						code = batch.OverlayBit | 1
					}
					isNull := k == 2 && i%5 == 0
					if nulls = append(nulls, isNull); isNull {
						code = 0
						want["NULL"]++
					} else {
						want[string(col.Of(code))]++
					}
					col.Codes = append(col.Codes, code)
				}
				v := &batch.Vector{Type: types.MustParse("Nullable(String)"), Len: 50, Nulls: nulls, Data: col}
				if k != 2 {
					v.Nulls = nil
				}
				list = append(list, batch.New([]string{"k"}, []*batch.Vector{v}, 50))
			}
			ops = append(ops, &listed{batches: list})
		}
		groups = append(groups, ops)
	}
	return groups, parts, want
}

// listed gives batches.
type listed struct {
	batches []*batch.Batch
	closed  int
}

func (l *listed) Next(context.Context) (*batch.Batch, error) {
	if len(l.batches) == 0 {
		return nil, nil
	}
	b := l.batches[0]
	l.batches = l.batches[1:]
	return b, nil
}

func (l *listed) Close() error { l.closed++; return nil }

func uniteSpec(parts [][]Part, how Uniting) ScanSpec {
	return ScanSpec{Columns: []types.Column{{ID: 1, Type: types.MustParse("Nullable(String)")}}, Shards: parts, Unite: how}
}

// TestUnitedGroups groups the rows of several shards as of one, with one and more
// workers: each value is one group, with all of its rows.
func TestUnitedGroups(t *testing.T) {
	for _, workers := range []int{1, 2, 5} {
		groups, parts, want := shardsOfText()
		env := &Env{Expr: expr.Background(), Budget: ledger.New("query", 1<<30, nil), Progress: &Progress{}, Workers: workers, Unite: uniteLists}
		s, err := unite(env, uniteSpec(parts, UniteAll), groups, 900)
		if err != nil {
			t.Fatal(err)
		}
		if len(s.Groups) != 1 || len(s.Groups[0]) != min(workers, 4) {
			t.Fatalf("%d groups, %d streams", len(s.Groups), len(s.Groups[0]))
		}
		count, err := agg.New("count", nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		key := &expr.Column{Pos: 0, T: types.MustParse("Nullable(String)")}
		op := NewAggregate(env, []AggregateInput{{Streams: s, Keys: []expr.Expr{key}, Args: [][]expr.Expr{nil}}}, []agg.Func{count}, []string{"k", "n"})
		got := map[string]int{}
		for {
			b, err := op.Next(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if b == nil {
				break
			}
			for i := range b.Rows {
				text := "NULL"
				if !b.Cols[0].IsNull(i) {
					text = string(b.Cols[0].Bytes(i))
				}
				if _, twice := got[text]; twice {
					t.Errorf("%d workers: two groups of %s", workers, text)
				}
				got[text] = int(batch.Values[uint64](b.Cols[1])[i])
			}
		}
		if len(got) != len(want) {
			t.Errorf("%d workers: %d groups, want %d", workers, len(got), len(want))
		}
		for k, n := range want {
			if got[k] != n {
				t.Errorf("%d workers: %d rows of %s, want %d", workers, got[k], k, n)
			}
		}
		if err := op.Close(); err != nil {
			t.Fatal(err)
		}
		for _, ops := range groups {
			for _, in := range ops {
				if in.(*listed).closed != 1 {
					t.Errorf("%d workers: an input was closed %d times", workers, in.(*listed).closed)
				}
			}
		}
	}
}

// TestUniteDecides says when shards stay apart.
func TestUniteDecides(t *testing.T) {
	groups, parts, _ := shardsOfText()
	large := &listDict{texts: make([]string, unitedMin)}
	states := types.MustParse("AggregateFunction(uniq, String)")
	sets := types.MustParse("AggregateFunction(uniqExact, String)")
	none := func([]batch.Dictionary, int) (batch.WholeDictionary, error) { return nil, nil }
	whole := func([]batch.Dictionary, int) (batch.WholeDictionary, error) { return large, nil }
	ofType := func(t types.Type, d batch.Dictionary) ScanSpec {
		s := uniteSpec([][]Part{{dictPart{dicts: map[uint32][]batch.Dictionary{1: {d}}}}, nil, {}}, UniteLarge)
		s.Columns[0].Type = t
		return s
	}
	limited := uniteSpec(parts, UniteAll)
	limited.Limit = 5
	for name, c := range map[string]struct {
		spec  ScanSpec
		unite func([]batch.Dictionary, int) (batch.WholeDictionary, error)
		want  int
	}{
		"apart":                  {uniteSpec(parts, Apart), whole, 3},
		"all":                    {uniteSpec(parts, UniteAll), whole, 1},
		"small":                  {uniteSpec(parts, UniteLarge), whole, 3},
		"large":                  {ofType(types.Of(types.String), large), whole, 1},
		"does not pay":           {ofType(types.Of(types.String), large), none, 3},
		"can't":                  {uniteSpec(parts, UniteAll), nil, 3},
		"limit":                  {limited, whole, 3},
		"states of another kind": {ofType(states, large), whole, 3},
		"sets":                   {ofType(sets, large), whole, 1},
		"no text":                {uniteSpec([][]Part{{dictPart{}}, {dictPart{}}, {dictPart{}}}, UniteAll), none, 1},
	} {
		env := &Env{Workers: 2, Unite: c.unite}
		s, err := unite(env, c.spec, groups, 1000)
		if err != nil || len(s.Groups) != c.want {
			t.Errorf("%s: %d groups, want %d, %v", name, len(s.Groups), c.want, err)
		}
	}
	failed := errors.New("failed")
	_, err := unite(&Env{Workers: 2, Unite: func([]batch.Dictionary, int) (batch.WholeDictionary, error) { return nil, failed }}, uniteSpec(parts, UniteAll), groups, 1000)
	if !errors.Is(err, failed) {
		t.Errorf("the error is %v", err)
	}
}
