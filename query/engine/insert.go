package engine

import (
	"context"
	"encoding/hex"
	"errors"
	"io"
	"strings"

	"github.com/zeebo/xxh3"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/chcode"
	"github.com/freshetdb/freshet/columnar/expr"
	"github.com/freshetdb/freshet/columnar/format"
	"github.com/freshetdb/freshet/columnar/table"
	"github.com/freshetdb/freshet/columnar/types"
	"github.com/freshetdb/freshet/query/ast"
	"github.com/freshetdb/freshet/query/build"
	"github.com/freshetdb/freshet/query/exec"
	"github.com/freshetdb/freshet/query/parse"
	"github.com/freshetdb/freshet/query/plan"
)

// Rows and bytes that an insert parses at a time.
const (
	insertRows  = 65_536
	insertBytes = 8 << 20
)

func (q *query) insert(ctx context.Context, s *ast.Insert) error {
	if s.Function != nil || s.Infile != "" {
		return chcode.Errorf(chcode.NotImplemented, "INSERT INTO FUNCTION and FROM INFILE are not supported")
	}
	cat := q.engine.backend.Catalog()
	if table.IsSystem(s.Table.Database) {
		return chcode.Errorf(chcode.AccessDenied, "Tables of database %s belong to the server", s.Table.Database)
	}
	d, err := q.find(cat, s.Table.Database, s.Table.Table)
	if err != nil {
		return err
	}
	if err := insertableTable(d); err != nil {
		return err
	}
	names, err := insertColumns(d, s.Columns)
	if err != nil {
		return err
	}
	if s.Query != nil {
		n, err := q.plan(ctx, s.Query)
		if err != nil {
			return err
		}
		return q.insertRows(ctx, d, names, n)
	}
	return q.insertData(ctx, d, names, s.Format)
}

// insertColumns resolves the column list of an INSERT; nil when there is none.
func insertColumns(d *table.Def, list []ast.Expr) ([]string, error) {
	if list == nil {
		return nil, nil
	}
	var out []string
	for _, e := range list {
		switch e := e.(type) {
		case *ast.Ident:
			out = append(out, strings.Join(e.Parts, "."))
		case *ast.Star:
			names := insertable(d)
			for _, t := range e.Transformers {
				ex, ok := t.(*ast.ExceptColumns)
				if !ok {
					return nil, chcode.Errorf(chcode.NotImplemented, "INSERT INTO t (%s) is not supported", ast.Format(e))
				}
				names = without(names, ex.Names)
			}
			out = append(out, names...)
		default:
			return nil, chcode.Errorf(chcode.NotImplemented, "INSERT INTO t (%s) is not supported", ast.Format(e))
		}
	}
	return out, nil
}

func without(names []string, drop []*ast.Ident) []string {
	var out []string
	for _, n := range names {
		keep := true
		for _, d := range drop {
			keep = keep && d.Parts[len(d.Parts)-1] != n
		}
		if keep {
			out = append(out, n)
		}
	}
	return out
}

// insertData parses the data that came with the statement.
func (q *query) insertData(ctx context.Context, d *table.Def, names []string, name string) error {
	if names == nil {
		names = insertable(d)
	}
	if name == "" {
		name = "Values"
	}
	shape, err := q.shaper(ctx, d, names)
	if err != nil {
		return err
	}
	cols := make([]format.Column, len(names))
	for i, n := range names {
		c := d.Schema.Columns[d.Schema.Index(n)]
		cols[i] = format.Column{Name: n, Type: c.Type, HasDefault: c.Default != ""}
	}
	data := q.data
	if data == nil {
		data = strings.NewReader("")
	}
	token := q.settings.text("insert_deduplication_token")
	hash := xxh3.New()
	hashed := token == "" && q.settings.bool("insert_deduplicate")
	if hashed {
		data = io.TeeReader(data, hash)
	}
	r, err := format.NewReader(name, data, cols, q.readOptions(ctx))
	if err != nil {
		return err
	}
	in := Insert{Table: d, Token: token, Gather: q.settings.bool("async_insert")}
	in.Next = func(ctx context.Context) (*batch.Batch, error) {
		if err := cause(ctx); err != nil {
			return nil, err
		}
		rows, err := r.Next(insertRows, insertBytes)
		if errors.Is(err, io.EOF) { // Of the format: what is compressed may be damaged behind it.
			if _, err = io.Copy(io.Discard, data); err == nil {
				return nil, nil
			}
		}
		if err != nil {
			return nil, err
		}
		return shape.shape(rows.Batch, rows.Missing)
	}
	if hashed {
		if err := q.hashToken(ctx, &in, hash); err != nil {
			return err
		}
	}
	return q.store(ctx, in)
}

// hashToken reads the whole insert, since its token is the hash of all of it.
func (q *query) hashToken(ctx context.Context, in *Insert, hash *xxh3.Hasher) error {
	var parts []*batch.Batch
	for {
		b, err := in.Next(ctx)
		if err != nil {
			return err
		}
		if b == nil {
			break
		}
		if err := q.proc.memory.Add(b.SizeBytes()); err != nil {
			return err
		}
		parts = append(parts, b)
	}
	sum := hash.Sum128().Bytes()
	in.Token = "hash:" + hex.EncodeToString(sum[:])
	in.Next = func(context.Context) (*batch.Batch, error) {
		if len(parts) == 0 {
			return nil, nil
		}
		b := parts[0]
		parts = parts[1:]
		return b, nil
	}
	return nil
}

func (q *query) readOptions(ctx context.Context) format.ReadOptions {
	s := q.settings
	return format.ReadOptions{
		Zone:                q.expr.Zone,
		AllowErrorsNum:      s.int("input_format_allow_errors_num"),
		AllowErrorsRatio:    s.float("input_format_allow_errors_ratio"),
		RefuseUnknownFields: !s.bool("input_format_skip_unknown_fields"),
		KeepNulls:           !s.bool("input_format_null_as_default"),
		BasicDateTime:       s.text("date_time_input_format") == "basic",
		Now:                 q.proc.started.Unix(),
		NoHeaderDetection:   !s.bool("input_format_csv_detect_header"),
		CSVDelimiter:        s.text("format_csv_delimiter")[0],
		EvalExpr: func(text []byte, t types.Type) (*batch.Vector, int, error) {
			return q.valueExpr(ctx, text, t)
		},
	}
}

// valueExpr computes an expression at the beginning of text, in VALUES.
func (q *query) valueExpr(ctx context.Context, text []byte, t types.Type) (*batch.Vector, int, error) {
	tree, n, err := parse.ExprPrefix(string(text))
	if err != nil {
		return nil, 0, syntaxError(err)
	}
	v, err := q.binder(ctx, q.engine.backend.Catalog()).Constant(tree)
	if err != nil {
		return nil, 0, err
	}
	e, err := convert(q.expr, expr.NewConst(v), t)
	if err != nil {
		return nil, 0, err
	}
	out, err := expr.Eval(q.expr, e, &batch.Batch{Rows: 1})
	if err != nil {
		return nil, 0, err
	}
	return out.Expand(), n, nil
}

// insertRows stores the rows of a query: INSERT SELECT and CREATE … AS SELECT.
// Columns go by position.
func (q *query) insertRows(ctx context.Context, d *table.Def, names []string, n plan.Node) error {
	if names == nil {
		names = insertable(d)
	}
	fields := n.Fields()
	if len(fields) != len(names) {
		return chcode.Errorf(chcode.NumberOfColumnsDoesntMatch,
			"Number of columns doesn't match: the table takes %d (%s), the query gives %d", len(names), strings.Join(names, ", "), len(fields))
	}
	shape, err := q.shaper(ctx, d, names)
	if err != nil {
		return err
	}
	p := &plan.Project{Input: n, Names: names}
	for i, f := range fields {
		t := d.Schema.Columns[d.Schema.Index(names[i])].Type
		if f.Type.Nullable && q.settings.bool("insert_null_as_default") {
			t = t.AsNullable() // NULL becomes the column's default, see nullsMissing
		}
		e, err := convert(q.expr, &expr.Column{Pos: i, Name: f.Name, T: f.Type}, t)
		if err != nil {
			return err
		}
		p.Exprs = append(p.Exprs, e)
	}
	op, err := build.Build(q.env, q.storage(ctx), p, exec.Apart)
	if err != nil {
		return err
	}
	return errors.Join(q.storeOperator(ctx, d, shape, names, op), op.Close())
}

func (q *query) storeOperator(ctx context.Context, d *table.Def, shape *shaper, names []string, op exec.Operator) error {
	return q.store(ctx, Insert{
		Table: d, Token: q.settings.text("insert_deduplication_token"),
		Next: func(ctx context.Context) (*batch.Batch, error) {
			b, err := op.Next(ctx)
			if b == nil || err != nil {
				return nil, err
			}
			b, missing := nullsMissing(d, names, b)
			return shape.shape(b, missing)
		},
	})
}

// nullsMissing marks NULLs for columns that can't hold them as values that were
// not given (insert_null_as_default).
func nullsMissing(d *table.Def, names []string, b *batch.Batch) (*batch.Batch, [][]bool) {
	out := *b
	out.Cols = make([]*batch.Vector, len(b.Cols))
	missing := make([][]bool, len(b.Cols))
	for i, v := range b.Cols {
		c := d.Schema.Columns[d.Schema.Index(names[i])]
		out.Cols[i] = v
		if c.Type.Nullable || !v.Type.Nullable {
			continue
		}
		plain := *v.Expand().Canonical()
		missing[i], plain.Nulls, plain.Type = plain.Nulls, nil, c.Type
		out.Cols[i] = &plain
	}
	return &out, missing
}

func (q *query) store(ctx context.Context, in Insert) error {
	if in.Table.Kind == table.Null && !feedsViews(q.engine.backend.Catalog(), in.Table.ID) {
		return q.forget(ctx, in)
	}
	next := in.Next
	in.Next = func(ctx context.Context) (*batch.Batch, error) {
		b, err := next(ctx)
		if b == nil || err != nil {
			return nil, err
		}
		return storedStates(b)
	}
	done, err := q.engine.backend.Insert(ctx, in)
	if err != nil {
		return err
	}
	q.summary.WrittenRows, q.summary.WrittenBytes = done.Rows, done.Bytes
	m := &q.engine.metrics
	m.InsertedRows.Add(done.Rows)
	m.InsertedBytes.Add(done.Bytes)
	if done.Duplicate {
		m.DuplicateSkips.Add(1)
	}
	return nil
}

// forget reads an insert into ENGINE = Null to its end.
func (q *query) forget(ctx context.Context, in Insert) error {
	for {
		b, err := in.Next(ctx)
		if b == nil || err != nil {
			return err
		}
		q.summary.WrittenRows += int64(b.Rows)
	}
}
