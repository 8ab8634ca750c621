package chhttp

import (
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"strings"

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

func newResponse(w http.ResponseWriter, r *http.Request, host string) *response {
	return &response{w: w, r: r, host: host, tag: exceptionTag(), framed: r.URL.Query().Get("compress") == "1"}
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
		h.Set("X-ClickHouse-Format", o.header.Format)
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
	o.held = nil
	return err
}

func (o *response) commonHeaders(h http.Header) {
	h.Set("X-ClickHouse-Query-Id", o.summary.QueryID)
	h.Set("X-ClickHouse-Server-Display-Name", o.host)
	h.Set("X-ClickHouse-Timezone", zoneOr(o.header.Zone))
	h.Set("X-ClickHouse-Summary", summaryText(o.summary))
	h.Set("X-ClickHouse-Exception-Tag", o.tag)
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

// summaryText is X-ClickHouse-Summary: JSON whose numbers are strings.
func summaryText(s engine.Summary) string {
	n := func(v int64) string { return strconv.FormatInt(v, 10) }
	b, err := json.Marshal(map[string]string{
		"read_rows": n(s.ReadRows), "read_bytes": n(s.ReadBytes), "written_rows": n(s.WrittenRows),
		"written_bytes": n(s.WrittenBytes), "total_rows_to_read": n(s.TotalRows), "result_rows": n(s.ResultRows),
		"result_bytes": n(s.ResultBytes), "elapsed_ns": n(s.Elapsed.Nanoseconds()), "memory_usage": n(s.PeakMemory),
	})
	if err != nil {
		return "{}"
	}
	return string(b)
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
