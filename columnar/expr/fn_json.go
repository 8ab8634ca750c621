package expr

import (
	"bytes"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/chcode"
	"github.com/freshetdb/freshet/columnar/types"
)

// jsonFunctions read values out of JSON texts. What is not there or not JSON is
// the default of the type.
func jsonFunctions() []*function {
	out := []*function{
		jsonFunction("JSONHas", "Tells whether a value is there.", types.Of(types.UInt8), func(b *batch.Builder, v []byte) { b.U8 = append(b.U8, truth(v != nil)) }),
		jsonFunction("JSONLength", "Counts the members of an array or object.", types.Of(types.UInt64), func(b *batch.Builder, v []byte) { b.U64 = append(b.U64, uint64(jsonCount(v))) }),
		jsonFunction("JSONExtractString", "Is a value as text.", types.Of(types.String), func(b *batch.Builder, v []byte) { b.Str.Append(jsonText(v)) }),
		jsonFunction("JSONExtractRaw", "Is a value as JSON.", types.Of(types.String), func(b *batch.Builder, v []byte) { b.Str.Append(appendCompact(nil, v)) }),
		jsonFunction("JSONExtractInt", "Is a value as an integer.", types.Of(types.Int64), appendJSONNumber),
		jsonFunction("JSONExtractUInt", "Is a value as an unsigned integer.", types.Of(types.UInt64), appendJSONNumber),
		jsonFunction("JSONExtractFloat", "Is a value as a float.", types.Of(types.Float64), appendJSONNumber),
		jsonFunction("JSONExtractBool", "Is a value as a boolean.", types.Of(types.UInt8), func(b *batch.Builder, v []byte) { b.U8 = append(b.U8, truth(jsonBool(v))) }),
		jsonFunction("JSONExtractKeys", "Is the keys of an object.", arraysOfText(), func(b *batch.Builder, v []byte) { jsonMembers(b, v, true) }),
		jsonFunction("JSONExtractArrayRaw", "Is the elements of an array as JSON.", arraysOfText(), func(b *batch.Builder, v []byte) { jsonMembers(b, v, false) }),
		jsonFunction("JSONType", "Is the type of a value.", jsonTypes(), func(b *batch.Builder, v []byte) { b.I8 = append(b.I8, jsonType(v)) }),
		numberFunction(Info{Name: "isValidJSON", Syntax: "isValidJSON(s)", Description: "Tells whether a text is JSON.", Category: "JSON", Example: "isValidJSON('{}')"}, 1, types.UInt8, func(a [][]byte) uint8 { return truth(jsonRoot(a[0]) != nil) }),
		{Info: Info{Name: "JSONExtract", Syntax: "JSONExtract(json[, key or place]…, 'T')", Description: "Is a value as a type.", Returns: "T", Category: "JSON", Example: `JSONExtract('{"a": [1, 2]}', 'a', 'Array(UInt8)')`}, min: 2, max: variadic, traits: costly, bind: bindJSONExtract},
	}
	for _, f := range []struct {
		name string
		ret  types.Type
		add  func(b *batch.Builder, v []byte)
	}{
		{"Has", types.Of(types.UInt8), func(b *batch.Builder, v []byte) { b.U8 = append(b.U8, truth(v != nil)) }},
		{"ExtractString", types.Of(types.String), func(b *batch.Builder, v []byte) { b.Str.Append(jsonString(v)) }},
		{"ExtractRaw", types.Of(types.String), func(b *batch.Builder, v []byte) { b.Str.Append(v) }},
		{"ExtractInt", types.Of(types.Int64), appendSimpleNumber},
		{"ExtractUInt", types.Of(types.UInt64), appendSimpleNumber},
		{"ExtractFloat", types.Of(types.Float64), appendSimpleNumber},
		{"ExtractBool", types.Of(types.UInt8), func(b *batch.Builder, v []byte) { b.U8 = append(b.U8, truth(string(v) == "true")) }},
	} {
		out = append(out, &function{
			Info: Info{Name: "simpleJSON" + f.name, Aliases: []string{"visitParam" + f.name}, Syntax: "simpleJSON" + f.name + "(json, key)", Description: "Reads the first value of a key in JSON without white space, at any depth.", Returns: f.ret.String(), Category: "JSON", Example: "simpleJSON" + f.name + `('{"a":1}', 'a')`},
			min:  2, max: 2, traits: costly, bind: func(s *site) (bound, error) { return bindSimpleJSON(s, f.ret, f.add) },
		})
	}
	return out
}

// jsonFunction reads the value at a path.
//
//go:noinline
func jsonFunction(name, text string, ret types.Type, add func(b *batch.Builder, v []byte)) *function {
	return &function{
		Info: Info{Name: name, Syntax: name + "(json[, key or place]…)", Description: text, Returns: ret.String(), Category: "JSON", Example: name + `('{"a": 1}', 'a')`},
		min:  1, max: variadic, traits: costly, bind: func(s *site) (bound, error) { return bindJSON(s, len(s.args), ret, add) },
	}
}

// bindJSON walks the path in arguments 1 to last-1 and appends what it finds.
func bindJSON(s *site, last int, ret types.Type, add func(b *batch.Builder, v []byte)) (bound, error) {
	if err := s.checkStrings(1); err != nil {
		return bound{}, err
	}
	for i := 1; i < last; i++ {
		if !s.types[i].IsString() && !s.types[i].IsInteger() {
			return bound{}, s.illegal(i)
		}
	}
	return bound{ret: ret, run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
		in := stringsOf(args[0])
		path := jsonPath(args[1:last])
		b := batch.NewBuilder(ret, r.n)
		for i := range r.n {
			v := jsonRoot(in(i))
			for _, step := range path {
				if v == nil {
					break
				}
				v = jsonChild(v, step(i))
			}
			add(b, v)
		}
		return b.Finish(), nil
	}}, nil
}

func jsonPath(args []*batch.Vector) []func(i int) jsonStep {
	out := make([]func(i int) jsonStep, len(args))
	for k, a := range args {
		if a.Type.IsString() {
			in := stringsOf(a)
			out[k] = func(i int) jsonStep { return jsonStep{key: append([]byte{}, in(i)...)} }
			continue
		}
		at := ints(a)
		out[k] = func(i int) jsonStep { return jsonStep{place: pick(at, i)} }
	}
	return out
}

// jsonText is a string's text, another value's JSON, nothing for null.
func jsonText(v []byte) []byte {
	switch {
	case len(v) == 0 || string(v) == "null":
		return nil
	case v[0] == '"':
		return jsonString(v)
	default:
		return appendCompact(nil, v)
	}
}

func jsonBool(v []byte) bool {
	if string(v) == "true" {
		return true
	}
	if len(v) == 0 || (v[0] != '-' && (v[0] < '0' || v[0] > '9')) {
		return false
	}
	f, err := types.ParseFloat64(v)
	return err == nil && f != 0
}

// appendJSONNumber reads a number, a string that holds one, or a boolean.
func appendJSONNumber(b *batch.Builder, v []byte) {
	switch {
	case len(v) > 0 && v[0] == '"':
		v = jsonString(v)
	}
	f, errF := types.ParseFloat64(v)
	switch b.Type.Kind {
	case types.Float64:
		if errF != nil {
			f = 0
		}
		b.F64 = append(b.F64, f)
	case types.Int64:
		n, err := types.ParseInt(v, 64)
		if err != nil {
			n = 0
			if errF == nil && f >= -0x1p63 && f < 0x1p63 {
				n = int64(f)
			}
		}
		b.I64 = append(b.I64, n)
	default:
		n, err := types.ParseUint(v, 64)
		if err != nil {
			n = 0
			if errF == nil && f >= 0 && f < 0x1p64 {
				n = uint64(f)
			}
		}
		b.U64 = append(b.U64, n)
	}
}

func jsonMembers(b *batch.Builder, v []byte, keys bool) {
	want := byte('[')
	if keys {
		want = '{'
	}
	if len(v) > 0 && v[0] == want {
		end := 0
		jsonEach(v, 0, 0, func(key, keyEnd, value, valueEnd int) bool {
			if keys {
				b.Elems[0].Str.Append(jsonString(v[key:keyEnd]))
			} else {
				b.Elems[0].Str.Append(appendCompact(nil, v[value:valueEnd]))
			}
			return true
		}, &end)
	}
	b.EndList()
}

func jsonTypes() types.Type {
	e, err := types.NewEnum(
		[]string{"Null", "String", "Array", "Bool", "Double", "Int64", "UInt64", "Object"},
		[]int16{0, '"', '[', 'b', 'd', 'i', 'u', '{'})
	if err != nil {
		panic(err)
	}
	return types.Type{Kind: types.Enum8, Enum: e}
}

func jsonType(v []byte) int8 {
	switch {
	case len(v) == 0 || v[0] == 'n':
		return 0
	case v[0] == '"' || v[0] == '[' || v[0] == '{':
		return int8(v[0])
	case v[0] == 't' || v[0] == 'f':
		return 'b'
	}
	if _, err := types.ParseInt(v, 64); err == nil {
		return 'i'
	}
	if _, err := types.ParseUint(v, 64); err == nil {
		return 'u'
	}
	return 'd'
}

func bindJSONExtract(s *site) (bound, error) {
	last := len(s.args) - 1
	t, err := s.typeArg(last)
	if err != nil {
		return bound{}, err
	}
	if !jsonReadable(t) {
		return bound{}, chcode.Errorf(chcode.NotImplemented, "JSONExtract to %s is not supported", t)
	}
	t.LowCard = false
	reader := &types.TimeReader{Zone: s.ctx.zoneOf(t), Now: s.ctx.Now.Unix(), Basic: s.ctx.BasicTimeInput}
	return bindJSON(s, last, t, func(b *batch.Builder, v []byte) { appendJSON(b, v, reader) })
}

func jsonReadable(t types.Type) bool {
	switch t.Kind {
	case types.Array:
		return jsonReadable(t.Elem())
	case types.Tuple:
		return every(t.Elems, jsonReadable)
	case types.Bool, types.String, types.DateTime, types.DateTime64, types.Date:
		return true
	default:
		return t.IsInteger() || t.IsFloat()
	}
}

// appendJSON adds a JSON value to a column, the default where it does not fit.
func appendJSON(b *batch.Builder, v []byte, times *types.TimeReader) {
	t := b.Type
	if len(v) == 0 || string(v) == "null" {
		b.AppendDefault()
		return
	}
	switch t.Kind {
	case types.Array:
		if v[0] == '[' {
			end := 0
			jsonEach(v, 0, 0, func(_, _, value, valueEnd int) bool {
				appendJSON(b.Elems[0], v[value:valueEnd], times)
				return true
			}, &end)
		}
		b.EndList()
		return
	case types.Tuple:
		for k, e := range b.Elems {
			step := jsonStep{place: int64(k + 1)}
			if t.Names != nil && v[0] == '{' {
				step = jsonStep{key: []byte(t.Names[k])}
			}
			appendJSON(e, jsonChild(v, step), times)
		}
		b.EndTuple()
		return
	default:
	}
	if !appendJSONScalar(b, v, times) {
		b.AppendDefault()
		return
	}
	b.NotNull()
}

// appendJSONScalar adds a scalar; false when it does not fit the type.
func appendJSONScalar(b *batch.Builder, v []byte, times *types.TimeReader) bool {
	t := b.Type
	text := v
	if v[0] == '"' {
		text = jsonString(v)
	}
	switch t.Kind {
	case types.String:
		b.Str.Append(jsonText(v))
		return true
	case types.Bool:
		b.U8 = append(b.U8, truth(jsonBool(v)))
		return true
	case types.Date:
		d, err := types.ParseDate(text)
		if err == nil {
			b.U16 = append(b.U16, d)
		}
		return err == nil
	case types.DateTime:
		d, err := times.DateTime(text)
		if err == nil {
			b.U32 = append(b.U32, d)
		}
		return err == nil
	case types.DateTime64:
		d, err := times.DateTime64(text, int(t.Scale))
		if err == nil {
			b.I64 = append(b.I64, d)
		}
		return err == nil
	default:
	}
	if string(v) == "true" || string(v) == "false" {
		text = []byte{'0' + truth(v[0] == 't')}
	}
	c := &castSite{ctx: Background(), from: types.Of(types.String), to: t.Plain(), rules: castRules{accurate: true, fault: faultNull}}
	f, err := c.parse()
	if err != nil {
		return false
	}
	var s batch.Strings
	s.Append(text)
	out, err := f(&run{n: 1}, &batch.Vector{Type: c.from, Len: 1, Data: s})
	if err != nil || out.IsNull(0) {
		return false
	}
	one := &batch.Vector{Type: t.Plain(), Len: 1, Data: out.Data}
	plain := *b
	plain.Type = t.Plain()
	plain.AppendRow(one, 0)
	plain.Type = t
	*b = plain
	return true
}

// bindSimpleJSON looks for "key": as text.
func bindSimpleJSON(s *site, ret types.Type, add func(b *batch.Builder, v []byte)) (bound, error) {
	if err := s.checkStrings(1); err != nil {
		return bound{}, err
	}
	key, err := s.constString(1)
	if err != nil {
		return bound{}, err
	}
	needle := []byte(`"` + key + `":`)
	return bound{ret: ret, run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
		in := stringsOf(args[0])
		b := batch.NewBuilder(ret, r.n)
		for i := range r.n {
			add(b, simpleValue(in(i), needle))
		}
		return b.Finish(), nil
	}}, nil
}

func simpleValue(s, needle []byte) []byte {
	at := bytes.Index(s, needle)
	if at < 0 {
		return nil
	}
	at = jsonSpace(s, at+len(needle))
	end := jsonSkip(s, at, 0)
	if end < 0 {
		return nil
	}
	return s[at:end]
}

// appendSimpleNumber reads a number, also one in quotes.
func appendSimpleNumber(b *batch.Builder, v []byte) {
	if len(v) > 0 && (v[0] == 't' || v[0] == 'f' || v[0] == 'n') {
		v = nil
	}
	appendJSONNumber(b, v)
}
