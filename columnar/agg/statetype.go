package agg

import (
	"strconv"
	"strings"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/chcode"
	"github.com/freshetdb/freshet/columnar/types"
)

// OfState gives the function whose states a column of type AggregateFunction
// holds.
func OfState(t types.Type) (Func, error) {
	if t.Kind != types.AggregateFunction {
		return Func{}, chcode.Errorf(chcode.IllegalTypeOfArgument, "Type %s is no AggregateFunction", t)
	}
	params := make([]*batch.Vector, len(t.Params))
	for i, text := range t.Params {
		v, err := paramOf(text)
		if err != nil {
			return Func{}, err
		}
		params[i] = v
	}
	return New(t.Func, params, t.Elems)
}

// StateType is the type of the function's states.
func (f Func) StateType() types.Type {
	params := make([]string, len(f.params))
	for i, p := range f.params {
		params[i] = literalOf(p)
	}
	return types.StateOf(f.name, params, f.args)
}

// paramOf reads an SQL literal: a number or a quoted string.
func paramOf(text string) (*batch.Vector, error) {
	if strings.HasPrefix(text, "'") {
		v, err := types.Unquote(text)
		if err != nil {
			return nil, chcode.Errorf(chcode.BadArguments, "Parameter %s: %s", text, err)
		}
		var s batch.Strings
		s.AppendString(v)
		return batch.NewStrings(types.Of(types.String), s, nil), nil
	}
	if n, err := strconv.ParseUint(text, 10, 64); err == nil {
		return batch.NewFixed(types.Of(types.UInt64), []uint64{n}, nil), nil
	}
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		return batch.NewFixed(types.Of(types.Int64), []int64{n}, nil), nil
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return nil, chcode.Errorf(chcode.BadArguments, "Parameter %s is neither a number nor a string", text)
	}
	return batch.NewFixed(types.Of(types.Float64), []float64{f}, nil), nil
}

// literalOf is the inverse of paramOf.
func literalOf(v *batch.Vector) string {
	switch d := v.Data.(type) {
	case batch.Strings, batch.Symbols:
		return types.Quote(string(v.Bytes(0)))
	case []uint64:
		return strconv.FormatUint(d[0], 10)
	case []int64:
		return strconv.FormatInt(d[0], 10)
	}
	f := toFloats(nil, v, 1)[0]
	if v.Type.IsInteger() || v.Type.Kind == types.Bool {
		return strconv.FormatInt(int64(f), 10)
	}
	return strconv.FormatFloat(scaled(nil, v, 1)[0], 'g', -1, 64)
}

// sameState tells whether states of type t may be merged by the function name with
// these parameters. -If does not change the form of a state.
func sameState(name string, params []*batch.Vector, t types.Type) bool {
	if strings.TrimSuffix(t.Func, "If") != strings.TrimSuffix(name, "If") && !isAliasOf(name, t.Func) {
		return false
	}
	if len(params) == 0 {
		return true // quantileMerge(q) takes the level of the state
	}
	if strings.HasPrefix(name, "quantile") || strings.HasPrefix(name, "median") {
		return true // the level is asked of the state, not part of it
	}
	if len(params) != len(t.Params) {
		return false
	}
	for i, p := range params {
		own, err := paramOf(t.Params[i])
		if err != nil || literalOf(own) != literalOf(p) {
			return false
		}
	}
	return true
}

// isAliasOf tells whether two names are of one function.
func isAliasOf(a, b string) bool {
	da, db := find(a), find(b)
	return da != nil && da == db
}

// Finalize gives the finished values of states: what text formats print.
func Finalize(v *batch.Vector) (*batch.Vector, error) {
	f, err := OfState(v.Type)
	if err != nil {
		return nil, err
	}
	s, n := f.New(), v.Len
	if v.Const {
		n = 1
	}
	if err := decodeAll(s, v, n); err != nil {
		return nil, err
	}
	if err := Check(s, 0, n); err != nil {
		return nil, err
	}
	out := s.Finish(0, n)
	if v.Const {
		return batch.NewConst(out, v.Len), nil
	}
	return out, nil
}

// PortableStates gives states in the portable form; v itself when they are.
func PortableStates(v *batch.Vector) (*batch.Vector, error) {
	if v.Dicts == nil {
		return v, nil
	}
	f, err := OfState(v.Type)
	if err != nil {
		return nil, err
	}
	s, n := f.New(), v.Len
	if v.Const {
		n = 1
	}
	if err := decodeAll(s, v, n); err != nil {
		return nil, err
	}
	out := EncodeStates(v.Type, s, 0, n, nil)
	out.Len, out.Const = v.Len, v.Const
	return out, nil
}

// decodeAll reads the first n states of v into groups 0 … n-1 of s, which are new.
func decodeAll(s States, v *batch.Vector, n int) error {
	s.Grow(n)
	form := formOf(s, v)
	texts := v.Data.(batch.Strings)
	for i := range n {
		if err := decodeOne(s, texts.At(i), uint32(i), form); err != nil {
			return err
		}
	}
	return nil
}

// formOf binds s to the dictionaries of a vector of states and gives their form.
func formOf(s States, v *batch.Vector) Form {
	if v.Dicts == nil {
		return Portable
	}
	s.Bind(v.Dicts)
	return Local
}

// decodeOne reads a state, which must fill src; empty bytes are the empty state.
func decodeOne(s States, src []byte, group uint32, form Form) error {
	if len(src) == 0 {
		return nil
	}
	rest, err := s.Decode(src, group, form)
	if err == nil && len(rest) > 0 {
		err = ErrCorrupt
	}
	return err
}

// EncodeStates gives groups [lo, hi) of s as a vector of type t: in the local form
// with dicts, the dictionaries of the arguments, where all symbols that s holds are of
// them; else, and when dicts is nil, in the portable one.
func EncodeStates(t types.Type, s States, lo, hi int, dicts []batch.Dictionary) *batch.Vector {
	form := Local
	dicts = batch.Wholes(dicts) // States of a part are read as those of the whole.
	if !readBy(dicts, s.Dictionaries()) {
		form, dicts = Portable, nil
	}
	out := batch.Strings{Offsets: make([]uint32, 1, hi-lo+1)}
	for g := lo; g < hi; g++ {
		out.Bytes = s.Encode(out.Bytes, uint32(g), form)
		out.Offsets = append(out.Offsets, uint32(len(out.Bytes)))
	}
	v := batch.NewStrings(t, out, nil)
	v.Dicts = dicts
	return v
}

// readBy tells whether local states that hold symbols of own are read with dicts.
func readBy(dicts, own []batch.Dictionary) bool {
	for i, d := range own {
		if d != nil && (i >= len(dicts) || d != dicts[i]) {
			return false
		}
	}
	return dicts != nil
}

// encodedMerger is states that merge encoded ones without making states of them.
type encodedMerger interface {
	// mergeEncoded merges state i of texts into groups[i]. ok is false, and nothing
	// is changed, where that can't be done.
	mergeEncoded(groups []uint32, texts batch.Strings, form Form, dicts []batch.Dictionary) (ok bool, err error)
}

// MergeStates merges state i of v, of type AggregateFunction, into groups[i], for
// rows 0 … n-1. After an error, which wraps ErrCorrupt, s must not be used any more.
func MergeStates(s States, f Func, groups []uint32, v *batch.Vector, n int) error {
	if e, ok := s.(*entry); ok {
		s = e.inner
	}
	return mergeStates(s, f.make, groups, v, n)
}

func mergeStates(s States, newStates func(signed bool) States, groups []uint32, v *batch.Vector, n int) error {
	texts := v.Data.(batch.Strings)
	direct := s
	for { // the wrappers that encode their inner states as they are
		if c, ok := direct.(*conditional); ok {
			direct = c.inner
		} else if c, ok := direct.(*mergedStates); ok {
			direct = c.inner
		} else if c, ok := direct.(*kept); ok {
			direct = c.inner
		} else {
			break
		}
	}
	if m, ok := direct.(encodedMerger); ok {
		form := Portable
		if v.Dicts != nil {
			form = Local
		}
		if ok, err := m.mergeEncoded(groups[:n], texts.Slice(0, n), form, v.Dicts); ok || err != nil {
			return err
		}
	}
	tmp := newStates(false)
	if err := decodeAll(tmp, v, n); err != nil {
		return err
	}
	return s.Merge(tmp, groups[:n])
}
