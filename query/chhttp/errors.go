package chhttp

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strconv"

	"github.com/freshetdb/freshet/columnar/chcode"
	"github.com/freshetdb/freshet/query/engine"
)

// fail answers with an error: by status and body while nothing was sent, else by
// ClickHouse's block at the end of the stream.
func (o *response) fail(err error) {
	code := chcode.Of(err)
	text := errorText(err)
	if !o.sent {
		o.held, o.header, o.compress = []byte(text), engine.Header{Zone: o.header.Zone}, ""
		o.w.Header().Set("X-ClickHouse-Exception-Code", strconv.Itoa(int(code)))
		status := statusOf(err)
		if status == http.StatusTooManyRequests {
			o.w.Header().Set("Retry-After", retryAfterSeconds)
		}
		if o.send(status) != nil || o.close() != nil {
			o.abort()
		}
		return
	}
	block := fmt.Sprintf("\r\n__exception__\r\n%s\r\n%s\n%d %s\r\n__exception__\r\n", o.tag, text, len(text)+1, o.tag)
	if _, werr := o.out.Write([]byte(block)); werr == nil {
		_ = o.close() // the connection is cut next
	}
	_ = http.NewResponseController(o.w).Flush() // so that the client sees the block; it may be gone
	o.abort()
}

// errorText is the body of an error as ClickHouse prints it.
func errorText(err error) string {
	code := chcode.Of(err)
	return fmt.Sprintf("Code: %d. DB::Exception: %s. (%s) (version %s)\n",
		int(code), err.Error(), code.Name(), engine.CompatibleVersion)
}

// exceptionTag marks an error inside a stream: 16 letters that data won't hold
// by chance.
func exceptionTag() string {
	b := make([]byte, 16)
	for i := range b {
		b[i] = byte('a' + rand.IntN(26))
	}
	return string(b)
}

// statusOf is the HTTP status that ClickHouse gives to an error's code, and 429
// where the client should come back (R7).
func statusOf(err error) int {
	var retry interface{ Retry() bool }
	if errors.As(err, &retry) && retry.Retry() {
		return http.StatusTooManyRequests
	}
	switch chcode.Of(err) {
	case chcode.AuthenticationFailed, chcode.AccessDenied, chcode.Readonly, chcode.TableIsReadOnly:
		return http.StatusForbidden
	case chcode.SyntaxError, chcode.CannotParseText, chcode.CannotParseEscapeSequence,
		chcode.CannotParseQuotedString, chcode.CannotParseInputAssertionFailed, chcode.CannotParseDate,
		chcode.CannotParseDatetime, chcode.CannotParseNumber, chcode.CannotParseUUID, chcode.CannotParseIPv4,
		chcode.CannotParseIPv6, chcode.CannotParseBool, chcode.TooBigAST, chcode.IncorrectData,
		chcode.TypeMismatch, chcode.ValueIsOutOfRangeOfDataType:
		return http.StatusBadRequest
	case chcode.UnknownTable, chcode.UnknownFunction, chcode.UnknownIdentifier, chcode.UnknownType,
		chcode.UnknownStorage, chcode.UnknownDatabase, chcode.UnknownSetting, chcode.UnknownAggregateFunction,
		chcode.UnknownFormat, chcode.SessionNotFound:
		return http.StatusNotFound
	case chcode.NotImplemented:
		return http.StatusNotImplemented
	case chcode.TimeoutExceeded:
		return http.StatusRequestTimeout
	case chcode.TooManySimultaneousQueries:
		return http.StatusTooManyRequests
	case chcode.NotEnoughSpace:
		return http.StatusInsufficientStorage
	default:
		return http.StatusInternalServerError
	}
}
