package expr

import (
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

// maxCachedPatterns bounds the patterns of a column that are kept compiled.
const maxCachedPatterns = 1000

// cached compiles a pattern once per evaluation.
func cached[P any](known map[string]P, text []byte, compile func([]byte) (P, error)) (P, error) {
	if p, ok := known[string(text)]; ok {
		return p, nil
	}
	p, err := compile(text)
	if err != nil {
		return p, err
	}
	if len(known) >= maxCachedPatterns {
		clear(known)
	}
	known[string(text)] = p
	return p, nil
}
