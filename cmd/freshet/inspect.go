package main

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// sampleRows is how many rows of a file are looked at to find its columns.
const sampleRows = 1000

// sampleLineBytes bounds a line of the sample.
const sampleLineBytes = 16 << 20

// sample is what is known of a file from its first rows.
type sample struct {
	path   string
	packed bool // with gzip
	table  string
	format string
	header int64 // bytes of the line of names, which are left out when rows are sent
	names  []string
	types  map[string]string
}

// inspect finds format, table name and columns of a file by its name and its
// first rows.
func inspect(path string) (*sample, error) {
	name := filepath.Base(path)
	s := &sample{path: path, types: map[string]string{}}
	name, s.packed = strings.CutSuffix(name, ".gz")
	ext := filepath.Ext(name)
	s.table = strings.TrimSuffix(name, ext)
	switch ext {
	case ".json", ".jsonl", ".ndjson":
		s.format = "JSONEachRow"
	case ".csv":
		s.format = "CSV"
	case ".tsv":
		s.format = "TabSeparated"
	default:
		return nil, fmt.Errorf("load %s: its name must end in .json, .jsonl, .csv or .tsv, with or without .gz", name)
	}
	err := s.with(s.read)
	if err == nil && len(s.names) == 0 {
		err = errors.New("it has no rows")
	}
	if err != nil {
		return nil, fmt.Errorf("load %s: %w", name, err)
	}
	return s, nil
}

// with opens the file, unpacked, for f.
func (s *sample) with(f func(in io.Reader) error) error {
	file, err := os.Open(s.path)
	if err != nil {
		return err
	}
	var in io.Reader = file
	if s.packed {
		in, err = gzip.NewReader(file)
	}
	if err == nil {
		err = f(in)
	}
	return errors.Join(err, file.Close())
}

// rows calls f with the rows of the file, behind the line of names.
func (s *sample) rows(f func(in io.Reader) error) error {
	return s.with(func(in io.Reader) error {
		if _, err := io.CopyN(io.Discard, in, s.header); err != nil {
			return err
		}
		return f(in)
	})
}

func (s *sample) read(in io.Reader) error {
	switch s.format {
	case "JSONEachRow":
		return s.readJSON(in)
	case "CSV":
		return s.readCSV(in)
	default:
		return s.readTSV(in)
	}
}

func (s *sample) readCSV(in io.Reader) error {
	r := csv.NewReader(in)
	r.LazyQuotes = true
	header, err := r.Read()
	if err != nil {
		return noRows(err)
	}
	s.header = r.InputOffset()
	s.names = columnNames(header)
	for range sampleRows {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		for i, v := range row {
			s.see(s.names[i], textType(v))
		}
	}
	return nil
}

// readTSV reads lines, as quotes mean nothing between tabs.
func (s *sample) readTSV(in io.Reader) error {
	lines := bufio.NewReaderSize(in, sampleLineBytes)
	for n := range sampleRows + 1 {
		text, err := lines.ReadString('\n')
		if text == "" && err != nil {
			return noRows(err)
		}
		fields := strings.Split(strings.TrimRight(text, "\r\n"), "\t")
		if n == 0 {
			s.header, s.names = int64(len(text)), columnNames(fields)
			continue
		}
		if len(fields) != len(s.names) {
			return fmt.Errorf("line %d has %d fields, the first line %d", n+1, len(fields), len(s.names))
		}
		for i, v := range fields {
			if v != `\N` {
				s.see(s.names[i], textType(v))
			}
		}
	}
	return nil
}

// noRows lets a file end: that it has no rows is said by inspect.
func noRows(err error) error {
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

// columnNames are the names of a header, with made-up ones (c1, c2, … by place, as ClickHouse names columns without a
// name) where there is none, or the one before has it already.
func columnNames(header []string) []string {
	out := make([]string, len(header))
	used := map[string]bool{"": true}
	header[0] = strings.TrimPrefix(header[0], "\uFEFF") // a mark of byte order, which spreadsheets write
	for _, n := range header {
		used[n] = true
	}
	seen := map[string]bool{"": true}
	for i, n := range header {
		if seen[n] {
			n = "c" + strconv.Itoa(i+1)
			for used[n] {
				n += "_"
			}
			used[n] = true
		}
		out[i], seen[n] = n, true
	}
	return out
}

func (s *sample) readJSON(in io.Reader) error {
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, sampleLineBytes)
	for n := 0; n < sampleRows && lines.Scan(); n++ {
		dec := json.NewDecoder(bytes.NewReader(lines.Bytes()))
		dec.UseNumber()
		row := map[string]any{}
		if err := dec.Decode(&row); err != nil {
			return err
		}
		keys := make([]string, 0, len(row))
		for k := range row {
			keys = append(keys, k)
		}
		slices.Sort(keys)
		for _, k := range keys {
			if !slices.Contains(s.names, k) {
				s.names = append(s.names, k)
			}
			s.see(k, jsonType(row[k]))
		}
	}
	return lines.Err()
}

// see widens what is known of a column by one more value's type; "" is NULL or
// empty.
func (s *sample) see(name, t string) {
	old := s.types[name]
	switch {
	case t == "" || old == t:
	case old == "":
		s.types[name] = t
	case (old == "Int64" && t == "Float64") || (old == "Float64" && t == "Int64"):
		s.types[name] = "Float64"
	default:
		s.types[name] = "String"
	}
}

func jsonType(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case bool:
		return "Bool"
	case json.Number:
		return textType(v.String())
	case string:
		if t := textType(v); t == "DateTime" || t == "Date" {
			return t
		}
		return "String"
	default:
		return "String"
	}
}

var timePattern = regexp.MustCompile(`^\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(\.\d+)?Z?$`)

var datePattern = regexp.MustCompile(`^\d{4}-\d\d-\d\d$`)

func textType(v string) string {
	if v == "" {
		return ""
	}
	if _, err := strconv.ParseInt(v, 10, 64); err == nil {
		return "Int64"
	}
	if _, err := strconv.ParseFloat(v, 64); err == nil {
		return "Float64"
	}
	switch {
	case timePattern.MatchString(v):
		return "DateTime"
	case datePattern.MatchString(v):
		return "Date"
	default:
		return "String"
	}
}

func quoted(name string) string { return "`" + strings.ReplaceAll(name, "`", "\\`") + "`" }

func (s *sample) quotedTable() string { return quoted(s.table) }

func (s *sample) createTable() string {
	cols := make([]string, len(s.names))
	for i, n := range s.names {
		t := s.types[n]
		if t == "" {
			t = "String"
		}
		cols[i] = quoted(n) + " Nullable(" + t + ")"
	}
	return "CREATE TABLE IF NOT EXISTS " + s.quotedTable() + " (" + strings.Join(cols, ", ") + ") ENGINE = MergeTree ORDER BY tuple()"
}
