package exec

import (
	"context"
	"math"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/ledger"
)

// Cut says which rows pass, in their order: Count of them behind the first Offset.
// Negative numbers count from the end: the last rows pass, or are left out. A share,
// where it is not 0, is the number as a fraction of all rows.
type Cut struct {
	Count, Offset           int64
	CountShare, OffsetShare float64
}

// isPlain says that rows can pass as they come.
func (c Cut) isPlain() bool {
	return c.Count >= 0 && c.Offset >= 0 && c.CountShare == 0 && c.OffsetShare == 0
}

// span is the rows of n that pass; ties may widen it to those from low to high.
func (c Cut) span(n int64) (from, to, low, high int64) {
	high = n
	switch {
	case c.OffsetShare > 0:
		low = portion(c.OffsetShare, n)
	case c.Offset < 0:
		high = max(0, n+c.Offset)
	default:
		low = min(c.Offset, n)
	}
	from, to = low, high
	switch {
	case c.CountShare > 0:
		to = min(high, low+portion(c.CountShare, n))
	case c.Count < 0:
		from = max(low, high+c.Count)
	default:
		to = low + min(c.Count, high-low)
	}
	return from, to, low, high
}

// portion is a share of n rows, rounded up.
func portion(share float64, n int64) int64 { return min(n, int64(math.Ceil(share*float64(n)))) }

// cutter passes rows that only the number of all rows tells. Of a limit that counts
// from the end alone it holds the last rows, else all.
type cutter struct {
	in     Operator
	cut    Cut
	ties   []Key
	hold   ledger.Share
	loaded bool
	rest   *batch.Batch
}

// Next implements Operator.
func (c *cutter) Next(ctx context.Context) (*batch.Batch, error) {
	if !c.loaded {
		if err := c.load(ctx); err != nil {
			return nil, err
		}
		c.loaded = true
	}
	if c.rest == nil || c.rest.Rows == 0 {
		return nil, nil
	}
	n := min(c.rest.Rows, GranuleRows)
	out := c.rest.Slice(0, n)
	c.rest = c.rest.Slice(n, c.rest.Rows)
	return out, nil
}

func (c *cutter) load(ctx context.Context) error {
	enough := int64(math.MaxInt64)
	if c.cut.Count < 0 && c.cut.OffsetShare == 0 && c.ties == nil {
		enough = -max(c.cut.Count, math.MinInt64/4) - max(min(c.cut.Offset, 0), math.MinInt64/4)
	}
	var parts []*batch.Batch
	var rows, gone, size int64
	for {
		b, err := c.in.Next(ctx)
		if err != nil {
			return err
		}
		if b == nil {
			break
		}
		parts, rows, size = append(parts, b), rows+int64(b.Rows), size+b.SizeBytes()
		for rows-gone-int64(parts[0].Rows) >= enough {
			gone, size = gone+int64(parts[0].Rows), size-parts[0].SizeBytes()
			parts[0], parts = nil, parts[1:]
		}
		if err := c.hold.Set(2 * size); err != nil {
			return err
		}
	}
	if len(parts) == 0 {
		return nil
	}
	all := batch.ConcatBatches(parts[0].Names, parts[0].Types(), parts)
	from, to, low, high := c.cut.span(rows)
	if c.ties != nil && from < to {
		order := comparers(all, c.ties) // All rows are held: none is gone.
		for c.cut.Count < 0 && from > low && compareRows(order, uint32(from-1), uint32(from)) == 0 {
			from--
		}
		for c.cut.Count >= 0 && to < high && compareRows(order, uint32(to-1), uint32(to)) == 0 {
			to++
		}
	}
	c.rest = all.Slice(int(max(from-gone, 0)), int(max(to-gone, 0)))
	return nil
}

// Close implements Operator.
func (c *cutter) Close() error {
	c.hold.Release()
	return c.in.Close()
}
