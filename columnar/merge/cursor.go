package merge

import (
	"bytes"
	"context"
	"slices"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/segment"
	"github.com/freshetdb/freshet/index/rowset"
)

// cursor walks through the rows of an input that are not deleted, granule by
// granule.
type cursor struct {
	input  *Input
	number int
	live   rowset.Set // rows to keep, if some are deleted
	next   int        // first row not loaded

	batch *batch.Batch
	first int      // row of the input that is the granule's first
	sel   []uint32 // rows of the granule that the batch has; nil: all
	at    int      // current row of the batch

	key  []*batch.Vector
	head key // of the current row
}

func newCursor(input *Input, number int) *cursor {
	return &cursor{input: input, number: number, live: input.Deleted.Not()}
}

// origin is the row of the input that row i of the batch is.
func (c *cursor) origin(i int) Row {
	if c.sel != nil {
		i = int(c.sel[i])
	}
	return Row{c.number, c.first + i}
}

// key is the encoded parts of a sort key.
type key struct {
	bytes []byte
	ends  []int
	row   int
}

func (k *key) encode(vs []*batch.Vector, row int) {
	k.row = row
	k.bytes, k.ends = k.bytes[:0], append(k.ends[:0], 0)
	for _, v := range vs {
		k.bytes = segment.AppendKeyPart(k.bytes, v, row)
		k.ends = append(k.ends, len(k.bytes))
	}
}

func (k *key) compare(o *key) int {
	for p := 1; p < len(k.ends); p++ {
		a, b := k.bytes[k.ends[p-1]:k.ends[p]], o.bytes[o.ends[p-1]:o.ends[p]]
		if c := bytes.Compare(a, b); c != 0 {
			return c
		}
	}
	return 0
}

// load reads the next granule that has rows; false when there is none.
func (c *cursor) load() (bool, error) {
	total := c.input.Source.Rows()
	for c.next < total {
		lo, hi := c.next, min(c.next+segment.GranuleRows, total)
		c.next, c.first, c.at, c.sel = hi, lo, 0, nil
		if c.input.Deleted.Len() > 0 {
			c.sel = c.live.AppendRows(make([]uint32, 0, hi-lo), lo, hi)
			if len(c.sel) == 0 {
				continue
			}
		}
		var err error
		if c.batch, err = c.input.Source.Read(lo, hi); err != nil {
			return false, err
		}
		if c.sel != nil && len(c.sel) < hi-lo {
			c.batch = c.batch.Gather(c.sel)
		}
		return true, nil
	}
	c.batch = nil
	return false, nil
}

// loadKey loads and computes the key.
func (c *cursor) loadKey(k *segment.SortKey) (bool, error) {
	ok, err := c.load()
	if !ok || err != nil || len(k.Types) == 0 {
		return ok, err
	}
	if c.key, err = k.Eval(c.batch); err != nil {
		return false, err
	}
	c.head.encode(c.key, 0)
	return true, nil
}

// before orders cursors by their current rows; equal keys by input.
func (c *cursor) before(o *cursor) bool {
	k := c.head.compare(&o.head)
	return k < 0 || (k == 0 && c.number < o.number)
}

// runEnd is the end of the rows from c.at on that come before o's current row.
// It gallops, so that long runs cost little.
func (c *cursor) runEnd(o *cursor, probe *key) int {
	isBefore := func(row int) bool {
		probe.encode(c.key, row)
		k := probe.compare(&o.head)
		return k < 0 || (k == 0 && c.number < o.number)
	}
	lo, step := c.at+1, 1 // The current row comes first: c is the least.
	hi := lo
	for hi < c.batch.Rows && isBefore(hi) {
		lo = hi + 1
		hi += step
		step *= 2
	}
	hi = min(hi, c.batch.Rows)
	for lo < hi {
		mid := int(uint(lo+hi) >> 1)
		if isBefore(mid) {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return lo
}

// span is rows [lo, hi) of a cursor's batch.
type span struct {
	cursor *cursor
	lo, hi int
}

// mergeInputs hands on all rows of the inputs in the order of the key, in
// batches of about a granule; what it hands on is valid until it returns.
func mergeInputs(ctx context.Context, inputs []Input, opts *Options, emit func(*batch.Batch, []Row) error) error {
	var queue []*cursor // by current row
	for i := range inputs {
		c := newCursor(&inputs[i], i)
		ok, err := c.loadKey(&opts.Key)
		if err != nil {
			return err
		}
		if ok {
			queue = insert(queue, c)
		}
	}
	a := &assembler{emit: emit, wantRows: opts.Moved != nil}
	var probe key
	for len(queue) > 0 {
		c := queue[0]
		end := c.batch.Rows
		probe.row = -1
		if len(queue) > 1 {
			end = c.runEnd(queue[1], &probe)
		}
		a.add(span{c, c.at, end})
		c.at = end
		queue = queue[1:]
		if end < c.batch.Rows {
			if probe.row == end && end > c.head.row {
				c.head, probe = probe, c.head // Fast path: runEnd looked at it last.
			} else {
				c.head.encode(c.key, end)
			}
			queue = insert(queue, c)
			if a.rows < segment.GranuleRows {
				continue
			}
		}
		if err := a.flush(); err != nil {
			return err
		}
		if end < c.batch.Rows {
			continue
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		ok, err := c.loadKey(&opts.Key)
		if err != nil {
			return err
		}
		if ok {
			queue = insert(queue, c)
		}
	}
	return nil
}

// insert puts a cursor into the queue.
func insert(queue []*cursor, c *cursor) []*cursor {
	lo, hi := 0, len(queue)
	for lo < hi {
		mid := int(uint(lo+hi) >> 1)
		if queue[mid].before(c) {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return slices.Insert(queue, lo, c)
}
