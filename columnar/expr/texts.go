package expr

import (
	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/types"
)

// This file has the shapes of functions over strings whose work per row is far
// above the cost of a call.

// buildText makes r.n strings, each appended by row.
func buildText(r *run, row func(dst []byte, i int) []byte) (*batch.Vector, error) {
	out := batch.Strings{Offsets: make([]uint32, 1, r.n+1)}
	for i := range r.n {
		out.Bytes = row(out.Bytes, i)
		if len(out.Bytes) > maxTextBytes {
			return nil, r.ctx.bytes(r.name, int64(len(out.Bytes)), maxTextBytes)
		}
		out.Offsets = append(out.Offsets, uint32(len(out.Bytes)))
	}
	return vec(out), nil
}

// tryText is buildText where a row can fail; rows that do not matter are empty.
func tryText(r *run, row func(dst []byte, i int) ([]byte, error)) (*batch.Vector, error) {
	out := batch.Strings{Offsets: make([]uint32, 1, r.n+1)}
	for i := range r.n {
		if !r.skips(i) {
			var err error
			if out.Bytes, err = row(out.Bytes, i); err != nil {
				return nil, err
			}
			if len(out.Bytes) > maxTextBytes {
				return nil, r.ctx.bytes(r.name, int64(len(out.Bytes)), maxTextBytes)
			}
		}
		out.Offsets = append(out.Offsets, uint32(len(out.Bytes)))
	}
	return vec(out), nil
}

// buildEach makes r.n values of fixed width.
func buildEach[T any](r *run, row func(i int) T) *batch.Vector {
	out := make([]T, r.n)
	for i := range out {
		out[i] = row(i)
	}
	return vec(out)
}

// textFunction is a function from a string to a string.
//
//go:noinline
func textFunction(info Info, f func(dst, s []byte) []byte) *function {
	info.Returns = "String"
	return &function{Info: info, min: 1, max: 1, bind: func(s *site) (bound, error) {
		if !s.types[0].IsString() {
			return bound{}, s.illegal(0)
		}
		ret := types.Of(types.String)
		if s.name == "lower" || s.name == "upper" || s.name == "initcap" {
			ret = s.types[0] // of the same length
		}
		return bound{ret: ret, run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
			in := stringsOf(args[0])
			return buildText(r, func(dst []byte, i int) []byte { return f(dst, in(i)) })
		}}, nil
	}}
}

// numberFunction is a function from strings to a value of fixed width.
//
//go:noinline
func numberFunction[T any](info Info, count int, kind types.Kind, f func(args [][]byte) T) *function {
	info.Returns = kind.String()
	return &function{Info: info, min: count, max: count, bind: func(s *site) (bound, error) {
		if err := s.checkStrings(count); err != nil {
			return bound{}, err
		}
		return bound{ret: types.Of(kind), run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
			in := make([]func(int) []byte, len(args))
			for k, a := range args {
				in[k] = stringsOf(a)
			}
			row := make([][]byte, len(args))
			return buildEach(r, func(i int) T {
				for k := range in {
					row[k] = in[k](i)
				}
				return f(row)
			}), nil
		}}, nil
	}}
}

func (s *site) checkStrings(n int) error {
	for i := 0; i < n && i < len(s.args); i++ {
		if !s.types[i].IsString() {
			return s.illegal(i)
		}
	}
	return nil
}

func (s *site) checkIntegers(lo, hi int) error {
	for i := lo; i < hi && i < len(s.args); i++ {
		if !s.types[i].IsInteger() && s.types[i].Kind != types.Bool {
			return s.illegal(i)
		}
	}
	return nil
}

// lists builds arrays of strings.
type lists struct {
	elems   batch.Strings
	offsets []uint32
}

func newLists(n int) *lists {
	return &lists{elems: batch.Strings{Offsets: []uint32{0}}, offsets: make([]uint32, 1, n+1)}
}

func (l *lists) add(s []byte) { l.elems.Append(s) }

func (l *lists) end() { l.offsets = append(l.offsets, uint32(l.elems.Len())) }

func (l *lists) vec() *batch.Vector {
	return vec(batch.Lists{Offsets: l.offsets, Elems: batch.NewStrings(types.Of(types.String), l.elems, nil)})
}

// arraysOfText is Array(String).
func arraysOfText() types.Type { return types.ArrayOf(types.Of(types.String)) }
