package expr

import (
	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/chcode"
	"github.com/freshetdb/freshet/columnar/types"
)

// higher is one evaluation of a function that takes a lambda and arrays: the
// elements of all rows in one column, and what the lambda makes of each.
type higher struct {
	rows  int
	ends  []uint32      // of each row, in elems and mapped; begins with 0
	elems *batch.Vector // of the first array
	// mapped are the lambda's values, or elems when there is no lambda.
	mapped *batch.Vector
}

// at is the range of elements of a row.
func (h *higher) at(i int) (lo, hi uint32) { return h.ends[i], h.ends[i+1] }

// flags are the lambda's values as conditions.
func (h *higher) flags() ([]uint8, error) {
	if h.mapped.Type.Kind == types.Nothing {
		return make([]uint8, h.elems.Len), nil
	}
	return conditions(h.mapped, h.elems.Len)
}

// list is a column of arrays of the same sizes as the arguments.
func (h *higher) list(elems *batch.Vector) *batch.Vector {
	return vec(batch.Lists{Offsets: h.ends, Elems: elems})
}

// higherRun computes the result.
type higherRun func(h *higher) (*batch.Vector, error)

// higherBind chooses the type of the result and how to compute it for arrays of
// elem, of which the lambda makes values of type mapped.
type higherBind func(s *site, elem, mapped types.Type) (types.Type, higherRun, error)

// lambdaNeed says whether a function has to have a lambda.
type lambdaNeed bool

const (
	lambdaOptional lambdaNeed = false
	lambdaRequired lambdaNeed = true
)

// withLambda binds a function of a lambda and arrays.
func withLambda(need lambdaNeed, bind higherBind) bindFunc {
	return func(s *site) (bound, error) {
		lambda, ok := s.args[0].(*Lambda)
		first := 0
		if ok {
			first = 1
		}
		if !ok && bool(need) {
			return bound{}, chcode.Errorf(chcode.IllegalTypeOfArgument, "First argument for function %s must be a function", s.name)
		}
		if len(s.args) == first || !ok && len(s.args) > 1 {
			return bound{}, chcode.Errorf(chcode.NumberOfArgumentsDoesntMatch,
				"Number of arguments for function %s doesn't match: passed %d", s.name, len(s.args))
		}
		for i := first; i < len(s.args); i++ {
			if s.types[i].Kind != types.Array {
				return bound{}, s.illegal(i)
			}
		}
		elem := s.types[first].Elem()
		mapped := elem
		if ok {
			mapped = lambda.Body.Type()
		}
		ret, run, err := bind(s, elem, mapped)
		if err != nil {
			return bound{}, err
		}
		return bound{ret: ret, canThrow: true, lazy: func(c *Call, v *env) (*batch.Vector, error) {
			return evalHigher(c, v, run)
		}}, nil
	}
}

func evalHigher(c *Call, v *env, run higherRun) (*batch.Vector, error) {
	if err := v.ctx.cancelled(); err != nil {
		return nil, err
	}
	lambda, _ := c.Args[0].(*Lambda)
	from := c.Args
	if lambda != nil {
		from = from[1:]
	}
	arrays := make([]*batch.Vector, len(from))
	for i, a := range from {
		var err error
		if arrays[i], err = a.eval(v); err != nil {
			return nil, err
		}
	}
	rows := v.rows
	once := rows > 1 && allConst(arrays) && (lambda == nil || closed(lambda))
	if once {
		rows = 1
	}
	h, err := c.gather(v, lambda, arrays, rows)
	if err != nil {
		return nil, err
	}
	out, err := run(h)
	if err != nil {
		return nil, err
	}
	res := *out
	res.Type, res.Len = c.typ, rows
	if once {
		return batch.NewConst(res.Expand(), v.rows), nil
	}
	return &res, nil
}

// gather puts the elements of the arrays of all rows into one column per array
// and evaluates the lambda for them.
func (c *Call) gather(v *env, lambda *Lambda, arrays []*batch.Vector, rows int) (*higher, error) {
	h := &higher{rows: rows}
	columns := make([]*batch.Vector, len(arrays))
	for k, a := range arrays {
		ends, elems := flat(a, rows)
		columns[k] = elems
		if k == 0 {
			h.ends, h.elems, h.mapped = ends, elems, elems
			continue
		}
		for i, end := range ends {
			if h.ends[i] != end {
				return nil, sizesDiffer(c.Name)
			}
		}
	}
	if h.elems.Len > maxListElems {
		return nil, tooManyElems(h.elems.Len)
	}
	if lambda == nil {
		return h, nil
	}
	mapped, err := lambda.Body.eval(v.elements(lambda, columns, h))
	if err != nil {
		return nil, err
	}
	h.mapped = plainStrings(mapped.Expand())
	return h, nil
}

// flat is the elements of arrays one behind the other, without gaps.
func flat(v *batch.Vector, rows int) (ends []uint32, elems *batch.Vector) {
	l := listsOf(v)
	if !l.one && l.offsets[0] == 0 && int(l.offsets[rows]) == l.elems.Len || rows == 1 && l.offsets[0] == 0 && int(l.offsets[1]) == l.elems.Len {
		return l.offsets[:rows+1], l.elems
	}
	p := newPicks(rows)
	for i := range rows {
		lo, hi := l.at(i)
		p.perm = appendRange(p.perm, lo, hi)
		p.ends = append(p.ends, uint32(len(p.perm)))
	}
	return p.ends, l.elems.Gather(p.perm)
}

// elements is the environment of a lambda's body: a row for each element.
func (v *env) elements(l *Lambda, columns []*batch.Vector, h *higher) *env {
	out := &env{ctx: v.ctx, cols: make([]*batch.Vector, len(v.cols)), rows: h.elems.Len}
	out.params = make([]*batch.Vector, len(v.params))
	for k, p := range l.Params {
		out.setParam(-1-p.Pos, columns[k])
	}
	own := map[int]bool{}
	for _, p := range l.Params {
		own[p.Pos] = true
	}
	var rowOfElem []uint32
	for _, pos := range references(l.Body) {
		if own[pos] || (pos < 0 && -1-pos >= len(v.params)) {
			continue // of this lambda, or of one inside it
		}
		if rowOfElem == nil {
			rowOfElem = make([]uint32, 0, h.elems.Len)
			for i := range h.rows {
				lo, hi := h.at(i)
				for range hi - lo {
					rowOfElem = append(rowOfElem, uint32(i))
				}
			}
		}
		if pos >= 0 {
			out.cols[pos] = v.cols[pos].Gather(rowOfElem)
		} else if outer := v.params[-1-pos]; outer != nil {
			out.params[-1-pos] = outer.Gather(rowOfElem)
		}
	}
	return out
}

// setParam sets the value of a parameter by its number.
func (v *env) setParam(number int, column *batch.Vector) {
	for len(v.params) <= number {
		v.params = append(v.params, nil)
	}
	v.params[number] = column
}
