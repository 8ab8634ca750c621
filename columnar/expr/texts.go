package expr

import (
	"math"
	"strings"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/chcode"
	"github.com/freshetdb/freshet/columnar/types"
)

// maxTextBytes bounds the strings that one evaluation of a function makes, which
// keeps offsets within 32 bits.
const maxTextBytes = 1 << 30

// anyArgs marks a function that takes any number of arguments.
const anyArgs = variadic

// info describes a function; its name is what stands before the parenthesis of
// the syntax.
func info(category, syntax, returns, description, example string) Info {
	name, _, _ := strings.Cut(syntax, "(")
	return Info{
		Name: name, Syntax: syntax, Returns: returns, Description: description,
		Category: category, Example: example,
	}
}

// anyCase makes the name and the aliases case-insensitive.
func (i Info) anyCase() Info {
	i.CaseInsensitive = true
	return i
}

// also adds aliases.
func (i Info) also(names ...string) Info {
	i.Aliases = append(i.Aliases, names...)
	return i
}

// bindFunc is the bind step of a function.
type bindFunc func(*site) (bound, error)

// entry makes a function of lo to hi arguments.
func entry(i Info, lo, hi int, bind bindFunc, t ...traits) *function {
	f := &function{Info: i, min: lo, max: hi, bind: bind}
	for _, one := range t {
		f.traits |= one
	}
	return f
}

// takesText checks that arguments are strings; enums become strings.
func (s *site) takesText(which ...int) error {
	for _, i := range which {
		if i >= len(s.types) {
			continue
		}
		if s.types[i].IsEnum() {
			if err := s.cast(i, types.Of(types.String)); err != nil {
				return err
			}
		}
		if !s.types[i].IsString() {
			return s.illegal(i)
		}
	}
	return nil
}

// takesInts checks that arguments are integers.
func (s *site) takesInts(which ...int) error {
	for _, i := range which {
		if i < len(s.types) && !s.types[i].IsInteger() {
			return s.illegal(i)
		}
	}
	return nil
}

// takesConst checks that arguments are constant.
func (s *site) takesConst(which ...int) error {
	for _, i := range which {
		if i < len(s.args) && s.constant(i) == nil {
			return s.mustBeConst(i)
		}
	}
	return nil
}

// intsOf gives the value of an integer operand at a row; values beyond Int64
// are its greatest.
func intsOf(v *batch.Vector) func(i int) int64 {
	if d, ok := v.Data.([]uint64); ok {
		return func(i int) int64 { return int64(min(pick(d, i), math.MaxInt64)) }
	}
	d := ints(v)
	if len(d) == 1 {
		one := d[0]
		return func(int) int64 { return one }
	}
	return func(i int) int64 { return d[i] }
}

// constInts is a function that gives one number for all rows.
func constInts(x int64) func(int) int64 { return func(int) int64 { return x } }

// textRows makes a string of every row; f appends it to dst.
func textRows(r *run, f func(dst []byte, i int) ([]byte, error)) (*batch.Vector, error) {
	out := batch.Strings{Offsets: make([]uint32, 1, r.n+1)}
	for i := range r.n {
		if !r.skips(i) {
			var err error
			if out.Bytes, err = f(out.Bytes, i); err != nil {
				return nil, err
			}
			if len(out.Bytes) > maxTextBytes {
				return nil, tooMuchText()
			}
		}
		out.Offsets = append(out.Offsets, uint32(len(out.Bytes)))
	}
	return vec(out), nil
}

func tooMuchText() error {
	return chcode.Errorf(chcode.TooLargeStringSize, "Strings of more than %d bytes in one block", maxTextBytes)
}

// ofText binds a function that appends what it makes of one string.
func ofText(f func(dst, s []byte) []byte) bindFunc {
	return func(s *site) (bound, error) {
		if err := s.takesText(0); err != nil {
			return bound{}, err
		}
		return bound{ret: types.Of(types.String), run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
			at := stringsOf(args[0])
			return textRows(r, func(dst []byte, i int) ([]byte, error) { return f(dst, at(i)), nil })
		}}, nil
	}
}

// numberOfText binds a function that makes a number of one string.
func numberOfText[T batch.Fixed](k types.Kind, f func(s []byte) T) bindFunc {
	return func(s *site) (bound, error) {
		if err := s.takesText(0); err != nil {
			return bound{}, err
		}
		return bound{ret: types.Of(k), run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
			at := stringsOf(args[0])
			out := make([]T, r.n)
			for i := range out {
				out[i] = f(at(i))
			}
			return vec(out), nil
		}}, nil
	}
}

// testOfTexts binds a predicate of two strings.
func testOfTexts(f func(a, b []byte) bool) bindFunc {
	return func(s *site) (bound, error) {
		if err := s.takesText(0, 1); err != nil {
			return bound{}, err
		}
		return bound{ret: types.Of(types.UInt8), run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
			a, b := stringsOf(args[0]), stringsOf(args[1])
			out := make([]uint8, r.n)
			for i := range out {
				if f(a(i), b(i)) {
					out[i] = 1
				}
			}
			return vec(out), nil
		}}, nil
	}
}

// textLists grows a column of arrays of strings.
type textLists struct {
	ends  []uint32
	texts batch.Strings
}

func newTextLists(rows int) *textLists {
	return &textLists{ends: make([]uint32, 1, rows+1), texts: batch.Strings{Offsets: []uint32{0}}}
}

func (l *textLists) add(s []byte) { l.texts.Append(s) }

func (l *textLists) end() { l.ends = append(l.ends, uint32(l.texts.Len())) }

func (l *textLists) vec() *batch.Vector {
	elems := batch.NewStrings(types.Of(types.String), l.texts, nil)
	return vec(batch.Lists{Offsets: l.ends, Elems: elems})
}

// textListRows makes an array of strings of every row.
func textListRows(r *run, f func(l *textLists, i int) error) (*batch.Vector, error) {
	l := newTextLists(r.n)
	for i := range r.n {
		if !r.skips(i) {
			if err := f(l, i); err != nil {
				return nil, err
			}
			if len(l.texts.Bytes) > maxTextBytes {
				return nil, tooMuchText()
			}
		}
		l.end()
	}
	return l.vec(), nil
}
