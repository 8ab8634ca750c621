package engine

import (
	"context"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/freshetdb/freshet/columnar/agg"
	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/chcode"
	"github.com/freshetdb/freshet/columnar/format"
	"github.com/freshetdb/freshet/columnar/types"
	"github.com/freshetdb/freshet/query/ast"
	"github.com/freshetdb/freshet/query/exec"
	"github.com/freshetdb/freshet/query/plan"
)

// output prints a result.
type output struct {
	q       *query
	w       format.Writer
	states  []int // columns of states
	count   *counter
	names   []string
	types   []types.Type
	maxRows int64
	rows    int64
	limited bool
	began   bool
	format  string
	// extremes is nil unless the setting asks for them.
	extremes *exec.Extremes
}

// output chooses the format and makes its writer. Nothing is sent yet.
func (q *query) output(clause *ast.Output, fields []plan.Field) (*output, error) {
	name := q.formatOf(clause)
	o := &output{q: q, count: &counter{}, maxRows: q.settings.int("max_result_rows"), format: name}
	if q.settings.bool("extremes") {
		o.extremes = &exec.Extremes{}
	}
	for i, f := range fields {
		if f.Type.Kind == types.AggregateFunction {
			o.states = append(o.states, i)
		} else if hasStates(f.Type) {
			return nil, chcode.Errorf(chcode.NotImplemented,
				"%s: values of type %s can't be written: take the states' values, arrayMap(x -> finalizeAggregation(x), …)", f.Name, f.Type)
		}
		o.names = append(o.names, f.Name)
		o.types = append(o.types, f.Type)
	}
	w, err := format.NewWriter(name, o.count, q.writeOptions())
	if err != nil {
		return nil, err
	}
	o.w = w
	return o, nil
}

// hasStates tells whether states are among the parts of a type.
func hasStates(t types.Type) bool {
	return t.Kind != types.AggregateFunction && slices.ContainsFunc(t.Elems, func(e types.Type) bool {
		return e.Kind == types.AggregateFunction || hasStates(e)
	})
}

// formatOf is the name of the format that the answer is wanted in.
func (q *query) formatOf(clause *ast.Output) string {
	switch {
	case clause != nil && clause.Format != "":
		return clause.Format
	case q.req.Format != "":
		return q.req.Format
	default:
		return "TabSeparated"
	}
}

func (q *query) writeOptions() format.WriteOptions {
	s := q.settings
	o := format.WriteOptions{
		Zone:               q.expr.Zone,
		Quote64BitIntegers: s.bool("output_format_json_quote_64bit_integers"),
		QuoteFloats:        s.bool("output_format_json_quote_64bit_floats"),
		QuoteDenormals:     s.bool("output_format_json_quote_denormals"),
		QuoteDecimals:      s.bool("output_format_json_quote_decimals"),
		ArrayOfRows:        s.bool("output_format_json_array_of_rows"),
		NoStatistics:       !s.bool("output_format_write_statistics"),
		CSVDelimiter:       s.text("format_csv_delimiter")[0],
		Pretty: format.PrettyOptions{
			MaxRows:       int(s.int("output_format_pretty_max_rows")),
			Color:         s.bool("output_format_pretty_color"),
			ASCII:         s.text("output_format_pretty_grid_charset") == "ASCII",
			OffRowNumbers: !s.bool("output_format_pretty_row_numbers"),
			TipFrom:       tipFrom(s.int("output_format_pretty_single_large_number_tip_threshold")),
		},
	}
	switch s.text("date_time_output_format") {
	case "iso":
		o.DateTime = format.DateTimeISO
	case "unix_timestamp":
		o.DateTime = format.DateTimeTimestamp
	}
	return o
}

// begin opens the answer; from here on the client sees a result.
func (o *output) begin() error {
	if o.began {
		return nil
	}
	o.began = true
	certificate := o.q.certificate.String()
	w, err := o.q.sink.Begin(Header{
		QueryID: o.q.proc.id, Format: o.format, ContentType: o.w.ContentType(), Zone: o.q.expr.Zone.Name(),
		Warnings: o.q.summary.Warnings, Answer: certificate,
	})
	if err != nil {
		return err
	}
	o.count.w = w
	if a, ok := o.w.(format.Answerer); ok && o.q.settings.bool("answer_in_meta") {
		a.Answer(certificate)
	}
	return o.w.Begin(o.names, o.types)
}

// copy prints all rows of op.
func (o *output) copy(ctx context.Context, op exec.Operator) error {
	for {
		b, err := op.Next(ctx)
		if err != nil {
			return err
		}
		if b == nil {
			return nil
		}
		if err := o.write(b); err != nil {
			return err
		}
	}
}

func (o *output) write(b *batch.Batch) error {
	o.rows += int64(b.Rows)
	if o.maxRows > 0 && o.rows > o.maxRows {
		return chcode.Errorf(chcode.TooManyRowsOrBytes, "Limit for result exceeded, max rows: %d", o.maxRows)
	}
	if err := o.begin(); err != nil {
		return err
	}
	if len(o.states) > 0 {
		var err error
		if b, err = o.withStates(b); err != nil {
			return err
		}
	}
	if o.extremes != nil {
		o.extremes.Add(b)
	}
	return o.w.Write(b)
}

// total prints the row of WITH TOTALS behind the rows.
func (o *output) total(b *batch.Batch) error {
	if err := o.begin(); err != nil {
		return err
	}
	b, err := o.withStates(b)
	if err != nil {
		return err
	}
	return o.w.Totals(b)
}

// keepsStates tells the formats that give states in the portable form; the others
// print the finished value.
func keepsStates(name string) bool {
	return strings.HasPrefix(name, "RowBinary") || name == "Native"
}

// withStates is b with its states in the portable form.
func (o *output) withStates(b *batch.Batch) (*batch.Batch, error) {
	out := *b
	out.Cols = slices.Clone(b.Cols)
	for _, i := range o.states {
		v, err := agg.PortableStates(b.Cols[i])
		if err != nil {
			return nil, err
		}
		out.Cols[i] = v
	}
	return &out, nil
}

// end prints what stands behind the rows.
func (o *output) end() error {
	if err := o.begin(); err != nil {
		return err
	}
	if o.extremes != nil && o.rows > 0 {
		if err := o.w.Extremes(o.extremes.Rows()); err != nil {
			return err
		}
	}
	p := o.q.proc.progress
	err := o.w.End(format.Stats{
		Rows: o.rows, RowsBeforeLimit: o.rows, HasRowsBeforeLimit: o.limited,
		ReadRows: p.ReadRows.Load(), ReadBytes: p.ReadBytes.Load(), Elapsed: time.Since(o.q.proc.started),
	})
	o.q.summary.ResultRows, o.q.summary.ResultBytes = o.rows, o.count.n
	return err
}

// counter counts bytes on their way to a writer that is known later.
type counter struct {
	w io.Writer
	n int64
}

// Write implements io.Writer.
func (c *counter) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.n += int64(n)
	return n, err
}

// answer prints rows that are made at once: SHOW, DESCRIBE, EXPLAIN.
func (q *query) answer(clause *ast.Output, b *batch.Batch) error {
	fields := make([]plan.Field, len(b.Cols))
	for i, c := range b.Cols {
		fields[i] = plan.Field{Name: b.Names[i], Type: c.Type}
	}
	o, err := q.output(clause, fields)
	if err != nil {
		return err
	}
	if b.Rows > 0 {
		if err := o.write(b); err != nil {
			return err
		}
	}
	return o.end()
}

// lines answers with one String column.
func (q *query) lines(clause *ast.Output, name string, lines []string) error {
	return q.answer(clause, batch.New([]string{name}, []*batch.Vector{texts(lines)}, len(lines)))
}

func texts(lines []string) *batch.Vector {
	s := batch.Strings{Offsets: []uint32{0}}
	for _, l := range lines {
		s.AppendString(l)
	}
	return batch.NewStrings(types.Of(types.String), s, nil)
}

// tipFrom is the threshold as the format's option, where zero is the default.
func tipFrom(setting int64) int {
	if setting == 0 {
		return -1
	}
	return int(setting)
}
