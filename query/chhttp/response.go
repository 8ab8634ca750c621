package chhttp

import (
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"

	"github.com/freshetdb/freshet/columnar/chcode"
	"github.com/freshetdb/freshet/query/chframe"
	"github.com/freshetdb/freshet/query/engine"
)

// response is an answer on its way out. It implements engine.Sink.
type response struct {
	w        http.ResponseWriter
	r        *http.Request
	host     string
	holdAll  bool
	compress string // Content-Encoding; "" for none
	framed   bool   // in ClickHouse's own frames, errors too
	summary  engine.Summary

	header engine.Header
	held   []byte
	sent   bool // the header is out
	out    io.Writer
	closer io.Closer
	frames *chframe.Writer
	tag    string
}

func newResponse(w http.ResponseWriter, r *http.Request, values url.Values, host string) *response {
	return &response{w: w, r: r, host: host, tag: exceptionTag(), framed: values.Get("compress") == "1"}
}

// Begin implements engine.Sink.
func (o *response) Begin(h engine.Header) (io.Writer, error) {
	o.header = h
	o.summary.QueryID = h.QueryID
	return o, nil
}

// Write implements io.Writer: it holds the answer back until it is large.
func (o *response) Write(p []byte) (int, error) {
	if o.sent {
		return o.out.Write(p)
	}
	if o.held == nil {
		if held, ok := heldPool.Get().(*[]byte); ok {
			o.held = (*held)[:0]
		}
	}
	o.held = append(o.held, p...)
	if o.holdAll {
		if len(o.held) > holdAllBytes {
			return 0, chcode.Errorf(chcode.TooManyRowsOrBytes,
				"The answer is larger than %d bytes, the most that wait_end_of_query=1 holds back", holdAllBytes)
		}
		return len(p), nil
	}
	if len(o.held) < holdBytes {
		return len(p), nil
	}
	return len(p), o.send(http.StatusOK)
}

// send writes the header and what was held back.
func (o *response) send(status int) error {
	o.sent = true
	h := o.w.Header()
	o.commonHeaders(h)
	if o.header.Format != "" {
		h.Set("X-Clickhouse-Format", o.header.Format)
		h.Set("Content-Type", o.header.ContentType)
	} else {
		h.Set("Content-Type", "text/plain; charset=UTF-8")
	}
	o.out = o.w
	if o.compress != "" && o.r.Method != http.MethodHead {
		h.Set("Content-Encoding", o.compress)
		c, err := compressor(o.compress, o.w)
		if err != nil {
			return err
		}
		o.out, o.closer = c, c
	}
	o.w.WriteHeader(status)
	if o.r.Method == http.MethodHead {
		o.out = io.Discard
	}
	if o.framed {
		o.frames = chframe.NewWriter(o.out)
		o.out = o.frames
	}
	_, err := o.out.Write(o.held)
	if held := o.held; 0 < cap(held) && cap(held) <= 2*holdBytes {
		heldPool.Put(&held)
	}
	o.held = nil
	return err
}

// heldPool is memory of earlier answers, *[]byte: growing it anew costs more than a small answer.
var heldPool sync.Pool

// commonHeaders sets what every answer has, by names in the form in which net/http keeps them.
func (o *response) commonHeaders(h http.Header) {
	h.Set("X-Clickhouse-Query-Id", o.summary.QueryID)
	h.Set("X-Clickhouse-Server-Display-Name", o.host)
	h.Set("X-Clickhouse-Timezone", zoneOr(o.header.Zone))
	h.Set("X-Clickhouse-Summary", summaryText(o.summary))
	h.Set("X-Clickhouse-Exception-Tag", o.tag)
	if o.header.Answer != "" {
		a := strings.Map(printable, o.header.Answer)
		h.Set("X-Freshet-Answer", a[:min(len(a), headerTextMax)])
	}
	if w := strings.Join(o.summary.Warnings, "; "); w != "" {
		w = strings.Map(printable, w)
		h.Set("X-Freshet-Warnings", w[:min(len(w), headerTextMax)])
	}
}

func printable(c rune) rune {
	if c < ' ' || c > '~' {
		return '?'
	}
	return c
}

func zoneOr(zone string) string {
	if zone == "" {
		return "UTC"
	}
	return zone
}

// summaryBytes is about the length of a summary.
const summaryBytes = 320

// summaryText is X-ClickHouse-Summary: JSON whose numbers are strings.
func summaryText(s engine.Summary) string {
	b := make([]byte, 0, summaryBytes)
	for i, x := range []struct {
		name string
		n    int64
	}{
		{"read_rows", s.ReadRows},
		{"read_bytes", s.ReadBytes},
		{"written_rows", s.WrittenRows},
		{"written_bytes", s.WrittenBytes},
		{"total_rows_to_read", s.TotalRows},
		{"result_rows", s.ResultRows},
		{"result_bytes", s.ResultBytes},
		{"elapsed_ns", s.Elapsed.Nanoseconds()},
		{"memory_usage", s.PeakMemory},
	} {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(append(append(b, '"'), x.name...), `":"`...)
		b = append(strconv.AppendInt(b, x.n, 10), '"')
	}
	return "{" + string(b) + "}"
}

// finish sends what is left.
func (o *response) finish() error {
	if !o.sent {
		if err := o.send(http.StatusOK); err != nil {
			return err
		}
	}
	return o.close()
}

// close writes what compression holds back.
func (o *response) close() error {
	if o.frames != nil {
		if err := o.frames.Close(); err != nil {
			return err
		}
	}
	if o.closer != nil {
		return o.closer.Close()
	}
	return nil
}

// abort cuts the connection: the client must not take the answer for whole.
func (o *response) abort() { panic(http.ErrAbortHandler) }
