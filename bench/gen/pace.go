package gen

import (
	"context"
	"fmt"
	"io"
	"time"
)

// paceEvery is how often rows are written at a rate.
const paceEvery = 20 * time.Millisecond

// Pace writes rows at a rate, those of a stretch of paceEvery at once. What was due
// while the writer was slow is written as soon as it can be.
func Pace(ctx context.Context, w io.Writer, rows, rate int64, block Block) error {
	tick := time.NewTicker(paceEvery)
	defer tick.Stop()
	started := time.Now()
	var text []byte
	for sent := int64(0); sent < rows; {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
		due := min(int64(time.Since(started).Seconds()*float64(rate)), rows)
		for sent < due {
			to := min(sent+blockRows, due)
			text = block(text[:0], sent, to)
			if _, err := w.Write(text); err != nil {
				return fmt.Errorf("write rows from %d: %w", sent, err)
			}
			sent = to
		}
	}
	return nil
}
