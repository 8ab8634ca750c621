package store_test

import (
	"context"
	"fmt"
	"sort"
	"strings"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/entry"
	"github.com/freshetdb/freshet/columnar/expr"
	"github.com/freshetdb/freshet/columnar/store"
	"github.com/freshetdb/freshet/columnar/table"
	"github.com/freshetdb/freshet/columnar/types"
	"github.com/freshetdb/freshet/columnar/vfs"
)

// nullText stands for NULL in rows of tests.
const nullText = "NULL"

// tester is a test of the package testing or one of rapid's.
type tester interface {
	Helper()
	Fatal(args ...any)
	Context() context.Context
}

// define makes a definition from "name type" pairs; column ids count from 1.
func define(tb tester, id uint64, columns ...string) *table.Def {
	tb.Helper()
	d := &table.Def{ID: id, Database: "default", Name: fmt.Sprintf("t%d", id), Kind: table.Events}
	for i, c := range columns {
		name, typ, _ := strings.Cut(c, " ")
		d.Schema.Columns = append(d.Schema.Columns, types.Column{
			ID: uint32(i + 1), Name: name, TypeName: typ, Type: types.MustParse(typ),
		})
	}
	d.Schema.Version = 1
	return d
}

// keyOf is the key expression that is a column.
func keyOf(tb tester, d *table.Def, column string) table.KeyExpr {
	tb.Helper()
	c := d.Schema.Columns[d.Schema.Index(column)]
	enc := expr.Encode(&expr.Column{Pos: int(c.ID), Name: c.Name, T: c.Type})
	return table.KeyExpr{SQL: column, Expr: enc}
}

// callOf is the key expression f(column).
func callOf(tb tester, d *table.Def, f, column string) table.KeyExpr {
	tb.Helper()
	c := d.Schema.Columns[d.Schema.Index(column)]
	call, err := expr.NewCall(expr.Background(), f, []expr.Expr{&expr.Column{Pos: int(c.ID), Name: c.Name, T: c.Type}})
	if err != nil {
		tb.Fatal(err)
	}
	enc := expr.Encode(call)
	return table.KeyExpr{SQL: f + "(" + column + ")", Expr: enc}
}

func defineEntry(tb tester, d *table.Def) *entry.Entry {
	tb.Helper()
	body, err := d.Encode()
	if err != nil {
		tb.Fatal(err)
	}
	return &entry.Entry{Kind: entry.Define, Table: d.ID, Body: body}
}

// insert makes an entry of rows; a row is a value per column, as text.
func insert(tb tester, d *table.Def, rows ...[]string) *entry.Entry {
	tb.Helper()
	return insertWith(tb, d, nil, rows...)
}

// insertWith is insert with some columns given.
func insertWith(tb tester, d *table.Def, given map[string]*batch.Vector, rows ...[]string) *entry.Entry {
	tb.Helper()
	e := &entry.Entry{Kind: entry.Insert, Table: d.ID, SchemaVersion: d.Schema.Version, Rows: len(rows)}
	for i, c := range d.Schema.Columns {
		if v := given[c.Name]; v != nil {
			e.Columns = append(e.Columns, entry.Column{ID: c.ID, Vector: v})
			continue
		}
		text := batch.NewBuilder(types.MustParse("Nullable(String)"), len(rows))
		for _, r := range rows {
			if r[i] == nullText {
				text.AppendNull()
				continue
			}
			text.Str.AppendString(r[i])
			text.NotNull()
		}
		v := text.Finish()
		if v.Nulls == nil {
			v.Type = types.Of(types.String)
		}
		cast, err := expr.NewCast(expr.Background(), &expr.Column{T: v.Type}, c.Type, expr.CastPlain)
		if err != nil {
			tb.Fatal(err)
		}
		if v, err = expr.Eval(expr.Background(), cast, &batch.Batch{Cols: []*batch.Vector{v}, Rows: len(rows)}); err != nil {
			tb.Fatal(err)
		}
		e.Columns = append(e.Columns, entry.Column{ID: c.ID, Vector: v})
	}
	return e
}

// reload sends an entry through its bytes, as the log does.
func reload(tb tester, e *entry.Entry) *entry.Entry {
	tb.Helper()
	out, err := entry.Decode(e.Encode(nil))
	if err != nil {
		tb.Fatal(err)
	}
	return out
}

// shard is a store with its log.
type shard struct {
	tester
	fs   vfs.FS
	opts store.Options
	*store.Store
	log []*entry.Entry // entry i has index i+1
}

func open(tb tester, fs vfs.FS) *shard {
	tb.Helper()
	s := &shard{tester: tb, fs: fs}
	s.reopen()
	return s
}

// reopen opens the store and replays the log.
func (s *shard) reopen() {
	s.Helper()
	var err error
	if s.Store, err = store.Open(s.fs, "shard", s.opts); err != nil {
		s.Fatal(err)
	}
	for i := s.AppliedIndex(); i < uint64(len(s.log)); i++ {
		s.Apply(i+1, reload(s, s.log[i]))
	}
	s.Publish()
}

func (s *shard) restart() {
	s.Helper()
	if err := s.Close(); err != nil {
		s.Fatal(err)
	}
	s.reopen()
}

// propose appends an entry to the log, applies and publishes it.
func (s *shard) propose(e *entry.Entry) store.Result {
	s.Helper()
	s.log = append(s.log, e)
	r := s.Apply(uint64(len(s.log)), reload(s, e))
	s.Publish()
	return r
}

func (s *shard) must(e *entry.Entry) store.Result {
	s.Helper()
	r := s.propose(e)
	if r.Err != nil {
		s.Fatal(r.Err)
	}
	return r
}

func (s *shard) flush() {
	s.Helper()
	f, err := s.Snapshot(uint64(len(s.log)))
	if err != nil {
		s.Fatal(err)
	}
	defer f.Release()
	if err := f.Persist(s.Context(), store.RaftMeta{Term: 1}); err != nil {
		s.Fatal(err)
	}
}

// rows are the visible rows of a table as text, sorted.
func (s *shard) rows(id uint64) []string {
	s.Helper()
	v := s.View()
	defer v.Release()
	out, err := readAll(v, id)
	if err != nil {
		s.Fatal(err)
	}
	return out
}

func readAll(v *store.View, id uint64) ([]string, error) {
	t := v.Table(id)
	if t == nil {
		return []string{"no table"}, nil
	}
	var out []string
	for _, p := range t.Parts() {
		live := p.Live(0, p.Rows())
		var cols []*batch.Vector
		for i := range t.Def.Schema.Columns {
			c, err := p.Read(&t.Def.Schema.Columns[i], 0, p.Rows())
			if err != nil {
				return nil, err
			}
			if d := t.Dict(t.Def.Schema.Columns[i].ID); d != nil {
				if s, ok := c.Data.(batch.Symbols); !ok || s.Dict != d {
					return nil, fmt.Errorf("column %d is not of the view's dictionary", i)
				}
			}
			cols = append(cols, c)
		}
		for r := range p.Rows() {
			if live != nil && !live[r] {
				continue
			}
			var b []byte
			for _, c := range cols {
				if c.IsNull(r) {
					b = append(b, nullText+"|"...)
					continue
				}
				b = append(expr.AppendValue(b, c, r, nil), '|')
			}
			out = append(out, string(b))
		}
	}
	sort.Strings(out)
	return out, nil
}

// segments is the number of segments of a table.
func (s *shard) segments(id uint64) int {
	s.Helper()
	n := 0
	for _, x := range s.Segments() {
		if x.Table == id && x.Active && !x.InMemory {
			n++
		}
	}
	return n
}
