package expr

import (
	"bytes"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/chcode"
	"github.com/freshetdb/freshet/columnar/types"
)

// parseNested reads arrays and tuples from their text: [1, 2], (1, 'a'). The
// elements' texts become columns of strings, which are then converted.
func (s *castSite) parseNested() (convert, error) {
	text := types.Of(types.String).AsNullable()
	elems := make([]convert, len(s.to.Elems))
	for k, t := range s.to.Elems {
		f, err := bindCast(s.ctx, text, t, castRules{accurate: s.rules.accurate})
		if err != nil {
			return nil, err
		}
		elems[k] = f
	}
	open, end := byte('['), byte(']')
	if s.to.Kind == types.Tuple {
		open, end = '(', ')'
	}
	return func(r *run, v *batch.Vector) (*batch.Vector, error) {
		in := v.Strings()
		columns := make([]*batch.Builder, len(elems))
		for k := range columns {
			columns[k] = batch.NewBuilder(text, r.n)
		}
		offsets := make([]uint32, 1, r.n+1)
		f := &faults{r: r, rules: s.rules}
		for i := range r.n {
			items, ok := splitNested(in.At(i), open, end)
			if s.to.Kind == types.Tuple {
				ok = ok && len(items) == len(elems)
			}
			if !ok {
				if err := f.at(i, func() error { return s.badNested(in.At(i)) }); err != nil {
					return nil, err
				}
				items = nil
			}
			appendItems(columns, items, s.to.Kind == types.Tuple)
			offsets = append(offsets, uint32(columns[0].Len()))
		}
		out := make([]*batch.Vector, len(elems))
		for k, f := range elems {
			c, err := f(&run{ctx: r.ctx, n: columns[k].Len()}, columns[k].Finish())
			if err != nil {
				return nil, err
			}
			out[k] = c.Expand()
		}
		if s.to.Kind == types.Tuple {
			return f.vec(out), nil
		}
		return f.vec(batch.Lists{Offsets: offsets, Elems: out[0]}), nil
	}, nil
}

func (s *castSite) badNested(text []byte) error {
	if s.to.Kind == types.Tuple {
		return chcode.Errorf(chcode.CannotParseInputAssertionFailed, "Cannot parse string '%s' as %s", text, s.to)
	}
	return chcode.Errorf(chcode.CannotReadArrayFromText, "Array does not start with '[' character or is malformed: '%s'", text)
}

// item is the text of an element.
type item struct {
	text []byte
	null bool
}

func appendItems(columns []*batch.Builder, items []item, tuple bool) {
	for k, c := range columns {
		switch {
		case !tuple:
			for _, it := range items {
				appendItem(c, it)
			}
		case items == nil:
			c.AppendNull()
		default:
			appendItem(c, items[k])
		}
	}
}

func appendItem(c *batch.Builder, it item) {
	if it.null {
		c.AppendNull()
		return
	}
	c.Str.Append(it.text)
	c.NotNull()
}

// splitNested takes the brackets off and splits at the commas between elements.
func splitNested(s []byte, open, end byte) ([]item, bool) {
	s = bytes.TrimSpace(s)
	if len(s) < 2 || s[0] != open || s[len(s)-1] != end {
		return nil, false
	}
	s = bytes.TrimSpace(s[1 : len(s)-1])
	items := []item{}
	for len(s) > 0 {
		n, ok := itemLength(s)
		if !ok {
			return nil, false
		}
		it, ok := itemOf(bytes.TrimSpace(s[:n]))
		if !ok {
			return nil, false
		}
		items = append(items, it)
		if n == len(s) {
			break
		}
		s = bytes.TrimSpace(s[n+1:])
		if len(s) == 0 {
			return nil, false
		}
	}
	return items, true
}

// itemLength is how far the first element goes: to a comma outside of quotes and
// brackets, or to the end.
func itemLength(s []byte) (int, bool) {
	depth := 0
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '\'':
			n, ok := quotedLength(s[i:])
			if !ok {
				return 0, false
			}
			i += n - 1
		case '[', '(':
			depth++
		case ']', ')':
			depth--
		case ',':
			if depth == 0 {
				return i, true
			}
		}
	}
	return len(s), depth == 0
}

func quotedLength(s []byte) (int, bool) {
	for i := 1; i < len(s); i++ {
		switch {
		case s[i] == '\\':
			i++
		case s[i] == '\'' && i+1 < len(s) && s[i+1] == '\'':
			i++
		case s[i] == '\'':
			return i + 1, true
		}
	}
	return 0, false
}

func itemOf(s []byte) (item, bool) {
	switch {
	case len(s) == 0:
		return item{}, false
	case bytes.EqualFold(s, []byte("NULL")):
		return item{null: true}, true
	case s[0] != '\'':
		return item{text: s}, true
	}
	n, ok := quotedLength(s)
	if !ok || n != len(s) {
		return item{}, false
	}
	return item{text: unescape(s[1 : n-1])}, true
}

// unescape resolves backslash escapes and doubled quotes.
func unescape(s []byte) []byte {
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case c == '\\' && i+1 < len(s):
			i++
			out = append(out, escaped(s[i]))
		case c == '\'' && i+1 < len(s) && s[i+1] == '\'':
			i++
			out = append(out, c)
		default:
			out = append(out, c)
		}
	}
	return out
}

func escaped(c byte) byte {
	switch c {
	case 'n':
		return '\n'
	case 't':
		return '\t'
	case 'r':
		return '\r'
	case '0':
		return 0
	case 'b':
		return '\b'
	case 'f':
		return '\f'
	default:
		return c
	}
}
