// Package chcode has the errors that users see: a sentence and ClickHouse's
// code and name for its kind, so that clients can tell them apart.
package chcode

import (
	"errors"
	"fmt"
	"slices"
)

// Error is an error for users.
type Error struct {
	Code Code
	Msg  string
	Err  error // the cause, or nil
}

// Errorf makes an Error; a %w operand is its cause.
func Errorf(code Code, format string, args ...any) *Error {
	wrapped := fmt.Errorf(format, args...)
	return &Error{Code: code, Msg: wrapped.Error(), Err: errors.Unwrap(wrapped)}
}

// Error is the sentence, without the code.
func (e *Error) Error() string { return e.Msg }

// Unwrap is the cause.
func (e *Error) Unwrap() error { return e.Err }

// Or is err when it has a code, else an error with this one.
func Or(code Code, err error) error {
	if _, ok := errors.AsType[*Error](err); ok {
		return err
	}
	return Errorf(code, "%w", err)
}

// Join joins what several parts, such as shards, say of one thing: errors that read
// alike stand there once.
func Join(errs ...error) error {
	var distinct []error
	for _, err := range errs {
		if err != nil && !slices.ContainsFunc(distinct, func(o error) bool { return o.Error() == err.Error() }) {
			distinct = append(distinct, err)
		}
	}
	if len(distinct) == 1 {
		return distinct[0]
	}
	return errors.Join(distinct...)
}

// Of finds the code in err's chain; LogicalError when there is none.
func Of(err error) Code {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Code
	}
	return LogicalError
}
