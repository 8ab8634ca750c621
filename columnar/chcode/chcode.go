// Package chcode has the errors that users see: a sentence and ClickHouse's
// code and name for its kind, so that clients can tell them apart.
package chcode

import (
	"errors"
	"fmt"
)

// Code is ClickHouse's number of a kind of error.
type Code int

// The codes that Freshet uses, with ClickHouse's names and numbers.
const (
	UnsupportedMethod              Code = 1
	CannotParseText                Code = 6
	IncorrectNumberOfColumns       Code = 7
	ThereIsNoColumn                Code = 8
	NoSuchColumnInTable            Code = 16
	CannotParseEscapeSequence      Code = 25
	CannotParseQuotedString        Code = 26
	CannotParseInputAssertion      Code = 27
	CannotReadAllData              Code = 33
	BadArguments                   Code = 36
	CannotParseDate                Code = 38
	CannotParseDateTime            Code = 41
	NumberOfArgumentsDoesntMatch   Code = 42
	IllegalTypeOfArgument          Code = 43
	IllegalColumn                  Code = 44
	UnknownFunction                Code = 46
	UnknownIdentifier              Code = 47
	NotImplemented                 Code = 48
	LogicalError                   Code = 49
	UnknownType                    Code = 50
	EmptyListOfColumnsQueried      Code = 51
	TypeMismatch                   Code = 53
	UnknownStorage                 Code = 56
	TableAlreadyExists             Code = 57
	UnknownTable                   Code = 60
	SyntaxError                    Code = 62
	UnknownAggregateFunction       Code = 63
	ArgumentOutOfBound             Code = 69
	CannotConvertType              Code = 70
	CannotParseNumber              Code = 72
	UnknownFormat                  Code = 73
	UnknownDatabase                Code = 81
	DatabaseAlreadyExists          Code = 82
	NoData                         Code = 108
	UnknownSetting                 Code = 115
	IncorrectData                  Code = 117
	EngineRequired                 Code = 119
	TooLargeArraySize              Code = 128
	DivisionByZero                 Code = 153
	TimeoutExceeded                Code = 159
	Readonly                       Code = 164
	TooDeepAST                     Code = 168
	IllegalAggregation             Code = 184
	NotAnAggregate                 Code = 215
	QueryWithSameIDAlreadyRunning  Code = 216
	CorruptedData                  Code = 246
	CannotParseBool                Code = 467
	PartitionAlreadyExists         Code = 234
	MemoryLimitExceeded            Code = 241
	TableIsReadOnly                Code = 242
	NotEnoughSpace                 Code = 243
	InvalidPartitionValue          Code = 248
	TooManyParts                   Code = 252
	TooManyRowsOrBytes             Code = 396
	QueryWasCancelled              Code = 394
	DecimalOverflow                Code = 407
	CannotInsertNullInOrdinary     Code = 349
	CannotParseUUID                Code = 376
	CannotParseIPv4                Code = 675
	CannotParseIPv6                Code = 676
	TooDeepRecursion               Code = 306
	AuthenticationFailed           Code = 516
	UnexpectedDataAfterParsedValue Code = 567
	ScalarSubqueryTooManyRows      Code = 125
	UnknownUser                    Code = 192
	TooManySimultaneousQueries     Code = 202
	IncorrectQuery                 Code = 80
	AmbiguousColumnName            Code = 352
	InvalidSettingValue            Code = 490
	TimeoutBeforeCheckingSpeed     Code = 160
	NumberOfColumnsDoesntMatch     Code = 20
	DuplicateColumn                Code = 15
	SizesOfArraysDontMatch         Code = 190
	InvalidJoinOnExpression        Code = 403
	ValueOutOfRange                Code = 321
	CannotParseDomainValue         Code = 441
	SupportIsDisabled              Code = 344
	UnknownCompressionMethod       Code = 89
	BadQueryParameter              Code = 457
	UnknownQueryParameter          Code = 456
	FileDoesntExist                Code = 107
	CannotParseProtobuf            Code = 434
	ViewIsNotInsertable            Code = 0
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

// Of finds the code in err's chain; LogicalError when there is none.
func Of(err error) Code {
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return LogicalError
}
