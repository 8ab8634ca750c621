package merge

import (
	"context"
	"errors"
	"fmt"
	"math"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/rollup"
	"github.com/freshetdb/freshet/columnar/segment"
	"github.com/freshetdb/freshet/columnar/types"
	"github.com/freshetdb/freshet/index/rowset"
)

// Source is sorted rows to merge; segment.Reader is one. The batch that Read
// gives has the stored columns of the target's schema and stays valid until the
// next Read. A source is used by one goroutine.
type Source interface {
	Rows() int
	Read(lo, hi int) (*batch.Batch, error)
}

// Input is a source and the rows of it to leave out, a Set over all its rows;
// the zero Set leaves out none.
type Input struct {
	Source  Source
	Deleted rowset.Set
}

// Row is a row of an input.
type Row struct {
	Input int
	Row   int
}

// Options say what comes out of a merge.
type Options struct {
	Schema    *types.Schema
	Key       segment.SortKey
	Codec     segment.Codec
	BatchRows int
	// Tags of the outputs; see TagsOf. Those of a split get their Partition.
	Tags segment.Tags
	// Place gives the place of the next output.
	Place func() segment.Place
	// Partition, unless nil, splits: it gives the partition of each row, and each
	// partition becomes an output. Rows of MixedPartition become a mixed segment.
	Partition func(b *batch.Batch) ([]string, error)
	// Moved, unless nil, is told where rows go: rows are the next rows of the
	// output with that number. It must not keep rows.
	Moved func(output int, rows []Row)
	// Merge, unless nil, makes rows with equal keys one; Moved must be nil then, and
	// the key must tell them apart. Dicts are the dictionaries of the states of the
	// column at a place, which Source gives without; nil: they are portable.
	Merge *rollup.Plan
	Dicts func(place int) []batch.Dictionary
}

// TagsOf are the tags of the output of a job.
func TagsOf(j *Job) segment.Tags {
	t := segment.Tags{Partition: j.Partition, FirstIndex: math.MaxUint64}
	for i := range j.Inputs {
		in := &j.Inputs[i]
		t.Level = max(t.Level, in.Level+1)
		t.FirstIndex, t.LastIndex = min(t.FirstIndex, in.FirstIndex), max(t.LastIndex, in.LastIndex)
	}
	return t
}

// MixedPartition is what Options.Partition gives for rows that a flush puts into
// one mixed segment, whatever their partitions (R5). No partition has this text.
const MixedPartition = "\x00mixed"

// outputsMax is how many segments a split writes at once; it reads its inputs
// again for each so many partitions.
const outputsMax = 64

// Run merges the inputs, which are in the order of the log: rows come out in the
// order of the key, rows with equal keys in the order of inputs and, within one,
// of rows. It reads everything twice, first to choose the narrowest forms, and
// holds a granule of each input in memory. There is no output for no rows.
// After an error, also of the context, nothing is left on disk.
func Run(ctx context.Context, inputs []Input, opts Options) ([]segment.Meta, error) {
	m := &merger{inputs: inputs, opts: opts, shapes: map[string]*segment.Shape{}}
	if err := m.measure(ctx); err != nil {
		return nil, fmt.Errorf("merge: %w", err)
	}
	for lo := 0; lo < len(m.partitions); lo += outputsMax {
		if err := m.write(ctx, m.partitions[lo:min(len(m.partitions), lo+outputsMax)]); err != nil {
			return nil, errors.Join(fmt.Errorf("merge: %w", err), m.remove())
		}
	}
	return m.metas(), nil
}

// merger is one run.
type merger struct {
	inputs     []Input
	opts       Options
	partitions []string // in order of first sight
	shapes     map[string]*segment.Shape
	outputs    []*output
}

// output is a segment being written.
type output struct {
	number int
	at     segment.Place
	writer *segment.Writer // nil when it is done
	stream *rollup.Stream  // nil, or what merges rows before they are written
	meta   segment.Meta
}

func (m *merger) metas() []segment.Meta {
	var out []segment.Meta
	for _, o := range m.outputs {
		out = append(out, o.meta)
	}
	return out
}

// remove takes back outputs that are done or begun.
func (m *merger) remove() error {
	var errs []error
	for _, o := range m.outputs {
		if o.writer != nil {
			errs = append(errs, o.writer.Abort())
			continue
		}
		errs = append(errs, segment.Remove(o.at))
	}
	return errors.Join(errs...)
}

// measure reads all rows to learn the partitions and their shapes.
func (m *merger) measure(ctx context.Context) error {
	if m.opts.Merge != nil {
		return m.measureMerged(ctx)
	}
	for i := range m.inputs {
		c := newCursor(&m.inputs[i], i)
		for {
			if err := ctx.Err(); err != nil {
				return err
			}
			ok, err := c.load()
			if err != nil {
				return err
			}
			if !ok {
				break
			}
			if err := m.measureBatch(c.batch); err != nil {
				return err
			}
		}
	}
	return nil
}

func (m *merger) measureBatch(b *batch.Batch) error {
	return m.route(b, func(partition string, sel []uint32) error {
		m.shape(partition).Add(pick(b, sel))
		return nil
	})
}

// shape is the shape of a partition, of which there are rows.
func (m *merger) shape(partition string) *segment.Shape {
	s := m.shapes[partition]
	if s == nil {
		s = segment.NewShape(m.opts.Schema)
		m.shapes[partition] = s
		m.partitions = append(m.partitions, partition)
	}
	return s
}

// pick is the rows of sel, or all when sel is nil.
func pick(b *batch.Batch, sel []uint32) *batch.Batch {
	if sel == nil {
		return b
	}
	return b.Gather(sel)
}

// route gives the rows of each partition in b; sel is nil for all rows.
func (m *merger) route(b *batch.Batch, visit func(partition string, sel []uint32) error) error {
	if m.opts.Partition == nil {
		return visit(m.opts.Tags.Partition, nil)
	}
	ps, err := m.opts.Partition(b)
	if err != nil {
		return fmt.Errorf("compute partition: %w", err)
	}
	if len(ps) != b.Rows {
		return fmt.Errorf("compute partition: %d rows, expected %d", len(ps), b.Rows)
	}
	sels := map[string][]uint32{}
	var order []string
	for i, p := range ps {
		if sels[p] == nil {
			order = append(order, p)
		}
		sels[p] = append(sels[p], uint32(i))
	}
	for _, p := range order {
		if err := visit(p, sels[p]); err != nil {
			return err
		}
	}
	return nil
}

// write merges the rows of some partitions into their segments.
func (m *merger) write(ctx context.Context, partitions []string) error {
	outs := map[string]*output{}
	for _, p := range partitions {
		o := &output{number: len(m.outputs), at: m.opts.Place()}
		tags := m.opts.Tags
		tags.Partition, tags.Mixed = p, false
		if m.opts.Partition != nil && p == MixedPartition {
			tags.Partition, tags.Mixed = "", true
		}
		var err error
		o.writer, err = segment.Create(o.at, m.opts.Schema, m.shapes[p], segment.Options{
			Codec: m.opts.Codec, BatchRows: m.opts.BatchRows, Key: m.opts.Key, Tags: tags,
		})
		if err != nil {
			return err
		}
		if m.opts.Merge != nil {
			o.stream = m.opts.Merge.NewStream(m.opts.Dicts, o.writer.Append)
		}
		m.outputs, outs[p] = append(m.outputs, o), o
	}
	if err := mergeInputs(ctx, m.inputs, &m.opts, func(b *batch.Batch, rows []Row) error {
		return m.route(b, func(p string, sel []uint32) error {
			if outs[p] == nil {
				return nil // Another pass writes this partition.
			}
			return m.append(outs[p], b, rows, sel)
		})
	}); err != nil {
		return err
	}
	for _, p := range partitions {
		o := outs[p]
		if o.stream != nil {
			if err := o.stream.Close(); err != nil {
				return err
			}
		}
		w := o.writer
		o.writer = nil
		var err error
		if o.meta, err = w.Finish(); err != nil {
			return err
		}
	}
	return nil
}

func (m *merger) append(o *output, b *batch.Batch, rows []Row, sel []uint32) error {
	if o.stream != nil {
		return o.stream.Add(pick(b, sel))
	}
	if err := o.writer.Append(pick(b, sel)); err != nil {
		return err
	}
	if m.opts.Moved == nil {
		return nil
	}
	if sel != nil {
		picked := make([]Row, len(sel))
		for i, r := range sel {
			picked[i] = rows[r]
		}
		rows = picked
	}
	m.opts.Moved(o.number, rows)
	return nil
}
