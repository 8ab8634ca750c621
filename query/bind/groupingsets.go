package bind

import (
	"slices"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/chcode"
	"github.com/freshetdb/freshet/columnar/expr"
	"github.com/freshetdb/freshet/columnar/types"
	"github.com/freshetdb/freshet/query/ast"
	"github.com/freshetdb/freshet/query/plan"
)

// groupingSetsMax bounds the sets of one query: each gets its part of every group.
const groupingSetsMax = 1024

// groupingBase marks columns that stand for the result of grouping(…) until the
// groups are put together. It is below slideColumn.
const groupingBase = 1 << 23

// groupingCall is one grouping(…).
type groupingCall struct {
	args []expr.Expr
	name string
}

// grouping binds grouping(key, …): which keys a row is not grouped by.
func (b *Binder) grouping(e *ast.FuncCall, s *scope) (expr.Expr, error) {
	if len(e.Args) == 0 {
		return nil, chcode.Errorf(chcode.TooFewArgumentsForFunction, "Function GROUPING expects at least one argument")
	}
	if s.aggs == nil || s.inAgg {
		return nil, chcode.Errorf(chcode.IllegalAggregation, "GROUPING function %s is found where there are no groups", ast.Format(e))
	}
	call := groupingCall{name: ast.Format(e)}
	for _, a := range e.Args {
		x, err := b.expression(a, s)
		if err != nil {
			return nil, err
		}
		call.args = append(call.args, x)
	}
	if len(call.args) > 64 {
		return nil, chcode.Errorf(chcode.NumberOfArgumentsDoesntMatch, "Function GROUPING can have up to 64 arguments")
	}
	s.aggs.grouping = append(s.aggs.grouping, call)
	return &expr.Column{Pos: groupingBase + len(s.aggs.grouping) - 1, Name: call.name, T: types.Of(types.UInt64)}, nil
}

func isGrouping(c *expr.Column) bool { return c.Pos >= groupingBase && c.Pos < slideColumn }

func hasGrouping(e expr.Expr) bool {
	return slices.ContainsFunc(expr.Columns(e), func(pos int) bool { return isGrouping(&expr.Column{Pos: pos}) })
}

// groupKeys are the keys of all sets together, and the sets as written; nil for a
// plain GROUP BY.
func (s *selectBinder) groupKeys(g *ast.GroupBy) (keys []expr.Expr, sets [][]expr.Expr, err error) {
	if g == nil || g.Kind != ast.GroupSets {
		keys, err = s.keys(g)
		return keys, nil, err
	}
	if len(g.Sets) > groupingSetsMax {
		return nil, nil, tooManySets()
	}
	for _, list := range g.Sets {
		set, err := s.keys(&ast.GroupBy{Keys: list})
		if err != nil {
			return nil, nil, err
		}
		keys, sets = append(keys, set...), append(sets, set)
	}
	return keys, sets, nil
}

func tooManySets() error {
	return chcode.Errorf(chcode.BadArguments, "GROUP BY has more than %d grouping sets", groupingSetsMax)
}

// groupingSets are the sets of a GROUP BY over n keys, as places of keys; place gives
// the key that an expression is.
func groupingSets(kind ast.GroupingKind, n int, written [][]expr.Expr, place map[string]int) ([][]int, error) {
	var out [][]int
	switch kind {
	case ast.GroupRollup:
		if n >= groupingSetsMax {
			return nil, tooManySets()
		}
		for k := n; k >= 0; k-- {
			out = append(out, firstKeys(k))
		}
	case ast.GroupCube:
		if n > 10 { // of 2 to the n sets
			return nil, tooManySets()
		}
		for mask := range 1 << n {
			out = append(out, slices.DeleteFunc(firstKeys(n), func(i int) bool { return mask&(1<<(n-1-i)) != 0 }))
		}
	case ast.GroupSets:
		for _, list := range written {
			set := []int{}
			for _, e := range list {
				if i, ok := place[fingerprint(e)]; ok {
					set = append(set, i)
				}
			}
			out = append(out, set)
		}
	case ast.GroupPlain:
	}
	return out, nil
}

func firstKeys(n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = i
	}
	return out
}

// setColumn names the key that tells grouping sets apart.
const setColumn = "grouping set"

// spreadSets groups n by each of some sets of its keys: rows are put together once, by
// all keys, and each group then falls into one of every set, in which the other keys
// have their defaults. A last key tells the sets apart. isWritten tells that the sets
// stand in the query, not of constants only: then an empty one has a row also over no rows.
func spreadSets(n *plan.Aggregate, sets [][]int, isWritten bool) *plan.Aggregate {
	var always []int
	for k, set := range sets {
		if isWritten && len(set) == 0 {
			always = append(always, k)
		}
	}
	inner := partial(n, len(always) > 0)
	width := len(n.Keys)
	p := &plan.Project{Input: inner}
	fields := inner.Fields()
	for i := range width {
		p.Exprs, p.Names = append(p.Exprs, column(i, fields[i])), append(p.Names, fields[i].Name)
	}
	p.Exprs, p.Names = append(p.Exprs, setNumber(0)), append(p.Names, setColumn)
	for i := width; i < len(fields); i++ {
		p.Exprs, p.Names = append(p.Exprs, column(i, fields[i])), append(p.Names, fields[i].Name)
	}
	s := &plan.Spread{Input: p, Cols: firstKeys(width + 1), Always: always}
	for k, set := range sets {
		variant := make([]expr.Expr, 0, width+1)
		for i := range width {
			if slices.Contains(set, i) {
				variant = append(variant, column(i, fields[i]))
			} else {
				variant = append(variant, defaultOf(fields[i].Type))
			}
		}
		s.Variants = append(s.Variants, append(variant, setNumber(k)))
	}
	keyed := *n
	keyed.Keys = append(slices.Clone(n.Keys), setNumber(0))
	keyed.KeyNames = append(slices.Clone(n.KeyNames), setColumn)
	return mergedParts(&keyed, s)
}

func setNumber(k int) expr.Expr {
	return constant(batch.NewFixed(types.Of(types.UInt32), []uint32{uint32(k)}, nil))
}

// defaultOf is the default value of a type.
func defaultOf(t types.Type) expr.Expr {
	b := batch.NewBuilder(t, 1)
	b.AppendDefault()
	return constant(b.Finish())
}

// groupingValue is the value of grouping(…): a bit for each argument, the first one the
// highest, that is set where the row is not grouped by it.
func (a *aboveGroup) groupingValue(ctx *expr.Ctx, call *groupingCall) (expr.Expr, error) {
	var places []int
	for _, e := range call.args {
		i, ok := a.keys[fingerprint(e)]
		if _, isConst := e.(*expr.Const); isConst && !ok {
			i, ok = -1, true
		}
		if !ok {
			return nil, chcode.Errorf(chcode.BadArguments, "GROUPING function argument %s is not in GROUP BY keys", e)
		}
		places = append(places, i)
	}
	values := []uint64{0}
	if a.sets != nil {
		values = make([]uint64, len(a.sets))
	}
	for k, set := range a.sets {
		for _, i := range places {
			values[k] <<= 1
			if i >= 0 && !slices.Contains(set, i) {
				values[k] |= 1
			}
		}
	}
	u64 := types.Of(types.UInt64)
	if a.sets == nil {
		return constant(batch.NewFixed(u64, values, nil)), nil
	}
	list := constant(&batch.Vector{
		Type: types.ArrayOf(u64), Len: 1, Data: batch.Lists{Offsets: []uint32{0, uint32(len(values))}, Elems: batch.NewFixed(u64, values, nil)},
	})
	at := len(a.node.Keys) - 1
	number := &expr.Column{Pos: at, Name: setColumn, T: types.Of(types.UInt32)}
	next, err := expr.NewCall(ctx, "plus", []expr.Expr{number, setNumber(1)})
	if err != nil {
		return nil, err
	}
	return expr.NewCall(ctx, "arrayElement", []expr.Expr{list, next})
}
