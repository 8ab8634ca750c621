package format

import (
	"bytes"
	"io"
	"sort"
	"strings"
	"sync"

	"github.com/freshetdb/freshet/columnar/chcode"
)

// Format is a row format.
type Format struct {
	Name   string
	Input  bool
	Output bool
}

// kind is what a format's name stands for.
type kind struct {
	Format

	parser func(cols []Column, o *ReadOptions) parser
	reader func(r io.Reader, cols []Column, o *ReadOptions) Reader // in place of parser
	writer func(w io.Writer, o *WriteOptions) Writer
}

// registry is the formats by their names in lower case; aliases are names of
// their own, as in ClickHouse.
type registry map[string]kind

func (r registry) put(name string, parse func([]Column, *ReadOptions) parser, write func(io.Writer, *WriteOptions) Writer) {
	r[strings.ToLower(name)] = kind{Format: Format{Name: name, Input: parse != nil, Output: write != nil}, parser: parse, writer: write}
}

// family adds a format and its variants with header lines.
func (r registry) family(
	name string, plain headerMode,
	parse func([]Column, *ReadOptions, headerMode) parser, write func(io.Writer, *WriteOptions, headerMode) Writer,
) {
	for _, v := range []struct {
		suffix string
		mode   headerMode
	}{{"", plain}, {"WithNames", headerNames}, {"WithNamesAndTypes", headerNamesAndTypes}} {
		var p func([]Column, *ReadOptions) parser
		if parse != nil {
			p = func(cols []Column, o *ReadOptions) parser {
				mode := v.mode
				if mode == headerDetect && o.NoHeaderDetection {
					mode = headerNone
				}
				return parse(cols, o, mode)
			}
		}
		r.put(name+v.suffix, p, func(w io.Writer, o *WriteOptions) Writer { return write(w, o, v.mode) })
	}
}

// formats are all formats; the map is built once and never changed.
var formats = sync.OnceValue(func() registry {
	r := registry{}
	r.text()
	r.json()
	r.pretty()
	r.family("RowBinary", headerNone,
		func(c []Column, o *ReadOptions, h headerMode) parser { return newBinaryRows(c, o, h) },
		func(w io.Writer, o *WriteOptions, h headerMode) Writer { return newBinaryWriter(w, o, h) })
	r["native"] = kind{
		Format: Format{Name: "Native", Input: true, Output: true},
		reader: func(in io.Reader, c []Column, o *ReadOptions) Reader { return newNativeReader(in, c, o) },
		writer: func(w io.Writer, o *WriteOptions) Writer { return newNativeWriter(w, o) },
	}
	for _, name := range []string{"ArrowStream", "Arrow"} {
		file := name == "Arrow"
		r[strings.ToLower(name)] = kind{
			Format: Format{Name: name, Input: true, Output: true},
			reader: func(in io.Reader, c []Column, o *ReadOptions) Reader { return newArrowReader(in, file, c, o) },
			writer: func(w io.Writer, o *WriteOptions) Writer { return newArrowWriter(w, o, file) },
		}
	}
	r.put("Null", nil, func(io.Writer, *WriteOptions) Writer { return nullWriter{} })
	return r
})

func (r registry) text() {
	tsv := func(raw bool, names ...string) {
		for _, name := range names {
			r.family(name, headerDetect,
				func(c []Column, o *ReadOptions, h headerMode) parser { return newTSVRows(c, o, h, raw) },
				func(w io.Writer, o *WriteOptions, h headerMode) Writer { return newTSVWriter(w, o, h, raw) })
		}
	}
	tsv(false, "TabSeparated", "TSV")
	tsv(true, "TabSeparatedRaw", "TSVRaw", "Raw")
	r.family("CSV", headerDetect,
		func(c []Column, o *ReadOptions, h headerMode) parser { return newCSVRows(c, o, h) },
		func(w io.Writer, o *WriteOptions, h headerMode) Writer { return newCSVWriter(w, o, h) })
	r.put("Values",
		func(_ []Column, o *ReadOptions) parser { return newValuesRows(o) },
		func(w io.Writer, o *WriteOptions) Writer { return newValuesWriter(w, o) })
}

func (r registry) json() {
	for _, name := range []string{"JSONEachRow", "JSONLines", "JSONL", "NDJSON"} {
		r.put(name,
			func(c []Column, o *ReadOptions) parser { return newJSONRows(c, o) },
			func(w io.Writer, o *WriteOptions) Writer { return newJSONRowsWriter(w, o, false) })
	}
	for _, name := range []string{"PrettyJSONEachRow", "PrettyJSONLines", "PrettyNDJSON"} {
		r.put(name, nil, func(w io.Writer, o *WriteOptions) Writer { return newPrettyRowsWriter(w, o) })
	}
	r.put("JSONStringsEachRow", nil, func(w io.Writer, o *WriteOptions) Writer { return newJSONRowsWriter(w, o, true) })
	r.family("JSONCompactEachRow", headerNone,
		func(c []Column, o *ReadOptions, h headerMode) parser { return newCompactRows(c, o, h) },
		func(w io.Writer, o *WriteOptions, h headerMode) Writer { return newCompactRowsWriter(w, o, h, false) })
	r.family("JSONCompactStringsEachRow", headerNone, nil,
		func(w io.Writer, o *WriteOptions, h headerMode) Writer { return newCompactRowsWriter(w, o, h, true) })
	for _, v := range []struct {
		name             string
		compact, strings bool
	}{{"JSON", false, false}, {"JSONCompact", true, false}, {"JSONStrings", false, true}, {"JSONCompactStrings", true, true}} {
		r.put(v.name, nil, func(w io.Writer, o *WriteOptions) Writer { return newJSONWriter(w, o, v.compact, v.strings) })
	}
}

// pretty adds the formats for people. MonoBlock variants are the plain ones:
// all of a result is one table in either.
func (r registry) pretty() {
	for _, v := range []struct {
		name string
		look look
	}{{"Pretty", lookFull}, {"PrettyCompact", lookCompact}, {"PrettySpace", lookSpace}} {
		for _, mono := range []string{"", "MonoBlock"} {
			r.put(v.name+mono, nil, func(w io.Writer, o *WriteOptions) Writer { return newPrettyWriter(w, o, v.look, true) })
			r.put(v.name+"NoEscapes"+mono, nil,
				func(w io.Writer, o *WriteOptions) Writer { return newPrettyWriter(w, o, v.look, false) })
		}
	}
	r.put("Vertical", nil, func(w io.Writer, o *WriteOptions) Writer { return newVerticalWriter(w, o) })
	for _, name := range []string{"Markdown", "MD"} {
		r.put(name, nil, func(w io.Writer, o *WriteOptions) Writer { return newMarkdownWriter(w, o) })
	}
}

// lookup finds a format by its name, in any case.
func lookup(name string) (kind, error) {
	k, ok := formats()[strings.ToLower(name)]
	if !ok {
		return kind{}, chcode.Errorf(chcode.UnknownFormat, "Unknown format %s", name)
	}
	return k, nil
}

// Names are all formats in the order of their names, for system.formats.
func Names() []Format {
	var out []Format
	for _, k := range formats() {
		out = append(out, k.Format)
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Name < out[j].Name })
	return out
}

// NewReader reads input of a format into columns. The reader does not close r,
// reads ahead of the rows that it returns, and is for one goroutine.
func NewReader(name string, r io.Reader, cols []Column, o ReadOptions) (Reader, error) {
	return newReader(name, newSource(r), cols, o)
}

// NewBytesReader is NewReader for input that is in memory: it is read in place.
// The reader keeps no part of it beyond its last Next.
func NewBytesReader(name string, data []byte, cols []Column, o ReadOptions) (Reader, error) {
	return newReader(name, newBytesSource(data), cols, o)
}

func newReader(name string, src *source, cols []Column, o ReadOptions) (Reader, error) {
	k, err := lookup(name)
	if err != nil {
		return nil, err
	}
	o.setDefaults()
	switch {
	case len(cols) == 0:
		return nil, chcode.Errorf(chcode.EmptyListOfColumnsQueried, "Format %s has no columns to read", k.Name)
	case k.parser == nil && k.reader == nil:
		return nil, chcode.Errorf(chcode.FormatIsNotSuitableForInput, "Format %s is not suitable for input", k.Name)
	}
	if err := checkDelimiter(o.CSVDelimiter); err != nil {
		return nil, err
	}
	shared := &o
	if k.reader != nil {
		in := src.r
		if in == nil {
			in = bytes.NewReader(src.buf)
		}
		return k.reader(in, cols, shared), nil
	}
	return newRowReader(src, k.parser(cols, shared), cols, shared), nil
}

// NewWriter prints results to w, which it does not close. It gathers output and
// hands it to w in large pieces, the last of them at End.
func NewWriter(name string, w io.Writer, o WriteOptions) (Writer, error) {
	k, err := lookup(name)
	if err != nil {
		return nil, err
	}
	o.setDefaults()
	if k.writer == nil {
		return nil, chcode.Errorf(chcode.FormatIsNotSuitableForOutput, "Format %s is not suitable for output", k.Name)
	}
	if err := checkDelimiter(o.CSVDelimiter); err != nil {
		return nil, err
	}
	shared := &o
	return k.writer(w, shared), nil
}
