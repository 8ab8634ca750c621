package store

import (
	"errors"
	"fmt"
	"io/fs"
	"strconv"

	"github.com/freshetdb/freshet/columnar/agg"
	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/manifest"
	"github.com/freshetdb/freshet/columnar/segment"
	"github.com/freshetdb/freshet/columnar/table"
	"github.com/freshetdb/freshet/columnar/types"
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
	dicts    map[dictionaryKey]*table.Symbols
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
	c.dicts = map[dictionaryKey]*table.Symbols{}
	c.dictionaries()
	for i := range c.m.Tables {
		c.table(&c.m.Tables[i])
	}
	c.staged()
	return c.problems
}

func (c *checker) add(file string, err error) {
	if err != nil {
		c.problems = append(c.problems, Problem{file, err})
	}
}

// dictionaries reads all dictionaries.
func (c *checker) dictionaries() {
	for _, d := range c.m.Dictionaries {
		k := dictionaryKey{d.Table, d.Column}
		c.dicts[k] = table.NewDictionary(d.Column).View()
		if d.Entries == 0 {
			continue
		}
		name := dictionariesFolder + "/" + k.file()
		f, err := c.fs.Open(c.dictionary(k))
		if err != nil {
			c.add(name, err)
			continue
		}
		dict, err := symbol.Load(f, symbol.Position{Values: d.Entries, Bytes: d.Bytes})
		c.add(name, errors.Join(err, f.Close()))
		if err == nil {
			c.dicts[k] = (&table.Dictionary{Column: d.Column, Dict: dict}).View()
		}
	}
}

func (c *checker) table(e *manifest.Table) {
	d, err := table.DecodeDef(e.Def)
	if err != nil {
		c.add(manifest.FileName, fmt.Errorf("table %d: %w", e.ID, err))
		return
	}
	owner, err := c.owner(d)
	if err != nil {
		c.add(manifest.FileName, err)
		return
	}
	for i := range e.Segments {
		c.segment(owner, &e.Segments[i])
	}
	for i := range e.Detached {
		for k := range e.Detached[i].Segments {
			c.segment(owner, &e.Detached[i].Segments[k])
		}
	}
	c.pending(e)
}

// owner is what is known of the columns of a table's segments.
func (c *checker) owner(d *table.Def) (*owner, error) {
	keys, err := table.NewKeys(d)
	if err != nil {
		return nil, err
	}
	o := &owner{def: d}
	o.dict = func(id uint32) *table.Symbols {
		if s := c.dicts[dictionaryKey{d.ID, id}]; s != nil {
			return s
		}
		return table.NewDictionary(id).View() // Without values.
	}
	if d.Kind == table.Rollup {
		source := func(id uint32) *table.Symbols { return c.dicts[dictionaryKey{d.Derived.From.Table, id}] }
		o.dict, o.states, err = table.RolledDicts(d, keys, source)
	}
	return o, err
}

// owner is a table as a checker needs it: the dictionaries of its columns, nil for
// columns without, and those of its states.
type owner struct {
	def    *table.Def
	dict   func(column uint32) *table.Symbols
	states map[uint32][]batch.Dictionary
}

// pending verifies what a rollup is yet to be filled with and no table has any more.
func (c *checker) pending(e *manifest.Table) {
	if e.Rollup == nil {
		return
	}
	for i := range e.Rollup.Pending {
		p := &e.Rollup.Pending[i]
		of := c.m.Table(p.Table)
		if of == nil {
			c.add(manifest.FileName, fmt.Errorf("table %d: segment %s is pending, of table %d, which is not there", e.ID, p.Name, p.Table))
			continue
		}
		d, err := table.DecodeDef(of.Def)
		if err != nil {
			continue // It is reported with the table.
		}
		o, err := c.owner(d)
		if err != nil {
			continue // As above.
		}
		c.segment(o, &p.Segment)
		if p.From < 0 || int64(p.From) > p.Rows {
			c.add(manifest.FileName, fmt.Errorf("table %d: segment %s is filled up to row %d of %d", e.ID, p.Name, p.From, p.Rows))
		}
	}
}

// segment verifies all bytes of a segment and that its symbols have values.
func (c *checker) segment(o *owner, e *manifest.Segment) {
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
		err = o.symbols(f)
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

// symbols finds codes of a segment that its dictionaries have no value for, and
// states that can't be read with them.
func (o *owner) symbols(f *segment.Segment) error {
	for _, id := range f.Columns() {
		col := o.def.Schema.ByID(id)
		if col == nil {
			continue
		}
		dict := o.dict(id)
		isState := col.Type.Kind == types.AggregateFunction
		if !isState && (dict == nil || !table.HasDictionary(col)) {
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
			if isState {
				s := *v
				s.Dicts = o.states[id]
				if _, err := agg.Finalize(&s); err != nil {
					return fmt.Errorf("column %s: %w", col.Name, err)
				}
				continue
			}
			if code, ok := table.GreatestCode(v); ok && int(code) >= dict.Len() {
				return fmt.Errorf("column %s has symbol %d, the dictionary %d values", col.Name, code, dict.Len())
			}
		}
		scratch.Close()
	}
	return nil
}
