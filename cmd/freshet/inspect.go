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
	table    string
	format   string
	encoding string
	names    []string
	types    map[string]string
}

// inspect finds format, table name and columns of a file by its name and its
// first rows.
func inspect(path string) (*sample, error) {
	name := filepath.Base(path)
	s := &sample{types: map[string]string{}}
	if n, ok := strings.CutSuffix(name, ".gz"); ok {
		name, s.encoding = n, "gzip"
	}
	ext := filepath.Ext(name)
	s.table = strings.TrimSuffix(name, ext)
	switch ext {
	case ".json", ".jsonl", ".ndjson":
		s.format = "JSONEachRow"
	case ".csv":
		s.format = "CSVWithNames"
	case ".tsv":
		s.format = "TabSeparatedWithNames"
	default:
		return nil, fmt.Errorf("load %s: its name must end in .json, .jsonl, .csv or .tsv, with or without .gz", name)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("load %s: %w", name, err)
	}
	err = errors.Join(s.read(f), f.Close())
	if err == nil && len(s.names) == 0 {
		err = errors.New("it has no rows")
	}
	if err != nil {
		return nil, fmt.Errorf("load %s: %w", name, err)
	}
	return s, nil
}

func (s *sample) read(in io.Reader) error {
	if s.encoding == "gzip" {
		z, err := gzip.NewReader(in)
		if err != nil {
			return err
		}
		in = z
	}
	if s.format == "JSONEachRow" {
		return s.readJSON(in)
	}
	r := csv.NewReader(in)
	if s.format == "TabSeparatedWithNames" {
		r.Comma, r.LazyQuotes = '\t', true
	}
	header, err := r.Read()
	if err != nil {
		return err
	}
	s.names = header
	for range sampleRows {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		for i, v := range row {
			s.see(header[i], textType(v))
		}
	}
	return nil
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
