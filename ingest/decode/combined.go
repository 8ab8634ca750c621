package decode

import (
	"bytes"
	"fmt"
	"time"
)

// combined is the combined log format of Apache and nginx:
//
//	host ident user [time] "method path protocol" status bytes "referer" "agent"
//
// The referer and the agent may be missing (the common format). A request that
// is not method, path and protocol is all path. "-" stands for no value and is
// left out, so that the column's default is stored.
type combined struct{}

// The fields, by index.
const (
	fieldHost = iota
	fieldIdent
	fieldUser
	fieldTime
	fieldRequest
	fieldMethod
	fieldPath
	fieldProtocol
	fieldStatus
	fieldBytes
	fieldReferer
	fieldAgent
)

// Names implements Fields.
func (combined) Names() []string {
	return []string{
		"remote_addr", "ident", "remote_user", "time", "request", "method", "path", "protocol", "status", "bytes",
		"referer", "user_agent",
	}
}

// timeLayout is how servers write the time of a request.
const timeLayout = "02/Jan/2006:15:04:05 -0700"

// Split implements Fields.
func (combined) Split(line []byte, emit func(int, []byte)) error {
	var values [fieldAgent + 1][]byte
	rest := line
	var ok bool
	for _, f := range []int{fieldHost, fieldIdent, fieldUser} {
		if values[f], rest, ok = bytes.Cut(rest, []byte{' '}); !ok {
			return fmt.Errorf("%w: no space after field %d", ErrMalformed, f+1)
		}
	}
	at, rest, ok := bracketed(rest)
	if !ok {
		return fmt.Errorf("%w: no [time]", ErrMalformed)
	}
	t, err := time.Parse(timeLayout, string(at))
	if err != nil {
		return fmt.Errorf("%w: time %q", ErrMalformed, at)
	}
	values[fieldTime] = t.UTC().AppendFormat(nil, "2006-01-02 15:04:05")
	if values[fieldRequest], rest, ok = quotedField(rest); !ok {
		return fmt.Errorf("%w: no \"request\"", ErrMalformed)
	}
	splitRequest(values[fieldRequest], &values)
	rest = bytes.TrimLeft(rest, " ")
	if values[fieldStatus], rest, ok = bytes.Cut(rest, []byte{' '}); !ok || !digits(values[fieldStatus]) {
		return fmt.Errorf("%w: status %q", ErrMalformed, values[fieldStatus])
	}
	values[fieldBytes], rest, _ = bytes.Cut(rest, []byte{' '})
	if string(values[fieldBytes]) == "-" {
		values[fieldBytes] = []byte("0")
	}
	if !digits(values[fieldBytes]) {
		return fmt.Errorf("%w: bytes %q", ErrMalformed, values[fieldBytes])
	}
	if values[fieldReferer], rest, ok = quotedField(rest); ok {
		values[fieldAgent], _, _ = quotedField(rest)
	}
	for i, v := range values {
		if v != nil && string(v) != "-" {
			emit(i, v)
		}
	}
	return nil
}

func digits(b []byte) bool {
	for _, c := range b {
		if c < '0' || c > '9' {
			return false
		}
	}
	return len(b) > 0
}

func bracketed(b []byte) (v, rest []byte, ok bool) {
	b = bytes.TrimLeft(b, " ")
	if len(b) == 0 || b[0] != '[' {
		return nil, b, false
	}
	end := bytes.IndexByte(b, ']')
	if end < 0 {
		return nil, b, false
	}
	return b[1:end], b[end+1:], true
}

// quotedField reads "value"; a quote inside is written \".
func quotedField(b []byte) (v, rest []byte, ok bool) {
	b = bytes.TrimLeft(b, " ")
	if len(b) == 0 || b[0] != '"' {
		return nil, b, false
	}
	for i := 1; i < len(b); i++ {
		switch b[i] {
		case '\\':
			i++
		case '"':
			return b[1:i], b[i+1:], true
		}
	}
	return nil, b, false
}

// splitRequest takes "GET /path HTTP/1.1" apart.
func splitRequest(r []byte, values *[fieldAgent + 1][]byte) {
	method, rest, ok := bytes.Cut(r, []byte{' '})
	last := bytes.LastIndexByte(rest, ' ')
	if !ok || last < 0 {
		values[fieldPath] = r
		return
	}
	values[fieldMethod], values[fieldPath], values[fieldProtocol] = method, rest[:last], rest[last+1:]
}
