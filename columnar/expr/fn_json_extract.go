package expr

import (
	"math"
	"strconv"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/types"
)

// jsonFunctions read JSON documents. A text that is none has nothing in it.
func jsonFunctions() []*function {
	const cat, doc = "JSON", `'{"a":1}'`
	fn := func(name, returns, text string, bind bindFunc) *function {
		return entry(info(cat, name+"(json[, key or place, …])", returns, text, name+"("+doc+", 'a')"), 1, anyArgs, bind)
	}
	return []*function{
		fn("JSONExtractString", "String", "Is a value as text.", bindJSONText),
		fn("JSONExtractRaw", "String", "Is a value as JSON.", bindJSONText),
		fn("JSONExtractInt", "Int64", "Is a number; 0 when there is none.", bindJSONNumber(types.Int64, (*jsonDoc).int)),
		fn("JSONExtractUInt", "UInt64", "Is a number; 0 when there is none.", bindJSONNumber(types.UInt64, (*jsonDoc).uint)),
		fn("JSONExtractFloat", "Float64", "Is a number; 0 when there is none.", bindJSONNumber(types.Float64, (*jsonDoc).float)),
		fn("JSONExtractBool", "UInt8", "Is a truth value; 0 when there is none.", bindJSONNumber(types.UInt8, (*jsonDoc).bool)),
		fn("JSONHas", "UInt8", "Tells whether there is a value.", bindJSONNumber(types.UInt8, func(*jsonDoc, int) uint8 { return 1 })),
		fn("JSONLength", "UInt64", "Is the number of parts of an array or object.", bindJSONNumber(types.UInt64, func(d *jsonDoc, at int) uint64 { return uint64(d.nodes[at].size) })),
		fn("JSONType", "Enum8", "Is the kind of a value.", bindJSONType),
		fn("JSONExtractArrayRaw", "Array(String)", "Is the elements of an array as JSON.", bindJSONList),
		fn("JSONExtractKeys", "Array(String)", "Is the names in an object.", bindJSONList),
		entry(info(cat, "isValidJSON(s)", "UInt8", "Tells whether a text is JSON.", "isValidJSON("+doc+")"), 1, 1, bindIsValidJSON),
		entry(info(cat, "JSONArrayLength(json)", "Nullable(UInt64)", "Is the number of elements of an array; NULL when it is none.", "JSONArrayLength('[1]')").also("JSON_ARRAY_LENGTH"), 1, 1, bindJSONArrayLength),
	}
}

// jsonPath checks the arguments of a function and gives a search for the node
// of a row; -1 when there is none.
func jsonPath(s *site) (func(d *jsonDoc, args []*batch.Vector) func(i int) int, error) {
	if err := s.takesText(0); err != nil {
		return nil, err
	}
	names := make([]bool, len(s.types))
	for i := 1; i < len(s.types); i++ {
		names[i] = s.types[i].IsString()
		if !names[i] && !s.types[i].IsInteger() {
			return nil, s.illegal(i)
		}
	}
	return func(d *jsonDoc, args []*batch.Vector) func(i int) int {
		at := stringsOf(args[0])
		steps := make([]func(i, node int) int, 0, len(args)-1)
		for k, a := range args[1:] {
			if names[k+1] {
				key := stringsOf(a)
				steps = append(steps, func(i, node int) int { return d.member(node, key(i)) })
			} else {
				place := intsOf(a)
				steps = append(steps, func(i, node int) int { return d.part(node, place(i)) })
			}
		}
		return func(i int) int {
			if !d.read(at(i)) {
				return -1
			}
			node := 0
			for _, step := range steps {
				if node = step(i, node); node < 0 {
					return -1
				}
			}
			return node
		}
	}, nil
}

func bindJSONNumber[T batch.Fixed](k types.Kind, f func(d *jsonDoc, at int) T) bindFunc {
	return func(s *site) (bound, error) {
		path, err := jsonPath(s)
		if err != nil {
			return bound{}, err
		}
		return bound{ret: types.Of(k), run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
			d := &jsonDoc{}
			find, out := path(d, args), make([]T, r.n)
			for i := range out {
				if node := find(i); node >= 0 {
					out[i] = f(d, node)
				}
			}
			return vec(out), nil
		}}, nil
	}
}

func (d *jsonDoc) int(at int) int64 {
	n := &d.nodes[at]
	if x, err := strconv.ParseInt(string(n.text), 10, 64); err == nil {
		return x
	}
	f := d.float(at)
	if n.kind == jsonUint || math.Abs(f) >= 1<<63 {
		return 0
	}
	return int64(f)
}

func (d *jsonDoc) uint(at int) uint64 {
	if x, err := strconv.ParseUint(string(d.nodes[at].text), 10, 64); err == nil {
		return x
	}
	f := d.float(at)
	if f < 0 || f >= 1<<64 {
		return 0
	}
	return uint64(f)
}

func (d *jsonDoc) float(at int) float64 {
	n := &d.nodes[at]
	switch n.kind {
	case jsonInt, jsonUint, jsonDouble, jsonString:
		f, err := types.ParseFloat64(n.text)
		if err != nil {
			return 0
		}
		return f
	default:
		return 0
	}
}

func (d *jsonDoc) bool(at int) uint8 {
	n := &d.nodes[at]
	switch n.kind {
	case jsonBool:
		return truth(n.text[0] == 't')
	case jsonInt, jsonUint, jsonDouble:
		return truth(d.float(at) != 0)
	default:
		return 0
	}
}

func bindJSONText(s *site) (bound, error) {
	path, err := jsonPath(s)
	if err != nil {
		return bound{}, err
	}
	raw := s.name == "JSONExtractRaw"
	return bound{ret: types.Of(types.String), run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
		d := &jsonDoc{}
		find := path(d, args)
		return textRows(r, func(dst []byte, i int) ([]byte, error) {
			node := find(i)
			switch {
			case node < 0 || d.nodes[node].kind == jsonNull && !raw:
				return dst, nil
			case d.nodes[node].kind == jsonString && !raw:
				return append(dst, d.nodes[node].text...), nil
			default:
				return d.appendRaw(dst, node), nil
			}
		})
	}}, nil
}

func bindJSONList(s *site) (bound, error) {
	path, err := jsonPath(s)
	if err != nil {
		return bound{}, err
	}
	keys := s.name == "JSONExtractKeys"
	return bound{ret: types.ArrayOf(types.Of(types.String)), run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
		d := &jsonDoc{}
		find := path(d, args)
		var buf []byte
		return textListRows(r, func(l *textLists, i int) error {
			node := find(i)
			if node < 0 || keys && d.nodes[node].kind != jsonObject || !keys && d.nodes[node].kind != jsonArray {
				return nil
			}
			d.parts(node, func(_, part int) bool {
				if keys {
					l.add(d.nodes[part].key)
				} else {
					buf = d.appendRaw(buf[:0], part)
					l.add(buf)
				}
				return true
			})
			return nil
		})
	}}, nil
}

func bindJSONType(s *site) (bound, error) {
	b, err := bindJSONNumber(types.Int8, func(d *jsonDoc, at int) int8 { return int8(d.nodes[at].kind) })(s)
	if err != nil {
		return bound{}, err
	}
	b.ret, err = types.Parse("Enum8('Null' = 0, 'String' = 34, 'Array' = 91, 'Bool' = 98, 'Double' = 100, 'Int64' = 105, 'UInt64' = 117, 'Object' = 123)")
	return b, err
}

func bindIsValidJSON(s *site) (bound, error) {
	if err := s.takesText(0); err != nil {
		return bound{}, err
	}
	return bound{ret: types.Of(types.UInt8), run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
		at, out, d := stringsOf(args[0]), make([]uint8, r.n), &jsonDoc{}
		for i := range out {
			out[i] = truth(d.read(at(i)))
		}
		return vec(out), nil
	}}, nil
}

func bindJSONArrayLength(s *site) (bound, error) {
	if err := s.takesText(0); err != nil {
		return bound{}, err
	}
	return bound{ret: types.Of(types.UInt64).AsNullable(), run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
		at, out, nulls, d := stringsOf(args[0]), make([]uint64, r.n), make([]bool, r.n), &jsonDoc{}
		for i := range out {
			if d.read(at(i)) && d.nodes[0].kind == jsonArray {
				out[i] = uint64(d.nodes[0].size)
			} else {
				nulls[i] = true
			}
		}
		return &batch.Vector{Data: out, Nulls: nulls}, nil
	}}, nil
}
