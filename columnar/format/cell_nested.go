package format

import (
	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/types"
)

// nested is the printer of elements: in JSON JSON, in text SQL literals.
func (p *printer) nested() *printer {
	q := *p
	if p.style != styleJSON {
		q.style, q.null = styleQuoted, "NULL"
	}
	return &q
}

// array prints [a,b,c].
func (p *printer) array(v *batch.Vector, depth int) cell {
	l := v.Data.(batch.Lists) //nolint:forcetypeassert // the form of Array
	in := p.nested()
	element := in.at(l.Elems, in.null, depth+1)
	if p.style == styleJSON && p.indent != "" && isNested(v.Type.Elem()) {
		return func(dst []byte, i int) []byte {
			from, to := l.Offsets[i], l.Offsets[i+1]
			if from == to {
				return append(dst, "[]"...)
			}
			dst = append(dst, '[')
			for e := from; e < to; e++ {
				if e > from {
					dst = append(dst, ',')
				}
				dst = element(p.newLine(dst, depth+1), int(e))
			}
			return append(p.newLine(dst, depth), ']')
		}
	}
	return func(dst []byte, i int) []byte {
		dst = append(dst, '[')
		for e := l.Offsets[i]; e < l.Offsets[i+1]; e++ {
			if e > l.Offsets[i] {
				dst = append(dst, ',')
			}
			dst = element(dst, int(e))
		}
		return append(dst, ']')
	}
}

func isNested(t types.Type) bool { return t.Kind == types.Array || t.Kind == types.Tuple }

// newLine begins a line of indented JSON at a depth.
func (p *printer) newLine(dst []byte, depth int) []byte {
	dst = append(dst, '\n')
	for range depth {
		dst = append(dst, p.indent...)
	}
	return dst
}

// tuple prints (a,b) in text, [a,b] or {"x":a} in JSON.
func (p *printer) tuple(v *batch.Vector, depth int) cell {
	parts := v.Data.([]*batch.Vector) //nolint:forcetypeassert // the form of Tuple
	if v.Type.Names != nil && p.tupleJSON {
		j := &printer{o: p.o, style: styleJSON, null: "null", indent: "  "}
		return j.jsonTuple(v.Type.Names, parts, 0)
	}
	if p.style == styleJSON {
		return p.jsonTuple(v.Type.Names, parts, depth)
	}
	in := p.nested()
	cells := in.parts(parts, depth+1)
	return func(dst []byte, i int) []byte {
		dst = append(dst, '(')
		for k, c := range cells {
			if k > 0 {
				dst = append(dst, ',')
			}
			dst = c(dst, i)
		}
		return append(dst, ')')
	}
}

func (p *printer) parts(parts []*batch.Vector, depth int) []cell {
	cells := make([]cell, len(parts))
	for i, v := range parts {
		cells[i] = p.at(v, p.null, depth)
	}
	return cells
}

func (p *printer) jsonTuple(names []string, parts []*batch.Vector, depth int) cell {
	cells := p.parts(parts, depth+1)
	open, end := byte('['), byte(']')
	keys := make([][]byte, len(cells))
	if names != nil {
		open, end = '{', '}'
		for i, n := range names {
			keys[i] = append(appendJSON(nil, []byte(n)), ':')
			if p.indent != "" {
				keys[i] = append(keys[i], ' ')
			}
		}
	}
	return func(dst []byte, i int) []byte {
		dst = append(dst, open)
		for k, c := range cells {
			if k > 0 {
				dst = append(dst, ',')
			}
			if p.indent != "" {
				dst = p.newLine(dst, depth+1)
			}
			dst = c(append(dst, keys[k]...), i)
		}
		if p.indent != "" {
			dst = p.newLine(dst, depth)
		}
		return append(dst, end)
	}
}
