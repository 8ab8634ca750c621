package exec

import (
	"context"
	"fmt"
	"runtime/debug"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/chcode"
)

// PanicError is a panic of a goroutine of a query: a defect of the program, which
// ends that query and not the node.
type PanicError struct {
	Value any
	Stack []byte
}

// Error implements error.
func (e *PanicError) Error() string { return fmt.Sprint(e.Value) }

// Catch is deferred: it makes a panic the error of what panicked. All goroutines of queries
// defer it; what they hold is closed as after any other error.
func Catch(err *error) {
	if v := recover(); v != nil {
		*err = chcode.Errorf(chcode.LogicalError, "The query met a defect of the server, whose log has more about it: %w",
			&PanicError{Value: v, Stack: debug.Stack()})
	}
}

// safely calls f, whose panics are errors.
func safely(f func() error) (err error) {
	defer Catch(&err)
	return f()
}

// next is op.Next, whose panics are errors.
func next(ctx context.Context, op Operator) (b *batch.Batch, err error) {
	defer Catch(&err)
	return op.Next(ctx)
}

// caught is an operator that does not panic.
type caught struct{ Operator }

// Caught makes panics of the goroutine that calls an operator errors.
func Caught(op Operator) Operator { return caught{op} }

// Next implements Operator.
func (c caught) Next(ctx context.Context) (*batch.Batch, error) { return next(ctx, c.Operator) }
