package expr

import (
	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/chcode"
	"github.com/freshetdb/freshet/columnar/types"
)

func bindArrayFold(s *site) (bound, error) {
	lambda, ok := s.args[0].(*Lambda)
	if !ok {
		return bound{}, s.illegal(0)
	}
	last := len(s.args) - 1
	for i := 1; i < last; i++ {
		if s.types[i].Kind != types.Array {
			return bound{}, s.illegal(i)
		}
	}
	ret := s.args[last].Type()
	if !lambda.Body.Type().Equal(ret) {
		return bound{}, chcode.Errorf(chcode.TypeMismatch,
			"Return type of lambda function must be the same as the accumulator type. Inferred return type %s, inferred accumulator type %s",
			lambda.Body.Type(), ret)
	}
	return bound{ret: ret, canThrow: true, lazy: evalFold}, nil
}

// evalFold makes one step for all rows at a time: the k-th for the rows whose
// arrays have that many elements.
func evalFold(c *Call, v *env) (*batch.Vector, error) {
	lambda, last := c.Args[0].(*Lambda), len(c.Args)-1
	arrays := make([]*lists, last-1)
	for k := range arrays {
		a, err := c.Args[k+1].eval(v)
		if err != nil {
			return nil, err
		}
		arrays[k] = listsOf(a)
	}
	start, err := c.Args[last].eval(v)
	if err != nil {
		return nil, err
	}
	acc := plainStrings(start.Expand())
	open := make([]uint32, 0, v.rows)
	for i := range v.rows {
		for _, l := range arrays[1:] {
			if l.size(i) != arrays[0].size(i) {
				return nil, sizesDiffer(c.Name)
			}
		}
		open = append(open, uint32(i))
	}
	for step := 0; ; step++ {
		if err := v.ctx.cancelled(); err != nil {
			return nil, err
		}
		more := open[:0]
		for _, i := range open {
			if arrays[0].size(int(i)) > step {
				more = append(more, i)
			}
		}
		if open = more; len(open) == 0 {
			break
		}
		next, err := foldStep(v, lambda, arrays, acc.Gather(open), open, step)
		if err != nil {
			return nil, err
		}
		acc = replaceRows(acc, open, next)
	}
	res := *acc
	res.Type = c.typ
	return &res, nil
}

// foldStep evaluates the lambda for element number step of some rows.
func foldStep(v *env, lambda *Lambda, arrays []*lists, acc *batch.Vector, rows []uint32, step int) (*batch.Vector, error) {
	sub := v.only(rows, lambda)
	sub.params = append([]*batch.Vector(nil), sub.params...)
	for k, p := range lambda.Params {
		if k == 0 {
			sub.setParam(-1-p.Pos, acc)
			continue
		}
		l := arrays[k-1]
		perm := make([]uint32, len(rows))
		for j, i := range rows {
			lo, _ := l.at(int(i))
			perm[j] = lo + uint32(step)
		}
		sub.setParam(-1-p.Pos, l.elems.Gather(perm))
	}
	out, err := lambda.Body.eval(sub)
	if err != nil {
		return nil, err
	}
	return plainStrings(out.Expand()), nil
}

// replaceRows is v with other values in some rows.
func replaceRows(v *batch.Vector, rows []uint32, values *batch.Vector) *batch.Vector {
	if len(rows) == v.Len {
		return values
	}
	perm := appendRange(make([]uint32, 0, v.Len), 0, uint32(v.Len))
	for j, i := range rows {
		perm[i] = uint32(v.Len + j)
	}
	return concat(v.Type, []*batch.Vector{v, values}).Gather(perm)
}
