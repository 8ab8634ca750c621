package format

import (
	"strconv"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/types"
)

// cell prints the value of one column at a row behind dst.
type cell func(dst []byte, row int) []byte

// style is how a format writes values.
type style uint8

const (
	stylePlain   style = iota // strings as they are: Pretty, Vertical, TSVRaw
	styleTSV                  // backslash escapes
	styleCSV                  // double quotes
	styleQuoted               // SQL literals: Values, and inside arrays of text formats
	styleJSON                 // JSON values
	styleStrings              // JSON strings of the plain text
)

// printer makes cells of columns.
type printer struct {
	o     *WriteOptions
	style style
	null  string // how NULL is printed at the top level
	// indent is what a level of nested JSON is indented by; "" prints it on one
	// line. Named tuples of Pretty are JSON with an indent of their own.
	indent string
	// tupleJSON prints named tuples in text as JSON: Pretty and Vertical.
	tupleJSON bool
}

// cell is the printer of v's values.
func (p *printer) cell(v *batch.Vector) cell { return p.at(v, p.null, 0) }

func (p *printer) at(v *batch.Vector, null string, depth int) cell {
	c := p.value(v, depth)
	if v.Const {
		inner := c
		c = func(dst []byte, _ int) []byte { return inner(dst, 0) }
	}
	if v.Nulls == nil && v.Type.Kind != types.Nothing {
		return c
	}
	return func(dst []byte, row int) []byte {
		if v.Type.Kind == types.Nothing || v.IsNull(row) {
			return append(dst, null...)
		}
		return c(dst, row)
	}
}

// value is the printer of values that are not NULL.
func (p *printer) value(v *batch.Vector, depth int) cell {
	switch v.Type.Kind {
	case types.String, types.FixedString:
		return p.text(bytesOf(v))
	case types.Enum8, types.Enum16:
		return p.text(enumNames(v))
	case types.Array:
		return p.whole(p.array(v, depth))
	case types.Tuple:
		return p.whole(p.tuple(v, depth))
	case types.Date, types.Date32, types.DateTime, types.DateTime64, types.UUID, types.IPv4, types.IPv6:
		return p.quote(p.fixed(v))
	case types.Nothing:
		return func(dst []byte, _ int) []byte { return dst }
	default:
		return p.number(v)
	}
}

// bytesOf gives the bytes of a String column's rows.
func bytesOf(v *batch.Vector) func(int) []byte {
	switch d := v.Data.(type) {
	case batch.Symbols:
		return d.At
	default:
		s := v.Strings()
		return s.At
	}
}

// enumNames gives the names of an Enum column's rows.
func enumNames(v *batch.Vector) func(int) []byte {
	names := make(map[int16][]byte)
	for _, n := range v.Type.Enum.Names() {
		value, _ := v.Type.Enum.Value(n)
		names[value] = []byte(n)
	}
	if d, ok := v.Data.([]int8); ok {
		return func(i int) []byte { return names[int16(d[i])] }
	}
	d := batch.Values[int16](v)
	return func(i int) []byte { return names[d[i]] }
}

// text prints strings.
func (p *printer) text(at func(int) []byte) cell {
	switch p.style {
	case styleTSV:
		return func(dst []byte, i int) []byte { return appendTSV(dst, at(i)) }
	case styleCSV:
		return func(dst []byte, i int) []byte { return appendCSV(dst, at(i)) }
	case styleQuoted:
		return func(dst []byte, i int) []byte { return types.AppendQuoted(dst, at(i)) }
	case styleJSON, styleStrings:
		return func(dst []byte, i int) []byte { return appendJSON(dst, at(i)) }
	default:
		return func(dst []byte, i int) []byte { return append(dst, at(i)...) }
	}
}

// quote puts text without special characters into the quotes of the style.
func (p *printer) quote(c cell) cell {
	var q byte
	switch p.style {
	case styleCSV, styleJSON, styleStrings:
		q = '"'
	case styleQuoted:
		q = '\''
	default:
		return c
	}
	return func(dst []byte, i int) []byte { return append(c(append(dst, q), i), q) }
}

// whole is how an array or tuple stands in its format: in CSV and JSONStrings its
// text is a string.
func (p *printer) whole(c cell) cell {
	if p.style != styleCSV && p.style != styleStrings {
		return c
	}
	escape := appendCSV
	if p.style == styleStrings {
		escape = appendJSON
	}
	var scratch []byte
	return func(dst []byte, i int) []byte {
		scratch = c(scratch[:0], i)
		return escape(dst, scratch)
	}
}

// fixed prints times, addresses and UUIDs without quotes.
func (p *printer) fixed(v *batch.Vector) cell {
	switch v.Type.Kind {
	case types.Date:
		d := batch.Values[uint16](v)
		return func(dst []byte, i int) []byte { return types.AppendDate(dst, int64(d[i])) }
	case types.Date32:
		d := batch.Values[int32](v)
		return func(dst []byte, i int) []byte { return types.AppendDate(dst, int64(d[i])) }
	case types.DateTime:
		return p.dateTime(batch.Values[uint32](v), p.zone(v.Type))
	case types.DateTime64:
		return p.dateTime64(batch.Values[int64](v), int(v.Type.Scale), p.zone(v.Type))
	case types.UUID:
		d := batch.Values[types.Bytes16](v)
		return func(dst []byte, i int) []byte { return types.AppendUUID(dst, d[i]) }
	case types.IPv4:
		d := batch.Values[uint32](v)
		return func(dst []byte, i int) []byte { return types.AppendIPv4(dst, d[i]) }
	default:
		d := batch.Values[types.Bytes16](v)
		return func(dst []byte, i int) []byte { return types.AppendIPv6(dst, d[i]) }
	}
}

func (p *printer) zone(t types.Type) *types.Zone {
	if t.Zone != nil {
		return t.Zone
	}
	return p.o.Zone
}

func (p *printer) dateTime(d []uint32, z *types.Zone) cell {
	var last types.DayText
	switch p.o.DateTime {
	case DateTimeISO:
		return func(dst []byte, i int) []byte {
			start := len(dst)
			dst = types.AppendDateTime(dst, d[i], types.UTC, &last)
			dst[start+10] = 'T'
			return append(dst, 'Z')
		}
	case DateTimeTimestamp:
		return func(dst []byte, i int) []byte { return strconv.AppendUint(dst, uint64(d[i]), 10) }
	default:
		return func(dst []byte, i int) []byte { return types.AppendDateTime(dst, d[i], z, &last) }
	}
}

func (p *printer) dateTime64(d []int64, scale int, z *types.Zone) cell {
	var last types.DayText
	switch p.o.DateTime {
	case DateTimeISO:
		return func(dst []byte, i int) []byte {
			start := len(dst)
			dst = types.AppendDateTime64(dst, d[i], scale, types.UTC, &last)
			dst[start+10] = 'T'
			return append(dst, 'Z')
		}
	case DateTimeTimestamp:
		return func(dst []byte, i int) []byte { return appendTicks(dst, d[i], scale) }
	default:
		return func(dst []byte, i int) []byte { return types.AppendDateTime64(dst, d[i], scale, z, &last) }
	}
}

// appendTicks prints ticks of 10**-scale seconds as a decimal with all digits.
func appendTicks(dst []byte, ticks int64, scale int) []byte {
	u := uint64(ticks)
	if ticks < 0 {
		dst = append(dst, '-')
		u = -u
	}
	start := len(dst)
	dst = strconv.AppendUint(dst, u, 10)
	for len(dst)-start <= scale {
		dst = append(dst[:start+1], dst[start:]...)
		dst[start] = '0'
	}
	if scale == 0 {
		return dst
	}
	point := len(dst) - scale
	dst = append(dst, 0)
	copy(dst[point+1:], dst[point:])
	dst[point] = '.'
	return dst
}

// appendTSV prints s with TSV's backslash escapes.
func appendTSV(dst, s []byte) []byte {
	from := 0
	for i, b := range s {
		e := tsvEscapes[b]
		if e == 0 {
			continue
		}
		dst = append(append(dst, s[from:i]...), '\\', e)
		from = i + 1
	}
	return append(dst, s[from:]...)
}

var tsvEscapes = [256]byte{
	0: '0', '\b': 'b', '\t': 't', '\n': 'n', '\f': 'f', '\r': 'r', '\'': '\'', '\\': '\\',
}

// appendCSV prints s in double quotes.
func appendCSV(dst, s []byte) []byte {
	dst = append(dst, '"')
	from := 0
	for i, b := range s {
		if b == '"' {
			dst = append(append(dst, s[from:i+1]...), '"')
			from = i + 1
		}
	}
	return append(append(dst, s[from:]...), '"')
}

// jsonEscapes is the letter behind the backslash of a byte's escape, 'u' for a
// \u00XX, or 0 when the byte stands for itself.
var jsonEscapes = func() (t [256]byte) {
	for b := range ' ' {
		t[b] = 'u'
	}
	t['\b'], t['\f'], t['\n'], t['\r'], t['\t'] = 'b', 'f', 'n', 'r', 't'
	t['"'], t['\\'], t['/'] = '"', '\\', '/'
	t[0xE2] = 0xE2 // perhaps U+2028 or U+2029, which JavaScript takes as line ends
	return t
}()

// appendJSON prints s as a JSON string, as ClickHouse escapes it.
func appendJSON(dst, s []byte) []byte {
	dst = append(dst, '"')
	from := 0
	for i := 0; i < len(s); i++ {
		e := jsonEscapes[s[i]]
		switch e {
		case 0:
			continue
		case 0xE2:
			if i+2 >= len(s) || s[i+1] != 0x80 || s[i+2]&^1 != 0xA8 {
				continue
			}
			dst = append(append(dst, s[from:i]...), `\u202`...)
			dst = append(dst, '8'+s[i+2]&1)
			i += 2
		case 'u':
			dst = append(append(dst, s[from:i]...), `\u00`...)
			dst = append(dst, upperHex[s[i]>>4], upperHex[s[i]&15])
		default:
			dst = append(append(dst, s[from:i]...), '\\', e)
		}
		from = i + 1
	}
	return append(append(dst, s[from:]...), '"')
}

const upperHex = "0123456789ABCDEF"
