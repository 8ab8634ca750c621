package replica

import (
	"errors"
	"syscall"

	"github.com/freshetdb/freshet/cluster/group"
	"github.com/freshetdb/freshet/cluster/raftlog"
	"github.com/freshetdb/freshet/columnar/chcode"
	"github.com/freshetdb/freshet/columnar/entry"
	"github.com/freshetdb/freshet/columnar/table"
)

// UserError gives an error of the log the code that ClickHouse has for it.
func UserError(err error) error {
	if err == nil {
		return nil
	}
	if _, ok := errors.AsType[*chcode.Error](err); ok {
		return err
	}
	switch {
	case errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT):
		return chcode.Errorf(chcode.NotEnoughSpace,
			"Cannot write: no space left on the disk. Queries go on, inserts work again when there is room: %w", err)
	case errors.Is(err, raftlog.ErrTooLarge):
		return tooLarge()
	case errors.Is(err, group.ErrClosed):
		return chcode.Errorf(chcode.Aborted, "The server is shutting down")
	case errors.Is(err, raftlog.ErrCorrupt):
		return chcode.Errorf(chcode.CorruptedData, "Cannot write: %w", err)
	}
	return chcode.Errorf(chcode.RaftError, "Cannot write: %w", err)
}

// RejectedError says that an entry is in the log and the store refused it: it has
// changed nothing, on any replica.
type RejectedError struct{ Err error }

// Error implements error.
func (e *RejectedError) Error() string { return e.Err.Error() }

// Unwrap is the cause.
func (e *RejectedError) Unwrap() error { return e.Err }

// rejection is a store's refusal as users are told.
func rejection(e *entry.Entry, err error) error {
	if errors.Is(err, table.ErrUnknownSchema) {
		return chcode.Errorf(chcode.CannotAssignAlter,
			"The table was changed while rows were on their way (%w): try again", err)
	}
	if _, ok := errors.AsType[*chcode.Error](err); ok || len(e.Positions) > 0 {
		return err
	}
	return chcode.Errorf(chcode.IncorrectData, "Cannot store rows: %w", err)
}

// tooLarge is what a user is told about a row that fits into no entry.
func tooLarge() error {
	return chcode.Errorf(chcode.TooManyRowsOrBytes,
		"A row is too large to be stored: the log takes entries of %d bytes", entry.MaxBytes)
}

func tooManyParts() error {
	return chcode.Errorf(chcode.TooManyRowsOrBytes, "The insert is too large: it has more than %d parts", maxParts)
}
