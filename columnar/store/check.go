package store

import (
	"errors"
	"fmt"
	"io/fs"
	"strconv"

	"github.com/freshetdb/freshet/columnar/manifest"
	"github.com/freshetdb/freshet/columnar/segment"
	"github.com/freshetdb/freshet/columnar/table"
	"github.com/freshetdb/freshet/columnar/vfs"
	"github.com/freshetdb/freshet/index/symbol"
)

// Problem is something that is wrong with a shard's files.
type Problem struct {
	File string // within the shard's folder; "" when it is about several
	Err  error
}

// String says what is wrong with which file.
func (p Problem) String() string {
	if p.File == "" {
		return p.Err.Error()
	}
	return p.File + ": " + p.Err.Error()
}

// checker collects what is wrong.
type checker struct {
	layout
	m        *manifest.Manifest
	problems []Problem
}

// Check reads all files of a shard that is not open: the manifest, every buffer
// of every segment, every dictionary, and whether they belong together. It
// changes nothing. A folder without manifest is an empty shard and sound.
func Check(fsys vfs.FS, dir string) []Problem {
	c := &checker{layout: layout{fsys, dir}}
	var err error
	c.m, err = manifest.Load(fsys, dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return []Problem{{manifest.FileName, err}}
	}
	if _, err := decodePositions(c.m.Positions); err != nil {
		c.add(manifest.FileName, err)
	}
	lengths := c.dictionariesOf()
	for i := range c.m.Tables {
		c.table(&c.m.Tables[i], lengths)
	}
	c.staged()
	return c.problems
}

func (c *checker) add(file string, err error) {
	if err != nil {
		c.problems = append(c.problems, Problem{file, err})
	}
}

// dictionariesOf reads all dictionaries and tells how many values each has.
func (c *checker) dictionariesOf() map[dictionaryKey]uint32 {
	out := map[dictionaryKey]uint32{}
	for _, d := range c.m.Dictionaries {
		k := dictionaryKey{d.Table, d.Column}
		out[k] = d.Entries
		if d.Entries == 0 {
			continue
		}
		name := dictionariesFolder + "/" + k.file()
		f, err := c.fs.Open(c.dictionary(k))
		if err != nil {
			c.add(name, err)
			continue
		}
		_, err = symbol.Load(f, symbol.Position{Values: d.Entries, Bytes: d.Bytes})
		c.add(name, errors.Join(err, f.Close()))
	}
	return out
}

func (c *checker) table(e *manifest.Table, lengths map[dictionaryKey]uint32) {
	d, err := table.DecodeDef(e.Def)
	if err != nil {
		c.add(manifest.FileName, fmt.Errorf("table %d: %w", e.ID, err))
		return
	}
	if _, err := table.NewKeys(d); err != nil {
		c.add(manifest.FileName, err)
	}
	for i := range e.Segments {
		c.segment(d, &e.Segments[i], lengths)
	}
	for i := range e.Detached {
		for k := range e.Detached[i].Segments {
			c.segment(d, &e.Detached[i].Segments[k], lengths)
		}
	}
}

// segment verifies all bytes of a segment and that its symbols have values.
func (c *checker) segment(d *table.Def, e *manifest.Segment, lengths map[dictionaryKey]uint32) {
	name := segmentsFolder + "/" + e.Name
	f, err := segment.Open(c.named(e.Name), &e.Meta)
	if err != nil {
		c.add(name, err)
		return
	}
	err = f.Verify()
	if err == nil {
		_, err = decodeDeletes(e.Deletes, f.Rows())
	}
	if err == nil {
		err = c.symbols(d, f, lengths)
	}
	c.add(name, errors.Join(err, f.Release()))
}

func (c *checker) staged() {
	known := map[string]bool{}
	for _, g := range c.m.Staged {
		known[g.Txn] = true
		if _, err := strconv.ParseUint(g.Txn, 10, 64); err != nil {
			c.add(manifest.FileName, fmt.Errorf("transaction %q: %w", g.Txn, err))
		}
	}
	for i := range c.m.Tables {
		for _, s := range c.m.Tables[i].Segments {
			if s.Txn != "" && !known[s.Txn] {
				c.add(manifest.FileName, fmt.Errorf("segment %s is of transaction %q, which is not there", s.Name, s.Txn))
			}
		}
	}
}

// symbols finds codes of a segment that its dictionaries have no value for.
func (c *checker) symbols(d *table.Def, f *segment.Segment, lengths map[dictionaryKey]uint32) error {
	for _, id := range f.Columns() {
		col := d.Schema.ByID(id)
		if col == nil || !table.HasDictionary(col) {
			continue
		}
		r, err := f.Column(id, col.Type, nil)
		if err != nil {
			return err
		}
		var scratch segment.Scratch
		for lo := 0; lo < f.Rows(); lo += segment.GranuleRows {
			v, err := r.Read(lo, min(lo+segment.GranuleRows, f.Rows()), &scratch)
			if err != nil {
				return err
			}
			if code, ok := table.GreatestCode(v); ok && code >= lengths[dictionaryKey{d.ID, id}] {
				return fmt.Errorf("column %s has symbol %d, the dictionary %d values", col.Name, code, lengths[dictionaryKey{d.ID, id}])
			}
		}
		scratch.Close()
	}
	return nil
}
