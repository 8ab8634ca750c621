// Package exec is the operators that run a plan: one file each, pulling batches
// from their inputs.
//
// An [Operator] is used by one goroutine. Parallel work is [Streams]: per shard,
// operators that may run side by side and share a queue of granules. Only
// [NewGather], [NewAggregate] and [NewSort] start goroutines; each waits for
// its own in Next or Close.
package exec

import (
	"context"
	"errors"

	"github.com/freshetdb/freshet/columnar/batch"
)

// Operator gives rows batch by batch. Next returns nil at the end and goes on
// returning nil. The batch belongs to the caller, who must not write to its
// vectors. After an error only Close may be called. Close may be called at any
// time, also twice; it ends the operator's goroutines before it returns and
// closes its inputs.
type Operator interface {
	Next(ctx context.Context) (*batch.Batch, error)
	Close() error
}

// Streams is the output of a parallel step. Groups[s] are the operators over
// shard s; those of one group may run side by side, groups are run one after
// another. Symbols are comparable only inside a group (R11).
type Streams struct {
	Groups [][]Operator
}

// One is a single stream.
func One(op Operator) Streams { return Streams{Groups: [][]Operator{{op}}} }

// Map puts an operator over every stream.
func (s Streams) Map(wrap func(Operator) Operator) Streams {
	out := Streams{Groups: make([][]Operator, len(s.Groups))}
	for g, ops := range s.Groups {
		for _, op := range ops {
			out.Groups[g] = append(out.Groups[g], wrap(op))
		}
	}
	return out
}

// Close closes all streams.
func (s Streams) Close() error {
	var errs []error
	for _, ops := range s.Groups {
		for _, op := range ops {
			errs = append(errs, op.Close())
		}
	}
	return errors.Join(errs...)
}

// single tells whether there is just one stream.
func (s Streams) single() (Operator, bool) {
	if len(s.Groups) == 1 && len(s.Groups[0]) == 1 {
		return s.Groups[0][0], true
	}
	return nil, false
}
